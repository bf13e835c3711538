"""Puts the pages onto the web app: log-in and start page first, then the rooms' pages, then NiceGUI."""

from __future__ import annotations

from fastapi import FastAPI

import app.web.texts
import app.web.texts_admin
import app.web.texts_admin_audit
import app.web.texts_admin_queues  # noqa: F401  (all of them register words)
from app.web import (
    page_admin_audit,
    page_admin_numbers,
    page_admin_queues,
    page_admin_skills,
    page_admin_users,
    page_call,
    page_callbacks,
    page_calls,
    page_knowledge,
    page_latency,
    page_login,
    page_phone,
)
from app.web.parts import WebParts
from core.console import install


def add_consoles(web: FastAPI, parts: WebParts) -> None:
    """Once per process, after the API's routes."""
    web.include_router(page_login.router)
    web.include_router(page_phone.router)
    page_calls.register(parts)
    page_call.register(parts, web)
    page_callbacks.register(parts, web.state.call_backs)
    page_knowledge.register(web.state.knowledge_gate)
    page_latency.register(parts)
    page_admin_users.register(parts.administration)
    page_admin_skills.register(parts.administration)
    page_admin_queues.register(parts.administration)
    page_admin_numbers.register(parts.administration)
    page_admin_audit.register(parts.administration)
    for register in parts.pages:
        register()
    install(web, parts.identity)
