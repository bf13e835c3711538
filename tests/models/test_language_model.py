"""The adapter for OpenAI-compatible endpoints, against a real local HTTP server."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models.language_model import OpenAICompatible
from models.protocols import LanguageModel, LanguageModelError, Message


class Endpoint(ThreadingHTTPServer):
    """Answers with what it is told to, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.body = 200, b""
        self.asked: list[tuple[str, str | None, dict]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.says("Your parcel arrives on Monday.")

    def says(self, text) -> None:
        self.body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers.get("Authorization"), body))
        self.server.hold.wait(30)
        try:
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(self.server.body)))
            self.end_headers()
            self.wfile.write(self.server.body)
        except BrokenPipeError:  # the client that gave up
            self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        return


@pytest.fixture
def endpoint():
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def model(endpoint):
    async with OpenAICompatible(
        f"http://127.0.0.1:{endpoint.server_port}/v1/", "small", api_key="k"
    ) as model:
        yield model


ASKED = [Message("system", "Be brief."), Message("user", "包裹在哪里？")]


async def test_the_endpoint_is_asked_in_the_openai_form(model, endpoint):
    assert isinstance(model, LanguageModel)
    assert await model.complete(ASKED, max_tokens=40) == "Your parcel arrives on Monday."
    path, key, body = endpoint.asked[0]
    assert path == "/v1/chat/completions"
    assert key == "Bearer k"
    assert body["model"] == "small"
    assert body["max_tokens"] == 40
    assert body["messages"][1] == {"role": "user", "content": "包裹在哪里？"}


async def test_an_error_status_is_told(model, endpoint):
    endpoint.status = 500
    with pytest.raises(LanguageModelError, match="500"):
        await model.complete(ASKED)


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b'{"choices": []}', b"[]", b'{"choices": [{"message": null}]}']
)
async def test_an_answer_in_another_form_is_refused(model, endpoint, body):
    endpoint.body = body
    with pytest.raises(LanguageModelError, match="OpenAI form"):
        await model.complete(ASKED)


@pytest.mark.parametrize("content", ["", "  ", None])
async def test_an_empty_answer_is_no_answer(model, endpoint, content):
    endpoint.says(content)
    with pytest.raises(LanguageModelError, match="empty"):
        await model.complete(ASKED)


async def test_a_slow_endpoint_is_given_up(model, endpoint):
    endpoint.hold.clear()
    with pytest.raises(LanguageModelError, match="reached"):
        await model.complete(ASKED, timeout_s=0.2)


async def test_an_absent_endpoint_is_told():
    async with OpenAICompatible("http://127.0.0.1:9/v1", "small") as model:
        with pytest.raises(LanguageModelError, match="reached"):
            await model.complete(ASKED)


def test_an_address_without_a_scheme_is_refused():
    with pytest.raises(ValueError, match="http://"):
        OpenAICompatible("localhost:11434", "small")
