"""Our own sound coming back is not the caller; a caller who speaks over it is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from speechlike import babble

from voice_gateway.audio import g711
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.turns import echo
from voice_gateway.turns.echo import EchoGate, OwnSound, likeness, spectra
from voice_gateway.turns.voice import HOP_S, HOP_SAMPLES, Hop

LINE = babble(6.0, seed=1, level=8000)
PAUSE_S = 0.3
"""Voice over ours from which a line is stopped."""


def over_the_line(delay_s: float, db: float, caller: Pcm | None = None, at_s: float = 0.0) -> Pcm:
    """What the caller's leg carries while we speak: the echo, the caller, noise; through G.711."""
    sound = np.random.default_rng(2).normal(0, 25, len(LINE) + LINE_RATE)
    delay = round(delay_s * LINE_RATE)
    sound[delay : delay + len(LINE)] += LINE * 10 ** (db / 20)
    if caller is not None:
        at = round(at_s * LINE_RATE)
        sound[at : at + len(caller)] += caller
    return g711.decode(g711.encode(np.clip(sound, -32768, 32767).astype(np.int16)))


def kept(sound: Pcm, own: OwnSound | None = None) -> list[float]:
    """Ends of the hops that are taken for the caller's voice, among all that are loud."""
    if own is None:
        own = OwnSound()
        own.write(LINE, 0.0)
    gate = EchoGate(own)
    found = []
    for number in range(len(sound) // HOP_SAMPLES):
        end = (number + 1) * HOP_SAMPLES
        loud = bool(np.abs(sound[end - HOP_SAMPLES : end].astype(float)).mean() > 150)
        hop = Hop(number * HOP_S, end / LINE_RATE, loud, 0.9)
        if gate.process(hop, sound[max(0, end - round(gate.options.window_s * LINE_RATE)) : end]).voiced:
            found.append(hop.end_s)
    return found


def longest_run_s(ends: list[float]) -> float:
    longest = run = 0.0
    before = -1.0
    for end in ends:
        run = run + HOP_S if end - before < 1.5 * HOP_S else HOP_S
        longest, before = max(longest, run), end
    return longest


@pytest.mark.parametrize("delay_s", [0.02, 0.09, 0.2, 0.4])
@pytest.mark.parametrize("db", [-6, -12, -20])
def test_an_echo_never_stops_us(delay_s, db):
    assert longest_run_s(kept(over_the_line(delay_s, db))) < PAUSE_S


@pytest.mark.parametrize("delay_s", [0.02, 0.2, 0.4])
@pytest.mark.parametrize("db", [-6, -12, -20])
def test_who_speaks_over_the_echo_is_heard_within_half_a_second(delay_s, db):
    caller = babble(2.0, seed=7, level=6000)
    ends = [end for end in kept(over_the_line(delay_s, db, caller, at_s=3.0)) if end >= 3.0]
    voice_s = [end for end in ends if end < 5.0]
    assert len(voice_s) * HOP_S > 1.0, "most of what the caller says is theirs"
    assert voice_s[round(PAUSE_S / HOP_S)] < 3.0 + 0.85


def test_a_caller_without_echo_is_left_alone():
    caller = babble(3.0, seed=7, level=6000)
    sound = over_the_line(0.1, -120, caller, at_s=1.0)
    loud = sum(
        np.abs(sound[at : at + HOP_SAMPLES].astype(float)).mean() > 150
        for at in range(0, len(sound) - HOP_SAMPLES + 1, HOP_SAMPLES)
    )
    assert len(kept(sound)) >= 0.97 * loud


def test_what_is_as_loud_as_we_are_is_no_echo():
    """A conference of two phones in one room may repeat us in full: better heard twice than a caller lost."""
    assert longest_run_s(kept(over_the_line(0.1, 0.0))) > PAUSE_S


def test_where_we_said_nothing_nothing_is_echo():
    sound = over_the_line(0.1, -6)
    assert len(kept(sound, OwnSound())) > 100


def test_our_own_sound_is_remembered_cut_and_forgotten():
    own = OwnSound()
    own.write(np.full(800, 7, np.int16), 1.0)
    own.write(np.full(800, 9, np.int16), 1.1)
    own.cut(1.15)
    assert own.read(0.9, 1.3).tolist() == [0] * 800 + [7] * 800 + [9] * 400 + [0] * 1200
    assert own.played(1.1, 1.2) and not own.played(1.16, 2.0)
    own.forget(1.12)
    assert own.read(1.0, 1.2).tolist() == [0] * 800 + [9] * 400 + [0] * 400


@pytest.mark.parametrize("delay_s", [0.05, 0.25, 0.4])
def test_the_first_syllables_of_our_line_are_known_for_ours_at_their_end(delay_s):
    sound = over_the_line(delay_s, -12)
    own = OwnSound()
    own.write(LINE, 0.0)
    at, end = round(delay_s * LINE_RATE), round((delay_s + 0.35) * LINE_RATE)
    assert EchoGate(own).was_ours(sound[at:end], end / LINE_RATE)
    theirs = [
        babble(0.35, seed) + np.random.default_rng(seed).integers(-40, 40, 2800) for seed in range(10, 30)
    ]
    mistaken = sum(EchoGate(own).was_ours(one.astype(np.int16), end / LINE_RATE) for one in theirs)
    assert mistaken <= 1, "a caller's short word at that moment is hardly ever taken for it"


@pytest.mark.parametrize("db", [-3, -12])
def test_a_sound_may_be_ours_where_it_is_like_what_we_played_and_not_where_it_is_the_callers(db):
    def may_be(sound: Pcm, end_s: float) -> bool:
        own = OwnSound()
        own.write(LINE, 0.0)
        heard = sound[round((end_s - 0.7) * LINE_RATE) : round(end_s * LINE_RATE)]
        return EchoGate(own).may_be_ours(heard, end_s)

    assert all(may_be(over_the_line(0.2, db), end_s) for end_s in (1.5, 3.0, 4.2))
    theirs = over_the_line(0.2, -120, babble(4.0, seed=7, level=6000), at_s=1.0)
    assert not any(may_be(theirs, end_s) for end_s in (2.0, 3.0, 4.2))


class ForgetfulGate(EchoGate):
    """Keeps no spectrum from one hop to the next."""

    def _compare(self, heard, end_s, *_):
        lags, floor = round(self.options.longest_s / echo.STEP_S), echo._FLOOR
        theirs = np.log(spectra(heard) + floor)
        begins_s = end_s - ((max(len(theirs), 1) - 1) * echo.STEP + echo._WIDTH) / LINE_RATE
        ours = np.log(spectra(self._own.read(begins_s - lags * echo.STEP_S, end_s)) + floor)
        alike = likeness(ours, theirs, lags) if len(theirs) >= echo._FEWEST else np.full(lags + 1, -1.0)
        return theirs, ours, alike


@pytest.mark.parametrize("seed", range(12))
def test_what_is_kept_from_hop_to_hop_changes_no_verdict(seed):
    """Whatever happens meanwhile: lines cut and begun anew, pieces known late, gaps, hops that come out of step."""
    rng = np.random.default_rng(seed)
    sound = over_the_line(rng.choice([0.05, 0.2]), -8, babble(1.5, seed=seed + 50, level=5000), at_s=4.0)
    own = OwnSound()
    gates = [EchoGate(own), ForgetfulGate(own)]
    written = at = 0
    echoes = 0
    while at + HOP_SAMPLES < len(sound):
        at += HOP_SAMPLES + (int(rng.integers(1, 200)) if rng.random() < 0.03 else 0)
        late = rng.random() < 0.1
        while written < at - 600 * late:
            size = int(rng.choice([160, 800, 2400]))
            if rng.random() < 0.9:
                own.write(LINE[written : written + size], written / LINE_RATE)
            written += size
        if rng.random() < 0.02:
            written = at - int(rng.integers(0, 1500))
            own.cut(written / LINE_RATE)
        if rng.random() < 0.05:
            continue  # a hop without voice is not looked at
        end_s = at / LINE_RATE
        heard = sound[max(0, at - 3200) : at]
        if rng.random() < 0.02:
            heard = heard + 1
        hop = Hop(end_s - HOP_S, end_s, True, 0.9)
        kept, straight = (gate.process(hop, heard) for gate in gates)
        assert kept == straight
        assert gates[0]._lag == gates[1]._lag
        assert np.allclose(gates[0]._gains, gates[1]._gains, rtol=1e-9)
        echoes += not kept.voiced
    assert echoes > 5


def test_of_the_sound_that_was_there_before_no_spectrum_is_computed_again(monkeypatch):
    computed: list[int] = []

    def counted(sound: Pcm) -> np.ndarray:
        found = spectra(sound)
        computed.append(len(found))
        return found

    monkeypatch.setattr(echo, "spectra", counted)
    kept(over_the_line(0.2, -12))
    by_hop = [sum(pair) for pair in zip(computed[::2], computed[1::2], strict=True)]
    assert len(by_hop) > 50 and sorted(by_hop)[len(by_hop) // 2] == 4, "two of theirs and two of ours"


@pytest.mark.parametrize("count", [6, 24, 61])
def test_the_likeness_at_each_lag_is_the_correlation_with_what_was_played_then(count):
    rng = np.random.default_rng(count)
    ours, lags = rng.normal(20, 4, (count + 38, 8)), 38
    ours[:20] = np.log(echo._FLOOR)
    theirs = ours[10 : 10 + count] - 3 + rng.normal(0, 1, (count, 8))
    heard = theirs - theirs.mean(axis=0)
    for lag, found in enumerate(likeness(ours, theirs, lags)):
        played = ours[lags - lag :][:count]
        played = played - played.mean(axis=0)
        norm = np.sqrt((played**2).sum() * (heard**2).sum())
        assert found == pytest.approx((played * heard).sum() / max(norm, 1e-6), abs=1e-5)


def test_silence_is_like_nothing():
    silence = np.full((62, 8), np.log(echo._FLOOR))
    assert np.abs(likeness(silence, np.random.default_rng(1).normal(20, 4, (24, 8)), 38)).max() < 1e-3


def test_the_bands_hold_the_energy_between_their_edges():
    frame = LINE[8000 : 8000 + echo._WIDTH]
    power = np.abs(np.fft.rfft(frame * np.hanning(echo._WIDTH))) ** 2
    expected = [power[a:b].sum() for a, b in pairwise(echo._BINS)]
    assert np.allclose(spectra(frame), [expected], rtol=1e-12)
