"""The agents' commands for tests that run the distributor in their own process."""

from __future__ import annotations

from assist.acd.router import AcdRouter
from core.commands import AnswerOffer, Command, ExtendWrapUp, FinishWrapUp, Reply, SetAgentState


def carry_out(router: AcdRouter, command: Command) -> Reply:
    """What the process that holds the calls does with a command of an agent."""
    match command:
        case SetAgentState():
            return router.set_agent_state(
                command.issued_by,
                command.state,
                command.languages,
                command.skills,
                command.reason,
                command.capacity,
            )
        case AnswerOffer():
            return router.answer_offer(command.issued_by, command.offer_id, command.accept)
        case FinishWrapUp():
            return router.finish_wrap_up(
                command.issued_by, command.interaction_id, command.code, command.summary, command.notes
            )
        case ExtendWrapUp():
            return router.extend_wrap_up(command.issued_by, command.interaction_id)
        case _:
            return Reply(ok=False, error="unknown command")
