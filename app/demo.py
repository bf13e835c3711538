"""``tetraphone demo``: starts the platform with demo data and places four calls in real time."""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from app import settings as settings_module
from app.addresses import base_url
from app.bot import first_phrases
from app.common import Common, open_common
from app.demo_agent import ScriptedAgent
from app.demo_data import DEMO_LOGINS
from app.demo_script import CALLS, FIRST_DOCUMENTS, FIRST_LINES, FIRST_RESPONSES, ScriptedCall
from app.demo_voices import CallerVoices
from app.prepare import answer_phrases, prepare, publish_documents, render_ahead
from app.settings import Settings
from app.supervisor import Supervisor
from bots.engine.bot import Bot
from core import events as ev
from core.events import Recorded
from core.languages import Language
from core.timings import percentile
from core.views import CallView
from voice_gateway.caller import CallerScript, CallReport, place_call

START_LIMIT_S = 120.0
SCORE_LIMIT_S = 20.0
STOP_LIMIT_S = 45.0
_SPEAKERS = {"caller": "bold cyan", "bot": "green", "agent": "yellow"}


class DemoFailed(Exception):
    """Something that the demo needs did not happen; the message says what and what to do."""


@dataclass
class Result:
    """What became of one scripted call."""

    script: ScriptedCall
    view: CallView
    report: CallReport
    problems: list[str] = field(default_factory=list)


def demo_settings() -> Settings:
    """The settings of the demo: a data folder of its own, demo users and documents."""
    os.environ.setdefault("TETRAPHONE_DATA", "var/demo")
    os.environ["TETRAPHONE_DEMO"] = "1"
    os.environ.setdefault("TETRAPHONE_LOG_LEVEL", "WARNING")
    return settings_module.load()


async def prepare_demo(settings: Settings, console: Console) -> CallerVoices:
    """Set-up: assets, schema, training, prompts, callers' lines. Slow the first time, quick afterwards."""
    await asyncio.to_thread(prepare, settings, console)
    voices = CallerVoices(settings.data / "callers")
    await voices.render([line for call in CALLS for line in call.lines], console)
    await publish_documents(settings, console)
    bot = Bot.load(settings.bot_folder, settings.nlu_folder)
    phrases = first_phrases(settings, bot, FIRST_RESPONSES, FIRST_LINES)
    phrases += await answer_phrases(settings, bot, FIRST_DOCUMENTS)
    await render_ahead(settings, console, phrases, "Rendering the first prompts", bot.spoken.names)
    return voices


async def run_demo(console: Console, *, stay: bool) -> int:
    """Returns the exit status: 0 if all four calls ended as scripted."""
    settings = demo_settings()
    if taken := [port for host, port in _ports(settings) if not _free(host, port)]:
        ports = " and ".join(str(port) for port in taken)
        console.print(
            f"Port {ports} is taken: is a demo running already? End it, or set TETRAPHONE_WEB_PORT and "
            "TETRAPHONE_LINE_PORT to free ones.",
            style="bold red",
            highlight=False,
        )
        return 1
    voices = await prepare_demo(settings, console)
    supervisor = Supervisor()
    running = asyncio.create_task(supervisor.run(), name="supervisor")
    try:
        await _until_ready(settings, console, running)
        async with open_common(settings) as common:
            results = [await _place(common, script, voices, console, n) for n, script in enumerate(CALLS, 1)]
        console.print(closing_table(results))
        failed = [result for result in results if result.problems]
        for result in failed:
            console.print(
                f"{result.script.title}: {'; '.join(result.problems)}", style="bold red", markup=False
            )
        if stay:
            _print_addresses(settings, console)
            await running
        return 1 if failed else 0
    except DemoFailed as error:
        console.print(str(error), style="bold red", markup=False)
        return 1
    finally:
        supervisor.stop()
        await asyncio.wait({running}, timeout=STOP_LIMIT_S)


def _ports(settings: Settings) -> list[tuple[str, int]]:
    return [(settings.web_host, settings.web_port), (settings.line_host, settings.line_port)]


def _free(host: str, port: int) -> bool:
    """Whether a server could listen there: looked at before minutes of set-up, not after."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def _until_ready(settings: Settings, console: Console, running: asyncio.Task[None]) -> None:
    web = base_url(settings.web_host, settings.web_port)
    line = base_url(settings.line_host, settings.line_port)
    missing = "everything"
    with console.status("Starting: loading models ...") as status:
        async with httpx.AsyncClient(timeout=2) as client:
            for _ in range(int(START_LIMIT_S * 2)):
                if running.done():
                    raise DemoFailed("The platform ended while it was starting; its messages above say why.")
                missing = ", ".join(
                    [
                        name
                        for name, url in (("line", line), ("web and models", web))
                        if not await _ready(client, url)
                    ]
                )
                if not missing:
                    return
                status.update(f"Starting: waiting for {missing} ...")
                await asyncio.sleep(0.5)
    raise DemoFailed(f"Not ready after {START_LIMIT_S:.0f} s: {missing}. Are ports 8080 and 8081 free?")


async def _ready(client: httpx.AsyncClient, base: str) -> bool:
    try:
        return (await client.get(f"{base}/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


async def _place(
    common: Common, script: ScriptedCall, voices: CallerVoices, console: Console, number: int
) -> Result:
    console.rule(f"[bold]Call {number}: {script.title}", align="left")
    line = base_url(common.settings.line_host, common.settings.line_port)
    start = await common.log.last_position()
    printer = asyncio.create_task(_print_events(common, start, console), name="print events")
    agent = None
    if script.agent_lines:
        agent = ScriptedAgent(common.settings, common.log, "jimin", script.agent_lines)
        await agent.start()
    try:
        turns = [voices.turn(caller_line) for caller_line in script.lines]
        report = await place_call(
            line,
            CallerScript(
                turns,
                caller=script.caller,
                called="+8657900000000",
                # With a person the agent hangs up; the caller stays as long as that may take.
                linger_s=45.0 if agent else 12.0,
                quiet_s=0.8,
            ),
        )
        view = await _finished(common, report.call_sid, start)
    finally:
        if agent is not None:
            await agent.stop()
        printer.cancel()
        await asyncio.gather(printer, return_exceptions=True)
    result = Result(script, view, report)
    result.problems = judge(script, view)
    console.print(f"  summary: {view.summary}", markup=False, highlight=False)
    return result


async def _finished(common: Common, call_sid: str, start: int) -> CallView:
    """The call's view once it is scored."""
    try:
        async with asyncio.timeout(SCORE_LIMIT_S):
            while True:
                for recorded in await common.log.read_from(start, 2000):
                    if (
                        isinstance(recorded.event, ev.CallStarted)
                        and recorded.event.carrier_call_id == call_sid
                    ):
                        view = CallView.of(await common.log.read(recorded.interaction_id))
                        if view is not None and view.score is not None:
                            return view
                await asyncio.sleep(0.3)
    except TimeoutError:
        raise DemoFailed(f"Call {call_sid} was not scored within {SCORE_LIMIT_S:.0f} s.") from None


async def _print_events(common: Common, start: int, console: Console) -> None:
    async for recorded in common.log.follow(start):
        if text := describe(recorded):
            console.print(text, highlight=False)


def describe(recorded: Recorded) -> str | None:
    """One line about an event, in rich markup; None for those that nobody wants to see."""
    event = recorded.event
    if isinstance(event, ev.UtteranceHeard | ev.UtteranceSpoken):
        who, style = event.speaker, _SPEAKERS[event.speaker]
        text = event.text.replace("[", "\\[")
        cut = " [dim](interrupted)[/]" if isinstance(event, ev.UtteranceSpoken) and event.interrupted else ""
        return f"  [dim]{event.start_s:6.1f} s[/]  [{style}]{who:6}[/] [dim]{event.language}[/] {text}{cut}"
    if isinstance(event, ev.TurnUnderstood):
        return f"            [dim]understood: {event.intent} ({event.confidence:.2f})[/]"
    if isinstance(event, ev.TurnTimed):
        own_line = f"own line {event.own_line_ms:.0f}, " if event.own_line_ms >= 20 else ""
        return (
            f"            [dim]end of turn {event.end_of_turn_ms:.0f} ms, recognise {event.recognise_ms:.0f}, "
            f"{own_line}understand {event.understand_ms:.0f}, first audio {event.first_audio_ms:.0f}: "
            f"gap {event.gap_ms:.0f} ms[/]"
        )
    if isinstance(event, ev.LanguageChanged):
        return (
            f"            [magenta]language: {event.before.value} -> {event.after.value} ({event.reason})[/]"
        )
    if isinstance(event, ev.ActionTaken):
        return f"            [dim]action {event.name}: {'done' if event.ok else 'failed'}[/]"
    if isinstance(event, ev.KnowledgeUsed):
        return f"            [dim]from {event.document}, {event.section} ({event.score:.2f})[/]"
    if isinstance(event, ev.HandoffRequested):
        summary = " ".join(str(value) for value in event.packet.get("summary", {}).values() if value)
        return f"            [yellow]to a person: {event.reason}. {summary}[/]"
    if isinstance(event, ev.OfferAnswered):
        return f"            [yellow]{event.agent} {event.answer} after {event.waited_s:.1f} s[/]"
    if isinstance(event, ev.LineFault):
        return f"            [red]fault: {event.what} {event.detail}[/]"
    if isinstance(event, ev.CallEnded):
        return f"            [bold]ended: {event.outcome.replace('_', ' ')} ({event.reason})[/]"
    return None


def judge(script: ScriptedCall, view: CallView) -> list[str]:
    """What did not go as scripted, one sentence each."""
    problems = []
    if view.outcome != script.expect_outcome:
        problems.append(f"outcome {view.outcome}, expected {script.expect_outcome}")
    if script.expect_intent not in view.intents:
        problems.append(f"intents {view.intents}, expected {script.expect_intent}")
    held: list[str] = []
    for line in view.transcript:
        if line["speaker"] == "caller" and (not held or held[-1] != line["language"]):
            held.append(line["language"])
    if held != [language.value for language in script.expect_languages]:
        problems.append(f"languages {held}, expected {[one.value for one in script.expect_languages]}")
    if script.agent_lines:
        typed = [line for line in view.transcript if line["speaker"] == "agent"]
        if len(typed) < len(script.agent_lines):
            problems.append(f"{len(typed)} of {len(script.agent_lines)} lines of the agent were spoken")
        if not (view.handoff or {}).get("packet", {}).get("summary"):
            problems.append("the agent got no summary")
    return problems


def closing_table(results: list[Result]) -> Table:
    """Language, outcome, reply gap and score of each call."""
    table = Table("", "language", "outcome", "turns", "gap median", "gap p95", "score", "as scripted")
    for number, result in enumerate(results, 1):
        gaps = [timing["gap_ms"] for timing in result.view.timings]
        score: Any = (result.view.score or {}).get("score")
        table.add_row(
            str(number),
            " → ".join(Language(one).own_name for one in result.script.expect_languages),
            (result.view.outcome or "").replace("_", " "),
            str(len(gaps)),
            f"{statistics.median(gaps):.0f} ms" if gaps else "–",
            f"{percentile(gaps, 95):.0f} ms" if gaps else "–",
            "–" if score is None else f"{score:.0f}",
            "no" if result.problems else "yes",
        )
    return table


def _print_addresses(settings: Settings, console: Console) -> None:
    table = Table("log-in", "password", "role", title="The platform is up; Ctrl-C ends it")
    for username, password, role in DEMO_LOGINS:
        table.add_row(username, password, role)
    console.print(table)
    web = base_url(settings.web_host, settings.web_port)
    console.print(f"Consoles and API: {web} (API documentation: {web}/api/docs)", highlight=False)
    line = base_url(settings.line_host, settings.line_port)
    console.print(f"The line:         {line}", highlight=False)
    console.print("Call it:          .venv/bin/tetraphone call FILE.wav dtmf:104227", highlight=False)


__all__ = ["demo_settings", "prepare_demo", "run_demo"]
