"""What is done where the short window is not believed: a middle window, the full one, and a text cut where it circles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from core.languages import Language
from models.protocols import RECOGNISER_RATE, RecognitionRequest
from models.recognition.decoding import (
    CROWDED_FROM,
    FULL_TOKENS,
    Decoded,
    Reading,
    Utterance,
    WindowedDecoder,
)
from models.recognition.scheduler import Doubt
from models.recognition.window import FULL_FRAMES, MIDDLE_FRAMES, Guard, once, window_frames

EN = Language.EN
LOOP = "my number is " + "315 " * 30
LOOPED = Decoded(LOOP, 40, -0.1, 0.0)
WELL = Decoded("my number is 315782", 8, -0.2, 0.0)


class Told(WindowedDecoder):
    """Answers by the window what it is told to."""

    def __init__(self, by_frames: dict[int, Decoded]) -> None:
        super().__init__(mend=False)
        self.by_frames = by_frames
        self.asked: list[tuple[int, int]] = []

    def _hear(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int, caps: Sequence[int]
    ) -> Iterator[Reading]:
        self.asked += zip(frames, caps, strict=True)
        for place, window in enumerate(frames):
            yield Reading(place, {EN: 1.0}, EN, self.by_frames[window])


def utterance(seconds: float) -> Utterance:
    noise = np.random.default_rng(1).normal(0, 3000, int(seconds * RECOGNISER_RATE)).astype(np.int16)
    return Utterance(noise, RecognitionRequest("call", {EN: 1.0}))


def test_the_middle_window_is_tried_first_and_the_full_one_only_where_that_runs_away():
    decoder = Told({MIDDLE_FRAMES: WELL})
    assert decoder.decode_again(utterance(4.0)).text == WELL.text
    decoder = Told({MIDDLE_FRAMES: LOOPED, FULL_FRAMES: WELL})
    assert decoder.decode_again(utterance(4.0)).text == WELL.text
    assert [frames for frames, _ in decoder.asked] == [MIDDLE_FRAMES, FULL_FRAMES]


def test_a_search_that_was_given_up_counts_as_run_away_however_short_its_text():
    decoder = Told({MIDDLE_FRAMES: Decoded("3 3 3", 20, -0.1, 0.0, circles=True), FULL_FRAMES: WELL})
    assert decoder.decode_again(utterance(4.0)).text == WELL.text


def test_sound_that_the_middle_window_does_not_hold_is_given_the_full_one_at_once():
    seconds = 13.0
    assert window_frames(int(seconds * RECOGNISER_RATE)) > MIDDLE_FRAMES
    decoder = Told({FULL_FRAMES: WELL})
    assert decoder.decode_again(utterance(seconds)).text == WELL.text


def test_what_runs_away_to_the_last_is_cut_at_its_first_round_and_nobody_is_sure_of_it():
    heard = Told({MIDDLE_FRAMES: LOOPED, FULL_FRAMES: LOOPED}).decode_again(utterance(4.0))
    assert heard.text == "my number is 315"
    assert heard.mean_logprob == Guard().mean_logprob and heard.confidence < 0.5


def test_while_others_wait_the_full_window_is_left_out_unless_nothing_else_is_long_enough():
    decoder = Told({MIDDLE_FRAMES: LOOPED, FULL_FRAMES: WELL})
    heard = decoder.decode_again(utterance(4.0), load=CROWDED_FROM)
    assert heard.text == "my number is 315" and heard.confidence < 0.5
    assert [frames for frames, _ in decoder.asked] == [MIDDLE_FRAMES]
    long = Told({FULL_FRAMES: WELL})
    assert long.decode_again(utterance(15.0), load=CROWDED_FROM).text == WELL.text


@pytest.mark.parametrize("seconds", [1.0, 4.0, 12.0, 25.0])
def test_the_tokens_are_bounded_by_what_can_be_said_in_the_time(seconds: float):
    decoder = Told({MIDDLE_FRAMES: WELL, FULL_FRAMES: WELL})
    decoder.decode_again(utterance(seconds))
    ((_, cap),) = decoder.asked
    assert min(FULL_TOKENS, Guard().cap(seconds) + 1) <= cap <= FULL_TOKENS


def test_in_the_short_window_too_a_search_that_was_given_up_is_doubted():
    given_up = Decoded("3 3 3", 20, -0.1, 0.0, circles=True)
    (answer,) = Told({800: given_up}).decode([utterance(4.0)])
    assert answer == Doubt(None)


def test_where_each_is_encoded_by_itself_it_has_a_window_of_its_own_and_is_doubted_by_that():
    decoder = Told({800: WELL, 1100: LOOPED, FULL_FRAMES: LOOPED})
    decoder._one_by_one = True
    short, doubted, believed = decoder.decode([utterance(4.0), utterance(9.0), utterance(29.0)])
    assert short.text == WELL.text and doubted == Doubt(None) and believed.text == LOOP.strip()
    assert decoder.asked == [(800, Guard().cap(4.0)), (1100, Guard().cap(9.0)), (FULL_FRAMES, FULL_TOKENS)]


def test_where_a_batch_is_padded_to_its_longest_all_of_it_is_believed_if_that_is_the_full_window():
    decoder = Told({FULL_FRAMES: LOOPED})
    assert window_frames(23 * RECOGNISER_RATE) < FULL_FRAMES
    heard = decoder.decode([utterance(23.0), utterance(29.0)])
    assert [one.text for one in heard] == [LOOP.strip()] * 2
    assert decoder.asked == [(FULL_FRAMES, FULL_TOKENS)] * 2


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("번호는 7,8,3,6,6,6,6,6,6,6,6", "번호는 7,8,3,6"),
        ("好好好好好好", "好"),
        ("number 1111, and then and then and then and then", "number 1111, and then"),
        ("1111 is my number", "1111 is my number"),
        ("是的" * 20 + "我的订单号码是多少呢", "是的"),
        ("no no no", "no no no"),
        ("my number is 315782", "my number is 315782"),
        ("", ""),
    ],
)
def test_a_text_that_circles_is_kept_up_to_its_first_round(text: str, cut: str):
    assert once(text) == cut
