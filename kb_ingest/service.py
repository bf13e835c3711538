"""The knowledge base's HTTP routes, mounted into the process that owns the index.

==============================  =============================================  ==========================
``POST /kb/documents``          the file as body; ``x-file-name`` (percent-     201: an ``AddedDocument``
                                encoded), ``x-uploaded-by``
``GET /kb/documents``                                                          ``{"documents": [...]}``
``GET /kb/documents/{id}``                                                     a ``StoredDocument`` and its passages
``DELETE /kb/documents/{id}``                                                  the ``StoredDocument`` taken out
``POST /kb/search``             JSON: ``query, language?, limit?``             ``{"hits": [...]}``
``POST /kb/answer``             JSON: ``question, language``                   ``{"answer": ... or null}``
``GET /kb/status``                                                             counts
==============================  =============================================  ==========================

Errors are JSON, ``{"error": kind, "detail": sentence}``: 400 ``bad_request``, 404 ``unknown_document``, 422
``refused`` with ``code``, 503 ``loading``, ``overloaded`` or ``index_unavailable``, 500 ``failed``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from core.languages import Language, parse_language
from kb_ingest.index.protocol import IndexUnavailable
from kb_ingest.library import Library, UnknownDocument
from kb_ingest.parsing import DocumentRefused, ParseLimits
from kb_ingest.wire import to_json
from models import wire
from models.protocols import BadRequest, ModelError
from models.server import TooLarge, error_response, read_body

_log = logging.getLogger(__name__)
_MAX_LIMIT = 50
Handler = Callable[[Request], Awaitable[Response]]


def knowledge_routes(library: Library, limits: ParseLimits | None = None) -> list[BaseRoute]:
    """All routes; mount them as they are.

    Args:
        limits: only the size of an upload is used here; the library holds the rest.
    """
    handlers = _Handlers(library, limits or ParseLimits())
    return [
        Route("/kb/documents", _guarded(handlers.add), methods=["POST"]),
        Route("/kb/documents", _guarded(handlers.list), methods=["GET"]),
        Route("/kb/documents/{document_id:path}", _guarded(handlers.get), methods=["GET"]),
        Route("/kb/documents/{document_id:path}", _guarded(handlers.remove), methods=["DELETE"]),
        Route("/kb/search", _guarded(handlers.search), methods=["POST"]),
        Route("/kb/answer", _guarded(handlers.answer), methods=["POST"]),
        Route("/kb/status", _guarded(handlers.status), methods=["GET"]),
    ]


class _Handlers:
    def __init__(self, library: Library, limits: ParseLimits) -> None:
        self._library = library
        self._limits = limits

    async def add(self, request: Request) -> Response:
        name = unquote(request.headers.get("x-file-name", ""))
        who = unquote(request.headers.get("x-uploaded-by", "")) or "unknown"
        try:
            data = await read_body(request, self._limits.file_bytes)
        except TooLarge:
            most = self._limits.file_bytes // (1024 * 1024)
            raise DocumentRefused("too_large", f"The file is larger than {most} MiB; divide it.") from None
        return JSONResponse(to_json(await self._library.add(name, data, who)), status_code=201)

    async def list(self, request: Request) -> Response:
        return JSONResponse({"documents": [to_json(document) for document in await self._library.list()]})

    async def get(self, request: Request) -> Response:
        document_id = request.path_params["document_id"]
        document = await self._library.get(document_id)
        passages = await self._library.passages(document_id)
        return JSONResponse({**to_json(document), "content": [asdict(passage) for passage in passages]})

    async def remove(self, request: Request) -> Response:
        return JSONResponse(to_json(await self._library.remove(request.path_params["document_id"])))

    async def search(self, request: Request) -> Response:
        fields = wire.parse_object(await read_body(request, wire.MAX_JSON_BYTES))
        limit = fields.get("limit", 5)
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= _MAX_LIMIT:
            raise BadRequest(f"limit: a whole number from 1 to {_MAX_LIMIT} is wanted")
        language = fields.get("language")
        hits = await self._library.search(
            _text(fields.get("query"), "query"), None if language is None else _language(language), limit
        )
        return JSONResponse({"hits": [to_json(hit) for hit in hits]})

    async def answer(self, request: Request) -> Response:
        fields = wire.parse_object(await read_body(request, wire.MAX_JSON_BYTES))
        answer = await self._library.answer(
            _text(fields.get("question"), "question"), _language(fields.get("language"))
        )
        return JSONResponse({"answer": None if answer is None else to_json(answer)})

    async def status(self, request: Request) -> Response:
        return JSONResponse(await self._library.status())


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{field}: a text is wanted")
    return value


def _language(value: object) -> Language:
    try:
        return parse_language(str(value))
    except ValueError as error:
        raise BadRequest(str(error)) from None


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except DocumentRefused as refused:
            body = {"error": "refused", "code": refused.code, "detail": refused.message}
            return JSONResponse(body, status_code=422)
        except UnknownDocument as error:
            return JSONResponse({"error": "unknown_document", "detail": str(error)}, status_code=404)
        except IndexUnavailable as error:
            return JSONResponse({"error": "index_unavailable", "detail": str(error)}, status_code=503)
        except ModelError as error:
            return error_response(error)[0]
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path)
            detail = "an unexpected error; see the log of the models process"
            return JSONResponse({"error": "failed", "detail": detail}, status_code=500)

    return guarded
