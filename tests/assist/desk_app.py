"""A web process with the agent's page for browser tests: the real log, distributor, feed and page.

Only the caller and the telephone are played: ``POST /play`` with a step makes a call begin, speak or
hang up, a typed line of the agent counts as heard a moment later, and whoever is consulted answers at once.
Knowledge and moods are the test's own; customers, orders and tickets are those of the demo. Run as
``python tests/assist/desk_app.py PORT FOLDER``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from acd_commands import carry_out
from desk_script import SCRIPTS
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from nicegui import core as pages_core
from sqlalchemy import update

from assist.acd.plan import Plan
from assist.acd.router import AcdRouter
from assist.acd.types import AcdSettings
from assist.desk import DeskSite, mount_desk
from assist.feed import AssistFeed
from assist.packet import build_packet, handoff_requested
from assist.presence import Attendance
from assist.screen_pop import Records
from assist.wrap_up import CODES
from bots.connectors import DemoOrderDesk, DemoTicketDesk, Ticket, seed_demo
from core import events as ev
from core import identity as identity_module
from core.audit import AuditLog
from core.commands import (
    BringBot,
    Command,
    Consult,
    EndConsult,
    FinishWrapUp,
    HangUp,
    Hold,
    Mute,
    Reply,
    RingPhone,
    Say,
    SetAgentState,
    Target,
    Transfer,
)
from core.console import install
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.identity import Identity, Role, users
from core.languages import Language
from core.log import EventLog
from core.views import CallList
from core.web import set_session_cookie
from tests.quick_passwords import QuickHasher
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


class Tickets(DemoTicketDesk):
    fails = False

    async def unfinished(self, customers: Sequence[str]) -> list[Ticket]:
        if self.fails:
            raise ConnectionError("away")
        return await super().unfinished(customers)


class Telephone:
    """Plays the process that holds the calls; ``broken`` makes it unreachable, ``deaf`` refuse every control."""

    def __init__(self, log: EventLog, router: AcdRouter) -> None:
        self.log, self.router = log, router
        self.language: dict[str, Language] = {}
        self.person: dict[str, str] = {}
        self.at: dict[str, float] = {}
        self.held: dict[str, bool] = {}
        self.muted: dict[str, bool] = {}
        self.others: dict[str, list[dict[str, Any]]] = {}
        self.second: dict[str, str | None] = {}
        self.bot: dict[str, bool] = {}
        self.lost: dict[str, dict[str, Any]] = {}
        self.broken = self.deaf = self.keeps_no_words = False
        self.sound = True
        self.calls_out = True
        self.phones: dict[str, str] = {}
        """Who speaks by telephone, as their page last said."""
        self.board = PartialBoard()

    async def send(self, command: Command) -> Reply:
        if self.broken:
            raise ConnectionError("media is away")
        if isinstance(
            command, Say | HangUp | Hold | Mute | Transfer | Consult | EndConsult | RingPhone | BringBot
        ):
            name = command.interaction_id
            if self.router.agent_of(name) != command.issued_by:
                return Reply(ok=False, error="This is not your call.")
            if self.deaf:
                return Reply(ok=False, error="The music is not there.")
            self.carry_out(name, command)
            await self.log.flush()
            return Reply(ok=True)
        if isinstance(command, FinishWrapUp) and self.keeps_no_words:
            return Reply(ok=False, error="The summary could not be kept.")
        if isinstance(command, SetAgentState):
            self.phones[command.issued_by] = command.phone
        return carry_out(self.router, command)

    def carry_out(self, name: str, command: Any) -> None:
        by = command.issued_by
        match command:
            case HangUp():
                self.end(name, "agent_closed")
            case Say(text=text):
                asyncio.get_running_loop().call_later(0.3, self.line, name, "agent", text)
            case Hold(on=on):
                self.held[name] = on
                self.emit(name, ev.CallHeld(on=on, by=by))
            case Mute(on=on):
                self.muted[name] = on
            case Transfer(to=to, note=note):
                self.emit(
                    name,
                    ev.TransferAsked(to_kind=to.kind, to_name=to.name, manner="cold", by=by, note=note),
                )
                self.emit(name, ev.LegLeft(party="agent", reason="transferred"))
                self.router.conversation_ended(name)
            case Consult(to=to):
                self.held[name] = True
                self.emit(name, ev.ConsultStarted(to_kind=to.kind, to_name=to.name, by=by))
                self.second[name] = "asked"
                asyncio.get_running_loop().call_later(0.2, self.comes, name, to)
            case EndConsult(then=then):
                self.held[name] = False
                self.second[name] = "conference" if then == "conference" else None
                self.emit(name, ev.ConsultEnded(then=then, by=by))
                if then == "back":
                    self.others[name] = []
                elif then == "transfer":
                    self.emit(name, ev.LegLeft(party="agent", reason="transferred"))
                    self.router.conversation_ended(name)
            case RingPhone():
                self.lost[name] = {"left_s": 60.0, "phone": "rings"}
            case BringBot(task="code"):
                self.bot[name] = True
            case BringBot():
                self.end(name, "bot_closed")

    def comes(self, name: str, to: Target) -> None:
        """A number is busy; else Ann is asked, whoever was meant."""
        if to.kind == "number":
            self.second[name] = None
            self.emit(name, ev.ConsultEnded(then="failed", reason="busy"))
            return
        self.second[name] = "consult"
        self.others[name] = [{"party": "agent2", "name": "ann", "sound": True}]
        self.emit(name, ev.LegJoined(party="agent2", name="ann"))

    def emit(self, name: str, event: ev.Event) -> None:
        self.log.emit(name, event, person=self.person[name])

    async def state(self) -> dict[str, Any]:
        if self.broken:
            raise ConnectionError("media is away")
        calls = []
        for name in self.at:
            agent = self.router.agent_of(name)
            parties = [{"party": "caller", "sound": True}, *self.others.get(name, [])]
            if agent is not None:
                muted = self.muted.get(name, False)
                parties.append({"party": "agent", "name": agent, "sound": self.sound, "muted": muted})
            calls.append(
                {
                    "interaction_id": name,
                    "held": self.held.get(name, False) or name in self.lost,
                    "lost": self.lost.get(name),
                    "second": self.second.get(name),
                    "bot": self.bot.get(name, False),
                    "parties": parties,
                }
            )
        return {**self.router.state(), "calls": calls, "calls_out": self.calls_out}

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
        self.emit(name, event)
        self.at[name] += 0.6

    async def begin(self, name: str, code: str) -> None:
        script, language = SCRIPTS[code], Language(code)
        self.language[name], self.at[name] = language, 0.5
        person = self.person[name] = "p" + script["caller"]
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

    async def earlier(self, code: str) -> None:
        """A call of the same person, some time ago."""
        script, language, name = SCRIPTS[code], Language(code), f"earlier-{code}"
        self.person[name] = "p" + script["caller"]
        started = ev.CallStarted(
            carrier="simulated",
            carrier_call_id=name,
            caller=script["caller"],
            called="+1",
            bot="homegoods",
            language=language,
        )
        understood = ev.TurnUnderstood(turn=1, intent="opening_hours", confidence=0.9, language=language)
        ended = ev.CallEnded(outcome="resolved", reason="caller_hung_up", duration_s=40.0)
        for event in (started, understood, ended):
            self.emit(name, event)

    def end(self, name: str, reason: str) -> None:
        talked = self.router.agent_of(name)
        self.router.leave(name)
        outcome = "handed_off" if talked else "abandoned"
        event = ev.CallEnded(outcome=outcome, reason=reason, duration_s=self.at[name])  # type: ignore[arg-type]
        self.emit(name, event)


def create(folder: Path, settings: AcdSettings | None = None) -> FastAPI:
    db = Database(sqlite_url(folder / "desk.db"))
    log = EventLog(db, PersonKeys(db, SiteKey(b"d" * 32)))
    identity = Identity(db)
    router = AcdRouter(log, settings=settings)
    phone, knowledge = Telephone(log, router), Knowledge()
    call_list, site_key = CallList(db, log), SiteKey(b"d" * 32)
    tickets = Tickets(db)
    records = Records(DemoOrderDesk(db), tickets, call_list)
    feed = AssistFeed(log, phone, knowledge=knowledge, records=records, state_poll_s=0.3, renew_s=1)
    audit = AuditLog(db, site_key)
    codes = (*CODES, "vip desk")

    async def plan() -> Plan:
        return router.acd.plan

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.create_all()
        everything = tuple(language.value for language in Language)
        await seed_demo(db, date.today())
        lin = {Role.AGENT, Role.NUMBERS}
        await identity.add_user("lin", PASSWORD, lin, name="Lin Xia", languages=everything)
        await identity.add_user("sam", PASSWORD, {Role.AGENT}, name="Sam Reed", languages=("en",))
        async with db.begin() as connection:
            await connection.execute(
                update(users).where(users.c.username == "sam").values(phone="+493012345678")
            )
        await identity.add_user("eve", PASSWORD, {Role.EDITOR}, name="Eve Hart")
        await log.start()
        for code in SCRIPTS:
            await phone.earlier(code)
        await feed.start()
        following = asyncio.create_task(call_list.keep_up())
        yield
        following.cancel()
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
            case "times":
                router.acd.settings = router.acd.state.settings = AcdSettings(**step["times"])
            case "forget_drafts":
                for call in feed._calls.values():
                    call.drafts.clear()
            case "deaf":
                phone.deaf = step["deaf"]
            case "loses_sound":
                phone.lost[step["name"]] = {"left_s": 60.0, "phone": "ready"}
                phone.emit(step["name"], ev.LineFault(what="agent_phone_not_reached", detail=step["why"]))
            case "has_sound":
                del phone.lost[step["name"]]
            case "calls_out":
                phone.calls_out = step["calls_out"]
            case "bot_leaves":
                phone.bot[step["name"]] = False
                phone.emit(step["name"], ev.CodeTaken(digits=6))
            case "reset":
                for name in [*phone.at]:
                    phone.end(name, "caller_hung_up")
                    del phone.at[name]
                router.acd.agents.clear()
                router.acd.settings = router.acd.state.settings = settings or AcdSettings()
                feed.attendance = Attendance()
                phone.broken = phone.deaf = knowledge.fails = tickets.fails = False
                phone.keeps_no_words = False
                phone.calls_out = True
                for kept in (phone.held, phone.muted, phone.others, phone.second, phone.bot, phone.lost):
                    kept.clear()
            case "roles":
                async with db.begin() as connection:
                    its = users.c.username == step["user"]
                    await connection.execute(update(users).where(its).values(roles=step["roles"]))
            case "capacity":
                async with db.begin() as connection:
                    its = users.c.username == step["user"]
                    await connection.execute(update(users).where(its).values(capacity=step["calls"]))
            case "knowledge":
                knowledge.fails = step["fails"]
            case "tickets":
                tickets.fails = step["fails"]
            case "wrap_up":
                phone.keeps_no_words = step["refused"]
        await log.flush()
        return router.state()

    @app.get("/events/{name}")
    async def events(name: str) -> list[dict[str, Any]]:
        return [{"kind": one.event.kind, **one.event.model_dump(mode="json")} for one in await log.read(name)]

    @app.get("/phones")
    async def phones() -> list[list[str]]:
        return [list(one) for one in phone.phones.items()]

    @app.get("/ping")
    async def ping() -> list[float]:
        return [pages_core.sio.eio.ping_interval, pages_core.sio.eio.ping_timeout]

    @app.get("/audit")
    async def audited() -> list[dict[str, Any]]:
        return [asdict(one) for one in await audit.entries()]

    mount_desk(DeskSite(feed, identity, audit, plan, codes))
    install(app, identity)
    return app


if __name__ == "__main__":
    identity_module.PasswordHasher = QuickHasher
    given = [float(one) for one in sys.argv[3:]]
    times = dict(zip(("offer_s", "lease_s", "lost_s", "wrap_up_s"), given, strict=False))
    uvicorn.run(create(Path(sys.argv[2]), AcdSettings(**times)), port=int(sys.argv[1]), log_level="warning")
