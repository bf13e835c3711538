"""What supervisors do at the wallboard: checked, carried out, and audited where it changes something or listens in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from assist.wall.board import Wall
from core.administration import Account, By, Refused
from core.audit_actions import Action
from core.commands import HangUp, Monitor, Reply
from core.identity import Role, User
from core.queue_plan import SavedPlan
from core.wall_events import WALL, AlertAcknowledged, ComplaintTakenUp

Manner = Literal["listen", "whisper", "barge", "take_over", "stop"]
_EXPIRY = timedelta(seconds=10)


class NotAllowed(Exception):
    """The user lacks the right; the message says who can give it."""


class Unknown(LookupError):
    """There is no such call, complaint, alert, queue or agent; the message says which, as ``assist.refusals`` knows it."""


async def monitor(wall: Wall, user: User, by: By, call_id: str, manner: Manner) -> Reply:
    """Listen to a call, speak to its agent alone or to both, take it over, or stop.

    Raises:
        NotAllowed: without the role ``monitor`` beside ``supervisor``.
        Unknown: the call is not going on.
        Exception: of the link, where the line is away.
    """
    if not (user.may(Role.SUPERVISOR) and user.may(Role.MONITOR)):
        raise NotAllowed(
            "listening to calls needs the role monitor beside supervisor; an administrator can give it to you"
        )
    if call_id not in wall.floor.calls:
        raise Unknown("There is no such call, or it is over.")
    command = Monitor(
        issued_by=user.username,
        expires_at=datetime.now(UTC) + _EXPIRY,
        interaction_id=call_id,
        manner=manner,
    )
    return await _audited(wall, by, Action(f"call.monitor_{manner}"), command)


async def hang_up(wall: Wall, user: User, by: By, call_id: str) -> Reply:
    """End a call that is the user's own, as one that they took over; the line refuses any other.

    Raises:
        Unknown: the call is not going on.
        Exception: of the link, where the line is away.
    """
    if call_id not in wall.floor.calls:
        raise Unknown("There is no such call, or it is over.")
    command = HangUp(issued_by=user.username, expires_at=datetime.now(UTC) + _EXPIRY, interaction_id=call_id)
    return await _audited(wall, by, Action.HUNG_UP, command)


async def _audited(wall: Wall, by: By, action: Action, command: Monitor | HangUp) -> Reply:
    """Noted before it is done: nobody is listened to without an entry."""
    await wall.administration.audit.note(by.actor, action, f"call:{command.interaction_id}", origin=by.origin)
    return await wall.link.send(command)


async def take_up(wall: Wall, user: User, call_id: str) -> None:
    """A supervisor looks after a complaint from now on.

    Raises:
        Unknown: there is no such complaint, or somebody has taken it up.
    """
    complaint = wall.floor.complaints.get(call_id)
    if complaint is None or complaint.taken_at is not None:
        raise Unknown("There is no such complaint, or somebody has taken it up.")
    await wall.log.append(call_id, ComplaintTakenUp(by=user.username))


async def acknowledge(wall: Wall, user: User, alert_id: str) -> None:
    """A supervisor has seen an alert.

    Raises:
        Unknown: there is no such alert.
    """
    if wall.alerts.get(alert_id) is None:
        raise Unknown("There is no such alert any more.")
    await wall.log.append(WALL, AlertAcknowledged(alert_id=alert_id, by=user.username, at=wall.now))


async def change_queue(
    wall: Wall, by: By, name: str, version: int, priority: int | None, alerts: dict[str, Any] | None
) -> SavedPlan:
    """Another priority or other thresholds of a queue, in the stored plan; what is None stays.

    Raises:
        Unknown: the plan has no such queue.
        Refused: ``bad_plan`` or ``plan_changed``.
    """
    saved = await wall.administration.plan()
    queues = saved.plan.get("queues", {})
    if name not in queues:
        raise Unknown(f"there is no queue {name[:40]}")
    queue = dict(queues[name] or {})
    if priority is not None:
        queue["priority"] = priority
    if alerts is not None:
        queue["alerts"] = {key: value for key, value in alerts.items() if value is not None}
    plan = {**saved.plan, "queues": {**queues, name: queue}}
    saved = await wall.administration.save_plan(by, plan, version)
    await wall.read_plan()
    return saved


async def change_agent(
    wall: Wall, by: By, username: str, languages: dict[str, int] | None, skills: dict[str, int] | None
) -> Account:
    """Another proficiency of an agent, which decides whose calls they get; what is None stays.

    Raises:
        Unknown: there is no agent of this name.
        Refused: naming what is wrong.
    """
    await agent_account(wall, username)
    return await wall.administration.change_user(by, username, languages=languages, skills=skills)


async def agent_account(wall: Wall, username: str) -> Account:
    """An agent as they are stored.

    Raises:
        Unknown: there is no agent of this name.
    """
    try:
        account = await wall.administration.account(username)
    except Refused:
        raise Unknown(f"there is no agent {username[:60]}") from None
    if Role.AGENT not in account.user.roles:
        raise Unknown(f"there is no agent {username[:60]}")
    return account
