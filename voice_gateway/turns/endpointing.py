"""When the caller's turn begins, pauses, goes on, and is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from core.languages import Language
from voice_gateway.turns.pace import Pace
from voice_gateway.turns.voice import Hop


@dataclass(frozen=True, slots=True)
class TurnProfile:
    """How long to wait for more, by what the bot has asked for. All in seconds.

    Silence counts from the last hop that the voice-activity model calls voiced. Silero holds on for some
    0.1 s after the last sound (median of 65 telephone-band clips; 0.25 s at the 90th percentile), so an
    ``end_s`` of 0.48 s is about 0.6 s of silence to the ear.

    Attributes:
        pause_s: silence after which recognition may begin on trial, and the turn model is asked.
        eager_pause_s: the same while there is time for trials that prove to be for nothing.
        sparing_pause_s: the same while callers wait for each other's decodes.
        finished_end_s: silence that ends the turn where the turn model hears a finished sentence.
        end_s: where nobody could tell: the model is missing, busy, or in doubt.
        unfinished_end_s: where it hears an unfinished one.
        dangling_end_s: where the words break off in the middle: the longest wait of this profile.
        preface_end_s: where they are a whole sentence that often opens the real one.
        elsewhere_end_s: where they are a sentence with nothing in it of what was asked for; None: wait as ever.
        complete_end_s: once the words so far are known to be complete (all digits of a number, a plain
            yes), whatever the model hears.
        clearly_from: probability at which the model's "finished" counts by itself.
        finished_from: from which it counts once the words are known and do not break off.
        unfinished_to: up to which its "unfinished" counts.
        begin_s: voice needed before it counts as speech; a click is shorter.
        least_s: voice an utterance must hold in all; with less it was a noise.
        longest_s: an utterance is cut here, so that nobody waits for a television to stop talking.
        trials: whether a pause is worth anything before the turn is over; it is not where nobody waits for the
            words: then there is no ``Paused``, and silence alone ends the turn, after ``end_s``.
    """

    name: str = "open"
    pause_s: float = 0.19
    eager_pause_s: float = 0.1
    sparing_pause_s: float = 0.3
    finished_end_s: float = 0.26
    end_s: float = 0.48
    unfinished_end_s: float = 0.8
    dangling_end_s: float = 1.0
    preface_end_s: float = 0.65
    elsewhere_end_s: float | None = None
    complete_end_s: float = 0.26
    clearly_from: float = 0.95
    finished_from: float = 0.7
    unfinished_to: float = 0.2
    begin_s: float = 0.064
    least_s: float = 0.128
    longest_s: float = 25.0
    trials: bool = True


OPEN = TurnProfile()
YES_NO = replace(
    OPEN, name="yes_no", end_s=0.38, unfinished_end_s=0.6, dangling_end_s=0.7, complete_end_s=0.22
)
DIGITS = replace(
    OPEN,
    name="digits",
    finished_end_s=0.8,
    end_s=1.1,
    unfinished_end_s=1.4,
    dangling_end_s=1.5,
    preface_end_s=1.1,
    elsewhere_end_s=0.65,
    complete_end_s=0.4,
)
TRANSCRIPT = replace(OPEN, name="transcript", end_s=0.8, trials=False)
"""People talk to people, and their words are written down: no sentence is torn to have them sooner."""


def _patient(profile: TurnProfile) -> TurnProfile:
    return replace(
        profile,
        name=f"{profile.name}_ja",
        end_s=0.62,
        unfinished_end_s=0.8,
        dangling_end_s=1.0,
        preface_end_s=0.85,
        clearly_from=1.01,
    )


JAPANESE = {"open": _patient(OPEN), "yes_no": _patient(YES_NO)}
"""In Japanese: 「注文を確認したいのですが、」 sounds finished (0.98 by the model) and is followed, 0.6 to 0.7 s later, by
what the caller wants, also where we have asked whether there is anything else. The sound alone therefore ends no turn; the
words do, or a longer silence, and after such an opening the caller has longer than they pause."""
PROFILES = {"open": OPEN, "yes_no": YES_NO, "digits": DIGITS, "none": OPEN}


def profile_for(listen: str, language: Language) -> TurnProfile:
    """How to wait for the end of a turn by what the bot asks for, in the language that is spoken."""
    profile = PROFILES[listen]
    return JAPANESE.get(profile.name, profile) if language is Language.JA else profile


@dataclass(frozen=True, slots=True)
class Began:
    """The caller speaks since ``start_s``."""

    start_s: float


@dataclass(frozen=True, slots=True)
class Paused:
    """Perhaps the end: nothing more since ``voice_end_s``."""

    start_s: float
    voice_end_s: float


@dataclass(frozen=True, slots=True)
class WentOn:
    """The pause was only a pause."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over.

    Attributes:
        voice_end_s: end of the last voiced hop: the caller's last sound.
        at_s: when it was decided; the difference is the end-of-turn delay.
        voiced_s: voice in it, silences within left out.
    """

    start_s: float
    voice_end_s: float
    at_s: float
    voiced_s: float
    why: Literal["silence", "longest", "no_media", "leg_closed"]


@dataclass(frozen=True, slots=True)
class WasNoise:
    """What began is over already, and was too short to be speech."""

    start_s: float
    voiced_s: float


TurnEvent = Began | Paused | WentOn | Ended | WasNoise


class Endpointer:
    """Follows one leg, hop by hop. ``profile`` may change at any time, also in mid-turn.

    Attributes:
        pace: how soon a pause counts as one.
    """

    def __init__(self, profile: TurnProfile = OPEN) -> None:
        self.profile = profile
        self.pace = Pace.STEADY
        self._clear()

    def _clear(self) -> None:
        self._start_s: float | None = None
        self._voice_end_s = 0.0
        self._voiced_s = 0.0
        self._run_s = 0.0
        self._began = False
        self._paused = False
        self._complete = False
        self._finished_p: float | None = None
        self._dangling: bool | None = None
        self._preface = self._elsewhere = False

    @property
    def in_turn(self) -> bool:
        """Whether speech has begun and not ended."""
        return self._began

    @property
    def voiced_s(self) -> float:
        """Voice in the present turn so far."""
        return self._voiced_s if self._began else 0.0

    def words_known(
        self, *, complete: bool, dangling: bool, preface: bool = False, elsewhere: bool = False
    ) -> None:
        """The words before this pause were recognised; forgotten when the caller goes on.

        Args:
            complete: nothing more is needed: all digits of a number, a plain yes.
            dangling: they break off in the middle of a sentence.
            preface: they are a sentence after which the real one often comes.
            elsewhere: they are a sentence that holds nothing of what was asked for.
        """
        if self._paused:
            self._complete, self._dangling, self._preface = complete, dangling, preface
            self._elsewhere = elsewhere

    @property
    def words_decide(self) -> bool:
        """Whether the words of this pause are known and tell enough: the sound could say nothing that matters."""
        return self._limit_by_words_s() is not None

    def judged(self, voice_end_s: float, probability: float) -> None:
        """The turn model has heard the pause after ``voice_end_s``; its word counts for that pause alone.

        Args:
            probability: that the speaker has finished.
        """
        if self._paused and voice_end_s == self._voice_end_s:
            self._finished_p = probability

    def _limit_s(self) -> float:
        """The silence that ends the turn, by all that is known of this pause: words first, then the sound."""
        by_words = self._limit_by_words_s()
        return self._limit_by_sound_s() if by_words is None else by_words

    def _limit_by_words_s(self) -> float | None:
        profile = self.profile
        if self._complete:
            return profile.complete_end_s
        if self._dangling:
            return profile.dangling_end_s
        if self._preface:
            return profile.preface_end_s
        return profile.elsewhere_end_s if self._elsewhere else None

    def _limit_by_sound_s(self) -> float:
        profile, p = self.profile, self._finished_p
        if p is None:
            return profile.end_s
        if p <= profile.unfinished_to:
            return profile.unfinished_end_s
        enough = profile.clearly_from if self._dangling is None else profile.finished_from
        return profile.finished_end_s if p >= enough else profile.end_s

    @property
    def _pause_s(self) -> float:
        profile = self.profile
        by_pace = {Pace.EAGER: profile.eager_pause_s, Pace.SPARING: profile.sparing_pause_s}
        return by_pace.get(self.pace, profile.pause_s)

    def process(self, hop: Hop) -> list[TurnEvent]:
        """Take the next hop; return what it changes, in order."""
        return self._voice(hop) if hop.voiced else self._silence(hop)

    def end_now(self, at_s: float, why: Literal["no_media", "leg_closed"]) -> list[TurnEvent]:
        """End a turn in progress, because nothing more can come."""
        return self._end(at_s, why) if self._began else []

    def _voice(self, hop: Hop) -> list[TurnEvent]:
        events: list[TurnEvent] = []
        length = hop.end_s - hop.start_s
        if self._start_s is None:
            self._start_s = hop.start_s
        if self._paused:
            self._paused = self._complete = self._preface = self._elsewhere = False
            self._finished_p = self._dangling = None
            events.append(WentOn(hop.start_s))
        self._voiced_s += length
        self._run_s += length
        self._voice_end_s = hop.end_s
        # Sums of hop lengths: the tolerance is for their rounding.
        if not self._began and self._run_s >= self.profile.begin_s - 1e-6:
            self._began = True
            events.append(Began(self._start_s))
        if self._began and hop.end_s - self._start_s >= self.profile.longest_s:
            events += self._end(hop.end_s, "longest")
        return events

    def _silence(self, hop: Hop) -> list[TurnEvent]:
        self._run_s = 0.0
        if self._start_s is None:
            return []
        silent_s = hop.end_s - self._voice_end_s
        if not self._began:
            if silent_s >= self.profile.pause_s:
                self._clear()
            return []
        if silent_s >= self._limit_s() - 1e-6:
            return self._end(hop.end_s, "silence")
        worth_it = self.profile.trials and self._voiced_s >= self.profile.least_s - 1e-6
        if worth_it and not self._paused and silent_s >= self._pause_s - 1e-6:
            self._paused = True
            return [Paused(self._start_s, self._voice_end_s)]
        if hop.end_s - self._start_s >= self.profile.longest_s:
            return self._end(hop.end_s, "longest")
        return []

    def _end(
        self, at_s: float, why: Literal["silence", "longest", "no_media", "leg_closed"]
    ) -> list[TurnEvent]:
        start_s, voiced_s, voice_end_s = self._start_s or 0.0, self._voiced_s, self._voice_end_s
        self._clear()
        if voiced_s < self.profile.least_s - 1e-6:
            return [WasNoise(start_s, voiced_s)]
        return [Ended(start_s, voice_end_s, at_s, voiced_s, why)]
