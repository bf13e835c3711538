"""The latency ledger over the API: who may read it, and what it says."""

import pytest

from core.identity import Role


async def test_the_newest_turns_are_summed_up_with_the_slowest_first(as_role):
    client = await as_role(Role.QA)
    answer = (await client.get("/api/latency")).json()
    assert answer["turns"] == 4
    assert answer["stages"]["gap"]["p50"] == pytest.approx(575)
    assert set(answer["languages"]) == {"", "ja", "zh"}
    assert [one["call_id"] for one in answer["slowest"][:2]] == ["call-handed", "call-resolved"]
    assert answer["slowest"][0]["ms"]["gap"] == 700


async def test_one_language_and_fewer_turns_may_be_asked_for(as_role):
    client = await as_role(Role.SUPERVISOR)
    assert (await client.get("/api/latency?language=zh")).json()["turns"] == 2
    assert (await client.get("/api/latency?limit=1")).json()["turns"] == 1
    assert (await client.get("/api/latency?language=ko")).json() == {
        "turns": 0,
        "stages": {},
        "languages": {},
        "slowest": [],
    }
    assert (await client.get("/api/latency?limit=0")).status_code == 422


@pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR])
async def test_others_are_refused(as_role, role):
    client = await as_role(role)
    assert (await client.get("/api/latency")).status_code == 403
