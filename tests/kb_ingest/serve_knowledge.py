"""A process for the tests: owns a knowledge base in a folder and serves it on a Unix socket."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from core.db import Database, sqlite_url
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.library import Library
from kb_ingest.service import knowledge_routes
from tests.kb_ingest.hashing_embedder import HashingEmbedder


def main(folder: Path, socket: str) -> None:
    db = Database(sqlite_url(folder / "knowledge.db"))
    library = Library(db, EdgeIndex(folder / "index"), HashingEmbedder(), embedder_name="hashing")

    @asynccontextmanager
    async def lifespan(_app):
        await db.create_all()
        await library.start()
        yield
        await library.close()
        await db.close()

    uvicorn.run(
        Starlette(routes=knowledge_routes(library), lifespan=lifespan), uds=socket, log_level="warning"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
