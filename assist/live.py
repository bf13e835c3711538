"""One call with a person, as the agent's page follows it: folded from the log, kept while it matters."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from assist.facts import CallFacts
from assist.line_state import LineState
from assist.screen_pop import ScreenPop
from assist.sentiment import Cue, MoodTracker
from assist.suggestions import Found
from assist.wrap_up import Draft
from core import events as ev
from core.events import Recorded
from core.handoff import HandoffPacket
from core.languages import Language
from core.routing_events import (
    ColleagueAnswered,
    ColleagueAsked,
    ColleagueLeft,
    ConversationPassed,
    WrapUpEnded,
)
from core.views import CallView

_PENDING_LINES = 20
_CONSULT_NEWS = {"busy": "consult_busy", "no_answer": "consult_no_answer"} | dict.fromkeys(
    ("failed", "number_refused", "carrier_refused", "carrier_busy", "carrier_away"), "consult_not_placed"
)
_PHONE_NEWS = {"busy": "phone_busy", "no_answer": "phone_no_answer", "machine": "phone_no_answer"}
"""What the agent is told of a telephone that was not reached, by the reason of it."""


@dataclass(frozen=True, slots=True)
class PartialLine:
    """Words of a turn that goes on; ``start_s`` is where it began, on the call's media clock."""

    text: str
    language: Language
    start_s: float


@dataclass
class LiveCall:
    """Everything that pages show of a call.

    Attributes:
        agent: who talks or talked with the caller; '' before.
        offered_to: whose page shows the offer at the moment; ''.
        colleague: an agent who has come to this call of another's; '' for none. ``asked_by``: who asks them.
        talk_ended: the conversation with the agent, or the call, is over.
        pending: typed lines that the caller has not heard yet, oldest first.
        tip: what the current tip is about, None for none; ``tip_at`` numbers the tips of the call.
        line: who takes part and whether the caller is held; None where the line does not say.
        drafts: what each agent of the call has written so far, kept here so that a reloaded page has it.
    """

    id: str
    view: CallView
    facts: CallFacts = field(default_factory=CallFacts)
    packet: HandoffPacket | None = None
    agent: str = ""
    offered_to: str = ""
    colleague: str = ""
    asked_by: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_ended: bool = False
    pending: deque[str] = field(default_factory=lambda: deque(maxlen=_PENDING_LINES))
    unspoken: deque[str] = field(default_factory=lambda: deque(maxlen=3))
    """Typed lines that could not be spoken, for the agent to see."""
    mood: MoodTracker = field(default_factory=MoodTracker)
    tip: Cue | None = None
    tip_number: int = 0
    partial: PartialLine | None = None
    """What the caller is saying at this moment, as far as it was heard; never stored."""
    found: Found | None = None
    pop: ScreenPop | None = None
    pop_number: int = 0
    """Counts the look-ups."""
    line: LineState | None = None
    consulted: str = ""
    consulted_kind: str = ""
    """Whom the agent asked to come last: an agent, a queue."""
    news: str = ""
    """The last thing that came of a command and is not seen otherwise: code_taken, consult_failed, ..."""
    news_number: int = 0
    drafts: dict[str, Draft] = field(default_factory=dict)
    tickets: list[str] = field(default_factory=list)
    """Numbers of tickets that were opened in this call."""

    @classmethod
    def fresh(cls, interaction_id: str) -> LiveCall:
        return cls(interaction_id, CallView(interaction_id))

    @property
    def language(self) -> Language:
        """The language that the caller speaks now."""
        return self.facts.language

    @property
    def sentiment(self) -> float:
        """How the caller feels now: since the agent came, else as the bot last knew."""
        if self.mood.known:
            return self.mood.mood
        return self.packet.sentiment if self.packet is not None else self.facts.sentiment

    @property
    def watchers(self) -> set[str]:
        """Agents whose pages show this call."""
        return {name for name in (self.agent, self.offered_to, self.colleague) if name}

    def draft(self, agent: str) -> Draft:
        """What this agent has written so far."""
        return self.drafts.setdefault(agent, Draft())

    def _tell(self, news: str) -> None:
        self.news, self.news_number = news, self.news_number + 1

    def apply(self, recorded: Recorded) -> bool:
        """Take in the next event; False where it was seen before."""
        if recorded.seq <= self.view.last_seq:
            return False
        self.view.apply(recorded)
        self.facts.add(recorded.event)
        match recorded.event:
            case ev.HandoffRequested() as event:
                self.packet = HandoffPacket.model_validate(event.packet) if event.packet else None
                if self.packet is not None:
                    self.facts.language = self.packet.language
            case ev.OfferMade() as event:
                self.offered_to, self.asked_by = event.agent, ""
            case ColleagueAsked() as event:
                self.offered_to, self.asked_by = event.agent, event.by
            case ColleagueAnswered() as event:
                self.offered_to = ""
                if event.answer == "accepted":
                    self.colleague = event.agent
            case ColleagueLeft():
                self.colleague = ""
            case ConversationPassed() as event:
                self.agent, self.colleague, self.talk_ended = event.to, "", False
            case ev.OfferAnswered() as event:
                self.offered_to = ""
                if event.answer == "accepted":
                    self.agent, self.answered_at = event.agent, recorded.recorded_at
                    self.talk_ended = False
            case ev.UtteranceHeard() as event:
                if self.partial is not None and event.start_s > self.partial.start_s - 0.01:
                    self.partial = None
            case ev.UtteranceSpoken(speaker="agent"):
                if self.pending:
                    self.pending.popleft()
            case ev.LineFault(what="cannot_speak"):
                if self.pending:
                    self.unspoken.append(self.pending.popleft())
            case ev.LegLeft(party="agent"):
                self.talk_ended = True
            case ev.LegJoined(party="agent") as event:
                # For the first time, or from now on in place of another.
                self.agent, self.talk_ended = event.name or self.agent, False
            case ev.ConsultStarted() as event:
                self.consulted, self.consulted_kind = event.to_name, event.to_kind
            case ev.ConsultEnded(then="failed", reason=reason):
                self._tell(_CONSULT_NEWS.get(reason, "consult_failed"))
            case ev.LineFault(what="agent_phone_not_reached", detail=reason):
                self._tell(_PHONE_NEWS.get(reason, "phone_not_reached"))
            case ev.TicketOpened() as event:
                if event.number not in self.tickets:
                    self.tickets.append(event.number)
            case ev.CodeTaken() as event:
                self._tell("code_taken" if event.accepted else "code_refused")
            case WrapUpEnded(by="time") as event:
                draft = self.draft(event.agent)
                draft.lapsed = "empty" if draft.empty else "saving"
            case ev.CallEnded():
                self.talk_ended, self.ended_at = True, recorded.recorded_at
                self.pending.clear()
            case _:
                pass
        return True

    def heard_since(self, start_s: float) -> bool:
        """Whether the words of the turn that began at ``start_s`` are in the transcript already."""
        lines = (line for line in reversed(self.view.transcript) if line["speaker"] == "caller")
        return (last := next(lines, None)) is not None and last["start_s"] > start_s - 0.01

    def last_words(self) -> tuple[str, Language] | None:
        """The caller's last two utterances, for a first search when an agent comes."""
        lines = [line for line in self.view.transcript if line["speaker"] == "caller" and "seq" in line]
        if not lines:
            return None
        text = " ".join(line["text"] for line in lines[-2:])
        return text, Language(lines[-1]["language"])
