"""The bot's lines are rendered while nobody calls, and never while somebody does."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest

from app import rendering
from app.rendering import keep_answers_ready, render_when_idle
from core.languages import Language
from models.protocols import Overloaded, Speech
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
    assert await render_when_idle(speaker, LINES, lambda: 0, quiet_s=3) == 3
    assert all(speaker.ready(line) for line in LINES)
    assert await render_when_idle(speaker, LINES, lambda: 1) == 0, "nothing to do needs no quiet"


async def test_nothing_is_rendered_while_a_call_is_live(speaker, voice):
    live = [1]
    task = asyncio.create_task(render_when_idle(speaker, LINES, lambda: live[0], quiet_s=3))
    await asyncio.sleep(0.1)
    assert not voice.asked
    live[0] = 0
    assert await task == 3


async def test_models_that_are_busy_are_asked_again(speaker, voice):
    voice.refusals = 2
    assert await render_when_idle(speaker, LINES, lambda: 0, quiet_s=1) == 3


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
    task = asyncio.create_task(keep_answers_ready(speaker, library, lambda: 0, {}, quiet_s=1))
    while len(voice.asked) < 2:
        await asyncio.sleep(0.005)
    assert speaker.cached("The warranty is three years. Lamps have two years.", Language.EN) is not None
    library.texts["a"] = ["The warranty is three years. Lamps have four years."]
    while len(voice.asked) < 3:
        await asyncio.sleep(0.005)
    task.cancel()
    assert voice.asked == ["The warranty is three years.", "Lamps have two years.", "Lamps have four years."]
