"""The row of call controls, what is going on with the line, and the list to choose somebody from."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from assist.desk.actions import DeskActions
from assist.desk.controls import SHORTCUTS, Controls, Name, controls_of
from assist.desk.elements import El, Panel, button, clock
from assist.desk.words import Words
from assist.live import LiveCall

Picking = Literal["", "transfer", "consult"]
Colleagues = Callable[[], Sequence[dict[str, Any]]]
"""Everybody at work as the distributor sees them, this agent left out."""
NOTE, FILTER = "transfer-note", "target-filter"
_PRESSED = ("resume", "unmute")
_GRAVE = ("on_hold", "sound_lost")
_PLAIN = {"available": "good", "talking": "busy", "wrap_up": "busy", "offered": "busy"}


class CallControls:
    """
    Args:
        queues: names of the queues that a call may be given to.
    """

    def __init__(
        self,
        words: Words,
        username: str,
        do: DeskActions,
        queues: Sequence[str],
        colleagues: Colleagues,
    ) -> None:
        self._words, self._username, self._do = words, username, do
        self._queues, self._colleagues = queues, colleagues
        self._picking: Picking = ""

    def build(self) -> None:
        self._picking = ""
        with El("div", "controls", role="toolbar", aria_label=self._words("controls")):
            self._row = Panel(El("div", "control-row"))
        self._status = Panel(El("div", "line-status", role="status", aria_live="polite"))
        self._picker = Panel(El("div", "picker-place"))

    def update(self, call: LiveCall) -> None:
        controls = controls_of(call, self._username, self._do.takes_codes)
        if self._picking and self._picking not in controls.names:
            self._picking = ""
        self._row.show(controls.names, lambda: self._draw_row(controls))
        parties = () if call.line is None else call.line.parties
        lost = call.line is not None and call.line.lost
        key = (controls.status, controls.with_whom, parties, lost)
        self._status.show(key, lambda: self._draw_status(call))
        people = tuple((one["user"], one["state"]) for one in self._colleagues()) if self._picking else ()
        if self._picker.show((self._picking, people), self._draw_picker) and self._picking:
            self._do.run(f"tp.focus('{FILTER}')")

    def _draw_row(self, controls: Controls) -> None:
        for name in controls.names:
            if name == "hang_up":
                El("span", "grow")
                self._hang_up()
            else:
                title = self._words(f"{name}_why") if name in ("take_code", "ask_score") else None
                pressed = {"aria_pressed": "true"} if name in _PRESSED else {}
                button(
                    self._words(name),
                    f"small control {'pressed' if name in _PRESSED else ''}",
                    self._pressing(name),
                    shortcut=SHORTCUTS[name],
                    brief=True,
                    data_control=name,
                    title=title,
                    **pressed,
                )

    def _hang_up(self) -> None:
        shortcut = SHORTCUTS["hang_up"]
        element = El(
            "button",
            "btn small danger confirm",
            type="button",
            data_shortcut=shortcut,
            aria_keyshortcuts=shortcut,
            title=f"{self._words('hang_up')} ({shortcut})",
            data_control="hang_up",
        )
        with element:
            El("span", "normal", self._words("hang_up"))
            El("span", "sure", self._words("hang_up_sure"))
            El("kbd", "", shortcut.removeprefix("Alt+"), aria_hidden="true")
        element.on("click", lambda: self._do.hang_up(), args=[])

    def _pressing(self, name: Name) -> Callable[[], Awaitable[None]]:
        do = self._do

        async def press() -> None:
            match name:
                case "ring_phone":
                    await do.ring_phone()
                case "hold" | "resume":
                    await do.hold(name == "hold")
                case "mute" | "unmute":
                    do.run(f"tp.mute({'true' if name == 'mute' else 'false'})")
                    await do.mute(name == "mute")
                case "transfer" | "consult":
                    self.pick("" if self._picking == name else name)
                case "leave":
                    await do.hang_up()
                case "take_code":
                    await do.bring_bot("code")
                case "ask_score":
                    await do.bring_bot("satisfaction")
                case "consult_back":
                    await do.end_consult("back")
                case "consult_conference":
                    await do.end_consult("conference")
                case "consult_transfer":
                    await do.end_consult("transfer")

        return press

    # --- what is going on ---

    def _draw_status(self, call: LiveCall) -> None:
        words, controls = self._words, controls_of(call, self._username)
        if controls.status:
            whom = controls.with_whom
            if call.consulted_kind == "queue" and whom == call.consulted:
                whom = words.named("queue", whom)
            text = words(controls.status, name=whom) if whom else words(controls.status)
            El("span", f"badge {'high' if controls.status in _GRAVE else 'lang'}", text)
        if call.line is not None and call.line.lost:
            El("span", "quiet", words("back_to_queue_in"))
            clock(call.line.lost_until - time.monotonic(), down=True)
        parties = [one for one in (call.line.parties if call.line else ()) if one.party != "caller"]
        others = [one for one in parties if one.name != self._username and one.party != "agent"]
        if not others:
            return
        El("span", "quiet", words("taking_part"))
        for one in others:
            name = f"{words.named('party', one.party)} {one.name}".strip()
            with El("span", "badge plain"):
                El("span", "", name)
                if one.muted:
                    El("span", "quiet", f" · {words('muted')}")

    # --- choosing somebody ---

    def pick(self, what: Picking) -> None:
        """Open the list to transfer to or consult from, or close it."""
        self._picking = what
        if not what:
            self._do.run("tp.focus('composer')")
        self._do.changed()

    def _draw_picker(self) -> None:
        if not self._picking:
            return
        words, title = (
            self._words,
            self._words("transfer_to" if self._picking == "transfer" else "consult_with"),
        )
        # A call is given to a number by the caller's carrier; to consult one, a carrier has to call out.
        dials = self._picking == "transfer" or self._do.calls_out
        with El("div", "picker", role="dialog", aria_label=title, data_list="targets"):
            with El("div", "picker-head"):
                El("h3", "", title)
                button(words("cancel"), "small", lambda: self.pick(""), data_escape="true")
            El(
                "input",
                "box",
                "",
                type="text",
                data_name=FILTER,
                data_filter="targets",
                placeholder=words("find_target" if dials else "find_colleague"),
                aria_label=words("find_target" if dials else "find_colleague"),
                maxlength="80",
            )
            with El("div", "targets", tabindex="-1"):
                El("h4", "quiet", words("queues"))
                for queue in self._queues:
                    self._target("queue", queue, words.named("queue", queue), "")
                El("h4", "quiet", words("colleagues"))
                colleagues = self._colleagues()
                for one in colleagues:
                    self._target("agent", one["user"], one["user"], one["state"])
                if not colleagues:
                    El("p", "quiet", words("no_colleagues"))
                if dials:
                    self._dial()
            if self._picking == "transfer":
                El(
                    "input",
                    "box",
                    "",
                    type="text",
                    data_name=NOTE,
                    placeholder=words("note_for_them"),
                    aria_label=words("note_for_them"),
                    maxlength="300",
                )

    def _dial(self) -> None:
        """What is typed, if it can be a number."""
        dial = El("button", "target dial", type="button", data_dial="targets", hidden=True)
        with dial:
            El("span", "", self._words("dial"))
            El("strong", "dialled", "")
        dial.on(
            "click",
            lambda event: self._choose("number", *event.args),
            js_handler=f"() => emit([tp.value('{FILTER}'), tp.value('{NOTE}')])",
        )

    def _target(self, kind: str, name: str, shown: str, state: str) -> None:
        element = El("button", "target", type="button", data_text=f"{shown} {name}".lower())
        with element:
            El("span", "", shown)
            if state:
                El("span", f"state-word {_PLAIN.get(state, 'away')}", self._words(state))
        element.on(
            "click",
            lambda event: self._choose(kind, name, event.args),
            js_handler=f"() => emit(tp.value('{NOTE}'))",
        )

    async def _choose(self, kind: str, name: str, note: str) -> None:
        target, picking = self._do.target(kind, str(name)), self._picking
        if target is None:
            return
        done = await (
            self._do.transfer(target, str(note)) if picking == "transfer" else self._do.consult(target)
        )
        if done:
            self.pick("")
