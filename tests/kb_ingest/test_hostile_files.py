"""Every bad file is refused with a code and a message, in the sandbox. Category: integration (subprocess)."""

from __future__ import annotations

import io
import os
import zipfile

import pytest

from kb_ingest.parsing import DocumentRefused, ParseLimits, parse_document
from tests.kb_ingest import files

PDF = files.pdf([[(11, "Three years of warranty.")]])


async def refusal(name: str, data: bytes, limits: ParseLimits | None = None) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        await parse_document(name, data, limits)
    assert caught.value.message.endswith(".")
    return caught.value


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("nothing.txt", b"", "empty"),
        ("blank.md", b" \n\t\n\x00\x00", "empty"),
        ("only-scripts.html", b"<html><body><script>var a = 1</script><div></div></body></html>", "empty"),
        ("headings.xlsx", files.xlsx([]), "empty"),
        ("secret.pdf", files.encrypted_pdf(PDF, "pass"), "encrypted"),
        ("secret.docx", files.encrypted_office(), "encrypted"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "old_format"),
        ("cut.pdf", PDF[: len(PDF) // 3], "corrupt"),
        ("noise.pdf", b"%PDF-1.7\n" + os.urandom(3000), "corrupt"),
        ("cut.docx", files.docx()[:4000], "corrupt"),
        ("scan.pdf", files.pdf([[]]), "no_text"),
        ("picture.docx", b"\x89PNG\r\n\x1a\n" + bytes(500), "wrong_type"),
        ("login-page.pdf", b"<html><body>Please log in</body></html>", "wrong_type"),
        ("program.txt", b"\x7fELF" + bytes(500), "wrong_type"),
        ("binary.txt", b"abc\x00\x01\x02" * 100, "wrong_type"),
        ("noise.csv", b"\x01\x02\x03\x04\x8f\x9f" * 200, "wrong_type"),
        ("feed.xml", b"<?xml version='1.0'?><rss><item>x</item></rss>", "wrong_type"),
    ],
)
async def test_bad_files_are_refused_by_name(name, data, code):
    assert (await refusal(name, data)).code == code


async def test_other_archives_and_office_files_are_named():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "archive" in (await refusal("files.zip", out.getvalue())).message
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("ppt/presentation.xml", "<p/>")
    assert (await refusal("slides.pptx", out.getvalue())).code == "wrong_type"


async def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    assert (await refusal("bomb.docx", files.zip_bomb())).code == "zip_bomb"
    assert (await refusal("bomb.xlsx", files.zip_bomb("xl/workbook.xml"))).code == "zip_bomb"


async def test_an_archive_of_too_many_files_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(4000):
            archive.writestr(f"word/{number}.xml", "")
    assert (await refusal("many.docx", out.getvalue())).code == "zip_bomb"


async def test_an_archive_that_lies_about_its_sizes_is_refused():
    data = bytearray(files.zip_bomb(mebibytes=8))
    # The central directory says that the part is small; the reader then finds a wrong checksum or stops there.
    where = data.rfind(b"PK\x01\x02")
    data[where + 24 : where + 28] = (100).to_bytes(4, "little")
    assert (await refusal("liar.docx", bytes(data))).code in ("corrupt", "zip_bomb", "wrong_type")


async def test_external_entities_are_refused_in_docx_and_xlsx(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the site key")
    attack = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
        f'<w:document xmlns:w="{files.WORD}"><w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>'
    ).encode()
    assert (
        await refusal("x.docx", files.replaced_part(files.docx(), "word/document.xml", attack))
    ).code == "unsafe"
    sheet = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    book = files.replaced_part(files.xlsx([("a", "b")]), "xl/worksheets/sheet1.xml", sheet)
    assert (await refusal("x.xlsx", book)).code == "unsafe"


async def test_broken_xml_inside_an_office_file_is_corrupt():
    broken = files.replaced_part(files.docx(), "word/document.xml", b"<w:document><unclosed>")
    assert (await refusal("broken.docx", broken)).code == "corrupt"
    broken = files.replaced_part(
        files.xlsx([("a", "b"), ("c", "d")]), "xl/worksheets/sheet1.xml", b"<worksheet><row>"
    )
    assert (await refusal("broken.xlsx", broken)).code == "corrupt"


async def test_size_limits_are_named():
    limits = ParseLimits(file_bytes=1024 * 1024, text_characters=10_000, rows=100, pages=2)
    assert (await refusal("large.txt", b"a" * (1024 * 1024 + 1), limits)).code == "too_large"
    assert (await refusal("long.txt", b"word " * 3000, limits)).code == "too_long"
    assert (await refusal("long.csv", b"a,b\n1,2\n" * 200, limits)).code == "too_many_rows"
    assert (await refusal("long.xlsx", files.xlsx([("a", "b")] * 300), limits)).code == "too_many_rows"
    assert (await refusal("long.pdf", files.pdf([[(11, "x")]] * 3), limits)).code == "too_long"


async def test_a_parser_that_needs_too_much_memory_is_stopped():
    html = b"<html><body>" + b"<div><p>a</p>" * 100_000 + b"</body></html>"
    refused = await refusal("huge.html", html, ParseLimits(memory_bytes=120 * 1024 * 1024))
    assert refused.code == "too_complex"


async def test_a_parser_that_takes_too_long_is_stopped():
    html = b"<html><body>" + b"<div><p>a</p>" * 200_000 + b"</body></html>"
    refused = await refusal("slow.html", html, ParseLimits(wall_s=0.05))
    assert refused.code == "too_complex"


async def test_the_parser_does_not_inherit_secrets_and_cannot_write(monkeypatch, tmp_path):
    monkeypatch.setenv("TETRAPHONE_SITE_KEY", "secret")
    import asyncio
    import sys

    from kb_ingest.parsing import sandbox

    seen = {}
    real = asyncio.create_subprocess_exec

    async def spy(*command, **options):
        seen.update(options["env"])
        return await real(*command, **options)

    monkeypatch.setattr(sandbox.asyncio, "create_subprocess_exec", spy)
    await parse_document("ok.txt", b"Three years of warranty on furniture.")
    assert "TETRAPHONE_SITE_KEY" not in seen
    target = tmp_path / "written"
    script = (
        "from kb_ingest.parsing.worker import _confine\nfrom kb_ingest.parsing.limits import ParseLimits\n"
        f"_confine(ParseLimits())\nimport signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"with open({str(target)!r}, 'w') as file: file.write('x' * 100)\n"
    )
    process = await real(sys.executable, "-c", script, env=seen, stderr=asyncio.subprocess.DEVNULL)
    assert await process.wait() != 0
    assert not target.exists() or target.stat().st_size == 0


async def test_names_are_only_names():
    document = await parse_document(
        "../../etc/returns-policy.en.md", b"# \n\nWithin thirty days of delivery."
    )
    assert document.title == "returns policy"
