"""Giving the caller to a person."""

from __future__ import annotations

from bots.homegoods.actions.base import COMPLAINT_PRIORITY, Turn, _HotlineAction


class ActionHandOver(_HotlineAction):
    def name(self) -> str:
        return "action_hand_over"

    async def act(self, turn: Turn) -> None:
        turn.hand_over("caller_asked", "handing_over")


class ActionComplaint(_HotlineAction):
    def name(self) -> str:
        return "action_complaint"

    async def act(self, turn: Turn) -> None:
        turn.hand_over("complaint", "complaint", COMPLAINT_PRIORITY, "complain")
