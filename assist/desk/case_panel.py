"""Notes, ticket and wrap-up: what the agent writes about a call, while talking and afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from assist.desk.actions import DeskActions
from assist.desk.elements import El, Panel, button, clock
from assist.desk.view import DeskView
from assist.desk.words import Words
from assist.live import LiveCall
from assist.summary import as_text, summarise
from assist.wrap_up import LONGEST_TEXT
from core.redaction import redact

SUMMARY, NOTES, CODE, TICKET = "wrap-summary", "notes", "wrap-code", "ticket-subject"
Field = Literal["summary", "notes", "code"]
Finish = Callable[[LiveCall, str, str, str], Awaitable[None]]


class CasePanel:
    """
    Args:
        codes: dispositions to choose from.
        on_finish: called with the call, summary, notes and code.
        on_discard: the late words are not to be kept.
    """

    def __init__(
        self,
        words: Words,
        username: str,
        do: DeskActions,
        codes: Sequence[str],
        on_finish: Finish,
        on_discard: Callable[[], Awaitable[None]],
    ) -> None:
        self._words, self._username, self._do, self._codes = words, username, do, codes
        self._on_finish, self._on_discard = on_finish, on_discard
        self._tickets: Panel | None = None
        self._left: Panel | None = None

    # --- while talking ---

    def build_notes(self, call: LiveCall) -> None:
        """The box for notes, and a ticket, below the passages."""
        with El("section", "notes-block"):
            self._notes_box(call, "2")
            self._ticket(call)

    def _notes_box(self, call: LiveCall, rows: str) -> None:
        words = self._words
        with El("div", "label-row"):
            label = El("label", "", words("notes"))
            El("kbd", "", "Alt+N", aria_hidden="true")
        box = self._written(
            call,
            "notes",
            El(
                "textarea",
                "box",
                "",
                rows=rows,
                maxlength=str(LONGEST_TEXT),
                data_name=NOTES,
                data_draft=f"{call.id}:notes",
                data_shortcut="Alt+N",
                aria_keyshortcuts="Alt+N",
                placeholder=words("notes_placeholder"),
            ),
        )
        label.props["for"] = box.html_id

    def _ticket(self, call: LiveCall) -> None:
        words = self._words
        with El("div", "ticket-row"):
            El(
                "input",
                "box",
                "",
                type="text",
                data_name=TICKET,
                aria_label=f"{words('ticket')}: {words('ticket_subject')}",
                placeholder=f"{words('ticket')}…",
                title=words("ticket_subject"),
                maxlength="300",
            ).on("keydown", self._opening(call), js_handler="(e) => tp.entered(e, emit)")
            open_it = button(words("open_ticket"), "small")
            open_it.on("click", self._opening(call), js_handler=f"() => emit(tp.value('{TICKET}'))")
        self._tickets = Panel(El("p", "quiet tickets-opened", role="status"))

    def _opening(self, call: LiveCall) -> Callable[[Any], Awaitable[None]]:
        async def open_ticket(event: Any) -> None:
            await self._do.open_ticket(call, str(event.args))

        return open_ticket

    # --- wrap-up ---

    def build_wrap_up(self, now: DeskView) -> None:
        """The form after the call."""
        call, words = now.call, self._words
        assert call is not None
        with El("header", "pane-head"):
            El("h2", "", words("wrap_title"))
            self._left = Panel(El("span", "wrap-left"))
        with El("form", "wrap", onsubmit="return false"):
            if now.late:
                El("p", "problem", words("wrap_late"))
            label = El("label", "", words("wrap_summary"))
            box = El(
                "textarea",
                "box tall",
                "",
                maxlength=str(LONGEST_TEXT),
                data_name=SUMMARY,
                data_draft=f"{call.id}:summary",
            )
            label.props["for"] = self._written(call, "summary", box).html_id
            self._notes_box(call, "3")
            label = El("label", "", words("wrap_code"))
            with El("select", "box", data_name=CODE, aria_required="true") as codes:
                label.props["for"] = codes.html_id
                chosen = call.draft(self._username).code
                El("option", "", words("choose"), value="")
                for code in self._codes:
                    selected = True if code == chosen else None
                    El("option", "", words.named("code", code), value=code, selected=selected)
            codes.on(
                "change",
                lambda event: self._write(call, "code", event),
                js_handler="(e) => emit(e.target.value)",
            )
            self._ticket(call)
            self._actions(call, now.late)

    def _actions(self, call: LiveCall, late: bool) -> None:
        words = self._words

        async def finish(event: Any) -> None:
            summary, notes, code = (str(one) for one in event.args)
            await self._on_finish(call, summary[:LONGEST_TEXT], notes[:LONGEST_TEXT], code[:60])

        with El("div", "actions"):
            save = button(words("finish"), "primary", shortcut="Ctrl+Enter")
            fields = ", ".join(f"tp.value('{name}')" for name in (SUMMARY, NOTES, CODE))
            save.on("click", finish, js_handler=f"() => emit([{fields}])")
            if late:
                button(words("discard"), "", lambda: self._on_discard())
            else:
                button(words("more_time"), "", lambda: self._do.more_time(), shortcut="Alt+W", brief=True)

    def update(self, now: DeskView) -> None:
        """The time that is left, and the tickets that were opened."""
        call = now.call
        assert call is not None
        if self._tickets is not None:
            tickets = tuple(call.tickets)
            self._tickets.show(tickets, lambda: tickets and El("span", "", ", ".join(tickets)))
        if self._left is not None and now.mode == "wrap" and now.left_s is not None:
            left_s = now.left_s
            # Drawn anew only where the end has moved.
            self._left.show((call.id, round((now.since_s + left_s) / 5)), lambda: self._draw_left(left_s))

    def _draw_left(self, left_s: float) -> None:
        El("span", "quiet", f"{self._words('wrap_ends')} ")
        clock(left_s, down=True)

    # --- what is typed ---

    def _written(self, call: LiveCall, field: Field, box: El) -> El:
        box.on(
            "input",
            lambda event: self._write(call, field, event),
            throttle=0.5,
            leading_events=False,
            js_handler="(e) => emit(e.target.value)",
        )
        return box

    def _write(self, call: LiveCall, field: Field, event: Any) -> None:
        call.draft(self._username).write(field, str(event.args))


def summary_text(call: LiveCall, username: str, words: Words) -> str:
    """What the agent has written so far, or the draft in the page's language."""
    written = call.draft(username).summary
    if written is not None:
        return written
    return redact(as_text(summarise(call.facts, words.language), words.language))
