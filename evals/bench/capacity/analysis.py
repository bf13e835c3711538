"""From stored audio and events to figures: gaps, errors, lost words. Pure; every figure can be worked out again.

The gap of a turn runs from the last audible sample that the caller sent to the first audible sample of the
answer's first line. Which line that is, the marks tell; lines that only ask for patience are passed over.
Where the platform sets no such marks, the first sound after the caller's counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import soundfile

from core.languages import Language
from core.timings import percentile
from evals.bench.errors import units
from models.speech.clauses import split_clauses
from voice_gateway.audio.playout import Heard, PlayoutBuffer, voiced_until
from voice_gateway.leg import LINE_RATE, Pcm

FILLERS = frozenset({"platform_one_moment", "platform_consent"})
HANDED_OVER = frozenset(
    {"platform_waiting", "platform_place_in_queue", "platform_transferring", "platform_nobody_available"}
)
"""Lines of the queue for a person; callers of a benchmark hang up there."""
QUEUED = frozenset(
    {
        "platform_lines_full_please_wait",
        "platform_lines_still_full",
        "platform_call_back_offer",
        "platform_call_back_agreed",
        "platform_all_lines_busy",
    }
)
"""Lines that tell a caller who was not admitted; such a call has no turns with the bot, and nothing in it is an answer."""
MISHEARD = frozenset({"platform_say_again"})
"""A question to say it again is no answer; its gaps are told apart."""
FAULTS = frozenset({"platform_technical_problem", "platform_must_end"})
REPLY_LIMIT_S = 20.0
"""So long a caller waits for a reply. A turn without an answer counts with this gap."""
_EARLY_S = 0.05


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as measured.

    Attributes:
        at_s: when the caller ended, since the step began.
        gap_ms: None where no answer came, or it began before the caller had ended.
        what: answered, asked_again, cut_off (the platform spoke before the caller had ended), handed_over, queued
            (not admitted), fault (told of a technical problem), or no_answer.
        answer: name of the answer's first line; '' where the platform does not tell.
    """

    step: str
    call: str
    number: int
    language: str
    at_s: float
    gap_ms: float | None
    what: str
    answer: str


def sound_of(path: Path) -> tuple[Pcm, Pcm]:
    """What the caller said and heard, int16 at 8 kHz, from a stored call."""
    track, _ = soundfile.read(path, dtype="int16", always_2d=True)
    return track[:, 0], track[:, 1]


def gap_of(
    said: Pcm, heard: Pcm, lines: Sequence[Mapping[str, Any]], start_s: float, end_s: float, until_s: float,
    fillers: Collection[str] = FILLERS,
) -> tuple[float | None, str, str]:  # fmt: skip
    """Measure one turn that was spoken from ``start_s`` to ``end_s`` and may be answered until ``until_s``.

    Args:
        lines: the call's lines (name, start_s, end_s) as the marks tell; none: any sound is an answer.

    Returns:
        (gap in seconds or None, what became of it, name of the answer's first line).
    """
    begin = round(start_s * LINE_RATE)
    last_s = start_s + voiced_until(said[begin : round(end_s * LINE_RATE)])
    player = PlayoutBuffer()
    player.heard = [Heard(0.0, heard)]
    if not lines:
        # As with marks: a sound that begins within the turn; not one that was to be heard when it began.
        begun = [a for a, _ in player.audible_between(start_s - _EARLY_S, last_s) if a > start_s]
        if begun:
            return None, "cut_off", ""
        first = player.first_audible(last_s, until_s)
        return (None, "no_answer", "") if first is None else (first - last_s, "answered", "")
    for line in lines:
        # A line that was being spoken already when the caller began is no answer to this turn.
        if line["start_s"] < start_s or line["start_s"] >= until_s or line["name"] in fillers:
            continue
        first = player.first_audible(line["start_s"] - _EARLY_S, min(line["end_s"], until_s))
        if first is None:
            continue
        if line["name"] in HANDED_OVER:
            return None, "handed_over", line["name"]
        if line["name"] in FAULTS:
            return None, "fault", line["name"]
        if first < last_s:
            return None, "cut_off", line["name"]
        return first - last_s, "asked_again" if line["name"] in MISHEARD else "answered", line["name"]
    return None, "no_answer", ""


def turns_of(
    call: Mapping[str, Any], said: Pcm, heard: Pcm, fillers: Collection[str] = FILLERS
) -> list[Turn]:
    """Measure every turn of a stored call."""
    found = []
    planned = call.get("turns", [])
    queued = was_queued(call)
    for number, turn in enumerate(planned):
        following = planned[number + 1] if number + 1 < len(planned) else None
        until_s = following["started_s"] if following else call["duration_s"]
        if not turn["ended_s"]:
            continue  # the call ended within the turn; its end is counted as an error of the call
        gap_s, what, name = gap_of(
            said, heard, call["lines"], turn["started_s"], turn["ended_s"] + 0.02, until_s, fillers
        )
        if queued:
            gap_s, what = None, "queued"
        gap_ms = None if gap_s is None else round(gap_s * 1000, 1)
        at_s = round(call["began_s"] + turn["ended_s"], 3)
        found.append(Turn(call["step"], call["name"], number + 1, call["language"], at_s, gap_ms, what, name))
    return found


def was_queued(call: Mapping[str, Any]) -> bool:
    """Whether the caller had to wait for a place, or was turned away by voice: the bot did not lead this call."""
    return any(line["name"] in QUEUED for line in call.get("lines", ()))


def gaps(turns: Iterable[Turn], percents: Sequence[int] = (50, 90, 95, 99)) -> dict[str, float]:
    """Percentiles of the gaps in milliseconds, empty where nothing was answered.

    A turn without an answer counts with the time that its caller waited in vain, so that failing to answer never
    looks quick. Questions to say it again, cut-offs and turns outside the bot's hands have no gap here.
    """
    turns = list(turns)
    values = [turn.gap_ms for turn in turns if turn.what == "answered" and turn.gap_ms is not None]
    if not values:
        return {}
    values += [REPLY_LIMIT_S * 1000.0 for turn in turns if turn.what in ("no_answer", "fault")]
    return _percentiles(values, percents)


def gaps_asked_again(turns: Iterable[Turn], percents: Sequence[int] = (50, 95)) -> dict[str, float]:
    """The same of turns whose reply was a question to say it again."""
    values = [turn.gap_ms for turn in turns if turn.what == "asked_again" and turn.gap_ms is not None]
    return {"turns": len(values), **_percentiles(values, percents)} if values else {}


def _percentiles(values: Sequence[float], percents: Sequence[int]) -> dict[str, float]:
    return {f"p{percent}": round(percentile(values, percent), 1) for percent in percents}


# --- words ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """Of some turns: units said (words in English, else characters), lost, put in, and taken for others."""

    said: int = 0
    lost: int = 0
    added: int = 0
    wrong: int = 0

    def __add__(self, other: Words) -> Words:
        return Words(
            self.said + other.said, self.lost + other.lost, self.added + other.added, self.wrong + other.wrong
        )

    @property
    def error(self) -> float:
        return (self.lost + self.added + self.wrong) / self.said if self.said else 0.0


def compare(said: str, heard: str, language: Language) -> Words:
    """Count by an alignment with the fewest edits.

    >>> compare("order 1 2 3", "order one two", Language.EN)
    Words(said=4, lost=1, added=0, wrong=0)
    """
    reference, given = units(said, language), units(heard, language)
    # Each cell: (edits, lost, added, wrong).
    row = [(j, 0, j, 0) for j in range(len(given) + 1)]
    for i, expected in enumerate(reference, 1):
        above, row = row, [(i, i, 0, 0)]
        for j, got in enumerate(given, 1):
            e, lost, added, wrong = above[j - 1]
            same = (e, lost, added, wrong) if expected == got else (e + 1, lost, added, wrong + 1)
            e, lost, added, wrong = above[j]
            down = (e + 1, lost + 1, added, wrong)
            e, lost, added, wrong = row[j - 1]
            across = (e + 1, lost, added + 1, wrong)
            row.append(min(same, down, across))
    _, lost, added, wrong = row[-1]
    return Words(len(reference), lost, added, wrong)


def heard_in(events: Sequence[Mapping[str, Any]], start_s: float, end_s: float) -> str:
    """What was recognised of a turn that was spoken between two moments of the call."""
    return " ".join(
        event["data"]["text"]
        for event in events
        if event["kind"] == "utterance_heard"
        and event["data"]["start_s"] < end_s
        and event["data"]["end_s"] > start_s
    )


def fresh_share(calls: Iterable[Sequence[Mapping[str, Any]]], said: set[str] | None = None) -> float:
    """Of the bot's replies (not of prompts that follow them), how many began with a number or day never said before.

    The first clause is what the caller waits for; what follows is rendered while it plays.

    Args:
        calls: the events of each call, in the order of the calls.
        said: first clauses of the run's earlier steps, in whose caches they may lie; this step's are added.
    """
    seen = set() if said is None else said
    replies = fresh = 0
    for events in calls:
        last_turn = 0
        for event in events:
            data = event["data"]
            if event["kind"] != "utterance_spoken" or data["speaker"] != "bot" or data["turn"] <= last_turn:
                continue
            if data["name"] in FILLERS:
                continue
            last_turn = data["turn"]
            replies += 1
            clauses = split_clauses(data["text"], Language(data["language"]))
            first = f"{data['language']} {clauses[0]}" if clauses else ""
            if re.search(r"\d", first) and first not in seen:
                fresh += 1
            seen.add(first)
    return fresh / replies if replies else 0.0


# --- a stored run -------------------------------------------------------------------------------------


CALLS = "calls"
"""Folder of the stored calls within a step's folder."""


def stored_calls(folder: Path) -> list[dict[str, Any]]:
    """The calls of a step as the generator stored them, in the order in which they began."""
    calls = [json.loads(path.read_text(encoding="utf-8")) for path in (folder / CALLS).glob("*.json")]
    return sorted(calls, key=lambda call: (float(call["began_s"]), str(call["name"])))


def measure(
    folder: Path, calls: Sequence[Mapping[str, Any]], fillers: Collection[str] = FILLERS
) -> list[Turn]:
    """Every turn of the stored calls."""
    turns: list[Turn] = []
    for call in calls:
        if "call_sid" in call and not call["extra"]:
            turns += turns_of(call, *sound_of(folder / CALLS / f"{call['name']}.wav"), fillers)
    return turns


def words_by_language(
    calls: Sequence[Mapping[str, Any]],
    events: Mapping[str, Sequence[Mapping[str, Any]]],
    counts: Callable[[float], bool] = lambda at_s: True,
) -> dict[str, Words]:
    """What was recognised of what was said, by language.

    Args:
        events: by the carrier's name of the call.
        counts: told when a turn ended since the step began, whether it is of the time that is measured.
    """
    counted: dict[str, Words] = {}
    for call in calls:
        if call.get("call_sid") not in events or was_queued(call):
            continue
        language = Language(call["language"])
        for said, turn in zip(call["said"], call["turns"], strict=False):
            if turn["ended_s"] and counts(call["began_s"] + turn["ended_s"]):
                heard = heard_in(events[call["call_sid"]], turn["started_s"], turn["ended_s"])
                counted[language.value] = counted.get(language.value, Words()) + compare(
                    said["text"], heard, language
                )
    return counted


def errors(calls: Sequence[Mapping[str, Any]], turns: Sequence[Turn]) -> dict[str, int]:
    """What went wrong, counted: of calls and of turns."""
    admitted = [call for call in calls if not call["extra"]]
    handed = {
        call["name"]
        for call in admitted
        if not was_queued(call) and any(line["name"] in HANDED_OVER for line in call.get("lines", ()))
    }
    return {
        "queued": sum(was_queued(call) for call in admitted),
        "refused": sum("refused" in call for call in admitted),
        "failed": sum("failed" in call for call in admitted),
        "lost": sum(call.get("ended_by") == "lost" for call in admitted),
        "ended by the platform": sum(
            call.get("ended_by") == "platform" and not was_queued(call) for call in admitted
        ),
        "no answer": sum(turn.what == "no_answer" for turn in turns),
        "cut off": sum(turn.what == "cut_off" for turn in turns),
        "to a person": len({turn.call for turn in turns if turn.what == "handed_over"} | handed),
        "technical problem": sum(turn.what == "fault" for turn in turns),
        "asked to repeat": sum(turn.what == "asked_again" for turn in turns),
    }


def as_rows(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    return [asdict(turn) for turn in turns]
