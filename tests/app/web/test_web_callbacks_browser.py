"""The list of call backs in a real browser, by keyboard, in two languages."""

from __future__ import annotations

import asyncio

import pytest
from callbacks_world import add_entries
from chromium import NEEDS_CHROMIUM
from web_browser import photograph
from web_world import close_world, open_world

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module", autouse=True)
def entries(pages):
    async def add() -> None:
        parts = await open_world(pages.folder)
        await add_entries(parts)
        await close_world(parts)

    asyncio.run(add())


def test_an_agent_takes_an_entry_by_keyboard_and_says_what_came_of_it(open_page):
    page = open_page("agent", "/callbacks")
    row = page.locator("#cb-asks")
    row.wait_for()
    assert "8000" in row.inner_text() and "13800138000" not in page.content()
    assert page.get_by_role("button", name="显示号码").count() == 0  # it is a right
    photograph(page, "callbacks")
    row.get_by_role("button", name="认领").focus()
    page.keyboard.press("Enter")
    reached = row.get_by_role("button", name="无人接听")
    reached.wait_for()
    # The focus has stayed in the row, on its first action.
    page.wait_for_function("document.activeElement?.getAttribute('aria-label')?.startsWith('已联系上')")
    reached.click()
    row.get_by_text("稍后再试").wait_for()
    assert "已尝试 1 次" in row.inner_text()


def test_a_message_is_read_and_heard(open_page):
    page = open_page("agent", "/callbacks")
    row = page.locator("#cb-leaves")
    row.wait_for()
    assert "请回电" in row.inner_text() and "13912345678" not in page.content()
    length = page.evaluate(
        """() => new Promise((done, failed) => {
             const player = document.querySelector('#cb-leaves audio');
             player.onloadedmetadata = () => done(player.duration);
             player.onerror = () => failed(new Error('the message does not load'));
             player.preload = 'metadata'; player.load();
           })"""
    )
    assert length == pytest.approx(2.0, abs=0.01)


def test_a_supervisor_may_see_the_number(open_page):
    page = open_page("supervisor", "/callbacks")
    row = page.locator("#cb-asks")
    photograph(page, "callbacks-en")
    row.get_by_role("button", name="Show number").click()
    row.get_by_text("+8613800138000").wait_for()
