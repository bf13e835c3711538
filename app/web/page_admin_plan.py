"""What the parts of ``/admin/queues`` share: each changes the whole plan, and saves it as its next version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from app.web.page_admin import AdminTab, attempt, heading, sure
from core.administration import Administration
from core.console import t
from core.queue_plan import SavedPlan


class PlanTab(AdminTab):
    """A tab that shows a saved plan and changes it."""

    def __init__(self, administration: Administration) -> None:
        super().__init__(administration)
        self.saved = SavedPlan(0, {})

    async def save(
        self, dialog: ui.dialog, problem: ui.label, changed: Callable[[], dict[str, Any]], what: str
    ) -> None:
        """From a form: keep it open where the plan cannot be kept, and say why."""
        by = await self.acting()
        if by is None:
            return
        if not what.strip():
            problem.text, problem.visible = t("admin.name_missing"), True
            return
        work = self._administration.save_plan(by, changed(), self.saved.version)
        if await attempt(problem, work, t("admin.saved", what=what.strip())):
            dialog.close()
            await self.refresh()

    async def remove(self, question: str, changed: Callable[[], dict[str, Any]], what: str) -> None:
        """Ask, then save the plan without it."""
        if not await sure(question, t("admin.remove")):
            return
        by = await self.acting()
        if by is None:
            return
        saved = self._administration.save_plan(by, changed(), self.saved.version)
        await self.change(saved, t("admin.removed", what=what))


def card_head(title: str, button: str, on_click: Callable[[], None], icon: str = "add") -> None:
    """The heading of a part, and the button beside it."""
    with ui.element("div").classes("tp-row tp-card-head"):
        heading(title)
        ui.element("div").classes("tp-grow")
        ui.button(button, icon=icon, on_click=on_click).props("flat dense")
