"""A process with a line and a control socket; it drains until its one WebSocket has ended."""

import asyncio
import sys
from pathlib import Path

import uvloop
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from app.serving import port_config, serve_until_told, unix_config


async def main(port: int, path: Path) -> None:
    over = asyncio.Event()

    async def call(websocket):
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)
        over.set()

    async def healthz(request):
        return PlainTextResponse("ok")

    async def drain():
        print("draining", flush=True)
        await over.wait()

    line = Starlette(routes=[WebSocketRoute("/call", call), Route("/healthz", healthz)])
    control = Starlette(routes=[Route("/healthz", healthz)])
    await serve_until_told([port_config(line, "127.0.0.1", port), unix_config(control, path)], [drain])


uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2])))
