"""Recordings of many calls are stored in one thread, and none of them suffers from another."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from voice_gateway.recording import CALLER, PLATFORM, RATE, joined
from voice_gateway.storing import Storing


async def test_what_waits_while_the_thread_is_busy_is_done_in_one_visit_in_its_order():
    storing, go_on, done = Storing(), threading.Event(), []
    first = asyncio.create_task(storing.do(lambda: assert_waited(go_on)))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(storing.do(lambda n=n: done.append(n))) for n in range(5)]
    await asyncio.sleep(0)
    submitted = storing._thread._work_queue.qsize()
    go_on.set()
    await asyncio.gather(first, *rest)
    assert done == [0, 1, 2, 3, 4]
    assert submitted <= 1


def assert_waited(event: threading.Event) -> None:
    assert event.wait(10)


async def test_work_that_fails_tells_who_asked_and_the_others_are_done():
    storing, done = Storing(), []

    def fails() -> None:
        raise OSError("no space left")

    results = await asyncio.gather(
        storing.do(fails), storing.do(lambda: done.append(1)), return_exceptions=True
    )
    assert isinstance(results[0], OSError)
    assert results[1] is None and done == [1]


async def test_who_is_cancelled_waits_no_longer_and_the_work_is_done_all_the_same():
    storing, go_on, done = Storing(), threading.Event(), []
    waiting = asyncio.create_task(storing.do(lambda: (assert_waited(go_on), done.append(1))))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await storing.do(lambda: None)
    assert done == [1]


def test_frames_that_follow_each_other_are_placed_as_one_and_a_cut_keeps_its_place_among_them():
    def frame(value: int) -> np.ndarray:
        return np.full(160, value, np.int16)

    steps = [
        ("write", CALLER, 0.0, frame(1)),
        ("write", PLATFORM, 0.0, frame(7)),
        ("write", CALLER, 0.02, frame(2)),
        ("write", PLATFORM, 0.02, frame(8)),
        ("cut", PLATFORM, 0.03, None),
        ("write", CALLER, 1.0, frame(3)),
        ("write", PLATFORM, 0.03, frame(9)),
    ]
    told = [
        (what, channel, at_s, None if pcm is None else (len(pcm), int(pcm[-1])))
        for what, channel, at_s, pcm in joined(steps)
    ]
    assert [one for one in told if one[1] == CALLER] == [
        ("write", CALLER, 0.0, (320, 2)),
        ("write", CALLER, 1.0, (160, 3)),
    ]
    assert [one for one in told if one[1] == PLATFORM] == [
        ("write", PLATFORM, 0.0, (320, 8)),
        ("cut", PLATFORM, 0.03, None),
        ("write", PLATFORM, 0.03, (160, 9)),
    ]
    assert RATE == 8_000
