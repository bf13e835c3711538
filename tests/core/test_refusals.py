"""What was refused is counted always, and logged so that a flood of it fills no disk."""

from core.refusals import REFUSED, note_refusal


def test_a_flood_of_one_kind_is_one_line_a_second_and_says_how_many(caplog, monkeypatch):
    now = 100.0
    monkeypatch.setattr("core.refusals.time.monotonic", lambda: now)
    for _ in range(50):
        note_refusal("test_flood", "a test")
    note_refusal("test_other", "another")
    now = 101.5
    note_refusal("test_flood", "a test")
    assert caplog.messages == ["refused: a test", "refused: another", "refused: a test (and 49 more before)"]
    assert REFUSED.labels("test_flood")._value.get() == 51
