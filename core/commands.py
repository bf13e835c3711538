"""Requests to the process that holds the calls; what comes of them is found in the log.

A command has an id (repeating it does nothing twice), an expiry and a reply.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from core.capacity import CAPACITIES
from core.e164 import E164
from core.events import new_id
from core.languages import Language
from core.proficiency import with_levels

Level = Annotated[int, Field(ge=1, le=5)]


class Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(default_factory=new_id)
    issued_by: str
    """User name of the person, or the name of the process, that asks."""
    expires_at: datetime


class Say(Command):
    """Speak an agent's typed line to the caller."""

    do: Literal["say"] = "say"
    interaction_id: str
    text: str = Field(min_length=1, max_length=1000)
    language: Language | None = None


class HangUp(Command):
    do: Literal["hang_up"] = "hang_up"
    interaction_id: str


class SetAgentState(Command):
    """An agent's page says that it is there; without it for 20 s the agent counts as gone."""

    do: Literal["set_agent_state"] = "set_agent_state"
    state: Literal["available", "break", "offline"]
    languages: Annotated[dict[Language, Level], BeforeValidator(with_levels)] = {}
    """With proficiency; a list of names is taken too, each with the usual one."""
    skills: Annotated[dict[str, Level], BeforeValidator(with_levels)] = {}
    reason: Annotated[str, Field(max_length=60)] = ""
    """Of a break."""
    capacity: Annotated[int, Field(ge=CAPACITIES[0], le=CAPACITIES[-1])] = 1
    """Calls and chats that the agent takes at once."""
    phone: Annotated[str, Field(pattern=f"^({E164})?$")] = ""
    """Where the agent speaks by telephone: the number that rings for each of their calls, in E.164."""


class AnswerOffer(Command):
    do: Literal["answer_offer"] = "answer_offer"
    offer_id: str
    accept: bool


class FinishWrapUp(Command):
    do: Literal["finish_wrap_up"] = "finish_wrap_up"
    interaction_id: str
    code: str = Field(min_length=1, max_length=60)
    summary: str = Field(max_length=4000)
    notes: str = Field("", max_length=4000)


class ExtendWrapUp(Command):
    """The agent needs more time to write."""

    do: Literal["extend_wrap_up"] = "extend_wrap_up"
    interaction_id: str


# --- the bridge: see docs/bridge.md ---------------------------------------------------------------


class Target(BaseModel):
    """Whom a call is given to, or who is consulted. ``name``: a queue's name, a user name, or a number (E.164)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["queue", "agent", "number"]
    name: str = Field(min_length=1, max_length=80)


class Hold(Command):
    """The caller hears music and the agent nothing of the caller, until it is switched off."""

    do: Literal["hold"] = "hold"
    interaction_id: str
    on: bool


class Mute(Command):
    """Nobody hears the sound of the person who asks."""

    do: Literal["mute"] = "mute"
    interaction_id: str
    on: bool


class Transfer(Command):
    """Give the call away without speaking to whoever takes it (cold)."""

    do: Literal["transfer"] = "transfer"
    interaction_id: str
    to: Target
    note: str = Field(default="", max_length=1000)
    """For whoever takes it."""


class Consult(Command):
    """Speak with somebody else while the caller hears music."""

    do: Literal["consult"] = "consult"
    interaction_id: str
    to: Target


class EndConsult(Command):
    """What becomes of a consultation: the caller again and alone, all three, or the call is theirs (warm transfer)."""

    do: Literal["end_consult"] = "end_consult"
    interaction_id: str
    then: Literal["back", "conference", "transfer"]


class RingPhone(Command):
    """The agent of a call speaks by telephone, and has no sound: ring it once more."""

    do: Literal["ring_phone"] = "ring_phone"
    interaction_id: str


class BringBot(Command):
    """The bot comes back: to take a code that nobody hears, or to ask for the score and end the call."""

    do: Literal["bring_bot"] = "bring_bot"
    interaction_id: str
    task: Literal["code", "satisfaction"]


class Monitor(Command):
    """A supervisor listens, speaks to the agent alone, to all, or takes the call; who may do so is checked before."""

    do: Literal["monitor"] = "monitor"
    interaction_id: str
    manner: Literal["listen", "whisper", "barge", "take_over", "stop"]


Some = (
    Say
    | HangUp
    | SetAgentState
    | AnswerOffer
    | FinishWrapUp
    | ExtendWrapUp
    | Hold
    | Mute
    | Transfer
    | Consult
    | EndConsult
    | RingPhone
    | BringBot
    | Monitor
)
AnyCommand = Annotated[Some, Field(discriminator="do")]
parse_command: TypeAdapter[Some] = TypeAdapter(AnyCommand)


class Reply(BaseModel):
    """Whether the command was carried out; ``error`` says in a sentence why not."""

    model_config = ConfigDict(frozen=True)

    ok: bool
    error: str = ""
