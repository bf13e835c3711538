"""The knowledge base's tables: the truth from which the index can be made again."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from core.db import metadata

documents = Table(
    "kb_documents",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", String(255), nullable=False, unique=True),  # as uploaded; the same name is a new version
    Column("title", String(300), nullable=False),
    Column("language", String(8)),  # null: none of the four
    Column("format", String(16), nullable=False),
    Column("version", Integer, nullable=False),  # the version that is searched now
    Column("sections", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the uploaded file
    Column("sha256", String(64), nullable=False),
    Column("uploaded_by", String(120), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

versions = Table(
    "kb_versions",
    metadata,
    Column("document_id", String(36), ForeignKey(documents.c.id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("uploaded_by", String(120), nullable=False),
    Column("uploaded_at", DateTime(timezone=True), nullable=False),
    Column("parsed", LargeBinary, nullable=False),  # the Document as zlib-compressed JSON
)

passages = Table(
    "kb_passages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("document_id", String(36), ForeignKey(documents.c.id, ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("language", String(8)),
    Column("section", Text, nullable=False),  # headings as a JSON list, outermost first
    Column("page", Integer),
    Column("kind", String(16), nullable=False),
    Column("question", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("embedder", String(120), nullable=False),  # which embedder made the vector
    Column("vector", LargeBinary, nullable=False),  # 384 float32, little-endian, unit length
    Index("ix_kb_passages_document_id_ordinal", "document_id", "ordinal"),
)
