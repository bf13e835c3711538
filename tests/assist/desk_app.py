"""A web process with the agent's page for browser tests: the real log, distributor, feed and page.

Only the caller and the telephone are played: ``POST /play`` with a step makes a call begin, speak or
hang up, and a typed line of the agent counts as heard a moment later. Knowledge and moods are the
test's own. Run as ``python tests/assist/desk_app.py PORT FOLDER``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from acd_commands import carry_out
from desk_script import SCRIPTS
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from assist.acd.router import AcdRouter
from assist.acd.types import AcdSettings
from assist.desk import mount_desk
from assist.feed import AssistFeed
from assist.packet import build_packet, handoff_requested
from assist.presence import Attendance
from core import events as ev
from core.commands import Command, HangUp, Reply, Say
from core.console import install
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.identity import Identity, Role
from core.languages import Language
from core.log import EventLog
from core.web import set_session_cookie
from voice_gateway.partials import PartialBoard

PASSWORD = "open the desk please"


@dataclass
class Hit:
    text: str
    score: float
    document: str
    section: str


class Knowledge:
    def __init__(self) -> None:
        self.fails = False

    async def search(self, query: str, language: Language, limit: int) -> list[Hit]:
        if self.fails:
            raise ConnectionError("away")
        return [Hit(*row) for row in SCRIPTS[language.value]["passages"]][:limit]


class Telephone:
    """Plays the process that holds the calls; ``broken`` makes it unreachable."""

    def __init__(self, log: EventLog, router: AcdRouter) -> None:
        self.log, self.router = log, router
        self.language: dict[str, Language] = {}
        self.at: dict[str, float] = {}
        self.broken = False
        self.board = PartialBoard()

    async def send(self, command: Command) -> Reply:
        if self.broken:
            raise ConnectionError("media is away")
        if isinstance(command, Say | HangUp):
            name = command.interaction_id
            if self.router.agent_of(name) != command.issued_by:
                return Reply(ok=False, error="This is not your call.")
            if isinstance(command, HangUp):
                self.end(name, "agent_closed")
            else:
                asyncio.get_running_loop().call_later(0.3, self.line, name, "agent", command.text)
            return Reply(ok=True)
        return carry_out(self.router, command)

    async def state(self) -> dict[str, Any]:
        if self.broken:
            raise ConnectionError("media is away")
        return self.router.state()

    async def partials(self, after: int) -> dict[str, Any]:
        return await self.board.changes(after, 10.0)

    def line(self, name: str, speaker: str, text: str) -> None:
        start = self.at[name]
        self.at[name] = end = start + 1.0 + len(text) / 14
        language = self.language[name]
        if speaker == "caller":
            event: ev.Event = ev.UtteranceHeard(
                text=text, language=language, start_s=start, end_s=end, confidence=0.9
            )
        else:
            event = ev.UtteranceSpoken(
                speaker=speaker, text=text, language=language, start_s=start, end_s=end
            )
        self.log.emit(name, event, person="p" + name)
        self.at[name] += 0.6

    async def begin(self, name: str, code: str) -> None:
        script, language = SCRIPTS[code], Language(code)
        self.language[name], self.at[name] = language, 0.5
        person = "p" + name
        self.log.emit(
            name,
            ev.CallStarted(
                carrier="simulated",
                carrier_call_id=name,
                caller=script["caller"],
                called="+1",
                bot="homegoods",
                language=language,
            ),
            person=person,
        )
        for speaker, text in script["before"]:
            self.line(name, speaker, text)
        for turn, (intent, slots, sentiment) in enumerate(script["turns"], 1):
            self.log.emit(
                name,
                ev.TurnUnderstood(
                    turn=turn,
                    intent=intent,
                    confidence=0.9,
                    language=language,
                    sentiment=sentiment,
                    slots=slots,
                ),
                person=person,
            )
        self.log.emit(name, ev.ActionTaken(name="action_order_status", ok=True), person=person)
        await self.log.flush()
        packet = await build_packet(
            name,
            await self.log.read(name),
            reason=script["reason"],
            language=language,
            intent="ask_person",
            caller=script["caller"],
            customer=script["customer"],
        )
        self.log.emit(name, handoff_requested(packet), person=person)
        self.router.enqueue(packet, person)

    def end(self, name: str, reason: str) -> None:
        talked = self.router.agent_of(name)
        self.router.leave(name)
        outcome = "handed_off" if talked else "abandoned"
        event = ev.CallEnded(outcome=outcome, reason=reason, duration_s=self.at[name])  # type: ignore[arg-type]
        self.log.emit(name, event, person="p" + name)


def create(folder: Path, settings: AcdSettings | None = None) -> FastAPI:
    db = Database(sqlite_url(folder / "desk.db"))
    log = EventLog(db, PersonKeys(db, SiteKey(b"d" * 32)))
    identity = Identity(db)
    router = AcdRouter(log, settings=settings)
    phone, knowledge = Telephone(log, router), Knowledge()
    feed = AssistFeed(log, phone, knowledge=knowledge, state_poll_s=0.3, renew_s=2)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.create_all()
        everything = tuple(language.value for language in Language)
        await identity.add_user("lin", PASSWORD, {Role.AGENT}, name="Lin Xia", languages=everything)
        await identity.add_user("sam", PASSWORD, {Role.AGENT}, name="Sam Reed", languages=("en",))
        await identity.add_user("eve", PASSWORD, {Role.EDITOR}, name="Eve Hart")
        await log.start()
        await feed.start()
        yield
        await feed.close()
        router.close()
        await log.close()
        await db.close()

    app = FastAPI(lifespan=lifespan)

    @app.get("/login")
    async def login(user: str = "lin") -> RedirectResponse:
        session = await identity.log_in(user, PASSWORD)
        assert session is not None
        response = RedirectResponse("/desk", 303)
        set_session_cookie(response, session, secure=False)
        return response

    @app.post("/play")
    async def play(request: Request) -> dict[str, Any]:
        step = await request.json()
        match step["do"]:
            case "begin":
                await phone.begin(step["name"], step["language"])
            case "says":
                phone.line(step["name"], "caller", step["text"])
            case "hang_up":
                phone.end(step["name"], "caller_hung_up")
            case "break":
                phone.broken = step["broken"]
            case "reset":
                for name in [*phone.at]:
                    phone.end(name, "caller_hung_up")
                    del phone.at[name]
                router.acd.agents.clear()
                feed.attendance = Attendance()
                phone.broken = knowledge.fails = False
            case "knowledge":
                knowledge.fails = step["fails"]
        await log.flush()
        return router.state()

    @app.get("/events/{name}")
    async def events(name: str) -> list[dict[str, Any]]:
        return [{"kind": one.event.kind, **one.event.model_dump(mode="json")} for one in await log.read(name)]

    mount_desk(feed, identity)
    install(app, identity)
    return app


if __name__ == "__main__":
    offer_s = float(sys.argv[3]) if len(sys.argv) > 3 else 20.0
    uvicorn.run(
        create(Path(sys.argv[2]), AcdSettings(offer_s=offer_s)), port=int(sys.argv[1]), log_level="warning"
    )
