"""The callers' page and the agents' softphone in a real Chromium with a known microphone, against the real line."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from dataclasses import dataclass, field

import numpy as np
import pytest
import soundfile
import uvicorn
from chromium import ARGUMENTS, CHROMIUM, NEEDS_CHROMIUM
from web_browser import photograph_async

from app.web import build_web_app, page_phone
from app.web.line_access import LineAccess
from core.console.style import STYLE, STYLE_PATH
from core.console.texts import t
from core.languages import Language
from core.tickets import TicketGate
from core.web import COOKIE
from voice_gateway.bridge.lines import AgentLines
from voice_gateway.carriers.webrtc_lines import WebRtcLines
from voice_gateway.carriers.webrtc_settings import WebRtcSettings
from voice_gateway.leg import LINE_RATE, Frame, KeyPress, LegClosed, LegFault
from voice_gateway.line import build_line_app, line_server_config

pytestmark = [*NEEDS_CHROMIUM, pytest.mark.live]
FAKE_MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
KEY = b"p" * 32
SPOKEN, PLAYED = 700.0, 1_100.0


def tone(seconds: float, hertz: float) -> np.ndarray:
    return (8_000 * np.sin(2 * np.pi * hertz * np.arange(int(LINE_RATE * seconds)) / LINE_RATE)).astype(
        np.int16
    )


def pitch(pcm: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    return float(np.fft.rfftfreq(pcm.size, 1 / LINE_RATE)[int(spectrum.argmax())])


@dataclass
class Heard:
    """What one call brought."""

    leg: object
    frames: list[Frame] = field(default_factory=list)
    keys: str = ""
    faults: list[str] = field(default_factory=list)
    closed: str = ""

    def sound(self, frames: int) -> np.ndarray:
        return np.concatenate([frame.pcm for frame in self.frames[-frames:]])


@dataclass
class Site:
    """Web and line, as one site."""

    url: str
    lines: AgentLines
    served: WebRtcLines
    calls: list[Heard] = field(default_factory=list)

    async def answer(self, leg) -> None:
        """Says one tone after the other, and listens."""
        call = Heard(leg)
        self.calls.append(call)
        speaking = asyncio.create_task(self._speak(leg))
        try:
            async for event in leg.events():
                match event:
                    case Frame():
                        call.frames.append(event)
                    case KeyPress(key):
                        call.keys += key
                    case LegFault(what):
                        call.faults.append(what)
                    case LegClosed(reason):
                        call.closed = reason
        finally:
            speaking.cancel()

    async def _speak(self, leg) -> None:
        while True:
            await leg.play(tone(0.5, PLAYED))
            await leg.mark("more")
            await asyncio.sleep(0.5)

    async def lose_network(self, leg) -> None:
        """What a browser notices of it: nothing arrives any more, its WebSocket breaks."""
        for transceiver in leg.peer._pc.getTransceivers():
            for protocol in transceiver.receiver.transport.transport._connection._protocols:
                protocol.transport.abort()
        await self.served._links[leg.id]._websocket.close(1011)


async def until(condition, limit_s: float = 20.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def serving(config: uvicorn.Config, sockets: list[socket.socket]):
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=sockets))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def site(parts):
    web_socket, line_socket = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
    lines = AgentLines()
    site = Site(f"http://127.0.0.1:{web_socket.getsockname()[1]}", lines, None)
    site.served = WebRtcLines(
        WebRtcSettings(
            lost_after_s=2.5,  # longer than a busy machine stands still
            media_timeout_s=10.0,
            agent_resume_s=20.0,
        ),
        TicketGate(KEY),
        answer=site.answer,
        register=lines.register,
    )
    parts.line = LineAccess(KEY, port=line_socket.getsockname()[1], public=True, demo=True)
    web = build_web_app(parts, consoles=False)
    web.include_router(page_phone.router)

    @web.get(STYLE_PATH)
    async def style():
        from fastapi import Response

        return Response(STYLE, media_type="text/css")

    line = build_line_app(site.answer, browsers=site.served.routes())
    async with (
        serving(uvicorn.Config(web, log_level="error", timeout_graceful_shutdown=2), [web_socket]),
        serving(
            line_server_config(line, "127.0.0.1", 0, log_level="error", timeout_graceful_shutdown=2),
            [line_socket],
        ),
    ):
        yield site
    await lines.close()


@contextlib.asynccontextmanager
async def browser(site: Site, *arguments: str, **options):
    """A page of a Chromium of its own; errors on it fail the test."""
    from playwright.async_api import async_playwright

    complaints: list[str] = []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*ARGUMENTS, "--autoplay-policy=no-user-gesture-required", *arguments],
        )
        context = await chromium.new_context(
            base_url=site.url, **{"locale": "en-US", "viewport": {"width": 1366, "height": 768}, **options}
        )
        page = await context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        await chromium.close()
    assert not complaints


@pytest.fixture
def microphone(tmp_path) -> tuple[str, ...]:
    """Chromium's arguments for a microphone that hears one tone for ever."""
    file = tmp_path / "microphone.wav"
    sound = 0.5 * np.sin(2 * np.pi * SPOKEN * np.arange(48_000 * 4) / 48_000)
    soundfile.write(file, sound, 48_000, subtype="PCM_16")
    return (*FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={file}")


async def state(page, wanted: str) -> None:
    await page.locator(f'.phone[data-state="{wanted}"]').wait_for()


async def heard_level(page) -> float:
    """The loudest of a second."""
    levels = []
    for _ in range(10):
        levels.append(float(await page.locator(".phone").get_attribute("data-heard") or 0))
        await page.wait_for_timeout(100)
    return max(levels)


async def test_a_call_from_the_page_has_sound_both_ways_keys_and_an_end(site, microphone):
    async with browser(site, *microphone) as page:
        await page.goto("/phone")
        await photograph_async(page, "phone-idle")
        # By keyboard alone, from the top of the page.
        call = page.get_by_role("button", name="Call", exact=True)
        for _ in range(3):
            await page.keyboard.press("Tab")
            if await call.evaluate("one => one === document.activeElement"):
                break
        await page.keyboard.press("Enter")
        await state(page, "connected")
        await until(lambda: site.calls and len(site.calls[0].frames) > 150)
        (heard,) = site.calls
        assert pitch(heard.sound(50)) == pytest.approx(SPOKEN, abs=5)
        assert await heard_level(page) > 0.05
        assert "In the call" in await page.get_by_role("status").inner_text()
        await page.wait_for_function("() => document.getElementById('clock').textContent >= '0:02'")
        await page.keyboard.press("1")
        await page.keyboard.press("#")
        await page.get_by_role("group", name="Keypad").get_by_role("button", name="Star").click()
        await until(lambda: heard.keys == "1#*")
        await photograph_async(page, "phone-in-call")
        await page.get_by_role("button", name="Mute").click()
        await asyncio.sleep(1.0)
        assert np.abs(heard.sound(20).astype(int)).max() < 200
        await page.get_by_role("button", name="Unmute").click()
        await until(lambda: np.abs(heard.sound(10).astype(int)).max() > 1_000)
        await page.get_by_role("button", name="Hang up").press("Enter")
        await state(page, "ended")
        await until(lambda: heard.closed == "hung_up")
        assert await page.get_by_role("status").inner_text() == "The call has ended."
        assert not heard.faults


async def test_a_lost_network_is_shown_and_the_call_comes_back_by_itself(site, microphone):
    async with browser(site, *microphone) as page:
        await page.goto("/phone")
        await page.get_by_role("button", name="Call", exact=True).click()
        await state(page, "connected")
        await until(lambda: site.calls and len(site.calls[0].frames) > 50)
        (heard,) = site.calls
        await site.lose_network(heard.leg)
        await state(page, "lost")
        assert "Reconnecting" in await page.get_by_role("status").inner_text()
        await state(page, "connected")
        before = len(heard.frames)
        await until(lambda: len(heard.frames) > before + 60)
        assert pitch(heard.sound(50)) == pytest.approx(SPOKEN, abs=5)
        assert await heard_level(page) > 0.05
        assert len(site.calls) == 1 and heard.faults == ["connection_lost", "connection_resumed"]


async def test_our_goodbye_shows_the_number_to_call(site, microphone):
    async with browser(site, *microphone) as page:
        await page.goto("/phone")
        await page.get_by_role("button", name="Call", exact=True).click()
        await state(page, "connected")
        await until(lambda: site.calls)
        await site.calls[0].leg.close(transfer_to="+8657911112222")
        await state(page, "ended")
        link = page.get_by_role("link", name="+8657911112222")
        assert await link.get_attribute("href") == "tel:+8657911112222"


async def test_every_end_of_a_call_is_told(site, microphone):
    lost, sorry = t("phone.ended_stream_lost", "en"), t("phone.ended_failed", "en")
    async with browser(site, *microphone) as page:
        await page.goto("/phone")
        for reason, said in (
            ("stream_lost", lost),
            ("media_timeout", lost),
            ("too_many_faults", t("phone.ended", "en")),
            ("line_stuck", t("phone.ended", "en")),
            ("failed", sorry),
            ("no_connection", t("phone.ended_no_connection", "en")),
        ):
            calls = len(site.calls)
            await page.get_by_role("button", name="Call", exact=True).click()
            await state(page, "connected")
            await until(lambda calls=calls: len(site.calls) > calls)
            leg = site.calls[-1].leg
            if reason == "no_connection":  # as for one whose sound never came through
                leg.farewell = reason
                leg.end("stream_lost")
            else:
                leg.end(reason)
            await state(page, "ended")
            assert await page.get_by_role("status").inner_text() == said, reason


async def test_a_denied_microphone_is_explained_in_each_language(site):
    async with browser(site, color_scheme="dark") as page:
        for language in Language:
            await page.goto(f"/phone?language={language}")
            assert await page.locator("html").get_attribute("lang") == language
            await page.locator("#call").click()
            await state(page, "denied")
            said = await page.get_by_role("alert").inner_text()
            assert said in {t(f"phone.denied_{why}", language) for why in ("not_allowed", "no_microphone")}
            assert await page.locator("#call").is_visible()
            await photograph_async(page, f"phone-denied-{language}")
        assert not site.calls


OPEN_LINE = """async ([address, csrf]) => {
  const { Softphone } = await import(address);
  window.states = [];
  window.line = new Softphone({ csrf, onState: ({ state, detail, level, heard }) => {
    window.now = { state, detail, level, heard };
    if (states.at(-1) !== state) states.push(state);
  } });
  line.connect();
}"""


async def test_an_agents_line_is_resumed_after_a_loss_and_a_reload_and_gives_way_to_another_tab(
    site, microphone, parts
):
    session = await parts.identity.log_in("agent", "a long enough password", "page")
    softphone = [f"{page_phone.ASSETS}/softphone.js", session.csrf]

    async def open_line(page) -> None:
        await page.goto("/phone")
        await page.evaluate(OPEN_LINE, softphone)
        await page.wait_for_function("() => window.now?.state === 'connected'")

    async with browser(site, *microphone) as page:
        await page.context.add_cookies([{"name": COOKIE, "value": session.secret, "url": site.url}])
        await open_line(page)
        await until(lambda: site.lines.of("agent") is not None)
        leg = site.lines.of("agent")
        await site.lose_network(leg)
        began = time.monotonic()
        await page.wait_for_function("() => states.join() === 'connecting,connected,lost,connected'")
        await until(lambda: leg.lost_since is None)
        back_s = time.monotonic() - began
        assert back_s < 10 and site.lines.of("agent") is leg
        await leg.play(tone(2.0, PLAYED))
        await page.wait_for_function("() => window.now.heard > 0.05 && window.now.level > 0.05")
        await open_line(page)
        await until(lambda: leg.lost_since is None)
        assert site.lines.of("agent") is leg, "a page that is loaded anew takes up the same line"
        other = await page.context.new_page()
        await open_line(other)
        await page.wait_for_function("() => window.now.state === 'replaced'")
        await until(lambda: site.lines.of("agent") not in (None, leg))
        await other.evaluate("line.close()")
        await until(lambda: site.lines.of("agent") is None)
