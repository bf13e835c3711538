"""What the desk decides without a browser: controls, who is looked up, who may see numbers, words."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from assist.desk.actions import DeskActions, Voice
from assist.desk.controls import SHORTCUTS, Controls, controls_of, headset_muted
from assist.desk.footer import footer  # noqa: F401  (imported, so that its words are checked too)
from assist.desk.view import CallTab, chips
from assist.desk.words import _TABLE, Words
from assist.desk.wrap_ups import WrapUps
from assist.line_state import LineState
from assist.live import LiveCall
from assist.presence import Presence
from assist.screen_pop import Records
from assist.unmasking import NotAllowed, unmask
from assist.wrap_up import CODES
from bots.connectors import DemoOrderDesk, DemoTicketDesk, seed_demo
from bots.connectors.orders import ORDER_STATES
from core import events as ev
from core.audit import AuditLog
from core.commands import Reply
from core.crypto import SiteKey
from core.events import LegJoined, LegLeft, OfferAnswered, Recorded
from core.identity import Role, User
from core.languages import Language
from core.log import EventLog
from core.routing_events import ColleagueAnswered, ColleagueAsked, ConversationPassed
from core.views import CallList, Channel

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


# --- controls ---


def a_call(*parties: dict[str, Any], **fields: Any) -> LiveCall:
    call = LiveCall.fresh("a")
    if parties:
        call.line = LineState.of({"parties": parties, **fields})
    return call


ME = {"party": "agent", "name": "joe", "sound": True}
TYPING = {"party": "agent", "name": "joe", "sound": False}


def test_with_sound_every_control_is_there() -> None:
    names = ("hold", "mute", "transfer", "consult", "take_code", "ask_score", "hang_up")
    assert controls_of(a_call(ME), "joe").names == names
    without = controls_of(a_call(ME), "joe", takes_codes=False).names
    assert without == tuple(name for name in names if name != "take_code")


def test_an_agent_who_types_has_nothing_to_mute_and_cannot_consult() -> None:
    names = controls_of(a_call(TYPING), "joe").names
    assert names == ("hold", "transfer", "take_code", "ask_score", "hang_up")


def test_a_held_call_is_resumed_and_the_bot_is_not_brought() -> None:
    controls = controls_of(a_call({**ME, "muted": True}, held=True), "joe")
    assert controls.names == ("resume", "unmute", "transfer", "consult", "hang_up")
    assert controls.status == "on_hold"


ANN = {"party": "agent2", "name": "ann", "sound": True}


def test_a_consultation_goes_from_asking_over_talking_to_all_three() -> None:
    call = a_call(ME, held=True, second="asked")
    call.consulted = "general"
    assert controls_of(call, "joe") == Controls(("mute", "consult_back"), "consulting", "general")
    joined = controls_of(a_call(ME, ANN, held=True, second="consult"), "joe")
    assert (joined.status, joined.with_whom) == ("consulted", "ann")
    assert joined.names[1:] == ("consult_back", "consult_conference", "consult_transfer")
    three = controls_of(a_call(ME, ANN, second="conference"), "joe")
    assert three.status == "in_conference" and "hang_up" in three.names


def test_while_the_bot_is_with_the_caller_only_hanging_up_is_left() -> None:
    controls = controls_of(a_call(ME, bot=True), "joe")
    assert (controls.names, controls.status) == (("hang_up",), "bot_has_call")


def test_a_lost_sound_is_no_hold_and_says_when_the_caller_goes_back_to_the_queue() -> None:
    call = a_call({**ME, "sound": False}, held=True, lost={"left_s": 42.0, "phone": "none"})
    assert controls_of(call, "joe") == Controls(("transfer", "hang_up"), "sound_lost")
    assert call.line is not None and 41 < call.line.lost_until - time.monotonic() <= 42
    by_phone = a_call(ME, held=True, lost={"left_s": 42.0, "phone": "ready"})
    assert controls_of(by_phone, "joe").names == ("ring_phone", "transfer", "hang_up")
    rings = a_call(ME, held=True, lost={"left_s": 60.0, "phone": "rings"})
    assert controls_of(rings, "joe") == Controls(("transfer", "hang_up"), "phone_rings")
    # The time moves on, and nothing is drawn anew for that.
    later = LineState.of({"held": True, "lost": {"left_s": 41.0, "phone": "none"}, "parties": [ME]})
    assert later == LineState.of({"held": True, "lost": {"left_s": 42.0, "phone": "none"}, "parties": [ME]})


def test_a_line_that_reports_nothing_leaves_hanging_up_and_an_ended_call_nothing() -> None:
    assert controls_of(a_call(), "joe").names == ("hang_up",)
    ended = a_call(ME)
    ended.talk_ended = True
    assert controls_of(ended, "joe").names == ()


def test_the_headset_is_silent_where_the_call_that_has_the_sound_is_and_no_other_touches_it() -> None:
    quiet, live = a_call({**ME, "sound": False, "muted": True}, held=True), LiveCall.fresh("b")
    live.line = LineState.of({"parties": [ME]})
    assert headset_muted([quiet, live], "joe") == ("b", False)
    live.line = LineState.of({"parties": [{**ME, "muted": True}]})
    assert headset_muted([live, quiet], "joe") == ("b", True)
    live.line = LineState.of({"parties": [TYPING]})
    assert headset_muted([quiet, live], "joe") is None
    # Who has come to a colleague's call goes by their own part in it.
    theirs = a_call({**ANN, "party": "agent", "muted": True}, {**ME, "party": "agent2"})
    assert headset_muted([theirs], "joe") == ("a", False)
    assert headset_muted([a_call(), LiveCall.fresh("b")], "joe") is None


def test_two_controls_that_stand_together_never_share_a_key() -> None:
    for call in (
        a_call(ME),
        a_call(ME, held=True),
        a_call(ME, ANN, second="consult"),
    ):
        keys = [SHORTCUTS[name] for name in controls_of(call, "joe").names]
        assert len(keys) == len(set(keys))
        # Taken elsewhere on the page: status, break, accept, reject, box, search, notes, more time.
        assert not set(keys) & {f"Alt+{key}" for key in "SBAROMKNW123"}


def facts(*events: ev.Event) -> LiveCall:
    call = LiveCall.fresh("a")
    for seq, event in enumerate(events, 1):
        call.apply(Recorded(seq, f"e{seq}", "a", seq, NOW, event))
    return call


def test_a_consultation_that_comes_to_nothing_is_told() -> None:
    asked = ev.ConsultStarted(to_kind="queue", to_name="general", by="joe")
    failed = facts(asked, ev.ConsultEnded(then="failed", reason="nobody came"))
    assert (failed.consulted, failed.consulted_kind, failed.news) == ("general", "queue", "consult_failed")
    assert facts(asked, ev.ConsultEnded(then="back", by="joe")).news == ""


@pytest.mark.parametrize(
    ("event", "news"),
    [
        (ev.ConsultEnded(then="failed", reason="busy"), "consult_busy"),
        (ev.ConsultEnded(then="failed", reason="carrier_away"), "consult_not_placed"),
        (ev.LineFault(what="agent_phone_not_reached", detail="no_answer"), "phone_no_answer"),
        (ev.LineFault(what="agent_phone_not_reached", detail="number_refused"), "phone_not_reached"),
    ],
)
def test_a_telephone_that_was_not_reached_is_told_with_the_reason(event: ev.Event, news: str) -> None:
    assert facts(event).news == news


def test_who_speaks_by_telephone_tells_the_line_so() -> None:
    presence = Presence(User("joe", "Joe", frozenset({Role.AGENT}), phone="+4930123456"))
    assert presence.command().phone == ""
    presence.by_phone = True
    assert presence.command().phone == "+4930123456"


def test_how_many_calls_an_agent_has_at_once_is_told_to_the_distributor() -> None:
    assert Presence(User("joe", "Joe", frozenset({Role.AGENT}))).command().capacity == 1
    assert Presence(User("joe", "Joe", frozenset({Role.AGENT}), capacity=3)).command().capacity == 3


def test_a_colleague_who_has_come_may_be_silent_or_leave_and_then_has_the_call() -> None:
    asked = ColleagueAsked(
        offer_id="o", agent="ann", by="joe", language=Language.EN, at=1.0, until=21.0, reason="joe asks ann"
    )
    accepted = OfferAnswered(offer_id="i", agent="joe", answer="accepted")
    came = ColleagueAnswered(offer_id="o", agent="ann", answer="accepted", at=2.0)
    call = facts(accepted, asked)
    assert (call.offered_to, call.asked_by, call.watchers) == ("ann", "joe", {"joe", "ann"})
    call = facts(accepted, asked, came)
    call.line = LineState.of({"parties": [ME, ANN], "second": "consult", "held": True})
    assert controls_of(call, "ann") == Controls(("mute", "leave"), "with_colleague", "joe")
    passed = ConversationPassed(agent="joe", to="ann", queue="general", language=Language.EN, at=3.0)
    moved = [LegLeft(party="agent"), LegLeft(party="agent2"), LegJoined(party="agent", name="ann")]
    for order in ([passed, *moved], [*moved, passed]):
        call = facts(accepted, asked, came, *order)
        assert (call.agent, call.colleague, call.talk_ended) == ("ann", "", False)


def test_what_was_collected_is_shown_once_however_many_slots_hold_it() -> None:
    call = LiveCall.fresh("a")
    call.facts.slots = {"order_number": "104227", "parcel_number": "104227", "confirm": True, "list": [1]}
    assert chips(call) == [("order_number", "104227")]


# --- who calls ---


@pytest.fixture
async def records(database, event_log: EventLog) -> Records:
    await seed_demo(database, date(2026, 3, 4))
    calls = CallList(database, event_log)
    for number in range(7):
        name = f"call-{number}"
        started = ev.CallStarted(
            carrier="simulated", carrier_call_id=name, caller="", called="", bot="b", language=Language.ZH
        )
        understood = ev.TurnUnderstood(turn=1, intent="return_item", confidence=1.0, language=Language.ZH)
        ended = ev.CallEnded(outcome="resolved", reason="bot_closed", duration_s=9.0)
        for event in (started, understood, ended):
            event_log.emit(name, event, person="anna" if number < 6 else "somebody")
    await event_log.flush()
    while await calls.catch_up():
        pass
    return Records(DemoOrderDesk(database), DemoTicketDesk(database), calls, timeout_s=0.5)


async def test_a_known_caller_is_shown_with_orders_tickets_and_earlier_calls(records: Records) -> None:
    pop = await records.look_up("call-5", "+8613800138001", "anna")
    assert pop.customer is not None and (pop.customer.name, pop.customer.level) == ("王晓梅", "gold")
    assert [order.number for order in pop.orders][:2] == ["H104228", "H104227"]
    assert [ticket.number for ticket in pop.tickets] == ["T600118"]
    assert [contact.call_id for contact in pop.contacts] == [f"call-{n}" for n in (4, 3, 2, 1, 0)]
    shown = {(one.matter, one.outcome, one.channel) for one in pop.contacts}
    assert shown == {("return_item", "resolved", "telephone")}
    assert not pop.missing


async def test_last_contacts_are_those_of_every_channel(records: Records, event_log: EventLog) -> None:
    started = ev.CallStarted(
        carrier="webrtc", carrier_call_id="b", caller="", called="", bot="b", language=Language.ZH
    )
    browser = [started, ev.CallEnded(outcome="ended_unconfirmed", reason="caller_hung_up", duration_s=9.0)]
    left = [
        started.model_copy(update={"carrier": "twilio"}),
        ev.TurnUnderstood(turn=1, intent="complain", confidence=1.0, language=Language.ZH),
        ev.VoicemailLeft(name="m", seconds=8.0, language=Language.ZH),
        ev.CallEnded(outcome="abandoned", reason="message_left", duration_s=30.0),
    ]
    for name, events in (("browser", browser), ("left", left)):
        for event in events:
            event_log.emit(name, event, person="anna")
    await event_log.flush()
    while await records._calls.catch_up():
        pass
    contacts = (await records.look_up("call-5", "+8613800138001", "anna")).contacts
    assert [(one.channel, one.matter, one.outcome) for one in contacts[:3]] == [
        ("message", "complain", "abandoned"),
        ("browser", "", "ended_unconfirmed"),
        ("telephone", "return_item", "resolved"),
    ]
    words = Words(Language.JA)
    assert all(f"channel_{one}" in _TABLE for one in get_args(Channel))
    assert words.named("channel", contacts[0].channel) == "伝言"


async def test_an_unknown_or_withheld_number_has_no_records(records: Records) -> None:
    assert (await records.look_up("x", "+491701234567", None)).customer is None
    withheld = await records.look_up("x", "", None)
    assert (withheld.customer, withheld.orders, withheld.contacts, withheld.missing) == (
        None,
        (),
        (),
        frozenset(),
    )


async def test_a_system_that_is_away_or_slow_is_named_and_the_rest_is_shown(records: Records) -> None:
    async def slow(number: str) -> None:
        await asyncio.sleep(60)

    async def broken(*_: Any) -> Any:
        raise ConnectionError("away")

    records._orders.find_customer = slow  # type: ignore[method-assign, assignment]
    records._tickets.unfinished = broken  # type: ignore[method-assign]
    pop = await records.look_up("call-5", "+8613800138001", "anna")
    assert pop.missing == {"customer", "tickets"} and len(pop.contacts) == 5


async def test_a_ticket_belongs_to_the_customer_or_else_to_the_caller(records: Records) -> None:
    known = await records.look_up("call-5", "+8613800138001", "anna")
    await records.open_ticket("call-5", known, "anna", "wants a lamp", "mei", NOW)
    await records.open_ticket("call-5", known, "anna", "wants a lamp", "mei", NOW)
    again = await records.look_up("call-5", "+8613800138001", "anna")
    assert again.tickets[0].subject == "wants a lamp" and len(again.tickets) == 2
    stranger = await records.look_up("call-6", "+491701234567", "somebody")
    await records.open_ticket("call-6", stranger, "somebody", "asks for a catalogue", "mei", NOW)
    assert len((await records.look_up("y", "+491701234567", "somebody")).tickets) == 1


# --- numbers in full ---


@pytest.mark.parametrize("role", [Role.NUMBERS, Role.SUPERVISOR])
async def test_a_look_at_a_number_is_logged_with_who_what_and_which_call(database, role: Role) -> None:
    audit = AuditLog(database, SiteKey(b"k" * 32))
    user = User("lin", "Lin", frozenset({Role.AGENT, role}))
    assert await unmask(audit, user, "a", "+8613800138001", "desk") == "+8613800138001"
    [entry] = await audit.entries()
    assert (entry.actor, entry.action, entry.subject, entry.origin) == (
        "lin",
        "number.shown",
        "call:a",
        "desk",
    )
    assert entry.after == {"number": "****8001"}


async def test_without_the_right_nothing_is_told_and_nothing_noted(database) -> None:
    audit = AuditLog(database, SiteKey(b"k" * 32))
    with pytest.raises(NotAllowed):
        await unmask(audit, User("sam", "Sam", frozenset({Role.AGENT})), "a", "+8613800138001", "desk")
    assert await audit.entries() == []


class SilentFeed:
    """Nothing may reach it."""

    link_up = True


async def test_nothing_is_sent_for_an_agent_who_may_no_longer_act() -> None:
    told: list[object] = []
    joe, call = Presence(User("joe", "Joe", frozenset())), a_call(ME)

    async def allowed() -> bool:
        return False

    voice = Voice(lambda *words: told.append(words), lambda: None, lambda script: None)
    feed: Any = SilentFeed()
    do = DeskActions(feed, "joe", Words(Language.EN), lambda: joe, lambda: call, voice, allowed)
    await do.wish("available")
    await do.answer("offer-1", True)
    await do.hang_up()
    await do.say("hello")
    await do.open_ticket(call, "a broken lamp")
    assert not await do.finish(call, "", "", "resolved")
    assert joe.wish == "offline" and not call.pending and not told


class DeafFeed:
    """Refuses everything, and says when it was asked."""

    link_up = True

    def __init__(self) -> None:
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self.commands: list[Any] = []

    async def send(self, command: Any) -> Reply:
        self.commands.append(command)
        self.asked.set()
        await self.answers.wait()
        return Reply(ok=False, error="The caller is on hold already.")


async def test_a_line_that_was_refused_goes_back_into_the_box_of_its_own_call() -> None:
    scripts: list[str] = []
    first, second = a_call(ME), LiveCall.fresh("b")
    shown = [first]

    async def allowed() -> bool:
        return True

    voice = Voice(lambda text, kind: None, lambda: None, scripts.append)
    feed: Any = DeafFeed()
    presence: Any = None
    do = DeskActions(feed, "joe", Words(Language.EN), lambda: presence, lambda: shown[0], voice, allowed)
    saying = asyncio.create_task(do.say("one moment", typed_in=first))
    await feed.asked.wait()
    shown[0] = second  # the agent looks at the other call meanwhile
    feed.answers.set()
    await saying
    assert scripts == ['tp.giveBack("a:line", "one moment")']
    # What was typed in one call is said to no other, whichever is shown by the time it comes here.
    await do.say("and your number?", typed_in=first)
    assert [one.interaction_id for one in feed.commands] == ["a", "a"]


# --- wrap-ups that end by themselves ---


def test_a_wrap_up_that_ends_by_itself_is_told_whichever_call_is_shown() -> None:
    calls = {name: LiveCall.fresh(name) for name in ("shown", "behind", "kept", "lost")}
    wrap_ups = WrapUps("joe", calls.get)
    tabs = [CallTab(call, "wrap_up", 1.0, 60.0) for call in calls.values()]
    wrap_ups.see([*tabs, CallTab(LiveCall.fresh("talks"), "talking", 5.0)])
    for name, lapsed in (("shown", "saved"), ("behind", "empty"), ("kept", "saving"), ("lost", "failed")):
        calls[name].draft("joe").lapsed = lapsed  # type: ignore[assignment]
    assert list(wrap_ups.ended(tabs)) == []  # the log comes a moment before the distributor's state, or after
    assert list(wrap_ups.ended(tabs[2:])) == [("shown", "saved"), ("behind", "empty")]
    assert list(wrap_ups.ended(())) == [("lost", "failed")] and wrap_ups.late == "lost"
    calls["kept"].draft("joe").lapsed = "saved"
    assert list(wrap_ups.ended(())) == [("kept", "saved")]
    assert list(wrap_ups.ended(())) == [] and wrap_ups.late == "lost"  # told once, and waited for
    wrap_ups.done("lost")
    wrap_ups.done("lost")
    assert wrap_ups.late is None


# --- words ---


def test_every_word_is_there_in_four_languages() -> None:
    for name, row in _TABLE.items():
        assert len(row) == 4 and all(text.strip() for text in row), name


def test_the_page_asks_for_no_word_that_is_missing() -> None:
    folder = Path("assist/desk")
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    asked = set(re.findall(r'words\(\s*"([a-z_]+)"', code))
    assert len(asked) > 100
    assert asked - set(_TABLE) == set()
    english = Words(Language.EN)
    for state in ORDER_STATES:
        assert english.named("order", state) != state.replace("_", " ") or f"order_{state}" in _TABLE
    assert all(f"code_{code}" in _TABLE for code in CODES)
    assert english.named("code", "vip desk") == "vip desk"
