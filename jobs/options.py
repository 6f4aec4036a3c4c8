"""The options that the verbs share, and what they mean."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from eventstudy.errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.values import Design
    from jobs.pipelines.service import Register
    from jobs.pipelines.study import Question

Db = Annotated[
    str | None,
    typer.Option("--db", metavar="URL", help="Database, such as sqlite:///prices.db [env: EVENTSTUDY_DB]."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Use what was known at the end of that day in Tokyo."),
]
Recorded = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Leave out what was stored after that day in Tokyo."),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Seed of every random draw [env: EVENTSTUDY_SEED]."),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="SOURCE",
        help="A source such as yahoo or files:DIR, or several, with commas [env: EVENTSTUDY_SOURCE].",
    ),
]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="ID", help="Event id, may be repeated [default: every tariff event]."),
]
SeriesIds = Annotated[
    list[str] | None,
    typer.Option(
        "--series", metavar="ID", help="Series id, may be repeated [default: all that are studied]."
    ),
]
Choices = Annotated[
    list[str] | None,
    typer.Option(
        "--design",
        metavar="NAME=VALUE",
        help="A choice of the study, may be repeated: mean, variance, dist, presample, bridge, estimation, "
        "gap, estimation_end, windows (such as 0:0,0:4), replications, starts, level, power, second_opinion "
        "(true or false), placebos, parameter_draws, "
        "joint_replications, masked (such as 2024-08-05,2024-08-06), curve (true or "
        "false), family (event, episode or study).",
    ),
]

TOKYO = ZoneInfo("Asia/Tokyo")


def instant(as_of: str | None, now: datetime, option: str = "--as-of") -> datetime | None:
    """Return the instant that ``--as-of``, or another option like it, means.

    Parameters
    ----------
    as_of : str or None
        An ISO date (the end of that day in Tokyo) or an ISO timestamp with offset.
    now : datetime
        Zone-aware; on the present day in Tokyo it is what a later instant means.
    option : str
        Its name, for errors.

    Returns
    -------
    datetime or None
        Zone-aware and not after `now`; None for None.

    Raises
    ------
    BadValue
        For anything else, and for a day that is still to come.
    """
    if as_of is None:
        return None
    moment = _moment(as_of, option)
    today = now.astimezone(TOKYO).date()
    if moment.astimezone(TOKYO).date() > today:
        raise BadValue(option, as_of, f"a day that has begun: in Tokyo it is {today}")
    return min(moment, now)


def _moment(as_of: str, option: str) -> datetime:
    allowed = "a date such as 2025-04-07, or a timestamp with an offset"
    try:
        return datetime.combine(date.fromisoformat(as_of), time.max, TOKYO)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        raise BadValue(option, as_of, allowed) from None
    if moment.tzinfo is None or not date.min < moment.date() < date.max:
        raise BadValue(option, as_of, allowed)
    return moment


def asked_question(
    register: Register,
    seed: int,
    events: Sequence[str] | None,
    series: Sequence[str] | None,
    choices: Sequence[str] | None,
    as_of: datetime | None,
) -> Question:
    """Return the question that the options of a study ask.

    Parameters
    ----------
    register : Register
        Events to choose from; fixes the common estimation window.
    seed : int
        Seed of the bootstrap.
    events, series, choices : sequence of str or None
        Values of ``--event``, ``--series`` and ``--design``.
    as_of : datetime or None
        `instant` of ``--as-of``.

    Returns
    -------
    Question
        Ready to be studied.

    Raises
    ------
    UnknownEvent, UnknownSeries, BadValue
        For what does not exist or will not do.
    """
    from eventstudy.series import STUDIED
    from eventstudy.series import series as known_series
    from jobs.pipelines.service import chosen_events
    from jobs.pipelines.study import Question

    return Question(
        events=chosen_events(register.events, events),
        series=tuple(dict.fromkeys(known_series(name).id for name in series or STUDIED)),
        design=design(choices, register.estimation_end),
        seed=seed,
        register=register.hash,
        as_of=as_of,
    )


def design(choices: Sequence[str] | None, estimation_end: date | None) -> Design:
    """Return the design that the ``--design`` options ask for.

    Parameters
    ----------
    choices : sequence of str or None
        ``name=value`` pairs.
    estimation_end : date or None
        The register's common window end, unless a choice names another (``none`` unpins it).

    Returns
    -------
    Design
        The default design with those choices.

    Raises
    ------
    BadValue
        For a name that is no choice or a value that will not do.
    """
    from eventstudy.values import Design

    texts: dict[str, str] = {}
    for choice in choices or []:
        name, equals, value = choice.partition("=")
        if not equals or name not in _READERS:
            raise BadValue("--design", choice, "name=value with a name among " + ", ".join(_READERS))
        texts[name] = value
    asked = {name: _read(name, value) for name, value in texts.items()}
    try:
        return Design(**{"estimation_end": estimation_end, **asked})
    except BadValue as problem:
        raise BadValue(f"--design {problem.name}", texts[problem.name], problem.allowed) from None


def _read(name: str, value: str) -> Any:  # noqa: ANN401  (each choice has its own type)
    try:
        return _READERS[name](value)
    except ValueError:
        raise BadValue(f"--design {name}", value, _FORMS[_READERS[name]]) from None


def _windows(text: str) -> tuple[tuple[int, int], ...]:
    pairs = [part.split(":") for part in text.split(",")]
    return tuple((int(start), int(end)) for start, end in pairs)


def _day(text: str) -> date | None:
    return None if text == "none" else date.fromisoformat(text)


def _days(text: str) -> tuple[date, ...]:
    return () if text == "none" else tuple(date.fromisoformat(part) for part in text.split(","))


def _yes_or_no(text: str) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


_READERS: dict[str, Any] = {
    "mean": str, "variance": str, "dist": str, "bridge": str, "presample": str, "family": str,
    "estimation": int, "gap": int, "replications": int, "starts": int, "placebos": int,
    "parameter_draws": int, "joint_replications": int, "level": float, "power": float, "windows": _windows,
    "estimation_end": _day, "masked": _days, "second_opinion": _yes_or_no, "curve": _yes_or_no,
}  # fmt: skip
_FORMS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    _windows: "windows such as 0:0,0:4",
    _day: "a date such as 2025-01-24, or none",
    _days: "dates such as 2024-08-05,2024-08-06, or none",
    _yes_or_no: "one of true, false, yes, no",
}
