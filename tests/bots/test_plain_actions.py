"""Unit: actions that are plain functions and may block."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest
from rasa_sdk import Action

from bots.engine import actions
from bots.engine.actions import perform, services
from bots.engine.plain_actions import ActionThreads, TooManyActions

CONVERSATION, DOMAIN = SimpleNamespace(as_sdk=lambda: None), SimpleNamespace(raw={})


class Asks(Action):
    """Waits, as ``requests`` does, until it is answered."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.thread = 0

    def run(self, dispatcher, tracker, domain):
        self.thread = threading.get_ident()
        assert self.answered.wait(10), "the event loop stood still"
        dispatcher.utter_message(text=services.get())
        return [{"event": "slot", "name": "status", "value": "sent"}]


@pytest.fixture
def asks():
    action = Asks()
    yield action
    action.answered.set()


async def test_an_action_that_blocks_does_not_stop_the_event_loop_and_reaches_its_services(asks):
    performing = asyncio.create_task(perform(asks, CONVERSATION, DOMAIN, "in Busan"))
    await asyncio.sleep(0)
    asks.answered.set()
    performed = await performing
    assert asks.thread != threading.get_ident()
    assert performed.messages[0]["text"] == "in Busan"
    assert performed.events == [{"event": "slot", "name": "status", "value": "sent"}]


async def test_actions_that_hang_are_bounded_and_one_more_is_refused_aloud(asks, monkeypatch, caplog):
    monkeypatch.setattr(actions, "_threads", ActionThreads(at_once=1))
    hanging = asyncio.create_task(perform(asks, CONVERSATION, DOMAIN, ""))
    await asyncio.sleep(0)
    with pytest.raises(TooManyActions):
        await perform(asks, CONVERSATION, DOMAIN, "")
    assert "1 plain actions have not ended yet" in caplog.text
    hanging.cancel()  # nobody waits for it any more, but it keeps its thread
    await asyncio.gather(hanging, return_exceptions=True)
    with pytest.raises(TooManyActions):
        await perform(asks, CONVERSATION, DOMAIN, "")


async def test_a_thread_is_free_again_once_its_action_has_ended(asks, monkeypatch):
    monkeypatch.setattr(actions, "_threads", ActionThreads(at_once=1))
    asks.answered.set()
    for said in ("one", "two"):
        assert (await perform(asks, CONVERSATION, DOMAIN, said)).messages[0]["text"] == said


async def test_an_asynchronous_action_runs_on_the_event_loop():
    class Asynchronous(Action):
        async def run(self, dispatcher, tracker, domain):
            return [{"thread": threading.get_ident()}]

    performed = await perform(Asynchronous(), CONVERSATION, DOMAIN, None)
    assert performed.events == [{"thread": threading.get_ident()}]
