"""From stored sound to figures: where a gap begins and ends, what is no answer, which words were lost."""

import json

import numpy as np
import pytest
import soundfile

from core.languages import Language
from evals.bench.capacity.analysis import (
    Words,
    compare,
    fresh_share,
    gap_of,
    gaps,
    heard_in,
    turns_of,
)
from evals.bench.capacity.figures import step_figures
from evals.bench.soak import Sample, gauges, verdicts
from voice_gateway.leg import LINE_RATE


def track(seconds: float, *sounds: tuple[float, float]) -> np.ndarray:
    """A track with tones from a to b."""
    pcm = np.zeros(round(seconds * LINE_RATE), dtype=np.int16)
    for begin, end in sounds:
        at = np.arange(round(begin * LINE_RATE), round(end * LINE_RATE))
        pcm[at] = (6000 * np.sin(at / 3)).astype(np.int16)
    return pcm


def line(name: str, start_s: float, end_s: float) -> dict:
    return {"name": name, "start_s": start_s, "end_s": end_s}


SAID = track(10, (1.0, 3.0))


def test_the_gap_runs_from_the_last_sound_to_the_answers_first_sound():
    heard = track(10, (3.75, 5.0))
    gap, what, name = gap_of(SAID, heard, [line("utter_a", 3.7, 5.0)], 0.9, 3.2, 9.0)
    assert (what, name) == ("answered", "utter_a")
    assert gap == pytest.approx(0.75, abs=0.025)


def test_a_filler_is_no_answer():
    heard = track(10, (3.4, 4.4), (5.5, 7.0))
    lines = [line("platform_one_moment", 3.4, 4.4), line("utter_a", 5.5, 7.0)]
    gap, what, _ = gap_of(SAID, heard, lines, 0.9, 3.2, 9.0)
    assert what == "answered" and gap == pytest.approx(2.5, abs=0.025)
    assert gap_of(SAID, heard, lines[:1], 0.9, 3.2, 9.0)[:2] == (None, "no_answer")


def test_a_line_that_was_being_spoken_before_is_no_answer_to_this_turn():
    heard = track(10, (0.2, 1.4), (3.6, 5.0))
    lines = [line("utter_before", 0.2, 1.4), line("utter_a", 3.6, 5.0)]
    gap, _, name = gap_of(SAID, heard, lines, 0.9, 3.2, 9.0)
    assert name == "utter_a" and gap == pytest.approx(0.6, abs=0.025)


def test_speaking_before_the_caller_has_ended_is_a_cut_off():
    heard = track(10, (2.2, 4.0))
    assert gap_of(SAID, heard, [line("utter_a", 2.2, 4.0)], 0.9, 3.2, 9.0) == (None, "cut_off", "utter_a")


def test_the_queue_for_a_person_is_no_answer():
    heard = track(10, (4.0, 6.0))
    assert gap_of(SAID, heard, [line("platform_waiting", 4.0, 6.0)], 0.9, 3.2, 9.0)[1] == "handed_over"


def test_without_marks_the_first_sound_counts():
    assert gap_of(SAID, track(10, (4.5, 6.0)), [], 0.9, 3.2, 9.0)[0] == pytest.approx(1.5, abs=0.025)
    assert gap_of(SAID, track(10), [], 0.9, 3.2, 9.0)[1] == "no_answer"
    assert gap_of(SAID, track(10, (2.5, 3.5)), [], 0.9, 3.2, 9.0)[1] == "cut_off"


def test_words_are_counted_by_language_and_digits_however_they_were_written():
    assert compare("order 104227", "Order one zero four, two two seven.", Language.EN) == Words(7)
    assert compare("号码是 104", "号码是一零四。", Language.ZH) == Words(6)
    assert compare("where is my order", "where my orders", Language.EN) == Words(4, lost=1, wrong=1)
    assert compare("ab", "", Language.KO) == Words(2, lost=2)
    assert (Words(10, 1, 0, 1) + Words(10)).error == pytest.approx(0.1)


def test_what_was_recognised_of_a_turn_is_found_by_its_time():
    events = [
        {"kind": "utterance_heard", "data": {"text": text, "start_s": start, "end_s": end}}
        for text, start, end in (
            ("before", 0.0, 1.0),
            ("one", 2.0, 3.0),
            ("two", 3.4, 4.0),
            ("after", 7.0, 8.0),
        )
    ]
    assert heard_in(events, 1.9, 4.1) == "one two"


def spoken(turn: int, text: str, name: str = "utter_a") -> dict:
    return {"kind": "utterance_spoken", "data": {"speaker": "bot", "turn": turn, "text": text, "name": name}}


def test_a_reply_is_new_if_it_holds_a_figure_and_was_never_said_before():
    first = [spoken(1, "Order 1 2 3 on May 4."), spoken(1, "Anything else?"), spoken(2, "We open at nine.")]
    second = [spoken(1, "Order 1 2 3 on May 4."), spoken(2, "Order 1 2 3 on May 5.")]
    assert fresh_share([first, second]) == pytest.approx(2 / 4)


@pytest.fixture
def stored(tmp_path):
    """A step as the generator and its runner leave it: two calls and one that rang in a burst."""
    job = {"name": "burst-3x", "places": 2, "warm_up_s": 0.0, "fillers": [], "extra": 1}
    (tmp_path / "calls").mkdir()
    (tmp_path / "job.json").write_text(json.dumps(job))
    process = {"cpu_s": 5.0, "seconds": 10.0, "most_memory_mib": 120.0, "threads": 9, "handles": 30}
    used = {
        "processes": {"media": process}, "idle_memory_mib": 100.0, "seconds": 10.0,
        "generator_cpu_s": 1.0, "generator_late_ms": 4.0,
    }  # fmt: skip
    (tmp_path / "used.json").write_text(json.dumps(used))
    for number, gap_s in enumerate((0.5, 0.7)):
        said, heard = track(8, (1.0, 3.0)), track(8, (3.0 + gap_s, 6.0))
        soundfile.write(
            tmp_path / "calls" / f"c{number}.wav", np.stack([said, heard], 1), LINE_RATE, subtype="ULAW"
        )
        call = {
            "name": f"c{number}", "step": "burst-3x", "extra": False, "began_s": 0.0, "language": "en",
            "said": [{"text": "where is my order", "number": ""}], "call_sid": f"CA{number}",
            "ended_by": "caller", "duration_s": 8.0, "greeting_s": 0.1, "clears": 0,
            "turns": [{"started_s": 1.0, "ended_s": 3.2, "reply_started_s": 3.5}],
            "lines": [line("utter_a", 3.0 + gap_s, 6.0)],
        }  # fmt: skip
        (tmp_path / "calls" / f"c{number}.json").write_text(json.dumps(call))
    refused = {"name": "x", "step": "burst-3x", "extra": True, "began_s": 2.0, "language": "en", "said": [],
               "refused": "the platform answered without a stream", "told": "all our lines are busy"}  # fmt: skip
    (tmp_path / "calls" / "x.json").write_text(json.dumps(refused))
    heard = {"kind": "utterance_heard", "data": {"text": "where is my order", "start_s": 1.0, "end_s": 3.0}}
    (tmp_path / "events.json").write_text(json.dumps({"CA0": [heard]}))
    return tmp_path


def test_a_stored_step_gives_its_figures(stored):
    figures = step_figures(stored)
    assert figures["answered"] == 2 and figures["gap_ms"]["p50"] == pytest.approx(600, abs=25)
    assert figures["words"]["en"]["error"] == 0.0 and figures["words"]["en"]["said"] == 4
    assert figures["cores_per_call"] == 0.25 and figures["memory_mib_per_call"] == 10.0
    assert figures["generator"] == {"cores": 0.1, "late_ms": 4.0}
    assert figures["burst"]["became"] == {"told at once that the lines are busy": 1}
    assert figures["burst"]["admitted_harmed"] == 0
    assert step_figures(stored) == figures


def test_turns_that_the_call_did_not_outlive_are_left_out(stored):
    call = json.loads((stored / "calls" / "c0.json").read_text())
    call["turns"].append({"started_s": 7.0, "ended_s": 0.0, "reply_started_s": None})
    assert len(turns_of(call, track(8, (1.0, 3.0)), track(8, (3.5, 6.0)))) == 1


def test_percentiles_need_an_answer():
    assert gaps([]) == {}


def sample(phase: str, at_s: float, **values: float) -> Sample:
    return Sample(phase, at_s, {name.replace("_", " "): value for name, value in values.items()})


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
