"""What agents' pages live on: one reader of the log and one link to the calls, fanned out to all pages.

One ``AssistFeed`` per web process. It tracks calls from the moment they ask for a person, holds each
until a while after its end, and wakes the pages that show it. The log is the truth about calls, the
distributor's state about agents; where either is away, pages keep what they have and say so.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client import Gauge

from assist.acd.types import Wish
from assist.case_work import CaseWork
from assist.line_state import LineState
from assist.link import MediaLink
from assist.live import LiveCall
from assist.moods import MoodJudge
from assist.partials import follow_partials
from assist.presence import Attendance, Presence
from assist.screen_pop import Records
from assist.sentiment import SentimentClassifier
from assist.suggestions import Found, KnowledgeSearch, SuggestionEngine
from core import events as ev
from core.commands import Command, Reply
from core.events import Recorded
from core.identity import User
from core.languages import Language
from core.log import EventLog
from core.routing_events import (
    CallLeftQueue,
    CallQueued,
    ColleagueAnswered,
    ColleagueAsked,
    ColleagueLeft,
    ConversationEnded,
    ConversationPassed,
    WrapUpEnded,
)

logger = logging.getLogger(__name__)

TRACKED = Gauge("tetraphone_assist_calls_tracked", "Calls that agents' pages can show")

_MOST_CALLS = 2000
_KEPT_AFTER_END = timedelta(minutes=15)
_SEND_TIMEOUT_S = 5.0
_RENEWAL_S = 0.1
"""Agents whose presence is to be renewed within so long are renewed together."""
NO_LINK = "The telephone system does not answer. Calls go on; please try again."


class AssistFeed:
    """Live state for agents' pages. ``start`` it after the log, ``close`` it before.

    Args:
        log: the event log; read, and written where an agent opens a ticket.
        link: to the process that holds the calls.
        knowledge: where suggestions come from; None gives none.
        classifier: judges the caller's mood; None leaves the wording's cues.
        records: what the business knows of callers; None knows nothing.
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
        records: Records | None = None,
        state_poll_s: float = 1.0,
        renew_s: float = 5.0,
    ) -> None:
        self._log, self._link = log, link
        self._state_poll_s, self._renew_s = state_poll_s, renew_s
        self.attendance = Attendance()
        self.link_up = False
        self.calls_out = False
        """Whether a carrier places calls: numbers that are consulted, agents' own telephones."""
        self.takes_codes = True
        """Whether there is a system that codes, which callers key in, can be given to."""
        self.given_back: set[str] = set()
        """Agents whose pages were away for so long that their caller went back to the queue, and who do not
        know it yet."""
        self._suggest = SuggestionEngine(knowledge, self._found) if knowledge is not None else None
        self._calls: OrderedDict[str, LiveCall] = OrderedDict()
        self._agents: dict[str, dict[str, Any]] = {}
        self._waiting: list[dict[str, Any]] = []
        self._wakes: dict[str, dict[int, Callable[[], None]]] = {}
        self._subscribers = 0
        self._poke = asyncio.Event()
        self._moods = MoodJudge(classifier, self._changed)
        self._tasks: list[asyncio.Task[None]] = []
        self.case_work = CaseWork(log, records, self._send, self._wake)

    async def start(self) -> None:
        """Begin to follow the log from now on; calls under way are read when a page needs them."""
        position = await self._log.last_position()
        for name, work in (
            ("assist-follow", self._follow(position)),
            ("assist-state", self._poll_state()),
            ("assist-renew", self._renew()),
            ("assist-moods", self._moods.work()),
            ("assist-partials", follow_partials(self._link, self._calls.values, self._changed)),
        ):
            self._tasks.append(asyncio.create_task(work, name=name))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.case_work.close()
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

    def agents(self) -> list[dict[str, Any]]:
        """Everybody at work, by user name."""
        return [self._agents[name] for name in sorted(self._agents)]

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
        self.case_work.look_up(call)
        return call

    async def search(self, query: str, language: Language, limit: int = 6) -> Found:
        """What an agent looks for in the knowledge base; a failure is part of the answer."""
        if self._suggest is None:
            return Found(query, error="failed")
        return await self._suggest.search(query, language, limit)

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

    async def wish(self, presence: Presence, wish: Wish, reason: str = "") -> Reply:
        """An agent chose a state; ``reason`` is that of a break. Leaving "not ready" needs a word that they
        are there."""
        presence.wish, presence.reason, presence.known = wish, reason, True
        state = self.agent(presence.user.username)
        # In conversation they may be "not ready" too: for one more call beside it.
        if wish == "available" and state is not None and state.get("why_not_ready"):
            reply = await self.send(presence.command("break"))
            if not reply.ok:
                return reply
        return await self.send(presence.command())

    def connect(self, presence: Presence, page: int) -> Presence:
        """An agent's page is connected; a wish that the distributor still knows is taken over."""
        presence = self.attendance.connect(presence, page, time.monotonic())
        self._take_over_wishes()
        self._poke.set()
        self._wake({presence.user.username})  # the others may have to step back
        return presence

    def take_over(self, presence: Presence, page: int) -> None:
        """The agent wants to work on this page and no longer on the other."""
        presence.front = page
        self._wake({presence.user.username})

    def close_page(self, presence: Presence, page: int) -> None:
        """An agent's page is gone for good."""
        self.attendance.close(presence, page, time.monotonic())
        self._wake({presence.user.username})

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
                presence.reason = state.get("break_reason", "")

    # --- following the log ---

    async def _follow(self, position: int) -> None:
        while True:
            try:
                async for recorded in self._log.follow(position):
                    position = recorded.position
                    await self._take(recorded)
            except Exception:  # a database that is away comes back; nothing is skipped
                logger.exception("assist: following the log failed at position %d; again", position)
                await asyncio.sleep(1.0)

    async def _take(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, CallQueued | CallLeftQueue):
            self._poke.set()  # every page shows how many wait
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
            case (
                ev.OfferMade() | ev.OfferAnswered() | ev.LegJoined() | ev.LegLeft() | ev.CallHeld()
                | ev.ConsultStarted() | ev.ConsultEnded() | ev.CallEnded() | ev.WrapUpDone() | WrapUpEnded()
                | ColleagueAsked() | ColleagueAnswered() | ColleagueLeft() | ConversationPassed()
            ):  # fmt: skip
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
            self._moods.heard(call, event.text, event.language)
        elif isinstance(event, ConversationEnded) and event.why == "agent_lost":
            self.given_back.add(event.agent)
        elif isinstance(event, ev.OfferMade | ColleagueAsked):
            self.case_work.look_up(call)
        elif isinstance(event, WrapUpEnded) and call.draft(event.agent).lapsed == "saving":
            self.case_work.save_draft(call, event.agent)
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

    def _keep(self, call: LiveCall) -> None:
        self._calls[call.id] = call
        if len(self._calls) > _MOST_CALLS:
            self._calls.popitem(last=False)
        TRACKED.set(len(self._calls))

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
        self.takes_codes = bool(state.get("takes_codes", True))
        self.calls_out = bool(state.get("calls_out", False))
        self._agents, self._waiting = agents, state["waiting"]
        self._take_over_wishes()
        self._take_lines(state.get("calls", ()))
        for name in self._wakes:
            for call_id in agents[name]["calls"] if name in agents else ():
                await self.load(call_id)
        self._wake(changed)

    def _take_lines(self, calls: Iterable[dict[str, Any]]) -> None:
        lines = {one["interaction_id"]: LineState.of(one) for one in calls if "held" in one}
        for call in self._calls.values():
            if call.line != (line := lines.get(call.id)):
                call.line = line
                self._wake(call.watchers)

    async def _renew(self) -> None:
        """In small groups, evenly over time: all agents at once would hold up every page for a moment."""
        while True:
            present = [presence for presence in self.attendance.all() if presence.known]
            size = math.ceil(len(present) * _RENEWAL_S / self._renew_s) or 1
            groups = [present[start : start + size] for start in range(0, len(present), size)] or [[]]
            for group in groups:
                await asyncio.sleep(self._renew_s / len(groups))
                await asyncio.gather(*(self._renew_one(presence) for presence in group))

    async def _renew_one(self, presence: Presence) -> None:
        reply = await self._send(presence.command())
        if not reply.ok and presence.reason and self.link_up:
            presence.reason = ""  # the plan no longer has it; being there must not depend on that

    def _forget_old(self) -> None:
        limit = datetime.now(UTC) - _KEPT_AFTER_END
        busy = {name for agent in self._agents.values() for name in agent["calls"]}
        for name in [
            n for n, c in self._calls.items() if c.ended_at and c.ended_at < limit and n not in busy
        ]:
            del self._calls[name]
        TRACKED.set(len(self._calls))

    def _changed(self, call: LiveCall) -> None:
        self._wake(call.watchers)

    def _wake(self, usernames: set[str]) -> None:
        for username in usernames:
            for wake in list(self._wakes.get(username, {}).values()):
                wake()


def _shown(agent: dict[str, Any] | None) -> tuple[Any, ...]:
    if agent is None:
        return ()
    offer, until = (agent["offer"] or {}).get("offer_id"), agent["wraps_up_until"]
    # The end of wrap-up moves by milliseconds as it is converted; an agent's asking moves it by more.
    ends = {name: round(datetime.fromisoformat(at).timestamp() / 5) for name, at in until.items()}
    state = (agent["state"], agent["wish"], agent.get("break_reason"), agent.get("why_not_ready"))
    return (*state, agent["calls"], offer, ends)
