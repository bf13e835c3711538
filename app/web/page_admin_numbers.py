"""``/admin/numbers``: which bot answers a number that is called, and in which language it greets."""

from __future__ import annotations

from nicegui import ui

from app.web.page_admin import (
    AdminTab,
    attempt,
    attributed,
    form_buttons,
    form_dialog,
    icon_button,
    register_tab,
    sure,
    table,
)
from core.administration import Administration
from core.console import badge, empty_note, t
from core.languages import Language
from core.numbers import Number


def register(administration: Administration) -> None:
    register_tab("numbers", _Numbers, administration)


class _Numbers(AdminTab):
    def build(self) -> None:
        with ui.element("div").classes("tp-row tp-filters"):
            ui.label(t("admin.numbers_note")).classes("tp-muted")
            ui.element("div").classes("tp-grow")
            ui.button(t("admin.add_number"), icon="add", on_click=lambda: self._form(None))
        self._place = ui.element("div").classes("tp-card tp-flush")

    async def refresh(self) -> None:
        numbers = await self._administration.numbers()
        self._place.clear()
        with self._place:
            if not numbers:
                empty_note(t("admin.no_numbers"))
                return
            with table(*(t(f"admin.{one}") for one in ("number", "label", "bot", "greeting", "state")), ""):
                for number in numbers:
                    self._row(number)

    def _row(self, number: Number) -> None:
        with attributed(ui.element("tr"), data_number=number.number):
            with ui.element("td").classes("tp-number"):
                ui.label(number.number).style("font-weight: 550")
            for text in (number.label or "–", number.bot):
                with ui.element("td"):
                    ui.label(text)
            with ui.element("td"):
                ui.label(number.language.own_name if number.language else t("admin.by_caller"))
            with ui.element("td"):
                if number.active:
                    badge(t("admin.active"), "good")
                else:
                    badge(t("admin.disabled"), "warn")
            with ui.element("td").classes("tp-right tp-buttons"):
                icon_button("edit", f"{t('admin.edit')}: {number.number}", lambda: self._form(number))
                if number.active:
                    label = f"{t('admin.disable')}: {number.number}"
                    icon_button("phone_disabled", label, lambda: self._switch(number.number, False))
                else:
                    label = f"{t('admin.enable')}: {number.number}"
                    icon_button("phone_enabled", label, lambda: self._switch(number.number, True))

    async def _switch(self, number: str, active: bool) -> None:
        if not active and not await sure(t("admin.number_disable_sure", number=number), t("admin.disable")):
            return
        by = await self.acting()
        if by is None:
            return
        changed = self._administration.change_number(by, number, active=active)
        await self.change(changed, t("admin.saved", what=number))

    def _form(self, number: Number | None) -> None:
        title = t("admin.edit_number", number=number.number) if number else t("admin.add_number")
        languages = {"": t("admin.by_caller")} | {one.value: one.own_name for one in Language}
        bots = list(self._administration.bots)
        with form_dialog(title) as (dialog, problem):
            with ui.element("div").classes("tp-fields"):
                which = None
                if number is None:
                    which = ui.input(t("admin.number"), placeholder="+862112345678")
                    which.props("autofocus maxlength=24 inputmode=tel")
                label = ui.input(t("admin.label"), value=number.label if number else "").props(
                    "maxlength=120"
                )
                bot = ui.select(
                    bots, value=number.bot if number and number.bot in bots else bots[0], label=t("admin.bot")
                )
                language = ui.select(
                    languages,
                    value=number.language.value if number and number.language else "",
                    label=t("admin.greeting"),
                )
            ui.label(t("admin.bots_note")).classes("tp-muted tp-small")

            async def save() -> None:
                by = await self.acting()
                if by is None:
                    return
                answering = {"bot": bot.value, "language": language.value, "label": label.value or ""}
                if number is not None:
                    work = self._administration.change_number(by, number.number, **answering)
                    done = t("admin.saved", what=number.number)
                else:
                    assert which is not None
                    work = self._administration.add_number(by, (which.value or "").strip(), **answering)
                    done = t("admin.added", what=which.value)
                if await attempt(problem, work, done):
                    dialog.close()
                    await self.refresh()

            form_buttons(dialog, save)
        dialog.open()
