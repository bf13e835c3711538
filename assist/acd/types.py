"""The words of the distributor: waiting calls, agents, offers, and what it decides."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Literal, NamedTuple

from core.events import Event
from core.languages import Language
from core.routing_events import WhyNotReady

Wish = Literal["available", "break", "offline"]
"""What the agent asked for; what they do at the moment is their ``Activity``."""
Activity = Literal["offered", "talking", "consulting", "wrap_up"]
"""``consulting``: with a call that another agent has."""
Answer = Literal["accepted", "rejected", "not_answered", "withdrawn"]
Then = Literal["voicemail", "told_so"]


class Refused(Exception):
    """A request that does not fit the state of things; the message is a sentence for the person who asked.

    ``then`` is what the plan offers a caller instead, ``queue`` who refused, where it was one.
    """

    def __init__(self, message: str, then: Then = "told_so", queue: str = "") -> None:
        super().__init__(message)
        self.then: Then = then
        self.queue = queue


class Closed(Refused):
    """Out of hours. ``opens_at`` in seconds since 1970, where the queue opens within a year; ``zone`` its own."""

    def __init__(
        self, message: str, then: Then, opens_at: float | None, *, queue: str = "", zone: tzinfo = UTC
    ) -> None:
        super().__init__(message, then, queue)
        self.opens_at = opens_at
        self.zone = zone


@dataclass(frozen=True, slots=True)
class AcdSettings:
    """Seconds and limits of the distribution.

    Attributes:
        offer_s: how long an agent may take to answer an offer.
        lease_s: an agent whose page was silent for longer counts as gone.
        lost_s: after this long without the page, a conversation is given back to the call.
        wrap_up_s: wrap-up ends by itself after this.
        more_wrap_up_s: what an agent who asks for more time gets.
        longest_wrap_up_s: however often they ask, it ends after this.
        second_per_point: so many seconds of waiting weigh as much as one point of priority.
        reoffer_s: an agent who rejected a call is not offered the same one again for so long.
        queue_limit: more waiting calls than this are refused.
        gap_s: asked so much later than it wished, the distributor gives agents the lost time back.
        given_s: how long a call that was given to an agent is kept for them.
        call_back_tries: so often a customer is called back before the place is given up.
        call_back_pause_s: between two such attempts.
    """

    offer_s: float = 20.0
    lease_s: float = 20.0
    lost_s: float = 70.0
    wrap_up_s: float = 120.0
    more_wrap_up_s: float = 60.0
    longest_wrap_up_s: float = 600.0
    second_per_point: float = 30.0
    reoffer_s: float = 30.0
    queue_limit: int = 2000
    gap_s: float = 5.0
    given_s: float = 60.0
    call_back_tries: int = 3
    call_back_pause_s: float = 900.0


class Profile(NamedTuple):
    """What a call asks of an agent."""

    language: Language
    skills: frozenset[str]


class Rank(NamedTuple):
    """Place in the order of the queue: smaller is sooner.

    All calls age alike, so the order between two of them never changes: a point of priority counts as
    having come ``second_per_point`` seconds earlier.
    """

    waits_anew: bool
    """False for calls that came back (rejected, not answered, agent lost): they stand at the head."""
    as_if_since: float
    order: int


@dataclass(slots=True)
class WaitingCall:
    """A call that waits for a person, offered to somebody or not; or a call back that keeps its place."""

    interaction_id: str
    queue: str
    language: Language
    skills: frozenset[str]
    priority: int
    since: float
    order: int
    """Number of arrival; settles ties."""
    returned: bool = False
    offer_id: str | None = None
    rejected_by: dict[str, float] = field(default_factory=dict)
    """Agent -> when they rejected it."""
    last_agent: str = ""
    prefer_until: float = 0.0
    call_back: bool = False
    attempts: int = 0
    due_at: float = 0.0
    """A call back is not offered before."""
    queue_since: float = 0.0
    """Since when it waits in its present queue."""

    @property
    def profile(self) -> Profile:
        return Profile(self.language, self.skills)

    def rank(self, second_per_point: float) -> Rank:
        return Rank(not self.returned, self.since - self.priority * second_per_point, self.order)


@dataclass(slots=True)
class Work:
    """One call of an agent: offered, in conversation, or in wrap-up."""

    interaction_id: str
    activity: Activity
    since: float
    offer_id: str | None = None
    queue: str = ""
    language: Language = Language.EN
    talk_since: float = 0.0
    until: float = 0.0
    """When wrap-up ends by itself."""
    call_back: bool = False


@dataclass(slots=True)
class Agent:
    """One person who takes calls, as many at once as their capacity says."""

    user: str
    languages: Mapping[Language, int] = field(default_factory=dict)
    """Proficiency, 1 to 5."""
    skills: Mapping[str, int] = field(default_factory=dict)
    wish: Wish = "offline"
    break_reason: str = ""
    capacity: int = 1
    why_not_ready: WhyNotReady = ""
    """Did not answer an offer, or lost their sound for good; stays so until they ask for another state themselves."""
    gone: bool = False
    lease_until: float = 0.0
    """Renewed by the agent's page every few seconds; not in the log."""
    loss_not_before: float = 0.0
    """Their line is there, or waited for, so that the silence of their page decides nothing until then. Not in the
    log."""
    leased: bool = False
    """Whether the end of the lease is watched."""
    heard: bool = True
    """False after a restart, until their page has reported. Not in the log."""
    has_desk: bool = False
    """Whether their page has ever reported; a supervisor who took a call over may have none."""
    since: float = 0.0
    """When the state that a page shows began."""
    idle_since: float = 0.0
    """When they last became free; who waits longest for a call is offered the next one."""
    work: dict[str, Work] = field(default_factory=dict)
    lapsed_wrap_ups: OrderedDict[str, None] = field(default_factory=OrderedDict)
    """Conversations whose wrap-up ended by itself, the latest last; their late summaries are still taken. Not in the
    log."""

    @property
    def not_ready(self) -> bool:
        return bool(self.why_not_ready)

    @property
    def load(self) -> int:
        return len(self.work)

    @property
    def free(self) -> bool:
        return len(self.work) < self.capacity and self.serving

    @property
    def serving(self) -> bool:
        """Takes calls now or after the present one."""
        return self.wish == "available" and not self.not_ready and not self.gone and self.heard

    def level(self, profile: Profile) -> int | None:
        """Proficiency for such calls: that of the weakest point; 0: speaks the language but lacks a skill;
        None: does not speak it."""
        level = self.languages.get(profile.language)
        if level is not None:
            for skill in profile.skills:
                if (known := self.skills.get(skill, 0)) < level:
                    level = known
        return level

    @property
    def main_work(self) -> Work | None:
        """What a page with room for one call shows."""
        for activity in ("offered", "talking", "consulting", "wrap_up"):
            for work in self.work.values():
                if work.activity == activity:
                    return work
        return None

    @property
    def state(self) -> str:
        """One word for pages: gone, offered, talking, wrap_up, not_ready, available, break or offline."""
        if self.gone:
            return "gone"
        if (work := self.main_work) is not None:
            return "talking" if work.activity == "consulting" else work.activity
        return "not_ready" if self.not_ready else self.wish


@dataclass(frozen=True, slots=True)
class Offer:
    offer_id: str
    interaction_id: str
    agent: str
    made_at: float
    until: float
    colleague: bool = False
    """The call is another agent's, who asks for help."""


class Decision(NamedTuple):
    """A fact that the distributor decided, to be logged under ``interaction_id`` and carried out."""

    interaction_id: str
    event: Event
