"""One polite way to ask the web for a file: short, spaced, bounded, and every failure a typed error.

Only this file imports httpx. What comes out of it is the whole body of a 200 answer that is no web page, or
a `jobs.errors.ProviderError` whose words hold neither the body nor a header, so that no key can be told on.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpx

from jobs.errors import AccessRefused, NoNetwork, RateLimited, SourceTrouble, SymbolUnknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jobs.providers.base import Request

_CONNECT = 3.0  # seconds
_REDIRECTS = 3
_MOST_BYTES = 20_000_000  # fifteen times the longest file that is asked for
_AGENT = f"Mozilla/5.0 (compatible; eventstudy/{version('eventstudy')})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer of 401 or 403 means at one source.

    Attributes
    ----------
    why : str
        What it can mean.
    remedy : str
        What to do then.
    """

    why: str = "it may not answer programs"
    remedy: str = "bring the series from files:DIR or another source"


class Wire:
    """The way to one source.

    Parameters
    ----------
    timeout : float
        Seconds that one question may take, answer included.
    spacing : float
        Seconds between the starts of two questions.
    refusal : Refusal
        What a refusal of this source means.
    transport : httpx.BaseTransport, optional
        What carries the questions; by default the network.
    sleep, timer : callable
        Wait that many seconds; seconds on a clock that never goes back.
    most : int
        Bytes beyond which an answer is not read on.
    """

    def __init__(
        self,
        *,
        timeout: float = 8.0,
        spacing: float = 1.0,
        refusal: Refusal | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
        most: int = _MOST_BYTES,
    ) -> None:
        self._timeout, self._spacing, self._most = timeout, spacing, most
        self._refusal, self._transport = refusal or Refusal(), transport
        self._sleep, self._timer = sleep, timer
        self._earliest_start = -math.inf

    def get(
        self,
        request: Request,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return the body that the source has at an address.

        Parameters
        ----------
        request : Request
            Whose series and place an error names.
        url : str
            Address, https.
        query : mapping of str to str, optional
            Its parameters.
        headers : mapping of str to str, optional
            Sent beside those of every question, and to this host only.

        Returns
        -------
        bytes
            Complete, and not a page of HTML.

        Raises
        ------
        RateLimited, NoNetwork, SourceTrouble
            Worth another try later.
        AccessRefused, SymbolUnknown
            Not worth one.
        """
        self._sleep(max(0.0, self._earliest_start - self._timer()))
        begun = self._timer()
        self._earliest_start = begun + self._spacing
        try:
            with self._client(request) as client:
                call = client.build_request("GET", url, params=query or None, headers=headers)
                return self._whole(request, self._answer(request, client, call), begun)
        except httpx.TimeoutException:
            raise self._late(request) from None
        except (httpx.DecodingError, httpx.ProtocolError, httpx.ReadError):
            raise SourceTrouble(request.place, "broke off in the middle of its answer") from None
        except httpx.HTTPError as trouble:
            raise NoNetwork(request.place, type(trouble).__name__) from None

    def _client(self, request: Request) -> httpx.Client:
        limits = httpx.Timeout(self._timeout, connect=min(_CONNECT, self._timeout))
        try:
            return httpx.Client(transport=self._transport, timeout=limits, headers={"User-Agent": _AGENT})
        except (ValueError, ImportError, OSError, httpx.InvalidURL):  # what the environment says of proxies
            raise NoNetwork(request.place, "the proxy or certificate settings cannot be used") from None

    def _late(self, request: Request) -> NoNetwork:
        return NoNetwork(request.place, f"no answer within {self._timeout:g} seconds")

    def _answer(self, request: Request, client: httpx.Client, call: httpx.Request) -> httpx.Response:
        """Return the first answer that sends nowhere else; its body is still to be read."""
        for _ in range(_REDIRECTS + 1):
            answer = client.send(call, stream=True)
            if answer.next_request is None:
                return answer
            answer.close()
            home, call = call.url, answer.next_request
            if (call.url.scheme, call.url.netloc) != (home.scheme, home.netloc):
                raise SourceTrouble(request.place, f"sends to another place ({call.url.host})")
        raise SourceTrouble(request.place, f"redirected more than {_REDIRECTS} times")

    def _whole(self, request: Request, answer: httpx.Response, begun: float) -> bytes:
        self._demand_success(request, answer)
        body = bytearray()
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > self._most:
                raise SourceTrouble(request.place, f"sent more than {self._most} bytes")
            if self._timer() - begun > self._timeout:
                raise self._late(request)
        self._demand_prices(request, answer, body)
        return bytes(body)

    def _demand_success(self, request: Request, answer: httpx.Response) -> None:
        place, status = request.place, answer.status_code
        if status == 429:
            told = answer.headers.get("Retry-After", "")
            raise RateLimited(place, int(told) if told.isdecimal() and len(told) <= 6 else None)
        if status in (401, 403):
            raise AccessRefused(place, status, self._refusal.why, self._refusal.remedy)
        if status in (404, 410):
            raise SymbolUnknown(request.series, place)
        if status != 200:
            part = "only in part, " if 200 < status < 300 else ""
            raise SourceTrouble(place, f"answered {part}with HTTP status {status}")

    def _demand_prices(self, request: Request, answer: httpx.Response, body: bytearray) -> None:
        declared, received = answer.headers.get("Content-Length", ""), answer.num_bytes_downloaded
        if declared.isdecimal() and int(declared) != received:
            raise SourceTrouble(request.place, f"sent {received} of {declared} bytes")
        start = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
        if not start:
            raise SourceTrouble(request.place, "answered with nothing")
        if start.startswith(b"<") or "html" in answer.headers.get("Content-Type", ""):
            raise SourceTrouble(request.place, "sent a page instead of prices")
