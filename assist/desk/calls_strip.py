"""The row of an agent's calls, where there is more than one: which is shown, what the others do, and one that is offered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from assist.desk.context_panel import language_badge
from assist.desk.elements import El, Panel, button, clock
from assist.desk.view import CallTab, DeskView, masked_caller
from assist.desk.words import Words
from assist.live import LiveCall

NEXT_CALL = "Alt+O"
"""Shows the call that stands behind the one shown, and the first behind the last."""


class CallsStrip:
    """
    Args:
        on_show: another call is to be shown, by its id.
        on_answer: the offer is accepted, or not.
    """

    def __init__(
        self,
        words: Words,
        on_show: Callable[[str], None],
        on_answer: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._words, self._on_show, self._on_answer = words, on_show, on_answer
        self._calls = Panel(El("nav", "calls-strip", aria_label=words("your_calls")))
        self._offer = Panel(El("div", "second-offer", role="alert"))

    def update(self, now: DeskView) -> None:
        tabs = now.tabs if len(now.tabs) > 1 else ()
        shown = now.call.id if now.call is not None else ""
        key = tuple((one.call.id, one.state, one.call.language, _name(one.call)) for one in tabs)
        self._calls.show((key, shown), lambda: self._draw_calls(tabs, shown))
        offered = now.offered

        def draw() -> None:
            if offered is not None:
                self._draw_offer(offered, now.offer_left_s)

        self._offer.show((now.offer_id, _name(offered)) if offered is not None else None, draw)

    def _draw_calls(self, tabs: tuple[CallTab, ...], shown: str) -> None:
        if not tabs:
            return
        El("span", "quiet", self._words("your_calls"))
        ids = [one.call.id for one in tabs]
        after = ids[(ids.index(shown) + 1) % len(ids)] if shown in ids else ids[0]
        for one in tabs:
            keys = (
                {"data_shortcut": NEXT_CALL, "aria_keyshortcuts": NEXT_CALL} if one.call.id == after else {}
            )
            element = El(
                "button",
                f"btn small call-tab{' chosen' if one.call.id == shown else ''}",
                type="button",
                aria_pressed="true" if one.call.id == shown else "false",
                data_call=one.call.id,
                **keys,
            )
            with element:
                El("strong", "", _name(one.call) or self._words("withheld"))
                language_badge(one.call.language, self._words)
                El("span", "quiet", self._words(one.state))
                clock(one.left_s if one.left_s is not None else one.since_s, down=one.left_s is not None)
                if keys:
                    El("kbd", "", NEXT_CALL.removeprefix("Alt+"), aria_hidden="true")
            element.on("click", self._showing(one.call.id), args=[])

    def _showing(self, call_id: str) -> Callable[[], None]:
        return lambda: self._on_show(call_id)

    def _draw_offer(self, call: LiveCall, left_s: float) -> None:
        words = self._words
        El("strong", "", words("new_call"))
        El("span", "", _name(call) or words("withheld"))
        language_badge(call.language, words)
        El("span", "", words.named("intent", call.facts.matter))
        clock(left_s, down=True)
        El("span", "grow")
        button(words("accept"), "accept small", lambda: self._on_answer(True), shortcut="Alt+A")
        button(words("reject"), "small", lambda: self._on_answer(False), shortcut="Alt+R")


def _name(call: LiveCall | None) -> str:
    """The customer's name, or the number but for its last figures."""
    if call is None:
        return ""
    customer = call.pop.customer if call.pop is not None else None
    return customer.name if customer is not None else masked_caller(call)
