"""Whatever the line, the distributor and the wallboard refuse, agents and supervisors are told why in their language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assist.desk.actions import DeskActions, Voice
from assist.desk.words import Words
from assist.line_state import LineState
from assist.live import LiveCall
from assist.refusals import in_language
from core.commands import Reply, Target
from core.languages import Language

ROOMS = (
    *Path("voice_gateway/bridge").glob("*.py"),
    *Path("assist/acd").glob("*.py"),
    Path("voice_gateway/switchboard.py"),
    Path("assist/feed.py"),
    Path("assist/wall/actions.py"),
)
SENTENCE = re.compile(r"(?:[A-Z{]|mei ).* .*\.")


def variants(node: ast.expr) -> list[str]:
    """What a text of the code can be, with ``mei`` for each name that it does not hold itself."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.FormattedValue):
        return variants(node.value) or ["mei"]
    if isinstance(node, ast.IfExp):
        return variants(node.body) + variants(node.orelse)
    if isinstance(node, ast.JoinedStr):
        found = [""]
        for part in node.values:
            found = [begun + more for begun in found for more in variants(part)]
        return found
    return []


def sentences() -> Iterator[str]:
    """Everything in the code of the line and the distributor that is a sentence for somebody."""
    for file in ROOMS:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        nodes = list(ast.walk(tree))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            if isinstance(node, ast.expr) and id(node) not in docstrings | parts:
                yield from (text for text in variants(node) if SENTENCE.fullmatch(text))


def test_every_reason_to_refuse_has_words_in_four_languages() -> None:
    found = set(sentences())
    assert len(found) > 50 and "mei is not free." in found and "The caller is not on hold." in found
    for sentence in sorted(found):
        assert in_language(sentence, Language.EN) == ("{sentence}", {"sentence": sentence}), sentence
        for language in (Language.ZH, Language.JA, Language.KO):
            told = Words(language).refusal(sentence)
            assert told != sentence and "{" not in told, sentence
            assert not re.search(r"[A-Za-z]{3,}", told.replace("mei", "").replace("sip:", "")), told


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (Language.EN, "The queue complaints is closed at this hour."),
        (Language.ZH, "队列“投诉”当前不在服务时间。"),
        (Language.JA, "キュー「苦情」は時間外です。"),
        (Language.KO, "대기열 '불만'은(는) 운영 시간이 아닙니다."),
    ],
)
def test_a_queue_is_called_as_everywhere_on_the_page(language: Language, told: str) -> None:
    assert Words(language).refusal("The queue complaints is closed at this hour.") == told


def test_a_sentence_that_nobody_knows_is_told_as_it_is() -> None:
    assert Words(Language.KO).refusal("The music is not there") == "The music is not there"


async def test_an_agent_whose_control_is_refused_reads_why_in_their_language() -> None:
    told: list[str] = []
    call = LiveCall.fresh("a")
    call.line = LineState.of({"parties": [{"party": "agent", "name": "joe", "sound": True}]})

    async def refuse(command: Any) -> Reply:
        return Reply(ok=False, error="ann does not speak the caller's language.")

    async def allowed() -> bool:
        return True

    voice = Voice(lambda text, kind: told.append(text), lambda: None, lambda script: None)
    feed: Any = SimpleNamespace(send=refuse, link_up=True)
    presence: Any = None
    do = DeskActions(feed, "joe", Words(Language.ZH), lambda: presence, lambda: call, voice, allowed)
    assert not await do.transfer(Target(kind="agent", name="ann"), "")
    assert told == ["操作未能完成。 (ann 不会说来电者的语言。)"]
