"""What skills a bot's callers are handed over with is said in one place, and what is wrong there by its name."""

import ast
from pathlib import Path

import pytest

from bots.engine.handing_over import HandingOver, load_handing_over
from bots.files import ProjectError

HOMEGOODS = Path("bots/homegoods")


def test_the_hotline_asks_for_what_its_file_says():
    found = load_handing_over(HOMEGOODS)
    assert found.asked == ("orders", "returns", "billing", "complaints", "products", "general")
    assert found.skills("return_item") == ("returns",) and found.skills("opening_hours") == ("general",)


def test_no_action_asks_for_a_skill_or_a_matter_that_the_file_does_not_know():
    known = load_handing_over(HOMEGOODS).by_matter
    for file in (HOMEGOODS / "actions").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "hand_over":
                matters = [*node.args[3:], *(one.value for one in node.keywords if one.arg == "matter")]
                assert all(isinstance(one, ast.Constant) and one.value in known for one in matters), file
                assert not [one.arg for one in node.keywords if one.arg not in ("priority", "matter")], file


def test_without_the_file_a_bot_asks_for_nothing(tmp_path):
    assert load_handing_over(tmp_path) == HandingOver() and HandingOver().asked == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("skils: {}", "unknown key skils"),
        ("skills: [orders]", "skills is list"),
        ("skills: {order_status: orders}", "skills.order_status is str"),
        ("otherwise: [3]", "otherwise holds 3"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, named):
    (tmp_path / "handing_over.yml").write_text(text)
    with pytest.raises(ProjectError, match=named):
        load_handing_over(tmp_path)
