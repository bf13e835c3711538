"""Unit: the engine itself: broken projects, cancelled turns, snapshots, failures."""

from __future__ import annotations

import asyncio
import json
import shutil

import pytest

from bots.connectors import ConnectorError, DemoOrderDesk
from bots.engine import Bot, ProjectError
from bots.engine.policy import Policy, load_config
from tests.bots.talk import NLU, PROJECT, Documents, Talk, keys, load_bot


@pytest.fixture
def project(tmp_path):
    """A copy of the project that may be broken; actions stay those of the original."""
    folder = tmp_path / "shop"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("__pycache__", "knowledge", "actions"))
    (folder / "actions.py").write_text("from bots.homegoods.actions.aside import *\n")
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "domain.yml",
            "type: categorical",
            "type: colour",
            r"domain.yml: slots.language.type is 'colour'; accepted: any, bool",
        ),
        ("domain.yml", "required_slots: [order_number]", "required_slots: [size]", r"needs the slot 'size'"),
        ("domain.yml", "forms:", "shapes:", r"domain.yml: unknown key shapes; accepted: .*forms"),
        (
            "domain.yml",
            'version: "3.1"',
            'version: "2.0"',
            r"version '2.0' is not played; accepted: 3.0, 3.1",
        ),
        ("domain.yml", "intents:\n", "intents: [\n", r"domain.yml: is not valid YAML"),
        (
            "data/rules.yml",
            "intent: ask_person",
            "intent: ask_pirate",
            r"rules.yml: rule .* unknown intent 'ask_pirate'",
        ),
        (
            "data/rules.yml",
            "steps:\n      - intent: goodbye",
            "step:\n      - intent: goodbye",
            r"has the key 'step'",
        ),
        ("config.yml", "threshold: 0.4", "threshold: 7", r"fallback_threshold is 7; accepted: 0 to 1"),
    ],
)
def test_a_broken_project_is_refused_with_the_file_and_what_is_accepted(project, file, old, new, message):
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    (project / "actions.py").unlink()
    with pytest.raises(ProjectError, match=message):
        load_all(project)


def load_all(folder):
    """What ``Bot.load`` reads, with the original's actions (they are imported once per process)."""
    from bots.engine.actions import BUILT_IN
    from bots.engine.courses import load_courses
    from bots.engine.domain import load_domain

    domain = load_domain(folder)
    config = load_config(folder)
    rules, stories = load_courses(folder, domain, frozenset((*domain.actions, *domain.forms, *BUILT_IN)))
    return Policy(rules, stories, config)


def test_an_action_without_code_is_named(project):
    with pytest.raises(ProjectError, match=r"domain.yml: no code for the action 'action_"):
        Bot.load(project, NLU)


def test_code_that_cannot_be_imported_is_named(project):
    (project / "actions.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(ProjectError, match=r"actions.py: cannot be imported \(ModuleNotFoundError"):
        Bot.load(project, NLU)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ProjectError, match=r"domain.yml: is missing"):
        Bot.load(tmp_path, NLU)


def test_training_data_that_is_no_list_of_sentences_is_named(tmp_path):
    from bots.understanding.nlu_files import load_nlu

    for language in ("zh", "en", "ja", "ko"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "a.yml").write_text("nlu:\n  - intent: greet\n    examples: |\n      hello\n")
    with pytest.raises(ProjectError, match=r"a.yml: the line 'hello'; accepted: lines that begin with"):
        load_nlu(tmp_path)


def test_stories_are_followed_where_no_rule_speaks(project):
    (project / "data" / "stories.yml").write_text(
        'version: "3.1"\nstories:\n  - story: a joke\n    steps:\n      - intent: inform\n'
        "      - action: action_greet_back\n      - intent: thank\n      - action: action_close\n"
    )
    from bots.engine.domain import load_domain
    from bots.engine.tracker import Conversation
    from bots.understanding.types import Understanding

    policy = load_all(project)
    conversation = Conversation("c", load_domain(project))
    conversation.add_message("x", Understanding("inform", 1.0))
    assert policy.by_story(conversation) == "action_greet_back"
    conversation.add_action("action_greet_back")
    conversation.add_message("x", Understanding("thank", 1.0))
    assert policy.by_story(conversation) == "action_close"
    conversation.add_action("action_welcome")
    conversation.add_message("x", Understanding("greet", 1.0))
    assert policy.by_story(conversation) is None


class SlowDesk(DemoOrderDesk):
    """An order system that waits for leave before it opens a return."""

    def __init__(self, database) -> None:
        super().__init__(database)
        self.begun, self.leave, self.opened = asyncio.Event(), asyncio.Event(), 0

    async def open_return(self, *arguments):
        self.begun.set()
        await self.leave.wait()
        self.opened += 1
        return await super().open_return(*arguments)


async def test_an_interrupted_turn_still_opens_the_return_and_only_once(database):
    desk = SlowDesk(database)
    talk = Talk(await load_bot(database, Documents(), orders=desk), "en")
    await talk.open()
    await talk.says("return 104305", "return_item")
    await talk.says("broken", "inform")
    turn = asyncio.create_task(talk.says("yes", "affirm"))
    await desk.begun.wait()
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    following = asyncio.create_task(talk.says("hello?", "repeat"))
    desk.leave.set()
    assert keys(await following)[0] == "return_opened", "the next turn waited, and repeats what was not heard"
    assert desk.opened == 1
    await talk.session.settle()


async def test_an_action_that_takes_too_long_gives_the_caller_to_a_person_and_is_not_cancelled(database):
    desk = SlowDesk(database)
    bot = await load_bot(database, Documents(), orders=desk)
    bot.action_timeout_s = 0.05
    talk = Talk(bot, "en")
    await talk.open()
    bot.action_timeout_s = 5
    await talk.says("return 104305", "return_item")
    await talk.says("broken", "inform")
    bot.action_timeout_s = 0.05
    reply = await talk.says("yes", "affirm")
    assert reply.hand_off and reply.hand_off.reason == "bot_failed" and keys(reply) == ["technical_problem"]
    assert not reply.actions[0].ok and "TimeoutError" in reply.actions[0].detail
    desk.leave.set()
    await bot.settle()
    assert desk.opened == 1


async def test_at_shut_down_an_action_that_never_ends_is_given_up_and_logged(database, caplog):
    bot = await load_bot(database, Documents())
    bot.adopt(asyncio.create_task(asyncio.Event().wait(), name="open_return"))
    await bot.settle(limit_s=0.01)
    assert "the late action open_return was cancelled" in caplog.text
    await bot.settle()


class BrokenDesk(DemoOrderDesk):
    async def track(self, number):
        raise ConnectorError("the order system is away")


async def test_a_broken_order_system_gives_the_caller_to_a_person(database):
    talk = Talk(await load_bot(database, Documents(), orders=BrokenDesk(database)), "ja")
    await talk.open()
    reply = await talk.says("104227", "order_status")
    assert reply.hand_off and reply.hand_off.reason == "connector_failed"
    assert reply.says[0].language == "ja" and not reply.actions[0].ok


async def test_a_bug_in_an_action_is_heard_as_an_apology_and_reported(database):
    class Bug(DemoOrderDesk):
        async def track(self, number):
            raise ZeroDivisionError

    talk = Talk(await load_bot(database, Documents(), orders=Bug(database)), "zh")
    await talk.open()
    reply = await talk.says("104227", "order_status")
    assert reply.hand_off.reason == "bot_failed" and keys(reply) == ["technical_problem"]
    again = await talk.says("hello", "greet")
    assert keys(again) == ["greet_back"], "the conversation can go on"


async def test_a_conversation_goes_on_from_its_snapshot(bot):
    talk = Talk(bot, "ko")
    await talk.open()
    await talk.says("주문 조회", "order_status")
    await talk.presses("104")
    state = json.loads(json.dumps(talk.session.snapshot()))
    later = Talk(bot, "en")
    later.session.restore(state)
    reply = await later.presses("227")
    assert keys(reply) == ["status_shipped", "anything_else"] and reply.language == "ko"
    assert (await later.says("괜찮아요", "affirm")).end_call, "what okay means is kept too"


async def test_a_snapshot_of_another_version_is_refused(bot):
    with pytest.raises(ValueError, match="version 7"):
        Talk(bot, "en").session.restore({"version": 7})


async def test_a_long_conversation_does_not_grow_without_end(bot):
    talk = Talk(bot, "en")
    await talk.open()
    for _ in range(150):
        await talk.says("hello", "greet")
    assert len(talk.session.snapshot()["events"]) <= 400


async def test_two_calls_at_once_do_not_mix(bot):
    first, second = Talk(bot, "zh", "a"), Talk(bot, "ja", "b")
    await asyncio.gather(first.open(), second.open())
    await asyncio.gather(first.says("x", "order_status"), second.says("x", "return_item"))
    one, two = await asyncio.gather(first.presses("104227"), second.presses("104305"))
    assert keys(one)[0] == "status_shipped" and one.language == "zh"
    assert keys(two) == ["ask_return_reason"] and two.language == "ja"


async def test_turns_that_come_together_are_taken_in_order(bot):
    talk = Talk(bot, "en")
    await talk.open()
    replies = await asyncio.gather(talk.says("x", "order_status"), talk.presses("104"), talk.presses("227"))
    assert [keys(one)[0] for one in replies] == ["ask_order_number", "number_too_short", "status_shipped"]
