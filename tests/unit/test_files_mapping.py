"""``mapping.toml``: what each key settles, how a bad one is refused, and that a payload carries its own."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from jobs.errors import BadPriceFile
from jobs.providers.base import examine
from jobs.providers.files import FilesProvider
from jobs.providers.mapping import BadMapping, load_mappings, mapping_of, sealed, unsealed
from tests.fakes import FixedClock
from tests.price_files import HEADER, PLAIN_FILE, ROWS, WEEK, each_date, each_line, read, refused, rows
from tests.yahoo_double import instant

NOW = FixedClock(instant("2025-04-30T00:00:00"))


def swapped(text):
    """Return a table with semicolons and decimal commas."""
    return text.replace(",", ";").replace(".", ",")


def grouped(fields, mark):
    prices = [f"{float(text):,.2f}".replace(",", mark) for text in fields[1:5]]
    return ";".join([fields[0], *prices, fields[5]])


def scaled(fields):
    return ",".join([fields[0], *(str(Decimal(text) * 100) for text in fields[1:5]), fields[5]])


SETTLED = {
    # what the mapping says -> the mapping, and the bytes that nobody could read without it
    "encoding": ({"encoding": "cp932"}, PLAIN_FILE.replace("date", "date", 1).encode("cp932")),
    "encoding of a trailer": (
        {"encoding": "cp932", "trailer": 1}, (PLAIN_FILE + "無断転載を禁じます, 架空\n").encode("cp932")
    ),
    "encoding without a mark": ({"encoding": "utf-16-le"}, PLAIN_FILE.encode("utf-16-le")),
    "delimiter": ({"delimiter": "|"}, PLAIN_FILE.replace(",", "|")),
    "skip": ({"skip": 3}, "TOPIX, daily\n\n2025, made up\n" + PLAIN_FILE),
    "trailer": ({"trailer": 2}, PLAIN_FILE + "Mean,1,1,1,1,1\nCopyright, nobody\n\n"),
    "columns": ({"columns": {"close": "Price"}}, PLAIN_FILE.replace("close", "Price")),
    "columns of two meanings": (
        {"columns": {"close": "Close"}},
        each_line(lambda fields: ",".join([*fields, "1"])).replace("close,volume", "Close,volume,終値"),
    ),
    "month first": ({"date_format": "month_first"}, each_date(lambda day: f"{day:%m-%d-%Y}")),
    "day first": ({"date_format": "day_first"}, each_date(lambda day: f"{day:%d/%m/%Y}")),
    "a pattern of dates": ({"date_format": "%Y|%d|%m"}, each_date(lambda day: f"{day:%Y|%d|%m}")),
    "a pattern of words": (
        {"date_format": "%d %B %Y"}, each_date(lambda day: f"{day:%d} April {day:%Y}")
    ),
    "a pattern with times": (
        {"date_format": "%d.%m.%Y %H:%M", "zone": "Asia/Tokyo"},
        each_date(lambda day: f"{day:%d.%m.%Y} 15:30"),
    ),
    "decimal": ({"decimal": ","}, swapped(PLAIN_FILE)),
    "decimal and thousands": (
        {"decimal": ".", "thousands": ",", "delimiter": ";"},
        each_line(lambda fields: grouped(fields, ",")).replace("open,", "open;").replace("date,", "date;")
        .replace("high,low,close,volume", "high;low;close;volume"),
    ),
    "apostrophes between thousands": (
        {"thousands": "'"},
        each_line(lambda fields: grouped(fields, "'")).replace(",", ";", 5),
    ),
    "order": ({"order": "newest_first"}, HEADER + "".join(reversed(WEEK.splitlines(keepends=True)))),
    "zone of stamps at the close": (
        {"zone": "Asia/Tokyo"}, each_date(lambda day: f"{day} 15:30:00")
    ),
    "zone of stamps elsewhere": ({"zone": "Asia/Tokyo"}, each_date(lambda day: f"{day}T06:30:00Z")),
    "factor": ({"factor": 0.01}, each_line(scaled)),
    "adjusted": (
        {"adjusted": True, "columns": {"close": "Adj Close"}}, PLAIN_FILE.replace("close", "Adj Close")
    ),
}  # fmt: skip


@pytest.mark.parametrize("key", SETTLED)
def test_what_the_mapping_settles_gives_the_bars_of_the_plain_form(key):
    mapping, content = SETTLED[key]
    assert rows(read(content, mapping=mapping)) == ROWS


def test_words_for_absent_leave_fields_blank_and_rows_without_a_close_aside():
    content = HEADER + "2025-04-07,-,-,-,100,-\n2025-04-08,1,2,3,N/A,4\n2025-04-09,,,,101,\n"
    prices = read(content, mapping={"absent": ["-", "N/A"]})
    assert prices.frame["close"].tolist() == [100.0, 101.0]
    assert prices.frame.iloc[0][["open", "high", "low", "volume"]].isna().all()
    assert prices.closeless.iloc[0].tolist()[:3] == [1.0, 2.0, 3.0]
    error = refused(content.replace("N/A", ""), mapping={"absent": ["-"]})
    assert (error.line, error.column) == (3, "close")


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_spaces_of_all_widths_may_stand_between_thousands(space):
    content = HEADER + f"2025-04-07,,,,31{space}136.5,\n2025-04-08,,,,32{space}900.25,1{space}234{space}567\n"
    frame = read(content, mapping={"thousands": " "}).frame
    assert frame["close"].tolist() == [31136.5, 32900.25]
    assert frame["volume"].iloc[1] == 1234567.0


def test_a_price_that_its_factor_makes_too_large_is_refused():
    error = refused(PLAIN_FILE.replace("31714", "1e999999"), mapping={"factor": 100})
    assert (error.line, error.column) == (4, "close")
    assert "too large" in error.message


@pytest.mark.parametrize(
    ("mapping", "close"), [({"decimal": "."}, 31.125), ({"decimal": ",", "thousands": "."}, 31125.0)]
)
def test_a_point_before_three_digits_means_what_the_mapping_says(mapping, close):
    content = PLAIN_FILE[:32].replace(",", ";") + "2025-04-07;;;;31.125;\n2025-04-08;;;;31.250;\n"
    assert refused(content).column == "close"
    assert read(content, mapping=mapping).frame["close"].iloc[0] == close


def test_a_mapping_that_the_file_belies_is_refused():
    assert "comes after" in refused(PLAIN_FILE, mapping={"order": "newest_first"}).message
    assert "is not a number" in refused(PLAIN_FILE, mapping={"decimal": ","}).message
    assert (
        "is not a number"
        in refused(PLAIN_FILE.replace("31714", '"317,14"'), mapping={"thousands": ","}).message
    )
    assert "'2025-04-07' is not a date" in refused(PLAIN_FILE, mapping={"date_format": "%d.%m.%Y"}).message
    assert "is a row, not a header" in refused(PLAIN_FILE, mapping={"skip": 1}).message
    assert "below the last row is a row" in refused(PLAIN_FILE, mapping={"trailer": 1}).message
    assert "above the header is a row" in refused(PLAIN_FILE, mapping={"skip": 2}).message
    error = refused(PLAIN_FILE, mapping={"columns": {"close": "Price"}})
    assert (error.line, error.column) == (1, "close")
    assert "no column 'Price', which the mapping names" in error.message


@pytest.mark.parametrize(("key", "lines"), [("skip", 7), ("trailer", 7)])
def test_a_mapping_that_leaves_nothing_of_the_file_is_refused(key, lines):
    error = refused(PLAIN_FILE, mapping={key: lines})
    assert f"correct {key} in mapping.toml" in error.remedy


BAD = {
    # what is wrong -> the text, the table and key, what the message says, what the remedy says
    "no TOML": ("[topix\n", None, None, "is not TOML", "A folder of prices"),
    "no text": (b"\xff\xfe", None, None, "is not TOML", "A folder of prices"),
    "no table": ("topix = 1\n", "topix", None, "is a value, not a table", "write [topix] on a line"),
    "an unknown series": ("[topik]\n", "topik", None, "there is no such series", "did you mean"),
    "an unknown key": (
        "[topix]\ndate_fromat = 'day_first'\n",
        "topix",
        "date_fromat",
        "no such key",
        "date_format",
    ),
    "a file elsewhere": (
        "[topix]\nfile = '../topix.csv'\n",
        "topix",
        "file",
        "not allowed",
        "in this folder",
    ),
    "a file that is not there": (
        "[topix]\nfile = 'x.csv'\n",
        "topix",
        "file",
        "there is no file 'x.csv'",
        "name a",
    ),
    "an encoding nobody offers": ("[topix]\nencoding = 'rot13'\n", "topix", "encoding", "'rot13'", "'cp932'"),
    "a delimiter of two": ("[topix]\ndelimiter = '::'\n", "topix", "delimiter", "'::'", "one of"),
    "a negative skip": ("[topix]\nskip = -1\n", "topix", "skip", "'-1'", "from 0 to 100"),
    "a trailer that is true": ("[topix]\ntrailer = true\n", "topix", "trailer", "'True'", "from 0 to 100"),
    "an unknown column": (
        "[topix]\ncolumns = {last = 'x'}\n",
        "topix",
        "columns",
        "'last'",
        "date, open, high",
    ),
    "a close that is absent": (
        "[topix]\ncolumns = {close = ''}\n",
        "topix",
        "columns",
        "not allowed",
        '"" for open',
    ),
    "one column twice": (
        "[topix]\ncolumns = {open = 'x', close = 'x'}\n",
        "topix",
        "columns",
        "not allowed",
        "each once",
    ),
    "an unknown order of dates": (
        "[topix]\ndate_format = 'dmy'\n",
        "topix",
        "date_format",
        "'dmy'",
        "day_first",
    ),
    "a pattern with short years": (
        "[topix]\ndate_format = '%d/%m/%y'\n",
        "topix",
        "date_format",
        "%y",
        "full years",
    ),
    "a pattern without a month": (
        "[topix]\ndate_format = '%d %Y'\n",
        "topix",
        "date_format",
        "'%d %Y'",
        "%d.%m.%Y",
    ),
    "a pattern with two days": (
        "[topix]\ndate_format = '%d%d%m%Y'\n",
        "topix",
        "date_format",
        "%d%d",
        "%d.%m.%Y",
    ),
    "an odd decimal": ("[topix]\ndecimal = ';'\n", "topix", "decimal", "';'", "one of"),
    "one mark for both": (
        "[topix]\nthousands = '.'\n",
        "topix",
        "thousands",
        "is the decimal mark too",
        'decimal = ","',
    ),
    "absent words that are figures": (
        "[topix]\nabsent = ['0']\n",
        "topix",
        "absent",
        "not allowed",
        "without digits",
    ),
    "an absent word alone": ("[topix]\nabsent = '-'\n", "topix", "absent", "'-'", "a list of words"),
    "an odd order": ("[topix]\norder = 'down'\n", "topix", "order", "'down'", "newest_first"),
    "a zone nowhere": ("[topix]\nzone = 'Tokyo'\n", "topix", "zone", "'Tokyo'", "Asia/Tokyo"),
    "a zone outside": ("[topix]\nzone = '../../x'\n", "topix", "zone", "not allowed", "Asia/Tokyo"),
    "a factor of zero": ("[topix]\nfactor = 0\n", "topix", "factor", "'0'", "0.000001"),
    "a factor of infinity": ("[topix]\nfactor = inf\n", "topix", "factor", "'inf'", "0.000001"),
    "a factor that is none": ("[topix]\nfactor = nan\n", "topix", "factor", "'nan'", "0.000001"),
    "a factor beyond all numbers": (
        f"[topix]\nfactor = 1{'0' * 400}\n",
        "topix",
        "factor",
        "not allowed",
        "0.000001",
    ),
    "tables without end": ("x = " + "[" * 100_000, None, None, "is not TOML", "A folder of prices"),
    "a factor that is true": ("[topix]\nfactor = true\n", "topix", "factor", "'True'", "0.000001"),
    "columns that are no table": ("[topix]\ncolumns = 1\n", "topix", "columns", "'1'", "the file's names"),
    "a date format that is a figure": (
        "[topix]\ndate_format = 1\n",
        "topix",
        "date_format",
        "'1'",
        "day_first",
    ),
    "adjusted in words": ("[topix]\nadjusted = 'yes'\n", "topix", "adjusted", "'yes'", "true or false"),
    "an adjusted close unsaid": (
        "[topix]\ncolumns.close = 'Adj Close'\n",
        "topix",
        "columns",
        "is an adjusted close",
        "adjusted = true",
    ),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "topix.csv").write_text(PLAIN_FILE)
    return tmp_path


def mapped(folder, text):
    (folder / "mapping.toml").write_text(text, encoding="utf-8")
    return FilesProvider(str(folder), NOW)


@pytest.mark.parametrize("wrong", BAD)
def test_a_bad_mapping_is_refused_with_its_table_key_and_remedy(wrong, folder):
    text, table, key, found, remedy = BAD[wrong]
    (folder / "mapping.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadMapping) as caught:
        FilesProvider(str(folder), NOW)
    error = caught.value
    assert (error.kind, error.exit_code, error.series, error.key) == ("bad_mapping", 2, table, key)
    assert error.message.startswith(str(folder / "mapping.toml"))
    assert found in error.message
    assert remedy in error.remedy


def test_a_mapping_that_cannot_be_opened_is_refused(folder):
    (folder / "mapping.toml").mkdir()
    with pytest.raises(BadMapping, match="cannot be read \\(Is a directory\\)"):
        FilesProvider(str(folder), NOW)


def test_a_folder_without_a_mapping_has_none(folder):
    assert dict(load_mappings(str(folder))) == {}


def test_a_series_may_have_a_file_of_any_name(folder):
    (folder / "東証 指数.csv").write_text(PLAIN_FILE, encoding="utf-8")
    (folder / "topix.csv").unlink()
    provider = mapped(folder, '[topix]\nfile = "東証 指数.csv"\n')
    assert provider.available() == ("topix",)
    bars = provider.read(provider.fetch(provider.ask("topix", None, None)))
    assert bars.source == "files:東証 指数.csv"
    assert bars.frame["close"].tolist() == [row[4] for row in ROWS]


def test_two_series_may_stand_in_one_file(folder):
    columns = 'columns = { close = "%s", open = "", high = "", low = "", volume = "" }\nfile = "yields.csv"\n'
    (folder / "yields.csv").write_text("date,2Y,10Y\n2025-04-07,0.5,1.25\n2025-04-08,0.625,1.375\n")
    provider = mapped(folder, "[jgb2y]\n" + columns % "2Y" + "[jgb10y]\n" + columns % "10Y")
    closes = {
        key: provider.read(provider.fetch(provider.ask(key, None, None))).frame["close"].tolist()
        for key in ("jgb2y", "jgb10y")
    }
    assert closes == {"jgb2y": [0.5, 0.625], "jgb10y": [1.25, 1.375]}


def test_a_payload_carries_its_mapping_and_is_read_alone_for_ever(folder):
    provider = mapped(folder, '[topix]\ndelimiter = ";"\ndecimal = ","\n')
    (folder / "topix.csv").write_text(swapped(PLAIN_FILE))
    payload = provider.fetch(provider.ask("topix", None, None))
    assert payload.content == (
        b'{"eventstudy mapping":{"decimal":",","delimiter":";"}}\n' + swapped(PLAIN_FILE).encode()
    )
    (folder / "mapping.toml").unlink()
    stranger = FilesProvider(str(folder), NOW)
    bars = stranger.read(replace(payload, meta={}))
    assert bars.frame["close"].tolist() == [row[4] for row in ROWS]
    assert bars.payload_hash == hashlib.sha256(payload.content).hexdigest()


def test_a_file_without_a_mapping_is_its_own_payload(folder):
    provider = mapped(folder, "[nikkei225]\nfile = 'topix.csv'\n")
    assert provider.fetch(provider.ask("topix", None, None)).content == PLAIN_FILE.encode()


def test_a_mapping_changed_after_the_folder_was_opened_does_not_reach_its_payloads(folder):
    provider = mapped(folder, '[topix]\norder = "oldest_first"\n')
    (folder / "mapping.toml").write_text('[topix]\norder = "newest_first"\n')
    payload = provider.fetch(provider.ask("topix", None, None))
    assert json.loads(payload.content.partition(b"\n")[0]) == {
        "eventstudy mapping": {"order": "oldest_first"}
    }


def test_adjusted_closes_say_so_in_their_source_and_in_a_notice(folder):
    (folder / "topix.csv").write_text(PLAIN_FILE.replace("close", "Adj Close"))
    provider = mapped(folder, '[topix]\ncolumns.close = "Adj Close"\nadjusted = true\n')
    payload = provider.fetch(provider.ask("topix", None, None))
    assert provider.read(payload).source == "files:topix.csv adjusted"
    [notice] = [one for one in provider.remarks(payload) if one.rule == "adjusted prices"]
    assert (notice.severity, notice.session_date) == ("notice", None)
    assert "adjusted for dividends" in notice.observed


def test_a_session_without_a_close_is_quarantined_and_a_holiday_is_not(folder):
    (folder / "topix.csv").write_text(
        HEADER + "2025-04-28,,,,100,\n2025-04-29,.,.,.,.,\n2025-04-30,1,2,1,.,7\n2025-05-01,,,,101,\n"
    )  # 29 April is Showa Day
    provider = mapped(folder, '[topix]\nabsent = ["."]\n')
    provider._clock = FixedClock(instant("2025-05-02T00:00:00"))
    bars, findings = examine(provider, provider.fetch(provider.ask("topix", None, None)))
    assert bars.frame["close"].tolist() == [100.0, 101.0]
    [gone] = [one for one in findings if one.severity == "quarantined"]
    assert (gone.rule, gone.session_date, gone.row[:3]) == (
        "missing close",
        date(2025, 4, 30),
        (1.0, 2.0, 1.0),
    )


@pytest.mark.parametrize(
    "line",
    [
        b'{"eventstudy mapping":' + b"[" * 100_000,
        b'{"eventstudy mapping":{"skip":1}',
        b'{"eventstudy mapping":[]}',
        b'{"eventstudy mapping":{"skip":-1}}',
    ],
)
def test_a_damaged_mapping_in_a_payload_is_refused(line):
    with pytest.raises(BadPriceFile, match="line 1: the mapping stored with the file is damaged"):
        unsealed("topix.csv", "topix", line + b"\n" + PLAIN_FILE.encode())


def test_what_was_sealed_is_unsealed_as_it_was():
    table = {"absent": ["-", "―"], "factor": 0.01, "columns": {"close": "終値"}}
    mapping, content = unsealed("topix.csv", "topix", sealed(b"1\n2\n", table))
    assert content == b"1\n2\n"
    assert mapping == mapping_of("mapping.toml", "topix", table)
    assert (mapping.factor, mapping.absent) == (Decimal("0.01"), ("-", "―"))
