"""Whether a Whisper encoder is one that can be computed here, by its weights."""

from __future__ import annotations

from models.recognition.decoder_shape import has_layers, has_norms, has_sides
from models.recognition.weights import Weights

KERNEL = 3
"""Frames that a convolution looks at."""


def check_encoder(weights: Weights) -> int:
    """Return the number of layers, having looked that everything is there and nothing is quantised.

    Raises:
        UnexpectedModel: naming what is missing or other than expected.
    """
    size, _, _ = has_sides(weights, "encoder/conv1/weight", None, None, KERNEL)
    has_sides(weights, "encoder/conv2/weight", size, size, KERNEL)
    has_sides(weights, "encoder/position_encodings/encodings", None, size)
    layers = has_layers(weights, "encoder", size)
    for name in ("conv1/bias", "conv2/bias"):
        has_sides(weights, f"encoder/{name}", size)
    paths = [f"encoder/layer_{layer}/{part}" for layer in range(layers) for part in ("self_attention", "ffn")]
    has_norms(weights, size, "encoder", *paths)
    return layers
