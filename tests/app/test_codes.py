"""Codes go to the system that they are for, signed; it alone says what is right, and no error holds a code."""

from __future__ import annotations

import json

import httpx
import pytest

from app.codes import CodeDesk, NotTaken, code_desk, taker
from app.settings import SettingsError, load
from assist.wall.webhook import signature

URL, SECRET, CODE = "https://pay.example.com/codes", "a secret of enough length", "471193"


def desk(answer) -> CodeDesk:
    return CodeDesk(URL, SECRET, transport=httpx.MockTransport(answer), now=lambda: 1_800_000_000.0)


@pytest.mark.parametrize("accepted", [True, False])
async def test_the_other_system_gets_the_code_signed_and_says_whether_it_is_right(accepted):
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"accepted": accepted})

    codes = desk(answer)
    assert await codes.take("call-1", CODE) is accepted
    await codes.close()
    (request,) = asked
    assert (request.method, str(request.url)) == ("POST", URL)
    assert json.loads(request.content) == {"interaction_id": "call-1", "code": CODE}
    assert request.headers["x-tetraphone-signature"] == signature(SECRET, 1_800_000_000, request.content)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500), httpx.Response(404, json={"accepted": True}), httpx.Response(200, text="fine"),
        httpx.Response(200, json=[]), httpx.Response(200, json={"accepted": "yes"}), httpx.Response(302),
    ],
)  # fmt: skip
async def test_an_answer_that_says_nothing_of_the_code_is_none(answer):
    codes = desk(lambda request: answer)
    with pytest.raises(NotTaken) as problem:
        await codes.take("call-1", CODE)
    assert CODE not in str(problem.value)
    await codes.close()


async def test_a_system_that_is_away_is_told_without_the_code():
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"no route for {request.content!r}")

    codes = desk(away)
    with pytest.raises(NotTaken) as problem:
        await codes.take("call-1", CODE)
    assert str(problem.value) == "ConnectError" and problem.value.__cause__ is None
    await codes.close()


async def test_where_no_system_is_named_none_takes_codes_but_the_demo(monkeypatch):
    monkeypatch.setenv("TETRAPHONE_CODE_URL", "")
    settings = load()
    assert code_desk(settings) is None
    assert taker(settings.model_copy(update={"demo": False}), None) is None
    demo = taker(settings.model_copy(update={"demo": True}), None)
    assert demo is not None and await demo("call-1", CODE)


@pytest.mark.parametrize(
    ("url", "secret", "named"),
    [
        ("http://pay.example.com", SECRET, "CODE_URL"),
        ("pay", SECRET, "CODE_URL"),
        (URL, "short", "CODE_SECRET"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, url, secret, named):
    monkeypatch.setenv("TETRAPHONE_CODE_URL", url)
    monkeypatch.setenv("TETRAPHONE_CODE_SECRET", secret)
    with pytest.raises(SettingsError, match=f"TETRAPHONE_{named}"):
        load()
