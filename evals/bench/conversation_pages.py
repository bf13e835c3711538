"""The people of the measured conversation: each a Chromium of their own, with known sound in its microphone."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import soundfile

from core.languages import Language
from evals.bench.conversation_ears import SCRIPT, Ears
from evals.bench.conversation_lines import MICROPHONE_RATE, Microphone

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
_LIMIT_MS = 60_000


def now_ms() -> float:
    return time.time() * 1_000


@dataclass
class Person:
    """One open page.

    Attributes:
        text: what the microphone takes in, over and over.
    """

    name: str
    page: Any
    text: str
    ears: Ears = field(default_factory=Ears)

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def there(self, selector: str, limit_s: float = 60.0) -> None:
        """Wait for something to be seen."""
        await self.page.wait_for_selector(selector, timeout=limit_s * 1_000)

    async def microphone_opened_ms(self) -> float:
        """When, in milliseconds since 1970."""
        opened = await self.page.wait_for_function("window.tpEars.at")
        return float(await opened.json_value())

    async def in_step_with(self, opened_ms: float, period_s: float) -> None:
        """The microphone is opened a whole number of periods after somebody else's, so that turns do not collide."""
        await self.page.add_init_script(f"window.tpInStep = [{opened_ms}, {period_s * 1_000}]")

    # --- an agent's keys ---

    async def log_in(self, web: str, user: str, password: str) -> None:
        await self.page.goto(f"{web}/login")
        await self.page.locator("input[name=username]").fill(user)
        await self.page.locator("input[type=password]").fill(password)
        await self.press("Enter")
        await self.page.wait_for_url(lambda url: "/login" not in url)
        await self.page.goto(f"{web}/desk")
        await self.there(".desk[data-live] .pill:not(.unknown)")
        await self.there('[data-name="softphone"][data-state="connected"]')

    async def ready(self) -> None:
        """Alt+S, if it is needed."""
        if not await self.page.locator(".pill.available").count():
            await self.press("Alt+s")
        await self.there(".pill.available")

    async def accept(self, limit_s: float = 60.0) -> None:
        """Wait for the offer, and Alt+A."""
        await self.there(".offer", limit_s)
        await self.press("Alt+a")
        await self.there(".composer, .controls .control")

    async def choose(self, shortcut: str, whom: str) -> None:
        """Alt+T or Alt+C, a name, Enter."""
        await self.press(shortcut)
        await self.there('[data-name="target-filter"]:focus')
        await self.page.keyboard.type(whom)
        await self.press("Enter")

    async def wrap_up(self) -> None:
        await self.there(".wrap")
        await self.page.select_option('[data-name="wrap-code"]', "resolved")
        await self.press("Control+Enter")
        await self.there(".empty")


async def collect_all(people: list[Person], seconds: float) -> tuple[float, float]:
    """Let so much time pass, listening; returns its beginning and end, in milliseconds since 1970."""
    begin = now_ms()
    while (left := seconds - (now_ms() - begin) / 1_000) > 0:
        await asyncio.sleep(min(5.0, left))
        for one in people:
            await one.ears.collect(one.page)
    return begin, now_ms()


@asynccontextmanager
async def person(
    playwright: Any,
    chromium: str | Path,
    folder: Path,
    name: str,
    microphone: Microphone,
    language: Language,
    web: str,
) -> AsyncIterator[Person]:
    """A Chromium with a page that is still empty, as ``language`` is read.

    Args:
        chromium: the browser, or a script that runs it.
        web: the platform's address as this browser reaches it; its pages may use the microphone.
    """
    sound = folder / f"{name}.wav"
    await asyncio.to_thread(soundfile.write, sound, microphone.pcm, MICROPHONE_RATE, subtype="PCM_16")
    browser = await playwright.chromium.launch(
        executable_path=str(chromium),
        args=[
            *_ARGUMENTS,
            f"--use-file-for-fake-audio-capture={sound}",
            f"--unsafely-treat-insecure-origin-as-secure={web}",
        ],
    )
    try:
        # The script that listens brings a worklet of its own, which the pages' policy would not let in.
        context = await browser.new_context(
            viewport={"width": 1366, "height": 768}, locale=language.value, bypass_csp=True
        )
        await context.add_cookies([{"name": "tetraphone_language", "value": language.value, "url": web}])
        await context.add_init_script(SCRIPT)
        context.set_default_timeout(_LIMIT_MS)
        yield Person(name, await context.new_page(), microphone.text)
    finally:
        with contextlib.suppress(Exception):
            await browser.close()
