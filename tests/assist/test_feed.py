"""What agents' pages live on: calls from the log, agents from the distributor, and both may be away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from acd_commands import carry_out

from assist.acd.plan import Plan
from assist.acd.router import AcdRouter
from assist.acd.types import AcdSettings
from assist.desk.view import DeskView, view
from assist.feed import NO_LINK, AssistFeed
from assist.packet import build_packet, handoff_requested
from assist.presence import Attendance, Presence
from assist.wrap_up import Draft
from core import events as ev
from core.commands import AnswerOffer, Command, FinishWrapUp, Reply
from core.identity import Role, User
from core.languages import Language
from core.log import EventLog
from core.routing_events import ConversationEnded
from voice_gateway.partials import PartialBoard, PartialWords

EN = Language.EN
JOE = User("joe", "Joe", frozenset({Role.AGENT}), ("en",), ())


class Link:
    """The distributor in the same process; ``broken`` plays its absence."""

    def __init__(self, router: AcdRouter) -> None:
        self.router, self.broken, self.board = router, False, PartialBoard()
        self.calls: list[dict[str, Any]] = []

    async def send(self, command: Command) -> Reply:
        if self.broken:
            raise ConnectionError("away")
        return carry_out(self.router, command)

    async def state(self) -> dict[str, Any]:
        if self.broken:
            raise ConnectionError("away")
        return {**self.router.state(), "calls": self.calls}

    async def partials(self, after: int) -> dict[str, Any]:
        if self.broken:
            raise ConnectionError("away")
        return await self.board.changes(after, 10.0)


class Classifier:
    def __init__(self) -> None:
        self.value: float | Exception = 0.0

    async def sentiment(self, text: str, language: Language) -> float:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


class Stage:
    """A log, a distributor and a feed, and the steps of a call."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.router = AcdRouter(log)
        self.link = Link(self.router)
        self.classifier = Classifier()
        self.feed = self.new_feed()

    def new_feed(self) -> AssistFeed:
        return AssistFeed(self.log, self.link, classifier=self.classifier, state_poll_s=0.02, renew_s=0.02)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    async def call(self, name: str) -> None:
        self.log.emit(
            name,
            ev.CallStarted(
                carrier="simulated",
                carrier_call_id=name,
                caller="+447700900123",
                called="",
                bot="b",
                language=EN,
            ),
        )
        self.says(name, "where is my order 104227")
        self.log.emit(
            name,
            ev.TurnUnderstood(
                turn=1, intent="order_status", confidence=0.9, language=EN, slots={"order_number": "104227"}
            ),
        )
        await self.log.flush()
        packet = await build_packet(
            name, await self.log.read(name), reason="caller_asked", language=EN, caller="+447700900123"
        )
        self.log.emit(name, handoff_requested(packet))
        self.router.enqueue(packet, None)

    def says(self, name: str, text: str, start_s: float = 1.0) -> None:
        self.log.emit(
            name,
            ev.UtteranceHeard(text=text, language=EN, start_s=start_s, end_s=start_s + 1, confidence=0.9),
        )

    def open_page(self) -> Presence:
        return self.feed.connect(self.feed.presence(JOE), self.feed.attendance.page_number())

    async def conversation(self, name: str) -> None:
        """Joe is there, is offered the call and accepts."""
        self.presence = self.open_page()
        self.feed.subscribe("joe", lambda: None)
        await self.feed.wish(self.presence, "available")
        await self.call(name)
        await self.until(lambda: view(self.feed, self.presence, None).offer_id)
        offer_id = view(self.feed, self.presence, None).offer_id
        command = AnswerOffer(offer_id=offer_id, accept=True, **self.fields())
        assert (await self.feed.send(command)).ok
        await self.until(lambda: view(self.feed, self.presence, None).mode == "talk")

    def fields(self) -> dict[str, Any]:
        command = self.presence.command()
        return {"issued_by": "joe", "expires_at": command.expires_at}


@pytest.fixture
async def stage(log: EventLog) -> AsyncIterator[Stage]:
    stage = Stage(log)
    await stage.feed.start()
    yield stage
    await stage.feed.close()
    stage.router.close()


async def test_the_offer_comes_with_everything_said_before(stage: Stage) -> None:
    presence = stage.open_page()
    woken = asyncio.Event()
    stage.feed.subscribe("joe", woken.set)
    await stage.feed.wish(presence, "available")
    await stage.call("a")
    # The distributor may be a few milliseconds ahead of the log.
    await stage.until(lambda: (call := view(stage.feed, presence, None).call) and call.packet)
    assert woken.is_set()
    now = view(stage.feed, presence, None)
    assert now.call is not None and now.call.packet is not None
    assert now.left_s is not None and 0 < now.left_s <= 20
    assert now.call.facts.slots == {"order_number": "104227"}
    assert [line["text"] for line in now.call.view.transcript] == ["where is my order 104227"]


async def test_from_offer_to_wrap_up_and_back(stage: Stage) -> None:
    await stage.conversation("a")
    stage.router.conversation_ended("a")
    await stage.until(lambda: view(stage.feed, stage.presence, None).mode == "wrap")
    command = FinishWrapUp(interaction_id="a", code="resolved", summary="Found.", **stage.fields())
    assert (await stage.feed.send(command)).ok
    await stage.until(lambda: view(stage.feed, stage.presence, None).mode == "idle")
    await stage.log.flush()
    assert sum(one.event.kind == "wrap_up_done" for one in await stage.log.read("a")) == 1


async def test_a_turning_mood_gives_a_tip(stage: Stage) -> None:
    await stage.conversation("a")
    stage.classifier.value = -0.6
    stage.says("a", "I have been waiting for weeks", 5)
    await stage.until(lambda: stage.feed.call("a").tip is not None)  # type: ignore[union-attr]
    call = stage.feed.call("a")
    assert call is not None and call.tip == "waiting" and call.sentiment < -0.3


async def test_a_classifier_that_fails_leaves_the_cues_in_the_wording(stage: Stage) -> None:
    await stage.conversation("a")
    stage.classifier.value = ConnectionError("away")
    stage.says("a", "this is ridiculous", 5)
    await stage.until(lambda: stage.feed.call("a").tip == "anger")  # type: ignore[union-attr]


async def test_without_the_telephone_the_page_keeps_what_it_has_and_says_so(stage: Stage) -> None:
    await stage.conversation("a")
    stage.link.broken = True
    await stage.until(lambda: not stage.feed.link_up)
    assert view(stage.feed, stage.presence, None).mode == "talk"
    reply = await stage.feed.wish(stage.presence, "break")
    assert not reply.ok and reply.error == NO_LINK
    stage.says("a", "are you still there", 6)
    call = stage.feed.call("a")
    assert call is not None
    await stage.until(lambda: call.view.transcript[-1]["text"] == "are you still there")
    stage.link.broken = False
    await stage.until(lambda: view(stage.feed, stage.presence, None).link_up)


async def test_a_web_process_that_starts_anew_finds_the_conversation_and_the_wish(stage: Stage) -> None:
    await stage.conversation("a")
    await stage.feed.close()
    stage.feed = stage.new_feed()
    await stage.feed.start()
    presence = stage.open_page()
    stage.feed.subscribe("joe", lambda: None)
    await stage.until(lambda: (call := view(stage.feed, presence, None).call) and call.packet)
    assert view(stage.feed, presence, None).mode == "talk"
    call = stage.feed.call("a")
    assert call is not None and call.view.transcript
    await stage.until(lambda: presence.known)
    assert presence.wish == "available"


async def test_leaving_not_ready_takes_one_choice_of_available(stage: Stage) -> None:
    stage.router.acd.settings = AcdSettings(offer_s=0.05)
    presence = stage.open_page()
    stage.feed.subscribe("joe", lambda: None)
    await stage.feed.wish(presence, "available")
    await stage.call("a")
    await stage.until(lambda: view(stage.feed, presence, None).state == "not_ready")
    await asyncio.sleep(0.1)  # renewals go on and do not lift it
    assert view(stage.feed, presence, None).state == "not_ready"
    stage.router.acd.settings = AcdSettings()
    await stage.feed.wish(presence, "available")
    await stage.until(lambda: view(stage.feed, presence, None).mode == "offer")


async def test_an_agent_in_conversation_who_missed_another_call_is_there_again_by_one_choice(
    stage: Stage,
) -> None:
    await stage.conversation("a")
    stage.feed.attendance.user_changed(replace(JOE, capacity=2))
    await stage.until(lambda: stage.router.acd.agents["joe"].capacity == 2)

    def now() -> DeskView:
        return view(stage.feed, stage.presence, None)

    stage.router.acd.settings = AcdSettings(offer_s=0.05)
    await stage.call("b")
    await stage.until(lambda: now().why_not_ready == "not_answered")
    assert now().state == "talking" and now().chosen_wish == ""
    stage.router.acd.settings = AcdSettings()
    await stage.feed.wish(stage.presence, "available")
    await stage.until(lambda: now().offered is stage.feed.call("b"))
    # The router's answer to the wish and the offer arrive in either order.
    await stage.until(lambda: now().chosen_wish == "available")
    assert now().why_not_ready == ""


async def test_who_lost_their_sound_for_good_sees_why_they_are_not_ready(stage: Stage) -> None:
    await stage.conversation("a")
    stage.router.give_back("a")
    await stage.until(lambda: view(stage.feed, stage.presence, None).state == "not_ready")
    now = view(stage.feed, stage.presence, None)
    assert now.why_not_ready == "line_lost" and now.mode == "idle"
    await stage.feed.wish(stage.presence, "available")
    await stage.until(lambda: view(stage.feed, stage.presence, None).state == "available")


async def test_two_tabs_share_one_wish_and_the_agent_stays_while_one_is_open(stage: Stage) -> None:
    first, second = stage.open_page(), stage.open_page()
    assert first is second and len(first.pages) == 2
    await stage.feed.wish(first, "available")
    one, two = sorted(first.pages)
    stage.feed.disconnect(first, one)
    assert [presence.wish for presence in stage.feed.attendance.all()] == ["available"]
    stage.feed.disconnect(first, two)
    assert not stage.feed.attendance.all()


async def test_who_joins_or_leaves_the_queue_is_on_every_page_before_the_next_regular_look(
    log: EventLog,
) -> None:
    stage = Stage(log)
    stage.feed = AssistFeed(log, stage.link, state_poll_s=3600)
    await stage.feed.start()
    try:
        await stage.until(lambda: stage.feed.link_up)
        woken = []
        stage.feed.subscribe("joe", lambda: woken.append(len(stage.feed.waiting())))
        await stage.call("waits")
        await stage.until(lambda: 1 in woken)
        stage.router.leave("waits")
        await stage.until(lambda: woken[-1] == 0)
    finally:
        await stage.feed.close()


async def test_the_presence_of_many_agents_is_renewed_evenly_over_time(log: EventLog) -> None:
    stage, sent = Stage(log), []

    async def send(command: Command) -> Reply:
        sent.append((time.monotonic(), command.issued_by))
        return Reply(ok=True)

    stage.link.send = send  # type: ignore[method-assign]
    stage.feed = AssistFeed(log, stage.link, state_poll_s=3600, renew_s=1.0)
    for number in range(40):
        presence = stage.feed.presence(replace(JOE, username=f"agent{number}"))
        stage.feed.connect(presence, stage.feed.attendance.page_number()).known = True
    await stage.feed.start()
    try:
        await stage.until(lambda: len(sent) >= 40)
    finally:
        await stage.feed.close()
    assert {user for _, user in sent[:40]} == {f"agent{number}" for number in range(40)}
    times = [at for at, _ in sent[:40]]
    # Forty at once would all be within a few milliseconds.
    assert all(sum(at <= other < at + 0.05 for other in times) <= 8 for at in times)


async def test_what_administrators_change_reaches_the_distributor_while_the_page_is_open(
    stage: Stage,
) -> None:
    await stage.feed.wish(stage.open_page(), "available")
    await stage.until(lambda: "joe" in stage.router.acd.agents)
    changed = replace(JOE, languages=("en", "ja"), language_levels={"ja": 5}, capacity=2)
    stage.feed.attendance.user_changed(changed)
    joe = stage.router.acd.agents["joe"]
    await stage.until(lambda: (dict(joe.languages), joe.capacity) == ({EN: 3, Language.JA: 5}, 2))
    stage.feed.attendance.user_changed(User("ann", "Ann", frozenset({Role.AGENT})))
    assert [one.user for one in stage.feed.attendance.all()] == [changed]  # who is not here stays away


def test_a_short_absence_keeps_the_wish_and_a_long_one_does_not() -> None:
    attendance = Attendance()
    presence = attendance.connect(attendance.presence(JOE, 0), 1, 0)
    presence.wish, presence.known = "available", True
    attendance.disconnect(presence, 1, 100)
    assert attendance.connect(presence, 1, 150).wish == "available"
    attendance.disconnect(presence, 1, 200)
    again = attendance.connect(presence, 1, 300)
    assert again.wish == "offline" and not again.known


async def wrap_up_runs_out(stage: Stage, **written: str) -> Draft:
    """Joe is in wrap-up, writes, and does not save in time."""
    await stage.conversation("a")
    call = stage.feed.call("a")
    assert call is not None
    for field, text in written.items():
        call.draft("joe").write(field, text)  # type: ignore[arg-type]
    stage.router.acd.settings = AcdSettings(wrap_up_s=0.05)
    stage.router.conversation_ended("a")
    await stage.until(lambda: (stage.feed.agent("joe") or {}).get("state") == "available")
    return call.draft("joe")


async def done_of(stage: Stage, name: str) -> list[tuple[str, str, str]]:
    await stage.log.flush()
    events = (one.event for one in await stage.log.read(name))
    return [(one.code, one.summary, one.notes) for one in events if isinstance(one, ev.WrapUpDone)]


async def test_what_was_written_is_saved_when_wrap_up_ends_by_itself(stage: Stage) -> None:
    draft = await wrap_up_runs_out(stage, summary="Search opened.", notes="call +44 7700 900123")
    await stage.until(lambda: draft.lapsed == "saved")
    assert (await done_of(stage, "a"))[-1] == ("not_given", "Search opened.", "call ****0123")
    assert view(stage.feed, stage.presence, "a").mode == "idle"


async def test_a_code_that_was_chosen_in_time_counts(stage: Stage) -> None:
    draft = await wrap_up_runs_out(stage, code="resolved")
    await stage.until(lambda: draft.lapsed == "saved")
    assert [code for code, _, _ in await done_of(stage, "a")] == ["not_given", "resolved"]


async def test_a_wrap_up_in_which_nothing_was_written_saves_nothing(stage: Stage) -> None:
    draft = await wrap_up_runs_out(stage)
    await stage.until(lambda: draft.lapsed)
    assert draft.lapsed == "empty"
    assert [code for code, _, _ in await done_of(stage, "a")] == ["not_given"]


async def test_words_that_could_not_be_saved_by_themselves_can_still_be_saved(stage: Stage) -> None:
    refuse = stage.router.finish_wrap_up
    stage.router.finish_wrap_up = lambda *_: Reply(ok=False, error="no")  # type: ignore[method-assign]
    draft = await wrap_up_runs_out(stage, summary="Late.")
    await stage.until(lambda: draft.lapsed == "failed")
    late = view(stage.feed, stage.presence, "a")
    assert late.mode == "wrap" and late.late
    stage.router.finish_wrap_up = refuse  # type: ignore[method-assign]
    command = FinishWrapUp(interaction_id="a", code="resolved", summary="Late.", **stage.fields())
    assert (await stage.feed.send(command)).ok


async def test_the_window_opened_last_has_the_work_and_the_other_can_take_it_back(stage: Stage) -> None:
    await stage.conversation("a")
    presence = stage.presence
    [first] = presence.pages
    stage.open_page()
    second = max(presence.pages)
    assert view(stage.feed, presence, None, first).mode == "elsewhere"
    assert view(stage.feed, presence, None, second).mode == "talk"
    stage.feed.take_over(presence, first)
    assert view(stage.feed, presence, None, first).mode == "talk"
    assert view(stage.feed, presence, None, second).mode == "elsewhere"


async def test_a_window_that_was_away_takes_nothing_from_a_newer_one(stage: Stage) -> None:
    presence = stage.open_page()
    [first] = presence.pages
    stage.open_page()
    stage.feed.disconnect(presence, first)
    stage.feed.connect(presence, first)
    assert presence.front == max(presence.pages) != first
    stage.feed.close_page(presence, presence.front)
    assert presence.front == first


async def test_one_more_call_is_offered_beside_the_conversation_and_either_can_be_shown(stage: Stage) -> None:
    await stage.conversation("a")
    stage.feed.attendance.user_changed(replace(JOE, capacity=2))
    await stage.until(lambda: stage.router.acd.agents["joe"].capacity == 2)
    await stage.call("b")

    def now(chosen: str = "") -> DeskView:
        return view(stage.feed, stage.presence, None, chosen=chosen)

    await stage.until(lambda: now().offered)
    assert now().mode == "talk" and now().call is stage.feed.call("a")
    assert now().offered is stage.feed.call("b") and 0 < now().offer_left_s <= 20
    command = AnswerOffer(offer_id=now().offer_id, accept=True, **stage.fields())
    assert (await stage.feed.send(command)).ok
    await stage.until(lambda: len(now().tabs) == 2)
    assert [one.call.id for one in now("b").tabs] == ["a", "b"]
    assert now("b").call is stage.feed.call("b") and now("a").call is stage.feed.call("a")
    stage.link.calls = [{"interaction_id": "a", "held": True, "parties": []}]
    await stage.until(lambda: [one.state for one in now().tabs] == ["on_hold", "talking"])

    stage.router.conversation_ended("a")
    await stage.until(lambda: now("a").mode == "wrap")
    assert 0 < (now("a").left_s or 0) <= 120 and [one.state for one in now().tabs] == ["wrap_up", "talking"]
    assert now().call is stage.feed.call("b")  # who speaks comes before who is gone
    done = FinishWrapUp(interaction_id="a", code="resolved", summary="", **stage.fields())
    assert (await stage.feed.send(done)).ok
    await stage.until(lambda: len(now("a").tabs) == 1)
    assert now("a").call is stage.feed.call("b") and now("a").mode == "talk"


async def test_a_break_has_its_reason_and_losing_the_reason_does_not_lose_the_agent(stage: Stage) -> None:
    presence = stage.open_page()
    assert (await stage.feed.wish(presence, "break", "lunch")).ok
    await stage.until(lambda: (stage.feed.agent("joe") or {}).get("break_reason") == "lunch")
    stage.router.set_plan(Plan(break_reasons=("rest",)))
    await stage.until(lambda: presence.reason == "")
    await stage.until(lambda: (stage.feed.agent("joe") or {}).get("break_reason") == "")
    assert (stage.feed.agent("joe") or {}).get("state") == "break"


async def test_an_agent_who_was_away_for_too_long_is_told_that_the_caller_went_back(stage: Stage) -> None:
    await stage.conversation("a")
    call = stage.feed.call("a")
    stage.log.emit("a", ConversationEnded(agent="joe", why="agent_lost", talk_s=5.0, at=1.0))
    await stage.until(lambda: "joe" in stage.feed.given_back)
    assert call is not None


async def test_the_state_of_the_line_reaches_the_call(stage: Stage) -> None:
    await stage.conversation("a")
    call = stage.feed.call("a")
    assert call is not None and call.line is None
    parties = [{"party": "agent", "name": "joe", "since_s": 4.0, "muted": True, "sound": True}]
    stage.link.calls = [{"interaction_id": "a", "held": True, "parties": parties}]
    await stage.until(lambda: call.line is not None)
    assert call.line is not None and call.line.held and call.line.party("agent").muted  # type: ignore[union-attr]
    stage.link.calls = [{"interaction_id": "a", "stage": "agent"}]  # a line that does not report on parties
    await stage.until(lambda: call.line is None)


async def test_calls_that_never_needed_a_person_are_not_kept(stage: Stage) -> None:
    stage.says("self-service", "what are your opening hours")
    await stage.conversation("a")
    assert stage.feed.call("self-service") is None
    assert stage.feed.call("a") is not None


async def test_lines_of_others_wake_nobody(stage: Stage) -> None:
    await stage.conversation("a")
    ann = asyncio.Event()
    stage.feed.subscribe("ann", ann.set)
    await stage.until(lambda: ann.is_set() or True)
    await asyncio.sleep(0.1)
    ann.clear()
    stage.says("a", "hello again please", 7)
    call = stage.feed.call("a")
    assert call is not None
    await stage.until(lambda: call.view.transcript[-1]["text"] == "hello again please")
    assert not ann.is_set()


async def test_a_typed_line_waits_until_it_was_heard_or_could_not_be_spoken(stage: Stage) -> None:
    await stage.conversation("a")
    call = stage.feed.call("a")
    assert call is not None
    call.pending.extend(["hello", "one moment"])
    stage.log.emit("a", ev.UtteranceSpoken(speaker="agent", text="hello", language=EN, start_s=3, end_s=4))
    stage.log.emit("a", ev.LineFault(what="cannot_speak", detail="models are away"))
    await stage.until(lambda: not call.pending)
    assert list(call.unspoken) == ["one moment"]


async def test_words_are_shown_while_they_are_spoken_and_give_way_to_the_line_that_stays(
    stage: Stage,
) -> None:
    await stage.conversation("a")
    call = stage.feed.call("a")
    assert call is not None
    await stage.until(lambda: call.agent == "joe")  # the log comes a moment after the distributor's state
    woken: list[str] = []
    stage.feed.subscribe("joe", lambda: woken.append("joe"))
    stage.link.board.show("a", PartialWords("my lamp is", EN, 5.0))
    stage.link.board.show("somebody else's", PartialWords("hello", EN, 1.0))
    await stage.until(lambda: call.partial is not None)
    assert call.partial is not None and call.partial.text == "my lamp is"
    assert woken
    stage.says("a", "my lamp is broken", 5.0)
    await stage.until(lambda: len(call.view.transcript) == 2)
    assert call.partial is None
    stage.link.board.show("a", PartialWords("my lamp is bro", EN, 5.0))  # comes too late
    stage.link.board.show("a", PartialWords("and the", EN, 9.0))
    await stage.until(lambda: call.partial is not None)
    assert call.partial is not None and call.partial.text == "and the"
    await stage.log.flush()
    stored = [one.event.text for one in await stage.log.read("a") if isinstance(one.event, ev.UtteranceHeard)]
    assert stored == ["where is my order 104227", "my lamp is broken"]
    stage.link.board.clear("a")
    await stage.until(lambda: call.partial is None)


async def test_partial_words_are_gone_while_the_calls_do_not_answer(stage: Stage) -> None:
    await stage.conversation("a")
    call = stage.feed.call("a")
    assert call is not None
    stage.link.board.show("a", PartialWords("my lamp is", EN, 5.0))
    await stage.until(lambda: call.partial is not None)
    stage.link.broken = True
    stage.link.board.clear("somebody else's")
    stage.link.board.show("b", PartialWords("x", EN, 5.0))
    await stage.until(lambda: call.partial is None)
