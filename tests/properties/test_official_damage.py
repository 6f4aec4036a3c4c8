"""Damaged answers of the official sources: a typed error, or rows that the damaged bytes lawfully say.

The judge reads the damaged bytes with a pattern of its own per format: a row that is not one of the original
must be one that the judge finds there, as where a digit became another.
"""

import re
from datetime import date, timedelta

import pytest

from jobs.errors import ProviderError
from tests.fuzz import damages
from tests.official_documents import (
    boj_json,
    fred_csv,
    jquants_json,
    mof_csv,
    mof_japanese,
    nikkei_csv,
    official,
    payload_of,
)

CASES = 10_000
FIRST = date(2025, 1, 6)
DAYS = [
    str(FIRST + timedelta(days=place)) for place in range(60) if (FIRST + timedelta(days=place)).weekday() < 5
]
FACTS = [(day, f"{1000 + 7 * place}.25", 990, f"{1100 + 7 * place}", 980) for place, day in enumerate(DAYS)]
NIKKEI = nikkei_csv(FACTS)
FRED = fred_csv([(day, "." if place % 9 == 4 else close) for place, (day, close, *_) in enumerate(FACTS)])
FIXINGS = [(day, None if place % 9 == 4 else float(close)) for place, (day, close, *_) in enumerate(FACTS)]
BOJ = boj_json(FIXINGS).replace(b",", b",\n")  # so that the lines that change places are its elements
YIELDS = [(day.replace("-", "/"), f"0.{100 + place}", f"1.{100 + place}") for place, day in enumerate(DAYS)]
MOF = mof_csv(YIELDS[:-10]) + mof_csv(YIELDS[-10:], month="March 2025")
ERAS = [
    (f"R7.{int(day[5:7])}.{int(day[8:])}", two, ten) for day, (_, two, ten) in zip(DAYS, YIELDS, strict=True)
]
JAPANESE = mof_japanese(ERAS[:-10]) + mof_japanese(ERAS[-10:], month="令和7年3月")
TOPIX = [(day, 990, 1100 + 7 * place, 980, float(close)) for place, (day, close, *_) in enumerate(FACTS)]
JQUANTS = b"[" + jquants_json(TOPIX[:20], "next") + b",\n" + jquants_json(TOPIX[20:]) + b"]"


def by_nikkei(content):
    """Return the rows (day, open, high, low, close) that stand in the bytes of a Nikkei file."""
    names = re.sub(rb"[^A-Za-z,]", b"", content.partition(b"\n")[0]).decode().split(",")
    places = {word: names.index(word) for word in ("Open", "High", "Low", "Close") if word in names}
    found = set()
    for line in content.split(b"\n"):
        fields = [field.strip(b'"\r').decode("latin-1") for field in line.split(b",")]
        if len(fields) == 5 and len(places) == 4:
            prices = [_number(fields[places[word]]) for word in places]
            found.add((fields[0].replace("/", "-"), *prices))
    return found


def by_fred(content):
    pairs = re.findall(rb'(?:^|\n)"?([\d-]{10})"?,"?([\d.-]+)"?(?=\r?\n|$)', content)
    return {(day.decode(), None, None, None, _number(value.decode())) for day, value in pairs}


def by_boj(content):
    dates = re.search(rb'"SURVEY_DATES": *\[([^\]]*)\]', content)
    values = re.search(rb'"VALUES": *\[([^\]]*)\]', content)
    if not dates or not values:
        return set()
    days = [word.strip(b' "\t\r\n').decode("latin-1") for word in dates[1].split(b",")]
    numbers = [word.strip().decode("latin-1") for word in values[1].split(b",")]
    return {
        (f"{day[:4]}-{day[4:6]}-{day[6:]}", None, None, None, _number(number))
        for day, number in zip(days, numbers, strict=False)
    }


def by_mof(content):
    """Return the ten-year yields: the eleventh field of lines that begin with a date."""
    found = set()
    for line in content.split(b"\n"):
        fields = [field.strip(b'"\r').decode("latin-1") for field in line.split(b",")]
        western = re.fullmatch(r"(\d{4})/(\d+)/(\d+)", fields[0])
        era = re.fullmatch(r"([SHR])(\d+)\.(\d+)\.(\d+)", fields[0])
        if len(fields) == 16 and (western or era):
            start = {"S": 1925, "H": 1988, "R": 2018}[era[1]] if era else 0
            year, month, day = (int(part) for part in (western.groups() if western else era.groups()[1:]))
            found.add((f"{start + year}-{month:02}-{day:02}", None, None, None, _number(fields[10])))
    return found


def by_jquants(content):
    found = set()
    for row in re.findall(rb'\{[^{}]*"Date"[^{}]*\}', content):
        day = re.search(rb'"Date"\s*:\s*"([^"]*)"', row)
        told = {word: re.search(rb'"%c"\s*:\s*([^,}\s]*)' % ord(word), row) for word in "OHLC"}
        if day and all(told.values()):
            prices = [_number(told[word][1].decode("latin-1")) for word in "OHLC"]
            found.add((day[1].decode("latin-1"), *prices))
    return found


def _number(text):
    try:
        return float(text)
    except ValueError:
        return None


SOURCES = {
    "nikkei": ("nikkei", "nikkei225", NIKKEI, by_nikkei),
    "fred": ("fred", "nikkei225", FRED, by_fred),
    "boj": ("boj", "usdjpy_tokyo_1700", BOJ, by_boj),
    "mof": ("mof", "jgb10y", MOF, by_mof),
    "mof, Japanese": ("mof", "jgb10y", JAPANESE, by_mof),
    "jquants": ("jquants", "topix", JQUANTS, by_jquants),
}


def read(source, name, series, content):
    """Return the rows (day, open, high, low, close), None where absent, or None for a refusal."""
    payload = payload_of(name, series, content)
    try:
        frame, found = source.read(payload).frame, source.remarks(payload)
    except ProviderError:
        return None
    assert {item.series for item in found} <= {series}
    prices = frame[["open", "high", "low", "close"]].to_numpy().tolist()
    return {
        (str(day.date()), *(None if value != value else value for value in row))
        for day, row in zip(frame.index, prices, strict=True)
    }


@pytest.mark.parametrize("which", SOURCES)
def test_the_judge_reads_the_undamaged_answer_as_the_provider_does(which):
    name, series, content, judge = SOURCES[which]
    source, _ = official(name, content)
    rows = read(source, name, series, content)
    assert len(rows) >= 38
    assert rows <= judge(content)


@pytest.mark.parametrize("which", SOURCES)
def test_ten_thousand_damages_give_rows_that_stand_there_or_a_typed_error(which):
    name, series, content, judge = SOURCES[which]
    source, _ = official(name, content)
    original = read(source, name, series, content)
    refused = 0
    for what, damaged in damages(content, cases=CASES, seed=5):
        rows = read(source, name, series, damaged)
        refused += rows is None
        strange = (rows or set()) - original
        assert not strange or strange <= judge(damaged), what
    assert 0.5 * CASES < refused < CASES


@pytest.mark.parametrize("which", SOURCES)
def test_an_answer_cut_anywhere_is_refused_or_holds_only_whole_rows(which):
    name, series, content, _ = SOURCES[which]
    source, _ = official(name, content)
    original = read(source, name, series, content)
    for length in range(len(content)):
        rows = read(source, name, series, content[:length])
        assert rows is None or rows <= original, length
