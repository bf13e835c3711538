"""The list of call backs in a real browser, by keyboard, in two languages."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3

import pytest
from callbacks_world import add_entries
from chromium import NEEDS_CHROMIUM
from web_browser import photograph
from web_world import PASSWORD, close_world, open_world

from core.identity import Role

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module", autouse=True)
def entries(pages):
    async def add() -> None:
        parts = await open_world(pages.folder)
        await add_entries(parts)
        await parts.identity.add_user("clerk", PASSWORD, {Role.AGENT, Role.NUMBERS})
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
    number = row.get_by_text("+8613800138000")
    number.wait_for()
    number.wait_for(state="detached", timeout=40_000)  # after twenty seconds, by itself
    assert row.get_by_role("button", name="Show number").is_visible()


def give_roles(pages, username: str, *roles: Role) -> None:
    """Behind the open page's back."""
    with contextlib.closing(sqlite3.connect(pages.folder / "web.db", timeout=20)) as db, db:
        db.execute("UPDATE users SET roles = ? WHERE username = ?", [json.dumps(roles), username])


def test_a_right_that_was_taken_away_is_gone_from_an_open_page(open_page, pages):
    page = open_page("clerk", "/callbacks")
    row = page.locator("#cb-leaves")
    give_roles(pages, "clerk", Role.AGENT)
    page.locator("#cb-asks").get_by_role("button", name="Show number").click()
    page.get_by_text("You may not see this number in full.").wait_for()
    assert "13800138000" not in page.content()
    give_roles(pages, "clerk", Role.EDITOR)
    row.get_by_role("button", name="Take").click()
    page.get_by_role("heading", name="not open to you").wait_for()
    page = open_page("supervisor", "/callbacks")
    assert page.locator("#cb-leaves").get_by_role("button", name="Take").is_visible()
