"""What the process that holds the calls says of one: who takes part, whether the caller hears music."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PartyState:
    """Somebody in the call.

    Attributes:
        party: caller, bot, agent, agent2, supervisor or number.
        sound: whether we hear them; an agent without sound types.
    """

    party: str
    name: str = ""
    since_s: float = field(default=0.0, compare=False)
    muted: bool = False
    sound: bool = False


@dataclass(frozen=True, slots=True)
class LineState:
    """
    Attributes:
        held: the caller hears music.
        second: how far it is with a second agent: asked, consult, conference; '' where there is none.
        bot: the bot has the caller at the moment.
        lost: the agent's sound is gone; at ``lost_until`` (``time.monotonic``) the caller goes back to the queue.
        phone: the agent's own telephone, while they have no sound: rings, ready (to be rung), or ''.
    """

    held: bool = False
    second: str = ""
    bot: bool = False
    lost: bool = False
    lost_until: float = field(default=0.0, compare=False)
    phone: str = ""
    parties: tuple[PartyState, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> LineState:
        """From an entry of ``calls`` in media's state; what it does not say is as in a plain call."""
        lost = fields.get("lost")
        return cls(
            bool(fields.get("held", False)),
            str(fields.get("second") or ""),
            bool(fields.get("bot", False)),
            lost is not None,
            time.monotonic() + float(lost["left_s"]) if lost else 0.0,
            str(lost["phone"]).replace("none", "") if lost else "",
            tuple(
                PartyState(
                    str(one["party"]),
                    str(one.get("name") or ""),
                    float(one.get("since_s") or 0.0),
                    bool(one.get("muted", False)),
                    bool(one.get("sound", False)),
                )
                for one in fields.get("parties", ())
            ),
        )

    def party(self, *kinds: str) -> PartyState | None:
        """The first of these who takes part."""
        return next((one for one in self.parties if one.party in kinds), None)
