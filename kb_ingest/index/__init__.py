"""Where passages' vectors live: Qdrant inside the process (``edge``), or a Qdrant server by URL (``server``)."""

from kb_ingest.index.protocol import (
    Candidate,
    IndexDamaged,
    IndexedPassage,
    IndexInUse,
    IndexUnavailable,
    PassageIndex,
)

__all__ = ["Candidate", "IndexDamaged", "IndexInUse", "IndexUnavailable", "IndexedPassage", "PassageIndex"]
