"""Clause by clause to the line."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import aclosing

import numpy as np
import pytest

from core.languages import Language
from models.protocols import Overloaded, Speech, Synthesiser
from models.speech.phrases import PhraseCache
from models.speech.speaker import Speaker

EN = Language.EN
TEXT = "Your parcel left Busan on Monday. It arrives on Thursday. Is there anything else?"


class Fake:
    """A synthesiser of a hundred samples per character; ``gate`` holds it back."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate: asyncio.Event | None = None
        self.error: Exception | None = None

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> Speech:
        self.asked.append(text)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Speech(np.full(300 * len(text), 1_000, np.int16), 24_000)


@pytest.fixture
def fake():
    return Fake()


@pytest.fixture
def cache(tmp_path):
    return PhraseCache(tmp_path)


@pytest.fixture
async def speaker(fake, cache):
    speaker = Speaker(fake, cache, version="fake/1", timeout_s=5.0)
    yield speaker
    await speaker.close()


async def test_clauses_come_in_order_and_from_the_cache_the_second_time(speaker, fake):
    assert isinstance(fake, Synthesiser)
    first = [clause async for clause in speaker.clauses(TEXT, EN)]
    assert " ".join(clause.text for clause in first) == TEXT
    assert {clause.source for clause in first} == {"synthesised"}
    assert abs(len(first[0].pcm8k) - 100 * len(first[0].text)) <= 1
    again = [clause async for clause in speaker.clauses(TEXT, EN)]
    assert {clause.source for clause in again} == {"cached"}
    assert len(fake.asked) == len(first)


async def test_only_the_next_clause_is_rendered_ahead(speaker, fake):
    async with aclosing(speaker.clauses(TEXT, EN)) as clauses:
        await anext(clauses)
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert len(fake.asked) == 2


async def test_the_transcript_keeps_what_was_written_and_the_model_gets_words(speaker, fake):
    clause = await anext(aiter(speaker.clauses("It costs $12.50.", EN)))
    assert clause.text == "It costs $12.50."
    assert fake.asked == ["It costs twelve dollars and fifty cents."]


async def test_two_calls_wanting_one_clause_have_it_rendered_once(speaker, fake):
    fake.gate = asyncio.Event()
    both = asyncio.gather(speaker.render("One moment please.", EN), speaker.render("One moment please.", EN))
    while not fake.asked:
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    fake.gate.set()
    first, second = await both
    assert np.array_equal(first, second)
    assert len(fake.asked) == 1


async def test_a_barge_in_does_not_take_the_clause_from_another_call(speaker, fake):
    fake.gate = asyncio.Event()
    interrupted = asyncio.create_task(speaker.render("One moment please.", EN))
    while not fake.asked:
        await asyncio.sleep(0.005)
    other = asyncio.create_task(speaker.render("One moment please.", EN))
    await asyncio.sleep(0.05)
    interrupted.cancel()
    with pytest.raises(asyncio.CancelledError):
        await interrupted
    fake.gate.set()
    assert len(await other) > 0
    assert len(fake.asked) == 1


async def test_a_refusal_reaches_the_call_and_the_next_try_succeeds(speaker, fake):
    fake.error = Overloaded("busy")
    with pytest.raises(Overloaded):
        await speaker.render("One moment please.", EN)
    fake.error = None
    assert len(await speaker.render("One moment please.", EN)) > 0


async def test_a_synthesiser_that_hangs_is_given_up(fake, cache):
    fake.gate = asyncio.Event()
    speaker = Speaker(fake, cache, version="fake/1", timeout_s=0.05)
    with pytest.raises(TimeoutError):
        await speaker.render("One moment please.", EN)
    await speaker.close()


async def test_a_published_bot_speaks_without_any_model(speaker, fake, cache):
    steps: list[tuple[int, int]] = []
    phrases = [(TEXT, EN, None), ("Hello, how can I help?", EN, None)]
    new = await speaker.prerender(phrases, lambda done, total: steps.append((done, total)))
    assert new == len(fake.asked) == 4
    assert steps == [(1, 2), (2, 2)]
    assert await speaker.prerender(phrases) == 0
    fake.error = Overloaded("away")
    pcm = speaker.cached(TEXT, EN)
    assert pcm is not None and await speaker.at_hand(TEXT, EN)
    assert not await speaker.at_hand(f"{TEXT} No, there is not.", EN), "all of it counts"
    assert np.array_equal(pcm, await speaker.render(TEXT, EN))
    assert speaker.cached("Something else entirely.", EN) is None


async def test_old_wordings_and_voices_are_let_go_of_and_what_is_wanted_stays_with_all_its_numbers(
    speaker, fake, cache, tmp_path
):
    lines = [(TEXT, EN, None), ("Order 1 2 3 4 5 6 has shipped.", EN, None)]
    groups = [("1 2 3 4 5 6", Language.KO, None)]
    old = [("Hello, how may I help?", EN, None), (TEXT, EN, "agent"), ("Order 1 2 3 has left.", EN, None)]
    await speaker.prerender([*lines, *groups, *old])
    for path in (tmp_path / "pinned").iterdir():
        os.utime(path, (1_000, 1_000))
    await speaker.prerender(lines)
    assert 0 < await speaker.let_go([*lines, *groups]) < len(fake.asked)
    assert [speaker.ready(phrase) for phrase in (*lines, *groups)] == [True] * 3
    assert [speaker.ready(phrase) for phrase in old] == [False] * 3
    asked = len(fake.asked)
    assert await speaker.prerender(old) == 0 and len(fake.asked) == asked, "they are still in the cache"


async def test_what_was_wanted_within_a_week_is_not_let_go_of(speaker):
    """A bot that is gone back to, or a tool with lines of its own."""
    await speaker.prerender([("Hello, how may I help?", EN, None)])
    assert await speaker.let_go([]) == 0


async def test_a_full_disk_does_not_silence_the_call(speaker, cache, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "put", full)
    assert len(await speaker.render("One moment please.", EN)) > 0


async def test_blank_text_is_silence(speaker):
    assert len(await speaker.render("  ", EN)) == 0


def test_the_media_process_can_speak_from_the_cache_without_loading_a_model_runtime():
    script = (
        "import sys, models.speech.speaker, models.speech.normalise as n; from core.languages import Language;"
        "[n.normalise('12', one) for one in Language];"
        "print(sorted({'onnxruntime', 'spacy', 'misaki', 'jieba', 'pyopenjtalk'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
