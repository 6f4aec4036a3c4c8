"""A double of Yahoo's chart server, under the real yfinance: a transport for `requests`, no socket at all."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

import requests
from requests.adapters import BaseAdapter


def chart(zone, rows, *, splits=None, symbol=None, granularity="1d"):
    """Return the chart document of rows (local time, open, high, low, close, volume), as Yahoo words it.

    Without a symbol the double names the one that was asked for, as Yahoo does.
    """
    stamps = [int(datetime.fromisoformat(row[0]).replace(tzinfo=ZoneInfo(zone)).timestamp()) for row in rows]
    names = ("open", "high", "low", "close", "volume")
    quote = {name: [row[place] for row in rows] for place, name in enumerate(names, start=1)}
    dates = [datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) for day in splits or {}]
    events = {
        str(int(day.timestamp())): {
            "date": int(day.timestamp()), "numerator": ratio, "denominator": 1, "splitRatio": f"{ratio}:1"
        }
        for day, ratio in zip(dates, (splits or {}).values(), strict=True)
    }  # fmt: skip
    result = {
        "meta": {
            "exchangeTimezoneName": zone, "instrumentType": "INDEX", "currency": "JPY", "priceHint": 2,
            "validRanges": ["1d", "max"], "dataGranularity": granularity, "range": "",
            **({"symbol": symbol} if symbol else {}),
            **({"tradingPeriods": _whole_days(zone, rows)} if granularity == "1h" else {}),
        },
        "timestamp": stamps,
        "indicators": {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]},
        **({"events": {"splits": events}} if splits else {}),
    }  # fmt: skip
    return {"chart": {"result": [result], "error": None}}


def _whole_days(zone, rows):
    """Return the hours of business of a market that is open day and night, as a chart of hours tells them."""
    days = [
        datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
        for day in sorted({row[0][:10] for row in rows})
    ]
    return [[{"timezone": "any", "gmtoffset": 0, "start": int(day.timestamp()),
              "end": int(day.timestamp()) + 86_340}] for day in days]  # fmt: skip


def refusal(code, words):
    return {"chart": {"result": None, "error": {"code": code, "description": words}}}


def reply(status, body, **headers):
    """Return a response: JSON for a document, as it stands for text; headers as ``Retry_After="30"``."""
    answer = requests.Response()
    answer.status_code = status
    answer._content = (body if isinstance(body, str) else json.dumps(body)).encode()
    answer.encoding = "utf-8"
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return answer


class YahooDouble(BaseAdapter):
    """Answers chart requests with what it is given: a response, an exception to raise, or a document.

    A document is cut to the requested period, as Yahoo does. Cookie, crumb and profile requests get
    the answers of a healthy server that knows no profiles.
    """

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.asked = []

    def send(self, request, **options):
        self.asked.append((request.url, options["timeout"]))
        if "/v8/finance/chart/" in request.url:
            answer = self._chart(request.url)
        elif "getcrumb" in request.url:
            answer = reply(200, "crumb")
        else:
            answer = reply(404, "{}")
        answer.request, answer.url = request, request.url
        return answer

    def _chart(self, url):
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, requests.Response):
            return reply(self.answer.status_code, self.answer.text, **self.answer.headers)
        return reply(200, _named(_cut(self.answer, urlsplit(url).query), urlsplit(url).path))

    def close(self):
        """Nothing was opened."""

    def charts(self):
        return [url for url, _ in self.asked if "/v8/finance/chart/" in url]


def session_over(double):
    session = requests.Session()
    session.mount("https://", double)
    return session


def _named(document, path):
    for result in document["chart"]["result"] or ():
        result["meta"].setdefault("symbol", unquote(path.rpartition("/")[2]))
    return document


def _cut(document, query):
    asked = dict(parse_qsl(query))
    result = json.loads(json.dumps(document["chart"]["result"][0]))
    first, end = int(asked["period1"]), int(asked["period2"])
    keep = [first <= stamp < end for stamp in result["timestamp"]]
    if not any(keep):
        return refusal("Bad Request", "Data doesn't exist for startDate, endDate")
    columns = [*result["indicators"]["quote"], *result["indicators"]["adjclose"]]
    for table in columns:
        for name, values in table.items():
            table[name] = [value for value, kept in zip(values, keep, strict=True) if kept]
    result["timestamp"] = [stamp for stamp, kept in zip(result["timestamp"], keep, strict=True) if kept]
    return {"chart": {"result": [result], "error": None}}


def instant(text):
    """Return a UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
