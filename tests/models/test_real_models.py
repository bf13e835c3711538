"""The packaged recogniser and voice activity on speech that the packaged voice has made."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from core.languages import Language
from models.protocols import (
    BadRequest,
    Priority,
    Recogniser,
    Recognition,
    RecognitionRequest,
    VoiceActivity,
)
from models.recognition.decoder_session import DecoderSession
from models.recognition.decoding import Utterance
from models.recognition.encoder_session import EncoderSession
from models.recognition.recogniser import WhisperRecogniser, load_whisper
from models.recognition.window import window_frames
from models.vad.silero import FRAME, SileroVoiceActivity

pytestmark = pytest.mark.models

ALL = dict.fromkeys(Language, 1.0)
SENTENCES = {
    Language.ZH: ("您好，请问我的包裹在哪里？", "包裹"),
    Language.EN: ("Hello, where is my parcel?", "parcel"),
    Language.JA: ("荷物はいつ届きますか。", "荷物"),
    # Not "배송이 언제 되나요?": that a Korean says this is as good as a guess, in this voice with either engine.
    Language.KO: ("안녕하세요. 배송 상태를 알고 싶습니다.", "배송"),
}


@pytest.fixture(scope="module")
def sound_of(spoken_line):
    """A sentence of a language as int16 at 16 kHz."""
    import soundfile
    import soxr

    def sound(text, language):
        pcm, rate = soundfile.read(spoken_line(text, language), dtype="float32")
        return (soxr.resample(pcm, rate, 16_000) * 32767).astype(np.int16)

    return sound


@pytest.fixture(scope="module")
def spoken(sound_of):
    """The sentence of each language."""
    return {one: sound_of(text, one) for one, (text, _) in SENTENCES.items()}


@pytest.fixture(scope="module")
def decoders(model_cache):
    """By engine."""
    return {one: load_whisper(model_cache / "whisper-base", engine=one) for one in ("ctranslate2", "onnx")}


@pytest.fixture(params=["ctranslate2", "onnx"])
def decoder(decoders, request):
    return decoders[request.param]


@pytest.fixture
async def recogniser(decoder):
    async with WhisperRecogniser(decoder) as recogniser:
        yield recogniser


async def test_four_languages_are_recognised_in_one_batch(recogniser, spoken):
    assert isinstance(recogniser, Recogniser)
    heard = await asyncio.gather(
        *(
            recogniser.recognise(audio, RecognitionRequest(f"call {one}", ALL))
            for one, audio in spoken.items()
        )
    )
    for (language, (_, word)), answer in zip(SENTENCES.items(), heard, strict=True):
        assert answer.language is language
        assert word in answer.text
        assert answer.confidence > 0.4
        assert sum(answer.language_scores.values()) == pytest.approx(1.0)
        assert answer.tokens > 0


async def test_short_and_full_window_agree_on_clear_speech(decoder, spoken):
    utterance = Utterance(spoken[Language.EN], RecognitionRequest("c", {Language.EN: 1.0}))
    short = decoder.decode([utterance])[0]
    full = decoder.decode_full(utterance)
    assert isinstance(short, Recognition)
    assert short.text == full.text


def test_both_engines_are_as_sure_of_the_text_and_the_language(decoders, spoken):
    utterances = [Utterance(audio, RecognitionRequest("c", ALL)) for audio in spoken.values()]
    by_one, by_other = (decoder.decode(utterances) for decoder in decoders.values())
    for one, other in zip(by_one, by_other, strict=True):
        # One of them looks at half of the silence only, which is most of a window with a short sentence.
        assert other.mean_logprob == pytest.approx(one.mean_logprob, abs=0.1)
        assert other.language_scores == pytest.approx(one.language_scores, abs=0.1)


@pytest.mark.parametrize(("words", "full", "merged"), [(False, False, 1), (True, False, 0), (False, True, 0)])
def test_silence_is_merged_neither_in_the_full_window_nor_for_the_times_of_words(
    decoders, spoken, monkeypatch, words, full, merged
):
    decoder, calls = decoders["onnx"], []
    usual = EncoderSession.heard

    def heard(self, mel, frames):
        calls.append(frames)
        return usual(self, mel, frames)

    monkeypatch.setattr(EncoderSession, "heard", heard)
    asked = Utterance(spoken[Language.EN], RecognitionRequest("c", {Language.EN: 1.0}, words=words))
    answer = decoder.decode_full(asked) if full else decoder.decode([asked])[0]
    assert "parcel" in answer.text
    assert calls == [800] * merged


def test_a_search_nobody_waits_for_ends_at_once_and_its_neighbour_is_heard_to_the_end(
    decoders, spoken, monkeypatch
):
    decoder, rows = decoders["onnx"], []
    usual = DecoderSession.step

    def step(self, memory, past, order, tokens):
        rows.append(len(order))
        return usual(self, memory, past, order, tokens)

    monkeypatch.setattr(DecoderSession, "step", step)
    request = RecognitionRequest("c", {Language.EN: 1.0})
    audio = spoken[Language.EN]
    (alone,) = decoder.decode([Utterance(audio, request)])
    steps = len(rows)
    rows.clear()
    asked = iter([True, True])
    gone = Utterance(audio, request, lambda: next(asked, False))
    decoder.decode([gone])
    assert len(rows) == 2 + 2 < steps  # the two of the prompt, and two of the search
    asked = iter([True, True])
    rows.clear()
    _, neighbour = decoder.decode([gone, Utterance(audio, request)])
    assert neighbour.text == alone.text
    assert rows[3] == 2 * rows[4], "one of the two has left"


def test_in_a_batch_each_is_answered_when_its_own_search_ends(decoders, spoken, sound_of, monkeypatch):
    decoder, steps, told = decoders["onnx"], [], []
    long = sound_of(
        "I have moved to another street, so I would like to change the address of my order, please, before it is sent on Friday.",
        Language.EN,
    )
    assert window_frames(len(spoken[Language.EN])) < window_frames(len(long))
    request = RecognitionRequest("c", {Language.EN: 1.0})
    batch = [Utterance(audio, request) for audio in (long, spoken[Language.EN])]
    usual = DecoderSession.step

    def step(self, *given):
        steps.append(1)
        return usual(self, *given)

    monkeypatch.setattr(DecoderSession, "step", step)
    together = decoder.decode(batch, answered=lambda place, answer: told.append((place, answer, len(steps))))
    (first, _, early), (last, _, late) = told
    assert (first, last) == (1, 0) and early < late == len(steps)
    assert [answer for _, answer, _ in reversed(told)] == together
    assert "address" in together[0].text and "parcel" in together[1].text


async def test_words_have_times_and_confidence_where_they_are_asked_for(recogniser, spoken):
    audio = np.concatenate([np.zeros(8_000, np.int16), spoken[Language.EN]])
    answer = await recogniser.recognise(audio, RecognitionRequest("c", {Language.EN: 1.0}, words=True))
    assert answer.words is not None
    assert "parcel" in answer.words[-1].text
    assert [word.start_s for word in answer.words] == sorted(word.start_s for word in answer.words)
    assert 0.3 < answer.words[0].start_s < 1.0
    assert answer.words[-1].end_s <= len(audio) / 16_000 + 0.1
    assert all(0 <= word.confidence <= 1 for word in answer.words)
    without = await recogniser.recognise(audio, RecognitionRequest("d", {Language.EN: 1.0}))
    assert without.words is None and without.text == answer.text


async def test_only_an_allowed_language_is_chosen(recogniser, spoken):
    request = RecognitionRequest("c", {Language.JA: 1.0, Language.KO: 1.0, Language.ZH: 0.0})
    answer = await recogniser.recognise(spoken[Language.ZH], request)
    assert answer.language in (Language.JA, Language.KO)
    assert Language.ZH not in answer.language_scores


@pytest.mark.parametrize("kind", ["digital silence", "line noise", "hum", "clicks"])
@pytest.mark.parametrize("priority", [Priority.CONFIRMED, Priority.PARTIAL])
async def test_nothing_is_heard_where_nobody_speaks(recogniser, kind, priority):
    rng, time = np.random.default_rng(1), np.arange(32_000) / 16_000
    audio = {
        "digital silence": np.zeros(32_000),
        "line noise": rng.standard_normal(32_000) * 300,
        "hum": np.sin(2 * np.pi * 50 * time) * 3000,
        "clicks": (rng.random(32_000) < 0.0005) * 12_000.0,
    }[kind].astype(np.int16)
    answer = await recogniser.recognise(audio, RecognitionRequest("c", ALL, priority=priority))
    assert answer.text == ""
    assert answer.confidence == 0.0


async def test_audio_of_a_wrong_kind_is_refused(recogniser):
    request = RecognitionRequest("c", ALL)
    with pytest.raises(BadRequest, match="int16"):
        await recogniser.recognise(np.zeros(100, np.float32), request)
    with pytest.raises(BadRequest, match="30 s"):
        await recogniser.recognise(np.zeros(31 * 16_000, np.int16), request)


async def test_an_empty_piece_of_audio_is_silence(recogniser):
    assert (await recogniser.recognise(np.zeros(0, np.int16), RecognitionRequest("c", ALL))).text == ""


def _frames(audio16: np.ndarray) -> np.ndarray:
    import soxr

    audio = soxr.resample(audio16.astype(np.float32) / 32768, 16_000, 8000)
    return audio[: len(audio) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float32)


def test_voice_activity_tells_speech_from_noise(model_cache, spoken):
    activity = SileroVoiceActivity()
    assert isinstance(activity, VoiceActivity)
    noise = (np.random.default_rng(2).standard_normal((60, FRAME)) * 0.01).astype(np.float32)
    slot = activity.open()
    assert max(float(activity.probabilities(frame[None], [slot])[0]) for frame in noise) < 0.5
    for audio in spoken.values():
        activity.reset(slot)
        heard = [float(activity.probabilities(frame[None], [slot])[0]) for frame in _frames(audio)]
        assert max(heard) > 0.8
        assert np.mean(np.array(heard) > 0.5) > 0.3


def test_a_batch_hears_what_each_call_would_hear_alone(model_cache, spoken):
    calls = [_frames(audio)[:30] for audio in spoken.values()]
    length = min(map(len, calls))
    alone = []
    for call in calls:
        activity = SileroVoiceActivity()
        slot = activity.open()
        alone.append([float(activity.probabilities(frame[None], [slot])[0]) for frame in call[:length]])
    activity = SileroVoiceActivity(capacity=2)  # it grows
    slots = [activity.open() for _ in calls]
    together = []
    for tick in range(length):
        order = np.random.default_rng(tick).permutation(len(calls))
        frames = np.stack([calls[one][tick] for one in order])
        answers = dict(zip(order, activity.probabilities(frames, [slots[one] for one in order]), strict=True))
        together.append([float(answers[one]) for one in range(len(calls))])
    assert np.allclose(np.array(together).T, np.array(alone), atol=1e-3)


def test_slots_are_checked_and_given_back(model_cache):
    activity = SileroVoiceActivity(capacity=1)
    slot = activity.open()
    frame = np.zeros((1, FRAME), np.int16)
    assert activity.probabilities(frame, [slot]).shape == (1,)
    with pytest.raises(ValueError, match="shape"):
        activity.probabilities(np.zeros((1, 100), np.float32), [slot])
    with pytest.raises(ValueError, match="differ"):
        activity.probabilities(np.zeros((2, FRAME), np.float32), [slot, slot])
    activity.close(slot)
    activity.close(slot)
    with pytest.raises(ValueError, match="open"):
        activity.probabilities(frame, [slot])
    assert activity.open() == slot
    assert activity.probabilities(np.zeros((0, FRAME), np.float32), []).shape == (0,)
