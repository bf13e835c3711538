"""A caller at ``/phone`` and an agent at ``/desk``, each a real Chromium with known speech in its microphone, through
the three real processes: they hear each other, are transcribed, held, resumed and wrapped up. By keyboard alone.

``tetraphone bench conversation`` measures the same at length, with transfers, conferences and a network that is cut.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from chromium import CHROMIUM, NEEDS_CHROMIUM

from app.demo_data import DEMO_PASSWORD
from core.languages import Language
from evals.bench import conversation as judge
from evals.bench.conversation_ears import Side
from evals.bench.conversation_lines import (
    AGENT_LINES,
    ASKS,
    ASKS_AT_S,
    CALLER_LINES,
    MICROPHONE_RATE,
    PERIOD_S,
    TURN_S,
    Microphone,
    Spoken,
    microphone,
)
from evals.bench.conversation_pages import Person, collect_all, now_ms, person
from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE

pytestmark = [
    pytest.mark.platform,
    pytest.mark.models,
    pytest.mark.asyncio(loop_scope="session"),
    *NEEDS_CHROMIUM,
]

LANGUAGE = Language.EN
AGENT = "jimin"
CALLER_TALKS_AT_S = ASKS_AT_S + 13.0
"""The caller has asked, and was put through."""
PATIENCE_S = 5 * PERIOD_S
"""A busy machine leaves much sound out; in so much time enough of it arrives."""


async def microphone_of(
    platform, lines: Sequence[str], voice: str, first_s: float, ask: bool = False
) -> Microphone:
    async def spoken(text: str) -> Spoken:
        turn = await platform.say(text, LANGUAGE.value, voice)
        return Spoken(text, resample(turn.pcm, LINE_RATE, MICROPHONE_RATE))

    before = (ASKS_AT_S, await spoken(ASKS[LANGUAGE])) if ask else None
    return microphone([await spoken(text) for text in lines], 420.0, first_s, before)


async def heard_by(listener: Person, speaker: Person, begin_ms: float) -> judge.Heard:
    """What has come of the speaker's words since then."""

    def levels(one: Person, side: Side) -> judge.Levels:
        return one.ears.levels(side, begin_ms, now_ms())

    return judge.heard(
        judge.matches(levels(speaker, "spoken"), levels(listener, "heard"), [levels(listener, "spoken")])
    )


async def they_hear_each_other(caller: Person, agent: Person) -> bool:
    begin_ms, both = now_ms(), [caller, agent]
    while now_ms() < begin_ms + PATIENCE_S * 1_000:
        await collect_all(both, 5.0)
        found = [await heard_by(caller, agent, begin_ms), await heard_by(agent, caller, begin_ms)]
        if all(one.windows >= 2 and one.arrived >= 0.5 for one in found):
            return True
    return False


async def test_two_people_in_browsers_hear_each_other_and_the_agent_holds_resumes_and_wraps_up(
    platform, tmp_path: Path
) -> None:
    from playwright.async_api import async_playwright

    microphones = (
        await microphone_of(platform, CALLER_LINES[LANGUAGE][:4], "caller_a", CALLER_TALKS_AT_S, ask=True),
        await microphone_of(platform, AGENT_LINES[LANGUAGE][:4], "caller_b", TURN_S),
    )
    await platform.find("")
    known = set(platform.ids)
    async with (
        async_playwright() as playwright,
        person(playwright, CHROMIUM, tmp_path, "caller", microphones[0], LANGUAGE, platform.web) as caller,
        person(playwright, CHROMIUM, tmp_path, AGENT, microphones[1], LANGUAGE, platform.web) as agent,
    ):
        await caller.page.goto(f"{platform.web}/phone?language={LANGUAGE.value}")
        await agent.log_in(platform.web, AGENT, DEMO_PASSWORD)
        await agent.ready()
        # The caller's turns are to fall into the agent's pauses.
        since_s = (now_ms() - await agent.microphone_opened_ms()) / 1_000
        await asyncio.sleep((PERIOD_S - since_s - CALLER_TALKS_AT_S) % PERIOD_S)
        await caller.page.locator("#call").click()
        await caller.there('.phone[data-state="connected"]')
        await agent.accept(90.0)
        await platform.find("")
        (call,) = set(platform.ids) - known

        assert await they_hear_each_other(caller, agent)
        for whom, speaker in ((caller, "caller"), (agent, "agent")):
            async with asyncio.timeout(PATIENCE_S):
                while not (said := await transcript(platform, call, speaker)):
                    await asyncio.sleep(1.0)
            found = judge.words(whom.text, said, LANGUAGE)
            assert found.length >= 3 and found.rate < 0.5, f"{speaker}: {said}"

        await agent.press("Alt+h")
        await agent.there('[data-control="resume"]')
        await collect_all([caller, agent], 2.0)
        window = await collect_all([caller, agent], 6.0)
        assert judge.loud_share(caller.ears.levels("heard", *window)) > 0.3, "music"
        await agent.press("Alt+h")
        await agent.there('[data-control="hold"]')
        assert await they_hear_each_other(caller, agent)

        await caller.page.locator("#hang-up").click()
        await agent.wrap_up()
    view = await platform.view(call)
    assert view.carrier == "webrtc" and view.outcome == "handed_off"


async def transcript(platform, call: str, speaker: str) -> str:
    """What this person said to the other one, as far as it was recognised."""
    view = await platform.find(call)
    lines = view.transcript if view is not None else []
    joined = next((line["start_s"] for line in lines if line["speaker"] == "agent"), None)
    if joined is None:
        return ""
    return " ".join(
        line["text"] for line in lines if line["speaker"] == speaker and line["start_s"] >= joined - TURN_S
    )
