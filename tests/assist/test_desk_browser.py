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
expect.set_options(timeout=30_000)  # on a busy machine a page takes longer than the usual five seconds

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

NAMELESS = """() => [...document.querySelectorAll(".desk button, .desk select, .desk textarea, .desk input")]
  .filter((e) => e.offsetParent)
  .filter((e) => !(e.getAttribute("aria-label") || e.innerText.trim() || e.labels?.length))
  .map((e) => e.outerHTML)"""


CUT_OFF = """() => [...document.querySelectorAll(".desk button, .desk select, .desk textarea, .desk input")]
  .filter((e) => e.offsetParent && !e.closest(".scroll, .offer-body"))
  .filter((e) => {
    const box = e.getBoundingClientRect(), pane = e.closest(".pane, .bar, .foot, .calls-strip, .second-offer").getBoundingClientRect();
    return box.right > pane.right + 1 || box.bottom > pane.bottom + 1 || box.left < pane.left - 1;
  })
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
        return await self.get(f"/events/{name}")

    async def get(self, path: str) -> list[Any]:
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            return (await client.get(path)).json()


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
        for _ in range(1800):
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
        # A microphone that nobody allows.
        args = [*ARGUMENTS, "--use-fake-device-for-media-stream"]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=args)
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
    context.set_default_timeout(60_000)
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
    await expect(page.locator('[data-name="composer"]')).to_be_focused()  # what is typed at once is not lost


async def finish(page: Page, code: str = "resolved") -> None:
    await page.wait_for_selector(".wrap")
    await page.select_option('[data-name="wrap-code"]', code)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector(".empty")


async def test_an_agent_takes_a_call_from_offer_to_wrap_up_by_keyboard(
    browser: Any, platform: Platform
) -> None:
    page = await log_in(browser, platform)
    await expect(page.locator(".phone-state")).to_contain_text("may not use the microphone. Allow it")
    await expect(page.locator(".phone-again")).to_be_visible()
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name="keys", language="en")
    offer = page.locator(".offer")
    await expect(offer).to_contain_text("****0102")
    await expect(offer).to_contain_text("200319")
    await expect(offer).to_contain_text("The caller asks where order 200319 is.")
    await expect(offer).to_contain_text("Impatient")
    await expect(page).to_have_title(re.compile("Incoming call"))
    await page.keyboard.press("Alt+a")
    await expect(page.locator(".transcript")).to_contain_text("Let me talk to somebody.")
    await expect(page.locator("textarea:focus")).to_have_count(1)
    await expect(page).not_to_have_title(re.compile("Incoming call"))

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

    await page.fill('[data-name="composer"]', "")
    await page.keyboard.press("Alt+k")
    await page.keyboard.type("late parcels")
    await page.keyboard.press("Enter")
    await expect(page.locator(".for-words")).to_contain_text("late parcels")
    await page.get_by_role("button", name="Speak: Refunds").click()
    await expect(page.locator(".line.by-agent:not(.pending)").last).to_contain_text("refunded in full")
    await page.get_by_role("button", name="Back to suggestions").click()
    await expect(page.locator(".for-words")).not_to_contain_text("late parcels")
    await page.focus(".transcript")
    await page.keyboard.press("?")
    await expect(page.locator("dialog[open]")).to_contain_text("Keyboard shortcuts")
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog[open]")).to_have_count(0)
    await page.focus('[data-name="composer"]')
    await page.keyboard.type("really?")
    await expect(page.locator("dialog[open]")).to_have_count(0)

    await page.keyboard.press("Alt+q")
    await expect(page.locator(".composer")).to_be_visible()  # once is not enough
    await page.keyboard.press("Alt+q")
    await page.wait_for_selector(".wrap")
    await expect(page.locator('[data-name="wrap-summary"]')).to_have_value(
        "The caller asks where order 200319 is. Done: the order was looked up; an agent spoke with the caller. "
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
    for secret in ("4155550102", "07700 900123", "4111 1111", "41111111"):
        assert secret not in everything
    await platform.play(do="hang_up", name="masked")
    await finish(page)


async def test_who_calls_is_known_before_the_agent_says_hello(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name="pop", language="zh")
    offer = page.locator(".offer")
    for known in ("王晓梅", "Gold", "H104227", "T600118", "Opening hours", "Resolved", "Complaint"):
        await expect(offer).to_contain_text(known)
    assert "awaiting" not in await offer.inner_text()
    await page.keyboard.press("Alt+a")
    number = page.locator(".caller-number")
    await expect(number).to_have_text("****8001")
    await page.get_by_role("button", name="Show the whole number").click()
    await expect(number).to_have_text("+8613800138001")
    looks = [one for one in await platform.get("/audit") if one["action"] == "number.shown"]
    assert [(one["actor"], one["subject"], one["after"]) for one in looks] == [
        ("lin", "call:pop", {"number": "****8001"})
    ]

    await page.keyboard.press("Alt+n")
    await page.keyboard.type("wants it by Friday")
    await page.fill('[data-name="ticket-subject"]', "Ask the carrier, then call back on +86 138 0013 8001")
    await page.press('[data-name="ticket-subject"]', "Enter")
    await expect(page.locator(".notice")).to_contain_text("is open")
    await expect(page.locator(".left")).to_contain_text("Ask the carrier, then call back on ****8001")
    await page.wait_for_timeout(700)  # the page sends what is typed twice a second
    await platform.play(do="forget_drafts")  # as after a restart of the web process
    await page.reload()
    await expect(page.locator('[data-name="notes"]')).to_have_value("wants it by Friday")
    await expect(page.locator(".transcript")).to_contain_text(SCRIPTS["zh"]["before"][1][1])
    await expect(page.locator(".pill.talking")).to_be_visible()
    await platform.play(do="hang_up", name="pop")
    await page.wait_for_selector(".wrap")
    await expect(page.locator('[data-name="notes"]')).to_have_value("wants it by Friday")
    await page.locator('[data-name="wrap-summary"]').press_sequentially(" And more.")
    await page.wait_for_timeout(700)
    await page.reload()
    await expect(page.locator('[data-name="wrap-summary"]')).to_have_value(re.compile("And more\\.$"))
    await finish(page, "vip desk")
    events = {one["kind"]: one for one in await platform.events("pop")}
    done, ticket = events["wrap_up_done"], events["ticket_opened"]
    assert (done["code"], done["notes"]) == ("vip desk", "wants it by Friday")
    assert (ticket["by"], ticket["subject"]) == ("lin", "Ask the carrier, then call back on ****8001")
    assert await page.evaluate("Object.keys(localStorage).filter((k) => k.includes('draft'))") == []


async def test_an_agent_speaks_by_telephone_and_consults_a_number(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform, user="sam")
    by = page.get_by_label("You speak by")
    await expect(by.locator("option")).to_have_text(["Headset", "****5678"])
    await by.select_option("telephone")
    state = page.locator(".phone-state")
    await expect(state).to_have_text("Your telephone rings when you accept a call")
    await page.wait_for_selector(".desk[data-live] .pill:not(.unknown)")
    await take_call(page, platform, "by-phone")
    assert ["sam", "+493012345678"] in await platform.get("/phones")

    await platform.play(do="loses_sound", name="by-phone", why="busy")
    await expect(page.locator(".notice")).to_contain_text("Your telephone is busy")
    status = page.locator(".line-status")
    await expect(status).to_contain_text("Your sound is gone")
    await expect(status.locator(".tick")).to_have_text(re.compile("^(1:00|0:5[0-9])$"))
    assert "On hold" not in await status.inner_text()
    await expect(page.locator(".control")).to_have_count(2)
    assert await page.evaluate(CONTRAST) == [] and await page.evaluate(CUT_OFF) == []
    await page.keyboard.press("Alt+p")
    await expect(status).to_contain_text("Your telephone rings")
    await platform.play(do="has_sound", name="by-phone")
    await expect(page.locator('[data-control="hold"]')).to_be_visible()

    await page.keyboard.press("Alt+c")
    await expect(page.locator('[data-name="target-filter"]')).to_be_focused()
    await page.keyboard.type("+86 21 5555 0123")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_contain_text("The number is busy; the caller is still on hold.")
    await page.keyboard.press("Alt+h")
    await expect(page.locator('[data-control="hold"]')).to_be_visible()
    await platform.play(do="hang_up", name="by-phone")
    await finish(page)

    await platform.play(do="calls_out", calls_out=False)
    await page.wait_for_timeout(700)
    await page.reload()
    await expect(state).to_contain_text("no carrier here calls out")
    assert page.errors == []  # type: ignore[attr-defined]


async def test_the_controls_of_a_call_by_keyboard(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    await take_call(page, platform, "controls")
    status = page.locator(".line-status")
    await page.keyboard.press("Alt+h")
    await expect(status).to_contain_text("On hold")
    await expect(page.locator('[data-control="resume"]')).to_have_attribute("aria-pressed", "true")
    await expect(page.locator('[data-control="take_code"]')).to_have_count(0)
    await page.keyboard.press("Alt+h")
    await expect(page.locator('[data-control="hold"]')).to_be_visible()
    await page.keyboard.press("Alt+u")
    await expect(page.locator('[data-control="unmute"]')).to_be_visible()
    await platform.play(do="deaf", deaf=True)
    await page.keyboard.press("Alt+h")
    await expect(page.locator(".notice")).to_contain_text("That was not possible. (The music is not there.)")
    await platform.play(do="deaf", deaf=False)

    await page.keyboard.press("Alt+g")
    await expect(status).to_contain_text("The bot is with the caller")
    await expect(page.locator(".control")).to_have_count(0)
    await platform.play(do="bot_leaves", name="controls")
    await expect(page.locator(".notice.good")).to_contain_text("The code was accepted.")
    await expect(page.locator('[data-control="consult"]')).to_be_visible()

    await page.keyboard.press("Alt+c")
    await expect(page.locator('[data-name="target-filter"]')).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".picker")).to_have_count(0)
    await page.keyboard.press("Alt+c")
    await expect(page.locator('[data-name="target-filter"]')).to_be_focused()
    await page.keyboard.type("general")
    await page.keyboard.press("Enter")
    await expect(status).to_contain_text("Talking with ann")
    await page.keyboard.press("Alt+v")
    await expect(page.locator('[data-control="transfer"]')).to_be_visible()

    await page.keyboard.press("Alt+t")
    await expect(page.locator('[data-name="target-filter"]')).to_be_focused()
    await page.keyboard.type("+12 34")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_contain_text("country code")
    await page.fill('[data-name="target-filter"]', "")
    await page.fill('[data-name="transfer-note"]', "knows about the delay")
    await page.focus('[data-name="target-filter"]')
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".wrap")
    await expect(page.locator(".wrap-left .tick")).to_have_text(re.compile(r"^[12]:[05]"))
    await page.keyboard.press("Alt+w")
    await expect(page.locator(".wrap-left .tick")).to_have_text(re.compile(r"^2:5|^3:0"))
    [asked] = [one for one in await platform.events("controls") if one["kind"] == "transfer_asked"]
    assert (asked["to_kind"], asked["to_name"], asked["note"]) == (
        "queue",
        "general",
        "knows about the delay",
    )
    await platform.play(do="hang_up", name="controls")
    await finish(page)
    assert not page.errors  # type: ignore[attr-defined]


async def test_two_calls_at_once_stand_side_by_side_and_nothing_typed_is_lost(
    browser: Any, platform: Platform
) -> None:
    await platform.play(do="capacity", user="lin", calls=2)
    page = await log_in(browser, platform)
    await take_call(page, platform, "first")
    await page.keyboard.type("half a line")
    await platform.play(do="begin", name="second", language="zh")
    offer = page.locator(".second-offer")
    await expect(offer).to_contain_text("王晓梅")
    await expect(page.locator(".composer")).to_be_visible()  # the conversation goes on beside it
    assert await page.evaluate(NAMELESS) == [] and await page.evaluate(CUT_OFF) == []
    await page.keyboard.press("Alt+a")
    tabs = page.locator(".call-tab")
    await expect(tabs).to_have_count(2)
    await expect(page.locator(".call-tab.chosen")).to_contain_text("王晓梅")
    await expect(page.locator(".transcript")).to_contain_text(SCRIPTS["zh"]["before"][1][1])
    await expect(page.locator('[data-name="composer"]')).to_have_value("")
    assert await page.evaluate(CONTRAST) == []
    await page.keyboard.press("Alt+o")
    await expect(page.locator(".transcript")).to_contain_text("Let me talk to somebody.")
    await expect(page.locator('[data-name="composer"]')).to_have_value("half a line")
    # A line that is refused when another call is shown already is there when its own is shown again.
    await page.evaluate("tp.giveBack('second:line', 'not sent')")
    await expect(page.locator('[data-name="composer"]')).to_have_value("half a line")
    await page.evaluate("tp.giveBack('first:line', 'Hello,')")
    await expect(page.locator('[data-name="composer"]')).to_have_value("Hello, half a line")
    await page.evaluate("() => { window.mutes = []; tp.mute = (on) => mutes.push(on); }")
    await page.keyboard.press("Alt+o")
    await expect(page.locator('[data-name="composer"]')).to_have_value("not sent")
    await page.keyboard.press("Alt+o")
    await expect(page.locator('[data-name="composer"]')).to_have_value("Hello, half a line")
    assert await page.evaluate("mutes") == []  # looking silences nobody, and lets nobody be heard

    # The one that is over is wrapped up while the other goes on.
    await platform.play(do="hang_up", name="first")
    await page.wait_for_selector(".wrap")
    await expect(page.locator(".call-tab.chosen")).to_contain_text("Wrap-up")
    await page.select_option('[data-name="wrap-code"]', "resolved")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".transcript")).to_contain_text(SCRIPTS["zh"]["before"][1][1])
    await expect(tabs).to_have_count(0)
    await platform.play(do="hang_up", name="second")
    await finish(page)
    assert page.errors == []  # type: ignore[attr-defined]
    await platform.play(do="capacity", user="lin", calls=1)


async def test_wrap_up_that_ends_by_itself_keeps_what_was_written(browser: Any, platform: Platform) -> None:
    await platform.play(do="times", times={"wrap_up_s": 6})
    page = await log_in(browser, platform)
    await take_call(page, platform, "runs-out")
    await platform.play(do="hang_up", name="runs-out")
    await expect(page.locator('[data-name="wrap-summary"]')).not_to_have_value("")
    await page.fill('[data-name="wrap-summary"]', "Half a sen")
    await expect(page.locator(".notice")).to_contain_text("what you wrote was saved", timeout=20_000)
    await page.wait_for_selector(".empty")
    last = [one for one in await platform.events("runs-out") if one["kind"] == "wrap_up_done"][-1]
    assert (last["code"], last["summary"]) == ("not_given", "Half a sen")


async def test_words_that_cannot_be_saved_when_wrap_up_ends_stay_on_the_page(
    browser: Any, platform: Platform
) -> None:
    await platform.play(do="times", times={"wrap_up_s": 6})
    page = await log_in(browser, platform)
    await take_call(page, platform, "not-kept")
    await platform.play(do="wrap_up", refused=True)
    await platform.play(do="hang_up", name="not-kept")
    await expect(page.locator('[data-name="wrap-summary"]')).not_to_have_value("")
    await page.fill('[data-name="wrap-summary"]', "Half a sen")
    await expect(page.locator(".wrap .problem")).to_contain_text("can still be saved", timeout=20_000)
    await expect(page.locator('[data-name="wrap-summary"]')).to_have_value("Half a sen")
    await platform.play(do="wrap_up", refused=False)
    await finish(page)
    last = [one for one in await platform.events("not-kept") if one["kind"] == "wrap_up_done"][-1]
    assert (last["code"], last["summary"]) == ("resolved", "Half a sen")


async def test_a_break_has_a_reason_an_offer_can_be_rejected_and_not_ready_ends_with_one_click(
    browser: Any, platform: Platform
) -> None:
    page = await log_in(browser, platform)
    await page.select_option('[data-name="break-choice"]', "lunch")
    await expect(page.locator(".pill.break")).to_contain_text("Lunch")
    state = await platform.play(do="nothing")
    assert [(one["wish"], one["break_reason"]) for one in state["agents"]] == [("break", "lunch")]
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name="reject", language="ko")
    await page.wait_for_selector(".offer")
    await page.keyboard.press("Alt+r")
    await page.wait_for_selector(".empty")
    await expect(page.locator(".queue strong")).to_have_text("1")
    await platform.play(do="hang_up", name="reject")
    await expect(page.locator(".queue strong")).to_have_text("0")
    await platform.play(do="times", times={"offer_s": 0.5})
    await platform.play(do="begin", name="rona", language="en")
    await page.wait_for_selector(".pill.not_ready")
    await expect(page.locator(".empty .problem")).to_be_visible()
    await platform.play(do="hang_up", name="rona")
    await page.get_by_role("button", name="Go available").click()
    await page.wait_for_selector(".pill.available")


async def test_the_later_of_two_windows_has_the_work_until_the_first_takes_it_back(
    browser: Any, platform: Platform
) -> None:
    first = await log_in(browser, platform)
    await take_call(first, platform, "tabs")
    second = await first.context.new_page()
    await second.goto(f"{platform.url}/desk")
    await expect(second.locator(".transcript")).to_contain_text("Let me talk to somebody.")
    await expect(first.locator(".elsewhere")).to_contain_text("open in another window")
    await expect(first.locator(".transcript")).to_have_count(0)
    await first.locator('[data-name="take-back"]').click()
    await expect(first.locator(".composer")).to_be_visible()
    await expect(second.locator(".elsewhere")).to_be_visible()

    box = first.locator('[data-name="composer"]')  # Enter that ends a composition sends nothing
    await box.fill("您好")
    await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(box).to_have_value("您好")
    await box.press("Shift+Enter")
    await expect(box).to_have_value("您好\n")
    await box.press("Enter")
    await expect(box).to_have_value("")
    await expect(first.locator(".line.by-agent:not(.pending)")).to_contain_text("您好")
    await platform.play(do="hang_up", name="tabs")
    await finish(first)


async def lose_network(page: Page) -> None:
    await page.context.set_offline(True)
    await page.evaluate("window.socket.io.engine.close()")  # a lost network, not only blocked requests


async def test_after_a_long_loss_the_caller_is_back_in_the_queue_and_the_agent_is_told(
    browser: Any, platform: Platform
) -> None:
    # A minute passes as four seconds.
    await platform.play(do="times", times={"lease_s": 2.5, "lost_s": 4.0})
    page = await log_in(browser, platform)
    await take_call(page, platform, "long-loss")
    await lose_network(page)
    for _ in range(40):
        state = await platform.play(do="nothing")
        if not any(agent["calls"] for agent in state["agents"]):
            break
        await page.wait_for_timeout(250)
    assert not any(agent["calls"] for agent in state["agents"])
    await page.context.set_offline(False)
    await expect(page.locator(".notice")).to_contain_text("back at the head of the queue", timeout=20_000)
    await page.reload()  # as browsers do whose connection came back too slowly
    await expect(page.locator(".notice")).to_contain_text("back at the head of the queue", timeout=20_000)
    await expect(page.locator(".composer")).to_have_count(0)


async def test_the_page_says_what_is_away_and_comes_back_as_it_was(browser: Any, platform: Platform) -> None:
    page = await log_in(browser, platform)
    await platform.play(do="knowledge", fails=True)
    await platform.play(do="tickets", fails=True)
    await take_call(page, platform, "away")
    await expect(page.locator(".right .problem")).to_contain_text("knowledge base does not answer")
    await expect(page.locator(".left .problem")).to_have_count(1)
    await expect(page.locator(".left .problem")).to_contain_text("system does not answer")
    await expect(page.locator(".left")).to_contain_text("200319")
    await platform.play(do="knowledge", fails=False)
    await platform.play(do="tickets", fails=False)
    await platform.play(do="break", broken=True)
    await expect(page.locator(".link-lost")).to_be_visible()
    await page.keyboard.type("can you hear me")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_be_visible()
    await expect(page.locator('[data-name="composer"]')).to_have_value("can you hear me")
    await platform.play(do="break", broken=False)
    await expect(page.locator(".link-lost")).to_have_count(0)

    # A loss that nothing else tells is known within twice that.
    assert await platform.get("/ping") == [4.0, 4.0]
    await page.evaluate("window.sameDocument = true")
    await lose_network(page)
    await expect(page.locator(".net-lost")).to_contain_text("Connection lost · 0:0")
    await platform.play(do="says", name="away", text="are you there")
    await page.wait_for_timeout(5000)
    await expect(page.locator(".net-lost")).to_contain_text("kept for a minute")
    await page.context.set_offline(False)
    await expect(page.locator(".transcript")).to_contain_text("are you there")
    await expect(page.locator(".net-lost")).to_have_count(0)
    assert await page.evaluate("window.sameDocument")
    assert await page.input_value('[data-name="composer"]') == "can you hear me"
    await platform.play(do="hang_up", name="away")
    await finish(page)


ANGRY = {"en": "this is ridiculous", "zh": "太过分了你们"}


@pytest.mark.parametrize(("language", "also", "scheme"), [("en", "ko", "light"), ("zh", "ja", "dark")])
async def test_every_stage_fits_and_can_be_read(
    browser: Any, platform: Platform, language: str, also: str, scheme: str
) -> None:
    page = await log_in(
        browser, platform, locale=f"{language}-XX", color_scheme=scheme, permissions=["microphone"]
    )
    name = f"fits-{language}"

    async def looks_right(stage: str, there: str) -> None:
        """In the language that the page has, and after a reload in the other."""
        now = await page.evaluate("document.documentElement.lang")
        for shown in (now, also if now == language else language):
            if shown != now:
                cookie = {"name": "tetraphone_language", "value": shown, "url": platform.url}
                await page.context.add_cookies([cookie])
                await page.reload()
            await page.wait_for_selector(there)
            if folder := os.environ.get("DESK_SCREENSHOTS"):
                await page.screenshot(path=f"{folder}/{shown}-{stage}.png")
            assert await page.evaluate("document.documentElement.lang") == shown
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), stage
            assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight"), stage
            assert await page.evaluate(CUT_OFF) == [], stage
            assert await page.evaluate(NAMELESS) == [], stage
            assert await page.evaluate(CONTRAST) == [], stage

    await looks_right("idle", ".empty")
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await platform.play(do="begin", name=name, language=language)
    await looks_right("offer", ".offer .records")
    await page.keyboard.press("Alt+a")
    await page.wait_for_selector(".passage")
    await platform.play(do="says", name=name, text=ANGRY[language])
    await page.wait_for_selector(".tip")
    await looks_right("talk", ".passage")
    await page.keyboard.press("Alt+t")
    await page.wait_for_selector(".picker")
    assert await page.evaluate(NAMELESS) == []
    assert await page.evaluate(CONTRAST) == []
    if folder := os.environ.get("DESK_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{language}-transfer.png")
    await page.keyboard.press("Escape")
    await platform.play(do="hang_up", name=name)
    await looks_right("wrap", ".wrap")
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
    # The test's log-in page logs in again, as somebody else; the address is the same before and after.
    async with page.expect_navigation(url="**/desk"):
        await page.get_by_role("button", name="Log out").click()
    async with httpx.AsyncClient(base_url=platform.url, cookies=cookies) as client:
        assert (await client.get("/desk")).status_code == 303
    state = await platform.play(do="nothing")
    assert [agent["state"] for agent in state["agents"] if agent["user"] == "sam"] in ([], ["offline"])


async def test_who_is_no_agent_any_more_is_refused_at_the_next_click_and_no_longer_there(
    browser: Any, platform: Platform
) -> None:
    # Before they are there: what was granted once lasts as long as it did then.
    await platform.play(do="times", times={"lease_s": 3.0})
    page = await log_in(browser, platform, user="sam")
    await page.keyboard.press("Alt+s")
    await page.wait_for_selector(".pill.available")
    await page.route("**/login", lambda route: route.abort())  # a browser that does not leave
    await platform.play(do="roles", user="sam", roles=["qa"])
    try:
        async with page.expect_event("requestfailed", lambda request: request.url.endswith("/login")):
            await page.keyboard.press("Alt+s")
        state = ""
        for _ in range(100):
            everybody = (await platform.play(do="nothing"))["agents"]
            state = next((agent["state"] for agent in everybody if agent["user"] == "sam"), "gone")
            assert state in ("available", "gone", "offline")
            if state != "available":
                break
            await asyncio.sleep(0.1)
        assert state != "available"
    finally:
        await platform.play(do="roles", user="sam", roles=["agent"])
