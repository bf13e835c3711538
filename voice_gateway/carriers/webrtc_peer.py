"""One WebRTC connection to a browser, over ``aiortc``: its sound in, our sound out, keys.

``aiortc`` does ICE, DTLS, SRTP and SCTP. Its own receiver is not used: it runs a thread for each track, holds sound
back for 80 ms, and stands still for 320 ms when one packet is lost. In its place at the transport stands ``_Receiver``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcconfiguration import RTCBundlePolicy
from aiortc.rtcrtpparameters import RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtcrtpsender import RTCRtpSender
from aiortc.rtcrtptransceiver import RTCRtpTransceiver
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket, RtcpSrPacket, RtpPacket
from av.packet import Packet

from voice_gateway.carriers.webrtc_playout import Outgoing
from voice_gateway.carriers.webrtc_sdp import BadOffer, checked_offer
from voice_gateway.carriers.webrtc_settings import IceServer
from voice_gateway.carriers.webrtc_sound import (
    OPUS_FRAME,
    OPUS_RATE,
    BadSound,
    OpusReader,
    OpusWriter,
    PacketOrder,
    Timeline,
)
from voice_gateway.leg import Pcm

logger = logging.getLogger(__name__)

ANSWER_S = 8.0
"""Asking a STUN or TURN server for our address may take this long."""
KEYS_CHANNEL = "keys"
KEYS = frozenset("0123456789*#")
_CLOCK = Fraction(1, OPUS_RATE)
_REPORT_S = 1.0
_MOST_PACKETS_A_SECOND = 200
_MOST_KEYS_A_SECOND = 20
_MOST_EARLY = 10


class Party(Protocol):
    """Whose connection it is: a ``WebRtcLeg``."""

    def sound(self, peer: Peer, pcm: Pcm, at_ms: int, came_at: float) -> None:
        """Sound at 8 kHz that begins ``at_ms`` after the connection's first; its packet came in at ``came_at``."""

    def key(self, key: str) -> None: ...

    def fault(self, kind: str, detail: str = "") -> None: ...

    async def outgoing(self, peer: Peer) -> Outgoing:
        """The next frame to be sent over this connection, when it is due."""

    def left(self, out: Outgoing) -> None:
        """It is encoded, and leaves at this moment."""


class Budget:
    """At most so many in a second, told the time. Pure."""

    def __init__(self, most: int, per_s: float = 1.0) -> None:
        self._most, self._per_s = most, per_s
        self._since, self._count = float("-inf"), 0

    def spend(self, now: float) -> bool:
        """Whether one more is within it."""
        if now - self._since >= self._per_s:
            self._since, self._count = now, 0
        self._count += 1
        return self._count <= self._most


class Peer:
    """Made for one offer, closed once. ``failed`` is called when the connection is gone by itself."""

    def __init__(
        self, party: Party, ice_servers: tuple[IceServer, ...], failed: Callable[[Peer], None]
    ) -> None:
        servers = [
            RTCIceServer(
                urls=list(one.urls), username=one.username or None, credential=one.credential or None
            )
            for one in ice_servers
        ]
        # An empty list, not None: that would ask Google for our address.
        self._pc = RTCPeerConnection(
            RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._party = party
        self._failed = failed
        self._keys = Budget(_MOST_KEYS_A_SECOND)
        self._channel: Any = None
        self.last_sound_at: float | None = None
        self.closed = False

    async def answer(self, sdp: object) -> str:
        """Answer the browser's offer; the connection is then made by itself.

        Raises:
            BadOffer: if it is none, or none that can be answered.
        """
        offer = checked_offer(sdp)
        pc = self._pc
        transceiver = pc.addTransceiver(_Track(self, self._party), "sendrecv")
        transceiver.setCodecPreferences(
            [one for one in RTCRtpSender.getCapabilities("audio").codecs if one.mimeType == "audio/opus"]
        )
        receiver = _Receiver(self, self._party, transceiver)
        transceiver.receiver.receive = receiver.receive  # type: ignore[method-assign]
        pc.on("datachannel", self._open_channel)
        pc.on("connectionstatechange", self._state_changed)
        try:
            async with asyncio.timeout(ANSWER_S):
                await pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
                await pc.setLocalDescription(await pc.createAnswer())
        except TimeoutError:
            raise BadOffer("no_addresses") from None
        except Exception as error:  # whatever its parser makes of a stranger's text
            raise BadOffer("bad_offer") from error
        if transceiver.currentDirection != "sendrecv":
            raise BadOffer("one_way")
        return str(pc.localDescription.sdp)

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            try:
                async with asyncio.timeout(5.0):
                    await self._pc.close()
            except Exception as error:
                logger.warning("closing a peer connection: %s", type(error).__name__)

    def _state_changed(self) -> None:
        if self._pc.connectionState in ("failed", "closed") and not self.closed:
            self._failed(self)

    def _open_channel(self, channel: Any) -> None:
        if self._channel is not None or channel.label != KEYS_CHANNEL:
            self._party.fault("unknown_channel")
            channel.close()
            return
        self._channel = channel
        channel.on("message", self._take_key)

    def _take_key(self, message: object) -> None:
        if not self._keys.spend(asyncio.get_running_loop().time()):
            self._party.fault("too_many_keys")
        elif isinstance(message, str) and message in KEYS:
            self._party.key(message)
        else:
            self._party.fault("bad_key")


class _Track(MediaStreamTrack):
    """What the party is to hear, as Opus packets when they are due."""

    kind = "audio"

    def __init__(self, peer: Peer, party: Party) -> None:
        super().__init__()
        self._peer, self._party = peer, party
        self._writer = OpusWriter()

    async def recv(self) -> Packet[Any]:
        if self.readyState != "live":
            raise MediaStreamError
        out = await self._party.outgoing(self._peer)
        packet = Packet(self._writer.write(out.pcm))
        packet.pts, packet.time_base = out.frame * OPUS_FRAME, _CLOCK
        self._party.left(out)
        return packet


class _Receiver:
    """Takes RTP from the transport in place of ``RTCRtpReceiver``, on the event loop and without delay."""

    def __init__(self, peer: Peer, party: Party, transceiver: RTCRtpTransceiver) -> None:
        self._peer, self._party, self._transceiver = peer, party, transceiver
        self._types: set[int | None] = set()
        self._order, self._timeline, self._reader = PacketOrder(), Timeline(), OpusReader()
        self._budget = Budget(_MOST_PACKETS_A_SECOND)
        self._statistics = StreamStatistics(OPUS_RATE)
        self._ssrc: int | None = None
        self._sender_report = (0, 0.0)
        self._reported_at = 0.0
        self._came_at: dict[int, float] = {}
        """When packets came that wait for an earlier one, by their timestamp."""

    async def receive(self, parameters: RTCRtpReceiveParameters) -> None:
        self._types = {codec.payloadType for codec in parameters.codecs if codec.name.lower() == "opus"}
        self._transceiver.receiver.transport._register_rtp_receiver(self, parameters)

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        now = asyncio.get_running_loop().time()
        if packet.payload_type not in self._types or not packet.payload or self._peer.closed:
            return
        if self._ssrc not in (None, packet.ssrc) or not self._budget.spend(now):
            self._party.fault("too_much_sound")
            return
        self._ssrc = packet.ssrc
        self._statistics.add(packet)
        due = self._order.push(packet.sequence_number, packet.timestamp, packet.payload)
        if not due:
            self._came_at[packet.timestamp] = now
        for timestamp, payload in due:
            at_ms = self._timeline.ms(timestamp)
            came_at = self._came_at.pop(timestamp, now) if self._came_at else now
            try:
                pcm = self._reader.read(payload)
            except BadSound as error:
                self._party.fault("bad_sound", str(error))
            else:
                self._peer.last_sound_at = now
                self._party.sound(self._peer, pcm, at_ms, came_at)
        if len(self._came_at) > _MOST_EARLY:
            self._came_at.clear()  # they came too late, or twice, and are never due
        if now - self._reported_at >= _REPORT_S:
            self._reported_at = now
            await self._report(now)

    async def _report(self, now: float) -> None:
        """Tell the browser what arrives; its own statistics, and what it sends, depend on it."""
        last, at = self._sender_report
        statistics = self._statistics
        info = RtcpReceiverInfo(
            ssrc=self._ssrc or 0,
            fraction_lost=statistics.fraction_lost,
            packets_lost=statistics.packets_lost,
            highest_sequence=statistics.cycles + (statistics.max_seq or 0),
            jitter=statistics.jitter,
            lsr=last,
            dlsr=int((now - at) * 65_536) if last else 0,
        )
        report = RtcpRrPacket(ssrc=self._transceiver.sender._ssrc, reports=[info])
        try:
            await self._transceiver.receiver.transport._send_rtp(bytes(report))
        except ConnectionError:
            logger.debug("a report was not sent: the connection is gone")

    async def _handle_rtcp_packet(self, packet: object) -> None:
        if isinstance(packet, RtcpSrPacket):
            self._sender_report = (
                (packet.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF,
                asyncio.get_running_loop().time(),
            )

    def _handle_disconnect(self) -> None:
        """The connection's state tells."""
