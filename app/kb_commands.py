"""``tetraphone kb ...``: asks the running platform, which alone owns the index."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.settings import Settings
from core.languages import parse_language
from kb_ingest.client import KnowledgeClient, KnowledgeUnavailable
from kb_ingest.parsing import DocumentRefused, language_of

_NOT_RUNNING = "The platform does not answer: start it with `tetraphone serve`."


async def add(settings: Settings, console: Console, files: list[Path]) -> int:
    """Add documents; returns 1 if any was refused."""
    wanted = [inner for path in files for inner in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    wanted = [path for path in wanted if not path.is_dir() and not path.name.startswith(".")]
    refused = 0
    client = KnowledgeClient(settings.models_socket)
    try:
        for path in track(wanted, "Adding", console=console, disable=len(wanted) < 2):
            try:
                added = await client.add(path.name, path.read_bytes(), "command line")
            except DocumentRefused as refusal:
                refused += 1
                console.print(f"{path}: {refusal}", style="red", markup=False, highlight=False)
            except OSError as error:
                refused += 1
                console.print(
                    f"{path}: {error.strerror or error}", style="red", markup=False, highlight=False
                )
            else:
                what = "unchanged" if added.unchanged else f"version {added.version}"
                language = added.language.value if added.language else "another language"
                console.print(
                    f"{path.name}: {added.sections} sections, {added.passages} passages, {language}, {what}",
                    highlight=False,
                )
    except KnowledgeUnavailable:
        console.print(_NOT_RUNNING, style="bold red", markup=False)
        return 2
    finally:
        await client.close()
    return 1 if refused else 0


async def ask(
    settings: Settings, console: Console, question: str, language: str, limit: int, as_json: bool
) -> int:
    """Print the answer that would be spoken, if any, and the passages found."""
    client = KnowledgeClient(settings.models_socket)
    try:
        spoken = parse_language(language) if language else language_of(question)
        hits = await client.search(question, spoken, limit)
        answer = await client.answer(question, spoken) if spoken else None
    except ValueError as error:
        console.print(str(error), style="bold red", markup=False)
        return 2
    except KnowledgeUnavailable:
        console.print(_NOT_RUNNING, style="bold red", markup=False)
        return 2
    finally:
        await client.close()
    if as_json:
        shown = {
            "answer": dataclasses.asdict(answer) if answer else None,
            "passages": [dataclasses.asdict(hit) for hit in hits],
        }
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return 0
    if answer is None:
        console.print("The bot would not answer this from the documents.", style="yellow")
    else:
        console.print(
            f"The bot would say ({answer.score:.2f}, {answer.document}):", style="bold", markup=False
        )
        console.print(answer.text, markup=False)
    table = Table("score", "document", "section", "passage")
    for hit in hits:
        text = hit.text if len(hit.text) < 160 else hit.text[:157] + "..."
        table.add_row(f"{hit.score:.3f}", hit.document, hit.section, text)
    console.print(table)
    return 0


async def list_documents(settings: Settings, console: Console) -> int:
    """Print the documents."""
    client = KnowledgeClient(settings.models_socket)
    try:
        documents = await client.list()
    except KnowledgeUnavailable:
        console.print(_NOT_RUNNING, style="bold red", markup=False)
        return 2
    finally:
        await client.close()
    table = Table("name", "title", "language", "passages", "version", "id")
    for one in documents:
        language = one.language.value if one.language else ""
        table.add_row(one.name, one.title, language, str(one.passages), str(one.version), one.id)
    console.print(table)
    return 0
