"""Returning what was bought."""

from __future__ import annotations

from bots.connectors.orders import ConnectorError
from bots.homegoods.actions.base import Turn, _HotlineAction
from bots.homegoods.actions.wording import ticket


class ActionOpenReturn(_HotlineAction):
    """Opens the return, once: the key is made of the call and the order, and the order system keeps it."""

    def name(self) -> str:
        return "action_open_return"

    async def act(self, turn: Turn) -> None:
        number = turn.slot("order_number")
        if number is None:
            turn.hand_over("order_not_found", "handing_over_sorry")
            return
        if (blocked := turn.slot("return_blocked")) is not None:
            turn.say(f"return_{blocked}")
            turn.set(awaiting="person_ok", return_blocked=None)
            return
        if not turn.slot("confirm_return"):
            turn.say("return_cancelled")
            turn.set(return_reason=None, confirm_return=None)
            turn.offer_more()
            return
        key = f"{turn.tracker.sender_id}:return:{number}"
        reason = str(turn.slot("return_reason") or "")
        try:
            opened = await turn.services.orders.open_return(str(number), reason, key, turn.services.now())
        except ConnectorError as error:
            turn.record(self.name(), ok=False, idempotency_key=key, detail=str(error))
            turn.hand_over("connector_failed", "technical_problem")
            return
        turn.record(self.name(), ok=True, idempotency_key=key, detail=opened.number)
        turn.say("return_already_open" if opened.existed else "return_opened", ticket=ticket(opened.number))
        turn.set(return_reason=None, confirm_return=None)
        turn.resolved("connector")
        turn.offer_more()
