"""Invented answers of the official sources in their own wire formats, and a web that gives them."""

import json

import httpx
from pydantic import SecretStr

from jobs.providers.base import Payload, Request
from jobs.providers.boj import BojProvider
from jobs.providers.fred import FredProvider
from jobs.providers.http import Wire
from jobs.providers.jquants import REFUSAL, JquantsProvider
from jobs.providers.mof import MofProvider
from jobs.providers.nikkei import NikkeiProvider
from tests.fakes import FixedClock, Stopwatch
from tests.yahoo_double import instant

NOW = instant("2025-05-01T00:00:00")
DAYS = ("2025-04-03", "2025-04-04", "2025-04-07", "2025-04-08", "2025-04-09")
CLOSES = (100.0, 97.5, 90.0, 95.25, 91.0)
NIKKEI_HEADER = "Date of Data,Close,Open,High,Low"
TOTAL_RETURN = "Close(JPX-Nikkei 400 Total Return Index)"
NIKKEI_JAPANESE = "データ日付,終値,始値,高値,安値"
NIKKEI_TRAILER = '"This is a copyrightable work of Nikkei. Do not copy it without Nikkei\u2019s permission."'
MATURITIES = (*range(1, 11), 15, 20, 25, 30, 40)
MOF_NOTE = '"  If you cannot download the latest csv data, please clear the browser\u2019s cache.",,,'


class WebDouble(httpx.BaseTransport):
    """A web that gives the answers it was told, in turn and from the first again; an exception is raised.

    `asked` are the requests it saw.
    """

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def handle_request(self, request):
        self.asked.append(request)
        answer = self.answers[(len(self.asked) - 1) % len(self.answers)]
        if isinstance(answer, Exception):
            raise answer
        whole = (200, {"Content-Length": str(len(answer))}, answer) if isinstance(answer, bytes) else answer
        status, headers, body = whole
        return httpx.Response(status, headers=headers, stream=Pieces(body))


class Pieces(httpx.SyncByteStream):
    """A body in pieces, of which one may be an error to raise or something to do before the next."""

    def __init__(self, pieces):
        self.pieces = [pieces] if isinstance(pieces, bytes) else pieces

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece if isinstance(piece, bytes) else piece()


def wire(*answers, watch=None, **options):
    """Return a wire to a double, and the double."""
    web, watch = WebDouble(*answers), watch or Stopwatch()
    return Wire(transport=web, sleep=watch.sleep, timer=watch.timer, **options), web


KEY = "k3y-that-nobody-may-see"
BUILDERS = {
    "nikkei": NikkeiProvider,
    "fred": FredProvider,
    "boj": BojProvider,
    "mof": MofProvider,
    "jquants": lambda clock, way: JquantsProvider(clock, way, SecretStr(KEY)),
}


def official(name, *answers, moment=NOW, **options):
    """Return a provider that gets these answers, and the web it asks."""
    if name == "jquants":
        options = {"refusal": REFUSAL, **options}
    way, web = wire(*answers, **options)
    return BUILDERS[name](FixedClock(moment), way), web


def payload_of(name, series, content, *, start=None, end=None, moment=NOW):
    """Return a payload as if it had just been fetched."""
    place = f"{name}:{BUILDERS[name].codes[series] if name != 'jquants' else 'topix'}"
    return Payload(Request(series, place, start, end), content, moment)


def nikkei_csv(rows, *, header=NIKKEI_HEADER, trailer=NIKKEI_TRAILER, end="\r\n"):
    """Return a file of rows (ISO date, close, open, high, low ...), in cp932."""
    quoted = [",".join(f'"{field}"' for field in (row[0].replace("-", "/"), *row[1:])) for row in rows]
    return "".join(line + end for line in (header, *quoted, *([trailer] if trailer else []))).encode("cp932")


def fred_csv(rows, *, code="NIKKEI225", date_name="observation_date"):
    """Return a file of rows (ISO date, text of the value)."""
    return "".join(f"{left},{right}\n" for left, right in ((date_name, code), *rows)).encode()


def boj_json(rows, *, code="FXERD04", frequency="DAILY", **changes):
    """Return an answer of rows (ISO date, value), with keys of the answer itself changed."""
    values = {
        "SURVEY_DATES": [int(day.replace("-", "")) for day, _ in rows],
        "VALUES": [value for _, value in rows],
    }
    series = {"SERIES_CODE": code, "FREQUENCY": frequency, "LAST_UPDATE": 20250410, "VALUES": values}
    answer = {"STATUS": 200, "MESSAGEID": "M181000I", "NEXTPOSITION": None, "RESULTSET": [series]}
    return json.dumps({**answer, **changes}, separators=(",", ":")).encode()


def mof_csv(rows, *, month="", end="\r\n"):
    """Return a file of rows (date as it is written, two-year yield, ten-year yield), the rest invented."""
    title = f"Interest Rate{f' ({month})' if month else ''},,,,,,,,,,,,,,,(Unit : %)"
    header = ",".join(["Date", *(f"{years}Y" for years in MATURITIES)])
    lines = [
        ",".join([day, *(str({2: two, 10: ten}.get(years, 7.5)) for years in MATURITIES)])
        for day, two, ten in rows
    ]
    note = [",,,,,,,,,,,,,,,", MOF_NOTE] if month else []
    return "".join(line + end for line in (title, header, *lines, *note)).encode("cp932")


def mof_japanese(rows, *, month=""):
    """Return a file of the Japanese pages; dates as in ``R7.4.7``."""
    english = mof_csv(rows, month=month).decode("cp932")
    words = {"Interest Rate": "国債金利情報", "Unit": "単位", "Date": "基準日", "Y,": "年,", "Y\r": "年\r"}
    for left, right in words.items():
        english = english.replace(left, right)
    return english.replace("If you cannot download", "※最新のデータ").encode("cp932")


def jquants_json(rows, following=None):
    """Return a page of rows (ISO date, open, high, low, close), a row a line."""
    told = ",\n".join(
        json.dumps(dict(zip(("Date", "O", "H", "L", "C"), row, strict=True)), separators=(",", ":"))
        for row in rows
    )
    after = "" if following is None else f',"pagination_key":{json.dumps(following)}'
    return f'{{"data":[{told}]{after}}}'.encode()
