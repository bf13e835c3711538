"""Calls and the recognition scheduler together: trials are confirmed or discarded, and nothing is decoded twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager

from call_fakes import Sentences
from call_scene import AFTER_GREETING, ENGLISH, Scene
from virtual_time import run

from core.events import TurnTimed, UtteranceHeard
from core.languages import Language
from models.protocols import Priority, Recognition
from models.recognition.queue import Job
from models.recognition.scheduler import Answered, Scheduler
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Wait, WaitForReply
from voice_gateway.listening import ANSWER_WITHIN_S


class Ears:
    """A decoder that hears tones and takes its time; remembers the class of each job as it was answered."""

    def __init__(self, sentences: Sentences, seconds: float) -> None:
        self.sentences, self.seconds = sentences, seconds
        self.answered: list[tuple[str, Priority]] = []

    def group(self, samples: int) -> int:
        return 1

    async def decode(self, jobs: Sequence[Job], pressure: float, answered: Answered) -> list[Recognition]:
        await asyncio.sleep(self.seconds)
        answers = []
        for job in jobs:
            text = " ".join(text for text, _, _ in self.sentences.heard_in(job.audio) if text)
            self.answered.append((text, job.priority))
            answers.append(Recognition(text, Language.EN, {Language.EN: 1.0}, -0.1, 0.9, tokens=1))
        return answers

    async def decode_again(self, job: Job, pressure: float) -> Recognition:
        raise AssertionError("nothing here is doubtful")


class SharedRecogniser:
    def __init__(self, scheduler: Scheduler) -> None:
        self.recognise = scheduler.submit


@asynccontextmanager
async def sharing(scene: Scene, seconds: float, **options):
    ears = Ears(scene.sentences, seconds)
    async with Scheduler(ears, **options) as scheduler:  # type: ignore[arg-type]
        scene.recogniser = SharedRecogniser(scheduler)  # type: ignore[assignment]
        async with scene.open() as switchboard:
            yield switchboard, scheduler, ears


def test_a_trial_that_proves_right_is_confirmed_and_decoded_once(tmp_path):
    scene = Scene(tmp_path)
    leg = SimulatedLeg(
        [*AFTER_GREETING, scene.says("where is my parcel", 2.0), Wait(8), HangUp()], caller=ENGLISH
    )

    async def story():
        async with sharing(scene, 1.0, workers=1) as (switchboard, scheduler, ears):
            await switchboard.answer(leg)
            assert ears.answered == [("where is my parcel", Priority.CONFIRMED)]
            assert scheduler.counts.joined == 1
            assert scheduler.counts.discarded == 0

    run(story())
    assert [event.text for event in scene.log.of(UtteranceHeard)] == ["where is my parcel"]


def test_of_two_turns_that_have_ended_the_one_that_was_silent_longer_is_wanted_sooner(tmp_path):
    scene = Scene(tmp_path)
    scene.bot.listen = "digits"  # after the greeting, which is given a longer silence
    wanted: list[tuple[str, float]] = []

    async def story():
        async with sharing(scene, 1.5, workers=1) as (switchboard, scheduler, _):

            async def ask(audio, request):
                if request.priority is Priority.CONFIRMED:
                    wanted.append((scene.sentences.heard_in(audio)[0][0], request.deadline_s))
                return await scheduler.submit(audio, request)

            scene.recogniser.recognise = ask
            script = (
                scene.says("my number", 1.5),
                WaitForReply(),
                scene.says("1042", 1.5),
                WaitForReply(),
                HangUp(),
            )
            await switchboard.answer(SimulatedLeg([*AFTER_GREETING, *script], caller=ENGLISH))

    run(story())
    silences = [timed.end_of_turn_ms / 1000 for timed in scene.log.of(TurnTimed)]
    assert [text for text, _ in wanted] == ["my number", "1042"] and abs(silences[0] - silences[1]) > 0.4
    for (_, deadline_s), silence_s in zip(wanted, silences, strict=True):
        assert abs(ANSWER_WITHIN_S - silence_s - deadline_s) < 0.15


def test_what_was_decoded_for_a_pause_within_a_sentence_is_counted_as_discarded(tmp_path):
    scene = Scene(tmp_path)
    sentence = [scene.says("my lamp", 1.5), Wait(0.3), scene.says("is broken", 1.5)]
    leg = SimulatedLeg([*AFTER_GREETING, *sentence, Wait(8), HangUp()], caller=ENGLISH)

    async def story():
        async with sharing(scene, 0.5, workers=1) as (switchboard, scheduler, _):
            await switchboard.answer(leg)
            assert (scheduler.counts.discarded, scheduler.counts.discarded_batches) == (1, 1)
            assert 0.3 < scheduler.load().discarded_share < 0.6

    run(story())
    assert [event.text for event in scene.log.of(UtteranceHeard)] == ["my lamp is broken"]


def test_many_calls_through_one_busy_recogniser_lose_nothing(tmp_path):
    scene = Scene(tmp_path, max_calls=12)
    said = [f"sentence {number}" for number in range(12)]

    async def story():
        legs = [
            SimulatedLeg(
                [*AFTER_GREETING, Wait(0.3 * number), scene.says(text, 2.0), Wait(15), HangUp()],
                caller=ENGLISH,
            )
            for number, text in enumerate(said)
        ]
        async with sharing(scene, 0.8, workers=1, max_batch=4) as (switchboard, scheduler, ears):
            await asyncio.gather(*(switchboard.answer(leg) for leg in legs))
            heard = [text for text, _ in ears.answered if text]
            assert sorted(set(heard)) == sorted(said) and scheduler.waiting == 0

    run(story())
    assert sorted(event.text for event in scene.log.of(UtteranceHeard)) == sorted(said)
