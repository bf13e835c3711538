"""Lines in, sound on the leg: clause by clause, stoppable at any moment, and truthful about what was heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal, Protocol

import numpy as np
from prometheus_client import Counter

from core.events import UtteranceProgress, UtteranceSpoken
from core.languages import Language
from core.redaction import redact
from models.protocols import BadRequest
from voice_gateway.audio.music import Music
from voice_gateway.leg import LINE_RATE, Pcm, Speaking
from voice_gateway.listening import MODELS_AWAY
from voice_gateway.phrases import Phrase, phrase_text
from voice_gateway.playout import Clause, Piece, PlayoutLedger, heard_of
from voice_gateway.recording import PLATFORM, CallRecording
from voice_gateway.turns.echo import OwnSound

logger = logging.getLogger(__name__)

_MUSIC_PIECE = LINE_RATE // 2
_MUSIC_AHEAD_S = 0.2
"""So much music lies with the carrier before it is heard: enough for a late turn of ours, soon cleared."""

LINES = Counter("tetraphone_lines_spoken_total", "Lines spoken to callers by how they ended", ["result"])


class Rendered(Protocol):
    """A clause ready to be played: ``models.speech.speaker.RenderedClause``."""

    @property
    def text(self) -> str: ...
    @property
    def pcm8k(self) -> Pcm: ...


class Renderer(Protocol):
    """Turns text into clauses of sound at 8 kHz: ``models.speech.speaker.Speaker``."""

    def clauses(self, text: str, language: Language, voice: str | None = None) -> AsyncIterator[Any]: ...
    async def at_hand(self, text: str, language: Language, voice: str | None = None) -> bool: ...


@dataclass(frozen=True, slots=True)
class Line:
    """Something to say. ``name`` is the response's name, '' for free text."""

    text: str
    language: Language
    name: str = ""
    speaker: Literal["bot", "agent"] = "bot"
    voice: str | None = None


def platform_line(
    phrase: Phrase, language: Language, voices: Mapping[Language, str], /, **values: object
) -> Line:
    """One of the platform's own lines, in the bot's voice (of ``voices``): the one that it is rendered ahead in."""
    text = phrase_text(phrase, language, **values)
    return Line(text, language, phrase.value, voice=voices.get(language))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What became of a line; times on the media clock, ``start_s`` None where nothing was heard."""

    text: str
    start_s: float | None
    end_s: float
    interrupted: bool


class CannotSpeak(Exception):
    """The line could not be rendered within the time that a caller can be asked to wait."""


@dataclass(frozen=True, slots=True)
class SpeakingOptions:
    """Seconds.

    Attributes:
        clause_limit_s: longest wait for one clause.
        models_wait_s: how long to wait for models that are away.
        mark_limit_s: a mark so late is waited for no more, and is a fault of the line.
    """

    clause_limit_s: float = 15.0
    models_wait_s: float = 20.0
    retry_s: float = 0.5
    mark_limit_s: float = 3.0


class Mouth:
    """Speaks to one leg, one line at a time.

    Args:
        emit: takes an ``UtteranceProgress`` at the end of each clause, and the line's ``UtteranceSpoken``.
        fault: told of marks that never came.
        recording: the call's recording, or None as long as there is none.
        own: told of all that is played, so that its echo is known.
        voices: of the platform's own lines, by language: those they are rendered ahead in.
    """

    def __init__(
        self,
        leg: Speaking,
        renderer: Renderer,
        *,
        media_now: Callable[[], float],
        emit: Callable[[UtteranceProgress | UtteranceSpoken], None],
        fault: Callable[[str, str], None],
        recording: Callable[[], CallRecording | None],
        options: SpeakingOptions | None = None,
        own: OwnSound | None = None,
        voices: Mapping[Language, str] | None = None,
    ) -> None:
        self._leg = leg
        self._own = own or OwnSound()
        self._voices = voices or {}
        self._renderer = renderer
        self._now = media_now
        self._emit = emit
        self._fault = fault
        self._recording = recording
        self._options = options or SpeakingOptions()
        self._numbers = count(1)
        self._ledger: PlayoutLedger | None = None
        self._line: Line | None = None
        self._turn = 0
        self._told = 0
        """Clauses of the line that were noted."""
        self._wake = asyncio.Event()
        self._wire = asyncio.Lock()
        self._held = False
        self._stopped = False
        self._rendered = False
        self._marks = False
        """Whether this carrier has ever said that something was played."""

    @property
    def sounding(self) -> bool:
        """Whether the caller hears something of ours, or is about to."""
        return self._ledger is not None and self._ledger.playing

    def mark_passed(self, name: str) -> None:
        ledger = self._ledger
        if ledger is None or not ledger.passed(name):
            return
        self._marks = True
        now_s = self._now()
        if late_s := ledger.held_up(now_s):
            self._unplayed(now_s - late_s)
            for piece in ledger.sent:
                self._note(piece)
        self._tell_progress(ledger)
        self._wake.set()

    async def say(
        self, line: Line, *, turn: int = 0, first_sound: Callable[[float], None] | None = None
    ) -> Spoken:
        """Speak a line to its end, or until ``give_way``. To be awaited before the next one.

        Args:
            first_sound: called with the media time at which its first sound is heard; "one moment" is none of its.

        Raises:
            CannotSpeak: if it cannot be rendered; what was rendered of it was spoken.
        """
        ledger = self._ledger = PlayoutLedger(self._mark(line.name))
        self._line, self._turn, self._told = line, turn, 0
        self._held = self._stopped = self._rendered = False
        rendering = asyncio.create_task(self._render(line, ledger), name="render-line")
        rendering.add_done_callback(lambda _: self._render_over())
        try:
            await self._play(ledger, first_sound)
            if self._stopped:
                rendering.cancel()
            else:
                await rendering
        finally:
            rendering.cancel()
            if broken_off := ledger.playing:
                self._cut(ledger)
            spoken = self._account(line, ledger, turn)
            self._ledger = self._line = None
            if broken_off:
                # The call is over, or is to end with another line: that one does not wait for the rest of this.
                await self._leg.clear()
        return spoken

    async def hold(self) -> None:
        """Stop for the moment, to hear what the caller wants."""
        await self._silence_line()
        self._held = True

    def go_on(self) -> None:
        """Continue where ``hold`` stopped."""
        self._held = False
        self._wake.set()

    async def give_way(self) -> None:
        """Stop for good."""
        self._stopped = True
        await self._silence_line()
        if self._ledger is not None:
            self._ledger.stop()
        self._wake.set()

    async def play_on(self, music: Music) -> None:
        """Play music until cancelled; then the line is quiet at once, for a line of words."""
        music.begin()
        end_s = self._now()
        try:
            while True:
                pcm, start_s = music.take(_MUSIC_PIECE), max(end_s, self._now())
                end_s = start_s + len(pcm) / LINE_RATE
                self._own.write(pcm, start_s)
                if (recording := self._recording()) is not None:
                    recording.write(PLATFORM, start_s, pcm)
                await self._leg.play(pcm)
                await asyncio.sleep(max(end_s - self._now() - _MUSIC_AHEAD_S, 0.02))
        finally:
            now_s = self._now()
            if end_s > now_s:
                self._own.cut(now_s)
                if (recording := self._recording()) is not None:
                    recording.cut(PLATFORM, now_s)
                await self._leg.clear()

    # --- inside ---

    def _mark(self, name: str) -> str:
        """Marks carry the line's name: who listens at the far end can tell an answer from a filler."""
        return f"{self._leg.id[:8]}-{next(self._numbers)}-{name or 'text'}"

    async def _silence_line(self) -> None:
        ledger = self._ledger
        if ledger is None:
            return
        sounding = ledger.playing
        # The line may come to its end while we wait for a piece that is just being sent: clear all the same.
        async with self._wire:
            if ledger.playing:
                self._cut(ledger)
                sounding = True
            if sounding:
                await self._leg.clear()

    def _cut(self, ledger: PlayoutLedger) -> None:
        now_s = self._now()
        ledger.cut(now_s)
        self._unplayed(now_s)

    def _unplayed(self, from_s: float) -> None:
        """What was to be heard from there on was not."""
        self._own.cut(from_s)
        if (recording := self._recording()) is not None:
            recording.cut(PLATFORM, from_s)

    def _note(self, piece: Piece) -> None:
        """What is to be heard, and when."""
        self._own.write(piece.pcm, piece.start_s)
        if (recording := self._recording()) is not None:
            recording.write(PLATFORM, piece.start_s, piece.pcm)

    def _tell_progress(self, ledger: PlayoutLedger) -> None:
        """Note a clause that was heard to its end, so that it is not lost with the process; the last one ends the line."""
        line, whole, start_s = self._line, ledger.whole_clauses, ledger.started_s
        over = self._rendered and ledger.complete
        if line is None or start_s is None or whole <= self._told or over:
            return
        self._told = whole
        self._emit(
            UtteranceProgress(
                speaker=line.speaker,
                text=redact(ledger.heard_text(line.language)),
                language=line.language,
                start_s=round(start_s, 3),
                end_s=round(max(start_s, ledger.ended_s), 3),
                name=line.name,
                turn=self._turn,
            )
        )

    def _render_over(self) -> None:
        self._rendered = True
        self._wake.set()

    async def _play(self, ledger: PlayoutLedger, first_sound: Callable[[float], None] | None) -> None:
        while not self._stopped:
            self._wake.clear()
            if ledger.waiting and not self._held:
                started = ledger.started_s is not None
                async with self._wire:
                    if self._stopped or self._held:
                        continue
                    await self._send(ledger)
                if not started and first_sound is not None and ledger.started_s is not None:
                    first_sound(ledger.started_s)
                continue
            if self._rendered and not ledger.waiting and not ledger.playing:
                return
            await self._wait(ledger)

    async def _send(self, ledger: PlayoutLedger) -> None:
        piece = ledger.send(self._now())
        self._note(piece)
        await self._leg.play(piece.pcm)
        await self._leg.mark(piece.mark)

    async def _wait(self, ledger: PlayoutLedger) -> None:
        if not ledger.playing:
            await self._wake.wait()
            return
        patience = ledger.free_s - self._now() + self._options.mark_limit_s
        try:
            async with asyncio.timeout(max(patience, 0.05)):
                await self._wake.wait()
        except TimeoutError:
            if self._now() >= ledger.free_s + self._options.mark_limit_s - 0.1:
                self._fault("mark_missing", "the carrier did not say that our sound was played")
                await self._give_up(ledger)

    async def _give_up(self, ledger: PlayoutLedger) -> None:
        """The sound is overdue: whatever the carrier still holds is not to be heard later, over another line."""
        async with self._wire:
            if ledger.playing and self._marks:
                # A carrier that has told until now tells the truth by its silence: the line is down.
                self._stopped = True
                self._unplayed(ledger.lost())
            elif ledger.playing:
                # One that never tells: by the clock it has been played; to wait for ever would be worse than a guess.
                self._cut(ledger)
            await self._leg.clear()

    async def _render(self, line: Line, ledger: PlayoutLedger) -> None:
        loop = asyncio.get_running_loop()
        until: float | None = None
        while True:
            try:
                await self._render_from(line, ledger, len(ledger.clauses))
                return
            except BadRequest as error:
                raise CannotSpeak(f"{line.name or 'a line'} cannot be rendered: {error}") from error
            except MODELS_AWAY as error:
                now = loop.time()
                if until is None:
                    until = now + self._options.models_wait_s
                    logger.warning("speech for %r is away (%s)", line.name, type(error).__name__)
                    await self._ask_for_patience(line, ledger)
                if now + self._options.retry_s >= until:
                    raise CannotSpeak(f"no speech for {line.name or 'a line'}: {error}") from error
            except Exception as error:
                logger.exception("rendering %r failed", line.name)
                raise CannotSpeak(f"rendering {line.name or 'a line'} failed") from error
            await asyncio.sleep(self._options.retry_s)

    async def _ask_for_patience(self, line: Line, ledger: PlayoutLedger) -> None:
        """Say the ready-made "one moment", a line of its own that is cut off and held with the line it precedes."""
        # Not in the line's own voice: an agent's typed line has one that nothing is rendered ahead in.
        moment = platform_line(Phrase.ONE_MOMENT, line.language, self._voices)
        try:
            async with (
                asyncio.timeout(1.0),
                aclosing(self._renderer.clauses(moment.text, moment.language, moment.voice)) as parts,  # type: ignore[type-var]
            ):
                sound = [part.pcm8k async for part in parts]
        except MODELS_AWAY:
            logger.warning("the line asking for patience is not in the phrase cache")
            return
        if sound:
            ledger.add_aside(self._mark(Phrase.ONE_MOMENT), moment.text, np.concatenate(sound))
            self._wake.set()

    async def _render_from(self, line: Line, ledger: PlayoutLedger, done: int) -> None:
        """Render the clauses after the first ``done``."""
        async with aclosing(self._renderer.clauses(line.text, line.language, line.voice)) as clauses:  # type: ignore[type-var]
            iterator = aiter(clauses)
            number = 0
            while True:
                async with asyncio.timeout(self._options.clause_limit_s):
                    try:
                        clause: Rendered = await anext(iterator)
                    except StopAsyncIteration:
                        return
                number += 1
                if number > done:
                    ledger.add(clause.text, clause.pcm8k)
                    self._wake.set()

    def _account(self, line: Line, ledger: PlayoutLedger, turn: int) -> Spoken:
        interrupted = self._stopped or not self._rendered or not ledger.complete
        text = ledger.heard_text(line.language)
        LINES.labels("interrupted" if interrupted else "whole").inc()
        for aside in ledger.asides:
            self._account_aside(aside, line, turn)
        start_s = ledger.started_s
        if not text or start_s is None or not ledger.heard_samples:
            return Spoken("", None, self._now(), interrupted)
        end_s = max(start_s, ledger.ended_s)
        self._emit(
            UtteranceSpoken(
                speaker=line.speaker,
                text=redact(text),
                language=line.language,
                start_s=round(start_s, 3),
                end_s=round(end_s, 3),
                name=line.name,
                interrupted=interrupted,
                turn=turn,
            )
        )
        return Spoken(text, start_s, end_s, interrupted)

    def _account_aside(self, aside: Clause, line: Line, turn: int) -> None:
        if aside.started_s is None or not (text := heard_of(aside, line.language)):
            return
        self._emit(
            UtteranceSpoken(
                speaker=line.speaker,
                text=text,
                language=line.language,
                start_s=round(aside.started_s, 3),
                end_s=round(aside.ended_s, 3),
                name=Phrase.ONE_MOMENT,
                interrupted=aside.heard < aside.samples,
                turn=turn,
            )
        )
