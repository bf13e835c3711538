"""Who is in the call and who hears whom: the rules of the bridge. Pure, told the time; sound is moved elsewhere.

Every request either changes the state and returns the facts to be logged, or raises ``Refused`` with a sentence and
changes nothing. ``heard_by`` is the whole truth about sound: the mix, the recording and the recognition follow it.

- The caller hears music while *apart*: held, while the agent consults, or while the agent's line is lost.
- A consultation is between the agents; a whisper is for the agent alone. The caller never hears either.
- While the bot takes a code, the caller and the bot are alone.
- A number that was called sits where a second agent would. Once the call is given to it, it sits in the agent's place
  (``through``), and none of us is in the conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assist.acd.types import Refused
from core.events import CallHeld, ConsultEnded, ConsultStarted, Event, LegJoined, LegLeft, MonitoringChanged

Seat = Literal["caller", "agent", "agent2", "supervisor"]
Source = Literal["caller", "agent", "agent2", "supervisor", "platform", "music"]
Manner = Literal["listen", "whisper", "barge"]
Second = Literal["asked", "consult", "conference"]
SecondParty = Literal["agent2", "number"]
Facts = list[Event]

LOST_S = 70.0
"""So long the caller waits for an agent whose line was lost, before the call goes back to the queue: a network may be
gone for a minute, and the browser needs some seconds to come back."""
NOBODY: frozenset[Source] = frozenset()
_CALL: frozenset[Source] = frozenset(("caller", "platform"))
_MUSIC: frozenset[Source] = frozenset(("music", "platform"))

BOT_HAS_CALLER = "The bot has the caller at the moment; it will be over soon."
GIVEN_AWAY = "The call was given to a number; none of us is in it any more."
NO_LINE = "You have no sound connected; open your line first."


@dataclass(slots=True)
class Member:
    """Somebody in the call. ``since_s`` on the call's clock; ``lost_s``: since when their line is gone."""

    name: str
    since_s: float
    sound: bool = False
    muted: bool = False
    lost_s: float | None = None


class Control:
    """One call from the moment that an agent has it.

    Attributes:
        members: who is in it, by seat. The caller always is.
        held: the agent has put the caller on hold.
        second: how far it is with a second agent; None: there is none.
        manner: what the supervisor does; None: nobody listens in.
        bot: the bot is taking a code.
    """

    def __init__(self, agent: str, now_s: float) -> None:
        self.members: dict[Seat, Member] = {
            "caller": Member("", now_s, sound=True),
            "agent": Member(agent, now_s),
        }
        self.held = False
        self.second: Second | None = None
        self.asked = ""
        """Whom the agent has asked for a consultation, until they come."""
        self.second_party: SecondParty = "agent2"
        """What the second one is, or was last."""
        self.through = False
        """The caller and a number talk with each other; our part is the line between them."""
        self.manner: Manner | None = None
        self.bot = False

    def party_of(self, seat: Seat) -> str:
        """What whoever sits there is called in the log and by consoles."""
        number = self.through if seat == "agent" else seat == "agent2" and self.second_party == "number"
        return "number" if number else seat

    # --- who hears whom ---

    @property
    def agent(self) -> Member:
        return self.members["agent"]

    @property
    def lost(self) -> bool:
        """The agent's sound is gone, and is waited for."""
        return self.agent.lost_s is not None

    @property
    def apart(self) -> bool:
        """The caller hears music, and nobody hears the caller."""
        if self.bot:
            return False
        alone = self.lost and self.second != "conference"
        return self.held or self.second in ("asked", "consult") or alone

    def heard_by(self, listener: Seat) -> frozenset[Source]:
        """Whose sound reaches this seat at the moment."""
        if listener not in self.members:
            return NOBODY
        sources = self._sources(listener)
        silent = {seat for seat, member in self.members.items() if member.muted}
        return frozenset(
            one for one in sources if one not in silent and one != listener and self._is_there(one)
        )

    def _is_there(self, source: Source) -> bool:
        return source in ("platform", "music") or source in self.members

    def _sources(self, listener: Seat) -> set[Source]:
        heard: set[Source] = set()
        if self.bot:
            if listener == "caller":
                heard.add("platform")
        elif listener == "caller":
            heard |= _MUSIC if self.apart else self._speakers()
        else:
            heard |= NOBODY if self.apart else _CALL
            heard |= self._colleagues(listener)
        return heard

    def _speakers(self) -> set[Source]:
        """Who speaks to the caller."""
        heard: set[Source] = {"platform", "agent"}
        if self.second == "conference":
            heard.add("agent2")
        if self.manner == "barge":
            heard.add("supervisor")
        return heard

    def _colleagues(self, listener: Seat) -> set[Source]:
        """Who among us speaks to this one of us."""
        heard: set[Source] = {"agent", "agent2"}
        if self.manner == "barge" or (self.manner == "whisper" and listener == "agent"):
            heard.add("supervisor")
        return heard

    # --- the agent's controls ---

    def hold(self, on: bool, by: str) -> Facts:
        self._not_with_bot()
        if self.second in ("asked", "consult"):
            raise Refused("The caller hears music until the consultation is over; end it first.")
        if on == self.held:
            raise Refused("The caller is on hold already." if on else "The caller is not on hold.")
        return self._changed(by, lambda: setattr(self, "held", on))

    def mute(self, seat: Seat, on: bool) -> Facts:
        self.members[seat].muted = on
        return []

    def ask_second(
        self, to_kind: Literal["queue", "agent", "number"], to_name: str, name: str, by: str
    ) -> Facts:
        """``name`` is asked to come; meanwhile the caller hears music."""
        self.may_ask()
        if name in self.names():
            raise Refused(f"{name} is in this call already.")

        def change() -> None:
            self.second, self.asked = "asked", name
            self.second_party = "number" if to_kind == "number" else "agent2"

        return [ConsultStarted(to_kind=to_kind, to_name=to_name, by=by), *self._changed(by, change)]

    def may_ask(self) -> None:
        """
        Raises:
            Refused: if nobody can be consulted now.
        """
        self._not_with_bot()
        if self.second is not None:
            raise Refused("Somebody else was asked already; end that first.")
        if not self.agent.sound:
            raise Refused(NO_LINE)

    def may_leave(self) -> None:
        """
        Raises:
            Refused: if the agent cannot give the call away now.
        """
        self._not_with_bot()
        if self.second is not None:
            raise Refused("End the consultation or the conference first.")

    def second_came(self, now_s: float) -> Facts:
        """Whoever was asked is there: the agents speak."""
        if self.second != "asked":
            raise Refused("Nobody is waited for any longer.")
        name, self.asked, self.second = self.asked, "", "consult"
        self.members["agent2"] = Member(name, now_s, sound=True)
        return [LegJoined(party=self.second_party, name=name, at_s=round(now_s, 3))]

    def second_gone(self, reason: str) -> Facts:
        """They did not come, or have left. The caller stays on hold: the agent may be in mid-sentence."""
        if self.second is None:
            return []
        conference = self.second == "conference"

        def change() -> None:
            self.held = self.held or not conference
            facts.extend(self._without_second(reason))

        facts: Facts = [] if conference else [ConsultEnded(then="failed", reason=reason)]
        changed = self._changed("", change)
        return facts + changed

    def end_consult(self, then: Literal["back", "conference", "transfer"], by: str, now_s: float) -> Facts:
        self._not_with_bot()
        if self.second is None:
            raise Refused("There is no consultation.")
        if then != "back" and self.second == "asked":
            raise Refused(f"{self.asked} has not answered yet.")
        if then == "conference" and self.second == "conference":
            raise Refused("You are all in one conversation already.")
        facts: Facts = [ConsultEnded(then=then, by=by)]

        def change() -> None:
            self.held = False
            if then == "back":
                facts.extend(self._without_second("consultation_over"))
            elif then == "conference":
                self.second = "conference"
            elif self.second_party == "number":
                facts.append(LegLeft(party="agent", reason="transferred"))
                facts.extend(self.monitor_over("transferred"))
                self.members["agent"] = self.members.pop("agent2")
                self.second, self.through = None, True
            else:
                facts.extend(self._moves_up("agent2", "transferred", now_s))
                self.second = None

        changed = self._changed(by, change)
        return facts + changed

    def _without_second(self, reason: str) -> Facts:
        self.second, self.asked = None, ""
        gone = self.members.pop("agent2", None)
        return [] if gone is None else [LegLeft(party=self.second_party, reason=reason)]

    def _moves_up(self, seat: Literal["agent2", "supervisor"], why: str, now_s: float) -> Facts:
        """Somebody takes the agent's place; the agent leaves."""
        facts: Facts = [LegLeft(party="agent", reason=why), LegLeft(party=seat, reason="is_the_agent_now")]
        mover = self.members.pop(seat)
        self.members["agent"] = Member(mover.name, now_s, sound=True, muted=mover.muted)
        return [*facts, LegJoined(party="agent", name=self.agent.name, at_s=round(now_s, 3))]

    # --- the bot comes back ---

    def bot_comes(self, by: str) -> Facts:
        self.may_leave()

        def change() -> None:
            self.bot, self.held = True, False

        return self._changed(by, change)

    def bot_leaves(self) -> Facts:
        return self._changed("", lambda: setattr(self, "bot", False))

    def _not_with_bot(self) -> None:
        if self.bot:
            raise Refused(BOT_HAS_CALLER)
        if self.through:
            raise Refused(GIVEN_AWAY)

    # --- the supervisor ---

    def monitor(self, user: str, manner: Manner, now_s: float) -> Facts:
        present = self._supervisor(user)
        if present is None and user in self.names():
            raise Refused("You are in this call yourself.")
        if manner == self.manner:
            return []
        before, self.manner = self.manner, manner
        if present is None:
            self.members["supervisor"] = Member(user, now_s, sound=True)
        facts: Facts = [MonitoringChanged(supervisor=user, manner=manner)]
        if manner == "barge":
            facts.append(LegJoined(party="supervisor", name=user, at_s=round(now_s, 3)))
        elif before == "barge":
            facts.append(LegLeft(party="supervisor", reason=manner))
        return facts

    def may_take_over(self, user: str) -> None:
        """
        Raises:
            Refused: if this supervisor cannot take the call now.
        """
        self._not_with_bot()
        if self._supervisor(user) is None and user in self.names():
            raise Refused("You are in this call yourself.")

    def _supervisor(self, user: str) -> Member | None:
        if self.through:
            raise Refused(GIVEN_AWAY)
        present = self.members.get("supervisor")
        if present is not None and present.name != user:
            raise Refused("Another supervisor is with this call.")
        return present

    def monitor_over(self, reason: str) -> Facts:
        """They listen no longer; nothing where nobody did."""
        present = self.members.pop("supervisor", None)
        if present is None:
            return []
        before, self.manner = self.manner, None
        facts: Facts = [MonitoringChanged(supervisor=present.name, manner="stop")]
        return [*facts, LegLeft(party="supervisor", reason=reason)] if before == "barge" else facts

    def take_over(self, user: str, now_s: float) -> Facts:
        """The supervisor has the call from now on, and the agent leaves; whoever the agent consulted as well."""
        self.may_take_over(user)
        facts = self.monitor(user, self.manner or "listen", now_s)
        if self.manner != "barge":
            facts.append(LegJoined(party="supervisor", name=user, at_s=round(now_s, 3)))

        def change() -> None:
            if self.second not in (None, "conference"):
                facts.append(ConsultEnded(then="failed", reason="taken_over"))
            facts.extend(self._without_second("taken_over"))
            self.held = False
            facts.extend(self._moves_up("supervisor", "taken_over", now_s))

        changed = self._changed(user, change)
        self.manner = None
        return [*facts, MonitoringChanged(supervisor=user, manner="take_over"), *changed]

    # --- lines ---

    def line_lost(self, seat: Seat, now_s: float) -> Facts:
        """The sound of somebody is gone. The agent's is waited for; others leave without theirs."""
        member = self.members.get(seat)
        if member is None or not member.sound:
            return []
        if seat == "agent" and self.through:
            return []  # the number sits there, whose line is its carrier's; the agent's own is out of the call
        if seat == "agent2":
            return self.second_gone("line_lost")
        if seat == "supervisor":
            return self.monitor_over("line_lost")

        def change() -> None:
            assert member is not None
            member.sound, member.lost_s = False, now_s

        return self._changed("", change)

    def line_awaited(self, now_s: float) -> Facts:
        """The agent's telephone rings: until it is answered, the caller waits as for a line that was lost."""
        return self._changed("", lambda: setattr(self.agent, "lost_s", now_s))

    def line_back(self, now_s: float) -> Facts:
        """The agent's sound is there: for the first time, or again."""

        def change() -> None:
            self.agent.sound, self.agent.lost_s = True, None

        return self._changed("", change)

    def left_s(self, now_s: float) -> float | None:
        """How much longer the agent's line is waited for; None where it is there."""
        lost_s = self.agent.lost_s
        return None if lost_s is None else max(lost_s + LOST_S - now_s, 0.0)

    def given_up(self, now_s: float) -> bool:
        """Whether the agent's line has been waited for long enough."""
        return self.left_s(now_s) == 0.0

    # --- inside ---

    def names(self) -> set[str]:
        """Everybody in the call, and whoever was asked to come."""
        return {member.name for member in self.members.values()} | {self.asked}

    def _changed(self, by: str, change: Callable[[], None]) -> Facts:
        """Make a change, and tell if the caller hears music from now on, or no longer."""
        before = self.apart
        change()
        return [] if self.apart == before else [CallHeld(on=self.apart, by=by)]
