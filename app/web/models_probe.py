"""Asks the models process over its Unix socket how it is."""

from __future__ import annotations

from pathlib import Path

import httpx

LONGEST_METRICS = 1024 * 1024


class ModelsProbe:
    """One per web process; ``close`` it at the end.

    Args:
        socket_path: the models process's Unix socket; it need not be there yet.
        transport: for tests.
    """

    def __init__(self, socket_path: Path | str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = httpx.AsyncClient(
            transport=transport or httpx.AsyncHTTPTransport(uds=str(socket_path)),
            base_url="http://models",
            timeout=httpx.Timeout(2.0, connect=1.0),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def ready(self) -> tuple[bool, str]:
        """Whether every model is loaded, and a word on why not."""
        try:
            response = await self._client.get("/readyz")
        except httpx.TimeoutException:
            return False, "no answer within 2 s"
        except httpx.HTTPError:
            return False, "away; it is being started again"
        if response.is_success:
            return True, "ready"
        return False, f"answers {response.status_code}: {response.text[:200]}"

    async def metrics(self) -> str:
        """Its Prometheus text; '' while it is away."""
        try:
            async with self._client.stream("GET", "/metrics") as response:
                if not response.is_success:
                    return ""
                text = b""
                async for chunk in response.aiter_bytes():
                    text += chunk
                    if len(text) > LONGEST_METRICS:
                        return ""
        except httpx.HTTPError:
            return ""
        return text.decode("utf-8", "replace")
