"""Answers of official sources that nobody may read as prices: each is refused as a whole, by name."""

import pytest

from jobs.errors import Malformed, ProviderError, SourceTrouble
from tests.official_documents import (
    DAYS,
    NIKKEI_HEADER,
    TOTAL_RETURN,
    boj_json,
    fred_csv,
    jquants_json,
    mof_csv,
    nikkei_csv,
    official,
    payload_of,
)

BARS = [(day, 100 + place, 99, 130, 97) for place, day in enumerate(DAYS)]
CLOSES = [(day, 100 + place) for place, day in enumerate(DAYS)]
WHOLE = nikkei_csv(BARS)
FRED = fred_csv(CLOSES)
BOJ = boj_json(CLOSES)
HISTORY = [("2025/3/28", 0.85, 1.5), ("2025/3/31", 0.84, 1.4)]
MONTH = mof_csv([("2025/4/1", 0.83, 1.48)], month="April 2025")
JGB = mof_csv(HISTORY) + MONTH
PAGE = jquants_json([(day, 99, 130, 97, close) for day, close in CLOSES])
PAGES = b"[" + PAGE + b"]"


def swapped(content, left, right):
    assert left in content
    return content.replace(left, right, 1)


NIKKEI = {
    "cut off before its copyright line": (nikkei_csv(BARS, trailer=""), "copyright line"),
    "cut off in the middle of a row": (WHOLE[: WHOLE.index(b"2025/04/08") + 14], "unexpected end of data"),
    "cut off after a date": (WHOLE[: WHOLE.index(b"2025/04/08") + 11] + b"\r\n", "copyright line"),
    "cut off within the copyright line": (WHOLE[:-20], "unexpected end of data"),
    "empty": (b"", "copyright line"),
    "nothing but a header": (nikkei_csv([], trailer=""), "copyright line"),
    "another header": (nikkei_csv(BARS, header="Date,Close,Open,High,Low"), "the header 'Date,Close"),
    "a column missing": (nikkei_csv([row[:4] for row in BARS], header=NIKKEI_HEADER[:-4]), "the header"),
    "the total return of another index": (
        nikkei_csv([(*row, 1) for row in BARS], header=f"{NIKKEI_HEADER},{TOTAL_RETURN}"),
        "the header",
    ),
    "a name twice": (nikkei_csv([(*row, 1) for row in BARS], header=f"{NIKKEI_HEADER},Low"), "the header"),
    "a field too many": (nikkei_csv([*BARS[:2], (*BARS[2], 5)]), "line 4: 6 fields under 5 columns"),
    "two lines glued": (swapped(WHOLE, b'\r\n"2025/04/07"', b'"2025/04/07"'), "line 3"),
    "a date that comes again": (nikkei_csv([BARS[0], BARS[0]]), "2025-04-03 comes after 2025-04-03"),
    "newest first": (nikkei_csv(BARS[::-1]), "comes after"),
    "a date that is none": (swapped(WHOLE, b"2025/04/04", b"2025/04/31"), "'2025-04-31' is not a date"),
    "a day-first date": (swapped(WHOLE, b"2025/04/04", b"04/04/2025"), "is not a date"),
    "a date of the future": (nikkei_csv([(("2025-06-02"), *BARS[0][1:])]), "lies in the future"),
    "a date of another century": (nikkei_csv([("1925-04-03", *BARS[0][1:])]), "a row of 1925-04-03"),
    "thousands separators": (swapped(WHOLE, b'"101"', b'"1,01"'), "'1,01' is not a number"),
    "a number with an exponent": (swapped(WHOLE, b'"101"', b'"1e2"'), "'1e2' is not a number"),
    "digits of another script": (
        nikkei_csv([(DAYS[0], "\uff11\uff10\uff10", 99, 130, 97)]),
        "is not a number",
    ),
    "bytes that are no text": (swapped(WHOLE, b"\x81\x66", b"\x81\x20"), "is not cp932"),
    "a quotation mark inside a field": (swapped(WHOLE, b'"101"', b'"1"01"'), "line 3"),
    "a command to the terminal": (swapped(WHOLE, b'"101"', b'"\x1b[2J"'), r"'\x1b[2J' is not a number"),
    "digits beyond all numbers": (swapped(WHOLE, b'"101"', b'"' + b"9" * 400 + b'"'), "is not a number"),
}
FREDS = {
    "cut off in the middle of a number": (FRED[:-2], "cut off"),
    "empty": (b"", "cut off"),
    "the series of another id": (fred_csv(CLOSES, code="DEXJPUS"), "the header 'observation_date,DEXJPUS'"),
    "two series in one file": (
        swapped(FRED, b",NIKKEI225", b",NIKKEI225,DGS2"),
        "the header 'observation_date,NIKKEI225,DGS2'",
    ),
    "a field missing": (swapped(FRED, b"2025-04-04,101", b"2025-04-04"), "line 3: 1 fields"),
    "two lines glued": (swapped(FRED, b"100\n", b"100"), "line 2: 3 fields"),
    "a blank line inside": (swapped(FRED, b"100\n", b"100\n\n"), "line 3: 0 fields"),
    "not a number": (swapped(FRED, b",101", b",ND"), "'ND' is not a number"),
    "a date that comes again": (fred_csv([*CLOSES, CLOSES[-1]]), "comes after"),
    "months instead of days": (swapped(FRED, b"2025-04-04", b"2025-04"), "'2025-04' is not a date"),
    "bytes that are no text": (FRED + b"\xff\n", "is not utf-8"),
}
BOJS = {
    "cut off": (BOJ[:-3], "JSONDecodeError"),
    "a list": (b"[1]", "its own status 'None'"),
    "an error of its own": (boj_json(CLOSES, STATUS=400), "its own status '400'"),
    "only the first part": (boj_json(CLOSES, NEXTPOSITION=255), "whole"),
    "another series": (boj_json(CLOSES, code="FXERD01"), "not the one daily series FXERD04"),
    "months": (boj_json(CLOSES, frequency="MONTHLY"), "not the one daily series"),
    "no values": (boj_json(CLOSES, RESULTSET=[{"SERIES_CODE": "FXERD04"}]), "not the one daily series"),
    "two series": (swapped(BOJ, b'"RESULTSET":[', b'"RESULTSET":[{},'), "not the one daily series"),
    "more dates than values": (swapped(BOJ, b"20250403,", b"20250402,20250403,"), "side by side"),
    "a value in words": (swapped(BOJ, b"[100,", b'["100",'), "'100' is not a number"),
    "a value that is true": (swapped(BOJ, b"[100,", b"[true,"), "'True' is not a number"),
    "a value that is no number": (swapped(BOJ, b"[100,", b"[NaN,"), "the number NaN"),
    "a value beyond all": (swapped(BOJ, b"[100,", b"[1e400,"), "beyond all prices"),
    "a month for a date": (swapped(BOJ, b"20250403", b"202504"), "'202504' is not a date"),
    "a date that is none": (swapped(BOJ, b"20250403", b"20250431"), "'20250431' is not a date"),
    "a key twice": (swapped(BOJ, b'"STATUS":200', b'"STATUS":200,"STATUS":200'), "twice"),
    "dates in disorder": (boj_json(CLOSES[::-1]), "comes after"),
    "not UTF-8": (b"\xff" + BOJ, "UnicodeDecodeError"),
    "nested beyond reason": (b"[" * 100_000, "RecursionError"),
}
MOFS = {
    "only the history": (mof_csv(HISTORY), "not two files"),
    "three files": (JGB + MONTH, "not two files"),
    "without its title": (JGB[JGB.index(b"\n") + 1 :], "not two files"),
    "another header": (swapped(JGB, b",2Y,", b",2 years,"), "the header"),
    "a maturity twice": (swapped(JGB, b",3Y,", b",2Y,"), "the header"),
    "a title and nothing more": (JGB[: JGB.index(b"\n") + 1] + MONTH, "the header ''"),
    "cut off in the middle of a row": (
        swapped(JGB, b"1.4,7.5,7.5,7.5,7.5,7.5\r\n", b"1.\r\n"),
        "fields under 16",
    ),
    "cut off in the middle of a date": (mof_csv(HISTORY) + b"2025/3\r\n" + MONTH, "1 fields under 16"),
    "two lines glued": (swapped(JGB, b"7.5\r\n2025/3/31", b"7.52025/3/31"), "fields under 16"),
    "a day of no era": (swapped(JGB, b"2025/3/28", b"H31.5.1"), "'H31.5.1' is not a date"),
    "a day that is none": (swapped(JGB, b"2025/3/28", b"2025/2/30"), "'2025/2/30' is not a date"),
    "days that go back": (mof_csv(HISTORY[::-1]) + MONTH, "comes after"),
    "two values of a day": (mof_csv([*HISTORY, ("2025/4/1", 0.9, 1.4)]) + MONTH, "two values of 2025-04-01"),
    "a number with a comma": (swapped(JGB, b",0.84,", b',"0,84",'), "'0,84' is not a number"),
    "an empty field": (swapped(JGB, b",0.84,", b",,"), "'' is not a number"),
    "the current month before the history": (MONTH + mof_csv(HISTORY), "comes after"),
}
SHORT = "2025/3/28,0.8,1.4"
MOFS["a maturity in the last column"] = (
    f"Interest Rate,,\nDate,10Y,2Y\n{SHORT}\nInterest Rate (April),,\nDate,10Y,2Y\n".encode(),
    "2Y in the last column",
)
JQUANTS = {
    "cut off": (PAGES[:-2], "JSONDecodeError"),
    "no page": (b"[]", "no page"),
    "a page that is not a list of rows": (b'[{"message":"hello"}]', "not a list of rows"),
    "a last page that names another": (
        b"[" + jquants_json([(DAYS[0], 9, 9, 9, 9)], "more") + b"]",
        "do not follow each other",
    ),
    "a page after the last": (b"[" + PAGE + b"," + PAGE + b"]", "do not follow each other"),
    "columns of version 1": (swapped(PAGES, b'"O":', b'"Open":'), "without Date, O, H, L and C"),
    "a row that is a number": (b'[{"data":[7]}]', "without Date, O, H, L and C"),
    "the same page twice": (
        b"["
        + jquants_json([(DAYS[0], 9, 9, 9, 9)], "more")
        + b","
        + jquants_json([(DAYS[0], 9, 9, 9, 9)])
        + b"]",
        "2025-04-03 comes after 2025-04-03",
    ),
    "a price in words": (swapped(PAGES, b'"C":100', b'"C":"100"'), "'100' is not a number"),
    "a date with slashes": (swapped(PAGES, b"2025-04-03", b"2025/04/03"), "'2025/04/03' is not a date"),
    "a key twice": (swapped(PAGES, b'"C":100', b'"C":100,"C":101'), "twice"),
    "an endless number": (swapped(PAGES, b'"C":100', b'"C":Infinity'), "the number Infinity"),
}
SERIES = {
    "nikkei": ("nikkei225", WHOLE, NIKKEI),
    "fred": ("nikkei225", FRED, FREDS),
    "boj": ("usdjpy_tokyo_1700", BOJ, BOJS),
    "mof": ("jgb2y", JGB, MOFS),
    "jquants": ("topix", PAGES, JQUANTS),
}
BAD = [(name, what) for name, (_, _, cases) in SERIES.items() for what in cases]


@pytest.mark.parametrize(("name", "what"), BAD)
def test_a_bad_answer_is_refused_as_a_whole(name, what):
    series, _, cases = SERIES[name]
    content, words = cases[what]
    source, _ = official(name, content)
    payload = payload_of(name, series, content)
    with pytest.raises(ProviderError) as caught:
        source.read(payload)
    assert isinstance(caught.value, Malformed | SourceTrouble)
    assert caught.value.message.startswith(payload.request.place)
    assert words in caught.value.message
    with pytest.raises(type(caught.value)):
        source.remarks(payload)


@pytest.mark.parametrize("name", SERIES)
def test_the_same_answer_undamaged_is_read(name):
    series, content, _ = SERIES[name]
    source, _ = official(name, content)
    assert len(source.read(payload_of(name, series, content)).frame) >= 3


def test_more_than_sixty_bad_answers_are_known():
    assert len(BAD) > 60
