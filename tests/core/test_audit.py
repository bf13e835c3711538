"""The audit log: what was written is found again, and whatever is done to it behind its back is found out."""

import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from core.audit import AuditLog, Unaudited, audit_entries, audit_head
from core.crypto import SiteKey

KEY = SiteKey(b"k" * 32)


class SetClock:
    def __init__(self):
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self):
        self.time += timedelta(seconds=1)
        return self.time

    def monotonic(self):
        return self.time.timestamp()


@pytest.fixture
def witness(tmp_path):
    return tmp_path / "keys" / "audit.witness"


@pytest.fixture
def audit(database, witness):
    return AuditLog(database, KEY, clock=SetClock(), witness=witness)


@pytest.fixture
async def written(audit):
    """A log of six entries."""
    for number in range(1, 7):
        await audit.note("root", "user.changed", f"user:u{number}", before={"n": 0}, after={"n": number})
    return audit


async def tamper(database, *statements):
    """What somebody with the database file, but without the site key, can do."""
    async with database.begin() as connection:
        for what in ("update", "delete"):
            await connection.execute(text(f"DROP TRIGGER IF EXISTS audit_entries_no_{what}"))
        for statement in statements:
            await connection.execute(statement)


def at(position):
    return audit_entries.c.position == position


def kinds(found):
    return [(fault.kind, fault.first, fault.last) for fault in found.faults]


async def test_an_untouched_log_is_intact_and_says_how_far_it_goes(written):
    found = await written.verify()
    assert found.ok and found.entries == 6 and found.witnessed == 6
    assert [entry.position for entry in await written.entries()] == [6, 5, 4, 3, 2, 1]
    assert found.head == (await written.entries(limit=1))[0].hash


async def test_the_chain_is_what_the_documentation_says(written):
    """Computed here by hand, so that an auditor's own program would come to the same."""
    previous, key = "0" * 64, KEY.derived("audit log")
    for entry in reversed(await written.entries()):
        content = [
            entry.position, entry.at, entry.actor, entry.origin, entry.action, entry.subject, entry.before, entry.after,
        ]  # fmt: skip
        text_ = json.dumps(content, sort_keys=True, separators=(",", ":"))
        previous = hmac.new(key, f"{previous}\n{text_}".encode(), hashlib.sha256).hexdigest()
        assert entry.hash == previous


@pytest.mark.parametrize("position", [1, 3, 6])
@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody"},
        {"action": "user.added"},
        {"subject": "user:other"},
        {"at": "2026-01-01T00:00:00.000+00:00"},
        {"origin": "console"},
        {"before": {"n": 1}},
        {"after": None},
        {"hash": "f" * 64},
    ],
)
async def test_an_altered_entry_is_named(written, database, position, change):
    await tamper(database, update(audit_entries).where(at(position)).values(change))
    assert ("altered", position, position) in kinds(await written.verify())
    assert {first for _, first, _ in kinds(await written.verify())} == {position}


@pytest.mark.parametrize("position", [1, 4])
async def test_a_removed_entry_is_named(written, database, position):
    await tamper(database, delete(audit_entries).where(at(position)))
    assert ("missing", position, position) in kinds(await written.verify())


async def test_a_removed_entry_is_found_where_the_later_ones_were_renumbered(written, database):
    moves = [update(audit_entries).where(at(n)).values(position=n - 1) for n in (5, 6)]
    await tamper(database, delete(audit_entries).where(at(4)), *moves)
    found = kinds(await written.verify())
    assert ("altered", 4, 4) in found and ("truncated", 6, 6) in found


async def test_two_entries_that_changed_places_are_found(written, database):
    swap = [(2, 100), (3, 2), (100, 3)]
    await tamper(database, *[update(audit_entries).where(at(a)).values(position=b) for a, b in swap])
    found = kinds(await written.verify())
    assert ("altered", 2, 2) in found and ("altered", 3, 3) in found


async def test_an_entry_put_in_by_hand_is_found(written, database):
    row = {
        "position": 7, "at": "2026-01-01", "actor": "root", "origin": "console", "action": "x", "subject": "y",
        "hash": hashlib.sha256(b"without the key").hexdigest(),
    }  # fmt: skip
    await tamper(database, insert(audit_entries).values(row))
    assert ("altered", 7, 7) in kinds(await written.verify())
    await tamper(database, update(audit_entries).where(at(7)).values(position=-5))
    assert ("altered", -5, -5) in kinds(await written.verify())


async def test_an_end_that_was_cut_off_is_found_by_the_sealed_head(database, audit):
    alone = AuditLog(database, KEY)  # without a witness
    for _ in range(4):
        await alone.note("root", "x", "y")
    await tamper(database, delete(audit_entries).where(audit_entries.c.position > 2))
    assert kinds(await alone.verify()) == [("truncated", 3, 4)]
    await alone.note("root", "x", "y")  # and goes on being seen
    assert kinds(await alone.verify()) == [("missing", 3, 4)]


async def test_a_head_moved_back_without_the_key_is_found(database):
    alone = AuditLog(database, KEY)
    for _ in range(4):
        await alone.note("root", "x", "y")
    second = (await alone.entries())[2]
    forged = update(audit_head).values(position=2, hash=second.hash)
    await tamper(database, delete(audit_entries).where(audit_entries.c.position > 2), forged)
    assert kinds(await alone.verify()) == [("head", 2, 2)]
    await alone.note("root", "x", "y")  # a new, honest head does not cover it up
    assert ("head", 3, 3) in kinds(await alone.verify())


async def test_a_removed_head_is_found_before_and_after_the_next_entry(written, database):
    await tamper(database, delete(audit_entries).where(at(6)), delete(audit_head))
    assert ("head", 5, 5) in kinds(await written.verify())
    await written.note("root", "x", "y")
    assert (await written.entries())[1].action == "audit.head_lost"
    assert ("head", 6, 6) in kinds(await written.verify())


async def test_a_log_set_back_to_an_older_state_head_and_all_is_found_by_the_witness(audit, database):
    for _ in range(3):
        await audit.note("root", "x", "y")
    async with database.read() as connection:
        old_head = (await connection.execute(select(audit_head))).mappings().one()
    await audit.note("root", "x", "y")
    back = update(audit_head).values(
        position=old_head["position"], hash=old_head["hash"], seal=old_head["seal"]
    )
    await tamper(database, delete(audit_entries).where(at(4)), back)
    assert kinds(await audit.verify()) == [("witness", 4, 4)]
    for number in range(3):  # what is written later does not make the witness forget
        await audit.note("root", "x", str(number))
    assert kinds(await audit.verify()) == [("witness", 4, 4)]


async def test_an_emptied_log_is_found_by_the_witness(written, database):
    await tamper(database, delete(audit_entries), delete(audit_head))
    assert kinds(await written.verify()) == [("witness", 6, 6)]
    await written.note("root", "x", "y")
    assert kinds(await written.verify()) == [("witness", 6, 6)]


async def test_a_forged_witness_is_reported(written, witness):
    witness.write_text('{"position": 1, "hash": "x", "seal": "y"}')
    assert [fault.kind for fault in (await written.verify()).faults] == ["witness"]
    await written.note("root", "x", "y")
    assert [fault.kind for fault in (await written.verify()).faults] == ["witness"]


async def test_a_receipt_written_down_elsewhere_must_be_there_still(written):
    third = (await written.entries())[3]
    assert (await written.verify((3, third.hash))).ok
    assert kinds(await written.verify((3, "0" * 64))) == [("receipt", 3, 3)]
    assert kinds(await written.verify((9, third.hash))) == [("receipt", 9, 9)]


async def test_the_wrong_site_key_is_told_from_tampering(written, database):
    found = await AuditLog(database, SiteKey(b"o" * 32)).verify()
    assert kinds(found) == [("other_key", 1, 6)]


async def test_rows_cannot_be_changed_by_mistake(written, database):
    for statement in (update(audit_entries).values(actor="x"), delete(audit_entries)):
        with pytest.raises(DatabaseError, match="append-only"):
            async with database.begin() as connection:
                await connection.execute(statement)


async def test_a_change_and_its_entry_are_there_together_or_not_at_all(audit, database):
    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE things (name TEXT)"))
    with pytest.raises(Unaudited):
        async with audit.transaction() as change:
            await change.connection.execute(text("INSERT INTO things VALUES ('unnoted')"))
    with pytest.raises(ZeroDivisionError):
        async with audit.transaction() as change:
            await change.note("root", "x", "y")
            1 / 0  # noqa: B018
    assert await audit.entries() == []
    async with audit.transaction() as change:
        await change.connection.execute(text("INSERT INTO things VALUES ('noted')"))
        await change.note("root", "x", "y")
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT name FROM things"))).scalars().all() == ["noted"]
    assert len(await audit.entries()) == 1 and (await audit.verify()).ok


async def test_secrets_never_enter_and_personal_data_is_masked(audit, database):
    for field in ("password", "password_hash", "token"):
        with pytest.raises(ValueError, match="secret"):
            await audit.note("root", "x", "y", after={"user": {field: "x"}})
    fields = {
        "name": "王梅",
        "phone": "+8613912345678",
        "note": "calls from 13912345678",
        "n": 1,
        "roles": {"b", "a"},
    }
    entry = await audit.note("root", "x", "y", after=fields)
    assert entry.after == {
        "name": "王****", "phone": "****5678", "note": "calls from ****5678", "n": 1, "roles": ["a", "b"],
    }  # fmt: skip
    own = await audit.note("root", "x", "y", after={"number": "+862112345678"}, plain=frozenset({"number"}))
    assert own.after == {"number": "+862112345678"}
    async with database.read() as connection:
        assert "13912345678" not in str((await connection.execute(select(audit_entries))).all())
    assert (await audit.verify()).ok


async def test_entries_are_filtered_and_paged(written, audit):
    await audit.note("mei", "number.added", "number:100%")
    assert [entry.actor for entry in await audit.entries(actor="mei")] == ["mei"]
    assert len(await audit.entries(action="user")) == 6
    assert [one.actor for one in await audit.entries(actions=["number.added", "number.shown"])] == ["mei"]
    assert [entry.subject for entry in await audit.entries(subject="u4")] == ["user:u4"]
    assert len(await audit.entries(subject="%")) == 1  # a per cent sign is a sign like any other
    assert [entry.position for entry in await audit.entries(limit=2)] == [7, 6]
    assert [entry.position for entry in await audit.entries(limit=2, before=6)] == [5, 4]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    found = await audit.entries(since=start + timedelta(seconds=2), until=start + timedelta(seconds=4))
    assert [entry.position for entry in found] == [3, 2]


async def test_every_entry_goes_to_the_log_lines_with_its_receipt(audit, caplog):
    with caplog.at_level(logging.INFO, "tetraphone.audit"):
        entry = await audit.note("root", "user.added", "user:mei")
    assert f"1 {entry.hash}: root user.added user:mei" in caplog.text


async def test_two_writers_at_once_make_one_chain(database, witness):
    import asyncio

    logs = [AuditLog(database, KEY, witness=witness) for _ in range(4)]
    await asyncio.gather(*(log.note("root", "x", str(n)) for n in range(5) for log in logs))
    found = await logs[0].verify()
    assert found.ok and found.entries == 20
