"""The models process's HTTP service, for a Unix socket: recognition, synthesis and embeddings with binary bodies.

=====================  ==========================================  =======================================
``POST /recognise``    int16 samples at 16 kHz; ``x-request``      JSON: a ``Recognition``; ``x-load``, on
                       holds the ``RecognitionRequest`` as JSON    errors too, holds the ``Load`` as JSON
``POST /synthesise``   JSON: ``text, language, voice?``            int16 samples; ``x-rate``
``POST /embed``        JSON: ``texts, role``                       float32 rows; ``x-rows, x-dimension``
``GET /healthz``       the process answers; 503 once a decode has been
                       in work for more than a minute
``GET /readyz``        200 once all is loaded, else 503
``GET /metrics``       Prometheus
=====================  ==========================================  =======================================

Errors are JSON, ``{"error": kind, "detail": sentence}``: 400 ``bad_request``, 409 ``superseded``, 413 ``too_large``,
500 ``failed``, 503 ``overloaded`` or ``loading``. Other rooms mount routes of their own by ``extra_routes``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.languages import parse_language
from models import wire
from models.metrics import Metrics
from models.protocols import (
    BadRequest,
    Embedder,
    ModelError,
    Overloaded,
    Recogniser,
    Superseded,
    Synthesiser,
)

log = logging.getLogger(__name__)
HANGS_S = 60.0
"""A decode in work for longer hangs: its thread never ends, and only a new process gets the worker back."""
Result = TypeVar("Result")
Model = TypeVar("Model")


class TooLarge(ModelError):
    """The body is longer than the route accepts."""


class Loading(ModelError):
    """The model has not been loaded yet, or is not configured."""


@dataclass
class Services:
    """The models of this process; None until loaded.

    Attributes:
        awaited: names of other things that must be there before the process is ready.
    """

    recogniser: Recogniser | None = None
    synthesiser: Synthesiser | None = None
    embedder: Embedder | None = None
    failure: str | None = None
    awaited: set[str] = field(default_factory=set)

    @property
    def missing(self) -> list[str]:
        """Names of what is not there (yet)."""
        models = ("recogniser", "synthesiser", "embedder")
        return [name for name in models if getattr(self, name) is None] + sorted(self.awaited)


Loader = Callable[[Services], AbstractAsyncContextManager[None]]
"""Fills in the services when entered, closes them when left."""
Handler = Callable[[Request], Awaitable[Response]]


class ModelRoutes:
    """The handlers of the packaged routes."""

    def __init__(self, services: Services, metrics: Metrics) -> None:
        self._services, self._metrics = services, metrics

    def routes(self) -> list[BaseRoute]:
        """All routes with their methods."""
        return [
            Route(
                "/recognise", self._with_load(self._guarded("recognise", self.recognise)), methods=["POST"]
            ),
            Route("/synthesise", self._guarded("synthesise", self.synthesise), methods=["POST"]),
            Route("/embed", self._guarded("embed", self.embed), methods=["POST"]),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/metrics", self.metrics),
        ]

    async def recognise(self, request: Request) -> Response:
        """Audio in, text out."""
        recogniser = _loaded(self._services.recogniser, "recogniser")
        asked = wire.request_from_header(request.headers.get(wire.REQUEST_HEADER, ""))
        body = await read_body(request, wire.MAX_AUDIO_BYTES)
        if len(body) % 2:
            raise BadRequest("the body must hold whole int16 samples")
        audio = np.frombuffer(body, dtype="<i2")
        answer = await while_connected(request, recogniser.recognise(audio, asked))
        self._metrics.queued.labels(asked.priority.value).observe(answer.queue_ms / 1000)
        return JSONResponse(wire.recognition_to_json(answer))

    async def synthesise(self, request: Request) -> Response:
        """Text in, audio out."""
        synthesiser = _loaded(self._services.synthesiser, "synthesiser")
        fields = wire.parse_object(await read_body(request, wire.MAX_JSON_BYTES))
        text, voice = fields.get("text"), fields.get("voice")
        if not isinstance(text, str) or not text.strip():
            raise BadRequest("text: a text is wanted")
        if voice is not None and not isinstance(voice, str):
            raise BadRequest("voice: a name or null is wanted")
        try:
            language = parse_language(str(fields.get("language", "")))
        except ValueError as error:
            raise BadRequest(str(error)) from None
        speech = await while_connected(request, synthesiser.synthesise(text, language, voice))
        samples = np.ascontiguousarray(speech.pcm, dtype="<i2").tobytes()
        return Response(
            samples, media_type="application/octet-stream", headers={wire.RATE_HEADER: str(speech.rate)}
        )

    async def embed(self, request: Request) -> Response:
        """Texts in, vectors out."""
        embedder = _loaded(self._services.embedder, "embedder")
        fields = wire.parse_object(await read_body(request, wire.MAX_JSON_BYTES))
        texts, role = fields.get("texts"), fields.get("role")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise BadRequest("texts: a list of texts is wanted")
        if role not in ("query", "passage"):
            raise BadRequest("role: query or passage is wanted")
        vectors = await while_connected(request, embedder.embed(texts, role))
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        headers = {wire.ROWS_HEADER: str(rows.shape[0]), wire.DIMENSION_HEADER: str(embedder.dimension)}
        return Response(rows.tobytes(), media_type="application/octet-stream", headers=headers)

    async def healthz(self, request: Request) -> Response:
        """The process answers, and no decode hangs."""
        if (in_work_s := self._metrics.in_work_s()) > HANGS_S:
            log.error("a decode has been in work for %.0f s", in_work_s)
            return JSONResponse({"status": "a decode hangs"}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Whether every model is loaded, and what else is awaited."""
        missing, failure = self._services.missing, self._services.failure
        if not missing:
            return JSONResponse({"status": "ready"})
        body = {"status": "failed" if failure else "loading", "missing": missing, "detail": failure or ""}
        return JSONResponse(body, status_code=503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus' text form."""
        return PlainTextResponse(self._metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    def _with_load(self, handler: Handler) -> Handler:
        """Tell with every answer, errors too, how busy the recogniser is: nobody needs to ask for it apart."""

        async def told(request: Request) -> Response:
            response = await handler(request)
            if (load := self._metrics.load()) is not None:
                response.headers[wire.LOAD_HEADER] = wire.load_to_header(load)
            return response

        return told

    def _guarded(self, route: str, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            started = time.perf_counter()
            outcome = "ok"
            try:
                return await handler(request)
            except ModelError as error:
                response, outcome = error_response(error)
                return response
            except ClientDisconnect:
                outcome = "gone"
                return Response(status_code=499)
            except Exception:
                outcome = "failed"
                log.exception("%s failed", route)
                return JSONResponse(
                    {"error": "failed", "detail": "an unexpected error; see the log"}, status_code=500
                )
            finally:
                self._metrics.outcomes.labels(route, outcome).inc()
                self._metrics.seconds.labels(route).observe(time.perf_counter() - started)

        return guarded


def error_response(error: ModelError) -> tuple[JSONResponse, str]:
    """Return the response for an error that a model raised on purpose, and its kind."""
    kinds: list[tuple[type[ModelError], int, str]] = [
        (TooLarge, 413, "too_large"),
        (BadRequest, 400, "bad_request"),
        (Superseded, 409, "superseded"),
        (Overloaded, 503, "overloaded"),
        (Loading, 503, "loading"),
        (ModelError, 500, "failed"),
    ]
    status, kind = next((status, kind) for cls, status, kind in kinds if isinstance(error, cls))
    headers = {"retry-after": "1"} if status == 503 else None
    return JSONResponse({"error": kind, "detail": str(error)}, status_code=status, headers=headers), kind


async def read_body(request: Request, limit: int) -> bytes:
    """Read a body of at most ``limit`` bytes.

    Raises:
        TooLarge: it is longer; the rest is not read.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"the body may have at most {limit} bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(f"the body may have at most {limit} bytes")
    return bytes(body)


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Wait for ``work``, or cancel it when the caller hangs up: what nobody waits for is not decoded.

    Raises:
        ClientDisconnect: the caller has gone.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


def _loaded(model: Model | None, name: str) -> Model:
    if model is None:
        raise Loading(f"the {name} is not loaded")
    return model


def build_app(
    recogniser: Recogniser | None = None,
    synthesiser: Synthesiser | None = None,
    embedder: Embedder | None = None,
    extra_routes: Sequence[BaseRoute] = (),
    loader: Loader | None = None,
    on_failure: Callable[[Exception], None] = lambda error: None,
) -> Starlette:
    """Return the ASGI application.

    Args:
        recogniser, synthesiser, embedder: loaded models; None answers 503 until the loader has brought one.
        extra_routes: routes of other rooms, such as the knowledge index.
        loader: loads models in the background once the application serves, so that ``/readyz`` can tell how far
            it is. If it fails, the failure is logged and shown there.
        on_failure: told of that failure. Loading is not tried again here: a process that could not load is to end.

    ``app.state.services`` and ``app.state.metrics`` are there for the composition.
    """
    services = Services(recogniser, synthesiser, embedder)
    metrics = Metrics(lambda: services.recogniser)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            task = (
                asyncio.create_task(_load(services, loader, stack, on_failure), name="load models")
                if loader
                else None
            )
            try:
                yield
            finally:
                if task is not None:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)

    app = Starlette(routes=[*ModelRoutes(services, metrics).routes(), *extra_routes], lifespan=lifespan)
    app.state.services, app.state.metrics = services, metrics
    return app


async def _load(
    services: Services, loader: Loader, stack: AsyncExitStack, on_failure: Callable[[Exception], None]
) -> None:
    try:
        await stack.enter_async_context(loader(services))
    except Exception as error:
        services.failure = str(error) or type(error).__name__
        log.exception("the models could not be loaded")
        on_failure(error)
