"""A bot, loaded and checked once, from which every call starts its own session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa_sdk import Action

from bots.engine.actions import BUILT_IN, load_actions
from bots.engine.courses import load_courses
from bots.engine.domain import Domain, load_domain
from bots.engine.handing_over import load_handing_over
from bots.engine.policy import Config, Policy, load_config
from bots.engine.responses import ResponseError, choose, fill
from bots.engine.session import Session
from bots.engine.spoken import Spoken, load_spoken
from bots.engine.types import Say, Understander
from bots.files import ProjectError
from bots.understanding.nlu_files import NluData, load_nlu
from core.languages import Language

_log = logging.getLogger(__name__)


class Bot:
    """A Rasa 3 project in memory: nothing in it changes during a call."""

    def __init__(
        self,
        folder: Path,
        domain: Domain,
        policy: Policy,
        actions: dict[str, Action],
        nlu: NluData,
        understander: Understander | None,
        services: Any,
        action_timeout_s: float,
        spoken: Spoken | None = None,
    ) -> None:
        self.folder = folder
        self.name = folder.name
        self.domain = domain
        self.policy = policy
        self.actions = actions
        self.nlu = nlu
        self.understander = understander
        self.services = services
        self.action_timeout_s = action_timeout_s
        self.spoken = spoken or Spoken()
        self._late: set[asyncio.Task[Any]] = set()

    @classmethod
    def load(
        cls,
        folder: Path | str,
        nlu_folder: Path | str,
        *,
        understander: Understander | None = None,
        services: Any = None,
        action_timeout_s: float = 8.0,
    ) -> Bot:
        """Load a project folder (domain.yml, config.yml, data/, actions/, speaking.yml, handing_over.yml) and its training data.

        Args:
            understander: asked about turns that come without an understanding.
            services: what actions may reach; see ``bots.connectors.services.Services``.
            action_timeout_s: after that long the caller is told and given to a person.

        Raises:
            ProjectError: naming the file, the place and what is accepted there.
        """
        folder, nlu_folder = Path(folder), Path(nlu_folder)
        domain = load_domain(folder)
        config = load_config(folder)
        actions = load_actions(folder)
        known = frozenset((*actions, *domain.responses, *domain.forms, *BUILT_IN))
        for name in sorted(domain.actions - known):
            raise ProjectError(folder / "domain.yml", f"no code for the action {name!r}", actions)
        for name in sorted(actions.keys() - domain.actions):
            raise ProjectError(
                folder / "domain.yml", f"the action {name!r} is missing under actions", actions
            )
        load_handing_over(folder)  # a mistake in it stops the start, not the first administrator who looks
        rules, stories = load_courses(folder, domain, known)
        bot = cls(
            folder,
            domain,
            Policy(rules, stories, config),
            actions,
            load_nlu(nlu_folder),
            understander,
            services,
            action_timeout_s,
            load_spoken(folder),
        )
        bot._check(config)
        return bot

    def _check(self, config: Config) -> None:
        path = self.folder / "domain.yml"
        if config.core_fallback not in self.actions and config.core_fallback not in BUILT_IN:
            raise ProjectError(
                self.folder / "config.yml", f"no action {config.core_fallback!r}", self.actions
            )
        for form in self.domain.forms.values():
            for slot in form.required_slots:
                self.asks(form.name, slot)
        if "language" not in self.domain.slots:
            raise ProjectError(path, "has no slot 'language'", "a categorical slot with zh, en, ja, ko")
        for intent in ("call_start", "no_input"):
            if intent not in self.domain.intents:
                raise ProjectError(path, f"lacks the intent {intent!r}, which the line itself sends")
        for name in self.domain.responses:
            for language in Language:
                try:
                    choose(self.domain, name, {"language": language.value})
                except ResponseError as error:
                    raise ProjectError(path, str(error), "a wording for every language") from error
        if unknown := {example.label for example in self.nlu.intents} - self.domain.intents:
            raise ProjectError(
                path, f"training data has unknown intents {sorted(unknown)}", self.domain.intents
            )

    def asks(self, form: str, slot: str) -> str:
        """The action that asks for a form's slot, by Rasa's order of names."""
        for name in (
            f"action_ask_{form}_{slot}",
            f"utter_ask_{form}_{slot}",
            f"action_ask_{slot}",
            f"utter_ask_{slot}",
        ):
            if name in self.actions or name in self.domain.responses:
                return name
        raise ProjectError(
            self.folder / "domain.yml",
            f"nothing asks for {slot!r} in {form!r}",
            f"utter_ask_{slot} or action_ask_{slot}",
        )

    # -- for the line --------------------------------------------------------------------------

    def vocabulary(self, language: Language) -> list[str]:
        """Words the recogniser should expect: products and terms of the bot, most important first."""
        return self.nlu.vocabulary(language)

    def start(self, session_id: str, language: Language, caller_number: str | None = None) -> Session:
        """A new conversation; nothing is said before ``open``."""
        return Session(self, session_id, language, caller_number)

    def phrase(self, name: str, language: Language, **variables: str) -> Say:
        """A response outside a conversation, as the line itself speaks it (consent, apology, queue).

        Raises:
            ResponseError: no such response, or a value is missing.
        """
        variation = choose(self.domain, name, {"language": language.value})
        text, used = fill(variation.text, variables)
        return Say(text, language, name, used)

    def fixed_phrases(self, language: Language, responses: Sequence[str] | None = None) -> list[str]:
        """Every wording in one language, its places filled with examples: what is to be rendered ahead.

        Args:
            responses: of these alone.
        """
        found: dict[str, None] = {}
        for name, variations in self.domain.responses.items():
            if responses is not None and name not in responses:
                continue
            for variation in variations:
                wanted = dict(variation.conditions).get("language", language.value)
                if wanted == language.value and variation.text:
                    found.update(dict.fromkeys(self.spoken.wordings(variation.text, language)))
        return list(found)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Keep hold of an action that outlived its turn, until it has ended and its end is logged."""
        self._late.add(task)
        task.add_done_callback(self._late_ended)

    def _late_ended(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if task.cancelled():
            _log.warning("the late action %s was cancelled", task.get_name())
        elif (error := task.exception()) is not None:
            _log.error("the late action %s failed", task.get_name(), exc_info=error)
        else:
            _log.warning("the action %s ended after its turn had given up on it", task.get_name())

    async def settle(self, limit_s: float = 5.0) -> None:
        """Wait for actions that outlived their turn; to be called at shut-down. What takes longer is cancelled."""
        if self._late:
            _, pending = await asyncio.wait(self._late, timeout=limit_s)
            for task in pending:
                task.cancel()  # its end is logged like any other's
            await asyncio.gather(*pending, return_exceptions=True)
