"""Keeps the wallboard fresh: follows the log, judges the figures, and tells pages what changed, once a second at most.

One ``Wall`` per site. Whatever the number of pages, the floor is folded once, worked out once a second, and drawn once
for each language that somebody reads; a page gets the parts that changed since it last asked, so none can fall behind
a queue.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from prometheus_client import Gauge, Histogram

from assist.acd.plan import Plan, PlanError, parse_plan
from assist.link import MediaLink
from assist.wall import alerts as al
from assist.wall import floor as fl
from assist.wall.calendar import Calendar
from assist.wall.clock import FloorClock
from assist.wall.figures import Figures, figures
from assist.wall.parts_board import PartsBoard
from assist.wall.view import Scene, parts
from assist.wall.webhook import Webhook
from core.administration import Administration
from core.clock import Clock, SystemClock
from core.events import Event, Recorded
from core.languages import Language
from core.log import EventLog, LogFull
from core.wall_events import WALL, AlertRaised

logger = logging.getLogger(__name__)

READERS = Gauge("tetraphone_wall_pages", "Wallboards that are open")
DRAWING = Histogram("tetraphone_wall_draw_seconds", "What one drawing of the wallboard takes, all languages")
ALERTS = Gauge("tetraphone_wall_alerts", "Alerts that go on")

EVERY_S = 1.0
CHARTS_S = 5.0
LINK_S = 5.0
PLAN_S = 5.0
TIDY_S = 300.0
BEFORE_MIDNIGHT = timedelta(hours=24)
"""So much of the day before is read too: whoever is at work now may have come then."""
HEARTBEAT_S = 10.0
KINDS = (*fl.KINDS, *al.KINDS)


@dataclass(frozen=True, slots=True)
class WallSettings:
    """
    Attributes:
        zone: whose midnight begins the day.
        webhook_url, webhook_secret: where alerts are told, signed; '' tells nobody.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    webhook_url: str = ""
    webhook_secret: str = ""


class Wall:
    """
    Args:
        administration: where the plan and the users are read and changed.
        clock: for tests.
        webhook: for tests; else made from the settings.
    """

    def __init__(
        self,
        log: EventLog,
        link: MediaLink,
        administration: Administration,
        settings: WallSettings | None = None,
        *,
        clock: Clock | None = None,
        webhook: Webhook | None = None,
    ) -> None:
        settings = settings or WallSettings()
        self.log, self.link, self.administration = log, link, administration
        self.webhook = webhook or Webhook(settings.webhook_url, settings.webhook_secret)
        self.calendar = Calendar(settings.zone)
        self._clock = clock or SystemClock()
        self._time = FloorClock()
        self.plan, self._version = Plan(), -1
        self.floor = fl.Floor(self.plan, self.calendar)
        self.alerts = al.Alerts()
        self.figures: Figures | None = None
        self.link_up = True
        self._names: dict[str, str] = {}
        self._boards = {language: PartsBoard() for language in Language}
        self._position = 0
        self._reading = asyncio.Lock()
        """The log is read by one at a time, so that no fact counts twice."""
        self._drawn_at = self._charts_at = float("-inf")
        self._ready = asyncio.Event()

    @property
    def now(self) -> float:
        """The present by the distributor's clock."""
        return self._time.now(self._clock.monotonic())

    async def keep_up(self) -> None:
        """Follow for ever; belongs in a task of its own. Started again, it reads the day again."""
        await self.read_plan()
        await self.rebuild()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.webhook.keep_up(), name="wall-webhook")
            group.create_task(self._every(LINK_S, self._ask_link), name="wall-link")
            group.create_task(self._every(PLAN_S, self.read_plan), name="wall-plan")
            group.create_task(self._every(TIDY_S, self._tidy), name="wall-tidy")
            group.create_task(self._follow(), name="wall-follow")

    async def rebuild(self) -> None:
        """Read the log again from the day before on; until that is done everything stays as it is."""
        async with self._reading:
            floor, alerts, clock = fl.Floor(self.plan, self.calendar), al.Alerts(), FloorClock()
            wall = self._clock.now()
            begins = datetime.fromtimestamp(self.calendar.begins(self.calendar.day(wall.timestamp())), UTC)
            position = await self.log.position_at(begins - BEFORE_MIDNIGHT)
            position = await self._read(position, floor, alerts, clock)
            clock.start(wall.timestamp() - floor.offset, self._clock.monotonic())
            self.floor, self.alerts, self._time, self._position = floor, alerts, clock, position
        await self._tidy()
        self.look()
        self._ready.set()

    async def take_in(self) -> None:
        """Fold what is new."""
        async with self._reading:
            self._position = await self._read(self._position, self.floor, self.alerts, self._time)

    async def _read(self, position: int, floor: fl.Floor, alerts: al.Alerts, clock: FloorClock) -> int:
        """Fold everything after a position; returns the last one."""
        newest: Recorded | None = None
        while True:
            found, position = await self.log.facts(position, KINDS)
            for one in found:
                try:
                    floor.apply(one)
                    alerts.apply(one.event)
                except Exception:  # one fact that does not fit must not blind every supervisor
                    logger.exception("wall: the fact at position %d is left out", one.position)
                newest = one if getattr(one.event, "at", 0.0) else newest
            if not found:
                break
            await asyncio.sleep(0)
        if newest is not None:
            age = (self._clock.now() - newest.recorded_at).total_seconds()
            at = newest.event.at  # type: ignore[attr-defined]
            clock.heard(at, age, self._clock.monotonic())
        return position

    def look(self) -> Figures:
        """Work out the figures of this moment, and raise and end alerts."""
        self.figures = figures(self.floor, self.now)
        for event in self.alerts.judge(list(al.breaches(self.figures, self.plan)), self.figures.at):
            self.alerts.apply(event)
            self._tell(event)
            try:
                self.log.emit(WALL, event)
            except LogFull:
                logger.exception("wall: an alert is not in the log")
        ALERTS.set(sum(one.ended_at is None for one in self.alerts.shown(self.figures.at)))
        return self.figures

    # --- for pages ---

    async def follow(self, language: Language, after: int = -1) -> AsyncIterator[tuple[int, str]]:
        """(version, JSON of what changed since), the whole first; an empty text every ten seconds of quiet.

        Args:
            after: the version that the page has; one of another life of this process gets the whole.
        """
        await self._ready.wait()
        board = self._boards[language]
        board.readers += 1
        READERS.inc()
        try:
            if board.readers == 1 or not board.drawn:
                self._draw(language, with_charts=True)
            while True:
                changed = board.changed
                version, found = board.since(after)
                if found is not None:
                    frame = {"now": round(self.now, 2), **found}
                    yield version, json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
                    after = version
                else:
                    yield version, ""
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_S):
                        await changed.wait()
        finally:
            board.readers -= 1
            READERS.dec()

    def _draw(self, language: Language, *, with_charts: bool) -> None:
        assert self.figures is not None
        at = self.figures.at
        scene = Scene(
            self.figures, self.plan, self.alerts.shown(at), self._names, self.link_up, self.calendar.clock
        )
        self._boards[language].update(parts(scene, language, with_charts=with_charts), keep=not with_charts)

    # --- following ---

    async def _follow(self) -> None:
        while True:
            await self.take_in()
            steady = self._clock.monotonic()
            if steady - self._drawn_at >= EVERY_S:
                self._drawn_at = steady
                self._show(steady)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._drawn_at + EVERY_S - self._clock.monotonic()):
                    await self.log.grown(self._position)

    def _show(self, steady: float) -> None:
        began = time.perf_counter()
        self.look()
        with_charts = steady - self._charts_at >= CHARTS_S
        if with_charts:
            self._charts_at = steady
        for language, board in self._boards.items():
            if board.readers:
                self._draw(language, with_charts=with_charts)
        DRAWING.observe(time.perf_counter() - began)

    async def _every(self, seconds: float, work: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await work()  # type: ignore[misc]

    async def _ask_link(self) -> None:
        try:
            async with asyncio.timeout(LINK_S):
                await self.link.state()
            self.link_up = True
        except Exception as error:  # whatever the link raises: the page says that the line is away
            if self.link_up:
                logger.warning("wall: the line does not answer: %s: %s", type(error).__name__, error)
            self.link_up = False

    async def read_plan(self) -> None:
        """Names and queues, as they are stored now; other targets measure the whole day anew."""
        self._names = {one.user.username: one.user.name for one in await self.administration.accounts()}
        saved = await self.administration.plan()
        if saved.version == self._version:
            return
        self._version = saved.version
        try:
            before, self.plan = self.plan, parse_plan(saved.plan)
        except PlanError as error:
            logger.error("wall: version %d of the queues cannot be followed: %s", saved.version, error)
            return
        self.floor.set_plan(self.plan)
        if self._ready.is_set() and _targets(before) != _targets(self.plan):
            await self.rebuild()

    async def _tidy(self) -> None:
        self.floor.tidy(self.now)

    def _tell(self, event: Event) -> None:
        alert = self.alerts.get(event.alert_id)  # type: ignore[attr-defined]
        if alert is None:
            return
        ending = not isinstance(event, AlertRaised)
        at = alert.ended_at if ending and alert.ended_at is not None else alert.raised_at
        self.webhook.tell(
            {
                "id": f"{alert.id}-{'ended' if ending else 'raised'}",
                "event": "alert.ended" if ending else "alert.raised",
                "subject": alert.subject,
                "measure": alert.measure,
                "value": alert.value,
                "limit": alert.limit,
                "at": datetime.fromtimestamp(self.floor.wall(at), UTC).isoformat(timespec="seconds"),
            }
        )


def _targets(plan: Plan) -> dict[str, float]:
    return {name: queue.target_s for name, queue in plan.queues.items()}
