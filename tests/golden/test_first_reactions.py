"""The register's events fall on the sessions that the methods specification prints for them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from db.register import load_events
from eventstudy.sessions import event_reaction, first_reaction

TEXT = Path(__file__).with_name("first_reactions.csv").read_text(encoding="utf-8")
ANSWERS = {
    row["event"]: row
    for row in csv.DictReader(line for line in TEXT.splitlines() if not line.startswith("#"))
}
EVENTS = {event.id: event for event in load_events()}


def _maybe(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def test_every_event_of_the_register_has_an_answer():
    assert list(ANSWERS) == list(EVENTS)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_first_tokyo_session_and_phase_are_the_hand_written_ones(name):
    answer, reaction = ANSWERS[name], event_reaction(EVENTS[name], "tokyo_close")
    assert reaction.session == _maybe(answer["tokyo"])
    assert reaction.phase == answer["phase"]
    assert reaction.other_session == _maybe(answer["tokyo_other"])
    assert reaction.ambiguous == bool(answer["tokyo_other"])


@pytest.mark.parametrize("name", ANSWERS)
def test_the_currency_day_is_the_hand_written_one(name):
    answer, reaction = ANSWERS[name], event_reaction(EVENTS[name], "new_york_1700")
    assert reaction.session == _maybe(answer["fx"])
    assert reaction.other_session == _maybe(answer["fx_other"])
    assert reaction.ambiguous == bool(answer["fx_other"])


@pytest.mark.parametrize("name", ANSWERS)
def test_a_departure_from_the_printed_table_has_its_reason_written_down(name):
    answer = ANSWERS[name]
    departs = any(
        answer[printed] and answer[ours] not in answer[printed].split("|")
        for printed, ours in (("printed_tokyo", "tokyo"), ("printed_phase", "phase"), ("printed_fx", "fx"))
    )
    assert departs == bool(answer["reason"])


def test_the_new_york_currency_day_of_liberation_day_holds_one_hour_of_reaction():
    # 16:00 to 17:00 in New York
    assert first_reaction("new_york_1700", EVENTS["E05"].timestamp).hours_to_close == 1.0


def test_two_court_rulings_fall_on_one_currency_day_and_on_two_tokyo_sessions():
    rulings = EVENTS["E17"], EVENTS["E18"]
    assert len({event_reaction(event, "new_york_1700").session for event in rulings}) == 1
    assert len({event_reaction(event, "tokyo_close").session for event in rulings}) == 2


def test_tariffs_effective_at_one_past_midnight_in_summer_leave_149_minutes_of_tokyo_trading():
    # 00:01 in New York is 13:01 in Tokyo, the close is at 15:30
    reaction = first_reaction("tokyo_close", EVENTS["E06"].timestamp)
    assert reaction.hours_to_close * 60 == 149.0
