"""The wallboard as HTML: right figures, nothing from outside taken for markup, and only what changed is new."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import pytest
from test_wall_figures import NINE, morning
from wall_facts import EN, PLAN, Played

from assist.wall.alerts import Alert
from assist.wall.calendar import Calendar
from assist.wall.parts_board import PartsBoard
from assist.wall.view import Scene, duration, parts
from core import events as ev
from core.languages import Language
from core.routing_events import ConversationPassed

CLOCK = Calendar(ZoneInfo("UTC")).clock


def scene(day: Played, at: float, **more: object) -> Scene:
    fields = {"alerts": [], "names": {"joe": "Joe Hill", "sam": "Sam"}, "link_up": True, **more}
    return Scene(day.at(at), PLAN, clock=CLOCK, **fields)  # type: ignore[arg-type]


def test_the_tiles_say_the_figures_of_the_morning() -> None:
    tiles = parts(scene(morning(), NINE + 1000), EN)["tiles"]
    for shown in (
        "33\u202f%",
        "0:25",
        "1 of 3 calls",
        "21\u202f%",
        "General 33\u202f%, target 80\u202f%",
        ">6<",
    ):
        assert shown in tiles, shown
    assert f'data-since="{NINE + 960:.1f}"' in tiles


@pytest.mark.parametrize(
    ("language", "note"),
    [
        (Language.EN, "1 of 4 calls, unserved: 1"),
        (Language.ZH, "4 通中 1 通，无人接听：1"),
        (Language.JA, "4 件中 1 件、対応できず：1"),
        (Language.KO, "4건 중 1건, 미응대: 1"),
    ],
)
def test_calls_that_nobody_came_for_are_told_beside_those_given_up(language: Language, note: str) -> None:
    day = morning()
    day.begins("alone", NINE + 100)
    day.queued("alone", NINE + 100)
    day.leaves("alone", NINE + 700, "nobody_came")
    assert note in parts(scene(day, NINE + 1000), language)["tiles"]
    assert note[-3:] not in parts(scene(morning(), NINE + 1000), language)["tiles"]


@pytest.mark.parametrize("language", list(Language))
def test_every_part_is_drawn_in_every_language(language: Language) -> None:
    day = morning()
    day.complains("b", NINE + 990)
    day.begins("held", NINE + 990)
    day.queued("held", NINE + 990)
    day.accepted("held", "mei", NINE + 991)
    day.fact("held", ev.CallHeld(on=True, by="mei"), NINE + 992)
    day.fact("held", ev.MonitoringChanged(supervisor="sam", manner="barge"), NINE + 993)
    alerts = [
        Alert("1", "general", "waiting", 9, 5, NINE),
        Alert("2", "general", "service_level", 0.4, 0.8, NINE, by="sam"),
        Alert("3", "general", "longest_wait_s", 90, 60, NINE, ended_at=NINE + 50),
        Alert("4", "general", "abandonment", 0.4, 0.1, NINE),
        Alert("5", "b", "complaint_s", 901, 900, NINE),
    ]
    found = parts(scene(day, NINE + 1000, alerts=alerts, link_up=False), language)
    assert {
        "tiles",
        "queues",
        "languages",
        "states",
        "charts",
        "link",
        "alerts/3",
        "agents/joe",
        "calls/held",
    } <= set(found)
    assert all("{" not in text for text in found.values())
    assert found["link"] and 'data-manner="stop" hidden' in found["calls/held"]
    assert "Joe Hill" in found["agents/joe"]


def test_queues_and_breaks_are_called_as_agents_see_them_and_others_by_their_own_name() -> None:
    day = morning()
    day.agent("ann", NINE, wish="break", break_reason="lunch")
    day.agent("kim", NINE, wish="break", break_reason="fire_drill")
    day.begins("waits", NINE + 990)
    day.queued("waits", NINE + 990, queue="vip")
    alerts = [Alert("1", "complaints", "waiting", 9, 5, NINE)]
    found = parts(scene(day, NINE + 1000, alerts=alerts), Language.ZH)
    assert 'data-queue="complaints"><th scope="row">投诉<' in found["queues"]
    assert "综合 33" in found["tiles"] and "排队：vip" in found["calls/waits"]
    assert "投诉：9 通排队" in found["alerts/1"] and "投诉, 综合" in found["agents/mei"]
    assert "(用餐)" in found["agents/ann"] and "(fire drill)" in found["agents/kim"]


def test_what_a_supervisor_may_do_with_a_call_goes_by_who_has_it() -> None:
    day = morning()
    for name in ("bot", "queue", "agent"):
        day.begins(name, NINE + 990)
    for name in ("queue", "agent"):
        day.queued(name, NINE + 991)
    day.accepted("agent", "mei", NINE + 992)
    found = parts(scene(day, NINE + 1000), EN)
    offered = {
        name: re.findall(r'data-manner="(\w+)"', found[f"calls/{name}"]) for name in ("bot", "queue", "agent")
    }
    assert offered["bot"] == ["listen", "take_over", "stop"] and offered["queue"] == ["listen", "stop"]
    assert offered["agent"] == ["listen", "whisper", "barge", "take_over", "stop"]


def test_a_call_is_hung_up_by_its_agent_alone_who_is_no_monitor_any_more() -> None:
    day = morning()
    day.begins("a", NINE + 990)
    day.fact("a", ev.MonitoringChanged(supervisor="sam", manner="listen"), NINE + 991)
    before = parts(scene(day, NINE + 992), EN)["calls/a"]
    assert 'data-do="hang-up"' not in before and "Sam: Listen" in before
    day.fact("a", ev.MonitoringChanged(supervisor="sam", manner="take_over"), NINE + 993)
    passed = ConversationPassed(agent="", to="sam", queue="general", language=EN, at=NINE + 994, reason="")
    day.fact("a", passed, NINE + 994)
    after = parts(scene(day, NINE + 995), EN)["calls/a"]
    assert 'data-agent="sam" aria-label="Hang up your call" hidden>Hang up<' in after
    assert 'data-monitors=""' in after and "wall-info" not in after


def test_an_acknowledged_alert_has_no_button_and_one_that_is_over_no_clock() -> None:
    alerts = [
        Alert("seen", "general", "waiting", 9, 5, NINE, by="sam"),
        Alert("over", "general", "waiting", 9, 5, NINE, ended_at=NINE + 5),
    ]
    found = parts(scene(morning(), NINE + 1000, alerts=alerts), EN)
    assert "button" not in found["alerts/seen"] and "acknowledged by Sam" in found["alerts/seen"]
    assert "button" in found["alerts/over"] and "wall-tick" not in found["alerts/over"]


def test_what_comes_from_outside_is_text_and_no_markup() -> None:
    bad = '"><script>x</script>'
    day = Played()
    day.agent(bad, NINE, skills={bad: 3}, wish="break", break_reason=bad)
    day.begins(bad, NINE)
    day.queued(bad, NINE, queue=bad)
    day.complains(bad, NINE)
    alert = Alert("a", bad, "waiting", 2, 1, NINE)
    found = parts(scene(day, NINE + 1, alerts=[alert], names={bad: bad}), EN)
    assert all("<script" not in text for text in found.values())
    assert any("&lt;script&gt;" in text for text in found.values())


def test_time_alone_changes_no_row() -> None:
    day = morning()
    before, after = parts(scene(day, NINE + 1000), EN), parts(scene(day, NINE + 1003), EN)
    assert {name for name in before if before[name] != after[name]} <= {"tiles", "queues", "languages"}


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (65.9, "1:05"), (3725, "1:02:05"), (-3, "0:00")])
def test_times_are_short(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_a_reader_gets_the_whole_then_what_changed_then_nothing() -> None:
    board = PartsBoard()
    assert board.update({"a": "1", "list/x": "2"})
    version, found = board.since(-1)
    assert found == {"reset": True, "parts": {"a": "1", "list/x": "2"}}
    assert board.since(version) == (version, None)
    assert not board.update({"a": "1", "list/x": "2"})
    board.update({"a": "1"})
    assert board.since(version) == (version + 1, {"reset": False, "parts": {"list/x": None}})


def test_parts_that_are_not_due_stay_and_entries_that_are_gone_go() -> None:
    board = PartsBoard()
    board.update({"charts": "c", "list/x": "2"})
    board.update({"list/y": "3"}, keep=True)
    assert board.since(1)[1] == {"reset": False, "parts": {"list/y": "3", "list/x": None}}


def test_who_was_away_too_long_gets_the_whole() -> None:
    board = PartsBoard()
    for number in range(700):
        board.update({"a": str(number)})
    assert board.since(5)[1] == {"reset": True, "parts": {"a": "699"}}
    assert board.since(9000)[1] == {"reset": True, "parts": {"a": "699"}}  # of another life
    assert board.since(699)[1] == {"reset": False, "parts": {"a": "699"}}
