"""Which engine runs the recogniser's decoder."""

from __future__ import annotations

import numpy as np
import pytest

from models import instructions
from models.recognition.engine import engine_for
from tests.models.recognition.tiny_whisper import tiny_weights, write_weights


@pytest.fixture
def folder(tmp_path):
    write_weights(tmp_path / "model.bin", tiny_weights())
    return tmp_path


def test_onnx_runs_a_small_model_on_a_processor_that_multiplies_bytes(folder):
    assert engine_for(folder, "cpu", None, "auto", quick=True) == "onnx"
    assert engine_for(folder, "cpu", "int8", "auto", quick=True) == "onnx"


@pytest.mark.parametrize(
    "device, compute_type, quick", [("cuda", None, True), ("cpu", "float32", True), ("cpu", None, False)]
)
def test_ctranslate2_keeps_a_gpu_other_types_and_other_processors(folder, device, compute_type, quick):
    assert engine_for(folder, device, compute_type, "auto", quick=quick) == "ctranslate2"


def test_ctranslate2_keeps_a_model_with_more_layers_than_small(tmp_path, monkeypatch, folder):
    monkeypatch.setattr("models.recognition.engine.LARGEST", (768, 1))
    assert engine_for(folder, "cpu", None, "auto", quick=True) == "ctranslate2"


def test_a_quantised_model_stays_with_ctranslate2_and_onnx_says_why_it_cannot(tmp_path):
    weights = tiny_weights()
    weights["decoder/embeddings/weight"] = weights["decoder/embeddings/weight"].astype(np.int8)
    write_weights(tmp_path / "model.bin", weights)
    assert engine_for(tmp_path, "cpu", None, "auto", quick=True) == "ctranslate2"
    with pytest.raises(ValueError, match="embeddings/weight is not there in float32"):
        engine_for(tmp_path, "cpu", None, "onnx")


def test_an_engine_that_was_asked_for_is_taken_whatever_the_processor(folder):
    assert engine_for(folder, "cpu", None, "onnx", quick=False) == "onnx"
    assert engine_for(folder, "cpu", None, "ctranslate2", quick=True) == "ctranslate2"
    with pytest.raises(ValueError, match="device is cuda"):
        engine_for(folder, "cuda", None, "onnx")


@pytest.mark.parametrize(
    "of_each, quick",
    [
        (["fpu avx2 avx512_vnni", "avx512_vnni fpu"], True),
        (["fpu avx_vnni", "fpu avx_vnni"], True),
        (["fpu avx512_vnni", "fpu avx2"], False),
        (["fpu avx2"], False),
        ([], False),
    ],
)
def test_a_processor_multiplies_bytes_if_all_its_cores_do(of_each, quick, tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("".join(f"processor : {n}\nflags : {one}\n\n" for n, one in enumerate(of_each)))
    assert instructions.multiplies_bytes(file) is quick


def test_onnx_refuses_a_type_that_it_does_not_compute_in(tmp_path):
    with pytest.raises(ValueError, match=r"int8, and float32 is asked for"):
        engine_for(tmp_path, "cpu", "float32", "onnx")
