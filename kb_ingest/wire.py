"""The knowledge base's values as JSON, both ways."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

from core.languages import Language
from kb_ingest.answering import KnowledgeAnswer
from kb_ingest.library import AddedDocument, Hit
from kb_ingest.store import StoredDocument


def to_json(value: StoredDocument | AddedDocument | Hit | KnowledgeAnswer) -> dict[str, Any]:
    """Plain values; times in ISO 8601."""
    return {
        name: field.isoformat() if isinstance(field, dt.datetime) else field
        for name, field in asdict(value).items()
    }


def added_from_json(value: dict[str, Any]) -> AddedDocument:
    return AddedDocument(**{**value, "language": _language(value["language"])})


def document_from_json(value: dict[str, Any]) -> StoredDocument:
    times = {name: dt.datetime.fromisoformat(value[name]) for name in ("created_at", "updated_at")}
    return StoredDocument(**{**value, **times, "language": _language(value["language"])})


def hit_from_json(value: dict[str, Any]) -> Hit:
    return Hit(**{**value, "language": _language(value["language"])})


def answer_from_json(value: dict[str, Any]) -> KnowledgeAnswer:
    return KnowledgeAnswer(**{**value, "language": Language(value["language"])})


def _language(code: str | None) -> Language | None:
    return Language(code) if code else None
