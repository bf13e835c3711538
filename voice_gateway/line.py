"""The public app of the media process: the carriers' routes, and how the process is doing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.metrics import exposition, may_scrape
from voice_gateway.carriers.outgoing import OutgoingCalls
from voice_gateway.carriers.stream_protocol import StreamProtocol
from voice_gateway.carriers.twilio_http import Admit, twilio_routes
from voice_gateway.carriers.twilio_settings import TwilioSettings
from voice_gateway.carriers.twilio_stream import Answer, TwilioStreams

Ready = Callable[[], tuple[bool, dict[str, Any]]]
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]

MAX_WEBSOCKET_BYTES = 1024 * 1024
"""Above this the server itself closes the WebSocket; below, a leg leaves out what is too large for it."""


def build_line_app(
    answer: Answer,
    settings: TwilioSettings | None = None,
    *,
    ready: Ready = lambda: (True, {}),
    admit: Admit = lambda call: True,
    metrics_token: str = "",
    lifespan: Lifespan | None = None,
    browsers: Sequence[BaseRoute] = (),
    outgoing: OutgoingCalls | None = None,
) -> Starlette:
    """Build the app; ``app.state.twilio`` is its ``TwilioStreams``.

    Args:
        answer: leads the conversation of each leg, from its first event to its last.
        ready: whether the process can serve calls, and what it says about its parts.
        admit: whether one more call can be taken; otherwise the caller hears that the lines are busy.
        metrics_token: gives the metrics to other machines; without it they are for this one alone.
        lifespan: opened before the first request, closed after the last.
        browsers: the routes of ``WebRtcLines``.
        outgoing: the calls that we place; told of those that are answered, and of those that are not.
    """
    streams = TwilioStreams(answer, settings or TwilioSettings(), outgoing)

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        is_ready, parts = ready()
        return JSONResponse({"ready": is_ready, **parts}, status_code=200 if is_ready else 503)

    async def metrics(request: Request) -> Response:
        asker = request.client.host if request.client else ""
        if not may_scrape(request.headers, asker, metrics_token):
            return PlainTextResponse(
                "metrics are given to this machine, or with the bearer token of TETRAPHONE_METRICS_TOKEN\n",
                403,
            )
        body, content_type = exposition()
        return Response(body, media_type=content_type)

    app = Starlette(
        routes=[
            *twilio_routes(streams, admit),
            *browsers,
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ],
        lifespan=lifespan,
    )
    app.state.twilio = streams
    return app


def line_server_config(app: Starlette, host: str, port: int, **options: Any) -> uvicorn.Config:
    """Uvicorn's settings for the line: small messages, no compression, calls closed in time at the end."""
    return uvicorn.Config(
        app,
        **{
            "host": host,
            "port": port,
            "ws": StreamProtocol,
            "ws_max_size": MAX_WEBSOCKET_BYTES,
            "ws_per_message_deflate": False,
            "access_log": False,
            "timeout_graceful_shutdown": 10,
            **options,
        },
    )
