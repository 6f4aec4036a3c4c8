"""The strict reader and the screen on the real price files."""

from datetime import UTC, date, datetime

import pytest

from jobs.providers.base import examine
from jobs.providers.files import FilesProvider
from tests.fakes import FixedClock
from tests.market import market_folder

pytestmark = pytest.mark.market

NOW = FixedClock(datetime(2026, 11, 21, tzinfo=UTC))


def provider():
    return FilesProvider(str(market_folder()), NOW)


def examined(source, key):
    return examine(source, source.fetch(source.ask(key, None, None)))


def test_every_file_reads_without_error_and_every_line_is_a_bar_or_quarantined():
    source = provider()
    for key in source.available():
        bars, findings = examined(source, key)
        lines = (market_folder() / f"{key}.csv").read_text().count("\n") - 1
        quarantined = sum(item.severity == "quarantined" for item in findings)
        assert len(bars.frame) == lines - quarantined, key
        assert set(bars.frame["finality"]) == {"final"}, key


def test_the_halted_session_of_topix_is_quarantined_and_its_known_gaps_are_reported():
    bars, findings = examined(provider(), "topix")
    quarantined = [item.session_date for item in findings if item.severity == "quarantined"]
    missing = [item.session_date for item in findings if item.rule == "missing session"]
    assert quarantined == [date(2020, 10, 1)]
    assert missing == [date(2007, 6, 6), date(2026, 5, 26), date(2026, 8, 19)]
    assert "2020-10-01" not in bars.frame.index


def test_the_known_contradictions_of_the_dollar_yen_file_are_reported_and_kept():
    _, findings = examined(provider(), "usdjpy")
    assert sum(item.rule == "inconsistent" for item in findings) == 98
    assert not any(item.severity == "quarantined" for item in findings)
