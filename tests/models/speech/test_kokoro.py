"""The packaged synthesiser with its real weights, as far as a telephone line lets one hear it."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from core.languages import Language
from models.protocols import BadRequest, Overloaded, Synthesiser
from models.speech.kokoro import KOKORO_RATE, LONGEST_TEXT, KokoroSynthesiser
from models.speech.voices import voice_names
from tests.models.speech.round_trip import Listener, measure
from tests.models.speech.sentences import PLAIN

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def synthesiser(model_cache):
    synthesiser = KokoroSynthesiser.from_assets(waiting=2)
    yield synthesiser
    synthesiser.close()


@pytest.fixture(scope="module")
def listener(model_cache):
    return Listener(model_cache / "whisper-base")


@pytest.mark.parametrize(
    ("language", "bound"),
    [(Language.ZH, 0.25), (Language.EN, 0.10), (Language.JA, 0.25), (Language.KO, 0.25)],
)
def test_a_recogniser_understands_it_over_the_telephone(synthesiser, listener, language, bound):
    figures = measure(synthesiser, listener, language, PLAIN[language][2:5])
    assert figures.sound_error <= bound


async def test_the_same_text_gives_the_same_samples_at_the_promised_level(synthesiser):
    assert isinstance(synthesiser, Synthesiser)
    first = await synthesiser.synthesise("お待ちください。", Language.JA)
    second = await synthesiser.synthesise("お待ちください。", Language.JA)
    assert np.array_equal(first.pcm, second.pcm)
    assert first.rate == KOKORO_RATE
    assert first.pcm.dtype == np.int16
    spoken = first.pcm[2_000:-3_000].astype(float) / 32768
    assert -25 < 20 * np.log10(np.sqrt(np.mean(spoken**2))) < -18
    assert 0.5 < first.seconds < 3


def test_every_voice_speaks(synthesiser):
    hello = {Language.ZH: "您好。", Language.EN: "Hello.", Language.JA: "はい。", Language.KO: "네."}
    for language, text in hello.items():
        rendered = [synthesiser.render(text, language, name).pcm for name in voice_names(language)]
        assert all(len(pcm) > KOKORO_RATE // 8 for pcm in rendered)
        assert len({pcm.tobytes() for pcm in rendered}) == len(rendered)


async def test_what_cannot_be_spoken_is_refused_or_silent(synthesiser):
    with pytest.raises(BadRequest, match="nobody"):
        await synthesiser.synthesise("Hello.", Language.EN, "nobody")
    with pytest.raises(BadRequest, match="characters"):
        await synthesiser.synthesise("a" * (LONGEST_TEXT + 1), Language.EN)
    for text in ("", "   ", "。。。", "🙂"):
        assert len((await synthesiser.synthesise(text, Language.ZH)).pcm) < KOKORO_RATE


async def test_beyond_its_queue_it_refuses_instead_of_growing(synthesiser):
    results = await asyncio.gather(
        *(synthesiser.synthesise("Hello.", Language.EN) for _ in range(6)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, Overloaded)]
    assert len(refused) == 3
    assert all(isinstance(result, Overloaded) or result.seconds > 0 for result in results)
