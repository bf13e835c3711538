"""Whether a caller who was asked for a number speaks of something else: "do you take cards?", 「请问你们支持哪些付款方式」.

Who dictates a number is given time between its groups. A whole sentence without a single figure, which does not ask us
to wait either, is no part of a number; its speaker is answered about as soon as at any other moment.
"""

from __future__ import annotations

import re

from bots.understanding.normalise import fold
from bots.understanding.numbers import digit_runs
from core.languages import Language

_FEWEST = {Language.ZH: 6, Language.JA: 8, Language.KO: 6, Language.EN: 4}
"""Characters (words in English) of a sentence; less is a hesitation or the beginning of an answer."""
_LOOKING = {
    Language.EN: r"\b(?:wait|moment|second|minute|hold on|hang on|let me|let's see|look|find|number|here|it is|it's)\b",
    Language.ZH: "等|稍|找|看一?下|看看|我看|号码|单号|号是|就是",
    Language.JA: "待|探|少々|ちょっと|確認し|見ます|見て|番号|ええと|えっと|えーと",
    Language.KO: "잠깐|잠시|기다|찾|볼게|보고|번호|그러니까|어디",
}
"""They look for it, or are about to say it."""
_FIGURES = re.compile(r"\d|[〇零一二三四五六七八九幺]{2}|(?:^|\s)[공영일이삼사오육륙칠팔구]{2}")
"""The beginning of a number; ``digit_runs`` wants more of spelt ones."""


def is_elsewhere(text: str, language: Language) -> bool:
    """Whether the words are a sentence with no figure in it, whose speaker does not look for one either."""
    folded = fold(text, language)
    if _FIGURES.search(folded) or digit_runs(folded, language):
        return False
    length = len(folded.split()) if language is Language.EN else len(re.sub(r"\W", "", folded))
    return length >= _FEWEST[language] and not re.search(_LOOKING[language], folded)
