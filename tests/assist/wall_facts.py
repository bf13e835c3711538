"""Facts for the wallboard's tests: recorded as the log would, at times that a test chooses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from assist.acd.plan import Plan, Queue
from assist.wall.calendar import Calendar
from assist.wall.figures import Figures, figures
from assist.wall.floor import Floor
from core import events as ev
from core.events import Event, Recorded
from core.languages import Language
from core.routing_events import (
    AgentChanged,
    CallLeftQueue,
    CallQueued,
    ConversationEnded,
    WrapUpEnded,
    of_agent,
)

EN, ZH = Language.EN, Language.ZH
PLAN = Plan(
    {"complaints": Queue("complaints", skills=frozenset({"complaints"})), "general": Queue("general")}
)


class Played:
    """A floor and what happens on it. Times are seconds since 1970 by the distributor's clock."""

    def __init__(self, zone: str = "UTC", plan: Plan = PLAN) -> None:
        self.floor = Floor(plan, Calendar(ZoneInfo(zone)))
        self.recorded: list[Recorded] = []
        self.offset = 0.0
        self._offers = 0

    def at(self, at: float) -> Figures:
        return figures(self.floor, at)

    def fact(self, name: str, event: Event, at: float) -> None:
        moment = datetime.fromtimestamp(at + self.offset, UTC)
        number = len(self.recorded) + 1
        self.recorded.append(Recorded(number, f"e{number}", name, number, moment, event))
        self.floor.apply(self.recorded[-1])

    def facts(self, pairs: Iterable[tuple[str, Event]]) -> None:
        for name, event in pairs:
            self.fact(name, event, event.at)  # type: ignore[attr-defined]

    def again(self, zone: str = "UTC", plan: Plan = PLAN) -> Floor:
        """A floor built anew from everything that was recorded."""
        floor = Floor(plan, Calendar(ZoneInfo(zone)))
        for one in self.recorded:
            floor.apply(one)
        return floor

    # --- what happens ---

    def agent(self, user: str, at: float, wish: str = "available", **more: object) -> None:
        fields = {"languages": {EN: 4}, "skills": {}, **more}
        self.fact(of_agent(user), AgentChanged(agent=user, wish=wish, at=at, **fields), at)  # type: ignore[arg-type]

    def begins(self, name: str, at: float, language: Language = EN) -> None:
        event = ev.CallStarted(
            carrier="simulated",
            carrier_call_id=name,
            caller="",
            called="+1",
            bot="homegoods",
            language=language,
        )
        self.fact(name, event, at)

    def queued(self, name: str, at: float, queue: str = "general", language: Language = EN) -> None:
        order = len(self.recorded)
        self.fact(name, CallQueued(queue=queue, language=language, since=at, order=order, at=at), at)

    def complains(self, name: str, at: float) -> None:
        self.fact(name, ev.HandoffRequested(packet={}, reason="complaint"), at)

    def leaves(
        self, name: str, at: float, why: Literal["caller_left", "nobody_came"] = "caller_left"
    ) -> None:
        self.fact(name, CallLeftQueue(queue="general", waited_s=0, why=why, at=at), at)

    def accepted(self, name: str, user: str, at: float) -> None:
        self._offers += 1
        offer = f"o{self._offers}"
        self.fact(name, ev.OfferMade(offer_id=offer, agent=user, reason="", at=at, until=at + 20), at)
        self.fact(name, ev.OfferAnswered(offer_id=offer, agent=user, answer="accepted", at=at), at)

    def talked(self, name: str, user: str, at: float, talk_s: float, wrap_up_s: float) -> None:
        until = at + wrap_up_s
        self.fact(
            name, ConversationEnded(agent=user, why="over", talk_s=talk_s, wrap_up_until=until, at=at), at
        )
        if wrap_up_s:
            self.fact(name, WrapUpEnded(agent=user, wrap_up_s=wrap_up_s, by="agent", at=until), until)

    def ends(self, name: str, at: float, outcome: str = "resolved") -> None:
        self.fact(name, ev.CallEnded(outcome=outcome, reason="", duration_s=0), at)  # type: ignore[arg-type]
