"""The knowledge base over the API: documents in and out, passages found."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from app.web.knowledge_gate import KnowledgeGate, Refusal
from app.web.problems import ErrorBody, Problem
from core.identity import Role, Session
from core.languages import Language
from core.web import require

router = APIRouter(prefix="/api/kb", tags=["knowledge"])
Editor = Annotated[Session, Depends(require(Role.EDITOR))]
Asker = Annotated[Session, Depends(require(Role.EDITOR, Role.AGENT, Role.QA, Role.SUPERVISOR))]

MOST_FILES = 20


class DocumentOut(BaseModel):
    """A document; a new file under the same name is a new version of it."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    title: str = ""
    language: str | None = Field(None, description="null where it is none of the four.")
    sections: int = 0
    passages: int = 0
    version: int = 1


class RefusedOut(BaseModel):
    name: str
    code: str
    message: str


class Added(BaseModel):
    documents: list[DocumentOut]
    refused: list[RefusedOut] = Field(description="Files that were not taken, with the reason.")


class DocumentList(BaseModel):
    documents: list[DocumentOut]


class Question(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"query": "How long is the warranty?", "language": "en"}},
    )

    query: str = Field(min_length=1, max_length=1000)
    language: Language | None = Field(None, description="Only passages in it; null for all.")
    limit: int = Field(5, ge=1, le=50)
    answer: bool = Field(False, description="Also say what the bot would answer; needs ``language``.")


class PassageOut(BaseModel):
    model_config = ConfigDict(extra="allow")

    text: str
    score: float = Field(description="0 to 1; orders the passages of one search, is no probability.")
    document: str
    section: str
    language: str | None = None
    passage_id: str = ""
    document_id: str = ""


class Found(BaseModel):
    passages: list[PassageOut]
    answer: dict[str, Any] | None = Field(
        None, description="What the bot would say; null where nothing is sure enough."
    )


def gate(request: Request) -> KnowledgeGate:
    found: KnowledgeGate = request.app.state.knowledge_gate
    return found


@router.post(
    "/documents",
    status_code=201,
    response_model=Added,
    responses={code: {"model": ErrorBody} for code in (400, 413, 415, 422, 503)},
    summary="Add documents, or new versions of them",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "file": {"type": "array", "items": {"type": "string", "format": "binary"}}
                        },
                    }
                },
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def add_documents(
    request: Request,
    session: Editor,
    name: Annotated[
        str, Query(max_length=255, description="The file's name, where the body is the file.")
    ] = "",
) -> Any:
    """Markdown, HTML, PDF, DOCX, XLSX, CSV and text. Either ``multipart/form-data`` with one or more ``file``
    fields, or the file itself as the body with its name in ``?name=``. The bot and the agents find it at
    once. If no file was taken, the answer is the first refusal as an error."""
    added: list[dict[str, Any]] = []
    refused: list[Refusal] = []
    for file_name, data in await _files(request, name):
        outcome = await gate(request).add(file_name, data, session.user.username)
        if isinstance(outcome, Refusal):
            refused.append(outcome)
        else:
            added.append(outcome)
    if not added:
        first = refused[0]
        raise Problem(first.status, first.code, first.message)
    shown = [{"name": one.name, "code": one.code, "message": one.message} for one in refused]
    return {"documents": added, "refused": shown}


@router.get("/documents", response_model=DocumentList, summary="All documents by name")
async def list_documents(request: Request, _session: Asker) -> Any:
    return {"documents": await gate(request).documents()}


@router.delete(
    "/documents/{document_id}",
    status_code=204,
    responses={404: {"model": ErrorBody}},
    summary="Take a document out",
)
async def remove_document(document_id: str, request: Request, _session: Editor) -> None:
    """The next question does not find it any more."""
    await gate(request).remove(document_id)


@router.post("/search", response_model=Found, responses={503: {"model": ErrorBody}}, summary="Find passages")
async def search(question: Question, request: Request, _session: Asker) -> Any:
    """The passages nearest to a question or a few words, best first, by meaning and by words together."""
    if question.answer and question.language is None:
        raise Problem(
            422, "invalid", "language: name the caller's language to have an answer: zh, en, ja or ko"
        )
    passages = await gate(request).search(question.query, question.language, question.limit)
    answer = None
    if question.answer and question.language is not None:
        answer = await gate(request).answer(question.query, question.language)
    return {"passages": passages, "answer": answer}


async def _files(request: Request, name: str) -> list[tuple[str, bytes]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        try:
            async with request.form(max_files=MOST_FILES, max_fields=MOST_FILES) as form:
                parts = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
                files = [(part.filename or "", await part.read()) for part in parts]
        except HTTPException as error:
            raise Problem(400, "bad_form", f"the form cannot be read: {error.detail}") from None
        if not files:
            raise Problem(422, "no_file", "the form has no file; send it in a field named file")
        return files
    name = name or unquote(request.headers.get("x-file-name", ""))
    if not name:
        raise Problem(422, "no_name", "name the file: POST /api/kb/documents?name=warranty.pdf")
    return [(name, await request.body())]
