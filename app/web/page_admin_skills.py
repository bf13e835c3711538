"""``/admin/skills``: every skill in use, who has it, which queues and bots ask for it; one written in two ways shows here."""

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
    table,
)
from app.web.queue_forms import joined
from core.administration import Administration
from core.console import badge, empty_note, t
from core.skills import SkillUse


def register(administration: Administration) -> None:
    register_tab("skills", _Skills, administration)


class _Skills(AdminTab):
    def build(self) -> None:
        ui.label(t("admin.skills_note")).classes("tp-muted tp-small tp-filters")
        self._place = ui.element("div").classes("tp-card tp-flush")

    async def refresh(self) -> None:
        skills = await self._administration.skills()
        self._place.clear()
        with self._place:
            if not skills:
                empty_note(t("admin.no_skills"))
                return
            columns = ("skill", "skill_users", "skill_needed", "skill_taken", "skill_bots", "state")
            with table(*(t(f"admin.{column}") for column in columns), ""):
                for skill in skills:
                    self._row(skill)

    def _row(self, skill: SkillUse) -> None:
        with attributed(ui.element("tr"), data_skill=skill.name):
            with ui.element("td"):
                ui.label(skill.name).style("font-weight: 550")
            users = [f"{user} {level}" for user, level in skill.levels.items()]
            for names in (users, skill.needed_by, skill.taken_by, skill.bots):
                with ui.element("td"):
                    ui.label(joined(names) or "–")
            with ui.element("td"):
                if not skill.levels:
                    badge(t("admin.skill_nobody"), "bad")
                elif not skill.asked:
                    badge(t("admin.skill_unasked"), "warn")
                else:
                    badge(t("admin.skill_matches"), "good")
            with ui.element("td").classes("tp-right tp-buttons"):
                label = f"{t('admin.rename')}: {skill.name}"
                icon_button("edit", label, lambda: self._form(skill.name))

    def _form(self, skill: str) -> None:
        with form_dialog(t("admin.rename_skill", name=skill)) as (dialog, problem):
            ui.label(t("admin.rename_skill_note")).classes("tp-muted tp-small")
            name = ui.input(t("admin.skill"), value=skill).props("maxlength=40 autofocus")

            async def save() -> None:
                by = await self.acting()
                if by is None:
                    return
                to = (name.value or "").strip()
                work = self._administration.rename_skill(by, skill, to)
                if await attempt(problem, work, t("admin.skill_renamed", name=skill, to=to)):
                    dialog.close()
                    await self.refresh()

            form_buttons(dialog, save)
        dialog.open()
