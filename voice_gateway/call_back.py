"""Agreeing with a caller on the number that they are called back on: theirs, or one that they key in or say."""

from __future__ import annotations

import asyncio
from typing import Any

from assist.diallable import diallable
from bots.engine.types import Listen
from bots.understanding.entities import extract
from bots.understanding.yes_no import yes_no
from core.e164 import is_e164
from voice_gateway.floor import Floor, Turn, words_of
from voice_gateway.phrases import Phrase
from voice_gateway.state import CallState

CALL_BACK_KEY = "1"
YES_KEY, NO_KEY = "1", "2"
ANSWER_S = 8.0
"""How long an answer is waited for after a question."""
NUMBER_S = 20.0
ATTEMPTS = 2


async def agreed_number(state: CallState, floor: Floor, until: asyncio.Future[Any]) -> str | None:
    """The number in E.164, confirmed by the caller; None where they gave none, or ``until`` was done first.

    Raises:
        EndAsked: somebody ended the call.
    """
    talk = _Talk(state, floor, until)
    caller = state.facts.caller
    if is_e164(caller):
        right = await talk.confirmed(Phrase.CALL_BACK_OWN_NUMBER, caller[-4:])
        if right is not False:
            return caller if right else None
    for _ in range(ATTEMPTS):
        keyed = await talk.number()
        if not keyed:
            return None
        number = diallable(keyed, state.facts.called, caller)
        if number is None:
            await talk.tell(Phrase.CALL_BACK_BAD_NUMBER)
        elif (right := await talk.confirmed(Phrase.CALL_BACK_READ_BACK, keyed)) is not False:
            return number if right else None
    return None


class _Talk:
    def __init__(self, state: CallState, floor: Floor, until: asyncio.Future[Any]) -> None:
        self._state, self._floor, self._until = state, floor, until

    async def confirmed(self, phrase: Phrase, digits: str) -> bool | None:
        """Whether it is right; None where that was not answered, asked twice."""
        for _ in range(ATTEMPTS):
            turn = await self._asked(phrase, "yes_no", ANSWER_S, digits=" ".join(digits))
            if turn is None:
                continue
            if turn.entry is not None:
                key = turn.entry.keys.rstrip("#")
                answer = {YES_KEY: True, NO_KEY: False}.get(key)
            else:
                answer = yes_no(words_of(turn.utterances), self._state.facts.language)
            if answer is not None:
                return answer
        return None

    async def number(self) -> str:
        """The figures that were keyed in or said; '' where there were none."""
        turn = await self._asked(Phrase.CALL_BACK_WHICH_NUMBER, "digits", NUMBER_S)
        if turn is None:
            return ""
        if turn.entry is not None:
            self._state.keys_pressed(turn.entry, shown=False)
            return turn.entry.keys.rstrip("#")
        entities = extract(words_of(turn.utterances), self._state.facts.language)
        # With its country's code a number is as long as a parcel's.
        names = ("phone", "digits", "order_number", "tracking_number")
        figures = [one.value for one in entities if one.name in names and one.value.isdecimal()]
        return max(figures, key=len, default="")

    async def tell(self, phrase: Phrase) -> None:
        if not self._until.done():
            await self._floor.try_say(phrase, until=self._until)

    async def _asked(self, phrase: Phrase, listen: Listen, wait_s: float, **values: Any) -> Turn | None:
        if self._until.done():
            return None
        self._floor.expect(listen)
        spoken = await self._floor.try_say(
            phrase, until=self._until, interruptible=True, listen=listen, **values
        )
        if spoken is None or self._until.done():
            return None  # it could not be asked
        return await self._floor.listen_on(self._until, wait_s, answers=True)
