"""The knowledge base behind one door for the API and the page: plain values in and out, refusals as problems."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from app.web.parts import Knowledge
from app.web.plain import plain, plain_dict
from app.web.problems import Problem
from core.languages import Language
from core.refusals import note_refusal
from models.protocols import BadRequest, ModelError, Overloaded

logger = logging.getLogger(__name__)

_STATUS = {
    "too_large": 413,
    "wrong_type": 415,
    "unsupported": 415,
    "unknown_type": 415,
    "unknown_format": 415,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A document that was not taken, and why, in a sentence."""

    name: str
    code: str
    message: str

    @property
    def status(self) -> int:
        return _STATUS.get(self.code, 422)


class KnowledgeGate:
    """Turns what the knowledge base raises into answers.

    A refusal of a document is known by its ``code`` and ``message``, wherever its class lives.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    async def add(self, name: str, data: bytes, user: str) -> dict[str, Any] | Refusal:
        """Add one document; a refused one is an answer, not an error.

        Raises:
            Problem: 503 if the knowledge base cannot be reached.
        """
        try:
            return plain_dict(await self._knowledge.add(name, data, user))
        except BadRequest as error:
            return _refused(name, "refused", str(error))
        except (ModelError, OSError, TimeoutError) as error:
            raise _away(error) from error
        except Exception as error:
            code, message = getattr(error, "code", None), getattr(error, "message", None)
            if isinstance(code, str) and isinstance(message, str):
                return _refused(name, code, message)
            raise

    async def documents(self) -> list[dict[str, Any]]:
        try:
            found = plain(await self._knowledge.list())
        except (ModelError, OSError, TimeoutError) as error:
            raise _away(error) from error
        return _rows(found, "documents")

    async def remove(self, document_id: str) -> None:
        """Raises Problem: 404 for an unknown document."""
        try:
            await self._knowledge.remove(document_id)
        except LookupError:
            raise Problem(
                404, "unknown_document", "there is no such document; GET /api/kb/documents lists them"
            ) from None
        except (ModelError, OSError, TimeoutError) as error:
            raise _away(error) from error

    async def search(self, query: str, language: Language | None, limit: int) -> list[dict[str, Any]]:
        try:
            found = plain(await self._knowledge.search(query, language, limit))
        except (ModelError, OSError, TimeoutError) as error:
            raise _away(error) from error
        return _rows(found, "passages")

    async def answer(self, question: str, language: Language) -> dict[str, Any] | None:
        """What the bot would say, if the knowledge base can tell and is sure enough."""
        ask = getattr(self._knowledge, "answer", None)
        if ask is None:
            return None
        try:
            found = await ask(question, language)
        except (ModelError, OSError, TimeoutError) as error:
            raise _away(error) from error
        return None if found is None else plain_dict(found)


def _refused(name: str, code: str, message: str) -> Refusal:
    # A file's name and contents may be about people; its kind is not.
    note_refusal(f"document_{code}", f"a document ({code})")
    return Refusal(name, code, message)


def _rows(found: Any, name: str) -> list[dict[str, Any]]:
    rows = found[name] if isinstance(found, dict) else found
    return [dict(row) for row in rows]


def _away(error: Exception) -> Problem:
    if isinstance(error, Overloaded):
        return Problem(503, "busy", "the knowledge base is busy; try again in a moment", {"Retry-After": "2"})
    logger.warning("the knowledge base does not answer: %s", error)
    message = "the knowledge base is away and is being started again; try again in a moment"
    return Problem(503, "knowledge_away", message, {"Retry-After": "3"})
