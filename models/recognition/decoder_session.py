"""Runs Whisper's decoder in ONNX Runtime: what was heard is kept as keys and values, tokens go in, likely ones come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, IOBinding, OrtValue

from models.recognition.decoder_graph import (
    layers_graph,
    memory_graph,
    quick_vocabulary_graph,
    vocabulary_graph,
)
from models.recognition.decoder_shape import DecoderShape, shape_of
from models.recognition.weights import Weights
from models.threads import onnx_options

Floats = NDArray[np.float32]

_UNHEARD = -1e9
"""Added to the score of a position that an utterance shorter than its neighbours does not have."""
FEW_ROWS = 5
"""Up to so many rows the quick vocabulary is the quicker one."""


@dataclass(frozen=True)
class Heard:
    """What the encoder made of an utterance.

    Attributes:
        states: shape (1, positions, size).
        bias: shape (positions), the logarithm of how many of Whisper's positions each stands for.
    """

    states: Floats
    bias: Floats

    @property
    def positions(self) -> int:
        """How many there are."""
        return len(self.bias)


class Memory:
    """Keys and values of several utterances, in slots; those that are done with leave.

    Attributes:
        slots: utterances still in it.
    """

    def __init__(self, shape: DecoderShape, heard: Sequence[Heard]) -> None:
        self.slots = len(heard)
        positions = max(one.positions for one in heard)
        self._arrays: dict[str, Floats] = {}
        for layer in range(shape.layers):
            for name, sides in (("keys", (shape.head, positions)), ("values", (positions, shape.head))):
                self._arrays[f"{name}_{layer}"] = np.zeros((self.slots, shape.heads, *sides), np.float32)
        self._bias = np.full((self.slots, 1, 1, positions), _UNHEARD, np.float32)
        for place, one in enumerate(heard):
            self._bias[place, 0, 0, : one.positions] = one.bias

    def slot(self, place: int, positions: int) -> dict[str, Floats]:
        """The first positions of one utterance's, to be written."""
        return {
            name: array[place : place + 1, :, :, :positions]
            if name.startswith("keys")
            else array[place : place + 1, :, :positions]
            for name, array in self._arrays.items()
        }

    def leave(self, place: int) -> None:
        """Free a slot; the last one's utterance moves into it."""
        self.slots -= 1
        if place != self.slots:
            for array in (*self._arrays.values(), self._bias):
                array[place] = array[self.slots]

    def values(self) -> dict[str, OrtValue]:
        """As ONNX Runtime reads it, without a copy."""
        return {
            name: OrtValue.ortvalue_from_numpy(array[: self.slots])
            for name, array in (*self._arrays.items(), ("bias", self._bias))
        }


@dataclass(frozen=True)
class Past:
    """What the layers keep of the tokens so far, for each row."""

    length: int
    values: dict[str, OrtValue]


@dataclass(frozen=True)
class Likely:
    """The next tokens of each row.

    Attributes:
        tokens, probabilities: shape (rows, candidates), best first.
        watched: probabilities of the watched tokens, shape (rows, watched).
    """

    tokens: NDArray[np.int64]
    probabilities: Floats
    watched: Floats


class DecoderSession:
    """A decoder, loaded. Several threads may use it at once.

    Args:
        weights: as CTranslate2 keeps them.
        tokens: what may be said, in rising order.
        candidates: how many of the likeliest are told.
        watched: tokens among them whose probability is always told.
        threads: of each run.

    Raises:
        UnexpectedModel: the weights are of another kind of model.
    """

    def __init__(
        self,
        weights: Weights,
        tokens: NDArray[np.int64],
        candidates: int,
        watched: Sequence[int] = (),
        threads: int = 1,
    ) -> None:
        self.shape = shape_of(weights)
        self._tokens = tokens
        self._embedding = weights["decoder/embeddings/weight"]
        self._positions = weights["decoder/position_encodings/encodings"].astype(np.float32)
        places = [int(place) for place in np.searchsorted(tokens, watched)]
        self._memory = session_for(memory_graph(weights, self.shape), threads)
        self._layers = session_for(layers_graph(weights, self.shape), threads)
        self._vocabulary = session_for(vocabulary_graph(weights, tokens, candidates, places), threads)
        self._quick_vocabulary = session_for(
            quick_vocabulary_graph(weights, tokens, candidates, places), threads
        )

    def memory(self, heard: Sequence[Heard]) -> Memory:
        """Take in what the encoder made of utterances, long and short ones."""
        memory = Memory(self.shape, heard)
        for place, one in enumerate(heard):
            binding = IOBinding(self._memory)
            binding.bind_cpu_input("states", np.ascontiguousarray(one.states))
            beside = []
            for name, view in memory.slot(place, one.positions).items():
                array = view
                if not view.flags.c_contiguous:  # shorter than its neighbours
                    array = np.empty_like(view, order="C")
                    beside.append((view, array))
                binding.bind_output(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
            self._memory.run_with_iobinding(binding)
            for view, array in beside:
                view[:] = array
        return memory

    def nothing(self, rows: int) -> Past:
        """The past before the first token."""
        shape = (rows, self.shape.heads, 0, self.shape.head)
        return Past(
            0, {name: OrtValue.ortvalue_from_numpy(np.empty(shape, np.float32)) for name in self._kept()}
        )

    def _kept(self) -> list[str]:
        return [f"{kind}_{layer}" for layer in range(self.shape.layers) for kind in ("keys", "values")]

    def step(
        self, memory: Memory, past: Past, order: Sequence[int], tokens: NDArray[np.int64]
    ) -> tuple[Floats, Past]:
        """Let rows go on by tokens; returns the state after the last of them, shape (rows, size), and the new past.

        Args:
            memory: rows are shared out among its slots in order, equally many to each.
            order: for each row, the row of the past that it continues.
            tokens: shape (rows, new).
        """
        new = tokens.shape[1]
        length = past.length + new
        x = self._embedding[tokens].astype(np.float32) + self._positions[past.length : length]
        mask = np.triu(np.full((new, length), -1e9, np.float32), past.length + 1)
        feeds = {name: OrtValue.ortvalue_from_numpy(array) for name, array in (("x", x), ("mask", mask))}
        feeds["order"] = OrtValue.ortvalue_from_numpy(np.array(order, np.int64))
        feeds |= {f"past_{name}": value for name, value in past.values.items()} | memory.values()
        names = self._kept()
        state, *kept = self._layers.run_with_ort_values(["state", *(f"new_{name}" for name in names)], feeds)
        return state.numpy(), Past(length, dict(zip(names, kept, strict=True)))

    def likely(self, state: Floats) -> Likely:
        """The likeliest next tokens."""
        vocabulary = self._quick_vocabulary if len(state) <= FEW_ROWS else self._vocabulary
        shares, places, watched = vocabulary.run(["probabilities", "places", "watched"], {"state": state})
        return Likely(self._tokens[places], shares, watched)


def session_for(graph: bytes, threads: int) -> InferenceSession:
    """A graph, loaded."""
    options = onnx_options(threads)
    options.enable_mem_pattern = (
        False  # shapes differ from step to step, and a pattern would be kept for each
    )
    return InferenceSession(graph, options, providers=["CPUExecutionProvider"])
