"""The cross-call scheduler with a decoder that takes virtual time."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.languages import Language
from models.protocols import Overloaded, Pcm, Priority, Recognition, RecognitionRequest, Superseded
from models.recognition.queue import Job, WaitingLine
from models.recognition.scheduler import DecodeFailed, Doubt, Scheduler

ENGLISH = {Language.EN: 1.0}


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer when nothing else is to be done."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 0.0

    def time(self) -> float:
        return self._virtual

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            heapq.heapify(self._scheduled)
            self._virtual = max(self._virtual, self._scheduled[0]._when)
        super()._run_once()


def virtual(main):
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class FakeDecoder:
    """Says the first sample of the audio as its text; negative ones need the full window."""

    def __init__(self, seconds: float = 0.1, full_seconds: float = 1.0) -> None:
        self.seconds, self.full_seconds = seconds, full_seconds
        self.batches: list[list[int]] = []
        self.fulls: list[int] = []
        self.broken = False
        self.guess: Recognition | None = None

    def group(self, samples: int) -> int:
        return 1 if samples <= 1000 else 2

    async def decode(self, jobs: Sequence[Job]) -> Sequence[Recognition | Doubt]:
        assert len({job.group for job in jobs}) == 1
        self.batches.append([int(job.audio[0]) for job in jobs])
        await asyncio.sleep(self.seconds)
        if self.broken:
            raise RuntimeError("out of memory")
        return [Doubt(self.guess) if job.audio[0] < 0 else self._answer(job) for job in jobs]

    async def decode_full(self, job: Job) -> Recognition:
        self.fulls.append(int(job.audio[0]))
        await asyncio.sleep(self.full_seconds)
        return self._answer(job)

    @staticmethod
    def _answer(job: Job) -> Recognition:
        return Recognition(str(int(job.audio[0])), Language.EN, {Language.EN: 1.0}, -0.1, 0.9, tokens=1)


def sound(number: int, length: int = 100) -> Pcm:
    return np.full(length, number, dtype=np.int16)


def asks(call: str, priority: Priority = Priority.CONFIRMED, deadline_s: float = 2.0) -> RecognitionRequest:
    return RecognitionRequest(call, ENGLISH, priority=priority, deadline_s=deadline_s)


def test_utterances_of_many_calls_share_batches():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder, max_batch=8) as scheduler:
            heard = await asyncio.gather(
                *(scheduler.submit(sound(n), asks(f"call {n}")) for n in range(1, 18))
            )
        assert [one.text for one in heard] == [str(n) for n in range(1, 18)]
        assert len(decoder.batches) <= 4
        assert max(map(len, decoder.batches)) <= 8

    virtual(main())


def test_confirmed_goes_before_speculative_before_partial_and_by_deadline_within():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder, max_batch=1) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            await asyncio.gather(
                blocker,
                scheduler.submit(sound(5), asks("a", Priority.PARTIAL)),
                scheduler.submit(sound(3), asks("b", Priority.SPECULATIVE, 5.0)),
                scheduler.submit(sound(2), asks("c", Priority.CONFIRMED, 3.0)),
                scheduler.submit(sound(1), asks("d", Priority.CONFIRMED, 1.0)),
                scheduler.submit(sound(4), asks("e", Priority.SPECULATIVE, 6.0)),
            )
        assert decoder.batches == [[99], [1], [2], [3], [4], [5]]

    virtual(main())


def test_long_and_short_utterances_do_not_share_a_batch():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            await asyncio.gather(
                blocker,
                *(scheduler.submit(sound(n, 100 if n % 2 else 5000), asks(f"call {n}")) for n in range(1, 7)),
            )
        assert sorted(map(sorted, decoder.batches[1:])) == [[1, 3, 5], [2, 4, 6]]

    virtual(main())


def test_a_full_window_does_not_hold_up_the_others():
    async def main():
        decoder = FakeDecoder(full_seconds=10.0)
        async with Scheduler(decoder) as scheduler:
            slow = asyncio.create_task(scheduler.submit(sound(-7), asks("slow")))
            await asyncio.sleep(0.2)
            quick = await scheduler.submit(sound(1), asks("quick"))
            assert not slow.done()
            heard = await slow
        assert quick.decode_ms == pytest.approx(100)
        assert heard.text == "-7"
        assert heard.full_window
        assert heard.decode_ms == pytest.approx(10_100)

    virtual(main())


def test_a_partial_that_needs_the_full_window_hears_nothing_instead():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder) as scheduler:
            heard = await scheduler.submit(sound(-1), asks("a", Priority.PARTIAL))
        assert (heard.text, heard.confidence) == ("", 0.0)
        assert decoder.fulls == []

    virtual(main())


@pytest.mark.parametrize(("logprob", "kept"), [(-1.5, "-1"), (-0.05, "guess")])
def test_of_two_doubtful_answers_the_likelier_is_given(logprob, kept):
    async def main():
        decoder = FakeDecoder()
        decoder.guess = Recognition("guess", Language.EN, {Language.EN: 1.0}, logprob, 0.3)
        async with Scheduler(decoder) as scheduler:
            heard = await scheduler.submit(sound(-1), asks("a"))
        assert heard.text == kept
        assert heard.full_window

    virtual(main())


def test_a_newer_partial_takes_the_place_of_the_older():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            older = asyncio.create_task(scheduler.submit(sound(1), asks("a", Priority.PARTIAL)))
            other = asyncio.create_task(scheduler.submit(sound(2), asks("b", Priority.PARTIAL)))
            await asyncio.sleep(0)
            newer = asyncio.create_task(scheduler.submit(sound(3), asks("a", Priority.PARTIAL)))
            await asyncio.gather(blocker, other, newer)
            with pytest.raises(Superseded):
                await older
            assert scheduler.counts.superseded == 1
        assert decoder.batches == [[99], [2, 3]]

    virtual(main())


def test_a_confirmed_utterance_is_never_replaced():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder) as scheduler:
            heard = await asyncio.gather(*(scheduler.submit(sound(n), asks("a")) for n in range(1, 5)))
        assert [one.text for one in heard] == ["1", "2", "3", "4"]
        assert decoder.batches == [[1], [2], [3], [4]]

    virtual(main())


def test_a_call_is_answered_in_order_even_when_the_first_needs_the_full_window():
    async def main():
        decoder, answered = FakeDecoder(full_seconds=5.0), []

        async def ask(scheduler: Scheduler, number: int) -> None:
            answered.append((await scheduler.submit(sound(number), asks("a"))).text)

        async with Scheduler(decoder) as scheduler:
            await asyncio.gather(*(ask(scheduler, number) for number in (-1, 2, 3)))
        assert answered == ["-1", "2", "3"]

    virtual(main())


def test_confirming_a_speculation_in_work_decodes_nothing_twice():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder) as scheduler:
            guess = asyncio.create_task(scheduler.submit(sound(1), asks("a", Priority.SPECULATIVE)))
            await asyncio.sleep(0.05)
            confirmed = await scheduler.submit(sound(1), asks("a"))
            assert (await guess).text == confirmed.text == "1"
            assert scheduler.counts.joined == 1
        assert decoder.batches == [[1]]

    virtual(main())


def test_confirming_a_speculation_in_line_raises_its_priority():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder, max_batch=1) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            guess = asyncio.create_task(scheduler.submit(sound(1), asks("a", Priority.SPECULATIVE)))
            rival = asyncio.create_task(scheduler.submit(sound(2), asks("b", Priority.SPECULATIVE, 0.1)))
            await asyncio.sleep(0)
            await asyncio.gather(blocker, guess, rival, scheduler.submit(sound(1), asks("a")))
        assert decoder.batches == [[99], [1], [2]]

    virtual(main())


def test_a_cancelled_request_is_not_decoded():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            gone = asyncio.create_task(scheduler.submit(sound(1), asks("a")))
            await asyncio.sleep(0.01)
            gone.cancel()
            await blocker
            assert scheduler.waiting == 0
        assert decoder.batches == [[99]]

    virtual(main())


def test_a_full_line_refuses_but_makes_room_for_a_caller_who_waits():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder, max_waiting=2) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            first = asyncio.create_task(scheduler.submit(sound(1), asks("a", Priority.PARTIAL)))
            second = asyncio.create_task(scheduler.submit(sound(2), asks("b", Priority.SPECULATIVE)))
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                await scheduler.submit(sound(3), asks("c", Priority.SPECULATIVE))
            fourth = asyncio.create_task(scheduler.submit(sound(4), asks("d")))
            with pytest.raises(Overloaded, match="gave way"):
                await first
            assert [one.text for one in await asyncio.gather(blocker, second, fourth)] == ["99", "2", "4"]

    virtual(main())


def test_a_broken_batch_fails_its_own_and_no_other():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder) as scheduler:
            decoder.broken = True
            with pytest.raises(DecodeFailed):
                await scheduler.submit(sound(1), asks("a"))
            decoder.broken = False
            assert (await scheduler.submit(sound(2), asks("a"))).text == "2"

    virtual(main())


def test_closing_refuses_whoever_waits_and_whoever_is_in_work():
    async def main():
        decoder = FakeDecoder(seconds=60)
        async with Scheduler(decoder, max_batch=1) as scheduler:
            asked = [asyncio.create_task(scheduler.submit(sound(n), asks(f"call {n}"))) for n in (1, 2, 3)]
            await asyncio.sleep(0.01)
        for task in asked:
            with pytest.raises(Overloaded, match="shutting down"):
                await task

    virtual(main())


def test_partials_are_served_while_confirmed_work_never_ends():
    async def main():
        decoder = FakeDecoder()
        served: list[float] = []

        async def talker(scheduler: Scheduler, number: int) -> None:
            while True:
                await scheduler.submit(sound(number), asks(f"talker {number}"))

        async with Scheduler(decoder, max_batch=2, patience=6) as scheduler:
            talkers = [asyncio.create_task(talker(scheduler, number)) for number in range(1, 9)]
            await asyncio.sleep(1)
            for number in range(20, 23):
                await scheduler.submit(sound(number), asks("listener", Priority.PARTIAL))
                served.append(asyncio.get_running_loop().time())
            for task in talkers:
                task.cancel()
            await asyncio.gather(*talkers, return_exceptions=True)
        waits = np.diff([1.0, *served])
        assert waits.max() <= (6 + 3) * 0.1 + 1e-6  # patience, the batch in work, its own

    virtual(main())


asked_of = st.tuples(
    st.integers(0, 4),  # call
    st.sampled_from(list(Priority)),
    st.floats(0.0, 2.0),  # when
    st.floats(0.1, 5.0),  # deadline
    st.sampled_from([100, 5000]),  # length
    st.booleans(),  # needs the full window
    st.one_of(st.none(), st.floats(0.0, 1.0)),  # given up after
)


@settings(max_examples=80, deadline=None)
@given(st.lists(asked_of, max_size=30), st.integers(1, 4), st.integers(2, 12))
def test_every_request_ends_exactly_once_and_in_order(requests, max_batch, max_waiting):
    """Nothing is lost, nothing decoded twice, each call's confirmed answers come in the order of asking."""

    async def main():
        decoder = FakeDecoder()
        ends: dict[int, str] = {}
        order: dict[str, list[int]] = {}
        asked_order: dict[str, list[int]] = {}

        async def one(scheduler: Scheduler, number: int) -> None:
            call, priority, when, deadline, length, full, patience = requests[number]
            await asyncio.sleep(when)
            mark = -(number + 1) if full else number + 1

            async def submitted() -> Recognition:  # in the step in which it enters the line
                if priority is Priority.CONFIRMED:
                    asked_order.setdefault(f"call {call}", []).append(number)
                return await scheduler.submit(sound(mark, length), asks(f"call {call}", priority, deadline))

            work = submitted()
            end = "answered"
            try:
                answer = await (asyncio.wait_for(work, patience) if patience is not None else work)
                if priority is not Priority.PARTIAL or not full:
                    assert answer.text == str(mark)
                if priority is Priority.CONFIRMED:
                    order.setdefault(f"call {call}", []).append(number)
            except TimeoutError:
                end = "gave up"
            except Superseded:
                end = "superseded"
                assert priority is not Priority.CONFIRMED
            except Overloaded:
                end = "overloaded"
            assert number not in ends
            ends[number] = end

        async with Scheduler(decoder, max_batch=max_batch, max_waiting=max_waiting) as scheduler:
            async with asyncio.timeout(1000):
                await asyncio.gather(*(one(scheduler, number) for number in range(len(requests))))
            assert scheduler.waiting == 0
        assert len(ends) == len(requests)
        for number, request in enumerate(requests):
            if ends[number] != "answered":
                assert (
                    request[6] is not None
                    or request[1] is not Priority.CONFIRMED
                    or len(requests) > max_waiting
                )
        for call, answered in order.items():
            assert answered == [number for number in asked_order[call] if number in answered]
        decoded = [mark for batch in decoder.batches for mark in batch]
        assert len(decoded) == len(set(decoded))
        assert len(decoder.fulls) == len(set(decoder.fulls))

    virtual(main())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(list(Priority)), st.floats(0, 10)), min_size=1, max_size=30),
    st.integers(1, 8),
)
def test_a_line_gives_out_every_job_once(jobs, size):
    line = WaitingLine()
    for number, (priority, deadline) in enumerate(jobs):
        line.add(Job(sound(number), asks(f"call {number}"), number % 2, deadline, 0.0, priority))
    taken = []
    while batch := line.take(size):
        assert len(batch) <= size
        taken += [int(job.audio[0]) for job in batch]
    assert sorted(taken) == list(range(len(jobs)))
