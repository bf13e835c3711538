"""The line greets in the language that an administrator chose for a number, without a restart."""

import asyncio

from app.common import audit_of, open_common
from app.media import numbers_followed
from app.migrations import upgrade
from app.settings import load
from core import numbers as numbers_module
from core.administration import Administration, By
from core.identity import Identity
from core.languages import Language


async def test_a_change_is_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(numbers_module, "FOLLOW_S", 0.05)
    settings = load(data=tmp_path, number_languages={"+862112345678": Language.ZH})
    await asyncio.to_thread(upgrade, settings.db_url)
    async with open_common(settings) as common, numbers_followed(common) as numbers:
        assert numbers.get("+862112345678") == Language.ZH
        audit = audit_of(settings, common.db, common.site_key)
        administration = Administration(common.db, Identity(common.db), audit, ["homegoods"])
        await administration.add_number(By("root", "console"), "+81312345678", "homegoods", "ja")
        async with asyncio.timeout(30):
            while numbers.get("+81312345678") is None:
                await asyncio.sleep(0.02)
        assert numbers["+81312345678"] == Language.JA and numbers["+862112345678"] == Language.ZH
