"""A browser's WebSocket: one message at a time, nothing waits for ever, nothing raises once the browser is gone."""

from __future__ import annotations

import asyncio
import logging

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from voice_gateway.carriers import webrtc_messages as messages
from voice_gateway.carriers.webrtc_messages import BadMessage
from voice_gateway.carriers.webrtc_peer import Budget

logger = logging.getLogger(__name__)

SEND_S = 5.0
_MOST_A_SECOND = 20
_CODE = 4000
"""Ours: the browser is not to try again by itself unless the reason in the message before says so."""


class Link:
    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._sending = asyncio.Lock()
        self._budget = Budget(_MOST_A_SECOND)
        self._over = False

    async def receive(self) -> messages.Message:
        """The next message.

        Raises:
            BadMessage: it makes no sense, or comes too fast.
            WebSocketDisconnect: the browser is gone.
        """
        event = await self._websocket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1006))
        if not self._budget.spend(asyncio.get_running_loop().time()):
            raise BadMessage("too_many_messages")
        return messages.parse(event.get("text"))

    async def tell(self, kind: str, **fields: object) -> None:
        if WebSocketState.DISCONNECTED in (self._websocket.application_state, self._websocket.client_state):
            return
        try:
            async with asyncio.timeout(SEND_S), self._sending:
                await self._websocket.send_text(messages.told(kind, **fields))
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect) as error:
            logger.info("a browser was not told %s: %s", kind, type(error).__name__)

    async def bye(self, reason: str, number: str = "") -> None:
        """Say why, and close; the first reason stands."""
        if self._over:
            return
        self._over = True
        if self._websocket.application_state is WebSocketState.CONNECTING:
            await self._websocket.close(1008, reason)
            return
        await self.tell("bye", reason=reason, number=number)
        if WebSocketState.DISCONNECTED in (self._websocket.application_state, self._websocket.client_state):
            return
        try:
            async with asyncio.timeout(SEND_S), self._sending:
                await self._websocket.close(_CODE, reason)
        except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect) as error:
            logger.info("closing a browser's WebSocket: %s", type(error).__name__)
