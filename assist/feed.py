"""What agents' pages live on: one reader of the log and one link to the calls, fanned out to all pages.

One ``AssistFeed`` per web process. It tracks calls from the moment they ask for a person, holds each
until a while after its end, and wakes the pages that show it. The log is the truth about calls, the
distributor's state about agents; where either is away, pages keep what they have and say so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Counter, Gauge

from assist.acd.types import Wish
from assist.link import MediaLink
from assist.live import LiveCall, PartialLine
from assist.presence import Attendance, Presence
from assist.sentiment import SentimentClassifier
from assist.suggestions import Found, KnowledgeSearch, SuggestionEngine
from core import events as ev
from core.commands import Command, Reply
from core.events import Recorded
from core.identity import User
from core.languages import Language
from core.log import EventLog

logger = logging.getLogger(__name__)

TRACKED = Gauge("tetraphone_assist_calls_tracked", "Calls that agents' pages can show")
MOODS = Counter("tetraphone_assist_moods_total", "Caller utterances judged for agents, by how", ["how"])

_MOST_CALLS = 2000
_KEPT_AFTER_END = timedelta(minutes=15)
_MOOD_QUEUE = 500
_MOOD_TIMEOUT_S = 2.0
_SEND_TIMEOUT_S = 5.0
_RENEWALS_AT_ONCE = 50
NO_LINK = "The telephone system does not answer. Calls go on; please try again."


class AssistFeed:
    """Live state for agents' pages. ``start`` it after the log, ``close`` it before.

    Args:
        log: the event log; only read.
        link: to the process that holds the calls.
        knowledge: where suggestions come from; None gives none.
        classifier: judges the caller's mood; None leaves the wording's cues.
        state_poll_s: how often the distributor is asked when nothing happens.
        renew_s: how often the presence of agents is renewed (their lease is 20 s).
    """

    def __init__(
        self,
        log: EventLog,
        link: MediaLink,
        *,
        knowledge: KnowledgeSearch | None = None,
        classifier: SentimentClassifier | None = None,
        poll_s: float = 0.1,
        state_poll_s: float = 1.0,
        renew_s: float = 5.0,
    ) -> None:
        self._log, self._link, self._classifier = log, link, classifier
        self._poll_s, self._state_poll_s, self._renew_s = poll_s, state_poll_s, renew_s
        self.attendance = Attendance()
        self.link_up = False
        self._suggest = SuggestionEngine(knowledge, self._found) if knowledge is not None else None
        self._calls: OrderedDict[str, LiveCall] = OrderedDict()
        self._agents: dict[str, dict[str, Any]] = {}
        self._waiting: list[dict[str, Any]] = []
        self._wakes: dict[str, dict[int, Callable[[], None]]] = {}
        self._subscribers = 0
        self._poke = asyncio.Event()
        self._moods: asyncio.Queue[tuple[LiveCall, str, Language]] = asyncio.Queue(_MOOD_QUEUE)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to follow the log from now on; calls under way are read when a page needs them."""
        position = await self._log.last_position()
        for name, work in (
            ("assist-follow", self._follow(position)),
            ("assist-state", self._poll_state()),
            ("assist-renew", self._renew()),
            ("assist-moods", self._judge_moods()),
            ("assist-partials", self._follow_partials()),
        ):
            self._tasks.append(asyncio.create_task(work, name=name))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._suggest is not None:
            await self._suggest.close()

    # --- for pages ---

    def subscribe(self, username: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Have ``wake`` called whenever something that this agent's page shows has changed.

        Returns:
            A function that ends it.
        """
        self._subscribers += 1
        number = self._subscribers
        self._wakes.setdefault(username, {})[number] = wake

        def end() -> None:
            wakes = self._wakes.get(username, {})
            wakes.pop(number, None)
            if not wakes:
                self._wakes.pop(username, None)

        return end

    def agent(self, username: str) -> dict[str, Any] | None:
        """The agent as the distributor sees them (``AcdRouter.state``); None where it does not."""
        return self._agents.get(username)

    def waiting(self, languages: set[str] | None = None) -> list[dict[str, Any]]:
        """Calls that wait and are offered to nobody, of these languages."""
        return [
            call
            for call in self._waiting
            if call["offered_to"] is None and (languages is None or call["language"] in languages)
        ]

    def call(self, interaction_id: str | None) -> LiveCall | None:
        """A tracked call, or None; ``load`` reads one that is not tracked."""
        return self._calls.get(interaction_id or "")

    async def load(self, interaction_id: str) -> LiveCall | None:
        """A call from the log, tracked from now on; None where there is no such call."""
        call = self._calls.get(interaction_id)
        if call is not None:
            return call
        events = await self._log.read(interaction_id)
        # While we read, the follower may have begun to track it.
        call = self._calls.get(interaction_id) or LiveCall.fresh(interaction_id)
        for recorded in events:
            call.apply(recorded)
        if not events:
            return None
        self._keep(call)
        return call

    async def send(self, command: Command) -> Reply:
        """Send a command; a link that fails is a reply that says so."""
        reply = await self._send(command)
        self._poke.set()
        return reply

    async def _send(self, command: Command) -> Reply:
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                return await self._link.send(command)
        except Exception as error:  # the edge: whatever the link raises, the agent is told
            logger.warning("assist: %s not sent: %s: %s", type(command).__name__, type(error).__name__, error)
            return Reply(ok=False, error=NO_LINK)

    async def wish(self, presence: Presence, wish: Wish) -> Reply:
        """An agent chose a state. Leaving "not ready" needs a word that they are there."""
        presence.wish, presence.known = wish, True
        state = self.agent(presence.user.username)
        if wish == "available" and state is not None and state["state"] == "not_ready":
            reply = await self.send(presence.command("break"))
            if not reply.ok:
                return reply
        return await self.send(presence.command())

    def connect(self, presence: Presence, page: int) -> Presence:
        """An agent's page is connected; a wish that the distributor still knows is taken over."""
        presence = self.attendance.connect(presence, page, time.monotonic())
        self._take_over_wishes()
        self._poke.set()
        return presence

    def disconnect(self, presence: Presence, page: int) -> None:
        """An agent's page is gone, perhaps for a moment."""
        self.attendance.disconnect(presence, page, time.monotonic())

    def presence(self, user: User) -> Presence:
        """The agent's presence, for a page that is about to connect."""
        return self.attendance.presence(user, time.monotonic())

    def _take_over_wishes(self) -> None:
        for presence in self.attendance.all():
            if not presence.known and (state := self.agent(presence.user.username)) is not None:
                presence.wish, presence.known = state["wish"], True

    # --- following the log ---

    async def _follow(self, position: int) -> None:
        while True:
            try:
                async for recorded in self._log.follow(position, self._poll_s):
                    position = recorded.position
                    await self._take(recorded)
            except Exception:  # a database that is away comes back; nothing is skipped
                logger.exception("assist: following the log failed at position %d; again", position)
                await asyncio.sleep(1.0)

    async def _take(self, recorded: Recorded) -> None:
        event = recorded.event
        call = self._calls.get(recorded.interaction_id)
        if call is None:
            if not isinstance(event, ev.HandoffRequested | ev.OfferMade):
                return
            call = await self.load(recorded.interaction_id)
            if call is None:
                return
        else:
            before = call.watchers
            if not call.apply(recorded):
                return
            self._wake(before - call.watchers)
        match event:
            case ev.OfferMade() | ev.OfferAnswered() | ev.LegLeft() | ev.CallEnded() | ev.WrapUpDone():
                self._poke.set()
            case _:
                pass
        self._assist(call, event)
        self._wake(call.watchers)

    def _assist(self, call: LiveCall, event: ev.Event) -> None:
        if isinstance(event, ev.OfferAnswered) and event.answer == "accepted":
            if (words := call.last_words()) is not None:
                self._search(call, *words)
        elif isinstance(event, ev.UtteranceHeard) and event.speaker == "caller" and call.agent:
            self._search(call, event.text, event.language)
            try:
                self._moods.put_nowait((call, event.text, event.language))
            except asyncio.QueueFull:
                MOODS.labels("dropped").inc()
        elif isinstance(event, ev.CallEnded) and self._suggest is not None:
            self._suggest.drop(call.id)

    def _search(self, call: LiveCall, text: str, language: Language) -> None:
        if self._suggest is not None and not call.talk_ended:
            self._suggest.heard(call.id, text, language)

    def _found(self, interaction_id: str, found: Found) -> None:
        call = self._calls.get(interaction_id)
        if call is None:
            return
        if found.suggestions or found.error or call.found is None:
            call.found = found  # passages stay until better ones come
        self._wake(call.watchers)

    async def _judge_moods(self) -> None:
        while True:
            call, text, language = await self._moods.get()
            value: float | None = None
            if self._classifier is not None:
                try:
                    async with asyncio.timeout(_MOOD_TIMEOUT_S):
                        value = await self._classifier.sentiment(text, language)
                    MOODS.labels("classified").inc()
                except Exception as error:  # the wording's cues are left; counted
                    MOODS.labels("failed").inc()
                    logger.warning("assist: mood not classified: %s: %s", type(error).__name__, error)
            reading = call.mood.update(text, language, value)
            if reading.tip is not None:
                call.tip, call.tip_number = reading.tip, call.tip_number + 1
            elif reading.mood > 0:
                call.tip = None
            self._wake(call.watchers)

    def _keep(self, call: LiveCall) -> None:
        self._calls[call.id] = call
        if len(self._calls) > _MOST_CALLS:
            self._calls.popitem(last=False)
        TRACKED.set(len(self._calls))

    # --- what is being said ---

    async def _follow_partials(self) -> None:
        """Words while they are spoken: shown, never kept. Without them the transcript is whole all the same."""
        version = -1
        while True:
            try:
                board = await self._link.partials(version)
                self._say_partials(board["calls"])
                version = int(board["version"])
            except Exception as error:  # the other process is away, or says nonsense: partial words can wait
                logger.debug("assist: no partial transcripts: %s", type(error).__name__)
                version = -1
                self._say_partials({})
                await asyncio.sleep(1.0)

    def _say_partials(self, calls: dict[str, dict[str, Any]]) -> None:
        for call in self._calls.values():
            line = calls.get(call.id)
            partial = line and PartialLine(line["text"], Language(line["language"]), line["start_s"])
            if partial != call.partial and not (partial and call.heard_since(partial.start_s)):
                call.partial = partial or None
                self._wake(call.watchers)

    # --- the distributor ---

    async def _poll_state(self) -> None:
        while True:
            self._poke.clear()
            try:
                async with asyncio.timeout(_SEND_TIMEOUT_S):
                    state = await self._link.state()
            except Exception as error:  # the other process restarts: pages say so, and we go on asking
                if self.link_up:
                    logger.warning("assist: the calls do not answer: %s: %s", type(error).__name__, error)
                    self.link_up = False
                    self._wake(set(self._wakes))
            else:
                try:
                    await self._routed(state)
                except Exception:  # the log is away or one call cannot be read: the others go on
                    logger.exception("assist: the state of the calls could not be taken in; again")
            self._forget_old()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._state_poll_s):
                    await self._poke.wait()

    async def _routed(self, state: dict[str, Any]) -> None:
        agents = {agent["user"]: agent for agent in state["agents"]}
        changed = {name for name in self._wakes if _shown(agents.get(name)) != _shown(self._agents.get(name))}
        waiting = [(call["interaction_id"], call["offered_to"]) for call in state["waiting"]]
        if not self.link_up or waiting != [(c["interaction_id"], c["offered_to"]) for c in self._waiting]:
            changed = set(self._wakes)
        self.link_up = True
        self._agents, self._waiting = agents, state["waiting"]
        self._take_over_wishes()
        for name in self._wakes:
            agent = agents.get(name)
            if agent is not None and agent["interaction_id"]:
                await self.load(agent["interaction_id"])
        self._wake(changed)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._renew_s)
            present = [presence for presence in self.attendance.all() if presence.known]
            for start in range(0, len(present), _RENEWALS_AT_ONCE):
                batch = present[start : start + _RENEWALS_AT_ONCE]
                await asyncio.gather(*(self._send(presence.command()) for presence in batch))

    def _forget_old(self) -> None:
        limit = datetime.now(UTC) - _KEPT_AFTER_END
        busy = {agent["interaction_id"] for agent in self._agents.values()}
        for name in [
            n for n, c in self._calls.items() if c.ended_at and c.ended_at < limit and n not in busy
        ]:
            del self._calls[name]
        TRACKED.set(len(self._calls))

    def _wake(self, usernames: set[str]) -> None:
        for username in usernames:
            for wake in list(self._wakes.get(username, {}).values()):
                wake()


def _shown(agent: dict[str, Any] | None) -> tuple[Any, ...]:
    if agent is None:
        return ()
    return (agent["state"], agent["wish"], agent["interaction_id"], (agent["offer"] or {}).get("offer_id"))
