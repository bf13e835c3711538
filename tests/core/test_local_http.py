"""Connections to another process over its Unix socket: used again, closed in time, and never lost with a request given up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from random import Random

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from core import local_http
from core.local_http import UnixTransport
from tests.unix_server import serving


class Server:
    """Answers after a moment; counts the connections that it holds."""

    def __init__(self) -> None:
        self.held = 0
        self.made = 0
        self.delay_s = 0.0

    async def answer(self, request):
        with suppress(Exception):
            text = (await request.body()).decode()
            await asyncio.sleep(self.delay_s)
            return PlainTextResponse(text * 3, headers={"x-said": text})
        return PlainTextResponse("")

    @asynccontextmanager
    async def on(self, socket):
        app = Starlette(routes=[Route("/", self.answer, methods=["POST"])])
        config = uvicorn.Config(app, uds=str(socket), log_level="critical", lifespan="off")
        config.load()
        protocol, ours = config.http_protocol_class, self

        class Counted(protocol):
            def connection_made(self, transport):
                ours.held += 1
                ours.made += 1
                super().connection_made(transport)

            def connection_lost(self, error):
                ours.held -= 1
                super().connection_lost(error)

        config.http_protocol_class = Counted
        async with serving(config):
            yield


@asynccontextmanager
async def asking(socket, **options):
    async with httpx.AsyncClient(
        transport=UnixTransport(socket, **options), base_url="http://there"
    ) as client:
        yield client


async def until(true, limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not true():
            await asyncio.sleep(0.02)


async def test_an_answer_comes_whole_and_its_connection_serves_the_next_request(tmp_path):
    server = Server()
    async with server.on(tmp_path / "s"), asking(tmp_path / "s") as client:
        for word in ("one", "two", "three"):
            answer = await client.post("/", content=word)
            assert (answer.status_code, answer.text, answer.headers["x-said"]) == (200, word * 3, word)
    assert server.made == 1


async def test_requests_given_up_at_any_moment_leave_no_connection_behind(tmp_path):
    server, random = Server(), Random(1)
    async with server.on(tmp_path / "s"), asking(tmp_path / "s", most=40) as client:
        server.delay_s = 0.002

        async def give_up() -> None:
            asked = asyncio.create_task(client.post("/", content="word"))
            for _ in range(random.randint(0, 12)):
                await asyncio.sleep(0)
            if random.random() < 0.5:
                await asyncio.sleep(random.random() * 0.02)
            asked.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await asked

        for _ in range(20):
            await asyncio.gather(*(give_up() for _ in range(30)))
        server.delay_s = 0.0
        # As many at once as there are places: not one of these is lost.
        answers = await asyncio.gather(*(client.post("/", content="x", timeout=5) for _ in range(40)))
        assert {answer.text for answer in answers} == {"xxx"}
        await until(lambda: server.held <= local_http._KEPT)


async def test_a_connection_that_nobody_uses_is_closed_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(local_http, "KEPT_S", 0.1)
    server = Server()
    async with server.on(tmp_path / "s"), asking(tmp_path / "s") as client:
        server.delay_s = 0.05
        await asyncio.gather(*(client.post("/", content="x") for _ in range(5)))
        assert server.made == server.held == 5
        await until(lambda: server.held == 0)
        assert (await client.post("/", content="x")).text == "xxx"


async def test_a_server_that_was_started_anew_is_found_again(tmp_path):
    async with asking(tmp_path / "s") as client:
        with pytest.raises(httpx.ConnectError):
            await client.post("/", content="x")
        for _ in range(2):
            async with Server().on(tmp_path / "s"):
                assert (await client.post("/", content="x")).text == "xxx"


async def test_one_beyond_the_places_waits_as_long_as_it_may(tmp_path):
    server = Server()
    async with server.on(tmp_path / "s"), asking(tmp_path / "s", most=1) as client:
        server.delay_s = 0.3
        first = asyncio.create_task(client.post("/", content="x"))
        await asyncio.sleep(0.05)
        with pytest.raises(httpx.PoolTimeout):
            await client.post("/", content="x", timeout=httpx.Timeout(5, pool=0.05))
        assert (await client.post("/", content="y", timeout=5)).text == "yyy"
        assert (await first).text == "xxx"
