"""Out of hours, and where nobody comes: the opening is told, and a message taken."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from call_fakes import KEY, LOUD
from virtual_time import run
from waiting_scene import outcomes, spoken, waiting_leg, wants_a_person

from assist.acd.hours import Hours
from assist.acd.plan import Plan, Queue
from core.events import LineFault, UtteranceHeard, UtteranceSpoken, VoicemailLeft
from core.recordings import read_header, read_seconds, recording_path
from voice_gateway.carriers.simulated import HangUp, Press, Wait, WaitUntil
from voice_gateway.leg import LINE_RATE
from voice_gateway.phrases import Phrase
from voice_gateway.voicemail import Message, MessageOptions

SEOUL = Hours(ZoneInfo("Asia/Seoul"), (((9 * 60, 17 * 60),),) * 7)
"""The scene's clock begins at 9:00 UTC, which is 18:00 there."""


def call(scene, *steps, queue: Queue):
    leg = waiting_leg(scene, *steps)

    async def story():
        async with scene.open() as switchboard:
            scene.router.set_plan(Plan({"office": queue}))
            await switchboard.answer(leg)

    run(story())
    return leg


def after_the_tone(scene):
    return WaitUntil(lambda: Phrase.VOICEMAIL in spoken(scene)), Wait(1.0)


def messages(folder):
    return [path.stem for path in folder.glob("*-*.tprec")]


MAILBOX = Queue("office", hours=SEOUL, out_of_hours="voicemail")


def test_a_closed_queue_says_when_it_opens_and_takes_a_message(tmp_path):
    scene = wants_a_person(tmp_path)
    call(
        scene, *after_the_tone(scene), scene.says("my lamp is broken", 3.0), Wait(1), scene.says("call me", 1.5), Wait(20),
        queue=MAILBOX,
    )  # fmt: skip
    said = [(e.name, e.text) for e in scene.log.of(UtteranceSpoken)][-4:]
    assert [name for name, _ in said] == [
        Phrase.CLOSED,
        Phrase.OPENS,
        Phrase.VOICEMAIL,
        Phrase.VOICEMAIL_KEPT,
    ]
    assert said[1][1] == "We are open again tomorrow at 9 AM."
    (left,) = scene.log.of(VoicemailLeft)
    assert left.queue == "office" and left.seconds == pytest.approx(1 + 3 + 1 + 1.5 + 5, abs=1.5)
    transcript = [e.text for e in scene.log.of(UtteranceHeard) if e.start_s >= left.at_s]
    assert transcript == ["my lamp is broken", "call me"]
    assert outcomes(scene) == [("ended_unconfirmed", "voicemail_left")]


def test_the_message_holds_the_callers_sound_alone_sealed_like_other_recordings(tmp_path):
    scene = wants_a_person(tmp_path)
    call(scene, *after_the_tone(scene), scene.says("my lamp is broken", 3.0), Wait(20), queue=MAILBOX)
    (left,) = scene.log.of(VoicemailLeft)
    path = recording_path(tmp_path, left.name)
    assert read_header(path).channels == 1
    sound = np.concatenate(list(read_seconds(path, KEY, left.name)))[:, 0]
    assert len(sound) / LINE_RATE == pytest.approx(left.seconds, abs=0.05)
    assert np.count_nonzero(np.abs(sound) > LOUD / 2) / LINE_RATE == pytest.approx(3.0 * 2 / 3, abs=0.3)
    assert b"lamp" not in path.read_bytes()


def test_a_key_ends_the_message_at_once(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = call(
        scene,
        *after_the_tone(scene),
        scene.says("my lamp is broken", 2.0),
        Wait(1),
        Press("#"),
        Wait(20),
        queue=MAILBOX,
    )
    (left,) = scene.log.of(VoicemailLeft)
    assert left.seconds < 5.5 and leg.closed_reason == "closed_by_us"


def test_who_hangs_up_has_left_what_they_said(tmp_path):
    scene = wants_a_person(tmp_path)
    call(scene, *after_the_tone(scene), scene.says("my lamp is broken", 2.0), HangUp(), queue=MAILBOX)
    (left,) = scene.log.of(VoicemailLeft)
    assert left.name in messages(tmp_path) and left.seconds == pytest.approx(3.0, abs=1.0)
    assert [e.text for e in scene.log.of(UtteranceHeard)][-1] == "my lamp is broken"
    assert outcomes(scene) == [("ended_unconfirmed", "caller_hung_up")]


def test_silence_alone_is_no_message_and_leaves_no_file(tmp_path):
    scene = wants_a_person(tmp_path)
    call(scene, *after_the_tone(scene), Wait(30), queue=MAILBOX)
    assert not scene.log.of(VoicemailLeft) and not messages(tmp_path)
    assert Phrase.VOICEMAIL_KEPT not in spoken(scene) and spoken(scene)[-1] == Phrase.CLOSING
    assert outcomes(scene) == [("failed", "queue_closed")]


def test_a_message_is_two_minutes_long_at_most(tmp_path):
    scene = wants_a_person(tmp_path)
    talk = [step for _ in range(60) for step in (scene.says("and so on", 2.5), Wait(1))]
    call(scene, *after_the_tone(scene), *talk, queue=MAILBOX)
    (left,) = scene.log.of(VoicemailLeft)
    assert left.seconds == pytest.approx(120, abs=1)


def test_where_the_plan_says_so_a_message_is_taken_after_a_wait_in_vain(tmp_path):
    scene = wants_a_person(tmp_path, agent_wait_s=20.0)
    call(
        scene, *after_the_tone(scene), scene.says("my lamp is broken", 2.0), Wait(30),
        queue=Queue("office", no_answer="voicemail"),
    )  # fmt: skip
    assert Phrase.CLOSED not in spoken(scene) and len(scene.log.of(VoicemailLeft)) == 1


def test_where_the_message_cannot_be_stored_its_words_are_kept(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = waiting_leg(scene, *after_the_tone(scene), scene.says("my lamp is broken", 2.0), Wait(30))

    async def story():
        async with scene.open() as switchboard:
            scene.router.set_plan(Plan({"office": MAILBOX}))
            opened = scene.parts.open_recording

            async def full(name, person, channels=2):
                if channels == 1:
                    raise OSError("no space left on device")
                return await opened(name, person, channels)

            object.__setattr__(switchboard._parts, "open_recording", full)
            await switchboard.answer(leg)

    run(story())
    (left,) = scene.log.of(VoicemailLeft)
    assert left.name == "" and "recording_failed" in [fault.what for fault in scene.log.of(LineFault)]
    assert [e.text for e in scene.log.of(UtteranceHeard) if e.start_s >= left.at_s] == ["my lamp is broken"]


def test_what_was_said_before_the_tone_is_no_part_of_a_message():
    message = Message(10.0, MessageOptions())
    message.voice(9.9)
    assert message.over(17.9, key=False) is None and message.over(18.0, key=False) == "nothing_said"
    message.voice(17.0)
    assert message.over(21.9, key=False) is None and message.over(22.0, key=False) == "silence"
    assert message.over(17.1, key=True) == "key"
    message.voice(130.0)
    assert message.over(130.0, key=False) == "full"
