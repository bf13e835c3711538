"""A sentence is embedded once however often it is asked for within a turn."""

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
