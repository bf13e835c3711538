"""What stands in the middle while there is no conversation: nothing to do, an offer, or another window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from assist.desk.actions import DeskActions
from assist.desk.context_panel import caller_head, context_blocks, context_key
from assist.desk.elements import El, Panel, button, clock
from assist.desk.view import DeskView
from assist.desk.words import Words
from assist.live import LiveCall
from core.languages import Language


def draw_idle(now: DeskView, words: Words, do: DeskActions, languages: Iterable[Language]) -> None:
    """Ready for calls, or not, and how to change that."""
    ready = now.state == "available"
    with El("div", "empty"):
        El("div", f"empty-mark {'ready' if ready else 'off'}", aria_hidden="true")
        El("h1", "", words("idle_available" if ready else "idle_off"))
        if now.state == "not_ready":
            El("p", "problem", words.named("not_ready", now.why_not_ready or "not_answered"))
        else:
            El("p", "quiet", words("idle_available_hint" if ready else "idle_off_hint"))
        if not ready:
            button(words("go_available"), "primary large", lambda: do.wish("available"), shortcut="Alt+S")
        with El("p", "speaks"):
            El("span", "quiet", words("speaks"))
            for language in languages:
                El("span", f"badge lang lang-{language.value}", language.own_name, lang=language.value)


def draw_elsewhere(words: Words, take_back: Callable[[], Awaitable[None]]) -> None:
    """The work is in another window of the same agent."""
    with El("div", "empty elsewhere", role="alert"):
        El("div", "empty-mark off", aria_hidden="true")
        El("h1", "", words("elsewhere"))
        El("p", "quiet", words("elsewhere_hint"))
        button(words("take_back"), "primary large", take_back, data_name="take-back")


class OfferPanel:
    """The frame with the two buttons is drawn once per offer: a button that is pressed while it is being
    replaced would be pressed in vain. What is known of the call is redrawn inside."""

    def __init__(self, words: Words, answer: Callable[[bool], Awaitable[None]]) -> None:
        self._words, self._answer = words, answer

    def build(self, now: DeskView) -> None:
        words = self._words
        with El(
            "div", "offer", role="alertdialog", aria_label=words("new_call"), tabindex="-1", data_name="offer"
        ):
            with El("div", "offer-head"):
                with El("div", ""):
                    El("h1", "", words("new_call"))
                    self._asked = Panel(El("div"))
                    self._head = Panel(El("div"))
                with El("div", "deadline"):
                    El("span", "quiet", words("answer_within"))
                    clock(now.left_s or 0.0, down=True, classes="big")
                    self._priority = Panel(El("div"))
            self._body = Panel(
                El("div", "offer-body", tabindex="0", role="region", aria_label=words("caller"))
            )
            with El("div", "offer-actions"):
                button(words("accept"), "accept large", lambda: self._answer(True), shortcut="Alt+A")
                button(words("reject"), "large", lambda: self._answer(False), shortcut="Alt+R")

    def update(self, call: LiveCall) -> None:
        words, key = self._words, context_key(call)
        priority = call.packet.priority if call.packet is not None else 0
        self._asked.show(
            call.asked_by,
            lambda: call.asked_by and El("p", "asked-by", words("asked_by", name=call.asked_by)),
        )
        self._head.show(key, lambda: caller_head(call, words))
        self._body.show(key, lambda: context_blocks(call, words))
        self._priority.show(
            priority, lambda: priority and El("span", "badge high", f"{words('priority')} {priority}")
        )
