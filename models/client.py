"""The models process as seen by its callers: the same protocols, over HTTP on a Unix socket."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

import httpx
import numpy as np

from core.languages import Language
from core.local_http import UnixTransport
from models import wire
from models.protocols import (
    BadRequest,
    ModelError,
    Overloaded,
    Pcm,
    Priority,
    Recognition,
    RecognitionRequest,
    Role,
    Speech,
    Superseded,
    Vectors,
)
from models.recognition.load import Load

LOAD_KEPT_S = 2.0
"""A recogniser that nobody has asked for so long is no longer as busy as it was; one that has left a question unanswered
for so long is as busy as can be."""


class ModelsUnavailable(ModelError):
    """The models process is away, starting, or too slow: wait and ask again, or do without."""


class ModelsFailed(ModelError):
    """The models process answered that it failed on this request; the next one may succeed."""


_ERRORS: Mapping[str, type[ModelError]] = {
    "bad_request": BadRequest,
    "too_large": BadRequest,
    "superseded": Superseded,
    "overloaded": Overloaded,
    "loading": ModelsUnavailable,
}


class ModelsClient:
    """Implements ``Recogniser``, ``Synthesiser`` and ``Embedder``; use it as an asynchronous context manager.

    Args:
        socket_path: the Unix socket of the models process; it need not be there yet.
        recognise_timeout_s, synthesise_timeout_s, embed_timeout_s: seconds to wait for each kind of answer. A
            recognition waits no longer than the request's own deadline times three.
        transport: for tests.
    """

    dimension = 384
    """Of the packaged embedder; :meth:`embed` corrects it from the first answer."""

    def __init__(
        self,
        socket_path: Path | str,
        recognise_timeout_s: float = 10.0,
        synthesise_timeout_s: float = 30.0,
        embed_timeout_s: float = 30.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._timeouts = {"/recognise": recognise_timeout_s, "/synthesise": synthesise_timeout_s}
        self._timeout = embed_timeout_s
        transport = transport or UnixTransport(socket_path)
        self._load: Load | None = None
        self._load_at = -math.inf
        self._backlog: Load | None = None
        """The load as it is told while nothing is answered."""
        self._waited_for = 0
        """Recognitions asked for and not answered."""
        self._silent_since = -math.inf
        """When the first of them was asked for, or one was answered last."""
        self._client = httpx.AsyncClient(transport=transport, base_url="http://models")

    async def __aenter__(self) -> ModelsClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def load(self) -> Load | None:
        """How busy the recogniser was at its last answer, or is by its silence; None where nobody has asked it lately.

        Where recognitions have been waited for these two seconds and none was answered, it is fully used and has no
        time to spare: one and the same load as long as that lasts, since it is one observation.
        """
        now = monotonic()
        if now - self._load_at < LOAD_KEPT_S:
            return self._load
        if not self._waited_for or now - self._silent_since < LOAD_KEPT_S:
            self._backlog = None
            return None
        if self._backlog is None:
            self._backlog = replace(self._load or Load(), utilisation=1.0, spare=False)
        return self._backlog

    async def recognise(self, audio: Pcm, request: RecognitionRequest) -> Recognition:
        """See :class:`models.protocols.Recogniser`; may also raise :class:`ModelsUnavailable`."""
        timeout = self._timeouts["/recognise"]
        if request.priority is not Priority.CONFIRMED:
            timeout = min(timeout, max(1.0, 3 * request.deadline_s))
        with self._asking():
            response = await self._send(
                "POST",
                "/recognise",
                timeout,
                content=np.ascontiguousarray(audio, dtype="<i2").tobytes(),
                headers={wire.REQUEST_HEADER: wire.request_to_header(request)},
            )
        self._silent_since = monotonic()
        return wire.recognition_from_json(response.json())

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """A recognition is waited for. Speech and vectors are not counted: a long clause takes seconds of an idle machine."""
        if not self._waited_for:
            self._silent_since = monotonic()
        self._waited_for += 1
        try:
            yield
        finally:
            self._waited_for -= 1

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> Speech:
        """See :class:`models.protocols.Synthesiser`; may also raise :class:`ModelsUnavailable`."""
        body = {"text": text, "language": language.value, "voice": voice}
        response = await self._send("POST", "/synthesise", self._timeouts["/synthesise"], json=body)
        return Speech(np.frombuffer(response.content, dtype="<i2"), int(response.headers[wire.RATE_HEADER]))

    async def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """See :class:`models.protocols.Embedder`; may also raise :class:`ModelsUnavailable`."""
        response = await self._send(
            "POST", "/embed", self._timeout, json={"texts": list(texts), "role": role}
        )
        rows, dimension = (int(response.headers[name]) for name in (wire.ROWS_HEADER, wire.DIMENSION_HEADER))
        self.dimension = dimension
        return np.frombuffer(response.content, dtype="<f4").reshape(rows, dimension)

    async def ready(self) -> bool:
        """Whether every model is loaded."""
        try:
            await self._send("GET", "/readyz", 2.0)
        except ModelError:
            return False
        return True

    async def post_json(self, path: str, body: Any, timeout_s: float = 30.0) -> Any:
        """Post JSON to a route of another room and return its JSON answer; errors as for the other methods."""
        return (await self._send("POST", path, timeout_s, json=body)).json()

    async def get_json(
        self, path: str, params: Mapping[str, str | int | float] | None = None, timeout_s: float = 10.0
    ) -> Any:
        """Get JSON from a route of another room; errors as for the other methods."""
        return (await self._send("GET", path, timeout_s, params=dict(params or {}))).json()

    async def _send(self, method: str, path: str, timeout_s: float, **content: Any) -> httpx.Response:
        # Only the connecting is bounded apart: a socket that is there answers at once or not at all.
        timeout = httpx.Timeout(timeout_s, connect=min(2.0, timeout_s), pool=min(2.0, timeout_s))
        try:
            response = await self._client.request(method, path, timeout=timeout, **content)
        except httpx.TimeoutException as error:
            raise ModelsUnavailable(f"no answer to {path} within {timeout_s:.1f} s") from error
        except httpx.HTTPError as error:
            raise ModelsUnavailable(f"the models process is away ({type(error).__name__})") from error
        if (header := response.headers.get(wire.LOAD_HEADER)) and (load := wire.load_from_header(header)):
            self._load, self._load_at, self._backlog = load, monotonic(), None
        if response.is_success:
            return response
        raise _error_of(response, path)


def _error_of(response: httpx.Response, path: str) -> ModelError:
    try:
        fields = response.json()
        kind, detail = str(fields["error"]), str(fields.get("detail", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        kind, detail = "", response.text[:200]
    if cls := _ERRORS.get(kind):
        return cls(detail)
    if response.status_code in (502, 503, 504):
        return ModelsUnavailable(f"{path}: {response.status_code} {detail}")
    if 400 <= response.status_code < 500:
        return BadRequest(f"{path}: {response.status_code} {detail}")
    return ModelsFailed(f"{path}: {response.status_code} {detail}")
