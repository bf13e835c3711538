"""``tetraphone bench conversation``: people in real browsers who speak through the bridge; a table, JSON, pictures."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import soundfile
from rich.console import Console
from rich.table import Table

from app.bench_conversation_stages import LONGEST, Line, Stages
from app.bench_platform import BenchFailed, kept, throw_away
from app.bench_report import write_json
from app.demo_data import DEMO_PASSWORD
from app.demo_script import CallerLine
from app.demo_voices import CallerVoices
from app.settings import Settings
from core.languages import Language
from evals.bench.capacity.resources import machine
from evals.bench.clips import real_clips
from evals.bench.conversation_lines import (
    AGENT_LINES,
    ASKS,
    ASKS_AT_S,
    CALLER_LINES,
    MICROPHONE_RATE,
    PERIOD_S,
    TALKS_AT_S,
    TURN_S,
    Microphone,
    Spoken,
    microphone,
)
from evals.bench.conversation_pages import person
from evals.bench.network import NoNetwork, OwnNetwork
from models.protocols import Pcm
from voice_gateway.audio.resample import resample

_AGENTS = {Language.EN: ("jimin", "mei"), Language.JA: ("jimin", "haruka")}
"""Two of the demo's agents who speak the language; the second one reads the desk in the other."""
_OTHER = {Language.EN: Language.JA, Language.JA: Language.EN}
_BESIDE_TALK_S = 900.0


async def conversation(
    settings: Settings,
    console: Console,
    minutes: float,
    language: Language,
    speech: Path | None,
    keep: Path | None,
    json_file: Path | None,
) -> int:
    """Measure; 1 where a line failed, 2 where it cannot be measured here.

    Args:
        speech: a folder of clips as ``bench accuracy`` reads it; None: sentences of our own, synthesised.
        keep: folder for screenshots.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or language not in _AGENTS:
        why = (
            "Chromium is not installed"
            if chromium is None
            else f"{language}: two agents are needed, so en or ja"
        )
        console.print(why, style="bold red")
        return 2
    if keep is not None:
        await asyncio.to_thread(keep.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tetraphone-conversation-") as name:
        folder = Path(name)
        seconds = LONGEST * minutes * 60 + _BESIDE_TALK_S
        try:
            microphones = await _microphones(settings, console, language, speech, seconds)
            lines = await _held(settings, console, minutes, language, microphones, chromium, folder, keep)
        except BenchFailed as error:
            console.print(str(error), style="bold red", markup=False)
            return 2
    failed = [line for line in lines if line.ok is False]
    console.print(_table(lines, f"A conversation of {minutes:g} minutes in browsers, {language}"))
    if json_file is not None:
        write_json(
            json_file, {"machine": machine(), "minutes": minutes, "lines": [asdict(line) for line in lines]}
        )
    return 1 if failed else 0


async def _held(
    settings: Settings,
    console: Console,
    minutes: float,
    language: Language,
    microphones: list[Microphone],
    chromium: str,
    folder: Path,
    keep: Path | None,
) -> list[Line]:
    from playwright.async_api import async_playwright

    users = _AGENTS[language]
    surfaces = (language, _OTHER[language])
    async with AsyncExitStack() as stack:
        network: OwnNetwork | None = None
        try:
            network = await stack.enter_async_context(OwnNetwork())
        except NoNetwork as error:
            console.print(f"The network will not be cut: {error}", style="yellow", markup=False)
        platform = await stack.enter_async_context(
            throw_away(settings, console, folder / "platform.log", languages=(language,), host="0.0.0.0")  # noqa: S104
        )
        playwright = await stack.enter_async_context(async_playwright())
        caller = await stack.enter_async_context(
            person(playwright, chromium, folder, "caller", microphones[0], language, platform.web)
        )
        web = platform.web
        browser: str | Path = chromium
        if network is not None:
            web = web.replace("127.0.0.1", network.here)
            browser = network.inside(chromium, folder)
        first = await stack.enter_async_context(
            person(playwright, browser, folder, users[0], microphones[1], surfaces[0], web)
        )
        second = await stack.enter_async_context(
            person(playwright, chromium, folder, users[1], microphones[2], surfaces[1], platform.web)
        )
        await caller.page.goto(f"{platform.web}/phone?language={language.value}")
        await first.log_in(web, users[0], DEMO_PASSWORD)

        async def let_in() -> None:
            await second.in_step_with(await first.microphone_opened_ms(), PERIOD_S)
            await second.log_in(platform.web, users[1], DEMO_PASSWORD)

        def tell(line: Line) -> None:
            mark = {True: "pass", False: "FAIL", None: "    "}[line.ok]
            console.print(f"{mark}  {line.stage}: {line.what}: {line.figure}", markup=False, highlight=False)

        stages = Stages(platform, language, caller, (first, second), network, let_in, tell, keep)
        try:
            await stages.run(minutes)
        finally:
            if keep is not None:
                await asyncio.to_thread(shutil.copy, folder / "platform.log", keep / "platform.log")
        return stages.lines


# --- what they say ---


async def _microphones(
    settings: Settings, console: Console, language: Language, speech: Path | None, seconds: float
) -> list[Microphone]:
    """The caller's, and two agents'."""
    voices = CallerVoices(kept(settings) / "conversation")
    texts = (CALLER_LINES[language], AGENT_LINES[language], AGENT_LINES[language][::-1])
    said = [
        [CallerLine(text, language, voice) for text in lines]
        for lines, voice in zip(texts, ("caller_a", "caller_b", "caller_c"), strict=True)
    ]
    ask = CallerLine(ASKS[language], language, "caller_a")
    await voices.render([ask, *(one for lines in said for one in lines)], console)
    spoken = [[await _read(voices, one) for one in lines] for lines in said]
    if speech is not None:
        clips = [
            Spoken(clip.text, clip.audio)
            for clip in real_clips(speech / language.value, language, _as_recorded)
        ]
        if len(clips) < len(spoken):
            raise BenchFailed(f"{speech / language.value} has too few clips of people")
        spoken = [clips[place :: len(spoken)] for place in range(len(spoken))]
    first = (TALKS_AT_S, TURN_S, 2 * TURN_S)
    before = (ASKS_AT_S, await _read(voices, ask))
    return [
        microphone(lines, seconds, at_s, None if place else before)
        for place, (lines, at_s) in enumerate(zip(spoken, first, strict=True))
    ]


def _as_recorded(pcm: Pcm, rate: int) -> Pcm:
    return resample(pcm, rate, MICROPHONE_RATE)


async def _read(voices: CallerVoices, line: CallerLine) -> Spoken:
    pcm, rate = await asyncio.to_thread(soundfile.read, voices.path(line), dtype="int16")
    return Spoken(line.text, _as_recorded(pcm, rate))


def _table(lines: list[Line], title: str) -> Table:
    table = Table("stage", "what", "", "figure", title=title)
    marks: dict[bool | None, Any] = {True: "[green]pass", False: "[red]FAIL", None: ""}
    before = ""
    for line in lines:
        table.add_row(line.stage if line.stage != before else "", line.what, marks[line.ok], line.figure)
        before = line.stage
    return table
