"""The end of a call."""

from __future__ import annotations

from bots.homegoods.actions.base import Turn, _HotlineAction


class ActionClose(_HotlineAction):
    def name(self) -> str:
        return "action_close"

    async def act(self, turn: Turn) -> None:
        close(turn, "goodbye")


def close(turn: Turn, response: str) -> None:
    """Take leave. Where nothing was settled the call ended unconfirmed."""
    turn.say(response)
    if turn.slot("resolved"):
        turn.signal(end_call=True)
    else:
        turn.signal(end_call=True, outcome="ended_unconfirmed")
    turn.stop()
