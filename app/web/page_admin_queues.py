"""``/admin/queues``: queues, what they take and how fast they are served, opening hours with holidays, and the rest
of the plan (``page_admin_breaks``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from app.web.page_admin import (
    attributed,
    form_buttons,
    form_dialog,
    icon_button,
    register_tab,
    table,
)
from app.web.page_admin_breaks import break_reasons, peak_rule
from app.web.page_admin_plan import PlanTab, card_head
from app.web.page_admin_queue_form import queue_form
from app.web.queue_forms import DAYS, Part, joined, queue_of, week_of, with_hours, with_queue, without
from assist.acd.plan import Plan, PlanError, Queue, parse_plan
from core.administration import Administration
from core.console import badge, empty_note, local_time, t
from core.skills import SkillUse


def register(administration: Administration) -> None:
    register_tab("queues", _Queues, administration)


class _Queues(PlanTab):
    def __init__(self, administration: Administration) -> None:
        super().__init__(administration)
        self._skills: dict[str, SkillUse] = {}

    def build(self) -> None:
        self._about = ui.element("div").classes("tp-muted tp-small tp-row tp-filters")
        with ui.element("div").classes("tp-stack"):
            self._queues = ui.element("section").classes("tp-card tp-flush")
            self._hours = ui.element("section").classes("tp-card tp-flush")
            self._breaks = ui.element("section").classes("tp-card tp-flush")
            self._peak = ui.element("section").classes("tp-card tp-flush")

    async def refresh(self) -> None:
        self.saved = await self._administration.plan()
        self._skills = {skill.name: skill for skill in await self._administration.skills()}
        try:
            plan = parse_plan(self.saved.plan)
        except PlanError as error:
            # Saved plans were checked; one of an older release may not fit any more.
            self._queues.clear()
            with self._queues:
                ui.label(str(error)).classes("tp-alert")
            return
        self._about.clear()
        with self._about:
            if self.saved.version:
                ui.label(t("admin.plan_version", version=self.saved.version, by=self.saved.saved_by))
                local_time(self.saved.saved_at)
            else:
                ui.label(t("admin.plan_of_settings"))
            ui.label(t("admin.plan_takes_effect"))
        self._show_queues(plan)
        self._show_hours()
        for place, build in ((self._breaks, break_reasons), (self._peak, peak_rule)):
            place.clear()
            with place:
                build(self)

    # --- queues ---

    def _show_queues(self, plan: Plan) -> None:
        now = datetime.now(UTC)
        self._queues.clear()
        with self._queues:
            card_head(t("admin.tab_queues"), t("admin.add_queue"), lambda: self._queue_form(None))
            columns = ("queue", "takes", "skills", "priority", "service_level", "hours", "state")
            with table(*(t(f"admin.{column}") for column in columns), ""):
                for place, queue in enumerate(plan.queues.values()):
                    self._queue_row(queue, place == len(plan.queues) - 1, queue.is_open(now))

    def _queue_row(self, queue: Queue, last: bool, is_open: bool) -> None:
        hours = self.saved.plan["queues"][queue.name]
        takes = [*sorted(queue.reasons), *sorted(queue.intents), *sorted(queue.calls_skills)]
        with attributed(ui.element("tr"), data_queue=queue.name):
            for text in (
                queue.name,
                joined(takes) or (t("admin.takes_rest") if last else "–"),
                joined(sorted(queue.skills)) or "–",
                f"{queue.priority:+d}" if queue.priority else "0",
                t("admin.within", share=f"{queue.target_share * 100:g}", seconds=f"{queue.target_s:g}"),
                (hours or {}).get("hours") or t("admin.always"),
            ):
                with ui.element("td"):
                    ui.label(text)
            with ui.element("td"):
                badge(t("admin.open" if is_open else "admin.closed"), "good" if is_open else "warn")
            with ui.element("td").classes("tp-right tp-buttons"):
                icon_button("edit", f"{t('admin.edit')}: {queue.name}", lambda: self._queue_form(queue.name))
                self._removal("queues", queue.name)

    def _queue_form(self, known: str | None) -> None:
        plan = self.saved.plan
        before: dict[str, Any] = dict(plan["queues"].get(known) or {}) if known else {}
        title = t("admin.edit_queue", name=known) if known else t("admin.add_queue")
        with form_dialog(title) as (dialog, problem):
            name, fields = queue_form(plan, known, before, self._skills)

            def changed() -> dict[str, Any]:
                shown = {key: field.value for key, field in fields.items()}
                return with_queue(plan, (known or name.value or "").strip(), queue_of(shown, before))

            form_buttons(dialog, lambda: self.save(dialog, problem, changed, known or name.value or ""))
        dialog.open()

    # --- hours ---

    def _show_hours(self) -> None:
        self._hours.clear()
        known: Mapping[str, Any] = self.saved.plan.get("hours", {})
        with self._hours:
            card_head(t("admin.opening_hours"), t("admin.add_hours"), lambda: self._hours_form(None))
            if not known:
                empty_note(t("admin.no_hours"))
                return
            with table(
                *(t(f"admin.{column}") for column in ("hours", "zone", "week", "holidays", "special")), ""
            ):
                for name, hours in known.items():
                    self._hours_row(name, hours)

    def _hours_row(self, name: str, hours: Mapping[str, Any]) -> None:
        with attributed(ui.element("tr"), data_hours=name):
            for text in (name, str(hours.get("zone", ""))):
                with ui.element("td"):
                    ui.label(text)
            with ui.element("td").classes("tp-small"):
                for line in week_lines(week_of(hours)):
                    ui.label(line).classes("tp-number")
            special = [f"{day} {spans}" for day, spans in (hours.get("special") or {}).items()]
            for text in (joined(hours.get("holidays")), joined(special)):
                with ui.element("td").classes("tp-small tp-number"):
                    ui.label(text or "–")
            with ui.element("td").classes("tp-right tp-buttons"):
                icon_button("edit", f"{t('admin.edit')}: {name}", lambda: self._hours_form(name))
                self._removal("hours", name)

    def _hours_form(self, known: str | None) -> None:
        plan = self.saved.plan
        hours = plan.get("hours", {}).get(known) or {} if known else {}
        with form_dialog(t("admin.edit_hours", name=known) if known else t("admin.add_hours")) as (
            dialog,
            problem,
        ):
            with ui.element("div").classes("tp-fields"):
                name = ui.input(t("admin.name_of_hours"), value=known or "").props("maxlength=40 autofocus")
                name.set_enabled(known is None)
                zone = ui.input(t("admin.zone"), value=hours.get("zone", "")).props(
                    'placeholder="Asia/Shanghai"'
                )
            with ui.element("fieldset").classes("tp-fieldset"):
                with ui.element("legend"):
                    ui.label(t("admin.week"))
                ui.label(t("admin.spans_note")).classes("tp-muted tp-small")
                with ui.element("div").classes("tp-level-rows"):
                    week = {
                        day: ui.input(t(f"admin.{day}"), value=spans) for day, spans in week_of(hours).items()
                    }
            with ui.element("div").classes("tp-fields"):
                holidays = ui.textarea(t("admin.holidays"), value="\n".join(hours.get("holidays") or ()))
                attributed(holidays, placeholder="2026-12-25\n2026-12-28..2026-12-31", rows="3")
                lines = [f"{day}: {spans}" for day, spans in (hours.get("special") or {}).items()]
                special = ui.textarea(t("admin.special"), value="\n".join(lines))
                attributed(special, placeholder="2026-12-24: 09:00-12:00", rows="3")

            def changed() -> dict[str, Any]:
                spans = {day: field.value or "" for day, field in week.items()}
                which = (known or name.value or "").strip()
                return with_hours(
                    plan, which, zone.value or "", spans, holidays.value or "", special.value or ""
                )

            form_buttons(dialog, lambda: self.save(dialog, problem, changed, known or name.value or ""))
        dialog.open()

    def _removal(self, part: Part, name: str) -> None:
        icon_button("delete", f"{t('admin.remove')}: {name}", lambda: self._remove(part, name))

    async def _remove(self, part: Part, name: str) -> None:
        question = t("admin.remove_queue_sure" if part == "queues" else "admin.remove_hours_sure", name=name)
        await self.remove(question, lambda: without(self.saved.plan, part, name), name)


def week_lines(week: Mapping[str, str]) -> list[str]:
    """A week in few lines: days with the same hours stand together."""
    lines: list[tuple[str, str, str]] = []
    for day in DAYS:
        if lines and lines[-1][2] == week[day]:
            lines[-1] = (lines[-1][0], day, week[day])
        else:
            lines.append((day, day, week[day]))
    return [
        f"{t(f'admin.{first}')}{'' if first == last else '–' + t(f'admin.{last}')} "
        f"{t('admin.closed') if spans == 'closed' else spans}"
        for first, last, spans in lines
    ]
