"""Asking for a number, worded by what went wrong with the last one."""

from __future__ import annotations

from bots.homegoods.actions.base import Turn, _HotlineAction
from bots.homegoods.actions.wording import digit_by_digit

MAX_FAILURES = 3


class _AskNumber(_HotlineAction):
    understood = False
    plain = ""

    async def act(self, turn: Turn) -> None:
        problem, said = turn.slot("number_problem"), str(turn.slot("number_said") or "")
        if problem == "not_found":
            turn.say("number_not_found", number=digit_by_digit(said))
        elif problem == "too_short":
            turn.say("number_too_short", digits_said=" ".join(said))
        elif problem == "wrong_length":
            turn.say("number_wrong_length", digits_said=" ".join(said))
        elif turn.slot("no_match") or turn.slot("silences"):
            turn.say("ask_order_number_again" if self.plain == "ask_order_number" else self.plain)
        else:
            turn.say(self.plain)
        turn.set(number_problem=None, number_said=None)


class ActionAskOrderNumber(_AskNumber):
    plain = "ask_order_number"

    def name(self) -> str:
        return "action_ask_order_number"


class ActionAskParcelNumber(_AskNumber):
    plain = "ask_parcel_number"

    def name(self) -> str:
        return "action_ask_parcel_number"


class ActionAskConfirmReturn(_HotlineAction):
    understood = False

    def name(self) -> str:
        return "action_ask_confirm_return"

    async def act(self, turn: Turn) -> None:
        number = str(turn.slot("order_number"))
        order = await turn.services.orders.find_order(number)
        item = order.items.get(turn.language.value, "") if order else ""
        turn.say("ask_confirm_return", number=digit_by_digit(number), item=item)


class ActionPrepare(_HotlineAction):
    """Before a form: forget what belonged to an earlier matter."""

    def name(self) -> str:
        return "action_prepare"

    async def act(self, turn: Turn) -> None:
        turn.set(
            number_problem=None,
            number_said=None,
            digits_so_far=None,
            number_failures=0,
            return_reason=None,
            confirm_return=None,
            return_blocked=None,
        )
        if await self._is_about_another_order(turn):
            turn.set(order_number=None, parcel_number=None)

    async def _is_about_another_order(self, turn: Turn) -> bool:
        """Whether the order remembered cannot be the one meant now, so that the number is to be asked."""
        if turn.entity("order_number") is not None or turn.entity("tracking_number") is not None:
            return False
        if any(word in turn.text.lower() for word in _ANOTHER):
            return True
        remembered = turn.slot("order_number")
        if turn.intent != "return_item" or remembered is None:
            return False
        order = await turn.services.orders.find_order(str(remembered))
        return order is not None and order.state != "delivered"


_ANOTHER = (
    "another",
    "other",
    "different",
    "second",
    "别的",
    "另外",
    "另一",
    "其他",
    "還有一",
    "还有一",
    "另個",
    "換一",
    "换一",
    "別の",
    "他の",
    "ほかの",
    "もう一つ",
    "もうひとつ",
    "もう一件",
    "違う注文",
    "다른",
    "또 하나",
    "하나 더",
)
