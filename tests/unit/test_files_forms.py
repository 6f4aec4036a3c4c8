"""Price files as they are found: what has one meaning only gives the bars of the plain form, and is told."""

import random

import numpy as np
import pytest

from jobs.errors import BadPriceFile
from tests.fuzz import doubled, glued, shuffled
from tests.price_files import HEADER, PLAIN_FILE, ROWS, WEEK, each_date, each_line, read, rows

JAPANESE_HEADER = "日付,始値,高値,安値,終値,出来高\n"
MONTHS = {4: "April"}
FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９．－")


def grouped(fields):
    """Return a line with quoted prices that have two decimals and a comma between thousands."""
    prices = [f'"{float(text):,.2f}"' for text in fields[1:5]]
    return ",".join([fields[0], *prices, f'"{int(fields[5]):,}"'])


def suffixed(fields):
    return ",".join([*fields[:5], f"{int(fields[5]) / 1000:g}K"])


def german_week():
    return [line.replace(".", "@").replace(",", ";").replace("@", ",") for line in WEEK.splitlines()]


def upside_down():
    return HEADER + "\n".join(reversed(WEEK.splitlines())) + "\n"


FORMS = {
    # what the file is -> its bytes, and what the notice says
    "a byte-order mark": (b"\xef\xbb\xbf" + PLAIN_FILE.encode(), None),
    "line ends of Windows": (PLAIN_FILE.replace("\n", "\r\n"), None),
    "line ends of old Macintoshes": (PLAIN_FILE.replace("\n", "\r"), "carriage return"),
    "UTF-16, little end first": (b"\xff\xfe" + PLAIN_FILE.encode("utf-16-le"), "text in utf-16"),
    "UTF-16, big end first": (b"\xfe\xff" + PLAIN_FILE.encode("utf-16-be"), "text in utf-16"),
    "Japanese headings in UTF-8": (JAPANESE_HEADER + WEEK, "close from '終値'"),
    "Japanese headings in Shift-JIS": ((JAPANESE_HEADER + WEEK).encode("cp932"), "text in cp932"),
    "Japanese headings in EUC-JP": ((JAPANESE_HEADER + WEEK).encode("euc_jp"), "text in euc_jp"),
    "Japanese headings with units": (
        "データ日付,始値（円）,高値（円）,安値（円）,終値（円）,売買高（株）\n" + WEEK,
        "date from 'データ日付'",
    ),
    "headings with capitals": ("Date,Open,High,Low,Close,Volume\n" + WEEK, "open from 'Open'"),
    "headings in angle brackets": (
        "<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n" + WEEK,
        "volume from '<VOL>'",
    ),
    "semicolons": (PLAIN_FILE.replace(",", ";"), "parted by semicolons"),
    "tabs": (PLAIN_FILE.replace(",", "\t"), "parted by tabs"),
    "fields in quotation marks": (
        each_line(lambda fields: ",".join(f'"{one}"' for one in fields)).replace("date", '"date"'),
        None,
    ),
    "commas between thousands": (each_line(grouped), "comma between thousands"),
    "full-width digits": (WEEK.translate(FULL_WIDTH).join([HEADER, ""]), "figures in full-width digits"),
    "yen signs": (
        each_line(lambda fields: ",".join([fields[0], *(f"¥{one}" for one in fields[1:5]), fields[5]])),
        "yen",
    ),
    "volumes in thousands": (each_line(suffixed), "rounded to K, M or B"),
    "dates with slashes": (each_date(lambda day: f"{day:%Y/%m/%d}"), "dates such as '2025/04/07'"),
    "dates with slashes and no zeros": (
        each_date(lambda day: f"{day.year}/{day.month}/{day.day}"),
        "'2025/4/7'",
    ),
    "dates with points": (each_date(lambda day: f"{day:%Y.%m.%d}"), "'2025.04.07'"),
    "dates in Japanese": (each_date(lambda day: f"{day.year}年{day.month}月{day.day}日"), "'2025年4月7日'"),
    "dates of eight digits": (each_date(lambda day: f"{day:%Y%m%d}"), "'20250407' as 2025-04-07"),
    "dates in American words": (each_date(lambda day: f'"Apr {day:%d, %Y}"'), "'Apr 07, 2025' as 2025-04-07"),
    "dates in words, in full": (each_date(lambda day: f'"April {day.day}, {day.year}"'), "'April 7, 2025'"),
    "dates with a month in letters": (each_date(lambda day: f"{day:%d}-Apr-{day:%Y}"), "'07-Apr-2025'"),
    "dates that can only be day first": (
        each_date(lambda day: f"{day:%d/%m/%Y}"),
        "'07/04/2025' as 2025-04-07",
    ),
    "dates that can only be month first": (
        each_date(lambda day: f"{day:%m/%d/%Y}"),
        "'04/07/2025' as 2025-04-07",
    ),
    "dates with points, day first": (each_date(lambda day: f"{day:%d.%m.%Y}"), "'07.04.2025' as 2025-04-07"),
    "timestamps at midnight": (each_date(lambda day: f"{day} 00:00:00"), "timestamps"),
    "timestamps at Tokyo's midnight": (each_date(lambda day: f"{day} 00:00:00+09:00"), "timestamps"),
    "timestamps of that instant elsewhere": (
        each_date(lambda day: f"{day.replace(day=day.day - 1)}T15:00:00Z"),
        "timestamps",
    ),
    "the newest row first": (upside_down(), "newest row first"),
    "a line of title": ("TOPIX daily\n\n" + PLAIN_FILE, "1 title lines above"),
    "a sentence of copyright": (PLAIN_FILE + "Copyright 2025 of nobody at all\n", "text below the last row"),
    "blank lines": (PLAIN_FILE.replace("\n2025-04-14", "\n\n2025-04-14"), "blank lines"),
    "no last line end": (PLAIN_FILE.rstrip("\n"), "without a line end"),
    "an adjusted close beside the close": (
        each_line(lambda fields: ",".join([*fields, "1"])).replace("volume", "volume,Adj Close"),
        "'Adj Close'",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_with_one_meaning_gives_the_bars_of_the_plain_one_and_is_told(form):
    content, told = FORMS[form]
    prices = read(content)
    assert rows(prices) == ROWS
    notes = [observed for _, observed, _ in prices.notes]
    assert (told is None and notes == []) or any(told in observed for observed in notes), notes


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_was_cut_shuffled_doubled_or_glued_gives_rows_of_the_whole_or_is_refused(form):
    content = FORMS[form][0]
    data, rng = content if isinstance(content, bytes) else content.encode(), random.Random(len(form))
    damaged = [data[:length] for length in range(len(data))]
    damaged += [damage(data, rng) for damage in (shuffled, doubled, glued) for _ in range(50)]
    for one in damaged:
        found = rows_or_none(one)
        wrong = [row for row in found or [] if row not in ROWS]
        cut = data.startswith(one)
        assert len(wrong) <= cut
        assert all(
            row[:5] in [right[:5] for right in ROWS] for row in wrong
        )  # the volume on a line cut short
        assert cut or found is None or len(found) == len(ROWS)


def rows_or_none(content):
    try:
        return rows(read(content))
    except BadPriceFile:
        return None


def test_the_plain_form_gives_its_own_figures_and_nothing_is_told():
    prices = read(PLAIN_FILE)
    assert (rows(prices), prices.notes, len(prices.closeless)) == (ROWS, (), 0)


def test_an_official_looking_japanese_file_is_read_with_all_its_habits_at_once():
    table = "".join(
        f"{day[:4]}年{int(day[5:7])}月{int(day[8:])}日,{figures}\r\n"
        for day, figures in (grouped(line.split(",")).split(",", 1) for line in reversed(WEEK.splitlines()))
    )
    content = (
        "架空指数の日足\r\n"
        + JAPANESE_HEADER.replace("\n", "\r\n")
        + table
        + "架空の数字です。ご了承ください。\r\n"
    )
    prices = read(content.encode("cp932"))
    assert rows(prices) == ROWS
    assert len(prices.notes) == 7  # encoding, title, trailer, names, dates, order, thousands


@pytest.mark.parametrize("sign", ["%", "％"])
def test_a_yield_may_bear_a_sign_of_per_cent(sign):
    content = HEADER + f"2025-04-07,,,,1.125{sign},\n2025-04-08,,,,-0.5{sign},\n"
    assert read(content, quantity="yield").frame["close"].tolist() == [1.125, -0.5]


def test_volumes_in_millions_and_billions_are_exact():
    content = HEADER + "2025-04-07,,,,1,1.13M\n2025-04-08,,,,1,3.4B\n2025-04-09,,,,1,\n"
    volume = read(content).frame["volume"].tolist()
    assert volume[:2] == [1_130_000.0, 3_400_000_000.0]
    assert np.isnan(volume[2])


def test_a_minus_of_typographers_is_a_minus():
    content = HEADER + "2025-04-07,,,,−0.25,\n2025-04-08,,,,0.125,\n"
    assert read(content, quantity="yield").frame["close"].tolist() == [-0.25, 0.125]
