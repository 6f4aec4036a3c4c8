"""Errors of the outside world: sources, price files, settings; each takes facts and composes one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from eventstudy.errors import BadPrices, BadValue, EventStudyError
from eventstudy.series import missing_series_reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date


class BadSetting(BadValue):
    """A setting outside what is allowed.

    Parameters
    ----------
    name : str
        The setting as the reader gave it, such as ``EVENTSTUDY_SEED``.
    value : object
        What was given.
    allowed : str
        What would do, in words.
    """

    kind = "bad_setting"

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"the setting {name}", value, allowed)


class UnknownSource(EventStudyError):
    """A source of prices that is not in the table of providers, or is not of its form.

    Parameters
    ----------
    source : str
        What was asked for.
    forms : mapping of str to str
        Name of each provider to the form in which it is asked for.
    """

    kind = "unknown_source"
    exit_code = 2

    def __init__(self, source: str, forms: Mapping[str, str]) -> None:
        self.source = source
        name = source.partition(":")[0]
        if name in forms:
            message = f"the source '{source}' is not of the form '{forms[name]}'"
        else:
            message = f"there is no source '{source}'"
        super().__init__(message, "use one of " + ", ".join(sorted(forms.values())))


class BadFolder(EventStudyError):
    """A folder of prices that is not there, cannot be read or holds no series.

    Parameters
    ----------
    folder : str
        The folder as it was asked for.
    what : str
        What is wrong with it.
    """

    kind = "bad_folder"
    exit_code = 2

    def __init__(self, folder: str, what: str) -> None:
        self.folder = folder
        super().__init__(
            f"the folder of prices '{folder}' {what}",
            "give a folder that holds <series id>.csv files, such as nikkei225.csv,"
            " with the header date,open,high,low,close,volume",
        )


class BadPriceFile(BadPrices):
    """A price file that cannot be trusted: where it goes wrong and how to mend it.

    Parameters
    ----------
    file : str
        The file as it was found.
    line : int or None
        Line number, 1 for the header; None for the file as a whole.
    column : str or None
        Name of the column; None for the line as a whole.
    what : str
        What was found there.
    remedy : str
        How to mend it.
    """

    def __init__(self, file: str, line: int | None, column: str | None, what: str, remedy: str) -> None:
        self.file, self.line, self.column = file, line, column
        place = [f", line {line}"] if line is not None else []
        place += [f", column {column}"] if column is not None else []
        super().__init__(file + "".join(place), what, remedy)


class ProviderError(EventStudyError):
    """Root of what a source of prices can answer instead of prices.

    Attributes
    ----------
    retryable : bool
        True when the same request may succeed a little later.
    source_down : bool
        True when every other series of the source would fail in the same way, so that asking
        for them is pointless for now.
    """

    kind = "provider_error"
    exit_code = 4
    retryable: ClassVar[bool] = False
    source_down: ClassVar[bool] = False


class NoSuchSeriesHere(ProviderError):
    """A series that this source does not carry: an exclusion, not a failure.

    Parameters
    ----------
    series : str
        Series id.
    source : str
        Where it was looked for.
    why : str
        The source's reason, if it is worth a word.
    """

    kind = "no_such_series_here"
    exit_code = 1

    def __init__(self, series: str, source: str, why: str = "") -> None:
        self.series, self.source = series, source
        message, _, remedy = missing_series_reason(series, source).rpartition(": ")
        super().__init__(f"{message} ({why})" if why else message, remedy)


class SymbolUnknown(ProviderError):
    """A symbol that the source says it does not know; asking again will not help."""

    kind = "symbol_unknown"
    exit_code = 1

    def __init__(self, series: str, place: str) -> None:
        self.series, self.place = series, place
        super().__init__(
            f"{place} is unknown to its source, so {series} has no prices from there",
            "the symbol may have been renamed or delisted: bring the series from files:DIR meanwhile",
        )


class RateLimited(ProviderError):
    """The source refuses more requests for a while: `after` so many seconds, if it says how long."""

    kind = "rate_limited"
    retryable = True
    source_down = True

    def __init__(self, place: str, after: int | None = None) -> None:
        self.place, self.after = place, after
        wait = "an hour" if after is None else f"{after} seconds"
        super().__init__(
            f"{place} was refused because of too many requests",
            f"wait {wait} and run again, or use --source files:DIR; stored prices stay as they are",
        )


class AccessRefused(ProviderError):
    """The source knows the question and will not answer it to this reader; asking again will not help.

    Parameters
    ----------
    place : str
        Provider and place.
    status : int
        HTTP status of the refusal.
    why, remedy : str
        What it can mean at this source, and what to do then.
    """

    kind = "access_refused"
    source_down = True

    def __init__(self, place: str, status: int, why: str, remedy: str) -> None:
        self.place, self.status = place, status
        super().__init__(f"{place} refused access with HTTP status {status} ({why})", remedy)


class SourceNotEnabled(EventStudyError):
    """A source that is only used after its reader has set something: terms accepted, or a key."""

    kind = "source_not_enabled"
    exit_code = 2

    def __init__(self, source: str, why: str, remedy: str) -> None:
        self.source = source
        super().__init__(f"the source '{source}' is not enabled: {why}", remedy)


class NoNetwork(ProviderError):
    """The source could not be reached at all."""

    kind = "no_network"
    retryable = True
    source_down = True

    def __init__(self, place: str, what: str) -> None:
        self.place = place
        super().__init__(
            f"{place} could not be reached ({what})",
            "check the network and run again, or use --source files:DIR",
        )


class SourceTrouble(ProviderError):
    """The source was reached and is unwell: an error status, silence, a page instead of prices."""

    kind = "source_trouble"
    retryable = True

    def __init__(self, place: str, what: str) -> None:
        self.place = place
        super().__init__(f"{place} {what}", "try again later; stored prices stay as they are")


class EmptyAnswer(ProviderError):
    """No rows for a range that holds closed sessions: a failure that looks like an answer."""

    kind = "empty_answer"
    retryable = True

    def __init__(self, place: str, first: object, last: object) -> None:
        self.place, self.first, self.last = place, first, last
        super().__init__(
            f"{place} answered without a single price from {first} to {last}, which holds closed sessions",
            "try again later; stored prices stay as they are",
        )


class Malformed(ProviderError):
    """An answer whose shape is not the one that the reader of it knows."""

    kind = "malformed"

    def __init__(self, place: str, what: str) -> None:
        self.place = place
        super().__init__(
            f"{place} answered in a form that cannot be read ({what})",
            "the source may have changed: update eventstudy, or use --source files:DIR",
        )


class CannotWrite(EventStudyError):
    """A file that cannot be written.

    Parameters
    ----------
    path : str
        The file.
    why : str
        What the system says.
    """

    kind = "cannot_write"
    exit_code = 4

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be written ({why})", "give another place or free this one")


class NothingStored(EventStudyError):
    """A question to a store that holds no answer yet.

    Parameters
    ----------
    what : str
        What is missing, such as ``study``.
    place : str
        The store's address, its password hidden.
    verb : str
        The command that makes it.
    """

    kind = "nothing_stored"

    def __init__(self, what: str, place: str, verb: str) -> None:
        self.what, self.place = what, place
        super().__init__(f"the store {place} holds no {what} yet", f"make one with '{verb}'")


class NotReproducible(EventStudyError):
    """A stored study that cannot be computed again.

    Parameters
    ----------
    key : str
        Of the study.
    why : str
        What is no longer known.
    """

    kind = "not_reproducible"

    def __init__(self, key: str, why: str) -> None:
        self.key = key
        super().__init__(
            f"study {key[:12]} cannot be computed again: {why}",
            "study the stored prices anew, or restore a backup",
        )


class NoPrices(EventStudyError):
    """A question about series of which the store holds, or held at that instant, no price.

    Parameters
    ----------
    series : iterable of str
        Series ids.
    as_of : str
        The instant asked for, in ISO form; empty for now.
    """

    kind = "no_prices"

    def __init__(self, series: Iterable[str], as_of: str = "") -> None:
        self.series, self.as_of = tuple(series), as_of
        named = ", ".join(self.series)
        if as_of:
            message = f"as of {as_of} the store had recorded no price of {named}"
            remedy = "ask as of a later day, or leave --as-of out: prices count from the day they were stored"
        else:
            message = f"the store holds no price of {named}"
            remedy = "bring some with 'eventstudy refresh --source files:DIR'"
        super().__init__(message, remedy)


class NotYetPublished(EventStudyError):
    """A night whose session the source does not carry yet: worth another try.

    Parameters
    ----------
    session : date
        The session that the night is about.
    reasons : iterable of str
        One clause for each core series that lacks it.
    """

    kind = "not_yet_published"
    exit_code = 4

    def __init__(self, session: date, reasons: Iterable[str]) -> None:
        self.session, self.reasons = session, tuple(reasons)
        super().__init__(
            f"prices of {session} are not yet published: {'; '.join(self.reasons)}",
            "the scheduler tries this night again by itself; what the source did bring is stored",
        )


class RunInterrupted(EventStudyError):
    """A run that was killed: found in the ledger as running by the next one that holds the lock."""

    kind = "run_interrupted"
    exit_code = 4

    def __init__(self, job: str, key: str) -> None:
        self.job, self.key = job, key
        super().__init__(
            f"{job} {key} was interrupted before it ended",
            "nothing to do: what it left unfinished was rolled back, and the next run does it again",
        )
