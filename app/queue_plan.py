"""The plan of queues and hours that the line follows: the newest that was saved, else the file of the settings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from app.common import Common, beside
from app.settings import Settings
from assist.acd import AcdRouter, Plan, PlanError
from assist.acd.plan import SHIPPED, parse_plan
from core.queue_plan import newest_plan

logger = logging.getLogger(__name__)

FOLLOW_S = 5.0
"""A saved plan counts on the line within this time."""


def plan_of_settings(settings: Settings) -> dict[str, Any]:
    """The file of the settings as data; the settings have checked it."""
    path = Path(settings.queues).expanduser() if settings.queues else SHIPPED
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


async def current_plan(common: Common) -> tuple[Plan, int]:
    """The plan that counts, and its version; 0 is that of the settings.

    A saved plan that this release cannot read is logged, and the settings' counts: calls must go somewhere.
    """
    saved = await newest_plan(common.db)
    if saved is None:
        return common.settings.plan, 0
    try:
        return parse_plan(saved.plan), saved.version
    except PlanError as error:
        logger.error("version %d of the queues cannot be followed: %s", saved.version, error)
        return common.settings.plan, saved.version


async def plan_now(common: Common) -> Plan:
    """The plan that counts, for whoever looks at it once."""
    return (await current_plan(common))[0]


@asynccontextmanager
async def plan_followed(common: Common, router: AcdRouter, version: int) -> AsyncIterator[None]:
    """Tell the distributor of every version that is saved while it is open.

    Args:
        version: the one that it has.
    """
    async with beside(_follow(common, router, version), "queue-plan"):
        yield


async def _follow(common: Common, router: AcdRouter, version: int) -> None:
    while True:
        await asyncio.sleep(FOLLOW_S)
        try:
            plan, newest = await current_plan(common)
            if newest != version:
                router.set_plan(plan)
                logger.info("queues: version %d counts from now on", newest)
                version = newest
        except Exception:
            logger.exception("the queues cannot be read; the plan read last goes on counting")
