"""What a turn means given what was just asked: keys, yes or no, digits, and doubt."""

from __future__ import annotations

from dataclasses import replace

from bots.engine.policy import Config
from bots.engine.types import Listen
from bots.understanding.entities import ORDER_DIGITS, residue, yes_no
from bots.understanding.types import Entity, Understanding
from core.languages import Language

PERSON_KEY, REPEAT_KEY = "0", "*"
_URGENT = ("ask_person", "complain", "goodbye", "change_language", "repeat")


def pressed(keys: str, listen: Listen) -> Understanding:
    """What key presses mean: 0 a person, * repeat, 1 yes and 2 no where asked, else a number."""
    digits = "".join(key for key in keys if key.isdigit())
    if keys.startswith(REPEAT_KEY):
        return Understanding("repeat", 1.0)
    if digits == PERSON_KEY:
        return Understanding("ask_person", 1.0)
    if listen == "yes_no" and digits in ("1", "2"):
        return Understanding("affirm" if digits == "1" else "deny", 1.0)
    if len(digits) == ORDER_DIGITS:
        intent = "inform" if listen == "digits" else "order_status"
        return Understanding(intent, 1.0, (Entity("order_number", digits),))
    if digits and listen == "digits":
        return Understanding("inform", 1.0, (Entity("digits", digits),))
    return Understanding("nlu_fallback", 1.0, (Entity("digits", digits),) if digits else ())


def in_context(
    text: str,
    language: Language,
    understanding: Understanding,
    listen: Listen,
    config: Config,
    wants_text: bool,
    soft_yes: bool,
) -> Understanding:
    """Reread an understanding in the light of the question that it answers.

    Args:
        wants_text: the form in progress takes the sentence as it is, so doubt about its intent is harmless.
        soft_yes: whether "okay" answers the question with yes.
    """
    if listen == "yes_no" and (answer := yes_no(text, language, soft_yes)) is not None:
        return replace(understanding, intent="affirm" if answer else "deny", confidence=1.0)
    numbers = [
        e for e in understanding.entities if e.name in ("order_number", "tracking_number", "digits", "phone")
    ]
    if listen == "digits" and numbers:
        urgent = understanding.intent in _URGENT and understanding.confidence >= 0.5
        if not urgent and (
            len(residue(text, language, understanding.entities)) <= _SHORT[language]
            or understanding.confidence < 0.5
        ):
            return replace(understanding, intent="inform", confidence=1.0)
    if wants_text:
        if understanding.confidence < 0.6:
            return replace(understanding, intent="inform", confidence=1.0)
        return understanding
    ahead = understanding.confidence - understanding.runner_up_confidence
    if understanding.confidence < config.fallback_threshold or ahead < config.ambiguity_threshold:
        return Understanding(
            "nlu_fallback",
            1.0 - understanding.confidence,
            understanding.entities,
            understanding.intent,
            understanding.confidence,
        )
    return understanding


_SHORT = {Language.ZH: 8, Language.JA: 14, Language.KO: 12, Language.EN: 28}
"""Characters beside the number up to which a turn is nothing but the number ("it's ... please")."""
