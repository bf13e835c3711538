"""The facts of a call, as typed and immutable events, and the envelope that the log stores them in.

An event says what happened, never what should happen (requests are commands). Fields marked
``Personal`` are encrypted in the log under the caller's own key: erasing a person destroys the key,
and the event remains without them. Times named ``*_s`` are seconds on the call's media clock, which
starts at the first frame of the caller's leg.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from core.languages import Language


class _Personal:
    """Marks a field whose content is about a person."""


PERSONAL = _Personal()
PersonalText = Annotated[str, PERSONAL]
PersonalData = Annotated[dict[str, Any], PERSONAL]

Speaker = Literal["caller", "bot", "agent"]
Party = Literal["caller", "bot", "agent", "agent2", "supervisor", "number"]
Outcome = Literal["resolved", "ended_unconfirmed", "handed_off", "abandoned", "failed"]


class Event(BaseModel):
    """Base of all events. ``kind`` is the stored name, ``version`` that of the payload's shape."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    version: ClassVar[int] = 1
    registry: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" in cls.__dict__:
            Event.registry[cls.kind] = cls

    @classmethod
    def personal_fields(cls) -> frozenset[str]:
        """Names of the fields that hold personal content."""
        return frozenset(
            name
            for name, field in cls.model_fields.items()
            if any(isinstance(mark, _Personal) for mark in field.metadata)
        )

    def split(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return (open fields, personal fields), both ready for JSON."""
        data = self.model_dump(mode="json")
        personal = self.personal_fields()
        return (
            {name: value for name, value in data.items() if name not in personal},
            {name: value for name, value in data.items() if name in personal},
        )

    @classmethod
    def join(cls, open_fields: dict[str, Any], personal: dict[str, Any] | None) -> Self:
        """Rebuild an event; where the person was erased (``personal`` is None) their fields are blank."""
        if personal is None:
            personal = {}
            for name in cls.personal_fields():
                field = cls.model_fields[name]
                if field.is_required():
                    personal[name] = {} if field.annotation in (dict, dict[str, Any]) else ""
        return cls.model_validate({**open_fields, **personal})


# --- the call and its parties -------------------------------------------------------------------


class CallStarted(Event):
    kind = "call_started"
    carrier: str
    carrier_call_id: str
    caller: PersonalText
    """The caller's number in E.164, or '' where it is withheld."""
    called: str
    bot: str
    language: Language


class LegJoined(Event):
    """A party takes part from now on; ``at_s`` maps the leg's clock to the call's."""

    kind = "leg_joined"
    party: Party
    name: str = ""
    at_s: float = 0.0


class LegLeft(Event):
    kind = "leg_left"
    party: Party
    reason: str = ""


class CallHeld(Event):
    """The caller hears music from now on (``on``), or is in the conversation again."""

    kind = "call_held"
    on: bool
    by: str


class TransferAsked(Event):
    """An agent gives the call away, without a word to whoever takes it (cold) or after one (warm)."""

    kind = "transfer_asked"
    to_kind: Literal["queue", "agent", "number"]
    to_name: PersonalText
    """A queue, a user name or a number."""
    manner: Literal["cold", "warm"]
    by: str
    note: PersonalText = ""


class ConsultStarted(Event):
    """Somebody was asked to speak with the agent while the caller hears music; whether they come, ``LegJoined`` tells."""

    kind = "consult_started"
    to_kind: Literal["queue", "agent", "number"]
    to_name: PersonalText
    by: str


class ConsultEnded(Event):
    """``failed``: nobody came, or they left before it was decided; ``reason`` says which."""

    kind = "consult_ended"
    then: Literal["back", "conference", "transfer", "failed"]
    by: str = ""
    reason: str = ""


class CodeTaken(Event):
    """The bot took a code by keys: how many, never which. ``accepted`` by whoever it was for."""

    kind = "code_taken"
    digits: int
    accepted: bool = True


class SatisfactionGiven(Event):
    """The caller's answer to how content they are, from 1 to 5 (best)."""

    kind = "satisfaction_given"
    score: Annotated[int, Field(ge=1, le=5)]


class MonitoringChanged(Event):
    """A supervisor listens to a call, or does so no longer. Agents see it only where the site says so."""

    kind = "monitoring_changed"
    supervisor: str
    manner: Literal["listen", "whisper", "barge", "take_over", "stop"]


class LanguageChanged(Event):
    kind = "language_changed"
    before: Language
    after: Language
    reason: Literal["asked", "spoken"]


class DialectHeard(Event):
    """The caller speaks Chinese, but not Mandarin (or asks for another kind), as far as their words tell."""

    kind = "dialect_heard"
    dialect: Literal["yue", "sichuan"]


class CallEnded(Event):
    kind = "call_ended"
    outcome: Outcome
    reason: str
    """Who or what ended it: caller_hung_up, bot_closed, agent_closed, transferred, stream_failed, ..."""
    duration_s: float


# --- what was said ------------------------------------------------------------------------------


class UtteranceHeard(Event):
    """A finished utterance of the caller (or of an agent with a microphone), recognised."""

    kind = "utterance_heard"
    speaker: Speaker = "caller"
    name: str = ""
    """User name of the agent who said it."""
    held: bool = False
    """Said while the caller heard music: nobody heard it."""
    text: PersonalText
    language: Language
    start_s: float
    end_s: float
    confidence: float
    full_window: bool = False
    turn: int = 0


class UtteranceSpoken(Event):
    """What the caller really heard of a line of the bot or a typed line of an agent."""

    kind = "utterance_spoken"
    speaker: Speaker
    text: PersonalText
    language: Language
    start_s: float
    end_s: float
    name: str = ""
    """The response's name in the bot's domain; '' for free text."""
    interrupted: bool = False
    turn: int = 0


class UtteranceProgress(Event):
    """What the caller has heard so far of a line that goes on: noted at the end of each of its clauses.

    ``UtteranceSpoken`` follows with the whole, unless the process is killed; then the next one makes it of this.
    """

    kind = "utterance_progress"
    speaker: Speaker
    text: PersonalText
    language: Language
    start_s: float
    end_s: float
    name: str = ""
    turn: int = 0


class KeysPressed(Event):
    kind = "keys_pressed"
    keys: PersonalText
    at_s: float
    turn: int = 0


class SilenceNoticed(Event):
    """The caller said nothing (``no_input``), or nothing that could be made out (``no_match``)."""

    kind = "silence_noticed"
    what: Literal["no_input", "no_match"]
    count: int
    at_s: float


class BargeInJudged(Event):
    kind = "barge_in_judged"
    at_s: float
    decision: Literal["gave_way", "resumed"]
    reason: str


# --- what was understood and done ---------------------------------------------------------------


class TurnUnderstood(Event):
    kind = "turn_understood"
    turn: int
    intent: str
    confidence: float
    language: Language
    sentiment: float = 0.0
    """-1 (angry) to 1 (pleased)."""
    slots: PersonalData = {}


class ActionTaken(Event):
    """The bot did something in another system, once, whatever the caller said meanwhile."""

    kind = "action_taken"
    name: str
    ok: bool
    idempotency_key: str = ""
    detail: PersonalText = ""


class KnowledgeUsed(Event):
    kind = "knowledge_used"
    turn: int
    document: str
    section: str
    passage_id: str
    score: float


class AnswerConfirmed(Event):
    """The matter is resolved: a connector did it, or the caller said that the answer served."""

    kind = "answer_confirmed"
    by: Literal["connector", "caller"]
    intent: str


class TurnTimed(Event):
    """One turn's stages in milliseconds, one after the other; ``gap_ms`` is all of them: from the caller's last sound to
    our first. What recognition does while the end of the turn is awaited costs nobody time and is in no stage."""

    kind = "turn_timed"
    turn: int
    end_of_turn_ms: float
    recognise_ms: float
    own_line_ms: float = 0.0
    """The words were there, and the caller first heard a line of ours to its end; in ``gap_ms``, though no silence.
    Turns timed before this was kept have none."""
    understand_ms: float
    first_audio_ms: float
    gap_ms: float
    language: Language | None = None
    """What the caller spoke; None in turns timed before this was kept."""


class LineFault(Event):
    """Something went wrong on the line or behind it; counted, and the call goes on where it can."""

    kind = "line_fault"
    what: str
    detail: str = ""
    count: int = 1


# --- people -------------------------------------------------------------------------------------


class HandoffRequested(Event):
    kind = "handoff_requested"
    packet: PersonalData
    """A ``core.handoff.HandoffPacket`` as JSON."""
    reason: str
    skills: list[str] = []
    priority: int = 0


class OfferMade(Event):
    """A call is offered to an agent; ``at`` and ``until`` as in ``core.routing_events``."""

    kind = "offer_made"
    offer_id: str
    agent: str
    reason: str
    at: float = 0.0
    until: float = 0.0


class OfferAnswered(Event):
    """What became of an offer; accepted: the call and the agent belong together from now on."""

    kind = "offer_answered"
    offer_id: str
    agent: str
    answer: Literal["accepted", "rejected", "not_answered", "withdrawn"]
    waited_s: float = 0.0
    """How long the offer was open."""
    queued_s: float = 0.0
    """How long the call had waited in the queue."""
    at: float = 0.0
    reason: str = ""


class WrapUpDone(Event):
    """The agent's last word on the call: the summary as edited, and the disposition."""

    kind = "wrap_up_done"
    agent: str
    code: str
    summary: PersonalText
    notes: PersonalText = ""
    """What the agent wrote down for colleagues while they talked."""


class TicketOpened(Event):
    """A matter that is to be followed up was put on record with the business's tickets."""

    kind = "ticket_opened"
    number: str
    by: str
    subject: PersonalText = ""


# --- afterwards ---------------------------------------------------------------------------------


class ConsentNoticePlayed(Event):
    kind = "consent_notice_played"
    at_s: float


class RecordingStarted(Event):
    kind = "recording_started"
    name: str
    channels: int
    rate: int


class RecordingClosed(Event):
    kind = "recording_closed"
    name: str
    seconds: float
    complete: bool = True


class LineFull(Event):
    """All places are taken: the caller waits for one on the line, ``place`` counted from 1."""

    kind = "line_full"
    place: int


class CallBackRequested(Event):
    """The caller asked to be called back instead of waiting."""

    kind = "call_back_requested"
    number: PersonalText
    language: Language
    reason: str
    """Why they were offered it: no_capacity."""


class CallBackAsked(Event):
    """A caller who waited for a person hangs up and is called back when it would have been their turn."""

    kind = "call_back_asked"
    number: PersonalText
    language: Language
    queue: str = ""
    by: Literal["platform", "agent"] = "agent"
    """Who dials: the platform when it is their turn, or an agent from the list of call backs."""


class CallBackTaken(Event):
    """An agent has taken a call back or a message from the list upon them, or given it back (``agent`` is '')."""

    kind = "call_back_taken"
    agent: str


class CallBackClosed(Event):
    """An agent has dealt with a call back or a message without having to call."""

    kind = "call_back_closed"
    agent: str


class CallBackTried(Event):
    """The customer was dialled; ``attempt`` counts from 1."""

    kind = "call_back_tried"
    attempt: int
    answered: bool
    agent: str = ""
    reason: str = ""


class VoicemailLeft(Event):
    """The caller left a message, kept as the recording ``name``."""

    kind = "voicemail_left"
    name: str
    seconds: float
    language: Language
    queue: str = ""
    at_s: float = 0.0
    """When it began; what the caller said from then on is its transcript."""


class CallSummarised(Event):
    kind = "call_summarised"
    text: PersonalText
    language: Language


class CallScored(Event):
    """A scorecard was applied; ``answers`` is a list of ``evals`` answers as JSON under 'answers'."""

    kind = "call_scored"
    scorecard: str
    scorecard_version: str
    score: float | None
    """0 to 100 over the answers given; None where all abstained."""
    answers: PersonalData


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with its envelope, as the log holds it.

    Attributes:
        position: place in the whole log; readers keep their offset in it.
        seq: place within the interaction, from 1, without gaps at the time of writing.
        media_at: seconds on that leg's media clock, from the carrier's own timestamps.
        causation_id: id of the event or command that led to this one.
    """

    position: int
    id: str
    interaction_id: str
    seq: int
    recorded_at: datetime
    event: Event
    leg_id: str | None = None
    media_at: float | None = None
    causation_id: str | None = None
    person: str | None = None
    erased: bool = False


def new_id() -> str:
    """A fresh identifier for an interaction, a leg, an event or a command."""
    return uuid.uuid4().hex
