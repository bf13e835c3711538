"""What holds of the scheduler whatever is asked, and when: nothing lost, nothing twice, in order, nobody starved."""

from __future__ import annotations

import asyncio

from decoding_scene import FakeDecoder, asks, sound, virtual
from hypothesis import given, settings
from hypothesis import strategies as st

from models.protocols import Overloaded, Priority, Recognition, Superseded
from models.recognition.queue import Job, WaitingLine
from models.recognition.scheduler import Scheduler

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
@given(
    st.lists(asked_of, max_size=30),
    st.integers(1, 4),
    st.integers(2, 12),
    st.integers(1, 3),
    st.booleans(),
    st.booleans(),
)
def test_every_request_ends_exactly_once_and_in_order(requests, max_batch, max_waiting, workers, early, even):
    """Nothing is lost, nothing decoded twice, each call's confirmed answers come in the order of asking."""

    async def main():
        decoder = FakeDecoder(early=early)
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

        async with Scheduler(
            decoder, max_batch=max_batch, max_waiting=max_waiting, workers=workers, even=even
        ) as scheduler:
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
        assert decoder.most_at_once <= workers
        assert decoder.most_fulls_at_once <= 1
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


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([Priority.SPECULATIVE, Priority.PARTIAL]),
    st.sampled_from([100, 5000]),
    st.booleans(),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(2, 12),
    st.booleans(),
    st.booleans(),
)
def test_no_class_and_no_length_starves_under_endless_more_urgent_work(
    priority, length, full, workers, max_batch, patience, early, even
):
    """More urgent work than the decoder can do never ends; a lesser request is answered all the same."""

    async def main():
        decoder = FakeDecoder(seconds=0.1, full_seconds=1.0, early=early)

        async def talker(scheduler: Scheduler, number: int) -> None:
            turn = 0
            while True:
                turn += 1
                mark = 1000 * turn + number
                await scheduler.submit(sound(mark % 30_000 + 1, 100), asks(f"talker {number}"))

        async with Scheduler(
            decoder, max_batch=max_batch, even=even, workers=workers, patience=patience
        ) as scheduler:
            talkers = [
                asyncio.create_task(talker(scheduler, number)) for number in range(3 * workers * max_batch)
            ]
            await asyncio.sleep(1.05)
            began = asyncio.get_running_loop().time()
            mark = -7 if full else 7
            await scheduler.submit(sound(mark, length), asks("listener", priority))
            took = asyncio.get_running_loop().time() - began
            for task in talkers:
                task.cancel()
            await asyncio.gather(*talkers, return_exceptions=True)
        # Passed over ``patience`` times, in line and once more in the lane of fallbacks; the batches in work; its own.
        decodes = (patience + 3) * 0.1
        assert took <= (2 * decodes + 1.0 if full else decodes) + 1e-6

    virtual(main())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.0, 3.0), st.booleans()), min_size=1, max_size=25),
    st.integers(2, 4),
)
def test_a_full_window_takes_at_most_one_worker_from_short_utterances(requests, workers):
    """No short utterance waits longer than it would on one worker less without any full window."""

    async def waits(workers: int, fulls: bool) -> list[float]:
        decoder = FakeDecoder(seconds=0.1, full_seconds=2.0)
        found: list[float] = []

        async def one(scheduler: Scheduler, number: int) -> None:
            when, full = requests[number]
            await asyncio.sleep(when)
            mark = -(number + 1) if full and fulls else number + 1
            heard = await scheduler.submit(sound(mark), asks(f"call {number}"))
            found.append(heard.queue_ms)

        async with Scheduler(decoder, workers=workers, max_batch=1) as scheduler:
            await asyncio.gather(*(one(scheduler, number) for number in range(len(requests))))
        assert decoder.most_fulls_at_once <= 1
        return sorted(found)

    beside = virtual(waits(workers, fulls=True))
    without = virtual(waits(workers - 1, fulls=False))
    assert all(here <= there + 1e-3 for here, there in zip(beside, without, strict=True))
