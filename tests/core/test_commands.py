"""What may be asked of the process that holds the calls."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from core.capacity import CAPACITIES
from core.commands import SetAgentState


@pytest.mark.parametrize("capacity", [CAPACITIES[0] - 1, CAPACITIES[-1] + 1])
def test_an_agent_reports_no_more_calls_at_once_than_administrators_may_give(capacity):
    report = {"issued_by": "mei", "expires_at": datetime.now(UTC), "state": "available"}
    assert SetAgentState(**report, capacity=CAPACITIES[-1]).capacity == CAPACITIES[-1]
    with pytest.raises(ValidationError, match="capacity"):
        SetAgentState(**report, capacity=capacity)
