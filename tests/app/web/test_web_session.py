"""Log-in over the API, tokens and cookies, CSRF, other sites, and who may call what."""

import re

import pytest
from argon2 import PasswordHasher
from web_world import PASSWORD

from app.web import api_calls
from core.identity import Role
from core.web import COOKIE, CSRF_HEADER

EVERYBODY = set(Role)
READERS = {Role.AGENT, Role.QA, Role.SUPERVISOR, Role.ADMIN}
ASKERS = {Role.EDITOR, Role.AGENT, Role.QA, Role.SUPERVISOR, Role.ADMIN}
CALLERS_BACK = {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}
PUBLIC = None

MATRIX = {
    ("POST", "/api/login"): PUBLIC,
    ("POST", "/api/logout"): EVERYBODY,
    ("GET", "/api/me"): EVERYBODY,
    ("GET", "/api/calls"): READERS,
    ("GET", "/api/calls/{call_id}"): READERS,
    ("GET", "/api/calls/{call_id}/events"): READERS,
    ("GET", "/api/calls/{call_id}/recording"): READERS,
    ("POST", "/api/calls/{call_id}/number"): READERS,
    ("POST", "/api/calls/{call_id}/replay"): {Role.QA, Role.SUPERVISOR, Role.ADMIN},
    ("GET", "/api/latency"): {Role.QA, Role.SUPERVISOR, Role.ADMIN},
    ("GET", "/api/wall"): {Role.SUPERVISOR, Role.ADMIN},
    ("GET", "/api/wall/stream"): {Role.SUPERVISOR, Role.ADMIN},
    # Listening needs a right beside the role, tested apart.
    ("POST", "/api/wall/calls/{call_id}/monitor"): {Role.SUPERVISOR, Role.ADMIN},
    ("POST", "/api/wall/calls/{call_id}/hang-up"): {Role.SUPERVISOR, Role.ADMIN},
    ("POST", "/api/wall/complaints/{call_id}/take-up"): {Role.SUPERVISOR, Role.ADMIN},
    ("POST", "/api/wall/alerts/{alert_id}/acknowledge"): {Role.SUPERVISOR, Role.ADMIN},
    ("GET", "/api/wall/queues/{name}"): {Role.SUPERVISOR, Role.ADMIN},
    ("PUT", "/api/wall/queues/{name}"): {Role.SUPERVISOR, Role.ADMIN},
    ("GET", "/api/wall/agents/{username}"): {Role.SUPERVISOR, Role.ADMIN},
    ("PUT", "/api/wall/agents/{username}"): {Role.SUPERVISOR, Role.ADMIN},
    ("GET", "/api/callbacks"): CALLERS_BACK,
    ("GET", "/api/callbacks/{entry_id}/message"): CALLERS_BACK,
    ("POST", "/api/callbacks/{entry_id}/{action}"): CALLERS_BACK,
    ("POST", "/api/callbacks/{entry_id}/number"): CALLERS_BACK,
    ("POST", "/api/kb/documents"): {Role.EDITOR, Role.ADMIN},
    ("GET", "/api/kb/documents"): ASKERS,
    ("DELETE", "/api/kb/documents/{document_id}"): {Role.EDITOR, Role.ADMIN},
    ("POST", "/api/kb/search"): ASKERS,
    ("GET", "/api/admin/users"): {Role.ADMIN},
    ("POST", "/api/admin/users"): {Role.ADMIN},
    ("PATCH", "/api/admin/users/{username}"): {Role.ADMIN},
    ("POST", "/api/admin/users/{username}/password"): {Role.ADMIN},
    ("GET", "/api/admin/skills"): {Role.ADMIN},
    ("POST", "/api/admin/skills/{skill}/rename"): {Role.ADMIN},
    ("GET", "/api/admin/queues"): {Role.ADMIN},
    ("PUT", "/api/admin/queues"): {Role.ADMIN},
    ("GET", "/api/admin/numbers"): {Role.ADMIN},
    ("POST", "/api/admin/numbers"): {Role.ADMIN},
    ("PATCH", "/api/admin/numbers/{number}"): {Role.ADMIN},
    ("GET", "/api/admin/audit"): {Role.ADMIN},
    ("GET", "/api/admin/audit/verification"): {Role.ADMIN},
    ("POST", "/api/softphone/ticket"): {Role.AGENT, Role.SUPERVISOR, Role.ADMIN},
    ("POST", "/api/phone/ticket"): PUBLIC,  # strangers only where they may call, tested apart
    ("GET", "/healthz"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,  # loopback or token, tested apart
    ("GET", "/api/docs"): PUBLIC,
    ("GET", "/api/openapi.json"): PUBLIC,
}


def api_routes(app):
    """(method, path) of every route, those of included routers too."""
    found = set()
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if inner is not None:
            pending += inner.routes
        elif path := getattr(route, "path", ""):
            found |= {(method, path) for method in (route.methods or ()) if method != "HEAD"}
    return {one for one in found if one[1] != "/api/{rest:path}"}


async def test_every_route_is_in_the_table_of_roles(web):
    assert api_routes(web) == set(MATRIX)


async def test_no_route_is_analysed_anew_for_each_app(web):
    assert all(route in web.routes for route in api_calls.router.routes)


@pytest.mark.parametrize(("method", "path"), sorted(one for one in MATRIX if MATRIX[one] is not PUBLIC))
async def test_a_route_is_open_to_its_roles_alone(client, as_role, method, path):
    place = re.sub(r"{\w+}", "no-such", path)
    refused = await client.request(method, place)
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "not_logged_in"
    for role in Role:
        answer = await (await as_role(role)).request(method, place)
        if role in MATRIX[method, path]:
            assert answer.status_code not in (401, 403), (role, answer.text)
        else:
            assert answer.status_code == 403, (role, answer.text)
            assert "roles" in answer.json()["error"]["message"]


async def test_a_token_is_given_used_and_ended(client):
    answer = await client.post("/api/login", json={"username": "qa", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.json()["user"]["roles"] == ["qa"] and answer.json()["expires_in"] > 0
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert (await client.get("/api/me", headers=bearer)).json()["username"] == "qa"
    assert (await client.post("/api/logout", headers=bearer)).status_code == 204
    assert (await client.get("/api/me", headers=bearer)).status_code == 401


async def test_wrong_passwords_are_refused_and_then_slowed_down(client):
    for _ in range(10):
        answer = await client.post("/api/login", json={"username": "qa", "password": "wrong"})
        assert answer.status_code == 401
    answer = await client.post("/api/login", json={"username": "qa", "password": PASSWORD})
    assert answer.status_code == 429 and answer.headers["retry-after"] == "300"
    assert "five minutes" in answer.json()["error"]["message"]
    other = await client.post("/api/login", json={"username": "admin", "password": PASSWORD})
    assert other.status_code == 200


async def test_one_address_cannot_try_many_names(client, parts):
    parts.identity._nobody = PasswordHasher(time_cost=1, memory_cost=64).hash(
        "x"
    )  # thirty full ones take long
    for number in range(30):
        answer = await client.post("/api/login", json={"username": f"nobody-{number}", "password": "wrong"})
        assert answer.status_code == 401
    assert (await client.post("/api/login", json={"username": "x", "password": "y"})).status_code == 429


async def test_a_malformed_login_says_what_is_missing(client):
    answer = await client.post("/api/login", json={"username": "qa"})
    assert answer.status_code == 422
    assert "password" in answer.json()["error"]["message"]


async def test_a_cookie_may_read_but_changes_only_with_the_csrf_token(client, parts):
    session = await parts.identity.log_in("supervisor", PASSWORD, "page")
    cookies = {"Cookie": f"{COOKIE}={session.secret}"}
    assert (await client.get("/api/calls", headers=cookies)).status_code == 200
    path = "/api/calls/call-resolved/replay"
    refused = await client.post(path, headers=cookies)
    assert refused.status_code == 403 and CSRF_HEADER in refused.json()["error"]["message"]
    wrong = await client.post(path, headers={**cookies, CSRF_HEADER: "wrong"})
    assert wrong.status_code == 403
    right = await client.post(path, headers={**cookies, CSRF_HEADER: session.csrf})
    assert right.status_code == 200


async def test_a_page_cookie_is_no_token_and_a_token_no_cookie(client, parts):
    page = await parts.identity.log_in("qa", PASSWORD, "page")
    token = await parts.identity.log_in("qa", PASSWORD, "token")
    assert (
        await client.get("/api/me", headers={"Authorization": f"Bearer {page.secret}"})
    ).status_code == 401
    assert (await client.get("/api/me", headers={"Cookie": f"{COOKIE}={token.secret}"})).status_code == 401


async def test_another_sites_page_can_post_nothing(client):
    answer = await client.post(
        "/api/login",
        json={"username": "qa", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


async def test_a_user_who_was_shut_out_is_out_at_once(as_role, parts):
    client = await as_role(Role.QA)
    assert (await client.get("/api/me")).status_code == 200
    await parts.identity.shut_out("qa")
    assert (await client.get("/api/me")).status_code == 401


async def test_every_answer_carries_the_security_headers(client):
    for path in ("/healthz", "/api/calls", "/api/nothing", "/api/docs"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
    assert "unsafe" not in (await client.get("/api/docs")).headers["content-security-policy"]


async def test_an_unknown_route_is_a_sentence_in_json(client):
    answer = await client.get("/api/nothing/here")
    assert answer.status_code == 404
    assert "/api/docs" in answer.json()["error"]["message"]


async def test_a_body_that_is_too_long_is_not_read(client, as_role):
    answer = await client.post("/api/login", content=b"x" * (2 * 1024 * 1024))
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too_large"

    async def endless():
        for _ in range(40):
            yield b"x" * 100_000

    answer = await client.post("/api/login", content=endless())
    assert answer.status_code == 413


async def test_the_description_names_every_public_route(client):
    page = (await client.get("/api/docs")).text
    api = (await client.get("/api/openapi.json")).json()
    for method, path in MATRIX:
        if path not in ("/api/docs", "/api/openapi.json"):
            assert path in page
            assert method.lower() in api["paths"][path]
    assert "<script>" not in page
