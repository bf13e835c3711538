"""A library over a small embedder that needs no model."""

from __future__ import annotations

import pytest

from kb_ingest.calibrate import parse_here
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.library import Library
from tests.kb_ingest.hashing_embedder import HashingEmbedder


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
async def library(database, tmp_path, embedder):
    index = EdgeIndex(tmp_path / "index")
    library = Library(database, index, embedder, embedder_name="hashing", parse=parse_here)
    await library.start()
    yield library
    await library.close()
