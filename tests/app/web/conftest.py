"""Fixtures of the web process: its API over ASGI, one client per role."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from chromium import ARGUMENTS, CHROMIUM
from web_world import close_world, log_in, open_world, seed

from app.web import build_web_app
from core.identity import Role
from core.web import COOKIE


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """A folder with users and calls, and a token of each role; made once, since passwords cost time."""
    folder = tmp_path_factory.mktemp("web")
    return folder, asyncio.run(seed(folder))


@pytest.fixture
async def parts(seeded, tmp_path):
    folder = tmp_path / "web"
    shutil.copytree(seeded[0], folder)
    parts = await open_world(folder)
    yield parts
    await close_world(parts)


@pytest.fixture
async def web(parts):
    """The API alone, its background tasks running."""
    app = build_web_app(parts, consoles=False)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(web):
    async with httpx.AsyncClient(transport=_local(web), base_url="http://test") as client:
        yield client


@pytest.fixture
async def as_role(web, seeded):
    """``as_role(Role.QA)`` is a client with that user's token."""
    opened = []

    async def open_client(role: Role | str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=_local(web),
            base_url="http://test",
            headers={"Authorization": f"Bearer {seeded[1][str(role)]}"},
        )
        opened.append(client)
        return client

    yield open_client
    for one in opened:
        await one.aclose()


@dataclass(frozen=True)
class Pages:
    """A running web app with its pages."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The web app with its pages in a process of its own, over a database with users and calls."""
    folder = tmp_path_factory.mktemp("pages")
    asyncio.run(seed(folder))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = Path(__file__).parent
    paths = os.pathsep.join([str(here), str(here.parents[2])])
    environment = {**os.environ, "PYTHONPATH": paths, "NICEGUI_STORAGE_PATH": str(folder / "nicegui")}
    environment.pop("PYTEST_CURRENT_TEST", None)
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, str(here / "page_server.py"), str(folder), str(port)],
            env=environment,
            stdout=log,
            stderr=log,
        )
    pages = Pages(f"http://127.0.0.1:{port}", folder)
    try:
        until = time.monotonic() + 180
        while True:
            try:
                httpx.get(f"{pages.url}/healthz", timeout=2)
                break
            except httpx.HTTPError:
                log_text = (folder / "server.log").read_text()
                assert server.poll() is None and time.monotonic() < until, log_text
                time.sleep(0.1)
        yield pages
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def session_of(pages):
    """The session cookie of a user, logged in once for all tests."""
    known = {}

    def of(user: str) -> str:
        if user not in known:
            with contextlib.closing(log_in(pages.url, user)) as browser:
                known[user] = browser.cookies[COOKIE]
        return known[user]

    return of


@pytest.fixture
def open_page(chromium, pages, session_of):
    """``open_page("qa", "/calls")``; anything the browser complains about fails the test."""
    contexts, complaints = [], []

    def open_one(user: str, start: str = "/", **options):
        options = {"locale": "en-US", "viewport": {"width": 1360, "height": 850}, **options}
        context = chromium.new_context(base_url=pages.url, **options)
        contexts.append(context)
        context.add_cookies([{"name": COOKIE, "value": session_of(user), "url": pages.url}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.goto(start)
        page.wait_for_selector(".tp-header")
        return page

    yield open_one
    for context in contexts:
        context.close()
    # A page that is meant to be refused is an error to the browser, and none to us.
    assert [one for one in complaints if "status of 40" not in one] == []


def _local(web) -> httpx.ASGITransport:
    # Errors are to be seen as the client sees them, not raised into the test.
    return httpx.ASGITransport(web, client=("127.0.0.1", 5000), raise_app_exceptions=False)
