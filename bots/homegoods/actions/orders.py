"""Where an order or its parcel is."""

from __future__ import annotations

from bots.connectors.orders import ConnectorError, Order
from bots.homegoods.actions.base import Turn, _HotlineAction
from bots.homegoods.actions.wording import carrier, day, digit_by_digit

_DATED = ("preparing", "shipped", "in_customs", "delayed")


def tell(turn: Turn, order: Order, shipped: str) -> None:
    """Say an order's state.

    Args:
        shipped: the response for parcels on their way, which differs by what was asked.
    """
    language, today = turn.language, turn.services.now().date()
    number = digit_by_digit(order.number)
    if order.state == "delivered" and order.delivered_on is not None:
        turn.say("status_delivered", number=number, date=day(order.delivered_on, today, language))
    elif order.state in _DATED and order.expected_on is None:
        turn.say("status_undated", number=number)
    elif order.state in _DATED and order.expected_on is not None:
        place = order.place.get(language.value) or ""
        response = shipped if order.state == "shipped" else f"status_{order.state}"
        turn.say(
            response,
            number=number,
            date=day(order.expected_on, today, language),
            place=place,
            carrier=carrier(order.carrier, language),
        )
    else:
        turn.say(f"status_{order.state}", number=number)


class _TellOrder(_HotlineAction):
    slot_name = "order_number"
    shipped = "status_shipped"

    async def act(self, turn: Turn) -> None:
        number = turn.slot(self.slot_name)
        if number is None:
            turn.hand_over("order_not_found", "handing_over_sorry")
            return
        try:
            order = await turn.services.orders.track(str(number))
        except ConnectorError as error:
            turn.record(self.name(), ok=False, detail=str(error))
            turn.hand_over("connector_failed", "technical_problem")
            return
        if order is None:
            turn.record(self.name(), ok=False, detail="not found")
            turn.hand_over("order_not_found", "handing_over_sorry")
            return
        tell(turn, order, self.shipped)
        turn.record(self.name(), ok=True, detail=f"{order.number} {order.state}")
        turn.set(order_number=order.number.removeprefix("H"), parcel_number=order.number.removeprefix("H"))
        turn.resolved("connector")
        turn.offer_more()


class ActionOrderStatus(_TellOrder):
    def name(self) -> str:
        return "action_order_status"


class ActionTrackParcel(_TellOrder):
    slot_name = "parcel_number"
    shipped = "track_shipped"

    def name(self) -> str:
        return "action_track_parcel"
