"""One arbiter of what happens when the caller makes a sound while we speak.

First we only stop to listen; then we judge, by the words as soon as there are any: nothing but "mhm" or "はい",
however drawn out, a noise, or our own echo, and the line goes on where it stopped; anything else, and we give
way. Every judgement has one reason.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from core.languages import Language


@dataclass(frozen=True, slots=True)
class BargeInOptions:
    """Seconds of the caller's voice over ours.

    Attributes:
        pause_s: to stop and listen; words of less voice do not stop us, and are answered after our line.
        again_s: between two looks at the words while they speak on.
        give_way_s: to give way where no words can be had.
        longest_hold_s: so long without a word that says anything, and the line goes on.
        sure: confidence from which words heard in mid-speech count; at a pause all words do.
        keep_from: confidence from which a finished utterance that is too little to stop us is answered all the
            same, after our line.
    """

    pause_s: float = 0.3
    again_s: float = 0.4
    give_way_s: float = 1.2
    longest_hold_s: float = 3.0
    sure: float = 0.4
    keep_from: float = 0.6


@dataclass(frozen=True, slots=True)
class Judgement:
    """``pause`` is for the moment; ``gave_way`` and ``resumed`` are final, and logged with the reason where they
    change what is played.

    Attributes:
        keep: we go on, but what they said is a turn all the same, to be answered after our line.
    """

    decision: Literal["pause", "gave_way", "resumed"]
    reason: str
    keep: bool = False


TOO_LITTLE = "too little to tell"
TOO_SHORT = "too short to stop us"


_LISTENING = {
    Language.ZH: {"嗯", "唔", "恩", "哦", "噢", "喔", "啊", "呀", "呃", "诶", "欸", "好", "好的", "好吧", "对", "对的", "是", "是的",
                  "是吗", "行", "行吧", "明白", "明白了", "知道了", "了解", "这样啊", "这样"},
    Language.EN: {"hm", "uhhuh", "mhm", "mmhm", "uh", "um", "erm", "ah", "aha", "oh", "ok", "okay", "yes", "yeah", "yep", "yup",
                  "right", "isee", "sure", "allright", "alright", "good", "gotit", "really", "wow"},
    Language.JA: {"はい", "ええ", "うん", "あ", "あの", "えっと", "えと", "ん", "え", "お", "まあ", "そう", "そうです", "そうですか",
                  "そうですね", "なるほど", "へえ", "ほう", "ふん", "ハイ", "うーん", "わかりました", "分かりました"},
    Language.KO: {"네", "예", "응", "음", "아", "어", "오", "흠", "그래요", "그렇군요", "알겠습니다", "알겠어요", "맞아요",
                  "그렇죠", "그쵸", "그렇군", "그렇구나", "넵", "내"},
}  # fmt: skip
"""Words that only say "I am listening", bare: no spaces, no punctuation, lengthened sounds shortened. "내" sounds as "네" does."""
_ALL = frozenset(word for words in _LISTENING.values() for word in words)
_LONGEST = max(map(len, _ALL))
_HUM = re.compile(r"^(?:m+h*m*|h+m+|h*u+h*m*|a+h*|o+h*|e+r*m*)$")


def is_backchannel(text: str, language: Language) -> bool:
    """Whether the words, once or repeated, only say "I am listening".

    The recogniser may take so short a sound for another language's; so the words of all four count.
    """
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    if not words:
        return False
    bare = "".join("" if language.spaces_words and _HUM.match(word) else word for word in words)
    return _made_of_backchannels(re.sub(r"[ー〜~]+", "", bare))


def _made_of_backchannels(bare: str) -> bool:
    """Whether the whole can be cut into such words."""
    reached = {0}
    for end in range(1, len(bare) + 1):
        if any(
            end - size in reached and bare[end - size : end] in _ALL
            for size in range(1, min(_LONGEST, end) + 1)
        ):
            reached.add(end)
    return len(bare) in reached


def begins_a_backchannel(text: str) -> bool:
    """Whether words heard in mid-speech may yet become one: "そうで" of "そうですか", "알게" of "알겠습니다"."""
    bare = _in_sounds(_bare(text))
    return any(word.startswith(bare) for word in _ALL_IN_SOUNDS)


def _in_sounds(text: str) -> str:
    """Korean syllables in their sounds: one that has just begun lacks the last of them."""
    return unicodedata.normalize("NFD", text)


_ALL_IN_SOUNDS = frozenset(map(_in_sounds, _ALL))


_SHORT_WORDS = frozenset(
    ("不", "停", "别", "否", "错", "錯", "喂", "谁", "零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "两",
     "no", "nah", "hey", "why", "what", "who", "how", "not", "end", "bye", "hi", "one", "two", "six", "ten",
     "違", "誰", "왜", "뭐", "안", "영", "공", "일", "이", "삼", "사", "육", "칠", "팔", "구", "십")
)  # fmt: skip
"""Words of one syllable, or sign, that a caller does mean: refusals, questions, greetings, digits."""


def says_too_little(text: str) -> bool:
    """Whether so little was made out that it may be anything: one syllable, or one sign over and over.

    A recogniser that hears a hum must write something: "3", "ね", "鸟鸟鸟鸟".
    """
    bare = _bare(text)
    if bare in _SHORT_WORDS:
        return False
    return len(set(bare)) <= 1 or (bare.isascii() and bare.isalpha() and len(bare) <= 3)


def is_echo(text: str, being_spoken: str) -> bool:
    """Whether the words are a stretch of what we are saying ourselves, long enough not to be chance.

    A caller who repeats one of our options says the same: the words alone prove nothing.
    """
    bare = _bare(text)
    # Where a sign is a syllable, four of them last as long as six letters and more.
    return len(bare) >= (6 if bare.isascii() else 4) and bare in _bare(being_spoken)


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
        self._over = False
        self._start_s = -1.0
        self._passed_s = 0.0
        """Voice of the present utterance that was judged to be nothing."""
        self._looked_s = 0.0
        self._looks_told = False
        """Whether words could be had since we paused."""

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def over(self) -> bool:
        """Whether we gave way: nothing more is to be judged."""
        return self._over

    def voice(self, start_s: float, voiced_s: float) -> Judgement | None:
        """The caller's utterance that began at ``start_s`` holds so much voice over ours by now."""
        if start_s != self._start_s:
            self._start_s, self._passed_s, self._looked_s = start_s, 0.0, 0.0
        new_s = voiced_s - self._passed_s
        if self._over or new_s < self._options.pause_s:
            return None
        if not self._paused:
            self._paused, self._looks_told = True, False
            return Judgement("pause", f"{voiced_s:.1f} s of voice")
        if self._looks_told and new_s >= self._options.longest_hold_s:
            # A television, a song: from here on only the words of the whole can stop us.
            self._passed_s = float("inf")
            return self._resume("no words in a long sound")
        if not self._looks_told and new_s >= self._options.give_way_s:
            return self._give_way(f"{voiced_s:.1f} s of speech")
        return None

    def look(self, voiced_s: float) -> bool:
        """Whether the words so far are to be looked at now; asked once for each look."""
        if (
            self._over
            or not self._paused
            or (self._looked_s and voiced_s < self._looked_s + self._options.again_s)
        ):
            return False
        self._looked_s = voiced_s
        return True

    def so_far(
        self,
        text: str,
        language: Language,
        being_spoken: str,
        *,
        voiced_s: float,
        confidence: float,
        at_pause: bool,
        sounds_like_ours: bool = False,
    ) -> Judgement | None:
        """These are the caller's words so far.

        Args:
            sounds_like_ours: see ``words``.
            at_pause: they have stopped, perhaps for good; else they are speaking on.
        """
        if self._over or not self._paused:
            return None
        nothing = self._says_nothing(text, language, being_spoken if sounds_like_ours else "")
        perhaps = not at_pause and not self._expects_answer and begins_a_backchannel(text)
        if nothing is None and not perhaps and (at_pause or confidence >= self._options.sure):
            return self._give_way("speech")
        self._looks_told = True
        if nothing is not None and at_pause:
            self._passed_s = voiced_s
            return self._resume(nothing)
        return None

    def noise(self) -> Judgement | None:
        """What began was no speech after all."""
        return self._resume("noise") if self._paused else None

    def words(
        self,
        text: str,
        language: Language,
        being_spoken: str,
        *,
        began_before: bool,
        voiced_s: float = float("inf"),
        confidence: float = 1.0,
        sounds_like_ours: bool = False,
    ) -> Judgement:
        """The caller's utterance is over and was recognised.

        Args:
            being_spoken: our own line, and what of the one before it may still come back.
            began_before: whether they spoke before our line began; then it is an addition to their turn.
            voiced_s: voice in it; the words of a short one get the floor only where we have paused already.
            sounds_like_ours: whether it may be our echo by its sound; else its words are the caller's, even where
                they are those of our line.
        """
        nothing = self._says_nothing(text, language, being_spoken if sounds_like_ours else "")
        if nothing is None and not self._paused and voiced_s < self._options.pause_s:
            return replace(self._resume(TOO_SHORT), keep=True)
        if nothing is None:
            return self._give_way("said before our line began" if began_before else "speech")
        kept = nothing == TOO_LITTLE and not sounds_like_ours and confidence >= self._options.keep_from
        return replace(self._resume(nothing), keep=kept)

    def key(self) -> Judgement:
        """A key was pressed: always the caller's wish to go on."""
        return self._give_way("key pressed")

    def _says_nothing(self, text: str, language: Language, being_spoken: str) -> str | None:
        """Why the words are no reason to stop; None if they are one."""
        if not text.strip():
            return "no words"
        if is_echo(text, being_spoken):
            return "our own line heard back"
        if self._expects_answer:
            return None
        if is_backchannel(text, language):
            return "backchannel"
        return TOO_LITTLE if says_too_little(text) else None

    def _give_way(self, reason: str) -> Judgement:
        self._paused, self._over = False, True
        return Judgement("gave_way", reason)

    def _resume(self, reason: str) -> Judgement:
        self._paused = False
        return Judgement("resumed", reason)
