"""A damaged price file gives the rows that its bytes say, none lost and none invented, or a typed error.

The oracle is a naive reader of one line of one known form, sharing no code with the real one.
"""

import json
from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventstudy.values import Bars
from jobs.errors import BadPriceFile
from jobs.providers.base import Payload, Request
from jobs.providers.files import FilesProvider
from jobs.providers.pricefile import parse_prices
from tests.fakes import FixedClock
from tests.fuzz import damages
from tests.yahoo_double import instant

NOW = instant("2025-04-30T00:00:00")
CASES = 6000  # of each of the three forms

STRICT = b"""\
date,open,high,low,close,volume
2025-04-03,101,102,99,100,5
2025-04-04,100.5,103,100,102.5,
2025-04-07,,,,98.25,
2025-04-08,99,99.5,97,97.125,1000
2025-04-09,97,105.5,96.75,105,12
2025-04-10,104,104.25,101.5,101.75,118
"""

JAPANESE = """\
指数の日足（架空の数字）
日付,始値,高値,安値,終値,出来高
2025年4月3日,"34,609.00","34,900.50","34,500.25","34,750.75","1,234,500"
2025年4月4日,"34,750.75","34,800.00","33,100.00","33,200.25","2,234,500"
2025年4月7日,"33,100.00","33,150.50","31,000.00","31,136.50","3,234,500"
2025年4月8日,"31,200.00","33,000.00","31,150.25","32,900.75","2,134,500"
2025年4月9日,"32,900.75","32,950.00","31,500.00","31,714.00","1,934,500"
2025年4月10日,"31,800.00","34,650.00","31,750.00","34,609.00","2,934,500"
この数字はすべて作りものです
""".encode("cp932")

MAPPING = {
    "absent": ["-"],
    "columns": {
        "close": "Schluss", "date": "Datum", "high": "Hoch", "low": "Tief", "open": "Start", "volume": ""
    },
    "date_format": "day_first", "decimal": ",", "delimiter": ";", "order": "newest_first", "skip": 1,
    "thousands": ".", "trailer": 1,
}  # fmt: skip
MAPPED = """\
Kurse; ohne Gewähr
Datum;Start;Hoch;Tief;Schluss;Bemerkung
10.04.2025;31.800,00;34.650,00;31.750,00;34.609,00;x
09.04.2025;32.900,75;32.950,00;31.500,00;31.714,00;x
08.04.2025;31.200,00;33.000,00;31.150,25;32.900,75;x
07.04.2025;-;-;-;-;x
04.04.2025;-;-;-;33.200,25;x
03.04.2025;34.609,00;34.900,50;34.500,25;34.750,75;x
Quelle; erfunden
""".encode()


def plain_figure(text):
    text = text.strip().strip('"')
    return float(text) if text else None


def grouped_figure(text):
    return plain_figure(text.replace(",", ""))


def german_figure(text):
    return None if text.strip() == "-" else plain_figure(text.replace(".", "").replace(",", "."))


def iso_line(line):
    fields = line.split(",")
    return date.fromisoformat(fields[0].strip().strip('"')), tuple(map(plain_figure, fields[1:]))


def japanese_line(line):
    day, *rest = line.split(",", 1)
    year, month, day = day.strip().strip('"日').replace("年", "月").split("月")
    fields = rest[0].split('","') if rest[0].count('"') == 10 else rest[0].split(",")
    return date(int(year), int(month), int(day)), tuple(map(grouped_figure, fields))


def german_line(line):
    fields = line.split(";")
    day, month, year = (
        int(part) for part in fields[0].strip().strip('"').replace("/", ".").replace("-", ".").split(".")
    )
    return date(year, month, day), (*map(german_figure, fields[1:5]), None)


@dataclass(frozen=True)
class Form:
    """One form of file: its bytes, how they are stored, and the naive reading of one of its lines."""

    content: bytes
    naive: object
    encoding: str
    seal: bytes = b""

    def said(self, content):
        """Return every (date, figures) that a line of the bytes says, read naively."""
        found = []
        for line in (
            content.decode(self.encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        ):
            try:
                day, figures = self.naive(line.removeprefix("\ufeff"))
            except (ValueError, IndexError):
                continue
            if len(figures) == 5 and figures[3] is not None:
                found.append((day, figures))
        return found

    def untouched(self, content):
        """Return what the original's lines say that stand in the damaged bytes whole."""
        standing = set(content.replace(b"\r\n", b"\n").split(b"\n"))
        return self.said(b"\n".join(line for line in self.content.split(b"\n") if line in standing))


SEAL = b'{"eventstudy mapping":' + json.dumps(MAPPING, sort_keys=True).encode() + b"}\n"
FORMS = {
    "strict": Form(STRICT, iso_line, "utf-8"),
    "Japanese": Form(JAPANESE, japanese_line, "cp932"),
    "mapped": Form(MAPPED, german_line, "utf-8", SEAL),
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prices")
    (folder / "topix.csv").write_bytes(STRICT)
    return FilesProvider(str(folder), FixedClock(NOW))


def rows_of(provider, content):
    """Return what the real reader makes of a payload, as the naive one words it; None when it is refused."""
    payload = Payload(Request("topix", "files:topix.csv"), content, NOW)
    try:
        provider.remarks(payload)
        bars = provider.read(payload)
    except BadPriceFile:
        return None
    assert isinstance(bars, Bars)
    assert bars.frame.index.is_monotonic_increasing
    assert bars.frame.index.is_unique
    table = bars.frame[["open", "high", "low", "close", "volume"]]
    return [
        (day.date(), tuple(None if figure != figure else figure for figure in row))
        for day, row in zip(table.index, table.to_numpy().tolist(), strict=True)
    ]


@pytest.mark.parametrize("name", FORMS)
def test_the_whole_file_says_the_same_to_both_readers(name, provider):
    form = FORMS[name]
    assert rows_of(provider, form.seal + form.content) == sorted(form.said(form.content))


@pytest.mark.parametrize("name", FORMS)
def test_no_damage_loses_an_untouched_row_or_invents_one(name, provider):
    form, kept = FORMS[name], 0
    for what, content in damages(form.content, cases=CASES, seed=len(name)):
        rows = rows_of(provider, form.seal + content)
        if rows is None:
            continue
        kept += 1
        said = form.said(content)
        assert [row for row in rows if row not in said] == [], what
        assert [row for row in form.untouched(content) if row not in rows] == [], what
    assert kept > CASES / 50  # else the oracle was hardly asked


@pytest.mark.parametrize("name", ["Japanese", "mapped"])
def test_a_file_cut_short_anywhere_gives_rows_of_the_whole_one_or_is_refused(name, provider):
    form = FORMS[name]
    whole = form.said(form.content)
    for length in range(len(form.content)):
        rows = rows_of(provider, form.seal + form.content[:length])
        assert rows is None or [row for row in rows if row not in whole] == [], length


def test_a_plain_file_cut_short_loses_at_most_the_end_of_the_volume_on_its_unended_line(provider):
    whole = dict(FORMS["strict"].said(STRICT))
    for length in range(len(STRICT)):
        rows = rows_of(provider, STRICT[:length])
        for day, figures in rows or []:
            on_the_cut = STRICT[:length].split(b"\n")[-1].startswith(day.isoformat().encode())
            assert figures[:4] == whole[day][:4]
            assert on_the_cut or figures == whole[day]


def test_a_stored_mapping_that_was_damaged_is_refused_or_says_something_else(provider):
    whole = sorted(FORMS["mapped"].said(MAPPED))
    for what, seal in damages(SEAL.rstrip(b"\n"), cases=2500, seed=5):
        rows = rows_of(provider, seal + b"\n" + MAPPED)
        if rows is not None and rows != whole:
            assert json.loads(seal) != json.loads(SEAL), what


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_read_or_refused(content):
    for start in (b"", STRICT[:32], SEAL):
        try:
            frame = parse_prices("topix.csv", start + content, signed=False, latest=date(2025, 4, 30))
        except BadPriceFile:
            continue
        assert (frame["close"] > 0).all()


@given(st.permutations(STRICT.splitlines(keepends=True)[1:]))
@example(STRICT.splitlines(keepends=True)[:0:-1])
def test_rows_are_read_in_either_order_and_refused_in_any_other(lines):
    original = STRICT.splitlines(keepends=True)
    if lines in (original[1:], original[:0:-1]):
        assert closes(original[0], lines) == [100.0, 102.5, 98.25, 97.125, 105.0, 101.75]
    else:
        with pytest.raises(BadPriceFile, match="comes after"):
            closes(original[0], lines)


def closes(header, lines):
    frame = parse_prices("topix.csv", header + b"".join(lines), signed=False, latest=date(2025, 4, 30))
    return frame["close"].tolist()
