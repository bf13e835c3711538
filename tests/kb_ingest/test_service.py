"""The client against the real server over a Unix socket, in another process. Category: end-to-end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from core.db import Database, sqlite_url
from core.languages import Language
from kb_ingest.client import KnowledgeClient, KnowledgeUnavailable
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.library import Library, UnknownDocument
from kb_ingest.parsing import DocumentRefused
from models.protocols import BadRequest, ModelError
from tests.kb_ingest import files
from tests.kb_ingest.hashing_embedder import HashingEmbedder

pytestmark = pytest.mark.asyncio(loop_scope="module")
RETURNS = "# Returns\n\n## How long can I return something?\n\nMost items can be returned within 30 days.\n"


@asynccontextmanager
async def serving(folder: Path):
    """A process that owns the knowledge base of the folder and serves it on a socket."""
    socket = folder / "models.sock"
    root = Path(__file__).resolve().parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("serve_knowledge.py")),
        str(folder),
        str(socket),
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    try:
        async with httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)), base_url="http://x"
        ) as probe:
            for _ in range(300):
                try:
                    if (await probe.get("/kb/status")).is_success:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                assert process.returncode is None
        yield process, socket
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def socket(tmp_path_factory):
    """Of one for all tests that leave it as it was."""
    async with serving(tmp_path_factory.mktemp("knowledge")) as (_, socket):
        yield socket


async def test_the_client_does_all_the_library_does(socket):
    async with KnowledgeClient(socket) as client:
        added = await client.add("退货 returns.md", RETURNS.encode(), "编辑")
        assert (added.name, added.language, added.version) == ("退货 returns.md", Language.EN, 1)
        [hit] = await client.search("return something", Language.EN)
        assert (hit.document_id, hit.language) == (added.id, Language.EN)
        assert await client.search("return something", Language.KO) == []
        answer = await client.answer("How long can I return something?", Language.EN)
        assert answer is not None and answer.text == "Most items can be returned within 30 days."
        assert answer.document == "Returns" and answer.passage_id == hit.passage_id
        assert await client.answer("Who is the president of France?", Language.EN) is None
        [document] = await client.list()
        assert document == await client.get(added.id)
        assert document.uploaded_by == "编辑" and document.updated_at.tzinfo is not None
        status = await client.status()
        assert (status["documents"], status["passages"]) == (1, 1)
        assert (await client.remove(added.id)).id == added.id
        assert await client.list() == []


async def test_refusals_and_mistakes_come_through_with_their_words(socket):
    async with KnowledgeClient(socket) as client:
        with pytest.raises(DocumentRefused) as caught:
            await client.add("secret.pdf", files.encrypted_pdf(files.pdf([[(11, "x")]]), "p"), "editor")
        assert caught.value.code == "encrypted" and "password" in caught.value.message
        with pytest.raises(DocumentRefused) as caught:
            await client.add("large.txt", b"a" * (20 * 1024 * 1024 + 1), "editor")
        assert caught.value.code == "too_large"
        with pytest.raises(UnknownDocument):
            await client.remove("../status")
        with pytest.raises(BadRequest, match="limit"):
            await client.search("x", None, 1000)
        with pytest.raises(BadRequest, match="query"):
            await client.search(" ", None)
        # The server goes on.
        added = await client.add("returns.md", RETURNS.encode(), "editor")
        assert added.version == 1
        await client.remove(added.id)


async def test_malformed_requests_are_answered_and_not_logged_as_failures(socket):
    async with httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(socket)), base_url="http://x"
    ) as raw:
        assert (await raw.post("/kb/search", content=b"{not json")).status_code == 400
        assert (await raw.post("/kb/search", json=["query"])).status_code == 400
        assert (await raw.post("/kb/answer", json={"question": "x", "language": "tlh"})).status_code == 400
        assert (await raw.post("/kb/documents", content=b"text")).json()["code"] == "no_name"
        assert (await raw.put("/kb/documents")).status_code == 405


async def test_a_process_that_dies_is_said_to_be_away_and_what_was_published_survives(tmp_path):
    async with serving(tmp_path) as (process, socket), KnowledgeClient(socket) as client:
        await client.add("returns.md", RETURNS.encode(), "editor")
        process.send_signal(signal.SIGKILL)
        await process.wait()
        with pytest.raises(KnowledgeUnavailable):
            await client.answer("How long can I return something?", Language.EN)
        assert issubclass(KnowledgeUnavailable, ModelError)
    db = Database(sqlite_url(tmp_path / "knowledge.db"))
    library = Library(db, EdgeIndex(tmp_path / "index"), HashingEmbedder(), embedder_name="hashing")
    await library.start()
    assert await library.search("return something", Language.EN)
    await library.close()
    await db.close()
