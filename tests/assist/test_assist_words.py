"""Summaries, packets and moods: what is written for people, in every language."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from assist import desk
from assist import summary_words as words
from assist.desk import words as desk_words
from assist.desk.view import chips
from assist.facts import gather
from assist.packet import build_packet, handoff_requested
from assist.sentiment import TIPS, MoodTracker, cue_of, judge
from assist.summary import as_text, sentences, summarise, summarise_with_model, summarised, supported
from assist.wrap_up import CODES
from core import events as ev
from core.handoff import HandoffPacket
from core.languages import Language
from models.protocols import LanguageModelError

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO


def call(language: Language = EN) -> list[ev.Event]:
    return [
        ev.CallStarted(
            carrier="simulated",
            carrier_call_id="1",
            caller="+447700900123",
            called="",
            bot="homegoods",
            language=language,
        ),
        ev.TurnUnderstood(turn=1, intent="greet", confidence=0.9, language=language, sentiment=0.2),
        ev.UtteranceHeard(
            text="where is my order 104227", language=language, start_s=1, end_s=2, confidence=0.9
        ),
        ev.TurnUnderstood(
            turn=2,
            intent="order_status",
            confidence=0.9,
            language=language,
            sentiment=-0.3,
            slots={"order_number": "104227"},
        ),
        ev.ActionTaken(name="action_order_status", ok=True),
        ev.TurnUnderstood(turn=3, intent="ask_person", confidence=0.9, language=language, sentiment=-0.5),
    ]


def test_every_sentence_exists_in_every_language() -> None:
    for table in (words.MATTER, words.DONE, words.OPEN, words.CLOSED, words.MOOD, TIPS):
        for key, by_language in table.items():
            assert set(by_language) == set(Language), key
    for by_language in (words.KNOWLEDGE, words.AGENT_TALKED, words.DONE_FRAME, words.ABANDONED):
        assert set(by_language) == set(Language)


@pytest.mark.parametrize("language", list(Language))
async def test_the_packet_holds_what_was_understood(language: Language) -> None:
    packet = await build_packet(
        "c1",
        call(language),
        reason="caller_asked",
        language=language,
        intent="ask_person",
        slots={"order_number": "104227", "phone": None},
        skills=("orders",),
        caller="+447700900123",
    )
    assert packet.intent == "order_status"
    assert packet.slots == {"order_number": "104227"}
    assert [(one.what, one.ok) for one in packet.tried] == [("action_order_status", True)]
    assert "104227" in packet.summary.matter
    assert packet.summary.done == summarise(gather(call(language)), language).done != ""
    assert packet.summary.open == words.OPEN["caller_asked"][language]
    assert packet.summary.mood == words.MOOD["impatient"][language]
    assert packet.sentiment < -0.25 and packet.priority == 0
    assert HandoffPacket.model_validate(handoff_requested(packet).packet) == packet


async def test_the_summary_may_be_in_the_agents_language() -> None:
    packet = await build_packet("c1", call(KO), reason="complaint", language=KO, summary_language=ZH)
    assert packet.language is KO and packet.summary.matter == "来电者查询订单 104227 的状态。"


@pytest.mark.parametrize(
    ("reason", "customer", "expected"),
    [
        ("caller_asked", {}, 0),
        ("complaint", {}, 5),
        ("caller_asked", {"level": 2}, 6),
        ("complaint", {"level": 1}, 8),
    ],
)
async def test_complaints_and_important_customers_come_sooner(
    reason: str, customer: dict, expected: int
) -> None:
    packet = await build_packet("c", call(), reason=reason, language=EN, customer=customer)
    assert packet.priority == expected


def test_the_draft_after_the_call_says_what_the_agent_and_the_bot_did() -> None:
    events = [
        *call(),
        ev.HandoffRequested(packet={}, reason="caller_asked"),
        ev.OfferAnswered(offer_id="o", agent="joe", answer="accepted"),
        ev.UtteranceSpoken(speaker="agent", text="Hello", language=EN, start_s=9, end_s=10),
    ]
    assert (
        summarise(gather(events), EN).done == "Done: the order was looked up; an agent spoke with the caller."
    )
    assert "坐席已与来电者沟通" in summarise(gather(events), ZH).done


def test_a_confirmed_answer_leaves_nothing_open() -> None:
    events = [*call(ZH), ev.AnswerConfirmed(by="caller", intent="order_status")]
    event = summarised(events)
    assert event.language is ZH and "已解决" in event.text and "待办" not in event.text
    assert "。 " not in event.text


def test_an_empty_call_still_gives_a_summary() -> None:
    for language in Language:
        assert as_text(summarise(gather([]), language), language)


class Model:
    def __init__(self, answer: str | Exception) -> None:
        self.answer = answer

    async def complete(self, messages: object, max_tokens: int = 256, timeout_s: float = 10.0) -> str:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_a_sentence_that_the_call_does_not_support_is_dropped() -> None:
    facts = gather(call())
    model = Model(
        '{"matter": "The caller wants to know where order 104227 is. She lives at 9 Park Lane.",'
        '"done": "A refund of 300 dollars was paid.", "open": "", "mood": "The caller is impatient."}'
    )
    summary = await summarise_with_model(facts, EN, model)
    assert summary.matter == "The caller wants to know where order 104227 is."
    assert summary.done == "Done: the order was looked up."
    assert summary.open == words.OPEN[""][EN]


@pytest.mark.parametrize(
    "answer", [LanguageModelError("away"), TimeoutError(), "no json", '{"matter": 3}', "{broken}"]
)
async def test_a_model_that_fails_leaves_the_rules_summary(answer: str | Exception) -> None:
    facts = gather(call())
    assert await summarise_with_model(facts, EN, Model(answer)) == summarise(facts, EN)


def test_support_is_counted_in_characters_where_words_are_not_spaced() -> None:
    source = "caller: 我的订单104227什么时候到"
    assert supported("来电者问订单104227什么时候到。", source)
    assert not supported("订单204227什么时候到。", source)
    assert not supported("来电者要求赔偿三百元并且退款。", source)


def test_sentences_are_split_in_all_languages() -> None:
    assert sentences("一。二！三") == ["一。", "二！", "三"]
    assert sentences("It costs 3.50 now. Fine.") == ["It costs 3.50 now.", "Fine."]


@pytest.mark.parametrize(
    ("text", "language", "cue"),
    [
        ("I already told you my number", EN, "repeats"),
        ("I've been waiting for two weeks", EN, "waiting"),
        ("this is ridiculous", EN, "anger"),
        ("thanks, that's all", EN, ""),
        ("我都说过三遍了", ZH, "repeats"),
        ("我已经等了三个星期了", ZH, "waiting"),
        ("你们太过分了", ZH, "anger"),
        ("好的谢谢", ZH, ""),
        ("さっきも言いましたけど", JA, "repeats"),
        ("いつまで待たせるんですか", JA, "waiting"),
        ("いい加減にしてください", JA, "anger"),
        ("ありがとうございます", JA, ""),
        ("아까도 말했잖아요", KO, "repeats"),
        ("아직도 안 왔어요", KO, "waiting"),
        ("정말 화가 나네요", KO, "anger"),
        ("네 감사합니다", KO, ""),
    ],
)
def test_cues_in_the_wording(text: str, language: Language, cue: str) -> None:
    assert cue_of(text, language) == cue


def test_a_friendly_sentence_with_a_cue_word_stays_friendly() -> None:
    assert judge("thank you for waiting for me", EN, 0.7) == (0.7, "")
    assert judge("still waiting for it", EN, -0.2)[0] < -0.2


def test_a_tip_comes_when_the_mood_turns_and_not_again_until_it_was_calm() -> None:
    mood = MoodTracker()
    assert mood.update("where is my order", EN, 0.0).tip is None
    assert mood.update("I have been waiting for weeks", EN, -0.5).tip == "waiting"
    assert mood.update("I am still waiting for it", EN, -0.5).tip is None
    assert mood.update("this is ridiculous", EN, -0.8).tip == "anger"
    for _ in range(4):
        assert mood.update("oh I see, thank you", EN, 0.5).tip is None
    assert mood.update("but I am still waiting for the refund", EN, -0.5).tip == "waiting"


def test_a_mood_that_sinks_without_a_cue_gives_the_general_tip() -> None:
    mood = MoodTracker()
    tips = [mood.update("hm", EN, -0.5).tip for _ in range(3)]
    assert tips == ["", None, None]


def test_no_summary_holds_a_placeholder() -> None:
    for language in Language:
        for matter in words.MATTER:
            facts = gather(call())
            facts.matters = [matter]
            assert not re.search(r"[{}]", as_text(summarise(facts, language), language))


def test_every_word_of_the_page_exists_and_none_is_left_over() -> None:
    folder = Path(desk.__file__).parent
    code = "".join(file.read_text() for file in folder.glob("*.py") if not file.name.startswith("words"))
    named = set(re.findall(r"[\"'](\w+)[\"']", code))
    called = set(re.findall(r"[Ww]ords\([\"'](\w+)[\"']", code))
    table = desk_words._TABLE
    assert called <= set(table)
    # Those whose ending is data: words.named("order", state), words(f"left_{reason}").
    prefixes = tuple(f"{name}_" for name in re.findall(r"named\(\s*[\"'](\w+)[\"']", code))
    prefixes += tuple(re.findall(r"f[\"'](\w+_)\{", code))
    assert {name for name in table if name not in named and not name.startswith(prefixes)} <= STATES
    assert {f"code_{code}" for code in CODES} <= set(table)
    assert all(len(row) == 4 and all(row) for row in table.values())


CONSULT_NEWS = {"consult_failed", "consult_busy", "consult_no_answer", "consult_not_placed"}
STATES = {"gone", "caller", "bot", "agent"} | CONSULT_NEWS
"""Shown by a name that comes from data."""


def test_an_agent_sees_what_can_be_read_masked_and_each_value_once():
    slots = {
        "order_number": "104227",
        "parcel_number": "104227",
        "phone": "+8613900139001",
        "confirmed": True,
        "items": [1, 2],
        "date": None,
    }
    shown = dict(chips(SimpleNamespace(facts=SimpleNamespace(slots=slots))))
    assert list(shown) == ["order_number", "phone"] and shown["order_number"] == "104227"
    assert "13900139001" not in shown["phone"] and shown["phone"].endswith("9001")
