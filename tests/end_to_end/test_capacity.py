"""The capacity benchmark against the real platform: one caller, a few turns, every figure from what was stored."""

import os

import pytest
from rich.console import Console

from app.bench_capacity import Wanted, jobs, measure_step
from app.bench_card import show
from app.bench_load import callers_recorded, changing_orders
from app.bench_platform import Platform as Measured
from core.languages import Language
from evals.bench.capacity.figures import step_figures
from evals.bench.capacity.plan import CallPlans

SEED = "a"
"""Its first call is a short one."""

pytestmark = [pytest.mark.platform, pytest.mark.models, pytest.mark.asyncio(loop_scope="session")]


async def test_a_caller_is_answered_and_the_figures_come_out_of_the_stored_audio(platform, tmp_path):
    quiet = Console(quiet=True)
    await callers_recorded(platform.settings, quiet, [Language.EN], _said_in_the_first_calls())
    async with platform.api("sam") as client:
        token = client.headers["authorization"].removeprefix("Bearer ")
    measured = Measured(platform.line, platform.web, token, pid=os.getpid(), settings=platform.settings)
    wanted = Wanted(calls=(1,), turns=(2,), warm_up_s=0.0, limit_s=150.0, languages=[Language.EN], seed=SEED)
    (job,) = jobs(platform.settings, tmp_path, wanted, (), measured)
    async with changing_orders(measured, [Language.EN], SEED):
        figures = await measure_step(quiet, measured, job, None, set())
    assert figures["answered"] >= 2 and 0 < figures["gap_ms"]["p50"] < 60_000
    assert figures["errors"]["failed"] == figures["errors"]["lost"] == 0
    assert figures["words"]["en"]["said"] > 10 and figures["words"]["en"]["error"] < 0.5
    assert {"media", "models", "web"} <= set(figures["processes"]) and figures["cores"] > 0
    assert figures["stages_ms"]["gap"]["p50"] > 0
    assert figures["recognition"]["jobs"]["decoded"] >= 2 and sum(figures["speech"]["seconds"].values()) > 1
    assert not figures["short"]
    assert step_figures(tmp_path / job.name) == figures
    show(quiet, {"machine": _machine(), "steps": [figures]})


def _said_in_the_first_calls():
    plans = CallPlans(f"{SEED}/calls-001", 0, [Language.EN], stagger_s=0.0)
    return [part for _ in range(2) for turn in plans.next().turns for part in turn.sentence.parts]


def _machine() -> dict:
    from evals.bench.capacity.resources import machine

    about = machine()
    assert about["cores"] >= 1 and about["memory_gib"] > 0 and about["processor"]
    return about
