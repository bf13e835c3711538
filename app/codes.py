"""Gives the codes that callers key in for the bot to the system that they are for, which alone says what is right.

One signed POST each, never repeated by itself: ``{"interaction_id": ..., "code": ...}``, answered by
``{"accepted": true}`` or ``false``. The signature is that of the alerts' webhook (``assist.wall.webhook``).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import httpx

from app.settings import Settings
from assist.wall.webhook import signature
from voice_gateway.parts import TakeCode

TIMEOUT_S = 10.0


class NotTaken(Exception):
    """The other system did not say whether the code was right. Never holds the code."""


class CodeDesk:
    """
    Args:
        url: where codes go.
        secret: signs the bodies.
        transport, now: for tests.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url, self._secret, self._now = url, secret, now
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, transport=transport)

    async def take(self, interaction_id: str, code: str) -> bool:
        """``voice_gateway.parts.TakeCode``.

        Raises:
            NotTaken: there was no answer, or none that says so.
        """
        body = json.dumps({"interaction_id": interaction_id, "code": code}, separators=(",", ":")).encode()
        headers = {
            "content-type": "application/json",
            "x-tetraphone-signature": signature(self._secret, int(self._now()), body),
        }
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotTaken(type(error).__name__) from None
        try:
            accepted = answer.json()["accepted"] if answer.is_success else None
        except (ValueError, KeyError, TypeError):
            accepted = None
        if not isinstance(accepted, bool):
            raise NotTaken(f"answered {answer.status_code} without a word on the code")
        return accepted

    async def close(self) -> None:
        await self._client.aclose()


def code_desk(settings: Settings) -> CodeDesk | None:
    """None where no system takes codes."""
    if not settings.code_url:
        return None
    return CodeDesk(settings.code_url, settings.code_secret.get_secret_value())


async def any_code(interaction_id: str, code: str) -> bool:
    """In a demo every code is right."""
    return True


def taker(settings: Settings, desk: CodeDesk | None) -> TakeCode | None:
    """Where codes go; None: agents cannot have one taken."""
    if desk is not None:
        return desk.take
    return any_code if settings.demo else None
