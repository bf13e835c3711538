"""Our own line comes back, and its end when the line is over: counted, and taken for nobody's words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from call_fakes import reply, to_a_person
from call_scene import AFTER_GREETING, LONG, Scene, with_a_long_answer
from prometheus_client import REGISTRY
from virtual_time import run

from bots.engine.types import Say
from core.events import CallEnded, UtteranceHeard
from core.languages import Language
from voice_gateway.carriers.simulated import HangUp, Wait, WaitForReply, WaitUntilSpokenTo
from voice_gateway.phrases import Phrase, phrase_text
from voice_gateway.turns.echo import EchoGate

GOODBYE = "Thank you very much for calling our shop today. Goodbye, and have a very nice day."


@pytest.fixture(params=[True, False], ids=["like ours", "a caller's"])
def sounds_alike(request, monkeypatch) -> bool:
    monkeypatch.setattr(EchoGate, "may_be_ours", lambda self, heard, end_s: request.param)
    return request.param


@pytest.fixture
def scene(tmp_path) -> Scene:
    return with_a_long_answer(tmp_path)


def counted() -> float:
    return REGISTRY.get_sample_value("tetraphone_lines_heard_back_total") or 0.0


def expect(scene: Scene, said: str, back: str, alike: bool, before: float) -> None:
    """The echo is in no log, and counted; the same words by the caller are theirs."""
    assert [heard.text for heard in scene.log.of(UtteranceHeard)] == [said] + ([] if alike else [back])
    assert counted() - before == (1 if alike else 0)


def test_the_end_of_our_question_that_comes_back_after_it_is_no_answer(scene, sounds_alike):
    before, back = counted(), "arrive on Thursday morning"
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitForReply(quiet_s=0.1), scene.says(back, 1.2),
            Wait(2), HangUp(),
        )
    )  # fmt: skip
    expect(scene, "my parcel", back, sounds_alike, before)
    assert len(scene.bot.sessions[0].heard) == (1 if sounds_alike else 2)


def test_the_end_of_one_line_that_comes_back_over_the_next_does_not_stop_it(scene, sounds_alike):
    before, back = counted(), "arrive on Thursday morning"
    says = (Say(LONG, Language.EN, "utter_answer"), Say("Is there anything else?", Language.EN, "utter_else"))
    scene.bot.answer = lambda heard: replace(reply(""), says=says) if "my" in heard.text else reply("I see.")
    run(
        scene.call(
            *AFTER_GREETING, scene.says("my parcel"), WaitUntilSpokenTo(5.7), scene.says(back, 0.9),
            Wait(4), HangUp(),
        )
    )  # fmt: skip
    expect(scene, "my parcel", back, sounds_alike, before)
    assert (("bot", "Is there anything else?") in scene.log.transcript()) == sounds_alike


def test_what_comes_back_while_the_caller_waits_for_a_person_is_not_theirs(scene, sounds_alike):
    before, back = counted(), phrase_text(Phrase.WAITING, Language.EN)[-20:-1]
    scene.bot.answer = lambda heard: to_a_person()
    scene.with_settings(agent_wait_s=60.0)
    run(
        scene.call(
            *AFTER_GREETING, scene.says("a person"), Wait(12), scene.says(back, 1.2), Wait(3), HangUp()
        )
    )
    expect(scene, "a person", back, sounds_alike, before)


def test_the_end_of_our_goodbye_is_not_the_callers_last_word(scene, sounds_alike):
    before, back = counted(), "have a very nice day"
    scene.bot.answer = lambda heard: reply(GOODBYE, end_call=True)
    run(scene.call(*AFTER_GREETING, scene.says("that is all"), WaitUntilSpokenTo(4.6), scene.says(back, 1.5)))
    assert scene.log.of(CallEnded)[0].reason == "bot_closed"
    expect(scene, "that is all", back, sounds_alike, before)
