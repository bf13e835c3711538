"""The consoles in a real browser. With ``TETRAPHONE_SCREENSHOTS=FOLDER`` each page is photographed as well."""

from __future__ import annotations

import contextlib

import pytest
from chromium import NEEDS_CHROMIUM
from web_browser import photograph
from web_world import PASSWORD

pytestmark = NEEDS_CHROMIUM
WARRANTY = "# Warranty\n\nThe warranty on the oak table is two years.\n\n# Returns\n\nWithin thirty days.\n"


def test_calls_are_listed_filtered_and_opened(open_page):
    page = open_page("supervisor", "/calls")
    rows = page.locator("tbody tr")
    rows.nth(2).wait_for()
    assert rows.count() == 3
    assert "Live" in rows.nth(0).inner_text() and "****8000" in rows.nth(2).inner_text()
    photograph(page, "calls")
    page.get_by_label("Language", exact=True).last.click()
    page.get_by_role("option", name="日本語").click()
    page.wait_for_function("document.querySelectorAll('tbody tr').length === 1")
    rows.first.click()
    page.wait_for_url("**/calls/call-handed")
    page.locator(".tp-talk").get_by_text("届いた花瓶が割れていました").wait_for()
    assert page.locator(".tp-line").count() == 3
    assert (
        "H104231" in page.locator(".tp-facts").last.inner_text()
        and page.get_by_text("09012345678").count() == 0
    )
    photograph(page, "call-handed")


def test_a_callers_number_is_shown_for_a_while_to_whoever_may_see_it(open_page):
    page = open_page("supervisor", "/calls/call-resolved")
    page.get_by_text("****8000", exact=True).first.wait_for()
    show = page.get_by_role("button", name="Show number")
    show.click()
    number = page.get_by_text("+8613800138000", exact=True)
    number.wait_for()
    number.wait_for(state="detached", timeout=40_000)
    assert show.is_visible()
    assert open_page("qa", "/calls/call-resolved").get_by_role("button", name="Show number").count() == 0
    log = open_page("admin", "/admin/audit")
    log.get_by_text("Caller's number shown").first.wait_for()


def test_a_calls_stages_are_shown_with_their_numbers(open_page):
    page = open_page("qa", "/calls/call-resolved")
    bars = page.locator(".tp-bar")
    bars.nth(1).wait_for()
    assert "End of turn 380 ms" in bars.first.get_attribute("aria-label")
    assert page.get_by_role("cell", name="540 ms", exact=True).count() == 1
    page.get_by_text("Events").click()
    page.get_by_text("call_started").wait_for()
    photograph(page, "call-resolved")


def test_the_recording_plays_in_the_browser(open_page):
    page = open_page("qa", "/calls/call-resolved")
    page.locator("audio").wait_for()
    length = page.evaluate(
        """() => new Promise((done, failed) => {
             const player = document.querySelector('audio');
             player.onloadedmetadata = () => done(player.duration);
             player.onerror = () => failed(new Error('the recording does not load'));
             player.preload = 'metadata'; player.load();
           })"""
    )
    assert length == pytest.approx(3.5, abs=0.01)


def test_a_document_is_uploaded_tried_and_removed(open_page):
    page = open_page("editor", "/knowledge")
    files = page.locator("input[type=file]")
    files.wait_for(state="attached")
    files.set_input_files(
        [
            {"name": "warranty.md", "mimeType": "text/markdown", "buffer": WARRANTY.encode()},
            {"name": "empty.md", "mimeType": "text/markdown", "buffer": b""},
        ]
    )
    page.locator(".tp-taken").wait_for(timeout=60_000)
    page.locator(".tp-news .tp-alert").wait_for(timeout=60_000)
    assert "empty.md was not taken" in page.locator(".tp-news .tp-alert").inner_text()
    page.locator("tbody tr").wait_for()
    page.get_by_label("A question, as a caller would ask it").fill("warranty oak table")
    page.get_by_label("A question, as a caller would ask it").press("Enter")
    page.get_by_text("The warranty on the oak table is two years.").wait_for()
    photograph(page, "knowledge")
    page.get_by_role("button", name="Remove: warranty.md").click()
    page.get_by_role("alertdialog").wait_for()
    page.get_by_role("button", name="Keep").click()
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("button", name="Remove: warranty.md").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_text("No documents yet").wait_for()


@pytest.mark.parametrize(
    ("code", "own_name", "calls"),
    [("zh", "中文", "通话记录"), ("ja", "日本語", "通話一覧"), ("ko", "한국어", "통화 목록")],
)
def test_the_surface_language_is_chosen_and_kept(open_page, code, own_name, calls):
    page = open_page("supervisor", "/calls")
    page.locator(".tp-choice").click()
    page.get_by_role("option", name=own_name).click()
    page.get_by_role("heading", name=calls).wait_for()
    assert page.evaluate("document.documentElement.lang") == code
    page.goto("/calls/call-resolved")
    page.locator(".tp-bar").first.wait_for()
    assert page.evaluate("document.documentElement.lang") == code
    photograph(page, f"call-{code}")


def test_dark_and_light_are_chosen_or_the_systems(open_page):
    page = open_page("supervisor", "/calls", color_scheme="dark")
    page.locator("tbody tr").first.wait_for()
    page.wait_for_selector("body.body--dark")
    photograph(page, "calls-dark")
    page.get_by_role("button", name="Appearance: As the system").click()
    page.wait_for_selector("body.body--light")
    page.get_by_role("button", name="Appearance: Light").click()
    page.wait_for_selector("body.body--dark")


def test_the_keyboard_reaches_the_content_first(open_page):
    page = open_page("supervisor", "/calls")
    page.locator("tbody tr").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "tp-skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"


def test_every_control_has_a_name_for_screen_readers(open_page):
    for user, start in (
        ("supervisor", "/calls"),
        ("supervisor", "/calls/call-handed"),
        ("qa", "/latency"),
        ("editor", "/knowledge"),
        ("admin", "/admin"),
        ("admin", "/admin/numbers"),
        ("admin", "/admin/audit"),
    ):
        page = open_page(user, start)
        page.locator(".tp-title").wait_for()
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]):not([type=file]), audio')]
                 .filter(one => one.offsetParent !== null)
                 .filter(one => !(one.innerText || '').trim() && !one.getAttribute('aria-label')
                                && !one.closest('label') && !one.title)
                 .map(one => one.outerHTML.slice(0, 160))"""
        )
        assert nameless == []


def test_a_narrow_screen_keeps_everything_within_it(open_page):
    page = open_page("supervisor", "/calls/call-handed", viewport={"width": 390, "height": 800})
    page.locator(".tp-line").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    photograph(page, "call-narrow")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reply_times_by_stage_and_language_lead_to_the_slowest_call(open_page, scheme):
    page = open_page("qa", "/latency", viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    cards = page.locator(".tp-latency > section")
    cards.nth(3).wait_for()
    assert "over 4 turns" in cards.nth(0).inner_text()
    assert page.locator(".tp-spread").get_attribute("aria-label").count("0.4 to 0.6 s: 2 turns") == 1
    languages = cards.nth(2).inner_text()
    assert "日本語" in languages and "700 ms" in languages and "not known" in languages
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    photograph(page, f"latency-{scheme}")
    page.get_by_label("Language", exact=True).last.click()
    page.get_by_role("option", name="中文").click()
    cards.nth(0).get_by_text("over 2 turns").wait_for()
    slowest = cards.nth(3).get_by_role("link").first
    slowest.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/call-resolved")


@pytest.mark.parametrize(
    ("code", "heading"), [("zh-CN", "应答时延"), ("ja-JP", "応答時間"), ("ko-KR", "응답 시간")]
)
def test_reply_times_are_told_in_the_surfaces_languages(open_page, code, heading):
    page = open_page("qa", "/latency", locale=code)
    page.get_by_role("heading", name=heading, exact=True).wait_for()
    page.locator(".tp-latency > section").nth(3).wait_for()
    photograph(page, f"latency-{code}")


def test_a_user_logs_in_and_out_by_the_form(chromium, pages):
    with contextlib.closing(chromium.new_context(base_url=pages.url, locale="en-US")) as context:
        page = context.new_page()
        page.goto("/calls")
        page.fill("#username", "qa")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/calls")
        page.locator("tbody tr").first.wait_for()
        page.get_by_role("button", name="Log out").click()
        page.wait_for_selector("#password")
        page.goto("/calls")
        page.wait_for_url("**/login?next=**")


def test_the_log_in_page_and_the_description_need_no_scripts(chromium, pages):
    context = chromium.new_context(
        base_url=pages.url, java_script_enabled=False, locale="ja-JP", viewport={"width": 1000, "height": 760}
    )
    page = context.new_page()
    page.goto("/login")
    photograph(page, "login")
    page.fill("#username", "qa")
    page.fill("#password", "wrong password")
    page.click("button[type=submit]")
    assert "ユーザー名またはパスワードが違います" in page.locator("[role=alert]").inner_text()
    page.goto("/api/docs")
    assert page.locator(".tp-operation").count() >= 14
    photograph(page, "api-docs", whole=False)
    page.locator(".tp-operation").nth(3).scroll_into_view_if_needed()
    photograph(page, "api-docs-call", whole=False)
    page.goto("/nothing")
    photograph(page, "not-found")
    context.close()


def test_other_rooms_pages_stand_in_the_same_frame(open_page):
    page = open_page("qa", "/qa/call-resolved")
    page.get_by_role("link", name="Quality").wait_for()
    photograph(page, "qa-call")
