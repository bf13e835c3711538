"""One conversation: the caller's turns in, replies out.

Order in a turn: keys pressed, then the form in progress, then the intent's rule, then stories, then the
fallback action (which asks the knowledge base before it offers a person).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from bots.engine.actions import BUILT_IN, Performed, perform
from bots.engine.context import in_context, pressed
from bots.engine.domain import CALL_START
from bots.engine.policy import Plan
from bots.engine.responses import ResponseError, choose, fill
from bots.engine.signals import Signals
from bots.engine.tracker import Conversation
from bots.engine.types import ActionRecord, HandOffWish, Heard, Reply, Say
from bots.understanding.types import Entity, Understanding
from core.languages import Language

if TYPE_CHECKING:
    from bots.engine.bot import Bot

_log = logging.getLogger(__name__)
MAX_ACTIONS = 12
"""In one turn: more means that rules and actions chase each other."""


class Session:
    """A caller's conversation with one bot. Turns are taken one at a time, in order of arrival."""

    def __init__(self, bot: Bot, session_id: str, language: Language, caller_number: str | None) -> None:
        self.bot = bot
        self.session_id = session_id
        self.caller_number = caller_number
        self.last_reply: Reply | None = None
        self._conversation = Conversation(session_id, bot.domain)
        self._conversation.slots["language"] = language.value
        self._soft_yes = True
        self._turns = asyncio.Lock()
        self._running: set[asyncio.Task[Reply]] = set()

    # -- turns ---------------------------------------------------------------------------------

    @property
    def language(self) -> Language:
        return Language(self._conversation.slots["language"])

    @property
    def slots(self) -> dict[str, Any]:
        return self._conversation.filled()

    async def open(self) -> Reply:
        """The greeting."""
        entities = [Entity("language", self.language.value)]
        if self.caller_number:
            entities.append(Entity("caller_number", self.caller_number))
        return await self._whole(self._event(CALL_START, tuple(entities)))

    async def hear(self, heard: Heard) -> Reply:
        """Take one turn of the caller.

        Cancelling the wait (a barge-in) cancels nothing that the turn has begun: it is carried to its end,
        and the next turn waits for it.
        """
        return await self._whole(self._hear(heard))

    async def silence(self) -> Reply:
        """The caller was expected to speak and did not."""
        return await self._whole(self._event("no_input", ()))

    async def settle(self) -> None:
        """Wait until every turn begun has ended; to be called when the call closes."""
        if self._running:
            await asyncio.wait(self._running)

    async def _whole(self, turn: Any) -> Reply:
        task: asyncio.Task[Reply] = asyncio.create_task(self._in_order(turn))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Reply]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a turn of session %s failed", self.session_id, exc_info=error)

    async def _in_order(self, turn: Any) -> Reply:
        async with self._turns:
            reply: Reply = await turn
            self.last_reply = reply
            return reply

    async def _event(self, intent: str, entities: tuple[Entity, ...]) -> Reply:
        return await self._reply("", Understanding(intent, 1.0, entities), external=True)

    async def _hear(self, heard: Heard) -> Reply:
        listen = self.last_reply.listen if self.last_reply else "open"
        if heard.keys:
            return await self._reply(f"/keys {heard.keys}", pressed(heard.keys, listen))
        if self.language != heard.language:
            self._conversation.apply({"event": "slot", "name": "language", "value": heard.language.value})
        understanding = heard.understanding
        if understanding is None:
            if self.bot.understander is None:
                raise RuntimeError("the bot was loaded without an understander and the turn brings none")
            understanding = await self.bot.understander.understand(heard.text, heard.language)
        understanding = in_context(
            heard.text,
            heard.language,
            understanding,
            listen,
            self.bot.policy.config,
            self._wants_text(),
            self._soft_yes,
        )
        return await self._reply(heard.text, understanding)

    def _wants_text(self) -> bool:
        """Whether the form in progress asks for a free sentence, which need not be understood."""
        slot = self.bot.domain.slots.get(self._conversation.slots["requested_slot"] or "")
        return slot is not None and any(mapping.kind == "from_text" for mapping in slot.mappings)

    async def _reply(self, text: str, understanding: Understanding, external: bool = False) -> Reply:
        turn = _Turn(self.bot, self._conversation)
        try:
            self._conversation.add_message(text, understanding, external)
            await turn.run()
        except Exception as error:  # the caller must hear something, and a person must take over
            _log.exception("session %s: the bot failed on intent %s", self.session_id, understanding.intent)
            turn.fail(error)
        signals = turn.signals
        self._soft_yes = signals.soft_yes
        return Reply(
            says=tuple(turn.says),
            language=self.language,
            listen="none" if signals.hand_off or signals.end_call else signals.listen,
            understanding=understanding,
            outcome=signals.outcome,
            resolved_by=signals.resolved_by,
            hand_off=signals.hand_off,
            end_call=signals.end_call,
            slots=self.slots,
            internal=frozenset(self.slots) - self.bot.domain.told,
            passage=signals.passage,
            actions=tuple(signals.records),
        )

    # -- keeping -------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything needed to go on elsewhere, as plain JSON values."""
        return {
            "version": 1,
            "session_id": self.session_id,
            "caller_number": self.caller_number,
            "listen": self.last_reply.listen if self.last_reply else None,
            "soft_yes": self._soft_yes,
            **self._conversation.snapshot(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: the snapshot is of another version.
        """
        if state.get("version") != 1:
            raise ValueError(f"a snapshot of version {state.get('version')!r}; accepted: 1")
        self._conversation.restore(state)
        self._soft_yes = state["soft_yes"]
        if state["listen"] is not None:
            self.last_reply = Reply(says=(), language=self.language, listen=state["listen"])


class _Turn:
    """The actions of one turn."""

    def __init__(self, bot: Bot, conversation: Conversation) -> None:
        self.bot = bot
        self.conversation = conversation
        self.says: list[Say] = []
        self.signals = Signals()

    async def run(self) -> None:
        conversation = self.conversation
        conversation.loop_rejected = False
        plan: Plan | None = None
        if conversation.loop is None or not await self._run_form(conversation.loop, answers=True):
            plan = self._plan()
        elif conversation.loop is None:
            plan = self._after_form
        else:
            plan = None
        for _ in range(MAX_ACTIONS):
            name = conversation.followup
            conversation.followup = None
            if name is None:
                name = plan.next_action(conversation) if plan else None
            else:
                plan = None
            if name is None or name == "action_listen":
                conversation.add_action("action_listen")
                return
            if name in self.bot.domain.forms:
                await self._run_form(name, answers=False)
                if conversation.loop is None:
                    plan = self._after_form
            else:
                await self._run(name)
        raise RuntimeError(f"more than {MAX_ACTIONS} actions in a turn, the last {name!r}")

    def _plan(self) -> Plan | None:
        if plan := self.bot.policy.after_message(self.conversation):
            return plan
        story = self.bot.policy.by_story(self.conversation)
        self.conversation.followup = story or self.bot.policy.config.core_fallback
        return None

    # -- forms ---------------------------------------------------------------------------------

    async def _run_form(self, name: str, answers: bool) -> bool:
        """Run a form; False if the caller's turn held nothing for it (Rasa's rejection).

        Args:
            answers: whether the caller's turn is the answer to this form's question.
        """
        conversation, form = self.conversation, self.bot.domain.forms[name]
        if answers and conversation.intent in form.ignored_intents:
            return self._rejects(name)
        starts = conversation.loop != name
        if starts:
            conversation.apply({"event": "active_loop", "name": name})
            conversation.slots["requested_slot"] = None
            candidates = {
                slot: conversation.slots[slot]
                for slot in form.required_slots
                if conversation.slots[slot] is not None
            }
        elif answers:
            candidates = self._just_set(form.required_slots)
        else:
            candidates = {}
        asked_by_action = False
        if starts or answers:
            events = await self._validated(name, candidates)
            validated = [e["name"] for e in events if e["event"] == "slot" and e["name"] != "requested_slot"]
            if answers and not candidates and not validated:
                return self._rejects(name)
            asked_by_action = any(e["event"] == "slot" and e["name"] == "requested_slot" for e in events)
        conversation.add_action(name)
        slot = conversation.slots["requested_slot"]
        if not asked_by_action:
            slot = next((one for one in form.required_slots if conversation.slots[one] is None), None)
        if slot is None:
            conversation.apply({"event": "active_loop", "name": None})
            conversation.apply({"event": "slot", "name": "requested_slot", "value": None})
            self._after_form = self.bot.policy.after_form(conversation, name)
            return True
        conversation.apply({"event": "slot", "name": "requested_slot", "value": slot})
        await self._run(self.bot.asks(name, slot))
        return True

    _after_form: Plan | None = None

    def _rejects(self, name: str) -> bool:
        self.conversation.loop_rejected = True
        self.conversation.apply({"event": "action_execution_rejected", "name": name})
        return False

    def _just_set(self, required: tuple[str, ...]) -> dict[str, Any]:
        """The form's slots that the caller's latest turn has set."""
        found: dict[str, Any] = {}
        for event in reversed(self.conversation.events):
            if event["event"] == "user":
                break
            if event["event"] == "slot" and event["name"] in required:
                found.setdefault(event["name"], event["value"])
        return found

    async def _validated(self, form: str, candidates: dict[str, Any]) -> list[dict[str, Any]]:
        """Let the form's validation action see the candidates; returns and applies its events."""
        action = self.bot.actions.get(f"validate_{form}")
        if action is None:
            return []
        for slot, value in candidates.items():
            # rasa-sdk reads the candidates off the end of the event list.
            self.conversation.apply({"event": "slot", "name": slot, "value": value})
        if not candidates:
            self.conversation.events.append({"event": "action", "name": form, "timestamp": None})
        performed = await self._bounded(action, f"validate_{form}")
        self._take(performed)
        return performed.events

    # -- actions -------------------------------------------------------------------------------

    async def _run(self, name: str) -> None:
        conversation = self.conversation
        conversation.add_action(name)
        if name.startswith("utter_"):
            self._utter({"response": name})
        elif name == "action_deactivate_loop":
            conversation.apply({"event": "active_loop", "name": None})
            conversation.apply({"event": "slot", "name": "requested_slot", "value": None})
        elif name not in BUILT_IN:
            self._take(await self._bounded(self.bot.actions[name], name))

    async def _bounded(self, action: Any, name: str) -> Performed:
        """Wait for an action for a bounded time; past it the action still runs to its end, unheard."""
        running = asyncio.create_task(
            perform(action, self.conversation, self.bot.domain, self.bot.services), name=name
        )
        done, _ = await asyncio.wait({running}, timeout=self.bot.action_timeout_s)
        if not done:
            self.bot.adopt(running)
            raise TimeoutError(f"{name} took more than {self.bot.action_timeout_s} s")
        return running.result()

    def _take(self, performed: Performed) -> None:
        # Words first in the order spoken, but in the language that the events leave behind: a change of
        # language is confirmed in the new one.
        for event in performed.events:
            self.conversation.apply(event)
        for message in performed.messages:
            self._utter(message)

    def _utter(self, message: dict[str, Any]) -> None:
        conversation = self.conversation
        name = message.get("response")
        values = {**conversation.slots, **{k: v for k, v in message.items() if k not in _MESSAGE_KEYS}}
        language = Language(conversation.slots["language"])
        custom = dict(message.get("custom") or {})
        if name:
            variation = choose(self.bot.domain, name, conversation.slots)
            text, used = fill(variation.text, values)
            custom = {**variation.custom, **custom}
        else:
            text, used = message.get("text") or "", {}
        if text:
            key = name or str(message.get("key") or "text")
            self.says.append(Say(text, language, key, used))
            conversation.apply(
                {
                    "event": "bot",
                    "text": text,
                    "data": {},
                    "metadata": {"utter_action": key, "variables": used, "language": language.value},
                }
            )
        if custom:
            self.signals.take(custom, conversation.intent)

    def fail(self, error: Exception) -> None:
        """Say that something went wrong and wish for a person."""
        self.says.clear()
        self.conversation.loop = None
        self.conversation.followup = None
        self.conversation.slots["requested_slot"] = None
        detail = f"{type(error).__name__}: {error}"
        self.signals.records.append(ActionRecord(self.conversation.last_action or "turn", False, "", detail))
        self.signals.hand_off = HandOffWish("bot_failed", self.conversation.intent)
        self.signals.outcome, self.signals.resolved_by, self.signals.end_call = "handed_off", None, False
        try:
            self._utter({"response": "utter_technical_problem"})
        except ResponseError:
            _log.error("the domain has no utter_technical_problem to say that the bot failed")


_MESSAGE_KEYS = frozenset(
    ("text", "buttons", "elements", "custom", "template", "response", "image", "attachment", "key")
)
