"""The pages as browsers meet them, without a screen: who gets in, log-in and log-out, languages, refusals."""

import contextlib
import json
import re

import httpx
import pytest
from web_world import PASSWORD, log_in

from core.console.texts import _tables
from core.identity import Role
from core.languages import Language
from core.web import COOKIE

# Everything that answers without a log-in, and why that is right.
OPEN = {
    ("GET", "/"): "sends to the log-in page",
    ("GET", "/login"): "the log-in page",
    ("POST", "/login"): "the log-in itself",
    ("POST", "/logout"): "ends what session there is",
    ("POST", "/api/login"): "the log-in itself",
    ("POST", "/api/phone/ticket"): "asks for a log-in by itself, where strangers may not call",
    ("GET", "/api/docs"): "description without data",
    ("GET", "/api/openapi.json"): "description without data",
    ("GET", "/healthz"): "no data",
    ("GET", "/readyz"): "no data",
    ("GET", "/metrics"): "loopback or token",
    ("GET", "/console/style.css"): "static",
    ("GET", "/console/console.js"): "static",
}

PAGES = {
    "/calls": {Role.AGENT, Role.QA, Role.SUPERVISOR, Role.ADMIN},
    "/calls/call-handed": {Role.AGENT, Role.QA, Role.SUPERVISOR, Role.ADMIN},
    "/latency": {Role.QA, Role.SUPERVISOR, Role.ADMIN},
    "/knowledge": {Role.EDITOR, Role.ADMIN},
    "/admin": {Role.ADMIN},
    "/admin/queues": {Role.ADMIN},
    "/admin/numbers": {Role.ADMIN},
    "/admin/audit": {Role.ADMIN},
    "/wall": {Role.SUPERVISOR, Role.ADMIN},
    "/qa": {Role.QA, Role.SUPERVISOR, Role.ADMIN},
    "/qa/call-resolved": {Role.QA, Role.SUPERVISOR, Role.ADMIN},
}


@pytest.fixture(scope="module")
def browsers(pages):
    """One logged-in browser per role, and one that is not."""
    opened = {role: log_in(pages.url, role.value) for role in Role}
    opened[None] = httpx.Client(base_url=pages.url, timeout=20)
    yield opened
    for browser in opened.values():
        browser.close()


def static(method: str, path: str) -> bool:
    """Files of the page framework: the same for everybody."""
    return method in ("GET", "MOUNT") and path.startswith(
        ("/_nicegui/", "/favicon", "/wall-assets", "/desk-assets", "/phone-assets")
    )


def test_nothing_answers_without_a_log_in_but_what_is_listed(pages, browsers):
    found = [tuple(one) for one in json.loads((pages.folder / "routes.json").read_text())]
    paths = {path for _, path in found}
    assert {"/calls", "/calls/{call_id}", "/knowledge", "/qa", "/desk", "/admin", "/api/calls"} <= paths
    for method, path in found:
        if (method, path) in OPEN or static(method, path) or path in ("", "/api/{rest:path}"):
            continue
        if method == "MOUNT":
            assert path in ("/_nicegui_ws", "/_nicegui_ws/"), path
            continue
        place = re.sub(r"{\w+}", "x", path.replace(":path", ""))
        answer = browsers[None].request(method, place)
        to_login = answer.status_code in (302, 303, 307) and answer.headers["location"].startswith("/login")
        assert answer.status_code == 401 or to_login, (method, path, answer.status_code)


@pytest.mark.parametrize("path", sorted(PAGES))
def test_a_page_is_open_to_its_roles_alone(browsers, path):
    for role in Role:
        answer = browsers[role].get(path)
        if role in PAGES[path]:
            assert answer.status_code == 200, (role, answer.text[:300])
        else:
            assert answer.status_code == 403 and 'href="/"' in answer.text, role


def test_the_page_sockets_are_closed_to_strangers(browsers):
    handshake = "/_nicegui_ws/socket.io/?EIO=4&transport=polling&client_id=x"
    assert browsers[None].get(handshake).status_code == 401
    assert browsers[None].post("/_nicegui/client/x/upload/1", content=b"x").status_code == 401
    assert browsers[Role.QA].get(handshake).status_code == 200


def test_another_sites_page_cannot_open_a_socket_or_log_anybody_out(pages, browsers):
    evil = {"Origin": "https://evil.example"}
    post = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"
    assert browsers[Role.QA].post(post, headers=evil, content=b"x").status_code == 403
    assert browsers[Role.QA].post("/logout", headers=evil).status_code == 403
    assert browsers[Role.QA].get("/calls").status_code == 200


def test_log_in_leads_where_the_user_wanted_to_go(pages):
    with httpx.Client(base_url=pages.url, timeout=20) as browser:
        sent = browser.get("/calls/call-resolved?x=1")
        assert sent.status_code == 303
        assert sent.headers["location"] == "/login?next=%2Fcalls%2Fcall-resolved%3Fx%3D1"
        form = browser.get(sent.headers["location"]).text
        assert 'value="/calls/call-resolved?x=1"' in form
        fields = {"username": "qa", "password": PASSWORD, "next": "/calls/call-resolved?x=1"}
        answer = browser.post("/login", data=fields)
        assert answer.headers["location"] == "/calls/call-resolved?x=1"
        cookie = answer.headers["set-cookie"]
        assert COOKIE in cookie and "HttpOnly" in cookie and "samesite=lax" in cookie.lower()
        assert browser.get("/").headers["location"] == "/qa"
        assert browser.get("/login").status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/login"]
)
def test_log_in_leads_to_no_other_site(pages, target):
    with httpx.Client(base_url=pages.url, timeout=20) as browser:
        fields = {"username": "qa", "password": PASSWORD, "next": target}
        assert browser.post("/login", data=fields).headers["location"] == "/qa"


def test_a_wrong_password_is_said_and_the_name_kept_safely(pages):
    with httpx.Client(base_url=pages.url, timeout=20) as browser:
        answer = browser.post("/login", data={"username": '"><script>', "password": "wrong"})
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text and "<script>" not in answer.text.replace("<script src=", "")
        assert COOKIE not in answer.headers.get("set-cookie", "")


def test_log_out_needs_the_sessions_own_token(pages):
    with contextlib.closing(log_in(pages.url, "editor")) as browser:
        browser.post("/logout", data={"csrf": "wrong"})
        page = browser.get("/knowledge")
        assert page.status_code == 200
        csrf = re.search(r'name=\\*"csrf\\*" value=\\*"([\w-]+)', page.text).group(1)
        secret = browser.cookies[COOKIE]
        assert browser.post("/logout", data={"csrf": csrf}).headers["location"] == "/login"
        assert COOKIE not in browser.cookies
        again = httpx.get(f"{pages.url}/knowledge", headers={"Cookie": f"{COOKIE}={secret}"}, timeout=20)
        assert again.status_code == 303  # the session itself has ended, not only the cookie


@pytest.mark.parametrize(
    ("header", "cookie", "said"),
    [
        ("ja-JP,en;q=0.5", "", "ログイン"),
        ("fr, ko;q=0.9, en;q=0.8", "", "로그인"),
        ("en", "zh", "登录"),
        ("", "", "Log in"),
        ("en", "nonsense", "Log in"),
    ],
)
def test_the_language_is_the_cookies_or_the_browsers(pages, header, cookie, said):
    headers = {"Accept-Language": header}
    if cookie:
        headers["Cookie"] = f"tetraphone_language={cookie}"
    page = httpx.get(f"{pages.url}/login", headers=headers, timeout=20).text
    assert f"<h1>{said}</h1>" in page


def test_an_unknown_page_is_a_page_and_says_so(browsers):
    answer = browsers[Role.QA].get("/nothing/here")
    assert answer.status_code == 404 and "No such page" in answer.text
    unknown = browsers[Role.QA].get("/calls/nothing")
    assert unknown.status_code == 404 and "There is no such call" in unknown.text
    assert browsers[Role.AGENT].get("/calls/call-resolved").status_code == 403


@pytest.mark.parametrize("role", [Role.QA, Role.SUPERVISOR])
def test_pages_mask_numbers(browsers, role):
    text = browsers[role].get("/calls/call-resolved").text
    assert "****8000" in text and "13800138000" not in text and "13912345678" not in text


def test_every_text_has_all_languages_and_the_same_places():
    import string

    import app.web.texts  # noqa: F401

    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert any(key.startswith("calls.") for key in _tables)
    for key, texts in _tables.items():
        assert set(texts) >= {language.value for language in Language}, key
        assert len({frozenset(places(text)) for text in texts.values()}) == 1, key


def test_the_demo_log_ins_are_shown_in_a_demo(pages):
    assert "shown only in a demo" in httpx.get(f"{pages.url}/login", timeout=20).text


async def test_the_demo_log_ins_are_shown_in_a_demo_only(parts):
    from dataclasses import replace

    from fastapi import FastAPI

    from app.web import page_login
    from app.web.login_guard import LoginGuard

    for demo, shown in ((False, False), (True, True)):
        app = FastAPI()
        parts.settings = replace(parts.settings, demo=demo, demo_logins=(("qa", "for show", "quality"),))
        app.state.parts, app.state.identity = parts, parts.identity
        app.state.login_guard = LoginGuard(parts.identity)
        app.include_router(page_login.router)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            assert ("for show" in (await client.get("/login")).text) is shown
