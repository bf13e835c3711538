"""``tetraphone bench ...``: what is measured, and with which options."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from app.cli_parts import console, current_settings, fail, run
from app.settings import Settings
from core.languages import Language

bench_cli = typer.Typer(no_args_is_help=True, help="Measurements with the real models.")


@bench_cli.command("accuracy")
def bench_accuracy(
    speech: Annotated[Path, typer.Option(help="Folder with en/ zh/ ja/ ko/ (transcripts.tsv) and none/.")],
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    synthetic: Annotated[
        int, typer.Option(min=0, help="Sentences to synthesise where a language has under 30 real clips.")
    ] = 40,
    condition: Annotated[
        list[str] | None, typer.Option(help="clean, g711, noise, loss1 or loss5; may be repeated.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write every clip here.")] = None,
) -> None:
    """Recognition error by language and condition, beside the full window; fails if one is a point worse."""
    from app.bench_commands import accuracy
    from evals.bench.conditions import parse_condition

    settings = current_settings()
    languages = _languages(settings, language or ())
    try:
        conditions = [parse_condition(name) for name in condition or ("g711",)]
    except ValueError as error:
        fail(str(error))
    _measure(accuracy(settings, console, speech, languages, synthetic, json_file, conditions))


@bench_cli.command("intents")
def bench_intents(
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    spoken: Annotated[
        int, typer.Option(min=0, help="Sentences of each intent and language to be spoken; 0: typed only.")
    ] = 5,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write every sentence here.")] = None,
) -> None:
    """Intent accuracy on the held-out sentences, typed and spoken over a telephone line; and mood."""
    from app.bench_commands import intents

    settings = current_settings()
    languages = _languages(settings, language or ())
    _measure(intents(settings, console, languages, spoken, json_file))


@bench_cli.command("voice")
def bench_voice(
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep every sound here; the JSON names its file.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write every sentence here.")] = None,
) -> None:
    """What a recogniser understands of our numbers, dates and amounts, composed and synthesised whole."""
    from app.bench_voice import voice

    settings = current_settings()
    languages = _languages(settings, language or ())
    _measure(voice(settings, console, languages, keep, json_file))


@bench_cli.command("turns")
def bench_turns(
    speech: Annotated[Path, typer.Option(help="Folder with en/ zh/ ja/ ko/ (transcripts.tsv) and none/.")],
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    clips: Annotated[int, typer.Option(min=1, help="At most so many clips of a language.")] = 30,
    profile: Annotated[str, typer.Option(help="open, yes_no or digits.")] = "open",
    words: Annotated[bool, typer.Option(help="Recognise at every pause, as calls do; slower.")] = True,
    keep: Annotated[Path | None, typer.Option(help="Keep every sound here; the JSON names its file.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write every turn and sound here.")
    ] = None,
) -> None:
    """False cut-offs and the delay at the end of turns; false and missed barge-ins. On media time, not real time."""
    from app.bench_turns import measure_turns
    from voice_gateway.turns.endpointing import PROFILES

    settings = current_settings()
    if profile not in PROFILES:
        fail(f"unknown profile {profile!r}; accepted: open, yes_no, digits")
    languages = _languages(settings, language or ())
    _measure(measure_turns(settings, console, speech, languages, clips, profile, words, keep, json_file))


@bench_cli.command("capacity")
def bench_capacity(
    calls: Annotated[str, typer.Option(help="Calls at once, a step each: 1,10,20,40.")] = "1,10,20,40",
    turns: Annotated[
        str, typer.Option(help="Answered turns after warm-up, of all steps or of each.")
    ] = "500",
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds that do not count.")] = 30.0,
    limit: Annotated[float, typer.Option(min=10, help="Seconds after which a step ends anyway.")] = 7200.0,
    burst: Annotated[str, typer.Option(help="Then so many times the ceiling rings at once: 3,5.")] = "",
    ceiling: Annotated[
        int | None,
        typer.Option(min=1, help="Calls the throw-away platform admits; none: enough for --calls."),
    ] = None,
    server: Annotated[str, typer.Option(help="Line of a running platform; none: a throw-away one.")] = "",
    web: Annotated[str, typer.Option(help="Its API, for what was recognised.")] = "",
    token: Annotated[
        str, typer.Option(envvar="TETRAPHONE_BENCH_TOKEN", help="API token (supervisor or QA).")
    ] = "",
    pid: Annotated[int | None, typer.Option(help="Its supervisor, to measure what it uses.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    speech: Annotated[Path | None, typer.Option(help="Real clips (as for accuracy) among the turns.")] = None,
    seed: Annotated[str, typer.Option(help="Decides who says what, and when.")] = "1",
    keep: Annotated[Path | None, typer.Option(help="Keep audio and events of every call here.")] = None,
    again: Annotated[Path | None, typer.Option(help="Work out a kept run again; measures nothing.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Reply times, errors and costs with N simulated callers in real time; then bursts."""
    from app.bench_capacity import Wanted, capacity
    from app.bench_capacity import again as work_out_again

    if again is not None:
        raise SystemExit(work_out_again(console, again, json_file))
    settings = current_settings()
    languages = _languages(settings, language or ())
    if (given := len(_numbers("--turns", turns))) not in (1, len(_numbers("--calls", calls))):
        fail(f"--turns {turns}: accepted: one number, or one for each of --calls ({given} given)")
    wanted = Wanted(
        calls=_numbers("--calls", calls), turns=_numbers("--turns", turns), warm_up_s=warm_up, limit_s=limit,
        bursts=_numbers("--burst", burst) if burst else (), ceiling=ceiling, languages=languages,
        server=server, web=web, token=token, pid=pid, speech=speech, keep=keep, json_file=json_file, seed=seed,
        auth_token=settings.twilio_auth_token.get_secret_value() if server else "",
    )  # fmt: skip
    _measure(capacity(settings, console, wanted))


@bench_cli.command("browsers")
def bench_browsers(
    legs: Annotated[str, typer.Option(help="Browsers at once, a step each.")] = "1,10,25,50",
    seconds: Annotated[float, typer.Option(min=1, help="How long each step is measured.")] = 20.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """What WebRTC legs cost the line: processor time, lateness of its event loop, delay, memory."""
    from app.bench_browsers import browsers

    steps = [int(one) for one in legs.split(",") if one.strip().isdigit() and int(one) > 0]
    if not steps:
        fail("legs: numbers are wanted, such as 1,10,50")
    _measure(browsers(console, steps, seconds, json_file))


@bench_cli.command("bridge")
def bench_bridge(
    calls: Annotated[str, typer.Option(help="Bridged calls at once, a step each.")] = "1,10,50",
    seconds: Annotated[float, typer.Option(min=1, help="How long each step is measured.")] = 20.0,
    jitter: Annotated[float, typer.Option(min=0, max=200, help="Frames come up to so many ms late.")] = 5.0,
    record: Annotated[bool, typer.Option(help="Write each party's channel, as calls do.")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """What bridging callers with agents adds: delay of the sound, processor time."""
    from app.bench_bridge import bridge

    steps = _numbers("--calls", calls)
    _measure(bridge(console, steps, seconds, jitter, record, json_file))


@bench_cli.command("conversation")
def bench_conversation(
    minutes: Annotated[float, typer.Option(min=0.5, help="How long they talk before the rest.")] = 5.0,
    language: Annotated[str, typer.Option(help="What they speak: en or ja.")] = "en",
    speech: Annotated[
        Path | None, typer.Option(help="Folder of clips with transcripts.tsv, a folder for each language.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="Put screenshots here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """A caller at /phone and agents at /desk, in real browsers with known sound: delay, words, controls, lost networks."""
    from app.bench_conversation import conversation
    from core.languages import parse_language

    try:
        spoken = parse_language(language)
    except ValueError as error:
        fail(str(error))
    _measure(conversation(current_settings(), console, minutes, spoken, speech, keep, json_file))


@bench_cli.command("wall")
def bench_wall(
    agents: Annotated[int, typer.Option(min=1, help="Agents at work.")] = 200,
    pages: Annotated[str, typer.Option(help="Wallboards open at once, a step each: 1,5,20.")] = "1,5,20",
    seconds: Annotated[float, typer.Option(min=5, help="How long a step lasts.")] = 60.0,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between an agent's changes.")] = 20.0,
    calls: Annotated[float, typer.Option(min=0.1, help="Calls an hour that come and go.")] = 2000.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """How soon supervisors' pages show what happens, and what that costs. No models, no line."""
    from app.bench_wall import wall

    steps = _numbers("--pages", pages)
    _measure(wall(console, agents, steps, seconds, every, calls, json_file))


@bench_cli.command("desks")
def bench_desks(
    agents: Annotated[int, typer.Option(min=1, max=2000, help="Agents' pages that are open.")] = 200,
    walls: Annotated[int, typer.Option(min=1, help="Wallboards that are open.")] = 5,
    calls: Annotated[int, typer.Option(min=1, help="Conversations at once.")] = 4,
    seconds: Annotated[float, typer.Option(min=5, help="How long agents work.")] = 180.0,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between an agent's changes.")] = 20.0,
    rounds: Annotated[int, typer.Option(min=1, help="Then so many callers wait in vain.")] = 10,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """How soon agents' pages show what happens, and what that costs, on a whole platform with calls."""
    from app.bench_desks import desks
    from evals.bench.desks import DeskLoad

    load = DeskLoad(agents, walls, calls, seconds, every, rounds)
    _measure(desks(current_settings(), console, load, json_file))


@bench_cli.command("soak")
def bench_soak(
    calls: Annotated[int, typer.Option(min=1, help="Calls at once.")] = 20,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long calls come and go.")] = 30.0,
    settle: Annotated[float, typer.Option(min=1, help="Seconds of rest before it is compared.")] = 60.0,
    ceiling: Annotated[int | None, typer.Option(min=1, help="Calls the throw-away platform admits.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep the samples here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Calls coming and going; memory, tasks, threads and file handles must come back."""
    from app.bench_soak import soak

    _measure(soak(current_settings(), console, calls, minutes, settle, ceiling, keep, json_file))


@bench_cli.command("peers")
def bench_peers(
    calls: Annotated[str, typer.Option(help="Calls at once, a step each.")] = "1,2,4,8",
    turns: Annotated[int, typer.Option(min=1, help="Answered turns that a step needs after warm-up.")] = 60,
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds that do not count.")] = 20.0,
    limit: Annotated[float, typer.Option(min=10, help="Seconds after which a step ends anyway.")] = 1800.0,
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep audio and events of every call here.")] = None,
    again: Annotated[Path | None, typer.Option(help="Work out a kept run again; measures nothing.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """The same calls against Pipecat with the same recogniser and a canned reply, as a ratio."""
    from app.bench_peers import again as work_out_again
    from app.bench_peers import peers

    if again is not None:
        raise SystemExit(work_out_again(console, again, json_file))
    settings = current_settings()
    languages = _languages(settings, language or ())
    steps = _numbers("--calls", calls)
    _measure(peers(settings, console, steps, turns, warm_up, limit, languages, keep, json_file))


def _measure(measurement: Coroutine[Any, Any, int]) -> NoReturn:
    """Run a measurement. Told to end (SIGTERM), it ends what it has started first, as with Ctrl-C."""

    async def ending() -> int:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await measurement

    try:
        raise SystemExit(run(ending()))
    except asyncio.CancelledError:
        raise SystemExit(128 + signal.SIGTERM) from None


def _languages(settings: Settings, names: Sequence[str]) -> list[Language]:
    """The languages asked for, else those of the site."""
    from app.bench_commands import wanted_languages

    try:
        return wanted_languages(settings, names)
    except ValueError as error:
        fail(str(error))


def _numbers(option: str, text: str) -> tuple[int, ...]:
    """Whole numbers above zero, separated by commas."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdigit() and int(part) for part in parts):
        fail(f"{option} {text}: accepted: whole numbers separated by commas, such as 1,10,20")
    return tuple(int(part) for part in parts)
