"""The load: a process of its own that places calls in real time and stores what was said and heard.

``python -m evals.bench.capacity.generator JOB.json``. The job says where, how many at once and until when;
each call ends up as ``NAME.json`` (what the caller planned, did and heard, on one clock) and ``NAME.wav``
(mu-law, caller left, platform right) in ``calls/`` of the job's folder. One line of JSON goes to standard output for every
call that has ended, one when no new call is begun, and one at the end with what the generator itself used. ``stop`` on standard input ends
the step: calls under way come to their end, no new one is begun.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import uvloop
from pydantic import TypeAdapter

from core.languages import Language
from evals.bench.capacity.analysis import CALLS, HANDED_OVER, QUEUED, REPLY_LIMIT_S, was_queued
from evals.bench.capacity.lines import clip_sentence
from evals.bench.capacity.plan import NUMBER_SHARE, CallPlans, PlannedCall
from evals.bench.capacity.voices import CallerRecordings
from voice_gateway.caller import AudioTurn, CallerScript, CallRefused, CallReport, place_call
from voice_gateway.carriers.twilio_client import read_twiml
from voice_gateway.leg import LINE_RATE


@dataclass(frozen=True, slots=True)
class Job:
    """One step of a run.

    Attributes:
        places: callers at once; when a call ends, its place begins another.
        turns: the step is over when so many turns have been answered after ``warm_up_s``.
        limit_s: the step is over after this time in any case.
        extra: calls that come on top, all within ``extra_within_s``, once ``extra_after_s`` have passed.
        churn_s: the step is a soak: it lasts so long, whatever the turns.
        called: the number called.
        clips: (language, text) of real recordings that take the place of some sentences.
    """

    server: str
    folder: str
    recordings: str
    seed: str
    name: str
    places: int
    turns: int
    warm_up_s: float
    limit_s: float
    languages: tuple[str, ...] = ("en", "zh", "ja", "ko")
    fillers: tuple[str, ...] = ()
    extra: int = 0
    extra_after_s: float = 0.0
    extra_within_s: float = 5.0
    churn_s: float | None = None
    called: str = "+8657900000000"
    auth_token: str = ""
    keep_sound: bool = True
    number_share: float = NUMBER_SHARE
    clips: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Tally:
    answered: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Generator:
    """Runs one job. Times are seconds since the step began."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._folder = Path(job.folder) / CALLS
        self._recordings = CallerRecordings(Path(job.recordings))
        self._languages = [Language(code) for code in job.languages]
        self._clips = tuple(clip_sentence(Language(code), text) for code, text in job.clips)
        self._tally = _Tally()
        self._began = 0.0
        self._late_ms = 0.0

    async def run(self) -> None:
        """From the first call to the end of the last."""
        job, loop = self._job, asyncio.get_running_loop()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._began = loop.time()
        cpu, wall = time.process_time(), time.time()
        callers = [
            asyncio.create_task(self._place(number), name=f"place {number}") for number in range(job.places)
        ]
        if job.extra:
            callers.append(asyncio.create_task(self._extras(), name="extras"))
        stopping = asyncio.create_task(self._stop_when_told(), name="stop")
        try:
            async with asyncio.timeout(job.churn_s or job.limit_s):
                await self._tally.over.wait()
        except TimeoutError:
            self._tally.over.set()
        # From here on calls only end: what happens now is not of the load that was asked for.
        over_at_s, used_s = loop.time() - self._began, time.process_time() - cpu
        _tell(event="over", over_at_s=over_at_s)
        await asyncio.gather(*callers)
        stopping.cancel()
        _tell(
            event="end", began=wall, over_at_s=over_at_s, seconds=over_at_s, cpu_s=used_s, late_ms=self._late_ms,
            answered=self._tally.answered,
        )  # fmt: skip

    async def _stop_when_told(self) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while line := await reader.readline():
            if line.strip() == b"stop":
                self._tally.over.set()
                return

    async def _place(self, number: int) -> None:
        job = self._job
        stagger_s = min(job.warm_up_s, 2.0 + job.places)
        plans = CallPlans(
            f"{job.seed}/{job.name}",
            number,
            self._languages,
            stagger_s=stagger_s,
            number_share=job.number_share,
            clips=self._clips,
        )
        count = 0
        while not self._tally.over.is_set():
            call = plans.next()
            if await self._over_within(call.wait_s):
                return
            await self._call(f"{job.name}-{number:03}-{count:03}", call, extra=False)
            count += 1

    async def _extras(self) -> None:
        """The burst: calls that come all at once on top of those under way."""
        job = self._job
        if await self._over_within(job.extra_after_s):
            return
        tasks = []
        for number in range(job.extra):
            plans = CallPlans(f"{job.seed}/{job.name}/extra", number, self._languages, stagger_s=0.0)
            name = f"{job.name}-extra-{number:03}"
            tasks.append(asyncio.create_task(self._call(name, plans.next(), extra=True), name=name))
            await asyncio.sleep(job.extra_within_s / job.extra)
        await asyncio.gather(*tasks)

    async def _over_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._tally.over.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _call(self, name: str, plan: PlannedCall, *, extra: bool) -> None:
        began_s = asyncio.get_running_loop().time() - self._began
        turns = [
            AudioTurn(self._recordings.sentence(one.sentence), one.sentence.text, None, one.answer_after_s)
            for one in plan.turns
        ]
        script = CallerScript(
            turns,
            caller=plan.caller,
            called=self._job.called,
            reply_limit_s=REPLY_LIMIT_S,
            linger_s=1.0,
            max_call_s=240.0,
            fillers=frozenset(self._job.fillers),
            hang_up_on=HANDED_OVER | QUEUED,
        )
        record: dict[str, Any] = {
            "name": name, "step": self._job.name, "extra": extra, "began_s": began_s, "wall": time.time(),
            "language": plan.language.value, "caller": plan.caller,
            "said": [{"text": one.sentence.text, "number": one.sentence.number} for one in plan.turns],
        }  # fmt: skip
        try:
            report = await place_call(
                self._job.server,
                script,
                auth_token=self._job.auth_token,
                call_sid="CA" + secrets.token_hex(16),
            )
        except CallRefused as refusal:
            verbs = read_twiml(refusal.twiml) if refusal.twiml else []
            told = " ".join(verb.text for verb in verbs if verb.text)
            record |= {"refused": str(refusal)[:300], "told": told, "verbs": [verb.name for verb in verbs]}
        except (OSError, ValueError, ConnectionError) as error:
            record |= {"failed": f"{type(error).__name__}: {error}"}
        else:
            record |= report.as_dict()
            self._store_sound(name, report)
            self._late_ms = max(self._late_ms, report.late_ms)
        (self._folder / f"{name}.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        answered = [turn for turn in record.get("turns", ()) if turn["reply_started_s"] is not None]
        warm = [turn for turn in answered if began_s + turn["started_s"] >= self._job.warm_up_s]
        self._tally.answered += 0 if extra or was_queued(record) else len(warm)
        _tell(event="call", name=name, turns=len(answered), answered=self._tally.answered)
        if self._tally.answered >= self._job.turns and self._job.churn_s is None:
            self._tally.over.set()

    def _store_sound(self, name: str, report: CallReport) -> None:
        if not self._job.keep_sound:
            return
        length = max(report.said.size, report.heard.size)
        track = np.zeros((length, 2), dtype=np.int16)
        track[: report.said.size, 0] = report.said
        track[: report.heard.size, 1] = report.heard
        soundfile.write(self._folder / f"{name}.wav", track, LINE_RATE, subtype="ULAW")


def _tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    job = TypeAdapter(Job).validate_json(Path(sys.argv[1]).read_bytes())
    uvloop.run(Generator(job).run())


if __name__ == "__main__":
    main()
