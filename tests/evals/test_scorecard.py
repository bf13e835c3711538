"""A call is scored by what its log holds, each answer with its ground, in four languages."""

from datetime import UTC, datetime, timedelta

import pytest

from core import events as ev
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.events import Recorded
from core.log import EventLog
from core.views import CallView
from evals.checks import CallFacts, Line, _without, answer_all, no_long_silence
from evals.scorecard import FOLDER, ScorecardError, load, total
from evals.scorer import Scorer, UnknownCall

CARD = load(FOLDER / "service.yml")

SAID = {
    "zh": ("您好，欢迎致电。", "我想查一下订单。", "您的订单已发货。", "感谢您的来电，再见。"),
    "en": ("Hello, thank you for calling.", "Where is my order?", "Your order has shipped.", "Goodbye!"),
    "ja": ("お電話ありがとうございます。", "注文を調べて。", "発送済みです。", "失礼いたします。"),
    "ko": ("안녕하세요.", "주문 조회해 주세요.", "발송되었습니다.", "안녕히 계세요."),
}


def spoken(text, language, start, end, **more):
    return ev.UtteranceSpoken(speaker="bot", text=text, language=language, start_s=start, end_s=end, **more)


def heard(text, language, start, end, turn=1):
    return ev.UtteranceHeard(
        text=text, language=language, start_s=start, end_s=end, confidence=0.9, turn=turn
    )


def started(language):
    return ev.CallStarted(
        carrier="sim", carrier_call_id="c", caller="+81", called="+1", bot="homegoods", language=language
    )


def good_call(language):
    greet, ask, tell, close = SAID[language]
    return [
        started(language),
        spoken(greet, language, 0.3, 2.0),
        heard(ask, language, 2.5, 4.0),
        ev.TurnUnderstood(turn=1, intent="order_status", confidence=0.9, language=language),
        spoken(tell, language, 4.8, 7.0),
        ev.AnswerConfirmed(by="connector", intent="order_status"),
        spoken(close, language, 9.0, 10.0),
        ev.CallEnded(outcome="resolved", reason="bot_closed", duration_s=10.5),
    ]


@pytest.fixture
async def log(tmp_path):
    db = Database(sqlite_url(tmp_path / "evals.db"))
    await db.create_all()
    log = EventLog(db, PersonKeys(db, SiteKey(b"k" * 32)))
    await log.start()
    yield log
    await log.close()
    await db.close()


async def answers_to(log, events, call_id="call"):
    for event in events:
        await log.append(call_id, event, person="p")
    return {a.question: a for a in answer_all(CARD, CallFacts.of(await log.read(call_id)))}


@pytest.mark.parametrize("language", SAID)
async def test_a_good_call_earns_every_point_with_quotes_and_seconds(log, language):
    answers = await answers_to(log, good_call(language))
    assert {a.answer for a in answers.values()} == {"yes"}
    assert answers["greeting"].quote == SAID[language][0] and answers["greeting"].second == 0.3
    assert answers["need_identified"].quote == SAID[language][1]
    assert total(CARD, list(answers.values())) == 100.0


BAD = {
    "greeting": [spoken("One moment.", "en", 0.3, 2.0)],
    "language_matched": [
        spoken("Hello", "en", 0.3, 1),
        heard("注文を調べて", "ja", 2, 3),
        spoken("Pardon?", "en", 4, 5),
    ],
    "need_identified": [
        spoken("Hello", "en", 0.3, 1),
        heard("mumble", "en", 2, 3),
        ev.TurnUnderstood(turn=1, intent="out_of_scope", confidence=0.9, language="en"),
    ],
    "settled": [heard("where is it", "en", 2, 3)],
    "no_forbidden_words": [spoken("I guarantee it arrives tomorrow.", "en", 3, 5)],
    "no_long_silence": [spoken("Hello", "en", 0.3, 1), spoken("Still there?", "en", 12, 13)],
    "no_interruptions": [heard("my order is one zero four", "en", 2, 6), spoken("Pardon?", "en", 3, 4)],
    "closing": [spoken("Hello", "en", 0.3, 1)],
}


@pytest.mark.parametrize("question", BAD)
async def test_each_fault_is_found_with_its_moment(log, question):
    end = ev.CallEnded(outcome="ended_unconfirmed", reason="bot_closed", duration_s=20)
    answer = (await answers_to(log, [started("en"), *BAD[question], end]))[question]
    assert answer.answer == "no" and answer.reason
    assert answer.second is not None


async def test_where_nothing_was_said_checks_abstain_instead_of_guessing(log):
    end = ev.CallEnded(outcome="abandoned", reason="caller_hung_up", duration_s=1)
    answers = await answers_to(log, [started("en"), end])
    abstained = {name for name, answer in answers.items() if answer.answer == "abstained"}
    assert {"language_matched", "need_identified", "settled", "no_interruptions", "closing"} <= abstained


async def test_a_call_is_scored_once_when_it_ends_and_again_on_request(log):
    for event in good_call("zh"):
        await log.append("call", event, person="p")
    scorer = Scorer(log, CARD)
    while await scorer.catch_up():
        pass
    again = Scorer(log, CARD)
    await log.set_offset(Scorer.READER, 0)
    while await again.catch_up():
        pass
    scores = [r.event for r in await log.read("call") if isinstance(r.event, ev.CallScored)]
    assert [score.score for score in scores] == [100.0]
    assert (await scorer.rescore("call")).score == 100.0
    with pytest.raises(UnknownCall):
        await scorer.rescore("nothing")


def test_a_broken_scorecard_says_where_and_what_is_accepted(tmp_path):
    text = (FOLDER / "service.yml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.yml"
    broken.write_text(text.replace("check: settled", "check: settle"), encoding="utf-8")
    with pytest.raises(ScorecardError, match="no check 'settle'; there are: greeting"):
        load(broken)
    broken.write_text(text.replace("weight: 25", "weight: -1"), encoding="utf-8")
    with pytest.raises(ScorecardError, match=r"questions\.3\.weight"):
        load(broken)


def test_the_settings_of_a_question_are_checked_with_their_place(tmp_path):
    text = (FOLDER / "service.yml").read_text(encoding="utf-8")
    broken = tmp_path / "broken.yml"
    for right, wrong, said in (
        ("within_s: 4", "within_s: soon", r"question greeting: settings\.within_s: .*number.*'soon'"),
        ("longest_s: 6", "longest: 6", r"question no_long_silence: settings\.longest.*longest_s"),
        ("confidence: 0.5", "confidence: 50", r"question need_identified: settings\.confidence"),
        ("        zh: [滚筒", "        zk: [滚筒", r"question no_forbidden_words: settings\.but\.zk"),
        ("zh: [再见, 感谢您的来电, ", "zh: [", None),
        ("zh: [再见, 感谢您的来电, 谢谢您的来电, 祝您, 感谢来电]", "zh: []", r"settings\.words\.zh"),
    ):
        assert right in text
        broken.write_text(text.replace(right, wrong), encoding="utf-8")
        if said is None:
            load(broken)
            continue
        with pytest.raises(ScorecardError, match=said):
            load(broken)


@pytest.mark.parametrize(
    ("language", "text", "question", "answer"),
    [
        ("en", "This call will be recorded. Which order is it?", "greeting", "no"),
        ("en", "Hi! This call will be recorded.", "greeting", "yes"),
        ("en", "HELLO, this is the shop.", "greeting", "yes"),
        ("en", "Othello is out of stock.", "greeting", "no"),
        ("en", "That was a stupid, sorry, a strange mistake.", "no_forbidden_words", "no"),
        ("en", "The stupidity of machines.", "no_forbidden_words", "yes"),
        ("en", "It is 100% cotton.", "no_forbidden_words", "no"),
        ("zh", "您的滚筒洗衣机明天送到。", "no_forbidden_words", "yes"),
        ("zh", "这张桌子比较笨重。", "no_forbidden_words", "yes"),
        ("zh", "滚筒洗衣机坏了你就滚。", "no_forbidden_words", "no"),
        ("zh", "你真笨。", "no_forbidden_words", "no"),
        ("ja", "バカンスにおすすめです。", "no_forbidden_words", "yes"),
        ("ja", "バカですか。", "no_forbidden_words", "no"),
        ("ko", "바보처럼 말하지 마세요.", "no_forbidden_words", "no"),
        ("ko", "왕바보네 식당입니다.", "no_forbidden_words", "yes"),
        ("ko", "네, 감사합니다.", "closing", "yes"),
    ],
)
async def test_listed_words_are_found_as_words(log, language, text, question, answer):
    events = [started(language), spoken(text, language, 0.3, 2.0)]
    end = ev.CallEnded(outcome="ended_unconfirmed", reason="bot_closed", duration_s=20)
    assert (await answers_to(log, [*events, end]))[question].answer == answer


async def test_a_long_silence_is_pointed_to_where_it_begins(log):
    events = [
        started("en"),
        spoken("Hello", "en", 0.3, 3.0),
        heard("a person please", "en", 1.0, 2.0),
        spoken("You are through.", "en", 12.0, 13.0),
        ev.CallEnded(outcome="handed_off", reason="agent_closed", duration_s=20),
    ]
    answer = (await answers_to(log, events))["no_long_silence"]
    assert (answer.answer, answer.second) == ("no", 3.0)


def test_the_queue_divides_a_silence():
    assert _without([(5.0, 9.0)], 3.0, 18.0) == [(3.0, 5.0), (9.0, 18.0)]
    assert _without([(1.0, 6.0), (7.0, 30.0)], 3.0, 18.0) == [(6.0, 7.0)]
    assert _without([], 3.0, 2.0) == []
    view = CallView("c", started_at=datetime(2026, 1, 1, tzinfo=UTC))
    lines = [Line("bot", "a", "en", 0.0, 3.0), Line("agent", "b", "en", 18.0, 19.0)]

    def at(seconds, event):
        return Recorded(0, "i", "c", 1, view.started_at + timedelta(seconds=seconds), event)

    waited = [
        at(5, ev.HandoffRequested(packet={}, reason="r")),
        at(9, ev.OfferAnswered(offer_id="o", agent="a", answer="accepted")),
    ]
    found = no_long_silence(CallFacts(view, waited, lines), {"longest_s": 6})
    assert (found.answer, found.second, found.line) == ("no", 9.0, lines[1])
