"""The table of series: ids, names, clocks, and what stands in for what."""

from __future__ import annotations

from dataclasses import dataclass

from eventstudy.errors import UnknownSeries


@dataclass(frozen=True, slots=True)
class Series:
    """One series: an instrument observed by one clock.

    Attributes
    ----------
    id : str
        Stable name; also the file name ``<id>.csv`` of a folder of prices.
    name : str
        For people.
    clock : str
        Name of the clock in `eventstudy.sessions.CLOCKS` that stamps its daily close.
    quantity : str
        ``price`` (positive; log returns), ``volatility`` (annualised per cent, positive) or
        ``yield`` (per cent, may be negative; differences only).
    role : str
        ``core``, ``clock`` (a core instrument by another clock), ``proxy``, ``signal`` or ``factor``.
    proxy_of : str or None
        The series it stands in for; never spliced into it.
    clock_of : str or None
        The series that observes the same instrument by another clock; never spliced into it either.
    """

    id: str
    name: str
    clock: str
    quantity: str
    role: str
    proxy_of: str | None = None
    clock_of: str | None = None


_TOPIX17: tuple[tuple[str, str], ...] = (
    ("1617_foods", "foods"),
    ("1618_energy", "energy resources"),
    ("1619_construction", "construction & materials"),
    ("1620_materials_chemicals", "raw materials & chemicals"),
    ("1621_pharma", "pharmaceutical"),
    ("1622_autos_transport_equipment", "automobiles & transportation equipment"),
    ("1623_steel_nonferrous", "steel & nonferrous metals"),
    ("1624_machinery", "machinery"),
    ("1625_electric_precision", "electric appliances & precision instruments"),
    ("1626_it_services", "IT & services, others"),
    ("1627_power_gas", "electric power & gas"),
    ("1628_transport_logistics", "transportation & logistics"),
    ("1629_trading_wholesale", "commercial & wholesale trade"),
    ("1630_retail", "retail trade"),
    ("1631_banks", "banks"),
    ("1632_financials_ex_banks", "financials ex banks"),
    ("1633_real_estate", "real estate"),
)
_STOCKS: tuple[tuple[str, str], ...] = (
    ("toyota_7203", "Toyota Motor"),
    ("honda_7267", "Honda Motor"),
    ("nissan_7201", "Nissan Motor"),
    ("suzuki_7269", "Suzuki Motor"),
    ("subaru_7270", "Subaru"),
    ("mitsubishi_motors_7211", "Mitsubishi Motors"),
    ("mazda_7261", "Mazda Motor"),
)
_FUNDS: tuple[tuple[str, str], ...] = (
    ("eww", "iShares MSCI Mexico ETF"),
    ("vnm", "VanEck Vietnam ETF"),
    ("eido", "iShares MSCI Indonesia ETF"),
    ("ewj", "iShares MSCI Japan ETF"),
)

_TABLE: tuple[Series, ...] = (
    Series("nikkei225", "Nikkei 225", "tokyo_close", "price", "core"),
    Series("topix", "TOPIX", "tokyo_close", "price", "core"),
    Series("jpx_nikkei_400", "JPX-Nikkei 400", "tokyo_close", "price", "core"),
    Series("usdjpy", "USD/JPY, New York 17:00", "new_york_1700", "price", "core"),
    Series("usdjpy_tokyo_1700", "USD/JPY, Tokyo 17:00", "tokyo_1700", "price", "clock", clock_of="usdjpy"),
    Series(
        "usdjpy_london_day", "USD/JPY, London day", "london_midnight", "price", "clock", clock_of="usdjpy"
    ),
    Series(
        "usdjpy_new_york_noon",
        "USD/JPY, New York noon",
        "new_york_noon",
        "price",
        "clock",
        clock_of="usdjpy",
    ),
    Series(
        "jpx_nikkei_400_etf_1591",
        "JPX-Nikkei 400 ETF 1591",
        "tokyo_close",
        "price",
        "proxy",
        "jpx_nikkei_400",
    ),
    Series("topix_etf_1306", "TOPIX ETF 1306", "tokyo_close", "price", "proxy", "topix"),
    Series("nikkei_vi", "Nikkei 225 Volatility Index", "tokyo_close", "volatility", "signal"),
    Series("sp500", "S&P 500", "new_york_close", "price", "factor"),
    Series("vix", "VIX", "new_york_close", "volatility", "factor"),
    Series("gold", "Gold futures, COMEX", "comex_settlement", "price", "signal"),
    Series("jgb10y", "Japan 10-year yield", "tokyo_1500", "yield", "signal"),
    Series("jgb2y", "Japan 2-year yield", "tokyo_1500", "yield", "signal"),
    Series("us10y", "US 10-year yield", "new_york_1530", "yield", "factor"),
    Series("us2y", "US 2-year yield", "new_york_1530", "yield", "factor"),
    *(
        Series(f"topix17_{key}", f"TOPIX-17 ETF {name}", "tokyo_close", "price", "signal")
        for key, name in _TOPIX17
    ),
    *(Series(key, name, "tokyo_close", "price", "signal") for key, name in _STOCKS),
    *(Series(key, name, "new_york_close", "price", "signal") for key, name in _FUNDS),
)

SERIES: dict[str, Series] = {series.id: series for series in _TABLE}
CORE: tuple[str, ...] = tuple(series.id for series in _TABLE if series.role == "core")
STUDIED: tuple[str, ...] = (
    *CORE,
    "usdjpy_tokyo_1700",
    "usdjpy_london_day",
    "jpx_nikkei_400_etf_1591",
)
AUTOS_ETF = "topix17_1622_autos_transport_equipment"


def series(series_id: str) -> Series:
    """Return the series of that id.

    Parameters
    ----------
    series_id : str
        A key of `SERIES`.

    Returns
    -------
    Series
        Its record.

    Raises
    ------
    UnknownSeries
        With the nearest known ids.
    """
    try:
        return SERIES[series_id]
    except KeyError:
        raise UnknownSeries(series_id, SERIES) from None


def missing_series_reason(series_id: str, source: str) -> str:
    """Return the one sentence that explains why a series is absent from a study.

    Parameters
    ----------
    series_id : str
        Series id.
    source : str
        Where it was looked for.

    Returns
    -------
    str
        Names the series, the source and a proxy where one is known.
    """
    proxies = [item.id for item in _TABLE if item.proxy_of == series_id]
    hint = f"; the proxy {proxies[0]} is studied under its own name where present" if proxies else ""
    return f"{source} has no prices for {series_id}: bring {series_id}.csv or another source{hint}"
