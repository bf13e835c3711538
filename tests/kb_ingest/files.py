"""Real files of every kind, made by the formats' own libraries or byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(paragraphs=(("Heading 1", "Warranty"), ("Normal", "Three years.")), table=None) -> bytes:
    import docx as word

    document = word.Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    if table:
        grid = document.add_table(rows=0, cols=len(table[0]))
        for values in table:
            for cell, value in zip(grid.add_row().cells, values, strict=True):
                cell.text = value
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx(rows, title="Prices") -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def replaced_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one part's content changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, content if entry.filename == name else old.read(entry.filename))
    return out.getvalue()


def pdf(pages: list[list[tuple[int, str]]]) -> bytes:
    """A PDF whose pages hold lines of (size, text); any characters, by a font with a ToUnicode map."""
    characters = sorted({character for page in pages for _, text in page for character in text})
    codes = {character: number for number, character in enumerate(characters, start=1)}
    mapping = "\n".join(f"<{code:04x}> <{ord(char):04x}>" for char, code in codes.items())
    to_unicode = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /T def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{len(codes)} beginbfchar\n{mapping}\nendbfchar\nendcmap\nend\nend"
    )
    objects: list[bytes] = [b"", b""]  # catalogue and page tree, filled in below

    def put(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(content: str) -> bytes:
        raw = content.encode("latin-1")
        return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(raw), raw)

    unicode_map = put(stream(to_unicode))
    descendant = put(
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Test /DW 500 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
    )
    font = put(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Test /Encoding /Identity-H "
        b"/DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>" % (descendant, unicode_map)
    )
    kids = []
    for page in pages:
        lines = []
        height = 780
        for size, text in page:
            coded = "".join(f"{codes[character]:04x}" for character in text)
            lines.append(f"BT /F1 {size} Tf 1 0 0 1 50 {height} Tm <{coded}> Tj ET")
            height -= size + 8
        content = put(stream("\n".join(lines)))
        kids.append(
            put(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                b"/Resources << /Font << /F1 %d 0 R >> >> >>" % (content, font)
            )
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def encrypted_pdf(data: bytes, password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted_office() -> bytes:
    """An OLE container with the stream that Office puts an encrypted document in: header and directory alone."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    names = ("Root Entry", "EncryptionInfo", "EncryptedPackage")
    entries = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in names)
    return header.ljust(512, b"\0") + entries.ljust(1024, b"\0")


def zip_bomb(inside="word/document.xml", mebibytes=64) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(inside, b"\0" * (mebibytes * 1024 * 1024))
    return out.getvalue()
