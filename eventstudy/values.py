"""Frozen records that every layer exchanges: events, designs, bars, quoted figures, provenance."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from eventstudy.checking import at_least, checked_windows, one_of
from eventstudy.checking import aware as aware  # part of the shared vocabulary
from eventstudy.errors import BadValue
from eventstudy.hashing import content_hash as content_hash  # part of the shared vocabulary

if TYPE_CHECKING:
    import pandas as pd

MeanModel: TypeAlias = Literal["constant", "zero", "ar1", "factor"]
VarianceModel: TypeAlias = Literal["constant", "garch", "gjr", "egarch", "beta_t"]
Innovation: TypeAlias = Literal["normal", "t", "skewt"]
Presample: TypeAlias = Literal["mean", "variance", "arch"]
Bridge: TypeAlias = Literal["direct", "episode", "event"]
Window: TypeAlias = tuple[int, int]

MEANS: tuple[str, ...] = ("constant", "zero", "ar1", "factor")
VARIANCES: tuple[str, ...] = ("constant", "garch", "gjr", "egarch", "beta_t")
INNOVATIONS: tuple[str, ...] = ("normal", "t", "skewt")
PRESAMPLES: tuple[str, ...] = ("mean", "variance", "arch")
BRIDGES: tuple[str, ...] = ("direct", "episode", "event")
FAMILIES: tuple[str, ...] = ("event", "episode", "study")
HEADLINE_WINDOWS: tuple[Window, ...] = ((0, 0), (0, 1), (0, 4), (-1, 1))
DIRECTIONS: tuple[str, ...] = (
    "escalation", "de-escalation", "talks", "effective", "noise", "confounder", "unspecified",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """One source for an event's timing.

    Attributes
    ----------
    source : str
        Who says so.
    mark : str
        ``B`` stated in the project brief, ``V`` read in a public source, ``M`` from memory only.
    says : str
        What it says, in a few words.
    """

    source: str
    mark: str
    says: str


@dataclass(frozen=True)
class Event:
    """Dated news, as an instant with a zone and an interval of uncertainty.

    Attributes
    ----------
    id : str
        Unique name, such as ``E05``.
    timestamp : datetime
        Best knowledge of the instant; zone-aware (ISO text is accepted and parsed).
    label : str
        One line for people.
    direction : str
        One of `DIRECTIONS`; ``effective`` dates carry no surprise and serve as negative controls.
    earliest, latest : datetime or None
        Interval that surely holds the instant; None means the timestamp itself.
    episode : str or None
        Events that share an episode are forecast from before the first of them.
        None lets the study group events whose windows overlap.
    kind : str
        ``tariff`` for events under study, ``confounder`` for other news on nearby dates.
    zone : str
        IANA zone in which people quote the timestamp.
    evidence : tuple of Evidence
        Sources for the timing.

    Raises
    ------
    BadValue
        For an empty id, a naive timestamp, or a timestamp outside [earliest, latest].
    """

    id: str
    timestamp: datetime
    label: str
    direction: str = "unspecified"
    earliest: datetime | None = None
    latest: datetime | None = None
    episode: str | None = None
    kind: str = "tariff"
    zone: str = "America/New_York"
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise BadValue("event id", self.id, "a non-empty id")
        for name in ("timestamp", "earliest", "latest"):
            moment = getattr(self, name)
            if moment is not None:
                object.__setattr__(self, name, aware(f"{name} of event {self.id}", moment))
        low, high = self.interval
        if not low <= self.timestamp <= high:
            raise BadValue(
                f"timestamp of event {self.id}",
                self.timestamp.isoformat(),
                f"a timestamp between {low.isoformat()} and {high.isoformat()}",
            )

    @property
    def interval(self) -> tuple[datetime, datetime]:
        """Earliest and latest instants that the evidence allows, both zone-aware."""
        return self.earliest or self.timestamp, self.latest or self.timestamp


@dataclass(frozen=True)
class Design:
    """Every choice of an event study, closed and hashed; stored with each result.

    Attributes
    ----------
    mean, variance, dist : str
        Model: `MEANS`, `VARIANCES`, `INNOVATIONS`.
    estimation : int
        Length L of the estimation window, sessions.
    gap : int
        Sessions left out between the estimation window and the episode's first window.
    bridge : str
        How the variance gets from the estimation window to the event: ``direct`` forecasts
        straight from the window's end; ``episode`` filters with frozen parameters to the
        eve of the episode's first event and forecasts h steps from there; ``event`` filters
        to the eve of each event's own window.
    windows : tuple of (int, int)
        Event windows in relative sessions, day 0 the first session able to react.
    estimation_end : date or None
        Pins one last session of the estimation window for all events. None lets each
        group of events use the clean window before it.
    presample : str
        Start of the variance recursion: ``mean`` (average squared residual at the fitted
        mean), ``variance`` (sample variance, fixed), ``arch`` (that library's backcast).
    replications : int
        Bootstrap replications B of the filtered historical simulation.
    level : float
        Size of the tests and one minus the coverage of the intervals.
    power : float
        Power at which the minimum detectable effect is stated.
    starts : int
        Starting points of each likelihood optimisation.
    second_opinion : bool
        Whether each fit is repeated with the `arch` library and both log-likelihoods are kept.
    placebos : int
        Placebo dates at most per event and series, spread over the history before it; 0 leaves them out.
    parameter_draws : int
        Refits of each estimation window for the layer of parameter uncertainty (`fhs_params`); 0 for none.
    joint_replications : int
        Bootstrap samples of the likelihood ratio of a variance factor on each window of three sessions or
        more (`joint_lr`, about 10 ms each); 0 leaves it out.
    masked : tuple of date
        Sessions that the fit leaves out, as if nobody had seen them, such as the August 2024 unwind.
    curve : bool
        Whether the specification curve is computed: the same questions under other models and windows.
    family : str
        Which p-values are adjusted together for multiplicity: those of one ``event``, of one ``episode``, or
        of the whole ``study``; always over all its series and windows.

    Raises
    ------
    BadValue
        For an unknown model name, a non-positive length or an empty or reversed window.
    """

    mean: MeanModel = "constant"
    variance: VarianceModel = "gjr"
    dist: Innovation = "t"
    estimation: int = 500
    gap: int = 10
    bridge: Bridge = "episode"
    windows: tuple[Window, ...] = HEADLINE_WINDOWS
    estimation_end: date | None = None
    presample: Presample = "mean"
    replications: int = 9_999
    level: float = 0.05
    power: float = 0.80
    starts: int = 5
    second_opinion: bool = True
    placebos: int = 4_000
    parameter_draws: int = 0
    joint_replications: int = 0
    masked: tuple[date, ...] = ()
    curve: bool = False
    family: str = "event"

    def __post_init__(self) -> None:
        one_of("mean", self.mean, MEANS)
        one_of("variance", self.variance, VARIANCES)
        one_of("dist", self.dist, INNOVATIONS)
        one_of("bridge", self.bridge, BRIDGES)
        one_of("presample", self.presample, PRESAMPLES)
        at_least("estimation", self.estimation, 50)
        at_least("gap", self.gap, 0)
        at_least("replications", self.replications, 99)
        at_least("starts", self.starts, 1)
        one_of("family", self.family, FAMILIES)
        at_least("placebos", self.placebos, 0)
        at_least("parameter_draws", self.parameter_draws, 0)
        at_least("joint_replications", self.joint_replications, 0)
        for name in ("level", "power"):
            if not 0 < getattr(self, name) < 1:
                raise BadValue(name, getattr(self, name), "a share between 0 and 1")
        object.__setattr__(self, "windows", checked_windows(self.windows))
        object.__setattr__(self, "masked", tuple(sorted(set(self.masked))))

    def to_dict(self) -> dict[str, Any]:
        """Return the design as JSON-able data, keys in field order."""
        data = asdict(self)
        data["windows"] = [list(window) for window in self.windows]
        data["estimation_end"] = self.estimation_end.isoformat() if self.estimation_end else None
        data["masked"] = [day.isoformat() for day in self.masked]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Design:
        """Rebuild a design from `to_dict` output; unknown keys raise `TypeError`."""
        end = data.get("estimation_end")
        windows = tuple((int(a), int(b)) for a, b in data["windows"])
        pinned = date.fromisoformat(end) if end else None
        masked = tuple(date.fromisoformat(day) for day in data.get("masked", ()))
        return cls(**{**data, "windows": windows, "estimation_end": pinned, "masked": masked})

    @property
    def hash(self) -> str:
        """SHA-256 of the design's content; names the design in stored results."""
        return content_hash(self.to_dict())


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One (event, series) pair that was left out, and why.

    Attributes
    ----------
    event : str
        Event id, or ``*`` when the reason holds for every event.
    series : str
        Series id, or ``*`` when the reason holds for every series.
    reason : str
        One sentence with the remedy where there is one.
    """

    event: str
    series: str
    reason: str


@dataclass(frozen=True)
class Bars:
    """Daily bars of one series as one source told them.

    Attributes
    ----------
    series : str
        Series id.
    frame : DataFrame
        Index: sessions as naive midnight ``datetime64``, named ``session``, strictly increasing.
        Columns ``open high low close volume`` (float64; NaN is "absent in the source", never
        in ``close``) and ``finality`` (``provisional`` while the session may still change, else ``final``).
    source : str
        Provider and place, such as ``files`` or ``yahoo:^N225``.
    payload_hash : str
        SHA-256 of the raw bytes the bars were read from.
    fetched_at : datetime
        Zone-aware instant of the fetch.
    """

    series: str
    frame: pd.DataFrame
    source: str
    payload_hash: str
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Article:
    """A news article whose figures are checked.

    Attributes
    ----------
    id : str
        Unique name, such as ``A1``.
    title : str
        Its headline.
    published : date or None
        Its date, if known.
    source : str
        Where it was read.
    """

    id: str
    title: str
    published: date | None
    source: str


@dataclass(frozen=True, slots=True)
class QuotedFigure:
    """One figure as an article printed it.

    Attributes
    ----------
    id : str
        Unique name, such as ``A1-F03``.
    article : str
        Article id.
    series : str
        Series id that the figure speaks of.
    quantity : str
        ``level``, ``change`` (in points) or ``percent_change``.
    quoted : str
        The figure exactly as printed, for example ``-2,644.00`` or ``-7.83%``.
    unit : str
        ``points`` or ``percent``.
    date : date
        Session that the figure speaks of.
    location : str
        Where it stands in the article.
    group : str
        Figures of one row (level, change, percent) share a group and are checked against
        one another.
    """

    id: str
    article: str
    series: str
    quantity: str
    quoted: str
    unit: str
    date: date
    location: str
    group: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a result rests on.

    Attributes
    ----------
    world : str
        ``real`` or ``simulated``; a simulated result says so wherever it is shown.
    source : str
        Where prices came from.
    as_of : datetime
        Zone-aware instant whose knowledge was used.
    snapshot : str
        SHA-256 over every price used.
    design : str
        `Design.hash`.
    register : str
        SHA-256 of the event register.
    seed : int
        Seed of the bootstrap.
    code_version : str
        Version of this package.
    """

    world: str
    source: str
    as_of: datetime
    snapshot: str
    design: str
    register: str
    seed: int
    code_version: str
    notices: tuple[str, ...] = field(default=())
