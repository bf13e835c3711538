"""Frames in, recognised turns out.

Recognition begins on trial at the first short pause and hides behind the silence that ends the turn: if
the caller goes on, the trial is thrown away (and counted), else its words are there when the turn is
over. Sound is remembered, so that no first syllable is cut and nothing is lost while the models are away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from prometheus_client import Counter

from models.protocols import (
    BadRequest,
    ModelError,
    Priority,
    Recogniser,
    Recognition,
    RecognitionRequest,
    Superseded,
)
from voice_gateway.audio.playout import voiced_until
from voice_gateway.audio.resample import RECOGNISER_RATE, resample
from voice_gateway.happenings import (
    Happening,
    ModelsAway,
    NoiseOver,
    Utterance,
    VoiceHeard,
    WordsLate,
    WordsSoFar,
)
from voice_gateway.language_tracker import LanguageTracker
from voice_gateway.leg import LINE_RATE, Frame, Pcm
from voice_gateway.partials import PartialsFor, PartialTranscriber
from voice_gateway.sound_memory import SoundMemory
from voice_gateway.turns.dangling import dangles, prefaces
from voice_gateway.turns.echo import EchoGate, OwnSound
from voice_gateway.turns.endpointing import (
    Began,
    Ended,
    Endpointer,
    Paused,
    TurnEvent,
    TurnProfile,
    WasNoise,
    WentOn,
)
from voice_gateway.turns.pace import Pace
from voice_gateway.turns.turn_service import TurnService
from voice_gateway.turns.vad_service import OpensStreams
from voice_gateway.turns.voice import VoiceGate

logger = logging.getLogger(__name__)

TRIALS = Counter(
    "tetraphone_recognition_trials_total", "Recognitions begun at a pause, by their end", ["result"]
)
UTTERANCES = Counter("tetraphone_utterances_total", "Turns of callers by what was made out", ["result"])

MODELS_AWAY: tuple[type[BaseException], ...] = (ModelError, OSError, TimeoutError)
"""What a recogniser or speaker raises that is away, overloaded or too slow; trying again may help."""


COMPARED_S = 1.0
"""So much of a sound is compared with ours at most."""
WORDS_FIRST_S = 0.8
"""Where words may be complete, and a silence so long would end the turn: they come in time to be waited for."""
ANSWER_WITHIN_S = 2.0
"""From the caller's last sound. Of turns that have ended, the recogniser takes those first that have waited longest."""
SHORT_S = 0.6
"""Turns of so little voice may be the beginning of our own echo."""


@dataclass(frozen=True, slots=True)
class ListeningOptions:
    """Seconds around a turn.

    Attributes:
        pre_roll_s: sound before the first voiced hop that is recognised with it.
        post_roll_s: sound after the last one.
        decode_limit_s: longest wait for one decode.
        patience_s: wait for the words of a turn after which the caller is told that it takes a moment.
        models_wait_s: how long a turn is kept for models that are away, before it counts as lost.
        retry_s: pause between two tries.
        stall_s: without a frame for so long, a turn in progress is over.
    """

    pre_roll_s: float = 0.3
    post_roll_s: float = 0.2
    decode_limit_s: float = 8.0
    patience_s: float = 2.5
    models_wait_s: float = 20.0
    retry_s: float = 0.5
    stall_s: float = 1.0


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a turn sounds like. ``audio``: the same as the recogniser wants it."""

    sound: Pcm
    audio: Pcm
    sounds_like_ours: bool


@dataclass(slots=True)
class _Trial:
    voice_end_s: float
    heard: _Heard
    task: asyncio.Task[Recognition | None]


@dataclass(frozen=True, slots=True)
class _Segment:
    ended: Ended
    decided_s: float
    heard: _Heard
    trial: _Trial | None

    def give_up(self) -> None:
        """Its words are wanted no more."""
        if self.trial is not None:
            TRIALS.labels("discarded").inc()
            self.trial.task.cancel()


Answer = Literal["whole", "part", "elsewhere"]
"""How much of what was asked for some words hold; "elsewhere" is a sentence with nothing of it."""
Answers = Callable[[str], Answer]


class Listener:
    """Listens to one leg. ``frame`` it, ``run`` it as a task of the call, ``close`` it at the end.

    Args:
        post: where happenings go; must not block.
        media_now: the call's clock, in seconds.
        bias: words to listen for at this moment.
        partials: where words go while they are being spoken; None asks for none.
        turns: tells finished sentences from unfinished ones; None leaves it to the silence.
        own: what we play on this leg, so that its echo is not taken for the caller.
        pace: how soon a pause is worth a trial.
    """

    def __init__(
        self,
        call_id: str,
        *,
        vad: OpensStreams,
        recogniser: Recogniser,
        tracker: LanguageTracker,
        post: Callable[[Happening], None],
        media_now: Callable[[], float],
        bias: Callable[[], Sequence[str]] = tuple,
        options: ListeningOptions | None = None,
        partials: PartialsFor | None = None,
        turns: TurnService | None = None,
        own: OwnSound | None = None,
        pace: Callable[[], Pace] = lambda: Pace.STEADY,
    ) -> None:
        self._call_id = call_id
        self._recogniser = recogniser
        self._tracker = tracker
        self._post = post
        self._now = media_now
        self._bias = bias
        self._pace = pace
        self._options = options or ListeningOptions()
        self._memory = SoundMemory()
        self._gate = VoiceGate()
        self._echo = EchoGate(own or OwnSound())
        self._endpointer = Endpointer()
        self._turns = turns
        self._question: asyncio.Task[None] | None = None
        """What the turn model is being asked about the present pause."""
        self._looking: asyncio.Task[None] | None = None
        self._answers: Answers | None = None
        self._segments: asyncio.Queue[_Segment] = asyncio.Queue(16)
        self._in_work: _Segment | None = None
        """The turn being recognised: here until its words are posted, so that none is lost with the task."""
        self._trial: _Trial | None = None
        self._partials = (
            None if partials is None else PartialTranscriber(call_id, partials, self._ask_for_partial)
        )
        self._frame_at_s = 0.0
        self._stream = vad.open(self._hop)

    # --- what comes in ---

    def frame(self, frame: Frame) -> None:
        self._memory.write(frame.pcm, frame.at_s)
        self._frame_at_s = self._now()
        self._stream.push(frame.pcm, frame.at_s)

    def expect(self, profile: TurnProfile, answers: Answers | None = None) -> None:
        """Set how the next turn is to end.

        Args:
            answers: tells how much of what was asked for is in the words recognised at a pause (all digits are there).
        """
        self._endpointer.profile = profile
        self._answers = answers

    @property
    def busy(self) -> bool:
        """Whether the caller is speaking, or what they said is still being recognised."""
        return self._endpointer.in_turn or self._in_work is not None or not self._segments.empty()

    def check_stall(self) -> None:
        """End a turn whose sound stopped coming; to be called now and then.

        Raises:
            Exception: what made this call deaf, if something did.
        """
        if self._stream.failed is not None:
            raise self._stream.failed
        if self._endpointer.in_turn and self._now() - self._frame_at_s >= self._options.stall_s:
            self._take(self._endpointer.end_now(self._memory.end_s, "no_media"))

    def _hop(self, probability: float, start_s: float, end_s: float) -> None:
        hop = self._gate.process(probability, start_s, end_s)
        if self._echo.concerns(hop):
            hop = self._echo.process(hop, self._memory.read(end_s - self._echo.options.window_s, end_s))
        if not hop.voiced and self._endpointer.in_turn:
            self._endpointer.pace = self._pace()
        self._take(self._endpointer.process(hop))
        if hop.voiced and self._endpointer.in_turn:
            self._post(VoiceHeard(self._began_s, end_s, self._endpointer.voiced_s))
            if self._partials is not None:
                self._partials.speaking(self._began_s, end_s, lambda: self._sound(self._began_s, end_s))

    _began_s = 0.0

    def _take(self, events: list[TurnEvent]) -> None:
        for event in events:
            if self._partials is not None and isinstance(event, Ended | WasNoise):
                self._partials.over(words_follow=isinstance(event, Ended))
            match event:
                case Began(start_s):
                    self._began_s = start_s
                case Paused(start_s, voice_end_s):
                    self._begin_trial(start_s, voice_end_s)
                    if not self._words_first:
                        self._ask_turn_model(start_s, voice_end_s)
                case WentOn():
                    self._drop_trial()
                    self._withdraw_question()
                case WasNoise(start_s):
                    self._drop_trial()
                    UTTERANCES.labels("noise").inc()
                    self._post(NoiseOver(start_s))
                case Ended(start_s) if self._was_echo(event):
                    self._drop_trial()
                    self._withdraw_question()
                    if self._partials is not None:
                        self._partials.clear()
                    UTTERANCES.labels("echo").inc()
                    self._post(NoiseOver(start_s))
                case Ended():
                    self._finish_turn(event)

    def _was_echo(self, ended: Ended) -> bool:
        """Whether a short turn was only the first syllables of our own line, which came back."""
        if ended.voiced_s > SHORT_S:
            return False
        return self._echo.was_ours(self._memory.read(ended.start_s, ended.voice_end_s), ended.voice_end_s)

    def _sounds_like_ours(self, start_s: float, end_s: float) -> bool:
        """Whether the caller's sound may be our echo; in a long one the end tells, where we have long stopped."""
        return self._echo.may_be_ours(self._memory.read(max(start_s, end_s - COMPARED_S), end_s), end_s)

    # --- whether they have finished ---

    @property
    def _words_first(self) -> bool:
        """Whether the turn model is asked only where the words turn out to be incomplete."""
        return self._answers is not None and self._endpointer.profile.end_s >= WORDS_FIRST_S

    def _ask_turn_model(self, start_s: float, voice_end_s: float) -> None:
        """Ask by the sound; the answer counts if it comes before the silence has ended the turn."""
        if self._turns is None:
            return
        heard_s = self._memory.end_s
        within_s = self._endpointer.profile.end_s - (heard_s - voice_end_s)
        sound = self._memory.read(start_s - self._options.pre_roll_s, heard_s)
        question = self._judge_pause(self._turns, sound, voice_end_s, within_s)
        self._withdraw_question()
        self._question = asyncio.create_task(question, name="ask-turn-model")

    async def _judge_pause(self, turns: TurnService, sound: Pcm, voice_end_s: float, within_s: float) -> None:
        probability = await turns.finished(sound, within_s)
        if probability is not None:
            self._endpointer.judged(voice_end_s, probability)

    def _withdraw_question(self) -> None:
        if self._question is not None:
            self._question.cancel()
            self._question = None

    # --- words before the end of the turn ---

    def look(self) -> None:
        """Make out the words so far of the turn in progress, and post them; one look at a time."""
        if self._endpointer.in_turn and (self._looking is None or self._looking.done()):
            sound = self._sound(self._began_s, self._memory.end_s)
            ours = self._sounds_like_ours(self._began_s, self._memory.end_s)
            self._looking = asyncio.create_task(
                self._look(sound, self._endpointer.voiced_s, ours), name="look-at-words"
            )

    async def _look(self, sound: Pcm, voiced_s: float, ours: bool) -> None:
        found = await self._try(_for_recogniser(sound), Priority.SPECULATIVE)
        if found is not None:
            self._post(WordsSoFar(found.text, found.language, found.confidence, voiced_s, False, ours))

    # --- recognition ---

    def _sound(self, start_s: float, voice_end_s: float) -> Pcm:
        options = self._options
        return self._memory.read(start_s - options.pre_roll_s, voice_end_s + options.post_roll_s)

    def _heard(self, start_s: float, voice_end_s: float) -> _Heard:
        sound = self._sound(start_s, voice_end_s)
        return _Heard(sound, _for_recogniser(sound), self._sounds_like_ours(start_s, voice_end_s))

    def _begin_trial(self, start_s: float, voice_end_s: float) -> None:
        self._drop_trial()
        heard = self._heard(start_s, voice_end_s)
        task = asyncio.create_task(self._try(heard.audio, Priority.SPECULATIVE), name="recognise-on-trial")
        self._trial = _Trial(voice_end_s, heard, task)
        task.add_done_callback(self._trial_done)

    def _trial_done(self, task: asyncio.Task[Recognition | None]) -> None:
        if task.cancelled() or self._trial is None or self._trial.task is not task:
            return
        result = task.result()
        if result is not None:
            voiced_s = self._endpointer.voiced_s
            self._post(
                WordsSoFar(
                    result.text, result.language, result.confidence, voiced_s,
                    at_pause=True, sounds_like_ours=self._trial.heard.sounds_like_ours,
                )
            )  # fmt: skip
        if result is not None and result.text:
            answer = self._answers(result.text) if self._answers is not None else "part"
            self._endpointer.words_known(
                complete=answer == "whole",
                dangling=dangles(result.text, result.language),
                preface=prefaces(result.text, result.language),
                elsewhere=answer == "elsewhere",
            )
        if self._endpointer.words_decide:
            self._withdraw_question()  # nothing the turn model could say matters now
        elif self._words_first:
            self._ask_turn_model(self._began_s, self._trial.voice_end_s)

    def _drop_trial(self) -> None:
        if self._trial is not None:
            TRIALS.labels("discarded").inc()
            self._trial.task.cancel()
            self._trial = None

    def _finish_turn(self, ended: Ended) -> None:
        self._withdraw_question()
        trial, self._trial = self._trial, None
        if trial is not None and trial.voice_end_s != ended.voice_end_s:
            TRIALS.labels("discarded").inc()
            trial.task.cancel()
            trial = None
        heard = trial.heard if trial is not None else self._heard(ended.start_s, ended.voice_end_s)
        segment = _Segment(ended, self._now(), heard, trial)
        if self._segments.full():
            # Sixteen turns wait for models that are away: the oldest will not be asked about any more.
            lost = self._segments.get_nowait()
            lost.give_up()
            self._post(self._lost(lost))
        self._segments.put_nowait(segment)

    async def run(self) -> None:
        """Recognise turns in their order, for ever."""
        while True:
            self._in_work = await self._segments.get()
            utterance = await self._recognise(self._in_work)
            self._in_work = None
            if self._partials is not None:
                self._partials.clear()
            self._post(utterance)

    async def finish(self, limit_s: float = 3.0) -> list[Utterance]:
        """The leg has ended and ``run`` with it: recognise what is still open, within ``limit_s`` altogether."""
        self._take(self._endpointer.end_now(self._memory.end_s, "leg_closed"))
        found: list[Utterance] = []
        try:
            async with asyncio.timeout(limit_s):
                while (segment := self._next_open()) is not None:
                    found.append(await self._recognise(segment))
                    self._in_work = None
        except TimeoutError:
            logger.warning(
                "call %s: the last words could not be recognised in %.0f s", self._call_id, limit_s
            )
            found.extend(self._lost(segment) for segment in self._give_up_all())
        return found

    def _next_open(self) -> _Segment | None:
        """The oldest turn whose words are not known yet."""
        if self._in_work is None and not self._segments.empty():
            self._in_work = self._segments.get_nowait()
        return self._in_work

    def _give_up_all(self) -> list[_Segment]:
        given_up: list[_Segment] = []
        while (segment := self._next_open()) is not None:
            segment.give_up()
            given_up.append(segment)
            self._in_work = None
        return given_up

    def close(self) -> None:
        if self._partials is not None:
            self._partials.close()
        self._drop_trial()
        self._withdraw_question()
        if self._looking is not None:
            self._looking.cancel()
        self._stream.close()
        self._give_up_all()

    async def _recognise(self, segment: _Segment) -> Utterance:
        late = asyncio.get_running_loop().call_later(self._options.patience_s, self._post, WordsLate())
        try:
            result = await self._words_of(segment, late)
        finally:
            late.cancel()
        if result is None:
            return self._lost(segment)
        UTTERANCES.labels("words" if result.text else "no_words").inc()
        ended = segment.ended
        return Utterance(
            text=result.text,
            language=result.language,
            confidence=result.confidence,
            start_s=ended.start_s,
            end_s=self._last_sound_s(segment),
            voiced_s=ended.voiced_s,
            decided_s=segment.decided_s,
            ready_s=self._now(),
            scores=dict(result.language_scores),
            full_window=result.full_window,
            sounds_like_ours=segment.heard.sounds_like_ours,
        )

    async def _words_of(self, segment: _Segment, late: asyncio.TimerHandle) -> Recognition | None:
        """What was said in a turn; None if the models stayed away. ``late`` is not due where that is told."""
        if segment.trial is not None:
            result = await self._confirm(segment.trial)
            TRIALS.labels("failed" if result is None else "confirmed").inc()
            if result is not None:
                return result
        return await self._recognise_at_last(segment, late)

    async def _confirm(self, trial: _Trial) -> Recognition | None:
        """The words of a trial that proved right; None if it failed."""
        pending = {trial.task}
        if not trial.task.done():
            # The same sound, asked for as confirmed, joins the trial in line and goes before others' trials.
            asked = self._try(trial.heard.audio, Priority.CONFIRMED, self._deadline_s(trial.voice_end_s))
            pending.add(asyncio.create_task(asked, name="confirm"))
        raised = pending - {trial.task}
        try:
            # To wait for the trial is not to own it: a wait that is cancelled leaves it to whoever comes next.
            while pending:
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    if not task.cancelled() and (result := task.result()) is not None:
                        return result
            return None
        finally:
            for task in raised:
                task.cancel()

    def _last_sound_s(self, segment: _Segment) -> float:
        """When the caller's last sound really ended: voice activity holds on for a while after it."""
        ended = segment.ended
        begins_s = max(0.0, ended.start_s - self._options.pre_roll_s)
        sound_ends_s = begins_s + voiced_until(segment.heard.sound)
        return min(ended.voice_end_s, sound_ends_s) if sound_ends_s > ended.start_s else ended.voice_end_s

    def _lost(self, segment: _Segment) -> Utterance:
        UTTERANCES.labels("lost").inc()
        ended = segment.ended
        return Utterance(
            "", self._tracker.current, 0.0, ended.start_s, ended.voice_end_s, ended.voiced_s,
            segment.decided_s, self._now(), lost=True,
        )  # fmt: skip

    def _deadline_s(self, voice_end_s: float) -> float:
        """Seconds from now by which a caller who fell silent then wants the words."""
        return max(0.1, ANSWER_WITHIN_S - (self._now() - voice_end_s))

    async def _try(
        self, audio: Pcm, priority: Priority, deadline_s: float = ANSWER_WITHIN_S
    ) -> Recognition | None:
        """A trial: any failure only means that it did not help."""
        try:
            return await self._ask(audio, priority, deadline_s)
        except Superseded:
            return None
        except MODELS_AWAY as error:
            logger.debug("call %s: trial recognition failed: %s", self._call_id, type(error).__name__)
            return None
        except Exception:
            logger.exception("call %s: trial recognition failed", self._call_id)
            return None

    async def _recognise_at_last(self, segment: _Segment, late: asyncio.TimerHandle) -> Recognition | None:
        """Ask until there is an answer; None if there is none within the time."""
        audio = segment.heard.audio
        loop = asyncio.get_running_loop()
        until = loop.time() + self._options.models_wait_s
        told = False
        while True:
            try:
                return await self._ask(audio, Priority.CONFIRMED, self._deadline_s(segment.ended.voice_end_s))
            except BadRequest:
                logger.exception("call %s: the recogniser refused %d samples", self._call_id, len(audio))
                return self._nothing()
            except MODELS_AWAY as error:
                if not told:
                    told = True
                    late.cancel()
                    logger.warning("call %s: recognition is away (%s)", self._call_id, type(error).__name__)
                    self._post(ModelsAway())
            except Exception:
                logger.exception("call %s: the recogniser failed", self._call_id)
                return None
            if loop.time() + self._options.retry_s >= until:
                return None
            await asyncio.sleep(self._options.retry_s)

    async def _ask_for_partial(self, sound: Pcm) -> Recognition:
        return await self._ask(_for_recogniser(sound), Priority.PARTIAL)

    async def _ask(self, audio: Pcm, priority: Priority, deadline_s: float = ANSWER_WITHIN_S) -> Recognition:
        request = RecognitionRequest(
            self._call_id,
            self._tracker.weights(),
            bias=self._bias(),
            priority=priority,
            deadline_s=deadline_s,
        )
        async with asyncio.timeout(self._options.decode_limit_s):
            return await self._recogniser.recognise(audio, request)

    def _nothing(self) -> Recognition:
        language = self._tracker.current
        return Recognition("", language, {language: 1.0}, 0.0, 0.0)


def _for_recogniser(sound: Pcm) -> Pcm:
    """At the recogniser's rate. Half a millisecond for six seconds: on a thread it would wait for whatever else
    waits there, a stalled disk say."""
    return resample(sound, LINE_RATE, RECOGNISER_RATE)
