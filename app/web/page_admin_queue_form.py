"""The form of one queue: a field for everything that its plan says; ``queue_forms`` turns them into a plan again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nicegui import ui

from app.web.page_admin import attributed
from app.web.queue_forms import joined, queue_fields
from app.web.skill_fields import skill_choice, skill_warning
from core.console import t
from core.skills import SkillUse


def queue_form(
    plan: Mapping[str, Any],
    known: str | None,
    queue: Mapping[str, Any],
    skills: Mapping[str, SkillUse],
) -> tuple[ui.input, dict[str, Any]]:
    """Show the fields of a queue.

    Args:
        known: its name, if there is such a queue.
        skills: those in use, by name.

    Returns:
        The field of its name, and the others by the names of ``queue_fields``.
    """
    shown = queue_fields(queue)
    fields: dict[str, Any] = {}
    others = {"": t("admin.nowhere")} | {name: name for name in plan["queues"] if name != known}
    hours = {"": t("admin.always")} | {name: name for name in plan.get("hours", {})}
    instead = {one: t(f"admin.{one}") for one in ("told_so", "voicemail")}

    def number(field: str, *, whole: bool = False, least: float = 0, most: float | None = None) -> None:
        fields[field] = ui.number(
            t(f"admin.{field}"), value=shown[field], min=least, max=most, precision=0 if whole else None
        )

    def words(field: str, label: str) -> None:
        fields[field] = ui.input(t(f"admin.{label}"), value=shown[field]).props("maxlength=400")

    def choice(field: str, choices: Mapping[str, str]) -> None:
        fields[field] = ui.select(dict(choices), value=shown[field], label=t(f"admin.{field}"))

    with ui.element("div").classes("tp-fields"):
        name = ui.input(t("admin.queue"), value=known or "").props("maxlength=40 autofocus")
        name.set_enabled(known is None)
        number("priority", whole=True, least=-100)
        number("target_s", least=1)
        number("target_share", most=100)
        choice("hours", hours)
        choice("out_of_hours", instead)
        choice("no_answer", instead)
    with _group("takes_note"):
        words("reasons", "reasons")
        words("intents", "intents")
        for field, label in (("skills", "skills_asked"), ("needs", "skills_needed")):
            fields[field] = skill_choice(t(f"admin.{label}"), skills, shown[field])
    _warn_of_skills_that_nobody_has([fields["skills"], fields["needs"]], skills)
    with _group("waiting"):
        words("steps", "steps")
        attributed(fields["steps"], placeholder="0: best, 20: 3, 40: any", hint=t("admin.steps_note"))
        number("last_agent_s")
        number("most_waiting", whole=True)
        choice("overflow", others)
        number("overflow_after", least=1)
        number("overflow_more", whole=True)
        fields["overflow_closed"] = ui.checkbox(t("admin.overflow_closed"), value=shown["overflow_closed"])
    with _group("alerts"):
        number("alert_waiting", whole=True)
        number("alert_longest_wait_s")
        number("alert_service_level", most=100)
        number("alert_abandonment", most=100)
    return name, fields


def _warn_of_skills_that_nobody_has(choices: list[ui.select], skills: Mapping[str, SkillUse]) -> None:
    """A call that asks for one would wait until the last step, in vain."""

    def lacking() -> str:
        wanted = dict.fromkeys(name for choice in choices for name in choice.value or ())
        return joined(name for name in wanted if name not in skills or not skills[name].levels)

    skill_warning(choices, lambda: (names := lacking()) and t("admin.nobody_has", skills=names))


@contextmanager
def _group(title: str) -> Iterator[None]:
    with ui.element("fieldset").classes("tp-fieldset"):
        with ui.element("legend"):
            ui.label(t(f"admin.{title}"))
        with ui.element("div").classes("tp-fields"):
            yield
