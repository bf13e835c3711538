"""Showing a caller's number in full: a right, and each look is in the audit log before the number is told."""

from __future__ import annotations

from core.audit import AuditLog
from core.audit_actions import Action
from core.identity import Role, User
from core.redaction import mask_number

NUMBER_SHOWN_S = 20.0
"""A number that was shown in full on a page is hidden again after this."""


class NotAllowed(PermissionError):
    """The user has no right to see numbers in full."""


def may_unmask(user: User) -> bool:
    """Supervisors, and agents with the right to it."""
    return user.may(Role.SUPERVISOR, Role.NUMBERS)


async def unmask(audit: AuditLog, user: User, call_id: str, number: str, origin: str) -> str:
    """The number, once the look is noted: who, which number (its last figures), of which call, from where.

    Raises:
        NotAllowed: nothing is noted, nothing told.
        SQLAlchemyError: the look could not be noted, so the number is not told.
    """
    if not may_unmask(user):
        raise NotAllowed(f"{user.username} may not see numbers in full")
    await audit.note(
        user.username,
        Action.NUMBER_SHOWN,
        f"call:{call_id}",
        after={"number": mask_number(number)},
        origin=origin,
    )
    return number
