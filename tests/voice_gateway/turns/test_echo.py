"""Our own sound coming back is not the caller; a caller who speaks over it is."""

from __future__ import annotations

import numpy as np
import pytest
from speechlike import babble

from voice_gateway.audio import g711
from voice_gateway.leg import LINE_RATE, Pcm
from voice_gateway.turns.echo import EchoGate, OwnSound
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
        own = OwnSound(keep_s=60.0)
        own.write(LINE, 0.0)
        heard = sound[round((end_s - 0.7) * LINE_RATE) : round(end_s * LINE_RATE)]
        return EchoGate(own).may_be_ours(heard, end_s)

    assert all(may_be(over_the_line(0.2, db), end_s) for end_s in (1.5, 3.0, 4.2))
    theirs = over_the_line(0.2, -120, babble(4.0, seed=7, level=6000), at_s=1.0)
    assert not any(may_be(theirs, end_s) for end_s in (2.0, 3.0, 4.2))
