"""At the end of the process, calls end by themselves, or are told; carriers are answered to the last."""

import pytest

from app import media
from app.media import let_calls_end
from voice_gateway.switchboard import Switchboard


class Board(Switchboard):
    """A switchboard whose calls end when they are parted with, and that writes down what it is asked."""

    def __init__(self, calls, *, end_by_themselves):
        self.calls, self.end_by_themselves, self.asked = calls, end_by_themselves, []

    def live(self):
        return self.calls

    async def drain(self, timeout_s=0.0):
        self.asked.append("drain")
        return not self.calls or self.end_by_themselves

    async def part(self, timeout_s=0.0):
        self.asked.append("part")
        return True


@pytest.mark.parametrize(
    ("calls", "end_by_themselves", "asked"),
    [
        ([], True, ["drain"]),
        (["call"], True, ["drain", "stay"]),
        (["call"], False, ["drain", "part", "stay"]),
    ],
)
async def test_callers_are_parted_with_where_they_stay(monkeypatch, calls, end_by_themselves, asked):
    board = Board(calls, end_by_themselves=end_by_themselves)

    async def stay(seconds):
        board.asked.append("stay")

    monkeypatch.setattr(media.asyncio, "sleep", stay)
    await let_calls_end(board)
    assert board.asked == asked
