"""Calls as readers see them: folded from the log, never stored as a truth of their own.

``CallView`` is one call in full. ``CallList`` keeps a table of all calls for listing and counting; it
holds nothing personal, and dropping it and reading the log again gives the same table.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import JSON, Column, DateTime, Float, String, Table, delete, func, insert, select, update

from core import events as ev
from core.db import Database, metadata
from core.events import Recorded
from core.intents import TALK
from core.languages import Language
from core.log import EventLog
from core.redaction import mask_number, redact
from core.redaction_turns import TurnRedactor
from core.routing_events import ConversationPassed

logger = logging.getLogger(__name__)

calls = Table(
    "calls",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("started_at", DateTime(timezone=True), nullable=False, index=True),
    Column("ended_at", DateTime(timezone=True)),
    Column("language", String(5), nullable=False),
    Column("intents", JSON, nullable=False),
    Column("outcome", String(20)),
    Column("agent", String(60)),
    Column("score", Float),
    Column("person", String(64), index=True),
    Column("channel", String(12), nullable=False, server_default="telephone"),
)

Channel = Literal["telephone", "browser", "call_back", "message"]
_LANGUAGES = frozenset(Language)
BROWSER_CARRIER = "webrtc"
"""Calls of this carrier come from a browser, as from ``/phone``; those of all others from telephones."""


@dataclass
class CallView:
    """One call, built by ``apply`` from its events in order."""

    id: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    carrier: str = ""
    carrier_call_id: str = ""
    caller: str = ""
    called: str = ""
    bot: str = ""
    person: str | None = None
    language: str = ""
    intents: list[str] = field(default_factory=list)
    outcome: str | None = None
    end_reason: str = ""
    resolved_by: str | None = None
    summary: str = ""
    transcript: list[dict[str, Any]] = field(default_factory=list)
    handoff: dict[str, Any] | None = None
    agent: str | None = None
    wrap_up: dict[str, Any] | None = None
    score: dict[str, Any] | None = None
    timings: list[dict[str, float]] = field(default_factory=list)
    recording: dict[str, Any] | None = None
    """The last one; ``recordings`` names all: a customer who is called back has one of each call."""
    recordings: list[str] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    sentiment: list[dict[str, float]] = field(default_factory=list)
    erased: bool = False
    last_seq: int = 0
    channel: Channel = "telephone"
    """How the person was last in contact: by telephone or browser, called back by us, or with a message left."""

    @classmethod
    def of(cls, recorded: Iterable[Recorded]) -> CallView | None:
        """Fold a whole call; None where there is no such call."""
        view: CallView | None = None
        for one in recorded:
            view = view or cls(one.interaction_id)
            view.apply(one)
        return view if view is not None and view.started_at is not None else None

    def apply(self, recorded: Recorded) -> None:
        """Take in the next event; one seen before is passed over."""
        if recorded.seq <= self.last_seq:
            return
        self.last_seq = recorded.seq
        self.erased = self.erased or recorded.erased
        match recorded.event:
            case ev.CallStarted() as event:
                self.started_at = recorded.recorded_at
                self.carrier, self.carrier_call_id = event.carrier, event.carrier_call_id
                self.caller, self.called, self.bot = event.caller, event.called, event.bot
                self.language, self.person = event.language.value, recorded.person
                self.channel = "browser" if event.carrier == BROWSER_CARRIER else "telephone"
            case ev.LanguageChanged() as event:
                self.language = event.after.value
            case ev.UtteranceHeard() | ev.UtteranceSpoken() as event:
                self._say(event)
            case ev.KeysPressed() as event:
                self.transcript.append(
                    {
                        "speaker": "caller",
                        "text": f"[keys {event.keys}]",
                        "language": self.language,
                        "start_s": event.at_s,
                        "end_s": event.at_s,
                        "seq": recorded.seq,
                    }
                )
            case ev.TurnUnderstood() as event:
                if event.intent not in TALK and event.intent not in self.intents:
                    self.intents.append(event.intent)
                self.sentiment.append({"turn": event.turn, "value": event.sentiment})
            case ev.TurnTimed() as event:
                self.timings.append(event.model_dump())
            case ev.AnswerConfirmed() as event:
                self.resolved_by = event.by
            case ev.HandoffRequested() as event:
                self.handoff = {"reason": event.reason, "skills": event.skills, "packet": event.packet}
            case ev.OfferAnswered(answer="accepted") as event:
                self.agent = event.agent
                if self.handoff is not None:
                    self.handoff = {**self.handoff, "agent": event.agent, "waited_s": event.waited_s}
            case ConversationPassed() as event:
                self.agent = event.to
            case ev.CallBackTried(answered=True):
                self.channel = "call_back"
            case ev.VoicemailLeft():
                self.channel = "message"
            case ev.WrapUpDone() as event:
                self.wrap_up = {"agent": event.agent, "code": event.code}
                self.summary = event.summary or self.summary
            case ev.CallSummarised() as event:
                if self.wrap_up is None:
                    self.summary = event.text
            case ev.RecordingStarted() as event:
                self.recording = {"name": event.name, "rate": event.rate, "channels": event.channels}
                self.recordings.append(event.name)
            case ev.RecordingClosed() as event:
                self.recording = {**(self.recording or {}), "name": event.name, "seconds": event.seconds}
            case ev.CallScored() as event:
                self.score = {
                    "scorecard": event.scorecard,
                    "version": event.scorecard_version,
                    "score": event.score,
                    **event.answers,
                }
            case ev.LineFault() as event:
                self.faults.append(event.model_dump())
            case ev.CallEnded() as event:
                self.ended_at, self.outcome, self.end_reason = (
                    recorded.recorded_at,
                    event.outcome,
                    event.reason,
                )
            case _:
                pass

    def _say(self, event: ev.UtteranceHeard | ev.UtteranceSpoken) -> None:
        line: dict[str, Any] = {
            "speaker": event.speaker,
            "text": event.text,
            "language": event.language.value,
            "start_s": event.start_s,
            "end_s": event.end_s,
            "seq": self.last_seq,
        }
        if isinstance(event, ev.UtteranceHeard):
            if event.name:
                line["by"] = event.name
            if event.held:
                line["held"] = True
        else:
            if event.interrupted:
                line["interrupted"] = True
            if event.name:
                line["name"] = event.name
        # A line is committed when it has been heard, so it may arrive after one that began later.
        place = len(self.transcript)
        while place and self.transcript[place - 1]["start_s"] > event.start_s:
            place -= 1
        self.transcript.insert(place, line)

    def to_json(self) -> dict[str, Any]:
        """The call as the API shows it; personal numbers pass the redactor once more."""
        return {
            "id": self.id,
            "started_at": _iso(self.started_at),
            "ended_at": _iso(self.ended_at),
            "from": mask_number(self.caller) if self.caller else "",
            "to": self.called,
            "carrier": self.carrier,
            "language": self.language,
            "intents": self.intents,
            "outcome": self.outcome,
            "end_reason": self.end_reason,
            "resolved_by": self.resolved_by,
            "summary": redact(self.summary),
            "transcript": self._masked_transcript(),
            "handoff": masked(self.handoff),
            "agent": self.agent,
            "wrap_up": self.wrap_up,
            "score": masked(self.score),
            "timings": self.timings,
            "recording": self.recording,
            "faults": self.faults,
            "erased": self.erased,
        }

    def _masked_transcript(self) -> list[dict[str, Any]]:
        """Each person's lines pass a redactor that knows their earlier ones."""
        redactors: defaultdict[tuple[str, str], TurnRedactor] = defaultdict(TurnRedactor)
        lines = []
        for line in self.transcript:
            if line["speaker"] == "bot" or line["language"] not in _LANGUAGES:
                text = redact(line["text"])
            else:
                redactor = redactors[line["speaker"], line.get("by", "")]
                language = Language(line["language"])
                text = redactor.redact(line["text"], language, line["start_s"], line["end_s"])
            lines.append({**line, "text": text})
        return lines

    def row(self) -> dict[str, Any]:
        """The call as ``CallList`` stores it."""
        score = self.score["score"] if self.score else None
        return {
            "id": self.id,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "language": self.language,
            "intents": list(self.intents),
            "outcome": self.outcome,
            "agent": self.agent,
            "score": score,
            "person": self.person,
            "channel": self.channel,
        }


def masked(value: Any) -> Any:
    """Redact every text inside a JSON value; what is named ``caller`` is a number and masked as one."""
    if isinstance(value, dict):
        return {
            key: mask_number(inner) if key == "caller" and isinstance(inner, str) and inner else masked(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return redact(value) if isinstance(value, str) else value


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


class CallList:
    """The table of calls, kept up to date by one reader of the log (the web process)."""

    READER = "call-list"

    def __init__(self, db: Database, log: EventLog) -> None:
        self._db = db
        self._log = log
        self._views: dict[str, CallView] = {}
        self._stored: dict[str, dict[str, Any]] = {}
        """Rows of these calls as the table has them."""
        self._position: int | None = None

    async def keep_up(self) -> None:
        """Follow the log for ever; belongs in a task of its own."""
        await self._log.drive(self.catch_up)

    async def catch_up(self) -> int:
        """Take in the events that are new; returns how many."""
        if self._position is None:
            self._position = await self._log.offset(self.READER)
        batch = await self._log.read_from(self._position)
        if not batch:
            return 0
        changed: dict[str, CallView] = {}
        for recorded in batch:
            view = self._views.get(recorded.interaction_id)
            if view is None:
                view = CallView(recorded.interaction_id)
                if recorded.seq > 1:
                    for earlier in await self._log.read(recorded.interaction_id):
                        if earlier.seq < recorded.seq:
                            view.apply(earlier)
                self._views[recorded.interaction_id] = view
            view.apply(recorded)
            changed[view.id] = view
        # Most events change no row. Those are not written down as seen either: to see them again changes nothing.
        new_rows = False
        for view in changed.values():
            row = view.row()
            if view.started_at is not None and self._stored.get(view.id) != row:
                await self._store(row)
                self._stored[view.id], new_rows = row, True
            if view.ended_at is not None or len(self._views) > 5000:
                self._views.pop(view.id, None)
                self._stored.pop(view.id, None)
        self._position = batch[-1].position
        if new_rows:
            await self._log.set_offset(self.READER, self._position)
        return len(batch)

    async def rebuild(self) -> None:
        """Throw the table away and read the whole log again."""
        self._views.clear()
        self._stored.clear()
        self._position = 0
        async with self._db.begin() as connection:
            await connection.execute(delete(calls))
        await self._log.set_offset(self.READER, 0)
        while await self.catch_up():
            pass

    async def newest(
        self,
        limit: int = 50,
        offset: int = 0,
        outcome: str | None = None,
        language: str | None = None,
        agent: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of the table, newest first; ``agent`` leaves those that this user took."""
        query = select(calls).order_by(calls.c.started_at.desc(), calls.c.id).limit(limit).offset(offset)
        if outcome:
            query = query.where(calls.c.outcome == outcome)
        if language:
            query = query.where(calls.c.language == language)
        if agent:
            query = query.where(calls.c.agent == agent)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            {**row, "started_at": _iso(_utc(row["started_at"])), "ended_at": _iso(_utc(row["ended_at"]))}
            for row in rows
        ]

    async def of_person(self, person: str, limit: int, but: str = "") -> list[dict[str, Any]]:
        """The newest calls of one caller, by pseudonym; ``but`` leaves one out."""
        query = (
            select(calls)
            .where(calls.c.person == person, calls.c.id != but)
            .order_by(calls.c.started_at.desc(), calls.c.id)
            .limit(limit)
        )
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [
            {**row, "started_at": _utc(row["started_at"]), "ended_at": _utc(row["ended_at"])} for row in rows
        ]

    async def unfinished(self) -> list[str]:
        """Ids of calls that have no end yet."""
        async with self._db.read() as connection:
            query = select(calls.c.id).where(calls.c.ended_at.is_(None))
            return [row[0] for row in await connection.execute(query)]

    async def count(
        self, outcome: str | None = None, language: str | None = None, agent: str | None = None
    ) -> int:
        """How many calls the table holds, of those that the filters leave."""
        query = select(func.count()).select_from(calls)
        for column, wanted in (
            (calls.c.outcome, outcome),
            (calls.c.language, language),
            (calls.c.agent, agent),
        ):
            if wanted:
                query = query.where(column == wanted)
        async with self._db.read() as connection:
            return (await connection.execute(query)).scalar_one()

    async def _store(self, row: dict[str, Any]) -> None:
        async with self._db.begin() as connection:
            changed = await connection.execute(update(calls).where(calls.c.id == row["id"]).values(row))
            if changed.rowcount == 0:
                await connection.execute(insert(calls).values(row))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
