"""Something else in the middle of a form: answered briefly; the form then asks its question again."""

from __future__ import annotations

from bots.homegoods.actions.base import Turn, _HotlineAction
from bots.homegoods.actions.knowledge import answer
from bots.homegoods.actions.ladder import STEPS, nothing_heard
from bots.homegoods.actions.talk import change_language


class ActionAside(_HotlineAction):
    understood = False

    def name(self) -> str:
        return "action_aside"

    async def act(self, turn: Turn) -> None:
        intent = turn.intent
        if intent == "no_input":
            nothing_heard(turn, "no_input_short")
        elif intent == "opening_hours":
            turn.say("opening_hours")
        elif intent == "change_language":
            change_language(turn)
        elif intent in ("repeat", "greet"):
            # The form's own question follows, which is what was to be repeated.
            return
        elif intent == "thank":
            turn.say("welcome")
        elif intent == "affirm":
            # "Yes" to "what is your number?": the question follows.
            return
        elif not await answer(turn):
            failures = int(turn.slot("no_match") or 0) + 1
            turn.set(no_match=failures)
            if failures >= STEPS:
                turn.hand_over("not_understood", "handing_over_sorry")
            else:
                turn.say("no_match_short")
