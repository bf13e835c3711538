"""The small talk of a hotline: greeting, hours, language, saying it again."""

from __future__ import annotations

import logging
from typing import Any

from bots.connectors.orders import ConnectorError
from bots.homegoods.actions.base import Turn, _HotlineAction
from core.languages import Language

_log = logging.getLogger(__name__)


class ActionGreetCaller(_HotlineAction):
    """The first words; whoever calls is looked up by number, for those who may take over."""

    def name(self) -> str:
        return "action_greet_caller"

    async def act(self, turn: Turn) -> None:
        turn.say("greet")
        if not (phone := turn.slot("caller_number")):
            return
        try:
            customer = await turn.services.orders.find_customer(phone)
        except ConnectorError as error:
            _log.warning("the caller could not be looked up: %s", error)
            turn.record("find_customer", ok=False, detail=str(error))
            return
        if customer is not None:
            turn.set(customer_name=customer.name, customer_level=customer.level)


class ActionGreetBack(_HotlineAction):
    def name(self) -> str:
        return "action_greet_back"

    async def act(self, turn: Turn) -> None:
        turn.say("greet_back")


class ActionOpeningHours(_HotlineAction):
    def name(self) -> str:
        return "action_opening_hours"

    async def act(self, turn: Turn) -> None:
        turn.say("opening_hours")
        turn.offer_more()


class ActionGoAhead(_HotlineAction):
    def name(self) -> str:
        return "action_go_ahead"

    async def act(self, turn: Turn) -> None:
        turn.say("go_ahead")


class ActionOfferMore(_HotlineAction):
    def name(self) -> str:
        return "action_offer_more"

    async def act(self, turn: Turn) -> None:
        turn.offer_more()


class ActionWelcome(_HotlineAction):
    def name(self) -> str:
        return "action_welcome"

    async def act(self, turn: Turn) -> None:
        turn.say("welcome")
        turn.offer_more()


class ActionChangeLanguage(_HotlineAction):
    def name(self) -> str:
        return "action_change_language"

    async def act(self, turn: Turn) -> None:
        change_language(turn)


def change_language(turn: Turn) -> None:
    """Go over to the language named; ask for it where none was, say so where it is not spoken."""
    wanted = turn.entity("language")
    if wanted is None:
        turn.say("ask_language")
    elif wanted not in {language.value for language in Language}:
        turn.say("language_not_spoken")
    else:
        turn.set(language=wanted)
        turn.say("language_changed")
        if turn.tracker.active_loop_name is None:
            turn.say("go_ahead_in_language")


class ActionRepeat(_HotlineAction):
    """Say again all that was last said, and expect what was expected then."""

    understood = False

    def name(self) -> str:
        return "action_repeat"

    async def act(self, turn: Turn) -> None:
        said = last_said(turn)
        if not said:
            turn.say("go_ahead")
            return
        turn.set(awaiting=turn.tracker.get_slot("awaiting") or "nothing")
        for event in said:
            metadata = event.get("metadata") or {}
            name = str(metadata.get("utter_action") or "")
            if name.startswith("utter_"):
                turn.dispatcher.utter_message(response=name, **(metadata.get("variables") or {}))
            else:
                turn.dispatcher.utter_message(text=event.get("text"), key=name)


def last_said(turn: Turn) -> list[dict[str, Any]]:
    """What the bot said in its latest turn, in order."""
    said: list[dict[str, Any]] = []
    turns = 0
    for event in reversed(turn.tracker.events):
        if event.get("event") == "user":
            turns += 1
            if turns == 2 or (turns == 1 and said):
                break
        elif event.get("event") == "bot" and turns == 1:
            said.insert(0, event)
    return said
