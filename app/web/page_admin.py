"""``/admin``: users, skills, numbers, queues and the audit log. What its tabs have in common; a file for each of them."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nicegui import context, ui

from core.administration import Administration, By, Refused
from core.console import console_page, frame, notify, session_now, t
from core.console.texts import has_text
from core.identity import Role, Session

TABS = (
    ("users", "/admin"),
    ("skills", "/admin/skills"),
    ("queues", "/admin/queues"),
    ("numbers", "/admin/numbers"),
    ("audit", "/admin/audit"),
)


def admin_page(path: str) -> Callable[[Callable[..., Awaitable[None]]], object]:
    """Register a tab, for administrators alone."""
    return console_page(path, Role.ADMIN)


@contextmanager
def admin_frame(session: Session, tab: str) -> Iterator[None]:
    """The frame with the tabs below the heading; they are links, so each has an address of its own."""
    with frame(session, t("admin.title"), section="admin"):
        with attributed(ui.element("nav").classes("tp-tabs"), aria_label=t("admin.title")):
            for name, path in TABS:
                link = ui.link(t(f"admin.tab_{name}"), path)
                if name == tab:
                    link.classes("tp-current").props("aria-current=page")
        yield


class AdminTab(ABC):
    """One reader's view of a tab whose entries can be changed; a new one for each visit."""

    def __init__(self, administration: Administration) -> None:
        self._administration = administration

    @abstractmethod
    def build(self) -> None:
        """Set up the parts that stay; within the frame."""

    @abstractmethod
    async def refresh(self) -> None:
        """Read what there is, and show it."""

    async def acting(self) -> By | None:
        """Who acts on this page, if the session still stands and the role is still theirs; else away from here."""
        session = await session_now()
        return By(session.user.username, "console") if session is not None else None

    async def change(self, work: Awaitable[object], done: str) -> None:
        """Do it, show the tab anew, and only then say what became of it: who has read that finds buttons that stay."""
        page = context.client  # the button that was pressed goes with what is shown anew
        refusal = ""
        try:
            await work
        except Refused as refused:
            refusal = refusal_text(refused)
        await self.refresh()
        with page:
            notify(refusal or done, "bad" if refusal else "good")


def register_tab(name: str, tab: type[AdminTab], administration: Administration) -> None:
    """Serve a tab at its address."""

    @admin_page(dict(TABS)[name])
    async def page(session: Session) -> None:
        view = tab(administration)
        with admin_frame(session, name):
            view.build()
        await view.refresh()


def refusal_text(refused: Refused) -> str:
    """Why it was not done, in the reader's language."""
    return t(f"admin.refused_{refused.code}", **refused.values)


def name_of(prefix: str, word: str) -> str:
    """A word of the platform in the reader's language, or itself where there is none."""
    key = f"{prefix}_{word.replace('.', '_')}"
    return t(key) if has_text(key) else word


def attributed(element: Any, **attributes: str) -> Any:
    """Set attributes to texts of any kind; NiceGUI's own short form cannot hold quotes and backslashes."""
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element


def heading(text: str) -> None:
    ui.html(f"<h2>{html.escape(text)}</h2>", sanitize=False)


def head_row(*texts: str) -> None:
    """The head of a table; an empty text names a column of buttons."""
    with ui.element("thead"), ui.element("tr"):
        for text in texts:
            with ui.element("th").props("scope=col"):
                ui.label(text or t("admin.actions")).classes("" if text else "tp-visually-hidden")


@contextmanager
def table(*heads: str) -> Iterator[None]:
    """A table whose rows are what is made within; see ``head_row``."""
    with ui.element("div").classes("tp-scroll"), ui.element("table").classes("tp-table"):
        head_row(*heads)
        with ui.element("tbody"):
            yield


def icon_button(icon: str, label: str, on_click: Callable[[], object]) -> Any:
    """A button that shows a symbol and says what it does."""
    button = attributed(ui.button(icon=icon, on_click=on_click).props("flat round dense"), aria_label=label)
    return button.classes("tp-icon-button").tooltip(label)


@contextmanager
def form_dialog(title: str) -> Iterator[tuple[ui.dialog, ui.label]]:
    """A dialog with a form; yields it and the line in which refusals are said. It goes when it is closed."""
    dialog = ui.dialog()
    dialog.on("hide", dialog.delete)
    with (
        dialog,
        attributed(ui.card().classes("tp-form"), role="dialog", aria_modal="true", aria_label=title),
    ):
        heading(title)
        problem = ui.label().classes("tp-alert").props("role=alert")
        problem.visible = False
        yield dialog, problem


def form_buttons(dialog: ui.dialog, save: Callable[[], Awaitable[None]], text: str = "") -> None:
    """At the end of a form: leave it, or do it."""
    with ui.element("div").classes("tp-row tp-form-end"):
        ui.button(t("admin.cancel"), on_click=dialog.close).props("flat")
        ui.button(text or t("admin.save"), on_click=save)


async def attempt(problem: ui.label, work: Awaitable[object], done: str) -> bool:
    """Do it and say so; where it is refused, say why in the form and leave it open."""
    try:
        await work
    except Refused as refused:
        problem.text = refusal_text(refused)
        problem.visible = True
        return False
    notify(done, "good")
    return True


async def sure(question: str, yes: str) -> bool:
    """Ask before something that people notice."""
    with ui.dialog() as dialog, ui.card().props("role=alertdialog"):
        ui.label(question)
        with ui.element("div").classes("tp-row tp-form-end"):
            ui.button(t("admin.cancel"), on_click=lambda: dialog.submit(False)).props("flat autofocus")
            ui.button(yes, on_click=lambda: dialog.submit(True), color="negative")
    answer = await dialog
    dialog.delete()
    return bool(answer)
