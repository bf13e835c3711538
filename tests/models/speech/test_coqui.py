"""The Coqui adapter against a stand-in for the library's class; ``test_coqui_library`` has the real one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.languages import Language
from models.protocols import BadRequest, ModelError, Synthesiser
from models.speech.choice import SynthesiserChoice
from models.speech.coqui import LONGEST_TEXT, XTTS, CoquiSynthesiser
from models.speech.frames import Frame
from models.speech.phrases import ENGINE_VERSION


class Library:
    """The part of ``TTS.api.TTS`` that the adapter uses."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.is_multi_lingual = self.is_multi_speaker = True
        self.synthesizer = SimpleNamespace(output_sample_rate=24_000)
        self.asked: list[dict[str, str]] = []

    def to(self, device: str) -> Library:
        self.device = device
        return self

    def tts(self, **asked: str) -> list[float]:
        self.asked.append(asked)
        quiet = np.zeros(24_000)
        return list(np.concatenate([quiet, 0.01 * np.sin(np.arange(24_000) / 20), quiet]))


@pytest.fixture
def library():
    return Library(XTTS)


@pytest.fixture
def synthesiser(library):
    synthesiser = CoquiSynthesiser(
        {"bot": "Ana Florence", "own": "voices/own.wav"}, factory=lambda _: library
    )
    yield synthesiser
    synthesiser.close()


async def test_it_speaks_words_not_digits_with_the_librarys_language_codes(synthesiser, library):
    assert isinstance(synthesiser, Synthesiser)
    speech = await synthesiser.synthesise("2个", Language.ZH)
    assert library.asked == [{"text": "两个", "language": "zh-cn", "speaker": "Ana Florence"}]
    assert library.device == "cuda"
    assert speech.rate == 24_000
    assert 1.0 <= speech.seconds < 1.2
    assert -21 < 20 * np.log10(np.sqrt(np.mean((speech.pcm[2_000:-4_000] / 32768) ** 2))) < -19


async def test_a_voice_may_be_a_recording(synthesiser, library):
    await synthesiser.synthesise("Hello.", Language.EN, "own")
    assert library.asked[0]["speaker_wav"] == "voices/own.wav"


async def test_a_piece_is_spoken_alone(synthesiser, library):
    await synthesiser.synthesise(Frame(("one,", "four,", "two,")).piece(1), Language.EN)
    assert library.asked[0]["text"] == "four"


async def test_a_model_of_one_voice_and_language_is_asked_for_neither(synthesiser, library):
    library.is_multi_lingual = library.is_multi_speaker = False
    await synthesiser.synthesise("Hello.", Language.EN)
    assert library.asked == [{"text": "Hello."}]


async def test_what_it_cannot_speak_is_refused(synthesiser):
    with pytest.raises(BadRequest, match="nobody"):
        await synthesiser.synthesise("Hello.", Language.EN, "nobody")
    with pytest.raises(BadRequest, match="characters"):
        await synthesiser.synthesise("a" * (LONGEST_TEXT + 1), Language.EN)


def test_a_bot_voice_is_needed():
    with pytest.raises(ModelError, match="bot"):
        CoquiSynthesiser({}, factory=Library)


def test_phrases_are_looked_for_under_the_name_that_the_synthesiser_gives_them(library):
    choice = SynthesiserChoice("coqui", XTTS, {"bot": "Ana Florence"})
    synthesiser = CoquiSynthesiser(choice.voices, model=choice.model, factory=lambda _: library)
    assert choice.version == synthesiser.version
    assert SynthesiserChoice().version == ENGINE_VERSION != choice.version
    synthesiser.close()


def test_the_licence_of_xtts_is_said_aloud(caplog):
    CoquiSynthesiser({"bot": "x"}, factory=Library).close()
    assert "non-commercial" in caplog.text
