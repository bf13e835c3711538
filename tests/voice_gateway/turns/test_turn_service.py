"""The end-of-turn model is asked where there is time for an answer, and never lets a call wait for it."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from voice_gateway.audio.resample import resample
from voice_gateway.turns.turn_service import SAVED_S, SHARE, Budget, TurnService

SOUND = np.zeros(8000, np.int16)


class Model:
    """Answers when it is let to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.heard: list[int] = []
        self.sound = SOUND
        self.broken = False

    def finished(self, audio: np.ndarray) -> float:
        self.go.wait(5)
        if self.broken:
            raise RuntimeError("the model broke")
        self.heard.append(len(audio))
        self.sound = audio
        return 0.75


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def service(model):
    service = TurnService(model, most_waiting=2)
    yield service
    model.go.set()
    service.close()


async def test_the_answer_is_the_models_on_16_khz(service, model):
    assert await service.finished(SOUND, within_s=1.0) == 0.75
    assert model.heard == [16_000]


async def test_a_question_that_cannot_be_answered_in_time_is_not_asked(service, model):
    assert await service.finished(SOUND, within_s=0.01) is None
    assert not model.heard


async def test_the_queue_is_bounded_and_the_rest_is_left_to_silence(service, model):
    model.go.clear()
    asked = [asyncio.create_task(service.finished(SOUND, within_s=9.0)) for _ in range(6)]
    await asyncio.sleep(0.05)
    assert sum(task.done() for task in asked) == 3, "one is being answered, two wait, three were refused"
    model.go.set()
    answers = await asyncio.gather(*asked)
    assert sorted(answers, key=str) == [0.75] * 3 + [None] * 3


async def test_a_question_withdrawn_before_its_turn_costs_nothing(service, model):
    model.go.clear()
    first = asyncio.create_task(service.finished(SOUND, within_s=9.0))
    second = asyncio.create_task(service.finished(SOUND, within_s=9.0))
    await asyncio.sleep(0.05)
    second.cancel()
    await asyncio.wait({second})
    model.go.set()
    assert await first == 0.75
    assert await service.finished(SOUND, within_s=9.0) == 0.75
    assert len(model.heard) == 2


async def test_a_question_withdrawn_while_the_thread_is_at_it_keeps_its_place_until_the_thread_is_free(
    service, model
):
    model.go.clear()
    first = asyncio.create_task(service.finished(SOUND, within_s=9.0))
    await asyncio.sleep(0.05)
    first.cancel()
    await asyncio.wait({first})
    assert service._open == 1, "the thread still works on it"
    assert await service.finished(SOUND, within_s=0.15) is None, "so the next answer would come too late"
    model.go.set()
    while service._open:
        await asyncio.sleep(0.005)
    assert await service.finished(SOUND, within_s=0.15) == 0.75
    assert service._open == 0


async def test_a_model_that_breaks_leaves_it_to_silence(service, model):
    model.broken = True
    assert await service.finished(SOUND, within_s=1.0) is None
    model.broken = False
    assert await service.finished(SOUND, within_s=1.0) == 0.75


async def test_of_a_long_turn_only_what_the_model_hears_is_resampled(service, model):
    sound = np.random.default_rng(0).normal(0, 3000, 25 * 8000).astype(np.int16)
    await service.finished(sound, within_s=1.0)
    assert model.heard == [round(8.1 * 16_000)]
    whole = resample(sound, 8000, 16_000)[-8 * 16_000 :].astype(int)
    assert np.abs(model.sound[-8 * 16_000 :] - whole).max() <= 4, (
        "the same sound, but for the resampler's rounding"
    )


def asked(load, seconds: float = 600.0, every_s: float = 0.2, takes_s: float = 0.06) -> float:
    """Seconds of the core that questions took, of those asked at an even pace under a load that time tells."""
    budget, spent, now = Budget(), 0.0, 0.0
    while now < seconds:
        spent += takes_s * budget.pays(now, takes_s, load(now))
        now += every_s
    return spent


def test_the_busier_the_recogniser_the_fewer_questions_down_to_a_third():
    idle, half, full = (asked(lambda now, load=load: load) - SAVED_S for load in (0.0, 0.5, 1.0))
    assert idle == pytest.approx(600 * SHARE, rel=0.02)
    assert half == pytest.approx(idle * 2 / 3, rel=0.02)
    assert full == pytest.approx(idle / 3, rel=0.02)


def test_the_share_is_back_once_the_load_is_gone():
    after = asked(lambda now: 1.0 if now < 300 else 0.0) - SAVED_S
    assert after == pytest.approx(300 * SHARE * (1 + 1 / 3), rel=0.02)


def test_a_load_beyond_all_measure_is_a_full_one():
    assert Budget().share_at(7.0) == Budget().share_at(1.0) == pytest.approx(SHARE / 3)
    assert Budget().share_at(-1.0) == SHARE


async def test_the_service_asks_how_busy_the_recogniser_is(model):
    busy = 1.0
    service = TurnService(model, budget=Budget(share=10.0), load=lambda: busy)
    service._budget._saved_s = 0.0
    try:
        assert await service.finished(SOUND, within_s=1.0) is None, "the first question earns nothing"
        await asyncio.sleep(0.05)
        assert service._budget.share_at(busy) == pytest.approx(10 / 3)
        assert await service.finished(SOUND, within_s=1.0) == 0.75
    finally:
        service.close()


async def test_one_slow_answer_does_not_end_all_questions(service, model):
    service._takes_s = 3.0
    answers = [await service.finished(SOUND, within_s=0.3) for _ in range(20)]
    assert answers[0] is None and answers[-1] == 0.75
