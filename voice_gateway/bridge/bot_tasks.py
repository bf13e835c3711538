"""The bot comes back: it takes a code by keys that nobody hears or sees, or asks how content the caller is."""

from __future__ import annotations

import asyncio
import logging

from core.events import CodeTaken, LegJoined, LegLeft, SatisfactionGiven
from core.languages import Language
from voice_gateway.bridge.bridge import Bridge
from voice_gateway.bridge.scores import score_in
from voice_gateway.floor import Floor, Turn, words_of
from voice_gateway.phrases import Phrase
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)

CODE_DIGITS = range(4, 13)
"""How long a code may be; what is no code is asked for again, and given to nobody."""
TRIES = 2
LAST_TONE_S = 0.5
"""The tone of the last key may still be on the line when the key has been reported."""


async def take_code(state: CallState, floor: Floor, bridge: Bridge) -> None:
    """Take a code while the caller is heard by nobody, and tell what became of it; never what it was.

    Raises:
        EndAsked: somebody ended the call.
    """
    state.emit(LegJoined(party="bot", name=state.parts.bot.name, at_s=round(state.media_now(), 3)))
    floor.forget_keys()
    floor.expect("digits")
    try:
        for number in range(TRIES):
            keys = await _keys(floor, Phrase.CODE if number == 0 else Phrase.CODE_AGAIN)
            if keys is not None:
                accepted = await _accepted(state, keys)
                state.emit(CodeTaken(digits=len(keys), accepted=accepted))
                if accepted:
                    await floor.try_say(Phrase.CODE_TAKEN)
                    break
        await asyncio.sleep(LAST_TONE_S)
    finally:
        floor.forget_keys()
        floor.expect("open")
        bridge.code_over()
        state.emit(LegLeft(party="bot", reason="task_over"))


async def _keys(floor: Floor, phrase: Phrase) -> str | None:
    """The caller's keys; None where none came."""
    await floor.try_say(phrase, interruptible=True, listen="digits")
    while isinstance(turn := await floor.next_turn("digits"), Turn):
        if turn.entry is not None:
            return turn.entry.keys
        # Words from before: nobody listens to any now.
    return None


async def _accepted(state: CallState, code: str) -> bool:
    take = state.parts.take_code
    if take is None or not code.isdecimal() or len(code) not in CODE_DIGITS:
        return False
    try:
        async with asyncio.timeout(state.parts.settings.bot_limit_s):
            return await take(state.id, code)
    except Exception as error:
        # Not the error's words: they might hold the code.
        logger.error("call %s: the code could not be given on (%s)", state.id, type(error).__name__)
        state.fault("code_not_given_on", type(error).__name__)
        return False


async def ask_satisfaction(state: CallState, floor: Floor) -> None:
    """Ask for a score from 1 to 5, by key or word, once more if it was none.

    Raises:
        EndAsked: somebody ended the call.
    """
    state.emit(LegJoined(party="bot", name=state.parts.bot.name, at_s=round(state.media_now(), 3)))
    floor.expect("yes_no")  # one key or one word is the answer
    try:
        for number in range(TRIES):
            phrase = Phrase.SATISFACTION if number == 0 else Phrase.SATISFACTION_AGAIN
            await floor.try_say(phrase, interruptible=True, listen="yes_no")
            turn = await floor.next_turn("yes_no")
            if isinstance(turn, Turn) and (score := score_of(turn, state.facts.language)) is not None:
                state.emit(SatisfactionGiven(score=score))
                return
    finally:
        floor.expect("open")


def score_of(turn: Turn, language: Language) -> int | None:
    """The score that was keyed or said; None where it was none."""
    if turn.entry is None:
        return score_in(words_of(turn.utterances), language)
    keys = turn.entry.keys.rstrip("#*")
    return int(keys) if keys in ("1", "2", "3", "4", "5") else None
