"""The words of the distributor: waiting calls, agents, offers, and the decisions about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.languages import Language

Wish = Literal["available", "break", "offline"]
"""What the agent asked for; what they do at the moment is their ``Activity``."""
Activity = Literal["idle", "offered", "talking", "wrap_up"]
Answer = Literal["accepted", "rejected", "not_answered", "withdrawn"]


class Refused(Exception):
    """A request that does not fit the state of things; the message is a sentence for the person who asked."""


@dataclass(frozen=True, slots=True)
class AcdSettings:
    """Seconds and limits of the distribution.

    Attributes:
        offer_s: how long an agent may take to answer an offer.
        lease_s: an agent whose page was silent for longer counts as gone.
        lost_s: after this long without the page, a conversation is given back to the call.
        wrap_up_s: wrap-up ends by itself after this.
        second_per_point: so many seconds of waiting weigh as much as one point of priority.
        relax_skills_s: after this wait anyone who speaks the language may take the call.
        reoffer_s: an agent who rejected a call is not offered the same one again for so long.
        queue_limit: more waiting calls than this are refused.
    """

    offer_s: float = 20.0
    lease_s: float = 20.0
    lost_s: float = 60.0
    wrap_up_s: float = 120.0
    second_per_point: float = 30.0
    relax_skills_s: float = 20.0
    reoffer_s: float = 30.0
    queue_limit: int = 2000


@dataclass(slots=True)
class WaitingCall:
    """A call that waits for a person, offered to somebody or not."""

    interaction_id: str
    language: Language
    skills: frozenset[str]
    priority: int
    since: float
    order: int
    """Number of arrival; settles ties."""
    returned: bool = False
    """Was offered or served already: stands at the head of its queue."""
    offer_id: str | None = None
    rejected_by: dict[str, float] = field(default_factory=dict)
    """Agent -> when they rejected it."""

    @property
    def queue(self) -> str:
        """The queue's name: language, and the skills asked for."""
        return "+".join([self.language.value, *sorted(self.skills)])


@dataclass(slots=True)
class Agent:
    """One person who takes calls, one at a time."""

    user: str
    languages: frozenset[Language] = frozenset()
    skills: frozenset[str] = frozenset()
    wish: Wish = "offline"
    activity: Activity = "idle"
    not_ready: bool = False
    """Did not answer an offer; stays so until they ask for another state themselves."""
    lease_until: float = 0.0
    gone: bool = False
    since: float = 0.0
    """When the state that a page shows began."""
    idle_since: float = 0.0
    """When they last became free; who waits longest for a call is offered the next one."""
    offer_id: str | None = None
    interaction_id: str | None = None
    talk_since: float = 0.0
    wrap_up_until: float = 0.0
    lapsed_wrap_up: str | None = None
    """A conversation whose wrap-up ended by itself; its late summary is still taken."""

    @property
    def free(self) -> bool:
        return self.wish == "available" and self.activity == "idle" and not self.not_ready and not self.gone

    @property
    def serving(self) -> bool:
        """Takes calls now or after the present one."""
        return self.wish == "available" and not self.not_ready and not self.gone

    @property
    def state(self) -> str:
        """One word for pages: gone, offered, talking, wrap_up, not_ready, available, break or offline."""
        if self.gone:
            return "gone"
        if self.activity != "idle":
            return self.activity
        return "not_ready" if self.not_ready else self.wish


@dataclass(frozen=True, slots=True)
class Offer:
    offer_id: str
    interaction_id: str
    agent: str
    made_at: float
    until: float


# --- decisions: what the shell has to carry out, each with its reason ------------------------------


@dataclass(frozen=True, slots=True)
class MakeOffer:
    offer_id: str
    interaction_id: str
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class CloseOffer:
    """An offer is over. Accepted: the call and the agent belong together from now on."""

    offer_id: str
    interaction_id: str
    agent: str
    answer: Answer
    waited_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class EndWrapUp:
    """Wrap-up ended by itself."""

    interaction_id: str
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoseAgent:
    """The agent of a conversation is gone for good; the caller is to be queued again, at the head."""

    interaction_id: str
    agent: str
    reason: str


Decision = MakeOffer | CloseOffer | EndWrapUp | LoseAgent
