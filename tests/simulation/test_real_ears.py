"""Whole calls in virtual time with real ears: Silero hears the caller, Whisper writes down what they say."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from call_fakes import reply
from call_scene import AFTER_GREETING, Scene
from virtual_time import run

from core.events import LanguageChanged, TurnTimed, UtteranceHeard
from core.languages import Language
from models.protocols import Recognition, RecognitionRequest
from voice_gateway.audio import g711
from voice_gateway.audio.files import read_audio
from voice_gateway.carriers.simulated import HangUp, SimulatedLeg, Speak, Wait, WaitForReply

pytestmark = pytest.mark.models

SENTENCES = {
    Language.ZH: ("您好，请问我的包裹在哪里？", "包裹", "+8613800000000"),
    Language.EN: ("Hello, where is my parcel?", "parcel", "+14155550100"),
    Language.JA: ("すみません、注文した商品の状況を教えてください。", "注文", "+81312345678"),
    Language.KO: ("안녕하세요. 배송이 언제 되나요?", "배송", "+821012345678"),
}


@pytest.fixture(scope="module")
def voices(spoken_line):
    """Each sentence as a telephone carries it."""

    def over_the_line(language: Language) -> np.ndarray:
        return g711.decode(g711.encode(read_audio(spoken_line(SENTENCES[language][0], language))))

    return {language: over_the_line(language) for language in Language}


class RealEars:
    """The packaged decoder, without the threads and queues of its process."""

    def __init__(self, decoder) -> None:
        self._decoder = decoder

    async def recognise(self, audio: np.ndarray, request: RecognitionRequest) -> Recognition:
        from models.recognition.whisper import Utterance

        utterance = Utterance(audio, request)
        found = await asyncio.to_thread(lambda: self._decoder.decode([utterance])[0])
        return found or await asyncio.to_thread(self._decoder.decode_again, utterance)


@pytest.fixture(scope="module")
def ears(model_cache):
    from models.recognition.recogniser import load_whisper

    return RealEars(load_whisper(model_cache / "whisper-base"))


def scene_with(ears, tmp_path) -> Scene:
    from models.vad.silero import SileroVoiceActivity

    scene = Scene(tmp_path)
    scene.recogniser = ears
    scene.vad_model = SileroVoiceActivity(capacity=8)
    scene.vad_model.slots = scene.vad_model._taken
    scene.bot.answer = lambda heard: reply("I see.", language=heard.language)
    return scene


def test_each_language_is_heard_in_one_turn_over_a_noisy_line(ears, voices, tmp_path):
    for language, (_, word, caller) in SENTENCES.items():
        scene = scene_with(ears, tmp_path / language)
        leg = SimulatedLeg(
            [*AFTER_GREETING, Speak(voices[language]), WaitForReply(), HangUp()], caller=caller, noise=40
        )

        async def story(leg=leg, scene=scene):
            async with scene.open() as switchboard:
                await switchboard.answer(leg)

        run(story())
        (heard,) = scene.log.of(UtteranceHeard)
        assert heard.language == language and word in heard.text
        assert not scene.log.of(LanguageChanged)
        (begins_s, ends_s), (timed,) = leg.spoken[0], scene.log.of(TurnTimed)
        assert abs(heard.start_s - begins_s) < 0.35 and abs(heard.end_s - ends_s) < 0.35
        assert timed.end_of_turn_ms < 1000 and timed.gap_ms < 1200


def test_a_caller_who_changes_language_is_followed(ears, voices, tmp_path):
    scene = scene_with(ears, tmp_path)
    steps = [step for _ in range(2) for step in (Speak(voices[Language.JA]), WaitForReply(), Wait(1))]
    leg = SimulatedLeg([*AFTER_GREETING, *steps, HangUp()], caller=SENTENCES[Language.ZH][2])

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    assert [(e.before, e.after, e.reason) for e in scene.log.of(LanguageChanged)] == [("zh", "ja", "spoken")]
    assert [heard.language for heard in scene.bot.sessions[0].heard][-1] == "ja"


def test_noise_and_music_are_no_turns(ears, tmp_path):
    scene = scene_with(ears, tmp_path)
    rng = np.random.default_rng(1)
    hiss = rng.integers(-2500, 2500, 8000 * 3).astype(np.int16)
    t = np.arange(8000 * 3) / 8000
    hold_music = (5000 * np.sin(2 * np.pi * 440 * t) * (np.sin(2 * np.pi * 2 * t) > 0)).astype(np.int16)
    leg = SimulatedLeg([*AFTER_GREETING, Speak(hiss), Wait(1), Speak(hold_music), Wait(1), HangUp()])

    async def story():
        async with scene.open() as switchboard:
            await switchboard.answer(leg)

    run(story())
    assert not scene.log.of(UtteranceHeard)
