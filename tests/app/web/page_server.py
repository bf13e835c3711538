"""The whole web app with its pages in a process of its own: ``python page_server.py FOLDER PORT``.

NiceGUI keeps one app per process, so pages are tested from outside, as browsers see them. Writes
``routes.json`` (method and path of every route) into the folder, then serves.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import uvicorn
from nicegui import app as pages_app

# NiceGUI behaves otherwise when it believes itself inside of a test.
os.environ.pop("PYTEST_CURRENT_TEST", None)

from web_world import close_world, open_world

from app.web import build_web_app
from assist.desk import DeskSite, mount_desk
from assist.feed import AssistFeed
from assist.wall import mount_wall
from core import identity
from evals.qa_page import register_qa_pages
from tests.quick_passwords import QuickHasher


async def main(folder: Path, port: int) -> None:
    parts = await open_world(folder, demo=True, demo_logins=(("qa", "shown only in a demo", "quality"),))
    feed = AssistFeed(parts.log, parts.media, knowledge=parts.knowledge)
    parts.pages = (
        lambda: mount_desk(DeskSite(feed, parts.identity)),
        mount_wall,
        lambda: register_qa_pages(parts.log, parts.call_list, parts.scorer),
    )
    parts.background = {"scorer": parts.scorer.keep_up}
    app = build_web_app(parts)
    await feed.start()
    (folder / "routes.json").write_text(json.dumps(routes(app) + routes(pages_app)))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", ws_ping_interval=20))
    await server.serve()
    await feed.close()
    await close_world(parts)


def routes(app) -> list[tuple[str, str]]:
    """(method, path) of every route, those of included routers too; of a mounted app only its place."""
    found: list[tuple[str, str]] = []
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if inner is not None:
            pending += inner.routes
        elif path := getattr(route, "path", ""):
            methods = getattr(route, "methods", None) or {"MOUNT"}
            found += [(method, path) for method in methods if method != "HEAD"]
    return found


if __name__ == "__main__":
    identity.PasswordHasher = QuickHasher
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
