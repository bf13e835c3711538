"""Administration in a real browser: by mouse, by keyboard alone, light and dark, in four languages."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3

import pytest
from chromium import NEEDS_CHROMIUM
from playwright.sync_api import expect
from web_browser import photograph, photograph_both
from web_world import log_in

from core.web import COOKIE

pytestmark = NEEDS_CHROMIUM
LAPTOP = {"width": 1366, "height": 768}


def row(page, username):
    return page.locator(f'tr[data-user="{username}"]')


def choose(page, label, option):
    page.get_by_role("dialog").get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    page.locator(".q-menu").wait_for(state="detached")


def add_user(page, username, name):
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog", name="Add a user")
    dialog.get_by_label("User name").fill(username)
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Propose one").click()
    field = dialog.get_by_label("Password", exact=True)
    expect(field).not_to_have_value("")
    password = field.input_value()
    assert len(password) == 16
    dialog.get_by_role("checkbox", name="Agent").click()
    return dialog, password


def test_a_user_is_added_changed_and_switched_off_and_all_of_it_is_in_the_log(open_page):
    page = open_page("admin", "/admin", viewport=LAPTOP)
    row(page, "agent").wait_for()
    dialog, password = add_user(page, "lin", "林小雨")
    choose(page, "中文", "5: the best")
    choose(page, "English", "3: works in it")
    dialog.get_by_role("combobox", name="Another skill").fill("billing")
    dialog.get_by_role("combobox", name="Another skill").press("Enter")
    dialog.get_by_label("billing", exact=True).wait_for()
    dialog.get_by_text("No queue and no bot asks for billing").wait_for()  # which is told before it is saved
    photograph(page, "admin-user-form", whole=False)
    dialog.get_by_role("button", name="Save").click()
    row(page, "lin").wait_for()
    shown = row(page, "lin").inner_text()
    assert "林小雨" in shown and "Agent" in shown and "中文" in shown and "billing" in shown

    page.get_by_role("button", name="Edit: lin").click()
    dialog = page.get_by_role("dialog", name="Edit lin")
    dialog.get_by_role("checkbox", name="Quality").click()
    choose(page, "billing", "4: very good")
    dialog.get_by_role("button", name="Save").click()
    row(page, "lin").get_by_text("Quality").wait_for()

    page.get_by_role("button", name="Switch off: lin").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Switch off").click()
    row(page, "lin").get_by_text("Switched off").wait_for()
    photograph(page, "admin-users", whole=False)

    page.get_by_role("link", name="Audit log").click()
    page.get_by_text("Intact", exact=True).wait_for()
    page.get_by_label("To whom or what").fill("lin")
    page.wait_for_function("document.querySelectorAll('tbody tr').length === 3")
    rows = page.locator("tbody tr")
    assert "User switched off" in rows.nth(0).inner_text() and "User added" in rows.nth(2).inner_text()
    changed = rows.nth(1).inner_text()
    assert "Roles changed" in changed and "Agent, Quality" in changed and "billing 4" in changed
    assert password not in page.content() and "林小雨" not in page.locator("tbody").inner_text()
    photograph(page, "admin-audit", whole=False)


def test_the_last_administrator_cannot_be_switched_off_and_is_told_why(open_page):
    page = open_page("admin", "/admin")
    page.get_by_role("button", name="Switch off: admin").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Switch off").click()
    page.get_by_text("admin is the last administrator").wait_for()
    assert "Active" in row(page, "admin").inner_text()
    page.get_by_role("button", name="Edit: admin").click()
    dialog = page.get_by_role("dialog", name="Edit admin")
    dialog.get_by_role("checkbox", name="Administrator").click()
    dialog.get_by_role("checkbox", name="Quality").click()
    dialog.get_by_role("button", name="Save").click()
    # The form stays open, so that nothing has to be entered again.
    dialog.get_by_role("alert").get_by_text("admin is the last administrator").wait_for()
    photograph(page, "admin-refused", whole=False)


def test_a_form_that_is_not_right_says_so_and_keeps_what_was_entered(open_page):
    page = open_page("admin", "/admin")
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog", name="Add a user")
    dialog.get_by_label("User name").fill("mo")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("Choose at least one role").wait_for()
    dialog.get_by_role("checkbox", name="Agent").click()
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("at least 10 characters").wait_for()
    assert dialog.get_by_label("User name").input_value() == "mo"
    dialog.get_by_role("button", name="Cancel").click()
    dialog.wait_for(state="detached")
    assert row(page, "mo").count() == 0


def test_everything_is_done_by_keyboard_alone(open_page):
    page = open_page("admin", "/admin")
    row(page, "agent").wait_for()

    def tab_to(test, most=40):
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate(f"(() => {{ const one = document.activeElement; return {test}; }})()"):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                return outline
        raise AssertionError(f"not reached by Tab: {test}")

    assert tab_to("one.innerText.includes('Add a user')") == "solid"  # the focus is seen
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Add a user").wait_for()
    page.wait_for_function("document.activeElement.getAttribute('aria-label') === 'User name'")
    page.keyboard.type("kim")
    tab_to("one.innerText.includes('Propose one')")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('[role=dialog] input')].some(one => one.value.length === 16)"
    )
    tab_to("one.getAttribute('role') === 'checkbox' && one.innerText.includes('Quality')")
    page.keyboard.press("Space")
    tab_to("one.innerText.trim() === 'Save'", most=30)
    page.keyboard.press("Enter")
    row(page, "kim").wait_for()
    tab_to("(one.getAttribute('aria-label') || '') === 'Switch off: kim'", most=60)
    page.keyboard.press("Enter")
    page.get_by_role("alertdialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("alertdialog").wait_for(state="detached")
    assert "Active" in row(page, "kim").inner_text()


def test_a_number_is_added_and_changed(open_page):
    number = "+81312345678"
    page = open_page("admin", "/admin/numbers", viewport=LAPTOP)
    page.get_by_role("button", name="Add a number").click()
    dialog = page.get_by_role("dialog", name="Add a number")
    dialog.get_by_label("Number", exact=True).fill("12")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("12 is not a number with country code").wait_for()
    dialog.get_by_label("Number", exact=True).fill(number)
    choose(page, "Greets in", "日本語")
    photograph_both(page, "admin-number-form")
    dialog.get_by_role("button", name="Save").click()
    entry = page.locator(f'tr[data-number="{number}"]')
    entry.wait_for()
    assert "日本語" in entry.inner_text() and "homegoods" in entry.inner_text()
    page.get_by_role("button", name=f"Edit: {number}").click()
    choose(page, "Greets in", "As the caller")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    entry.get_by_text("As the caller").wait_for()
    photograph_both(page, "admin-numbers")


@pytest.mark.parametrize(
    ("code", "title", "tab", "intact"),
    [
        ("zh", "系统管理", "审计日志", "完整"),
        ("ja", "管理", "監査ログ", "改ざんなし"),
        ("ko", "관리", "감사 로그", "온전함"),
    ],
)
def test_administration_speaks_the_readers_language(open_page, code, title, tab, intact):
    page = open_page("admin", "/admin", viewport=LAPTOP, locale=code, color_scheme="dark")
    page.get_by_role("heading", name=title).wait_for()
    row(page, "agent").wait_for()
    photograph(page, f"admin-users-{code}", whole=False)
    page.get_by_role("link", name=tab).click()
    page.get_by_text(intact, exact=True).wait_for()
    photograph(page, f"admin-audit-{code}", whole=False)
    assert page.evaluate("document.documentElement.scrollWidth") <= LAPTOP["width"]


def test_a_log_that_was_tampered_with_is_said_on_the_page(open_page, pages):
    page = open_page("admin", "/admin", viewport=LAPTOP)
    dialog, _ = add_user(page, "temp", "Temp")
    dialog.get_by_role("button", name="Save").click()
    row(page, "temp").wait_for()
    with changing(pages) as db:
        actor = db.execute("SELECT actor FROM audit_entries WHERE position = 1").fetchone()[0]
        db.execute("DROP TRIGGER audit_entries_no_update")
        db.execute("UPDATE audit_entries SET actor = 'somebody' WHERE position = 1")
    try:
        page.get_by_role("link", name="Audit log").click()
        page.get_by_text("Not what was written", exact=True).wait_for()
        page.get_by_text("Entry 1 is not what was written").wait_for()
        photograph(page, "admin-audit-broken", whole=False)
    finally:
        with changing(pages) as db:
            db.execute("UPDATE audit_entries SET actor = ? WHERE position = 1", [actor])
    page.get_by_role("button", name="Verify again").click()
    page.get_by_text("Intact", exact=True).wait_for()


def test_a_session_that_has_ended_changes_nothing_more(chromium, pages):
    """An open page keeps its connection; what is clicked there must still be by somebody who may."""
    with contextlib.closing(log_in(pages.url, "admin")) as browser:
        secret = browser.cookies[COOKIE]
    with contextlib.closing(chromium.new_context(base_url=pages.url, locale="en-US")) as context:
        context.add_cookies([{"name": COOKIE, "value": secret, "url": pages.url}])
        page = context.new_page()
        page.goto("/admin")
        page.get_by_role("button", name="Switch off: editor").wait_for()
        with changing(pages) as db:
            ended = hashlib.sha256(secret.encode()).hexdigest()
            assert db.execute("DELETE FROM sessions WHERE token_hash = ?", [ended]).rowcount == 1
        page.get_by_role("button", name="Switch off: editor").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Switch off").click()
        page.wait_for_url("**/login**")
    with changing(pages) as db:
        assert db.execute("SELECT active FROM users WHERE username = 'editor'").fetchone() == (1,)


def test_queues_and_hours_are_changed_in_forms_and_what_is_wrong_is_named(open_page):
    page = open_page("admin", "/admin/queues", viewport=LAPTOP)
    general = page.locator('tr[data-queue="general"]')
    general.wait_for()
    page.get_by_role("button", name="Add opening hours").click()
    dialog = page.get_by_role("dialog", name="Add opening hours")
    dialog.get_by_label("Name of these hours").fill("office")
    dialog.get_by_label("Time zone").fill("Nowhere/Else")
    dialog.get_by_label("Sat", exact=True).fill("closed")
    dialog.get_by_label("Holidays", exact=True).fill("2026-12-25")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("a time zone such as").wait_for()
    photograph_both(page, "admin-hours-form")
    dialog.get_by_label("Time zone").fill("Asia/Shanghai")
    dialog.get_by_role("button", name="Save").click()
    hours = page.locator('tr[data-hours="office"]')
    hours.wait_for()
    assert "Sat Closed" in hours.inner_text() and "2026-12-25" in hours.inner_text()

    page.get_by_role("button", name="Edit: general").click()
    dialog = page.get_by_role("dialog", name="Edit queue general")
    dialog.get_by_label("Answered within, seconds").fill("35")
    choose(page, "Opening hours", "office")
    dialog.get_by_label("Kept for the last agent, seconds").fill("7")
    photograph_both(page, "admin-queue-form")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")
    general.get_by_text("% in 35 s").wait_for()
    assert "office" in general.inner_text()
    photograph_both(page, "admin-queues")
    page.get_by_role("link", name="Audit log").click()
    newest = page.locator("tbody tr").first
    newest.get_by_text("Queues changed").wait_for()
    changed = newest.inner_text()
    assert "queues.general.target_s" in changed and "queues.general.last_agent_s" in changed
    assert "no_answer" not in changed  # what was left alone is not written into the plan


def test_queues_and_hours_are_removed_unless_they_are_needed(open_page):
    page = open_page("admin", "/admin/queues", viewport=LAPTOP)
    page.get_by_role("button", name="Add opening hours").click()
    dialog = page.get_by_role("dialog", name="Add opening hours")
    dialog.get_by_label("Name of these hours").fill("nights")
    dialog.get_by_label("Time zone").fill("Asia/Tokyo")
    dialog.get_by_role("button", name="Save").click()
    page.locator('tr[data-hours="nights"]').wait_for()
    page.get_by_role("button", name="Add a queue").click()
    dialog = page.get_by_role("dialog", name="Add a queue")
    dialog.get_by_label("Queue", exact=True).fill("late")
    choose(page, "Opening hours", "nights")
    dialog.get_by_role("button", name="Save").click()
    page.locator('tr[data-queue="late"]').wait_for()

    def remove(name):
        page.get_by_role("button", name=f"Remove: {name}").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()

    remove("nights")
    page.get_by_text("late.hours").wait_for()  # which is where they are needed
    assert page.locator('tr[data-hours="nights"]').is_visible()
    remove("late")
    page.locator('tr[data-queue="late"]').wait_for(state="detached")
    page.get_by_text("late was removed.").wait_for()  # it is said once the tables stay
    remove("nights")
    page.locator('tr[data-hours="nights"]').wait_for(state="detached")


def test_reasons_of_a_break_and_the_peak_rule_are_set_in_forms(open_page):
    page = open_page("admin", "/admin/queues", viewport=LAPTOP)
    page.locator('tr[data-break="lunch"]').get_by_text("Lunch", exact=True).wait_for()
    page.get_by_role("button", name="Add a reason").click()
    dialog = page.get_by_role("dialog", name="Add a reason")
    dialog.get_by_label("Key").fill("lunch")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").get_by_text("each reason once").wait_for()
    dialog.get_by_label("Key").fill("fire_drill")
    dialog.get_by_role("button", name="Save").click()
    page.locator('tr[data-break="fire_drill"]').get_by_text("fire drill").wait_for()
    page.get_by_role("button", name="Edit: fire_drill").click()
    dialog = page.get_by_role("dialog", name="Rename fire_drill")
    dialog.get_by_label("Key").fill("drill")
    dialog.get_by_role("button", name="Save").click()
    page.locator('tr[data-break="drill"]').wait_for()
    page.get_by_role("button", name="Remove: drill").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    page.locator('tr[data-break="drill"]').wait_for(state="detached")
    page.get_by_text("drill was removed.").wait_for()

    peak = page.locator("section").filter(has=page.get_by_role("heading", name="When too much comes"))
    peak.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog", name="When too much comes")
    dialog.get_by_label("Above a load of").fill("2.5")
    dialog.get_by_label("Intents that stay with the bot").fill("order_status, track_parcel")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")
    peak.get_by_text("order_status, track_parcel").wait_for()
    peak.get_by_text("2.5", exact=True).wait_for()
    photograph_both(page, "admin-breaks")


def test_a_skill_that_matches_nothing_is_said_and_renamed_everywhere(open_page):
    page = open_page("admin", "/admin/queues", viewport=LAPTOP)
    page.get_by_role("button", name="Add a queue").click()
    dialog = page.get_by_role("dialog", name="Add a queue")
    dialog.get_by_label("Queue", exact=True).fill("refunds")
    wanted = dialog.get_by_role("combobox", name="Skills that agents need")
    wanted.fill("refnuds")
    wanted.press("Enter")
    dialog.get_by_text("Nobody has refnuds").wait_for()
    photograph(page, "admin-queue-skills", whole=False)
    dialog.get_by_role("button", name="Save").click()
    page.locator('tr[data-queue="refunds"]').wait_for()

    page.get_by_role("link", name="Skills").click()
    skill = page.locator('tr[data-skill="refnuds"]')
    skill.get_by_text("Nobody has it").wait_for()
    page.get_by_role("button", name="Rename: refnuds").click()
    dialog = page.get_by_role("dialog", name="Rename skill refnuds")
    dialog.get_by_label("Skill", exact=True).fill("refunds")
    dialog.get_by_role("button", name="Save").click()
    page.locator('tr[data-skill="refunds"]').get_by_text("refunds", exact=True).first.wait_for()
    skill.wait_for(state="detached")
    photograph_both(page, "admin-skills")
    page.get_by_role("link", name="Queues").click()
    page.locator('tr[data-queue="refunds"]').wait_for()
    page.get_by_role("button", name="Remove: refunds").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    page.locator('tr[data-queue="refunds"]').wait_for(state="detached")


def test_two_who_change_the_queues_at_once_do_not_overwrite_each_other(open_page):
    one, other = open_page("admin", "/admin/queues"), open_page("admin", "/admin/queues")
    for page, seconds in ((one, "50"), (other, "60")):
        page.get_by_role("button", name="Edit: general").click()
        page.get_by_role("dialog").get_by_label("Answered within, seconds").fill(seconds)
    one.get_by_role("dialog").get_by_role("button", name="Save").click()
    one.locator('tr[data-queue="general"]').get_by_text("% in 50 s").wait_for()
    other.get_by_role("dialog").get_by_role("button", name="Save").click()
    other.get_by_role("alert").get_by_text("Somebody else saved version").wait_for()


@contextlib.contextmanager
def changing(pages):
    """The database behind the platform's back."""
    with contextlib.closing(sqlite3.connect(pages.folder / "web.db", timeout=20)) as db, db:
        yield db
