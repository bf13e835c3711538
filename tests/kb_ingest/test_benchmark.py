"""The benchmark on a folder of question sets made here. Category: integration."""

from __future__ import annotations

import json

from kb_ingest.benchmark import CachedEmbedder, area_under_curve, load_sets, measure, table

PASSAGES = [
    "The wool rug costs 189 dollars.",
    "Furniture has three years of warranty.",
    "We ship to Japan by air.",
]
QUESTIONS = [("price of the wool rug", 0), ("warranty of furniture", 1), ("do you ship to Japan", 2)]


def write_set(folder):
    (folder / "en").mkdir(parents=True)
    rows = [{"pid": str(number), "text": text} for number, text in enumerate(PASSAGES)]
    (folder / "en" / "shop.passages.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    asked = [{"question": question, "pid": str(pid)} for question, pid in QUESTIONS]
    (folder / "en" / "shop.questions.jsonl").write_text("\n".join(map(json.dumps, asked)) + "\n")


async def test_a_set_is_measured_and_shown(tmp_path, embedder):
    write_set(tmp_path / "sets")
    [questions] = load_sets(tmp_path / "sets", limit=2)
    assert len(questions.questions) == 2
    [questions] = load_sets(tmp_path / "sets")
    result = await measure(questions, CachedEmbedder(embedder, None))
    assert (result.name, result.passages, result.questions) == ("en/shop", 3, 3)
    assert result.bm25_at_1 == result.fused_at_1 == 1.0
    assert result.answered_without <= result.answered
    assert "en/shop" in table([result])


async def test_a_wrong_gold_passage_shows(tmp_path, embedder):
    write_set(tmp_path / "sets")
    asked = [{"question": question, "pid": str((pid + 1) % 3)} for question, pid in QUESTIONS]
    (tmp_path / "sets" / "en" / "shop.questions.jsonl").write_text("\n".join(map(json.dumps, asked)))
    [questions] = load_sets(tmp_path / "sets")
    assert (await measure(questions, CachedEmbedder(embedder, None))).fused_at_1 == 0.0


async def test_vectors_are_kept_between_runs(tmp_path, embedder):
    cached = CachedEmbedder(embedder, tmp_path / "vectors.npz")
    first = await cached.embed("wool rug", "passage")
    cached.save()
    embedder.embedded.clear()
    again = await CachedEmbedder(embedder, tmp_path / "vectors.npz").embed("wool rug", "passage")
    assert (again == first).all() and embedder.embedded == []


def test_the_area_is_one_for_perfect_and_a_half_for_chance():
    assert area_under_curve([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert area_under_curve([0.5, 0.5], [0.5, 0.5]) == 0.5
