"""A process is asked whether it lives: on its socket, or on its port."""

import asyncio
import contextlib
import socket
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from test_serving import free_port

from app.addresses import base_url
from app.health import platform_health
from app.serving import port_config, unix_config
from app.settings import load


@asynccontextmanager
async def served(config):
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(20):
            while not server.started:
                await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        server.force_exit = True
        await task


async def test_what_answers_is_healthy_and_what_hangs_or_is_away_is_not(tmp_path):
    hangs = asyncio.Event()

    async def healthz(request):
        if hangs.is_set():
            await asyncio.sleep(30)
        return PlainTextResponse("ok")

    settings = load(data=tmp_path, web_port=free_port())
    healthy = platform_health(settings, patience_s=1.0)
    app = Starlette(routes=[Route("/healthz", healthz)])
    async with (
        served(unix_config(app, settings.media_socket)),
        served(port_config(app, settings.web_host, settings.web_port)),
    ):
        assert await healthy("media") and await healthy("web")
        assert not await healthy("models")
        hangs.set()
        assert not await healthy("media") and not await healthy("web")
    assert not await healthy("media") and not await healthy("web")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
        ("::", "http://[::1]:8080"),
        ("voice.example", "http://voice.example:8080"),
    ],
)
def test_a_server_is_found_where_it_listens(host, url):
    assert base_url(host, 8080) == url
    assert str(httpx.URL(base_url(host, 8080))) == url


@pytest.mark.parametrize("host", ["::1", "::"])
async def test_a_web_process_on_an_ipv6_address_is_healthy_and_not_killed(tmp_path, host):
    async def healthz(request):
        return PlainTextResponse("ok")

    settings = load(data=tmp_path, web_host=host, web_port=free_port())
    healthy = platform_health(settings, patience_s=2.0)
    assert not await healthy("web"), "nobody listens yet"
    app = Starlette(routes=[Route("/healthz", healthz)])
    with contextlib.closing(socket.socket(socket.AF_INET6)) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return  # this machine has no IPv6: what can be seen here is that nothing is raised
    async with served(port_config(app, host, settings.web_port)):
        assert await healthy("web")
