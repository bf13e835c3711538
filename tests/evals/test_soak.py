"""What comes back after many calls, and what cannot be told to have come back."""

import pytest

from app.bench_soak import passed
from evals.bench.soak import Sample, gauges, restarted, verdicts


def sample(phase: str, at_s: float, pids: dict | None = None, **values: float) -> Sample:
    return Sample(phase, at_s, {name.replace("_", " "): value for name, value in values.items()}, pids or {})


def test_what_comes_back_and_what_does_not():
    calm = [sample("baseline", t, media_memory_MiB=300, media_tasks=10) for t in range(3)]
    busy = [sample("calls", 10 + t, media_memory_MiB=320 + t, media_tasks=90) for t in range(20)]
    good = [sample("after", 40 + t, media_memory_MiB=322, media_tasks=12) for t in range(3)]
    bad = [sample("after", 40 + t, media_memory_MiB=360, media_tasks=60) for t in range(3)]
    assert all(one.back for one in verdicts([*calm, *busy, *good]))
    leaked = {one.what: one.back for one in verdicts([*calm, *busy, *bad])}
    assert leaked == {"media memory MiB": False, "media tasks": False}
    memory = next(one for one in verdicts([*calm, *busy, *good]) if one.what == "media memory MiB")
    assert memory.slope == pytest.approx(3600, rel=0.01) and memory.most == 339
    with pytest.raises(ValueError, match="no look"):
        verdicts(calm)


def test_gauges_are_read_from_both_ports():
    line_text = "# TYPE tetraphone_asyncio_tasks gauge\ntetraphone_asyncio_tasks 12\n"
    web_text = (
        "# TYPE tetraphone_asyncio_tasks gauge\n"
        'tetraphone_asyncio_tasks{process="web"} 7\ntetraphone_asyncio_tasks{process="models"} 5\n'
    )
    assert gauges([line_text, web_text]) == {"media tasks": 12, "web tasks": 7, "models tasks": 5}


def test_what_cannot_be_seen_any_more_is_not_back():
    # The first look at rest saw the models process, the last one did not: it counts all the same.
    calm = [sample("baseline", 0, models_handles=20, media_tasks=9), sample("baseline", 1, media_tasks=9)]
    gone = {one.what: one for one in verdicts([*calm, sample("after", 9, media_tasks=9)])}
    assert gone["media tasks"].back
    assert not gone["models handles"].back and gone["models handles"].after is None


def test_a_process_that_was_started_anew_or_is_gone_has_not_lived_through_it():
    looks = [sample("warm-up", 0, {"media": 1}), sample("baseline", 1, {"media": 7, "models": 8, "web": 9})]
    assert restarted([*looks, sample("after", 5, {"media": 7, "models": 8, "web": 9})]) == []
    ended = sample("after", 5, {"media": 7, "models": 12})
    assert restarted([*looks, ended]) == ["models", "web"]


WELL = {
    "verdicts": [{"back": True}], "restarted": [], "failed": 0, "refused": 0, "queued": 0, "ended by the platform": 0,
    "to_wait": False,
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdicts": [{"back": True}, {"back": False}]}, {"restarted": ["media"]}, {"failed": 1}, {"refused": 1},
        {"queued": 1}, {"ended by the platform": 1}, {"to_wait": True, "refused": 1},
    ],
)  # fmt: skip
def test_a_soak_passes_only_if_all_is_back_all_lived_and_every_call_was_led_to_its_end(wrong):
    assert passed(WELL)
    assert not passed(WELL | wrong)


def test_who_had_to_wait_fails_no_soak_whose_ceiling_was_below_its_calls():
    assert passed(WELL | {"to_wait": True, "queued": 7})
