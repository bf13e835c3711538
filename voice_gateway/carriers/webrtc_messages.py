"""What a browser and the line tell each other on the WebSocket beside the sound.

The browser: ``hello`` first, with a ticket, or with the secret of a line that was lost; ``offer`` (SDP), again after
each loss; ``bye``. The line: ``welcome`` with the secret, ``answer`` (SDP) or ``refused`` (the offer), a ``tick`` every
two seconds, ``bye`` with a reason at the end.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core.tickets import MAX_LENGTH
from voice_gateway.carriers.webrtc_sdp import MAX_SDP

MAX_MESSAGE = MAX_SDP * 2


class BadMessage(ValueError):
    """The browser sent something that makes no sense; ``kind`` is one of a closed set."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Message):
    """Who comes: one of the two is given."""

    type: Literal["hello"]
    ticket: str = Field("", max_length=MAX_LENGTH)
    resume: str = Field("", max_length=100)


class Offer(_Message):
    type: Literal["offer"]
    sdp: str = Field(max_length=MAX_SDP)


class Bye(_Message):
    type: Literal["bye"]


Message = Hello | Offer | Bye
_messages: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def parse(text: str | None) -> Message:
    """
    Raises:
        BadMessage: ``binary_message``, ``oversized_message`` or ``bad_message``.
    """
    if text is None:
        raise BadMessage("binary_message")
    if len(text) > MAX_MESSAGE:
        raise BadMessage("oversized_message")
    try:
        return _messages.validate_json(text)
    except ValidationError:
        raise BadMessage("bad_message") from None


def told(kind: str, **fields: Any) -> str:
    """A message of ours."""
    return json.dumps({"type": kind, **fields}, separators=(",", ":"))
