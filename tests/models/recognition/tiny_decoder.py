"""A tiny Whisper decoder with random weights, written as CTranslate2 does and computed plainly in numpy."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from models.recognition.weights import Weights

SIZE, HEADS, LAYERS, TOKENS, POSITIONS = 32, 2, 2, 60, 24
_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)


def tiny_weights(seed: int = 0) -> Weights:
    """Random, but not indifferent."""
    rng = np.random.default_rng(seed)

    def matrix(rows: int, columns: int, scale: float = 1.0):
        return (rng.standard_normal((rows, columns)) * scale / columns**0.5).astype(np.float16)

    def norm():
        return {
            "gamma": rng.uniform(0.5, 1.5, SIZE).astype(np.float16),
            "beta": (rng.standard_normal(SIZE) * 0.1).astype(np.float16),
        }

    found: Weights = {
        "decoder/num_heads": np.array(HEADS, np.int16),
        "decoder/pre_norm": np.array(1, np.int8),
        "decoder/activation": np.array(3, np.int8),
        "decoder/embeddings/weight": matrix(TOKENS, SIZE, 6.0),
        "decoder/position_encodings/encodings": matrix(POSITIONS, SIZE, 2.0),
    }
    linears = {
        "self_attention/linear_0": (3 * SIZE, SIZE),
        "self_attention/linear_1": (SIZE, SIZE),
        "attention/linear_0": (SIZE, SIZE),
        "attention/linear_1": (2 * SIZE, SIZE),
        "attention/linear_2": (SIZE, SIZE),
        "ffn/linear_0": (4 * SIZE, SIZE),
        "ffn/linear_1": (SIZE, 4 * SIZE),
    }
    for layer in range(LAYERS):
        path = f"decoder/layer_{layer}"
        for name, (rows, columns) in linears.items():
            found[f"{path}/{name}/weight"] = matrix(rows, columns, 2.0)
            found[f"{path}/{name}/bias"] = (rng.standard_normal(rows) * 0.3).astype(np.float16)
        for name in ("self_attention", "attention", "ffn"):
            found |= {f"{path}/{name}/layer_norm/{key}": value for key, value in norm().items()}
    return found | {f"decoder/layer_norm/{key}": value for key, value in norm().items()}


def write_weights(
    file: Path, weights: Weights, aliases: dict[str, str] | None = None, version: int = 6
) -> Path:
    """Write ``model.bin``."""

    def name(text: str) -> bytes:
        data = text.encode() + b"\0"
        return struct.pack("<H", len(data)) + data

    parts = [struct.pack("<I", version), name("WhisperSpec"), struct.pack("<II", 3, len(weights))]
    for path, values in weights.items():
        parts += [name(path), struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)]
        parts += [struct.pack("<BI", _TYPES.index(values.dtype.type), values.nbytes), values.tobytes()]
    parts.append(struct.pack("<I", len(aliases or {})))
    parts += [name(alias) + name(path) for alias, path in (aliases or {}).items()]
    file.write_bytes(b"".join(parts))
    return file


class PlainDecoder:
    """The same decoder in float32, all tokens anew at every step."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def states(self, tokens: list[int], heard: np.ndarray) -> np.ndarray:
        """The states after each token, given the encoder's states of shape (positions, size)."""
        x = self._of("embeddings/weight")[tokens] + self._of("position_encodings/encodings")[: len(tokens)]
        causal = np.triu(np.full((len(tokens), len(tokens)), -np.inf), 1)
        for layer in range(LAYERS):
            path = f"layer_{layer}"
            three = self._linear(self._norm(x, f"{path}/self_attention"), f"{path}/self_attention/linear_0")
            found = self._attend(*np.split(three, 3, axis=1), causal)
            x = x + self._linear(found, f"{path}/self_attention/linear_1")
            queries = self._linear(self._norm(x, f"{path}/attention"), f"{path}/attention/linear_0")
            keys, values = np.split(self._linear(heard, f"{path}/attention/linear_1"), 2, axis=1)
            x = x + self._linear(self._attend(queries, keys, values, 0.0), f"{path}/attention/linear_2")
            wide = self._linear(self._norm(x, f"{path}/ffn"), f"{path}/ffn/linear_0")
            x = x + self._linear(_gelu(wide), f"{path}/ffn/linear_1")
        return self._norm(x, "")

    def shares(self, state: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Probabilities among the tokens."""
        return _softmax(state @ self._of("embeddings/weight")[tokens].T)

    def _of(self, name: str) -> np.ndarray:
        return self._weights[f"decoder/{name}"].astype(np.float64)

    def _linear(self, x: np.ndarray, path: str) -> np.ndarray:
        return x @ self._of(f"{path}/weight").T + self._of(f"{path}/bias")

    def _norm(self, x: np.ndarray, path: str) -> np.ndarray:
        name = f"{path}/layer_norm".lstrip("/")
        deviation = np.sqrt(x.var(1, keepdims=True) + 1e-5)
        gamma, beta = self._of(f"{name}/gamma"), self._of(f"{name}/beta")
        return (x - x.mean(1, keepdims=True)) / deviation * gamma + beta

    def _attend(self, queries, keys, values, mask) -> np.ndarray:
        queries, keys, values = (
            one.reshape(len(one), HEADS, -1).transpose(1, 0, 2) for one in (queries, keys, values)
        )
        scores = queries @ keys.transpose(0, 2, 1) / (SIZE / HEADS) ** 0.5 + mask
        return (_softmax(scores) @ values).transpose(1, 0, 2).reshape(queries.shape[1], SIZE)


def _softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return x * 0.5 * (1 + erf(x / 2**0.5))
