"""Who calls and what is known: shown with the offer, and beside the conversation."""

from __future__ import annotations

from assist.desk.elements import El
from assist.desk.view import chips, masked_caller, mood_name
from assist.desk.words import Words
from assist.live import LiveCall
from assist.summary import attempt_text, summarise
from core.languages import Language
from core.redaction import redact
from core.views import masked


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
    )


def language_badge(language: Language, words: Words) -> None:
    El("span", f"badge lang lang-{language.value}", language.own_name, lang=language.value)


def mood_badge(call: LiveCall, words: Words) -> None:
    name = mood_name(call.sentiment)
    with El("span", f"badge {name.replace('_', '-')}"):
        El("span", "sr", f"{words('mood')}: ")
        El("span", "", words(name))


def caller_head(call: LiveCall, words: Words) -> None:
    """The caller's number, language, mood and matter."""
    with El("div", "caller"):
        El("div", "caller-number", masked_caller(call) or words("withheld"))
        with El("div", "badges"):
            language_badge(call.language, words)
            mood_badge(call, words)
            El("span", "badge plain", words.named("intent", call.facts.matter))


def context_blocks(call: LiveCall, words: Words) -> None:
    """Summary, what was collected, what was tried, the customer."""
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
    if packet is not None:
        with _block(words("why_here")):
            El("p", "", words.named("reason", packet.reason))
    with _block(words("tried")):
        if not call.facts.tried:
            El("p", "quiet", words("nothing_yet"))
        else:
            with El("ul", "tried"):
                for attempt in call.facts.tried[-6:]:
                    with El("li", "ok" if attempt.ok else "bad"):
                        El("span", "mark", "✓" if attempt.ok else "✕", aria_hidden="true")
                        El("span", "", attempt_text(attempt, words.language))
                        El("span", "sr", words("worked" if attempt.ok else "failed"))
    customer = {} if packet is None else {k: v for k, v in masked(dict(packet.customer)).items() if _plain(v)}
    if customer:
        with _block(words("customer")), El("dl", "facts"):
            for name, value in list(customer.items())[:6]:
                El("dt", "", words.named("customer", name))
                El("dd", "", str(value))


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _block(title: str) -> El:
    block = El("section", "block")
    with block:
        El("h3", "", title)
    return block
