"""The formulas against published figures, against each other, and against plain sums."""

from __future__ import annotations

import math

import pytest

from assist.acd.erlang import erlang_a, erlang_c


def test_erlang_c_by_hand_for_two_agents() -> None:
    """Load 1 on 2 agents: the probability of waiting is 1/3, the mean wait a third of the handling time."""
    found = erlang_c(1 / 60, 60, 2, 30)
    assert found.waiting == pytest.approx(1 / 3)
    assert found.mean_wait_s == pytest.approx(20)
    assert found.service_level == pytest.approx(1 - math.exp(-0.5) / 3)
    assert found.occupancy == 0.5


def test_erlang_c_of_one_agent_is_the_single_server_queue() -> None:
    found = erlang_c(0.8, 1.0, 1, 2.0)
    assert found.waiting == pytest.approx(0.8)
    assert found.mean_wait_s == pytest.approx(4.0)


def test_erlang_c_refuses_a_queue_that_grows_for_ever() -> None:
    with pytest.raises(ValueError, match="grow for ever"):
        erlang_c(1.0, 60, 60, 20)


def test_erlang_a_with_endless_patience_is_erlang_c() -> None:
    patient, endless = erlang_a(1 / 3, 180, 66, 1e7, 20), erlang_c(1 / 3, 180, 66, 20)
    for name in ("waiting", "mean_wait_s", "service_level", "occupancy"):
        assert getattr(patient, name) == pytest.approx(getattr(endless, name), rel=1e-3)


def test_erlang_a_with_patience_of_one_handling_time_is_poisson() -> None:
    """Then every caller leaves at the same rate, served or not: the number there is Poisson."""
    load, agents = 10.0, 8
    found = erlang_a(load / 100, 100, agents, 100, 20)
    poisson = [math.exp(-load) * load**k / math.factorial(k) for k in range(120)]
    assert found.waiting == pytest.approx(sum(poisson[agents:]))
    lost = sum((k - agents) * p for k, p in enumerate(poisson) if k > agents) / load
    assert found.abandonment == pytest.approx(lost)
    assert found.occupancy == pytest.approx(load * (1 - lost) / agents)


def test_erlang_a_keeps_littles_law_and_the_balance_of_work() -> None:
    found = erlang_a(1 / 3, 180, 50, 120, 20)
    assert found.abandonment == pytest.approx(found.mean_wait_s / 120)
    assert found.occupancy == pytest.approx((1 / 3) * 180 * (1 - found.abandonment) / 50)


def test_the_service_level_of_erlang_a_agrees_with_a_sum_over_small_steps() -> None:
    """The waits' distribution, worked out once more by stepping the stages of a caller's way forward."""
    arrivals, handle, agents, patience, target = 0.1, 100.0, 8, 60.0, 20.0
    serve, leave = 1 / handle, 1 / patience
    weights = [1.0]
    for k in range(1, 50):
        weights.append(weights[-1] * arrivals / (min(k, agents) * serve + max(k - agents, 0) * leave))
    total = sum(weights)
    stages = [weight / total for weight in weights[agents:]]  # callers ahead when one arrives
    within, step = sum(weights[:agents]) / total, 0.05
    now = 0.0
    limit, mean = within, 0.0
    while now < 300:
        middle = math.exp(-leave * (now + step / 2))
        answered = stages[0] * (agents * serve) * step * middle
        limit += answered if now < target else 0.0
        mean += answered * (now + step / 2)
        rates = [agents * serve + ahead * leave for ahead in range(len(stages))]
        moved = [p * rate * step for p, rate in zip(stages, rates, strict=True)]
        stages = [p - out + into for p, out, into in zip(stages, moved, [*moved[1:], 0.0], strict=True)]
        now += step
    found = erlang_a(arrivals, handle, agents, patience, target)
    assert found.service_level == pytest.approx(limit, abs=2e-3)
    assert found.mean_speed_of_answer_s == pytest.approx(mean / (1 - found.abandonment), rel=5e-3)
