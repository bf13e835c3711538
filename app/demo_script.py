"""The four scripted calls of the demo: what the callers say, and how each call must end."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.languages import Language
from voice_gateway.phrases import Phrase

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO

_SAID_BY_ALL = (
    "utter_greet",
    "utter_greet_back",
    "utter_did_that_help",
    "utter_anything_else",
    "utter_goodbye",
    "utter_no_match",
)
FIRST_RESPONSES: dict[Language, tuple[str, ...]] = {
    Language.ZH: (*_SAID_BY_ALL, "utter_glad"),
    Language.EN: (
        *_SAID_BY_ALL, "utter_ask_order_number", "utter_ask_parcel_number", "utter_language_changed",
        "utter_status_shipped", "utter_status_out_for_delivery",
    ),
    Language.JA: (*_SAID_BY_ALL, "utter_ask_parcel_number"),
    Language.KO: (*_SAID_BY_ALL, "utter_handing_over"),
}  # fmt: skip
"""What the bot may say in these calls: rendered before them; all else when the line is idle."""

FIRST_LINES = frozenset(
    {
        Phrase.CONSENT, Phrase.ONE_MOMENT, Phrase.SAY_AGAIN, Phrase.TECHNICAL, Phrase.TRANSFERRING, Phrase.WAITING,
        Phrase.PLACE, Phrase.AGENT_JOINED, Phrase.AGENT_LOST, Phrase.SATISFACTION,
    }
)  # fmt: skip
"""What the platform may say in them."""

FIRST_DOCUMENTS: dict[Language, tuple[str, ...]] = {Language.ZH: ("warranty.zh.md",)}
"""Documents that the callers ask about, in the bot's folder: their sentences are rendered before the calls, too."""


@dataclass(frozen=True, slots=True)
class CallerLine:
    """A turn of the caller: spoken in a caller's voice, or keys."""

    text: str
    language: Language
    voice: str = "caller_a"


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """One call with its expectations; a call that ends otherwise fails the demo.

    Attributes:
        agent_lines: what the scripted agent types, one after each turn of the caller from the hand-over on.
        expect_languages: languages that the conversation must have been held in, in order.
    """

    title: str
    caller: str
    lines: tuple[CallerLine, ...]
    expect_outcome: str
    expect_intent: str
    expect_languages: tuple[Language, ...]
    agent_lines: tuple[str, ...] = field(default=())


CALLS = (
    ScriptedCall(
        title="English: where is my order? The number is spoken in digits; the order system answers",
        caller="+14155550123",
        lines=(
            CallerLine("Hi there, I would like to check the status of my order.", EN, "caller_a"),
            CallerLine("one, zero, four, two, two, seven.", EN, "caller_a"),
            CallerLine("No, that is all. Thank you, goodbye.", EN, "caller_a"),
        ),
        expect_outcome="resolved",
        expect_intent="order_status",
        expect_languages=(EN,),
    ),
    ScriptedCall(
        title="中文：文档能回答的问题，由来电者确认",
        caller="+8613900139000",
        lines=(
            CallerLine("你好，请问沙发的保修期是多长时间？", ZH, "caller_b"),
            CallerLine("是的，我明白了，谢谢。", ZH, "caller_b"),
            CallerLine("没有了，谢谢，再见。", ZH, "caller_b"),
        ),
        expect_outcome="resolved",
        expect_intent="ask_knowledge",
        expect_languages=(ZH,),
    ),
    ScriptedCall(
        title="日本語 → English: the caller changes the language in mid-call",
        caller="+81312345678",
        lines=(
            CallerLine("すみません、荷物が今どこにあるか知りたいのですが。", JA, "caller_a"),
            CallerLine("英語でお願いできますか。", JA, "caller_a"),
            CallerLine("The order number is three, one, five, zero, nine, two.", EN, "caller_b"),
            CallerLine("No, thank you. Goodbye.", EN, "caller_b"),
        ),
        expect_outcome="resolved",
        expect_intent="track_parcel",
        expect_languages=(JA, EN),
    ),
    ScriptedCall(
        title="한국어: 상담원 연결, 요약과 함께 인계",
        caller="+821012345678",
        lines=(
            CallerLine("상담원 연결해 주세요.", KO, "caller_b"),
            CallerLine("배송 주소를 바꾸고 싶어요.", KO, "caller_b"),
            CallerLine("네, 감사합니다.", KO, "caller_b"),
        ),
        expect_outcome="handed_off",
        expect_intent="ask_person",
        expect_languages=(KO,),
        agent_lines=(
            "안녕하세요, 상담원 지민입니다. 무엇을 도와드릴까요?",
            "네, 배송 주소를 바꿔 드리겠습니다.",
        ),
    ),
)
