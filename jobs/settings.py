"""Every setting of the service in one frozen record, from flags, environment and defaults, in that order."""

from __future__ import annotations

import os
import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from eventstudy.values import content_hash
from jobs.errors import BadSetting
from jobs.retry import Patience

PREFIX = "EVENTSTUDY_"


def _data_home() -> Path:
    """Return the user's folder for this service's data, by the XDG rule."""
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if base else Path.home() / ".local" / "share") / "eventstudy"


def _default_db(given: dict[str, Any]) -> str:
    return f"sqlite:///{given['home'] / 'eventstudy.db'}"


def _default_reports(given: dict[str, Any]) -> Path:
    return Path(given["home"]) / "reports"


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no such zone")
    return name


def _one_word(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError("not a key")
    return secret


Text = Annotated[str, Field(min_length=1)]
Folder = Annotated[Path, AfterValidator(Path.expanduser)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Key = Annotated[SecretStr, AfterValidator(_one_word)]


class Settings(BaseSettings):
    """What the service is told before it starts; each field is also ``EVENTSTUDY_<FIELD>``.

    Attributes
    ----------
    home : Path
        Folder for data of this service; made when it is first needed.
    db : str
        Database URL; by default the SQLite file ``eventstudy.db`` in `home`.
    reports : Path
        Folder for written reports; by default ``reports`` in `home`.
    source : str
        Where prices come from: a source such as ``yahoo`` or ``files:DIR``, or several in order of
        preference with commas between them.
    seed : int
        Seed of every random draw.
    timeout : float
        Seconds that one request to a source may take.
    attempts : int
        Calls in all before a failing source is given up.
    first_delay, longest_delay : float
        Seconds between those calls: the first wait, doubled each time up to the longest.
    within : float
        No call starts later than this many seconds after the first.
    timezone : str
        IANA zone of the schedule's times.
    after_tokyo : time
        When the night of a Tokyo session is due: the first such time after its close.
    after_new_york : time
        When the night of a currency day is due: the first such time after New York 17:00.
    nikkei_terms : str or None
        ``accepted`` by a reader who has the right to read Nikkei's own files by machine; without it they are
        not read.
    jquants_key : SecretStr or None
        Key of a J-Quants subscription; never shown, stored or logged.
    jquants_plan : str
        Plan of that subscription; decides how many requests a minute are sent.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    home: Folder = Field(default_factory=_data_home, description="a folder")
    db: Text = Field(default_factory=_default_db, description="a database URL such as sqlite:///prices.db")
    reports: Folder = Field(default_factory=_default_reports, description="a folder")
    source: Text = Field("yahoo", description="a source such as yahoo, or a list such as nikkei,yahoo")
    seed: int = Field(0, ge=0, lt=2**32, description="a whole number from 0 to 4294967295")
    timeout: Seconds = Field(8.0, description="seconds, more than 0 and at most 600")
    attempts: int = Field(3, ge=1, le=10, description="a whole number from 1 to 10")
    first_delay: Seconds = Field(1.0, description="seconds, more than 0 and at most 600")
    longest_delay: Seconds = Field(10.0, description="seconds, more than 0 and at most 600")
    within: Seconds = Field(15.0, description="seconds, more than 0 and at most 600")
    timezone: Zone = Field("Asia/Tokyo", description="the name of a time zone such as Asia/Tokyo")
    after_tokyo: time = Field(time(16, 30), description="a time of day such as 16:30")
    after_new_york: time = Field(time(7, 30), description="a time of day such as 07:30")
    nikkei_terms: Literal["accepted"] | None = Field(None, description="accepted, or not set")
    jquants_key: Key | None = Field(None, description="a key of printable letters without spaces")
    jquants_plan: Literal["free", "light", "standard", "premium"] = Field(
        "light", description="free, light, standard or premium"
    )

    @property
    def zone(self) -> ZoneInfo:
        """Zone of the schedule's times."""
        return ZoneInfo(self.timezone)

    @property
    def patience(self) -> Patience:
        """How long and how often a failing source is asked again."""
        return Patience(
            attempts=self.attempts,
            first_delay=self.first_delay,
            longest_delay=self.longest_delay,
            within=self.within,
        )

    def shown(self) -> dict[str, Any]:
        """Return the settings as JSON-able data, the database's password and every key hidden."""
        return {**self.model_dump(mode="json"), "db": _without_password(self.db)}

    @property
    def content_hash(self) -> str:
        """SHA-256 of `shown`; names the settings in the ledger of runs."""
        return content_hash(self.shown())

    def prepare(self) -> None:
        """Make the folder for data if it is not there.

        Raises
        ------
        BadSetting
            If it cannot be made.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise BadSetting(
                f"{PREFIX}HOME", str(self.home), "a folder that can be made and written to"
            ) from None


def load_settings(**flags: Any) -> Settings:  # noqa: ANN401  (whatever the command line was given)
    """Return the settings: flags first, then the environment, then defaults.

    Parameters
    ----------
    **flags : object
        Fields of `Settings`; None means "not given".

    Returns
    -------
    Settings
        Checked and frozen.

    Raises
    ------
    BadSetting
        For the first setting that is unknown or outside what is allowed.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as problem:
        raise _complaint(problem, given) from None


def _complaint(problem: ValidationError, flags: dict[str, Any]) -> BadSetting:
    first = problem.errors(include_url=False)[0]
    name = str(first["loc"][0])
    shown = name if name in flags else f"{PREFIX}{name.upper()}"
    field = Settings.model_fields.get(name)
    known = "one of the settings " + ", ".join(Settings.model_fields)
    given = "hidden" if name.endswith("_key") else first["input"]
    return BadSetting(shown, given, field.description or "another value" if field else known)


def _without_password(url: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)
