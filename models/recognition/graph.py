"""Writes ONNX graphs node by node, with matrix products of eight bits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.recognition.weights import Weights

FUSED = "com.microsoft"
"""ONNX Runtime's own operators."""
_CHUNK = 4096


def quantised(rows: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A matrix's rows as whole numbers of -127 to 127, and what each row is to be multiplied with.

    In pieces, so that a large matrix of half precision is never there as float32 as a whole.
    """
    whole = np.empty(rows.shape, np.int8)
    scales = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _CHUNK):
        piece = rows[start : start + _CHUNK].astype(np.float32)
        scale = np.maximum(np.abs(piece).max(1), 1e-8) / 127
        scales[start : start + _CHUNK] = scale
        whole[start : start + _CHUNK] = np.rint(piece / scale[:, np.newaxis])
    return whole, scales


class Graph:
    """A graph being written: every method adds nodes and returns the name of what comes out."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._names: dict[str, str] = {}
        """Of the values that are given out."""
        self._count = 0

    def input(self, name: str, shape: Sequence[int | str], whole: bool = False) -> str:
        """Declare an input of float32, or of int64 where ``whole``."""
        self._inputs.append(helper.make_tensor_value_info(name, _kind(whole), shape))
        return name

    def output(self, value: str, name: str, shape: Sequence[int | str], whole: bool = False) -> None:
        """Give out what an operator has made under a name; each value once.

        Raises:
            ValueError: it is given out already, or is no operator's.
        """
        if value in self._names or all(value not in node.output for node in self._nodes):
            raise ValueError(f"{value} cannot be given out as {name}")
        self._names[value] = name
        self._outputs.append(helper.make_tensor_value_info(name, _kind(whole), shape))

    def constant(self, values: NDArray[Any]) -> str:
        """A constant of the type that the values have."""
        name = self._new()
        self._constants.append(numpy_helper.from_array(values.copy(order="C"), name))
        return name

    def floats(self, values: NDArray[Any]) -> str:
        """A constant of float32."""
        return self.constant(np.asarray(values, np.float32))

    def whole(self, *values: int) -> str:
        """A constant vector of int64."""
        return self.constant(np.array(values, np.int64))

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator with one output."""
        return self.ops(kind, inputs, 1, domain, **attributes)[0]

    def ops(
        self, kind: str, inputs: Iterable[str], outputs: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add an operator with several outputs."""
        names = [self._new() for _ in range(outputs)]
        self._nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **attributes))
        return names

    def norm(self, x: str, weights: Weights, path: str) -> str:
        """A layer's normalisation, whose two vectors lie at ``path``."""
        gamma, beta = (self.floats(weights[f"{path}/{name}"]) for name in ("gamma", "beta"))
        return self.op("LayerNormalization", x, gamma, beta, epsilon=1e-5)

    def by_head(self, three: str, heads: int, head: int) -> list[str]:
        """Queries, keys and values (rows, heads, positions, head) out of their common product (rows, positions, 3 sizes)."""
        three = self.op("Reshape", three, self.whole(0, 0, 3, heads, head))
        three = self.op("Transpose", three, perm=[2, 0, 3, 1, 4])
        return [
            self.op("Gather", three, self.constant(np.array(place, np.int64)), axis=0) for place in range(3)
        ]

    def linear(self, x: str, weight: NDArray[Any], bias: NDArray[Any] | None = None) -> str:
        """``x @ weight.T + bias`` in eight bits, for many rows or a wide weight; the weight is of shape (out, in).

        ONNX Runtime's product has one scale for all of ``x``, so each row is first divided by its largest magnitude:
        what one row becomes does then not depend on its neighbours, and a loud one does not blur the others.
        """
        whole, scales = quantised(weight)
        largest = self.op("ReduceMax", self.op("Abs", x), self.whole(-1), keepdims=1)
        product = self.op(
            "DynamicQuantizeMatMul",
            self.op("Div", x, largest),
            self.constant(whole.T),
            self.constant(scales),
            domain=FUSED,
        )
        product = self.op("Mul", product, largest)
        return product if bias is None else self.op("Add", product, self.floats(bias))

    def slim(self, x: str, weight: NDArray[Any], bias: NDArray[Any] | None = None) -> str:
        """The same for few rows, where it takes two thirds of the time, and half for one.

        Every 128 numbers have a scale of their own, in the weight's rows as in those of ``x``.
        """
        outs, ins = weight.shape
        block = _block(ins)
        whole, scales = quantised(weight.reshape(-1, block))
        packed = (whole.astype(np.int16) + 128).astype(np.uint8).reshape(outs, -1, block)
        product = self._in_blocks(x, packed, scales.reshape(outs, -1), ins, bits=8)
        return product if bias is None else self.op("Add", product, self.floats(bias))

    def rough(self, x: str, weight: NDArray[Any]) -> str:
        """``x @ weight.T`` in four bits, for few rows and a wide weight: half as much to read as with eight, and inexact.

        Every 128 numbers of the weight have a scale of their own.
        """
        outs, ins = weight.shape
        block = _block(ins)
        scales = np.empty((outs, ins // block), np.float32)
        packed = np.empty((outs, ins // block, block // 2), np.uint8)
        for start in range(0, outs, _CHUNK):
            piece = weight[start : start + _CHUNK].astype(np.float32).reshape(-1, ins // block, block)
            scale = np.maximum(np.abs(piece).max(2), 1e-8) / 7
            whole = (np.rint(piece / scale[..., np.newaxis]) + 8).astype(np.uint8)
            scales[start : start + _CHUNK] = scale
            packed[start : start + _CHUNK] = whole[..., 0::2] | whole[..., 1::2] << 4
        return self._in_blocks(x, packed, scales, ins, bits=4)

    def _in_blocks(
        self, x: str, packed: NDArray[np.uint8], scales: NDArray[np.float32], ins: int, bits: int
    ) -> str:
        """The product with a weight of shape (out, blocks, bytes of a block) and its blocks' scales."""
        outs, blocks = scales.shape
        return self.op(
            "MatMulNBits",
            x,
            self.constant(packed),
            self.constant(scales),
            domain=FUSED,
            K=ins,
            N=outs,
            bits=bits,
            block_size=ins // blocks,
            accuracy_level=4,  # products of whole numbers
        )

    def bytes(self) -> bytes:
        """The model, as a session reads it."""
        for node in self._nodes:  # to give a value out by a node of its own would copy it
            for values in (node.input, node.output):
                values[:] = [self._names.get(value, value) for value in values]
        graph = helper.make_graph(self._nodes, "whisper", self._inputs, self._outputs, self._constants)
        sets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
        model: onnx.ModelProto = helper.make_model(graph, opset_imports=sets, ir_version=10)
        return bytes(model.SerializeToString())

    def _new(self) -> str:
        self._count += 1
        return f"v{self._count}"


def _block(ins: int) -> int:
    return next(size for size in (128, 64, 32, 16) if not ins % size)


def _kind(whole: bool) -> int:
    return int(TensorProto.INT64 if whole else TensorProto.FLOAT)
