"""How soon wallboards show what happens, with how much work: agents change their states, many pages are open.

A change is a fact written into the log; it has reached a page when the page's event stream has brought the agent's
new row. Each change carries a number, which the row shows, so that every one can be told from the next.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import numpy as np

from core.events import CallEnded, CallStarted
from core.languages import Language
from core.log import EventLog
from core.routing_events import AgentChanged, CallLeftQueue, CallQueued, of_agent

_NUMBER = re.compile(r"\(r(\d+)\)")
_LAST_S = 3.0
"""After the last change pages have so long to show it."""


@dataclass
class Page:
    """What one wallboard was sent.

    Attributes:
        seen_s: number of a change -> when it came, on the machine's steady clock.
    """

    frames: int = 0
    bytes: int = 0
    rows: int = 0
    seen_s: dict[int, float] = field(default_factory=dict)
    there: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with the first frame, which is the whole."""

    def take(self, text: str) -> None:
        """Take in a frame of the stream."""
        now = time.monotonic()
        self.frames += 1
        self.bytes += len(text.encode())
        self.there.set()
        for name, row in json.loads(text)["parts"].items():
            if name.startswith("agents/") and row is not None:
                self.rows += 1
                if (found := _NUMBER.search(row)) is not None:
                    self.seen_s.setdefault(int(found[1]), now)


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds from the fact to the page, over all pages. ``superseded``: changes that a later one of the same
    agent overtook before the next update, so that no page had to show them."""

    changes: int
    shown: int
    superseded: int
    lost: int
    p50_ms: float
    p95_ms: float
    max_ms: float
    frames_per_s: float
    kib_per_s: float
    """Of one page."""


async def change_states(
    log: EventLog, agents: int, seconds: float, every_s: float, calls_per_hour: float, seed: int = 1
) -> list[tuple[int, str, float]]:
    """Write facts for so long: each agent changes about every so many seconds, and calls come and go.

    Returns:
        (number, agent, when it was committed on the machine's steady clock) of each change.
    """
    dice = random.Random(seed)  # noqa: S311  (load, not a secret)
    began = time.monotonic()
    done: list[tuple[int, str, float]] = []
    next_change, next_call, calls = began, began, 0
    while (now := time.monotonic()) < began + seconds:
        if now >= next_change:
            number, user = len(done), f"agent{dice.randrange(agents):04}"
            await log.append(of_agent(user), _agent(user, number))
            done.append((number, user, time.monotonic()))
            next_change += dice.expovariate(agents / every_s)
        if now >= next_call:
            calls += 1
            _call(log, f"bench{calls}", dice)
            next_call += dice.expovariate(calls_per_hour / 3600)
        await asyncio.sleep(max(min(next_change, next_call) - time.monotonic(), 0))
    await log.flush()
    return done


async def agents_at_work(log: EventLog, agents: int) -> None:
    """All of them come to work."""
    for number in range(agents):
        user = f"agent{number:04}"
        log.emit(of_agent(user), _agent(user, None))
    await log.flush()


def _agent(user: str, number: int | None) -> AgentChanged:
    return AgentChanged(
        agent=user,
        wish="available" if number is None else "break",
        break_reason="" if number is None else f"r{number}",
        languages={Language.EN: 4, Language.ZH: 3},
        skills={"orders": 4, "complaints": 3},
        at=time.time(),
    )


def _call(log: EventLog, name: str, dice: random.Random) -> None:
    language, at = dice.choice(list(Language)), time.time()
    log.emit(
        name,
        CallStarted(
            carrier="simulated",
            carrier_call_id=name,
            caller="",
            called="",
            bot="homegoods",
            language=language,
        ),
    )
    if dice.random() < 0.5:
        log.emit(name, CallQueued(queue="general", language=language, since=at, order=0, at=at))
        log.emit(name, CallLeftQueue(queue="general", waited_s=0, why="caller_left", at=at + 20))
    log.emit(name, CallEnded(outcome="resolved", reason="bot_closed", duration_s=20))


async def follow_page(url: str, token: str, language: Language, page: Page, until: asyncio.Event) -> None:
    """Read a wallboard's stream as a browser does."""
    headers = {"authorization": f"Bearer {token}"}
    address = f"{url}/api/wall/stream?language={language.value}"
    timeout = httpx.Timeout(30.0)
    async with (
        httpx.AsyncClient(timeout=timeout) as client,
        client.stream("GET", address, headers=headers) as answer,
    ):
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                page.take(line[6:])
            if until.is_set():
                return


async def measure(
    log: EventLog,
    url: str,
    token: str,
    *,
    agents: int,
    pages: int,
    seconds: float,
    every_s: float,
    calls_per_hour: float,
) -> Result:
    """Open the pages, let the floor change, and see when each page showed what."""
    opened = [Page() for _ in range(pages)]
    over = asyncio.Event()
    languages = list(Language)
    async with asyncio.TaskGroup() as group:
        for number, page in enumerate(opened):
            group.create_task(follow_page(url, token, languages[number % len(languages)], page, over))
        for page in opened:
            await page.there.wait()
        for page in opened:
            page.frames = page.bytes = 0
        changes = await change_states(log, agents, seconds, every_s, calls_per_hour)
        await asyncio.sleep(_LAST_S)
        over.set()
        # A stream ends with its next line; something must happen for one to come.
        await log.append(of_agent("agent0000"), _agent("agent0000", len(changes)))
    return summed(changes, opened, seconds)


def summed(changes: Sequence[tuple[int, str, float]], pages: Sequence[Page], seconds: float) -> Result:
    """What the pages showed of the changes."""
    delays = [
        (page.seen_s[number] - at) * 1000
        for page in pages
        for number, _, at in changes
        if number in page.seen_s
    ]
    superseded = lost = 0
    for page in pages:
        for place, (number, user, _) in enumerate(changes):
            if number in page.seen_s:
                continue
            later = any(other == user and n in page.seen_s for n, other, _ in changes[place + 1 :])
            superseded += later
            lost += not later
    spread = np.percentile(delays, (50, 95, 100)) if delays else np.full(3, np.nan)
    return Result(
        changes=len(changes),
        shown=len(delays),
        superseded=superseded,
        lost=lost,
        p50_ms=round(float(spread[0]), 1),
        p95_ms=round(float(spread[1]), 1),
        max_ms=round(float(spread[2]), 1),
        frames_per_s=round(sum(page.frames for page in pages) / len(pages) / seconds, 2),
        kib_per_s=round(sum(page.bytes for page in pages) / len(pages) / seconds / 1024, 1),
    )
