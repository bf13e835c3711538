"""Fixtures of the web process: its API over ASGI, one client per role."""

from __future__ import annotations

import asyncio
import shutil

import httpx
import pytest
from web_world import close_world, open_world, seed

from app.web import build_web_app
from core.identity import Role


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


def _local(web) -> httpx.ASGITransport:
    # Errors are to be seen as the client sees them, not raised into the test.
    return httpx.ASGITransport(web, client=("127.0.0.1", 5000), raise_app_exceptions=False)
