"""Alerts told to another system: signed, repeated within limits, and what fails is counted."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json

import httpx
import pytest

from assist.wall.webhook import DELIVERIES, QUEUE_LIMIT, Webhook, signature

SECRET = "0123456789abcdef"
BODY = {"id": "a1-raised", "event": "alert.raised", "subject": "general", "measure": "waiting"}


class Receiver:
    """Answers with the statuses in turn, the last one for ever; an exception is a broken line."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)


async def told(receiver: Receiver, *bodies: dict[str, str]) -> None:
    hook = Webhook(
        "https://ops.example/hook",
        SECRET,
        transport=httpx.MockTransport(receiver),
        pauses_s=(0.001, 0.001, 0.001),
        now=lambda: 1_773_133_200.0,
    )
    for body in bodies or (BODY,):
        hook.tell(body)
    task = asyncio.create_task(hook.keep_up())
    try:
        async with asyncio.timeout(5):
            await hook.drained()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def counted(result: str) -> float:
    return DELIVERIES.labels(result)._value.get()


async def test_a_delivery_can_be_verified_by_who_knows_the_secret() -> None:
    receiver = Receiver(204)
    await told(receiver)
    (request,) = receiver.requests
    assert json.loads(request.content) == BODY and request.headers["x-tetraphone-delivery"] == "a1-raised"
    seconds, digest = (part.split("=")[1] for part in request.headers["x-tetraphone-signature"].split(","))
    wanted = hmac.new(SECRET.encode(), f"{seconds}.".encode() + request.content, hashlib.sha256).hexdigest()
    assert seconds == "1773133200" and digest == wanted
    assert signature("another secret...", 1_773_133_200, request.content).split("v1=")[1] != digest


@pytest.mark.parametrize("trouble", [503, 429, httpx.ConnectError("away"), httpx.ReadTimeout("slow")])
async def test_what_may_pass_is_tried_again_as_the_same_delivery(trouble: int | Exception) -> None:
    before = counted("delivered"), counted("repeated")
    receiver = Receiver(trouble, trouble, 200)
    await told(receiver)
    assert len(receiver.requests) == 3
    assert len({request.headers["x-tetraphone-delivery"] for request in receiver.requests}) == 1
    assert (counted("delivered"), counted("repeated")) == (before[0] + 1, before[1] + 2)


async def test_after_the_last_try_it_is_given_up_and_the_next_is_told() -> None:
    before = counted("failed")
    receiver = Receiver(500, 500, 500, 500, 200)
    await told(receiver, BODY, {**BODY, "id": "a2-raised"})
    assert [request.headers["x-tetraphone-delivery"] for request in receiver.requests] == [
        *["a1-raised"] * 4,
        "a2-raised",
    ]
    assert counted("failed") == before + 1


@pytest.mark.parametrize("status", [400, 401, 404, 301])
async def test_what_will_not_pass_is_not_repeated(status: int) -> None:
    receiver = Receiver(status)
    await told(receiver)
    assert len(receiver.requests) == 1


async def test_more_than_fits_is_dropped_and_counted() -> None:
    before = counted("dropped")
    hook = Webhook("https://ops.example/hook", SECRET)
    for _ in range(QUEUE_LIMIT + 3):
        hook.tell(BODY)
    assert counted("dropped") == before + 3


async def test_without_an_address_nobody_is_told() -> None:
    hook = Webhook("", "")
    hook.tell(BODY)
    await asyncio.wait_for(hook.drained(), 1)
