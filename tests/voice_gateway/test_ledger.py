"""Every timed turn stands in the histograms of ``/metrics``, by stage and language."""

from core.events import TurnTimed
from core.languages import Language
from core.metrics import exposition
from voice_gateway.ledger import count_turn
from voice_gateway.switchboard import RepliesInLog


def test_a_turn_is_counted_once_in_each_stage():
    timed = TurnTimed(
        turn=1, end_of_turn_ms=300, recognise_ms=90, understand_ms=20, first_audio_ms=40, gap_ms=430,
        language=Language.JA,
    )  # fmt: skip
    before = exposition()[0].decode()
    count_turn(timed)
    after = exposition()[0].decode()
    for stage, seconds in (("end_of_turn", 0.3), ("gap", 0.43)):
        name = f'{{language="ja",stage="{stage}"}}'
        assert _value(after, f"tetraphone_turn_stage_seconds_count{name}") == 1 + _value(
            before, f"tetraphone_turn_stage_seconds_count{name}"
        )
        assert _value(after, f"tetraphone_turn_stage_seconds_sum{name}") >= seconds


def test_admission_is_not_told_that_a_line_of_ours_was_silence():
    told: list[tuple[float, float]] = []

    class Log:
        def emit(self, interaction_id, event, **envelope):
            return ""

    timed = TurnTimed(
        turn=1, end_of_turn_ms=300, recognise_ms=100, own_line_ms=4000, understand_ms=20, first_audio_ms=50, gap_ms=4470
    )  # fmt: skip
    RepliesInLog(Log(), lambda gap_s, ours_s: told.append((round(gap_s, 3), ours_s))).emit("c", timed)
    assert told == [(0.47, 0.15)]


def _value(text: str, sample: str) -> float:
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(sample)), 0.0)
