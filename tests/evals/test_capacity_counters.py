"""What counters tell between two looks, and when they tell nothing."""

from stored_step import counted

from evals.bench.capacity.counters import growth, recognition, speech

BEFORE = counted(600, 20.0, 7.0, {"cached": 24.0})
AFTER = counted(900, 40.0, 10.0, {"cached": 30.0, "synthesised": 6.0})


def test_only_what_came_in_between_counts():
    heard, spoken = recognition(growth(BEFORE, AFTER)), speech(growth(BEFORE, AFTER))
    assert heard == {
        "jobs": {"decoded": 300, "batches": 150, "full_windows": 0},
        "decode_s": 20.0, "discarded_s": 3.0, "discarded_share": 0.15,
    }  # fmt: skip
    assert spoken == {
        "seconds": {"cached": 6.0, "composed": 0.0, "synthesised": 6.0},
        "clauses": {"cached": 0, "composed": 0, "synthesised": 2},
        "share": {"cached": 0.5, "composed": 0.0, "synthesised": 0.5},
    }


def test_languages_are_added_up():
    english = 'tetraphone_speech_seconds_total{language="en",source="cached"} 30.0\n'
    korean = english.replace('"en"', '"ko"').replace("cached", "composed").replace("30", "12")
    assert english in AFTER
    share = speech(growth(BEFORE, AFTER.replace(english, english + korean)))["share"]
    assert share == {"cached": 0.25, "composed": 0.5, "synthesised": 0.25}


def test_a_process_that_was_started_anew_has_counted_nothing_that_can_be_told():
    anew = counted(30, 2.0, 0.5, {"cached": 40.0})
    assert recognition(growth(BEFORE, anew)) is None
    assert speech(growth(BEFORE, anew))["seconds"]["cached"] == 16.0, "the line's own went on"


def test_a_process_that_was_away_at_the_first_look_is_not_taken_to_have_begun_at_nothing():
    line_only = "\n".join(row for row in BEFORE.splitlines() if "recognition" not in row) + "\n"
    assert recognition(growth(line_only, AFTER)) is None and speech(growth(line_only, AFTER)) is not None
    assert speech(growth("", AFTER)) is None
    assert speech(growth(BEFORE, "<html>\n<h1>Not here</h1> {}\n")) is None


def test_before_its_first_word_a_platform_has_spoken_nothing():
    silent = counted(600, 20.0, 7.0, {})
    assert speech(growth(silent, AFTER))["seconds"] == {"cached": 30.0, "composed": 0.0, "synthesised": 6.0}
    assert speech(growth(silent, silent)) is None
