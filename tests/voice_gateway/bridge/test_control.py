"""Property: whatever agents, supervisors and lines do, who hears whom stays as it must."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from assist.acd.types import Refused
from core.events import CallHeld, ConsultEnded, LegJoined, LegLeft, MonitoringChanged
from voice_gateway.bridge.control import LOST_S, Control

SEATS = ("caller", "agent", "agent2", "supervisor")
NAMES = st.sampled_from(["mei", "jun", "ada", "boss", "chief"])


def in_a_call(*, sound: bool = True) -> Control:
    control = Control("mei", 0.0)
    if sound:
        control.line_back(0.0)
    return control


def consulting() -> Control:
    control = in_a_call()
    control.ask_second("agent", "jun", "jun", "mei")
    control.second_came(5.0)
    return control


def hears(control: Control) -> dict[str, set[str]]:
    return {seat: set(control.heard_by(seat)) for seat in SEATS if control.heard_by(seat)}


def held(facts: list) -> list[bool]:
    return [fact.on for fact in facts if isinstance(fact, CallHeld)]


# --- by hand ---


def test_caller_and_agent_hear_each_other_and_our_voice():
    assert hears(in_a_call()) == {"caller": {"agent", "platform"}, "agent": {"caller", "platform"}}


def test_on_hold_the_caller_hears_music_and_nobody_hears_the_caller():
    control = in_a_call()
    assert held(control.hold(True, "mei")) == [True]
    assert hears(control) == {"caller": {"music", "platform"}}
    assert held(control.hold(False, "mei")) == [False]
    assert "caller" in control.heard_by("agent")


def test_holding_twice_is_refused_with_a_sentence():
    control = in_a_call()
    control.hold(True, "mei")
    with pytest.raises(Refused, match="on hold already"):
        control.hold(True, "mei")
    control.hold(False, "mei")
    with pytest.raises(Refused, match="not on hold"):
        control.hold(False, "mei")


def test_who_is_muted_is_heard_by_nobody_and_hears_on():
    control = in_a_call()
    control.mute("agent", True)
    assert control.heard_by("caller") == {"platform"} and control.heard_by("agent") == {"caller", "platform"}


def test_a_muted_colleague_stays_muted_when_the_call_is_given_to_them():
    control = consulting()
    control.mute("agent2", True)
    control.end_consult("transfer", "mei", 6.0)
    assert control.agent.name == "jun" and control.agent.muted
    assert "agent" not in control.heard_by("caller")


def test_a_consultation_is_between_the_agents():
    control = in_a_call()
    assert held(control.ask_second("agent", "jun", "jun", "mei")) == [True]
    assert hears(control) == {"caller": {"music", "platform"}}
    control.second_came(5.0)
    assert hears(control) == {"caller": {"music", "platform"}, "agent": {"agent2"}, "agent2": {"agent"}}


def test_after_the_consultation_the_agent_is_with_the_caller_again():
    control = consulting()
    facts = control.end_consult("back", "mei", 9.0)
    assert held(facts) == [False] and LegLeft(party="agent2", reason="consultation_over") in facts
    assert hears(control) == hears(in_a_call())


def test_in_a_conference_all_hear_each_other():
    control = consulting()
    assert held(control.end_consult("conference", "mei", 9.0)) == [False]
    people = {"caller", "agent", "agent2"}
    assert hears(control) == {one: people - {one} | {"platform"} for one in people}


def test_a_warm_transfer_makes_the_second_agent_the_agent():
    control = consulting()
    facts = control.end_consult("transfer", "mei", 9.0)
    assert control.agent.name == "jun" and control.second is None and "agent2" not in control.members
    joined = LegJoined(party="agent", name="jun", at_s=9.0)
    assert joined in facts and LegLeft(party="agent", reason="transferred") in facts
    assert hears(control) == hears(in_a_call())


def test_whoever_was_asked_and_does_not_come_leaves_the_caller_on_hold():
    control = in_a_call()
    control.ask_second("agent", "jun", "jun", "mei")
    facts = control.second_gone("not_answered")
    assert facts == [ConsultEnded(then="failed", reason="not_answered")] and control.held
    control.hold(False, "mei")
    assert hears(control) == hears(in_a_call())


def test_a_second_agent_who_leaves_a_conference_leaves_the_others_talking():
    control = consulting()
    control.end_consult("conference", "mei", 9.0)
    assert control.second_gone("left") == [LegLeft(party="agent2", reason="left")]
    assert hears(control) == hears(in_a_call())


def test_a_consultation_without_sound_is_refused():
    with pytest.raises(Refused, match="no sound"):
        in_a_call(sound=False).ask_second("agent", "jun", "jun", "mei")


def test_a_listening_supervisor_hears_both_and_is_heard_by_nobody():
    control = in_a_call()
    assert control.monitor("boss", "listen", 1.0) == [MonitoringChanged(supervisor="boss", manner="listen")]
    assert control.heard_by("supervisor") == {"caller", "agent", "platform"}
    assert not any("supervisor" in control.heard_by(seat) for seat in SEATS)


def test_a_whisper_reaches_the_agent_alone():
    control = consulting()
    control.end_consult("conference", "mei", 9.0)
    control.monitor("boss", "whisper", 10.0)
    assert [seat for seat in SEATS if "supervisor" in control.heard_by(seat)] == ["agent"]


def test_barging_in_reaches_everybody_and_is_in_the_log_as_a_party():
    control = in_a_call()
    facts = control.monitor("boss", "barge", 1.0)
    assert LegJoined(party="supervisor", name="boss", at_s=1.0) in facts
    assert [seat for seat in SEATS if "supervisor" in control.heard_by(seat)] == ["caller", "agent"]
    assert LegLeft(party="supervisor", reason="listen") in control.monitor("boss", "listen", 2.0)


def test_a_supervisor_who_takes_over_is_the_agent():
    control = consulting()
    control.monitor("boss", "listen", 6.0)
    control.take_over("boss", 7.0)
    assert control.agent.name == "boss" and set(control.members) == {"caller", "agent"} and not control.manner
    assert hears(control) == hears(in_a_call())


def test_who_takes_over_while_the_agents_telephone_rings_leaves_no_word_of_music_behind():
    control = consulting()
    told = [*control.line_awaited(6.0), *control.end_consult("conference", "mei", 7.0)]
    told += control.take_over("boss", 8.0)
    assert control.heard_by("caller") == {"agent", "platform"}
    assert not held(told) or held(told)[-1] is False


def test_one_supervisor_at_a_time_and_nobody_listens_to_themselves():
    control = in_a_call()
    control.monitor("boss", "listen", 1.0)
    with pytest.raises(Refused, match="Another supervisor"):
        control.monitor("chief", "listen", 2.0)
    with pytest.raises(Refused, match="yourself"):
        in_a_call().monitor("mei", "listen", 1.0)


def test_while_the_bot_takes_a_code_it_is_alone_with_the_caller():
    control = in_a_call()
    control.monitor("boss", "barge", 1.0)
    control.hold(True, "mei")
    control.bot_comes("mei")
    assert hears(control) == {"caller": {"platform"}}
    for refused in (
        lambda: control.hold(True, "mei"),
        lambda: control.take_over("boss", 3.0),
        lambda: control.ask_second("agent", "jun", "jun", "mei"),
    ):
        with pytest.raises(Refused, match="bot has the caller"):
            refused()
    control.bot_leaves()
    assert "caller" in control.heard_by("agent")


def test_an_agent_whose_line_is_lost_is_waited_for_a_minute():
    control = in_a_call()
    assert held(control.line_lost("agent", 10.0)) == [True]
    assert control.heard_by("caller") == {"music", "platform"}
    assert not control.given_up(10.0 + LOST_S - 0.1) and control.given_up(10.0 + LOST_S)
    assert held(control.line_back(40.0)) == [False] and not control.given_up(1000.0)


def test_an_agent_who_works_by_typing_has_no_line_to_lose():
    control = in_a_call(sound=False)
    assert control.line_lost("agent", 10.0) == [] and not control.given_up(1000.0)


def test_in_a_conference_the_others_talk_on_while_a_line_is_lost():
    control = consulting()
    control.end_consult("conference", "mei", 9.0)
    assert held(control.line_lost("agent", 10.0)) == []
    assert control.heard_by("caller") >= {"agent2"} and "caller" in control.heard_by("agent2")


def test_a_line_lost_after_the_call_was_given_to_a_number_is_not_the_numbers():
    control = in_a_call()
    control.ask_second("number", "****0123", "****0123", "mei")
    control.second_came(8.0)
    control.end_consult("transfer", "mei", 9.0)
    assert control.line_lost("agent", 10.0) == []
    assert not control.apart and not control.given_up(1000.0) and "agent" in control.heard_by("caller")


# --- by machine ---


class AnyCall(RuleBasedStateMachine):
    """Agents, supervisors and lines do anything in any order."""

    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.control = Control("mei", 0.0)
        self.music = False

    def does(self, act, *args) -> None:
        """A request: it changes the state and says so truthfully, or is refused and changes nothing."""
        before = repr(vars(self.control))
        self.now += 1.0
        try:
            facts = act(*args)
        except Refused as refusal:
            assert repr(vars(self.control)) == before and str(refusal).endswith(".")
            return
        for on in held(facts):
            assert on != self.music, "the log says what was so already"
            self.music = on
        assert self.music == self.control.apart

    @rule(on=st.booleans())
    def hold(self, on) -> None:
        self.does(self.control.hold, on, "mei")

    @rule(on=st.booleans(), seat=st.sampled_from(SEATS))
    def mute(self, on, seat) -> None:
        if seat in self.control.members:
            self.does(self.control.mute, seat, on)

    @rule(name=NAMES)
    def consult(self, name) -> None:
        self.does(self.control.ask_second, "agent", name, name, "mei")

    @rule()
    def consult_number(self) -> None:
        self.does(self.control.ask_second, "number", "****0123", "****0123", "mei")

    @rule()
    def wait_for_telephone(self) -> None:
        if not self.control.through:
            self.does(self.control.line_awaited, self.now)

    @rule()
    def comes(self) -> None:
        self.does(self.control.second_came, self.now)

    @rule(reason=st.sampled_from(["not_answered", "left"]))
    def goes(self, reason) -> None:
        self.does(self.control.second_gone, reason)

    @rule(then=st.sampled_from(["back", "conference", "transfer"]))
    def end(self, then) -> None:
        self.does(self.control.end_consult, then, "mei", self.now)

    @rule()
    def bot_comes(self) -> None:
        self.does(self.control.bot_comes, "mei")

    @precondition(lambda self: self.control.bot)
    @rule()
    def bot_leaves(self) -> None:
        self.does(self.control.bot_leaves)

    @rule(user=NAMES, manner=st.sampled_from(["listen", "whisper", "barge"]))
    def monitor(self, user, manner) -> None:
        self.does(self.control.monitor, user, manner, self.now)

    @rule()
    def monitor_over(self) -> None:
        self.does(self.control.monitor_over, "stopped")

    @rule(user=NAMES)
    def take_over(self, user) -> None:
        self.does(self.control.take_over, user, self.now)

    @rule(seat=st.sampled_from(["agent", "agent2", "supervisor"]))
    def lose(self, seat) -> None:
        self.does(self.control.line_lost, seat, self.now)

    @rule()
    def back(self) -> None:
        self.does(self.control.line_back, self.now)

    # --- what holds at any moment ---

    @invariant()
    def only_who_is_there_hears_and_is_heard(self) -> None:
        people = set(self.control.members)
        assert {"caller", "agent"} <= people
        for seat in SEATS:
            heard = self.control.heard_by(seat)
            assert seat not in heard and heard <= people | {"platform", "music"}
            assert not heard or seat in people
            assert "music" not in heard or seat == "caller"

    @invariant()
    def names_are_different(self) -> None:
        names = [member.name for seat, member in self.control.members.items() if seat != "caller"]
        assert len(names) == len(set(names))

    @invariant()
    def who_is_muted_is_not_heard(self) -> None:
        for seat, member in self.control.members.items():
            assert not member.muted or not any(seat in self.control.heard_by(one) for one in SEATS)

    @invariant()
    def the_caller_hears_no_consultation_and_no_whisper(self) -> None:
        heard = self.control.heard_by("caller")
        if self.control.second != "conference":
            assert "agent2" not in heard
        if self.control.second in ("asked", "consult"):
            assert heard <= {"music", "platform"}
        if self.control.manner != "barge":
            assert "supervisor" not in heard
        if self.control.manner == "whisper":
            assert [s for s in SEATS if "supervisor" in self.control.heard_by(s)] in ([], ["agent"])

    @invariant()
    def nobody_hears_the_code(self) -> None:
        if self.control.bot:
            assert not any(self.control.heard_by(seat) for seat in SEATS if seat != "caller")
            assert self.control.heard_by("caller") == {"platform"}

    @invariant()
    def music_and_people_never_meet(self) -> None:
        apart = self.control.apart
        assert ("music" in self.control.heard_by("caller")) == apart
        if apart:
            assert self.control.heard_by("caller") == {"music", "platform"}
            assert not any("caller" in self.control.heard_by(seat) for seat in SEATS)

    @invariant()
    def a_number_that_has_the_call_is_alone_with_the_caller(self) -> None:
        if self.control.through:
            assert (
                set(self.control.members) == {"caller", "agent"}
                and self.control.party_of("agent") == "number"
            )
            assert not self.control.apart

    @invariant()
    def who_talks_is_answered(self) -> None:
        """Nobody speaks into the void: where the caller hears an agent, that agent hears the caller."""
        if self.control.members["caller"].muted:
            return
        for seat in ("agent", "agent2"):
            if seat in self.control.heard_by("caller"):
                assert "caller" in self.control.heard_by(seat)


TestAnyCall = AnyCall.TestCase
TestAnyCall.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
