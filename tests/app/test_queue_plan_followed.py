"""Queues that an administrator saves count on the line without a restart, and after one."""

import asyncio

from app import queue_plan
from app.common import audit_of, open_common
from app.migrations import upgrade
from app.queue_plan import current_plan, plan_followed, plan_of_settings
from app.settings import load
from assist.acd import AcdRouter
from assist.acd.plan import parse_plan
from core.administration import Administration, By
from core.identity import Identity
from core.queue_plan import as_json, newest_plan

ROOT = By("root", "console")


def administration_of(common):
    audit = audit_of(common.settings, common.db, common.site_key)
    first = plan_of_settings(common.settings)
    return Administration(common.db, Identity(common.db), audit, ["homegoods"], parse_plan, first)


async def test_a_saved_plan_is_followed_and_found_again(tmp_path, monkeypatch):
    monkeypatch.setattr(queue_plan, "FOLLOW_S", 0.05)
    settings = load(data=tmp_path)
    await asyncio.to_thread(upgrade, settings.db_url)
    async with open_common(settings) as common:
        administration = administration_of(common)
        plan, version = await current_plan(common)
        assert version == 0 and plan == settings.plan
        router = AcdRouter(common.log, plan=plan)
        try:
            async with plan_followed(common, router, version):
                shipped = (await administration.plan()).plan
                shipped["queues"]["general"] = {"target_s": 45, "priority": 3}
                await administration.save_plan(ROOT, shipped, 0)
                async with asyncio.timeout(30):
                    while router.acd.plan.queues["general"].priority != 3:
                        await asyncio.sleep(0.02)
        finally:
            router.close()
        plan, version = await current_plan(common)
        assert version == 1 and plan.queues["general"].target_s == 45


async def test_a_plan_that_cannot_be_read_any_more_leaves_calls_somewhere_to_go(tmp_path, caplog):
    settings = load(data=tmp_path)
    await asyncio.to_thread(upgrade, settings.db_url)
    async with open_common(settings) as common:
        audit = audit_of(settings, common.db, common.site_key)
        careless = Administration(common.db, Identity(common.db), audit, ["homegoods"])
        await careless.save_plan(ROOT, {"queues": {"general": {"a_setting_of_yesterday": 1}}}, 0)
        plan, _ = await current_plan(common)
        assert plan == settings.plan and "a_setting_of_yesterday" in caplog.text


async def test_a_plan_of_a_file_with_days_survives_the_database(tmp_path):
    file = tmp_path / "queues.yaml"
    file.write_text(
        "hours:\n  office: {zone: Asia/Tokyo, week: {mon-fri: '09:00-18:00'}, holidays: [2026-12-25],"
        " special: {2026-12-24: '09:00-12:00'}}\nqueues:\n  general: {hours: office}\n"
    )
    settings = load(data=tmp_path, queues=str(file))
    await asyncio.to_thread(upgrade, settings.db_url)
    async with open_common(settings) as common:
        administration = administration_of(common)
        known = await administration.plan()
        await administration.save_plan(ROOT, {**known.plan, "break_reasons": ["tea"]}, 0)
        saved = await newest_plan(common.db)
        assert saved.plan == as_json(saved.plan)
        plan, _ = await current_plan(common)
        assert plan.queues["general"].hours == settings.plan.queues["general"].hours
        assert plan.break_reasons == ("tea",)
