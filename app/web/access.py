"""Whose calls a user may see."""

from __future__ import annotations

from app.web.problems import Problem
from core.identity import Role, Session
from core.log import EventLog
from core.refusals import note_refusal
from core.views import CallView

READERS = (Role.AGENT, Role.QA, Role.SUPERVISOR)
"""Who may read calls; agents only those that they took."""


def only_agent(session: Session) -> str | None:
    """The user name that calls are restricted to; None for those who may read all."""
    return None if session.user.may(Role.QA, Role.SUPERVISOR) else session.user.username


async def readable_call(log: EventLog, call_id: str, session: Session) -> CallView:
    """The call, if there is one and the user may read it.

    Raises:
        Problem: 404 for an unknown call, 403 for another agent's.
    """
    view = CallView.of(await log.read(call_id)) if len(call_id) <= 64 else None
    if view is None:
        note_refusal("unknown_call", "a call that is not known was asked for")
        raise Problem(404, "unknown_call", f"there is no call {call_id[:64]!r}; GET /api/calls lists them")
    mine = only_agent(session)
    if mine is not None and view.agent != mine:
        raise Problem(403, "not_your_call", "agents may read only the calls that they took")
    return view
