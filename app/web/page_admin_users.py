"""``/admin``: users; who they are, what they may do, what they speak and know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nicegui import ui

from app.web.page_admin import (
    AdminTab,
    attempt,
    attributed,
    form_buttons,
    form_dialog,
    icon_button,
    register_tab,
    sure,
    table,
)
from app.web.queue_forms import joined
from app.web.skill_fields import another_skill
from core.administration import Account, Administration, new_password
from core.capacity import CAPACITIES
from core.console import badge, empty_note, t
from core.identity import LEVELS, USUAL_LEVEL, Role
from core.languages import Language
from core.skills import SkillUse


def register(administration: Administration) -> None:
    register_tab("users", _Users, administration)


class _Users(AdminTab):
    def __init__(self, administration: Administration) -> None:
        super().__init__(administration)
        self._accounts: list[Account] = []
        self._skills: dict[str, SkillUse] = {}

    def build(self) -> None:
        with ui.element("div").classes("tp-row tp-filters"):
            self._filter = ui.input(t("admin.find_user"), on_change=self._show).props(
                "clearable maxlength=60"
            )
            self._filter.style("min-width: 260px")
            self._all = ui.checkbox(t("admin.show_disabled"), value=True, on_change=self._show)
            ui.element("div").classes("tp-grow")
            ui.button(t("admin.add_user"), icon="person_add", on_click=lambda: self._form(None))
        self._place = ui.element("div").classes("tp-card tp-flush")

    async def refresh(self) -> None:
        accounts = await self._administration.accounts()
        self._skills = {skill.name: skill for skill in await self._administration.skills()}
        # Rows that are as they were stay: a click on one that is just being replaced would be lost.
        if accounts != self._accounts:
            self._accounts = accounts
            self._show()

    def _show(self) -> None:
        wanted = (self._filter.value or "").strip().lower()
        accounts = [
            one
            for one in self._accounts
            if (one.active or self._all.value)
            and (wanted in one.user.username.lower() or wanted in one.user.name.lower())
        ]
        self._place.clear()
        with self._place:
            if not accounts:
                empty_note(t("admin.no_users"))
                return
            columns = ("user", "roles", "languages", "skills", "state")
            with table(*(t(f"admin.{column}") for column in columns), ""):
                for account in accounts:
                    self._row(account)

    def _row(self, account: Account) -> None:
        user = account.user
        with attributed(ui.element("tr"), data_user=user.username):
            with ui.element("td"):
                ui.label(user.name).style("font-weight: 550")
                ui.label(user.username).classes("tp-muted tp-small")
            with ui.element("td"), ui.element("div").classes("tp-badges"):
                for role in Role:
                    if role in user.roles:
                        badge(t(f"admin.role_{role.value}"), "info" if role is Role.ADMIN else "neutral")
            with ui.element("td"):
                _levels({Language(code).own_name: at for code, at in user.leveled_languages().items()})
            with ui.element("td"):
                _levels(user.leveled_skills())
            with ui.element("td"):
                if account.active:
                    badge(t("admin.active"), "good")
                else:
                    badge(t("admin.disabled"), "warn")
            with ui.element("td").classes("tp-right tp-buttons"):
                name = user.username
                icon_button("edit", f"{t('admin.edit')}: {name}", lambda: self._form(account))
                icon_button("key", f"{t('admin.new_password')}: {name}", lambda: self._password(name))
                if account.active:
                    label = f"{t('admin.disable')}: {name}"
                    icon_button("person_off", label, lambda: self._switch(name, False))
                else:
                    label = f"{t('admin.enable')}: {name}"
                    icon_button("person", label, lambda: self._switch(name, True))

    async def _switch(self, username: str, active: bool) -> None:
        if not active and not await sure(t("admin.disable_sure", username=username), t("admin.disable")):
            return
        by = await self.acting()
        if by is None:
            return
        changed = self._administration.change_user(by, username, active=active)
        await self.change(
            changed, t("admin.enabled_now" if active else "admin.disabled_now", username=username)
        )

    def _unasked(self, levels: Mapping[str, int]) -> str:
        """Skills by which no call is ever given to anybody."""
        names = [name for name in levels if name not in self._skills or not self._skills[name].asked]
        return t("admin.no_queue_asks", skills=joined(names)) if names else ""

    def _form(self, account: Account | None) -> None:
        """Add a user, or change one."""
        user = account.user if account else None
        title = t("admin.edit_user", username=user.username) if user else t("admin.add_user")
        with form_dialog(title) as (dialog, problem):
            with ui.element("div").classes("tp-fields"):
                username = None
                if user is None:
                    username = ui.input(t("admin.username")).props("autofocus maxlength=60 autocomplete=off")
                name = ui.input(t("admin.name"), value=user.name if user else "").props("maxlength=120")
                phone = ui.input(t("admin.own_phone"), value=user.phone if user else "")
                attributed(
                    phone, maxlength="20", placeholder="+862112345678", hint=t("admin.own_phone_note")
                ).props("autocomplete=off")
                capacity = ui.select(
                    {calls: str(calls) for calls in CAPACITIES},
                    value=user.capacity if user else 1,
                    label=t("admin.capacity"),
                )
                attributed(capacity, hint=t("admin.capacity_note"))
                password = None if user else _password_field()
            roles = _roles(user.roles if user else frozenset())
            with ui.element("div").classes("tp-fields"):
                languages = _LevelRows(
                    t("admin.languages"),
                    {one.value: one.own_name for one in Language},
                    user.leveled_languages() if user else {},
                )
                skills = _LevelRows(
                    t("admin.skills"),
                    {},
                    user.leveled_skills() if user else {},
                    others=self._skills,
                    another=t("admin.another_skill"),
                    warning=self._unasked,
                )

            async def save() -> None:
                by = await self.acting()
                if by is None:
                    return
                profile: dict[str, Any] = {
                    "roles": [role for role, box in roles.items() if box.value],
                    "languages": languages.levels(),
                    "skills": skills.levels(),
                    "phone": phone.value or "",
                    "capacity": capacity.value,
                }
                if user is not None:
                    work = self._administration.change_user(
                        by, user.username, name=name.value or "", **profile
                    )
                    done = t("admin.saved", what=user.username)
                else:
                    assert username is not None and password is not None
                    who = (username.value or "").strip()
                    work = self._administration.add_user(
                        by, who, password.value or "", name=(name.value or "").strip(), **profile
                    )
                    done = t("admin.added", what=who)
                if await attempt(problem, work, done):
                    dialog.close()
                    await self.refresh()

            form_buttons(dialog, save)
        dialog.open()

    def _password(self, username: str) -> None:
        """Another password for a user."""
        with form_dialog(t("admin.new_password_for", username=username)) as (dialog, problem):
            ui.label(t("admin.new_password_note")).classes("tp-muted tp-small")
            password = _password_field()

            async def save() -> None:
                by = await self.acting()
                if by is None:
                    return
                work = self._administration.reset_password(by, username, password.value or "")
                if await attempt(problem, work, t("admin.password_set", username=username)):
                    dialog.close()

            form_buttons(dialog, save)
        dialog.open()


def _levels(levels: Mapping[str, int]) -> None:
    """Names with their proficiency, one beside the other."""
    if not levels:
        ui.label("–").classes("tp-muted")
        return
    with ui.element("div").classes("tp-badges"):
        for name, level in levels.items():
            with attributed(ui.element("span").classes("tp-level"), title=t(f"admin.level_{level}")):
                ui.label(name)
                ui.label(str(level)).classes("tp-number")


def _password_field() -> ui.input:
    with ui.element("div").classes("tp-row tp-password"):
        field = ui.input(t("admin.password"), password=True, password_toggle_button=True)
        field.props("autocomplete=new-password maxlength=200").classes("tp-grow")

        def propose() -> None:
            field.value = new_password()
            field.props("type=text")

        ui.button(t("admin.propose"), icon="casino", on_click=propose).props("flat dense")
    return field


def _roles(given: frozenset[Role]) -> dict[str, ui.checkbox]:
    with ui.element("fieldset").classes("tp-fieldset"):
        with ui.element("legend"):
            ui.label(t("admin.roles"))
        return {
            role.value: ui.checkbox(t(f"admin.role_{role.value}"), value=role in given).tooltip(
                t(f"admin.role_{role.value}_may")
            )
            for role in Role
        }


class _LevelRows:
    """A proficiency for each of some names; none means that the user does not have it.

    Args:
        names: those that are shown, by key.
        given: what the user has.
        others: more that are offered under ``another``, where new ones may be typed too.
        warning: what is odd about these, '' for nothing; shown while it is so.
    """

    def __init__(
        self,
        title: str,
        names: Mapping[str, str],
        given: Mapping[str, int],
        *,
        others: Iterable[str] = (),
        another: str = "",
        warning: Callable[[Mapping[str, int]], str] = lambda levels: "",
    ) -> None:
        self._given, self._warning = given, warning
        self._fields: dict[str, ui.select] = {}
        with ui.element("fieldset").classes("tp-fieldset"):
            with ui.element("legend"):
                ui.label(title)
            self._place = ui.element("div").classes("tp-level-rows")
            with self._place:
                for key, name in {**names, **{key: key for key in given if key not in names}}.items():
                    self._row(key, name, given.get(key, 0))
            if another:
                another_skill(another, (one for one in others if one not in self._fields), self._add)
            self._line = ui.label().classes("tp-note-warn").props("role=status")
        self._warn()

    def _row(self, key: str, name: str, level: int) -> None:
        choices = {0: t("admin.level_0")} | {one: t(f"admin.level_{one}") for one in LEVELS}
        self._fields[key] = ui.select(choices, value=level, label=name, on_change=self._warn)

    def _add(self, key: str) -> None:
        if key not in self._fields:
            with self._place:
                self._row(key, key, USUAL_LEVEL)
            self._warn()
        elif not self._fields[key].value:
            self._fields[key].value = USUAL_LEVEL

    def _warn(self) -> None:
        self._line.text = self._warning(self.levels())
        self._line.visible = bool(self._line.text)

    def levels(self) -> dict[str, int]:
        """What was chosen; those the user had come first, in their order."""
        order = [*self._given, *(key for key in self._fields if key not in self._given)]
        return {key: int(self._fields[key].value) for key in order if self._fields[key].value}
