"""Whisper's decoder as three ONNX graphs, made of the weights that CTranslate2 keeps.

- *memory*: of the encoder's states, the keys and values that every layer attends to; once per utterance.
- *layers*: of the newest tokens, the state that the next one is read from; the past goes in and comes out.
- *vocabulary*: of that state, the likeliest next tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from models.recognition.decoder_shape import DecoderShape
from models.recognition.graph import FUSED, Graph, quantised
from models.recognition.weights import Weights

_CLOSELY = 128
"""Tokens whose shares are computed closely. Of a thousand states none of the six likeliest tokens was outside the 46 that are
the likeliest roughly, and of their twelve likeliest one in two thousand was outside the 128: a rough share is off by a factor of
1.7 in the median, and of five in one of ten."""


def memory_graph(weights: Weights, shape: DecoderShape) -> bytes:
    """``states`` (utterances, positions, size) -> ``keys_I`` and ``values_I`` of each layer, by utterance and head.

    Keys lie with the positions last, as the product with them wants it.
    """
    graph = Graph()
    states = graph.input("states", ["utterances", "positions", shape.size])
    for layer in range(shape.layers):
        path = f"decoder/layer_{layer}/attention/linear_1"
        both = graph.linear(states, weights[f"{path}/weight"], weights[f"{path}/bias"])
        parts = graph.ops("Split", [both], 2, axis=2, num_outputs=2)
        by_head = [graph.op("Reshape", part, graph.whole(0, 0, shape.heads, shape.head)) for part in parts]
        keys = graph.op("Transpose", by_head[0], perm=[0, 2, 3, 1])
        graph.output(keys, f"keys_{layer}", ["utterances", shape.heads, shape.head, "positions"])
        values = graph.op("Transpose", by_head[1], perm=[0, 2, 1, 3])
        graph.output(values, f"values_{layer}", ["utterances", shape.heads, "positions", shape.head])
    return graph.bytes()


def layers_graph(weights: Weights, shape: DecoderShape) -> bytes:
    """One step of the layers, for rows that belong to utterances, as many to each.

    In: ``x`` (rows, new, size), the embedded new tokens; ``mask`` (new, past + new), added to the attention; ``order``,
    for each row, which of the past's rows it continues; ``past_keys_I`` and ``past_values_I``; ``keys_I`` and ``values_I``
    of the memory, and ``bias`` (utterances, 1, 1, positions), added to the attention to them. Out: ``state`` (rows, size)
    after the last token; ``new_keys_I`` and ``new_values_I``.
    """
    return _Layers(weights, shape).bytes()


class _Layers:
    def __init__(self, weights: Weights, shape: DecoderShape) -> None:
        self._weights, self._shape = weights, shape
        self._graph = graph = Graph()
        size = shape.size
        self._order = graph.input("order", ["rows"], whole=True)
        self._mask = graph.input("mask", ["new", "all"])
        self._bias = graph.input("bias", ["utterances", 1, 1, "positions"])
        x = graph.input("x", ["rows", "new", size])
        # (rows, new, size) -> (utterances, beam * new, heads, head), where all rows of an utterance ask its one memory
        utterances = graph.op("Shape", self._memory("keys_0", keys=True), start=0, end=1)
        self._by_utterance = graph.op("Concat", utterances, graph.whole(-1, shape.heads, shape.head), axis=0)
        self._by_row = graph.op(
            "Concat", graph.whole(-1), graph.op("Shape", x, start=1, end=2), graph.whole(size), axis=0
        )
        for layer in range(shape.layers):
            path = f"layer_{layer}"
            x = graph.op("Add", x, self._itself(self._norm(x, f"{path}/self_attention/layer_norm"), layer))
            x = graph.op("Add", x, self._heard(self._norm(x, f"{path}/attention/layer_norm"), layer))
            x = graph.op("Add", x, self._thought(self._norm(x, f"{path}/ffn/layer_norm"), f"{path}/ffn"))
        asked = self._norm(x, "layer_norm")
        last = graph.op("Gather", asked, graph.constant(np.array(-1, np.int64)), axis=1)
        graph.output(last, "state", ["rows", size])

    def bytes(self) -> bytes:
        return self._graph.bytes()

    def _of(self, name: str) -> NDArray[np.float32]:
        return self._weights[f"decoder/{name}"].astype(np.float32)

    def _memory(self, name: str, keys: bool) -> str:
        sides: list[int | str] = [self._shape.head, "positions"] if keys else ["positions", self._shape.head]
        return self._graph.input(name, ["utterances", self._shape.heads, *sides])

    def _norm(self, x: str, path: str) -> str:
        return self._graph.norm(x, self._weights, f"decoder/{path}")

    def _linear(self, x: str, path: str, scale: float | NDArray[np.float32] = 1.0, bias: bool = True) -> str:
        weight, added = self._of(f"{path}/weight"), self._of(f"{path}/bias")
        column = scale[:, np.newaxis] if isinstance(scale, np.ndarray) else scale
        return self._graph.slim(x, weight * column, added * scale if bias else None)

    def _itself(self, x: str, layer: int) -> str:
        """Attention to the tokens so far."""
        graph, shape = self._graph, self._shape
        path = f"layer_{layer}/self_attention"
        scale = np.ones(3 * shape.size, np.float32)
        scale[: shape.size] = shape.head**-0.5
        three = self._linear(x, f"{path}/linear_0", scale)
        queries, keys, values = graph.by_head(three, shape.heads, shape.head)
        keys, values = self._grown(keys, f"keys_{layer}"), self._grown(values, f"values_{layer}")
        scores = graph.op("FusedMatMul", queries, keys, domain=FUSED, transB=1)
        weights = graph.op("Softmax", graph.op("Add", scores, self._mask), axis=-1)
        found = graph.op("Transpose", graph.op("MatMul", weights, values), perm=[0, 2, 1, 3])
        return self._linear(graph.op("Reshape", found, self._by_row), f"{path}/linear_1")

    def _grown(self, new: str, name: str) -> str:
        graph, shape = self._graph, self._shape
        past = graph.input(f"past_{name}", ["before", shape.heads, "past", shape.head])
        grown = graph.op("Concat", graph.op("Gather", past, self._order, axis=0), new, axis=2)
        graph.output(grown, f"new_{name}", ["rows", shape.heads, "all", shape.head])
        return grown

    def _heard(self, x: str, layer: int) -> str:
        """Attention to what was heard."""
        graph = self._graph
        path = f"layer_{layer}/attention"
        keys = f"keys_{layer}" if layer == 0 else self._memory(f"keys_{layer}", keys=True)
        values = self._memory(f"values_{layer}", keys=False)
        queries = self._linear(x, f"{path}/linear_0", self._shape.head**-0.5)
        queries = graph.op("Transpose", graph.op("Reshape", queries, self._by_utterance), perm=[0, 2, 1, 3])
        scores = graph.op("Add", graph.op("MatMul", queries, keys), self._bias)
        weights = graph.op("Softmax", scores, axis=-1)
        found = graph.op("Transpose", graph.op("MatMul", weights, values), perm=[0, 2, 1, 3])
        return self._linear(graph.op("Reshape", found, self._by_row), f"{path}/linear_2")

    def _thought(self, x: str, path: str) -> str:
        wide = self._linear(x, f"{path}/linear_0", bias=False)
        bias = self._graph.floats(self._of(f"{path}/linear_0/bias"))
        return self._linear(self._graph.op("BiasGelu", wide, bias, domain=FUSED), f"{path}/linear_1")


def vocabulary_graph(
    weights: Weights, tokens: NDArray[np.int64], candidates: int, watched: Sequence[int] = ()
) -> bytes:
    """``state`` (rows, size) -> the best ``candidates`` of ``tokens``.

    Out: ``places``, where in ``tokens`` they are, and their ``probabilities`` among these tokens, best first; ``watched``, the
    probabilities at these places.
    """
    graph, matrix = Graph(), _said(weights, tokens)
    state = graph.input("state", ["rows", matrix.shape[1]])
    shares = graph.op("Softmax", graph.linear(state, matrix), axis=-1)
    best, places = graph.ops("TopK", [shares, graph.whole(candidates)], 2, axis=-1)
    graph.output(best, "probabilities", ["rows", candidates])
    graph.output(places, "places", ["rows", candidates], whole=True)
    seen = graph.op("Gather", shares, graph.whole(*watched), axis=1)
    graph.output(seen, "watched", ["rows", len(watched)])
    return graph.bytes()


def quick_vocabulary_graph(
    weights: Weights, tokens: NDArray[np.int64], candidates: int, watched: Sequence[int] = ()
) -> bytes:
    """The same for few rows, in half the time: all tokens are looked at roughly, and the likeliest of them closely.

    Of the rough shares only the sum of the unlikely tokens' is left in what comes out.
    """
    graph, matrix = Graph(), _said(weights, tokens)
    state = graph.input("state", ["rows", matrix.shape[1]])
    rough = graph.rough(state, matrix)
    shares = graph.op("Softmax", rough, axis=-1)
    likely, places = graph.ops("TopK", [shares, graph.whole(min(_CLOSELY, len(tokens)))], 2, axis=-1)
    whole, scales = quantised(matrix)
    rows = graph.op("Cast", graph.op("Gather", graph.constant(whole), places, axis=0), to=TensorProto.FLOAT)
    column = graph.op("Unsqueeze", state, graph.whole(2))
    products = graph.op("Squeeze", graph.op("MatMul", rows, column), graph.whole(2))
    exact = graph.op("Mul", products, graph.op("Gather", graph.constant(scales), places, axis=0))
    apart = graph.op("Sub", exact, graph.op("GatherElements", rough, places, axis=-1))
    mended = graph.op("Mul", likely, graph.op("Exp", apart))
    more = graph.op("ReduceSum", graph.op("Sub", mended, likely), graph.whole(-1), keepdims=1)
    total = graph.op("Add", more, graph.floats(np.ones(1)))
    best, among = graph.ops("TopK", [graph.op("Div", mended, total), graph.whole(candidates)], 2, axis=-1)
    graph.output(best, "probabilities", ["rows", candidates])
    graph.output(
        graph.op("GatherElements", places, among, axis=-1), "places", ["rows", candidates], whole=True
    )
    asked = graph.whole(*watched)
    closely = graph.op("MatMul", state, graph.floats(matrix[list(watched)].T))
    off = graph.op("Exp", graph.op("Sub", closely, graph.op("Gather", rough, asked, axis=1)))
    seen = graph.op("Div", graph.op("Mul", graph.op("Gather", shares, asked, axis=1), off), total)
    graph.output(seen, "watched", ["rows", len(watched)])
    return graph.bytes()


def _said(weights: Weights, tokens: NDArray[np.int64]) -> NDArray[Any]:
    """What a state is multiplied with for the share of each of these tokens, one a row."""
    name = "decoder/projection/weight"
    return weights[name if name in weights else "decoder/embeddings/weight"][tokens]
