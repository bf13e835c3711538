"""The top of the page: state and its clock, the choice of status, the queue, language, theme, log-out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from assist.desk.elements import El, Panel, button, clock
from assist.desk.view import DeskView
from assist.desk.words import Words
from assist.presence import Presence
from core.console.style import THEME_COOKIE, THEMES
from core.console.texts import LANGUAGE_COOKIE
from core.identity import User
from core.languages import Language

_WISHES = ("available", "break", "offline")


class Header:
    """Built once; ``update`` redraws what changed."""

    def __init__(
        self,
        words: Words,
        user: User,
        presence: Presence,
        theme: str,
        on_wish: Callable[[str], Awaitable[None]],
        on_leave: Callable[[], Awaitable[None]],
    ) -> None:
        self._words, self.presence, self._on_wish = words, presence, on_wish
        with El("header", "bar"):
            with El("div", "brand"):
                El("span", "logo", "", aria_hidden="true")
                El("span", "", "Tetraphone")
                El("span", "quiet", words("title"))
            self._state = Panel(El("div", "state", role="status", aria_live="polite"))
            with El("div", "segments", role="group", aria_label=words("status")):
                self._segments = {wish: self._segment(wish) for wish in _WISHES}
            El("span", "grow")
            self._waiting = Panel(El("div", "queue"))
            with El("select", "compact", data_choice=LANGUAGE_COOKIE, aria_label=words("language")):
                for language in Language:
                    selected = True if language is words.language else None
                    El("option", "", language.own_name, value=language.value, selected=selected)
            with El(
                "button",
                "btn icon",
                "◐",
                type="button",
                data_cycle=THEME_COOKIE,
                data_values=",".join(THEMES),
                data_now=theme,
                aria_label=words("theme"),
                title=words("theme"),
            ):
                pass
            El("span", "user", user.name)
            button(words("log_out"), "ghost", lambda: on_leave())
        self._link = Panel(El("div", "link-region", role="alert"))

    def update(self, now: DeskView) -> None:
        words = self._words
        self._link.show(now.link_up or now.state == "unknown", lambda: self._draw_link(now))
        self._state.show((now.state, now.call.id if now.call else ""), lambda: self._draw_state(now))
        self._update_status(now)
        self._waiting.show(now.waiting, lambda: _draw_waiting(now, words))

    def _draw_link(self, now: DeskView) -> None:
        if not now.link_up and now.state != "unknown":
            El("div", "link-lost", self._words("no_link"))

    def _draw_state(self, now: DeskView) -> None:
        with El("span", f"pill {now.state}"):
            El("span", "dot", "", aria_hidden="true")
            El("span", "", self._words(now.state))
        if now.state not in ("unknown", "offline"):
            clock(now.in_state_s)

    def _segment(self, wish: str) -> El:
        segment = El("button", "segment", type="button", aria_pressed="false")
        with segment:
            El("span", "", self._words(wish))
            El("span", "quiet later", self._words("after_call"))
        segment.on("click", lambda: self._on_wish(wish), args=[])
        return segment

    def _update_status(self, now: DeskView) -> None:
        busy = now.state in ("offered", "talking", "wrap_up")
        for wish, segment in self._segments.items():
            chosen = wish == self.presence.wish and now.state != "not_ready"
            pending = " pending" if chosen and busy and wish != "available" else ""
            classes = f"segment{' chosen' if chosen else ''}{pending}"
            if segment.classes != classes.split():
                segment.classes(replace=classes)
                segment.props["aria-pressed"] = "true" if chosen else "false"


def _draw_waiting(now: DeskView, words: Words) -> None:
    El("span", "quiet", words("waiting_now"))
    El("strong", "some" if now.waiting else "", str(now.waiting))
