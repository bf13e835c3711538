"""The demo's own care: it looks for free ports before it sets anything up."""

from __future__ import annotations

import asyncio
import io
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from app.bot import first_phrases
from app.demo import run_demo
from app.demo_agent import ScriptedAgent
from app.demo_script import FIRST_LINES, FIRST_RESPONSES
from app.settings import load
from bots.engine.bot import Bot
from core.commands import HangUp, Say
from core.events import UtteranceHeard, UtteranceSpoken
from core.languages import Language
from voice_gateway.phrases import TEXTS, Phrase


def test_a_taken_port_ends_the_demo_at_once_and_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setenv("TETRAPHONE_DATA", str(tmp_path))
        monkeypatch.setenv("TETRAPHONE_DEMO", "1")
        monkeypatch.setenv("TETRAPHONE_LOG_LEVEL", "WARNING")
        monkeypatch.setenv("TETRAPHONE_LINE_PORT", str(taken))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            free = probe.getsockname()[1]
        monkeypatch.setenv("TETRAPHONE_WEB_PORT", str(free))
        said = io.StringIO()

        status = asyncio.run(run_demo(Console(file=said, width=200), stay=False))

    assert status == 1
    assert f"Port {taken} is taken" in said.getvalue()


def test_what_every_call_needs_is_rendered_first_and_the_rest_later() -> None:
    settings = load(demo=True)
    bot = Bot.load(settings.bot_folder, settings.nlu_folder)
    first = {phrase[:2] for phrase in first_phrases(settings, bot, FIRST_RESPONSES, FIRST_LINES)}
    everything = {phrase[:2] for phrase in first_phrases(settings, bot, FIRST_RESPONSES)}
    for language in Language:
        for line in (Phrase.CONSENT, Phrase.ONE_MOMENT, Phrase.TECHNICAL, Phrase.TRANSFERRING):
            assert (TEXTS[line][language], language) in first
    assert first < everything and len(first) < len(everything) / 2


class SlowCall:
    """A call whose typed lines are spoken late; the caller talks meanwhile, and answers each."""

    def __init__(self, speaks_after_s: float) -> None:
        self.did: list[Any] = []
        self.events: list[Any] = [heard("Hello?")]
        self._speaks_after_s = speaks_after_s
        self._there = True

    async def send(self, command: Any) -> Any:
        self.did.append(command)
        if isinstance(command, Say):
            loop = asyncio.get_running_loop()
            if command.text == "One.":
                loop.call_later(self._speaks_after_s / 3, self.events.append, heard("I have moved."))
            loop.call_later(self._speaks_after_s, self.events.append, spoken(command.text))
            loop.call_later(self._speaks_after_s + 0.1, self.events.append, heard("Yes."))
        if isinstance(command, HangUp):
            self._there = False
        return SimpleNamespace(ok=True)

    async def state(self) -> dict[str, Any]:
        me = {"user": "mei", "offer": {"offer_id": "1"}, "interaction_id": "call", "state": "wrap_up"}
        calls = [{"interaction_id": "call", "stage": "agent"}] if self._there else []
        return {"agents": [me], "calls": calls}

    async def read(self, _call: str) -> list[Any]:
        return [SimpleNamespace(event=event) for event in self.events]

    async def close(self) -> None: ...


def heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(
        speaker="caller", text=text, language=Language.EN, start_s=0, end_s=1, confidence=1, turn=1
    )


def spoken(text: str) -> UtteranceSpoken:
    return UtteranceSpoken(speaker="agent", text=text, language=Language.EN, start_s=0, end_s=1)


def test_the_scripted_agent_ends_the_call_when_all_of_the_lines_were_heard_and_answered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("app.demo_agent._POLL_S", 0.01)
    call: Any = SlowCall(speaks_after_s=0.3)

    async def main() -> None:
        agent = ScriptedAgent(load(data=tmp_path), call, "mei", ("One.", "Two."))
        agent._link = call
        await agent._work()

    asyncio.run(main())
    assert [one.text for one in call.did if isinstance(one, Say)] == ["One.", "Two."]
    ended = next(place for place, one in enumerate(call.did) if isinstance(one, HangUp))
    assert [one.text for one in call.events] == ["Hello?", "I have moved.", "One.", "Yes.", "Two.", "Yes."]
    assert not any(isinstance(one, Say) for one in call.did[ended:])
