"""The models process ends when it cannot load, so that it is started anew."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from app import models_process
from app.models_process import run_models
from app.settings import load


async def test_a_failed_load_ends_the_process_with_its_error(tmp_path, database, monkeypatch):
    @asynccontextmanager
    async def loader(services):
        raise FileNotFoundError("model.bin is missing")
        yield

    monkeypatch.setattr(models_process, "packaged_loader", lambda choice: loader)
    monkeypatch.setattr(models_process.os, "nice", lambda by: 0)
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
