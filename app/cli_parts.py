"""What all commands share: where they print, the settings, and how they end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from rich.console import Console

from app import settings as settings_module
from app.role_lock import AlreadyRunning
from app.settings import Settings

console = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)


def fail(message: str) -> NoReturn:
    errors.print(message, style="bold red", markup=False, highlight=False)
    raise SystemExit(2)


def switched_on(variable: str) -> bool:
    """Whether an environment variable says yes; unset, empty, 0, no, off and false say no."""
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "no", "off", "false")


def current_settings() -> Settings:
    return settings_module.load()


def run(work: Coroutine[Any, Any, Any], runner: Callable[..., Any] = asyncio.run) -> Any:
    try:
        return runner(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except AlreadyRunning as error:
        fail(str(error))
