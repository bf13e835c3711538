"""From stored sound to figures: where a gap begins and ends, what is no answer, which words were lost."""

import json

import pytest
from stored_step import counted, line, store_step, track

from core.languages import Language
from evals.bench.capacity.analysis import (
    Turn,
    Words,
    compare,
    errors,
    fresh_share,
    gap_of,
    gaps,
    gaps_asked_again,
    heard_in,
    turns_of,
)
from evals.bench.capacity.figures import burst, carried, step_figures

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
    assert compare("주문 104", "주문 일공사", Language.KO) == Words(5)
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


def spoken(turn: int, text: str, name: str = "utter_a", language: str = "en") -> dict:
    data = {"speaker": "bot", "turn": turn, "text": text, "name": name, "language": language}
    return {"kind": "utterance_spoken", "data": data}


def test_a_reply_is_new_if_it_holds_a_figure_and_was_never_said_before():
    first = [spoken(1, "Order 1 2 3 on May 4."), spoken(1, "Anything else?"), spoken(2, "We open at nine.")]
    second = [spoken(1, "Order 1 2 3 on May 4."), spoken(2, "Order 1 2 3 on May 5.")]
    assert fresh_share([first, second]) == pytest.approx(2 / 4)


def test_a_reply_is_judged_by_its_first_clause_over_the_whole_run():
    said: set[str] = set()
    number = "주문 1 0 4 2 2 7 건은 발송되었습니다."
    first = [spoken(1, f"{number} 8월 1일 도착 예정입니다.", language="ko")]
    assert fresh_share([first], said) == 1.0
    # Another day, but the clause that the caller waits for lies in the cache of the step before.
    assert fresh_share([[spoken(1, f"{number} 9월 9일 도착 예정입니다.", language="ko")]], said) == 0.0
    assert fresh_share([first]) == 1.0


def test_unanswered_turns_count_with_the_time_that_was_waited_in_vain():
    turns = [turn("answered", 700.0)] * 9 + [turn("no_answer", None)]
    assert gaps(turns, (50, 99))["p99"] > 15_000 and gaps(turns, (50,)) == {"p50": 700.0}
    assert gaps([turn("no_answer", None)]) == {}


def test_a_question_to_say_it_again_is_no_answer():
    heard = track(10, (3.75, 5.0))
    gap, what, _ = gap_of(SAID, heard, [line("platform_say_again", 3.7, 5.0)], 0.9, 3.2, 9.0)
    assert what == "asked_again" and gap == pytest.approx(0.75, abs=0.025)
    again = turn("asked_again", 100.0)
    assert gaps([turn("answered", 700.0), again]) == gaps([turn("answered", 700.0)])
    assert gaps_asked_again([turn("answered", 700.0), again])["turns"] == 1
    assert errors([], [again])["asked to repeat"] == 1


@pytest.mark.parametrize(
    "name", ["platform_lines_full_please_wait", "platform_lines_still_full", "platform_call_back_offer"]
)
def test_a_caller_who_waits_for_a_place_is_queued_and_never_answered(name):
    lines = [line(name, 0.1, 0.8), line("platform_place_in_queue", 3.7, 5.0)]
    call = {
        "name": "c", "step": "s", "extra": False, "language": "en", "began_s": 0.0, "duration_s": 10.0,
        "ended_by": "caller", "lines": lines, "turns": [{"started_s": 0.9, "ended_s": 3.2}],
    }  # fmt: skip
    turns = turns_of(call, SAID, track(10, (0.1, 0.8), (3.75, 5.0)))
    assert [one.what for one in turns] == ["queued"] and gaps(turns) == {}
    wrong = errors([call], turns)
    assert wrong["queued"] == 1 and wrong["to a person"] == 0 and wrong["no answer"] == 0


def test_without_marks_a_sound_early_in_the_turn_is_a_cut_off_too():
    assert gap_of(SAID, track(10, (1.5, 1.8), (4.0, 5.0)), [], 0.9, 3.2, 9.0)[1] == "cut_off"
    # What was being played when the turn began is an earlier reply, as with marks.
    assert gap_of(SAID, track(10, (0.2, 1.2), (4.0, 5.0)), [], 0.9, 3.2, 9.0)[1] == "answered"


def turn(what: str, gap_ms: float | None) -> Turn:
    return Turn("s", "c", 1, "en", 1.0, gap_ms, what, "")


@pytest.fixture
def stored(tmp_path):
    return store_step(tmp_path)


def test_a_stored_step_gives_its_figures(stored):
    figures = step_figures(stored)
    assert figures["answered"] == 2 and figures["gap_ms"]["p50"] == pytest.approx(600, abs=25)
    assert figures["words"]["en"]["error"] == 0.0 and figures["words"]["en"]["said"] == 4
    assert figures["cores_per_call"] == 0.25 and figures["memory_mib_per_call"] == 10.0
    assert figures["generator"] == {"cores": 0.1, "late_ms": 4.0}
    assert figures["read_gb_s"] == [13.4, 6.5]
    assert figures["burst"]["became"] == {"told at once that the lines are busy": 1}
    assert figures["burst"]["admitted_harmed"] == 0
    assert step_figures(stored) == figures


def in_a_burst(*turns: tuple[float, float | None, str], ended_by: str = "caller") -> dict:
    """A burst at 60 s beside calls under way, each with one turn of (second, gap in ms, what became of it)."""
    calls = [
        {"name": f"c{n}", "extra": False, "began_s": 0.0, "duration_s": 200.0, "ended_by": ended_by}
        for n in range(len(turns))
    ]
    rang = {"name": "x", "extra": True, "began_s": 60.0, "duration_s": 60.0, "refused": "busy"}
    rows = [
        Turn("b", f"c{n}", 1, "en", at_s, gap, what, "utter_a") for n, (at_s, gap, what) in enumerate(turns)
    ]
    return burst([*calls, rang], rows, {"warm_up_s": 10.0})


CALM = [(20.0 + n, 700.0, "answered") for n in range(20)]


def test_calls_under_way_that_a_burst_slows_down_are_harmed():
    found = in_a_burst(*CALM, *((61.0 + n, 900.0, "answered") for n in range(10)))
    assert (found["slowed"], found["admitted_harmed"], found["p95_limit_ms"]) == (False, 0, 1500.0)
    found = in_a_burst(*CALM, *((61.0 + n, 900.0 + 900.0 * (n % 2), "answered") for n in range(10)))
    assert (found["slowed"], found["admitted_harmed"]) == (True, 5)


def test_where_replies_were_late_before_the_burst_it_is_harm_only_if_they_come_much_later_yet():
    late = [(at_s, 2000.0, "answered") for at_s, *_ in CALM]
    assert not in_a_burst(*late, *((61.0 + n, 2500.0, "answered") for n in range(10)))["slowed"]
    assert in_a_burst(*late, *((61.0 + n, 2700.0, "answered") for n in range(10)))["slowed"]


def test_a_turn_that_is_cut_off_or_not_answered_in_a_burst_is_harm_and_so_is_a_call_that_ends():
    cut = [(at_s, None, "cut_off") for at_s, *_ in CALM[:4]]
    calm = [(61.0 + n, 900.0, "answered") for n in range(9)]
    assert in_a_burst(*CALM, *calm, (75.0, None, "cut_off"))["admitted_harmed"] == 1
    assert in_a_burst(*CALM, *cut, *calm, (75.0, None, "cut_off"))["admitted_harmed"] == 0, (
        "no more than before"
    )
    assert in_a_burst(*CALM, *calm, (75.0, None, "no_answer"))["admitted_harmed"] >= 1
    assert in_a_burst(*CALM, ended_by="platform")["admitted_harmed"] == 20


def test_what_was_recognised_for_nothing_and_what_the_cache_held_is_told_from_two_looks(stored):
    # A run that stored no look before the step can be worked out, without these.
    (stored / "metrics.txt").write_text(counted(900, 40.0, 10.0, {"cached": 30.0}))
    assert (step_figures(stored)["recognition"], step_figures(stored)["speech"]) == (None, None)
    (stored / "metrics-before.txt").write_text(counted(600, 20.0, 7.0, {"cached": 24.0}))
    spoken = {"cached": 30.0, "composed": 3.0, "synthesised": 1.0}
    (stored / "metrics.txt").write_text(counted(900, 40.0, 10.0, spoken))
    figures = step_figures(stored)
    assert figures["recognition"]["jobs"]["decoded"] == 300
    assert figures["recognition"]["discarded_share"] == pytest.approx(3 / 20)
    assert figures["speech"]["share"] == {"cached": 0.6, "composed": 0.3, "synthesised": 0.1}
    # A peer gives no metrics.
    (stored / "metrics.txt").write_text("")
    assert step_figures(stored)["recognition"] is None


def test_a_step_that_its_limit_ended_is_short(stored):
    job, used = (json.loads((stored / name).read_text()) for name in ("job.json", "used.json"))
    (stored / "job.json").write_text(json.dumps(job | {"turns": 40, "limit_s": 60.0}))
    (stored / "used.json").write_text(json.dumps(used | {"over_at_s": 59.0}))
    assert (step_figures(stored)["short"], step_figures(stored)["turns_asked"]) == (False, 40)
    (stored / "used.json").write_text(json.dumps(used | {"over_at_s": 60.01}))
    assert step_figures(stored)["short"]


def test_turns_after_the_step_is_over_do_not_count(stored):
    used = json.loads((stored / "used.json").read_text())
    call = json.loads((stored / "calls" / "c1.json").read_text())
    (stored / "calls" / "c1.json").write_text(json.dumps(call | {"began_s": 20.0}))
    assert step_figures(stored)["turns"] == 2
    (stored / "used.json").write_text(json.dumps(used | {"over_at_s": 15.0}))
    assert step_figures(stored)["turns"] == 1


def test_the_calls_really_led_and_the_lowest_ceiling_are_told(stored):
    assert step_figures(stored)["carried"] is None
    looks = [{"at_s": t, "calls": c, "ceiling": m} for t, c, m in ((1, 4, 12), (2, 9, 12), (3, 10, 8))]
    looks.append({"at_s": 4})  # a look that was not answered
    found = carried(looks)
    assert found == {
        "looks": 3, "median": 9, "least": 4, "most": 10, "ceiling_lowest": 8, "ceiling_last": 8,
    }  # fmt: skip


def test_turns_that_the_call_did_not_outlive_are_left_out(stored):
    call = json.loads((stored / "calls" / "c0.json").read_text())
    call["turns"].append({"started_s": 7.0, "ended_s": 0.0, "reply_started_s": None})
    assert len(turns_of(call, track(8, (1.0, 3.0)), track(8, (3.5, 6.0)))) == 1


def test_percentiles_need_an_answer():
    assert gaps([]) == {}
