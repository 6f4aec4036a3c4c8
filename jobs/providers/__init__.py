"""The table of providers, and how a source is asked for: ``yahoo``, ``files:DIR``, ``nikkei``.

Adding one: copy ``template.py``, fill it in, add its line here and its row to
``tests/contract/test_provider_laws.py``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from jobs.errors import UnknownSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.values import Event
    from jobs.clock import Clock
    from jobs.providers.base import Provider
    from jobs.settings import Settings

PROVIDERS: dict[str, str] = {  # name -> the form in which it is asked for; each has a module of its name
    "yahoo": "yahoo",
    "files": "files:DIR",
    "simulated": "simulated",
    "nikkei": "nikkei",
    "jquants": "jquants",
    "fred": "fred",
    "boj": "boj",
    "mof": "mof",
}


def provider(source: str, *, settings: Settings, clock: Clock, events: Sequence[Event] = ()) -> Provider:
    """Open the provider of a source.

    Parameters
    ----------
    source : str
        One of the forms of `PROVIDERS`, such as ``yahoo`` or ``files:DIR``.
    settings : Settings
        Time limits and the seed.
    clock : Clock
        Stamps what is fetched.
    events : sequence of Event
        The register, for the simulated market; real sources ignore it.

    Returns
    -------
    Provider
        Ready to be asked. Only its own module was imported.

    Raises
    ------
    UnknownSource
        For a name that is not in `PROVIDERS`, or an argument missing or unwanted.
    BadFolder
        If ``DIR`` is not a folder that holds known series.
    SourceNotEnabled
        For a source whose terms are not accepted, or whose key is not set.
    """
    name, colon, argument = source.partition(":")
    takes_argument = ":" in PROVIDERS.get(name, "")
    if name not in PROVIDERS or takes_argument != bool(argument) or bool(colon) != bool(argument):
        raise UnknownSource(source, PROVIDERS)
    from jobs.providers.base import Surroundings

    opened: Provider = import_module(f"jobs.providers.{name}").open_provider(
        argument, Surroundings(settings, clock, tuple(events))
    )
    return opened
