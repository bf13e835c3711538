"""One arbiter of what happens when the caller makes a sound while we speak.

First we only stop to listen; then we judge: a noise, a backchannel ("mhm", "はい") or our own echo, and
the line goes on where it stopped; anything else, and we give way. Every judgement has one reason.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from core.languages import Language


@dataclass(frozen=True, slots=True)
class BargeInOptions:
    """Seconds of the caller's voice over ours: to stop and listen, and to give way without a word heard."""

    pause_s: float = 0.3
    give_way_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """``pause`` is for the moment; ``gave_way`` and ``resumed`` are final and logged with the reason."""

    decision: Literal["pause", "gave_way", "resumed"]
    reason: str


_BACKCHANNELS = {
    Language.ZH: {"嗯", "嗯嗯", "哦", "噢", "啊", "好", "好的", "对", "对对", "是", "是的", "行", "明白", "知道了"},
    Language.EN: {
        "mhm", "mm", "mmhm", "mmhmm", "hm", "hmm", "uhhuh", "uh", "um", "ah", "oh", "ok", "okay", "yes", "yeah", "yep",
        "right", "isee", "sure", "allright", "alright", "good",
    },
    Language.JA: {
        "はい", "ええ", "うん", "うんうん", "あ", "ああ", "あの", "えっと", "ん", "そう", "そうですか",
        "そうですね", "はいはい", "なるほど", "へえ", "ほう",
    },
    Language.KO: {"네", "네네", "예", "예예", "응", "음", "아", "아네", "어", "그래요", "그렇군요", "알겠습니다", "맞아요"},
}  # fmt: skip


def is_backchannel(text: str, language: Language) -> bool:
    """Whether the words only say "I am listening"."""
    return _bare(text) in _BACKCHANNELS[language]


def is_echo(text: str, being_spoken: str) -> bool:
    """Whether the words are a stretch of what we are saying ourselves, long enough not to be chance."""
    bare = _bare(text)
    return len(bare) >= 6 and bare in _bare(being_spoken)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


class BargeInArbiter:
    """Judges one line of ours. Make a new one for each line.

    Args:
        expects_answer: we are asking a yes/no question, so that "yes" is an answer and no backchannel.
    """

    def __init__(self, options: BargeInOptions | None = None, *, expects_answer: bool = False) -> None:
        self._options = options or BargeInOptions()
        self._expects_answer = expects_answer
        self._paused = False

    @property
    def paused(self) -> bool:
        return self._paused

    def voice(self, voiced_s: float) -> Judgement | None:
        """The caller's present utterance holds so much voice over ours by now."""
        if voiced_s >= self._options.give_way_s:
            self._paused = False
            return Judgement("gave_way", f"{voiced_s:.1f} s of speech")
        if voiced_s >= self._options.pause_s and not self._paused:
            self._paused = True
            return Judgement("pause", f"{voiced_s:.1f} s of voice")
        return None

    def noise(self) -> Judgement | None:
        """What began was no speech after all."""
        if not self._paused:
            return None
        self._paused = False
        return Judgement("resumed", "noise")

    def words(self, text: str, language: Language, being_spoken: str, *, began_before: bool) -> Judgement:
        """The caller's utterance is over and was recognised.

        Args:
            being_spoken: our own line.
            began_before: whether they spoke before our line began; then it is an addition to their turn.
        """
        self._paused = False
        if not text.strip():
            return Judgement("resumed", "no words")
        if is_echo(text, being_spoken):
            return Judgement("resumed", "our own line heard back")
        if not self._expects_answer and is_backchannel(text, language):
            return Judgement("resumed", "backchannel")
        return Judgement("gave_way", "said before our line began" if began_before else "speech")

    def key(self) -> Judgement:
        """A key was pressed: always the caller's wish to go on."""
        self._paused = False
        return Judgement("gave_way", "key pressed")
