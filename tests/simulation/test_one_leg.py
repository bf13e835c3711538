"""One leg's listening by itself: what a turn costs, and what may not hold it up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest
from call_fakes import FakeRecogniser, LoudnessVad, Sentences
from virtual_time import VirtualTimeLoop, run

from core.languages import Language
from models.protocols import Priority
from voice_gateway import listening
from voice_gateway.happenings import Utterance
from voice_gateway.language_tracker import LanguageTracker
from voice_gateway.leg import FRAME_SAMPLES, LINE_RATE, Frame
from voice_gateway.listening import Listener
from voice_gateway.turns.echo import EchoGate
from voice_gateway.turns.vad_service import VadService


class Ears(FakeRecogniser):
    """Keeps the sounds that it was given."""

    def __init__(self, decode_s: float) -> None:
        super().__init__(Sentences(), decode_s)
        self.given: list[tuple[Priority, np.ndarray]] = []

    async def recognise(self, audio, request):
        self.given.append((request.priority, audio))
        return await super().recognise(audio, request)


@asynccontextmanager
async def leg(ears: Ears):
    """Yields a function that says a sentence and waits for the turn's end, and the turns so far."""
    heard: list[Utterance] = []
    now = asyncio.get_running_loop().time
    async with VadService(LoudnessVad()) as vad:
        listener = Listener(
            "call", vad=vad, recogniser=ears, tracker=LanguageTracker(Language.EN), media_now=now,
            post=lambda one: heard.append(one) if isinstance(one, Utterance) else None,
        )  # fmt: skip
        running = asyncio.create_task(listener.run())
        at = 0

        async def says(text: str, then_s: float = 3.0) -> None:
            nonlocal at
            sound = np.concatenate((ears.sentences.tone(text), np.zeros(round(then_s * LINE_RATE), np.int16)))
            for begin in range(0, len(sound), FRAME_SAMPLES):
                listener.frame(Frame(sound[begin : begin + FRAME_SAMPLES], at / LINE_RATE))
                at += FRAME_SAMPLES
                await asyncio.sleep(0.02)

        yield says, heard
        running.cancel()
        await asyncio.wait({running})
        listener.close()


def test_a_caller_is_heard_while_every_shared_thread_waits_for_a_disk(monkeypatch):
    at_once = VirtualTimeLoop.run_in_executor
    monkeypatch.setattr(
        VirtualTimeLoop,
        "run_in_executor",
        lambda loop, executor, work, *args: (
            loop.create_future() if executor is None else at_once(loop, executor, work, *args)
        ),
    )

    async def story():
        async with leg(Ears(0.1)) as (says, heard):
            await says("where is my parcel")
            assert [(one.text, one.lost) for one in heard] == [("where is my parcel", False)]

    run(story())


@pytest.mark.parametrize("decode_s", [0.1, 1.0])
def test_a_turn_that_was_tried_is_read_compared_and_resampled_once_however_busy_the_recogniser(
    monkeypatch, decode_s
):
    done: list[str] = []
    resample, may_be_ours = listening.resample, EchoGate.may_be_ours
    monkeypatch.setattr(listening, "resample", lambda *args: done.append("resampled") or resample(*args))
    monkeypatch.setattr(
        EchoGate, "may_be_ours", lambda *args: bool(done.append("compared")) or may_be_ours(*args)
    )
    ears = Ears(decode_s)

    async def story():
        async with leg(ears) as (says, heard):
            await says("where is my parcel")
            assert [one.text for one in heard] == ["where is my parcel"]

    run(story())
    assert sorted(done) == ["compared", "resampled"]
    confirmed = [Priority.CONFIRMED] if decode_s > 0.5 else []
    assert [priority for priority, _ in ears.given] == [Priority.SPECULATIVE, *confirmed]
    assert all(audio is ears.given[0][1] for _, audio in ears.given), "what is confirmed is the very sound"
