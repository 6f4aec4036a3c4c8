"""Every way in which a price file can be wrong: the place, what was found, and the remedy."""

from datetime import date

import pandas as pd
import pytest

from eventstudy.errors import BadPrices
from jobs.errors import BadPriceFile
from jobs.providers.pricefile import parse_prices

HEADER = "date,open,high,low,close,volume\n"
GOOD = HEADER + "2025-04-07,101,102,99,100,5\n2025-04-08,100,103,100,102.5,6\n"


def parsed(content, *, signed=False, latest=date(2025, 4, 30)):
    data = content if isinstance(content, bytes) else content.encode()
    return parse_prices("prices/topix.csv", data, signed=signed, latest=latest)


def refused(content, **options):
    with pytest.raises(BadPriceFile) as caught:
        parsed(content, **options)
    return caught.value


def row(**fields):
    """Return a good file whose second row of prices has other fields."""
    values = {
        "date": "2025-04-08",
        "open": "100",
        "high": "103",
        "low": "100",
        "close": "102.5",
        "volume": "6",
    }
    return HEADER + "2025-04-07,101,102,99,100,5\n" + ",".join((values | fields).values()) + "\n"


FIELDS = [
    # column, text, what the message says, the remedy
    ("date", "08/04/2025", "'08/04/2025' is not a date", "2025-04-07"),
    ("date", "2025/04/08", "'2025/04/08' is not a date", "2025-04-07"),
    ("date", "20250408", "'20250408' is not a date", "2025-04-07"),
    ("date", "2025-W15-2", "'2025-W15-2' is not a date", "2025-04-07"),
    ("date", "2025-02-30", "'2025-02-30' is not a date", "2025-04-07"),
    ("date", "2025-04-08T00:00", "is not a date", "2025-04-07"),
    ("date", "", "'' is not a date", "2025-04-07"),
    ("date", "2025-04-07", "2025-04-07 stands there twice", "keep one row a date"),
    ("date", "2025-05-01", "2025-05-01 lies in the future", "delete the row"),
    ("close", "", "a blank field is no close", "fill it in or delete the row"),
    ("close", "NaN", "'NaN' is not a number", "leave the field blank"),
    ("close", "0", "'0' is not a price", "correct it or delete the row"),
    ("close", "-102.5", "'-102.5' is not a price", "correct it or delete the row"),
    ("close", "1e-400", "'1e-400' is not a price", "correct it or delete the row"),
    ("close", "1e400", "'1e400' is too large", "correct it"),
    ("close", "inf", "'inf' is not a number", "plain digits"),
    ("close", "abc", "'abc' is not a number", "plain digits"),
    ("close", "1_000", "'1_000' is not a number", "plain digits"),
    ("close", "102.5%", "'102.5%' is not a number", "plain digits"),
    ("open", "0", "'0' is not a price", "correct it or delete the row"),
    ("open", "null", "'null' is not a number", "leave the field blank"),
    ("high", "-1", "'-1' is not a price", "correct it or delete the row"),
    ("low", "1.2.3", "'1.2.3' is not a number", "plain digits"),
    ("volume", "-6", "'-6' is not a volume", "correct it or leave it blank"),
    ("volume", "6k", "'6k' is not a number", "plain digits"),
]


@pytest.mark.parametrize(("column", "text", "found", "remedy"), FIELDS)
def test_a_bad_field_is_refused_with_its_place_and_the_remedy(column, text, found, remedy):
    error = refused(row(**{column: text}))
    assert (error.file, error.line, error.column) == ("prices/topix.csv", 3, column)
    assert error.message.startswith(f"prices/topix.csv, line 3, column {column}: ")
    assert found in error.message
    assert remedy in error.remedy


def test_a_bad_price_file_is_asked_wrongly_and_a_bad_price():
    error = refused(row(close="abc"))
    assert isinstance(error, BadPrices)
    assert (error.kind, error.exit_code) == ("bad_prices", 2)


def test_the_first_bad_row_is_the_one_that_is_named():
    body = "".join(f"2025-04-{day:02d},,,,{'x' if day in (9, 20) else 1},\n" for day in range(1, 29))
    assert refused(HEADER + body).line == 10


@pytest.mark.parametrize("missing", ["date", "open", "high", "low", "close", "volume"])
def test_a_missing_column_is_named_on_line_1(missing):
    error = refused(GOOD.replace(missing, "other", 1))
    assert error.line == 1
    assert f"no column '{missing}'" in error.message
    assert f"add '{missing}'" in error.remedy


def test_a_column_that_stands_there_twice_is_refused():
    error = refused(GOOD.replace("volume", "close", 1).replace("date,", "date,volume,", 1))
    assert (error.line, error.column) == (1, "close")


@pytest.mark.parametrize(
    ("line", "fields"), [("2025-04-08,100,103,100", 4), ("2025-04-08,1,2,1,1,000.5,6", 7), ("2025", 1)]
)
def test_a_row_with_more_or_fewer_fields_than_the_header_is_refused(line, fields):
    error = refused(f"{HEADER}2025-04-07,101,102,99,100,5\n{line}\n2025-04-09,1,1,1,1,1\n")
    assert error.line == 3
    assert f"{fields} fields where the header has 6" in error.message


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"  \r\n\r\n"])
def test_an_empty_file_is_refused(content):
    error = refused(content)
    assert "prices/topix.csv: is empty" in error.message
    assert "date,open,high,low,close,volume" in error.remedy


@pytest.mark.parametrize(("rows", "count"), [("", 0), ("2025-04-07,101,102,99,100,5\n", 1)])
def test_fewer_than_two_rows_are_refused(rows, count):
    error = refused(HEADER + rows)
    assert f"holds {count} rows" in error.message
    assert "two sessions" in error.remedy


def test_text_that_is_not_utf8_is_refused_with_its_line():
    error = refused(GOOD.encode() + b"2025-04-09,1,1,1,1,\x81\x66\n")
    assert error.line == 4
    assert "0x81 is not UTF-8" in error.message


def test_a_quotation_mark_that_is_never_closed_is_refused_on_its_own_line():
    error = refused(GOOD + '2025-04-09,1,1,1,1,"\n2025-04-10,1,1,1,1,"\n')
    assert error.line == 4
    assert "quotation" in error.remedy


def test_a_message_does_not_repeat_an_endless_field():
    assert len(refused(row(close="9" * 5000)).message) < 200


def test_a_yield_may_have_any_sign_and_a_price_may_not():
    content = row(close="-0.25", open="0").replace(",100,5", ",10,5")
    assert parsed(content, signed=True)["close"].tolist() == [10.0, -0.25]
    assert refused(content).column == "open"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("column", ["open", "high", "low", "close", "volume"])
def test_one_bad_figure_behind_thousands_of_whole_numbers_is_named_and_not_searched_for_for_ever(column):
    days = pd.bdate_range("2000-01-03", periods=5000).strftime("%Y-%m-%d")
    lines = [f"{day},1200,1210,1190,1205,123456" for day in days]
    fields = dict(zip(HEADER.strip().split(","), lines[-1].split(","), strict=True))
    lines[-1] = ",".join((fields | {column: "x1200"}).values())
    problem = refused(HEADER + "\n".join(lines) + "\n")
    assert (problem.line, problem.column) == (5001, column)
