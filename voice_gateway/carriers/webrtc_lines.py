"""Browsers' WebSockets from hello to bye: who may come in, the tasks around a leg, loss and resumption, one clear end."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Literal

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from core.events import new_id
from core.tickets import BadTicket, Ticket, TicketGate
from voice_gateway.carriers import metrics
from voice_gateway.carriers.webrtc import CARRIER, WebRtcLeg
from voice_gateway.carriers.webrtc_link import Link
from voice_gateway.carriers.webrtc_messages import BadMessage, Bye, Hello, Offer
from voice_gateway.carriers.webrtc_peer import Budget, Peer
from voice_gateway.carriers.webrtc_sdp import BadOffer
from voice_gateway.carriers.webrtc_settings import WebRtcSettings
from voice_gateway.leg import CallInfo, CallLeg

logger = logging.getLogger(__name__)

Kind = Literal["softphone", "phone"]
"""An agent's line, or a caller. Also the kind of ticket that lets one in."""
LOOK_S = 0.5
TICK_S = 2.0
_CLOSE_S = 3.0
_MAX_STARTING = 50
_OFFERS = 12
"""Offers of one leg within a minute."""


class _Refused(Exception):
    """The browser is not let in; ``why`` is one of a closed set."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class WebRtcLines:
    """All browsers on the line.

    Args:
        settings: see ``WebRtcSettings``.
        gate: checks tickets.
        answer: leads the conversation of a caller's leg; it returns when that is over.
        register: takes an agent's leg once it carries sound: ``register(user, leg)``.
        admit: whether one more call can be taken.
    """

    def __init__(
        self,
        settings: WebRtcSettings,
        gate: TicketGate,
        *,
        answer: Callable[[CallLeg], Awaitable[None]],
        register: Callable[[str, CallLeg], None],
        admit: Callable[[CallInfo], bool] = lambda call: True,
    ) -> None:
        self.settings = settings
        self.legs: dict[str, WebRtcLeg] = {}
        self._gate = gate
        self._answer, self._register, self._admit = answer, register, admit
        self._links: dict[str, Link] = {}
        """The present WebSocket of each leg that has one."""
        self._secrets: dict[bytes, WebRtcLeg] = {}
        self._starting = 0

    def routes(self) -> list[BaseRoute]:
        """``/softphone`` for agents, ``/phone/line`` for callers."""

        async def softphone(websocket: WebSocket) -> None:
            await self.serve(websocket, "softphone")

        async def phone(websocket: WebSocket) -> None:
            await self.serve(websocket, "phone")

        return [WebSocketRoute("/softphone", softphone), WebSocketRoute("/phone/line", phone)]

    async def close(self) -> None:
        """At the end of the process: every leg ends in order, the lost ones too."""
        for leg in list(self.legs.values()):
            leg.end("closed_by_us")
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                while self.legs:  # noqa: ASYNC110 (each is waited for where it is followed)
                    await asyncio.sleep(0.05)

    async def serve(self, websocket: WebSocket, kind: Kind) -> None:
        """Follow one WebSocket; the first one of a leg follows the leg to its end."""
        link = Link(websocket)
        if self._starting >= _MAX_STARTING:
            await self._refuse(link, "too_many_starting")
            return
        self._starting += 1
        try:
            hello = await self._hello(websocket, link)
            ticket = None if hello.resume else self._gate.claim(hello.ticket, kind, time.time())
            leg = self._resumed(hello.resume, kind) if ticket is None else self._let_in(ticket, kind)
        except TimeoutError:
            await self._refuse(link, "no_hello_in_time")
            return
        except (_Refused, BadTicket) as refused:
            await self._refuse(link, refused.why)
            return
        except WebSocketDisconnect:
            return
        finally:
            self._starting -= 1
        if ticket is None:
            await self._pump(leg, link, hello.resume)
        else:
            await self._follow(leg, link, ticket)

    # --- letting in ---

    async def _hello(self, websocket: WebSocket, link: Link) -> Hello:
        await websocket.accept()
        async with asyncio.timeout(self.settings.first_message_s):
            try:
                message = await link.receive()
            except BadMessage as fault:
                raise _Refused(fault.kind) from None
        if not isinstance(message, Hello):
            raise _Refused("no_hello")
        return message

    def _resumed(self, secret: str, kind: Kind) -> WebRtcLeg:
        leg = self._secrets.get(_digest(secret))
        if leg is None or leg.ended.is_set() or leg.info.parameters.get("kind") != kind:
            raise _Refused("nothing_to_resume")
        logger.info("%s: resumed", leg.info.carrier_call_id)
        return leg

    def _let_in(self, ticket: Ticket, kind: Kind) -> WebRtcLeg:
        if len(self.legs) >= self.settings.max_legs:
            raise _Refused("too_many_legs")
        claims = {name: value for name, value in ticket.claims.items() if name not in ("caller", "called")}
        info = CallInfo(
            CARRIER,
            f"{kind}-{new_id()}",
            ticket.claims.get("caller", ""),
            ticket.claims.get("called", ""),
            {**claims, "kind": kind, "user": ticket.subject},
        )
        if kind == "phone" and not self._admit(info):
            raise _Refused("no_capacity")
        keep_s = self.settings.agent_resume_s if kind == "softphone" else self.settings.media_timeout_s
        return WebRtcLeg(
            info, keep_s=keep_s, lost_after_s=self.settings.lost_after_s, max_faults=self.settings.max_faults
        )

    async def _refuse(self, link: Link, why: str) -> None:
        metrics.REFUSED.labels(CARRIER, why).inc()
        logger.warning("a browser was refused: %s", why)
        await link.bye(why)

    # --- following ---

    async def _follow(self, leg: WebRtcLeg, link: Link, ticket: Ticket) -> None:
        name, secret = leg.info.carrier_call_id, secrets.token_urlsafe(32)
        self.legs[leg.id] = self._secrets[_digest(secret)] = leg
        metrics.LEGS_OPEN.labels(CARRIER).inc()
        conversation = asyncio.create_task(self._converse(leg, ticket), name=name)
        beside = [
            asyncio.create_task(self._pump(leg, link, secret), name=f"signalling {name}"),
            asyncio.create_task(self._watch(leg), name=f"watch {name}"),
        ]
        try:
            await leg.ended.wait()
            if (present := self._links.get(leg.id)) is not None:
                await present.bye(leg.farewell or leg.end_reason, leg.transfer_to)
            _, unwilling = await asyncio.wait({conversation}, timeout=self.settings.answer_grace_s)
            if unwilling:
                logger.error("%s: the conversation did not end with its leg; it is cut off", name)
        finally:
            # Also on the way of a shutdown: then the conversation is told, and all tasks end here.
            leg.end("stream_lost")
            metrics.LEGS_OPEN.labels(CARRIER).dec()
            del self.legs[leg.id], self._secrets[_digest(secret)]
            for task in (*beside, conversation):
                task.cancel()
            await asyncio.gather(*beside, conversation, return_exceptions=True)
            await self._close_peers(leg, all_of_them=True)

    async def _converse(self, leg: WebRtcLeg, ticket: Ticket) -> None:
        """From the first sound on; a conversation that crashes ends its own leg and nothing else."""
        try:
            async with asyncio.timeout(self.settings.connect_timeout_s):
                await leg.connected.wait()
        except TimeoutError:
            leg.farewell = "no_connection"
            leg.end("stream_lost")
        if leg.ended.is_set():
            return
        try:
            if ticket.kind == "softphone":
                self._register(ticket.subject, leg)
                await leg.ended.wait()
            else:
                await self._answer(leg)
        except asyncio.CancelledError:
            leg.end("failed")
            raise
        except Exception:
            metrics.CRASHES.inc()
            logger.exception("%s: the conversation crashed", leg.info.carrier_call_id)
            leg.end("failed")
        else:
            await leg.close()

    async def _watch(self, leg: WebRtcLeg) -> None:
        """Notice loss, tell the browser that we are there, close what is no longer used."""
        loop = asyncio.get_running_loop()
        pending: tuple[Peer | None, float] = (None, 0.0)
        tick_at = 0.0
        while not leg.ended.is_set():
            await asyncio.sleep(LOOK_S)
            now = loop.time()
            leg.look(now, signalling=leg.id in self._links)
            if leg.pending is not pending[0]:
                pending = (leg.pending, now)
            elif leg.pending is not None and now - pending[1] >= self.settings.connect_timeout_s:
                leg.fault("no_connection")
                leg.gone(leg.pending)
            await self._close_peers(leg)
            if now - tick_at >= TICK_S and (link := self._links.get(leg.id)) is not None:
                tick_at = now
                await link.tell("tick", state="connected" if leg.lost_since is None else "lost")

    async def _pump(self, leg: WebRtcLeg, link: Link, secret: str) -> None:
        """Take what the browser says, until its WebSocket is gone; the leg is not."""
        if (before := self._links.get(leg.id)) is not None:
            await before.bye("replaced")
        self._links[leg.id] = link
        offers = Budget(_OFFERS, 60.0)
        try:
            await link.tell("welcome", leg=leg.id, resume=secret, keep_s=leg.keep_s)
            while not leg.ended.is_set():
                try:
                    message = await link.receive()
                except BadMessage as fault:
                    leg.fault(fault.kind)
                    continue
                match message:
                    case Offer(sdp=sdp) if offers.spend(asyncio.get_running_loop().time()):
                        await self._negotiate(leg, link, sdp)
                    case Bye():
                        leg.end("hung_up")
                    case _:
                        leg.fault("out_of_turn")
            await link.bye(leg.farewell or leg.end_reason, leg.transfer_to)
        except WebSocketDisconnect:
            logger.info("%s: the WebSocket is gone", leg.info.carrier_call_id)
        finally:
            if self._links.get(leg.id) is link:
                del self._links[leg.id]

    async def _negotiate(self, leg: WebRtcLeg, link: Link, sdp: str) -> None:
        if leg.pending is not None:
            leg.gone(leg.pending)
        peer = leg.pending = Peer(leg, self.settings.ice_servers, leg.gone)
        try:
            answer = await peer.answer(sdp)
        except BadOffer as bad:
            leg.gone(peer)
            leg.fault(bad.why)
            await link.tell("refused", reason=bad.why)
        else:
            await link.tell("answer", sdp=answer)

    async def _close_peers(self, leg: WebRtcLeg, *, all_of_them: bool = False) -> None:
        if all_of_them:
            leg.retired += [peer for peer in (leg.peer, leg.pending) if peer is not None]
        while leg.retired:
            await leg.retired.pop().close()


def _digest(secret: str) -> bytes:
    """Secrets are not kept in clear, and looking up a digest tells nothing by its timing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
