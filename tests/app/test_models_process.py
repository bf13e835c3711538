"""The models process is ready when the index is, and ends when it cannot load, so that it is started anew."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest

from app import models_process
from app.models_process import run_models
from app.settings import load
from kb_ingest.library import Library


async def test_a_failed_load_ends_the_process_with_its_error(tmp_path, database, monkeypatch):
    @asynccontextmanager
    async def loader(services):
        raise FileNotFoundError("model.bin is missing")
        yield

    monkeypatch.setattr(models_process, "packaged_loader", lambda choice: loader)
    settings = load(data=tmp_path, database_url=str(database.engine.url))
    with pytest.raises(FileNotFoundError, match="is missing"):
        await asyncio.wait_for(run_models(settings), 60)


async def test_a_load_that_fails_is_told_to_who_started_it(tmp_path):
    from models.server import build_app

    failures = []

    @asynccontextmanager
    async def loader(services):
        raise RuntimeError("no memory")
        yield

    app = build_app(loader=loader, on_failure=failures.append)
    async with app.router.lifespan_context(app), asyncio.timeout(10):
        while not failures:
            await asyncio.sleep(0.01)
    assert [str(one) for one in failures] == ["no memory"]


async def test_it_is_ready_once_the_index_is_open(tmp_path, database, monkeypatch):
    opening, opened = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def loader(services):
        services.recogniser = services.synthesiser = services.embedder = object()
        yield

    async def start(library):
        opening.set()
        await opened.wait()
        return 0

    monkeypatch.setattr(models_process, "packaged_loader", lambda choice: loader)
    monkeypatch.setattr(Library, "start", start)
    settings = load(data=tmp_path, database_url=str(database.engine.url))
    running = asyncio.create_task(run_models(settings))
    transport = httpx.AsyncHTTPTransport(uds=str(settings.models_socket))
    try:
        async with (
            asyncio.timeout(60),
            httpx.AsyncClient(transport=transport, base_url="http://models") as client,
        ):
            await opening.wait()
            while not settings.models_socket.exists():
                await asyncio.sleep(0.02)
            answer = await client.get("/readyz")
            assert answer.status_code == 503
            assert answer.json()["missing"] == ["knowledge index"]
            opened.set()
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
