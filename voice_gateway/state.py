"""One call's state, and how what happens in it becomes events."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter

from core.events import (
    CallStarted,
    DialectHeard,
    Event,
    KeysPressed,
    LanguageChanged,
    LineFault,
)
from core.languages import Language
from core.log import LogFull
from core.redaction import MASK, redact
from core.redaction_turns import TurnRedactor
from voice_gateway.dialects import DialectListener
from voice_gateway.facts import CallFacts
from voice_gateway.happenings import Utterance
from voice_gateway.language_tracker import LanguageTracker, is_mixed
from voice_gateway.leg import CallLeg, Frame
from voice_gateway.media_clock import MediaClock
from voice_gateway.parts import Parts
from voice_gateway.turns.keys import Entry

if TYPE_CHECKING:
    from voice_gateway.bridge.bridge import Bridge

logger = logging.getLogger(__name__)

MOST_EVENTS_KEPT = 5_000
NOT_UNDERSTOOD = "(not understood)"

FAULTS = Counter("tetraphone_call_faults_total", "Faults within calls, by what", ["what"])


class CallState:
    """What the stages of a call share. No task, no sound: facts, clock, language and the way to the log."""

    def __init__(self, interaction_id: str, leg: CallLeg, parts: Parts, language: Language | None) -> None:
        self.id = interaction_id
        self.leg = leg
        self.parts = parts
        self.person = parts.person_of(leg.info.caller) if leg.info.caller else None
        self.clock = MediaClock()
        self._time = asyncio.get_running_loop().time
        self.events: list[Event] = []
        """What happened so far, for the packet and the summary."""
        offered = parts.settings.languages
        start = language or parts.settings.default_language or offered[0]
        self.tracker = LanguageTracker(
            start, caller=leg.info.caller, known=language is not None, offered=offered
        )
        self.dialects = DialectListener()
        self._redactors: defaultdict[str, TurnRedactor] = defaultdict(TurnRedactor)
        """Of each person in the call, '' the caller: a number may be divided over their turns."""
        self.bridge: Bridge | None = None
        """While a person has the call: who hears whom."""
        self.listened_by: Callable[[], str | None] = lambda: None
        """Asked when a person takes the call: who has listened to it until now, and will go on."""
        self._later: set[asyncio.Task[None]] = set()
        self.tap: Callable[[Frame], None] | None = None
        """Who else takes in the caller's sound: a message that they leave."""
        self.facts = CallFacts(interaction_id, leg.info.caller, leg.info.called, start)

    def media_now(self) -> float:
        """Seconds on the call's media clock."""
        return self.clock.now(self._time())

    def emit(self, event: Event) -> None:
        """Hand an event to the log. A log that is full costs the event, never the call."""
        if len(self.events) < MOST_EVENTS_KEPT:
            self.events.append(event)
        try:
            self.parts.log.emit(
                self.id, event, person=self.person, leg_id=self.leg.id, media_at=round(self.media_now(), 3)
            )
        except LogFull:
            logger.error("call %s: %s was lost, the log is full", self.id, event.kind)

    def started(self, language: Language) -> None:
        """The call is there, and is greeted in ``language``: the first of its events."""
        info = self.leg.info
        self.emit(
            CallStarted(
                carrier=info.carrier,
                carrier_call_id=info.carrier_call_id,
                caller=info.caller,
                called=info.called,
                bot=self.parts.bot.name,
                language=language,
            )
        )

    def fault(self, what: str, detail: str = "") -> None:
        """Something went wrong, and the call goes on."""
        FAULTS.labels(what).inc()
        self.emit(LineFault(what=what, detail=redact(detail)[:500]))

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that goes on beside the call, and that its end waits for."""
        task = asyncio.create_task(work, name=f"last words {self.id}")
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def settled(self) -> None:
        """Wait for that work; whoever waits no longer cancels it."""
        try:
            if self._later:
                await asyncio.wait(self._later)
        finally:
            for task in self._later:
                task.cancel()

    # --- what was said ---

    def heard(self, utterance: Utterance) -> None:
        """The caller said something that was recognised; the language of the call may change with it."""
        text = self._masked(utterance)
        if utterance.lost:
            self.fault("words_lost", "the recogniser could not be reached")
            if self.facts.stage in ("waiting", "agent", "voicemail"):
                # Whoever reads along is to see that something was said.
                text = NOT_UNDERSTOOD
        if not text:
            return
        turn = self.facts.turn + (1 if self.facts.stage in ("opening", "bot") else 0)
        self.emit(utterance.as_event(text, held=self.facts.held, turn=turn))
        self._listen_for_dialect(utterance)
        before = self.facts.language
        after = self.tracker.heard(
            utterance.language, utterance.scores, utterance.voiced_s, mixed=is_mixed(text, utterance.language)
        )
        if after is not None:
            self._change(before, after, asked=False)

    def agent_heard(self, utterance: Utterance, name: str) -> None:
        """An agent, or a supervisor, said something to the caller."""
        text = NOT_UNDERSTOOD if utterance.lost else self._masked(utterance, name)
        if utterance.lost:
            self.fault("words_lost", "the recogniser could not be reached")
        if text:
            self.emit(utterance.as_event(text, speaker="agent", name=name, turn=self.facts.turn))

    def _masked(self, utterance: Utterance, name: str = "") -> str:
        return self._redactors[name].redact(
            utterance.text.strip(), utterance.language, utterance.start_s, utterance.end_s
        )

    def _listen_for_dialect(self, utterance: Utterance) -> None:
        before = self.dialects.heard
        self.dialects.take(utterance.text, utterance.language)
        if (dialect := self.dialects.heard) is not None and dialect != before:
            self.emit(DialectHeard(dialect=dialect.value))

    def language_asked(self, language: Language) -> None:
        """The bot goes on in this language, because the caller asked for it."""
        if language != self.facts.language:
            self.tracker.change(language)
            self._change(self.facts.language, language, asked=True)

    def _change(self, before: Language, after: Language, *, asked: bool) -> None:
        self.set_language(after)
        self.emit(LanguageChanged(before=before, after=after, reason="asked" if asked else "spoken"))

    def set_language(self, language: Language) -> None:
        self.facts.language = language
        if hasattr(self.leg, "language"):
            # A carrier that can apologise after a failed stream does it in this language.
            self.leg.language = language

    def keys_pressed(self, entry: Entry, *, shown: bool) -> None:
        """Log keys; masked unless they are known to be something that may be shown."""
        keys = entry.keys if shown else MASK
        self.emit(KeysPressed(keys=keys, at_s=round(entry.at_s, 3), turn=self.facts.turn))
