"""The measurement of turns, on sounds and models whose answers are known."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from rich.console import Console

from app import bench_turns
from app.settings import Settings
from core.languages import Language
from evals.bench import barge_ins, turns
from evals.bench.barge_ins import AT_S, Sound
from evals.bench.clips import Clip
from evals.bench.sounds import kept_in
from models.protocols import Recognition, Speech
from voice_gateway.leg import LINE_RATE
from voice_gateway.turns.echo import EchoGate
from voice_gateway.turns.endpointing import DIGITS, OPEN

EN = Language.EN


class Loudness:
    """Voice is what is loud."""

    def open(self) -> int:
        return 1

    def reset(self, slot: int) -> None: ...

    def close(self, slot: int) -> None: ...

    def probabilities(self, frames: np.ndarray, slots: list[int]) -> np.ndarray:
        return np.array([0.95 if np.abs(frame).max() > 1000 else 0.02 for frame in frames], np.float32)


class Ears:
    def __init__(self, probability: float) -> None:
        self.probability = probability

    def finished(self, audio: np.ndarray) -> float:
        return self.probability


def tone(seconds: float, rate: int) -> np.ndarray:
    return (6000 * np.sin(2 * np.pi * 500 * np.arange(round(seconds * rate)) / rate)).astype(np.int16)


def clip(*parts: float) -> Clip:
    """Tone and silence in turn."""
    sound = [
        tone(s, 16_000) if n % 2 == 0 else np.zeros(round(s * 16_000), np.int16) for n, s in enumerate(parts)
    ]
    return Clip("clip", EN, "words", np.concatenate(sound), True)


async def measured(
    probability: float | None, *parts: float, words: str | None = None, profile=OPEN, complete=None
):
    async def hear(sound, language):
        return words, language, 0.9

    model = None if probability is None else Ears(probability)
    found = await turns.measure(
        [clip(*parts)], Loudness(), model, hear if words else None, profile, lambda: None, complete
    )
    return {(one.kind, one.judge): one for one in found}


async def test_the_delay_is_that_of_the_profile_and_a_long_pause_cuts_off():
    found = await measured(None, 1.0, 0.7, 1.0)
    whole = found["whole", "silence"]
    assert whole.cut_off and len(whole.ends_s) == 2
    assert whole.delay_s == pytest.approx(OPEN.end_s, abs=0.05)
    assert found["paused", "silence"].cut_off


async def test_a_model_that_hears_the_pause_keeps_the_turn_whole():
    found = await measured(0.1, 1.0, 0.7, 1.0)
    one = found["whole", "model"]
    assert not one.cut_off and one.delay_s == pytest.approx(OPEN.unfinished_end_s, abs=0.05)
    assert [question.probability for question in one.questions] == [0.1, 0.1]


async def test_a_number_that_is_whole_ends_the_turn_early_and_half_of_it_does_not():
    whole = await measured(0.5, 1.0, words="104227", profile=DIGITS, complete=turns.order_number_said)
    half = await measured(0.5, 1.0, words="104", profile=DIGITS, complete=turns.order_number_said)
    assert whole["whole", "model and words"].questions[0].complete
    assert not half["whole", "model and words"].questions[0].complete
    quick, slow = (one["whole", "model and words"].delay_s for one in (whole, half))
    # The words come a little later than the silence that would do.
    assert DIGITS.complete_end_s <= quick < 0.6 and slow >= DIGITS.end_s - 0.06


async def test_words_count_beside_the_model():
    found = await measured(0.99, 1.0, words="where is my")
    assert found["whole", "model"].delay_s < 0.4
    assert found["whole", "model and words"].delay_s < 0.4, "the end was clear before the words came"
    found = await measured(0.8, 1.0, words="where is my")
    assert found["whole", "model and words"].delay_s == pytest.approx(OPEN.dangling_end_s, abs=0.05)


async def test_figures_follow_from_the_turns():
    found = list((await measured(0.99, 1.0, 0.7, 1.0)).values())
    figures = {(one.kind, one.judge): one for one in turns.figures(found)}
    assert figures["whole", "model"].cut_offs == 1 and figures["whole", "model"].questions == 2
    json = turns.as_json(found)
    assert len(json["turns"]) == 4 and len(json["endings"]) == 4


async def test_a_kept_sound_gives_the_same_figures_again(tmp_path):
    clips = [clip(1.0, 0.7, 1.0)]
    kept = await turns.measure(clips, Loudness(), None, None, OPEN, lambda: None, None, kept_in(tmp_path))
    entries = turns.as_json(kept)["turns"]
    assert len({one["file"] for one in entries}) == len(entries) == 2
    for one, entry in zip(kept, entries, strict=True):
        sound, rate = soundfile.read(tmp_path / entry["file"], dtype="int16")
        assert rate == LINE_RATE
        speech = turns.Speech(one.clip, one.language, one.kind, sound, one.end_s, entry["file"])
        assert await turns.follow(speech, turns.hops_of(Loudness(), sound), OPEN, "silence", None) == one
    not_kept = await turns.measure(clips, Loudness(), None, None, OPEN, lambda: None)
    assert [one.file for one in not_kept] == ["", ""] and list(tmp_path.iterdir()) == [tmp_path / "endings"]


class Voice:
    """Says everything as a tone."""

    def render(self, text, language, name):
        return Speech(tone(1.0 + len(text) / 100, 24_000), 24_000)

    def close(self): ...


async def test_the_command_keeps_every_sound_that_its_json_names(tmp_path, monkeypatch):
    folder, out = tmp_path / "speech", tmp_path / "kept"
    (folder / "en").mkdir(parents=True)
    soundfile.write(folder / "en" / "one.wav", tone(1.5, 16_000), 16_000)
    (folder / "en" / "transcripts.tsv").write_text("file\ttext\tkind\none.wav\twhere is it\treal\n")

    class Recogniser:
        async def recognise(self, audio, request):
            return Recognition("where is it", EN, {EN: 1.0}, -0.1, 0.9)

    @asynccontextmanager
    async def ears_for(settings):
        yield SimpleNamespace(recogniser=Recogniser())

    monkeypatch.setattr(bench_turns, "ears_for", ears_for)
    monkeypatch.setattr(bench_turns, "available", lambda asset: False)
    monkeypatch.setattr(bench_turns, "SileroVoiceActivity", lambda capacity: Loudness())
    monkeypatch.setattr(bench_turns, "KokoroSynthesiser", SimpleNamespace(from_assets=Voice))
    settings, quiet = Settings(data=tmp_path), Console(quiet=True)
    figures = tmp_path / "figures.json"
    done = await bench_turns.measure_turns(
        settings, quiet, folder, [EN], 5, "open", True, keep=out, json_file=figures
    )
    told = json.loads(figures.read_text())
    files = {one["file"] for one in (*told["turns"], *told["sounds"], *told["lines"].values())}
    assert (
        done == 0 and "" not in files and len({one["file"] for one in told["sounds"]}) == len(told["sounds"])
    )
    assert files == {path.relative_to(out).as_posix() for path in out.rglob("*.wav")}


LINE = (np.random.default_rng(3).normal(0, 2500, 6 * LINE_RATE)).astype(np.int16)


async def judged(kind, words: str, seconds: float):
    async def hear(sound, language):
        return words, language, 0.9

    pcm = barge_ins.over(LINE, tone(seconds, LINE_RATE))
    sound = Sound("sound", EN, kind, pcm, AT_S)
    return await barge_ins.judge(sound, LINE, "our line", Loudness(), hear)


async def test_a_backchannel_pauses_and_an_interruption_gets_the_floor():
    one = await judged("backchannel", "mhm", 1.5)
    assert one.gave_way_s is None and one.paused_s == pytest.approx(AT_S + 0.35, abs=0.1) and not one.wrong
    two = await judged("interruption", "I want a person", 1.5)
    assert two.gave_way_s is not None and two.gave_way_s < AT_S + 1.0 and not two.wrong
    (false,) = barge_ins.figures([await judged("backchannel", "I want a person", 1.5)])
    assert false.wrong == 1


@pytest.mark.parametrize("ours", [True, False])
async def test_words_of_our_line_are_judged_with_their_sound_as_in_a_call(monkeypatch, ours):
    monkeypatch.setattr(EchoGate, "may_be_ours", lambda self, sound, end_s: ours)
    one = await judged("echo", "our line", 1.5)
    assert (one.gave_way_s is None, one.reason) == (ours, "our own line heard back" if ours else "speech")


def test_sounds_are_the_same_for_the_same_seed():
    assert np.array_equal(barge_ins.cough(0.3, 4), barge_ins.cough(0.3, 4))
    assert len(barge_ins.drawn_out(tone(0.5, LINE_RATE), 3)) == 3 * 4000
