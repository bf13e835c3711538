"""Words while they are being spoken: when they are asked for, and that they are shown and forgotten."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from core.languages import Language
from core.redaction import redact_unfinished
from models.protocols import Overloaded, Recognition
from voice_gateway.partials import (
    PartialBoard,
    PartialPacer,
    PartialPacing,
    PartialsFor,
    PartialTranscriber,
    PartialWords,
)

EN = Language.EN
HOP_S = 0.032


def asked_at(pacer: PartialPacer, start_s: float, seconds: float) -> list[float]:
    hops = [start_s + HOP_S * number for number in range(1, round(seconds / HOP_S))]
    return [at_s for at_s in hops if pacer.due(start_s, at_s)]


def test_a_turn_is_asked_about_about_every_0_7_seconds():
    asked = asked_at(PartialPacer(), 10.0, 4.0)
    assert asked[0] == pytest.approx(10.7, abs=HOP_S)
    assert np.diff(asked) == pytest.approx(0.7, abs=HOP_S)


def test_a_short_turn_is_not_asked_about():
    assert asked_at(PartialPacer(), 10.0, 0.69) == []


def test_a_long_turn_is_asked_about_less_often_and_at_last_no_more():
    asked = asked_at(PartialPacer(PartialPacing(longest_s=12.0)), 0.0, 30.0)
    assert asked[-1] <= 12.0
    assert asked[-1] - asked[-2] == pytest.approx(0.15 * asked[-1], abs=HOP_S)


def test_a_new_turn_begins_anew():
    pacer = PartialPacer()
    asked_at(pacer, 0.0, 2.0)
    assert asked_at(pacer, 2.5, 1.0)[0] == pytest.approx(3.2, abs=HOP_S)


class Scene:
    def __init__(self) -> None:
        self.board = PartialBoard()
        self.wanted = self.spare = True
        self.asked = 0
        self.answer = asyncio.get_running_loop().create_future()
        self.transcriber = PartialTranscriber(
            "a", PartialsFor(self.board, lambda: self.wanted, lambda: self.spare), self.ask
        )

    async def ask(self, sound) -> Recognition:
        self.asked += 1
        answer = await asyncio.shield(self.answer)
        if isinstance(answer, Exception):
            raise answer
        return Recognition(answer, EN, {EN: 1.0}, -0.1, 0.9)

    def speak(self, start_s: float, end_s: float) -> None:
        for number in range(1, round((end_s - start_s) / HOP_S)):
            self.transcriber.speaking(start_s, start_s + number * HOP_S, lambda: np.zeros(8, np.int16))

    def hears(self, answer: object) -> None:
        self.answer.set_result(answer)

    @property
    def shown(self):
        return self.board.snapshot()["calls"]


async def test_words_are_shown_as_they_come_and_cleared_when_the_turn_is_known():
    scene = Scene()
    scene.speak(0.0, 1.0)
    scene.hears("my lamp is")
    await asyncio.sleep(0.01)
    assert scene.shown == {"a": {"text": "my lamp is", "language": "en", "start_s": 0.0}}
    scene.transcriber.over(words_follow=True)
    assert scene.shown  # until the words of the whole turn are there
    scene.transcriber.clear()
    assert scene.shown == {}


async def test_noise_takes_the_words_away_at_once():
    scene = Scene()
    scene.speak(0.0, 1.0)
    scene.hears("uh")
    await asyncio.sleep(0.01)
    scene.transcriber.over(words_follow=False)
    assert scene.shown == {}


async def test_one_is_asked_for_at_a_time():
    scene = Scene()
    scene.speak(0.0, 5.0)
    await asyncio.sleep(0.01)
    assert scene.asked == 1
    scene.transcriber.close()


async def test_nothing_is_asked_where_nobody_reads_or_the_recogniser_is_busy():
    scene = Scene()
    scene.wanted = False
    scene.speak(0.0, 5.0)
    scene.wanted, scene.spare = True, False
    scene.speak(5.0, 10.0)
    await asyncio.sleep(0.01)
    assert scene.asked == 0


async def test_the_answer_to_a_turn_that_is_over_is_not_shown():
    scene = Scene()
    scene.speak(0.0, 1.0)
    await asyncio.sleep(0.01)
    scene.transcriber.over(words_follow=True)
    scene.hears("my lamp is")
    await asyncio.sleep(0.01)
    assert scene.shown == {}


@pytest.mark.parametrize("error", [Overloaded("no capacity"), OSError("away"), RuntimeError("broken")])
async def test_a_partial_that_fails_harms_nothing_and_the_next_is_asked_for(error):
    scene = Scene()
    scene.speak(0.0, 1.0)
    scene.hears(error)
    await asyncio.sleep(0.01)
    scene.answer = asyncio.get_running_loop().create_future()
    scene.hears("my lamp")
    scene.speak(1.0, 2.0)
    await asyncio.sleep(0.01)
    assert scene.shown["a"]["text"] == "my lamp"


async def test_readers_wait_for_a_change():
    board = PartialBoard()
    assert await board.changes(-1, 10.0) == {"version": 0, "calls": {}}
    reading = asyncio.create_task(board.changes(0, 10.0))
    await asyncio.sleep(0.01)
    assert not reading.done()
    board.show("a", PartialWords("hello", EN, 1.0))
    assert (await reading)["version"] == 1
    board.clear("b")  # nothing there, nothing new
    assert board.version == 1
    assert (await board.changes(1, 0.01))["version"] == 1


@pytest.mark.parametrize(
    ("spoken", "shown"),
    [
        ("my card is 4111 11", "my card is ****"),
        ("it is four one one", "it is ****"),
        ("我的卡号是四一一一", "我的卡号是****"),
        ("番号はいち に さん", "番号は****"),
        ("제 번호는 공일공", "제 번호는 ****"),
        ("I have 2 lamps", "I have 2 lamps"),
        ("someone was here", "someone was here"),
    ],
)
def test_a_number_that_is_still_being_spoken_is_not_shown(spoken, shown):
    assert redact_unfinished(spoken) == shown
