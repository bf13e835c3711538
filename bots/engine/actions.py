"""Finding and running a project's custom actions, in process, through rasa-sdk's own interface."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from rasa_sdk import Action
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from bots.engine.domain import Domain
from bots.engine.plain_actions import ActionThreads
from bots.engine.tracker import Conversation
from bots.files import ProjectError

BUILT_IN = frozenset({"action_listen", "action_deactivate_loop"})

services: ContextVar[Any] = ContextVar("bot_services")
"""What the running action may reach (orders, knowledge, clock); rasa-sdk builds actions without arguments."""

_threads = ActionThreads()


@dataclass(slots=True)
class Performed:
    """What one run of an action gave."""

    messages: list[dict[str, Any]]
    events: list[dict[str, Any]]


def load_actions(folder: Path) -> dict[str, Action]:
    """Import the project's ``actions`` package and build every action found in it.

    Raises:
        ProjectError: it cannot be imported, or two actions bear one name.
    """
    entry = folder / "actions" / "__init__.py"
    if not entry.exists():
        entry = folder / "actions.py"
    if not entry.exists():
        return {}
    root = _import(folder, entry)
    modules = [root] + [
        module for name, module in sorted(sys.modules.items()) if name.startswith(root.__name__ + ".")
    ]
    actions: dict[str, Action] = {}
    for module in modules:
        for kind in vars(module).values():
            if not (inspect.isclass(kind) and issubclass(kind, Action)) or inspect.isabstract(kind):
                continue
            if kind.__module__ != module.__name__ or kind.__name__.startswith("_"):
                continue
            action: Any = kind()
            try:
                name = action.name()
            except NotImplementedError as error:
                raise ProjectError(entry, f"the action {kind.__name__} has no name()") from error
            if name in actions:
                raise ProjectError(entry, f"two actions are called {name!r}")
            actions[name] = action
    return actions


def _import(folder: Path, entry: Path) -> ModuleType:
    """Import by package name where the folder is part of one (so that relative imports work), else by path."""
    parts: list[str] = []
    place = folder.resolve()
    while (place / "__init__.py").exists():
        parts.insert(0, place.name)
        place = place.parent
    if parts:
        package = ".".join((*parts, "actions"))
        try:
            found = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            # The folder looks like part of a package that is not on the path.
            found = None
        if found is not None and found.origin and Path(found.origin).resolve() == entry.resolve():
            return importlib.import_module(package)
    name = f"_bot_{folder.name}_{abs(hash(str(folder.resolve()))):x}"
    spec = importlib.util.spec_from_file_location(
        name, entry, submodule_search_locations=[str(entry.parent)] if entry.name == "__init__.py" else None
    )
    if spec is None or spec.loader is None:
        raise ProjectError(entry, "cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise ProjectError(entry, f"cannot be imported ({type(error).__name__}: {error})") from error
    return module


async def perform(action: Action, conversation: Conversation, domain: Domain, given: Any) -> Performed:
    """Run one action with a dispatcher and a copy of the tracker, as an action server does.

    A plain ``def run`` is run on a thread of its own; an ``async`` one, and the validations of a form, on the
    event loop of all calls, where nothing may block.

    Raises:
        TooManyActions: it is a plain one, and too many of those have not ended.
    """
    dispatcher = CollectingDispatcher()
    tracker = conversation.as_sdk()
    token = services.set(given)
    try:
        if inspect.iscoroutinefunction(action.run):
            result = action.run(dispatcher, tracker, domain.raw)
        else:
            result = await _threads.run(action.run, dispatcher, tracker, domain.raw)
        events = await result if inspect.isawaitable(result) else result
    finally:
        services.reset(token)
    return Performed(dispatcher.messages, list(events or []))


def is_validation(action: Action | None) -> bool:
    return isinstance(action, FormValidationAction)
