"""How soon agents' pages show what happens, with hundreds of them open and calls under way.

Two things are seen: facts, in the event log, and what each page shows from when on. Delays follow from the two alone.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.events import OfferAnswered, OfferMade, Recorded, UtteranceHeard
from core.redaction import redact
from core.routing_events import CallLeftQueue, CallQueued
from evals.bench.open_page import Element, OpenPage
from evals.bench.wall import Page

SHOWN_WITHIN_S = 15.0
"""What a page has not shown by then is counted as lost."""
_IDLE = ("available", "break")
_ROW_STATE = re.compile(r'data-state="(\w+)"')


@dataclass(frozen=True, slots=True)
class DeskLoad:
    """What goes on.

    Attributes:
        agents: pages of agents that are open.
        walls: wallboards that are open.
        calls: conversations at once.
        seconds: how long agents work.
        every_s: seconds between the changes of an agent's state.
        rounds: callers who then wait, all agents being on break: each changes a figure on every page, twice.
    """

    agents: int
    walls: int
    calls: int
    seconds: float
    every_s: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What one desk shows at a moment.

    Attributes:
        state: of the agent.
        mode: of the page: idle, offer, talk, wrap.
        waiting: calls that wait.
        heard: the caller's latest finished sentence.
    """

    state: str = ""
    mode: str = ""
    waiting: int = 0
    heard: str = ""


@dataclass
class Desk:
    """One agent's page, and all that it has shown.

    Attributes:
        history: (time of day, what it showed from then on), in order.
        presses: (time of day, the state that the agent chose).
    """

    user: str
    history: list[tuple[float, Shown]] = field(default_factory=list)
    presses: list[tuple[float, str]] = field(default_factory=list)
    changes: int = 0
    page: OpenPage = field(init=False)

    def __post_init__(self) -> None:
        self.page = OpenPage(self._changed)

    @property
    def now(self) -> Shown:
        return self.history[-1][1] if self.history else Shown()

    @property
    def rings_since(self) -> float | None:
        """The time of day at which the page began to ring; None where it does not."""
        since = None
        for at, shown in reversed(self.history):
            if shown.mode != "offer":
                break
            since = at
        return since

    def _changed(self, at: float) -> None:
        self.changes += 1
        shown = read(self.page)
        if not self.history or shown != self.history[-1][1]:
            self.history.append((at, shown))

    async def choose(self, state: str) -> None:
        """Press the button of a state, or choose the first of the breaks."""
        chosen = self.page.choices(data_wish=state)[:1] if state == "break" else ()
        self.presses.append((await self.page.press(*chosen, data_wish=state), state))


def read(page: OpenPage) -> Shown:
    """What a page of ``/desk`` shows."""
    state = mode = heard = ""
    waiting, last = 0, -1
    for key, element in page.elements.items():
        classes = element.get("class", ())
        if not classes:
            continue
        first = classes[0]
        if first == "pill":
            state = classes[1]
        elif first == "grid":
            mode = classes[1].removeprefix("mode-")
        elif first == "line":
            if "by-caller" in classes and "pending" not in classes and int(key) > last:
                last, heard = int(key), _words(page, element)
        elif first == "queue":
            texts = (page.elements.get(str(child), {}).get("text", "") for child in element["children"])
            waiting = next((int(text) for text in texts if text.isdigit()), 0)
    return Shown(state, mode, waiting, heard)


def _words(page: OpenPage, line: Element) -> str:
    parts = (page.elements.get(str(child), {}) for child in line.get("children", ()))
    return next((str(part.get("text", "")) for part in parts if "words" in part.get("class", ())), "")


@dataclass
class Wallboard(Page):
    """A wallboard, and since when its rows have shown which states.

    Attributes:
        states: agent -> (time of day, state), in order.
    """

    states: dict[str, list[tuple[float, str]]] = field(default_factory=dict)

    def take(self, text: str) -> None:
        super().take(text)
        at = time.time()
        for name, row in json.loads(text)["parts"].items():
            if name.startswith("agents/") and row and (state := _ROW_STATE.search(row)):
                self.states.setdefault(name.removeprefix("agents/"), []).append((at, state[1]))


# --- what agents do ---


async def change_states(desks: Sequence[Desk], until: float, every_s: float, seed: int) -> None:
    """Agents who have no call go on break and come back, each about every so many seconds, until a time of day."""
    dice = random.Random(seed)  # noqa: S311  (load, not a secret)
    while time.time() < until:
        await asyncio.sleep(dice.expovariate(len(desks) / every_s))
        desk = dice.choice(desks)
        settled = not desk.presses or desk.now.state == desk.presses[-1][1]
        if desk.now.state in _IDLE and desk.now.mode == "idle" and settled:
            await desk.choose("break" if desk.now.state == "available" else "available")


async def take_offers(desks: Sequence[Desk], after_s: float, over: asyncio.Event) -> None:
    """Agents accept what rings, each so many seconds after their page shows it."""
    taken: dict[str, float] = {}
    while not over.is_set():
        for desk in desks:
            since = desk.rings_since
            if since is not None and since + after_s <= time.time() and taken.get(desk.user) != since:
                taken[desk.user] = since
                await desk.page.press(data_shortcut="Alt+A")
        await asyncio.sleep(0.1)


async def until_shown(desks: Sequence[Desk], wanted: Callable[[Shown], bool], limit_s: float) -> list[Desk]:
    """Wait until all pages show something; the pages that do not by then."""
    end = time.time() + limit_s
    while missing := [desk for desk in desks if not wanted(desk.now)]:
        if time.time() > end:
            break
        await asyncio.sleep(0.1)
    return missing


# --- what was shown when ---


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds from something to the page, over all pages that had to show it.

    Attributes:
        lost: how often a page did not show it within ``SHOWN_WITHIN_S``.
    """

    what: str
    shown: int
    lost: int
    p50_ms: float
    p95_ms: float
    max_ms: float


def summed(what: str, delays: Sequence[float | None]) -> Delay:
    """Percentiles of delays in seconds; None is one that was lost."""
    seen = [one * 1000 for one in delays if one is not None]
    spread = np.percentile(seen, (50, 95, 100)) if seen else np.full(3, np.nan)
    p50, p95, most = (round(float(one), 1) for one in spread)
    return Delay(what, len(seen), len(delays) - len(seen), p50, p95, most)


def first_shown(
    history: Sequence[tuple[float, Shown]], after: float, wanted: Callable[[Shown], bool]
) -> float | None:
    """Seconds from a time of day until a page showed something; None: not within ``SHOWN_WITHIN_S``.

    What it shows at that time already is as good as shown at once.
    """
    place = bisect_left(history, after, key=lambda one: one[0])
    if place and wanted(history[place - 1][1]):
        return 0.0
    for at, shown in history[place:]:
        if at - after > SHOWN_WITHIN_S:
            return None
        if wanted(shown):
            return at - after
    return None


def shows(what: str, *values: object) -> Callable[[Shown], bool]:
    """Whether a page shows one of these values."""
    return lambda shown: getattr(shown, what) in values


def own_states(desks: Iterable[Desk]) -> list[float | None]:
    """From an agent's press to the new state on the agent's page. A call that came between is no loss."""
    return [
        first_shown(desk.history, at, shows("state", wanted, "offered"))
        for desk in desks
        for at, wanted in desk.presses
    ]


def wallboard_rows(desks: Iterable[Desk], boards: Iterable[Wallboard]) -> list[float | None]:
    """From an agent's press to the agent's row on each wallboard.

    A press that the next one overtook before the board was drawn again had not to be shown.
    """
    found: list[float | None] = []
    for board in boards:
        for desk in desks:
            rows = board.states.get(desk.user, [])
            ends = [at for at, _ in desk.presses[1:]] + [math.inf]
            for (at, wanted), end in zip(desk.presses, ends, strict=False):
                came = next((t for t, state in rows if at <= t < end and state in (wanted, "offered")), None)
                if came is not None or end == math.inf:
                    found.append(came - at if came is not None and came - at <= SHOWN_WITHIN_S else None)
    return found


def rings(facts: Iterable[Recorded], desks: Mapping[str, Desk]) -> list[float | None]:
    """From an offer to the page that rings."""
    return [
        first_shown(desks[one.event.agent].history, _at(one), shows("mode", "offer"))
        for one in facts
        if isinstance(one.event, OfferMade) and one.event.agent in desks
    ]


def sentences(
    facts: Iterable[Recorded], desks: Mapping[str, Desk], settle_s: float = 2.0
) -> list[float | None]:
    """From the moment that a caller's sentence is recognised to its line on the page of the call's agent.

    Args:
        settle_s: after accepting; what was said before comes with the page.
    """
    found: list[float | None] = []
    accepted: dict[str, tuple[str, float]] = {}
    for one in facts:
        match one.event:
            case OfferAnswered(agent=agent, answer="accepted"):
                accepted[one.interaction_id] = (agent, _at(one))
            case UtteranceHeard(speaker="caller", text=text):
                agent, at = accepted.get(one.interaction_id, ("", 0.0))
                if agent in desks and _at(one) > at + settle_s:
                    found.append(first_shown(desks[agent].history, _at(one), shows("heard", redact(text))))
    return found


def queue_lengths(facts: Iterable[Recorded], desks: Iterable[Desk]) -> list[float | None]:
    """From a caller's joining or leaving the queue to the figure on every page."""
    pages, found, waiting = list(desks), [], 0
    for one in facts:
        if isinstance(one.event, CallQueued):
            waiting += 1
        elif isinstance(one.event, CallLeftQueue):
            waiting -= 1
        else:
            continue
        found += [first_shown(desk.history, _at(one), shows("waiting", waiting)) for desk in pages]
    return found


def _at(fact: Recorded) -> float:
    return fact.recorded_at.timestamp()
