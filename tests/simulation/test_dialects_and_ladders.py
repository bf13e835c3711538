"""Where the bot cannot follow: a dialect is met with an offer, silence and muttering end at a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, Scene
from virtual_time import run

from bots.engine.types import ActionRecord
from core.events import (
    AnswerConfirmed,
    CallEnded,
    DialectHeard,
    HandoffRequested,
    LanguageChanged,
    UtteranceSpoken,
)
from core.languages import Language
from voice_gateway.carriers.simulated import HangUp, Wait, WaitForReply
from voice_gateway.phrases import Phrase

CHINESE = "+8613800000000"
YUE = "点解我仲未收到货你哋几时送嚟"


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path)
    scene.with_settings(agent_wait_s=2.0)
    return scene


def says(scene, text, seconds=2.0, language=Language.ZH):
    return scene.says(text, seconds, language)


def spoken(scene):
    return [event.name for event in scene.log.of(UtteranceSpoken)]


def lost_bot(heard):
    return reply("抱歉，我没听懂。", language=heard.language, key="utter_no_match", intent="nlu_fallback")


def test_cantonese_that_the_bot_cannot_follow_is_met_with_one_offer(scene):
    scene.bot.answer = lost_bot
    steps = [step for _ in range(2) for step in (says(scene, YUE), WaitForReply())]
    run(scene.call(*AFTER_GREETING, *steps, HangUp(), caller=CHINESE))
    assert [event.dialect for event in scene.log.of(DialectHeard)] == ["yue"]
    assert spoken(scene)[-2:] == [Phrase.OFFER_CANTONESE, "utter_no_match"]


def test_cantonese_that_the_bot_can_follow_is_simply_answered(scene):
    scene.bot.answer = lambda heard: reply("您的包裹在路上。", language=heard.language, intent="track_parcel")
    run(scene.call(*AFTER_GREETING, says(scene, YUE), WaitForReply(), HangUp(), caller=CHINESE))
    assert spoken(scene)[-1] == "utter_answer" and scene.log.of(DialectHeard)


def test_who_asks_for_sichuan_speech_gets_the_offer_whatever_the_bot_makes_of_it(scene):
    scene.bot.answer = lambda heard: reply("好的。", language=heard.language, intent="change_language")
    steps = (says(scene, "可不可以讲四川话"), WaitForReply(), HangUp())
    run(scene.call(*AFTER_GREETING, *steps, caller=CHINESE))
    assert spoken(scene)[-1] == Phrase.OFFER_SICHUAN


def test_an_answer_is_never_replaced_by_the_offer_which_waits_for_a_turn_without(scene):
    def answer(heard):
        if "包裹" not in heard.text:
            return reply("请告诉我六位订单号。", language=heard.language, listen="digits", key="utter_ask")
        look_up = ActionRecord("track_parcel", True)
        return replace(
            reply("您的包裹在路上。", language=heard.language, intent="track_parcel"),
            outcome="resolved", resolved_by="connector", actions=(look_up,),
        )  # fmt: skip

    scene.bot.answer = answer
    asks = says(scene, "可不可以讲四川话，我的包裹到哪里了", 3.0), WaitForReply()
    run(
        scene.call(
            *AFTER_GREETING, *asks, says(scene, "还有一个问题"), WaitForReply(), HangUp(), caller=CHINESE
        )
    )
    assert spoken(scene)[-2:] == ["utter_answer", Phrase.OFFER_SICHUAN]
    assert len(scene.log.of(AnswerConfirmed)) == 1, "settled by the answer that was spoken"


def test_muttering_is_asked_about_once_and_ends_at_a_person(scene):
    """The bot of this scene never hands over by itself: the platform's own ladder does."""

    async def silence():
        return reply("Are you still there?", key="utter_still_there")

    async def story():
        async with scene.open() as switchboard:
            from voice_gateway.carriers.simulated import SimulatedLeg

            mutter = [step for _ in range(6) for step in (scene.says("", 0.8), WaitForReply())]
            leg = SimulatedLeg([*AFTER_GREETING, *mutter, Wait(60)], caller=CHINESE)
            start = scene.bot.start

            def patient(*args):
                session = start(*args)
                session.silence = silence
                return session

            scene.bot.start = patient
            await switchboard.answer(leg)

    run(story())
    assert spoken(scene).count(Phrase.SAY_AGAIN) == 1
    assert [event.reason for event in scene.log.of(HandoffRequested)] == ["not_understood"]


def test_where_nobody_ever_spoke_the_call_ends(scene):
    run(scene.call(*AFTER_GREETING, Wait(120), caller=CHINESE))
    assert not scene.log.of(HandoffRequested)
    assert len(scene.log.of(CallEnded)) == 1


def test_a_sentence_in_two_languages_at_once_does_not_change_the_call(scene):
    scene.bot.answer = lambda heard: reply("好的。", language=heard.language)
    mixed = says(scene, "我的 order 还没有 arrive 到", 3.0, Language.EN)
    run(scene.call(*AFTER_GREETING, mixed, WaitForReply(), HangUp(), caller=CHINESE))
    assert not scene.log.of(LanguageChanged)


def test_everything_follows_a_caller_who_changes_language(scene):
    """Two turns in Japanese: prompts, voice and the bot's words are Japanese from then on."""
    scene.with_settings(bot_voices={Language.JA: "ja_voice", Language.ZH: "zh_voice"})
    asked = []
    scene.bot.vocabulary = lambda language: asked.append(language) or ["word"]
    scene.bot.answer = lambda heard: reply(
        "はい。" if heard.language == "ja" else "好的。", language=heard.language
    )
    japanese = [
        step
        for text in ("荷物が届きません", "注文番号は分かりません")
        for step in (scene.says(text, 1.5, Language.JA), WaitForReply())
    ]
    muttering = (scene.says("", 0.8), WaitForReply())
    run(scene.call(*AFTER_GREETING, *japanese, *muttering, HangUp(), caller=CHINESE))
    assert [(event.before, event.after) for event in scene.log.of(LanguageChanged)] == [("zh", "ja")]
    assert asked[0] == Language.ZH and asked[-1] == Language.JA
    last = scene.log.of(UtteranceSpoken)[-1]
    assert (last.name, last.language) == (Phrase.SAY_AGAIN, Language.JA)
    assert ("はい。", "ja_voice") in scene.speaker.asked and scene.speaker.asked[-1][1] == "ja_voice"
