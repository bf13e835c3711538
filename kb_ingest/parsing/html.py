"""HTML pages: what a reader sees, none of what runs."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString, PageElement

from kb_ingest.parsing.builder import SectionBuilder
from kb_ingest.parsing.encoding import decode_text
from kb_ingest.parsing.limits import Budget

_DROPPED = ["script", "style", "noscript", "template", "iframe", "object", "embed", "applet", "svg", "math"]
_DROPPED += [
    "canvas",
    "audio",
    "video",
    "nav",
    "form",
    "button",
    "input",
    "select",
    "textarea",
    "dialog",
    "head",
]
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.I)
_BREAKING = {"p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote", "figure"}
_BREAKING |= {
    "figcaption",
    "dl",
    "dt",
    "dd",
    "ul",
    "ol",
    "li",
    "pre",
    "address",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
}
_BREAKING |= {
    "h6",
    "table",
    "tr",
    "td",
    "th",
    "caption",
    "hr",
    "details",
    "summary",
    "body",
    "html",
    "fieldset",
}


def parse_html(data: bytes, builder: SectionBuilder, budget: Budget) -> None:
    """Read headings, paragraphs, lists and tables; scripts, forms, menus and hidden parts are left out."""
    soup = BeautifulSoup(_declared(data), "html.parser")
    if soup.title is not None:
        builder.title = soup.title.get_text(" ", strip=True)[:300]
    for tag in soup(_DROPPED):
        tag.decompose()
    for tag in soup.find_all(_is_hidden):
        tag.decompose()
    _walk(soup, builder)


def _declared(data: bytes) -> str:
    """Decode by the page's own ``<meta charset>`` when its bytes really are that, else by looking."""
    if declared := re.search(rb"<meta[^>]+charset=[\"']?([A-Za-z0-9_\-]+)", data[:4096], re.I):
        try:
            return data.decode(declared.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # the page lies about itself; many do
    return decode_text(data)


def _is_hidden(tag: Tag) -> bool:
    # Text that no reader sees has no business in an answer; it is how instructions are smuggled in.
    if tag.attrs is None:
        return False
    return (
        tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(str(tag.get("style", ""))))
    )


def _walk(soup: BeautifulSoup, builder: SectionBuilder) -> None:
    """Go through the page in reading order, without recursion: nesting depth is the uploader's choice."""
    pending: list[str] = []
    in_item = False
    level = 0

    def flush() -> None:
        nonlocal level
        text = "".join(pending)
        pending.clear()
        if level:
            builder.heading(level, text)
            level = 0
        else:
            builder.text("item" if in_item else "paragraph", text)

    # Not soup.next_element: taking parts out can break that one link.
    node: PageElement | None = soup.contents[0] if soup.contents else None
    while node is not None:
        following = node.next_element
        if isinstance(node, Tag):
            name = node.name
            if name in _BREAKING:
                flush()
                in_item = name in ("li", "dd") or (in_item and node.find_parent("li") is not None)
            if name == "table":
                _table(node, builder)
                following = _beyond(node)
            elif name in ("h1", "h2", "h3", "h4", "h5", "h6"):
                # Read whole: a heading's text may be divided among spans.
                builder.heading(int(name[1]), node.get_text(" ", strip=True))
                following = _beyond(node)
            elif name == "br":
                pending.append("\n")
        elif isinstance(node, NavigableString) and not isinstance(node, Comment):
            parent = node.parent
            if parent is not None and type(node) is NavigableString:
                pending.append(str(node))
                # The text after a block's end is a paragraph of its own.
                if node.next_sibling is None and parent.name in _BREAKING:
                    flush()
        node = following
    flush()


def _beyond(tag: Tag) -> PageElement | None:
    last: PageElement = tag
    while isinstance(last, Tag) and last.contents:
        last = last.contents[-1]
    return last.next_element


def _table(table: Tag, builder: SectionBuilder) -> None:
    caption = table.find("caption")
    rows: list[list[str]] = []
    header = False
    for row in table.find_all("tr"):
        cells = row.find_all(["td", "th"], recursive=False)
        if not rows and cells and all(cell.name == "th" for cell in cells):
            header = True
        rows.append([cell.get_text(" ", strip=True) for cell in cells])
    builder.table(rows, caption.get_text(" ", strip=True) if caption else "", has_header=header or None)
