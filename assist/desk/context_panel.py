"""Who calls and what is known: shown with the offer, and beside the conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

from assist.desk.elements import El, button
from assist.desk.view import chips, masked_caller, mood_name
from assist.desk.words import Words
from assist.live import LiveCall
from assist.screen_pop import Contact, ScreenPop, Source
from assist.summary import attempt_text, summarise
from bots.connectors.orders import FINISHED, Order
from core.languages import Language
from core.redaction import redact
from core.views import masked

Show = Callable[[], Awaitable[None]]


def context_key(call: LiveCall) -> tuple[object, ...]:
    """What the panel shows, as a key."""
    facts = call.facts
    return (
        call.id,
        call.language,
        facts.matter,
        tuple(sorted((name, str(value)) for name, value in facts.slots.items())),
        len(facts.tried),
        call.packet is not None,
        mood_name(call.sentiment),
        call.pop_number,
        tuple(call.tickets),
    )


def language_badge(language: Language, words: Words) -> None:
    El("span", f"badge lang lang-{language.value}", language.own_name, lang=language.value)


def mood_badge(call: LiveCall, words: Words) -> None:
    name = mood_name(call.sentiment)
    with El("span", f"badge {name.replace('_', '-')}"):
        El("span", "sr", f"{words('mood')}: ")
        El("span", "", words(name))


def caller_head(call: LiveCall, words: Words, *, number: str = "", show: Show | None = None) -> None:
    """The caller's number, level, language, mood and matter.

    Args:
        number: in full, where the agent has just been shown it.
        show: shows it; None for agents without the right.
    """
    with El("div", "caller"):
        with El("div", "caller-line"):
            El("span", "caller-number", number or masked_caller(call) or words("withheld"))
            if show is not None and not number and masked_caller(call):
                title = words("show_number_why")
                button(words("show_number"), "small", show, title=title, aria_label=title)
        customer = call.pop.customer if call.pop is not None else None
        if customer is not None:
            El("div", "caller-name", customer.name)
        with El("div", "badges"):
            if customer is not None:
                level = words.named("level", customer.level)
                El("span", f"badge {'plain' if customer.level == 'standard' else 'high'}", level)
            language_badge(call.language, words)
            mood_badge(call, words)
            El("span", "badge plain", words.named("intent", call.facts.matter))


def context_blocks(call: LiveCall, words: Words) -> None:
    """Summary, what was collected and tried, then what the business knows: orders, tickets, last contacts."""
    packet = call.packet
    with _block(words("summary")):
        if packet is not None and packet.language is words.language:
            summary = packet.summary
        else:
            summary = summarise(call.facts, words.language)
        with El("ul", "summary", lang=words.language.value):
            for sentence in (summary.matter, summary.done, summary.open, summary.mood):
                if sentence:
                    El("li", "", redact(sentence))
    with _block(words("collected")):
        collected = chips(call)
        if not collected:
            El("p", "quiet", words("nothing_yet"))
        else:
            with El("dl", "chips"):
                for name, value in collected:
                    with El("div", "chip"):
                        El("dt", "", words.named("slot", name))
                        El("dd", "", value)
    with _block(words("tried")):
        if packet is not None:
            El("p", "why", f"{words('why_here')}: {words.named('reason', packet.reason)}")
        if not call.facts.tried:
            El("p", "quiet", words("nothing_yet"))
        else:
            with El("ul", "tried"):
                for attempt in call.facts.tried[-6:]:
                    with El("li", "ok" if attempt.ok else "bad"):
                        El("span", "mark", "✓" if attempt.ok else "✕", aria_hidden="true")
                        El("span", "", attempt_text(attempt, words.language))
                        El("span", "sr", words("worked" if attempt.ok else "failed"))
    if call.pop is None:
        _packet_customer(call, words)
    else:
        _orders(call.pop, words)
        _tickets(call.pop, words)
        _contacts(call.pop, words)


def _packet_customer(call: LiveCall, words: Words) -> None:
    """What the call itself brought along, until the business's systems have answered."""
    packet = call.packet
    customer = {} if packet is None else {k: v for k, v in masked(dict(packet.customer)).items() if _plain(v)}
    if customer:
        with _block(words("customer")), El("dl", "facts"):
            for name, value in list(customer.items())[:6]:
                El("dt", "", words.named("customer", name))
                El("dd", "", str(value))


def _orders(pop: ScreenPop, words: Words) -> None:
    with _block(words("orders")):
        if _away(pop, words, "orders", "customer"):
            return
        if pop.customer is None:
            El("p", "quiet", words("unknown_customer"))
            return
        going = [order for order in pop.orders if order.state not in FINISHED]
        with El("ul", "records"):
            for order in going:
                _order(order, words)
        if finished := len(pop.orders) - len(going):
            with El("details", "more"):
                El("summary", "quiet", words("finished_orders", n=finished))
                with El("ul", "records"):
                    for order in pop.orders:
                        if order.state in FINISHED:
                            _order(order, words)
        elif not going:
            El("p", "quiet", words("nothing_yet"))


def _order(order: Order, words: Words) -> None:
    with El("li", ""):
        with El("div", "record-head"):
            El("strong", "", order.number)
            tone = {"delayed": "high", "in_customs": "high"}.get(order.state, "plain")
            El("span", f"badge {tone}", words.named("order", order.state))
        item = order.items.get(words.language.value) or next(iter(order.items.values()), "")
        with El("div", "quiet"):
            El("span", "", item)
            if order.expected_on and order.state not in FINISHED:
                El("span", "", f" · {words('expected')} ")
                El("span", "day", _day(order.expected_on))


def _tickets(pop: ScreenPop, words: Words) -> None:
    with _block(words("tickets")):
        if _away(pop, words, "tickets"):
            return
        if not pop.tickets:
            El("p", "quiet", words("nothing_yet"))
        with El("ul", "records"):
            for ticket in pop.tickets[:5]:
                with El("li", ""):
                    with El("div", "record-head"):
                        El("strong", "", ticket.number)
                        El("span", "badge plain", words.named("ticket", ticket.state))
                        El("span", "quiet", _day(ticket.opened_at.date()))
                    El("div", "", redact(ticket.subject))


def _contacts(pop: ScreenPop, words: Words) -> None:
    with _block(words("contacts")):
        if _away(pop, words, "contacts"):
            return
        if not pop.contacts:
            El("p", "quiet", words("first_contact"))
        with El("ul", "records"):
            for contact in pop.contacts:
                _contact(contact, words)


def _contact(contact: Contact, words: Words) -> None:
    with El("li", ""):
        with El("div", "record-head"):
            El("span", "", words.named("intent", contact.matter))
            El("time", "quiet", _day(contact.at.date()), datetime=contact.at.isoformat())
        agent = f" · {contact.agent}" if contact.agent else ""
        with El("div", "quiet"):
            El("span", "badge plain", words.named("channel", contact.channel), data_channel=contact.channel)
            El("span", "", f" {words.named('outcome', contact.outcome)}{agent}")


def _away(pop: ScreenPop, words: Words, *sources: Source) -> bool:
    if pop.missing.isdisjoint(sources):
        return False
    El("p", "problem", words("source_away"))
    return True


def _day(day: date) -> str:
    return day.isoformat()


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _block(title: str) -> El:
    block = El("section", "block")
    with block:
        El("h3", "", title)
    return block
