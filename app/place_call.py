"""``tetraphone call``: places a call and prints it as it happens."""

from __future__ import annotations

import json
from pathlib import Path

import soundfile
from rich.console import Console
from rich.table import Table

from voice_gateway.caller import CallerEvent, CallRefused, CallReport, parse_turn, place_call
from voice_gateway.leg import LINE_RATE


async def place_and_print(
    console: Console,
    errors: Console,
    turns: list[str],
    server: str,
    caller: str,
    called: str,
    save: Path | None,
    as_json: bool,
    auth_token: str = "",
) -> int:
    """Returns the exit status: 0 if the call was answered and ended in order."""

    def tell(event: CallerEvent) -> None:
        if not as_json:
            detail = " ".join(f"{name}={value}" for name, value in event.detail.items() if value)
            console.print(f"{event.at_s:7.2f} s  {event.kind.replace('_', ' ')}  {detail}", highlight=False)

    try:
        wanted = [parse_turn(turn) for turn in turns]
        report = await place_call(
            server, wanted, caller=caller, called=called, auth_token=auth_token, on_event=tell
        )
    except (ValueError, OSError, CallRefused) as error:
        errors.print(str(error) or type(error).__name__, style="bold red", markup=False, highlight=False)
        return 2
    if save is not None:
        soundfile.write(save, report.heard, LINE_RATE)
    if as_json:
        print(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        console.print(_table(report))
    return 0 if report.ended_by in ("caller", "platform") else 1


def _table(report: CallReport) -> Table:
    table = Table(
        "turn", "said until", "reply from", "reply to", "gap", title=f"{report.call_sid}: {report.ended_by}"
    )
    for turn in report.turns:
        table.add_row(
            turn.name,
            *(_seconds(value) for value in (turn.last_voiced_s, turn.reply_started_s)),
            _seconds(turn.reply_ended_s),
            _seconds(turn.gap_s),
        )
    return table


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} s"
