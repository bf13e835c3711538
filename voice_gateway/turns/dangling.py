"""Whether a sentence's words so far call for more: "where is my", "我想要一个", "これを", "그리고".

Only words that can hardly end a turn on the telephone are listed: one too few costs a caller who was cut off, one
too many costs half a second of silence. Polite openings that are whole turns by themselves (〜ですが, ~인데요) are not
among them; they are prefaces, after which a caller is given a little longer.
"""

from __future__ import annotations

import re

from core.languages import Language

_EN = re.compile(
    r"\w[^\w']+(?:a|an|the|and|or|but|because|if|when|while|that|which|who|whose|than|as|of|to|for|with|from|at|by|into|"
    r"about|on|in|my|your|his|her|its|our|their|is|are|was|were|am|be|been|has|have|had|will|would|can|could|should|may|"
    r"might|do|does|did|not|very|i|we|they|he|she|um|uh|er|like|also|then)$",
    re.IGNORECASE,
)
_ZH = (
    "和|跟|与|或者|但是|可是|不过|因为|所以|然后|还有|就是|就是说|那个|这个|一个|一下子|如果|要是|虽然|把|被|在|给|从|向|往|"
    "我想|我要|我想要|(?<!是)我的|最|很|比较|关于|呃|嗯那个|请问|麻烦|想要|"
    "(?<![好是对行你我他她以样真])的"
)
_JA = (
    "を|(?<!こんにち)(?<!こんばん)は|の?ので|のが|のを|には|では|とは|への|から、|とか|たら|れば|そして|それで|"
    "(?<!いつ)(?<!どこ)(?<!何)(?<!何.)(?<!なん)(?<!誰)(?<!だれ)(?<!どれ)(?<!どちら)(?<!どっち)(?<!いくら)でも|"
    "あの|あのー|えっと|えーと|その|この|ために"
)
_KO = "은|을|를|에서|에게|한테|와|과|하고|그리고|그런데|근데|때문에|으면|려고|어서|아서|니까|제|저는|제가|어떤|그|그게|음"
_ENDS = {
    Language.EN: _EN,
    Language.ZH: re.compile(rf"\w(?:{_ZH})$"),
    Language.JA: re.compile(rf"\w(?:{_JA})$"),
    Language.KO: re.compile(
        # A lone short word may end like one with a particle: a name (김지은), a season (가을).
        rf"(?:^(?!\S{{1,3}}$).*\w(?:은|을|를|에서|에게|한테|으면|려고|어서|아서|니까)|(?:^|\s)(?:{_KO}))$"
    ),
}
_PREFACES = {
    Language.JA: re.compile(r"(?:です|ます|でした|ました)(?:が|けど|けども|けれど|けれども)$"),
    Language.KO: re.compile(r"\w데요$"),
}
"""Openings where the voice stays up; behind a full stop they are as good as any other sentence."""
_OPENINGS = {
    Language.EN: re.compile(
        r"^(?:hello|hi|hey|excuse me|good (?:morning|afternoon|evening))$", re.IGNORECASE
    ),
    Language.ZH: re.compile(r"^(?:你好|您好|喂)+$"),
    Language.JA: re.compile(
        # Nobody asks whether they want something themselves: 「たいのですか」 is 「たいのですが」 misheard by a hair.
        r"たい[のん]?です(?:か|が|けど)$|"
        # 「積みません」 is what a recogniser likes to make of 「すみません」 where nothing follows yet.
        r"^(?:(?:[すつ積]みません(?:が|けど)?|すいません(?:が|けど)?|もしもし|こんにちは|お世話になって(?:い|お)?ります|あの)[、。 ]?)+$"
    ),
    Language.KO: re.compile(r"^(?:안녕하세요|여보세요|저기요)$"),
}
"""Openings whatever mark a recogniser puts behind them: it takes every pause for the end of a sentence."""
_CLOSED = re.compile(r"[.。!！?？]\s*$")
_TRAILS_OFF = re.compile(r"(?:\.{2,}|…|[-–—])\s*$")


def dangles(text: str, language: Language) -> bool:
    """Whether the words break off in the middle; False where they may well be all, and for no words."""
    text = text.strip()
    if _TRAILS_OFF.search(text):
        return True
    if _CLOSED.search(text):
        return False
    return bool(_ENDS[language].search(_bare(text)))


def prefaces(text: str, language: Language) -> bool:
    """Whether the words may be all, but often open what the caller wants: 「確認したいのですが」, "확인하고 싶은데요",
    and a greeting by itself."""
    preface, bare = _PREFACES.get(language), _bare(text)
    opens = _OPENINGS[language].search(bare.rstrip(".。!！?？ "))
    return bool(opens or (preface is not None and preface.search(bare)))


def _bare(text: str) -> str:
    """Without what a recogniser puts at the end where a voice stays up."""
    return re.sub(r"[\s,，、;；:]+$", "", text.strip())
