"""Browsers on the line: what the settings say of them, for the process that lets them in and for the one that serves them."""

from __future__ import annotations

import time
from typing import Any

from app.settings import Settings
from app.web.line_access import LineAccess
from core.crypto import SiteKey
from core.tickets import TicketGate
from voice_gateway.carriers.webrtc_lines import WebRtcLines
from voice_gateway.carriers.webrtc_settings import IceServer, WebRtcSettings
from voice_gateway.switchboard import Switchboard

_PURPOSE = "line tickets"


def browser_lines(settings: Settings, site_key: SiteKey, switchboard: Switchboard) -> WebRtcLines:
    """For the media process: agents' sound and callers from ``/phone``."""
    return WebRtcLines(
        WebRtcSettings(
            ice_servers=settings.ice_servers,
            max_legs=settings.webrtc_legs,
            agent_resume_s=settings.softphone_resume_s,
            media_timeout_s=settings.media_timeout_s,
        ),
        TicketGate(site_key.derived(_PURPOSE), opened_at=time.time()),
        answer=switchboard.answer,
        register=switchboard.lines.register,
        admit=lambda call: switchboard.has_room(),
    )


def line_access(settings: Settings, site_key: SiteKey) -> LineAccess:
    """For the web process: tickets, and where the line is."""
    return LineAccess(
        key=site_key.derived(_PURPOSE),
        url=settings.line_url,
        port=settings.line_port,
        public=settings.public_phone or settings.demo,
        demo=settings.demo,
        ice_servers=tuple(_for_browsers(server) for server in settings.ice_servers),
    )


def _for_browsers(server: IceServer) -> dict[str, Any]:
    fields: dict[str, Any] = {"urls": list(server.urls)}
    if server.username:
        fields |= {"username": server.username, "credential": server.credential}
    return fields
