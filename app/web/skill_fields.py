"""Fields for skills: those in use are offered, others may be typed, and what matches nothing is said at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from nicegui import ui


def skill_choice(label: str, known: Iterable[str], chosen: Sequence[str]) -> ui.select:
    """Several skills of those in use; what is typed and confirmed with Enter is one more."""
    options = list(dict.fromkeys([*known, *chosen]))
    field = ui.select(
        options, value=list(chosen), label=label, multiple=True, with_input=True, new_value_mode="add-unique"
    )
    return field.props("use-chips input-debounce=0")


def another_skill(label: str, known: Iterable[str], add: Callable[[str], None]) -> ui.select:
    """One more skill of those in use, or of a new name; empty again once it is added."""

    def chosen() -> None:
        name = str(field.value or "").strip()
        if name:
            field.value = None
            add(name)

    field = ui.select(
        list(known),
        label=label,
        with_input=True,
        new_value_mode="add-unique",
        clearable=True,
        on_change=chosen,
    )
    return field.props("input-debounce=0")


def skill_warning(fields: Iterable[ui.select], warning: Callable[[], str]) -> ui.label:
    """A line that says what is odd about the skills chosen, while it is."""
    line = ui.label().classes("tp-note-warn").props("role=status")

    def update() -> None:
        line.text = warning()
        line.visible = bool(line.text)

    for field in fields:
        field.on_value_change(update)
    update()
    return line
