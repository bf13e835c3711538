"""A process is asked whether it lives: on its socket, or on its port."""

import asyncio
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from test_serving import free_port

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
