"""The webhooks: who is served, and what Twilio is told to do with a call."""

import httpx
import pytest
from lxml import etree
from raw_stream import RawStream, raw_stream, ring
from served_line import line, until
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from core.languages import Language
from voice_gateway.carriers.endings import Ending
from voice_gateway.carriers.twilio_client import CallRefused, StreamWriter, read_twiml
from voice_gateway.carriers.twilio_settings import TwilioSettings

TOKEN = "12345678901234567890123456789012"
PUBLIC = "https://phone.example.com/line"
CALL = {"CallSid": "CA1", "From": "+8613800138000", "To": "+8657900000000", "CallStatus": "in-progress"}


def signature(url: str, form: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, form)}


async def test_a_ringing_call_is_answered_with_a_stream_that_carries_its_token_as_a_parameter(listener):
    async with line(listener) as served:
        response = await served.post("/twilio/voice", **CALL)
        assert response.headers["content-type"].startswith("application/xml")
        connected = etree.fromstring(response.content).find("Connect")
        stream = connected.find("Stream")
        assert connected.get("action") == f"{served.url}/twilio/action"
        assert stream.get("url") == f"{served.url}/twilio/media".replace("http", "ws")
        assert stream.get("statusCallback") == f"{served.url}/twilio/status"
        parameter = stream.find("Parameter")
        assert parameter.get("name") == "token" and len(parameter.get("value")) >= 40
        again = await served.post("/twilio/voice", **CALL)
        assert parameter.get("value") not in again.text


async def test_behind_a_proxy_the_public_address_is_given_out(listener):
    async with line(listener, TwilioSettings(public_url=PUBLIC + "/")) as served:
        text = (await served.post("/twilio/voice", **CALL)).text
        assert 'url="wss://phone.example.com/line/twilio/media"' in text
        assert 'action="https://phone.example.com/line/twilio/action"' in text


@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/action", "/twilio/status"])
async def test_with_an_auth_token_webhooks_must_be_signed_over_the_public_address(listener, path):
    async with line(listener, TwilioSettings(auth_token=TOKEN, public_url=PUBLIC)) as served:
        good = signature(PUBLIC + path, CALL)
        assert (await served.post(path, good, **CALL)).is_success
        assert (await served.post(path, None, **CALL)).status_code == 403
        assert (await served.post(path, good, **{**CALL, "From": "+1"})).status_code == 403
        assert (await served.post(path, good, **CALL, Extra="")).status_code == 403
        assert (await served.post(path, signature(served.url + path, CALL), **CALL)).status_code == 403
        other_account = signature(PUBLIC + path, CALL, "0" * 32)
        assert (await served.post(path, other_account, **CALL)).status_code == 403


async def test_with_an_auth_token_the_streams_handshake_must_be_signed_too(listener):
    settings = TwilioSettings(auth_token=TOKEN)
    async with line(listener, settings) as served:
        order = await ring(served.url, "CA1", TOKEN)
        for headers in (
            {},
            signature(order.url, {}, "0" * 32),
            signature("wss://elsewhere/twilio/media", {}),
        ):
            with pytest.raises(InvalidStatus) as refused:
                await connect(order.url, proxy=None, additional_headers=headers)
            assert refused.value.response.status_code == 403
        headers = signature(order.url, {})
        async with connect(order.url, proxy=None, additional_headers=headers) as socket:
            stream = RawStream(socket, StreamWriter("CA1"), order)
            await stream.start()
            await stream.sound(2)
            await until(lambda: len(listener.calls["CA1"].frames) == 2)


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Origin": "https://evil.example"},
    ],
)
async def test_without_an_auth_token_nobody_is_served_on_behalf_of_a_stranger(listener, header):
    async with line(listener) as served:
        assert (await served.post("/twilio/voice", header, **CALL)).status_code == 403
        with pytest.raises(InvalidStatus):
            await connect(
                served.url.replace("http", "ws") + "/twilio/media", proxy=None, additional_headers=header
            )
        assert (await served.post("/twilio/voice", **CALL)).status_code == 200


async def test_without_an_auth_token_another_machine_is_refused(listener):
    from voice_gateway.line import build_line_app

    transport = httpx.ASGITransport(build_line_app(listener), client=("192.0.2.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://line") as client:
        assert (await client.post("/twilio/voice", data=CALL)).status_code == 403
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"CallSid=", 400),
        (b"CallSid=a%20b%3Cscript%3E", 400),
        (b"\xff\xfe", 413),
        (b"CallSid=CA1&x=" + b"y" * 70_000, 413),
        (b"&".join(b"f%d=1" % n for n in range(300)), 413),
    ],
)
async def test_a_body_that_is_no_form_is_refused(listener, body, status):
    async with line(listener) as served, httpx.AsyncClient(trust_env=False) as client:
        response = await client.post(served.url + "/twilio/voice", content=body)
        assert response.status_code == status and response.text


async def test_when_no_more_calls_fit_the_caller_is_told_in_their_language(listener):
    offered = []

    def admit(call):
        offered.append(call)
        return False

    async with line(listener, admit=admit) as served:
        text = (await served.post("/twilio/voice", **{**CALL, "From": "+821012345678"})).text
        assert "통화 중" in text and "<Hangup" in text and "<Stream" not in text
        with pytest.raises(CallRefused, match="线路都在忙"):
            await ring(served.url, "CA2")
    assert next((call.caller, call.called) for call in offered) == ("+821012345678", "+8657900000000")


async def test_a_withheld_number_is_no_number(listener):
    calls = []
    async with line(listener, admit=lambda call: calls.append(call) or True) as served:
        await served.post("/twilio/voice", **{**CALL, "From": "anonymous", "To": "client:desk"})
    assert (calls[0].caller, calls[0].called) == ("", "")


async def verbs(served, **fields: str) -> list[tuple[str, str]]:
    response = await served.post("/twilio/action", **{**CALL, **fields})
    return [(verb.name, verb.text) for verb in read_twiml(response.text)]


async def test_after_the_stream_a_call_is_ended_transferred_or_apologised_to(listener):
    settings = TwilioSettings(fallback_number="sip:desk@example.com", default_language=Language.JA)
    async with line(listener, settings) as served:
        endings = served.streams.endings
        endings.record("CA1", Ending("hang_up"))
        assert await verbs(served) == [("Hangup", "")]
        endings.record("CA1", Ending("transfer", "+8657912345678"))
        assert await verbs(served) == [("Dial", "+8657912345678")]
        assert await verbs(served) == [("Dial", "+8657912345678")]  # Twilio may ask twice
        endings.record("CA1", Ending("failed", None, Language.EN))
        said, dialled = await verbs(served)
        assert said[0] == "Say" and "very sorry" in said[1] and dialled == ("Dial", "sip:desk@example.com")
        (_, said), _ = await verbs(served, CallSid="CA-never-seen", From="anonymous")
        assert "申し訳" in said
        assert await verbs(served, CallSid="CA-never-seen", CallStatus="completed") == [("Hangup", "")]


async def test_without_a_fallback_number_the_apology_ends_in_a_goodbye(listener):
    async with line(listener) as served:
        (say, said), (hangup, _) = await verbs(served, From="+447700900000")
        assert (say, hangup) == ("Say", "Hangup") and "Goodbye" in said


async def test_a_planned_transfer_reaches_the_carrier(listener):
    async def answer(leg):
        with pytest.raises(ValueError):
            await leg.close(transfer_to="<Hangup/>")
        await leg.close(transfer_to="+8657912345678")

    async with line(answer) as served, raw_stream(served.url) as stream:
        await stream.start()
        assert await stream.closed() == (1000, "closed_by_us")
        assert await verbs(served) == [("Dial", "+8657912345678")]


async def test_health_readiness_and_metrics_are_told(listener):
    state = {"ready": False}

    def ready():
        return state["ready"], {"models": "loading"}

    async with (
        line(listener, ready=ready) as served,
        httpx.AsyncClient(trust_env=False, base_url=served.url) as client,
    ):
        assert (await client.get("/healthz")).status_code == 200
        response = await client.get("/readyz")
        assert response.status_code == 503 and response.json() == {"ready": False, "models": "loading"}
        state["ready"] = True
        assert (await client.get("/readyz")).status_code == 200
        assert "tetraphone_line_legs" in (await client.get("/metrics")).text


@pytest.mark.parametrize(
    ("setting", "value"),
    [("public_url", "phone.example.com"), ("public_url", "ftp://x"), ("fallback_number", "call me"),
     ("media_timeout_s", 0), ("start_timeout_s", float("nan")), ("max_faults", 0)],
)  # fmt: skip
def test_a_wrong_setting_is_named(setting, value):
    with pytest.raises(ValueError, match=setting):
        TwilioSettings(**{setting: value})
