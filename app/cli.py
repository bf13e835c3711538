"""The command line: ``tetraphone --help`` lists what there is."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from app import settings as settings_module
from app.priority import take_place
from app.role_lock import AlreadyRunning
from app.settings import Settings, SettingsError
from core.languages import Language

cli = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Answers a company's phone in Chinese, English, Japanese and Korean.",
)
models_cli = typer.Typer(no_args_is_help=True, help="Speech and language model assets.")
kb_cli = typer.Typer(no_args_is_help=True, help="The knowledge base of the running platform.")
bots_cli = typer.Typer(no_args_is_help=True, help="Bots: training and checking.")
users_cli = typer.Typer(no_args_is_help=True, help="Users of the consoles and the API.")
audit_cli = typer.Typer(no_args_is_help=True, help="Who changed what: the log of all administration.")
bench_cli = typer.Typer(no_args_is_help=True, help="Measurements with the real models.")
for name, group in (("models", models_cli), ("kb", kb_cli), ("bots", bots_cli), ("users", users_cli)):
    cli.add_typer(group, name=name)
cli.add_typer(audit_cli, name="audit")
cli.add_typer(bench_cli, name="bench")

console = Console(soft_wrap=True)
errors = Console(stderr=True, soft_wrap=True)


def main() -> None:
    """Entry point: errors that a user can mend are one plain line, not a traceback."""
    try:
        cli()
    except SettingsError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    errors.print(message, style="bold red", markup=False, highlight=False)
    raise SystemExit(2)


def _settings() -> Settings:
    return settings_module.load()


def _run(work: Coroutine[Any, Any, Any], run: Callable[..., Any] = asyncio.run) -> Any:
    try:
        return run(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except AlreadyRunning as error:
        fail(str(error))


# --- the platform -------------------------------------------------------------------------------


@cli.command()
def serve(
    role: Annotated[str, typer.Option(help="Run one process only: media, models or web.")] = "",
) -> None:
    """Start the platform: three processes, supervised."""
    from app.logs import set_up

    settings = _settings()
    set_up(role or "serve", settings.log_level)
    if role and role not in ("media", "models", "web"):
        fail(f"--role {role}: accepted: media, models, web")
    if role:
        take_place(role)
    if role == "media":
        from app.media import run_media

        _run(run_media(settings), uvloop.run)
    elif role == "models":
        from app.models_process import run_models

        _run(run_models(settings), uvloop.run)
    elif role == "web":
        from app.web_process import run_web

        _run(run_web(settings), uvloop.run)
    else:
        from app.prepare import prepare
        from app.supervisor import Supervisor

        prepare(settings, console)
        _run(Supervisor().run())


@cli.command()
def migrate() -> None:
    """Bring the database to the present schema (``serve`` does it by itself)."""
    from app.migrations import upgrade

    upgrade(_settings().db_url)
    console.print("The database is up to date.")


@cli.command()
def demo() -> None:
    """Start the platform with demo data and place four scripted calls, one per language."""
    from app.demo import run_demo

    raise SystemExit(_run(run_demo(console, stay=not os.environ.get("DEMO_EXIT"))))


@cli.command()
def call(
    turns: Annotated[list[str], typer.Argument(help="Sound files, one turn each; dtmf:1234 presses keys.")],
    server: Annotated[str, typer.Option(help="Where the line listens.")] = "http://127.0.0.1:8081",
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "+14155550123",
    called: Annotated[str, typer.Option(help="The number called.")] = "+14155550100",
    save: Annotated[Path | None, typer.Option(help="Write what the caller heard to this WAV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Place a call as a carrier would: each file one turn, the next after the reply has ended."""
    from app.place_call import place_and_print

    raise SystemExit(_run(place_and_print(console, errors, turns, server, caller, called, save, as_json)))


# --- models and bots ----------------------------------------------------------------------------


@models_cli.command()
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(help="Assets; none: all that the settings need.")
    ] = None,
    quiet_when_complete: Annotated[bool, typer.Option(help="Say nothing if all are there.")] = False,
) -> None:
    """Fetch the model assets into the cache: resumable, checked, none of their code executed."""
    from app.prepare import pull_assets

    if not pull_assets(_settings(), console, names, quiet_when_complete):
        raise SystemExit(1)


@models_cli.command("list")
def list_models() -> None:
    """Show every asset with its licence, size and whether it is in the cache."""
    from app.prepare import asset_table

    console.print(asset_table(_settings()))


@bots_cli.command()
def train() -> None:
    """Train the intent and sentiment classifiers of the bot, if its sentences have changed."""
    from app.prepare import train_bot

    _run(train_bot(_settings(), console))


@bots_cli.command()
def render() -> None:
    """Render all that the bot may say now, on all cores, instead of little by little while nobody calls."""
    from app.prepare import render_bot

    _run(render_bot(_settings(), console))


# --- knowledge ----------------------------------------------------------------------------------


@kb_cli.command("add")
def kb_add(files: Annotated[list[Path], typer.Argument(help="Documents; a folder means all in it.")]) -> None:
    """Add documents, or new versions of them."""
    from app.kb_commands import add

    raise SystemExit(_run(add(_settings(), console, files)))


@kb_cli.command("ask")
def kb_ask(
    question: str,
    language: Annotated[str, typer.Option(help="zh, en, ja or ko; empty: as the question is written.")] = "",
    limit: int = 5,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show what the bot would answer, and the passages found."""
    from app.kb_commands import ask

    raise SystemExit(_run(ask(_settings(), console, question, language, limit, as_json)))


@kb_cli.command("list")
def kb_list() -> None:
    """List the documents."""
    from app.kb_commands import list_documents

    raise SystemExit(_run(list_documents(_settings(), console)))


# --- users --------------------------------------------------------------------------------------


@users_cli.command("add")
def users_add(
    username: str,
    roles: Annotated[
        list[str], typer.Option("--role", help="agent, editor, qa, supervisor, admin; may be repeated.")
    ],
    name: str = "",
    languages: Annotated[str, typer.Option(help="An agent's languages with proficiency: zh:5,en:3.")] = "",
    skills: Annotated[str, typer.Option(help="An agent's skills with proficiency: billing:4.")] = "",
    phone: Annotated[
        str | None, typer.Option(help="An agent's own telephone: +8613800000000. '' takes it away.")
    ] = None,
) -> None:
    """Add a user, or change one; the password is read from TETRAPHONE_PASSWORD or asked for."""
    from app.prepare import add_user

    password = os.environ.get("TETRAPHONE_PASSWORD") or typer.prompt("Password", hide_input=True)
    try:
        _run(add_user(_settings(), username, password, roles, name, languages, skills, phone))
    except ValueError as error:
        fail(str(error))
    console.print(f"User {username} may now log in.")


# --- the audit log ------------------------------------------------------------------------------


@audit_cli.command("verify")
def audit_verify(
    receipt: Annotated[str, typer.Option(help="position:hash of an entry, as it was kept elsewhere.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Check that no entry was removed, altered or moved, and that the end is there; exits with 1 if not."""
    from app.audit_commands import verify

    try:
        raise SystemExit(_run(verify(_settings(), console, receipt, as_json)))
    except ValueError as error:
        fail(str(error))


@audit_cli.command("list")
def audit_list(limit: int = 50, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print the newest entries: who did what, when, with what was before and after."""
    from app.audit_commands import entries

    _run(entries(_settings(), console, limit, as_json))


# --- measurements -------------------------------------------------------------------------------


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

    settings = _settings()
    languages = _languages(settings, language or ())
    try:
        conditions = [parse_condition(name) for name in condition or ("g711",)]
    except ValueError as error:
        fail(str(error))
    raise SystemExit(_run(accuracy(settings, console, speech, languages, synthetic, json_file, conditions)))


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

    settings = _settings()
    languages = _languages(settings, language or ())
    raise SystemExit(_run(intents(settings, console, languages, spoken, json_file)))


@bench_cli.command("voice")
def bench_voice(
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write every sentence here.")] = None,
) -> None:
    """What a recogniser understands of our numbers, dates and amounts, composed and synthesised whole."""
    from app.bench_voice import voice

    settings = _settings()
    languages = _languages(settings, language or ())
    raise SystemExit(_run(voice(settings, console, languages, json_file)))


@bench_cli.command("turns")
def bench_turns(
    speech: Annotated[Path, typer.Option(help="Folder with en/ zh/ ja/ ko/ (transcripts.tsv) and none/.")],
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    clips: Annotated[int, typer.Option(min=1, help="At most so many clips of a language.")] = 30,
    profile: Annotated[str, typer.Option(help="open, yes_no or digits.")] = "open",
    words: Annotated[bool, typer.Option(help="Recognise at every pause, as calls do; slower.")] = True,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write every turn and sound here.")
    ] = None,
) -> None:
    """False cut-offs and the delay at the end of turns; false and missed barge-ins. On media time, not real time."""
    from app.bench_turns import measure_turns
    from voice_gateway.turns.endpointing import PROFILES

    settings = _settings()
    if profile not in PROFILES:
        fail(f"unknown profile {profile!r}; accepted: open, yes_no, digits")
    languages = _languages(settings, language or ())
    raise SystemExit(
        _run(measure_turns(settings, console, speech, languages, clips, profile, words, json_file))
    )


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
    settings = _settings()
    languages = _languages(settings, language or ())
    if (given := len(_numbers("--turns", turns))) not in (1, len(_numbers("--calls", calls))):
        fail(f"--turns {turns}: accepted: one number, or one for each of --calls ({given} given)")
    wanted = Wanted(
        calls=_numbers("--calls", calls), turns=_numbers("--turns", turns), warm_up_s=warm_up, limit_s=limit,
        bursts=_numbers("--burst", burst) if burst else (), ceiling=ceiling, languages=languages,
        server=server, web=web, token=token, pid=pid, speech=speech, keep=keep, json_file=json_file, seed=seed,
        auth_token=settings.twilio_auth_token.get_secret_value() if server else "",
    )  # fmt: skip
    raise SystemExit(_run(capacity(settings, console, wanted)))


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
    raise SystemExit(_run(browsers(console, steps, seconds, json_file)))


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
    raise SystemExit(_run(bridge(console, steps, seconds, jitter, record, json_file)))


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
    raise SystemExit(_run(conversation(_settings(), console, minutes, spoken, speech, keep, json_file)))


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
    raise SystemExit(_run(wall(console, agents, steps, seconds, every, calls, json_file)))


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

    raise SystemExit(_run(soak(_settings(), console, calls, minutes, settle, ceiling, keep, json_file)))


@bench_cli.command("peers")
def bench_peers(
    calls: Annotated[str, typer.Option(help="Calls at once, a step each.")] = "1,2,4,8",
    turns: Annotated[int, typer.Option(min=1, help="Answered turns that a step needs after warm-up.")] = 60,
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds that do not count.")] = 20.0,
    limit: Annotated[float, typer.Option(min=10, help="Seconds after which a step ends anyway.")] = 1800.0,
    language: Annotated[list[str] | None, typer.Option(help="zh, en, ja or ko; may be repeated.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Keep audio and events of every call here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """The same calls against Pipecat with the same recogniser and a canned reply, as a ratio."""
    from app.bench_peers import peers

    settings = _settings()
    languages = _languages(settings, language or ("en",))
    steps = _numbers("--calls", calls)
    raise SystemExit(_run(peers(settings, console, steps, turns, warm_up, limit, languages, keep, json_file)))


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


@cli.command()
def simulate(
    calls: Annotated[int, typer.Option(min=1, help="Calls of the day that ask for a person.")] = 10_000,
    agents: Annotated[int, typer.Option(min=1, help="Agents of the day, in shifts.")] = 1_000,
    talk: Annotated[float, typer.Option(min=1, help="Mean of a conversation, seconds.")] = 240.0,
    wrap_up: Annotated[float, typer.Option(min=1, help="Mean of wrap-up, seconds.")] = 40.0,
    patience: Annotated[
        float, typer.Option(min=0, help="Mean patience, seconds; 0: nobody hangs up.")
    ] = 180.0,
    seed: Annotated[int, typer.Option(help="Another seed is another day.")] = 1,
    queues: Annotated[Path | None, typer.Option(help="Plan of queues; none: that of the settings.")] = None,
    book: Annotated[bool, typer.Option(help="Also play steady scenarios beside Erlang A and C.")] = False,
    book_calls: Annotated[int, typer.Option(min=1000, help="Calls of each of these.")] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    save: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
) -> None:
    """Play a day of calls and agents through the real distributor: service level, waits, decisions a second."""
    from app.simulate_command import simulate as play
    from assist.acd.plan import PlanError, load_plan
    from assist.acd.simulated_day import DayPlan

    try:
        plan = load_plan(queues) if queues is not None else _settings().plan
    except PlanError as error:
        fail(str(error))
    day = DayPlan(calls, agents, talk, wrap_up, patience or float("inf"), seed=seed)
    raise SystemExit(
        play(console, day, plan, book=book, book_calls=book_calls, as_json=as_json, json_file=save)
    )


# --- reports ------------------------------------------------------------------------------------


@cli.command()
def calls(limit: int = 20, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the newest calls, from the database."""
    from app.prepare import newest_calls

    rows = _run(newest_calls(_settings(), limit))
    if as_json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=1)
        return
    table = Table("started", "language", "intents", "outcome", "agent", "score", "id")
    for row in rows:
        score = "" if row["score"] is None else f"{row['score']:.0f}"
        table.add_row(
            row["started_at"][:19],
            row["language"],
            ", ".join(row["intents"]),
            row["outcome"] or "running",
            row["agent"] or "",
            score,
            row["id"],
        )
    console.print(table)


if __name__ == "__main__":
    main()
