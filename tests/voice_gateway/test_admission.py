"""How many calls are let in: told the time, the gaps and the load, without any call."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.recognition.load import Load
from voice_gateway.admission import Admission, AdmissionOptions

OPTIONS = AdmissionOptions(most=100, first=12)


class Machine:
    """A machine that leads ``capacity`` calls in time: beyond that, replies come later the more calls there are."""

    def __init__(self, capacity: int, admission: Admission, seed: int = 1) -> None:
        self.capacity, self.admission = capacity, admission
        self.chance = random.Random(seed)
        self.calls: list[float] = []
        self.now = 0.0
        self.gaps: list[float] = []

    def load(self) -> Load:
        used = min(1.0, 0.85 * len(self.calls) / self.capacity)
        return Load(utilisation=used, workers=2, queue_p95_s=max(0.0, used - 0.85))

    def second(self, arrivals: int = 0, call_s: float = 120.0) -> int:
        """One second of the line; returns how many of the arrivals were admitted."""
        self.now += 1.0
        self.calls = [ends for ends in self.calls if ends > self.now]
        admitted = 0
        for _ in range(arrivals):
            self.admission.observe(self.now, len(self.calls), self.load())
            if self.admission.admits(len(self.calls)):
                self.calls.append(self.now + call_s * self.chance.uniform(0.5, 1.5))
                admitted += 1
        for _ in range(len(self.calls)):
            if self.chance.random() < 0.15:  # a turn of each call every seven seconds or so
                over = max(0.0, len(self.calls) / self.capacity - 1.0)
                gap = self.chance.uniform(0.4, 0.9) + 3.0 * over
                self.gaps.append(gap)
                self.admission.replied(gap)
        self.admission.observe(self.now, len(self.calls), self.load())
        return admitted


def test_before_anything_is_learned_few_are_let_in():
    admission = Admission(OPTIONS)
    assert admission.admits(11) and not admission.admits(12)


def test_what_an_earlier_run_has_learned_is_the_beginning_within_the_limits():
    assert Admission(OPTIONS, learned=33).ceiling == 33
    assert Admission(OPTIONS, learned=1_000).ceiling == 100
    assert Admission(OPTIONS, learned=0).ceiling == 2


def test_under_pressure_the_ceiling_grows_to_what_the_machine_carries_and_no_further():
    machine = Machine(40, Admission(OPTIONS))
    for _ in range(1800):
        machine.second(arrivals=2)
    assert 30 <= machine.admission.ceiling <= 44
    late = sorted(machine.gaps[-2000:])
    assert late[int(0.95 * len(late))] < OPTIONS.target_s


def test_a_line_that_is_never_full_teaches_nothing():
    machine = Machine(40, Admission(OPTIONS))
    for _ in range(600):
        machine.second(arrivals=1 if len(machine.calls) < 6 else 0)
    assert machine.admission.learned == 12


def test_late_replies_bring_the_ceiling_below_what_is_carried_and_new_callers_wait():
    machine = Machine(20, Admission(OPTIONS, learned=80))
    machine.load = lambda: None  # nothing is known of the cost
    admitted = machine.second(arrivals=60)
    for _ in range(30):
        machine.second()
    assert admitted == 60
    assert machine.admission.ceiling < admitted == len(machine.calls)
    assert not machine.admission.admits(len(machine.calls))


def test_late_replies_without_load_are_somebody_elses_fault():
    admission = Admission(OPTIONS)
    for second in range(60):
        for _ in range(5):
            admission.replied(4.0, 0.3)  # the bot waited for the order system
        admission.observe(float(second), 10, Load(utilisation=0.2))
    assert admission.learned == 12


def test_what_callers_wait_for_the_machine_lowers_the_ceiling_though_the_recogniser_has_time():
    admission = Admission(OPTIONS)
    for second in range(30):
        for _ in range(5):
            admission.replied(3.0, 2.2)  # a backlog of the synthesiser
        admission.observe(float(second), 12, Load(utilisation=0.5))
    assert admission.learned == 10


def test_while_more_calls_are_under_way_than_the_ceiling_it_does_not_fall_again_for_the_same_load():
    admission, fallen = Admission(OPTIONS), []
    for second in range(120):
        for _ in range(10):
            admission.replied(3.0)
        admission.observe(float(second), 12 if second < 60 else 10, Load(utilisation=0.5))
        fallen.append(admission.learned)
    assert set(fallen[10:60]) == {10}
    assert fallen[-1] == 8, "ten are too many as well"


def test_a_machine_whose_synthesiser_is_the_narrow_place_settles_at_what_it_carries_and_stays_there():
    """The recogniser is half idle all the while; replies come late all the same from some 36 calls on."""
    machine, ceilings, led = Machine(30, Admission(OPTIONS, learned=60)), [], []
    machine.load = lambda: Load(utilisation=0.4, workers=2)
    machine.admission._affordable = lambda: OPTIONS.most  # what the recogniser would allow
    for _ in range(3600):
        machine.second(arrivals=1)
        ceilings.append(machine.admission.ceiling)
        led.append(len(machine.calls))
    assert max(led[:300]) > 38, "the ceiling of an earlier run was too high"
    assert min(ceilings[1800:]) >= 24 and max(ceilings[1800:]) <= 38
    changes = sum(a != b for a, b in pairwise(ceilings[1800:]))
    assert changes <= 60, "it moves now and then, not every few seconds"
    late = sorted(machine.gaps[-4000:])
    assert late[int(0.9 * len(late))] < OPTIONS.target_s


def test_late_replies_without_any_word_of_the_load_are_taken_seriously():
    admission = Admission(OPTIONS)
    for second in range(30):
        for _ in range(5):
            admission.replied(4.0)
        admission.observe(float(second), 10, None)
    assert admission.learned < 10


def test_a_few_late_replies_are_no_evidence():
    admission = Admission(OPTIONS)
    for _ in range(5):
        admission.replied(9.0)
    admission.observe(100.0, 12, Load(utilisation=0.9))
    assert admission.gap_p95_s is None and admission.learned == 12


def test_one_more_call_is_not_let_in_where_its_cost_would_not_fit():
    admission = Admission(OPTIONS, learned=100)
    for second in range(120):
        admission.observe(float(second), 20, Load(utilisation=0.5))
    assert admission.ceiling == 32  # 0.8 of the time at 0.025 a call
    assert admission.admits(31) and not admission.admits(32)


def test_a_pause_is_not_charged_at_the_rate_of_the_decode_that_ends_it():
    """Nothing is decoded for ten minutes; the first sample afterwards says nothing about them."""
    admission = Admission(OPTIONS, learned=16)
    admission.observe(0.0, 1, Load(utilisation=0.25))
    for second in range(1, 600, 10):
        admission.observe(float(second), 0, None)
    admission.observe(600.0, 1, Load(utilisation=0.25))
    assert admission.ceiling == 16
    admission.observe(1200.0, 1, Load(utilisation=0.25))  # nobody looked meanwhile
    assert admission.ceiling == 16


@pytest.mark.parametrize("pause_s", [4.0, 9.0, 15.0])
def test_what_a_call_costs_is_learned_although_samples_come_only_with_answers(pause_s):
    """Four calls, in all one decode of 0.4 s on two workers each pause; between them nothing is known."""
    admission, now, utilisation = Admission(AdmissionOptions(most=500), learned=500), 0.0, 0.0
    while now < 900.0:
        now += pause_s / 2
        admission.observe(now, 4, None)
        now += pause_s / 2
        utilisation = utilisation * math.exp(-pause_s / 5.0) + (1 - math.exp(-0.4 / 5.0)) / 2
        admission.observe(now, 4, Load(utilisation=utilisation, workers=2))
    true = 0.8 * 4 / (0.2 / pause_s)
    assert 0.75 * true <= admission.ceiling <= 1.1 * true


def test_the_same_answer_looked_at_again_costs_nothing_more():
    admission, answer = Admission(OPTIONS, learned=100), Load(utilisation=0.5)
    admission.observe(0.0, 2, Load(utilisation=0.0))
    admission.observe(1.0, 2, answer)
    used = admission._used_s
    for tenth in range(10):
        admission.observe(1.1 + tenth / 10, 2, answer)
    assert admission._used_s <= used


def test_after_a_fall_the_ceiling_rests_before_it_grows_again():
    admission = Admission(OPTIONS)
    for _ in range(20):
        admission.replied(3.0)
    admission.observe(10.0, 12, Load(utilisation=0.9))
    fallen = admission.learned
    assert fallen == 10
    for second in range(11, 40):
        for _ in range(20):
            admission.replied(0.5)
        admission.observe(float(second), 12, Load(utilisation=0.5))
    assert admission.learned == fallen
    for second in range(40, 60):
        for _ in range(20):
            admission.replied(0.5)
        admission.observe(float(second), 12, Load(utilisation=0.5))
    assert admission.learned > fallen


@pytest.mark.parametrize("times", [3, 5])
def test_in_a_burst_no_admitted_call_is_harmed(times):
    """A burst of several times the ceiling, learned before: those inside keep their pace, and none is sent away."""
    machine = Machine(40, Admission(OPTIONS))
    for _ in range(1800):
        machine.second(arrivals=2)
    ceiling = machine.admission.ceiling
    for _ in range(200):
        machine.second(arrivals=1 if len(machine.calls) < ceiling // 2 else 0)
    machine.gaps.clear()
    inside = list(machine.calls)
    machine.second(arrivals=times * ceiling)
    assert len(machine.calls) <= ceiling + 1
    assert all(ends in machine.calls for ends in inside if ends > machine.now)
    for _ in range(60):
        machine.second(arrivals=times)
    gaps = sorted(machine.gaps)
    assert gaps[int(0.95 * len(gaps))] < OPTIONS.target_s


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 20),
            st.integers(0, 200),
            st.one_of(st.none(), st.floats(0, 1)),
            st.lists(st.floats(0, 60), max_size=40),
        ),
        max_size=40,
    ),
    st.integers(1, 200),
)
@example(steps=[(0.0, 0, 0.0, []), (1e-300, 0, 0.0, [])], most=1)
def test_the_ceiling_stays_within_its_limits_whatever_happens(steps, most):
    admission = Admission(AdmissionOptions(most=most, first=min(12, most), least=1))
    now = 0.0
    for passed, calls, utilisation, gaps in steps:
        now += passed
        for gap in gaps:
            admission.replied(gap)
        admission.observe(now, calls, None if utilisation is None else Load(utilisation=utilisation))
        assert 1 <= admission.ceiling <= most
        assert not admission.admits(most)
