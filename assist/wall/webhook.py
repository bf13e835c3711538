"""Tells another system of alerts: one signed POST each, repeated where it fails, never without end.

The body is JSON: ``id``, ``event`` (``alert.raised`` or ``alert.ended``), ``subject``, ``measure``, ``value``, ``limit``
and ``at`` (UTC). The header ``x-tetraphone-signature`` is ``t=<seconds>,v1=<hex>``, the HMAC-SHA256 of
``<seconds>.<body>`` under the site's secret. ``x-tetraphone-delivery`` stays the same when a delivery is repeated.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
from prometheus_client import Counter, Gauge

logger = logging.getLogger(__name__)

DELIVERIES = Counter(
    "tetraphone_webhook_deliveries_total", "Alerts told to the webhook by what became of them", ["result"]
)
WAITING = Gauge("tetraphone_webhook_waiting", "Alerts that wait to be told to the webhook")

QUEUE_LIMIT = 200
TIMEOUT_S = 5.0
PAUSES_S = (1.0, 4.0, 15.0, 60.0)
"""Before each repetition; after the last one a delivery is given up."""
_WORTH_ANOTHER_TRY = {408, 425, 429}


class Webhook:
    """Deliveries in their order. What waits when the process ends is not told; the page shows it all the same.

    Args:
        url: where to; '' tells nobody.
        secret: signs the bodies.
        transport, pauses_s, now: for tests.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        pauses_s: tuple[float, ...] = PAUSES_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url, self._secret, self._transport = url, secret, transport
        self._pauses_s, self._now = pauses_s, now
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_LIMIT)

    def tell(self, body: dict[str, Any]) -> None:
        """Queue a delivery; where too many wait it is dropped and counted."""
        if not self._url:
            return
        try:
            self._queue.put_nowait(body)
        except asyncio.QueueFull:
            DELIVERIES.labels("dropped").inc()
            logger.error("webhook: %d alerts wait already; %s is dropped", QUEUE_LIMIT, body.get("id"))
        WAITING.set(self._queue.qsize())

    async def keep_up(self) -> None:
        """Deliver for ever; belongs in a task of its own."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S, transport=self._transport) as client:
            while True:
                body = await self._queue.get()
                try:
                    await self._deliver(client, body)
                finally:
                    self._queue.task_done()
                    WAITING.set(self._queue.qsize())

    async def drained(self) -> None:
        """Wait until everything queued so far was delivered or given up."""
        await self._queue.join()

    async def _deliver(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        for pause in (*self._pauses_s, None):
            problem, again = await self._post(client, body)
            if not problem:
                DELIVERIES.labels("delivered").inc()
                return
            if pause is None or not again:
                break
            DELIVERIES.labels("repeated").inc()
            await asyncio.sleep(pause)
        DELIVERIES.labels("failed").inc()
        logger.error("webhook: %s was not delivered and is given up: %s", body.get("id"), problem)

    async def _post(self, client: httpx.AsyncClient, body: dict[str, Any]) -> tuple[str, bool]:
        """What went wrong ('' if nothing), and whether it is worth another try."""
        content = json.dumps(body, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "x-tetraphone-delivery": str(body.get("id", "")),
            "x-tetraphone-signature": signature(self._secret, int(self._now()), content),
        }
        try:
            answer = await client.post(self._url, content=content, headers=headers)
        except httpx.HTTPError as error:
            return type(error).__name__, True
        if answer.is_success:
            return "", False
        return (
            f"answered {answer.status_code}",
            answer.is_server_error or answer.status_code in _WORTH_ANOTHER_TRY,
        )


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The header that proves where a body comes from, and when it was sent."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={digest.hexdigest()}"
