"""What can be set about the Twilio line; a wrong value is named at start-up with what is accepted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.e164 import is_e164
from core.languages import Language

TWILIO_API = "https://api.twilio.com"

_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_DIALLABLE = re.compile(r"\+?[0-9]{3,15}|sips?:[^\s<>\"']{3,250}")


def diallable(number: str) -> bool:
    """Whether Twilio can dial this: a number of 3 to 15 digits, or a ``sip:`` address."""
    return _DIALLABLE.fullmatch(number) is not None


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """Settings of the Twilio line.

    Attributes:
        auth_token: the account's auth token; with it every webhook and stream must be signed, without
            it only callers on this machine are served.
        public_url: the address Twilio knows the line by, if a proxy stands before it, such as
            ``https://phone.example.com``; signatures are computed over it.
        fallback_number: where a caller is put through when the platform cannot serve them; '' for
            a polite goodbye instead.
        default_language: of spoken apologies, where the numbers tell nothing.
        start_timeout_s: a stream must say ``start`` within this time.
        max_starting: so many streams may be connected that have not said ``start`` yet.
        media_timeout_s: a stream without sound for this long is ended.
        max_faults: a stream that sends more nonsense than this is closed.
        token_life_s: how long after the webhook the stream may connect.
        answer_grace_s: how long a conversation may go on with its own affairs after the leg has ended.
    """

    auth_token: str = ""
    public_url: str = ""
    fallback_number: str = ""
    default_language: Language = Language.EN
    start_timeout_s: float = 5.0
    max_starting: int = 100
    media_timeout_s: float = 15.0
    max_faults: int = 1_000
    token_life_s: float = 60.0
    answer_grace_s: float = 60.0

    def __post_init__(self) -> None:
        if self.public_url:
            parts = urlsplit(self.public_url)
            if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
                raise ValueError(
                    f"public_url: {self.public_url!r} is no address such as https://phone.example.com"
                )
        if self.fallback_number and not diallable(self.fallback_number):
            raise ValueError(
                f"fallback_number: {self.fallback_number!r} is neither a number of 3 to 15 digits, "
                "such as +8657912345678, nor a sip: address"
            )
        for name in ("start_timeout_s", "media_timeout_s", "token_life_s", "answer_grace_s"):
            value = getattr(self, name)
            if not 0 < value <= 3_600:
                raise ValueError(f"{name}: {value!r} is not above 0 and at most 3600 seconds")
        for name in ("max_faults", "max_starting"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)!r} is not 1 or more")


@dataclass(frozen=True, slots=True)
class TwilioDialerSettings:
    """What is needed to place calls over Twilio.

    Attributes:
        account_sid, auth_token: of the account that pays.
        number: ours, which customers see; E.164, one of the account's.
        public_url: where Twilio reaches the line.
        ring_s: how long a telephone rings.
        machine_s: how long Twilio may take to tell an answering machine from a person; 0: a machine is an answer.
        answer_s: how long the API may take for an answer.
        at_once: requests under way at the same time.
        api: the API's address.
    """

    account_sid: str
    auth_token: str
    number: str
    public_url: str
    ring_s: int = 30
    machine_s: int = 10
    answer_s: float = 10.0
    at_once: int = 5
    api: str = TWILIO_API

    def __post_init__(self) -> None:
        if not _SID.fullmatch(self.account_sid):
            raise ValueError("account_sid: an account's SID is AC and 32 hexadecimal figures")
        if not self.auth_token:
            raise ValueError("auth_token: Twilio places no calls without it")
        if not is_e164(self.number):
            raise ValueError(f"number: {self.number!r} is no number such as +14155550100")
        if self.machine_s and not 3 <= self.machine_s <= 59:
            raise ValueError(f"machine_s: {self.machine_s!r} is neither 0 nor from 3 to 59 seconds")
        if urlsplit(self.public_url).scheme not in ("http", "https"):
            raise ValueError("public_url: Twilio must be told where it reaches the line, https://...")
