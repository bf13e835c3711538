"""What listening rests on: the clock, the memory of sound, the shared voice-activity service."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from prometheus_client import REGISTRY

from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE
from voice_gateway.media_clock import MediaClock
from voice_gateway.sound_memory import SoundMemory
from voice_gateway.turns import vad_service
from voice_gateway.turns.vad_service import BACKLOG_HOPS, VadService
from voice_gateway.turns.voice import HOP_SAMPLES


def test_frames_that_are_held_up_do_not_set_the_clock_back():
    clock = MediaClock()
    assert clock.now(100.0) == 0.0
    clock.frame(0.02, 50.02)
    clock.frame(0.04, 50.30)
    assert clock.now(50.30) == pytest.approx(0.30)


def test_a_carrier_that_stopped_for_good_is_followed():
    clock = MediaClock()
    clock.frame(0.02, 50.02)
    clock.frame(0.04, 60.0)
    assert clock.now(60.0) == pytest.approx(0.04)


def test_sound_is_remembered_by_time_and_gaps_are_silence():
    memory = SoundMemory(2.0)
    memory.write(np.full(800, 1, np.int16), 0.0)
    memory.write(np.full(800, 2, np.int16), 0.3)
    assert memory.end_s == pytest.approx(0.4)
    heard = memory.read(0.05, 0.35)
    assert (
        list(np.unique(heard[:400])) == [1]
        and not heard[400:2000].any()
        and list(np.unique(heard[2000:])) == [2]
    )


def test_the_oldest_sound_is_forgotten_and_what_comes_late_is_left_out():
    memory = SoundMemory(1.0)
    for second in range(5):
        memory.write(np.full(LINE_RATE, second, np.int16), float(second))
    memory.write(np.full(LINE_RATE, 9, np.int16), 1.0)
    heard = memory.read(0.0, 10.0)
    assert len(heard) == LINE_RATE and set(heard) == {4}
    assert len(memory.read(0.0, 2.0)) == 0


def test_sound_that_goes_over_the_rings_edge_is_read_in_its_order_and_as_a_copy():
    memory = SoundMemory(1.0)
    sound = np.arange(5 * LINE_RATE // 2, dtype=np.int16)
    for at in range(0, len(sound), FRAME_SAMPLES):
        memory.write(sound[at : at + FRAME_SAMPLES], at / LINE_RATE)
        end = at + FRAME_SAMPLES
        for seconds in (0.01, 0.4, 0.999, 1.0):
            first = max(0, end - round(seconds * LINE_RATE))
            heard = memory.read(first / LINE_RATE, end / LINE_RATE)
            assert np.array_equal(heard, sound[first:end])
    before = heard.copy()
    memory.write(np.zeros(LINE_RATE, np.int16), len(sound) / LINE_RATE)
    assert np.array_equal(heard, before)


class Model:
    """Says that everything is speech, and keeps what it was asked."""

    def __init__(self) -> None:
        self.taken: set[int] = set()
        self.batches: list[list[int]] = []
        self.frames: dict[int, list[np.ndarray]] = {}
        self._next = 0

    def open(self) -> int:
        self._next += 1
        self.taken.add(self._next)
        return self._next

    def reset(self, slot: int) -> None:
        pass

    def close(self, slot: int) -> None:
        self.taken.remove(slot)

    def probabilities(self, frames, slots):
        assert set(slots) <= self.taken and len(set(slots)) == len(slots)
        self.batches.append(list(slots))
        for frame, slot in zip(frames, slots, strict=True):
            self.frames.setdefault(slot, []).append(frame)
        return np.ones(len(slots), np.float32)


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_hops_of_all_calls_are_judged_in_one_batch_and_each_call_gets_its_own_in_order():
    model = Model()
    service = VadService(model)
    await service.start()
    heard: dict[int, list[float]] = {n: [] for n in range(3)}
    streams = [service.open(lambda p, start, end, n=n: heard[n].append(start)) for n in range(3)]
    for frame in range(16):
        for number, stream in enumerate(streams):
            stream.push(np.full(FRAME_SAMPLES, number, np.int16), frame * 0.02)
    await until(lambda: all(len(starts) == 10 for starts in heard.values()))
    assert heard[0] == pytest.approx([hop * 0.032 for hop in range(10)])
    assert all(len(batch) == 3 for batch in model.batches)
    assert all((frame == slot - 1).all() for slot, frames in model.frames.items() for frame in frames)
    for stream in streams:
        stream.close()
    await until(lambda: not model.taken)
    await service.close()


async def test_a_gap_is_heard_as_silence_and_a_long_one_is_not_waited_through():
    model = Model()
    service = VadService(model)
    await service.start()
    starts: list[float] = []
    stream = service.open(lambda p, start, end: starts.append(start))
    stream.push(np.ones(HOP_SAMPLES, np.int16), 0.0)
    stream.push(np.ones(HOP_SAMPLES, np.int16), 0.096)
    stream.push(np.ones(HOP_SAMPLES, np.int16), 60.0)
    await until(lambda: len(starts) == 5)
    assert starts == pytest.approx([0.0, 0.032, 0.064, 0.096, 60.0])
    await service.close()


async def test_a_call_whose_listener_fails_does_not_disturb_the_others():
    service = VadService(Model())
    await service.start()
    heard: list[float] = []

    def fail(*_: float) -> None:
        raise RuntimeError("a bug in one call")

    bad, good = service.open(fail), service.open(lambda p, start, end: heard.append(start))
    for stream in (bad, good):
        for hop in range(3):
            stream.push(np.zeros(HOP_SAMPLES, np.int16), hop * 0.032)
    await until(lambda: len(heard) == 3)
    assert bad.closed and not good.closed
    assert isinstance(bad.failed, RuntimeError) and good.failed is None
    await service.close()


def hops_judged(by: str) -> float:
    return REGISTRY.get_sample_value("tetraphone_vad_hops_total", {"by": by}) or 0.0


async def test_hops_are_counted_by_what_judged_them():
    before = {by: hops_judged(by) for by in ("model", "loudness")}
    model = Model()
    async with VadService(model) as service:
        heard: list[float] = []
        stream = service.open(lambda p, start, end: heard.append(p))
        stream.push(np.zeros(3 * HOP_SAMPLES, np.int16), 0.0)
        await until(lambda: len(heard) == 3)
        model.probabilities = lambda frames, slots: np.zeros(7, np.float32)  # type: ignore[method-assign]
        stream.push(np.zeros(HOP_SAMPLES, np.int16), 3 * HOP_SAMPLES / LINE_RATE)
        await until(lambda: len(heard) == 4)
    assert {by: hops_judged(by) - was for by, was in before.items()} == {"model": 3, "loudness": 1}


async def test_whatever_the_model_does_calls_go_on_being_heard():
    model = Model()
    service = VadService(model)
    assert not service.alive
    await service.start()
    heard: list[float] = []
    gone, stays = service.open(lambda *_: None), service.open(lambda p, start, end: heard.append(p))
    loud = np.full(HOP_SAMPLES, 9000, np.int16)

    def refuse(slot: int) -> None:
        raise KeyError(slot)

    model.close = refuse  # type: ignore[method-assign]
    gone.close()
    stays.push(loud, 0.0)
    await until(lambda: service._failed_rounds == 1)
    stays.push(loud, 0.032)
    await until(lambda: len(heard) == 2)
    model.probabilities = lambda frames, slots: np.zeros(7, np.float32)  # type: ignore[method-assign]
    stays.push(loud, 0.064)
    await until(lambda: len(heard) == 3)
    assert heard[2] == 1.0, "too many probabilities: judged by loudness"
    assert service.alive
    await service.close()
    assert not service.alive


async def test_a_service_that_fails_round_after_round_is_not_alive():
    service = VadService(Model(), tick_s=0.0)
    await service.start()
    stream = service.open(lambda *_: None)

    def broken() -> list[object]:
        raise RuntimeError("a bug")

    service._ready = broken  # type: ignore[method-assign, assignment]
    for hop in range(100):
        stream.push(np.zeros(HOP_SAMPLES, np.int16), hop * 0.032)
        await asyncio.sleep(0.001)
        if not service.alive:
            break
    assert not service.alive
    await service.close()


async def test_a_service_whose_model_hangs_is_not_alive_until_it_comes_back(monkeypatch):
    monkeypatch.setattr(vad_service, "LONGEST_ROUND_S", 0.0)
    model, asked, go_on = Model(), threading.Event(), threading.Event()

    def hangs(frames, slots):
        asked.set()
        assert go_on.wait(10)
        return np.zeros(len(slots), np.float32)

    model.probabilities = hangs  # type: ignore[method-assign]
    service, heard = VadService(model), []
    await service.start()
    service.open(lambda p, start, end: heard.append(p)).push(np.zeros(HOP_SAMPLES, np.int16), 0.0)
    assert service.alive
    await until(asked.is_set)
    assert not service.alive
    go_on.set()
    await until(lambda: heard)
    assert service.alive
    await service.close()


async def test_what_waits_is_bounded():
    service = VadService(Model())
    judged: list[float] = []
    stream = service.open(lambda p, start, end: judged.append(p))
    for hop in range(BACKLOG_HOPS + 20):
        stream.push(np.zeros(HOP_SAMPLES, np.int16), hop * 0.032)
    assert len(stream.waiting) == BACKLOG_HOPS
    assert judged == [0.0] * 20, "the oldest are judged by loudness at once"
    await service.close()
