"""The voice benchmark's arithmetic, and one run with fakes in place of the models."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from rich.console import Console

from app import bench_voice
from app.settings import Settings
from core.languages import Language
from evals.bench import voice
from evals.bench.voice_sentences import NAMES, SENTENCES
from models.protocols import Recognition, Speech
from models.speech.phrases import PhraseCache
from models.speech.speaker import Speaker

EN, ZH, JA, KO = Language.EN, Language.ZH, Language.JA, Language.KO


@pytest.mark.parametrize(
    ("language", "said", "heard"),
    [
        (EN, "Order 1 0 4 2 2 7 has shipped.", "order one zero four two two seven has shipped"),
        (EN, "Order 1 0 4 2 2 7 has shipped.", "Order 104-227 has shipped."),
        (EN, "The total is $358.", "The total is three hundred fifty-eight dollars"),
        (ZH, "订单 1 0 4 2 2 7 已经发货。", "订单104227已经发货"),
        (ZH, "您的包裹预计11月24日送达。", "您的包裹预计十一月二十四日送达"),
        (JA, "ご注文 1 0 4 2 2 7 は発送済みです。", "ご注文104227は発送済みです"),
        (KO, "주문 1 0 4 2 2 7 건은 발송되었습니다.", "주문 104227건은 발송되었습니다."),
    ],
)
def test_a_number_is_right_however_it_is_written(language, said, heard):
    assert voice.wrong_units(said, heard, language)[0] == 0


def test_a_wrong_digit_is_one_error():
    wrong, length = voice.wrong_units("Order 1 0 4 2 2 7 has shipped.", "Order 1 0 4 2 8 7 has shipped.", EN)
    assert (wrong, length) == (1, 9)


@pytest.mark.parametrize("hertz", [90, 180, 310])
def test_pitch_is_found_in_a_voiced_stretch_and_not_in_noise(hertz):
    at = np.arange(720) / 8_000
    voiced = sum(np.sin(2 * np.pi * hertz * k * at) / k for k in (1, 2, 3))
    assert voice.pitch(voiced) == pytest.approx(hertz, rel=0.05)
    assert voice.pitch(np.random.default_rng(1).normal(size=720)) == 0.0
    assert voice.pitch(np.zeros(720)) == 0.0


class Voice:
    """Every text is a tone, longer texts longer; those that end a piece are louder."""

    async def synthesise(self, text, language, voice=None):
        level = 3_000 if text.endswith("⟧") else 2_000
        wave = level * np.sin(np.arange(900 + 20 * len(text)) * 2 * np.pi * 200 / 8_000)
        return Speech(wave.astype(np.int16), 8_000)


class Ears:
    """Hears the first sentence always."""

    async def recognise(self, audio, request):
        (language,) = request.languages
        return Recognition(SENTENCES[language][0][1], language, {language: 1.0}, -0.1, 0.9)


async def test_a_run_gives_every_sentence_both_ways_and_every_joint(tmp_path):
    composing = Speaker(Voice(), PhraseCache(tmp_path / "pieces"), names=NAMES)
    plain = Speaker(Voice(), PhraseCache(tmp_path / "whole"), composes=False)
    ticks = []
    said = await voice.speak_and_listen(composing, plain, Ears(), EN, lambda: ticks.append(1))
    assert len(said) == len(SENTENCES[EN]) == len(ticks)
    assert said[0].composed_edits == said[0].whole_edits == 0 < said[1].composed_edits
    assert all(one.composed_share == 1.0 for one in said), "an English sentence was not composed"
    joints = [joint for _, text in SENTENCES[EN] for joint in voice.joints(composing, text, EN, NAMES[EN])]
    result = voice.judge(said, joints)
    assert result.difference.value == 0.0
    assert result.joints == len(joints) > 40
    assert 0 < result.level_db_p95 < 5
    assert result.step_largest < 0.1
    figures = voice.as_json([result], said, joints)
    assert len(figures["joints"]) == len(joints) and figures["sentences"][0]["kind"] == "digits"
    # A second run finds all of it rendered, and must still compare the two ways.
    assert await voice.speak_and_listen(composing, plain, Ears(), EN, lambda: None) == said
    await composing.close()
    await plain.close()


async def test_every_sentence_is_kept_both_ways_under_the_names_that_the_json_tells(tmp_path, monkeypatch):
    @asynccontextmanager
    async def ears_for(settings):
        yield SimpleNamespace(recogniser=Ears())

    @asynccontextmanager
    async def voice_for(needed):
        yield Voice()

    monkeypatch.setattr(bench_voice, "ears_for", ears_for)
    monkeypatch.setattr(bench_voice, "voice_for", voice_for)
    settings = Settings(data=tmp_path / "data", model_cache=tmp_path / "cache")
    out, figures = tmp_path / "kept", tmp_path / "figures.json"
    await bench_voice.voice(settings, Console(quiet=True), [EN], keep=out, json_file=figures)
    told = json.loads(figures.read_text())
    files = [(one["composed_file"], one["composed_s"]) for one in told["sentences"]]
    files += [(one["whole_file"], one["whole_s"]) for one in told["sentences"]]
    assert len(dict(files)) == 2 * len(SENTENCES[EN]) == len(list(out.iterdir()))
    for file, seconds in files:
        assert soundfile.info(out / file).duration == pytest.approx(seconds, abs=0.006)
    assert {one["file"] for one in told["joints"]} <= {one["composed_file"] for one in told["sentences"]}
    assert all(one["left"] and one["right"] and one["file"] for one in told["joints"])
    # The sound itself, as it was judged: heard again, it has as many errors.
    first = told["sentences"][0]
    sound, rate = soundfile.read(out / first["composed_file"], dtype="int16")
    heard = await voice._heard(Ears(), sound, EN)
    assert rate == voice.LINE_RATE and heard == first["composed"]
    assert voice.wrong_units(first["text"], heard, EN) == (first["composed_edits"], first["length"])


async def test_two_ways_that_share_a_cache_are_not_compared(tmp_path):
    cache = PhraseCache(tmp_path)
    composing, plain = Speaker(Voice(), cache, names=NAMES), Speaker(Voice(), cache, composes=False)
    await voice.speak_and_listen(composing, plain, Ears(), EN, lambda: None)
    with pytest.raises(RuntimeError, match="not apart"):
        await voice.speak_and_listen(composing, plain, Ears(), EN, lambda: None)
    await composing.close()
    await plain.close()
