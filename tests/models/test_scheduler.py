"""The cross-call scheduler with a decoder that takes virtual time."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from decoding_scene import FakeDecoder, asks, sound, virtual

from core.languages import Language
from models.protocols import Overloaded, Priority, Recognition, Superseded
from models.recognition.scheduler import DecodeFailed, Scheduler


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
        async with Scheduler(decoder, max_batch=1, workers=1) as scheduler:
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
        async with Scheduler(decoder, workers=1) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            await asyncio.gather(
                blocker,
                *(scheduler.submit(sound(n, 100 if n % 2 else 5000), asks(f"call {n}")) for n in range(1, 7)),
            )
        assert sorted(map(sorted, decoder.batches[1:])) == [[1, 3, 5], [2, 4, 6]]

    virtual(main())


@pytest.mark.parametrize("apart_s", [0.0, 0.001], ids=["at once", "one by one"])
@pytest.mark.parametrize("even", [False, True])
def test_those_who_wait_are_shared_out_among_the_workers(even, apart_s):
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder, max_batch=4, workers=2, even=even) as scheduler:
            asked = []
            for number in range(1, 7):
                asked.append(asyncio.create_task(scheduler.submit(sound(number), asks(f"call {number}"))))
                if apart_s:
                    await asyncio.sleep(apart_s)
            assert [one.text for one in await asyncio.gather(*asked)] == [str(n) for n in range(1, 7)]
        return [len(batch) for batch in decoder.batches]

    sizes = virtual(main())
    if apart_s:  # two begin, and four wait for the first of them
        assert sizes == ([1, 1, 2, 1, 1] if even else [1, 1, 4])
    else:
        assert sizes == ([3, 3] if even else [4, 2])


@pytest.mark.parametrize(("callers", "pressure"), [(1, 0.0), (2, 0.25), (4, 0.75), (5, 1.0), (9, 1.0)])
def test_callers_who_end_at_once_press_the_first_decode_already(callers, pressure):
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder, workers=2, even=True) as scheduler:
            await asyncio.gather(*(scheduler.submit(sound(n), asks(f"call {n}")) for n in range(callers)))
        return decoder.pressures

    assert virtual(main())[0] == pressure


def test_who_is_answered_before_the_batch_ends_does_not_wait_for_its_neighbours():
    async def main():
        decoder = FakeDecoder(seconds=0.4, full_seconds=1.0, early=True)
        async with Scheduler(decoder, max_batch=4, workers=3) as scheduler:
            now, ends = asyncio.get_running_loop().time, {}

            async def ask(mark: int, call: str, at_s: float = 0.0) -> None:
                await asyncio.sleep(at_s)
                heard = await scheduler.submit(sound(mark), asks(call))
                ends[mark] = (now(), heard.decode_ms, heard.full_window)

            await asyncio.gather(
                ask(1, "a"),
                ask(2, "b"),
                ask(-3, "c"),
                ask(4, "d"),
                ask(5, "d", 0.15),  # its first turn was answered: it need not wait for the batch to end
                ask(-3, "c", 0.6),  # joins the full window, which began in mid-batch
                ask(6, "c", 0.7),  # and goes after it
            )
        assert decoder.batches == [[1, 2, -3, 4], [5], [6]] and decoder.fulls == [-3]
        assert {mark: end for mark, (end, _, _) in ends.items()} == pytest.approx(
            {4: 0.1, 2: 0.3, 1: 0.4, 5: 0.55, -3: 1.2, 6: 1.6}
        )
        assert ends[2][1:] == (pytest.approx(300), False)
        assert ends[-3][1:] == (pytest.approx(200 + 1000), True)
        assert scheduler.counts.decoded == 6 and scheduler.counts.batches == 4

    virtual(main())


def test_who_gives_up_while_the_batch_goes_on_is_counted_once():
    async def main():
        decoder = FakeDecoder(seconds=0.4, full_seconds=1.0, early=True)
        async with Scheduler(decoder, max_batch=2, workers=2) as scheduler:
            asked = [
                asyncio.create_task(scheduler.submit(sound(mark), asks(call)))
                for mark, call in ((1, "a"), (-2, "b"))
            ]
            await asyncio.sleep(0.3)  # the second is doubted since 0.2, and its full window in work
            asked[1].cancel()
            await asyncio.wait(asked)
            await asyncio.sleep(2.0)
        assert asked[0].result().text == "1"
        assert (scheduler.counts.discarded, scheduler.counts.discarded_batches) == (1, 1)
        assert scheduler.discarded_s == pytest.approx(1.0)

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
        async with Scheduler(decoder, workers=1) as scheduler:
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
        async with Scheduler(decoder, max_batch=1, workers=1) as scheduler:
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
        async with Scheduler(decoder, workers=1) as scheduler:
            blocker = asyncio.create_task(scheduler.submit(sound(99), asks("blocker")))
            await asyncio.sleep(0.01)
            gone = asyncio.create_task(scheduler.submit(sound(1), asks("a")))
            await asyncio.sleep(0.01)
            gone.cancel()
            await blocker
            assert scheduler.waiting == 0
            assert scheduler.counts.withdrawn == 1
        assert decoder.batches == [[99]]

    virtual(main())


def test_a_full_line_refuses_but_makes_room_for_a_caller_who_waits():
    async def main():
        decoder = FakeDecoder()
        async with Scheduler(decoder, max_waiting=2, workers=1) as scheduler:
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


def test_where_a_batch_breaks_those_who_were_answered_before_keep_their_answers():
    async def main():
        decoder = FakeDecoder(early=True)
        usual = decoder._found

        def breaks(job):
            if job.call_id == "b":
                raise RuntimeError("out of memory")
            return usual(job)

        decoder._found = breaks
        async with Scheduler(decoder) as scheduler:
            answers = await asyncio.gather(
                *(scheduler.submit(sound(n), asks(call)) for n, call in enumerate("abc", 1)),
                return_exceptions=True,
            )
        assert [type(one) for one in answers] == [DecodeFailed, DecodeFailed, Recognition]
        assert scheduler.counts.failed == 2 and scheduler.counts.decoded == 1

    virtual(main())


def test_closing_refuses_whoever_waits_and_whoever_is_in_work():
    async def main():
        decoder = FakeDecoder(seconds=60)
        async with Scheduler(decoder, max_batch=1, workers=1) as scheduler:
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

        async with Scheduler(decoder, max_batch=2, workers=1, patience=6) as scheduler:
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


def test_short_utterances_do_not_wait_behind_full_windows_however_many_there_are():
    async def main():
        decoder = FakeDecoder(full_seconds=5.0)
        async with Scheduler(decoder, workers=2) as scheduler:
            slow = [asyncio.create_task(scheduler.submit(sound(-n), asks(f"slow {n}"))) for n in range(1, 5)]
            await asyncio.sleep(0.3)
            for number in range(1, 20):
                quick = await scheduler.submit(sound(number), asks("quick"))
                assert quick.queue_ms == 0
            await asyncio.gather(*slow)
        assert sorted(decoder.fulls) == [-4, -3, -2, -1]

    virtual(main())


def test_on_one_worker_a_full_window_waits_until_nothing_else_does_but_not_for_ever():
    async def main():
        decoder = FakeDecoder(full_seconds=5.0)
        async with Scheduler(decoder, workers=1, max_batch=1, patience=3) as scheduler:
            slow = asyncio.create_task(scheduler.submit(sound(-1), asks("slow")))
            await asyncio.sleep(0)
            others = [asyncio.create_task(scheduler.submit(sound(n), asks(f"call {n}"))) for n in range(1, 9)]
            await asyncio.gather(slow, *others)
            before = [batch[0] for batch in decoder.batches[:5]]
        assert decoder.fulls == [-1]
        assert before == [-1, 1, 2, 3, 4]
        answered = [task.result().queue_ms for task in others]
        assert answered[2] < 1000 < 5000 < answered[-1]

    virtual(main())


def test_a_speculation_that_needs_the_full_window_waits_for_idle_time_unless_it_is_confirmed():
    async def main():
        decoder = FakeDecoder(seconds=0.1, full_seconds=1.0)
        async with Scheduler(decoder, workers=2, max_batch=1, patience=100) as scheduler:
            guess = asyncio.create_task(scheduler.submit(sound(-1), asks("a", Priority.SPECULATIVE)))
            await asyncio.sleep(0.01)
            others = [asyncio.create_task(scheduler.submit(sound(n), asks(f"c{n}"))) for n in range(1, 30)]
            await asyncio.sleep(0.35)
            assert decoder.fulls == []
            confirmed = asyncio.create_task(scheduler.submit(sound(-1), asks("a")))
            await asyncio.sleep(0.11)
            assert decoder.fulls == [-1]
            assert (await guess).text == (await confirmed).text == "-1"
            await asyncio.gather(*others)

    virtual(main())


def test_work_for_nothing_is_counted_in_jobs_batches_and_seconds():
    async def main():
        decoder = FakeDecoder(seconds=0.1)
        async with Scheduler(decoder, workers=1) as scheduler:
            gone = asyncio.create_task(scheduler.submit(sound(1), asks("a", Priority.SPECULATIVE)))
            kept = asyncio.create_task(scheduler.submit(sound(2), asks("b")))
            await asyncio.sleep(0.05)
            gone.cancel()
            await kept
            assert (scheduler.counts.discarded, scheduler.counts.discarded_batches) == (1, 0)
            assert scheduler.discarded_s == pytest.approx(0.05)
            alone = asyncio.create_task(scheduler.submit(sound(3), asks("c", Priority.SPECULATIVE)))
            await asyncio.sleep(0.05)
            alone.cancel()
            await asyncio.sleep(0.1)
            assert (scheduler.counts.discarded, scheduler.counts.discarded_batches) == (2, 1)
            assert scheduler.busy_s == pytest.approx(0.2)
            assert scheduler.load().discarded_share == pytest.approx(0.75)
            decoder.broken = True
            with pytest.raises(DecodeFailed):
                await scheduler.submit(sound(4), asks("d"))
            assert scheduler.counts.discarded == 2

    virtual(main())


def test_how_long_a_decode_has_been_in_work_is_known_while_it_is():
    async def main():
        decoder = FakeDecoder(seconds=1.0, full_seconds=500.0)
        async with Scheduler(decoder) as scheduler:
            assert scheduler.in_work_s == 0.0
            hanging = asyncio.create_task(scheduler.submit(sound(-1), asks("a")))
            await asyncio.sleep(61.0)
            await scheduler.submit(sound(2), asks("b"))
            assert scheduler.in_work_s == pytest.approx(61.0)  # the full window began after the short one
            await hanging
            await asyncio.sleep(0)
            assert scheduler.in_work_s == 0.0

    virtual(main())


def test_partials_are_served_when_there_is_capacity_and_only_then():
    async def main():
        decoder = FakeDecoder(seconds=0.1)
        async with Scheduler(decoder, workers=2, max_batch=1, partial_limit=0.5) as scheduler:
            assert scheduler.load().spare
            assert (await scheduler.submit(sound(1), asks("idle", Priority.PARTIAL))).text == "1"

            busy = [asyncio.create_task(scheduler.submit(sound(n), asks(f"c{n}"))) for n in range(2, 120)]
            await asyncio.sleep(0.05)
            assert not scheduler.load().spare
            with pytest.raises(Overloaded, match="capacity"):
                await scheduler.submit(sound(200), asks("late", Priority.PARTIAL))
            assert scheduler.counts.no_capacity == 1
            await asyncio.gather(*busy)
            assert scheduler.load().utilisation > 0.6
            with pytest.raises(Overloaded, match="capacity"):  # idle at this moment, but not for long enough
                await scheduler.submit(sound(201), asks("late", Priority.PARTIAL))
            await asyncio.sleep(10)
            assert (await scheduler.submit(sound(202), asks("later", Priority.PARTIAL))).text == "202"

    virtual(main())


def test_the_load_tells_cost_and_waiting_times():
    async def main():
        decoder = FakeDecoder(seconds=0.5)
        async with Scheduler(decoder, workers=1, max_batch=1) as scheduler:
            second = 16_000
            await asyncio.gather(
                *(scheduler.submit(sound(n, 2 * second), asks(f"c{n}")) for n in range(1, 21))
            )
            load = scheduler.load()
        assert load.cost == pytest.approx(0.25)
        assert load.queue_p95_s == pytest.approx(9.5)
        assert load.workers == 1

    virtual(main())
