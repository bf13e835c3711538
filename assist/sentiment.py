"""How the caller feels, turn by turn, and a tip for the agent when it turns for the worse.

The classifier (embeddings and a small trained model, ``bots.understanding``) judges the sentence; cues
in the wording say what lies behind it: having to repeat oneself, having waited, anger. A cue only
lowers a judgement that is not clearly friendly, so that "thank you for waiting" stays what it is.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol

from core.languages import Language

Cue = Literal["repeats", "waiting", "anger", ""]


class SentimentClassifier(Protocol):
    """Judges one sentence of the caller."""

    async def sentiment(self, text: str, language: Language) -> float:
        """-1 (angry) to 1 (pleased)."""


_CUES: dict[Cue, dict[Language, str]] = {
    "repeats": {
        Language.EN: r"already (?:told|said|gave|explained)|how many times|(?:third|fourth|fifth) time|"
        r"keep (?:asking|repeating|saying)|same (?:thing|question|number) (?:again|over)|said that (?:before|twice)",
        Language.ZH: r"说了?(?:多少|好多|好几|几|很多)[遍次]|都说过|已经(?:说|讲|告诉)|又(?:要我|让我|问)|第[三四五]次|一遍又一遍|跟.{1,6}说过了",
        Language.JA: r"何(?:回|度|遍)も?(?:言|同じ|説明|聞)|さっき(?:も)?(?:言|伝え|説明)|もう言(?:い|っ)|同じこと(?:を|ばかり|ばっかり)|[三四五3-5]回目",
        Language.KO: r"몇\s?번(?:이나|을|째)|아까도?\s?(?:말|얘기|이야기)|이미\s?(?:말|얘기|설명)|같은\s?(?:말|얘기|걸|것)|[세네3-5]\s?번째",
    },
    "waiting": {
        Language.EN: r"(?:waiting|waited|been on hold|on hold)\s+(?:for|\w+\s+(?:hours?|minutes?|weeks?|days?))|how (?:much )?longer?\b|"
        r"taking (?:so long|forever)|hurry up|still (?:waiting|no\b|nothing|hasn't|haven't)|(?:weeks?|days?|month) late",
        Language.ZH: r"等了?(?:很久|好久|半天|这么久|那么久|太久|[一二三四五六七八九十两几\d]+[个]?(?:小时|分钟|天|星期|周|月))|还要(?:等)?多久|怎么这么慢|到现在(?:还|都)|快一?点|迟迟",
        Language.JA: r"待た(?:され|せ)|待って(?:い|る|ます)?.{0,6}(?:のに|けど)|いつまで|まだ(?:届|来|です|なん)|遅(?:い|すぎ)|早くし",
        Language.KO: r"기다(?:렸|리고|리게|려야)|언제까지|아직도|너무\s?(?:늦|오래)|빨리\s?(?:좀|해)|왜\s?이렇게\s?(?:늦|오래)",
    },
    "anger": {
        Language.EN: r"ridiculous|unacceptable|outrageous|useless|fed up|sick (?:of|and tired)|terrible|disgusting|rip(?:ped)? off|"
        r"worst|furious|had enough|scam|damn|rubbish|sue you|lawyer",
        Language.ZH: r"太(?:过分|差|离谱|气人)|什么(?:破|烂|态度|玩意)|气死|投诉|骗子|垃圾|受够|忍无可忍|岂有此理|不像话|差劲|欺骗|曝光",
        Language.JA: r"ふざけ|いい加減に|頭にき|ひど(?:い|すぎ)|最悪|うんざり|許せ|怒|話にならな|詐欺|信じられない",
        Language.KO: r"장난(?:해|하|합)|어이가?\s?없|화가?\s?(?:나|났)|짜증|최악|말이\s?(?:돼|됩|안)|사기|너무\s?하|열\s?받|못\s?참|황당",
    },
}
_PATTERNS = {
    cue: {language: re.compile(pattern, re.IGNORECASE) for language, pattern in by_language.items()}
    for cue, by_language in _CUES.items()
}
_CUE_WEIGHT: dict[Cue, float] = {"repeats": -0.5, "waiting": -0.45, "anger": -0.8}
_FRIENDLY = 0.4
_TURNED = -0.35
_CALM = -0.1
_MEMORY = 3

TIPS: dict[Cue, dict[Language, str]] = {
    "repeats": {
        Language.EN: "The caller had to repeat themselves: name what you already know, then give the next step.",
        Language.ZH: "来电者在重复说明：先说出您已掌握的信息，再给出下一步。",
        Language.JA: "お客様は同じ説明を繰り返しています。把握している内容を先に伝え、次の手順を示しましょう。",
        Language.KO: "고객이 같은 말을 반복하고 있습니다. 이미 아는 내용을 먼저 말하고 다음 단계를 안내하세요.",
    },
    "waiting": {
        Language.EN: "The caller is impatient: reassure first, then give the next step.",
        Language.ZH: "来电者等得不耐烦：先安抚，再说明下一步。",
        Language.JA: "お客様はお待ちかねです。まず安心していただき、次の手順を伝えましょう。",
        Language.KO: "고객이 조급해하고 있습니다. 먼저 안심시키고 다음 단계를 안내하세요.",
    },
    "anger": {
        Language.EN: "The caller is angry: let them finish, apologise once, then say what you will do.",
        Language.ZH: "来电者很生气：先让对方说完，诚恳致歉一次，再说明您将怎么做。",
        Language.JA: "お客様はお怒りです。最後までお聞きし、一度お詫びしてから、これからの対応を伝えましょう。",
        Language.KO: "고객이 화가 나 있습니다. 끝까지 듣고 한 번 사과한 뒤, 어떻게 처리할지 말하세요.",
    },
    "": {
        Language.EN: "The caller's mood is turning: slow down, acknowledge it, and confirm what they need.",
        Language.ZH: "来电者情绪变差：放慢语速，表示理解，并确认需求。",
        Language.JA: "お客様のご気分が下がっています。ゆっくり話し、お気持ちを受け止め、ご要望を確認しましょう。",
        Language.KO: "고객의 기분이 나빠지고 있습니다. 천천히 공감하고 원하는 것을 확인하세요.",
    },
}


def cue_of(text: str, language: Language) -> Cue:
    """What in the wording speaks of trouble; '' for nothing. Anger before repeating before waiting."""
    order: tuple[Cue, ...] = ("anger", "repeats", "waiting")
    for cue in order:
        if _PATTERNS[cue][language].search(text):
            return cue
    return ""


def judge(text: str, language: Language, classified: float | None) -> tuple[float, Cue]:
    """Combine the classifier's judgement (None: there is none) with the cues in the wording."""
    cue = cue_of(text, language)
    base = classified if classified is not None else 0.0
    if not cue or base >= _FRIENDLY:
        return base, "" if base >= _FRIENDLY else cue
    return min(base, _CUE_WEIGHT[cue] if classified is None else (base + _CUE_WEIGHT[cue]) / 2 - 0.15), cue


@dataclass(frozen=True, slots=True)
class Reading:
    """One turn of the caller, judged. ``tip`` names the tip to show, None for none."""

    value: float
    mood: float
    cue: Cue
    tip: Cue | None


class MoodTracker:
    """Follows one caller. A tip is given when the mood turns, not again until it has been calm between."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=_MEMORY)
        self._tipped: Cue | None = None

    @property
    def known(self) -> bool:
        """Whether the caller has said anything since tracking began."""
        return bool(self._values)

    @property
    def mood(self) -> float:
        """Mean of the last turns, later ones counting more; 0 before the first."""
        if not self._values:
            return 0.0
        weights = [float(1 << i) for i in range(len(self._values))]
        return sum(v * w for v, w in zip(self._values, weights, strict=True)) / sum(weights)

    def update(self, text: str, language: Language, classified: float | None) -> Reading:
        """Take in the caller's next sentence."""
        value, cue = judge(text, language, classified)
        self._values.append(max(-1.0, min(1.0, value)))
        mood = self.mood
        tip: Cue | None = None
        if mood <= _TURNED or (cue and value <= _TURNED):
            # The same trouble is named once; another kind of it is news.
            if self._tipped is None or (cue and cue != self._tipped):
                tip = self._tipped = cue
        elif mood > _CALM:
            self._tipped = None
        return Reading(value, mood, cue, tip)
