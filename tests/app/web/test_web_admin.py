"""Administration over the API: users, numbers, the audit log; who did it is always the one who asked."""

import pytest
from sqlalchemy import text
from web_world import PASSWORD

import app.web.texts_admin  # noqa: F401 - registers the words
from core.administration import REFUSALS
from core.console import t
from core.identity import Role
from core.languages import Language
from core.web import COOKIE, CSRF_HEADER


@pytest.fixture
async def admin(as_role):
    return await as_role(Role.ADMIN)


async def entries(admin, **query):
    answer = await admin.get("/api/admin/audit", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["entries"]


async def test_a_user_is_added_changed_switched_off_and_on(admin, client):
    new = {
        "username": "mei",
        "roles": ["agent"],
        "languages": {"zh": 5, "en": 3},
        "skills": {"billing": 4},
        "capacity": 2,
    }
    added = await admin.post("/api/admin/users", json=new)
    assert added.status_code == 201
    made = added.json()["password"]
    assert len(made) >= 12 and added.json()["languages"] == {"zh": 5, "en": 3}
    assert added.json()["capacity"] == 2
    login = {"username": "mei", "password": made}
    token = (await client.post("/api/login", json=login)).json()["token"]
    me = (await client.get("/api/me", headers={"Authorization": f"Bearer {token}"})).json()
    assert me["languages"] == ["zh", "en"] and me["skills"] == ["billing"]

    changed = await admin.patch("/api/admin/users/mei", json={"roles": ["agent", "qa"]})
    assert changed.json()["roles"] == ["agent", "qa"] and changed.json()["skills"] == {"billing": 4}
    one = await admin.patch("/api/admin/users/mei", json={"capacity": 1})
    assert one.json()["capacity"] == 1
    off = await admin.patch("/api/admin/users/mei", json={"active": False})
    assert off.json()["active"] is False
    assert (await client.get("/api/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    assert (await client.post("/api/login", json=login)).status_code == 401
    await admin.patch("/api/admin/users/mei", json={"active": True})
    assert (await client.post("/api/login", json=login)).status_code == 200
    listed = {one["username"]: one for one in (await admin.get("/api/admin/users")).json()["users"]}
    assert listed["mei"]["active"] and "password" not in str(listed)

    actions = [
        (one["actor"], one["origin"], one["action"]) for one in await entries(admin, subject="user:mei")
    ]
    assert actions == [
        ("admin", "api", "user.enabled"),
        ("admin", "api", "user.disabled"),
        ("admin", "api", "user.changed"),
        ("admin", "api", "user.roles_changed"),
        ("admin", "api", "user.added"),
    ]
    assert made not in str(await entries(admin))


async def test_open_pages_of_agents_are_told_of_what_was_changed(admin, parts):
    told = []
    parts.administration.user_changed = told.append
    await admin.patch("/api/admin/users/agent", json={"languages": {"ja": 5}, "capacity": 2})
    assert [(one.username, one.leveled_languages(), one.capacity) for one in told] == [
        ("agent", {"ja": 5}, 2)
    ]
    await admin.patch("/api/admin/users/agent", json={"capacity": 2})  # as it was
    await admin.patch("/api/admin/users/agent", json={"capacity": 9})  # refused
    assert len(told) == 1


async def test_a_password_is_reset_and_said_once(admin, client):
    answer = await admin.post("/api/admin/users/qa/password", json={})
    fresh = answer.json()["password"]
    assert (await client.post("/api/login", json={"username": "qa", "password": PASSWORD})).status_code == 401
    assert (await client.post("/api/login", json={"username": "qa", "password": fresh})).status_code == 200
    given = await admin.post("/api/admin/users/qa/password", json={"password": "another long one"})
    assert given.json() == {"password": None}
    short = await admin.post("/api/admin/users/qa/password", json={"password": "short"})
    assert short.status_code == 422 and short.json()["error"]["code"] == "short_password"
    kept = str(await entries(admin))
    assert fresh not in kept and "another long one" not in kept


async def test_the_last_administrator_cannot_lock_everybody_out(admin):
    for change in ({"active": False}, {"roles": ["qa"]}):
        answer = await admin.patch("/api/admin/users/admin", json=change)
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "last_admin"
        assert "somebody else" in answer.json()["error"]["message"]
    assert (await admin.patch("/api/admin/users/qa", json={"roles": ["admin"]})).status_code == 200
    assert (await admin.patch("/api/admin/users/admin", json={"roles": ["qa"]})).status_code == 200
    assert (await admin.get("/api/admin/users")).status_code == 403  # at once


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/admin/users", {"username": "qa", "roles": ["qa"]}, 409, "user_exists"),
        ("POST", "/api/admin/users", {"username": "a b", "roles": ["qa"]}, 422, "bad_username"),
        ("POST", "/api/admin/users", {"username": "new", "roles": []}, 422, "no_role"),
        ("POST", "/api/admin/users", {"username": "new", "roles": ["qa"], "is_root": True}, 422, "invalid"),
        ("PATCH", "/api/admin/users/nobody", {"active": False}, 404, "unknown_user"),
        ("PATCH", "/api/admin/users/qa", {"languages": {"fr": 3}}, 422, "bad_language"),
        ("PATCH", "/api/admin/users/qa", {"skills": {"x": 9}}, 422, "bad_level"),
        ("PATCH", "/api/admin/users/qa", {"capacity": 6}, 422, "bad_capacity"),
        ("PATCH", "/api/admin/users/qa", {"password": "sneaked in here"}, 422, "invalid"),
        ("POST", "/api/admin/users/nobody/password", {}, 404, "unknown_user"),
        ("POST", "/api/admin/numbers", {"number": "110", "bot": "homegoods"}, 422, "bad_number"),
        ("POST", "/api/admin/numbers", {"number": "+81312345678", "bot": "x"}, 422, "unknown_bot"),
        ("PATCH", "/api/admin/numbers/+81312345678", {"active": False}, 404, "unknown_number"),
    ],
)
async def test_a_refusal_says_why_and_changes_nothing(admin, method, path, body, status, code):
    answer = await admin.request(method, path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await entries(admin) == []


async def test_numbers_are_added_and_changed(admin):
    new = {"number": "+81 3 1234 5678", "bot": "homegoods", "language": "ja", "label": "Tokyo"}
    assert (await admin.post("/api/admin/numbers", json=new)).json()["number"] == "+81312345678"
    changed = await admin.patch("/api/admin/numbers/+81312345678", json={"language": ""})
    assert changed.json()["language"] is None and changed.json()["label"] == "Tokyo"
    body = (await admin.get("/api/admin/numbers")).json()
    assert body["bots"] == ["homegoods"] and len(body["numbers"]) == 1
    newest = (await entries(admin))[0]
    assert (newest["before"], newest["after"]) == ({"language": "ja"}, {"language": None})


async def test_skills_are_listed_and_renamed_everywhere(admin):
    await admin.patch("/api/admin/users/agent", json={"skills": {"biling": 4}})
    renamed = await admin.post("/api/admin/skills/biling/rename", json={"to": "billing"})
    assert renamed.status_code == 200
    found = {one["name"]: one for one in (await admin.get("/api/admin/skills")).json()["skills"]}
    assert "biling" not in found
    assert found["billing"] == {
        "name": "billing", "levels": {"agent": 4}, "needed_by": [], "taken_by": [], "bots": []
    }  # fmt: skip
    gone = await admin.post("/api/admin/skills/biling/rename", json={"to": "x"})
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "unknown_skill")
    assert (await entries(admin, action="skill"))[0]["after"]["users"] == ["agent"]


async def test_a_skill_that_the_bot_asks_for_is_not_renamed(admin, parts):
    parts.administration.bot_skills = {"homegoods": frozenset({"general"})}
    (general,) = [one for one in (await admin.get("/api/admin/skills")).json()["skills"] if one["bots"]]
    assert (general["name"], general["bots"]) == ("general", ["homegoods"])
    refused = await admin.post("/api/admin/skills/general/rename", json={"to": "all"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "bot_skill")


@pytest.mark.parametrize("code", sorted(REFUSALS))
@pytest.mark.parametrize("language", list(Language))
def test_every_refusal_has_words_on_the_page(code, language):
    assert t(f"admin.refused_{code}", language)


async def test_a_page_changes_something_only_with_its_csrf_token(client, parts):
    session = await parts.identity.log_in("admin", PASSWORD, "page")
    cookies = {"Cookie": f"{COOKIE}={session.secret}"}
    refused = await client.patch("/api/admin/users/qa", json={"active": False}, headers=cookies)
    assert refused.status_code == 403 and CSRF_HEADER in refused.json()["error"]["message"]
    right = {**cookies, CSRF_HEADER: session.csrf}
    assert (
        await client.patch("/api/admin/users/qa", json={"active": False}, headers=right)
    ).status_code == 200


async def test_the_log_is_filtered_paged_and_verified(admin, parts):
    for number in range(5):
        await admin.patch("/api/admin/users/qa", json={"name": f"Name {number}"})
    first = (await admin.get("/api/admin/audit", params={"limit": 2})).json()
    assert [one["position"] for one in first["entries"]] == [5, 4] and first["next_before"] == 4
    second = (await admin.get("/api/admin/audit", params={"limit": 3, "before": 4})).json()
    assert [one["position"] for one in second["entries"]] == [3, 2, 1] and second["next_before"] is None
    assert (
        await entries(admin, actor="nobody") == [] and len(await entries(admin, action="user.changed")) == 5
    )
    assert (
        await entries(admin, since="2999-01-01") == [] and len(await entries(admin, until="2999-01-01")) == 5
    )

    found = (await admin.get("/api/admin/audit/verification")).json()
    assert found["ok"] and found["entries"] == 5 and found["witnessed"] == 5
    receipt = f"{found['entries']}:{found['head']}"
    async with parts.db.begin() as connection:
        await connection.execute(text("DROP TRIGGER audit_entries_no_update"))
        await connection.execute(text("UPDATE audit_entries SET actor = 'mei' WHERE position = 2"))
    found = (await admin.get("/api/admin/audit/verification", params={"receipt": receipt})).json()
    assert not found["ok"] and [(one["kind"], one["first"]) for one in found["faults"]] == [("altered", 2)]
    bad = await admin.get("/api/admin/audit/verification", params={"receipt": "nonsense"})
    assert bad.status_code == 422
