"""What demo mode adds: users of every role, customers, orders. Never in production."""

from __future__ import annotations

from datetime import date

from bots.connectors.demo_data import seed_demo
from core.db import Database
from core.identity import Identity, Role

DEMO_PASSWORD = "demo-tetraphone"  # noqa: S105  (known to everybody, which is why demo mode must be asked for)

_USERS: tuple[tuple[str, str, Role, tuple[str, ...]], ...] = (
    ("mei", "王梅", Role.AGENT, ("zh", "en")),
    ("jimin", "김지민", Role.AGENT, ("ko", "en", "ja")),
    ("haruka", "佐藤遥", Role.AGENT, ("ja", "en")),
    ("emma", "Emma Clarke", Role.EDITOR, ()),
    ("quinn", "Quinn Lee", Role.QA, ()),
    ("sam", "Sam Rivera", Role.SUPERVISOR, ("zh", "en", "ja", "ko")),
    ("root", "Administrator", Role.ADMIN, ()),
)

DEMO_LOGINS: tuple[tuple[str, str, str], ...] = tuple(
    (username, DEMO_PASSWORD, f"{role.value} ({name})") for username, name, role, _ in _USERS
)


async def seed(db: Database, today: date) -> None:
    """Create demo users, customers and orders where they are missing."""
    identity = Identity(db)
    for username, name, role, languages in _USERS:
        if await identity.find(username) is None:
            skills = ("general", "complaints") if role is Role.AGENT else ()
            roles: set[Role] = {role, Role.MONITOR} if role is Role.SUPERVISOR else {role}
            await identity.add_user(
                username, DEMO_PASSWORD, roles, name=name, languages=languages, skills=skills
            )
    await seed_demo(db, today)
