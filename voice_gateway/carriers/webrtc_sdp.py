"""What an offer may say: one audio line with Opus, at most one line of data, and few plain addresses."""

from __future__ import annotations

import ipaddress
import re

MAX_SDP = 16_000
MAX_CANDIDATES = 32
_OPUS = re.compile(r"a=rtpmap:\d{1,3} opus/48000/2\s*", re.IGNORECASE)


class BadOffer(ValueError):
    """The offer cannot be answered; ``why`` is one of a closed set."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def checked_offer(sdp: object) -> str:
    """Return the offer without the candidates that are not to be tried.

    Only literal addresses over UDP are: names would be looked up (``.local`` by multicast), TCP is not spoken.
    What is left out costs nothing, since the browser knocks at our addresses itself.

    Raises:
        BadOffer: for anything else than one browser's audio, with or without a data channel.
    """
    if not isinstance(sdp, str) or len(sdp) > MAX_SDP:
        raise BadOffer("offer_too_long" if isinstance(sdp, str) else "bad_offer")
    kept: list[str] = []
    candidates = 0
    for line in sdp.splitlines():
        if line.startswith("a=candidate:"):
            candidates += 1
            if candidates > MAX_CANDIDATES:
                raise BadOffer("too_many_candidates")
            if not _to_be_tried(line):
                continue
        kept.append(line)
    media = sorted(line.split(" ")[0] for line in kept if line.startswith("m="))
    if media not in (["m=audio"], ["m=application", "m=audio"]):
        raise BadOffer("bad_media")
    if sum(bool(_OPUS.fullmatch(line)) for line in kept) != 1:
        raise BadOffer("no_opus")
    return "\r\n".join(kept) + "\r\n"


def _to_be_tried(line: str) -> bool:
    fields = line.split()
    if len(fields) < 8 or fields[1] != "1" or fields[2].lower() != "udp":
        return False
    try:
        address = ipaddress.ip_address(fields[4])
        port = int(fields[5])
    except ValueError:
        return False
    return 0 < port < 65_536 and not address.is_multicast and not address.is_unspecified
