"""How the models process and its callers write to each other: JSON for what is small, raw samples for audio."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from core.languages import Language, parse_language
from models.protocols import BadRequest, Priority, Recognition, RecognitionRequest, Word
from models.recognition.load import Load

REQUEST_HEADER = "x-request"
LOAD_HEADER = "x-load"
RATE_HEADER = "x-rate"
ROWS_HEADER = "x-rows"
DIMENSION_HEADER = "x-dimension"
MAX_HEADER = 24_000
"""Bytes of the request header; bias words beyond it are left out."""
MAX_AUDIO_BYTES = 2 * 16_000 * 30
MAX_JSON_BYTES = 4_000_000


def request_to_header(request: RecognitionRequest) -> str:
    """Write a recognition request as one ASCII line; as many bias words as fit."""
    fields: dict[str, Any] = {
        "call_id": request.call_id,
        "languages": {language.value: weight for language, weight in request.languages.items()},
        "priority": request.priority.value,
        "deadline_s": request.deadline_s,
        "words": request.words,
    }
    room = MAX_HEADER - len(json.dumps(fields)) - 20
    bias: list[str] = []
    for word in request.bias:
        room -= len(json.dumps(word)) + 2
        if room < 0:
            break
        bias.append(word)
    return json.dumps({**fields, "bias": bias})


def request_from_header(header: str) -> RecognitionRequest:
    """Read a recognition request.

    Raises:
        BadRequest: it is not JSON, a field is missing or of the wrong kind; the message names it.
    """
    fields = parse_object(header)
    languages = fields.get("languages")
    if not isinstance(languages, dict) or not languages:
        raise BadRequest("languages: an object of language codes and weights is wanted")
    bias = fields.get("bias", [])
    if not isinstance(bias, list) or not all(isinstance(word, str) for word in bias):
        raise BadRequest("bias: a list of words is wanted")
    try:
        weights = {
            parse_language(str(code)): _number(weight, "languages") for code, weight in languages.items()
        }
        return RecognitionRequest(
            call_id=_text(fields, "call_id"),
            languages=weights,
            bias=bias,
            priority=Priority(fields.get("priority", Priority.CONFIRMED)),
            deadline_s=_number(fields.get("deadline_s", 2.0), "deadline_s"),
            words=fields.get("words") is True,
        )
    except ValueError as error:
        raise BadRequest(str(error)) from None


def recognition_to_json(recognition: Recognition) -> dict[str, Any]:
    """Return the recognition as JSON-ready fields."""
    fields = asdict(recognition)
    fields["language"] = recognition.language.value
    fields["language_scores"] = {one.value: score for one, score in recognition.language_scores.items()}
    return fields


def recognition_from_json(fields: Mapping[str, Any]) -> Recognition:
    """Read what :func:`recognition_to_json` wrote."""
    words = fields.get("words")
    return Recognition(
        **{
            **fields,
            "language": Language(fields["language"]),
            "language_scores": {Language(one): score for one, score in fields["language_scores"].items()},
            "words": None if words is None else [Word(**word) for word in words],
        }
    )


def load_to_header(load: Load) -> str:
    """Write a load as one ASCII line."""
    return json.dumps(asdict(load))


def load_from_header(header: str) -> Load | None:
    """Read a load; None where the header is missing or not understood: it is only a hint."""
    try:
        values = json.loads(header)
        return Load(**{field.name: values[field.name] for field in fields(Load)})
    except (ValueError, TypeError, KeyError):
        return None


def parse_object(text: str | bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        BadRequest: it is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("a JSON object is wanted")
    return value


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name}: a text is wanted")
    return value


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise BadRequest(f"{name}: a number from 0 up is wanted")
    return float(value)
