"""Plain HTML elements for the page, and panels that redraw only when what they show has changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


class El(TextElement):
    """One HTML element: tag, classes, text, attributes (``aria_label`` becomes ``aria-label``).

    Texts are set as text, never as HTML.
    """

    def __init__(self, tag: str, classes: str = "", text: str = "", **attributes: Any) -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)
        for name, value in attributes.items():
            if value is not None:
                self.props[name.rstrip("_").replace("_", "-")] = value


class Panel:
    """A part of the page with a key of what it shows; an unchanged key leaves the browser alone."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self._key: Hashable = object()

    def show(self, key: Hashable, build: Callable[[], object]) -> bool:
        """Redraw with ``build`` if ``key`` differs from the last one; returns whether it did."""
        if key == self._key:
            return False
        self._key = key
        self.root.clear()
        with self.root:
            build()
        return True


def button(
    text: str,
    classes: str,
    on_click: Callable[..., Any] | None = None,
    *,
    shortcut: str = "",
    brief: bool = False,
    **attributes: Any,
) -> El:
    """A native button; ``shortcut`` (``Alt+A``) is shown on it, ``brief`` by its letter alone, and presses it."""
    if brief and shortcut:
        attributes["title"] = f"{attributes.get('title') or text} ({shortcut})"
    spoken = {"aria_keyshortcuts": shortcut, "data_shortcut": shortcut} if shortcut else {}
    element = El("button", f"btn {classes}", type="button", **spoken, **attributes)
    with element:
        El("span", "", text)
        if shortcut:
            El("kbd", "", shortcut.removeprefix("Alt+") if brief else shortcut, aria_hidden="true")
    if on_click is not None:
        element.on("click", on_click, args=[])
    return element


def clock(seconds: float, *, down: bool = False, classes: str = "") -> El:
    """A running time that the browser counts on by itself."""
    return El(
        "span",
        f"tick {classes}",
        "",
        data_base=f"{max(0.0, seconds):.1f}",
        data_way="down" if down else "up",
        role="timer",
        aria_live="off",
    )
