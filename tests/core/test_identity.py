"""Log-in lets in who should come in, and nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from core.db import Database, sqlite_url
from core.identity import Identity, Role, TooManyTries, sessions, users
from core.refusals import REFUSED
from core.web import COOKIE, CSRF_HEADER, SameOrigin, require


class SetClock:
    def __init__(self):
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self):
        return self.time

    def monotonic(self):
        return self.time.timestamp()


@pytest.fixture
async def db(tmp_path):
    db = Database(sqlite_url(tmp_path / "users.db"))
    await db.create_all()
    yield db
    await db.close()


async def test_in_use_a_password_costs_whoever_guesses_it(db, monkeypatch):
    monkeypatch.setattr("core.identity.PasswordHasher", PasswordHasher)  # as without the tests' own
    await Identity(db).add_user("mei", "long enough pass", {Role.AGENT})
    async with db.read() as connection:
        stored = (await connection.execute(select(users.c.password_hash))).scalar_one()
    cost = extract_parameters(stored)
    assert cost.type is Type.ID and cost.memory_cost >= 19 * 1024 and cost.time_cost >= 2  # OWASP's least


async def test_a_right_password_opens_a_session_that_ends(db):
    clock = SetClock()
    identity = Identity(db, clock)
    await identity.add_user("mei", "long enough pass", {Role.AGENT}, languages=("zh",))
    assert await identity.log_in("mei", "wrong") is None
    assert await identity.log_in("nobody", "long enough pass") is None
    session = await identity.log_in("mei", "long enough pass")
    assert session.user.languages == ("zh",)
    assert (await identity.session(session.secret, "page")).user.username == "mei"
    assert await identity.session(session.secret, "token") is None
    clock.time += timedelta(hours=13)
    assert await identity.session(session.secret, "page") is None


async def test_neither_password_nor_secret_is_stored(db):
    identity = Identity(db)
    await identity.add_user("mei", "long enough pass", {Role.AGENT})
    session = await identity.log_in("mei", "long enough pass")
    async with db.read() as connection:
        rows = str(
            (await connection.execute(select(users))).all()
            + (await connection.execute(select(sessions))).all()
        )
    assert "long enough pass" not in rows and session.secret not in rows


async def test_guessing_is_slowed_down_and_a_user_shut_out_is_out(db):
    clock = SetClock()
    identity = Identity(db, clock)
    await identity.add_user("mei", "long enough pass", {Role.AGENT})
    session = await identity.log_in("mei", "long enough pass")
    for _ in range(10):
        assert await identity.log_in("mei", "guess") is None
    with pytest.raises(TooManyTries):
        await identity.log_in("mei", "long enough pass")
    clock.time += timedelta(minutes=6)
    assert await identity.log_in("mei", "long enough pass")
    await identity.shut_out("mei")
    assert await identity.session(session.secret, "page") is None


async def test_a_short_password_is_refused(db):
    with pytest.raises(ValueError, match="10 characters"):
        await Identity(db).add_user("mei", "short", {Role.AGENT})


async def test_routes_ask_for_role_and_pages_for_their_csrf_token(db):
    identity = Identity(db)
    await identity.add_user("mei", "long enough pass", {Role.AGENT})
    await identity.add_user("root", "long enough pass", {Role.ADMIN})
    app = FastAPI()
    app.add_middleware(SameOrigin)
    app.state.identity = identity

    @app.post("/only-qa", dependencies=[Depends(require(Role.QA))])
    def only_qa():
        return "ok"

    @app.post("/agents", dependencies=[Depends(require(Role.AGENT))])
    def agents():
        return "ok"

    page = await identity.log_in("mei", "long enough pass")
    token = await identity.log_in("mei", "long enough pass", "token")
    root = await identity.log_in("root", "long enough pass", "token")
    client = TestClient(app)
    assert client.post("/agents").status_code == 401
    bearer = {"authorization": f"Bearer {token.secret}"}
    assert client.post("/agents", headers=bearer).status_code == 200
    assert client.post("/only-qa", headers=bearer).status_code == 403
    assert client.post("/only-qa", headers={"authorization": f"Bearer {root.secret}"}).status_code == 200
    cookie = {"cookie": f"{COOKIE}={page.secret}"}
    assert client.post("/agents", headers=cookie).status_code == 403
    assert client.post("/agents", headers=cookie | {CSRF_HEADER: page.csrf}).status_code == 200
    other = cookie | {CSRF_HEADER: page.csrf, "origin": "https://evil.example"}
    assert client.post("/agents", headers=other).status_code == 403


async def test_expired_and_unknown_tokens_are_counted_and_logged_without_them(db, caplog, monkeypatch):
    monkeypatch.setattr("core.refusals.EVERY_S", 0.0)
    clock = SetClock()
    identity = Identity(db, clock)
    await identity.add_user("mei", "long enough pass", {Role.AGENT})
    session = await identity.log_in("mei", "long enough pass", "token")
    expired, unknown = (REFUSED.labels(what) for what in ("expired_token", "unknown_token"))
    before = (expired._value.get(), unknown._value.get())
    clock.time += timedelta(days=365)
    assert await identity.session(session.secret, "token") is None
    assert await identity.session("made-up", "token") is None
    assert await identity.session("", "token") is None, "who shows none is no fault"
    assert (expired._value.get(), unknown._value.get()) == (before[0] + 1, before[1] + 1)
    assert "a token session that has expired" in caplog.text
    assert session.secret not in caplog.text and "mei" not in caplog.text and "made-up" not in caplog.text
