"""``/admin/audit``: who changed what and when, and whether the log is what was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from nicegui import ui

from app.web.page_admin import admin_frame, admin_page, head_row, heading, name_of
from core.administration import Administration
from core.audit_actions import Action
from core.audit_chain import Entry
from core.audit_check import Verification
from core.console import badge, empty_note, local_time, t
from core.identity import Session
from core.languages import Language

PAGE = 30
ABOUT: dict[str, tuple[Action, ...]] = {
    "user": (
        Action.USER_ADDED,
        Action.USER_CHANGED,
        Action.USER_ROLES_CHANGED,
        Action.USER_DISABLED,
        Action.USER_ENABLED,
        Action.USER_LOGIN_RESET,
    ),
    "number": (
        Action.NUMBER_ADDED,
        Action.NUMBER_CHANGED,
        Action.NUMBER_DISABLED,
        Action.NUMBER_ENABLED,
    ),
    "queue": (Action.QUEUE_PLAN_CHANGED,),
    "skill": (Action.SKILL_RENAMED,),
    "data": (Action.NUMBER_SHOWN, Action.RECORDING_OPENED),
    "call": (
        Action.LISTENED,
        Action.WHISPERED,
        Action.BARGED_IN,
        Action.TOOK_OVER,
        Action.STOPPED_LISTENING,
        Action.HUNG_UP,
    ),
    "audit": (Action.HEAD_LOST,),
}
"""What a reader may look for alone, and what belongs to it: a look at a caller's number changes no number of ours."""


def register(administration: Administration) -> None:
    @admin_page("/admin/audit")
    async def audit_page(session: Session) -> None:
        tab = _Audit(administration)
        with admin_frame(session, "audit"):
            tab.build()
        await tab.refresh()
        # The page is there first; a long log takes its time.
        ui.timer(0.1, tab.verify, once=True)


class _Audit:
    """One reader's view: what they look for, and where they are in it."""

    def __init__(self, administration: Administration) -> None:
        self._audit = administration.audit
        self._before: list[int | None] = [None]
        """Where each page begun so far starts; the last one is shown."""
        self._oldest: int | None = None

    # --- verification ---

    def build(self) -> None:
        with ui.element("section").classes("tp-card tp-verification").props("aria-live=polite"):
            with ui.element("div").classes("tp-row"):
                heading(t("admin.verification"))
                self._state = ui.element("div").classes("tp-row")
                ui.element("div").classes("tp-grow")
                self._again = ui.button(t("admin.verify"), icon="verified_user", on_click=self.verify)
                self._again.props("flat dense")
            self._findings = ui.element("div")
        with ui.element("div").classes("tp-row tp-filters"):
            self._actor = self._input("admin.who")
            self._subject = self._input("admin.whom")
            actions = {"": t("admin.all")} | {one: t(f"admin.about_{one}") for one in ABOUT}
            self._action = ui.select(actions, value="", label=t("admin.about"), on_change=self._restart)
            self._action.style("min-width: 150px")
            self._since = self._input("admin.since", "type=date stack-label")
            self._until = self._input("admin.until", "type=date stack-label")
            ui.element("div").classes("tp-grow")
            self._newer = ui.button(t("admin.newer"), icon="chevron_left", on_click=self._to_newer)
            self._older = ui.button(t("admin.older"), on_click=self._to_older).props(
                "icon-right=chevron_right"
            )
            for mover in (self._newer, self._older):
                mover.props("flat dense")
        self._place = ui.element("div").classes("tp-card tp-flush")

    def _input(self, key: str, props: str = "clearable maxlength=60") -> ui.input:
        field = ui.input(t(key), on_change=self._restart).props(f"debounce=400 {props}")
        return field.style("width: 158px")

    async def verify(self) -> None:
        """Go through the whole log again."""
        self._again.props("loading")
        try:
            found = await self._audit.verify()
        finally:
            self._again.props(remove="loading")
        self._state.clear()
        with self._state:
            if found.ok:
                badge(t("admin.intact"), "good")
            else:
                badge(t("admin.broken"), "bad")
            ui.label(t("admin.entries_checked", count=found.entries)).classes("tp-muted")
            local_time(datetime.now(UTC).isoformat(), only_time=True).classes("tp-muted")
        self._findings.clear()
        with self._findings:
            _findings(found)

    # --- entries ---

    async def _restart(self) -> None:
        self._before = [None]
        await self.refresh()

    async def _to_older(self) -> None:
        if self._oldest is not None:
            self._before.append(self._oldest)
        await self.refresh()

    async def _to_newer(self) -> None:
        if len(self._before) > 1:
            self._before.pop()
        await self.refresh()

    async def refresh(self) -> None:
        """Read and show the entries that are wanted."""
        until = _day(self._until.value)
        entries = await self._audit.entries(
            actor=(self._actor.value or "").strip(),
            subject=(self._subject.value or "").strip(),
            actions=ABOUT.get(self._action.value, ()),
            since=_day(self._since.value),
            until=until + timedelta(days=1) if until else None,
            before=self._before[-1],
            limit=PAGE + 1,
        )
        shown = entries[:PAGE]
        self._oldest = shown[-1].position if shown else None
        self._older.set_enabled(len(entries) > PAGE)
        self._newer.set_enabled(len(self._before) > 1)
        self._place.clear()
        with self._place:
            if not shown:
                empty_note(t("admin.no_entries"))
                return
            with (
                ui.element("div").classes("tp-scroll"),
                ui.element("table").classes("tp-table tp-dense tp-audit"),
            ):
                head_row("#", *(t(f"admin.{one}") for one in ("when", "who", "what", "whom", "change")))
                with ui.element("tbody"):
                    for entry in shown:
                        _row(entry)


def _findings(found: Verification) -> None:
    if not found.ok:
        with ui.element("ul").classes("tp-faults").props("role=alert"):
            for fault in found.faults:
                with ui.element("li"):
                    ui.label(t(f"admin.fault_{fault.kind}", first=fault.first, last=fault.last))
        ui.label(t("admin.broken_note")).classes("tp-muted tp-small")
    elif found.entries:
        with ui.element("div").classes("tp-muted tp-small tp-receipt"):
            ui.label(t("admin.receipt"))
            ui.label(f"{found.entries}:{found.head}").classes("tp-mono")


def _row(entry: Entry) -> None:
    with ui.element("tr"):
        with ui.element("td").classes("tp-number tp-muted").props(f'title="{entry.hash}"'):
            ui.label(str(entry.position))
        with ui.element("td").classes("tp-nowrap"):
            local_time(entry.at)
        with ui.element("td"):
            ui.label(entry.actor)
            ui.label(name_of("admin.origin", entry.origin.replace(" ", "_"))).classes("tp-muted tp-small")
        with ui.element("td"):
            ui.label(name_of("admin.action", entry.action))
        with ui.element("td"):
            ui.label(entry.subject.partition(":")[2] or entry.subject)
        with ui.element("td"):
            _change(entry)


def _change(entry: Entry) -> None:
    before, after = entry.before or {}, entry.after or {}
    names = [*after, *(name for name in before if name not in after)]
    with ui.element("dl").classes("tp-facts tp-small"):
        for name in names:
            with ui.element("dt"):
                ui.label(name_of("admin.field", name))
            with ui.element("dd"):
                if name in before:
                    ui.label(value_text(before[name])).classes("tp-was")
                    ui.label("→").classes("tp-muted").props('aria-hidden="true"')
                ui.label(value_text(after[name]) if name in after else "–")


def value_text(value: Any) -> str:
    """A value of the log as people read it."""
    if value is None or value == "" or value == [] or value == {}:
        return "–"
    if isinstance(value, bool):
        return t("admin.yes" if value else "admin.no")
    if isinstance(value, dict):
        return ", ".join(f"{_word(str(key))} {value_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(_word(str(one)) for one in value)
    return _word(str(value))


def _word(word: str) -> str:
    if word in list(Language):
        return Language(word).own_name
    return name_of("admin.role", word)


def _day(text: str | None) -> datetime | None:
    """The beginning of a day as the browser's field names it; the days of the filter are UTC's."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None
