"""The checks that scorecard questions name: pure functions from a call to an answer with evidence.

Each takes the call, the question's settings and returns (answer, reason, line or second). A check that
has nothing to go by abstains; it never guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from core import events as ev
from core.events import Recorded
from core.views import CallView
from evals.scorecard import Answer, Scorecard


@dataclass(frozen=True, slots=True)
class Line:
    """One spoken line of the transcript; seconds on the call's clock."""

    speaker: str
    text: str
    language: str
    start_s: float
    end_s: float
    name: str = ""


@dataclass(frozen=True)
class CallFacts:
    """What checks may look at."""

    view: CallView
    events: list[Recorded]
    lines: list[Line]

    @classmethod
    def of(cls, events: list[Recorded]) -> CallFacts | None:
        view = CallView.of(events)
        if view is None:
            return None
        lines = [
            Line(
                line["speaker"],
                line["text"],
                line["language"],
                line["start_s"],
                line["end_s"],
                line.get("name", ""),
            )
            for line in view.transcript
            if line["text"] and not line["text"].startswith("[keys ")
        ]
        return cls(view, events, lines)

    def by(self, *speakers: str) -> list[Line]:
        return [line for line in self.lines if line.speaker in speakers]


@dataclass(frozen=True, slots=True)
class Finding:
    answer: Literal["yes", "no", "abstained"]
    reason: str
    line: Line | None = None
    second: float | None = None


Settings = dict[str, Any]
_BOUNDS = {"en": (r"(?<!\w)", r"(?!\w)"), "ko": (r"(?<!\w)", "")}
"""What stands before and after a listed word, as patterns."""
Check = Callable[[CallFacts, Settings], Finding]


def _contains(line: Line, settings: Settings) -> str | None:
    """The first of the listed words that a line holds; None if it holds none.

    English words are found whole. Korean ones may go on after their end, as endings and particles do. Chinese and
    Japanese do not divide words: what only looks like a listed one is named as an exception (``but``).
    """
    text = line.text.casefold()
    for exception in settings.get("but", {}).get(line.language, []):
        text = text.replace(exception.casefold(), " ")
    begins, ends = _BOUNDS.get(line.language, ("", ""))
    return next(
        (
            word
            for word in settings["words"].get(line.language, [])
            if re.search(begins + re.escape(word.casefold()) + ends, text)
        ),
        None,
    )


def greeting(call: CallFacts, settings: Settings) -> Finding:
    """Our first words come soon and greet."""
    ours = call.by("bot", "agent")
    if not ours:
        return Finding("no", "nothing was ever said to the caller", second=0.0)
    if ours[0].start_s > settings["within_s"]:
        return Finding("no", f"the first words came after {ours[0].start_s:.1f} s", ours[0])
    # The first line may be the notice that the call is recorded.
    for line in ours[:2]:
        if _contains(line, settings):
            return Finding("yes", f"greeted after {line.start_s:.1f} s", line)
    return Finding("no", "the first words hold no greeting", ours[0])


def language_matched(call: CallFacts, settings: Settings) -> Finding:
    """After each caller's line, our next line is in its language, or one line later at the latest."""
    allowance = int(settings["answered_within_turns"])
    misses, judged = [], 0
    for index, line in enumerate(call.lines):
        if line.speaker != "caller":
            continue
        answers = []
        for later in call.lines[index + 1 :]:
            if later.speaker == "caller":
                break
            answers.append(later)
        if not answers:
            continue
        judged += 1
        if all(answer.language != line.language for answer in answers):
            misses.append((line, answers[0]))
    if not judged:
        return Finding("abstained", "the caller said nothing that was answered")
    # A change of language may take its one turn of hysteresis.
    changes = sum(isinstance(one.event, ev.LanguageChanged) for one in call.events)
    if len(misses) > changes * allowance:
        line, answer = misses[0]
        return Finding("no", f"{line.language} was answered in {answer.language}", answer)
    return Finding(
        "yes", f"{judged} of {judged} turns were answered in the language spoken", call.by("caller")[0]
    )


def need_identified(call: CallFacts, settings: Settings) -> Finding:
    """Some turn was understood as a matter, with confidence."""
    if not call.by("caller"):
        return Finding("abstained", "the caller said nothing")
    matters = set(call.view.intents)
    turns = {
        one.event.turn: one.event
        for one in call.events
        if isinstance(one.event, ev.TurnUnderstood)
        and one.event.intent in matters
        and one.event.confidence >= settings["confidence"]
    }
    if not turns:
        return Finding("no", "no turn was understood as a matter", call.by("caller")[0])
    first = turns[min(turns)]
    heard = next(
        (
            one.event
            for one in call.events
            if isinstance(one.event, ev.UtteranceHeard) and one.event.turn == first.turn
        ),
        None,
    )
    line = None
    if heard is not None:
        line = Line("caller", heard.text, heard.language.value, heard.start_s, heard.end_s)
    return Finding("yes", f"understood as {first.intent} ({first.confidence:.2f})", line)


def settled(call: CallFacts, settings: Settings) -> Finding:
    """Resolved by confirmation, or with a person in time and with a packet."""
    view = call.view
    last = call.lines[-1] if call.lines else None
    if view.outcome == "resolved":
        return Finding("yes", f"confirmed by the {view.resolved_by or 'caller'}", last)
    if view.outcome == "handed_off":
        handoff = view.handoff or {}
        waited = handoff.get("waited_s")
        if not handoff.get("packet"):
            return Finding("no", "handed over without a packet", last)
        if waited is None:
            return Finding("yes", "given to another number with its packet", last)
        if waited > settings["handed_over_within_s"]:
            return Finding("no", f"the caller waited {waited:.0f} s for a person", last)
        return Finding("yes", f"with a person after {waited:.0f} s, with its packet", last)
    if not call.by("caller"):
        return Finding("abstained", "the caller said nothing")
    return Finding("no", f"the call ended as {(view.outcome or 'unfinished').replace('_', ' ')}", last)


def no_forbidden_words(call: CallFacts, settings: Settings) -> Finding:
    """Neither bot nor agent said a listed word."""
    ours = call.by("bot", "agent")
    if not ours:
        return Finding("abstained", "nothing was said to the caller")
    for line in ours:
        if word := _contains(line, settings):
            return Finding("no", f"{line.speaker} said {word!r}", line)
    return Finding("yes", f"none in {len(ours)} lines")


def no_long_silence(call: CallFacts, settings: Settings) -> Finding:
    """No stretch in which nobody spoke, waiting in the queue apart (there is music there)."""
    if len(call.lines) < 2:
        return Finding("abstained", "too little was said")
    waits = _queue_waits(call)
    worst, began, after = 0.0, 0.0, call.lines[0]
    heard_until = call.lines[0].end_s
    for line in call.lines[1:]:
        for start, end in _without(waits, heard_until, line.start_s):
            if end - start > worst:
                worst, began, after = end - start, start, line
        heard_until = max(heard_until, line.end_s)
    if worst > settings["longest_s"]:
        return Finding("no", f"{worst:.1f} s of silence before this line", second=began, line=after)
    return Finding("yes", f"the longest silence was {worst:.1f} s")


def _without(waits: list[tuple[float, float]], start: float, end: float) -> list[tuple[float, float]]:
    """The stretches between two moments in which the caller did not wait in the queue."""
    stretches = []
    for begin, over in waits:
        if begin < end and over > start:
            stretches.append((start, begin))
            start = max(start, over)
    return [(a, b) for a, b in [*stretches, (start, end)] if b > a]


def _queue_waits(call: CallFacts) -> list[tuple[float, float]]:
    """When the caller waited in the queue, on the call's clock (by the wall clock, from the start)."""
    started = call.view.started_at
    waits: list[tuple[float, float]] = []
    begin: float | None = None
    for one in call.events:
        if started is None:
            break
        at = (one.recorded_at - started).total_seconds()
        if isinstance(one.event, ev.HandoffRequested):
            begin = at
        elif begin is not None and (
            (isinstance(one.event, ev.OfferAnswered) and one.event.answer == "accepted")
            or isinstance(one.event, ev.CallEnded)
        ):
            waits.append((begin, at))
            begin = None
    return waits


def no_interruptions(call: CallFacts, settings: Settings) -> Finding:
    """We never began to speak well before the caller had finished."""
    if not call.by("caller"):
        return Finding("abstained", "the caller said nothing")
    for line in call.by("caller"):
        for ours in call.by("bot", "agent"):
            if line.start_s < ours.start_s < line.end_s - settings["overlap_s"]:
                return Finding(
                    "no", f"{ours.speaker} began {line.end_s - ours.start_s:.1f} s too early", ours
                )
    return Finding("yes", "no line of ours began inside one of the caller's")


def closing(call: CallFacts, settings: Settings) -> Finding:
    """Our last words say good-bye, unless the caller hung up before we could."""
    ours = call.by("bot", "agent")
    if not ours:
        return Finding("abstained", "nothing was said to the caller")
    for line in ours[-2:]:
        if _contains(line, settings):
            return Finding("yes", "closed politely", line)
    if call.view.end_reason in ("caller_hung_up", "hung_up", "stream_lost", "media_restarted"):
        return Finding("abstained", "the line ended before we could close")
    return Finding("no", "the last words hold no closing", ours[-1])


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        greeting,
        language_matched,
        need_identified,
        settled,
        no_forbidden_words,
        no_long_silence,
        no_interruptions,
        closing,
    )
}


def answer_all(card: Scorecard, call: CallFacts) -> list[Answer]:
    """Answer every question of a scorecard."""
    answers = []
    for question in card.questions:
        finding = CHECKS[question.check](call, question.settings)
        line = finding.line
        second = finding.second if finding.second is not None else line.start_s if line else None
        answers.append(
            Answer(
                question=question.id,
                answer=finding.answer,
                reason=finding.reason,
                quote=line.text if line else "",
                second=None if second is None else round(max(0.0, second), 2),
                speaker=line.speaker if line else "",
            )
        )
    return answers
