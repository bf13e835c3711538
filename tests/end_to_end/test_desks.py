"""The benchmark's pages without a browser are real ones: an agent works at them on the running platform."""

from __future__ import annotations

import httpx
import pytest

from app.bench_desks import QUICK_HASHER, logged_in
from core.identity import Identity
from evals.bench.desks import Desk, own_states, shows, until_shown

pytestmark = [pytest.mark.platform, pytest.mark.models, pytest.mark.asyncio(loop_scope="session")]


async def test_a_page_without_a_browser_shows_what_its_agent_chooses(platform):
    sessions = await logged_in(Identity(platform.common.db, hasher=QUICK_HASHER), 2)
    desks = [Desk(user) for user in sessions]
    async with httpx.AsyncClient(timeout=30) as client:
        for desk in desks:
            await desk.page.open(client, platform.web, "/desk", sessions[desk.user])
    try:
        # Somebody else's calls are not for them.
        await desks[0].choose("break")
        assert await until_shown(desks[:1], shows("state", "break"), 20.0) == []
        (delay,) = own_states(desks)
        assert delay is not None and 0 < delay < 15
        await desks[0].choose("offline")
        assert await until_shown(desks[:1], shows("state", "offline"), 20.0) == []
        assert desks[1].now.state not in ("break", "available")
    finally:
        for desk in desks:
            await desk.page.close()
    assert not any(desk.page.connected for desk in desks)


async def test_without_a_session_there_is_no_page(platform):
    async with httpx.AsyncClient(timeout=30) as client:
        with pytest.raises((httpx.HTTPError, ValueError)):
            await Desk("nobody").page.open(client, platform.web, "/desk", "no such session")
