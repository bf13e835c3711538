"""A small embedder that needs no model."""

from __future__ import annotations

import zlib

import numpy as np

from kb_ingest.sparse import terms


class HashingEmbedder:
    """Texts that share terms are near each other: enough for everything but measuring quality.

    Unrelated texts have a cosine of 0.75, as with the real model: the shipped threshold holds for both.
    """

    dimension = 384

    def __init__(self) -> None:
        self.embedded: list[str] = []

    async def embed(self, texts, role):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            if role == "passage":
                self.embedded.append(text)
            for term in terms(text):
                rows[row, 1 + zlib.crc32(term.encode()) % (self.dimension - 1)] += 1
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = 0.5 * rows / np.maximum(lengths, 1e-6)
        rows[:, 0] = 0.75**0.5
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)
