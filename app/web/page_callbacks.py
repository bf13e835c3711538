"""``/callbacks``: who is to be called; taken, tried and dealt with by agents. Fresh by itself."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from nicegui import context, ui

from app.web import texts_callbacks  # noqa: F401  (registers the words)
from app.web.access import only_agent
from app.web.api_callbacks import CALLERS_BACK, EntryOut, do, shown
from app.web.page_calls import matters
from app.web.parts import WebParts
from app.web.with_right import with_right
from assist.callbacks import CallBackList, NotNow
from assist.unmasking import NUMBER_SHOWN_S, may_unmask, unmask
from core.console import (
    Section,
    add_section,
    badge,
    console_page,
    empty_note,
    frame,
    local_time,
    notify,
    t,
)
from core.console.frame import Tone
from core.identity import Session, User
from core.languages import Language

FRESH_S = 2.0
HEADS = ("kind", "asked", "number", "language", "matter", "status", "actions")
TONES: dict[str, Tone] = {
    "open": "warn", "taken": "info", "later": "neutral", "with_platform": "live", "reached": "good", "done": "good",
    "not_reached": "bad",
}  # fmt: skip


def register(parts: WebParts, listed: CallBackList) -> None:
    add_section(Section("callbacks", "/callbacks", "callbacks.title", CALLERS_BACK))

    @console_page("/callbacks", *CALLERS_BACK)
    async def callbacks_page(session: Session) -> None:
        table = _Table(parts, listed, session)
        with frame(session, t("callbacks.title"), section="callbacks"):
            ui.label(t("callbacks.intro")).classes("tp-muted tp-intro")
            table.build()
        table.refresh()
        ui.timer(FRESH_S, table.refresh)


class _Table:
    """One agent's view of the list."""

    def __init__(self, parts: WebParts, listed: CallBackList, session: Session) -> None:
        self._parts, self._list, self._session, self._user = parts, listed, session, session.user
        self._seen: Any = None
        self._numbers: dict[str, str] = {}
        """Those that this agent has just had shown in full."""

    def build(self) -> None:
        self._client = context.client
        self._place = ui.element("div").classes("tp-card tp-flush")

    def refresh(self) -> None:
        """Show the list again if anything in it has changed."""
        rows = [shown(entry, self._list.now) for entry in self._list.entries()]
        now = ([row.model_dump() for row in rows], dict(self._numbers))
        if now == self._seen:
            return
        self._seen = now
        self._place.clear()
        with self._place:
            if not rows:
                empty_note(t("callbacks.none"))
                return
            with ui.element("div").classes("tp-scroll"), ui.element("table").classes("tp-table"):
                with ui.element("thead"), ui.element("tr"):
                    for head in HEADS:
                        with ui.element("th").props("scope=col"):
                            ui.label(t(f"callbacks.{head}"))
                with ui.element("tbody"):
                    for row in rows:
                        self._row(row)

    def _row(self, row: EntryOut) -> None:
        with ui.element("tr").props(f'id="cb-{html.escape(row.id)}"'):
            with ui.element("td"):
                badge(t(f"callbacks.{row.kind}"), "info" if row.kind == "voicemail" else "neutral")
            with ui.element("td"):
                self._asked(row)
            with ui.element("td").classes("tp-number"):
                self._number(row)
            with ui.element("td"):
                ui.label(Language(row.language).own_name)
            with ui.element("td"):
                _what(row)
            with ui.element("td"):
                _status(row)
            with ui.element("td"):
                self._actions(row)

    def _asked(self, row: EntryOut) -> None:
        """When; who may read all calls comes from here to the call."""
        if only_agent(self._session) is not None:
            local_time(row.asked_at.isoformat())
            return
        with ui.link(target=f"/calls/{row.id}"):
            local_time(row.asked_at.isoformat())

    def _number(self, row: EntryOut) -> None:
        ui.label(self._numbers.get(row.id) or row.number or t("callbacks.withheld"))
        if row.number and row.id not in self._numbers and may_unmask(self._user):
            _button("show_number", row, partial(self._show_number, row.id), icon="visibility")

    def _actions(self, row: EntryOut) -> None:
        if row.status in ("open", "not_reached"):
            _button("take", row, partial(self._do, "take", row.id))
        elif row.status == "taken" and row.taken_by == self._user.username:
            with ui.element("div").classes("tp-row"):
                _button("mark_reached", row, partial(self._do, "reached", row.id))
                _button("mark_not_reached", row, partial(self._do, "not_reached", row.id))
                _button("mark_done", row, partial(self._do, "done", row.id))
                _button("give_back", row, partial(self._do, "give_back", row.id))

    async def _do(self, action: str, entry_id: str) -> None:
        await self._act(lambda user: do(self._list, action, entry_id, user.username))
        # Whoever works by keyboard stays in the row, once its new buttons are there.
        find = f"document.querySelector('[id=\"cb-{entry_id}\"] td:last-child button')"
        self._client.run_javascript(f"setTimeout(() => {find}?.focus(), 100)")

    async def _show_number(self, entry_id: str) -> None:
        async def show(user: User) -> None:
            entry = await self._list.fresh(entry_id)
            audit = self._parts.administration.audit
            self._numbers[entry_id] = await unmask(audit, user, entry.id, entry.number, "console")
            # The next look at the list, two seconds later at most, hides it.
            asyncio.get_running_loop().call_later(NUMBER_SHOWN_S, self._numbers.pop, entry_id, None)

        await self._act(show)

    async def _act(self, action: Callable[[User], Awaitable[None]]) -> None:
        """Do something for the agent as they stand by now; they are told where it cannot be done."""
        with self._place:  # which stays, while the button may be gone by then
            try:
                await with_right(action)
            except NotNow as refusal:
                notify(t(f"callbacks.refused.{refusal.code}"), "bad")
        self.refresh()


def _button(name: str, row: EntryOut, click: Callable[[], Awaitable[None]], icon: str | None = None) -> None:
    """A button whose name for screen readers says whom it is about."""
    label = t(f"callbacks.{name}")
    named = html.escape(f"{label}: {row.number or t('callbacks.withheld')}")
    button = ui.button("" if icon else label, icon=icon, on_click=click)
    button.props(f'dense {"flat round size=sm" if icon else "outline"} aria-label="{named}"')
    if icon:
        button.tooltip(label)


def _what(row: EntryOut) -> None:
    ui.label(matters([row.matter] if row.matter else []))
    if row.kind == "voicemail":
        words = " ".join(row.transcript) or t("callbacks.not_understood")
        ui.label(words).classes("tp-small")
        if row.seconds is not None:
            name = html.escape(t("callbacks.message_of", number=row.number or t("callbacks.withheld")))
            ui.html(
                f'<audio controls preload="none" src="/api/callbacks/{html.escape(row.id)}/message" '
                f'aria-label="{name}"></audio>',
                sanitize=False,
            )
    elif row.summary:
        ui.label(row.summary).classes("tp-muted tp-small")


def _status(row: EntryOut) -> None:
    badge(t(f"callbacks.{row.status}", agent=row.taken_by), TONES[row.status])
    if row.status == "later" and row.due_at is not None:
        local_time(row.due_at.isoformat(), only_time=True)
    if row.attempts:
        ui.label(t("callbacks.attempts", count=len(row.attempts))).classes("tp-muted tp-small tp-number")
