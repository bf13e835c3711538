"""Imports point one way: a room may import only the rooms before it, and nobody imports ``app``."""

import ast
from pathlib import Path

import pytest

ROOMS = ("core", "models", "kb_ingest", "bots", "assist", "voice_gateway", "evals", "app")
ROOT = Path(__file__).parent.parent


def imported_rooms(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names & {*ROOMS, "tests"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room):
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    files = list((ROOT / room).rglob("*.py"))
    assert files
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported_rooms(path)
        if name not in allowed
    }
    assert not wrong


def test_every_folder_of_code_says_what_lives_there():
    silent = [
        str(init.relative_to(ROOT))
        for room in ROOMS
        for init in (ROOT / room).rglob("__init__.py")
        if not ast.get_docstring(ast.parse(init.read_text(encoding="utf-8")))
    ]
    assert not silent
