"""What happens when the caller is not understood, or says nothing: at most twice, then a person."""

from __future__ import annotations

from bots.homegoods.actions.base import Turn, _HotlineAction
from bots.homegoods.actions.closing import close
from bots.homegoods.actions.knowledge import answer

STEPS = 2


async def not_understood(turn: Turn, response: str) -> None:
    """The documents first, then "sorry", then a person."""
    if await answer(turn):
        turn.set(no_match=0, awaiting="answer_ok")
        turn.say("did_that_help")
        return
    failures = int(turn.slot("no_match") or 0) + 1
    turn.set(no_match=failures)
    if failures >= STEPS:
        turn.hand_over("not_understood", "handing_over_sorry")
    else:
        turn.say(response)


def nothing_heard(turn: Turn, response: str) -> None:
    """Ask once whether anybody is there; then a person, or goodbye where nobody ever spoke."""
    silences = int(turn.slot("silences") or 0) + 1
    turn.set(silences=silences)
    if turn.tracker.get_slot("awaiting") == "anything_else":
        close(turn, "goodbye")
    elif silences < STEPS:
        turn.say(response)
        turn.set(awaiting=turn.tracker.get_slot("awaiting") or "nothing")
    elif _ever_spoke(turn):
        turn.hand_over("silence", "handing_over_sorry")
    else:
        close(turn, "no_input_goodbye")


def _ever_spoke(turn: Turn) -> bool:
    return any(event.get("event") == "user" and event.get("text") for event in turn.tracker.events)


class ActionNoMatch(_HotlineAction):
    understood = False

    def name(self) -> str:
        return "action_no_match"

    async def act(self, turn: Turn) -> None:
        await not_understood(turn, "no_match")


class ActionOutOfScope(_HotlineAction):
    understood = False

    def name(self) -> str:
        return "action_out_of_scope"

    async def act(self, turn: Turn) -> None:
        await not_understood(turn, "out_of_scope")


class ActionNoInput(_HotlineAction):
    understood = False

    def name(self) -> str:
        return "action_no_input"

    async def act(self, turn: Turn) -> None:
        nothing_heard(turn, "no_input")
