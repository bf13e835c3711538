"""The packaged synthesiser with its real weights, as far as a telephone line lets one hear it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest

from core.languages import Language
from models.protocols import BadRequest, Overloaded, Synthesiser
from models.speech.composition import as_heard, join, plan
from models.speech.cutting import LEVEL_SLACK_DB
from models.speech.kokoro import KOKORO_RATE, LONGEST_TEXT, KokoroSynthesiser
from models.speech.levels import at_rate, spoken_level
from models.speech.voices import voice_names
from tests.models.speech.round_trip import Figures, Listener, over_the_line

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def synthesiser(model_cache):
    synthesiser = KokoroSynthesiser.from_assets(waiting=2)
    yield synthesiser
    synthesiser.close()


@pytest.fixture(scope="module")
def listener(model_cache):
    return Listener(model_cache / "whisper-base")


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


def test_the_voices_speak_and_differ(synthesiser):
    hello = {Language.ZH: "您好。", Language.EN: "Hello.", Language.JA: "はい。", Language.KO: "네."}
    for language, text in hello.items():
        # The bot's is heard in every test of this file.
        rendered = [synthesiser.render(text, language, name).pcm for name in voice_names(language)[-2:]]
        assert all(len(pcm) > KOKORO_RATE // 8 for pcm in rendered)
        assert len({pcm.tobytes() for pcm in rendered}) == len(rendered)


@pytest.mark.parametrize(
    ("language", "clause", "bound"),
    [
        (Language.ZH, "订单 {} 已经发货。", 0.25),
        (Language.EN, "Order {} has shipped.", 0.10),
        (Language.JA, "ご注文 {} は発送済みです。", 0.25),
        (Language.KO, "상품은 11월 24일 도착 예정입니다.", 0.25),
    ],
)
def test_pieces_that_meet_do_not_click_and_a_recogniser_understands_them_over_the_telephone(
    synthesiser, listener, language, clause, bound
):
    # Digits of one list alone: two frames are rendered, the carrier's and the list's.
    number = {Language.EN: "1 0 4 2 2 7"}.get(language, "0 1 0 4 0 7")
    planned = plan(clause.format(number), language)
    sounds = []
    for part in planned.parts:
        speech = synthesiser.render(part.piece, language)
        assert 0.08 < speech.seconds < 2.5, part.piece
        sounds.append(at_rate(speech.pcm, speech.rate, 8_000))
    levels = [spoken_level((sound / 32768).astype(np.float32), 8_000) for sound in sounds]
    # Levelled at 24 kHz: 零七 with the whole of its two consonants loses 1.15 dB to the telephone line.
    assert max(abs(level + 20) for level in levels) <= LEVEL_SLACK_DB + 1.3
    assert max(abs(right - left) for left, right in pairwise(levels)) <= 2 * LEVEL_SLACK_DB + 1
    whole = join(planned.parts, sounds, 8_000, language).astype(float) / 32768
    steps = np.abs(np.diff(whole))
    at = 160
    for part, sound in zip(planned.parts, as_heard(planned.parts, sounds, 8_000, language), strict=True):
        at += round(part.gap_s * 8_000)
        for edge in (at, at + len(sound)):
            assert steps[max(0, edge - 8) : edge + 8].max(initial=0.0) < 0.05, "a click at the joint"
        at += len(sound)
    figures = Figures()
    spoken = over_the_line(join(planned.parts, sounds, 8_000, language))
    figures.add(clause.format(number), listener(spoken, language), language)
    assert figures.sound_error <= bound


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
