"""A process that is told to end lets its calls end first, and is reachable meanwhile."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from app.serving import _unhandled


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def healthy(base_url, transport=None):
    try:
        async with httpx.AsyncClient(base_url=base_url, transport=transport) as client:
            return (await client.get("/healthz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_call_goes_on_after_the_signal_and_both_servers_answer(tmp_path, number):
    port, path = free_port(), tmp_path / "run" / "control.sock"
    script = Path(__file__).parent / "draining_process.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(port),
        str(path),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    try:
        async with asyncio.timeout(60):
            while not await healthy(f"http://127.0.0.1:{port}"):
                await asyncio.sleep(0.05)
            async with connect(f"ws://127.0.0.1:{port}/call") as call:
                process.send_signal(number)
                assert await process.stdout.readline() == b"draining\n"
                # Longer than a server takes to notice that it should end.
                await asyncio.sleep(0.5)
                await call.send("still here?")
                assert await call.recv() == "still here?"
                assert await healthy(f"http://127.0.0.1:{port}")
                assert await healthy("http://control", httpx.AsyncHTTPTransport(uds=str(path)))
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_only_the_harmless_call_on_a_finished_future_is_passed_over(caplog):
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(_unhandled)
    try:
        given_up = loop.create_future()
        given_up.cancel()
        with caplog.at_level("ERROR"):
            loop.call_soon(given_up.set_result, None)
            await asyncio.sleep(0)
            assert not caplog.records
            loop.call_soon(int, "not a number")
            await asyncio.sleep(0)
            assert "ValueError" in caplog.text
    finally:
        loop.set_exception_handler(before)
