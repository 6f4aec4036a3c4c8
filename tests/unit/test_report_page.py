"""The page: complete, marked, harmless, offline and the same every time."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import plotly.graph_objects
import pytest
from plotly.offline import get_plotlyjs

from eventstudy.errors import BadValue, UnknownEvent
from eventstudy.report import charts, page
from eventstudy.results import StudyResult
from eventstudy.series import SERIES
from eventstudy.values import Event, Evidence, Exclusion
from tests.report_fixtures import (
    FIGURES,
    SERIES_IDS,
    SIGNALS,
    make_events,
    make_report,
    make_result,
    row,
)

VOID = {"meta", "link", "br", "hr", "img", "input", "line", "polygon", "polyline"}
ATTACK = "</script><script>alert(1)</script><img src=//evil.example onerror=alert(2)>\" onclick='alert(3)"


class Outline(HTMLParser):
    """A strict reading of a page: nesting, attributes, scripts, styles and visible text by element."""

    def __init__(self, html):
        super().__init__()
        self.open, self.pieces, self.attributes = [], [], []
        self.feed(html)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]
        piece = (tag, dict(attrs), [])
        self.pieces.append(piece)
        if tag not in VOID:
            self.open.append(piece)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data):
        code = self.open and self.open[-1][0] in {"script", "style"}
        for piece in self.open[-1:] if code else self.open:
            piece[2].append(data)

    def texts(self, *tags):
        return ["".join(texts).strip() for tag, _, texts in self.pieces if tag in tags]

    def all(self, tag):
        return [(attrs, "".join(texts)) for found, attrs, texts in self.pieces if found == tag]

    @property
    def tags(self):
        return [tag for tag, _, _ in self.pieces]

    @property
    def charts(self):
        """The data of the charts of single events."""
        return [text for text in self._data if not text.startswith('{"styles"')]

    @property
    def curves(self):
        """The data of the specification curves."""
        return [text for text in self._data if text.startswith('{"styles"')]

    @property
    def _data(self):
        return [text for attrs, text in self.all("script") if attrs.get("type") == "application/json"]

    @property
    def words(self):
        return " ".join(" ".join(self.texts("html")).split())


def read(report):
    """The page's outline; the five megabytes of plotly.js are left out to keep reading quick."""
    return Outline(page(report).replace(get_plotlyjs(), "plotly.js"))


@cache
def outline(world="real"):
    return read(make_report(world=world))


def test_the_page_is_well_formed_and_starts_with_its_doctype():
    html = page(make_report())
    assert html.startswith("<!doctype html>")
    assert Outline(html).tags.count("main") == 1


def test_no_element_id_is_used_twice_and_every_link_leads_somewhere():
    ids = [value for _, name, value in outline("simulated").attributes if name == "id"]
    targets = [value for _, name, value in outline("simulated").attributes if name == "href"]
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in targets if target.startswith("#")} <= set(ids)


def test_every_event_and_every_series_has_its_section_and_its_detail():
    ids = {value for _, name, value in outline().attributes if name == "id"}
    for event in make_events(3):
        assert f"event/{event.id}" in ids
        assert {f"event/{event.id}/{series}" for series in SERIES_IDS} <= ids
        assert event.label in outline().words
    for series in SERIES_IDS:
        assert SERIES[series].name in outline().words


def test_every_pair_carries_its_chart_as_data_that_a_parser_accepts():
    assert len(outline().charts) == 9
    assert {len(json.loads(text)["data"]) for text in outline().charts} == {6}


def test_a_simulated_world_says_so_in_every_title_heading_caption_and_detail():
    titles = outline("simulated").texts("title", "h1", "h2", "h3", "caption")
    details = [text for text in outline("simulated").texts("summary") if text != "Contents"]
    assert len(titles) > 25
    assert len(details) > 9
    assert [text for text in titles + details if not text.startswith("SIMULATED")] == []


def test_a_simulated_world_says_so_across_every_chart():
    for text in outline("simulated").charts + outline("simulated").curves:
        notes = json.loads(text)["layout"]["annotations"]
        assert "SIMULATED" in [note["text"] for note in notes]


def test_a_real_world_never_says_simulated():
    assert "SIMULATED" not in outline().words
    assert not any("SIMULATED" in str(value) for _, _, value in outline().attributes)
    assert not any("SIMULATED" in text for text in outline().charts + outline().curves)


def test_the_truth_stands_first_in_a_simulated_world_and_is_refused_for_a_real_one():
    sections = [attrs["id"] for attrs, _ in outline("simulated").all("section")]
    assert sections[:3] == ["summary", "truth", "headline"]
    with pytest.raises(BadValue, match="no truth for a real world"):
        replace(make_report(), truth=make_report(world="simulated").truth)


@pytest.mark.parametrize("world", ["real", "simulated"])
def test_nothing_on_the_page_points_to_another_address(world):
    found = outline(world)
    addresses = [
        value
        for _, name, value in found.attributes
        if name in {"src", "href", "srcset", "action", "formaction", "data", "poster", "xlink:href"}
    ]
    assert addresses
    assert [value for value in addresses if not value.startswith("#") and value != "data:,"] == []
    assert not re.search(r"url\(|@import|//", "".join(found.texts("style")))
    assert not {"iframe", "base", "object", "embed", "form"} & set(found.tags)


def test_the_policy_forbids_connections_and_names_exactly_the_scripts_of_the_page():
    found = Outline(page(make_report()))
    policy = next(value for tag, name, value in found.attributes if "default-src" in str(value))
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["connect-src"] == ["'none'"]
    code = [text for attrs, text in found.all("script") if attrs.get("type") != "application/json"]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in code]
    assert sorted(rules["script-src"]) == sorted(f"'sha256-{digest}'" for digest in digests)


def test_foreign_text_stays_text_wherever_it_comes_from():
    event = Event(
        ATTACK,
        "2025-04-02T16:00:00-04:00",
        ATTACK,
        direction=ATTACK,
        evidence=(Evidence(ATTACK, "V", ATTACK),),
    )
    result = make_result((event,), exclusions=(Exclusion(ATTACK, ATTACK, ATTACK),), warnings=(ATTACK,))
    result.table["null_distribution"] = ATTACK
    result.table["clock"] = ATTACK
    result.table["proxy_of"] = ATTACK
    result.fits[["message", "influential"]] = ATTACK
    figure = replace(FIGURES[0], id=ATTACK, quoted=ATTACK, rule=ATTACK, verdict=ATTACK, evidence=(ATTACK,))
    signal = replace(SIGNALS[0], sentence=ATTACK, details={ATTACK: 1.0}, unit=ATTACK)
    base = make_report(result=result, events=(event,), figures=(figure,), signals=(signal,))
    record = replace(base.provenance, notices=(ATTACK,), source=ATTACK)
    attacked = read(replace(base, provenance=record))
    clean = read(make_report(count=1))
    assert set(attacked.tags) == set(clean.tags)
    assert attacked.tags.count("script") == clean.tags.count("script")
    assert not [name for _, name, _ in attacked.attributes if name.startswith("on")]
    assert attacked.words.count("<script>alert(1)</script>") > 20


def test_markup_in_names_does_not_reach_the_text_of_a_chart():
    path = make_result(make_events(1), ("topix",)).paths
    drawn = charts.figure(
        path, event="<a href='//evil.example'>x</a>", series="<b>y</b>", others={2: ["<i>z</i>"]}
    )
    written = json.dumps(drawn)
    assert "<a" not in written
    assert "<b>" not in written
    assert "<i>" not in written


def test_the_same_report_gives_the_same_bytes():
    assert page(make_report(world="simulated")) == page(make_report(world="simulated"))


def test_missing_numbers_are_dashes_never_the_name_of_a_missing_value():
    result = make_result(make_events(2))
    numbers = ["estimate", "se", "lower", "upper", "p_value", "floor", "mde"]
    result.table[numbers] = np.nan
    result.paths[["car", "car_lower", "car_upper", "forecast_variance", "close"]] = np.nan
    result.fits["nu"] = np.nan
    result.reactions["other_session"] = pd.NaT
    found = read(make_report(result=result, count=2))
    assert not re.search(r"\b(nan|NaN|NaT|None|inf)\b", found.words)
    assert "\N{EN DASH}" in found.words


def test_empty_figures_signals_and_exclusions_are_said_to_be_empty():
    result = make_result(make_events(3), exclusions=(), warnings=())
    found = read(make_report(result=result, figures=(), signals=()))
    for sentence in ("No quoted figures were checked.", "No signals were computed.", "Nothing was left out."):
        assert sentence in found.words


def test_an_event_that_could_not_be_studied_keeps_its_section_and_its_reason():
    events = make_events(2)
    result = make_result(events[:1], exclusions=(Exclusion("X02", "topix", "the data end on 2025-04-01"),))
    found = read(make_report(result=result, events=events))
    assert "TOPIX: the data end on 2025-04-01" in found.words
    assert "No series could be studied around this event." in found.words


def test_news_that_is_not_under_study_is_listed_and_marked_but_not_said_to_have_failed():
    """Payrolls at 21:30 Tokyo time on Friday 4 April are first felt on Monday the 7th, two sessions on."""
    events = make_events(1)
    payrolls = Event("Z9", "2025-04-04T08:30:00-04:00", "payrolls", "confounder", kind="confounder")
    far = Event("Z8", "2031-01-01T00:00:00+00:00", "beyond every calendar")
    found = read(make_report(result=make_result(events, ("topix",)), events=(*events, payrolls, far)))
    assert [attrs["id"] for attrs, _ in found.all("section") if attrs["id"].startswith("event/")] == [
        "event/X01"
    ]
    assert "could be studied" not in found.words
    assert "Fri 2025-04-04 08:30 EDT" in found.words
    assert "in the window of CAR(0,4): Z9 payrolls" in found.words
    layout = json.loads(found.charts[0])["layout"]
    assert [(note["text"], note["x"]) for note in layout["annotations"]] == [("X01", -0.5), ("Z9", 1.5)]


def test_an_event_that_no_clock_could_place_is_not_called_unambiguous():
    events = make_events(2)
    result = make_result(events[:1], exclusions=(Exclusion("X02", "*", "outside the calendar"),))
    assert "not placed on any series" in read(make_report(result=result, events=events)).words


def test_an_event_without_a_record_is_refused():
    with pytest.raises(UnknownEvent, match="X03"):
        make_report(result=make_result(make_events(3)), events=make_events(2))


def test_a_pair_without_a_path_has_a_table_and_no_chart():
    result = make_result(make_events(1), ("topix",))
    bare = StudyResult(**{**vars(result), "paths": result.paths.iloc[:0]})
    found = read(make_report(result=bare, count=1))
    assert found.charts == []
    assert "X01 on TOPIX, Tokyo close: returns" in found.words


def test_a_study_from_before_true_sizes_is_shown_with_what_it_has():
    result = make_result(make_events(1), ("topix",))
    new = ["verdict", "regime", "size", "size_error", "family", "p_adjusted", "p_holm", "p_bh"]
    old = result.table[result.table["method"].isin(["fhs", "garch_z", "constant_t"])]
    table = old[old["statistic"].isin(["AR", "CAR", "AV", "CAV"])].assign(**dict.fromkeys(new, np.nan))
    bare = {name: getattr(result, name).iloc[:0].astype(object) for name in ("questions", "sizes", "curve")}
    found = read(make_report(result=StudyResult(**{**vars(result), "table": table, **bare}), count=1))
    assert "p (FHS): filtered historical simulation" in found.words
    assert {"adjusted", "questions", "curve"} & {attrs["id"] for attrs, _ in found.all("section")} == set()
    assert not re.search(r"\b(nan|NaN|NaT|None|inf)\b", found.words)


def test_unknown_series_methods_and_statistics_are_shown_under_their_own_names():
    result = make_result(make_events(1), ("topix",))
    extra = row("X01", "my_fund", (0, 4), "ZAV", "sq", estimate=1.5, p_value=0.25, null_distribution="ranks")
    table = pd.concat([result.table, pd.DataFrame([extra])], ignore_index=True)
    found = read(make_report(result=StudyResult(**{**vars(result), "table": table}), count=1))
    for name in ("my_fund", "ZAV(0,4)", "SQ: ranks"):
        assert name in found.words


def test_proxies_clocks_controls_and_ambiguity_are_spelled_out():
    words = outline().words
    assert words.count("proxy of JPX-Nikkei 400") > 10
    assert "New York 17:00" in words
    assert "negative control" in words
    assert "ambiguous: excluded from headline" in words
    assert "USD/JPY, New York 17:00: Fri 2025-04-11 or Thu 2025-04-10" in words


def test_timestamps_are_told_in_their_own_zone_and_in_tokyo_with_their_uncertainty():
    words = outline().words
    assert "Wed 2025-04-02 16:00 EDT" in words
    assert "Thu 2025-04-03 05:00 JST" in words
    assert "between Thu 2025-04-10 01:18 JST and Thu 2025-04-10 08:18 JST" in words
    assert "White House [V]: fact sheet" in words


def test_the_summary_counts_rejections_beside_chance_and_warns():
    """Two of four pairs reject CAR(0,4); chance would bring 0.05 times 4."""
    events = make_events(1)
    result = make_result(events, ("nikkei225", "topix", "usdjpy", "jpx_nikkei_400_etf_1591"))
    chosen = (result.table["window_end"] == 4) & (result.table["window_start"] == 0)
    headline = chosen & (result.table["method"] == "placebo_matched") & (result.table["statistic"] == "CAR")
    result.table.loc[headline, "p_value"] = [0.01, 0.04, 0.06, 0.5]
    words = read(make_report(result=result, events=events)).words
    assert "Events under study at 5%: CAR(0,4) rejects in 2 of 4 tests, 0.2 expected by chance" in words
    assert "1 event studied on 4 series, 4 pairs in all; 1 exclusion listed with reasons." in words
    assert "about 1.3 independent observations" in words
    assert "what is left of it when all tests of a family count stands under “Adjusted p-values”" in words


def test_a_study_that_adjusted_nothing_says_so():
    result = make_result(make_events(1), ("topix",))
    result.table[["p_adjusted", "p_holm", "p_bh"]] = np.nan
    found = read(make_report(result=result, count=1))
    assert "and not adjusted for the number of tests" in found.words
    assert "adjusted" not in {attrs["id"] for attrs, _ in found.all("section")}


def test_every_headline_cell_shows_its_p_value_and_every_non_rejection_what_could_have_been_seen():
    cells = re.findall(r'<td class="num[^"]*"><a [^>]*>([^<]*)</a>(.*?)</td>', page(make_report()))
    assert len(cells) == 3 * 3 * 4
    for written, notes in cells:
        assert "<small>p " in notes
        assert written.endswith("*") != ("mde " in notes)


def test_a_p_value_at_its_floor_is_printed_as_a_bound():
    events = make_events(1)
    result = make_result(events, ("topix",))
    result.table.loc[result.table["method"] == "placebo_matched", ["p_value", "floor"]] = 1 / 501
    found = read(make_report(result=result, events=events))
    assert "p ≤ 0.0020" in found.words
    assert not re.search(r"\b0\.0+\b\*", found.words)


def test_the_null_distribution_window_bridge_and_clock_stand_beside_the_p_values():
    words = outline().words
    assert "FHS: filtered historical simulation, B=9999" in words
    assert "constant-σ t: Student t(499)" in words
    assert "estimation Wed 2023-03-01 to Tue 2025-03-18" in words
    assert "bridge episode, variance known to Wed 2025-04-02" in words


def test_provenance_is_complete_enough_to_compute_the_page_again():
    report = make_report()
    words = outline().words
    record = report.provenance
    for fact in (record.snapshot, record.design, record.register, record.code_version, "real", "files"):
        assert fact in words
    assert '"estimation": 500' in words
    assert "the last bar of usdjpy is provisional" in words


def test_quoted_figures_show_both_numbers_and_all_three_verdicts():
    words = outline().words
    for piece in ("-7.83%", "−7.8270", "EXACT", "CONSISTENT", "NOT CHECKABLE", "NO SESSION"):
        assert piece in words


def fit_checks(result):
    """The table of how the fits hold: captions, headings with groups in front, and rows of cells by line."""
    html = page(make_report(result=result, count=1))
    table = re.findall(r"<table>.*?</table>", html[html.index('<section id="fits">') :], re.DOTALL)[1]
    caption = re.search(r"<caption>(.*?)</caption>", table)[1]
    heads = [
        re.findall(r"<th[^>]*>\s*([^<\n]*)", row) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    ]
    rows = [
        [
            re.sub(r"<[^>]*>", " ", cell).split()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>\s*<th scope=\"row.*?</tr>", table, re.DOTALL)
    ]
    return caption, heads, rows


def test_a_fit_stands_beside_its_second_opinion_and_its_refit_without_the_most_influential_days():
    caption, (groups, heads, *_), [row] = fit_checks(make_result(make_events(1), ("topix",)))
    assert groups == [
        "", "Log-likelihood", "Optimum", "Persistence", "Half-life", "Residual tests, p-values",
    ]  # fmt: skip
    told = dict(zip(heads, row, strict=True))
    assert [told[name] for name in ("here", "arch", "arch’s best")] == [["−712.34"], ["−712.34"], ["−712.35"]]
    assert (told["score"], told["starts’ gap"]) == (["3e-13"], ["2e-11"])
    assert (told["all days"], told["without"]) == (["0.9250"], ["0.9312", "2023-06-02", "2024-10-01"])
    assert told["sessions"] == ["8.9", "[3.20,", "∞]"]
    assert told["Series"] == ["TOPIX", "2023-03-01", "to", "2025-03-18"]
    assert told["Ljung–Box z²"] == ["0.0300", "!"]
    for word in ("arch:", "Score:", "Starts’ gap:", "Without:", "! a test rejects at 5%"):
        assert word in caption


def test_a_fit_without_a_second_opinion_does_not_speak_of_one():
    result = make_result(make_events(1), ("topix",))
    unasked = ["score_norm", "starts_gap", "arch_loglikelihood", "arch_optimum", "persistence_without",
               "half_life", "half_life_lower", "half_life_upper"]  # fmt: skip
    result.fits[[*unasked, "influential"]] = np.nan
    caption, (groups, heads, *_), [row] = fit_checks(result)
    assert "arch" not in caption
    assert groups == ["", "Log-likelihood", "Persistence", "Residual tests, p-values"]
    assert heads[:4] == ["Series", "Status", "here", "all days"]
    assert len(row) == len(heads) == 9


def test_one_fit_without_a_second_opinion_among_others_has_a_dash():
    result = make_result(make_events(1), ("topix", "usdjpy"))
    result.fits.loc[1, ["arch_loglikelihood", "arch_optimum"]] = np.nan
    _, (_, heads, *_), rows = fit_checks(result)
    assert [row[heads.index("arch")] for row in rows] == [["−712.34"], ["\N{EN DASH}"]]


def path_of(**columns):
    days = [-1, 0, 1]
    base = {
        "relative_day": days,
        "session": pd.to_datetime(["2025-04-02", "2025-04-03", "2025-04-04"]),
        "close": [100.0, 98.0, 99.0],
        "car": [np.nan, -2.0, -1.0],
        "car_lower": [np.nan, -1.5, -2.1],
        "car_upper": [np.nan, 1.5, 2.1],
        "forecast_variance": [np.nan, 1.0, 1.21],
        "filtered_variance": [0.81, 1.0, 4.0],
    }
    return pd.DataFrame(base | columns)


def test_a_chart_shows_prices_cumulated_returns_with_band_and_standard_deviations():
    drawn = charts.figure(path_of(), event="E1", series="topix")
    lines = {trace["name"]: trace for trace in drawn["data"]}
    assert lines["close"]["y"] == [100.0, 98.0, 99.0]
    assert lines["CAR"]["y"] == [None, -2.0, -1.0]
    assert lines["95% band, no event"]["y"] == [None, -1.5, -2.1]
    assert lines["σ filtered"]["y"] == [0.9, 1.0, 2.0]
    assert lines["σ forecast"]["y"] == [None, 1.0, 1.1]
    assert [lines[name]["yaxis"] for name in ("close", "CAR", "σ forecast")] == ["y", "y2", "y3"]


def test_a_chart_marks_its_event_before_day_zero_and_others_on_their_own_days():
    drawn = charts.figure(path_of(), event="E1", series="topix", others={0: ["E2"], 1: ["E3", "E4"]})
    assert [shape["x0"] for shape in drawn["layout"]["shapes"]] == [-0.5, 0.5]
    assert [note["text"] for note in drawn["layout"]["annotations"]] == ["E1<br>E2", "E3<br>E4"]


def test_plotly_itself_accepts_the_chart():
    drawn = charts.figure(path_of(), event="E1", series="topix", simulated=True)
    figure = plotly.graph_objects.Figure(drawn)
    assert len(figure.data) == 6
    assert figure.layout.annotations[-1].text == "SIMULATED"


def test_a_small_drawing_keeps_inside_its_box_and_leaves_out_what_is_missing():
    drawn = charts.sparkline(path_of(car_upper=[np.nan, np.nan, 2.1]))
    points = re.search(r'class="car" points="([^"]*)"', drawn).group(1).split()
    heights = [float(point.split(",")[1]) for point in points]
    assert len(points) == 2
    assert heights[0] > heights[1]
    assert all(0 <= height <= 22 for height in heights)
    assert "nan" not in drawn
    assert charts.sparkline(path_of(car=[np.nan] * 3)) == ""


def test_other_events_of_an_episode_are_marked_on_the_chart_of_the_same_series():
    notes = [note["text"] for note in json.loads(outline().charts[0])["layout"]["annotations"]]
    assert notes == ["X01", "X02", "X03"]
