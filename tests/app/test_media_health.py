"""A media process whose calls are not heard says so, to monitors, to the web process and to the supervisor."""

import httpx
import pytest

from app.media import build_control_app
from app.web import MediaLink
from assist.acd import AcdRouter
from voice_gateway.switchboard import Switchboard


class Models:
    async def ready(self):
        return False


class NoCalls(Switchboard):
    def __init__(self):
        pass

    def live(self):
        return []


@pytest.mark.parametrize(("hears", "status"), [(True, 200), (False, 503)])
async def test_a_process_that_does_not_hear_is_neither_healthy_nor_ready(event_log, hears, status):
    app = build_control_app(NoCalls(), AcdRouter(event_log), Models(), lambda: hears)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://media") as client:
        assert (await client.get("/healthz")).status_code == status
        answer = await client.get("/readyz")
    assert answer.status_code == status
    assert answer.json() == {"ready": hears, "calls": 0, "models": False}
    link = MediaLink("unused", transport=transport)
    assert (await link.ready())[0] is hears
    await link.close()
