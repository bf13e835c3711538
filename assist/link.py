"""The way from the web process to the process that holds the calls, and its far end for the distributor."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Protocol

from assist.acd.router import AcdRouter
from core.commands import AnswerOffer, Command, FinishWrapUp, Reply, SetAgentState

_REMEMBERED = 5000


class MediaLink(Protocol):
    """Commands to the calls, and the state of the distribution. Both may fail: the other process may be away."""

    async def send(self, command: Command) -> Reply:
        """Ask for something; the reply says whether it was done.

        Raises:
            Exception: of any kind where the other process cannot be reached in time.
        """

    async def state(self) -> dict[str, Any]:
        """What ``AcdRouter.state`` returns. Raises as ``send`` does."""


class AcdCommands:
    """Carries out the commands that concern the distributor; one that comes twice is carried out once."""

    def __init__(self, router: AcdRouter) -> None:
        self._router = router
        self._replies: OrderedDict[str, Reply] = OrderedDict()

    def handle(self, command: Command) -> Reply | None:
        """The reply, or None where the command is about something else (``Say``, ``HangUp``)."""
        if not isinstance(command, SetAgentState | AnswerOffer | FinishWrapUp):
            return None
        if (before := self._replies.get(command.id)) is not None:
            return before
        if command.expires_at < datetime.now(UTC):
            return Reply(ok=False, error="The command came too late.")
        match command:
            case SetAgentState():
                # Repeated every few seconds and harmless twice: not worth remembering.
                return self._router.set_agent_state(
                    command.issued_by, command.state, command.languages, command.skills
                )
            case AnswerOffer():
                reply = self._router.answer_offer(command.issued_by, command.offer_id, command.accept)
            case FinishWrapUp():
                reply = self._router.finish_wrap_up(
                    command.issued_by, command.interaction_id, command.code, command.summary
                )
        self._replies[command.id] = reply
        while len(self._replies) > _REMEMBERED:
            self._replies.popitem(last=False)
        return reply
