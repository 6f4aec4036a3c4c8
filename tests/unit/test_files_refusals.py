"""Price files with two meanings, or none: refused with the place and the line that would settle it."""

import gzip
import io
import zipfile

import pytest

from eventstudy.errors import BadPrices
from tests.price_files import HEADER, PLAIN_FILE, ROWS, WEEK, each_date, each_line, read, refused, rows

EARLY = "2025-04-01,1,1,1,1,\n2025-04-02,1,1,1,1,\n2025-04-03,1,1,1,1,\n"


def zipped():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return whole.getvalue()


def with_close(text, line=3):
    """Return the plain file with another close on one of its lines."""
    lines = PLAIN_FILE.splitlines()
    fields = lines[line - 1].split(",")
    lines[line - 1] = ",".join([*fields[:4], text, fields[5]])
    return "\n".join(lines) + "\n"


def with_line(number, text):
    lines = PLAIN_FILE.splitlines()
    lines[number - 1] = text
    return "\n".join(lines) + "\n"


def relabelled(*names):
    return f"date,{','.join(names)},volume\n" + WEEK


REFUSED = {
    # what is wrong -> the bytes, line, column, what the message says, what the remedy says
    "gzip": (gzip.compress(PLAIN_FILE.encode()), None, None, "is gzip", "unpack it"),
    "a ZIP archive or workbook": (zipped(), None, None, "a ZIP archive or an Excel workbook", "CSV in UTF-8"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None, None, "an old Excel workbook", "CSV"),
    "a web page": ("\n<!DOCTYPE html><html></html>", None, None, "is a web page", "CSV"),
    "a web page without a type": ("<HTML><body>no</body></HTML>", None, None, "is a web page", "CSV"),
    "JSON": ('{"chart": {}}', None, None, "is JSON", "CSV"),
    "Parquet": (b"PAR1\x15\x04", None, None, "is Parquet", "CSV"),
    "an empty file": (b"", None, None, "is empty", "date,open,high,low,close,volume"),
    "only a header": (HEADER, None, None, "holds 0 rows", "two sessions"),
    "one row": (HEADER + EARLY[:20], None, None, "holds 1 rows", "two sessions"),
    "UTF-32": (PLAIN_FILE.encode("utf-32"), None, None, "UTF-32", "save the file as UTF-8"),
    "UTF-16 without a mark": (PLAIN_FILE.encode("utf-16-le"), 1, None, "holds a NUL byte", "UTF-8"),
    "UTF-16 cut in a character": (
        PLAIN_FILE.encode("utf-16")[:-1],
        None,
        None,
        "not utf-16",
        "bring the file again",
    ),
    "a NUL byte": (
        PLAIN_FILE.replace("31714", "31\x00714"),
        4,
        None,
        "holds a NUL byte",
        "without NUL bytes",
    ),
    "one byte of another encoding": (
        PLAIN_FILE.encode() + b"2025-04-17,1,1,1,1,\x81\x66\n",
        8,
        None,
        "0x81 is not UTF-8",
        'encoding = "cp932"',
    ),
    "Shift-JIS with a broken byte": (
        ("日付,始値,高値,安値,終値,出来高\n" + WEEK).encode("cp932") + b"\x81\n",
        8,
        None,
        "0x81 is not cp932",
        "save the file as UTF-8 text, or write encoding",
    ),
    "a carriage return in a line": (
        PLAIN_FILE.replace("31714", "31\r714"),
        4,
        None,
        "carriage return",
        "one way",
    ),
    "no header": (WEEK, 1, None, "is a row, not a header", "write a header such as date,open"),
    "two headers": (PLAIN_FILE + HEADER, 8, "date", "'date' is not a date", "write dates as 2025-04-07"),
    "a title with fields": (
        "TOPIX,daily\n" + PLAIN_FILE,
        1,
        None,
        "'TOPIX,daily' stands above the header",
        "skip = 1 under [topix]",
    ),
    "a trailer with fields": (
        PLAIN_FILE + "Copyright, nobody\n",
        8,
        None,
        "2 fields where the header has 6",
        "trailer = 1 under [topix]",
    ),
    "a row above the header": (
        f"{EARLY.splitlines()[0]}\n{PLAIN_FILE}",
        1,
        None,
        "above the header is a row",
        "below the header",
    ),
    "a close that is only called price": (
        PLAIN_FILE.replace("close", "Price"),
        1,
        None,
        "no column 'close'",
        'columns.close = "its name there"',
    ),
    "no volume": (
        each_line(lambda fields: ",".join(fields[:5])).replace(",volume", ""),
        1,
        None,
        "no column 'volume'",
        'columns.volume = "" under [topix] in mapping.toml',
    ),
    "only an adjusted close": (
        PLAIN_FILE.replace("close", "Adj Close"),
        1,
        None,
        "only one adjusted for dividends",
        'write columns.close = "Adj Close" and adjusted = true under [topix]',
    ),
    "only an adjusted close in Japanese": (
        PLAIN_FILE.replace("close", "調整後終値"),
        1,
        None,
        "adjusted",
        'columns.close = "調整後終値"',
    ),
    "two columns that can be the close": (
        each_line(lambda fields: ",".join([*fields, "1"])).replace("close,volume", "Close,volume,終値"),
        1,
        "close",
        "'Close' and '終値' can both be close",
        'columns.close = "Close"',
    ),
    "a column twice": (PLAIN_FILE.replace("open", "close", 1), 1, "close", "stands there twice", "keep one"),
    "two rows glued together": (
        PLAIN_FILE.replace("1200\n", "1200"),
        2,
        None,
        "two rows stand on one line",
        "each row on its own line",
    ),
    "two rows glued with a comma": (
        PLAIN_FILE.replace("1200\n", "1200,"),
        2,
        None,
        "two rows stand on one line",
        "each row on its own line",
    ),
    "a ragged line": (
        with_line(4, "2025-04-09,1,2,1"),
        4,
        None,
        "4 fields where the header has 6",
        "or delete it",
    ),
    "a last line cut between fields": (
        PLAIN_FILE[:-20],
        7,
        None,
        "3 fields where the header has 6",
        "bring the line whole",
    ),
    "a last line cut in its last field": (
        PLAIN_FILE[:-4],
        7,
        "volume",
        "'1' ends the file without a line end",
        "or end it with a line end if it is",
    ),
    "a last line cut before its last field": (
        PLAIN_FILE[:-5],
        7,
        "volume",
        "may be cut short",
        "bring the line",
    ),
    "a price that ends a file without a line end": (
        each_line(lambda fields: ",".join([fields[0], fields[5], *fields[1:5]]))
        .replace("date,open,high,low,close,volume", "date,volume,open,high,low,close")
        .rstrip("\n"),
        7,
        "close",
        "'33920.5' ends the file without a line end",
        "or end it with a line end if it is",
    ),
    "a point that can be both": (
        each_line(lambda fields: ";".join([fields[0], "", "", "", "31.100", ""])).replace(",", ";", 5),
        2,
        "close",
        "'31.100' can be a number of thousands or a decimal fraction",
        'decimal = ".", or thousands = "."',
    ),
    "a volume that lost its K": (
        each_line(lambda fields: ",".join([*fields[:5], "1.5K"]))
        .replace("1.5K", "1.5", 3)
        .replace("1.5", "1.5K", 2),
        4,
        "volume",
        "'1.5' has no K, M or B as other volumes have",
        "write volumes in full",
    ),
    "a yen sign without a figure": (
        each_line(lambda fields: ",".join([fields[0], "¥1", *fields[2:]])).replace("¥1", "¥", 1),
        2,
        "open",
        "'¥' is not a number",
        "plain digits",
    ),
    "an open quotation mark": (with_close('"31714', 4), 4, None, "end of data", "without quotation marks"),
    "thousands that are not quoted": (with_close("31,714", 4), 4, None, "7 fields", "bring the line whole"),
    "a comma that can be both": (
        each_line(lambda fields: ",".join([fields[0], *["", "", ""], '"34,609"', ""])),
        2,
        "close",
        "'34,609' can be a number of thousands or a decimal fraction",
        'thousands = ",", or decimal = ","',
    ),
    "decimal commas": (
        PLAIN_FILE.replace(",", ";").replace(".", ","),
        2,
        "open",
        "'31100,5' is not a number with a comma",
        'decimal = ","',
    ),
    "decimal commas and points between thousands": (
        each_line(lambda fields: ";".join([fields[0], "", "", "", "31.100,50", ""]))
        .replace(",", ";", 5)
        .replace("31.100;50", "31.100,50"),
        2,
        "close",
        "31.100,50",
        'decimal = ","',
    ),
    "points between thousands": (
        with_close("1.234.567"),
        3,
        "close",
        "'1.234.567' is not a number",
        'decimal = "," and thousands = "."',
    ),
    "a close of NaN": (
        with_close("NaN"),
        3,
        "close",
        "'NaN' is not a number",
        'absent = ["NaN"] under [topix]',
    ),
    "a close of N/A": (with_close("N/A"), 3, "close", "'N/A' is not a number", 'absent = ["N/A"]'),
    "a close of null": (with_close("null"), 3, "close", "'null' is not a number", 'absent = ["null"]'),
    "a close of a dash": (with_close("-"), 3, "close", "'-' is not a number", 'absent = ["-"]'),
    "a close of a point": (with_close("."), 3, "close", "'.' is not a number", 'absent = ["."]'),
    "a blank close": (
        with_close(""),
        3,
        "close",
        "a blank field is no close",
        "fill it in or delete the row",
    ),
    "a close of zero": (with_close("0"), 3, "close", "'0' is not a price", "correct it"),
    "a negative close": (with_close("-1"), 3, "close", "'-1' is not a price", "correct it"),
    "a close of infinity": (with_close("inf"), 3, "close", "'inf' is not a number", "plain digits"),
    "a close beyond all numbers": (with_close("1e400"), 3, "close", "too large", "correct it"),
    "a price in per cent": (with_close("5%"), 3, "close", "'5%' is not a number", "plain digits"),
    "a price in thousands": (with_close("31K"), 3, "close", "'31K' is not a number", "plain digits"),
    "one yen sign among plain figures": (
        with_close("¥31714"),
        3,
        "close",
        "'¥31714' is not a number",
        "plain",
    ),
    "a superscript": (with_close("3171²"), 3, "close", "is not a number", "plain digits"),
    "Arabic digits": (with_close("٣١٧١٤"), 3, "close", "is not a number", "plain digits"),
    "figures with underscores": (with_close("31_714"), 3, "close", "is not a number", "plain digits"),
    "a hexadecimal figure": (with_close("0x7bdf"), 3, "close", "is not a number", "plain digits"),
    "negative brackets": (with_close("(31714)"), 3, "close", "is not a number", "plain digits"),
    "dates that can be both": (
        HEADER
        + EARLY.replace("2025-04-0", "0")
        .replace("1,1,1", "/04/2025,1,1,1", 0)
        .replace("01,", "01/04/2025,")
        .replace("02,", "02/04/2025,")
        .replace("03,", "03/04/2025,"),
        2,
        "date",
        "can be day first or month first",
        'date_format = "day_first", or "month_first", under [topix]',
    ),
    "dates that are both": (
        HEADER + "".join(f"{day}/2025,1,1,1,1,\n" for day in ("13/04", "14/04", "04/15", "04/16")),
        2,
        "date",
        "some dates can only be day first and others only month first",
        "date_format",
    ),
    "dates that one row alone decides": (
        HEADER + "".join(f"{day}/2025,1,1,1,1,\n" for day in ("01/04", "02/04", "13/04")),
        2,
        "date",
        "too few other dates tell",
        'date_format = "day_first"',
    ),
    "years of two digits": (
        each_date(lambda day: f"{day:%d/%m/%y}"),
        2,
        "date",
        "'07/04/25' is not in full",
        "2025-",
    ),
    "years of two digits in front": (
        each_date(lambda day: f"{day:%y.%m.%d}"),
        2,
        "date",
        "not in full",
        "2025-",
    ),
    "years of an era": (
        each_date(lambda day: f"R7.{day.month}.{day.day}"),
        2,
        "date",
        "not in full",
        "2025-04-07",
    ),
    "years of two digits after words": (
        each_date(lambda day: f"{day:%d}-Apr-25"),
        2,
        "date",
        "not in full",
        "2025-",
    ),
    "dates as numbers of a workbook": (
        each_date(lambda day: day.toordinal() - 693594),
        2,
        "date",
        "no",
        "2025-04-07",
    ),
    "dates of two forms": (
        with_line(4, "2025/04/09,1,1,1,1,"),
        4,
        "date",
        "'2025/04/09' is not a date",
        "2025-",
    ),
    "a day that no month has": (
        with_line(4, "2025-02-30,1,1,1,1,"),
        4,
        "date",
        "'2025-02-30' is not",
        "2025-",
    ),
    "a date with a lost zero": (
        with_line(4, "2025-4-09,1,1,1,1,"),
        4,
        "date",
        "'2025-4-09' is not a date",
        "2025-",
    ),
    "timestamps at another hour": (
        each_date(lambda day: f"{day} 15:00:00"),
        2,
        "date",
        "'2025-04-07 15:00:00' has a time of day",
        'zone = "Asia/Tokyo"',
    ),
    "timestamps at midnight of nowhere in particular": (
        each_date(lambda day: f"{day}T00:00:00Z"),
        2,
        "date",
        "is not midnight in Asia/Tokyo",
        "zone =",
    ),
    "timestamps of no zone on earth": (
        each_date(lambda day: f"{day}T00:00:00+25:00"),
        2,
        "date",
        "'2025-04-07T00:00:00+25:00' is not a date",
        "2025-04-07",
    ),
    "timestamps before all calendars": (
        HEADER + "0001-01-01T00:00:00+09:00,,,,1,\n0001-01-02T00:00:00+09:00,,,,1,\n",
        2,
        "date",
        "'0001-01-01T00:00:00+09:00' is not a date",
        "2025-04-07",
    ),
    "one timestamp among dates": (
        with_line(4, "2025-04-09 00:00,1,1,1,1,"),
        4,
        "date",
        "not a date of the form of '2025-04-07'",
        "2025-",
    ),
    "a date twice": (
        with_line(4, WEEK.splitlines()[1]),
        4,
        "date",
        "2025-04-08 stands there twice, on line 3 too",
        "keep one row",
    ),
    "a date twice, far apart": (
        PLAIN_FILE + WEEK.splitlines()[0] + "\n",
        8,
        "date",
        "2025-04-07 stands there twice, on line 2 too",
        "keep",
    ),
    "rows in disorder": (
        with_line(4, "2025-04-03,1,1,1,1,"),
        4,
        "date",
        "2025-04-03 comes after 2025-04-08",
        "sort the rows by date",
    ),
    "rows in disorder, newest first": (
        HEADER
        + "".join(sorted(EARLY.splitlines(True), reverse=True))
        + "2025-04-05,1,1,1,1,\n2025-03-31,1,1,1,1,\n",
        5,
        "date",
        "2025-04-05 comes after 2025-04-01, newest first",
        "sort the rows by date",
    ),
    "a date to come": (
        PLAIN_FILE + "2025-05-01,1,1,1,1,1\n",
        8,
        "date",
        "lies in the future",
        "delete the row",
    ),
    "high and low exchanged": (
        relabelled("open", "low", "high", "close"),
        None,
        None,
        "in 100% of 6 rows the high is not the highest",
        'columns = { open = "open", high = "low", low = "high", close = "close" }',
    ),
    "columns shifted by one": (
        relabelled("close", "open", "high", "low"),
        None,
        None,
        "in 100% of 6 rows",
        'high = "open", low = "high"',
    ),
    "columns that no order makes prices of": (
        each_line(
            lambda fields: f"{fields[0]},{int(fields[5]) % 7 + 1},1,9,{int(fields[5]) % 5 + 5},1"
        ).replace(",1,9,", ",4,4.5,"),
        None,
        None,
        "rows the high is not",
        "ask the source",
    ),
    "a negative volume": (
        with_line(4, "2025-04-09,1,1,1,1,-5"),
        4,
        "volume",
        "'-5' is not a volume",
        "leave it blank",
    ),
    "a volume with a small letter": (
        with_line(4, "2025-04-09,1,1,1,1,5k"),
        4,
        "volume",
        "not a number",
        "digits",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_cannot_be_read_in_one_way_is_refused_with_its_place_and_remedy(wrong):
    content, line, column, found, remedy = REFUSED[wrong]
    error = refused(content)
    assert isinstance(error, BadPrices)
    assert (error.kind, error.exit_code, error.file) == ("bad_prices", 2, "prices/topix.csv")
    assert (error.line, error.column) == (line, column)
    assert found in error.message
    assert remedy in error.remedy


def test_the_catalogue_of_refusals_is_long():
    assert len(REFUSED) >= 60


@pytest.mark.parametrize(
    ("quantity", "closes", "factor", "right"),
    [("yield", (152, 153.5), 0.01, [1.52, 1.535]), ("volatility", (0.355, 0.58), 100, [35.5, 58.0])],
)
def test_closes_of_a_size_that_the_quantity_never_has_are_refused_until_a_factor_is_told(
    quantity, closes, factor, right
):
    content = HEADER + "".join(f"2025-04-0{7 + place},,,,{close},\n" for place, close in enumerate(closes))
    error = refused(content, quantity=quantity)
    assert (error.line, error.column) == (None, "close")
    assert "in per cent" in error.message
    assert f"factor = {factor}" in error.remedy
    assert read(content, quantity=quantity, mapping={"factor": factor}).frame["close"].tolist() == right


def test_a_few_contradictory_rows_are_no_reason_to_doubt_the_names_of_columns():
    content = with_line(4, "2025-04-09,1,1,2,3,1")
    assert [row[4] for row in rows(read(content))] == [
        row[4] if place != 2 else 3.0 for place, row in enumerate(ROWS)
    ]


def test_every_remedy_that_names_the_mapping_names_its_table():
    errors = [refused(content) for content, *_ in REFUSED.values()]
    assert all("[topix]" in error.remedy for error in errors if "mapping.toml" in error.remedy)
    assert sum("mapping.toml" in error.remedy for error in errors) > 20
