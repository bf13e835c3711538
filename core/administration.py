"""Changes to users and numbers: the one way in which people make them, each with its entry in the audit log.

Pages, API and command line all come through here. Nothing is deleted: users and numbers are switched off and
can be switched on again.
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.audit import AuditLog, Change
from core.audit_actions import Action
from core.capacity import CAPACITIES
from core.db import Database
from core.e164 import is_e164
from core.identity import (
    LEVELS,
    SHORTEST_PASSWORD,
    Identity,
    Role,
    User,
    sessions,
    user_of,
    users,
)
from core.languages import Language
from core.numbers import Number, all_numbers, number_of, numbers
from core.queue_plan import SavedPlan, as_json, flattened, newest_plan, newest_plan_in, queue_plans
from core.skills import SkillUse, levels_with_skill_renamed, plan_with_skill_renamed, skills_in_use

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,59}", re.IGNORECASE)
_SKILL = re.compile(r"[^\s,+]{1,40}")
_MOST_SKILLS = 40
_NAME_LIMIT, _PASSWORD_LIMIT = 120, 200
_OWN_NUMBER = frozenset({"number", "label"})

REFUSALS = {
    "last_admin": "{username} is the last administrator; give somebody else the role first",
    "unknown_user": "there is no user {username}",
    "user_exists": "there is a user {username} already",
    "bad_username": "a user name has 2 to 60 letters, figures or . _ @ - and begins with a letter or figure",
    "bad_name": "a name has 1 to {most} characters",
    "short_password": "the password must have at least {least} characters",
    "long_password": "the password may have at most {most} characters",
    "no_role": "a user needs at least one role: {roles}",
    "bad_role": "{role} is no role; accepted: {roles}",
    "bad_language": "{language} is not spoken here; accepted: {languages}",
    "bad_skill": "{skill} cannot be a skill: 1 to 40 characters without spaces, commas or +",
    "many_skills": "a user has at most {most} skills",
    "unknown_skill": "nobody has the skill {skill}, and no queue asks for it",
    "bot_skill": "{bots} hands callers over with {skill}: nobody would have what they need; "
    "change it in the bot's handing_over.yml first, then restart and rename it here",
    "bad_level": "the proficiency of {what} must be 1 to 5",
    "bad_capacity": "an agent has {least} to {most} calls at once",
    "bad_number": "{number} is not a number in E.164, such as +862112345678",
    "number_exists": "there is an entry for {number} already",
    "unknown_number": "there is no entry for {number}",
    "unknown_bot": "there is no bot {bot} here; accepted: {bots}",
    "bad_plan": "the plan cannot be kept: {why}",
    "plan_changed": "somebody else saved version {version} meanwhile; look at it, then change it again",
    "bad_label": "what a number is for is said in at most {most} characters",
}
"""Why something was not done, in words; pages say the same in the reader's language."""


class Refused(ValueError):
    """A change that may not be made; nothing was changed.

    Attributes:
        code: one of ``REFUSALS``.
        values: what stands in the places of its sentence.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(REFUSALS[code].format(**values))
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class By:
    """Who makes a change, and from where: ``console``, ``api`` or ``command line``."""

    actor: str
    origin: str


@dataclass(frozen=True, slots=True)
class Account:
    """A user as administrators see them."""

    user: User
    active: bool


class Administration:
    """
    Args:
        bots: the names of the bots that the platform plays; the first is offered first.
        check_plan: raises ``ValueError``, one line per wrong setting, for a plan that cannot be followed.
        first_plan: the plan of the settings, which counts until one is saved.
        user_changed: told of every user who was changed, once it is so.
        bot_skills: the skills that each bot hands callers over with, by its name.
    """

    def __init__(
        self,
        db: Database,
        identity: Identity,
        audit: AuditLog,
        bots: Sequence[str],
        check_plan: Callable[[Any], object] = lambda plan: None,
        first_plan: Mapping[str, Any] | None = None,
        user_changed: Callable[[User], object] = lambda user: None,
        bot_skills: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._db = db
        self._identity = identity
        self.audit = audit
        self.bots = tuple(bots)
        self._check_plan = check_plan
        self.user_changed = user_changed
        self.bot_skills = {bot: frozenset(skills) for bot, skills in (bot_skills or {}).items()}
        self._first_plan = SavedPlan(0, as_json(first_plan or {}))

    # --- users ---

    async def accounts(self) -> list[Account]:
        """All users by name, those switched off too."""
        async with self._db.read() as connection:
            rows = (await connection.execute(select(users).order_by(users.c.username))).mappings().all()
        return [Account(user_of(row), row["active"]) for row in rows]

    async def account(self, username: str) -> Account:
        """One user.

        Raises:
            Refused: ``unknown_user``.
        """
        async with self._db.read() as connection:
            return await _account(connection, username)

    async def add_user(
        self,
        by: By,
        username: str,
        password: str,
        roles: Iterable[str],
        *,
        name: str = "",
        languages: Mapping[str, int] | None = None,
        skills: Mapping[str, int] | None = None,
        phone: str = "",
        capacity: int = 1,
    ) -> Account:
        """Create a user.

        Args:
            languages: proficiency 1 to 5 by language code; an agent's first is the surface's language.
            skills: the same by skill.
            phone: the agent's own telephone in E.164; ''.
            capacity: how many calls the agent has at once, 1 to 5.

        Raises:
            Refused: naming what is wrong.
        """
        if not _USERNAME.fullmatch(username):
            raise Refused("bad_username")
        profile = _checked(
            {
                "name": name or username,
                "roles": roles,
                "languages": languages or {},
                "skills": skills or {},
                "phone": phone,
                "capacity": capacity,
                "active": True,
            }
        )
        hashed = await self._hashed(password)
        async with self.audit.transaction() as change:
            # Upper and lower case make no second user.
            known = select(users.c.username).where(func.lower(users.c.username) == username.lower())
            if (await change.connection.execute(known)).first() is not None:
                raise Refused("user_exists", username=username)
            row = {"username": username, "password_hash": hashed, **_columns(profile)}
            await change.connection.execute(insert(users).values(row))
            await change.note(
                by.actor, Action.USER_ADDED, f"user:{username}", after=profile, origin=by.origin
            )
        return Account(user_of(row), True)

    async def change_user(
        self,
        by: By,
        username: str,
        *,
        name: str | None = None,
        roles: Iterable[str] | None = None,
        languages: Mapping[str, int] | None = None,
        skills: Mapping[str, int] | None = None,
        phone: str | None = None,
        capacity: int | None = None,
        active: bool | None = None,
    ) -> Account:
        """Change what is given and leave the rest. A user who is switched off is logged out everywhere.

        Raises:
            Refused: naming what is wrong; ``last_admin`` where nobody would be left to administer.
        """
        given = {
            "name": name, "roles": roles, "languages": languages, "skills": skills, "phone": phone,
            "capacity": capacity, "active": active,
        }  # fmt: skip
        wanted = _checked({key: value for key, value in given.items() if value is not None})
        async with self.audit.transaction() as change:
            was = _profile(await _account(change.connection, username))
            new = _difference(was, wanted)
            if not new:
                change.nothing()
            else:
                if not _administers({**was, **new}) and _administers(was):
                    await _somebody_else_administers(change.connection, username)
                query = update(users).where(users.c.username == username)
                await change.connection.execute(query.values(_columns(new)))
                if new.get("active") is False:
                    await _log_out(change.connection, username)
                before = {key: was[key] for key in new}
                subject = f"user:{username}"
                await change.note(
                    by.actor, _user_action(new), subject, before=before, after=new, origin=by.origin
                )
            account = await _account(change.connection, username)
        if new:
            self.user_changed(account.user)
        return account

    async def reset_password(self, by: By, username: str, password: str) -> None:
        """Give a user another password and log them out everywhere. Neither password is written anywhere.

        Raises:
            Refused: ``unknown_user``, ``short_password``, ``long_password``.
        """
        hashed = await self._hashed(password)
        async with self.audit.transaction() as change:
            await _account(change.connection, username)
            await change.connection.execute(
                update(users).where(users.c.username == username).values(password_hash=hashed)
            )
            await _log_out(change.connection, username)
            await change.note(by.actor, Action.USER_LOGIN_RESET, f"user:{username}", origin=by.origin)

    async def _hashed(self, password: str) -> str:
        if len(password) < SHORTEST_PASSWORD:
            raise Refused("short_password", least=SHORTEST_PASSWORD)
        if len(password) > _PASSWORD_LIMIT:
            raise Refused("long_password", most=_PASSWORD_LIMIT)
        return await self._identity.hashed(password)

    # --- numbers ---

    async def numbers(self) -> list[Number]:
        """All numbers, in order."""
        return await all_numbers(self._db)

    async def add_number(
        self, by: By, number: str, bot: str, language: str | None = None, label: str = ""
    ) -> Number:
        """Say who answers a number.

        Raises:
            Refused: naming what is wrong.
        """
        number = re.sub(r"[\s()-]", "", number)
        if not is_e164(number):
            raise Refused("bad_number", number=number[:20])
        row = {"number": number, "active": True, **self._answering(bot, language, label)}
        async with self.audit.transaction() as change:
            known = select(numbers.c.number).where(numbers.c.number == number)
            if (await change.connection.execute(known)).first() is not None:
                raise Refused("number_exists", number=number)
            await change.connection.execute(insert(numbers).values(row))
            await change.note(
                by.actor,
                Action.NUMBER_ADDED,
                f"number:{number}",
                after=row,
                origin=by.origin,
                plain=_OWN_NUMBER,
            )
        return number_of(row)

    async def change_number(
        self,
        by: By,
        number: str,
        *,
        bot: str | None = None,
        language: str | None = None,
        label: str | None = None,
        active: bool | None = None,
    ) -> Number:
        """Change what is given. ``language=''`` leaves the language to the caller's record and country code.

        Raises:
            Refused: naming what is wrong.
        """
        async with self.audit.transaction() as change:
            query = select(numbers).where(numbers.c.number == number)
            found = (await change.connection.execute(query)).mappings().one_or_none()
            if found is None:
                raise Refused("unknown_number", number=number[:20])
            was = dict(found)
            wanted = self._answering(
                was["bot"] if bot is None else bot,
                was["language"] if language is None else language,
                was["label"] if label is None else label,
            )
            wanted["active"] = was["active"] if active is None else active
            new = _difference(was, wanted)
            if not new:
                change.nothing()
            else:
                query_update = update(numbers).where(numbers.c.number == number)
                await change.connection.execute(query_update.values(new))
                before = {key: was[key] for key in new}
                action, subject = _number_action(new), f"number:{number}"
                await change.note(
                    by.actor, action, subject, before=before, after=new, origin=by.origin, plain=_OWN_NUMBER
                )
        return number_of({**was, **new})

    def _answering(self, bot: str, language: str | None, label: str) -> dict[str, Any]:
        if bot not in self.bots:
            raise Refused("unknown_bot", bot=bot[:60], bots=", ".join(self.bots))
        if language and language not in list(Language):
            raise Refused("bad_language", language=language[:20], languages=", ".join(Language))
        if len(label) > _NAME_LIMIT:
            raise Refused("bad_label", most=_NAME_LIMIT)
        return {"bot": bot, "language": language or None, "label": label.strip()}

    # --- skills ---

    async def skills(self) -> list[SkillUse]:
        """Every skill that an active user has, or a queue or a bot asks for, by name."""
        users = [account.user for account in await self.accounts() if account.active]
        return list(skills_in_use(users, (await self.plan()).plan, self.bot_skills).values())

    async def rename_skill(self, by: By, skill: str, to: str) -> None:
        """Another name for a skill, with everybody who has it and in every queue that asks for it.

        Where there is a skill of that name, both are one from now on. Queues get the next version of the plan, as by
        ``save_plan``.

        Raises:
            Refused: ``unknown_skill``, ``bad_skill``; ``bot_skill`` where calls would go on asking for the old name;
                ``bad_plan``.
        """
        to = to.strip()
        _skills({to: 1})
        if bots := [bot for bot, skills in self.bot_skills.items() if skill in skills and skill != to]:
            raise Refused("bot_skill", skill=skill, bots=", ".join(bots))
        changed: list[User] = []
        async with self.audit.transaction() as change:
            everybody = select(users).order_by(users.c.username)
            rows = (await change.connection.execute(everybody)).mappings().all()
            theirs = [user for user in map(user_of, rows) if skill in user.skills]
            before = await newest_plan_in(change.connection) or self._first_plan
            plan = as_json(plan_with_skill_renamed(before.plan, skill, to))
            queues = [name for name, queue in plan["queues"].items() if queue != before.plan["queues"][name]]
            if skill == to:
                change.nothing()
                return
            if not theirs and not queues:
                raise Refused("unknown_skill", skill=skill[:40])
            for user in theirs:
                levels = levels_with_skill_renamed(user.leveled_skills(), skill, to)
                query = update(users).where(users.c.username == user.username)
                await change.connection.execute(query.values(_columns({"skills": levels})))
                changed.append((await _account(change.connection, user.username)).user)
            await change.note(
                by.actor,
                Action.SKILL_RENAMED,
                f"skill:{skill}",
                before={"skill": skill},
                after={"skill": to, "users": [user.username for user in theirs], "queues": queues},
                origin=by.origin,
            )
            if queues:
                self._may_be_kept(plan)
                await _keep_plan(change, by, before, plan)
        for user in changed:
            self.user_changed(user)

    # --- queues and hours ---

    async def plan(self) -> SavedPlan:
        """The plan of queues and opening hours that counts."""
        # A copy, since whoever asks may go on to change it.
        return await newest_plan(self._db) or copy.deepcopy(self._first_plan)

    async def save_plan(self, by: By, plan: Mapping[str, Any], version: int) -> SavedPlan:
        """Save a plan as the next version; the log says which settings changed. Earlier versions stay.

        Args:
            version: the one that was changed, so that nobody overwrites what another just saved.

        Raises:
            Refused: ``bad_plan``, naming every wrong setting; ``plan_changed``.
        """
        wanted = as_json(plan)
        self._may_be_kept(wanted)
        async with self.audit.transaction() as change:
            before = await newest_plan_in(change.connection) or self._first_plan
            if before.version != version:
                raise Refused("plan_changed", version=before.version)
            saved = await _keep_plan(change, by, before, wanted)
            if saved is before:
                change.nothing()
        return saved

    def _may_be_kept(self, plan: Mapping[str, Any]) -> None:
        try:
            self._check_plan(plan)
        except ValueError as error:
            raise Refused("bad_plan", why=str(error)) from None


_NOTHING = object()


async def _keep_plan(change: Change, by: By, before: SavedPlan, wanted: dict[str, Any]) -> SavedPlan:
    """A plan becomes the next version, and the log says which settings changed; where none did, ``before`` stays."""
    was, new = flattened(before.plan), flattened(wanted)
    differing = [path for path in {**was, **new} if was.get(path, _NOTHING) != new.get(path, _NOTHING)]
    if not differing:
        return before
    version = before.version + 1
    entry = await change.note(
        by.actor,
        Action.QUEUE_PLAN_CHANGED,
        f"queues:version {version}",
        before={path: was[path] for path in differing if path in was},
        after={path: new[path] for path in differing if path in new},
        origin=by.origin,
        plain=frozenset(differing),
    )
    saved = SavedPlan(version, wanted, entry.at, by.actor)
    row = {"plan": wanted, "saved_at": saved.saved_at, "saved_by": saved.saved_by}
    await change.connection.execute(insert(queue_plans).values(version=version, **row))
    return saved


def new_password() -> str:
    """A password to hand over once: sixteen characters that are not mistaken for each other."""
    return "".join(
        secrets.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(16)
    )


async def _account(connection: AsyncConnection, username: str) -> Account:
    row = (
        (await connection.execute(select(users).where(users.c.username == username))).mappings().one_or_none()
    )
    if row is None:
        raise Refused("unknown_user", username=username[:60])
    return Account(user_of(row), row["active"])


async def _log_out(connection: AsyncConnection, username: str) -> None:
    await connection.execute(delete(sessions).where(sessions.c.username == username))


async def _somebody_else_administers(connection: AsyncConnection, username: str) -> None:
    """Raises ``Refused`` if nobody but this user could administer the platform."""
    query = select(users.c.roles).where(users.c.active, users.c.username != username).with_for_update()
    others = (await connection.execute(query)).scalars().all()
    if not any(Role.ADMIN in roles for roles in others):
        raise Refused("last_admin", username=username)


# --- a user's profile: what administrators set, as the log shows it ---


def _profile(account: Account) -> dict[str, Any]:
    user = account.user
    return {
        "name": user.name,
        "roles": sorted(role.value for role in user.roles),
        "languages": user.leveled_languages(),
        "skills": user.leveled_skills(),
        "phone": user.phone,
        "capacity": user.capacity,
        "active": account.active,
    }


def _columns(profile: Mapping[str, Any]) -> dict[str, Any]:
    """A profile, or a part of it, as columns of the table."""
    plain = ("name", "roles", "phone", "capacity", "active")
    columns = {key: profile[key] for key in plain if key in profile}
    for what, levels in (("languages", "language_levels"), ("skills", "skill_levels")):
        if what in profile:
            columns |= {what: list(profile[what]), levels: profile[what]}
    return columns


def _difference(was: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What of the wanted differs; the order of languages counts, since the first is the surface's."""
    return {
        key: value
        for key, value in wanted.items()
        if was[key] != value or (isinstance(value, dict) and list(was[key]) != list(value))
    }


def _administers(profile: Mapping[str, Any]) -> bool:
    return bool(profile["active"]) and Role.ADMIN.value in profile["roles"]


def _user_action(new: Mapping[str, Any]) -> Action:
    if "active" in new:
        return Action.USER_ENABLED if new["active"] else Action.USER_DISABLED
    return Action.USER_ROLES_CHANGED if "roles" in new else Action.USER_CHANGED


def _number_action(new: Mapping[str, Any]) -> Action:
    if "active" in new:
        return Action.NUMBER_ENABLED if new["active"] else Action.NUMBER_DISABLED
    return Action.NUMBER_CHANGED


def _checked(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A profile, or a part of it, as it may be kept; raises ``Refused``."""
    checks: dict[str, Callable[[Any], Any]] = {
        "name": _name,
        "roles": _roles,
        "languages": _languages,
        "skills": _skills,
        "phone": _phone,
        "capacity": _capacity,
        "active": bool,
    }
    return {key: checks[key](value) for key, value in wanted.items()}


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= _NAME_LIMIT or not name.isprintable():
        raise Refused("bad_name", most=_NAME_LIMIT)
    return name


def _roles(roles: Iterable[str]) -> list[str]:
    wanted = {str(role) for role in roles}
    accepted = ", ".join(Role)
    if not wanted:
        raise Refused("no_role", roles=accepted)
    if wrong := sorted(wanted - set(Role)):
        raise Refused("bad_role", role=wrong[0][:20], roles=accepted)
    return sorted(wanted)


def _phone(number: str) -> str:
    number = re.sub(r"[\s()-]", "", number)
    if number and not is_e164(number):
        raise Refused("bad_number", number=number[:20])
    return number


def _capacity(calls: int) -> int:
    if calls not in CAPACITIES:
        raise Refused("bad_capacity", least=CAPACITIES[0], most=CAPACITIES[-1])
    return int(calls)


def _languages(levels: Mapping[str, int]) -> dict[str, int]:
    for code in levels:
        if code not in list(Language):
            raise Refused("bad_language", language=str(code)[:20], languages=", ".join(Language))
    return _levels(levels)


def _skills(levels: Mapping[str, int]) -> dict[str, int]:
    if len(levels) > _MOST_SKILLS:
        raise Refused("many_skills", most=_MOST_SKILLS)
    for skill in levels:
        if not _SKILL.fullmatch(skill) or not skill.isprintable():
            raise Refused("bad_skill", skill=skill[:40])
    return _levels(levels)


def _levels(levels: Mapping[str, int]) -> dict[str, int]:
    for what, level in levels.items():
        if level not in LEVELS:
            raise Refused("bad_level", what=what)
    return {str(what): int(level) for what, level in levels.items()}
