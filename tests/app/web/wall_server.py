"""The web app with a wallboard over a floor at work: ``python wall_server.py FOLDER PORT``.

The day so far is simulated by the distributor itself; a test goes on from there by writing facts into the same log.
The line is played: it logs what a supervisor does to a call, as the real one does, and refuses one call.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import uvicorn
from nicegui import app as pages_app
from sqlalchemy import update

os.environ.pop("PYTEST_CURRENT_TEST", None)

from web_world import PASSWORD, close_world, open_world

from app.web import WebParts, build_web_app
from assist.acd.plan import parse_plan
from assist.acd.simulated_day import DayPlan, day_callers, day_workers
from assist.acd.simulation import Simulation
from assist.wall import Wall, WallSettings, mount_wall
from core import events as ev
from core import identity
from core.commands import Command, HangUp, Monitor, Reply
from core.events import Event
from core.identity import Role
from core.log import EventLog, events
from core.routing_events import AgentChanged, CallQueued, ConversationPassed
from tests.quick_passwords import QuickHasher

HOUR = 3600
HEADSET = """export class Softphone {
  constructor({ onState }) { this.onState = onState; }
  connect() { this.onState({ state: "connecting" }); setTimeout(() => this.onState({ state: "connected" }), 100); }
  close() { this.onState({ state: "ended" }); }
}
"""
"""A headset without a microphone; the real one has tests of its own."""
TIMES = ("at", "since", "until", "prefer_until", "wrap_up_until", "again_at")
NAMES = """Mei Wang,Jimin Kim,佐藤 遥,Lin Xia,Tom Baker,박서연,Ana Ruiz,陈静,Joe Hill,田中 健,Eva Lang,李娜,Omar Said,
김민준,鈴木 葵,Zoe Park,王磊,Ida Berg,최지우,高橋 蓮,Leo Rossi,赵敏,Nora Quinn,이도윤,伊藤 凛,Max Weber""".replace(
    "\n", ""
).split(",")
PLAN: dict[str, Any] = {
    "queues": {
        "complaints": {
            "takes": {"reasons": ["complaint"]},
            "skills": ["complaints"],
            "priority": 2,
            "steps": [{"after_s": 0, "who": "any"}],
        },
        "general": {"steps": [{"after_s": 0, "who": "any"}], "alerts": {"waiting": 40}},
    }
}


class Line:
    """Media as the web process sees it; ``away`` makes it silent."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def send(self, command: Command) -> Reply:
        assert isinstance(command, Monitor | HangUp)
        if command.interaction_id == "refused":
            return Reply(ok=False, error="This call is being transferred.")
        if isinstance(command, Monitor):
            if command.manner == "take_over":
                await self._log.append(command.interaction_id, passed_to(command.issued_by))
            event: Event = ev.MonitoringChanged(supervisor=command.issued_by, manner=command.manner)
        else:
            event = ev.CallEnded(outcome="handed_off", reason="agent_closed", duration_s=60)
        await self._log.append(command.interaction_id, event)
        return Reply(ok=True)

    async def state(self) -> dict[str, Any]:
        return {"agents": [], "waiting": []}

    async def ready(self) -> tuple[bool, str]:
        return True, "ready"

    async def close(self) -> None:
        pass


def passed_to(user: str) -> ConversationPassed:
    now = datetime.now(UTC).timestamp()
    return ConversationPassed(agent="", to=user, queue="general", language="en", at=now, reason="")


def zone_where_it_is_afternoon() -> ZoneInfo:
    """The day must have begun long enough ago, whenever the test runs."""
    ahead = (14 - datetime.now(UTC).hour + 11) % 24 - 11
    return ZoneInfo("UTC" if ahead == 0 else f"Etc/GMT{-ahead:+d}")


async def seed_floor(parts: WebParts, *, calls: int = 450, agents: int = 26) -> None:
    """Fourteen hours of a simulated day that end now, with the calls that go on."""
    day = DayPlan(calls=calls, agents=agents, patience_s=90, misses=0.02)
    result = Simulation(day_workers(day), plan=parse_plan(PLAN), seed=day.seed, keep_facts=True).play(
        day_callers(day), 14 * HOUR
    )
    now = datetime.now(UTC)
    begins = now.timestamp() - 14 * HOUR
    at_work = {e.agent for _, e in result.facts if isinstance(e, AgentChanged) and e.wish == "available"}
    for number, user in enumerate(sorted(at_work)):
        await add_agent(parts, user, NAMES[number % len(NAMES)])
    started: dict[str, tuple[datetime, Event]] = {}
    for name, event in result.facts:
        if isinstance(event, CallQueued) and name not in started:
            at = datetime.fromtimestamp(begins + event.at - 45, UTC)
            started[name] = at, call_started(name, event.language.value)
    for name, (_, event) in started.items():
        parts.log.emit(name, event)
    for name, event in result.facts:
        moved = {one: getattr(event, one) + begins for one in TIMES if hasattr(event, one)}
        parts.log.emit(name, event.model_copy(update=moved))
    over = {call.interaction_id for call in result.day.calls if call.ending != "waiting"}
    talking = talking_at_the_end(result.facts)
    for name in started:
        if name in over and name not in talking:
            parts.log.emit(name, ev.CallEnded(outcome="handed_off", reason="agent_closed", duration_s=200))
    for number in range(60):
        parts.log.emit(f"bot{number}", call_started(f"bot{number}", ("zh", "en", "ja", "ko")[number % 4]))
        if number >= 6:
            outcome = "resolved" if number % 5 else "ended_unconfirmed"
            parts.log.emit(f"bot{number}", ev.CallEnded(outcome=outcome, reason="bot_closed", duration_s=60))
    for number, name in enumerate(sorted(talking)[:3]):
        parts.log.emit(name, ev.HandoffRequested(packet={}, reason="complaint"))
        await parts.log.flush()
        await recorded(parts, name, "handoff_requested", now - timedelta(seconds=200 + 300 * number))
    await parts.log.flush()
    for name in talking:
        await recorded(parts, name, "call_started", started[name][0])


def talking_at_the_end(facts: list[tuple[str, Event]]) -> set[str]:
    talking: set[str] = set()
    for name, event in facts:
        if isinstance(event, ev.OfferAnswered) and event.answer == "accepted":
            talking.add(name)
        elif event.kind == "conversation_ended":
            talking.discard(name)
    return talking


async def recorded(parts: WebParts, name: str, kind: str, at: datetime) -> None:
    async with parts.db.begin() as connection:
        which = (events.c.interaction_id == name) & (events.c.kind == kind)
        await connection.execute(update(events).where(which).values(recorded_at=at))


def call_started(name: str, language: str) -> ev.CallStarted:
    return ev.CallStarted(
        carrier="simulated", carrier_call_id=name, caller="", called="+1", bot="homegoods", language=language
    )


async def add_agent(parts: WebParts, user: str, name: str) -> None:
    """Without hashing a password each: these users never log in."""
    from sqlalchemy import insert

    from core.identity import users

    row = {
        "username": user, "name": name, "password_hash": "-", "roles": ["agent"], "languages": ["en"],
        "skills": ["orders"], "active": True,
    }  # fmt: skip
    async with parts.db.begin() as connection:
        await connection.execute(insert(users).values(row))


async def main(folder: Path, port: int) -> None:
    parts = await open_world(folder)
    await parts.identity.add_user("supervisor", PASSWORD, {Role.SUPERVISOR}, name="Kim Lee")
    await parts.identity.add_user("lead", PASSWORD, {Role.SUPERVISOR, Role.MONITOR}, name="Sam Rivera")
    parts.administration._first_plan.plan.update(PLAN)
    await seed_floor(parts)
    line = Line(parts.log)
    parts.media = line  # type: ignore[assignment]
    parts.wall = Wall(parts.log, line, parts.administration, WallSettings(zone_where_it_is_afternoon()))  # type: ignore[arg-type]
    played = folder / "played"
    played.mkdir(exist_ok=True)
    (played / "headset.js").write_text(HEADSET)
    pages_app.add_static_files("/played", played)
    parts.pages = (lambda: mount_wall(softphone="/played/headset.js"),)
    server = uvicorn.Server(uvicorn.Config(build_web_app(parts), port=port, log_level="warning"))
    await server.serve()
    await close_world(parts)


if __name__ == "__main__":
    identity.PasswordHasher = QuickHasher
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
