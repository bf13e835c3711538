"""The agent's page in a real Chromium: the whole way of a call, by keyboard, through losses, in four languages."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from chromium import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM
from desk_script import SCRIPTS
from playwright.async_api import BrowserContext, Page, async_playwright, expect

ROOT = Path(__file__).parents[2]

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.asyncio(loop_scope="module")]

CONTRAST = """() => {
  const parse = (text) => {
    const n = (text.match(/[\\d.]+/g) ?? []).map(Number);
    const unit = text.startsWith("color(srgb") ? 255 : 1;
    return [n[0] * unit, n[1] * unit, n[2] * unit, n[3] ?? 1];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0.95) return colour;
    }
    return [255, 255, 255, 1];
  };
  const poor = [];
  for (const element of document.querySelectorAll(".desk *")) {
    if (element.tagName === "OPTION" || element.tagName === "KBD" || !element.offsetParent) continue;
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${element.className}: ${element.textContent} ${ratio.toFixed(2)}`);
  }
  return poor;
}"""

NAMELESS = """() => [...document.querySelectorAll(".desk button, .desk select, .desk textarea")]
  .filter((e) => e.offsetParent)
  .filter((e) => !(e.getAttribute("aria-label") || e.innerText.trim() || e.labels?.length))
  .map((e) => e.outerHTML)"""


class Platform:
    """The web process of ``desk_app``, and the caller's side of it."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def play(self, **step: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            response = await client.post("/play", json=step)
            response.raise_for_status()
            return response.json()

    async def events(self, name: str) -> list[dict[str, Any]]:
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            return (await client.get(f"/events/{name}")).json()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("desk")
    with open(folder / "server.log", "wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("desk_app.py")), str(port), str(folder)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{url}/desk", timeout=5)
                break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "server.log").read_text()
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest_asyncio.fixture(loop_scope="module")
async def platform(server: str) -> Platform:
    platform = Platform(server)
    await platform.play(do="reset")
    return platform


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Any]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def close_pages(browser: Any) -> AsyncIterator[None]:
    yield
    for context in browser.contexts:
        await context.close()


async def log_in(
    browser: Any, platform: Platform, *, user: str = "lin", locale: str = "en-GB", **options: Any
) -> Page:
    context: BrowserContext = await browser.new_context(
        viewport={"width": 1366, "height": 768}, locale=locale, **options
    )
    await context.add_cookies([{"name": "tetraphone_language", "value": locale[:2], "url": platform.url}])
    context.set_default_timeout(20_000)
    page = await context.new_page()
    page.errors = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.errors.append(str(error)))  # type: ignore[attr-defined]
    await page.goto(f"{platform.url}/login?user={user}")
    await page.wait_for_selector(".desk[data-live] .pill:not(.unknown)")
    return page


async def take_call(page: Page, platform: Platform, name: str, language: str = "en") -> None:
    if not await page.locator(".pill.available").count():
        await page.keyboard.press("Alt+s")
        await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name=name, language=language)
    await page.wait_for_selector(".offer")
    await page.keyboard.press("Alt+a")
    await page.wait_for_selector(".composer")


async def finish(page: Page, code: str = "resolved") -> None:
    await page.wait_for_selector(".wrap")
    await page.select_option('[data-name="wrap-code"]', code)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector(".empty")


async def test_an_agent_takes_a_call_from_offer_to_wrap_up_by_keyboard(
    browser: Any, platform: Platform
) -> None:
    page = await log_in(browser, platform)
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name="keys", language="en")
    offer = page.locator(".offer")
    await expect(offer).to_contain_text("****0123")
    await expect(offer).to_contain_text("104227")
    await expect(offer).to_contain_text("The caller asks where order 104227 is.")
    await expect(offer).to_contain_text("Impatient")
    assert "Incoming call" in await page.title()
    await page.keyboard.press("Alt+a")
    await expect(page.locator(".transcript")).to_contain_text("Let me talk to somebody.")
    await expect(page.locator("textarea:focus")).to_have_count(1)
    assert "Incoming call" not in await page.title()

    await page.keyboard.type("I am looking into it")
    await page.keyboard.press("Enter")
    await expect(page.locator(".line.by-agent:not(.pending)")).to_contain_text("I am looking into it")
    await expect(page.locator(".line.pending")).to_have_count(0)

    await platform.play(do="says", name="keys", text="I have been waiting for three weeks")
    await expect(page.locator(".transcript")).to_contain_text("three weeks")
    await expect(page.locator(".tip")).to_contain_text("reassure first")
    await expect(page.locator(".passage").first).to_contain_text("replacement at no cost")
    await page.keyboard.press("Alt+1")
    await expect(page.locator('[data-name="composer"]')).to_have_value(SCRIPTS["en"]["passages"][0][0])

    await page.keyboard.press("Alt+q")
    await expect(page.locator(".composer")).to_be_visible()  # once is not enough
    await page.keyboard.press("Alt+q")
    await page.wait_for_selector(".wrap")
    await expect(page.locator('[data-name="wrap-summary"]')).to_have_value(
        "The caller asks where order 104227 is. Done: the order was looked up; an agent spoke with the caller. "
        "Open: the caller asked for a person. The caller is impatient."
    )
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".notice")).to_contain_text("wrap-up code")
    await page.fill('[data-name="wrap-summary"]', "Search opened with the carrier.")
    await finish(page, "follow_up")
    await expect(page.locator(".pill.available")).to_be_visible()
    done = [one for one in await platform.events("keys") if one["kind"] == "wrap_up_done"]
    assert [(one["agent"], one["code"], one["summary"]) for one in done] == [
        ("lin", "follow_up", "Search opened with the carrier.")
    ]
    assert not page.errors  # type: ignore[attr-defined]


async def test_no_full_number_ever_reaches_the_browser(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    received: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(str(data))))
    await page.reload()
    await page.wait_for_selector(".desk[data-live] .pill:not(.unknown)")
    await take_call(page, platform, "masked")
    await platform.play(
        do="says", name="masked", text="my card is 4111 1111 1111 1111 and my phone 07700 900123"
    )
    await expect(page.locator(".transcript")).to_contain_text("my card is")
    everything = "".join(received) + await page.content()
    assert "my card is" in everything
    for secret in ("7700900123", "07700 900123", "4111 1111", "41111111"):
        assert secret not in everything
    await platform.play(do="hang_up", name="masked")
    await finish(page)


async def test_a_reloaded_page_finds_the_conversation_and_the_draft(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    await take_call(page, platform, "reload")
    await page.reload()
    await expect(page.locator(".transcript")).to_contain_text("Let me talk to somebody.")
    await platform.play(do="hang_up", name="reload")
    await page.wait_for_selector(".wrap")
    box = page.locator('[data-name="wrap-summary"]')
    await expect(box).not_to_have_value("")
    await box.press_sequentially(" And more.")
    await asyncio.sleep(1)  # the page sends what is typed twice a second
    await page.reload()
    await page.wait_for_selector(".wrap")
    await expect(box).to_have_value(re.compile("And more\\.$"))
    await finish(page)


async def test_a_network_loss_leaves_the_page_and_what_was_typed(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    await take_call(page, platform, "network")
    await page.evaluate("window.sameDocument = true")
    await page.fill('[data-name="composer"]', "half a sentence")
    await page.context.set_offline(True)
    await page.evaluate("window.socket.io.engine.close()")  # a lost network, not only blocked requests
    await platform.play(do="says", name="network", text="are you there")
    await asyncio.sleep(1)
    await page.context.set_offline(False)
    await expect(page.locator(".transcript")).to_contain_text("are you there")
    assert await page.evaluate("window.sameDocument")
    assert await page.input_value('[data-name="composer"]') == "half a sentence"
    await platform.play(do="hang_up", name="network")
    await finish(page)


async def test_the_page_says_what_is_away_and_recovers(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    await platform.play(do="knowledge", fails=True)
    await take_call(page, platform, "away")
    await expect(page.locator(".right .problem")).to_contain_text("knowledge base does not answer")
    await platform.play(do="knowledge", fails=False)
    await platform.play(do="break", broken=True)
    await expect(page.locator(".link-lost")).to_be_visible()
    await page.keyboard.type("can you hear me")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_be_visible()
    await expect(page.locator('[data-name="composer"]')).to_have_value("can you hear me")
    await platform.play(do="break", broken=False)
    await expect(page.locator(".link-lost")).to_have_count(0)
    await platform.play(do="hang_up", name="away")
    await finish(page)


async def test_a_rejected_offer_goes_away(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name="reject", language="ko")
    await page.wait_for_selector(".offer")
    await page.keyboard.press("Alt+r")
    await page.wait_for_selector(".empty")
    await expect(page.locator(".queue strong")).to_have_text("1")
    await platform.play(do="hang_up", name="reject")
    await expect(page.locator(".queue strong")).to_have_text("0")


async def test_enter_that_ends_a_composition_sends_nothing(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform, locale="zh-CN")
    await take_call(page, platform, "composition", "zh")
    box = page.locator('[data-name="composer"]')
    await box.fill("您好")
    await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(box).to_have_value("您好")
    await box.press("Shift+Enter")
    await expect(box).to_have_value("您好\n")
    await box.press("Enter")
    await expect(box).to_have_value("")
    await expect(page.locator(".line.by-agent:not(.pending)")).to_contain_text("您好")
    await platform.play(do="hang_up", name="composition")
    await finish(page)


@pytest.mark.parametrize(
    ("locale", "scheme"), [("en-GB", "light"), ("zh-CN", "dark"), ("ja-JP", "dark"), ("ko-KR", "light")]
)
async def test_every_stage_fits_and_can_be_read(
    browser: Any, platform: Platform, locale: str, scheme: str
) -> None:
    page = await log_in(browser, platform, locale=locale, color_scheme=scheme)
    language = locale[:2]
    name = f"fits-{language}"

    async def looks_right(stage: str) -> None:
        if folder := os.environ.get("DESK_SCREENSHOTS"):
            await page.screenshot(path=f"{folder}/{language}-{stage}.png")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), stage
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), stage
        assert await page.evaluate(NAMELESS) == [], stage
        assert await page.evaluate(CONTRAST) == [], stage

    assert await page.evaluate("document.documentElement.lang") == language
    await looks_right("idle")
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name=name, language=language)
    await page.wait_for_selector(".offer .summary")
    await looks_right("offer")
    await page.keyboard.press("Alt+a")
    await page.wait_for_selector(".passage")
    await platform.play(
        do="says",
        name=name,
        text={
            "en": "this is ridiculous",
            "zh": "太过分了你们",
            "ja": "いい加減にして",
            "ko": "정말 화가 나네요",
        }[language],
    )
    await page.wait_for_selector(".tip")
    await looks_right("talk")
    await platform.play(do="hang_up", name=name)
    await page.wait_for_selector(".wrap")
    await looks_right("wrap")
    await finish(page)


async def test_only_agents_get_in(browser: Any, platform: Platform) -> None:
    async with httpx.AsyncClient(base_url=platform.url) as client:
        response = await client.get("/desk")
        assert (response.status_code, response.headers["location"]) == (303, "/login?next=%2Fdesk")
        await client.get("/login?user=eve")
        assert (await client.get("/desk")).status_code == 403


async def test_logging_out_ends_the_session_and_the_agent_takes_no_calls(
    browser: Any, platform: Platform
) -> None:
    page = await log_in(browser, platform, user="sam")
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    cookies = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url("**/desk")  # the test's log-in page logs in again, as somebody else
    async with httpx.AsyncClient(base_url=platform.url, cookies=cookies) as client:
        assert (await client.get("/desk")).status_code == 303
    state = await platform.play(do="nothing")
    assert [agent["state"] for agent in state["agents"] if agent["user"] == "sam"] in ([], ["offline"])
