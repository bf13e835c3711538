"""The bot's lines are rendered while nobody calls, or few do, and never while they need the machine."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from app import rendering
from app.bot import fixed_phrases, number_phrases
from app.prepare import render_ahead, render_bot
from app.rendering import (
    BESIDE_S,
    Room,
    keep_answers_ready,
    render_when_idle,
    rendering_when_idle,
    room_beside,
)
from app.settings import load
from bots.engine.bot import Bot
from core.languages import Language
from models.protocols import BadRequest, Overloaded, Speech
from models.recognition.load import Load
from models.speech.phrases import PhraseCache
from models.speech.speaker import Speaker

LINES = [(f"This is line {word} of the bot.", Language.EN, None) for word in ("one", "two", "three")]


class Voice:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refusals = 0

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> Speech:
        if self.refusals:
            self.refusals -= 1
            raise Overloaded("busy")
        self.asked.append(text)
        return Speech(np.full(80, 1_000, np.int16), 8_000)


@pytest.fixture
def voice():
    return Voice()


@pytest.fixture
async def speaker(voice, tmp_path):
    speaker = Speaker(voice, PhraseCache(tmp_path), version="tone/1")
    yield speaker
    await speaker.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    nap = asyncio.sleep
    monkeypatch.setattr(rendering.asyncio, "sleep", lambda seconds: nap(min(seconds, 0.002)))


async def test_all_lines_are_ready_after_a_quiet_while(speaker, voice):
    assert await render_when_idle(speaker, LINES, lambda: Room.ALL, quiet_s=3) == 3
    assert all(speaker.ready(line) for line in LINES)
    assert await render_when_idle(speaker, LINES, lambda: Room.NONE) == 0, "nothing to do needs no quiet"


async def test_nothing_is_rendered_while_a_call_is_live(speaker, voice):
    live = [Room.NONE]
    task = asyncio.create_task(render_when_idle(speaker, LINES, lambda: live[0], quiet_s=3))
    await asyncio.sleep(0.1)
    assert not voice.asked
    live[0] = Room.ALL
    assert await task == 3


@pytest.mark.parametrize(
    ("calls", "load", "room"),
    [
        (0, Load(utilisation=0.9), Room.ALL),
        (1, None, Room.SOME),
        (5, Load(utilisation=0.2), Room.SOME),
        (6, Load(utilisation=0.2), Room.NONE),
        (5, Load(utilisation=0.4), Room.NONE),
        (5, Load(utilisation=0.2, spare=False), Room.NONE),
    ],
)
def test_few_calls_beside_a_recogniser_with_time_to_spare_leave_some_room(calls, load, room):
    assert room_beside(calls, 20, load) is room


async def test_a_site_that_is_never_without_calls_has_its_lines_ready_all_the_same(
    speaker, voice, monkeypatch
):
    rests: list[float] = []
    nap = rendering.asyncio.sleep
    monkeypatch.setattr(rendering.asyncio, "sleep", lambda seconds: (rests.append(seconds), nap(seconds))[1])
    assert await render_when_idle(speaker, LINES, lambda: Room.SOME, quiet_s=3) == 3
    assert rests.count(BESIDE_S) == 3, "one piece at a time"


async def test_where_few_calls_become_many_no_further_piece_is_rendered(speaker, voice):
    live = [Room.SOME]
    synthesise = voice.synthesise

    async def many_call(text, language, wanted=None):
        live[0] = Room.NONE
        return await synthesise(text, language, wanted)

    voice.synthesise = many_call
    task = asyncio.create_task(render_when_idle(speaker, LINES, lambda: live[0], quiet_s=3))
    while not voice.asked:
        await asyncio.sleep(0.002)
    for _ in range(50):
        await asyncio.sleep(0.002)
    assert len(voice.asked) == 1 and not task.done()
    voice.synthesise = synthesise
    live[0] = Room.SOME
    assert await task == 3


async def test_models_that_are_busy_are_asked_again(speaker, voice):
    voice.refusals = 2
    assert await render_when_idle(speaker, LINES, lambda: Room.ALL, quiet_s=1) == 3


NUMBERS = ("Your order number is 1 0 4 2 2 7.", Language.EN, None)


async def test_a_call_that_comes_waits_for_one_piece_of_a_wording_not_for_all_its_numbers(voice, tmp_path):
    speaker = Speaker(voice, PhraseCache(tmp_path), version="tone/1", composes=True)
    live = [Room.ALL]
    synthesise = voice.synthesise

    async def a_call_comes_with_the_third(text, language, wanted=None):
        if len(voice.asked) == 2:
            live[0] = Room.NONE
        return await synthesise(text, language, wanted)

    voice.synthesise = a_call_comes_with_the_third
    task = asyncio.create_task(render_when_idle(speaker, [NUMBERS], lambda: live[0], quiet_s=1))
    while len(voice.asked) < 3:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    assert len(voice.asked) == 3 and not task.done()
    live[0] = Room.ALL
    assert await task > 10, "all pieces of the wording, once it is quiet again"
    await speaker.close()


class Library:
    def __init__(self) -> None:
        self.texts = {"a": ["The warranty is three years. Lamps have two years."]}
        self.away = 1

    async def list(self):
        if self.away:
            self.away -= 1
            raise Overloaded("loading")
        return [
            SimpleNamespace(id=name, sha256=str(texts), language=Language.EN)
            for name, texts in self.texts.items()
        ]

    async def spoken_texts(self, document_id: str) -> list[str]:
        return self.texts[document_id]


async def test_what_a_document_answers_is_rendered_once_it_is_published_and_again_when_it_changes(
    speaker, voice
):
    library = Library()
    task = asyncio.create_task(keep_answers_ready(speaker, library, lambda: Room.ALL, {}, quiet_s=1))
    while speaker.cached("The warranty is three years. Lamps have two years.", Language.EN) is None:
        await asyncio.sleep(0.005)
    library.texts["a"] = ["The warranty is three years. Lamps have four years."]
    while len(voice.asked) < 3:
        await asyncio.sleep(0.005)
    task.cancel()
    assert voice.asked == ["The warranty is three years.", "Lamps have two years.", "Lamps have four years."]


async def test_a_sentence_that_cannot_be_spoken_keeps_no_other_waiting(speaker, voice):
    library = Library()
    library.away = 0
    library.texts = {"a": ["Unspeakable words. The warranty is three years."], "b": ["Lamps have two years."]}
    synthesise = voice.synthesise

    async def picky(text, language, wanted=None):
        if text.startswith("Unspeakable"):
            raise BadRequest("no such sounds")
        return await synthesise(text, language, wanted)

    voice.synthesise = picky
    task = asyncio.create_task(keep_answers_ready(speaker, library, lambda: Room.ALL, {}, quiet_s=1))
    while len(voice.asked) < 2:
        await asyncio.sleep(0.005)
    task.cancel()
    assert voice.asked == ["The warranty is three years.", "Lamps have two years."]


async def test_a_fault_is_logged_at_once_and_what_comes_after_it_is_rendered(
    speaker, voice, caplog, tmp_path
):
    library = Library()
    library.away = 0

    async def broken(phrases, progress=None, before=None):
        raise ZeroDivisionError

    rendered_long_ago(speaker, tmp_path, await speaker.render("Old words.", Language.EN))
    speaker.prerender = broken
    async with rendering_when_idle(speaker, LINES, [], library, lambda: Room.ALL, {}):
        while len(voice.asked) < 3:
            await asyncio.sleep(0.005)
        assert "ended early" in caplog.text
    assert len(list((tmp_path / "pinned").iterdir())) == 1, "nobody knows what is old"


def rendered_long_ago(speaker, folder, sound):
    """Pin a line that the bot has no more."""
    speaker._cache.put("Old words.", Language.EN, None, "tone/1", sound, 8_000, pinned=True)
    for path in (folder / "pinned").iterdir():
        os.utime(path, (1_000, 1_000))


async def test_once_all_lines_are_ready_old_ones_are_pinned_no_more_but_groups_of_digits_are(
    speaker, voice, tmp_path
):
    numbers = [("1 2 3 4 5 6", Language.KO, None)]
    await speaker.prerender(numbers)
    rendered_long_ago(speaker, tmp_path, np.zeros(80, np.int16))
    room = [Room.NONE]
    async with rendering_when_idle(speaker, LINES, numbers, Library(), lambda: room[0], {}):
        await asyncio.sleep(0.1)
        assert speaker.ready(("Old words.", Language.EN, None)), "not before"
        room[0] = Room.ALL
        while speaker.ready(("Old words.", Language.EN, None)):
            await asyncio.sleep(0.005)
    assert all(speaker.ready(line) for line in (*LINES, *numbers))
    assert speaker.cached("Old words.", Language.EN) is not None


async def test_it_waits_for_quiet_once_and_not_before_each_line(speaker, voice, monkeypatch):
    waits = []

    async def until_room(room, quiet_s):
        waits.append(quiet_s)

    monkeypatch.setattr("app.rendering._until_room", until_room)
    assert await render_when_idle(speaker, LINES, lambda: Room.ALL, quiet_s=3) == len(voice.asked) > 1
    assert waits == [3]


async def test_bots_render_lets_go_of_old_lines_and_keeps_the_groups_of_digits_that_it_does_not_render(
    voice, tmp_path, monkeypatch
):
    monkeypatch.setenv("TETRAPHONE_DATA", str(tmp_path))
    monkeypatch.setenv("TETRAPHONE_LANGUAGES", "ko")
    monkeypatch.setattr("app.voice.speech_choice", lambda settings: Choice(voice))
    settings = load()
    bot = Bot.load(settings.bot_folder, settings.nlu_folder)
    cache = PhraseCache(settings.phrases)
    old = Speaker(voice, cache, version="tone/1", names=bot.spoken.names)
    groups = number_phrases(settings, bot)[:2]
    await old.prerender(groups)
    rendered_long_ago(old, settings.phrases, np.zeros(80, np.int16))
    await render_bot(settings, Console(quiet=True))
    assert all(old.ready(phrase) for phrase in (*fixed_phrases(settings, bot), *groups))
    assert not old.ready(("Old words.", Language.EN, None))
    await render_ahead(settings, Console(quiet=True), [], "a tool's own lines")
    assert old.cached("Old words.", Language.EN) is not None


@dataclass
class Choice:
    voice: Voice
    version: str = "tone/1"

    def open(self, workers: int) -> Voice:
        return self.voice
