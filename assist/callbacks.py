"""The list of those who are to be called: call backs asked for, and messages left; made of the log's events.

Who asked while they waited is called by the platform where it has an outgoing line; all others, and those whom the
platform could not reach, are on this list for agents. Whom three attempts did not reach stays on it as not reached:
an agent may take them at any time, until somebody closes them or a week has passed. An entry is one call's latest wish.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from core.clock import Clock, SystemClock
from core.events import (
    CallBackAsked,
    CallBackClosed,
    CallBackRequested,
    CallBackTaken,
    CallBackTried,
    CallEnded,
    CallStarted,
    CallSummarised,
    Event,
    HandoffRequested,
    Recorded,
    UtteranceHeard,
    VoicemailLeft,
    WrapUpDone,
)
from core.languages import Language
from core.log import EventLog
from core.routing_events import CallLeftQueue

logger = logging.getLogger(__name__)

TRIES = 3
PAUSE = timedelta(minutes=15)
"""Between two of the first attempts."""
TAKEN_FOR = timedelta(minutes=30)
"""Then an entry that somebody took and did nothing with is everybody's again."""
SHOWN_FOR = timedelta(days=7)
"""After it was dealt with, or last tried."""
MOST_ENTRIES = 300
READ_AGAIN_S = 60.0
"""An erasure takes effect here within this time."""
LOOK_BACK = 200_000
"""Events in which a process that starts looks for entries."""

OPENERS: tuple[type[Event], ...] = (CallBackAsked, CallBackRequested, VoicemailLeft)
_CHANGES: tuple[type[Event], ...] = (
    *OPENERS,
    CallBackTaken,
    CallBackTried,
    CallBackClosed,
    CallLeftQueue,
    CallSummarised,
    CallEnded,
    WrapUpDone,
)

Kind = Literal["call_back", "voicemail"]
Status = Literal["open", "taken", "later", "with_platform", "reached", "done", "not_reached"]


class NotNow(Exception):
    """What was asked for does not fit the entry as it is; ``code`` names why: unknown, taken, too_soon,
    with_platform, over, not_yours."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Attempt:
    at: datetime
    answered: bool
    agent: str
    reason: str


@dataclass(slots=True)
class Entry:
    """One call's wish to be called.

    Attributes:
        number: E.164; '' where it was withheld, or the person erased. To be masked before it is shown.
        matter: what about, as an intent's name.
        by: who dials.
        message: the recording of a message, '' where there is none; ``transcript`` is what was understood of it.
    """

    id: str
    kind: Kind
    asked_at: datetime
    language: Language
    number: str = ""
    queue: str = ""
    by: Literal["platform", "agent"] = "agent"
    matter: str = ""
    summary: str = ""
    message: str = ""
    seconds: float = 0.0
    transcript: list[str] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    taken_by: str = ""
    taken_at: datetime | None = None
    closed_by: str = ""
    changed_at: datetime | None = None
    person: str | None = None
    erased: bool = False

    def status(self, now: datetime) -> Status:
        """What is to be done, or came of it."""
        if self.closed_by:
            return "done"
        if any(one.answered for one in self.attempts):
            return "reached"
        given_up = len(self.attempts) >= TRIES
        if self.by == "platform" and not given_up:
            return "with_platform"
        if self.holder(now):
            return "taken"
        if given_up:
            return "not_reached"
        return "later" if (due := self.due_at) is not None and now < due else "open"

    def holder(self, now: datetime) -> str:
        """Who has taken it upon them; '' for nobody, or nobody any more."""
        if self.taken_at is None or now - self.taken_at >= TAKEN_FOR:
            return ""
        return self.taken_by

    @property
    def due_at(self) -> datetime | None:
        """Not to be tried again before; None: at once."""
        return self.attempts[-1].at + PAUSE if 0 < len(self.attempts) < TRIES else None

    def over(self, now: datetime) -> bool:
        """Nothing more is to be done."""
        return self.status(now) in ("reached", "done")

    def listed(self, now: datetime) -> bool:
        """Whether it is still shown."""
        ends = self.over(now) or self.status(now) == "not_reached"
        return not ends or now - (self.changed_at or self.asked_at) < SHOWN_FOR


def entry_of(recorded: Iterable[Recorded]) -> Entry | None:
    """Fold all events of a call; None where nobody is to be called."""
    entry: Entry | None = None
    caller = matter = summary = ""
    heard: list[tuple[float, str]] = []
    erased = False
    for one in recorded:
        erased = erased or one.erased
        match one.event:
            case CallStarted(caller=number):
                caller = number
            case HandoffRequested(packet=packet):
                matter = str(packet.get("intent") or "") or matter
            case CallSummarised(text=text):
                summary = text
            case UtteranceHeard(speaker="caller", text=text, start_s=start_s):
                heard.append((start_s, text))
            case CallBackAsked() as event:
                entry = Entry(one.interaction_id, "call_back", one.recorded_at, event.language, event.number)
                entry.queue, entry.by = event.queue, event.by
            case CallBackRequested() as event:
                entry = Entry(one.interaction_id, "call_back", one.recorded_at, event.language, event.number)
            case VoicemailLeft() as event:
                entry = Entry(one.interaction_id, "voicemail", one.recorded_at, event.language, caller)
                entry.queue, entry.message, entry.seconds = event.queue, event.name, event.seconds
                began_s = event.at_s
            case CallBackTaken(agent=agent) if entry is not None:
                entry.taken_by, entry.taken_at = agent, one.recorded_at if agent else None
            case CallBackTried() as event if entry is not None:
                attempt = Attempt(one.recorded_at, event.answered, event.agent, event.reason)
                entry.attempts.append(attempt)
                entry.taken_by, entry.taken_at = "", None
            case CallBackClosed(agent=agent) if entry is not None:
                entry.closed_by = agent
            case CallLeftQueue(why="call_back_failed" | "call_back_cancelled") if entry is not None:
                entry.by = "agent"  # the platform has given up
            case _:
                continue
        if entry is not None:
            entry.changed_at, entry.person = one.recorded_at, one.person
    if entry is not None:
        entry.matter, entry.summary, entry.erased = matter, summary, erased
        if entry.kind == "voicemail":
            # What began a moment before the tone ended is still part of it.
            entry.transcript = [text for start_s, text in sorted(heard) if text and start_s >= began_s - 0.5]
    return entry


class CallBackList:
    """The entries of the whole site, kept up to date by the web process; agents' actions are events."""

    def __init__(self, log: EventLog, clock: Clock | None = None) -> None:
        self._log = log
        self._clock = clock or SystemClock()
        self._entries: dict[str, Entry] = {}
        self._position: int | None = None
        self._acting = asyncio.Lock()

    def entries(self) -> list[Entry]:
        """What is to be done first, the longest asked for first, those who were not reached after the others; then
        what is over, the latest first."""
        now = self._clock.now()
        shown = [one for one in self._entries.values() if one.listed(now)]
        open_ = [one for one in shown if not one.over(now)]
        over = [one for one in shown if one.over(now)]
        open_.sort(key=lambda one: (one.status(now) == "not_reached", one.asked_at))
        over.sort(key=lambda one: one.changed_at or one.asked_at, reverse=True)
        return open_ + over

    async def fresh(self, name: str) -> Entry:
        """The entry as the log has it this moment, of a person who may have been erased meanwhile.

        Raises:
            NotNow: there is no such entry.
        """
        self.entry(name)
        await self._read(name)
        return self.entry(name)

    def entry(self, name: str) -> Entry:
        """
        Raises:
            NotNow: there is no such entry.
        """
        if (entry := self._entries.get(name)) is None:
            raise NotNow("unknown", "There is no such call back or message.")
        return entry

    @property
    def now(self) -> datetime:
        return self._clock.now()

    # --- following the log ---

    async def keep_up(self, poll_s: float = 1.0) -> None:
        """Follow the log for ever; belongs in a task of its own."""
        loop = asyncio.get_running_loop()
        read_at = loop.time()
        while True:
            if loop.time() - read_at >= READ_AGAIN_S:
                read_at = loop.time()
                for name in list(self._entries):
                    await self._read(name)
            if not await self.catch_up():
                await asyncio.sleep(poll_s)

    async def catch_up(self) -> int:
        """Take in what is new; returns how many facts."""
        if self._position is None:
            position = await self._log.last_position()
            for one in await self._log.of_kinds(OPENERS, LOOK_BACK):
                await self._read(one.interaction_id)
            self._position = position
        facts, self._position = await self._log.facts(self._position, _CHANGES)
        names = {one.interaction_id for one in facts if isinstance(one.event, OPENERS)}
        names |= {one.interaction_id for one in facts if one.interaction_id in self._entries}
        for name in names:
            await self._read(name)
        return len(facts)

    async def _read(self, name: str) -> None:
        entry = entry_of(await self._log.read(name))
        if entry is None:
            return
        self._entries[name] = entry
        while len(self._entries) > MOST_ENTRIES:
            over = [one for one in self._entries.values() if one.over(self.now) or not one.listed(self.now)]
            oldest = min(over or self._entries.values(), key=lambda one: one.changed_at or one.asked_at)
            del self._entries[oldest.id]

    # --- what agents do ---

    async def take(self, name: str, user: str) -> None:
        """Take an entry upon oneself, so that nobody else calls too.

        Raises:
            NotNow: another agent has it, it is too soon for another attempt, the platform calls, or it is over.
        """
        async with self._acting:
            entry = await self.fresh(name)
            status, holder = entry.status(self.now), entry.holder(self.now)
            if status == "taken" and holder != user:
                raise NotNow("taken", f"{holder} has it already.")
            if status == "later":
                raise NotNow("too_soon", "It was tried a short while ago; try again later.")
            if status in ("open", "not_reached") and entry.listed(self.now):
                await self._append(entry, CallBackTaken(agent=user))
            elif status != "taken":
                raise _not_theirs(status)

    async def give_back(self, name: str, user: str) -> None:
        """Somebody else may take it."""
        async with self._acting:
            await self._append(await self._held(name, user), CallBackTaken(agent=""))

    async def tried(self, name: str, user: str, *, answered: bool) -> None:
        """The customer was called.

        Raises:
            NotNow: the entry is not this agent's.
        """
        async with self._acting:
            entry = await self._held(name, user)
            attempt, reason = len(entry.attempts) + 1, "" if answered else "no_answer"
            await self._append(
                entry, CallBackTried(attempt=attempt, answered=answered, agent=user, reason=reason)
            )

    async def done(self, name: str, user: str) -> None:
        """It was dealt with without a call."""
        async with self._acting:
            await self._append(await self._held(name, user), CallBackClosed(agent=user))

    async def _held(self, name: str, user: str) -> Entry:
        entry = await self.fresh(name)
        if entry.holder(self.now) != user or entry.status(self.now) != "taken":
            raise NotNow("not_yours", "Take it first: it is not yours (any more).")
        return entry

    async def _append(self, entry: Entry, event: Event) -> None:
        await self._log.append(entry.id, event, person=entry.person)
        await self._read(entry.id)


def _not_theirs(status: Status) -> NotNow:
    if status == "with_platform":
        return NotNow("with_platform", "The platform calls when it is their turn.")
    return NotNow("over", "It is dealt with already.")
