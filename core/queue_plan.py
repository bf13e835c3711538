"""The plan of queues and opening hours that administrators keep in the database, version by version.

What a plan may say is the distributor's matter (``assist.acd.plan``); here it is data that can be written as
JSON. Where none was ever saved, the file of the settings counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer, String, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Database, metadata

queue_plans = Table(
    "queue_plans",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("plan", JSON, nullable=False),
    Column("saved_at", String(32), nullable=False),
    Column("saved_by", String(80), nullable=False),
)


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """
    Attributes:
        version: 1, 2, 3 ...; 0 is the file of the settings.
        plan: ``hours``, ``queues``, ``peak``, ``break_reasons`` as in the file.
    """

    version: int
    plan: dict[str, Any]
    saved_at: str = ""
    saved_by: str = ""


async def newest_plan(db: Database) -> SavedPlan | None:
    """The plan that counts; None if none was ever saved."""
    async with db.read() as connection:
        return await newest_plan_in(connection)


async def newest_plan_in(connection: AsyncConnection) -> SavedPlan | None:
    """The same within a transaction."""
    query = select(queue_plans).order_by(queue_plans.c.version.desc()).limit(1)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    return SavedPlan(row["version"], dict(row["plan"]), row["saved_at"], row["saved_by"])


def as_json(value: Any) -> Any:
    """YAML's data as JSON can hold it: days become text, and so do the names of settings."""
    if isinstance(value, Mapping):
        return {
            as_json(key) if isinstance(key, date) else str(key): as_json(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def flattened(value: Any, at: str = "") -> dict[str, Any]:
    """Every single setting by its path, such as ``queues.general.target_s``; lists are one setting."""
    if not isinstance(value, Mapping) or not value:
        return {at: value}
    found: dict[str, Any] = {}
    for key, inner in value.items():
        found |= flattened(inner, f"{at}.{key}" if at else str(key))
    return found
