"""``/calls``: all calls, newest first, the running ones marked; fresh by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

from nicegui import ui

from app.web.access import READERS, only_agent
from app.web.parts import WebParts
from core.console import badge, console_page, empty_note, frame, local_time, session_now, t
from core.console.frame import Tone
from core.console.texts import has_text
from core.events import Outcome
from core.identity import Session
from core.languages import Language
from core.views import CallView

PAGE = 30
FRESH_S = 2.0
TONES: dict[str | None, Tone] = {
    None: "live",
    "resolved": "good",
    "ended_unconfirmed": "neutral",
    "handed_off": "info",
    "abandoned": "warn",
    "failed": "bad",
}


def register(parts: WebParts) -> None:
    @console_page("/calls", *READERS)
    async def calls_page(session: Session) -> None:
        table = _Table(parts)
        with frame(session, t("calls.title"), section="calls"):
            table.build()
        await table.refresh(force=True)
        ui.timer(FRESH_S, table.refresh)


class _Table:
    """One reader's list: what they filter by, and where they are in it."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._offset = 0
        self._shown: Any = None

    def build(self) -> None:
        languages = {"": t("calls.all")} | {one.value: one.own_name for one in Language}
        outcomes = {"": t("calls.all")} | {one: t(f"calls.{one}") for one in get_args(Outcome)}
        with ui.element("div").classes("tp-row tp-filters"):
            self._language = ui.select(
                languages, value="", label=t("calls.language"), on_change=self._restart
            )
            self._outcome = ui.select(outcomes, value="", label=t("calls.outcome"), on_change=self._restart)
            for chooser in (self._language, self._outcome):
                chooser.style("min-width: 170px")
            ui.element("div").classes("tp-grow")
            self._newer = ui.button(t("calls.newer"), icon="chevron_left", on_click=lambda: self._move(-PAGE))
            self._where = ui.label().classes("tp-muted tp-number").props("aria-live=polite")
            self._older = ui.button(t("calls.older"), on_click=lambda: self._move(PAGE))
            self._older.props("icon-right=chevron_right")
            for mover in (self._newer, self._older):
                mover.props("flat dense")
        self._place = ui.element("div").classes("tp-card tp-flush")

    async def _restart(self) -> None:
        self._offset = 0
        await self.refresh(force=True)

    async def _move(self, by: int) -> None:
        self._offset = max(0, self._offset + by)
        await self.refresh(force=True)

    async def refresh(self, *, force: bool = False) -> None:
        """Show the table again if anything in it has changed."""
        session = await session_now()
        if session is None:
            return
        mine = only_agent(session)
        wanted = (self._outcome.value or None, self._language.value or None, mine)
        rows = await self._parts.call_list.newest(PAGE, self._offset, *wanted)
        total = await self._parts.call_list.count(*wanted)
        now = [(row["id"], row["outcome"], row["score"], row["language"], row["intents"]) for row in rows]
        if (now, total) == self._shown and not force:
            return
        self._shown = (now, total)
        views = [view for row in rows if (view := CallView.of(await self._parts.log.read(row["id"])))]
        last = self._offset + len(rows)
        first = min(self._offset + 1, last)
        self._where.text = t("calls.shown", first=first, last=last, total=total) if total else ""
        self._newer.set_enabled(self._offset > 0)
        self._older.set_enabled(last < total)
        self._place.clear()
        with self._place:
            if not views:
                empty_note(t("calls.none"))
            else:
                _rows(views)


def _rows(views: list[CallView]) -> None:
    heads = ("started", "from", "language", "matter", "outcome", "length", "agent", "score")
    with ui.element("div").classes("tp-scroll"), ui.element("table").classes("tp-table tp-open-rows"):
        with ui.element("thead"), ui.element("tr"):
            for head in heads:
                with ui.element("th").props("scope=col"):
                    ui.label(t(f"calls.{head}"))
        with ui.element("tbody"):
            for view in views:
                _row(view)


def _row(view: CallView) -> None:
    call = view.to_json()
    with ui.element("tr"):
        with ui.element("td"), ui.link(target=f"/calls/{view.id}").classes("tp-row-link"):
            local_time(call["started_at"])
        with ui.element("td").classes("tp-number"):
            ui.label(call["from"] or "–")
        with ui.element("td"):
            ui.label(Language(view.language).own_name)
        with ui.element("td"):
            ui.label(matters(view.intents))
            if call["summary"]:
                ui.label(call["summary"]).classes("tp-muted tp-small tp-clip")
        with ui.element("td"):
            outcome_badge(view.outcome)
        with ui.element("td").classes("tp-number"):
            ui.label(length_of(view))
        with ui.element("td"):
            ui.label(view.agent or "–")
        with ui.element("td").classes("tp-number"):
            ui.label(f"{view.score['score']:.0f}" if view.score and view.score["score"] is not None else "–")


def outcome_badge(outcome: str | None) -> ui.label:
    return badge(t(f"calls.{outcome}") if outcome else t("calls.live"), TONES.get(outcome, "neutral"))


def matters(intents: list[str]) -> str:
    """Intents in words; a room may register texts for them as ``intent.<name>``."""
    words = [
        t(f"intent.{name}") if has_text(f"intent.{name}") else name.replace("_", " ") for name in intents
    ]
    return ", ".join(words) or "–"


def length_of(view: CallView) -> str:
    if view.started_at is None:
        return "–"
    seconds = int(((view.ended_at or datetime.now(UTC)) - view.started_at).total_seconds())
    return f"{seconds // 60}:{seconds % 60:02}"
