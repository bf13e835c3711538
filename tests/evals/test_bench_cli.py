"""``tetraphone bench`` from the command line to the JSON, with the real models and two clips."""

import json
import shutil

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from app.cli import cli
from core.languages import Language

SAID = {Language.EN: "My parcel has not arrived yet.", Language.ZH: "我想查一下我的订单。"}


@pytest.fixture
def speech(tmp_path, spoken_line):
    """A folder as the command wants it: one clip in each of two languages, and one hum."""
    for language, text in SAID.items():
        (tmp_path / language).mkdir()
        shutil.copy(spoken_line(text, language, "caller_a"), tmp_path / language / "one.wav")
        (tmp_path / language / "transcripts.tsv").write_text(
            f"file\ttext\tkind\none.wav\t{text}\treal\n", encoding="utf-8"
        )
    (tmp_path / "none").mkdir()
    hum = (300 * np.sin(np.arange(32000) / 20)).astype(np.int16)
    soundfile.write(tmp_path / "none" / "hum.wav", hum, 16000)
    return tmp_path


@pytest.mark.models
def test_two_clips_are_measured_from_the_command_line(speech):
    figures = speech / "out" / "figures.json"
    result = CliRunner().invoke(
        cli,
        ["bench", "accuracy", "--speech", str(speech), "--language", "en", "--language", "zh",
         "--synthetic", "0", "--json", str(figures)],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    read = json.loads(figures.read_text(encoding="utf-8"))
    assert [one["language"] for one in read["results"]] == ["en", "zh"]
    assert all(one["verdict"] == "too few clips" for one in read["results"])
    english = read["clips"][0]
    assert "parcel" in english["pipeline"].lower() and english["pipeline_ms"] > 0 < english["full_ms"]
    assert [one["pipeline"] for one in read["no_speech"]] == [""]


def test_a_folder_without_speech_and_a_wrong_language_are_told(tmp_path):
    empty = CliRunner().invoke(cli, ["bench", "accuracy", "--speech", str(tmp_path)])
    assert empty.exit_code == 2 and "none of the folders" in empty.output
    wrong = CliRunner().invoke(cli, ["bench", "accuracy", "--speech", str(tmp_path), "--language", "xx"])
    assert wrong.exit_code == 2
