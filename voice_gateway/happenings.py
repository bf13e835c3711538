"""What the conversation can be woken by. One inbox per call; everything in it is one of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.events import Speaker, UtteranceHeard
from core.languages import Language
from voice_gateway.leg import KeyPress


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """The caller is speaking: posted hop by hop. ``voiced_s`` counts from the beginning of their turn."""

    start_s: float
    at_s: float
    voiced_s: float


@dataclass(frozen=True, slots=True)
class WordsSoFar:
    """What was made out of the caller's turn before its end.

    Attributes:
        voiced_s: voice in it when it was listened to.
        at_pause: they had stopped for a moment; else they were speaking on.
        sounds_like_ours: it may be our own echo, by its sound.
    """

    text: str
    language: Language
    confidence: float
    voiced_s: float
    at_pause: bool
    sounds_like_ours: bool = False


@dataclass(frozen=True, slots=True)
class NoiseOver:
    """What began like speech was over before it was any."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """A finished turn of the caller, recognised. Times in seconds on the media clock.

    Attributes:
        text: '' where no words could be made out.
        scores: probability of each language, priors included.
        end_s: the caller's last sound.
        decided_s: when the turn was judged to be over.
        ready_s: when its words were known.
        lost: no recogniser could be reached in time; ``text`` is empty.
        sounds_like_ours: it may be our own echo, by its sound.
    """

    text: str
    language: Language
    confidence: float
    start_s: float
    end_s: float
    voiced_s: float
    decided_s: float
    ready_s: float
    scores: Mapping[Language, float] = field(default_factory=dict)
    full_window: bool = False
    lost: bool = False
    sounds_like_ours: bool = False

    def as_event(
        self, text: str, *, speaker: Speaker = "caller", name: str = "", held: bool = False, turn: int
    ) -> UtteranceHeard:
        """What the log is told of it.

        Args:
            text: its words, masked.
        """
        return UtteranceHeard(
            speaker=speaker,
            name=name,
            held=held,
            text=text,
            language=self.language,
            start_s=round(self.start_s, 3),
            end_s=round(self.end_s, 3),
            confidence=round(self.confidence, 3),
            full_window=self.full_window,
            turn=turn,
        )


@dataclass(frozen=True, slots=True)
class ModelsAway:
    """Speech waits because the models cannot be asked, or gave up; posted once per wait."""


@dataclass(frozen=True, slots=True)
class WordsLate:
    """A turn has ended and its words are still being waited for; posted once a turn."""


@dataclass(frozen=True, slots=True)
class AgentLine:
    """A typed line of the agent, to be spoken."""

    text: str
    language: Language | None


@dataclass(frozen=True, slots=True)
class AskedToEnd:
    """Somebody who may do so ends the call."""

    by: str


Happening = (
    VoiceHeard
    | WordsSoFar
    | NoiseOver
    | Utterance
    | WordsLate
    | ModelsAway
    | AgentLine
    | AskedToEnd
    | KeyPress
)
