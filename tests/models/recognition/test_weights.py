"""The reader of CTranslate2's weights."""

from __future__ import annotations

import numpy as np
import pytest

from models.recognition.weights import WeightsUnreadable, read_weights
from tests.models.recognition.tiny_whisper import write_weights

SOME = {
    "decoder/num_heads": np.array(8, np.int16),
    "decoder/weight": np.arange(6, dtype=np.float16).reshape(2, 3),
    "decoder/bias": np.array([0.5, -2.0], np.float32),
}


def test_variables_come_with_name_shape_type_and_values(tmp_path):
    read = read_weights(write_weights(tmp_path / "model.bin", SOME))
    assert list(read) == list(SOME)
    for name, values in SOME.items():
        assert read[name].dtype == values.dtype
        np.testing.assert_array_equal(read[name], values)


def test_an_alias_is_the_variable_that_it_names(tmp_path):
    file = write_weights(tmp_path / "model.bin", SOME, {"decoder/projection": "decoder/weight"})
    np.testing.assert_array_equal(read_weights(file)["decoder/projection"], SOME["decoder/weight"])


def test_another_version_is_refused_by_its_number(tmp_path):
    with pytest.raises(WeightsUnreadable, match="version is 5"):
        read_weights(write_weights(tmp_path / "model.bin", SOME, version=5))


@pytest.mark.parametrize("kept", [0, 3, 40, -9])
def test_a_file_cut_short_is_refused(tmp_path, kept):
    file = write_weights(tmp_path / "model.bin", SOME)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(WeightsUnreadable):
        read_weights(file)


def test_an_alias_of_nothing_is_refused(tmp_path):
    with pytest.raises(WeightsUnreadable, match="nowhere"):
        read_weights(write_weights(tmp_path / "model.bin", SOME, {"decoder/projection": "nowhere"}))
