"""The wallboard in a real Chromium: live figures, alerts, listening with and without the right, forms, by keyboard."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from chromium import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM
from playwright.sync_api import expect, sync_playwright
from web_browser import photograph
from web_world import log_in

from core import events as ev
from core.crypto import PersonKeys, SiteKey
from core.db import Database, sqlite_url
from core.languages import Language
from core.log import EventLog
from core.routing_events import AgentChanged, CallQueued, of_agent
from core.web import COOKIE

pytestmark = NEEDS_CHROMIUM

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
  for (const element of document.querySelectorAll("#wall *")) {
    if (element.closest("svg") || !element.offsetParent) continue;
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${element.className}: ${element.textContent}`);
  }
  return poor;
}"""
NAMELESS = """() => [...document.querySelectorAll("#wall button, #wall input, #wall a, #wall svg, #wall table th")]
  .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
  .map((e) => e.outerHTML)"""


@pytest.fixture(scope="module")
def floor(tmp_path_factory):
    """A web process with a wallboard, in a process of its own; its address and folder."""
    folder = tmp_path_factory.mktemp("wall")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = Path(__file__).parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(here), str(here.parents[2])]),
        "NICEGUI_STORAGE_PATH": str(folder / "nicegui"),
    }
    environment.pop("PYTEST_CURRENT_TEST", None)
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, str(here / "wall_server.py"), str(folder), str(port)]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 180
        while True:
            try:
                httpx.get(f"{url}/healthz", timeout=2)
                break
            except httpx.HTTPError:
                said = (folder / "server.log").read_text()
                assert server.poll() is None and time.monotonic() < until, said
                time.sleep(0.1)
        yield url, folder
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def cookie(floor):
    known = {}

    def of(user: str) -> str:
        if user not in known:
            with contextlib.closing(log_in(floor[0], user)) as client:
                known[user] = client.cookies[COOKIE]
        return known[user]

    return of


@pytest.fixture
def wall(chromium, floor, cookie):
    """``wall("lead")`` is the page of that user; anything the browser complains about fails the test."""
    contexts, complaints = [], []

    def open_one(user: str, language: Language = Language.EN, theme: str = "light"):
        context = chromium.new_context(base_url=floor[0], viewport={"width": 1366, "height": 768})
        contexts.append(context)
        settings = {COOKIE: cookie(user), "tetraphone_language": language.value, "tetraphone_theme": theme}
        context.add_cookies(
            [{"name": name, "value": value, "url": floor[0]} for name, value in settings.items()]
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.goto("/wall")
        page.wait_for_selector("#wall[data-live=true]")
        page.wait_for_selector("[data-list=agents] tr")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [one for one in complaints if "status of 40" not in one] == []


def happen(folder: Path, *facts: tuple[str, ev.Event]) -> None:
    """Write facts into the log, as another process does."""

    async def write() -> None:
        db = Database(sqlite_url(folder / "web.db"))
        log = EventLog(db, PersonKeys(db, SiteKey(b"k" * 32)))
        await log.start()
        for name, event in facts:
            await log.append(name, event)
        await log.close()
        await db.close()

    # Playwright has an event loop of its own in this thread.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, write()).result(20)


def agent_is(user: str, wish: str) -> tuple[str, ev.Event]:
    event = AgentChanged(
        agent=user, wish=wish, break_reason="rest" if wish == "break" else "", languages={"en": 4},
        skills={"complaints": 3}, at=time.time(),
    )  # fmt: skip
    return of_agent(user), event


def test_a_change_on_the_floor_is_seen_within_seconds_and_nothing_else_is_drawn(wall, floor):
    page = wall("lead")
    expect(page.locator("[data-tile=service_level] .wall-big")).to_contain_text("%")
    assert page.locator("#wall-section-charts svg").count() == 2
    happen(floor[1], agent_is("newcomer", "available"))
    row = page.locator("tr[data-key=newcomer]")
    expect(row).to_contain_text("Available")
    other = page.locator("[data-list=agents] tr").first
    other.evaluate("row => { row.dataset.untouched = 'yes'; }")
    happen(floor[1], agent_is("newcomer", "break"))
    expect(row).to_contain_text("Break (Rest)")
    assert other.get_attribute("data-untouched") == "yes"


def test_an_alert_is_shown_announced_and_acknowledged_by_keyboard(wall, floor):
    page = wall("lead")
    before = page.locator(".wall-alert").count()
    at = time.time()
    queued = CallQueued(queue="complaints", language="en", since=at, order=99_000, at=at)
    happen(floor[1], ("urgent", queued))
    change = page.locator('[data-do=queue][data-of="complaints"]')
    change.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#wall-queue")
    expect(dialog).to_be_visible()
    dialog.get_by_label("more calls wait than").fill("0")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#wall-said")).to_have_text("Saved.")
    alert = page.locator(".wall-alert").filter(has_text="Complaints: ")
    expect(alert).to_be_visible(timeout=15_000)
    assert page.locator(".wall-alert").count() == before + 1
    expect(page.locator("#wall-announce")).to_contain_text("Complaints: ")
    expect(page.locator("#wall-said")).to_be_empty()
    photograph(page, "wallboard", whole=False)
    alert.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(alert).to_contain_text("acknowledged by Sam Rivera")
    assert alert.get_by_role("button").count() == 0


def test_a_supervisor_with_the_right_listens_and_stops(wall):
    page = wall("lead")
    controls = page.locator(".wall-controls").first
    key = controls.locator("button").first.get_attribute("data-of")
    row = page.locator(f'[data-list=calls] tr[data-key="{key}"]')
    row.get_by_role("button", name="Listen").focus()
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Sam Rivera: Listen")
    expect(page.locator("#wall-headset")).to_have_text("Headset: on")  # it came with the first call
    expect(row.get_by_role("button", name="Listen")).to_have_attribute("aria-pressed", "true")
    # The row was drawn anew, and the keyboard is still where it was.
    assert page.evaluate("document.activeElement.dataset.manner") == "listen"
    row.get_by_role("button", name="Stop").click()
    expect(row).not_to_contain_text("Sam Rivera: Listen")


def test_who_takes_a_call_over_hangs_it_up(wall):
    page = wall("lead")
    key = page.locator("[data-manner=take_over]").first.get_attribute("data-of")
    row = page.locator(f'[data-list=calls] tr[data-key="{key}"]')
    row.get_by_role("button", name="Take over").focus()
    page.keyboard.press("Enter")
    button = row.get_by_role("button", name="Hang up your call")
    expect(button).to_be_focused()  # where the keyboard was, another button is now
    assert row.get_by_role("button").count() == 1
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Press again to hang up")).to_be_focused()
    expect(page.locator("#wall-said")).to_have_text("Press again to hang up")
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)


def test_a_supervisor_without_the_right_is_told_so(wall):
    page = wall("supervisor")
    expect(page.locator("#wall-no-right")).to_contain_text("a right of its own")
    page.locator("[data-manner=listen]").first.click()
    expect(page.locator("#wall-said")).to_contain_text("An administrator can give you the role")
    assert page.locator("[data-list=calls] .wall-info").count() == 0
    assert page.locator("#wall-headset").count() == 0


def test_a_complaint_counts_down_and_is_taken_up(wall):
    page = wall("lead")
    row = page.locator("[data-list=complaints] tr").filter(has=page.get_by_role("button")).first
    key = row.get_attribute("data-key")
    row = page.locator(f'[data-list=complaints] tr[data-key="{key}"]')
    first = row.locator(".wall-tick").inner_text()
    expect(row.locator(".wall-tick")).not_to_have_text(first)
    row.get_by_role("button").click()
    expect(row).to_contain_text("Sam Rivera, after")


def test_an_agents_skills_are_changed_in_the_form(wall):
    page = wall("lead")
    button = page.locator("[data-do=agent]").first
    user = button.get_attribute("data-of")
    button.click()
    dialog = page.locator("#wall-agent")
    dialog.get_by_label("complaints").fill("9")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_visible()  # the browser holds back what is out of range
    dialog.get_by_label("complaints").fill("5")
    dialog.get_by_label("Another skill").fill("vip")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    answer = page.request.get(f"/api/wall/agents/{user}").json()
    assert answer["skills"]["complaints"] == 5 and answer["skills"]["vip"] == 3
    assert page.evaluate("document.activeElement.dataset.of") == user


@pytest.mark.parametrize(
    ("language", "theme", "word"),
    [
        (Language.ZH, "dark", "服务水平"),
        (Language.JA, "light", "サービスレベル"),
        (Language.KO, "dark", "서비스 레벨"),
    ],
)
def test_every_language_light_and_dark_fits_and_is_named(wall, language, theme, word):
    page = wall("lead", language, theme)
    expect(page.locator("[data-tile=service_level] dt")).to_have_text(word)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(NAMELESS) == []
    assert page.evaluate(CONTRAST) == []
    # The big figures are all above the fold.
    assert (
        page.locator(".wall-tiles").bounding_box()["y"] + page.locator(".wall-tiles").bounding_box()["height"]
        < 400
    )
    if language is Language.ZH:
        photograph(page, "wallboard-zh", whole=False)
    if language is Language.KO:
        page.locator("#wall-room").click()
        size = page.locator(".wall-big").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        assert size >= 64 and page.locator("#wall-section-live").is_hidden()
