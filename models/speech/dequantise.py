"""Kokoro's int8 convolutions turned back into float32 ones, which a CPU runs about three times as fast.

ONNX Runtime has no fast kernel for ``ConvInteger``: two thirds of the time of the int8 export go there. The
weights stay those of the int8 file, only stored as floats; and since the activations are no longer rounded to
8 bits either, the sound is a little cleaner. Matrix products stay in int8, where they are quick.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

log = logging.getLogger(__name__)

DERIVED_NAME = "model.conv-float-2.onnx"
_EARLIER = ("model.conv-float.onnx",)

_DURATIONS = "/encoder/Clip_output_0"
"""Where the model holds how long each phoneme lasts, in frames of 25 ms; given out as a second output."""


def convolutions_as_float(int8_model: Path, derived: Path) -> Path:
    """Write ``derived`` from ``int8_model`` if it is missing or older; return it.

    Needs the ``onnx`` package. The file appears whole or not at all.

    Raises:
        ValueError: the model's convolutions are not laid out as its exporter does.
        OSError: ``derived`` cannot be written.
    """
    if derived.is_file() and derived.stat().st_mtime >= int8_model.stat().st_mtime:
        return derived
    import onnx

    model = onnx.load(str(int8_model))
    count = _rewrite(model.graph)
    for name in _EARLIER:
        (derived.parent / name).unlink(missing_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=derived.parent, prefix=derived.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(model.SerializeToString())
        os.replace(temporary, derived)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    log.info("wrote %s with %d float convolutions", derived, count)
    return derived


def _rewrite(graph: Any) -> int:
    """Replace every chain ConvInteger -> (Add bias) -> Cast -> Mul scale by one Conv; return how many."""
    from onnx import helper, numpy_helper

    if any(_DURATIONS in node.output for node in graph.node):
        graph.output.append(helper.make_empty_tensor_value_info(_DURATIONS))
    constants = {tensor.name: tensor for tensor in graph.initializer}
    producer = {output: node for node in graph.node for output in node.output}
    consumers: dict[str, list[Any]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            consumers[name].append(node)

    added: list[Any] = []
    replaced: dict[int, Any] = {}
    gone: set[int] = set()
    for convolution in [node for node in graph.node if node.op_type == "ConvInteger"]:
        chain, bias = _chain_after(convolution, consumers, producer)
        quantiser = producer[convolution.input[0]]
        scaling = chain[-1]
        scales = producer[next(name for name in scaling.input if name not in chain[-2].output)]
        weight_scale = next(constants[name] for name in scales.input if name in constants)
        weight = numpy_helper.to_array(constants[convolution.input[1]]).astype(np.int32)
        zero = numpy_helper.to_array(constants[convolution.input[3]]).astype(np.int32)
        floats = ((weight - zero) * numpy_helper.to_array(weight_scale)).astype(np.float32)
        name = convolution.input[1] + "_float"
        added.append(numpy_helper.from_array(floats, name))
        attributes = {item.name: helper.get_attribute_value(item) for item in convolution.attribute}
        inputs = [quantiser.input[0], name, *([bias] if bias else [])]
        replaced[id(scaling)] = helper.make_node(
            "Conv", inputs, [scaling.output[0]], name=f"{convolution.name}_float", **attributes
        )
        gone.update(id(node) for node in (convolution, *chain[:-1]))

    nodes = [replaced.get(id(node), node) for node in graph.node if id(node) not in gone]
    nodes = _used(nodes, {output.name for output in graph.output})
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in (*graph.initializer, *added) if tensor.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)
    return len(replaced)


def _chain_after(
    convolution: Any, consumers: dict[str, list[Any]], producer: dict[str, Any]
) -> tuple[list[Any], str]:
    """The nodes from after ``convolution`` up to its scaling Mul, and the name of its float bias or ""."""
    chain: list[Any] = []
    bias = ""
    node = convolution
    for wanted in ("Add", "Cast", "Mul"):
        following = consumers[node.output[0]]
        if len(following) != 1 or following[0].op_type != wanted:
            if wanted == "Add":
                continue
            raise ValueError(f"unexpected node after {convolution.name}")
        node = following[0]
        chain.append(node)
        if wanted == "Add":
            # Add <- Reshape <- Cast <- Floor <- Div <- bias
            source = producer[node.input[1]]
            for _ in range(3):
                source = producer[source.input[0]]
            if source.op_type != "Div":
                raise ValueError(f"unexpected bias of {convolution.name}")
            bias = source.input[0]
    return chain, bias


def _used(nodes: list[Any], outputs: set[str]) -> list[Any]:
    """``nodes``, in order, without those that nothing needs any more."""
    needed = set(outputs)
    kept: list[Any] = []
    for node in reversed(nodes):
        if any(output in needed for output in node.output):
            kept.append(node)
            needed.update(node.input)
    return kept[::-1]
