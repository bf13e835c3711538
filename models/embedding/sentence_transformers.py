"""Any sentence-transformers model, for a GPU or larger models; needs the extra ``gpu`` (torch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.embedding.worker import EmbeddingWorker
from models.protocols import Role, Vectors

E5_PROMPTS: Mapping[Role, str] = {"query": "query: ", "passage": "passage: "}


class SentenceTransformersEmbedder(EmbeddingWorker):
    """An ``Embedder`` over ``sentence_transformers``.

    Args:
        model: name or folder; a name is looked up among local files only, since nothing is downloaded at run time.
        device: as torch names it; None lets the library choose.
        prompts: what is put before a text by role; E5 models want :data:`E5_PROMPTS`.

    Raises:
        ImportError: the extra is not installed; the message says how to.
    """

    def __init__(
        self,
        model: str,
        device: str | None = None,
        prompts: Mapping[Role, str] = E5_PROMPTS,
        max_waiting: int = 64,
    ) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ImportError("this embedder needs the extra: pip install 'tetraphone[gpu]'") from error
        loaded = SentenceTransformer(model, device=device, local_files_only=True)

        def encode(texts: Sequence[str], role: Role) -> Vectors:
            prefixed = [prompts.get(role, "") + text for text in texts]
            rows = loaded.encode(prefixed, convert_to_numpy=True, show_progress_bar=False)
            return np.asarray(rows, dtype=np.float32)

        super().__init__(encode, int(loaded.get_sentence_embedding_dimension() or 0), max_waiting)
