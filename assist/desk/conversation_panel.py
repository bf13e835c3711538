"""The conversation as it goes: transcript of all sides, tip, and the box whose lines are spoken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui.element import Element

from assist.desk.actions import DeskActions, line_draft
from assist.desk.call_controls import CallControls
from assist.desk.elements import El, Panel, button, clock
from assist.desk.view import DeskView, line_text
from assist.desk.words import Words
from assist.live import LiveCall, PartialLine
from assist.sentiment import TIPS

COMPOSER = "composer"


class ConversationPanel:
    """The middle of the page while a call is there."""

    def __init__(self, words: Words, username: str, do: DeskActions, controls: CallControls) -> None:
        self._words, self._username, self._do, self._controls = words, username, do, controls
        self._lines: Element | None = None
        self._drawn: list[int] = []
        self._tip: Panel | None = None
        self._pending: Panel | None = None
        self._language: Panel | None = None
        self._talks = False

    def build(self, now: DeskView) -> None:
        """Draw it anew, for another call or another stage of it."""
        assert now.call is not None
        words = self._words
        self._talks = now.mode == "talk"
        with El("header", "pane-head"):
            El("h2", "", words("conversation"))
            if self._talks:
                clock(now.since_s, classes="big")
            else:
                El("span", "grow")
                El("span", "quiet", words("call_over"))
        if self._talks:
            self._controls.build()
        self._tip = Panel(El("div", "tip-region", role="status", aria_live="polite"))
        self._lines = El(
            "div",
            "transcript",
            role="log",
            aria_live="polite",
            tabindex="0",
            aria_label=words("conversation"),
        )
        self._pending = Panel(El("div", "pending-lines", aria_live="off"))
        self._drawn = []
        if now.mode == "talk" and not now.colleague:
            self._composer(now.call)
        else:
            self._language = None
        self.update(now.call)

    def _composer(self, call: LiveCall) -> None:
        words = self._words
        with El("div", "composer"):
            with El("div", "composer-head"):
                with El("span", ""):
                    label = El("label", "", words("say_label"))
                    El("kbd", "", "Alt+M", aria_hidden="true")
                self._language = Panel(El("span", "quiet"))
            with El("div", "composer-row"):
                box = El(
                    "textarea",
                    "box",
                    "",
                    rows="2",
                    maxlength="1000",
                    data_name=COMPOSER,
                    data_draft=line_draft(call.id),
                    placeholder=words("say_placeholder"),
                    data_shortcut="Alt+M",
                    aria_keyshortcuts="Alt+M",
                )
                label.props["for"] = box.html_id
                say = self._saying(call)
                box.on("keydown", say, js_handler="(e) => tp.enter(e, emit)")
                send = button(words("send"), "primary")
                send.on("click", say, js_handler=f"() => tp.take('{COMPOSER}', emit)")

    def _saying(self, call: LiveCall) -> Callable[[Any], Awaitable[None]]:
        async def say(event: Any) -> None:
            text = str(event.args).strip()[:1000]
            if text:
                await self._do.say(text, typed_in=call)

        return say

    def update(self, call: LiveCall) -> None:
        """Bring the transcript, the waiting lines and the tip up to date."""
        if self._lines is None or self._tip is None or self._pending is None:
            return
        if self._talks:
            self._controls.update(call)
        self._update_lines(call)
        pending, unspoken, partial = tuple(call.pending), tuple(call.unspoken), call.partial

        def draw() -> None:
            if partial is not None:
                self._draw_partial(partial)
            self._draw_pending(pending, unspoken)

        self._pending.show((pending, unspoken, partial), draw)
        self._tip.show((call.id, call.tip, call.tip_number, call.talk_ended), lambda: self._draw_tip(call))
        if self._language is not None:
            self._language.show(call.language, lambda: self._draw_language(call))

    def _update_lines(self, call: LiveCall) -> None:
        assert self._lines is not None
        lines = call.view.transcript
        wanted = [line["seq"] for line in lines]
        if wanted[: len(self._drawn)] != self._drawn:
            # A line that began earlier was finished later: its place is further up.
            self._lines.clear()
            self._drawn = []
        with self._lines:
            for line in lines[len(self._drawn) :]:
                self._draw_line(line, call)
        self._drawn = wanted

    def _draw_line(self, line: dict[str, Any], call: LiveCall) -> None:
        words, speaker = self._words, line["speaker"]
        name = words(speaker)
        if speaker == "agent":
            by = line.get("by") or call.agent
            name = words("you") if by == self._username else by or name
        with El("div", f"line by-{speaker}"):
            with El("div", "meta"):
                El("span", "who", name)
                El("span", "tag", line["language"].upper())
                El("span", "at", f"{int(line['start_s']) // 60}:{int(line['start_s']) % 60:02d}")
                if line.get("interrupted"):
                    El("span", "cut", words("interrupted"))
                if line.get("held"):
                    El("span", "cut", words("said_on_hold"))
            El("div", "words", line_text(line), lang=line["language"])

    def _draw_partial(self, partial: PartialLine) -> None:
        with El("div", "line by-caller pending partial"):
            with El("div", "meta"):
                El("span", "who", self._words("caller"))
                El("span", "tag", partial.language.upper())
                El("span", "at", self._words("speaking"))
            El("div", "words", partial.text, lang=partial.language.value)

    def _draw_pending(self, pending: tuple[str, ...], unspoken: tuple[str, ...]) -> None:
        lines = [(text, "not_sent") for text in unspoken] + [(text, "being_spoken") for text in pending]
        for text, state in lines:
            with El("div", f"line by-agent pending {state}"):
                with El("div", "meta"):
                    El("span", "who", self._words("you"))
                    El("span", "at", self._words(state))
                El("div", "words", text)

    def _draw_tip(self, call: LiveCall) -> None:
        if call.tip is None or call.talk_ended:
            return
        with El("div", "tip"):
            El("strong", "", self._words("tip"))
            El("span", "", TIPS[call.tip][self._words.language])

    def _draw_language(self, call: LiveCall) -> None:
        El("span", "", f"{self._words('spoken_in')} ")
        El("span", "", call.language.own_name, lang=call.language.value)
