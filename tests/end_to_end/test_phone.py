"""A caller in a real Chromium at ``/phone``, known speech in its microphone, through the three real processes."""

from __future__ import annotations

import asyncio
import contextlib
import time

import numpy as np
import pytest
import soundfile
from chromium import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM

from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE

pytestmark = [
    pytest.mark.platform,
    pytest.mark.models,
    pytest.mark.asyncio(loop_scope="session"),
    *NEEDS_CHROMIUM,
]

MICROPHONE_RATE = 48_000
GREETING_S = 12.0
"""The caller listens first."""


@contextlib.asynccontextmanager
async def phone(platform, pcm: np.ndarray, path, language: str):
    """The page, with a microphone that hears this once."""
    from playwright.async_api import async_playwright

    soundfile.write(path, resample(pcm, LINE_RATE, MICROPHONE_RATE), MICROPHONE_RATE, subtype="PCM_16")
    microphone = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={path}%noloop",
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *microphone])
        context = await browser.new_context(base_url=platform.web, viewport={"width": 1366, "height": 768})
        page = await context.new_page()
        page.set_default_timeout(30_000)
        await page.goto(f"/phone?language={language}")
        yield page
        await browser.close()


async def loudest(page, seconds: float) -> float:
    """Of what the page plays."""
    heard, until = 0.0, time.monotonic() + seconds  # a caller who says nothing for long is said goodbye to
    while time.monotonic() < until:
        heard = max(heard, float(await page.locator(".phone").get_attribute("data-heard") or 0))
        await page.wait_for_timeout(100)
    return heard


async def calls_from_browsers(platform) -> list[str]:
    """The carrier's ids of the calls that came in by now."""
    await platform.find("")
    return [name for name in platform.ids if name.startswith("phone-")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I would like to know the status of my order."),
        ("ja", "注文の状況を知りたいのですが。"),
    ],
)
async def test_a_caller_at_the_page_hears_the_greeting_is_understood_and_presses_keys(
    platform, tmp_path, language, text
):
    said = (await platform.say(text, language)).pcm
    silence = np.zeros(int(GREETING_S * LINE_RATE), dtype=np.int16)
    known = set(await calls_from_browsers(platform))
    async with phone(
        platform, np.concatenate((silence, said, silence)), tmp_path / "caller.wav", language
    ) as page:
        await page.locator("#call").click()
        await page.locator('.phone[data-state="connected"]').wait_for()
        assert await loudest(page, 6.0) > 0.02, "the greeting is heard"
        async with asyncio.timeout(30):
            while not (new := set(await calls_from_browsers(platform)) - known):
                await asyncio.sleep(0.2)
        (call,) = new

        async def until(condition) -> None:
            async with asyncio.timeout(60):
                while (view := await platform.find(call)) is None or not condition(view):
                    await asyncio.sleep(0.3)

        await until(lambda view: "order_status" in view.intents)
        await asyncio.sleep(4.0)
        for key in "104227#":
            await page.keyboard.press(key)
            await page.wait_for_timeout(150)
        assert await loudest(page, 8.0) > 0.02, "the answer is heard"
        await until(lambda view: view.resolved_by == "connector")
        await page.locator("#hang-up").click()
        await page.locator('.phone[data-state="ended"]').wait_for()
    view = await platform.view(call)
    assert view.language == language
    assert view.carrier == "webrtc"
    assert {line["speaker"] for line in view.transcript} == {"caller", "bot"}
    assert view.outcome == "resolved" and view.resolved_by == "connector"
