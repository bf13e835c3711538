"""The knowledge base as seen from the other processes: the same methods, over HTTP on a Unix socket."""

from __future__ import annotations

import builtins
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from core.languages import Language
from core.local_http import UnixTransport
from kb_ingest import wire
from kb_ingest.answering import KnowledgeAnswer
from kb_ingest.library import AddedDocument, Hit, UnknownDocument
from kb_ingest.parsing import DocumentRefused
from kb_ingest.store import StoredDocument
from models.client import ModelsFailed, ModelsUnavailable
from models.protocols import BadRequest, ModelError

ADD_TIMEOUT_S = 900.0
"""A large document is thousands of passages to embed."""


class KnowledgeUnavailable(ModelsUnavailable):
    """The process that owns the knowledge base is away, starting, or too slow: ask again, or do without."""


class KnowledgeClient:
    """Asks the process that owns the index; also what the bot's engine asks for answers.

    Args:
        socket_path: the Unix socket of the models process; it need not be there yet.
        answer_timeout_s: a caller waits for this one, so it is short.
        search_timeout_s: for everything else but uploads.
    """

    def __init__(
        self,
        socket_path: Path | str,
        answer_timeout_s: float = 3.0,
        search_timeout_s: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._answer_timeout = answer_timeout_s
        self._timeout = search_timeout_s
        transport = transport or UnixTransport(socket_path, most=64)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://models")

    async def __aenter__(self) -> KnowledgeClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def add(self, name: str, data: bytes, uploaded_by: str) -> AddedDocument:
        """See :meth:`kb_ingest.library.Library.add`; returns once it is published.

        Raises:
            DocumentRefused: the message says what to do.
            KnowledgeUnavailable: see there.
        """
        headers = {"x-file-name": quote(name), "x-uploaded-by": quote(uploaded_by)}
        answer = await self._send("POST", "/kb/documents", ADD_TIMEOUT_S, content=data, headers=headers)
        return wire.added_from_json(answer)

    async def remove(self, document_id: str) -> StoredDocument:
        """Take a document out.

        Raises:
            UnknownDocument: there is none with this id.
        """
        path = f"/kb/documents/{quote(document_id, safe='')}"
        return wire.document_from_json(await self._send("DELETE", path, self._timeout))

    async def list(self) -> builtins.list[StoredDocument]:
        """All documents by name."""
        answer = await self._send("GET", "/kb/documents", self._timeout)
        return [wire.document_from_json(document) for document in answer["documents"]]

    async def get(self, document_id: str) -> StoredDocument:
        """One document.

        Raises:
            UnknownDocument: there is none with this id.
        """
        answer = await self._send("GET", f"/kb/documents/{quote(document_id, safe='')}", self._timeout)
        answer.pop("content", None)
        return wire.document_from_json(answer)

    async def spoken_texts(self, document_id: str) -> builtins.list[str]:
        """What answers from a document consist of: its passages but for rows of tables.

        Raises:
            UnknownDocument: there is none with this id.
        """
        answer = await self._send("GET", f"/kb/documents/{quote(document_id, safe='')}", self._timeout)
        return [passage["text"] for passage in answer["content"] if passage["kind"] != "row"]

    async def search(
        self, query: str, language: Language | None = None, limit: int = 5
    ) -> builtins.list[Hit]:
        """The best passages, best first; see :meth:`kb_ingest.library.Library.search`."""
        body = {"query": query, "language": language, "limit": limit}
        answer = await self._send("POST", "/kb/search", self._timeout, json=body)
        return [wire.hit_from_json(hit) for hit in answer["hits"]]

    async def answer(self, question: str, language: Language) -> KnowledgeAnswer | None:
        """An answer that may be spoken, or None; see :meth:`kb_ingest.library.Library.answer`."""
        if not question.strip():
            return None
        body = {"question": question, "language": language}
        answer = await self._send("POST", "/kb/answer", self._answer_timeout, json=body)
        return wire.answer_from_json(answer["answer"]) if answer["answer"] else None

    async def status(self) -> dict[str, Any]:
        """Numbers of documents and passages, and the embedder's name."""
        return await self._send("GET", "/kb/status", self._timeout)

    async def _send(self, method: str, path: str, timeout_s: float, **content: Any) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, timeout=timeout_s, **content)
        except httpx.TimeoutException as error:
            raise KnowledgeUnavailable(f"{path} was not answered within {timeout_s:g} s") from error
        except httpx.TransportError as error:
            raise KnowledgeUnavailable(f"the models process does not answer: {error}") from error
        if response.is_success:
            answer: dict[str, Any] = response.json()
            return answer
        raise _error_of(response, path)


def _error_of(response: httpx.Response, path: str) -> Exception:
    try:
        body = response.json()
        kind, detail = str(body["error"]), str(body["detail"])
    except (ValueError, KeyError, TypeError):
        return ModelsFailed(f"{path} answered {response.status_code}")
    errors: dict[str, type[ModelError]] = {
        "bad_request": BadRequest,
        "loading": KnowledgeUnavailable,
        "overloaded": KnowledgeUnavailable,
        "index_unavailable": KnowledgeUnavailable,
    }
    if kind == "refused":
        return DocumentRefused(str(body["code"]), detail)
    if kind == "unknown_document":
        return UnknownDocument(detail)
    return errors.get(kind, ModelsFailed)(detail)
