"""From the bot to a person: the queue, the agent, and every way in which it can end."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise
from zoneinfo import ZoneInfo

from call_fakes import to_a_person
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run

from assist.acd.hours import Hours
from assist.acd.plan import Plan, Queue
from core.events import (
    CallEnded,
    HandoffRequested,
    LegJoined,
    LegLeft,
    LineFault,
    OfferAnswered,
    OfferMade,
    UtteranceHeard,
    UtteranceSpoken,
)
from core.handoff import HandoffPacket
from core.languages import Language
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Wait, WaitForReply
from voice_gateway.phrases import Phrase, phrase_text


@asynccontextmanager
async def page(scene, user="mei", **options):
    showing = asyncio.create_task(scene.agent_page(user, **options))
    try:
        yield showing
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


def wants_a_person(tmp_path, **settings):
    scene = Scene(tmp_path)
    scene.with_settings(agent_voices={Language.EN: "agent-voice"}, **settings)
    scene.bot.answer = lambda heard: to_a_person()
    return scene


def outcome(scene):
    (ended,) = scene.log.of(CallEnded)
    return ended.outcome, ended.reason


def spoken_names(scene):
    return [event.name for event in scene.log.of(UtteranceSpoken)]


async def talking(scene):
    """Wait until an agent has the call; returns its id."""
    while not any(e.party == "agent" for e in scene.log.of(LegJoined)):
        await asyncio.sleep(0.5)
    return next(i for i, e, _ in scene.log.events if isinstance(e, LegJoined) and e.party == "agent")


def test_an_agent_takes_the_call_types_and_ends_it(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg(
        [
            *AFTER_GREETING,
            scene.says("I want a person"),
            WaitForReply(quiet_s=3),
            scene.says("my lamp is broken", 1.5),
        ],
        caller=ENGLISH,
    )

    async def story():
        async with scene.open() as switchboard, page(scene):
            answering = asyncio.create_task(switchboard.answer(leg))
            call = await talking(scene)
            assert (await scene.types("mei", call, "Hello, this is Mei.")).ok
            await asyncio.sleep(8)
            assert not (await scene.types("someone", call, "Not my call.")).ok
            assert (await scene.hangs_up("mei", call)).ok
            await answering
            assert not (await scene.types("mei", call, "Too late.")).ok

    run(story())
    assert outcome(scene) == ("handed_off", "agent_closed")
    (typed,) = [e for e in scene.log.of(UtteranceSpoken) if e.speaker == "agent"]
    assert typed.text == "Hello, this is Mei." and not typed.interrupted
    assert ("Hello, this is Mei.", "agent-voice") in scene.speaker.asked
    assert [h.text for h in scene.log.of(UtteranceHeard)] == ["I want a person", "my lamp is broken"]
    assert [(e.party, e.reason) for e in scene.log.of(LegLeft)] == [
        ("bot", "handed_over"), ("agent", "closed"), ("caller", "agent_closed"),
    ]  # fmt: skip
    assert spoken_names(scene)[-1] == Phrase.CLOSING
    (request,) = scene.log.of(HandoffRequested)
    packet = HandoffPacket.model_validate(request.packet)
    assert packet.language == "en" and packet.reason == "caller_asked" and packet.summary.as_text()
    # The agent is in wrap-up, and free afterwards.
    assert scene.router.agent_of(packet.interaction_id) is None


def test_the_bot_is_not_asked_once_a_person_has_the_call(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg(
        [
            *AFTER_GREETING,
            scene.says("a person"),
            WaitForReply(quiet_s=3),
            scene.says("more words"),
            Wait(3),
            HangUp(),
        ],
        caller=ENGLISH,
    )

    async def story():
        async with scene.open() as switchboard, page(scene):
            await switchboard.answer(leg)

    run(story())
    assert len(scene.bot.sessions[0].heard) == 1
    assert outcome(scene) == ("handed_off", "caller_hung_up")


def test_who_waits_hears_their_place_again_and_again_until_somebody_comes(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(90), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard, page(scene, accept=False):
            await switchboard.answer(leg)

    run(story())
    places = [e for e in scene.log.of(UtteranceSpoken) if e.name == Phrase.PLACE]
    # An agent who lets offers pass counts as absent afterwards: the place is announced while one is there.
    assert places and places[0].text == phrase_text(Phrase.PLACE, Language.EN, n=1)
    assert spoken_names(scene).count(Phrase.WAITING) >= 3


def test_who_waits_hears_how_long_it_may_take_once_until_it_changes(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(90), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard, page(scene):
            # The only agent talks with somebody else, and conversations take four minutes.
            scene.router.acd.state.handle_s[""] = 240.0
            scene.router.enqueue(
                HandoffPacket(interaction_id="other", language="en", reason="caller_asked"), None
            )
            await switchboard.answer(leg)

    run(story())
    waits = [e.text for e in scene.log.of(UtteranceSpoken) if e.name == Phrase.EXPECTED_WAIT]
    assert waits == [phrase_text(Phrase.EXPECTED_WAIT, Language.EN, n=5)]
    assert spoken_names(scene).count(Phrase.PLACE) >= 3


def test_out_of_hours_the_caller_hears_that_nobody_is_there(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(30), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            closed = Hours(ZoneInfo("Asia/Seoul"), ((),) * 7)
            scene.router.set_plan(Plan({"office": Queue("office", hours=closed)}))
            await switchboard.answer(leg)

    run(story())
    # This queue never opens, so nothing is said about when it does.
    assert spoken_names(scene)[-2:] == [Phrase.CLOSED, Phrase.CLOSING]
    assert [fault.what for fault in scene.log.of(LineFault)] == ["queue_closed"]
    assert outcome(scene) == ("failed", "queue_closed")


def test_who_waits_hears_words_every_ten_seconds(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(90), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    lines = [e for e in scene.log.of(UtteranceSpoken) if e.start_s > 10]
    assert max(after.start_s - before.end_s for before, after in pairwise(lines)) < 10.5


def test_hanging_up_while_waiting_is_abandonment_and_withdraws_the_offer(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(15), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard, page(scene, accept=False):
            await switchboard.answer(leg)

    run(story())
    assert outcome(scene) == ("abandoned", "caller_hung_up")
    assert [e.answer for e in scene.log.of(OfferAnswered)] == ["withdrawn"]


def test_hanging_up_within_five_seconds_of_queueing_is_counted_apart(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(4), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    assert outcome(scene) == ("abandoned", "caller_hung_up_early")


def test_where_nobody_comes_the_call_goes_to_the_fallback_number(tmp_path):
    scene = wants_a_person(tmp_path, agent_wait_s=45.0, fallback_number="+8657188880000")
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person")], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    assert leg.transferred_to == "+8657188880000" and outcome(scene) == ("handed_off", "transferred")


def test_without_a_fallback_number_the_caller_is_told_and_the_call_ends(tmp_path):
    scene = wants_a_person(tmp_path, agent_wait_s=45.0)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person")], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    assert spoken_names(scene)[-1] == Phrase.NOBODY and outcome(scene) == ("failed", "nobody_available")


def test_an_agent_whose_page_is_gone_loses_the_call_to_the_head_of_the_queue(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(150), HangUp()], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard:
            answering = asyncio.create_task(switchboard.answer(leg))
            async with page(scene):
                await talking(scene)
                await asyncio.sleep(2)
            await asyncio.sleep(65)
            async with page(scene, "jun"):
                await answering

    run(story())
    assert Phrase.AGENT_LOST in spoken_names(scene)
    assert [e.name for e in scene.log.of(LegJoined) if e.party == "agent"] == ["mei", "jun"]
    assert outcome(scene) == ("handed_off", "caller_hung_up")


def test_a_command_repeated_is_carried_out_once_and_a_late_one_not_at_all(tmp_path):
    scene = wants_a_person(tmp_path)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(40), HangUp()], caller=ENGLISH)

    async def story():
        from core.commands import Say

        async with scene.open() as switchboard, page(scene):
            answering = asyncio.create_task(switchboard.answer(leg))
            call = await talking(scene)
            now = scene.parts.clock.now()
            say = Say(
                issued_by="mei", interaction_id=call, text="Once only.", expires_at=now.replace(hour=10)
            )
            assert [(await switchboard.handle(say)).ok for _ in range(2)] == [True, True]
            late = Say(issued_by="mei", interaction_id=call, text="Too late.", expires_at=now.replace(hour=8))
            refused = await switchboard.handle(late)
            assert not refused.ok and "expired" in refused.error
            await answering

    run(story())
    assert [e.text for e in scene.log.of(UtteranceSpoken) if e.speaker == "agent"] == ["Once only."]


def test_two_callers_get_two_agents(tmp_path):
    scene = wants_a_person(tmp_path)
    legs = [
        SimulatedLeg([*AFTER_GREETING, scene.says("a person"), Wait(20), HangUp()], caller=ENGLISH)
        for _ in range(2)
    ]

    async def story():
        async with scene.open() as switchboard, page(scene), page(scene, "jun"):
            await asyncio.gather(*(switchboard.answer(leg) for leg in legs))

    run(story())
    assert sorted(e.name for e in scene.log.of(LegJoined) if e.party == "agent") == ["jun", "mei"]
    assert len(scene.log.of(OfferMade)) == 2


def test_who_cannot_be_transcribed_for_the_agent_is_told_and_the_agent_sees_it(tmp_path):
    scene = wants_a_person(tmp_path, models_wait_s=4.0)
    leg = SimulatedLeg([*AFTER_GREETING, scene.says("a person")], caller=ENGLISH)

    async def story():
        async with scene.open() as switchboard, page(scene):
            answering = asyncio.create_task(switchboard.answer(leg))
            call = await talking(scene)
            await asyncio.sleep(2)
            scene.recogniser.away = True
            leg.then(scene.says("my lamp is broken", 1.5), WaitForReply(), WaitForReply(quiet_s=2))
            await asyncio.sleep(12)
            scene.recogniser.away = False
            leg.then(scene.says("it is the lamp", 1.5), Wait(2))
            await asyncio.sleep(6)
            await scene.hangs_up("mei", call)
            await answering

    run(story())
    said = spoken_names(scene)
    assert said.index(Phrase.ONE_MOMENT) < said.index(Phrase.SAY_AGAIN)
    assert [h.text for h in scene.log.of(UtteranceHeard)] == [
        "a person",
        "(not understood)",
        "it is the lamp",
    ]
    assert "words_lost" in [fault.what for fault in scene.log.of(LineFault)]


def read_along(tmp_path, spare: bool):
    """A call with an agent in which the caller speaks for five seconds; what was on the board meanwhile."""
    scene = wants_a_person(tmp_path)
    scene.spare = spare
    seen = []
    leg = SimulatedLeg(
        [
            *AFTER_GREETING,
            scene.says("I want a person", 2.0),
            WaitForReply(quiet_s=3),
            scene.says("my lamp", 5.0),
            Wait(4),
        ],
        caller=ENGLISH,
    )

    async def watch(switchboard):
        version = -1
        while True:
            board = await switchboard.partials.changes(version, 60.0)
            version = board["version"]
            seen.extend(words["text"] for words in board["calls"].values())

    async def story():
        async with scene.open() as switchboard, page(scene):
            watching = asyncio.create_task(watch(switchboard))
            answering = asyncio.create_task(switchboard.answer(leg))
            call = await talking(scene)
            await asyncio.sleep(20)
            await scene.hangs_up("mei", call)
            await answering
            assert switchboard.partials.snapshot()["calls"] == {}
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    run(story())
    return scene, seen


def test_an_agent_reads_along_while_the_caller_speaks(tmp_path):
    scene, seen = read_along(tmp_path, spare=True)
    assert len(seen) >= 4 and set(seen) == {"my lamp"}
    partials = [
        (text, seconds) for text, priority, seconds in scene.recogniser.asked if priority == "partial"
    ]
    assert all(text == "my lamp" for text, _ in partials)  # nobody reads along with the bot
    assert [seconds for _, seconds in partials] == sorted(seconds for _, seconds in partials)
    assert [event.text for event in scene.log.of(UtteranceHeard)] == ["I want a person", "my lamp"]


def test_a_busy_recogniser_is_not_asked_for_partial_words(tmp_path):
    scene, seen = read_along(tmp_path, spare=False)
    assert seen == [] and "partial" not in {priority for _, priority, _ in scene.recogniser.asked}
    assert [event.text for event in scene.log.of(UtteranceHeard)] == ["I want a person", "my lamp"]
