"""What happens between a call and the people who may take it: the facts of the distributor of calls.

The distributor changes its state by these facts alone (``assist.acd.state`` folds them), so that its
state at any moment can be rebuilt from the log. ``at`` is seconds since 1970 on the distributor's own
clock, which never jumps; the envelope's ``recorded_at`` is the time of day. Facts about a call are
logged under its interaction, those about an agent under ``agent:<user>``, the rest under ``acd``.
``reason`` is one sentence for a person who asks why.
"""

from __future__ import annotations

from typing import Literal

from core.events import Event
from core.languages import Language

LeftWhy = Literal[
    "caller_left", "nobody_came", "ended_by_us", "line_lost",
    "call_back_cancelled", "call_back_failed", "call_back_listed",
]  # fmt: skip
"""Why a call waits no longer without an agent. ``nobody_came``: we ended the wait, which had lasted as long as it may;
``ended_by_us``: a command, a stop or a fault of ours did; ``line_lost``: the process that held it was killed;
``call_back_listed``: an agent calls back by hand, from the list of call backs."""
WhyNotReady = Literal["", "not_answered", "line_lost"]
"""``not_answered``: an offer; ``line_lost``: the agent's sound was gone for good in a conversation."""

ACD = "acd"
"""The interaction under which facts about the distributor itself are logged."""


def of_agent(user: str) -> str:
    """The interaction under which facts about an agent are logged."""
    return f"agent:{user}"


class CallQueued(Event):
    """A call waits for a person from now on; it counts as waiting since ``since``."""

    kind = "call_queued"
    queue: str
    language: Language
    skills: tuple[str, ...] = ()
    priority: int = 0
    since: float
    order: int
    returned: bool = False
    last_agent: str = ""
    prefer_until: float = 0.0
    """Until then the call is kept for ``last_agent``, if they are at work."""
    at: float
    reason: str = ""


class CallNotQueued(Event):
    """The call is not taken into a queue; ``then`` says what is done instead."""

    kind = "call_not_queued"
    queue: str
    then: Literal["voicemail", "told_so"]
    opens_at: float | None = None
    at: float
    reason: str


class CallOverflowed(Event):
    """The call waits in another queue from now on, and keeps the time that it has waited."""

    kind = "call_overflowed"
    queue: str
    to: str
    skills: tuple[str, ...] = ()
    priority: int = 0
    at: float
    reason: str


class CallLeftQueue(Event):
    """The call waits no longer, and no agent has it."""

    kind = "call_left_queue"
    queue: str
    waited_s: float
    why: LeftWhy
    at: float


class CallBackKept(Event):
    """The caller hangs up and is called back; their place in the queue is kept."""

    kind = "call_back_kept"
    queue: str
    at: float
    reason: str = ""


class CallBackFailed(Event):
    """The customer was not reached. The place is kept for another attempt, until the last."""

    kind = "call_back_failed"
    agent: str
    attempt: int
    again_at: float
    at: float
    reason: str = ""


class KeptWithSelfService(Event):
    """So many wait that this simple matter stays with the bot."""

    kind = "kept_with_self_service"
    intent: str
    language: Language
    load: float
    limit: float
    at: float
    reason: str


class ConversationEnded(Event):
    """An agent and a call belong together no longer; wrap-up lasts until ``wrap_up_until`` at most."""

    kind = "conversation_ended"
    agent: str
    why: Literal["over", "agent_lost", "call_back_failed", "line_lost"]
    talk_s: float
    wrap_up_until: float = 0.0
    at: float


class ColleagueAsked(Event):
    """An agent is asked to come to a call that another agent has; an offer like others."""

    kind = "colleague_asked"
    offer_id: str
    agent: str
    by: str
    language: Language
    at: float
    until: float
    reason: str = ""


class ColleagueAnswered(Event):
    """What became of that; accepted: the agent is with the call, which stays with its own agent."""

    kind = "colleague_answered"
    offer_id: str
    agent: str
    answer: Literal["accepted", "rejected", "not_answered", "withdrawn"]
    at: float
    reason: str = ""


class ColleagueLeft(Event):
    """An agent who came to another's call is free again."""

    kind = "colleague_left"
    agent: str
    why: str
    at: float


class ConversationPassed(Event):
    """A conversation is another agent's from now on; that of ``agent`` has ended ('': the bot had the call)."""

    kind = "conversation_passed"
    agent: str
    to: str
    queue: str
    language: Language
    at: float
    reason: str = ""


class WrapUpExtended(Event):
    """The agent asked for more time to write."""

    kind = "wrap_up_extended"
    agent: str
    wrap_up_until: float
    at: float


class WrapUpEnded(Event):
    kind = "wrap_up_ended"
    agent: str
    wrap_up_s: float
    by: Literal["agent", "time"]
    at: float


class AgentChanged(Event):
    """What an agent wishes, may do and is there for, as it is from now on."""

    kind = "agent_changed"
    agent: str
    wish: Literal["available", "break", "offline"]
    break_reason: str = ""
    languages: dict[Language, int]
    skills: dict[str, int]
    capacity: int = 1
    not_ready: bool = False
    why_not_ready: WhyNotReady = ""
    gone: bool = False
    at: float
    reason: str = ""


class TimeLost(Event):
    """The distributor was not asked for so long; open offers and agents' pages get the time back."""

    kind = "time_lost"
    seconds: float
    at: float
    reason: str = ""


class ClockCorrected(Event):
    """The time of day was set: opening hours follow ``at + offset_s`` from now on, waits are not touched."""

    kind = "clock_corrected"
    offset_s: float
    at: float
    reason: str = ""
