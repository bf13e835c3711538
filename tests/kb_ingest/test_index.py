"""Both indexes keep the same promises; the embedded one also owns its folder. Category: integration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from core.languages import Language
from kb_ingest.index import IndexDamaged, IndexedPassage, IndexInUse, IndexUnavailable
from kb_ingest.index.edge import EdgeIndex
from kb_ingest.index.server import ServerIndex
from kb_ingest.sparse import passage_vector, query_vector


def vector(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=384).astype(np.float32)
    return values / np.linalg.norm(values)


def point(number: int, text: str, language: Language | None = Language.EN) -> IndexedPassage:
    return IndexedPassage(str(UUID(int=number)), "document", language, vector(number), passage_vector(text))


@pytest.fixture(params=["edge", "server"])
async def index(request, tmp_path):
    made = EdgeIndex(tmp_path / "index") if request.param == "edge" else ServerIndex(":memory:")
    assert await made.open("one") is False
    yield made
    await made.close()


async def test_each_candidate_has_both_scores(index):
    await index.put([point(1, "wool rug"), point(2, "linen curtain"), point(3, "oak table")])
    # The nearest by meaning is 1, the best by words is 2.
    found = await index.search(vector(1), query_vector("linen curtain"), None, 1)
    scores = {candidate.passage_id: candidate for candidate in found}
    assert set(scores) == {str(UUID(int=1)), str(UUID(int=2))}
    assert scores[str(UUID(int=1))].dense == pytest.approx(1.0, abs=1e-4)
    assert scores[str(UUID(int=1))].sparse == 0.0
    assert scores[str(UUID(int=2))].sparse > 0
    assert scores[str(UUID(int=2))].dense < 0.5


async def test_a_rarer_word_is_worth_more(index):
    await index.put([point(number, "common word") for number in range(1, 20)] + [point(20, "common gem")])
    found = await index.search(vector(99), query_vector("common gem"), None, 30)
    assert max(found, key=lambda candidate: candidate.sparse).passage_id == str(UUID(int=20))


async def test_a_search_stays_in_its_language(index):
    await index.put([point(1, "运费", Language.ZH), point(2, "shipping"), point(3, "versand", None)])
    found = await index.search(vector(1), query_vector("运费 shipping"), Language.EN, 5)
    assert [candidate.passage_id for candidate in found] == [str(UUID(int=2))]
    assert len(await index.search(vector(1), query_vector("运费"), None, 5)) == 3


async def test_points_are_replaced_deleted_and_cleared(index):
    await index.put([point(1, "wool"), point(2, "oak")])
    await index.put([point(1, "linen")])
    found = await index.search(vector(7), query_vector("wool"), None, 5)
    assert all(candidate.sparse == 0 for candidate in found)
    await index.delete([str(UUID(int=1)), str(UUID(int=55))])
    assert await index.ids() == {str(UUID(int=2))}
    await index.clear()
    assert await index.ids() == set()
    await index.put([point(3, "after")])
    assert await index.ids() == {str(UUID(int=3))}


async def test_a_question_without_words_is_searched_by_meaning_alone(index):
    await index.put([point(1, "wool")])
    [found] = await index.search(vector(1), query_vector("?!"), None, 5)
    assert found.sparse == 0.0


async def test_the_embedded_index_is_kept_and_another_embedder_empties_it(tmp_path):
    index = EdgeIndex(tmp_path / "index")
    await index.open("one")
    await index.put([point(1, "wool")])
    await index.close()
    again = EdgeIndex(tmp_path / "index")
    assert await again.open("one") is True
    assert len(await again.ids()) == 1
    await again.close()
    other = EdgeIndex(tmp_path / "index")
    assert await other.open("two") is False
    assert await other.ids() == set()
    await other.close()


async def test_a_second_process_is_told_who_owns_the_index(tmp_path):
    index = EdgeIndex(tmp_path / "index")
    await index.open("one")
    script = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom kb_ingest.index import IndexInUse\n"
        "from kb_ingest.index.edge import EdgeIndex\n"
        f"try: asyncio.run(EdgeIndex(Path({str(tmp_path / 'index')!r})).open('one'))\n"
        "except IndexInUse as error: print(error); sys.exit(3)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert f"pid {os.getpid()}" in done.stdout and "running platform" in done.stdout
    with pytest.raises(IndexInUse):
        await EdgeIndex(tmp_path / "index").open("one")
    await index.close()


def truncate_configuration(folder: Path) -> None:
    (folder / "edge_config.json").write_text("{")


def scramble_segments(folder: Path) -> None:
    for path in folder.glob("segments/*/*.json"):
        path.write_bytes(os.urandom(50))


def scramble_log(folder: Path) -> None:
    for path in folder.glob("wal/*"):
        path.write_bytes(os.urandom(5000))


@pytest.mark.parametrize("damage", [truncate_configuration, scramble_segments, scramble_log])
async def test_a_damaged_index_says_so_and_can_be_cleared(tmp_path, damage):
    index = EdgeIndex(tmp_path / "index")
    await index.open("one")
    await index.put([point(1, "wool")])
    await index.close()
    damage(tmp_path / "index")
    again = EdgeIndex(tmp_path / "index")
    with pytest.raises(IndexDamaged):
        await again.open("one")
    await again.clear()
    await again.put([point(2, "oak")])
    assert await again.ids() == {str(UUID(int=2))}
    await again.close()


async def test_a_server_that_is_away_is_named():
    index = ServerIndex("http://127.0.0.1:9", timeout_s=2)
    with pytest.raises(IndexUnavailable, match=r"127\.0\.0\.1:9"):
        await index.open("one")
    await index.close()
