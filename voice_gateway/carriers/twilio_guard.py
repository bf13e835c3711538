"""Who may use the Twilio routes: with an auth token whoever signs with it, without one this machine alone."""

from __future__ import annotations

import ipaddress
from urllib.parse import parse_qsl

from starlette.datastructures import FormData
from starlette.requests import HTTPConnection, Request
from twilio.request_validator import RequestValidator

from voice_gateway.carriers.twilio_settings import TwilioSettings

_MAX_BODY = 64 * 1024
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "origin")
"""A proxy or a web page on this machine speaks for somebody else, who need not be on this machine."""


class TwilioGuard:
    """Checks webhooks and streams. Its methods return why something is refused, or ''."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._validator = RequestValidator(settings.auth_token) if settings.auth_token else None

    def public_url(self, connection: HTTPConnection, path: str) -> str:
        """The address of one of our paths as Twilio knows it, http or https."""
        if self._settings.public_url:
            return self._settings.public_url.rstrip("/") + path
        scheme = "https" if connection.url.scheme in ("https", "wss") else "http"
        return f"{scheme}://{connection.url.netloc}{path}"

    def stream_url(self, connection: HTTPConnection, path: str) -> str:
        return _as_websocket(self.public_url(connection, path))

    def refuses_webhook(self, request: Request, form: FormData) -> str:
        if self._validator is None:
            return _refuses_stranger(request)
        signature = request.headers.get("X-Twilio-Signature", "")
        return self._refuses_signature([self._url_of(request)], form, signature)

    def refuses_stream(self, websocket: HTTPConnection) -> str:
        if self._validator is None:
            return _refuses_stranger(websocket)
        url = _as_websocket(self._url_of(websocket))
        # Twilio has signed streams with and without a final slash.
        signature = websocket.headers.get("X-Twilio-Signature", "")
        return self._refuses_signature([url, url.rstrip("/") + "/"], FormData(), signature)

    def _refuses_signature(self, urls: list[str], form: FormData, signature: str) -> str:
        if not signature:
            return "unsigned"
        assert self._validator is not None
        try:
            valid = any(self._validator.validate(url, form, signature) for url in urls)
        except ValueError:  # a Host header that makes no address
            valid = False
        return "" if valid else "wrong_signature"

    def _url_of(self, connection: HTTPConnection) -> str:
        query = connection.url.query
        return self.public_url(connection, connection.url.path) + (f"?{query}" if query else "")


def _as_websocket(url: str) -> str:
    return "ws" + url.removeprefix("http")


def _refuses_stranger(connection: HTTPConnection) -> str:
    if any(name in connection.headers for name in _FORWARDED):
        return "not_this_machine"
    try:
        local = connection.client is not None and ipaddress.ip_address(connection.client.host).is_loopback
    except ValueError:
        local = False
    return "" if local else "not_this_machine"


async def read_form(request: Request) -> FormData | None:
    """The webhook's form, or None where it is too long or no form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY:
            return None
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
        return FormData([*fields])
    except ValueError:
        return None
