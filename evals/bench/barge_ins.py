"""False and missed barge-ins over a line of ours, by language.

Four kinds of sound meet the line: *backchannels* ("嗯", "uh-huh", "はい", "네", short and drawn out), *noises* (coughs,
clicks, hiss), the line's own *echo*, and real *interruptions*, also over an echo. On media time: a call's voice
activity, echo gate, endpointer and arbiter, with words from the recogniser that come as late as told. What should not
stop us and did is a false barge-in; what should have and did not is a missed one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from core.languages import Language
from evals.bench.bootstrap import Interval, proportion
from evals.bench.turns import PRE_ROLL_S, WORDS_S, Hear, hops_of
from models.protocols import VoiceActivity
from voice_gateway.audio import g711
from voice_gateway.audio.playout import voiced_until
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.listening import COMPARED_S, SHORT_S
from voice_gateway.turns.barge_in import BargeInArbiter, Judgement
from voice_gateway.turns.echo import EchoGate, OwnSound
from voice_gateway.turns.endpointing import OPEN, Began, Ended, Endpointer, Paused, TurnEvent, WasNoise

Kind = Literal["backchannel", "noise", "echo", "interruption", "interruption over echo"]
STOPS = frozenset(("interruption", "interruption over echo"))
AT_S = 1.5
"""Seconds into our line at which the sound begins."""
_NOISE = 12


@dataclass(frozen=True)
class Sound:
    """What comes from the caller's side: int16 at 8 kHz, from the beginning of our line on; ``file`` where it is kept."""

    name: str
    language: Language
    kind: Kind
    pcm: Pcm
    begins_s: float
    file: str = ""


@dataclass(frozen=True)
class Judged:
    """What became of our line. Times in seconds from its beginning.

    Attributes:
        paused_s: when it was first stopped to listen; None if never.
        gave_way_s: when it was stopped for good; None if it was not.
        words: every text that the judgement rested on.
        file: where the sound is kept; '' where it is not.
    """

    name: str
    language: str
    kind: Kind
    begins_s: float
    paused_s: float | None
    gave_way_s: float | None
    reason: str
    words: tuple[str, ...]
    file: str = ""

    @property
    def wrong(self) -> bool:
        return (self.gave_way_s is not None) != (self.kind in STOPS)


@dataclass(frozen=True)
class Figures:
    """Of one language and kind: ``wrong`` are false barge-ins, or missed ones where we should have stopped."""

    language: str
    kind: Kind
    sounds: int
    wrong: int
    rate: Interval
    paused: int
    pause_median_s: float | None
    give_way_median_s: float | None


def cough(seconds: float, seed: int) -> Pcm:
    """A burst of coloured noise with a hard onset and a decay, at the loudness of speech."""
    rng = np.random.default_rng(seed)
    size = round(seconds * LINE_RATE)
    spectrum = np.fft.rfft(rng.normal(0, 1, size))
    hertz = np.fft.rfftfreq(size, 1 / LINE_RATE)
    burst = np.fft.irfft(spectrum * np.exp(-(((hertz - 900) / 900) ** 2)), size)
    burst *= np.exp(-np.arange(size) / (size / 3))
    return np.asarray(burst / np.abs(burst).max() * 9000, np.int16)


def drawn_out(sound: Pcm, times: int) -> Pcm:
    """The sound repeated without a gap: "嗯嗯嗯"."""
    return np.concatenate([sound[: round(voiced_until(sound) * LINE_RATE)]] * times)


def over(
    line: Pcm, sound: Pcm | None, *, echo_s: float = 0.0, echo_db: float | None = None, seed: int = 1
) -> Pcm:
    """What comes back while ``line`` is played: the echo, the sound from ``AT_S`` on, noise; through G.711."""
    length = max(len(line), round(AT_S * LINE_RATE) + (0 if sound is None else len(sound))) + 2 * LINE_RATE
    mixed = np.random.default_rng(seed).integers(-_NOISE, _NOISE + 1, length).astype(np.float64)
    if echo_db is not None:
        at = round(echo_s * LINE_RATE)
        mixed[at : at + len(line)] += line * 10 ** (echo_db / 20)
    if sound is not None:
        at = round(AT_S * LINE_RATE)
        mixed[at : at + len(sound)] += sound
    return g711.decode(g711.encode(np.clip(mixed, -32768, 32767).astype(np.int16)))


class _Over:
    """One line, one sound, followed hop by hop."""

    def __init__(self, sound: Sound, line: Pcm, text: str, hear: Hear, words_s: float) -> None:
        self._sound, self._text, self._hear, self._words_s = sound, text, hear, words_s
        own = OwnSound()
        own.write(line, 0.0)
        self._line_s = len(line) / LINE_RATE
        self._gate = EchoGate(own)
        self._endpointer = Endpointer(OPEN)
        self._arbiter = BargeInArbiter()
        self._due: list[tuple[float, Callable[[], Judgement | None]]] = []
        self._began_s = 0.0
        self.paused_s: float | None = None
        self.gave_way_s: float | None = None
        self.reason = ""
        self.words: list[str] = []

    async def follow(self, vad: VoiceActivity) -> None:
        pcm = self._sound.pcm
        window = round(self._gate.options.window_s * LINE_RATE)
        for hop in hops_of(vad, pcm):
            while self._due and self._due[0][0] <= hop.start_s and self.gave_way_s is None:
                at_s, judge = self._due.pop(0)
                self._note(judge(), at_s)
            end = round(hop.end_s * LINE_RATE)
            hop = self._gate.process(hop, pcm[max(0, end - window) : end])
            for event in self._endpointer.process(hop):
                await self._take(event, hop.end_s)
            if self.gave_way_s is not None:
                return
            if hop.voiced and self._endpointer.in_turn and hop.end_s < self._line_s:
                await self._voice(hop.end_s)

    async def _take(self, event: TurnEvent, now_s: float) -> None:
        pcm = self._sound.pcm
        match event:
            case Began(start_s):
                self._began_s = start_s
            case Paused(start_s, voice_end_s):
                ours = self._sounds_like_ours(start_s, voice_end_s)
                await self._ask(start_s, voice_end_s + 0.2, now_s, ours, at_pause=True)
            case Ended(start_s, voice_end_s, voiced_s=voiced_s):
                heard = pcm[round(start_s * LINE_RATE) : round(voice_end_s * LINE_RATE)]
                if voiced_s <= SHORT_S and self._gate.was_ours(heard, voice_end_s):
                    self._note(self._arbiter.noise(), now_s)
                else:
                    await self._ask_at_last(start_s, voice_end_s, voiced_s, now_s)
            case WasNoise():
                self._note(self._arbiter.noise(), now_s)

    async def _voice(self, now_s: float) -> None:
        voiced_s = self._endpointer.voiced_s
        self._note(self._arbiter.voice(self._began_s, voiced_s), now_s)
        if self._arbiter.look(voiced_s):
            ours = self._sounds_like_ours(self._began_s, now_s)
            await self._ask(self._began_s, now_s, now_s, ours, at_pause=False)

    def _sounds_like_ours(self, start_s: float, end_s: float) -> bool:
        begin = max(0, round(max(start_s, end_s - COMPARED_S) * LINE_RATE))
        return self._gate.may_be_ours(self._sound.pcm[begin : round(end_s * LINE_RATE)], end_s)

    async def _words(self, start_s: float, end_s: float) -> tuple[str, Language, float]:
        first = max(0, round((start_s - PRE_ROLL_S) * LINE_RATE))
        found = await self._hear(self._sound.pcm[first : round(end_s * LINE_RATE)], self._sound.language)
        self.words.append(found[0])
        return found

    async def _ask(self, start_s: float, end_s: float, now_s: float, ours: bool, *, at_pause: bool) -> None:
        if not self._arbiter.paused:
            return
        voiced_s = self._endpointer.voiced_s
        text, language, confidence = await self._words(start_s, end_s)

        def judge() -> Judgement | None:
            return self._arbiter.so_far(
                text, language, self._text,
                voiced_s=voiced_s, confidence=confidence, at_pause=at_pause, sounds_like_ours=ours,
            )  # fmt: skip

        self._due.append((now_s + self._words_s, judge))

    async def _ask_at_last(self, start_s: float, end_s: float, voiced_s: float, now_s: float) -> None:
        text, language, confidence = await self._words(start_s, end_s + 0.2)
        judgement = self._arbiter.words(
            text, language, self._text, began_before=False, voiced_s=voiced_s, confidence=confidence,
            sounds_like_ours=self._sounds_like_ours(start_s, end_s),
        )  # fmt: skip
        self._note(judgement, now_s + self._words_s)

    def _note(self, judgement: Judgement | None, at_s: float) -> None:
        if judgement is None:
            return
        if judgement.decision == "pause":
            self.paused_s = self.paused_s if self.paused_s is not None else at_s
            return
        self.reason = judgement.reason
        if judgement.decision == "gave_way" and at_s < self._line_s + 1.0:
            self.gave_way_s = at_s


async def judge(
    sound: Sound, line: Pcm, text: str, vad: VoiceActivity, hear: Hear, words_s: float = WORDS_S
) -> Judged:
    """Play a line and the caller's sound against each other."""
    over_line = _Over(sound, line, text, hear, words_s)
    await over_line.follow(vad)
    return Judged(
        sound.name,
        sound.language.value,
        sound.kind,
        round(sound.begins_s, 3),
        None if over_line.paused_s is None else round(over_line.paused_s, 3),
        None if over_line.gave_way_s is None else round(over_line.gave_way_s, 3),
        over_line.reason,
        tuple(over_line.words),
        sound.file,
    )


def figures(judged: Sequence[Judged]) -> list[Figures]:
    """By language and kind."""
    groups: dict[tuple[str, Kind], list[Judged]] = {}
    for one in judged:
        groups.setdefault((one.language, one.kind), []).append(one)
    return [_figures(*key, group) for key, group in groups.items()]


def _figures(language: str, kind: Kind, group: Sequence[Judged]) -> Figures:
    wrong = sum(one.wrong for one in group)
    pauses = [one.paused_s - one.begins_s for one in group if one.paused_s is not None]
    gave_way = [one.gave_way_s - one.begins_s for one in group if one.gave_way_s is not None]
    return Figures(
        language=language,
        kind=kind,
        sounds=len(group),
        wrong=wrong,
        rate=proportion(wrong, len(group)),
        paused=len(pauses),
        pause_median_s=float(np.median(pauses)) if pauses else None,
        give_way_median_s=float(np.median(gave_way)) if gave_way else None,
    )


def as_json(judged: Sequence[Judged]) -> dict[str, Any]:
    """Every figure and every sound, from which the figures follow again."""
    return {
        "barge_ins": [asdict(one) for one in figures(judged)],
        "sounds": [asdict(one) | {"wrong": one.wrong} for one in judged],
    }
