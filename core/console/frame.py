"""The frame of a page (header, navigation, content) and the small parts that all rooms use."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from nicegui import context, ui

from core.console.pages import session_now
from core.console.style import THEME_COOKIE, THEMES, head_html
from core.console.texts import LANGUAGE_COOKIE, surface_language, t
from core.identity import Role, Session
from core.languages import Language

STILL_IN_S = 30.0
"""How often an open page asks whether its user still may be there: sessions end, roles are taken away."""

Tone = Literal["neutral", "good", "warn", "bad", "info", "live"]


@dataclass(frozen=True, slots=True)
class Section:
    """A place in the navigation, shown to users with one of the roles."""

    name: str
    path: str
    text: str
    """Key of its name for ``t``."""
    roles: tuple[Role, ...]


SECTIONS: list[Section] = [
    Section("desk", "/desk", "console.desk", (Role.AGENT,)),
    Section("calls", "/calls", "console.calls", (Role.AGENT, Role.QA, Role.SUPERVISOR)),
    Section("qa", "/qa", "console.qa", (Role.QA, Role.SUPERVISOR)),
    Section("wall", "/wall", "console.wall", (Role.SUPERVISOR,)),
    Section("latency", "/latency", "console.latency", (Role.QA, Role.SUPERVISOR)),
    Section("knowledge", "/knowledge", "console.knowledge", (Role.EDITOR,)),
    Section("admin", "/admin", "console.admin", (Role.ADMIN,)),
]


def add_section(section: Section) -> None:
    """Add a place to the navigation, or replace the one of the same name."""
    SECTIONS[:] = [known for known in SECTIONS if known.name != section.name] + [section]


@contextmanager
def frame(session: Session, title: str, section: str) -> Iterator[None]:
    """Lay out a page: what is built inside the ``with`` becomes its content.

    Args:
        title: the page's heading, shown in the browser's tab too.
        section: which place in the navigation is the current one.
    """
    language = surface_language()
    ui.page_title(f"{title} · Tetraphone")
    ui.add_head_html(head_html() + f"<script>document.documentElement.lang='{language.value}'</script>")
    ui.colors(
        primary="#0f766e", secondary="#475569", accent="#4f46e5", positive="#15803d", negative="#b91c1c"
    )
    ui.dark_mode({"light": False, "dark": True}.get(context.client.storage.get("theme", "auto")))
    ui.add_body_html(f'<a class="tp-skip" href="#content">{html.escape(t("console.skip"))}</a>')
    with ui.header(bordered=True, wrap=False).classes("tp-header"):
        ui.link("Tetraphone", "/").classes("tp-brand")
        with ui.element("nav").classes("tp-nav").props(f'aria-label="{t("console.navigation")}"'):
            for place in SECTIONS:
                if session.user.may(*place.roles):
                    link = ui.link(t(place.text), place.path)
                    if place.name == section:
                        link.classes("tp-current").props("aria-current=page")
        ui.element("div").classes("tp-grow")
        _language_switch(language)
        _theme_switch()
        _who(session)
    with ui.element("div").classes("tp-content").props("id=content tabindex=-1"):
        ui.html(f"<h1>{html.escape(title)}</h1>", sanitize=False).classes("tp-title")
        yield
    ui.timer(STILL_IN_S, session_now)


def _language_switch(language: Language) -> None:
    def choose(value: str) -> None:
        ui.run_javascript(
            f"tetraphoneRemember('{LANGUAGE_COOKIE}', '{Language(value).value}');location.reload()"
        )

    options = {one.value: one.own_name for one in Language}
    ui.select(options, value=language.value, on_change=lambda event: choose(event.value)).props(
        f'borderless outlined=false aria-label="{t("console.language")}"'
    ).classes("tp-choice")


def _theme_switch() -> None:
    icons = {"auto": "brightness_auto", "light": "light_mode", "dark": "dark_mode"}
    now = context.client.storage.get("theme", "auto")
    label = f"{t('console.theme')}: {t(f'console.theme_{now}')}"

    def turn() -> None:
        following = THEMES[(THEMES.index(now) + 1) % len(THEMES)]
        ui.run_javascript(f"tetraphoneRemember('{THEME_COOKIE}', '{following}');location.reload()")

    ui.button(icon=icons[now], on_click=turn).props(f'flat round dense aria-label="{label}"').classes(
        "tp-icon-button"
    ).tooltip(label)


def _who(session: Session) -> None:
    name, out = html.escape(session.user.name), html.escape(t("console.log_out"))
    ui.html(
        f'<span class="tp-user"><span class="tp-visually-hidden">{html.escape(t("console.user"))} </span>{name}'
        f'</span><form method="post" action="/logout"><input type="hidden" name="csrf" value="{session.csrf}">'
        f'<button class="tp-quiet" type="submit">{out}</button></form>',
        sanitize=False,
    ).classes("tp-who")


# --- small parts ---------------------------------------------------------------------------------


def badge(text: str, tone: Tone = "neutral") -> ui.label:
    """A short word in a coloured pill; the word says everything, the colour only repeats it."""
    return ui.label(text).classes(f"tp-badge tp-{tone}")


def local_time(moment: str | None, *, only_time: bool = False) -> ui.element:
    """An ISO 8601 moment, shown in the reader's own time zone and language."""
    element = ui.element("tp-time").props(f'datetime="{html.escape(moment or "")}"')
    return element.props("format=time") if only_time else element


def empty_note(text: str) -> ui.label:
    """What stands where a list has nothing to show."""
    return ui.label(text).classes("tp-empty")


def notify(text: str, tone: Tone = "neutral") -> None:
    """A message that appears at the edge of the page and is read out."""
    kinds = {"good": "positive", "bad": "negative", "warn": "warning", "info": "info"}
    options = {"type": kinds[tone]} if tone in kinds else {}
    ui.notify(text, position="bottom-left", close_button="✕", timeout=8000, **options)  # type: ignore[arg-type]
