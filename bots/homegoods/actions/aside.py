"""Something else in the middle of a form: answered briefly; the form then asks its question again."""

from __future__ import annotations

import re

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
        elif _has_no_number(turn):
            turn.hand_over("order_not_found", "handing_over")
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


_NO_NUMBER = re.compile(
    r"不知道|不记得|忘了|忘记|找不到|没有(?:订单|单)?号|没号|不清楚|don't (?:know|have|remember)|do not (?:know|have)|forgot|"
    r"can't find|cannot find|lost|no idea|わから|分から|忘れ|覚えて(?:い)?ない|覚えてません|見つから|手元にな|몰라|모르|잊|기억이? ?안|"
    r"못 찾|없어요|없는데|없습니다"
)


def _has_no_number(turn: Turn) -> bool:
    """Whether the caller, asked for a number, says that they have none: a person can look it up by name."""
    if turn.tracker.get_slot("requested_slot") not in ("order_number", "parcel_number"):
        return False
    return turn.intent == "deny" or bool(_NO_NUMBER.search(turn.text.lower()))
