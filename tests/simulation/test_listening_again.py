"""What a killed call did not come to write down is found in its recording."""

from __future__ import annotations

import numpy as np
import pytest
from call_fakes import FakeRecogniser, LoudnessVad, Sentences, sound_of

from core.languages import Language
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.listening_again import ListeningAgain
from voice_gateway.turns.vad_service import VadService


def quiet(seconds: float) -> Pcm:
    return np.zeros(round(seconds * LINE_RATE), np.int16)


@pytest.fixture
async def again():
    """Ears with a recogniser that knows the sentences of its test."""
    recogniser = FakeRecogniser(Sentences(), decode_s=0.01)
    async with VadService(LoudnessVad(), tick_s=0.002) as vad:
        ear = ListeningAgain(vad, recogniser, list(Language), lambda language: (), words_limit_s=1.0)
        yield ear, recogniser, vad


async def test_each_turn_is_found_at_its_place_and_also_one_that_was_cut_off(again):
    ear, recogniser, _ = again
    tone = recogniser.sentences.tone
    first, second, third = tone("where is my parcel", 1.2), tone("it is late", 1.0), tone("and my lamp", 0.8)
    sound = np.concatenate([quiet(0.5), first, quiet(2.0), second, quiet(1.5), third])
    found = await ear.listen("call", sound, 20.0, Language.EN)
    assert [one.text for one in found] == ["where is my parcel", "it is late", "and my lamp"]
    assert [one.start_s for one in found] == [pytest.approx(at, abs=0.15) for at in (20.5, 23.7, 26.2)]


async def test_silence_holds_no_turn_and_gives_its_place_back(again):
    ear, _, vad = again
    assert await ear.listen("call", quiet(8.0), 0.0, Language.KO) == []
    assert not vad._streams


async def test_words_of_models_that_are_away_are_lost_and_said_so(again):
    ear, recogniser, _ = again
    recogniser.away = True
    (one,) = await ear.listen(
        "call", np.concatenate([recogniser.sentences.tone("hello"), quiet(2)]), 3.0, Language.EN
    )
    assert one.lost and one.start_s == pytest.approx(3.0, abs=0.1)


async def test_our_own_line_that_came_back_is_nobodys(again):
    ear, _, _ = again
    ours = np.concatenate([quiet(0.5), sound_of("Your parcel is on its way to Osaka."), quiet(2.0)])
    echo = np.concatenate([quiet(0.1), ours[:-800]]) // 3
    assert await ear.listen("call", echo, 0.0, Language.EN, ours, "Your parcel is on its way to Osaka.") == []
