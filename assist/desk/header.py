"""The top of the page: state and its clock, the choice of status, the queue, language, theme, log-out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from assist.acd.types import Wish
from assist.desk.actions import DeskActions
from assist.desk.elements import El, Panel, button, clock
from assist.desk.view import DeskView
from assist.desk.words import Words
from core.console.style import THEME_COOKIE, THEMES
from core.console.texts import LANGUAGE_COOKIE
from core.identity import User
from core.languages import Language

BREAK = "break-choice"


class Header:
    """Built once; ``update`` redraws what changed.

    Args:
        break_reasons: to choose from; none: a break has no reason.
    """

    def __init__(
        self,
        words: Words,
        user: User,
        do: DeskActions,
        break_reasons: Sequence[str],
        theme: str,
        on_leave: Callable[[], Awaitable[None]],
    ) -> None:
        self._words, self._do, self._reasons = words, do, tuple(break_reasons)
        self._chosen = ""
        with El("header", "bar"):
            with El("div", "brand"):
                El("span", "logo", "", aria_hidden="true")
                El("span", "", "Tetraphone")
                El("span", "quiet", words("title"))
            self._state = Panel(El("div", "state", role="status", aria_live="polite"))
            with El("div", "segments", role="group", aria_label=words("status")):
                self._segments = {
                    "available": self._segment("available", "Alt+S"),
                    "break": self._break(),
                    "offline": self._segment("offline", ""),
                }
            El("span", "grow")
            self._waiting = Panel(El("div", "queue"))
            with El("select", "compact", data_choice=LANGUAGE_COOKIE, aria_label=words("language")):
                for language in Language:
                    selected = True if language is words.language else None
                    El("option", "", language.own_name, value=language.value, selected=selected)
            El(
                "button",
                "btn icon",
                "◐",
                type="button",
                data_cycle=THEME_COOKIE,
                data_values=",".join(THEMES),
                data_now=theme,
                aria_label=words("theme"),
                title=words("theme"),
            )
            El("span", "user", user.name)
            button(words("log_out"), "ghost", lambda: on_leave())
        self._link = Panel(El("div", "link-region", role="alert"))

    def _segment(self, wish: Wish, shortcut: str) -> El:
        keys = {"data_shortcut": shortcut, "aria_keyshortcuts": shortcut} if shortcut else {}
        segment = El("button", "segment", type="button", aria_pressed="false", data_wish=wish, **keys)
        with segment:
            El("span", "", self._words(wish))
            El("span", "quiet later", self._words("after_call"))
        segment.on("click", lambda: self._do.wish(wish), args=[])
        return segment

    def _break(self) -> El:
        """The reasons of a break as a list; choosing one is the break."""
        words = self._words
        with El(
            "select",
            "segment",
            data_name=BREAK,
            data_wish="break",
            data_shortcut="Alt+B",
            aria_keyshortcuts="Alt+B",
            aria_label=words("break"),
        ) as choice:
            El("option", "", words("break_choose"), value="")
            for reason in self._reasons or ("other",):
                text = (
                    f"{words('break')}: {words.named('break', reason)}" if self._reasons else words("break")
                )
                El("option", "", text, value=reason)
        choice.on(
            "change",
            lambda event: self._take_break(str(event.args)),
            js_handler="(e) => emit(e.target.value)",
        )
        return choice

    async def _take_break(self, reason: str) -> None:
        if reason and (reason in self._reasons or not self._reasons):
            self._chosen = reason
            await self._do.wish("break", reason if self._reasons else "")
        else:
            self._do.run(f"tp.set('{BREAK}', '{self._chosen}')")

    def update(self, now: DeskView, reason: str) -> None:
        """
        Args:
            reason: of the break that the agent has chosen, which may begin only after this call.
        """
        words = self._words
        self._link.show(now.link_up or now.state == "unknown", lambda: self._draw_link(now))
        call = now.call.id if now.call else ""
        self._state.show((now.state, now.break_reason, call), lambda: self._draw_state(now))
        self._update_status(now)
        chosen = (reason or "other") if now.wish == "break" else ""
        if chosen != self._chosen:
            self._chosen = chosen
            self._do.run(f"tp.set('{BREAK}', '{chosen}')")
        self._waiting.show(now.waiting, lambda: _draw_waiting(now, words))

    def _draw_link(self, now: DeskView) -> None:
        if not now.link_up and now.state != "unknown":
            El("div", "link-lost", self._words("no_link"))

    def _draw_state(self, now: DeskView) -> None:
        with El("span", f"pill {now.state}"):
            El("span", "dot", "", aria_hidden="true")
            text = self._words(now.state)
            if now.state == "break" and now.break_reason:
                text = self._words.named("break", now.break_reason)
            El("span", "", text)
        if now.state not in ("unknown", "offline"):
            clock(now.in_state_s)

    def _update_status(self, now: DeskView) -> None:
        busy = now.state in ("offered", "talking", "wrap_up")
        for wish, segment in self._segments.items():
            chosen = wish == now.chosen_wish
            pending = " pending" if chosen and busy and wish != "available" else ""
            classes = f"segment{' chosen' if chosen else ''}{pending}"
            if segment.classes != classes.split():
                segment.classes(replace=classes)
                if wish != "break":
                    segment.props["aria-pressed"] = "true" if chosen else "false"


def _draw_waiting(now: DeskView, words: Words) -> None:
    El("span", "quiet", words("waiting_now"))
    El("strong", "some" if now.waiting else "", str(now.waiting))
