"""The line and the home-goods bot together: intents given, everything else as it runs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run

from app.media import known_customer
from bots.connectors.orders import Customer, Level, Order
from bots.connectors.services import Services
from bots.engine.bot import Bot
from bots.engine.types import KnowledgeAnswer
from bots.understanding.entities import extract
from bots.understanding.types import Understanding
from core.events import (
    AnswerConfirmed,
    CallEnded,
    HandoffRequested,
    KeysPressed,
    LanguageChanged,
    LineFault,
    TurnUnderstood,
    UtteranceSpoken,
)
from core.languages import Language
from core.routing_events import CallQueued
from models.client import ModelsUnavailable
from voice_gateway.carriers.simulated import HangUp, Press, Wait, WaitForReply

ROOT = Path(__file__).resolve().parents[2]
INTENTS = {
    "order": "order_status", "person": "ask_person", "shipping": "ask_knowledge", "Chinese": "change_language",
    "yes": "affirm", "no": "deny", "hours": "opening_hours",
}  # fmt: skip


class Orders:
    async def find_order(self, number: str) -> Order | None:
        if not number.endswith("104227"):
            return None
        return Order("H104227", "shipped", date(2026, 3, 1), "c1", dict.fromkeys(Language, "lamp"), "DHL", "DH1",
                     dict.fromkeys(Language, "Busan"), date(2026, 3, 9))  # fmt: skip

    track = find_order

    customers: dict[str, Customer] = {}  # noqa: RUF012

    async def find_customer(self, phone: str) -> Customer | None:
        return self.customers.get(phone)


class Documents:
    async def answer(self, question: str, language: Language) -> KnowledgeAnswer | None:
        return KnowledgeAnswer("Shipping takes five to nine days.", 0.93, "shipping.md", "Times", "p1")


class ByWord:
    away = 0

    async def understand(self, text: str, language: Language) -> Understanding:
        if self.away:
            self.away -= 1
            raise ModelsUnavailable("away")
        intent = next((name for word, name in INTENTS.items() if word in text), "out_of_scope")
        return Understanding(intent, 0.95, extract(text, language))


@pytest.fixture
def scene(tmp_path):
    scene = Scene(tmp_path)
    services = Services(Orders(), Documents(), lambda: datetime(2026, 3, 5, 9, tzinfo=UTC))
    scene.understander = ByWord()
    scene.bot = Bot.load(
        ROOT / "bots" / "homegoods", ROOT / "nlu_data", understander=scene.understander, services=services
    )
    return scene


def ended(scene):
    (event,) = scene.log.of(CallEnded)
    return event.outcome, event.reason


def names(scene):
    return [event.name for event in scene.log.of(UtteranceSpoken)]


def test_an_order_is_asked_for_spoken_in_digits_and_told(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("where is my order"), WaitForReply(),
            scene.says("one zero four two two seven", 3), WaitForReply(quiet_s=2), scene.says("no", 0.4),
        )
    )  # fmt: skip
    assert ended(scene) == ("resolved", "bot_closed")
    assert scene.log.of(TurnUnderstood)[0].intent == "order_status"
    assert scene.log.of(TurnUnderstood)[1].slots["order_number"] == "104227"
    assert [e.by for e in scene.log.of(AnswerConfirmed)] == ["connector"]
    assert "utter_status_shipped" in names(scene) and names(scene)[-1] == "utter_goodbye"


def test_the_number_may_be_keyed_and_is_shown(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("where is my order"), WaitForReply(), Press("104227#"),
            WaitForReply(quiet_s=2), HangUp(),
        )
    )  # fmt: skip
    assert ended(scene)[0] == "resolved"
    assert [e.keys for e in scene.log.of(KeysPressed)] == ["104227"]


def test_an_answer_from_a_document_is_confirmed(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("how long does shipping take"), WaitForReply(quiet_s=2),
            scene.says("yes", 0.4), WaitForReply(quiet_s=2), scene.says("no", 0.4),
        )
    )  # fmt: skip
    assert ended(scene)[0] == "resolved"
    assert [e.by for e in scene.log.of(AnswerConfirmed)] == ["caller"]


def test_telling_the_opening_hours_confirms_nothing(scene):
    run(
        scene.call(
            *AFTER_GREETING, scene.says("your hours please"), WaitForReply(quiet_s=2), scene.says("no", 0.4),
        )
    )  # fmt: skip
    assert ended(scene) == ("ended_unconfirmed", "bot_closed")
    assert not scene.log.of(AnswerConfirmed)


def test_a_wish_for_another_language_changes_everything_that_follows(scene):
    run(scene.call(*AFTER_GREETING, scene.says("can we speak Chinese"), WaitForReply(quiet_s=2), HangUp()))
    assert [(e.before, e.after, e.reason) for e in scene.log.of(LanguageChanged)] == [("en", "zh", "asked")]
    assert scene.log.of(UtteranceSpoken)[-1].language == "zh"


def test_who_wants_a_person_is_queued_with_a_packet(scene):
    run(scene.call(*AFTER_GREETING, scene.says("a person please"), Wait(20), HangUp()))
    assert ended(scene) == ("abandoned", "caller_hung_up")
    (request,) = scene.log.of(HandoffRequested)
    assert request.reason == "caller_asked" and request.packet["intent"] in ("ask_person", "")


@pytest.mark.parametrize(("level", "points"), [("standard", 0), ("silver", 3), ("gold", 6)])
def test_the_level_of_a_customer_counts_once_on_the_way_from_the_bot_to_the_queue(
    scene, monkeypatch, level: Level, points
):
    orders = scene.bot.services.orders
    customer = Customer("c1", "Emily", ENGLISH, Language.EN, level)
    monkeypatch.setattr(orders, "customers", {ENGLISH: customer})
    scene.find_customer = lambda number: known_customer(orders, number)
    run(scene.call(*AFTER_GREETING, scene.says("a person please"), Wait(20), HangUp()))
    (queued,) = scene.log.of(CallQueued)
    assert queued.priority == points


def test_understanding_that_is_away_for_a_while_costs_no_turn(scene):
    scene.understander.away = 4
    run(scene.call(*AFTER_GREETING, scene.says("where is my order"), WaitForReply(quiet_s=4), HangUp()))
    assert "utter_ask_order_number" in names(scene)
    assert not [e.what for e in scene.log.of(LineFault) if e.what == "bot_failed"]


def test_a_caller_who_never_speaks_is_not_left_in_silence(scene):
    run(scene.call())
    assert ended(scene)[0] in ("ended_unconfirmed", "failed", "abandoned")
    assert len(names(scene)) >= 4
