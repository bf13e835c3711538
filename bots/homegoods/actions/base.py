"""What every action of the hotline shares: speaking, setting slots, signalling, handing over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bots.connectors.services import Services
from bots.engine.actions import services
from bots.engine.handing_over import load_handing_over
from core.languages import Language

HANDING_OVER = load_handing_over(Path(__file__).parent.parent)
COMPLAINT_PRIORITY = 5


class Turn:
    """One run of an action: what was heard, and what is to be said and remembered."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.slots: dict[str, Any] = {}
        self.ended: list[dict[str, Any]] = []

    # -- reading -------------------------------------------------------------------------------

    @property
    def services(self) -> Services:
        given: Services = services.get()
        return given

    @property
    def language(self) -> Language:
        return Language(self.slots.get("language") or self.tracker.get_slot("language"))

    @property
    def text(self) -> str:
        return str(self.tracker.latest_message.get("text") or "")

    @property
    def intent(self) -> str:
        return str(self.tracker.latest_message.get("intent", {}).get("name") or "")

    def entity(self, name: str) -> str | None:
        return next(self.tracker.get_latest_entity_values(name), None)

    def slot(self, name: str) -> Any:
        return self.slots[name] if name in self.slots else self.tracker.get_slot(name)

    # -- saying and remembering ----------------------------------------------------------------

    def say(self, response: str, **values: str) -> None:
        self.dispatcher.utter_message(response=f"utter_{response}", **values)

    def signal(self, **payload: Any) -> None:
        self.dispatcher.utter_message(json_message=payload)

    def set(self, **slots: Any) -> None:
        self.slots.update(slots)

    def offer_more(self) -> None:
        """Ask whether there is anything else."""
        self.say("anything_else")
        self.set(awaiting="anything_else")

    def resolved(self, by: str) -> None:
        """The matter is settled: a system confirmed it ("connector") or the caller did ("caller")."""
        self.signal(outcome="resolved", resolved_by=by)
        self.set(resolved=True)

    def record(self, name: str, ok: bool, idempotency_key: str = "", detail: str = "") -> None:
        self.signal(record={"name": name, "ok": ok, "idempotency_key": idempotency_key, "detail": detail})

    def hand_over(self, reason: str, response: str, priority: int = 0, matter: str = "") -> None:
        """Give the caller to a person, with everything in the slots; ends whatever form is open.

        ``priority`` is the matter's; what the customer's level and mood add, the platform adds. ``matter`` is one
        whose skills are needed whatever the caller began with.
        """
        begun = self.slot("matter") or ""
        self.say(response)
        self.signal(
            outcome="handed_off",
            hand_off={
                "reason": reason,
                "intent": begun or self.intent,
                "skills": list(HANDING_OVER.skills(matter or begun)),
                "priority": priority,
            },
        )
        self.stop()

    def stop(self) -> None:
        """Nothing more in this turn, and no form in progress."""
        self.ended = [ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction("action_listen")]

    def events(self) -> list[dict[str, Any]]:
        return [SlotSet(name, value) for name, value in self.slots.items()] + self.ended


class _HotlineAction(Action):  # type: ignore[misc, unused-ignore]
    """An action whose ``act`` is given a ``Turn``.

    Having acted at all means that the caller was understood, so the ladders begin anew, and no question is
    open unless this action asks one.
    """

    understood = True

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[dict[str, Any]]:
        turn = Turn(dispatcher, tracker)
        turn.set(awaiting="nothing")
        if self.understood:
            turn.set(no_match=0, silences=0)
        await self.act(turn)
        return turn.events()

    async def act(self, turn: Turn) -> None:
        raise NotImplementedError
