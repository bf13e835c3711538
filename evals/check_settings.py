"""What settings each check takes, so that a scorecard's mistake is found when it is read and not by a call."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.languages import Language

Seconds = Annotated[float, Field(ge=0)]
Words = dict[Language, Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Listed(_Settings):
    """``but``: longer words that hold a listed one and are not meant."""

    words: Annotated[Words, Field(min_length=1)]
    but: Words = {}


class _Greeting(_Listed):
    within_s: Seconds


class _LanguageMatched(_Settings):
    answered_within_turns: Annotated[int, Field(ge=0)]


class _NeedIdentified(_Settings):
    confidence: Annotated[float, Field(ge=0, le=1)]


class _Settled(_Settings):
    handed_over_within_s: Seconds


class _NoLongSilence(_Settings):
    longest_s: Seconds


class _NoInterruptions(_Settings):
    overlap_s: Seconds


SETTINGS: dict[str, type[_Settings]] = {
    "greeting": _Greeting,
    "language_matched": _LanguageMatched,
    "need_identified": _NeedIdentified,
    "settled": _Settled,
    "no_forbidden_words": _Listed,
    "no_long_silence": _NoLongSilence,
    "no_interruptions": _NoInterruptions,
    "closing": _Listed,
}


def settings_fault(check: str, settings: dict[str, Any]) -> str:
    """What is wrong with a check's settings, with the place and what is accepted there; '' if nothing is."""
    kind = SETTINGS[check]
    try:
        kind.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(("settings", *(str(part) for part in first["loc"])))
        accepted = ", ".join(kind.model_fields) or "none"
        return f"{place}: {first['msg']} (given: {first['input']!r}); the settings of {check}: {accepted}"
    return ""
