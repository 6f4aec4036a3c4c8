"""Models of expected returns: every event of a panel estimated at once, one file a model."""

from __future__ import annotations

from eventstudy.errors import BadValue
from eventstudy.models import factors, market, market_adjusted, mean_adjusted, raw, scholes_williams
from eventstudy.models.base import Estimates, ExpectedReturn, Stretch
from eventstudy.models.dimson import dimson
from eventstudy.models.rolling import rolling
from eventstudy.models.volume import log_volume

MODELS: dict[str, ExpectedReturn] = {
    model.name: model
    for model in (
        raw.MODEL,
        mean_adjusted.MODEL,
        market_adjusted.MODEL,
        market.MODEL,
        factors.MODEL,
        scholes_williams.MODEL,
        dimson(),
        rolling(),
    )
}

__all__ = ["MODELS", "Estimates", "ExpectedReturn", "Stretch", "dimson", "log_volume", "model_of", "rolling"]


def model_of(asked: str | ExpectedReturn) -> ExpectedReturn:
    """Return the model with a name, or a model itself.

    Parameters
    ----------
    asked : str or ExpectedReturn
        A name in `MODELS`, or any model.

    Returns
    -------
    ExpectedReturn
        The model.

    Raises
    ------
    BadValue
        For anything else.
    """
    if isinstance(asked, ExpectedReturn):
        return asked
    if not isinstance(asked, str) or asked not in MODELS:
        raise BadValue("model", asked, f"one of {', '.join(MODELS)}")
    return MODELS[asked]
