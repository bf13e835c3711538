"""Requests to the process that holds the calls; what comes of them is found in the log.

A command has an id (repeating it does nothing twice), an expiry and a reply.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

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
    capacity: Annotated[int, Field(ge=1, le=10)] = 1
    """Calls and chats that the agent takes at once."""


class AnswerOffer(Command):
    do: Literal["answer_offer"] = "answer_offer"
    offer_id: str
    accept: bool


class FinishWrapUp(Command):
    do: Literal["finish_wrap_up"] = "finish_wrap_up"
    interaction_id: str
    code: str = Field(min_length=1, max_length=60)
    summary: str = Field(max_length=4000)


AnyCommand = Annotated[Say | HangUp | SetAgentState | AnswerOffer | FinishWrapUp, Field(discriminator="do")]
parse_command: TypeAdapter[Say | HangUp | SetAgentState | AnswerOffer | FinishWrapUp] = TypeAdapter(
    AnyCommand
)


class Reply(BaseModel):
    """Whether the command was carried out; ``error`` says in a sentence why not."""

    model_config = ConfigDict(frozen=True)

    ok: bool
    error: str = ""
