"""Passages for the agent: debounced, bounded, and visible when they fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from assist.suggestions import Found, SuggestionEngine
from core.languages import Language

EN, ZH = Language.EN, Language.ZH


@dataclass
class Hit:
    text: str
    score: float
    document: str = "Shipping"
    section: str = "Times"


class Knowledge:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = self.most = 0
        self.hold: asyncio.Event | None = None
        self.error: Exception | None = None

    async def search(self, query: str, language: Language, limit: int) -> list[Hit]:
        self.asked.append(query)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if self.hold is not None:
                await self.hold.wait()
            if self.error is not None:
                raise self.error
            return [Hit(f"passage {n}", 1 - n / 10) for n in range(8)]
        finally:
            self.at_once -= 1


class Desk:
    def __init__(self) -> None:
        self.got: asyncio.Queue[tuple[str, Found]] = asyncio.Queue()

    def __call__(self, interaction_id: str, found: Found) -> None:
        self.got.put_nowait((interaction_id, found))

    async def next(self) -> tuple[str, Found]:
        return await asyncio.wait_for(self.got.get(), 10)


async def test_a_question_gives_passages_with_their_source() -> None:
    knowledge, desk = Knowledge(), Desk()
    engine = SuggestionEngine(knowledge, desk, debounce_s=0)
    engine.heard("a", "how long does shipping take", EN)
    name, found = await desk.next()
    assert name == "a" and [s.text for s in found.suggestions] == ["passage 0", "passage 1", "passage 2"]
    assert found.suggestions[0].document == "Shipping" and not found.error
    await engine.close()


async def test_a_question_in_two_breaths_is_asked_once() -> None:
    knowledge, desk = Knowledge(), Desk()
    engine = SuggestionEngine(knowledge, desk, debounce_s=0.05)
    engine.heard("a", "how long does shipping", EN)
    engine.heard("a", "take", EN)
    await desk.next()
    assert knowledge.asked == ["how long does shipping take"]
    await engine.close()


async def test_yes_and_no_ask_nothing() -> None:
    knowledge, desk = Knowledge(), Desk()
    engine = SuggestionEngine(knowledge, desk, debounce_s=0)
    engine.heard("a", "yes", EN)
    engine.heard("b", "好的", ZH)
    engine.heard("c", "运费是多少钱", ZH)
    assert (await desk.next())[0] == "c"
    assert knowledge.asked == ["运费是多少钱"]
    await engine.close()


async def test_a_failing_search_is_shown_and_the_next_one_works() -> None:
    knowledge, desk = Knowledge(), Desk()
    engine = SuggestionEngine(knowledge, desk, debounce_s=0)
    knowledge.error = ConnectionError("models are away")
    engine.heard("a", "how long does shipping take", EN)
    assert (await desk.next())[1].error == "failed"
    knowledge.error = None
    engine.heard("a", "how long does shipping take", EN)
    assert (await desk.next())[1].suggestions
    await engine.close()


async def test_a_search_that_hangs_is_given_up() -> None:
    knowledge, desk = Knowledge(), Desk()
    knowledge.hold = asyncio.Event()
    engine = SuggestionEngine(knowledge, desk, debounce_s=0, timeout_s=0.05)
    engine.heard("a", "how long does shipping take", EN)
    assert (await desk.next())[1].error == "timeout"
    await engine.close()


async def test_many_calls_search_few_at_once() -> None:
    knowledge, desk = Knowledge(), Desk()
    engine = SuggestionEngine(knowledge, desk, debounce_s=0, at_once=2)
    for number in range(20):
        engine.heard(f"c{number}", "how long does shipping take", EN)
    names = {(await desk.next())[0] for _ in range(20)}
    assert len(names) == 20 and knowledge.most <= 2
    await engine.close()


async def test_a_call_that_ended_is_searched_no_more() -> None:
    knowledge, desk = Knowledge(), Desk()
    engine = SuggestionEngine(knowledge, desk, debounce_s=0.01)
    engine.heard("a", "how long does shipping take", EN)
    engine.drop("a")
    engine.heard("b", "how long does shipping take", EN)
    assert (await desk.next())[0] == "b"
    assert len(knowledge.asked) == 1
    await engine.close()
