"""Cantonese and Sichuan speech, told apart from Mandarin by the words that the recogniser writes.

The recogniser knows one Chinese. What it makes of a dialect is a guess in Mandarin spelling, or in the dialect's
own characters where it has seen them; so single words are the evidence, weighed, and gathered over the call. Who
asks for a dialect by name is believed at once. Pure: texts in, at most one offer out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.languages import Language


class Dialect(StrEnum):
    """Of Chinese, beside Mandarin; ISO 639-3 for Cantonese, the province's for Sichuan speech."""

    CANTONESE = "yue"
    SICHUAN = "sichuan"


@dataclass(frozen=True, slots=True)
class DialectOptions:
    """How much evidence is enough.

    Attributes:
        enough: weight over the call from which it counts as the dialect.
        forget: share of the weight that a turn of plain Mandarin leaves.
        plain: characters of a turn from which it can be plain Mandarin; "好" says nothing.
    """

    enough: float = 2.0
    forget: float = 0.5
    plain: int = 6


CERTAIN, LIKELY, WEAK = 2.0, 1.0, 0.5

_CANTONESE: Mapping[str, float] = {
    # Characters that Mandarin does not write.
    **dict.fromkeys("嘅咗冇哋嚟啲咁喺噉佢乜嘢咩睇攞嗰啱瞓啫嘥搵揾諗谂畀嗮晒噃喎", LIKELY),
    # Words of characters that it does.
    **dict.fromkeys(
        ("点解", "點解", "几多钱", "幾多錢", "唔该", "唔該", "边度", "邊度", "而家", "听日", "聽日", "寻日", "尋日",
         "收唔到", "系唔系", "係唔係", "有冇", "点样", "點樣", "呢个", "呢個", "呢几", "呢幾", "我要揾", "边个", "邊個",
         "几时", "幾時", "返工", "倾偈", "唔好", "唔知", "唔到", "唔系", "唔係", "话俾", "話俾", "俾我", "讲嘢"),
        LIKELY,
    ),
    **dict.fromkeys("唔係俾", WEAK),
}  # fmt: skip
_SICHUAN: Mapping[str, float] = {
    **dict.fromkeys(
        ("啥子", "咋个", "咋個", "巴适", "巴適", "莫得", "要得", "晓不得", "曉不得", "晓得不", "摆龙门阵", "龙门阵", "瓜娃子",
         "啷个", "啷個", "哪个起", "搞啥子", "做啥子", "为啥子", "好多钱嘛", "要不要得", "雄起", "安逸得", "硬是", "格老子",
         "先人板板", "咋子", "囊个", "啷门", "朗个", "锤子哦", "嘞个", "勒个"),
        LIKELY,
    ),
    **dict.fromkeys(("晓得", "曉得", "安逸", "娃儿", "幺妹", "耍朋友", "好多钱", "噻", "嗦", "撒子", "啥子嘛"), WEAK),
}  # fmt: skip
_WORDS: Mapping[Dialect, Mapping[str, float]] = {Dialect.CANTONESE: _CANTONESE, Dialect.SICHUAN: _SICHUAN}

_NAMES: Mapping[Dialect, str] = {
    Dialect.CANTONESE: r"广东话|廣東話|粤语|粵語|白话|广州话|廣州話|香港话|cantonese|広東語|광[동둥]어",
    Dialect.SICHUAN: r"四川话|四川話|成都话|重庆话|重慶話|川话|sichuan(?:ese)?|四川語|쓰촨어|쓰촨 ?말|사천어",
}
_SPEAK = r"讲|講|说|說|听|聽|懂|会|會|识|用|切换|换成|speak|talk|understand"
_SPOKEN = rf"{_SPEAK}|吗|嗎|客服|可以|行|話|しゃべ|分か|わか|お願い|対応|말|얘기|이야기|해|하|할|부탁|상담|안내|가능"
_OTHERS = (
    r"普通话|普通話|国语|國語|中文|汉语|漢語|英语|英語|英文|日语|日本語|韩语|中国語|標準語|"
    r"mandarin|english|chinese|japanese|korean|한국어|중국어|표준어|영어|일본어"
)
_NOT_BEFORE = r"不(?!好意思|过|過|止|只)|没|沒|无法|無法|别(?!的|人)|唔(?!该|該)|冇|未"
_NOT = r"(?:n['’]t|\bnot|\bnever|\bcannot|\bno)\b"
_NOT_AFTER = r"ません(?!か)|ない(?!か|です?か|でしょうか)|못|안 |몰라|몰랐|모르|모릅|않|없|하지 ?마|하지 ?말"
_EITHER_OR = r"(\w)[不没沒唔]\1|有冇"
"""As in 会不会 and 有没有: a question, and no denial."""
_ASKS = r"[?？吗嗎]$|나요$|까요?$|니까$|n['’]t (?:you|there|any)"


def named(text: str) -> Dialect | None:
    """The dialect that the caller asks for by its name, or says that they speak; none that they say they do not."""
    for part in re.findall(r"[^。，,.!！、;；?？]+[?？]?", re.sub(_EITHER_OR, "，", text)):
        for dialect, names in _NAMES.items():
            wish = rf"(?:{_SPEAK}).{{0,4}}(?:{names})|(?:{names}).{{0,4}}(?:{_SPOKEN})"
            if re.search(wish, part, re.I) and not _denied(part.strip(), names):
                return dialect
    return None


def _denied(part: str, names: str) -> bool:
    """Whether a part of a sentence says no to the dialect; a no to another language is none, nor is a question."""
    if re.search(_ASKS, part, re.I) or re.search(rf"(?:只|\bonly\b).{{0,8}}(?:{names})", part, re.I):
        return False
    rest = re.sub(
        rf"(?:{_NOT_BEFORE}|{_NOT}).{{0,10}}?(?:{_OTHERS})|(?:{_OTHERS}).{{0,5}}(?:{_NOT_BEFORE}|{_NOT_AFTER})", "", part,
        flags=re.I,
    )  # fmt: skip
    before = rf"(?:{_NOT_BEFORE}).{{0,6}}(?:{names})|{_NOT}.{{0,24}}(?:{names})"
    return bool(re.search(rf"{before}|(?:{names}).{{0,8}}(?:{_NOT_BEFORE}|{_NOT_AFTER})", rest, re.I))


def evidence(text: str) -> dict[Dialect, float]:
    """How much of each dialect there is in a sentence: each word counts once, its parts not again."""
    found: dict[Dialect, float] = {}
    for dialect, words in _WORDS.items():
        rest, weight = text, 0.0
        for word in sorted(words, key=len, reverse=True):
            if word in rest:
                weight += words[word]
                rest = rest.replace(word, " ")
        if weight:
            found[dialect] = weight
    return found


class DialectListener:
    """Gathers the evidence of one call."""

    def __init__(self, options: DialectOptions | None = None) -> None:
        self._options = options or DialectOptions()
        self._weights = dict.fromkeys(Dialect, 0.0)
        self._asked: Dialect | None = None
        self._offered = False

    @property
    def heard(self) -> Dialect | None:
        """The dialect that the caller seems to speak."""
        if self._asked is not None:
            return self._asked
        best = max(self._weights, key=lambda dialect: self._weights[dialect])
        return best if self._weights[best] >= self._options.enough else None

    def take(self, text: str, language: Language) -> None:
        """A turn of the caller was recognised."""
        if (name := named(text)) is not None:
            self._asked = name
        if language is not Language.ZH:
            return
        found = evidence(text)
        plain = not found and len(text) >= self._options.plain
        for dialect in Dialect:
            if dialect in found:
                self._weights[dialect] += found[dialect]
            elif plain:
                self._weights[dialect] *= self._options.forget

    def offer(self, *, understood: bool) -> Dialect | None:
        """The dialect that an offer of Mandarin or a person is due for; once in a call.

        Args:
            understood: whether the bot made sense of the turn: then there is nothing to offer help with, unless
                the caller asked for the dialect.
        """
        dialect = self.heard
        if dialect is None or self._offered or (understood and self._asked is None):
            return None
        self._offered = True
        return dialect
