"""Sending an invoice to the address on file, which is never spoken."""

from __future__ import annotations

from bots.connectors.orders import ConnectorError, NoEmailError
from bots.homegoods.actions.base import Turn, _HotlineAction
from bots.homegoods.actions.wording import digit_by_digit


class ActionSendInvoice(_HotlineAction):
    def name(self) -> str:
        return "action_send_invoice"

    async def act(self, turn: Turn) -> None:
        number = turn.slot("order_number")
        if number is None:
            turn.hand_over("order_not_found", "handing_over_sorry")
            return
        key = f"{turn.tracker.sender_id}:invoice:{number}"
        try:
            sent = await turn.services.orders.request_invoice(str(number), key, turn.services.now())
        except NoEmailError as error:
            turn.record(self.name(), ok=False, idempotency_key=key, detail=str(error))
            turn.hand_over("not_possible", "invoice_no_email", matter="request_invoice")
            return
        except ConnectorError as error:
            turn.record(self.name(), ok=False, idempotency_key=key, detail=str(error))
            turn.hand_over("connector_failed", "technical_problem")
            return
        turn.record(self.name(), ok=True, idempotency_key=key, detail=sent.number)
        turn.say("invoice_sent", number=digit_by_digit(str(number)))
        turn.resolved("connector")
        turn.offer_more()
