"""What of the caller's numbers may be shown: only what the order system knows, and keys that were asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from typing import Any

from bots.engine.types import ActionRecord, Listen
from core.redaction import MASK, redact

_NUMBER_SLOTS = frozenset(("order_number", "tracking_number", "parcel_number"))
_COUNT = 100
"""A number below this is a count, and about nobody."""


def numbers_found(actions: Iterable[ActionRecord]) -> set[str]:
    """The numbers that actions which succeeded name, with and without their letters."""
    found: set[str] = set()
    for action in actions:
        if action.ok:
            for token in re.findall(
                r"[0-9A-Z]*[0-9]{6,}", f"{action.detail} {action.idempotency_key}".upper()
            ):
                found |= {token, token.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    return found


def keys_may_be_shown(keys: str, listen: Listen, found: Set[str]) -> bool:
    """Whether keys may be shown: a number that was found, or one key that means something by itself.

    Args:
        listen: what the caller had been asked for.
    """
    if len(keys) == 1:
        return keys in "0*#" or (listen == "yes_no" and keys in "12")
    return keys.strip("*#") in found


def shown_slots(slots: Mapping[str, Any], found: Set[str]) -> dict[str, Any]:
    """Slots as they may be logged and shown: texts redacted, numbers masked unless the order system found them."""
    return {name: _shown(name, value, found) for name, value in slots.items()}


def _shown(name: str, value: Any, found: Set[str]) -> Any:
    if value is None or (isinstance(value, int | float) and abs(value) < _COUNT):
        return value
    text = str(value)
    bare = re.sub(r"\s", "", text)
    if name in _NUMBER_SLOTS and bare.upper() in found:
        return value
    if bare.isdigit():
        # The end of a longer number tells which one it was; of a short one it would tell too much.
        return MASK + bare[-2:] if len(bare) >= 6 else MASK
    return redact(text)
