"""Events, articles, figures, findings, verdicts and readings come back as they were written."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from db import open_store
from db.errors import UnknownArticle
from db.rows import Written
from eventstudy.values import Event
from tests.store_examples import (
    ARTICLE,
    CHECK,
    EVENT,
    FIGURE,
    MONDAY,
    READING,
    TUESDAY,
    Doubt,
    address,
    ask,
    row_counts,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def store(path):
    with open_store(address(path)) as opened:
        yield opened


def test_an_event_keeps_every_field_and_the_offsets_it_was_quoted_in(store):
    plain = Event(
        "E01", datetime(2025, 1, 20, 12, tzinfo=ZoneInfo("America/New_York")), "Another", zone="UTC"
    )
    with store.transaction() as t:
        assert t.events.write([EVENT, plain]) == Written(2, 0, 0)
        read = t.events.all()
    assert read == (plain, EVENT)
    assert read[1].evidence == EVENT.evidence
    assert [moment.isoformat() for moment in (read[1].timestamp, read[1].earliest, read[1].latest)] == [
        "2025-04-02T16:00:00-04:00",
        "2025-04-02T15:55:00-04:00",
        "2025-04-03T06:00:00+09:00",
    ]
    assert read[0].timestamp.isoformat() == "2025-01-20T12:00:00-05:00"
    assert (read[0].earliest, read[0].latest, read[0].episode) == (None, None, None)


def test_the_same_instant_quoted_in_another_zone_is_a_change(store):
    with store.transaction() as t:
        t.events.write([EVENT])
        moved = replace(EVENT, timestamp=EVENT.timestamp.astimezone(ZoneInfo("Asia/Tokyo")))
        assert t.events.write([moved]) == Written(0, 1, 0)
        assert t.events.all()[0].timestamp.isoformat() == "2025-04-03T05:00:00+09:00"


def test_an_event_is_updated_by_id_and_the_others_are_left_alone(store):
    other = replace(EVENT, id="E06")
    with store.transaction() as t:
        t.events.write([EVENT, other])
        assert t.events.write([replace(EVENT, label="Corrected")]) == Written(0, 1, 0)
        assert t.events.write([EVENT, other]) == Written(0, 1, 1)
        assert t.events.all() == (EVENT, other)


def test_articles_and_figures_come_back_by_id(store):
    undated = replace(ARTICLE, id="A0", published=None)
    second = replace(FIGURE, id="A1-F01", quoted="2,288.66")
    with store.transaction() as t:
        assert t.articles.write([ARTICLE, undated]) == Written(2, 0, 0)
        assert t.figures.write([FIGURE, second]) == Written(2, 0, 0)
        assert t.figures.write([FIGURE, replace(second, quoted="2,288.7")]) == Written(0, 1, 1)
        assert t.articles.all() == (undated, ARTICLE)
        assert t.figures.all() == (replace(second, quoted="2,288.7"), FIGURE)


def test_a_figure_of_an_unknown_article_is_refused(store):
    with store.transaction() as t, pytest.raises(UnknownArticle, match=r"A1-F03.*'A1'") as caught:
        t.figures.write([FIGURE])
    assert caught.value.exit_code == 2


def test_a_finding_seen_again_is_not_written_again(store):
    origin = {"source": "files", "payload_hash": "b" * 64}
    whole = Doubt(session_date=None, rule="truncated", severity="warning")
    with store.transaction() as t:
        assert t.quality.write([Doubt(), whole, Doubt()], **origin, recorded_at=MONDAY) == Written(2, 0, 1)
        assert t.quality.write([Doubt(), whole], **origin, recorded_at=TUESDAY) == Written(0, 0, 2)
        assert t.quality.write([Doubt(observed="high 0, low 2")], **origin, recorded_at=TUESDAY) == Written(
            1, 0, 0
        )
        found = t.quality.all()
    assert found["rule"].tolist() == ["high_below_low", "truncated", "high_below_low"]
    assert found["severity"].tolist() == ["quarantined", "warning", "quarantined"]
    assert found["session_date"].tolist() == [pd.Timestamp("2025-04-07"), pd.NaT, pd.Timestamp("2025-04-07")]
    assert found["recorded_at"].tolist() == [MONDAY, MONDAY, TUESDAY]
    assert found.loc[0, ["source", "payload_hash", "expected"]].tolist() == ["files", "b" * 64, "high >= low"]


def test_findings_of_an_empty_store_are_an_empty_frame(store):
    with store.reading() as t:
        assert t.quality.all().shape == (0, 9)


def test_checks_come_back_in_order_and_bit_for_bit(store):
    blind = replace(CHECK, id="A1-F01", computed=None, difference=None, verdict="NO DATA", evidence=())
    with store.transaction() as t:
        assert t.checks.latest() == ()
        assert t.checks.write("a" * 64, [CHECK, blind], MONDAY) == Written(2, 0, 0)
        assert t.checks.latest() == (CHECK, blind)


def test_checks_that_say_the_same_of_the_same_prices_write_nothing_and_others_make_history(store, path):
    undefined = replace(CHECK, computed=float("nan"))
    with store.transaction() as t:
        t.checks.write("a" * 64, [CHECK, undefined], MONDAY)
        assert t.checks.write("a" * 64, [CHECK, undefined], TUESDAY) == Written(0, 0, 2)
        assert t.checks.write("b" * 64, [CHECK, undefined], TUESDAY) == Written(2, 0, 0)
        assert t.checks.write("b" * 64, [replace(CHECK, verdict="MISMATCH")], TUESDAY) == Written(1, 0, 0)
        assert [check.verdict for check in t.checks.latest()] == ["MISMATCH"]
        t.commit()
    assert ask(path, "SELECT set_id, verdict FROM checks ORDER BY set_id, position") == [
        (1, "EXACT"), (1, "EXACT"), (2, "EXACT"), (2, "EXACT"), (3, "MISMATCH"),
    ]  # fmt: skip


def test_readings_come_back_by_date_with_every_number_behind_them(store):
    refused = replace(READING, id="storm", value=None, verdict="REFUSED", inputs=(), details={})
    earlier = replace(READING, as_of=date(2025, 4, 7), value=-0.5)
    with store.transaction() as t:
        assert t.signals.latest() == ()
        assert t.signals.write([READING, refused, earlier], "a" * 64, MONDAY) == Written(3, 0, 0)
        assert t.signals.latest() == (READING, refused)
        assert t.signals.as_of(date(2025, 4, 7)) == (earlier,)
        assert t.signals.as_of(date(2025, 4, 6)) == ()


def test_undefined_details_are_stored_as_strict_json(store, path):
    undefined = replace(READING, details={"a": float("nan"), "b": float("-inf"), "c": 1e-300})
    with store.transaction() as t:
        t.signals.write([undefined], "a" * 64, MONDAY)
        (read,) = t.signals.latest()
        t.commit()
    assert read.details["a"] != read.details["a"]
    assert (read.details["b"], read.details["c"]) == (float("-inf"), 1e-300)
    assert ask(path, "SELECT json_valid(details), json_extract(details, '$.c') FROM signals") == [(1, 1e-300)]


def test_readings_that_say_the_same_write_nothing_even_after_those_of_another_date(store, path):
    earlier = replace(READING, as_of=date(2025, 4, 7), details={"a": float("nan")})
    with store.transaction() as t:
        t.signals.write([earlier], "a" * 64, MONDAY)
        t.signals.write([READING], "a" * 64, TUESDAY)
        assert t.signals.write([earlier], "a" * 64, TUESDAY) == Written(0, 0, 1)
        assert t.signals.write([replace(READING, value=2.0)], "a" * 64, TUESDAY) == Written(1, 0, 0)
        assert [reading.value for reading in t.signals.latest()] == [2.0]
        t.commit()
    assert row_counts(path)["signal_sets"] == 3
