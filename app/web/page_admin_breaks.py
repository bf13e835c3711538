"""On ``/admin/queues``: the reasons of a break that agents choose from, and the rule for times when too much comes."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from app.web.page_admin import attributed, form_buttons, form_dialog, icon_button, table
from app.web.page_admin_plan import PlanTab, card_head
from app.web.queue_forms import (
    break_reasons_of,
    joined,
    peak_of,
    with_break_reason,
    with_peak,
    without_break_reason,
)
from assist.desk.words import Words
from core.console import empty_note, t
from core.console.texts import surface_language


def break_reasons(tab: PlanTab) -> None:
    """A row for each: what agents read, and the name by which plan and log know it."""
    card_head(t("admin.break_reasons"), t("admin.add_break_reason"), lambda: _reason_form(tab, None))
    reasons = break_reasons_of(tab.saved.plan)
    if not reasons:
        empty_note(t("admin.no_break_reasons"))
        return
    words = Words(surface_language())
    with table(t("admin.break_shown"), t("admin.break_key"), ""):
        for key in reasons:
            with attributed(ui.element("tr"), data_break=key):
                with ui.element("td"):
                    ui.label(words.named("break", key))
                with ui.element("td").classes("tp-mono"):
                    ui.label(key)
                with ui.element("td").classes("tp-right tp-buttons"):
                    icon_button("edit", f"{t('admin.edit')}: {key}", _opening(tab, key))
                    icon_button("delete", f"{t('admin.remove')}: {key}", _removing(tab, key))


def peak_rule(tab: PlanTab) -> None:
    """What it does, and how it is set."""
    card_head(t("admin.peak_rule"), t("admin.edit"), lambda: _peak_form(tab), icon="edit")
    load, intents = peak_of(tab.saved.plan)
    with ui.element("div").classes("tp-card-body"):
        ui.label(t("admin.peak_note")).classes("tp-muted tp-small")
        with attributed(ui.element("dl").classes("tp-facts"), data_peak=""):
            for name, value in (("peak_load", f"{load:g}"), ("peak_intents", joined(intents))):
                with ui.element("dt"):
                    ui.label(t(f"admin.{name}"))
                with ui.element("dd"):
                    ui.label(value or t("admin.peak_never"))


def _opening(tab: PlanTab, key: str) -> Any:
    return lambda: _reason_form(tab, key)


def _removing(tab: PlanTab, key: str) -> Any:
    async def remove() -> None:
        question = t("admin.remove_break_sure", name=Words(surface_language()).named("break", key))
        await tab.remove(question, lambda: without_break_reason(tab.saved.plan, key), key)

    return remove


def _reason_form(tab: PlanTab, known: str | None) -> None:
    title = t("admin.edit_break_reason", name=known) if known else t("admin.add_break_reason")
    with form_dialog(title) as (dialog, problem):
        ui.label(t("admin.break_note")).classes("tp-muted tp-small")
        key = ui.input(t("admin.break_key"), value=known or "").props("maxlength=60 autofocus")

        async def save() -> None:
            name = key.value or ""
            await tab.save(dialog, problem, lambda: with_break_reason(tab.saved.plan, known, name), name)

        form_buttons(dialog, save)
    dialog.open()


def _peak_form(tab: PlanTab) -> None:
    load, intents = peak_of(tab.saved.plan)
    with form_dialog(t("admin.peak_rule")) as (dialog, problem):
        ui.label(t("admin.peak_note")).classes("tp-muted tp-small")
        with ui.element("div").classes("tp-fields"):
            above = ui.number(t("admin.peak_load"), value=load, min=0.1, step=0.1)
            which = ui.input(t("admin.peak_intents"), value=joined(intents)).props("maxlength=400")
            attributed(which, hint=t("admin.peak_intents_note"))

        async def save() -> None:
            def changed() -> dict[str, Any]:
                return with_peak(tab.saved.plan, above.value, which.value or "")

            await tab.save(dialog, problem, changed, t("admin.peak_rule"))

        form_buttons(dialog, save)
    dialog.open()
