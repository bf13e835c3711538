"""What a call is made of: the parts that the application hands to every call, and its settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from assist.sentiment import judge
from bots.engine.types import Heard, Reply
from core.clock import Clock, SystemClock
from core.events import Event
from core.languages import Language
from core.routing import Colleagues, Router
from models.protocols import Recogniser
from voice_gateway.bridge.lines import AgentLines
from voice_gateway.calling_out import CallingOut
from voice_gateway.listening import ListeningOptions
from voice_gateway.partials import PartialBoard
from voice_gateway.recording import OpenRecording
from voice_gateway.speaking import Renderer, SpeakingOptions
from voice_gateway.turns.barge_in import BargeInOptions
from voice_gateway.turns.keys import KeyOptions
from voice_gateway.turns.pace import Pace
from voice_gateway.turns.silence import SilenceOptions
from voice_gateway.turns.turn_service import TurnService
from voice_gateway.turns.vad_service import VadService


class Log(Protocol):
    """Where events go: ``core.log.EventLog``."""

    def emit(
        self,
        interaction_id: str,
        event: Event,
        *,
        person: str | None = None,
        leg_id: str | None = None,
        media_at: float | None = None,
        causation_id: str | None = None,
    ) -> str: ...


class BotSession(Protocol):
    """One conversation with a bot: ``bots.engine.session.Session``."""

    async def open(self) -> Reply: ...
    async def hear(self, heard: Heard) -> Reply: ...
    async def silence(self) -> Reply: ...


class Bot(Protocol):
    """Begins conversations: ``bots.engine.bot.Bot``."""

    name: str

    def start(self, session_id: str, language: Language, caller_number: str | None = None) -> BotSession: ...

    def vocabulary(self, language: Language) -> Sequence[str]: ...


Sentiment = Callable[[str, Language], float | Awaitable[float]]


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """What a call needs of a customer: the language to greet in, and what the agent sees in the packet."""

    language: Language | None
    packet: dict[str, Any]


FindCustomer = Callable[[str], Awaitable[KnownCustomer | None]]


@dataclass(frozen=True, slots=True)
class CallSettings:
    """How calls are led.

    Attributes:
        languages: those that are spoken here; nothing else is listened for.
        number_languages: language to greet in, by the number called.
        default_language: where nothing tells; None greets in all four languages.
        record: play the consent notice, then record.
        agent_voices: voice of typed lines, by language; other than the bot's, so that callers notice.
        agent_wait_s: how long a caller waits for a person before the fallback.
        place_every_s: how often they are told that they are waited on, and their place: the silence between.
        music: play music to who waits, between the announcements.
        call_back: offer who waits to be called back.
        fallback_number: where calls go when nobody takes them, E.164 or sip:; None apologises instead.
        bot_limit_s: a turn of the bot that takes longer has failed.
        patience_s: after that long without a reply the caller is asked for a moment.
        models_wait_s: how long a caller is asked to wait for models that are away.
        longest_s: no call lasts longer.
        announce_monitoring: agents see that a supervisor listens to them.
    """

    languages: tuple[Language, ...] = tuple(Language)
    number_languages: Mapping[str, Language] = field(default_factory=dict)
    default_language: Language | None = None
    record: bool = True
    bot_voices: Mapping[Language, str] = field(default_factory=dict)
    agent_voices: Mapping[Language, str] = field(default_factory=dict)
    agent_wait_s: float = 300.0
    place_every_s: float = 10.0
    music: bool = True
    call_back: bool = True
    fallback_number: str | None = None
    bot_limit_s: float = 15.0
    patience_s: float = 2.5
    models_wait_s: float = 20.0
    longest_s: float = 7200.0
    announce_monitoring: bool = False
    listening: ListeningOptions = field(default_factory=ListeningOptions)
    speaking: SpeakingOptions = field(default_factory=SpeakingOptions)
    barge_in: BargeInOptions = field(default_factory=BargeInOptions)
    keys: KeyOptions = field(default_factory=KeyOptions)
    silence: SilenceOptions = field(default_factory=SilenceOptions)

    def __post_init__(self) -> None:
        # One wait for models, whichever of them is away.
        for name in ("listening", "speaking"):
            object.__setattr__(self, name, replace(getattr(self, name), models_wait_s=self.models_wait_s))


def by_wording(text: str, language: Language) -> float:
    """Sentiment by the cues in the words alone, -1 to 1."""
    return judge(text, language, None)[0]


TakeCode = Callable[[str, str], Awaitable[bool]]
"""``await take_code(interaction_id, code)``: whether it was right. It keeps and logs nothing of the code."""


async def no_customer(number: str) -> KnownCustomer | None:
    """For a platform without a customer register."""
    return None


def nobody(number: str) -> str | None:
    """For a platform that knows no persons: sealed under the call's own name."""
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that calls share.

    Attributes:
        sentiment: of a turn of the caller, -1 to 1; may be awaited, and is left to the wording if models are away.
        person_of: the pseudonym of a caller's number (``SiteKey.pseudonym``); None keeps no person.
        find_customer: who calls, by number; asked once before the greeting, which waits for it a second.
        partials: where words are shown while they are being spoken.
        spare_capacity: whether the recogniser has time for them.
        pace: how soon it has time to begin on trial at a pause.
        foresee: told the words at a pause, which will probably be the turn's; must not block.
        turns: the acoustic end-of-turn model; None leaves the end of a turn to the silence alone.
        lines: the sound of the agents at work; whoever brings one registers it here.
        calling_out: rings agents' telephones and numbers that they consult, where a carrier places calls.
        take_code: where a code goes that the bot has taken; None: it takes none.
    """

    log: Log
    vad: VadService
    recogniser: Recogniser
    speaker: Renderer
    bot: Bot
    router: Router
    open_recording: OpenRecording
    settings: CallSettings = field(default_factory=CallSettings)
    sentiment: Sentiment = by_wording
    person_of: Callable[[str], str | None] = nobody
    find_customer: FindCustomer = no_customer
    clock: Clock = field(default_factory=SystemClock)
    partials: PartialBoard = field(default_factory=PartialBoard)
    spare_capacity: Callable[[], bool] = lambda: False
    pace: Callable[[], Pace] = lambda: Pace.STEADY
    foresee: Callable[[str, Language], None] = lambda text, language: None
    turns: TurnService | None = None
    lines: AgentLines = field(default_factory=AgentLines)
    calling_out: CallingOut = field(default_factory=CallingOut)
    take_code: TakeCode | None = None

    @property
    def colleagues(self) -> Colleagues:
        """The distributor, as the bridge asks it for other agents: it is the router."""
        return cast(Colleagues, self.router)
