"""A call is scored by what its log holds, each answer with its ground, in four languages."""

import pytest

from core import events as ev
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.log import EventLog
from evals.checks import CallFacts, answer_all
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
