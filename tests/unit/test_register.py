"""The shipped registers are complete, honest about what is known from memory, and refuse mistakes."""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from db.register import (
    BadRegister,
    load_articles,
    load_events,
    load_figures,
    load_study_defaults,
    parse_articles,
    parse_events,
    parse_figures,
    register_hash,
)
from eventstudy.sessions import sessions
from eventstudy.values import DIRECTIONS, Article, Event, Evidence, QuotedFigure

EVENTS = load_events()
FROM_MEMORY = {event.id: event for event in EVENTS if any(item.mark == "M" for item in event.evidence)}
TARIFF = {event.id: event for event in EVENTS if event.kind == "tariff"}

# Transcribed from the methods specification, sections 4.3 and 10
EPISODES = {
    "A": {"E01", "E02"},
    "B": {"E04"},
    "C": {"E05", "E06", "E07", "E08", "E09", "E10", "E11", "E12"},
    "D": {"E13"},
    "E": {"E15"},
    "F": {"E17", "E18"},
    "G": {"E20"},
    "H": {"E21"},
    "I": {"E22"},
    "J": {"E24"},
}
DIRECTION = {
    "talks": {"E01", "E09", "E13", "E14", "E16", "E16b", "E19", "E19b", "E19c", "E19d"},
    "escalation": {"E02", "E04", "E05", "E07", "E18", "E20", "E21"},
    "de-escalation": {"E12", "E15", "E17", "E22", "E24"},
    "effective": {"E03", "E06", "E08", "E11", "E23", "E25"},
    "noise": {"E10"},
}
MINUTE_UNKNOWN = {"E01", "E02", "E04", "E07", "E09", "E13", "E14", "E15", "E17", "E22", "E24"}


def test_every_event_of_the_specification_is_there_once():
    names = [event.id for event in EVENTS]
    assert {f"E{number:02d}" for number in range(1, 26)} <= set(names)
    assert len(names) == len(set(names))


def test_episodes_are_as_listed_and_every_other_event_is_its_own():
    listed = {name: episode for episode, names in EPISODES.items() for name in names}
    assert {event.id: event.episode for event in EVENTS} == {
        event.id: listed.get(event.id, event.id) for event in EVENTS
    }


def test_directions_are_as_listed_and_known():
    listed = {name: direction for direction, names in DIRECTION.items() for name in names}
    assert {name: event.direction for name, event in TARIFF.items()} == listed
    assert {event.direction for event in EVENTS} <= set(DIRECTIONS)


def test_confounders_are_marked_as_such_and_cover_the_listed_news():
    others = [event for event in EVENTS if event.id not in TARIFF]
    assert {(event.kind, event.direction) for event in others} == {("confounder", "confounder")}
    for word in ("Bank of Japan", "consumer prices", "payrolls", "election", "Nvidia"):
        assert any(word in event.label for event in others)


def test_every_interval_contains_its_timestamp():
    assert all(event.interval[0] <= event.timestamp <= event.interval[1] for event in EVENTS)


@pytest.mark.parametrize("name", sorted(FROM_MEMORY))
def test_timing_known_from_memory_has_an_interval_of_two_hours_or_more(name):
    low, high = FROM_MEMORY[name].interval
    assert high - low >= timedelta(hours=2)


@pytest.mark.parametrize("name", sorted(MINUTE_UNKNOWN))
def test_events_whose_minute_is_unknown_claim_no_exact_time(name):
    low, high = TARIFF[name].interval
    assert high - low >= timedelta(hours=2)


@pytest.mark.parametrize("name", sorted(DIRECTION["effective"] | {"E20"}))
def test_tariffs_take_effect_at_one_past_midnight_in_washington(name):
    local = TARIFF[name].timestamp.astimezone(ZoneInfo("America/New_York"))
    assert (local.hour, local.minute) == (0, 1)
    assert TARIFF[name].interval == (TARIFF[name].timestamp, TARIFF[name].timestamp)


def test_liberation_day_is_the_instant_everyone_quotes():
    assert TARIFF["E05"].timestamp == datetime(2025, 4, 2, 20, tzinfo=UTC)


def test_the_common_window_ends_ten_sessions_before_the_first_reaction_and_before_any_event():
    end = load_study_defaults().estimation_end
    between = sessions("tokyo_close", end + timedelta(days=1), date(2025, 2, 9))
    assert (end, len(between)) == (date(2025, 1, 24), 10)
    assert all(event.interval[0].date() > end for event in EVENTS)


def test_the_five_articles_are_named_and_only_the_inferable_date_is_given():
    articles = load_articles()
    assert [article.id for article in articles] == ["A1", "A2", "A3", "A4", "A5"]
    assert [article.published for article in articles] == [date(2025, 4, 7), None, None, None, None]
    assert all(article.title and article.source for article in articles)


def test_the_market_table_is_quoted_as_printed():
    printed = {
        "nikkei225": ["31,136.58", "-2,644.00", "-7.83%"],
        "nikkei_vi": ["58.39", "+22.81", "+64.11%"],
        "topix": ["2,289", "-7.8%"],
        "jpx_nikkei_400": ["20,855.98", "-1,744.47", "-7.72%"],
    }
    figures = load_figures()
    found = {name: [figure.quoted for figure in figures if figure.series == name] for name in printed}
    assert found == printed
    assert [figure.id for figure in figures] == [f"A1-F{number:02d}" for number in range(1, 12)]
    assert {figure.date for figure in figures} == {date(2025, 4, 7)}
    assert {(figure.article, figure.series, figure.group, figure.location) for figure in figures} == {
        ("A1", name, f"A1-T1-R{row}", f"market table, row {row}") for row, name in enumerate(printed, start=1)
    }


def test_percentages_carry_the_percent_sign_and_points_do_not():
    figures = load_figures()
    assert all((figure.unit == "percent") == figure.quoted.endswith("%") for figure in figures)
    assert all((figure.unit == "percent") == (figure.quantity == "percent_change") for figure in figures)


def test_the_register_hash_is_the_sha_256_of_the_files_data_in_canonical_json():
    text = files("db").joinpath("seeds", "events.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), default=lambda day: day.isoformat())
    assert register_hash() == hashlib.sha256(canonical.encode()).hexdigest()


def _toml(event: Event) -> str:
    """Write an event as a register entry, by nothing but the TOML specification."""
    fields = {name: getattr(event, name) for name in ("id", "label", "zone", "direction", "episode", "kind")}
    lines = [f'{name} = "{value}"' for name, value in fields.items()]
    for name in ("timestamp", "earliest", "latest"):
        moment = getattr(event, name)
        lines += [f"{name} = {moment.isoformat()}"] if moment else []
    items = (
        f'{{ source = "{item.source}", mark = "{item.mark}", says = "{item.says}" }}'
        for item in event.evidence
    )
    return "\n".join(["[[event]]", *lines, f"evidence = [{', '.join(items)}]"])


def test_the_register_survives_a_round_trip_through_toml():
    text = "\n".join(["[study]", "estimation_end = 2025-01-24", *map(_toml, EVENTS)])
    assert parse_events(text) == EVENTS


GOOD_EVENT = """
[study]
estimation_end = 2025-01-24
[[event]]
id = "E05"
label = "Liberation Day"
timestamp = 2025-04-02T16:00:00-04:00
earliest = 2025-04-02T15:00:00-04:00
zone = "America/New_York"
direction = "escalation"
episode = "C"
kind = "tariff"
evidence = [{ source = "project brief", mark = "B", says = "2 April" }]
"""


def test_a_well_formed_entry_becomes_an_event():
    assert parse_events(GOOD_EVENT) == (
        Event(
            "E05",
            "2025-04-02T16:00:00-04:00",
            "Liberation Day",
            "escalation",
            earliest="2025-04-02T15:00:00-04:00",
            episode="C",
            evidence=(Evidence("project brief", "B", "2 April"),),
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[study]", "[study", "not valid TOML"),
        ("[study]\nestimation_end = 2025-01-24", "", "missing study"),
        ('label = "Liberation Day"', "", "E05: missing label"),
        ('label = "Liberation Day"', 'label = ""', "label is empty"),
        ('episode = "C"', 'episode = "C"\ncolour = "red"', "unknown field colour"),
        ("2025-04-02T16:00:00-04:00", '"2025-04-02T16:00:00-04:00"', "not of type datetime"),
        ("2025-04-02T16:00:00-04:00", "2025-04-02", "not of type datetime"),
        ("2025-04-02T16:00:00-04:00", "2025-04-02T16:00:00", "time zone"),
        ("2025-04-02T16:00:00-04:00", "2025-04-02T16:00:00-05:00", "is 2025-04-02T17:00:00-04:00 in"),
        ("2025-04-02T15:00:00-04:00", "2025-04-02T17:00:00-04:00", "a timestamp between"),
        ("America/New_York", "America/New_Yorck", "no time zone"),
        ("America/New_York", "../etc", "no time zone"),
        ('direction = "escalation"', 'direction = "up"', "direction is 'up'"),
        ('kind = "tariff"', 'kind = "weather"', "kind is 'weather'"),
        ('kind = "tariff"', 'kind = "confounder"', "disagree"),
        ('mark = "B"', 'mark = "X"', "mark is 'X'"),
        ('says = "2 April"', "says = 2", "not of type str"),
        ('[{ source = "project brief", mark = "B", says = "2 April" }]', "[]", "no evidence"),
        ('[{ source = "project brief", mark = "B", says = "2 April" }]', '["brief"]', "not a table"),
        ("[[event]]", "[event]", "event is"),
    ],
)
def test_a_malformed_event_register_is_refused_by_name(old, new, complaint):
    assert old in GOOD_EVENT
    with pytest.raises(BadRegister, match=complaint) as refusal:
        parse_events(GOOD_EVENT.replace(old, new), "mine.toml")
    assert str(refusal.value).startswith("mine.toml")
    assert (refusal.value.kind, refusal.value.exit_code) == ("bad_register", 2)


def test_a_repeated_event_id_is_refused():
    entry = GOOD_EVENT[GOOD_EVENT.index("[[event]]") :]
    with pytest.raises(BadRegister, match="E05 occurs twice"):
        parse_events(GOOD_EVENT + entry)


GOOD_ARTICLE = '[[article]]\nid = "A9"\ntitle = "A headline"\nsource = "somewhere"\n'


def test_an_article_without_date_has_none():
    assert parse_articles(GOOD_ARTICLE) == (Article("A9", "A headline", None, "somewhere"),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (GOOD_ARTICLE + 'published = "7 April"\n', "not of type date"),
        (GOOD_ARTICLE + GOOD_ARTICLE, "A9 occurs twice"),
        ('[[article]]\nid = "A9"\n', "missing source, title"),
        ("", "missing article"),
    ],
)
def test_a_malformed_article_file_is_refused(text, complaint):
    with pytest.raises(BadRegister, match=complaint):
        parse_articles(text)


GOOD_FIGURE = """
[[figure]]
id = "A9-F01"
article = "A9"
series = "topix"
quantity = "level"
quoted = "2,289"
unit = "points"
date = 2025-04-07
location = "table"
group = "G1"
"""


def test_a_well_formed_figure_keeps_its_printed_form():
    expected = QuotedFigure(
        id="A9-F01", article="A9", series="topix", quantity="level", quoted="2,289", unit="points",
        date=date(2025, 4, 7), location="table", group="G1",
    )  # fmt: skip
    assert parse_figures(GOOD_FIGURE, ["A9"]) == (expected,)


@pytest.mark.parametrize("printed", ["31,136.58", "-2,644.00", "−7.83%", "+64.11%", "2289", "58.39"])
def test_numbers_as_newspapers_print_them_are_accepted(printed):
    assert parse_figures(GOOD_FIGURE.replace("2,289", printed), ["A9"])[0].quoted == printed


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("2,289", "(Not specified)", "not a number"),
        ("2,289", "22,89", "not a number"),
        ("topix", "topics", "series is 'topics'"),
        ('quantity = "level"', 'quantity = "height"', "quantity is 'height'"),
        ("points", "yen", "unit is 'yen'"),
        ('article = "A9"', 'article = "A8"', "article is 'A8'"),
        ("2025-04-07", "2025-04-07T15:30:00", "not of type date"),
    ],
)
def test_a_malformed_figure_is_refused_by_name(old, new, complaint):
    assert old in GOOD_FIGURE
    with pytest.raises(BadRegister, match=complaint) as refusal:
        parse_figures(GOOD_FIGURE.replace(old, new), ["A9"])
    assert "A9-F01" in str(refusal.value)
