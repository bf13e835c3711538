"""The words of the pages: one for one thing, in every room."""

from pathlib import Path

ROOMS = ("app", "assist", "core", "evals")


def test_an_agent_has_one_name_in_chinese():
    files = [file for room in ROOMS for file in Path(room).rglob("*.py")]
    assert any("坐席" in file.read_text(encoding="utf-8") for file in files)
    assert [str(file) for file in files if "座席" in file.read_text(encoding="utf-8")] == []
