"""What a panel study says to those who ask it wrongly: one sentence that names the thing and the remedy."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import BadValue, NothingToStudy, TooFewObservations

SESSIONS = pd.bdate_range("2023-01-02", periods=120)


def world():
    """Return random returns of four firms and a market."""
    rng = np.random.default_rng(0)
    market = pd.DataFrame({"market": rng.normal(0, 0.01, 120)}, index=SESSIONS)
    noise = rng.normal(0, 0.02, (120, 4))
    return pd.DataFrame(market.to_numpy() + noise, index=SESSIONS, columns=list("ABCD")), market


def study(returns, events, market=None, **choices):
    """Run a study with windows that suit 120 sessions."""
    choices = {"estimation": 50, "gap": 5, "windows": ((0, 0), (-2, 2))} | choices
    return es.panel_study(returns, events, factors=market, **choices)


def test_what_asks_for_the_impossible_is_refused_with_a_remedy():
    returns, market = world()
    event = [("A", SESSIONS[80])]
    refusals = {
        "give the market in a first column": {"factors": None},
        "model is 'capm'; give one of raw": {"factors": market, "model": "capm"},
        r"model is \['market'\]; give one of raw": {"factors": market, "model": ["market"]},
        "factors is 'of type ndarray'; give a DataFrame": {"factors": market["market"].to_numpy()},
        "options is {'dates': 'later'}; give eventstudy.PanelOptions": {
            "factors": market,
            "options": {"dates": "later"},
        },
        "needs every session": {
            "factors": market,
            "model": "dimson",
            "options": es.PanelOptions(trade_to_trade=True, unit="log"),
        },
        "for a trade-to-trade study": {"factors": market, "options": es.PanelOptions(trade_to_trade=True)},
        "give one of later, earlier, skip": {"factors": market, "options": es.PanelOptions(dates="next")},
        "max_shift is -1": {"factors": market, "options": es.PanelOptions(max_shift=-1)},
        "windows is": {"factors": market, "windows": ((1, 0),)},
        "pairs of whole numbers": {"factors": market, "windows": (-1, 1)},
        "give at least one window": {"factors": market, "windows": ()},
        r"such as \(\(0, 0\), \(0, 4\)\)": {"factors": market, "windows": ((0, 0.5),)},
        "each window once": {"factors": market, "windows": ((0, 0), (1, 1), (0, 0))},
        "estimation is 50.5": {"factors": market, "estimation": 50.5},
        "estimation is '50'": {"factors": market, "estimation": "50"},
        "gap is -1": {"factors": market, "gap": -1},
        "5 sessions or more": {"factors": market, "estimation": 4},
        "65 sessions or more": {"factors": market, "estimation": 50, "model": "rolling"},
        "the same sessions": {"factors": market.set_axis(SESSIONS + pd.Timedelta("7000D"))},
        "in the same form and time zone": {"factors": market.tz_localize("UTC")},
        "the columns which model='market' needs": {"factors": market[[]]},
    }
    for words, choices in refusals.items():
        with pytest.raises(BadValue, match=words):
            es.panel_study(returns, event, **({"estimation": 50, "gap": 5, "windows": ((0, 0),)} | choices))


def test_frames_that_hold_no_study_are_refused():
    returns, _ = world()
    event = [("A", SESSIONS[80])]
    infinite = returns.copy()
    infinite.iloc[3:5, 1] = [np.inf, -np.inf]
    bad = {
        "each session once, in order": returns.iloc[::-1],
        "each column once": pd.concat([returns, returns[["A"]]], axis=1),
        "numbers only": returns.astype(object).assign(A="x"),
        "infinite in column 'B'": infinite,
        "an empty frame": returns.iloc[:0],
        "of type ndarray'; give a DataFrame": returns.to_numpy(),
        "of type Series'; give a DataFrame": returns["A"],
        "as pd.to_datetime makes them": returns.set_axis([f"{day.date()}" for day in SESSIONS]),
    }
    for words, frame in bad.items():
        with pytest.raises(BadValue, match=words):
            study(frame, event, model="mean_adjusted")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "event_dates is None; give a Series of dates indexed by firm, or a list of"),
        ("2023-05-08", "event_dates is '2023-05-08'; give a Series"),
        ([SESSIONS[80]], "entry 0 of event_dates is Timestamp"),
        (["AB", "CD"], "entry 0 of event_dates is 'AB'"),
        ({"A": SESSIONS[80]}, "entry 0 of event_dates is 'A'"),
        (pd.DataFrame({"firm": ["A"], "date": SESSIONS[80:81]}), "entry 0 of event_dates is 'firm'"),
        ([("A", SESSIONS[80]), ("B", SESSIONS[81], 1)], r"entry 1 of event_dates is \('B'"),
        ([("A", "the day after")], "the day after is not ISO8601 format'; give dates"),
        ([("A", "08/05/2023")], "08/05/2023 is not ISO8601 format'; give dates"),
        ([(SESSIONS[80], "A")], "A is not ISO8601 format'; give dates"),
        (pd.Series(["A"], index=SESSIONS[80:81]), "A is not ISO8601 format'; give dates"),
        ([("A", 80)], "numbers, such as 80'; give dates"),
        ([("A", 20230508)], "numbers, such as 20230508'; give dates"),
        ([("A", SESSIONS[80]), ("B", SESSIONS[80].tz_localize("UTC"))], "timestamps of one time zone"),
        ([("A", SESSIONS[80].tz_localize("UTC"))], "in time zone UTC'; give dates without a time zone"),
    ],
)
def test_events_in_another_form_are_refused_and_the_form_is_told(given, words):
    returns, market = world()
    with pytest.raises(BadValue, match=words):
        study(returns, given, market)


@pytest.mark.parametrize("given", [[], (), pd.Series([], dtype="datetime64[us]"), iter([])])
def test_no_events_at_all_are_nothing_to_study(given):
    returns, market = world()
    with pytest.raises(NothingToStudy, match="no events were given; give at least one"):
        study(returns, given, market)


def test_a_firm_without_any_return_is_dropped_and_the_others_are_studied():
    returns, market = world()
    result = study(returns.assign(B=np.nan), [("A", SESSIONS[80]), ("B", SESSIONS[80])], market)
    assert result.events["firm"].tolist() == ["A"]
    assert result.dropped["firm"].tolist() == ["B"]
    assert result.dropped["reason"].str.contains("has 0 observations and 25 are needed; bring longer").all()


@pytest.mark.parametrize(
    "kinds",
    [
        lambda day: day.date(),
        lambda day: day.to_datetime64(),
        lambda day: day.to_pydatetime(),
        lambda day: f"{day:%Y%m%d}",
        lambda day: f"{day}",
    ],
)
def test_a_date_may_come_in_any_form_that_says_which_day_it_is(kinds):
    returns, market = world()
    plain = study(returns, [("A", SESSIONS[80]), ("B", SESSIONS[90])], market)
    pairs = zip("AB", map(kinds, SESSIONS[[80, 90]]), strict=True)
    found = study(returns, pairs, market)
    assert (
        found.events["session"].tolist() == plain.events["session"].tolist() == [SESSIONS[80], SESSIONS[90]]
    )


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"unit": "percent"}, "unit is 'percent'.*one of log, log_percent, simple, simple_percent"),
        ({"min_observations": 0}, "min_observations is 0; give a whole number of at least 1"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": "a"}, "seed is 'a'"),
        ({"replications": 0}, "replications is 0; give a whole number of at least 1"),
    ],
)
def test_options_that_no_study_could_use_are_refused_when_made(choices, words):
    with pytest.raises(BadValue, match=words):
        es.PanelOptions(**choices)


def test_a_result_is_asked_wrongly_and_says_what_would_do():
    returns, market = world()
    events = [(firm, SESSIONS[day]) for firm in "ABCD" for day in (70, 110)]
    result = study(returns, events, market)
    size = pd.DataFrame({"size": np.arange(8.0) ** 2})
    wrong = {
        r"tests is 'bmp'; give a list of names, such as \['bmp'\]": lambda: result.tests("bmp"),
        "windows is .*pairs of whole numbers": lambda: result.tests(windows=(0, 1)),
        r"windows is \(\)": lambda: result.tests(windows=()),
        r"\[\(20, 0\)\]; give at least one window, each with start": lambda: result.calendar_time((20, 0)),
        "lags is -1": lambda: result.calendar_time((0, 9), lags=-1),
        "give fewer lags than the": lambda: result.calendar_time((0, 9), lags=1000),
        "lags with errors='hac', and only then": lambda: result.calendar_time((0, 9), "ols", lags=2),
        "characteristics is 'of type Series'": lambda: result.explain(size["size"], (0, 0)),
        'regressors is "could not convert': lambda: result.explain(size.assign(name="x"), (0, 0)),
        "regressors is 'infinite'": lambda: result.explain(size.replace(4.0, np.inf), (0, 0)),
        "without any event of the study'; give the number": lambda: result.explain(
            size.set_axis([name for name, _ in events][:8]).groupby(level=0).first(), (0, 0)
        ),
        "groups is 'of type list'": lambda: result.explain(size, (0, 0), "cluster", groups=[1] * 8),
    }
    for words, ask in wrong.items():
        with pytest.raises(BadValue, match=words):
            ask()
    with pytest.raises(TooFewObservations, match="portfolio has 0"):
        result.calendar_time((0, 9), fewest=99)


def test_models_are_told_in_whole_days():
    with pytest.raises(BadValue, match=r"lags of the Dimson beta is 1\.5"):
        es.models.dimson(1.5)
    with pytest.raises(BadValue, match="sessions of the rolling beta is '60'"):
        es.models.rolling("60")
    with pytest.raises(BadValue, match="volume is 'of type ndarray'; give a DataFrame"):
        es.models.log_volume(np.ones((3, 2)))


def test_a_result_does_not_change_when_the_frames_it_was_made_from_do():
    returns, market = world()
    result = study(returns, [("A", SESSIONS[80])], market, options=es.PanelOptions(unit="log"))
    before = study(returns.copy(), [("A", SESSIONS[80])], market, options=es.PanelOptions(unit="log")).bhar
    returns.loc[:, "A"] = 0.5
    market.loc[:, "market"] = 0.5
    assert result.bhar.equals(before)
    assert (result.factors["market"] != 0.5).all()
