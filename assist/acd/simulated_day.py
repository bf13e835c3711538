"""A day of a contact centre to be simulated: arrivals that rise and fall, shifts, breaks, four languages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from assist.acd.simulation import HOUR, NEVER, Caller, Worker
from assist.packet import COMPLAINT_PRIORITY, IMPORTANT_CUSTOMER_PRIORITY
from core.languages import Language

BY_HOUR = (1, 1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 11, 8, 9, 10, 10, 9, 7, 5, 4, 3, 2, 2, 1)
"""Calls of each hour, in shares of each other: a peak before noon and a broad one in the afternoon."""

LANGUAGES = {Language.ZH: 40, Language.EN: 35, Language.JA: 15, Language.KO: 10}
"""Callers, in shares of each other."""

MATTERS: dict[tuple[str, str, tuple[str, ...]], int] = {
    ("caller_asked", "ask_person", ("general",)): 30,
    ("caller_asked", "order_status", ("orders",)): 10,
    ("not_possible", "order_status", ("orders",)): 25,
    ("not_possible", "track_parcel", ("orders",)): 10,
    ("not_possible", "return_item", ("returns",)): 15,
    ("complaint", "complain", ("complaints",)): 10,
}
"""Reason, intent and skills of hand-overs, in shares of each other."""

_LEVELS = (0, 0, 0, 0, 0, 0, 0, 1, 1, 2)
"""Of ten customers."""
_SHIFTS = (
    (0.0, 8.0, 3),
    (6.0, 14.0, 20),
    (8.0, 16.0, 35),
    (10.0, 18.0, 25),
    (14.0, 22.0, 14),
    (16.0, 24.0, 3),
)
"""From and until (hours), and how many agents work it, in shares of each other."""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What a day is like.

    Attributes:
        talk_s, wrap_up_s: means of exponential times.
        patience_s: mean of an exponential time; ``inf``: nobody hangs up.
        answer_s: mean time in which an agent accepts an offer.
        misses, rejects: shares of offers.
        call_backs: share of callers who take a call back where the wait is long.
        seed: another seed is another day.
    """

    calls: int = 10_000
    agents: int = 1_000
    talk_s: float = 240.0
    wrap_up_s: float = 40.0
    patience_s: float = 180.0
    answer_s: float = 3.0
    misses: float = 0.01
    rejects: float = 0.01
    call_backs: float = 0.2
    seed: int = 1


def day_callers(plan: DayPlan) -> list[Caller]:
    """Random arrivals over 24 hours by the profile of the day, exactly as many as wanted."""
    dice = random.Random(plan.seed)  # noqa: S311
    hours = dice.choices(range(24), BY_HOUR, k=plan.calls)
    times = sorted((hour + dice.random()) * HOUR for hour in hours)
    matters = list(MATTERS)
    callers = []
    for number, at in enumerate(times):
        reason, intent, skills = dice.choices(matters, list(MATTERS.values()))[0]
        callers.append(
            Caller(
                name=f"c{number:06}",
                at=at,
                language=dice.choices(list(LANGUAGES), list(LANGUAGES.values()))[0],
                skills=skills,
                reason=reason,
                intent=intent,
                priority=dice.choice(_LEVELS) * IMPORTANT_CUSTOMER_PRIORITY
                + (COMPLAINT_PRIORITY if reason == "complaint" else 0),
                patience_s=_exponential(dice, plan.patience_s),
                talk_s=_exponential(dice, plan.talk_s),
                wrap_up_s=_exponential(dice, plan.wrap_up_s),
                wants_call_back=dice.random() < plan.call_backs,
            )
        )
    return callers


def day_workers(plan: DayPlan) -> list[Worker]:
    """Agents with one to three languages and one to three skills, in shifts with a break of 30 minutes."""
    dice = random.Random(plan.seed + 1)  # noqa: S311
    skills = sorted({skill for _, _, needed in MATTERS for skill in needed})
    workers = []
    for number in range(plan.agents):
        first = dice.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
        languages = {first: dice.choice((4, 5, 5))}
        for other in dice.sample(list(LANGUAGES), dice.choice((0, 1, 1, 2))):
            languages.setdefault(other, dice.choice((1, 2, 3, 4)))
        start, end, _ = dice.choices(_SHIFTS, [share for _, _, share in _SHIFTS])[0]
        pause = (start + 3.0 + 2.0 * dice.random()) * HOUR
        workers.append(
            Worker(
                user=f"agent{number:04}",
                languages=languages,
                skills={skill: dice.randint(2, 5) for skill in dice.sample(skills, dice.randint(1, 3))},
                shifts=((start * HOUR, end * HOUR),),
                breaks=((pause, pause + 0.5 * HOUR),),
                answer_s=plan.answer_s,
                misses=plan.misses,
                rejects=plan.rejects,
            )
        )
    return workers


def _exponential(dice: random.Random, mean: float) -> float:
    return NEVER if mean == NEVER else dice.expovariate(1 / mean)


def at_work(workers: Sequence[Worker], at: float) -> int:
    """Agents on shift and not on a break."""
    return sum(
        any(start <= at < end for start, end in worker.shifts)
        and not any(start <= at < end for start, end in worker.breaks)
        for worker in workers
    )
