"""What a call's events say, gathered for summaries: facts only, no wording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core import events as ev
from core.events import Recorded
from core.handoff import Attempt, HandoffPacket
from core.intents import TALK
from core.languages import Language

# A matter stands before the mere wish for a person or an expression of anger about it.
_WEAK = ("complain", "ask_person")
_UPSET, _IMPATIENT, _PLEASED = -0.6, -0.25, 0.4
_RECENT_TURNS = 3


@dataclass(slots=True)
class CallFacts:
    """Everything that a summary may rest on.

    Attributes:
        matters: intents with a matter, in order of first mention.
        said: all finished lines, (speaker, text), in order.
        sentiments: one value per understood turn, -1 to 1.
    """

    language: Language = Language.EN
    matters: list[str] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    tried: list[Attempt] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    sentiments: list[float] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    reason: str = ""
    resolved_by: str = ""
    agent: str = ""
    outcome: str = ""

    @property
    def matter(self) -> str:
        """The intent that the call is about: the last one of substance, else a weak one, else ''."""
        strong = [name for name in self.matters if name not in _WEAK]
        if strong:
            return strong[-1]
        return next((name for name in _WEAK if name in self.matters), "")

    @property
    def number(self) -> str:
        """The order or tracking number that the matter is about, or ''."""
        names = ["order_number", "tracking_number"]
        if self.matter == "track_parcel":
            names.reverse()
        return next((str(self.slots[name]) for name in names if self.slots.get(name)), "")

    @property
    def sentiment(self) -> float:
        """Mean of the last turns, later ones counting more; 0 where nothing is known."""
        recent = self.sentiments[-_RECENT_TURNS:]
        weights = range(1, len(recent) + 1)
        return sum(v * w for v, w in zip(recent, weights, strict=True)) / sum(weights) if recent else 0.0

    @property
    def mood(self) -> str:
        """upset, impatient, pleased, or '' where nothing stands out."""
        value = self.sentiment
        if value <= _UPSET:
            return "upset"
        if value <= _IMPATIENT:
            return "impatient"
        return "pleased" if value >= _PLEASED else ""

    def add(self, event: ev.Event) -> None:
        """Take in the next event of the call."""
        match event:
            case ev.CallStarted():
                self.language = event.language
            case ev.LanguageChanged():
                self.language = event.after
            case ev.UtteranceHeard() | ev.UtteranceSpoken():
                self.said.append((event.speaker, event.text))
            case ev.TurnUnderstood():
                self.add_matter(event.intent)
                self.slots.update({name: value for name, value in event.slots.items() if value})
                self.sentiments.append(event.sentiment)
            case ev.ActionTaken():
                self.tried.append(Attempt(what=event.name, ok=event.ok))
            case ev.KnowledgeUsed():
                if event.document not in self.documents:
                    self.documents.append(event.document)
            case ev.AnswerConfirmed():
                self.resolved_by = event.by
            case ev.HandoffRequested():
                self.reason, self.resolved_by = event.reason, ""
                self._packet(event.packet)
            case ev.OfferAnswered(answer="accepted"):
                self.agent = event.agent
            case ev.CallEnded():
                self.outcome = event.outcome
            case _:
                pass

    def add_matter(self, intent: str) -> None:
        """The caller's matter is this one from now on, unless it says only how the talk goes."""
        if intent in TALK:
            return
        if intent in self.matters:
            self.matters.remove(intent)
        self.matters.append(intent)

    def _packet(self, data: Mapping[str, Any]) -> None:
        if not data:  # erased
            return
        packet = HandoffPacket.model_validate(data)
        self.slots.update(packet.slots)
        if packet.intent not in self.matters:
            self.add_matter(packet.intent)
        for attempt in packet.tried:
            if attempt not in self.tried:
                self.tried.append(attempt)


def gather(events: Iterable[Recorded | ev.Event]) -> CallFacts:
    """Fold a call's events, in order, into facts."""
    facts = CallFacts()
    for one in events:
        facts.add(one.event if isinstance(one, Recorded) else one)
    return facts
