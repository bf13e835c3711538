"""Users and numbers are changed in one way, which notes every change and refuses to lock everybody out."""

from datetime import date

import pytest
from sqlalchemy import select

from core.administration import Administration, By, Refused, new_password
from core.audit import AuditLog, audit_entries
from core.crypto import SiteKey
from core.identity import Identity, Role, users
from core.languages import Language
from core.numbers import NumberBook

ROOT = By("root", "console")
PASSWORD = "a long enough password"


@pytest.fixture
def identity(database):
    return Identity(database)


@pytest.fixture
async def administration(database, identity):
    """With one administrator, ``root``."""
    audit = AuditLog(database, SiteKey(b"k" * 32))
    administration = Administration(database, identity, audit, ["homegoods"])
    await administration.add_user(By("system:root", "command line"), "root", PASSWORD, ["admin"])
    return administration


async def newest(administration):
    return (await administration.audit.entries(limit=1))[0]


async def test_a_user_is_added_and_may_log_in(administration, identity):
    await administration.add_user(
        ROOT, "mei", PASSWORD, ["agent"], name="王梅", languages={"zh": 5, "en": 3}, skills={"billing": 4}
    )
    user = (await identity.log_in("mei", PASSWORD)).user
    assert user.languages == ("zh", "en") and user.leveled_languages() == {"zh": 5, "en": 3}
    assert user.leveled_skills() == {"billing": 4} and user.roles == {Role.AGENT}
    entry = await newest(administration)
    assert (entry.actor, entry.origin, entry.action, entry.subject) == (
        "root", "console", "user.added", "user:mei",
    )  # fmt: skip
    assert entry.before is None
    assert entry.after == {
        "name": "王****", "roles": ["agent"], "languages": {"zh": 5, "en": 3}, "skills": {"billing": 4},
        "phone": "", "capacity": 1, "active": True,
    }  # fmt: skip


async def test_an_agents_own_telephone_is_kept_in_full_and_masked_in_the_log(administration, identity):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], phone="+86 21 5555-0123")
    assert (await identity.find("mei")).phone == "+862155550123"
    assert "55550123" not in str((await newest(administration)).after)
    with pytest.raises(Refused, match="not a number in E"):
        await administration.change_user(ROOT, "mei", phone="0123")
    await administration.change_user(ROOT, "mei", phone="")
    assert (await identity.find("mei")).phone == ""


async def test_how_many_calls_an_agent_has_at_once_is_kept_and_noted(administration, identity):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], capacity=3)
    assert (await identity.find("mei")).capacity == 3
    await administration.change_user(ROOT, "mei", capacity=2)
    entry = await newest(administration)
    assert (entry.action, entry.before, entry.after) == ("user.changed", {"capacity": 3}, {"capacity": 2})
    for wrong in (0, 6, 1.5):
        with pytest.raises(Refused, match="1 to 5 calls"):
            await administration.change_user(ROOT, "mei", capacity=wrong)
    assert (await identity.find("mei")).capacity == 2


async def test_a_level_that_was_never_stated_is_the_usual_one(identity):
    await identity.add_user("old", PASSWORD, {Role.AGENT}, languages=("ja",), skills=("general",))
    user = await identity.find("old")
    assert user.leveled_languages() == {"ja": 3} and user.leveled_skills() == {"general": 3}


async def test_only_what_changed_is_noted(administration):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], languages={"zh": 5})
    await administration.change_user(ROOT, "mei", roles=["agent", "qa"], languages={"zh": 5})
    entry = await newest(administration)
    assert entry.action == "user.roles_changed"
    assert (entry.before, entry.after) == ({"roles": ["agent"]}, {"roles": ["agent", "qa"]})
    count = len(await administration.audit.entries())
    await administration.change_user(ROOT, "mei", roles=["qa", "agent"])
    assert len(await administration.audit.entries()) == count  # nothing changed, nothing noted


async def test_the_order_of_languages_counts(administration):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], languages={"zh": 5, "en": 3})
    account = await administration.change_user(ROOT, "mei", languages={"en": 3, "zh": 5})
    assert account.user.languages == ("en", "zh")
    assert (await administration.audit.verify()).ok


async def test_a_user_switched_off_is_out_at_once_and_can_be_switched_on_again(administration, identity):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"])
    session = await identity.log_in("mei", PASSWORD)
    await administration.change_user(ROOT, "mei", active=False)
    assert await identity.session(session.secret, "page") is None
    assert await identity.log_in("mei", PASSWORD) is None
    assert (await newest(administration)).action == "user.disabled"
    await administration.change_user(ROOT, "mei", active=True)
    assert await identity.session(session.secret, "page") is None  # the old session stays ended
    assert await identity.log_in("mei", PASSWORD)
    assert (await newest(administration)).action == "user.enabled"


async def test_a_new_password_ends_the_sessions_and_is_written_nowhere(administration, identity, database):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"])
    session = await identity.log_in("mei", PASSWORD)
    fresh = new_password()
    await administration.reset_password(ROOT, "mei", fresh)
    assert await identity.session(session.secret, "page") is None
    assert await identity.log_in("mei", PASSWORD) is None and await identity.log_in("mei", fresh)
    entry = await newest(administration)
    assert (entry.action, entry.before, entry.after) == ("user.password_reset", None, None)
    async with database.read() as connection:
        kept = str((await connection.execute(select(audit_entries))).all())
        hashed = (await connection.execute(select(users.c.password_hash))).scalars().all()
    assert fresh not in kept and PASSWORD not in kept and not any(one in kept for one in hashed)


@pytest.mark.parametrize(
    "change", [{"active": False}, {"roles": ["agent"]}, {"active": False, "roles": ["qa"]}]
)
async def test_the_last_administrator_stays(administration, change):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"])
    await administration.add_user(ROOT, "old", PASSWORD, ["admin"])
    await administration.change_user(ROOT, "old", active=False)
    count = len(await administration.audit.entries())
    with pytest.raises(Refused, match="last administrator") as refused:
        await administration.change_user(ROOT, "root", **change)
    assert refused.value.code == "last_admin"
    assert (await administration.account("root")).active and len(
        await administration.audit.entries()
    ) == count
    await administration.change_user(ROOT, "mei", roles=["agent", "admin"])
    await administration.change_user(ROOT, "root", **change)


async def test_the_last_administrator_may_be_renamed_or_get_a_second_role(administration):
    await administration.change_user(ROOT, "root", name="Root Two", roles=["admin", "qa"])


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("bad_username", {"username": "a b"}),
        ("bad_username", {"username": ""}),
        ("user_exists", {"username": "ROOT"}),
        ("short_password", {"password": "short"}),
        ("long_password", {"password": "x" * 201}),
        ("no_role", {"roles": []}),
        ("bad_role", {"roles": ["agent", "king"]}),
        ("bad_name", {"name": "x" * 121}),
        ("bad_name", {"name": "a\x00b"}),
        ("bad_language", {"languages": {"fr": 3}}),
        ("bad_level", {"languages": {"zh": 6}}),
        ("bad_level", {"skills": {"billing": 0}}),
        ("bad_skill", {"skills": {"two words": 3}}),
        ("bad_skill", {"skills": {"": 3}}),
        ("many_skills", {"skills": {f"s{n}": 3 for n in range(41)}}),
    ],
)
async def test_what_cannot_be_is_refused_and_leaves_no_trace(administration, code, changed):
    wanted = {"username": "mei", "password": PASSWORD, "roles": ["agent"], **changed}
    with pytest.raises(Refused) as refused:
        await administration.add_user(ROOT, **wanted)
    assert refused.value.code == code
    assert len(await administration.accounts()) == 1 and len(await administration.audit.entries()) == 1


async def test_an_unknown_user_is_refused(administration):
    for doing in (
        administration.change_user(ROOT, "nobody", active=False),
        administration.reset_password(ROOT, "nobody", PASSWORD),
        administration.account("nobody"),
    ):
        with pytest.raises(Refused, match="no user nobody"):
            await doing


async def test_a_number_says_which_bot_answers_and_in_which_language(administration, database):
    book = NumberBook({"+14155550100": Language.EN, "+862100000000": Language.ZH})
    await administration.add_number(ROOT, "+81 3-1234-5678", "homegoods", "ja", "Tokyo")
    await administration.add_number(ROOT, "+14155550100", "homegoods", None)
    entry = (await administration.audit.entries())[1]
    assert entry.subject == "number:+81312345678" and entry.after["number"] == "+81312345678"
    await book.refresh(database)
    # The administrator's word goes before the settings'; where none was said, the caller decides.
    assert dict(book) == {"+862100000000": Language.ZH, "+81312345678": Language.JA}
    await administration.change_number(ROOT, "+81312345678", language="ko")
    await administration.change_number(ROOT, "+14155550100", active=False)
    await book.refresh(database)
    assert book.get("+81312345678") == Language.KO and book.get("+14155550100") == Language.EN
    entry = await newest(administration)
    assert (entry.action, entry.before, entry.after) == (
        "number.disabled",
        {"active": True},
        {"active": False},
    )
    count = len(await administration.audit.entries())
    await administration.change_number(ROOT, "+14155550100", active=False)
    assert len(await administration.audit.entries()) == count
    await administration.change_number(ROOT, "+81312345678", language="")
    assert (await administration.numbers())[1].language is None


async def test_numbers_that_cannot_be_are_refused(administration):
    await administration.add_number(ROOT, "+81312345678", "homegoods")
    for code, doing in (
        ("bad_number", administration.add_number(ROOT, "110", "homegoods")),
        ("number_exists", administration.add_number(ROOT, "+81 312345678", "homegoods")),
        ("unknown_bot", administration.add_number(ROOT, "+81312345679", "nobot")),
        ("bad_language", administration.add_number(ROOT, "+81312345679", "homegoods", "fr")),
        ("bad_label", administration.add_number(ROOT, "+81312345679", "homegoods", "ja", "x" * 121)),
        ("unknown_number", administration.change_number(ROOT, "+81312345679", active=False)),
    ):
        with pytest.raises(Refused) as refused:
            await doing
        assert refused.value.code == code


async def test_a_plan_is_saved_version_by_version_and_the_log_says_what_changed(database, identity):
    def check(plan):
        if plan["queues"]["general"]["target_s"] < 1:
            raise ValueError("queues.general.target_s: accepted: a number from 1")

    audit = AuditLog(database, SiteKey(b"k" * 32))
    first = {"hours": {"office": {"holidays": [date(2026, 12, 25)]}}, "queues": {"general": {"target_s": 20}}}
    administration = Administration(database, identity, audit, ["homegoods"], check, first)
    shipped = await administration.plan()
    assert shipped.version == 0 and shipped.plan["hours"]["office"]["holidays"] == ["2026-12-25"]
    wanted = {**shipped.plan, "queues": {"general": {"target_s": 30}, "billing": {"priority": 2}}}
    saved = await administration.save_plan(ROOT, wanted, 0)
    assert saved.version == 1 and (await administration.plan()) == saved
    entry = await newest(administration)
    assert entry.before == {"queues.general.target_s": 20}
    assert entry.after == {"queues.general.target_s": 30, "queues.billing.priority": 2}
    with pytest.raises(Refused, match="version 1"):
        await administration.save_plan(ROOT, shipped.plan, 0)
    with pytest.raises(Refused, match="accepted: a number from 1"):
        await administration.save_plan(ROOT, {"queues": {"general": {"target_s": 0}}}, 1)
    assert (await administration.save_plan(ROOT, wanted, 1)).version == 1  # nothing changed
    assert len(await audit.entries()) == 1 and (await audit.verify()).ok


# --- skills ---

BILLS = {
    "queues": {
        "bills": {"takes": {"skills": ["biling"], "reasons": []}, "skills": ["biling", "vip"]},
        "general": None,
    }
}


async def test_skills_are_listed_with_who_has_them_and_which_queues_ask(administration):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], skills={"billing": 4})
    await administration.add_user(ROOT, "off", PASSWORD, ["agent"], skills={"vip": 5})
    await administration.change_user(ROOT, "off", active=False)
    await administration.save_plan(ROOT, BILLS, 0)
    found = {skill.name: skill for skill in await administration.skills()}
    assert list(found) == ["biling", "billing", "vip"]
    assert found["billing"].levels == {"mei": 4} and not found["billing"].asked
    assert (found["biling"].levels, found["biling"].needed_by, found["biling"].taken_by) == (
        {}, ("bills",), ("bills",),
    )  # fmt: skip
    assert found["vip"].levels == {} and found["vip"].asked  # who is switched off takes no calls


async def test_a_skill_that_a_bot_asks_for_is_shown_as_asked_and_cannot_be_renamed(administration):
    administration.bot_skills = {"homegoods": frozenset({"general"})}
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], skills={"general": 4, "genral": 2})
    found = {skill.name: skill for skill in await administration.skills()}
    assert found["general"].asked and found["general"].bots == ("homegoods",)
    assert not found["genral"].asked and found["genral"].bots == ()
    with pytest.raises(Refused, match="homegoods hands callers over with general") as refused:
        await administration.rename_skill(ROOT, "general", "everything")
    assert refused.value.code == "bot_skill"
    assert (await administration.account("mei")).user.leveled_skills() == {"general": 4, "genral": 2}
    await administration.rename_skill(ROOT, "genral", "general")  # a slip is put right all the same
    assert (await administration.account("mei")).user.leveled_skills() == {"general": 4}


async def test_a_skill_that_only_a_bot_asks_for_is_listed_too(administration):
    administration.bot_skills = {"homegoods": frozenset({"orders"})}
    (orders,) = await administration.skills()
    assert (orders.name, orders.levels, orders.bots, orders.asked) == ("orders", {}, ("homegoods",), True)


async def test_a_plan_that_the_new_name_would_spoil_is_not_kept(database, identity):
    def check(plan):
        if "vip" in plan["queues"]["bills"]["takes"]["skills"]:
            raise ValueError("queues.bills.takes.skills: not vip")

    audit = AuditLog(database, SiteKey(b"k" * 32))
    administration = Administration(database, identity, audit, ["homegoods"], check, BILLS)
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], skills={"biling": 4})
    entries = len(await audit.entries())
    with pytest.raises(Refused, match="not vip"):
        await administration.rename_skill(ROOT, "biling", "vip")
    assert (await administration.account("mei")).user.leveled_skills() == {"biling": 4}
    assert (await administration.plan()).version == 0 and len(await audit.entries()) == entries


async def test_a_skill_is_renamed_with_everybody_and_in_every_queue_and_the_log_has_each_setting(
    administration, identity
):
    told = []
    administration.user_changed = told.append
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], skills={"biling": 4, "vip": 2})
    await administration.add_user(ROOT, "kim", PASSWORD, ["agent"], skills={"billing": 2, "biling": 5})
    await administration.save_plan(ROOT, BILLS, 0)
    await administration.rename_skill(ROOT, "biling", "billing")
    assert (await identity.find("mei")).leveled_skills() == {"billing": 4, "vip": 2}
    assert (await identity.find("kim")).leveled_skills() == {"billing": 5}  # the better of both
    saved = await administration.plan()
    assert (saved.version, saved.saved_by) == (2, "root")
    assert saved.plan["queues"]["bills"] == {
        "takes": {"skills": ["billing"], "reasons": []}, "skills": ["billing", "vip"],
    }  # fmt: skip
    plan, entry = await administration.audit.entries(limit=2)
    assert (plan.action, plan.subject) == ("queue.plan_changed", "queues:version 2")
    assert plan.before == {"queues.bills.takes.skills": ["biling"], "queues.bills.skills": ["biling", "vip"]}
    assert plan.after == {"queues.bills.takes.skills": ["billing"], "queues.bills.skills": ["billing", "vip"]}
    assert (entry.action, entry.subject, entry.before) == (
        "skill.renamed",
        "skill:biling",
        {"skill": "biling"},
    )
    assert entry.after == {"skill": "billing", "users": ["kim", "mei"], "queues": ["bills"]}
    assert sorted(user.username for user in told) == ["kim", "mei"]
    assert (await administration.audit.verify()).ok


async def test_a_skill_that_nobody_knows_or_a_name_that_is_none_is_refused(administration):
    await administration.add_user(ROOT, "mei", PASSWORD, ["agent"], skills={"billing": 4})
    entries = len(await administration.audit.entries())
    for skill, to, why in (("vip", "gold", "nobody has"), ("billing", "two words", "cannot be a skill")):
        with pytest.raises(Refused, match=why):
            await administration.rename_skill(ROOT, skill, to)
    await administration.rename_skill(ROOT, "billing", " billing ")  # as it was
    assert len(await administration.audit.entries()) == entries
