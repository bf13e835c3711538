"""The cache of rendered phrases."""

from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest

from core.languages import Language
from models.speech import phrases
from models.speech.phrases import PhraseCache

ZH = Language.ZH
VERSION = "engine/1"


def tone(samples: int = 8_000, hertz: float = 440.0, rate: int = 8_000) -> np.ndarray:
    return (np.sin(2 * np.pi * hertz * np.arange(samples) / rate) * 8_000).astype(np.int16)


def test_what_was_put_is_got_by_another_cache_on_the_same_folder(tmp_path):
    kept = PhraseCache(tmp_path).put("您好。", ZH, "bot", VERSION, tone(), 8_000)
    assert np.array_equal(PhraseCache(tmp_path).get("您好。", ZH, "bot", VERSION), kept)


@pytest.mark.parametrize(
    "other",
    [
        ("您好！", ZH, "bot", VERSION),
        ("您好。", Language.JA, "bot", VERSION),
        ("您好。", ZH, "b", VERSION),
        ("您好。", ZH, "bot", "2"),
    ],
)
def test_text_language_voice_and_version_all_count(tmp_path, other):
    cache = PhraseCache(tmp_path)
    cache.put("您好。", ZH, "bot", VERSION, tone(), 8_000)
    assert cache.get(*other) is None


def test_no_voice_is_the_default_voice(tmp_path):
    cache = PhraseCache(tmp_path)
    cache.put("您好。", ZH, None, VERSION, tone(), 8_000)
    assert cache.get("您好。", ZH, "bot", VERSION) is not None


def test_audio_is_brought_to_the_line_and_what_the_line_cannot_carry_is_filtered_out(tmp_path):
    cache = PhraseCache(tmp_path)
    line = cache.put("a", ZH, None, VERSION, tone(24_000, 1_000, 24_000), 24_000)
    assert abs(len(line) - 8_000) <= 1
    assert np.abs(line[1_000:-1_000]).max() > 7_000
    # 6 kHz would fold back to 2 kHz if it were not filtered out first.
    folded = cache.put("b", ZH, None, VERSION, tone(24_000, 6_000, 24_000), 24_000)
    assert np.abs(folded[1_000:-1_000].astype(int)).max() < 50


def test_the_least_recently_used_phrase_goes_first_and_pinned_ones_stay(tmp_path):
    size = 8_000 * 2 + 44
    cache = PhraseCache(tmp_path, largest_bytes=3 * size)
    cache.put("pinned", ZH, None, VERSION, tone(), 8_000, pinned=True)
    for at, text in enumerate(["a", "b", "c"]):
        cache.put(text, ZH, None, VERSION, tone(), 8_000)
        path = tmp_path / "recent" / f"{cache.key(text, ZH, None, VERSION)}.wav"
        os.utime(path, (1_000 + at, 1_000 + at))
    cache.get("a", ZH, None, VERSION)
    cache.put("d", ZH, None, VERSION, tone(), 8_000)
    there = [text for text in ["pinned", "a", "b", "c", "d"] if cache.has(text, ZH, None, VERSION)]
    assert there == ["pinned", "a", "c", "d"]


def test_a_kept_phrase_can_be_pinned(tmp_path):
    cache = PhraseCache(tmp_path)
    assert not cache.pin("a", ZH, None, VERSION)
    cache.put("a", ZH, None, VERSION, tone(), 8_000)
    assert cache.pin("a", ZH, None, VERSION)
    assert cache.pin("a", ZH, None, VERSION)
    assert cache.has("a", ZH, None, VERSION, pinned=True)
    assert cache.unpin_unwanted() == 0


def test_what_nobody_has_wanted_for_long_is_pinned_no_more_but_still_there(tmp_path):
    cache = PhraseCache(tmp_path, largest_bytes=20_000)
    for text in ("old", "said again", "rendered again"):
        cache.put(text, ZH, None, VERSION, tone(), 8_000, pinned=True)
        os.utime(file_of(cache, tmp_path, text), (1_000, 1_000))
    assert cache.wanted("said again", ZH, None, VERSION)
    cache.put("rendered again", ZH, None, VERSION, tone(), 8_000, pinned=True)
    assert not cache.wanted("never said", ZH, None, VERSION)
    assert cache.unpin_unwanted() == 1
    pinned = [
        text
        for text in ("old", "said again", "rendered again")
        if cache.has(text, ZH, None, VERSION, pinned=True)
    ]
    assert pinned == ["said again", "rendered again"]
    assert cache.get("old", ZH, None, VERSION) is not None
    for text in ("old", "new"):
        cache.put(text, ZH, None, VERSION, tone(), 8_000)
        os.utime(tmp_path / "recent" / f"{cache.key(text, ZH, None, VERSION)}.wav", (2_000, 2_000))
    cache.put("newer", ZH, None, VERSION, tone(), 8_000)
    assert not cache.has("old", ZH, None, VERSION), "it counts towards the bound again"


def test_a_phrase_that_was_kept_long_ago_is_wanted_from_its_pinning_on(tmp_path):
    cache = PhraseCache(tmp_path)
    cache.put("a", ZH, None, VERSION, tone(), 8_000)
    os.utime(tmp_path / "recent" / f"{cache.key('a', ZH, None, VERSION)}.wav", (1_000, 1_000))
    assert cache.pin("a", ZH, None, VERSION)
    assert cache.unpin_unwanted() == 0


def file_of(cache, folder, text):
    return folder / "pinned" / f"{cache.key(text, ZH, None, VERSION)}.wav"


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"RIFF\x24\x7d\x00\x00WAVEfmt \x10\x00\x00\x00"])
def test_a_damaged_file_is_a_miss_and_is_replaced(tmp_path, damage):
    cache = PhraseCache(tmp_path)
    cache.put("a", ZH, None, VERSION, tone(), 8_000)
    path = tmp_path / "recent" / f"{cache.key('a', ZH, None, VERSION)}.wav"
    path.write_bytes(damage)
    assert cache.get("a", ZH, None, VERSION) is None
    assert not path.exists()
    cache.put("a", ZH, None, VERSION, tone(), 8_000)
    assert cache.get("a", ZH, None, VERSION) is not None


def test_a_file_that_cannot_be_read_for_a_moment_is_a_miss_and_stays(tmp_path, monkeypatch):
    cache = PhraseCache(tmp_path)
    cache.put("a", ZH, None, VERSION, tone(), 8_000, pinned=True)

    def too_many(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr("models.speech.phrases.wave.open", too_many)
        assert cache.get("a", ZH, None, VERSION) is None
    assert cache.get("a", ZH, None, VERSION) is not None


def test_a_file_cut_short_is_a_miss(tmp_path):
    cache = PhraseCache(tmp_path)
    cache.put("a", ZH, None, VERSION, tone(), 8_000)
    path = tmp_path / "recent" / f"{cache.key('a', ZH, None, VERSION)}.wav"
    path.write_bytes(path.read_bytes()[:-1_000])
    assert cache.get("a", ZH, None, VERSION) is None


def _busy(folder: str, seed: int, failures) -> None:
    rng = np.random.default_rng(seed)
    cache = PhraseCache(Path(folder), largest_bytes=40_000)
    for _ in range(150):
        number = int(rng.integers(0, 12))
        text = f"phrase {number}"
        found = cache.get(text, ZH, None, VERSION)
        if found is None:
            cache.put(text, ZH, None, VERSION, np.full(2_000, number, np.int16), 8_000, pinned=number == 0)
        elif len(found) != 2_000 or (found != number).any():
            failures.put((seed, number))


def test_two_processes_share_a_folder_and_never_read_each_others_half_written_files(tmp_path):
    context = multiprocessing.get_context("spawn")
    failures = context.Queue()
    workers = [context.Process(target=_busy, args=(str(tmp_path), seed, failures)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert failures.empty()
    assert not list(tmp_path.rglob("*.part"))
    assert sum(path.stat().st_size for path in (tmp_path / "recent").iterdir()) <= 40_000 + 2 * 4_044


def test_what_was_read_once_is_played_from_memory_and_nobody_can_change_it(tmp_path):
    cache = PhraseCache(tmp_path)
    cache.put("您好。", ZH, "bot", VERSION, tone(), 8_000)
    first = cache.get("您好。", ZH, "bot", VERSION)
    for file in tmp_path.rglob("*.wav"):
        file.unlink()
    again = cache.get("您好。", ZH, "bot", VERSION)
    assert first is not None and again is not None and np.array_equal(first, again)
    with pytest.raises(ValueError, match="read-only"):
        again[0] = 1


def test_memory_is_bounded_and_the_least_recently_used_goes_first(tmp_path):
    one = tone().nbytes
    cache = PhraseCache(tmp_path, remembered_bytes=8 * one)
    for number in range(9):
        cache.put(str(number), ZH, "bot", VERSION, tone(), 8_000)
        assert cache.get(str(number), ZH, "bot", VERSION) is not None
        assert cache.get("0", ZH, "bot", VERSION) is not None
    for file in tmp_path.rglob("*.wav"):
        file.unlink()
    kept = [number for number in range(9) if cache.get(str(number), ZH, "bot", VERSION) is not None]
    assert kept == [0, 2, 3, 4, 5, 6, 7, 8]


def test_a_phrase_that_plays_from_memory_still_counts_as_used_on_disk(tmp_path, monkeypatch):
    cache = PhraseCache(tmp_path)
    cache.put("您好。", ZH, "bot", VERSION, tone(), 8_000)
    cache.get("您好。", ZH, "bot", VERSION)
    (file,) = tmp_path.rglob("*.wav")
    os.utime(file, (1_000, 1_000))
    cache.get("您好。", ZH, "bot", VERSION)
    assert file.stat().st_mtime == 1_000, "not at every use"
    later = phrases.time.monotonic() + 61
    monkeypatch.setattr(phrases.time, "monotonic", lambda: later)
    cache.get("您好。", ZH, "bot", VERSION)
    assert file.stat().st_mtime > 1_000
