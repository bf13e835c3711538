"""What the call asks of the ACD: a place in a queue, and an agent in the end."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from core.handoff import HandoffPacket
from core.languages import Language


@dataclass(frozen=True, slots=True)
class Place:
    """Where a waiting call stands: 1 is next. ``expected_wait_s`` is None where nothing is known yet."""

    number: int
    expected_wait_s: float | None
    agents_present: int


class QueuedCall(Protocol):
    """A call that waits for a person."""

    interaction_id: str

    async def agent(self) -> str:
        """Wait for an agent to accept; returns the agent's user name. Waits for ever: bound it."""

    def place(self) -> Place:
        """The present place in the queue."""


class Router(Protocol):
    """The ACD as the call sees it. All methods act at once; what comes of them is in the log."""

    def enqueue(
        self, packet: HandoffPacket, person: str | None, *, to_queue: str = "", to_agent: str = ""
    ) -> QueuedCall:
        """Put a call into the queue that its language, skills and priority ask for, or where an agent gives it."""

    def begin_with(self, packet: HandoffPacket, person: str | None, agent: str) -> QueuedCall:
        """An agent has taken a call that was in no queue. Raises where they have no room for it."""

    def stays_with_bot(self, interaction_id: str, reason: str, intent: str, language: Language) -> str | None:
        """The peak rule: why this simple matter is better left to self-service now; None: it is not."""

    def call_back(self, interaction_id: str) -> Literal["platform", "agent"]:
        """The waiting caller hangs up and is called back, by whom is returned. Raises where it waits no longer."""

    def queue_of(self, interaction_id: str) -> str:
        """The queue that a call waits in; '' where it does not wait."""

    def if_nobody_answers(self, queue: str) -> Literal["voicemail", "told_so"]:
        """What is done with a call of this queue that nobody took in time."""

    def leave(
        self,
        interaction_id: str,
        why: Literal["caller_left", "nobody_came", "ended_by_us"] = "caller_left",
    ) -> None:
        """The caller hung up, or their wait was ended; an offer under way is withdrawn."""

    def conversation_ended(self, interaction_id: str) -> None:
        """The conversation with the agent is over; the agent is in wrap-up from now on."""


class Colleagues(Protocol):
    """The ACD as the bridge sees it: other agents who come to a call, or take it. Requests that do not fit the
    state of things raise ``assist.acd.types.Refused`` with a sentence."""

    def check_transfer(self, interaction_id: str, kind: Literal["queue", "agent"], to: str) -> None:
        """Whether a call in conversation can be given there now."""

    def ask_colleague(
        self, interaction_id: str, kind: Literal["queue", "agent"], to: str, without: Collection[str] = ()
    ) -> tuple[str, Future[str]]:
        """Offer somebody to come to a call: who it is, and their answer (accepted, rejected, ...)."""

    def colleague_left(self, interaction_id: str, why: str) -> None:
        """Whoever came, or was asked to, is free again."""

    def pass_on(self, interaction_id: str, to: str, reason: str) -> None:
        """The call is another agent's from now on; its own one wraps up."""

    def check_room(self, user: str) -> None:
        """Whether somebody could take one more call."""

    def give_back(self, interaction_id: str) -> None:
        """The agent's sound is gone for good; the call queues again, at the head."""

    def present(self) -> list[str]:
        """The agents at work."""

    def still_there(self, user: str) -> None:
        """An agent's sound is connected, whatever their page does."""

    def line_awaited(self, user: str) -> None:
        """An agent's sound is gone and waited for; who waits decides for how long, so this is to be repeated."""
