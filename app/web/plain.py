"""Dataclasses, models and the like as plain JSON values."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel


def plain(value: Any) -> Any:
    """Dictionaries, lists and scalars alone; dataclasses and pydantic models become dictionaries."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value


def plain_dict(value: Any) -> dict[str, Any]:
    """As ``plain``, for what must be one object."""
    shown = plain(value)
    if not isinstance(shown, dict):
        raise TypeError(f"an object was expected, not {type(value).__name__}")
    return shown
