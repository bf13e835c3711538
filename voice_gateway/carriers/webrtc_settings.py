"""What can be set about browsers that speak over WebRTC."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"(stun|turns?):[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?(\?transport=(udp|tcp))?")


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server, as browsers know them: ``stun:host:port``, ``turn:host:port?transport=udp``."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""

    def check(self) -> None:
        """
        Raises:
            ValueError: if it is no server, with what is accepted.
        """
        for url in self.urls:
            if not _ADDRESS.fullmatch(url) or (url.startswith("stun") and "?" in url):
                raise ValueError(
                    "accepted: stun:host:port, turn:host:port?transport=udp, turns:host:port?transport=tcp"
                )
            if url.startswith("turn") and not (self.username and self.credential):
                raise ValueError("a turn: server needs a username and a credential")
        if not self.urls:
            raise ValueError("accepted: servers with at least one address in urls")


@dataclass(frozen=True, slots=True)
class WebRtcSettings:
    """
    Attributes:
        ice_servers: none by default: then only addresses of this machine itself are offered. One STUN and one TURN
            server are used.
        max_legs: browsers connected at once, agents and callers together.
        first_message_s: a WebSocket must show its ticket within this time.
        connect_timeout_s: from the ticket to the first sound.
        lost_after_s: without sound for so long, a connection counts as lost, and may be resumed.
        agent_resume_s: how long a lost agent's line is kept: a minute without network, and time to come back.
        media_timeout_s: how long a lost caller's is.
        max_faults: a browser that sends more nonsense than this is cut off.
        answer_grace_s: how long a conversation may go on with its own affairs after the leg has ended.
    """

    ice_servers: tuple[IceServer, ...] = ()
    max_legs: int = 250
    first_message_s: float = 5.0
    connect_timeout_s: float = 15.0
    lost_after_s: float = 2.0
    agent_resume_s: float = 70.0
    media_timeout_s: float = 15.0
    max_faults: int = 1_000
    answer_grace_s: float = 60.0

    def __post_init__(self) -> None:
        for name in (
            "first_message_s",
            "connect_timeout_s",
            "lost_after_s",
            "agent_resume_s",
            "media_timeout_s",
        ):
            if not 0 < getattr(self, name) <= 3_600:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not above 0 and at most 3600 seconds")
        for name in ("max_faults", "max_legs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not 1 or more")
