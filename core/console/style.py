"""The consoles' style sheet and the choice between light and dark."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

THEME_COOKIE = "tetraphone_theme"
THEMES = ("auto", "light", "dark")

_FILES = Path(__file__).parent
STYLE = (_FILES / "console.css").read_text(encoding="utf-8")
SCRIPT = (_FILES / "console.js").read_text(encoding="utf-8")
_VERSION = hashlib.sha256((STYLE + SCRIPT).encode()).hexdigest()[:12]
STYLE_PATH, SCRIPT_PATH = "/console/style.css", "/console/console.js"


def theme_of(cookies: Mapping[str, str]) -> str:
    """'auto' (as the system), 'light' or 'dark'."""
    wanted = cookies.get(THEME_COOKIE, "auto")
    return wanted if wanted in THEMES else "auto"


def head_html() -> str:
    """What each page's head needs; the address changes with the content, so browsers may keep it."""
    return (
        f'<link rel="stylesheet" href="{STYLE_PATH}?v={_VERSION}">'
        f'<script src="{SCRIPT_PATH}?v={_VERSION}"></script>'
    )
