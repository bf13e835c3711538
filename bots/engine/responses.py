"""Choosing and filling a response's wording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bots.engine.domain import Domain, Variation

_VARIABLE = re.compile(r"\{(\w+)\}")


class ResponseError(LookupError):
    """A response that the domain does not have, or that lacks a value."""


def choose(domain: Domain, name: str, slots: Mapping[str, Any]) -> Variation:
    """The first conditional wording whose slot conditions hold, else the first unconditional one.

    Raises:
        ResponseError: no such response, or no wording for these slots.
    """
    if name not in domain.responses:
        raise ResponseError(f"no response {name!r} in the domain")
    best: Variation | None = None
    for variation in domain.responses[name]:
        holds = all(slots.get(slot) == value for slot, value in variation.conditions)
        if holds and (best is None or len(variation.conditions) > len(best.conditions)):
            best = variation
    if best is None:
        raise ResponseError(f"no wording of {name!r} for language {slots.get('language')!r}")
    return best


def fill(text: str, values: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Put values into ``{name}`` places; returns the text and the values used.

    Raises:
        ResponseError: a value is missing.
    """
    used: dict[str, str] = {}

    def put(match: re.Match[str]) -> str:
        name = match.group(1)
        if values.get(name) is None:
            raise ResponseError(f"no value for {{{name}}} in {text!r}")
        used[name] = str(values[name])
        return used[name]

    return _VARIABLE.sub(put, text), used
