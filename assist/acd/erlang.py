"""The textbook: how a queue of identical agents behaves in the long run.

Erlang C is M/M/n: random arrivals, exponential handling times, nobody hangs up. Erlang A is M/M/n+M: each
caller also has an exponential patience. Rates are per second, times in seconds.

References: Gans, Koole, Mandelbaum, *Telephone Call Centers* (2003), section 4; Mandelbaum and Zeltyn,
*Service Engineering in Action: The Palm/Erlang-A Queue* (2007).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betainc

_NEGLIGIBLE = 1e-12
_LONGEST_QUEUE = 100_000


@dataclass(frozen=True, slots=True)
class Queueing:
    """What the formula says.

    Attributes:
        waiting: probability of having to wait.
        mean_wait_s: of all callers, those who hang up included.
        mean_speed_of_answer_s: mean wait of those who are answered.
        abandonment: share of callers who hang up.
        service_level: share of callers answered within the target.
        occupancy: share of the agents' time spent on calls.
    """

    waiting: float
    mean_wait_s: float
    mean_speed_of_answer_s: float
    abandonment: float
    service_level: float
    occupancy: float


def erlang_c(arrivals_per_s: float, handle_s: float, agents: int, target_s: float) -> Queueing:
    """Nobody hangs up.

    Raises:
        ValueError: if the agents cannot keep up; the queue would grow for ever.
    """
    load = arrivals_per_s * handle_s
    if not 0 < load < agents:
        raise ValueError(f"{load:.2f} Erlang of work for {agents} agents: the queue would grow for ever")
    blocked = 1.0
    for number in range(1, agents + 1):  # Erlang B, by its recursion
        blocked = load * blocked / (number + load * blocked)
    waiting = blocked / (1 - load / agents * (1 - blocked))
    pace = agents / handle_s - arrivals_per_s
    return Queueing(
        waiting=waiting,
        mean_wait_s=waiting / pace,
        mean_speed_of_answer_s=waiting / pace,
        abandonment=0.0,
        service_level=1 - waiting * math.exp(-pace * target_s),
        occupancy=load / agents,
    )


def erlang_a(
    arrivals_per_s: float, handle_s: float, agents: int, patience_s: float, target_s: float
) -> Queueing:
    """Callers have an exponential patience with this mean. Stable whatever the load.

    The states' probabilities follow from the balance of births and deaths; a caller who finds ``n + m``
    calls moves up at the rates ``n/handle + j/patience`` for ``j = m, ..., 0``, so that
    ``1 - exp(-wait/patience)`` has the Beta distribution ``(m + 1, n * patience / handle)``.
    """
    if arrivals_per_s <= 0 or handle_s <= 0 or patience_s <= 0 or agents < 1:
        raise ValueError("arrivals, handling time, patience and agents must be above zero")
    serve, leave = 1 / handle_s, 1 / patience_s
    logs = [0.0]  # logarithms of the states' weights; the plain ones overflow
    number = 0
    while number < agents or logs[-1] > max(logs) + math.log(_NEGLIGIBLE):
        number += 1
        deaths = min(number, agents) * serve + max(number - agents, 0) * leave
        logs.append(logs[-1] + math.log(arrivals_per_s / deaths))
        if number > agents + _LONGEST_QUEUE:
            raise ValueError("the queue is too long to be worked out")
    most = max(logs)
    weights = [math.exp(log - most) for log in logs]
    total = sum(weights)
    states = [weight / total for weight in weights]

    in_queue = sum((number - agents) * p for number, p in enumerate(states) if number > agents)
    abandonment = leave * in_queue / arrivals_per_s
    pace = agents * serve / leave
    edge = 1 - math.exp(-target_s * leave)
    within, waited_and_answered = sum(states[:agents]), 0.0
    for ahead, p in enumerate(states[agents:]):
        answered = pace / (pace + ahead + 1)
        within += p * answered * float(betainc(ahead + 1, pace + 1, edge))
        # E[V e^(-V/patience)]: a sum of exponential stages under the tilted measure.
        stages = sum(1 / (agents * serve + (j + 1) * leave) for j in range(ahead + 1))
        waited_and_answered += p * answered * stages
    busy = sum(min(number, agents) * p for number, p in enumerate(states))
    return Queueing(
        waiting=sum(states[agents:]),
        mean_wait_s=in_queue / arrivals_per_s,
        mean_speed_of_answer_s=waited_and_answered / (1 - abandonment),
        abandonment=abandonment,
        service_level=within,
        occupancy=busy / agents,
    )
