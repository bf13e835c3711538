"""The command line: ``tetraphone --help`` lists what there is."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.table import Table

from app.bench_cli import bench_cli
from app.cli_parts import console, current_settings, errors, fail, run, switched_on
from app.priority import take_place
from app.settings import SettingsError

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
for name, group in (("models", models_cli), ("kb", kb_cli), ("bots", bots_cli), ("users", users_cli)):
    cli.add_typer(group, name=name)
cli.add_typer(audit_cli, name="audit")
cli.add_typer(bench_cli, name="bench")


def main() -> None:
    """Entry point: errors that a user can mend are one plain line, not a traceback."""
    try:
        cli()
    except SettingsError as error:
        fail(str(error))


# --- the platform -------------------------------------------------------------------------------


@cli.command()
def serve(
    role: Annotated[str, typer.Option(help="Run one process only: media, models or web.")] = "",
) -> None:
    """Start the platform: three processes, supervised."""
    from app.logs import set_up

    settings = current_settings()
    set_up(role or "serve", settings.log_level)
    if role and role not in ("media", "models", "web"):
        fail(f"--role {role}: accepted: media, models, web")
    if role:
        take_place(role)
    if role == "media":
        from app.media import run_media

        run(run_media(settings), uvloop.run)
    elif role == "models":
        from app.models_process import run_models

        run(run_models(settings), uvloop.run)
    elif role == "web":
        from app.web_process import run_web

        run(run_web(settings), uvloop.run)
    else:
        from app.prepare import prepare
        from app.supervisor import Supervisor

        prepare(settings, console)
        run(Supervisor().run())


@cli.command()
def migrate() -> None:
    """Bring the database to the present schema (``serve`` does it by itself)."""
    from app.migrations import upgrade

    upgrade(current_settings().db_url)
    console.print("The database is up to date.")


@cli.command()
def demo() -> None:
    """Start the platform with demo data and place four scripted calls, one per language."""
    from app.demo import run_demo

    raise SystemExit(run(run_demo(console, stay=not switched_on("DEMO_EXIT"))))


@cli.command()
def call(
    turns: Annotated[list[str], typer.Argument(help="Sound files, one turn each; dtmf:1234 presses keys.")],
    server: Annotated[str, typer.Option(help="Where the line listens.")] = "http://127.0.0.1:8081",
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "+14155550123",
    called: Annotated[str, typer.Option(help="The number called.")] = "+14155550100",
    save: Annotated[Path | None, typer.Option(help="Write what the caller heard to this WAV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Place a call as a carrier would: each file one turn, the next after the reply has ended.

    Signed as Twilio signs, where TETRAPHONE_TWILIO_AUTH_TOKEN is set; the server is then the public URL.
    """
    from app.place_call import place_and_print

    token = current_settings().twilio_auth_token.get_secret_value()
    raise SystemExit(
        run(place_and_print(console, errors, turns, server, caller, called, save, as_json, token))
    )


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

    if not pull_assets(current_settings(), console, names, quiet_when_complete):
        raise SystemExit(1)


@models_cli.command("list")
def list_models() -> None:
    """Show every asset with its licence, size and whether it is in the cache."""
    from app.prepare import asset_table

    console.print(asset_table(current_settings()))


@bots_cli.command()
def train() -> None:
    """Train the intent and sentiment classifiers of the bot, if its sentences have changed."""
    from app.prepare import train_bot

    run(train_bot(current_settings(), console))


@bots_cli.command()
def render() -> None:
    """Render all that the bot may say now, on all cores, instead of little by little while nobody calls."""
    from app.prepare import render_bot

    run(render_bot(current_settings(), console))


# --- knowledge ----------------------------------------------------------------------------------


@kb_cli.command("add")
def kb_add(files: Annotated[list[Path], typer.Argument(help="Documents; a folder means all in it.")]) -> None:
    """Add documents, or new versions of them."""
    from app.kb_commands import add

    raise SystemExit(run(add(current_settings(), console, files)))


@kb_cli.command("ask")
def kb_ask(
    question: str,
    language: Annotated[str, typer.Option(help="zh, en, ja or ko; empty: as the question is written.")] = "",
    limit: int = 5,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show what the bot would answer, and the passages found."""
    from app.kb_commands import ask

    raise SystemExit(run(ask(current_settings(), console, question, language, limit, as_json)))


@kb_cli.command("list")
def kb_list() -> None:
    """List the documents."""
    from app.kb_commands import list_documents

    raise SystemExit(run(list_documents(current_settings(), console)))


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
    capacity: Annotated[int | None, typer.Option(help="Calls that an agent has at once, 1 to 5.")] = None,
) -> None:
    """Add a user, or change one; the password is read from TETRAPHONE_PASSWORD or asked for."""
    from app.prepare import add_user

    password = os.environ.get("TETRAPHONE_PASSWORD") or typer.prompt("Password", hide_input=True)
    try:
        run(add_user(current_settings(), username, password, roles, name, languages, skills, phone, capacity))
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
        raise SystemExit(run(verify(current_settings(), console, receipt, as_json)))
    except ValueError as error:
        fail(str(error))


@audit_cli.command("list")
def audit_list(limit: int = 50, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print the newest entries: who did what, when, with what was before and after."""
    from app.audit_commands import entries

    run(entries(current_settings(), console, limit, as_json))


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
        plan = load_plan(queues) if queues is not None else current_settings().plan
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

    rows = run(newest_calls(current_settings(), limit))
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
