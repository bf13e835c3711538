"""Checking what a form was given: is that number complete, and is it ours?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from bots.connectors.orders import Order
from bots.engine.actions import services
from bots.homegoods.actions.asking import MAX_FAILURES

ORDER_LENGTH = 6
RETURN_DAYS = 30
Slots = dict[str, Any]


class _NumberValidation(FormValidationAction):  # type: ignore[misc, unused-ignore]
    """Collects a number, in one go or in pieces, and looks it up."""

    slot_name = "order_number"

    async def required_slots(self, domain_slots: list[str], *_: Any) -> list[str]:
        return domain_slots

    def _pieces(self, tracker: Tracker) -> Slots:
        """Join digits to those said before; only asked for while the number is what the form wants."""
        if tracker.get_slot("requested_slot") != self.slot_name:
            return {}
        digits = next(tracker.get_latest_entity_values("digits"), None)
        names = (
            ("order_number", "tracking_number") if self.slot_name == "parcel_number" else ("order_number",)
        )
        if digits is None or any(next(tracker.get_latest_entity_values(name), None) for name in names):
            return {}
        joined = str(tracker.get_slot("digits_so_far") or "") + digits
        if len(joined) == ORDER_LENGTH:
            return {self.slot_name: joined}
        if len(joined) < ORDER_LENGTH:
            return {
                self.slot_name: None,
                "digits_so_far": joined,
                "number_problem": "too_short",
                "number_said": joined,
            }
        return {self.slot_name: None, "digits_so_far": None, **self._failed(tracker, "wrong_length", digits)}

    def _failed(self, tracker: Tracker, problem: str, said: str) -> Slots:
        failures = int(tracker.get_slot("number_failures") or 0) + 1
        slots = {"number_failures": failures, "number_problem": problem, "number_said": said}
        if failures >= MAX_FAILURES:
            # Ends the form; the action after it sees that there is no number and calls a person.
            slots["requested_slot"] = None
        return slots

    async def _find(self, number: str) -> Order | None:
        found: Order | None = await services.get().orders.find_order(number)
        return found

    async def _looked_up(self, value: Any, tracker: Tracker) -> Slots:
        if value is None:
            return {self.slot_name: None}
        order = await self._find(str(value))
        if order is None:
            return {
                self.slot_name: None,
                "digits_so_far": None,
                **self._failed(tracker, "not_found", str(value)),
            }
        return {
            self.slot_name: str(value),
            "digits_so_far": None,
            "number_problem": None,
            "no_match": 0,
            "silences": 0,
            "number_failures": 0,
        }

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[dict[str, Any]]:
        pieces = self._pieces(tracker)
        tracker.slots.update(pieces)
        return [{"event": "slot", "timestamp": None, "name": k, "value": v} for k, v in pieces.items()]

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[dict[str, Any]]:
        candidates = tracker.slots_to_validate()
        result: Slots = {}
        for slot, value in candidates.items():
            method = getattr(self, f"validate_{slot}", None)
            checked = await method(value, dispatcher, tracker, domain) if method else {slot: value}
            result.update(checked)
            tracker.slots.update(checked)
        return [{"event": "slot", "timestamp": None, "name": k, "value": v} for k, v in result.items()]


class ValidateOrderForm(_NumberValidation):
    def name(self) -> str:
        return "validate_order_form"

    async def validate_order_number(self, value: Any, _d: Any, tracker: Tracker, _domain: Any) -> Slots:
        return await self._looked_up(value, tracker)


class ValidateInvoiceForm(ValidateOrderForm):
    def name(self) -> str:
        return "validate_invoice_form"


class ValidateParcelForm(_NumberValidation):
    slot_name = "parcel_number"

    def name(self) -> str:
        return "validate_parcel_form"

    async def _find(self, number: str) -> Order | None:
        found: Order | None = await services.get().orders.track(number)
        return found

    async def validate_parcel_number(self, value: Any, _d: Any, tracker: Tracker, _domain: Any) -> Slots:
        return await self._looked_up(value, tracker)


class ValidateReturnForm(ValidateOrderForm):
    """Also whether that order can be returned at all: asked before the caller is asked for reasons."""

    def name(self) -> str:
        return "validate_return_form"

    async def validate_order_number(self, value: Any, _d: Any, tracker: Tracker, _domain: Any) -> Slots:
        slots = await self._looked_up(value, tracker)
        if slots.get("order_number") is None:
            return slots
        order = await self._find(slots["order_number"])
        if order is None:
            return slots
        today = services.get().now().date()
        if order.state != "delivered" and order.state != "returned":
            return {**slots, "return_blocked": "not_delivered", "requested_slot": None}
        if order.delivered_on is not None and today - order.delivered_on > timedelta(days=RETURN_DAYS):
            return {**slots, "return_blocked": "too_late", "requested_slot": None}
        return slots

    async def validate_confirm_return(self, value: Any, _d: Any, tracker: Tracker, _domain: Any) -> Slots:
        # "No, it's 104305": another order, not a refusal.
        corrected = next(tracker.get_latest_entity_values("order_number"), None)
        return {"confirm_return": None if corrected else value}
