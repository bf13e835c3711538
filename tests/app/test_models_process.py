"""The models process is ready when the index is, and ends when it cannot load, so that it is started anew."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest

from app import models_process
from app.models_process import model_choice, run_models
from app.settings import load
from kb_ingest.library import Library
from models import compose
from models.compose import ModelChoice
from models.embedding import sentence_transformers


async def test_a_failed_load_ends_the_process_with_its_error(tmp_path, database, monkeypatch):
    @asynccontextmanager
    async def loader(services):
        raise FileNotFoundError("model.bin is missing")
        yield

    monkeypatch.setattr(models_process, "packaged_loader", lambda choice: loader)
    settings = load(data=tmp_path, database_url=str(database.engine.url))
    with pytest.raises(FileNotFoundError, match="is missing"):
        await asyncio.wait_for(run_models(settings), 60)


def test_every_choice_of_models_can_be_made_by_a_setting(tmp_path):
    plain = model_choice(load(data=tmp_path))
    (tmp_path / "model.safetensors").touch()  # a folder as transformers saves a model
    assert plain == ModelChoice(speech=plain.speech)
    chosen = model_choice(
        load(
            data=tmp_path, recogniser_model=str(tmp_path), device="cuda", recogniser_beam=1, recogniser_batch=32,
            recogniser_compute_type="int8_float16", embedder_model=str(tmp_path / "e5"),
        )
    )  # fmt: skip
    assert (chosen.whisper, chosen.device, chosen.beam, chosen.max_batch, chosen.compute_type, chosen.embedder) == (
        tmp_path, "cuda", 1, 32, "int8_float16", str(tmp_path / "e5"),
    )  # fmt: skip


def test_an_embedder_of_another_space_is_refused(monkeypatch):
    class Larger:
        dimension = 1024

    monkeypatch.setattr(sentence_transformers, "SentenceTransformersEmbedder", lambda folder: Larger())
    with pytest.raises(ValueError, match="1024 dimensions"):
        compose._embedder(ModelChoice(embedder="/models/e5-large"))


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
