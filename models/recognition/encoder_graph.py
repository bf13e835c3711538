"""Whisper's encoder as an ONNX graph in which silence is short, made of the weights that CTranslate2 keeps.

What a caller says is padded with silence, and each silent position would cost as much as a spoken one, though neighbours
among them hold nearly the same. So one stands for several, as merged tokens do in Bolya et al., "Token Merging: Your ViT
But Faster" (2023): wherever attention is paid, the logarithm of how many it stands for is added to its score, which is
what so many equal ones would get together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from models.recognition.encoder_shape import KERNEL, check_encoder
from models.recognition.graph import FUSED, Graph
from models.recognition.weights import Weights


def encoder_graph(weights: Weights) -> bytes:
    """The graph.

    In: ``mel`` (1, channels, frames), an even number of frames, behind which there are zeros; ``silent`` (merged), the
    positions that stand for this silence, each in the middle of its share; ``bias`` (positions), the logarithm of how many
    each position stands for, the spoken ones first. Out: ``states`` (1, positions, size).

    Raises:
        UnexpectedModel: the weights are of another kind of model.
    """
    return _Encoder(weights).bytes()


class _Encoder:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        layers = check_encoder(weights)
        self._heads, self._size = int(weights["encoder/num_heads"]), len(weights["encoder/conv2/bias"])
        self._graph = graph = Graph()
        bias = graph.input("bias", ["positions"])
        x = self._in_time()
        for layer in range(layers):
            path = f"layer_{layer}"
            asked = self._norm(x, f"{path}/self_attention/layer_norm")
            x = graph.op("Add", x, self._attention(asked, bias, f"{path}/self_attention"))
            x = graph.op("Add", x, self._thought(self._norm(x, f"{path}/ffn/layer_norm"), f"{path}/ffn"))
        graph.output(self._norm(x, "layer_norm"), "states", [1, "positions", self._size])

    def bytes(self) -> bytes:
        return self._graph.bytes()

    def _of(self, name: str) -> NDArray[np.float32]:
        return self._weights[f"encoder/{name}"].astype(np.float32)

    def _in_time(self) -> str:
        """The convolutions of what was said, and then of as much silence as is to be; each with its place in time."""
        graph = self._graph
        x = graph.input("mel", [1, self._weights["encoder/conv1/weight"].shape[1], "frames"])
        for layer, stride in (("conv1", 1), ("conv2", 2)):
            weight, bias = (graph.floats(self._of(f"{layer}/{one}")) for one in ("weight", "bias"))
            x = graph.op("Conv", x, weight, bias, kernel_shape=[KERNEL], pads=[1, 1], strides=[stride])
            x = graph.op("Gelu", x, domain=FUSED)
        said = graph.op("Transpose", x, perm=[0, 2, 1])
        places = self._of("position_encodings/encodings")
        length = graph.op("Shape", said, start=1, end=2)
        begun = graph.op("Slice", graph.floats(places), graph.whole(0), length, graph.whole(0))
        silent = graph.input("silent", ["merged"], whole=True)
        silence = graph.op("Gather", graph.floats(places + self._silence()), silent, axis=0)
        silence = graph.op("Unsqueeze", silence, graph.whole(0))
        return graph.op("Concat", graph.op("Add", said, begun), silence, axis=1)

    def _silence(self) -> NDArray[np.float32]:
        """What the convolutions make of zeros."""
        once = _gelu(self._of("conv1/bias"))
        return _gelu(self._of("conv2/weight").sum(2) @ once + self._of("conv2/bias"))

    def _norm(self, x: str, path: str) -> str:
        return self._graph.norm(x, self._weights, f"encoder/{path}")

    def _linear(self, x: str, path: str) -> str:
        return self._graph.linear(x, self._of(f"{path}/weight"), self._of(f"{path}/bias"))

    def _attention(self, x: str, bias: str, path: str) -> str:
        graph, heads, head = self._graph, self._heads, self._size // self._heads
        three = self._linear(x, f"{path}/linear_0")
        queries, keys, values = graph.by_head(three, heads, head)
        scores = graph.op("FusedMatMul", queries, keys, domain=FUSED, transB=1, alpha=head**-0.5)
        shares = graph.op("Softmax", graph.op("Add", scores, bias), axis=-1)
        found = graph.op("Transpose", graph.op("MatMul", shares, values), perm=[0, 2, 1, 3])
        found = graph.op("Reshape", found, graph.whole(0, 0, self._size))
        return self._linear(found, f"{path}/linear_1")

    def _thought(self, x: str, path: str) -> str:
        wide = self._graph.linear(x, self._of(f"{path}/linear_0/weight"))
        bias = self._graph.floats(self._of(f"{path}/linear_0/bias"))
        return self._linear(self._graph.op("BiasGelu", wide, bias, domain=FUSED), f"{path}/linear_1")


def _gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(x * 0.5 * (1 + erf(x / 2**0.5)), np.float32)
