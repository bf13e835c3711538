"""Whether a process of the platform answers: what only looks alive is found out by asking."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from app.addresses import base_url
from app.settings import Settings

Healthy = Callable[[str], Awaitable[bool]]
PATIENCE_S = 5.0


def platform_health(settings: Settings, patience_s: float = PATIENCE_S) -> Healthy:
    """Returns what asks a role's process for ``/healthz``; False for an error, or no answer in time."""
    sockets = {"media": settings.media_socket, "models": settings.models_socket}

    async def healthy(role: str) -> bool:
        path = sockets.get(role)
        # Without TLS on this machine; to load the certificate authorities for each question costs more than the answer.
        transport = httpx.AsyncHTTPTransport(uds=str(path) if path else None, verify=False)
        base = "http://process" if path else base_url(settings.web_host, settings.web_port)
        try:
            async with (
                asyncio.timeout(patience_s),
                httpx.AsyncClient(transport=transport, base_url=base, trust_env=False) as client,
            ):
                return (await client.get("/healthz")).status_code == 200
        except (httpx.HTTPError, TimeoutError, OSError):
            return False

    return healthy
