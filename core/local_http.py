"""HTTP to another process of this machine, over its Unix socket, for requests that are given up all the time."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path

import httpx

KEPT_S = 4.0
"""So long a connection waits for the next request; less than a server waits (uvicorn: five), so that none is asked while it
is being closed."""
_KEPT = 16


class UnixTransport(httpx.AsyncBaseTransport):
    """A connection belongs to one request at a time and is closed with it if that is given up or fails.

    The pool of httpx keeps a connection for ever whose request was cancelled at the wrong moment (httpcore 1.0.9), and
    refuses every request once all its places are lost. In a call requests are given up with nearly every sentence.

    Args:
        path: the socket; it need not be there yet.
        most: requests at once; one beyond waits for a place as long as its timeout for the pool allows.
    """

    def __init__(self, path: Path | str, most: int = 256) -> None:
        self._path = str(path)
        self._room = asyncio.Semaphore(most)
        # A Unix socket has no use for it, but one is made anew for every connection where none is given.
        self._tls = httpx.create_ssl_context(verify=False)
        self._kept: deque[tuple[float, httpx.AsyncHTTPTransport]] = deque()
        self._closing: asyncio.Task[None] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("pool")):
                await self._room.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("too many requests at once", request=request) from error
        try:
            connection = self._kept.pop()[1] if self._kept else self._new()
            try:
                response = await connection.handle_async_request(request)
                assert isinstance(response.stream, httpx.AsyncByteStream)
                body = b"".join([part async for part in response.stream])
                await response.stream.aclose()
            except BaseException:
                await connection.aclose()
                raise
            await self._keep(connection)
        finally:
            self._room.release()
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=httpx.ByteStream(body),
            extensions={name: response.extensions[name] for name in ("http_version", "reason_phrase")},
        )

    async def aclose(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
        while self._kept:
            await self._kept.pop()[1].aclose()

    def _new(self) -> httpx.AsyncHTTPTransport:
        # To connect costs next to nothing on a Unix socket. A connection that the server has closed connects anew.
        return httpx.AsyncHTTPTransport(
            verify=self._tls, uds=self._path, limits=httpx.Limits(max_connections=1)
        )

    async def _keep(self, connection: httpx.AsyncHTTPTransport) -> None:
        self._kept.append((asyncio.get_running_loop().time() + KEPT_S, connection))
        if self._closing is None or self._closing.done():
            self._closing = asyncio.create_task(self._close_in_time(), name="unused connections")
        if len(self._kept) > _KEPT:
            await self._kept.popleft()[1].aclose()

    async def _close_in_time(self) -> None:
        while self._kept:
            until, connection = self._kept[0]
            left_s = until - asyncio.get_running_loop().time()
            if left_s > 0:
                await asyncio.sleep(left_s)
            else:
                self._kept.popleft()
                await connection.aclose()
