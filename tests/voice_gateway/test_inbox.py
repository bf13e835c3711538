"""What wakes who waits for a call's happenings."""

import asyncio

import pytest

from voice_gateway.happenings import NoiseOver, VoiceHeard
from voice_gateway.inbox import Inbox


async def _waits(inbox: Inbox, *, voice: bool) -> asyncio.Task[None]:
    waiting = asyncio.create_task(inbox.arrived(voice=voice))
    await asyncio.sleep(0)
    return waiting


@pytest.mark.parametrize("voice", [True, False])
async def test_voice_alone_wakes_only_who_wants_to_know_of_it(voice: bool) -> None:
    inbox = Inbox()
    waiting = await _waits(inbox, voice=voice)
    inbox.post(VoiceHeard(0.0, 0.032, 0.032))
    await asyncio.sleep(0.01)
    assert waiting.done() == voice
    inbox.post(NoiseOver(0.0))
    await asyncio.wait_for(waiting, 1.0)
    assert inbox.take() == VoiceHeard(0.0, 0.032, 0.032), "nothing is lost by it"
    assert inbox.take() == NoiseOver(0.0)


async def test_voice_that_came_before_the_wait_is_taken_at_once() -> None:
    inbox = Inbox()
    inbox.post(VoiceHeard(0.0, 0.032, 0.032))
    await asyncio.wait_for(inbox.arrived(voice=True), 1.0)
    assert isinstance(inbox.take(), VoiceHeard)
