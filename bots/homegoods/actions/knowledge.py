"""Answers from the documents, and what the caller thinks of them."""

from __future__ import annotations

from dataclasses import asdict

from bots.homegoods.actions.base import Turn, _HotlineAction

_LEAST = 4
"""Characters below which a sentence cannot be a question worth looking up."""


async def answer(turn: Turn) -> bool:
    """Speak the documents' answer to what was just asked; False where they have none."""
    knowledge = turn.services.knowledge
    question = turn.text.strip()
    if knowledge is None or len(question) < _LEAST or question.startswith("/"):
        return False
    found = await knowledge.answer(question, turn.language)
    if found is None:
        return False
    turn.dispatcher.utter_message(text=found.text, key="knowledge_answer")
    turn.signal(passage=asdict(found))
    turn.set(matter=turn.slot("matter") or "ask_knowledge")
    return True


class ActionAnswerQuestion(_HotlineAction):
    def name(self) -> str:
        return "action_answer_question"

    async def act(self, turn: Turn) -> None:
        if await answer(turn):
            turn.say("did_that_help")
            turn.set(awaiting="answer_ok")
        else:
            turn.say("no_answer")
            turn.set(awaiting="person_ok")


class ActionAnswerAccepted(_HotlineAction):
    def name(self) -> str:
        return "action_answer_accepted"

    async def act(self, turn: Turn) -> None:
        turn.resolved("caller")
        turn.say("glad")
        turn.offer_more()


class ActionAnswerRejected(_HotlineAction):
    def name(self) -> str:
        return "action_answer_rejected"

    async def act(self, turn: Turn) -> None:
        turn.hand_over("answer_rejected", "handing_over_sorry")
