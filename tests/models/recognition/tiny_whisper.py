"""A tiny Whisper with random weights, written as CTranslate2 does and computed plainly in numpy."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from models.recognition.weights import Weights

SIZE, HEADS, LAYERS, TOKENS, POSITIONS = 32, 2, 2, 60, 24
CHANNELS, HEARD = 5, 60
"""Of the spectrogram, and positions that the encoder has."""
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
    found |= {f"decoder/layer_norm/{key}": value for key, value in norm().items()}
    found |= {
        "encoder/num_heads": np.array(HEADS, np.int16),
        "encoder/position_encodings/encodings": matrix(HEARD, SIZE, 2.0),
    }
    for name, channels in (("conv1", CHANNELS), ("conv2", SIZE)):
        found[f"encoder/{name}/weight"] = matrix(SIZE, 3 * channels, 2.0).reshape(SIZE, channels, 3)
        found[f"encoder/{name}/bias"] = (rng.standard_normal(SIZE) * 0.3).astype(np.float16)
    for layer in range(LAYERS):
        path = f"encoder/layer_{layer}"
        for name, (rows, columns) in linears.items():
            if not name.startswith("attention"):
                found[f"{path}/{name}/weight"] = matrix(rows, columns, 2.0)
                found[f"{path}/{name}/bias"] = (rng.standard_normal(rows) * 0.3).astype(np.float16)
        for name in ("self_attention", "ffn"):
            found |= {f"{path}/{name}/layer_norm/{key}": value for key, value in norm().items()}
    return found | {f"encoder/layer_norm/{key}": value for key, value in norm().items()}


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


class _Plain:
    part = ""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def _of(self, name: str) -> np.ndarray:
        return self._weights[f"{self.part}/{name}"].astype(np.float64)

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


class PlainDecoder(_Plain):
    """The same decoder in float64, all tokens anew at every step."""

    part = "decoder"

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


class PlainEncoder(_Plain):
    """The same encoder in float64, every silent position by itself."""

    part = "encoder"

    def states(self, mel: np.ndarray) -> np.ndarray:
        """The states, shape (frames / 2, size), of a spectrogram of shape (channels, frames)."""
        x = _gelu(self._convolved(_gelu(self._convolved(mel, "conv1", 1)), "conv2", 2)).T
        x = x + self._of("position_encodings/encodings")[: len(x)]
        for layer in range(LAYERS):
            path = f"layer_{layer}"
            three = self._linear(self._norm(x, f"{path}/self_attention"), f"{path}/self_attention/linear_0")
            found = self._attend(*np.split(three, 3, axis=1), 0.0)
            x = x + self._linear(found, f"{path}/self_attention/linear_1")
            wide = self._linear(self._norm(x, f"{path}/ffn"), f"{path}/ffn/linear_0")
            x = x + self._linear(_gelu(wide), f"{path}/ffn/linear_1")
        return self._norm(x, "")

    def _convolved(self, x: np.ndarray, name: str, stride: int) -> np.ndarray:
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (1, 1))), 3, axis=1)[
            :, ::stride
        ]
        return (
            np.einsum("ock,cfk->of", self._of(f"{name}/weight"), windows) + self._of(f"{name}/bias")[:, None]
        )


def apart(found: np.ndarray, wanted: np.ndarray) -> float:
    """Mean difference over mean magnitude."""
    return float(np.abs(found - wanted).mean() / np.abs(wanted).mean())


def _softmax(x: np.ndarray) -> np.ndarray:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return x * 0.5 * (1 + erf(x / 2**0.5))
