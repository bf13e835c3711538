"""The sizes of a Whisper decoder, and whether it is one that can be computed here, by its weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.recognition.weights import Weights

_GELU = 3
_PARTS = ("self_attention", "attention", "ffn")


class UnexpectedModel(ValueError):
    """The weights are not those of a Whisper decoder as these graphs compute it."""


@dataclass(frozen=True)
class DecoderShape:
    """Sizes of a decoder.

    Attributes:
        size: of a state.
        heads: of each attention.
        layers: how many.
        tokens: in the vocabulary.
        positions: most tokens in a row, the prompt included.
    """

    size: int
    heads: int
    layers: int
    tokens: int
    positions: int

    @property
    def head(self) -> int:
        """Size of one head."""
        return self.size // self.heads


def shape_of(weights: Weights) -> DecoderShape:
    """Return the sizes, having looked that everything is there and nothing is quantised.

    Raises:
        UnexpectedModel: naming what is missing or other than expected.
    """
    for name, wanted in (("pre_norm", 1), ("activation", _GELU), ("alibi", 0), ("scale_embeddings", 0)):
        found = weights.get(f"decoder/{name}")
        if found is not None and int(found) != wanted:
            raise UnexpectedModel(f"decoder/{name} is {int(found)}, not {wanted}")
    tokens, size = has_sides(weights, "decoder/embeddings/weight", None, None)
    attention = "attention/linear_"
    layers = has_layers(
        weights,
        "decoder",
        size,
        (f"{attention}0", size, size),
        (f"{attention}1", 2 * size, size),
        (f"{attention}2", size, size),
    )
    positions, _ = has_sides(weights, "decoder/position_encodings/encodings", None, size)
    paths = [f"decoder/layer_{layer}/{part}" for layer in range(layers) for part in _PARTS]
    has_norms(weights, size, "decoder", *paths)
    return DecoderShape(size, int(weights["decoder/num_heads"]), layers, tokens, positions)


def has_layers(weights: Weights, part: str, size: int, *more: tuple[str, int, int]) -> int:
    """Return how many layers the encoder or decoder has, having looked for the weights and biases of each.

    Args:
        more: what a layer has beside its attention to itself and its two wide products: name, rows and columns.

    Raises:
        UnexpectedModel: see ``has_sides``.
    """
    layers = 0
    while f"{part}/layer_{layers}/ffn/linear_0/weight" in weights:
        path = f"{part}/layer_{layers}"
        wide, _ = has_sides(weights, f"{path}/ffn/linear_0/weight", None, size)
        for name, rows, columns in (
            ("self_attention/linear_0", 3 * size, size),
            ("self_attention/linear_1", size, size),
            ("ffn/linear_0", wide, size),
            ("ffn/linear_1", size, wide),
            *more,
        ):
            has_sides(weights, f"{path}/{name}/weight", rows, columns)
            has_sides(weights, f"{path}/{name}/bias", rows)
        layers += 1
    if not layers or f"{part}/num_heads" not in weights:
        raise UnexpectedModel(f"it has no {part} of layers and heads")
    return layers


def has_norms(weights: Weights, size: int, *paths: str) -> None:
    """Look for the two vectors of each layer's normalisation.

    Raises:
        UnexpectedModel: see ``has_sides``.
    """
    for path in paths:
        for name in ("gamma", "beta"):
            has_sides(weights, f"{path}/layer_norm/{name}", size)


def has_sides(weights: Weights, name: str, *sides: int | None) -> tuple[int, ...]:
    """The sides of a variable, having looked that they are as wanted; None is any.

    Raises:
        UnexpectedModel: they are not, or it is not there, or quantised.
    """
    found = weights.get(name)
    if found is None or found.dtype not in (np.float32, np.float16):
        raise UnexpectedModel(f"{name} is not there in float32 or float16")
    if len(sides) != found.ndim or any(
        want not in (None, have) for want, have in zip(sides, found.shape, strict=True)
    ):
        raise UnexpectedModel(f"{name} has the sides {found.shape}, not {sides}")
    return found.shape
