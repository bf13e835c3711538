"""The state of one conversation, kept as Rasa keeps it, so that rasa-sdk actions can read it."""

from __future__ import annotations

import copy
from typing import Any

from rasa_sdk import Tracker

from bots.engine.domain import Domain, Mapping
from bots.understanding.types import Understanding

MAX_EVENTS = 400
"""Older events are dropped: a call of hours must not grow without end."""

Event = dict[str, Any]


class Conversation:
    """Slots, events and the form in progress of one session."""

    def __init__(self, session_id: str, domain: Domain) -> None:
        self.session_id = session_id
        self.domain = domain
        self.slots: dict[str, Any] = domain.initial_slots()
        self.events: list[Event] = []
        self.loop: str | None = None
        self.loop_rejected = False
        self.followup: str | None = None
        self.message: dict[str, Any] = {}
        self.last_action: str | None = None
        self.history: list[tuple[str, str]] = []
        """("intent" | "action", name), for the stories; listening left out."""

    # -- what happened -------------------------------------------------------------------------

    def add_message(self, text: str, understanding: Understanding, external: bool = False) -> None:
        """Append one turn of the caller and fill the slots that it fills."""
        entities = [entity.as_rasa() for entity in understanding.entities]
        ranking = [{"name": understanding.intent, "confidence": understanding.confidence}]
        if understanding.runner_up:
            ranking.append(
                {"name": understanding.runner_up, "confidence": understanding.runner_up_confidence}
            )
        self.message = {
            "text": text,
            "intent": {"name": understanding.intent, "confidence": understanding.confidence},
            "entities": entities,
            "intent_ranking": ranking,
            "metadata": {"external": external},
        }
        self._append({"event": "user", "text": text, "parse_data": self.message, "input_channel": "voice"})
        self.history.append(("intent", understanding.intent))
        self.history = self.history[-60:]
        self.last_action = "action_listen"
        for name, value in self._extracted(text, understanding).items():
            self.apply({"event": "slot", "name": name, "value": value})

    def add_action(self, name: str) -> None:
        self._append({"event": "action", "name": name, "policy": None, "confidence": 1.0})
        self.last_action = name
        if name != "action_listen":
            self.history.append(("action", name))

    def apply(self, event: Event) -> None:
        """Apply one event as an action returned it.

        Raises:
            ValueError: an event of a kind that is not played, or an unknown slot.
        """
        kind = event.get("event")
        if kind == "slot":
            self._set_slot(event["name"], event.get("value"))
        elif kind in ("active_loop", "form"):
            self.loop = event.get("name")
            self.loop_rejected = False
        elif kind == "followup":
            self.followup = event.get("name")
        elif kind == "reset_slots":
            self.slots = self.domain.initial_slots()
        elif kind not in ("bot", "action_execution_rejected"):
            accepted = "slot, active_loop, followup, reset_slots, bot"
            raise ValueError(f"an action returned the event {kind!r}; accepted: {accepted}")
        self._append(event)

    def _set_slot(self, name: str, value: Any) -> None:
        if name != "requested_slot":
            slot = self.domain.slots.get(name)
            if slot is None:
                raise ValueError(f"an action sets the slot {name!r}, which the domain does not have")
            if slot.kind == "categorical" and value is not None and str(value) not in slot.values:
                raise ValueError(f"the slot {name!r} is set to {value!r}; accepted: {', '.join(slot.values)}")
        self.slots[name] = value

    def _append(self, event: Event) -> None:
        self.events.append({"timestamp": None, **event})
        if len(self.events) > MAX_EVENTS:
            del self.events[: len(self.events) - MAX_EVENTS]

    # -- slot mappings -------------------------------------------------------------------------

    def _extracted(self, text: str, understanding: Understanding) -> dict[str, Any]:
        form = self.domain.forms.get(self.loop or "")
        ignored = form is not None and understanding.intent in form.ignored_intents
        found: dict[str, Any] = {}
        for slot in self.domain.slots.values():
            for mapping in slot.mappings:
                if ignored and form and slot.name in form.required_slots and mapping.conditions:
                    continue
                value = self._from(mapping, text, understanding)
                if value is not None:
                    found[slot.name] = value
                    break
        return found

    def _from(self, mapping: Mapping, text: str, understanding: Understanding) -> Any:
        if mapping.conditions and not any(
            loop == self.loop and (requested is None or requested == self.slots["requested_slot"])
            for loop, requested in mapping.conditions
        ):
            return None
        intent = understanding.intent
        if (mapping.intents and intent not in mapping.intents) or intent in mapping.not_intents:
            return None
        if mapping.kind == "from_entity":
            return understanding.entity(mapping.entity)
        if mapping.kind == "from_text":
            return text or None
        if mapping.kind == "from_intent":
            return mapping.value
        if mapping.kind == "from_trigger_intent":
            last = next((e for e in reversed(self.events) if e["event"] == "active_loop"), None)
            return mapping.value if last is None else None
        return None

    # -- looking in from outside ---------------------------------------------------------------

    @property
    def intent(self) -> str:
        return str(self.message.get("intent", {}).get("name", ""))

    def filled(self) -> dict[str, Any]:
        """The slots that have a value."""
        return {name: value for name, value in self.slots.items() if value is not None}

    def as_sdk(self) -> Tracker:
        """A copy in rasa-sdk's own form; what an action does to it changes nothing here."""
        return Tracker(
            self.session_id,
            copy.deepcopy(self.slots),
            copy.deepcopy(self.message),
            copy.deepcopy(self.events),
            False,
            self.followup,
            {"name": self.loop} if self.loop else {},
            self.last_action,
        )

    def snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(
            {
                "slots": self.slots,
                "events": self.events,
                "loop": self.loop,
                "loop_rejected": self.loop_rejected,
                "message": self.message,
                "last_action": self.last_action,
                "history": [list(item) for item in self.history],
            }
        )

    def restore(self, state: dict[str, Any]) -> None:
        state = copy.deepcopy(state)
        # Slots that a newer domain brought along start at their initial values.
        known = {name: value for name, value in state["slots"].items() if name in self.slots}
        self.slots = self.domain.initial_slots() | known
        self.events = state["events"]
        self.loop = state["loop"] if state["loop"] in self.domain.forms else None
        self.loop_rejected = state["loop_rejected"]
        self.message = state["message"]
        self.last_action = state["last_action"]
        self.history = [(kind, name) for kind, name in state["history"]]
