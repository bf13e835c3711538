"""What the simulated callers say: sentences in four languages, some of them completed by an order number.

An order number is spoken in two groups of three digits. A group is a recording of its own, so that few
recordings make many numbers; a lead-in, two groups and, in Korean, what is asked for are one turn, all in the same voice.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.languages import Language
from evals.bench.digits import SPOKEN

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO

VOICES = ("caller_a", "caller_b")
GROUPS = (
    "104", "227", "385", "491", "562", "638", "719", "853", "246", "930", "178", "695",
    "312", "458", "529", "674", "783", "816", "947", "205", "360", "591", "734", "862",
)  # fmt: skip
"""Each digit occurs, none leads with a zero: twelve groups a voice make 288 numbers."""
KOREAN_GROUPS = (
    "803", "104", "703", "630", "403", "370", "378", "387", "740", "643", "783", "637",
    "930", "634", "904", "374", "310", "347", "430", "914", "734", "934", "140", "638",
)  # fmt: skip
"""The callers' Korean is synthetic, and most groups of digits run together in it, so that hardly one caller in eight was
understood: these are those that a recogniser understood best. Speakers of Korean are measured by ``accuracy``."""

LEADS: dict[Language, tuple[str, ...]] = {
    EN: (
        "Hello, I would like to know where my order is, the number is",
        "Could you check the status of order number",
    ),
    ZH: ("你好，我想查一下我的订单到哪里了，订单号是", "请帮我查一下订单状态，号码是"),
    JA: (
        "すみません、注文の状況を知りたいのですが、注文番号は",
        "注文の配送状況を確認したいのですが、番号は",
    ),
    KO: ("안녕하세요, 주문 번호", "안녕하세요, 제 주문 번호"),
}
TAILS: dict[Language, str] = {KO: "배송 상태 알려 주세요."}
"""What stands behind the number; in Korean the sentence ends with what is asked for."""
FIXED: dict[Language, tuple[str, ...]] = {
    EN: (
        "What are your opening hours, please?",
        "How can I pay for an order at your shop?",
        "How long is the warranty on your furniture?",
    ),
    ZH: ("请问你们的人工客服几点上班？", "请问你们支持哪些付款方式？", "请问家具的保修期是多长时间？"),
    JA: (
        "そちらの営業時間を教えていただけますか。",
        "お支払い方法には何がありますか。",
        "家具の保証期間はどのくらいですか。",
    ),
    KO: (
        "상담원 운영 시간이 어떻게 되나요?",
        "결제 방법은 어떤 것들이 있나요?",
        "가구 보증 기간은 얼마나 되나요?",
    ),
}
"""Sentences whose replies never differ."""

CALLER_PREFIX = {ZH: "+86138", EN: "+1415", JA: "+8190", KO: "+8210"}
"""The country tells in which language the platform greets."""

DOCUMENTS = ("contact", "payment", "warranty")
"""The demo bot's documents that answer these."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Something that is to be rendered: a lead-in, a group of digits, or a whole sentence."""

    text: str
    language: Language
    voice: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A turn of a caller.

    Attributes:
        text: as it would be written, for counting what was lost; digits in figures.
        parts: recordings that make it, in order.
        number: the order asked for, '' where there is none.
    """

    text: str
    language: Language
    voice: str
    parts: tuple[Recording, ...]
    number: str = ""


def groups_of(language: Language) -> tuple[str, ...]:
    """The groups of digits that callers say; those of the first voice and the second by turns."""
    return KOREAN_GROUPS if language is KO else GROUPS


def spoken(digits: str, language: Language) -> str:
    """Digits as a caller says them, one by one.

    >>> spoken("104", Language.EN)
    'one, zero, four.'
    """
    words = [SPOKEN[language][int(digit)] for digit in digits]
    if language is EN:
        return ", ".join(words) + "."
    return ("、".join(words) if language is JA else "".join(words)) + ("." if language is KO else "。")


def recordings(languages: tuple[Language, ...]) -> list[Recording]:
    """All that is to be rendered for these languages."""
    return [
        Recording(text, language, voice)
        for language in languages
        for number, voice in enumerate(VOICES)
        for text in (
            *LEADS[language],
            *(spoken(group, language) for group in groups_of(language)[number::2]),
            *([TAILS[language]] if language in TAILS else []),
            *FIXED[language][number::2],
        )
    ]


def order_sentences(language: Language) -> list[Sentence]:
    """Every way to ask for an order: each voice has a share of the groups, and both lead-ins."""
    sentences = []
    for place, voice in enumerate(VOICES):
        groups = groups_of(language)[place::2]
        pairs = [(first, second) for first in groups for second in groups]
        for number, (first, second) in enumerate(pairs):
            lead = LEADS[language][number % len(LEADS[language])]
            tail = [TAILS[language]] if language in TAILS else []
            parts = (lead, spoken(first, language), spoken(second, language), *tail)
            sentences.append(
                Sentence(
                    " ".join([lead, first + second, *tail]),
                    language,
                    voice,
                    tuple(Recording(part, language, voice) for part in parts),
                    first + second,
                )
            )
    return sentences


def fixed_sentences(language: Language) -> list[Sentence]:
    """The sentences without a number, each in the voice it is rendered in."""
    return [
        Sentence(text, language, voice, (Recording(text, language, voice),))
        for place, voice in enumerate(VOICES)
        for text in FIXED[language][place::2]
    ]


def clip_sentence(language: Language, text: str) -> Sentence:
    """A real recording as a turn; its sound lies beside the rendered ones."""
    return Sentence(text, language, "clip", (Recording(text, language, "clip"),))
