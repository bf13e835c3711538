"""A sentence is embedded once however often it is asked for within a turn."""

import asyncio

import numpy as np

from models.embedding.recent import RecentEmbeddings


class Counting:
    dimension = 2

    def __init__(self):
        self.asked = []

    async def embed(self, texts, role):
        self.asked.append((tuple(texts), role))
        return np.full((len(texts), 2), len(self.asked), np.float32)


async def test_the_same_sentence_in_the_same_role_is_asked_for_once():
    behind = Counting()
    recent = RecentEmbeddings(behind, remembered=2)
    first = await recent.embed(["a"], "query")
    assert await recent.embed(["a"], "query") is first
    assert (await recent.embed(["a"], "passage"))[0, 0] == 2
    await recent.embed(["b"], "query")  # pushes out the oldest
    await recent.embed(["a"], "query")
    assert [texts for texts, _ in behind.asked] == [("a",), ("a",), ("b",), ("a",)]


async def test_longer_lists_are_passed_on():
    behind = Counting()
    recent = RecentEmbeddings(behind)
    assert (await recent.embed(["a", "b"], "query")).shape == (2, 2)
    await recent.embed(["a", "b"], "query")
    assert len(behind.asked) == 2


class Gated(Counting):
    """Answers when it is let."""

    def __init__(self):
        super().__init__()
        self.let = asyncio.Event()

    async def embed(self, texts, role):
        self.asked.append((tuple(texts), role))
        await self.let.wait()
        if len(self.asked) == 1 and texts == ["fails"]:
            raise ConnectionError("away")
        return np.zeros((1, 2), np.float32)


async def test_who_asks_meanwhile_waits_for_the_same_vector():
    behind = Gated()
    recent = RecentEmbeddings(behind)
    recent.ahead("a", "query")
    intent, mood = (asyncio.create_task(recent.embed(["a"], "query")) for _ in range(2))
    await asyncio.sleep(0)
    mood.cancel()  # whose patience ends does not take it from the others
    behind.let.set()
    assert (await intent).shape == (1, 2)
    assert len(behind.asked) == 1


async def test_what_failed_ahead_is_asked_for_again():
    behind = Gated()
    recent = RecentEmbeddings(behind)
    behind.let.set()
    recent.ahead("fails", "query")
    await asyncio.sleep(0.01)
    assert (await recent.embed(["fails"], "query")).shape == (1, 2)
    assert len(behind.asked) == 2
