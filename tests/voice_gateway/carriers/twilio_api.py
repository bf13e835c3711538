"""Twilio's REST API for calls on loopback, as far as we use it: it checks, answers and rings as Twilio does."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "12345678901234567890123456789012"


@dataclass
class TwilioApi:
    """
    Attributes:
        does: what becomes of the next calls: ``answered``, a final status such as ``busy``, ``silent``, an HTTP
            status that refuses them, ``hangs``: no answer to the request, ``held``: none until ``go_on``; or what Twilio finds has answered where it
            was asked to look: ``human``, ``machine_start``, ``fax``, ``unknown``.
    """

    does: list[str | int] = field(default_factory=lambda: ["answered"])
    placed: list[dict[str, str]] = field(default_factory=list)
    updated: list[tuple[str, str]] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)
    url: str = ""
    asked: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task] = field(default_factory=list)

    async def create(self, request: Request) -> Response:
        if (refused := self._unknown(request)) is not None:
            return refused
        form = {key: str(value) for key, value in (await request.form()).items()}
        does = self.does.pop(0) if len(self.does) > 1 else self.does[0]
        self.asked += 1
        if does == "hangs":
            await asyncio.sleep(5)
        if does == "held":
            await self.go_on.wait()
        if isinstance(does, int):
            body = {"code": 21211, "message": f"The 'To' number {form['To']} is not valid.", "status": does}
            return JSONResponse(body, does)
        sid = f"CA{len(self.placed):032x}"
        self.placed.append(form)
        self._tasks.append(asyncio.create_task(self._ring(sid, form, str(does))))
        return JSONResponse({"sid": sid, "status": "queued", "to": form["To"], "from": form["From"]}, 201)

    async def update(self, request: Request) -> Response:
        if (refused := self._unknown(request)) is not None:
            return refused
        form = await request.form()
        sid = request.path_params["sid"]
        self.updated.append((sid, str(form["Status"])))
        return JSONResponse({"sid": sid, "status": str(form["Status"])})

    def _unknown(self, request: Request) -> Response | None:
        right = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") == right and request.path_params["account"] == ACCOUNT:
            return None
        return JSONResponse({"code": 20003, "message": "Authenticate", "status": 401}, 401)

    async def _ring(self, sid: str, form: dict[str, str], does: str) -> None:
        call = {"CallSid": sid, "From": form["From"], "To": form["To"], "Direction": "outbound-api"}
        await asyncio.sleep(0.05)
        if does in ("answered", "human", "machine_start", "fax", "unknown"):
            looked = does != "answered" and form.get("MachineDetection") == "Enable"
            by = {"AnsweredBy": does} if looked else {}
            await self._tell(form["Url"], {**call, "CallStatus": "in-progress", **by})
        elif does not in ("silent", "held"):
            await self._tell(form["StatusCallback"], {**call, "CallStatus": does})

    async def _tell(self, url: str, form: dict[str, str]) -> None:
        signature = RequestValidator(TOKEN).compute_signature(url, form)
        async with httpx.AsyncClient(trust_env=False) as client:
            self.answers.append(await client.post(url, data=form, headers={"X-Twilio-Signature": signature}))

    async def settle(self) -> None:
        await asyncio.gather(*self._tasks)


@contextlib.asynccontextmanager
async def twilio_api(*does: str | int) -> AsyncIterator[TwilioApi]:
    api = TwilioApi(list(does) or ["answered"])
    calls = "/2010-04-01/Accounts/{account}/Calls"
    app = Starlette(
        routes=[
            Route(calls + ".json", api.create, methods=["POST"]),
            Route(calls + "/{sid}.json", api.update, methods=["POST"]),
        ]
    )
    listening = socket.create_server(("127.0.0.1", 0))
    api.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield api
        await api.settle()
    finally:
        server.should_exit = True
        await task
        listening.close()
