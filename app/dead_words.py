"""What was said in a call whose process was killed before it wrote it down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.common import Common
from core.events import (
    CallHeld,
    LegJoined,
    LineFault,
    Recorded,
    RecordingStarted,
    Speaker,
    UtteranceHeard,
    UtteranceProgress,
    UtteranceSpoken,
)
from core.languages import parse_language
from core.recordings import RecordingReader, recording_path
from core.redaction_turns import TurnRedactor
from core.views import CallView
from voice_gateway.happenings import Utterance
from voice_gateway.leg import Pcm
from voice_gateway.listening_again import ListeningAgain, channel
from voice_gateway.recording import AGENT, CALLER, PLATFORM, SECOND_AGENT, SUPERVISOR
from voice_gateway.state import NOT_UNDERSTOOD

LONGEST_S = 90.0
"""No turn that is not written down yet began earlier: the longest one, and the wait for models that are away."""
AFTER_S = 0.2
"""What was recognised reached so far beyond the last sound of it."""
_SEATS = {"agent": AGENT, "agent2": SECOND_AGENT, "supervisor": SUPERVISOR}
NOT_LISTENED_TO = LineFault(what="words_lost", detail="the recording could not be listened to again")


def lines_under_way(events: Sequence[Recorded]) -> list[UtteranceSpoken]:
    """Lines that were being spoken: what was heard of them."""
    begun: dict[tuple[str, float], UtteranceProgress] = {}
    for one in events:
        match one.event:
            case UtteranceProgress() as event:
                begun[event.speaker, event.start_s] = event
            case UtteranceSpoken() as event:
                begun.pop((event.speaker, event.start_s), None)
            case _:
                pass
    return [UtteranceSpoken(**event.model_dump(), interrupted=True) for event in begun.values()]


async def words_of(
    common: Common, events: Sequence[Recorded], view: CallView, ear: ListeningAgain
) -> list[UtteranceHeard]:
    """What people said that the recording holds and the log does not.

    Raises:
        CannotOpen: if the recording does not open.
        OSError: if it is not there.
    """
    key = await common.keys.existing(view.person or view.id)
    if key is None or view.recording is None or "seconds" in view.recording:
        return []
    name = str(view.recording["name"])
    reader = await asyncio.to_thread(
        RecordingReader, recording_path(common.settings.recordings, name), key, name
    )
    heard: list[UtteranceHeard] = []
    for part in _not_written_down(events, reader.samples / reader.header.rate):
        if part.channel >= reader.header.channels or part.from_s >= reader.samples / reader.header.rate:
            continue
        sound = await asyncio.to_thread(_sound, reader, part.from_s)
        language = parse_language(view.language)
        found = await ear.listen(
            f"{view.id}:again",
            channel(sound, part.channel),
            part.from_s,
            language,
            channel(sound, PLATFORM) if part.channel == CALLER else None,
            " ".join(line["text"] for line in view.transcript if line["speaker"] != "caller"),
        )
        redactor = _redactor_after(events, part.name)
        heard += [said for one in found if (said := _said(one, part, redactor)) is not None]
    return sorted(heard, key=lambda one: one.start_s)


@dataclass(frozen=True, slots=True)
class _Part:
    """Where somebody's words may be that are not written down. ``name`` is '' for the caller."""

    channel: int
    from_s: float
    name: str
    held: bool
    turn: int


def _not_written_down(events: Sequence[Recorded], recorded_s: float) -> list[_Part]:
    since: dict[str, float] = {}
    seats: dict[int, str] = {}
    held, turn, began_s = False, 0, max(0.0, recorded_s - LONGEST_S)
    for one in events:
        match one.event:
            case RecordingStarted():
                began_s = max(began_s, one.media_at or 0.0)
            case UtteranceHeard() as event:
                since[event.name] = max(since.get(event.name, 0.0), event.end_s + AFTER_S)
                turn = max(turn, event.turn)
            case LegJoined(party=party, name=name, at_s=at_s) if party in _SEATS:
                seats[_SEATS[party]] = name
                since[name] = max(since.get(name, 0.0), at_s)
            case CallHeld(on=on):
                held = on
            case _:
                pass
    people = {CALLER: "", **seats}
    return [
        _Part(number, max(since.get(name, 0.0), began_s), name, held and not name, turn + (not name))
        for number, name in people.items()
    ]


def _redactor_after(events: Sequence[Recorded], name: str) -> TurnRedactor:
    """One that knows what this person has said: a number may go on where the process was killed."""
    redactor = TurnRedactor()
    for one in events:
        if isinstance(one.event, UtteranceHeard) and one.event.name == name:
            said = one.event
            redactor.redact(said.text, said.language, said.start_s, said.end_s)
    return redactor


def _sound(reader: RecordingReader, from_s: float) -> Pcm:
    """From there on to the end, all channels."""
    rate = reader.header.rate
    first, skipped = divmod(round(from_s * rate), rate)
    seconds = [reader.second(number) for number in range(first, len(reader))]
    return np.concatenate(seconds)[skipped:]


def _said(one: Utterance, part: _Part, redactor: TurnRedactor) -> UtteranceHeard | None:
    masked = redactor.redact(one.text.strip(), one.language, one.start_s, one.end_s)
    text = NOT_UNDERSTOOD if one.lost else masked
    if not text:
        return None
    speaker: Speaker = "agent" if part.name else "caller"
    return one.as_event(text, speaker=speaker, name=part.name, held=part.held, turn=part.turn)
