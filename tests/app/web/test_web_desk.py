"""A caller's number over the API: a right, and each look in the audit log."""

from core.identity import Role

CALLER = "+819012345678"
"""Of the call that an agent took."""


async def test_a_supervisor_is_shown_the_number_and_the_look_is_logged(as_role, parts):
    client = await as_role(Role.SUPERVISOR)
    answer = await client.post("/api/calls/call-handed/number")
    assert answer.status_code == 200 and answer.json()["number"] == CALLER
    [entry] = await parts.administration.audit.entries(action="number.shown")
    assert (entry.actor, entry.subject, entry.origin) == ("supervisor", "call:call-handed", "api")
    assert CALLER not in str(entry)


async def test_without_the_right_nothing_is_shown_or_logged(as_role, parts):
    for role in (Role.AGENT, Role.QA):
        answer = await (await as_role(role)).post("/api/calls/call-handed/number")
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "no_right"
    assert await parts.administration.audit.entries(action="number.shown") == []


async def test_an_agent_with_the_right_sees_the_numbers_of_their_own_calls(as_role, parts):
    await parts.identity.add_user(
        "agent", "a long password", {Role.AGENT, Role.NUMBERS}, languages=("zh", "en")
    )
    client = await as_role(Role.AGENT)
    assert (await client.post("/api/calls/call-handed/number")).json()["number"] == CALLER
    assert (await client.post("/api/calls/call-resolved/number")).status_code == 403
    assert (await client.post("/api/calls/no-such/number")).status_code == 404
