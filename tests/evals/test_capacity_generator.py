"""The generator as its own process against a line that answers: what it stores, and the gaps worked out of it."""

import asyncio
import dataclasses
import json
import sys

import numpy as np
import pytest
import soundfile
import uvicorn

from core.languages import Language
from evals.bench.capacity.analysis import measure, stored_calls
from evals.bench.capacity.generator import Job
from evals.bench.capacity.lines import recordings
from evals.bench.capacity.voices import CallerRecordings
from voice_gateway.leg import LINE_RATE, CallLeg, Frame, LegClosed
from voice_gateway.line import build_line_app, line_server_config

THINKS_S = 0.5
QUIET_S = 0.4


def tone(seconds: float) -> np.ndarray:
    return (8000 * np.sin(np.arange(round(seconds * LINE_RATE)) / 4)).astype(np.int16)


async def answers(leg: CallLeg) -> None:
    """Greets; says "one moment" and then answers whenever the caller has been quiet for a while."""

    async def say(name: str, seconds: float, number: int) -> None:
        await leg.play(tone(seconds))
        await leg.mark(f"{leg.id[:8]}-{number}-{name}.1")

    await say("utter_greet", 0.4, 0)
    number, spoke, quiet_s = 0, False, 0.0
    async for event in leg.events():
        if isinstance(event, LegClosed):
            return
        if not isinstance(event, Frame):
            continue
        loud = int(np.abs(event.pcm.astype(int)).max()) > 1000
        quiet_s = 0.0 if loud else quiet_s + len(event.pcm) / LINE_RATE
        spoke = spoke or loud
        if spoke and quiet_s >= QUIET_S:
            spoke, number = False, number + 2
            await say("platform_one_moment", 0.2, number)
            await asyncio.sleep(THINKS_S)
            await say("utter_answer", 0.4, number + 1)


@pytest.fixture
async def line(unused_tcp_port):
    server = uvicorn.Server(
        line_server_config(build_line_app(answers), "127.0.0.1", unused_tcp_port, log_level="warning")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{unused_tcp_port}"
    server.should_exit = True
    await serving


async def test_calls_are_placed_stored_and_measured_without_their_fillers(line, tmp_path):
    store = CallerRecordings(tmp_path / "callers")
    (tmp_path / "callers").mkdir()
    for recording in recordings((Language.EN,)):
        soundfile.write(store.path(recording), tone(0.6), LINE_RATE)
    # This seed's first calls are as short as calls are.
    job = Job(
        server=line, folder=str(tmp_path / "step"), recordings=str(tmp_path / "callers"), seed="bn", name="step",
        places=2, turns=3, warm_up_s=0.0, limit_s=60.0, languages=("en",), fillers=("platform_one_moment",),
        extra=1, extra_within_s=0.1,
    )  # fmt: skip
    (tmp_path / "job.json").write_text(json.dumps(dataclasses.asdict(job)))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "evals.bench.capacity.generator", str(tmp_path / "job.json"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    news = [json.loads(line) for line in said.decode().splitlines()]
    assert process.returncode == 0 and news[-1]["event"] == "end" and news[-1]["cpu_s"] > 0
    calls = stored_calls(tmp_path / "step")
    assert {call["extra"] for call in calls} == {True, False}
    extra = next(call for call in calls if call["extra"])
    assert extra["turns"], "a caller of the burst speaks like any other"
    over = next(one for one in news if one["event"] == "over")
    assert news[-1]["over_at_s"] == over["over_at_s"] == news[-1]["seconds"] > 0
    assert news.index(over) < len(news) - 1, "calls under way end after the step is over"
    assert all(call["ended_by"] == "caller" for call in calls)
    turns = measure(tmp_path / "step", calls, {"platform_one_moment"})
    answered = [turn for turn in turns if turn.what == "answered"]
    assert len(answered) >= 3 and {turn.answer for turn in answered} == {"utter_answer"}
    # Quiet until it is taken for the end, then the filler and the thinking: all of it is waited for.
    least = (QUIET_S + THINKS_S) * 1000
    assert all(least - 60 <= turn.gap_ms for turn in answered)
