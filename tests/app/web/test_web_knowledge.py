"""The knowledge base over the API: what is taken, what is refused and how, and passages found."""

import io
import zipfile

import pytest

from core.identity import Role
from core.refusals import REFUSED
from models.client import ModelsUnavailable

WARRANTY = b"# Warranty\n\nThe warranty on the oak table is two years.\n"


async def test_a_document_is_added_listed_found_and_removed(as_role):
    client = await as_role(Role.EDITOR)
    added = await client.post("/api/kb/documents", files={"file": ("warranty.md", WARRANTY)})
    assert added.status_code == 201, added.text
    document = added.json()["documents"][0]
    assert document["name"] == "warranty.md" and document["passages"] >= 1 and document["language"] == "en"
    assert added.json()["refused"] == []
    listed = (await client.get("/api/kb/documents")).json()["documents"]
    assert [one["id"] for one in listed] == [document["id"]]
    found = await client.post("/api/kb/search", json={"query": "warranty table", "language": "en"})
    passage = found.json()["passages"][0]
    assert "two years" in passage["text"] and passage["section"] == "Warranty" and passage["score"] > 0
    assert (await client.delete(f"/api/kb/documents/{document['id']}")).status_code == 204
    assert (await client.post("/api/kb/search", json={"query": "warranty"})).json()["passages"] == []


async def test_a_raw_body_is_a_document_too(as_role):
    client = await as_role(Role.EDITOR)
    answer = await client.post("/api/kb/documents?name=warranty.md", content=WARRANTY)
    assert answer.status_code == 201 and answer.json()["documents"][0]["name"] == "warranty.md"
    nameless = await client.post("/api/kb/documents", content=WARRANTY)
    assert nameless.status_code == 422 and "name" in nameless.json()["error"]["message"]


async def test_a_refused_file_does_not_stop_the_others(as_role):
    client = await as_role(Role.EDITOR)
    answer = await client.post(
        "/api/kb/documents", files=[("file", ("empty.md", b"")), ("file", ("warranty.md", WARRANTY))]
    )
    assert answer.status_code == 201
    assert [one["name"] for one in answer.json()["documents"]] == ["warranty.md"]
    assert answer.json()["refused"][0]["name"] == "empty.md" and answer.json()["refused"][0]["message"]


def zip_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * 300_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.md", b""),
        ("programme.exe", b"MZ" + b"\0" * 500),
        ("broken.pdf", b"%PDF-1.7 and then nothing that a reader could follow"),
        ("bomb.docx", zip_bomb()),
    ],
)
async def test_bad_documents_are_refused_with_a_sentence(as_role, name, data):
    client = await as_role(Role.EDITOR)
    answer = await client.post("/api/kb/documents", files={"file": (name, data)})
    assert answer.status_code in (413, 415, 422), answer.text
    error = answer.json()["error"]
    assert error["code"] and len(error["message"]) > 20
    assert (await client.get("/api/kb/documents")).json()["documents"] == []


async def test_an_upload_without_a_file_or_with_a_broken_form_says_so(as_role):
    client = await as_role(Role.EDITOR)
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await client.post("/api/kb/documents", content=b"--x--\r\n", headers=kind)).status_code == 422
    broken = await client.post("/api/kb/documents", content=b"garbage", headers=kind)
    assert broken.status_code in (400, 422) and broken.json()["error"]["message"]
    many = [("file", (f"{number}.md", WARRANTY)) for number in range(25)]
    assert (await client.post("/api/kb/documents", files=many)).status_code == 400


async def test_an_unknown_document_is_a_sentence(as_role):
    answer = await (await as_role(Role.EDITOR)).delete("/api/kb/documents/nothing")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "unknown_document"


async def test_a_knowledge_base_that_is_away_is_said_to_be(as_role, parts):
    parts.knowledge.away = ModelsUnavailable("the models process is away")
    client = await as_role(Role.EDITOR)
    for answer in (
        await client.get("/api/kb/documents"),
        await client.post("/api/kb/search", json={"query": "warranty"}),
        await client.post("/api/kb/documents", files={"file": ("warranty.md", WARRANTY)}),
    ):
        assert answer.status_code == 503 and answer.json()["error"]["code"] == "knowledge_away"
        assert answer.headers["retry-after"]


async def test_a_failure_inside_is_no_leak(as_role, parts):
    parts.knowledge.away = RuntimeError("secret detail of the inside")
    answer = await (await as_role(Role.EDITOR)).get("/api/kb/documents")
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.json()["error"]["code"] == "failed"


async def test_refused_documents_are_counted_by_kind_and_logged_without_their_names(
    as_role, caplog, monkeypatch
):
    monkeypatch.setattr("core.refusals.EVERY_S", 0.0)
    client = await as_role(Role.EDITOR)
    before = REFUSED.labels("document_empty")._value.get()
    for _ in range(2):
        await client.post("/api/kb/documents", files={"file": ("letter-of-jane-doe.md", b"")})
    assert REFUSED.labels("document_empty")._value.get() == before + 2
    assert caplog.text.count("refused: a document (empty)") == 2
    assert "jane" not in caplog.text
