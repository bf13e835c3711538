"""Who has the floor: we speak while listening, and listen until the caller's turn, keys or silence.

The only reader of the call's inbox. What was said over a line that went on, and was no mere "mhm",
waits here for its turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from prometheus_client import Counter

from bots.engine.types import Listen
from bots.understanding.entities import extract, holds_order_number
from bots.understanding.yes_no import yes_no
from core.events import BargeInJudged, SilenceNoticed
from voice_gateway.audio.music import Music
from voice_gateway.happenings import (
    AgentLine,
    AskedToEnd,
    Happening,
    ModelsAway,
    NoiseOver,
    Utterance,
    VoiceHeard,
    WordsLate,
    WordsSoFar,
)
from voice_gateway.inbox import Inbox
from voice_gateway.leg import KeyPress
from voice_gateway.listening import Answer, Answers, Listener
from voice_gateway.phrases import Phrase
from voice_gateway.speaking import CannotSpeak, Line, Mouth, Spoken, platform_line
from voice_gateway.state import CallState
from voice_gateway.turns.barge_in import BargeInArbiter, Judgement, is_echo
from voice_gateway.turns.elsewhere import is_elsewhere
from voice_gateway.turns.endpointing import TRANSCRIPT, profile_for
from voice_gateway.turns.keys import Entry, KeyCollector
from voice_gateway.turns.silence import SilenceLadder

logger = logging.getLogger(__name__)

ECHOES = Counter("tetraphone_lines_heard_back_total", "Utterances that were our own line heard back")

_NO_WORDS_S = 0.4
"""Voice from which a sound without words is asked about; shorter ones are passed over."""
_ONE_KEY_S = 1.0
"""Where one key answers, it waits so long for another: a number keyed all the same stays in one piece."""
_NUMBERS = frozenset(("order_number", "tracking_number", "phone", "date"))
_WHOLE_IN_ANY_CASE = frozenset(("tracking_number", "date"))
"""No other number begins like these."""
_ORDER_NUMBERS = frozenset(("order_number", "parcel_number"))
"""Slots that an order number fills."""


class EndAsked(Exception):
    """Somebody who may do so has ended the call."""

    def __init__(self, by: str) -> None:
        super().__init__(f"ended by {by}")
        self.by = by


@dataclass(frozen=True, slots=True)
class Turn:
    """The caller's turn: what they said, or the keys they pressed."""

    utterances: tuple[Utterance, ...] = ()
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """No turn: nothing was said, or nothing that could be made out."""

    what: Literal["no_input", "no_match"]
    count: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The caller spoke, but no recogniser could be reached."""


class Floor:
    def __init__(self, state: CallState, mouth: Mouth, listener: Listener, inbox: Inbox) -> None:
        settings = state.parts.settings
        self._state = state
        self._mouth = mouth
        self._listener = listener
        self._inbox = inbox
        self._barge_in = settings.barge_in
        self._keys = KeyCollector(settings.keys)
        self._pending: deque[Utterance | Entry] = deque()
        self._lost = False
        """Whether the caller spoke and no recogniser could be reached, and nothing came of it yet."""
        self._said: deque[str] = deque(maxlen=2)
        """Our last lines: the end of one may come back when it is over, and over the next."""
        self.ladder = SilenceLadder(settings.silence)
        self.agent_lines: deque[AgentLine] = deque()
        self.voice_s: float | None = None
        """When the caller's voice was last heard, on the media clock."""

    @property
    def turn_waits(self) -> bool:
        """Whether something that was said or keyed over our lines is still to be answered."""
        return bool(self._pending)

    # --- speaking ---

    def expect(self, listen: Listen, asked: str = "") -> None:
        """Set how the caller's next turn is listened to; before the question is spoken, as it may be cut.

        Args:
            asked: the slot that the bot asks for, if it does.
        """
        profile = profile_for(listen, self._state.facts.language)
        self._listener.expect(profile, self._answers(listen, asked))
        keys = self._state.parts.settings.keys
        self._keys.options = replace(keys, between_s=_ONE_KEY_S) if listen == "yes_no" else keys

    def transcribe(self) -> None:
        """The caller talks to a person until ``expect`` is called again: nobody here waits for their words."""
        self._listener.expect(TRANSCRIPT)

    async def say(
        self,
        line: Line,
        *,
        listen: Listen = "open",
        interruptible: bool = True,
        first_sound: Callable[[float], None] | None = None,
        until: asyncio.Future[Any] | None = None,
    ) -> Spoken:
        """Speak a line while listening.

        Args:
            listen: what the line asks for; an awaited "yes" is no backchannel.
            until: stop speaking when this is done.

        Raises:
            CannotSpeak: see ``Mouth.say``.
            EndAsked: if the call is to end.
        """
        self._said.append(line.text)
        arbiter = BargeInArbiter(self._barge_in, expects_answer=listen == "yes_no")
        began_s = self._state.media_now()
        speaking = asyncio.create_task(
            self._mouth.say(line, turn=self._state.facts.turn, first_sound=first_sound), name="say"
        )
        speaking.add_done_callback(lambda _: self._inbox.wake())
        try:
            while not speaking.done():
                if until is not None and until.done():
                    await self._mouth.give_way()
                    break
                happening = self._inbox.take()
                if happening is None:
                    await self._inbox.arrived()
                else:
                    await self._over_our_line(happening, line, arbiter, interruptible, began_s)
            return await speaking
        finally:
            speaking.cancel()
            await asyncio.wait({speaking})

    async def try_say(
        self,
        phrase: Phrase,
        until: asyncio.Future[Any] | None = None,
        *,
        interruptible: bool = False,
        listen: Listen = "open",
        **values: object,
    ) -> Spoken | None:
        """Speak one of the platform's own lines; if even that cannot be done (None), it is logged as a fault."""
        language = self._state.facts.language
        line = platform_line(phrase, language, self._state.parts.settings.bot_voices, **values)
        try:
            return await self.say(line, listen=listen, interruptible=interruptible, until=until)
        except CannotSpeak as error:
            self._state.fault("cannot_speak", str(error))
        return None

    async def _over_our_line(
        self, happening: Happening, line: Line, arbiter: BargeInArbiter, interruptible: bool, began_s: float
    ) -> None:
        match happening:
            case VoiceHeard(start_s=start_s, at_s=at_s, voiced_s=voiced_s):
                self.voice_s = at_s
                if interruptible and (self._mouth.sounding or arbiter.paused):
                    await self._carry_out(arbiter.voice(start_s, voiced_s))
                    if arbiter.look(voiced_s):
                        self._listener.look()
            case WordsSoFar(text, language, confidence, voiced_s, at_pause, ours):
                judgement = arbiter.so_far(
                    text, language, self._ours,
                    voiced_s=voiced_s, confidence=confidence, at_pause=at_pause, sounds_like_ours=ours,
                )  # fmt: skip
                await self._carry_out(judgement)
            case NoiseOver():
                await self._carry_out(arbiter.noise())
            case Utterance():
                await self._words_over_our_line(happening, arbiter, interruptible, began_s)
            case KeyPress(key, at_s):
                if (entry := self._keys.press(key, at_s)) is not None:
                    self._pending.append(entry)
                if interruptible:
                    await self._carry_out(arbiter.key())
            case WordsLate() | ModelsAway():
                if arbiter.paused:
                    # The words that would tell are not to be had now.
                    await self._carry_out(arbiter.words("", line.language, "", began_before=False))
            case AgentLine():
                self.agent_lines.append(happening)
            case AskedToEnd(by):
                raise EndAsked(by)

    async def _words_over_our_line(
        self, utterance: Utterance, arbiter: BargeInArbiter, interruptible: bool, began_s: float
    ) -> None:
        self.heard(utterance)
        self._lost = self._lost or (utterance.lost and utterance.voiced_s >= _NO_WORDS_S)
        held, over = arbiter.paused, arbiter.over
        judgement = arbiter.words(
            utterance.text,
            utterance.language,
            self._ours,
            began_before=utterance.start_s < began_s,
            voiced_s=utterance.voiced_s,
            confidence=utterance.confidence,
            sounds_like_ours=utterance.sounds_like_ours,
        )
        if judgement.decision == "gave_way" or judgement.keep:
            self._pending.append(utterance)
        if not over and (held or (interruptible and judgement.decision == "gave_way")):
            await self._carry_out(judgement)

    async def _carry_out(self, judgement: Judgement | None) -> None:
        if judgement is None:
            return
        if judgement.decision == "pause":
            await self._mouth.hold()
            return
        at_s = round(self._state.media_now(), 3)
        self._state.emit(BargeInJudged(at_s=at_s, decision=judgement.decision, reason=judgement.reason))
        if judgement.decision == "gave_way":
            await self._mouth.give_way()
        else:
            self._mouth.go_on()

    # --- listening ---

    def heard(self, utterance: Utterance) -> bool:
        """Log what the caller said; False where it was our own line heard back, which is counted instead."""
        if utterance.sounds_like_ours and is_echo(utterance.text, self._ours):
            ECHOES.inc()
            logger.info("call %s: our own line was heard back at %.1f s", self._state.id, utterance.start_s)
            return False
        self._state.heard(utterance)
        return True

    @property
    def _ours(self) -> str:
        return " ".join(self._said)

    async def next_turn(self, listen: Listen) -> Turn | Quiet | Lost:
        """Wait for what the caller does.

        Raises:
            EndAsked: if the call is to end.
        """
        self.ladder.listen_from(self._state.media_now(), digits=listen == "digits")
        # Who is speaking now, perhaps given way to, is adding to what they said over our line.
        hear_out = self._listener.busy
        while True:
            if (turn := self._take_pending(words=not hear_out)) is not None:
                self.ladder.heard()
                self._lost = False
                return turn
            if self._take_lost():
                return Lost()
            happening = self._inbox.take()
            if happening is None:
                if (quiet := await self._wait()) is not None:
                    return quiet
                continue
            hear_out = hear_out and not isinstance(happening, Utterance | NoiseOver)
            found = await self._while_listening(happening)
            if found is not None:
                return found

    async def _wait(self) -> Quiet | None:
        now_s = self._state.media_now()
        dues = [due for due in (self.ladder.due_s(), self._keys.due_s()) if due is not None]
        await self._inbox.arrived(max(0.02, min(dues) - now_s) if dues else None, voice=False)
        now_s = self._state.media_now()
        if (entry := self._keys.tick(now_s)) is not None:
            self._pending.append(entry)
            return None
        if self._listener.busy or self._keys.pending or self._pending:
            if (due_s := self.ladder.due_s()) is not None and now_s >= due_s:
                self.ladder.listen_from(now_s)
            return None
        count = self.ladder.step(now_s)
        return None if count is None else self._quiet("no_input")

    def _take_lost(self) -> bool:
        lost, self._lost = self._lost, False
        return lost

    async def _while_listening(self, happening: Happening) -> Quiet | None:
        match happening:
            case Utterance(lost=True):
                self.heard(happening)
                self._lost = True
            case Utterance(text=text, voiced_s=voiced_s):
                if not self.heard(happening):
                    return None
                if text.strip():
                    self._pending.append(happening)
                elif voiced_s >= _NO_WORDS_S:
                    self.ladder.count += 1
                    return self._quiet("no_match")
            case WordsSoFar(text=text, language=language, at_pause=True):
                if self._state.facts.stage == "bot":
                    self._state.parts.foresee(text, language)
            case KeyPress(key, at_s):
                if (entry := self._keys.press(key, at_s)) is not None:
                    self._pending.append(entry)
            case WordsLate() | ModelsAway():
                await self.try_say(Phrase.ONE_MOMENT)
                self.ladder.listen_from(self._state.media_now())
            case AgentLine():
                self.agent_lines.append(happening)
            case AskedToEnd(by):
                raise EndAsked(by)
        return None

    def _quiet(self, what: Literal["no_input", "no_match"]) -> Quiet:
        at_s = round(self._state.media_now(), 3)
        self._state.emit(SilenceNoticed(what=what, count=self.ladder.count, at_s=at_s))
        return Quiet(what, self.ladder.count)

    def _take_pending(self, *, words: bool = True) -> Turn | None:
        """Keys first; and all that was said meanwhile is one turn, unless ``words`` are to wait."""
        if self._keys.pending:
            return None
        for waiting in self._pending:
            if isinstance(waiting, Entry):
                self._pending.remove(waiting)
                return Turn(entry=waiting)
        if self._pending and words:
            utterances = tuple(one for one in self._pending if isinstance(one, Utterance))
            self._pending.clear()
            return Turn(utterances)
        return None

    async def listen_on(
        self,
        until: asyncio.Future[Any],
        timeout_s: float | None,
        *,
        answers: bool = False,
        music: Music | None = None,
    ) -> Turn | None:
        """Transcribe the caller without replying, until ``until`` is done, an agent types, or time is up.

        An agent reads what is transcribed here; so who talks with one is told when nothing can be.

        Args:
            answers: come back as soon as the caller has said or keyed something, and return it.
            music: what the caller hears meanwhile.

        Raises:
            EndAsked: if the call is to end.
        """
        playing = asyncio.create_task(self._mouth.play_on(music), name="music") if music is not None else None
        try:
            return await self._listen_on(until, timeout_s, answers)
        finally:
            if playing is not None:
                playing.cancel()
                await asyncio.wait({playing})

    async def _listen_on(
        self, until: asyncio.Future[Any], timeout_s: float | None, answers: bool
    ) -> Turn | None:
        with_agent = self._state.facts.stage == "agent"
        end_s = None if timeout_s is None else self._state.media_now() + timeout_s
        until.add_done_callback(self._woken)
        try:
            while not until.done() and not self.agent_lines:
                if self._take_lost() and with_agent:
                    await self.try_say(Phrase.SAY_AGAIN)
                if answers:
                    self._take_keys()
                    if (turn := self._take_pending()) is not None:
                        return turn
                else:
                    self._log_keys_unasked()
                happening = self._inbox.take()
                if happening is None:
                    now_s = self._state.media_now()
                    if end_s is not None and end_s - now_s <= 0.001:
                        return None
                    dues = [due - now_s for due in (end_s, self._keys.due_s()) if due is not None]
                    await self._inbox.arrived(max(0.02, min(dues)) if dues else None)
                    continue
                match happening:
                    case Utterance(text=text, lost=lost):
                        theirs = self.heard(happening)
                        self._lost = self._lost or lost
                        if answers and theirs and text.strip():
                            self._pending.append(happening)
                    case VoiceHeard(at_s=at_s):
                        self.voice_s = at_s
                    case ModelsAway() if with_agent:
                        await self.try_say(Phrase.ONE_MOMENT)
                    case KeyPress(key, at_s):
                        if (entry := self._keys.press(key, at_s)) is not None:
                            self._pending.append(entry)
                    case AgentLine():
                        self.agent_lines.append(happening)
                    case AskedToEnd(by):
                        raise EndAsked(by)
        finally:
            self._lost = False
            until.remove_done_callback(self._woken)
        return None

    def _take_keys(self) -> None:
        if (entry := self._keys.tick(self._state.media_now())) is not None:
            self._pending.append(entry)

    def forget_keys(self) -> None:
        """Keys pressed so far are no part of anything, and are not logged."""
        self._keys = KeyCollector(self._keys.options)
        self._pending = deque(one for one in self._pending if not isinstance(one, Entry))

    def _log_keys_unasked(self) -> None:
        """Nobody asked for these keys, and nobody will answer them: they are logged, masked, number by number."""
        self._take_keys()
        for one in self._pending:
            if isinstance(one, Entry):
                self._state.keys_pressed(one, shown=False)
        self._pending.clear()

    def _woken(self, _: object) -> None:
        self._inbox.wake()

    # --- how much of an answer it is ---

    def _answers(self, listen: Listen, asked: str) -> Answers | None:
        language = self._state.facts.language
        if listen == "digits":
            # Six digits are the beginning of twelve, unless it was six that were asked for, or are said to be.
            enough = _WHOLE_IN_ANY_CASE | ({asked} & _NUMBERS)

            def digits(text: str) -> Answer:
                if asked in _ORDER_NUMBERS and holds_order_number(
                    text, language, asked=asked == "order_number"
                ):
                    return "whole"
                if any(entity.name in enough for entity in extract(text, language)):
                    return "whole"
                return "elsewhere" if is_elsewhere(text, language) else "part"

            return digits
        if listen == "yes_no":
            return lambda text: "part" if yes_no(text, language, soft=False) is None else "whole"
        return None


def words_of(utterances: Sequence[Utterance]) -> str:
    """All that was said in a turn, as one text."""
    joiner = " " if utterances and utterances[-1].language.spaces_words else ""
    return joiner.join(one.text.strip() for one in utterances)
