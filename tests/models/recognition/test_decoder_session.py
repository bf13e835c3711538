"""The decoder's graphs against the same decoder computed plainly."""

from __future__ import annotations

import numpy as np
import pytest

from models.recognition import decoder_graph
from models.recognition.decoder_session import FEW_ROWS, DecoderSession, Heard
from models.recognition.decoder_shape import UnexpectedModel, shape_of
from tests.models.recognition.tiny_whisper import SIZE, TOKENS, PlainDecoder, apart, tiny_weights

SAID = np.array([token for token in range(TOKENS) if token % 7], np.int64)


@pytest.fixture(scope="module")
def weights():
    return tiny_weights()


@pytest.fixture(scope="module")
def session(weights):
    return DecoderSession(weights, SAID, candidates=8, watched=[3, 50])


@pytest.fixture(scope="module")
def plain(weights):
    return PlainDecoder(weights)


def heard(seed: int, positions: int = 11) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((1, positions, SIZE)).astype(np.float32)


def unmerged(*states: np.ndarray) -> list[Heard]:
    """Every position for itself."""
    return [Heard(one, np.zeros(one.shape[1], np.float32)) for one in states]


CLOSE = 0.08
"""What eight bits cost; anything mistaken is apart by 0.5 and more."""


def test_several_tokens_at_once_and_one_by_one_give_the_plain_states(session, plain):
    ears = heard(1)
    memory = session.memory(unmerged(ears))
    state, past = session.step(memory, session.nothing(1), [0], np.array([[5, 17, 3]]))
    assert apart(state[0], plain.states([5, 17, 3], ears[0])[-1]) < CLOSE
    state, past = session.step(memory, past, [0], np.array([[40]]))
    assert apart(state[0], plain.states([5, 17, 3, 40], ears[0])[-1]) < CLOSE
    assert past.length == 4


def test_rows_of_several_utterances_keep_to_their_own_memory_and_past(session, plain):
    ears = [heard(seed) for seed in (1, 2)]
    memory = session.memory(unmerged(*ears))
    _, past = session.step(memory, session.nothing(2), [0, 1], np.array([[5], [6]]))
    _, past = session.step(memory, past, [0, 0, 1, 1], np.array([[10], [11], [12], [13]]))
    state, _ = session.step(memory, past, [1, 1, 3, 2], np.array([[20], [21], [22], [23]]))
    texts = [(0, [5, 11, 20]), (0, [5, 11, 21]), (1, [6, 13, 22]), (1, [6, 12, 23])]
    for row, (utterance, tokens) in enumerate(texts):
        assert apart(state[row], plain.states(tokens, ears[utterance][0])[-1]) < CLOSE
        assert apart(state[row], plain.states(tokens, ears[1 - utterance][0])[-1]) > 0.2


def test_an_utterance_that_leaves_makes_room_for_the_last(session, plain):
    ears = [heard(seed) for seed in (1, 2, 3)]
    memory = session.memory(unmerged(*ears))
    _, past = session.step(memory, session.nothing(3), [0, 1, 2], np.array([[5], [6], [7]]))
    memory.leave(0)
    state, _ = session.step(memory, past, [2, 1], np.array([[30], [31]]))
    assert apart(state[0], plain.states([7, 30], ears[2][0])[-1]) < CLOSE
    assert apart(state[1], plain.states([6, 31], ears[1][0])[-1]) < CLOSE


def test_a_short_utterance_is_heard_beside_a_longer_one_as_alone(session, plain):
    ears = [heard(1, 7), heard(2, 11), heard(3, 4)]
    memory = session.memory(unmerged(*ears))
    state, past = session.step(memory, session.nothing(3), [0, 1, 2], np.array([[5], [6], [7]]))
    for row, token in enumerate((5, 6, 7)):
        assert apart(state[row], plain.states([token], ears[row][0])[-1]) < CLOSE
    memory.leave(0)
    state, _ = session.step(memory, past, [2, 1], np.array([[30], [31]]))
    assert apart(state[0], plain.states([7, 30], ears[2][0])[-1]) < CLOSE
    assert apart(state[1], plain.states([6, 31], ears[1][0])[-1]) < CLOSE


def test_one_position_that_stands_for_five_is_heard_like_five(session, plain):
    ears = heard(1, 4)
    five = np.concatenate([ears, np.repeat(ears[:, -1:], 4, axis=1)], axis=1)
    bias = np.log(np.array([1, 1, 1, 5], np.float32))
    state, _ = session.step(session.memory([Heard(ears, bias)]), session.nothing(1), [0], np.array([[5]]))
    wanted = plain.states([5], five[0])[-1]
    assert apart(state[0], wanted) < CLOSE < apart(plain.states([5], ears[0])[-1], wanted)


def test_what_a_row_becomes_does_not_depend_on_its_neighbours(session):
    ears, other = heard(1), heard(2) * 50
    alone, _ = session.step(session.memory(unmerged(ears)), session.nothing(1), [0], np.array([[5]]))
    both, _ = session.step(
        session.memory(unmerged(ears, other)), session.nothing(2), [0, 1], np.array([[5], [6]])
    )
    assert apart(both[0], alone[0]) < 0.02


@pytest.mark.parametrize("rows", [2, FEW_ROWS, FEW_ROWS + 1])
def test_the_likeliest_tokens_come_first_and_what_may_not_be_said_not_at_all(session, plain, rows):
    tokens = [5, 17, 3, 9, 44, 21, 30, 12]
    state = plain.states(tokens, heard(1)[0])[:rows].astype(np.float32)
    likely = session.likely(state)
    wanted = plain.shares(state.astype(np.float64), SAID)
    assert set(likely.tokens.flat) <= set(SAID)
    assert likely.tokens.shape == (rows, 8)
    for row in range(rows):
        assert likely.tokens[row, 0] == SAID[wanted[row].argmax()]
        assert (np.diff(likely.probabilities[row]) <= 0).all()
        of_these = wanted[row, np.searchsorted(SAID, likely.tokens[row])]
        assert apart(likely.probabilities[row], of_these) < 0.15
        assert likely.watched[row] == pytest.approx(wanted[row, np.searchsorted(SAID, [3, 50])], rel=0.3)


def test_a_few_rows_are_looked_at_more_closely_than_many(weights, plain):
    """Of few rows the likely tokens are computed with all of the state, of many with eight bits of it."""
    session = DecoderSession(weights, SAID, candidates=8)
    state = plain.states([5, 17, 3, 9, 44, 21, 30, 12], heard(1)[0]).astype(np.float32)
    wanted = plain.shares(state.astype(np.float64), SAID)

    def error(likely, first=0):
        mine = wanted[first : first + len(likely.tokens)]
        of_these = np.take_along_axis(mine, np.searchsorted(SAID, likely.tokens), 1)
        return np.abs(likely.probabilities - of_these).mean()

    few = np.mean([error(session.likely(state[row : row + 1]), row) for row in range(8)])
    many = error(session.likely(state))
    assert few < many < 0.05


def test_what_is_looked_at_roughly_alone_hardly_changes_the_shares_of_the_likely(weights, plain, monkeypatch):
    monkeypatch.setattr(decoder_graph, "_CLOSELY", 20)  # of fifty
    session = DecoderSession(weights, SAID, candidates=8, watched=[3, 50])
    state = plain.states([5, 17, 3, 9, 44], heard(1)[0]).astype(np.float32)
    likely, wanted = session.likely(state), plain.shares(state.astype(np.float64), SAID)
    for row in range(len(state)):
        assert likely.tokens[row, 0] == SAID[wanted[row].argmax()]
        of_these = wanted[row, np.searchsorted(SAID, likely.tokens[row])]
        assert apart(likely.probabilities[row], of_these) < 0.15
        assert likely.watched[row] == pytest.approx(wanted[row, np.searchsorted(SAID, [3, 50])], rel=0.3)


def test_another_kind_of_model_is_refused_by_name(weights):
    with pytest.raises(UnexpectedModel, match="activation is 2"):
        shape_of(weights | {"decoder/activation": np.array(2, np.int8)})
    with pytest.raises(UnexpectedModel, match="layer_1/attention/linear_2"):
        path = "decoder/layer_1/attention/linear_2/weight"
        shape_of(weights | {path: weights[path].astype(np.int8)})
    with pytest.raises(UnexpectedModel, match="no decoder"):
        shape_of({name: value for name, value in weights.items() if "layer_" not in name})
