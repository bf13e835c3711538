"""The caller and the bot, turn by turn: listen, understand, reply, until the bot or the caller has done."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from bots.engine.types import HandOffWish, Heard, Listen, Reply, Say
from core.events import ActionTaken, AnswerConfirmed, KnowledgeUsed, TurnTimed, TurnUnderstood
from core.intents import TALK
from core.languages import Language
from core.redaction import redact
from voice_gateway.dialects import Dialect
from voice_gateway.floor import Floor, Lost, Quiet, Turn, words_of
from voice_gateway.ledger import count_turn
from voice_gateway.listening import MODELS_AWAY
from voice_gateway.parts import BotSession, by_wording
from voice_gateway.peak import PeakRule
from voice_gateway.phrases import Phrase, phrase_text
from voice_gateway.showing import keys_may_be_shown, numbers_found, shown_slots
from voice_gateway.speaking import CannotSpeak, Line
from voice_gateway.state import CallState
from voice_gateway.turns.keys import Entry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BotDone:
    """The bot's part is over: the call ends (``reason``), or goes to a person (``wish``)."""

    reason: str = ""
    wish: HandOffWish | None = None
    call_back: bool = False
    """The caller would rather be called back than wait."""


NOT_UNDERSTOOD = frozenset(("", "nlu_fallback", "out_of_scope"))
_OFFERS = {Dialect.CANTONESE: Phrase.OFFER_CANTONESE, Dialect.SICHUAN: Phrase.OFFER_SICHUAN}


class BotFailed(Exception):
    """The bot gave no reply; a person takes over. ``reason`` as in ``HandOffWish``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Stages:
    """Of one spoken turn: when the caller ended, when we knew, and when there was a reply. Media times."""

    end_s: float
    decided_s: float
    ready_s: float
    asked_s: float
    understood_s: float = 0.0
    language: Language | None = None


class Conversation:
    """Leads the talk with the bot. ``in_flight`` is a turn that the bot has begun; it is never cancelled."""

    def __init__(self, state: CallState, floor: Floor, session: BotSession) -> None:
        self._state = state
        self._floor = floor
        self._session = session
        self._settings = state.parts.settings
        self._peak = PeakRule(state)
        self.in_flight: asyncio.Task[Reply] | None = None

    async def run(self) -> BotDone:
        """From the greeting on.

        Raises:
            EndAsked: somebody ended the call.
        """
        facts = self._state.facts
        try:
            reply = self._peak.applied(await self._ask_bot(self._session.open()))
            stages: _Stages | None = None
            while True:
                whole = await self._speak(reply, stages)
                if reply.hand_off is not None:
                    return BotDone(wish=reply.hand_off)
                if reply.end_call and whole and not self._floor.turn_waits:
                    return BotDone(reason="bot_closed")
                listen = reply.listen
                found = await self._next_turn(listen)
                stages = None
                if isinstance(found, Lost):
                    raise BotFailed("models_unavailable")
                if isinstance(found, Quiet):
                    if self._floor.ladder.exhausted:
                        return await self._give_up(found)
                    reply = await self._ask_bot(self._session.silence())
                    self._account_deeds(reply)
                elif (wish := self._peak.call_back_wanted(found)) is not None:
                    return BotDone(wish=wish, call_back=True)
                else:
                    facts.turn += 1
                    reply, stages = await self._take_turn(found)
                    self._account(reply, found.entry, listen)
                    reply = self._peak.applied(self._with_dialect_offer(reply))
        except (BotFailed, CannotSpeak) as failure:
            reason = failure.reason if isinstance(failure, BotFailed) else "models_unavailable"
            self._state.fault(reason, str(failure))
            await self._floor.try_say(Phrase.TECHNICAL)
            return BotDone(wish=HandOffWish("bot_failed", facts.intents[-1] if facts.intents else ""))

    # --- where there is no turn ---

    async def _next_turn(self, listen: Listen) -> Turn | Quiet | Lost:
        """The next turn; who spoke and could not be made out is first asked to say it again."""
        found = await self._floor.next_turn(listen)
        if isinstance(found, Quiet) and found.what == "no_match" and found.count == 1:
            await self._floor.try_say(Phrase.SAY_AGAIN)
            found = await self._floor.next_turn(listen)
        return found

    async def _give_up(self, quiet: Quiet) -> BotDone:
        """Asking again is no use: a person where anybody is there at all, else goodbye."""
        facts = self._state.facts
        if quiet.what == "no_input" and facts.turn == 0:
            await self._floor.try_say(Phrase.CLOSING)
            return BotDone(reason="caller_silent")
        await self._floor.try_say(Phrase.TRANSFERRING)
        reason = "silence" if quiet.what == "no_input" else "not_understood"
        return BotDone(wish=HandOffWish(reason, facts.intents[-1] if facts.intents else ""))

    def _with_dialect_offer(self, reply: Reply) -> Reply:
        """The reply, or an offer of Mandarin or a person where the caller's dialect is what the bot cannot follow.

        What was done, looked up or settled for the caller is told; the offer can wait for a turn without.
        """
        if reply.hand_off is not None or reply.end_call:
            return reply
        if reply.outcome is not None or reply.actions or reply.passage is not None:
            return reply
        intent = reply.understanding.intent if reply.understanding is not None else ""
        dialect = self._state.dialects.offer(understood=intent not in NOT_UNDERSTOOD)
        if dialect is None:
            return reply
        phrase, language = _OFFERS[dialect], self._state.facts.language
        return replace(
            reply, says=(Say(phrase_text(phrase, language), language, phrase.value),), listen="open"
        )

    # --- a turn ---

    async def _take_turn(self, turn: Turn) -> tuple[Reply, _Stages | None]:
        state = self._state
        asked_s = state.media_now()
        if turn.entry is not None:
            heard = Heard("", state.facts.language, keys=turn.entry.keys)
        else:
            confidence = min(one.confidence for one in turn.utterances)
            heard = Heard(words_of(turn.utterances), state.facts.language, confidence)
        sentiment = asyncio.create_task(self._sentiment(heard), name="sentiment")
        try:
            reply = await self._ask_bot_patiently(heard)
            if turn.utterances:
                # The reply does not wait for it: the wording alone tells nearly as much.
                known = sentiment.done() and not sentiment.cancelled()
                mood = sentiment.result() if known else by_wording(heard.text, heard.language)
                state.facts.sentiments.append(mood)
        except BotFailed:
            if turn.entry is not None:
                state.keys_pressed(turn.entry, shown=False)
            raise
        finally:
            sentiment.cancel()
        stages = None
        if turn.utterances:
            last = turn.utterances[-1]
            stages = _Stages(
                last.end_s, last.decided_s, last.ready_s, asked_s, state.media_now(), last.language
            )
        return reply, stages

    async def _sentiment(self, heard: Heard) -> float:
        """The mood of a turn, while the bot thinks; by the wording alone where that cannot be told."""
        try:
            value = self._state.parts.sentiment(heard.text, heard.language)
            if isinstance(value, float | int):
                return float(value)
            return float(await value)
        except MODELS_AWAY as error:
            logger.info("call %s: sentiment by the wording alone (%s)", self._state.id, type(error).__name__)
        except Exception:
            logger.exception("call %s: sentiment failed", self._state.id)
        return by_wording(heard.text, heard.language)

    async def _ask_bot_patiently(self, heard: Heard) -> Reply:
        """Ask until the models that the bot needs are back."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.models_wait_s
        told = False
        while True:
            try:
                return await self._ask_bot(self._session.hear(heard))
            except MODELS_AWAY as error:
                logger.warning("call %s: understanding is away (%s)", self._state.id, type(error).__name__)
                if not told:
                    told = True
                    await self._floor.try_say(Phrase.ONE_MOMENT)
                if loop.time() + 0.5 >= until:
                    raise BotFailed("models_unavailable") from error
            await asyncio.sleep(0.5)

    async def _ask_bot(self, question: Any) -> Reply:
        """Wait for the bot, with a word to the caller where it takes long.

        What the bot has begun it carries to its end, also if the caller hangs up meanwhile.

        Raises:
            BotFailed: it failed, or took too long.
        """
        task: asyncio.Task[Reply] = asyncio.create_task(question, name="bot-turn")
        self.in_flight = task
        done, _ = await asyncio.wait({task}, timeout=self._settings.patience_s)
        if not done:
            await self._floor.try_say(Phrase.ONE_MOMENT)
            done, _ = await asyncio.wait({task}, timeout=self._settings.bot_limit_s)
        if not done:
            raise BotFailed("bot_too_slow")
        self.in_flight = None
        try:
            return task.result()
        except MODELS_AWAY:
            raise
        except Exception as error:
            logger.exception("call %s: the bot failed", self._state.id)
            raise BotFailed("bot_failed") from error

    # --- speaking ---

    async def _speak(self, reply: Reply, stages: _Stages | None) -> bool:
        """Speak a reply; False if the caller took the floor before its end, be it a goodbye."""
        listen = reply.listen
        self._floor.expect(listen, str(reply.slots.get("requested_slot") or ""))
        for number, say in enumerate(reply.says):
            voice = self._settings.bot_voices.get(say.language)
            line = Line(say.text, say.language, say.key, voice=voice)
            first = partial(self._timed, stages) if number == 0 and stages is not None else None
            spoken = await self._floor.say(line, listen=listen, first_sound=first)
            if number == 0 and spoken.start_s is not None and _counts_once_heard(reply):
                self._settle_matter(reply)
            if spoken.interrupted:
                return False
        return True

    def _timed(self, stages: _Stages, start_s: float) -> None:
        def ms(begin_s: float, end_s: float) -> float:
            return round(max(0.0, end_s - begin_s) * 1000, 1)

        timed = TurnTimed(
            turn=self._state.facts.turn,
            end_of_turn_ms=ms(stages.end_s, stages.decided_s),
            recognise_ms=ms(stages.decided_s, stages.ready_s),
            own_line_ms=ms(stages.ready_s, stages.asked_s),
            understand_ms=ms(stages.asked_s, stages.understood_s),
            first_audio_ms=ms(stages.understood_s, start_s),
            gap_ms=ms(stages.end_s, start_s),
            language=stages.language,
        )
        self._state.emit(timed)
        count_turn(timed)

    # --- keeping account ---

    def _account(self, reply: Reply, entry: Entry | None = None, listen: Listen = "open") -> None:
        """Turn what the bot understood of a turn, and did, into facts and events.

        Args:
            entry: the keys, if it was a turn of keys.
            listen: what the caller had been asked for.
        """
        state, facts = self._state, self._state.facts
        state.language_asked(reply.language)
        facts.numbers_found |= numbers_found(reply.actions)
        if entry is not None:
            state.keys_pressed(entry, shown=keys_may_be_shown(entry.keys, listen, facts.numbers_found))
        understanding = reply.understanding
        facts.slots = {name: value for name, value in reply.slots.items() if name not in reply.internal}
        if understanding is not None:
            if understanding.intent not in TALK:
                # What was settled before says nothing about a new matter.
                facts.settled = None
            if understanding.intent and understanding.intent not in facts.intents:
                facts.intents.append(understanding.intent)
            state.emit(
                TurnUnderstood(
                    turn=facts.turn,
                    intent=understanding.intent,
                    confidence=round(understanding.confidence, 3),
                    language=reply.language,
                    sentiment=round(facts.sentiments[-1], 3) if facts.sentiments else 0.0,
                    slots=shown_slots(facts.slots, facts.numbers_found),
                )
            )
        self._account_deeds(reply)

    def _account_deeds(self, reply: Reply) -> None:
        state, facts = self._state, self._state.facts
        self._account_actions(reply)
        if reply.passage is not None:
            state.emit(
                KnowledgeUsed(
                    turn=facts.turn,
                    document=reply.passage.document,
                    section=reply.passage.section,
                    passage_id=reply.passage.passage_id,
                    score=round(float(reply.passage.score), 4),
                )
            )
        if not _counts_once_heard(reply):
            self._settle_matter(reply)

    def _settle_matter(self, reply: Reply) -> None:
        state, understanding = self._state, reply.understanding
        if reply.outcome is not None:
            state.facts.settled = reply.outcome
        if reply.outcome == "resolved" and reply.resolved_by is not None:
            matter = understanding.intent if understanding is not None else ""
            state.emit(AnswerConfirmed(by=reply.resolved_by, intent=matter))

    def _account_actions(self, reply: Reply) -> None:
        for action in reply.actions:
            self._state.emit(
                ActionTaken(
                    name=action.name,
                    ok=action.ok,
                    idempotency_key=action.idempotency_key,
                    detail=redact(action.detail),
                )
            )

    async def settle(self, limit_s: float = 8.0) -> None:
        """The call is over: let a turn that the bot has begun come to its end, and log what it did."""
        task, self.in_flight = self.in_flight, None
        if task is None:
            return
        await asyncio.wait({task}, timeout=limit_s)
        if not task.done():
            logger.error("call %s: the bot's last turn did not end in %.0f s", self._state.id, limit_s)
            task.cancel()
            return
        if not task.cancelled() and task.exception() is None:
            self._account(task.result())


def _counts_once_heard(reply: Reply) -> bool:
    """Whether the matter is settled by telling the caller: a look-up is, what was done in a system is not."""
    done = any(action.ok and action.idempotency_key for action in reply.actions)
    return reply.outcome == "resolved" and reply.resolved_by == "connector" and not done
