"""The line is public; its numbers are not."""

import httpx
import pytest

from voice_gateway.line import build_line_app


async def nobody_answers(leg):
    raise AssertionError("no call is placed here")


@pytest.mark.parametrize(
    ("asker", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "10.1.2.3"}, 403),
        ("127.0.0.1", {"Forwarded": "for=10.1.2.3"}, 403),
        ("10.1.2.3", {}, 403),
        ("10.1.2.3", {"Authorization": "Bearer scrape you"}, 403),
        ("10.1.2.3", {"Authorization": "Bearer "}, 403),
        ("10.1.2.3", {"Authorization": "Bearer scrape me"}, 200),
    ],
)
async def test_metrics_of_the_line_are_for_this_machine_or_the_token(asker, headers, status):
    app = build_line_app(nobody_answers, metrics_token="scrape me")
    transport = httpx.ASGITransport(app, client=(asker, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://line") as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("tetraphone_log_events_total" in answer.text) == (status == 200)


async def test_without_a_token_no_other_machine_gets_them():
    transport = httpx.ASGITransport(build_line_app(nobody_answers), client=("10.1.2.3", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://line") as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 403
        assert (await client.get("/healthz")).status_code == 200
