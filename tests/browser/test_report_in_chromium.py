"""The report as a reader meets it: opened from disk in a real browser, with no network to lean on."""

import time

import pytest

from eventstudy.report import page
from tests.chromium import PROGRAM, Chromium
from tests.report_fixtures import make_report

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None, reason="no chromium on this machine: apt-get install chromium"),
]
WIDE = ("nikkei225", "topix", "jpx_nikkei_400_etf_1591", "usdjpy", "usdjpy_tokyo_1700", "topix_etf_1306")
DRAWN = "document.querySelectorAll('.chart svg.main-svg').length > 0"
CHARTS = "document.querySelectorAll('.chart.js-plotly-plot').length"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    reports = {
        "real": make_report(),
        "simulated": make_report(world="simulated"),
        "large": make_report(count=30, series_ids=WIDE),
    }
    for name, report in reports.items():
        (folder / f"{name}.html").write_text(page(report), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in reports}


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(chromium):
    """The shared browser on an empty page, wide, light and with no memory of other tests."""
    chromium.resize(1400, 900)
    chromium.media()
    chromium.open("about:blank")
    chromium.requests.clear()
    chromium.complaints.clear()
    return chromium


def test_the_page_opens_without_a_complaint_and_asks_for_nothing_but_itself(browser, pages):
    browser.open(pages["real"])
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
    browser.run("window.dispatchEvent(new Event('beforeprint'))")
    browser.until(f"{CHARTS} === 10")
    assert browser.complaints == []
    assert [url for url in browser.requests if not url.startswith(("data:", "blob:"))] == [pages["real"]]


def test_a_chart_is_drawn_when_its_detail_is_opened_and_not_before(browser, pages):
    browser.open(pages["real"])
    assert browser.run(CHARTS) == 0
    assert browser.run("typeof Plotly") == "undefined"
    browser.run("document.querySelector('details.pair').scrollIntoView()")
    browser.run("document.querySelector('details.pair > summary').click()")
    browser.until(DRAWN)
    assert browser.run(CHARTS) == 1
    assert browser.run("document.querySelectorAll('.chart .cartesianlayer > .subplot').length") == 3
    assert browser.run("document.querySelectorAll('.chart .scatterlayer path.js-line').length") >= 4


def test_a_cell_of_the_headline_table_leads_to_the_opened_detail(browser, pages):
    browser.open(pages["real"])
    browser.run("document.querySelector('.matrix td a[href=\"#event/X02/usdjpy\"]').click()")
    browser.until("document.getElementById('event/X02/usdjpy').open")
    browser.until(DRAWN)
    assert browser.run(CHARTS) == 1


def test_all_series_of_an_event_open_and_close_with_one_button(browser, pages):
    browser.open(pages["real"])
    opened = "document.querySelectorAll('section#event\\\\/X01 details[open]').length"
    browser.run("document.querySelector('button.toggle').click()")
    assert browser.run(opened) == 3
    assert browser.run("document.querySelector('button.toggle').textContent").startswith("Close")
    browser.run("document.querySelector('button.toggle').click()")
    assert browser.run(opened) == 0


def test_the_chart_offers_only_what_stays_on_this_machine(browser, pages):
    browser.open(pages["real"] + "#event/X01/nikkei225")
    browser.until(DRAWN)
    titles = browser.run("[...document.querySelectorAll('.modebar-btn')].map(one => one.dataset.title)")
    assert sorted(titles) == ["Download plot as a PNG", "Pan", "Reset axes", "Zoom"]
    assert browser.run("document.querySelectorAll('.chart a[href^=http], .plotlyjsicon').length") == 0


def test_a_script_or_a_request_that_does_not_belong_to_the_page_is_blocked(browser, pages):
    browser.open(pages["real"])
    browser.run("""(() => { const script = document.createElement("script");
        script.textContent = "window.intruder = 1"; document.body.append(script); })()""")
    assert browser.run("typeof window.intruder") == "undefined"
    assert browser.run("fetch('https://example.invalid/').then(() => 'sent', () => 'blocked')") == "blocked"
    assert sum("Content Security Policy" in text for text in browser.complaints) >= 2


CURVE = "document.getElementById('curve-chart')"


def test_the_specification_curve_is_drawn_when_it_is_reached_and_again_for_another_choice(browser, pages):
    browser.open(pages["real"])
    assert browser.run(f"{CURVE}.classList.contains('js-plotly-plot')") is False
    assert browser.run("document.querySelector('select.cells').closest('label').hidden") is False
    browser.run(f"{CURVE}.scrollIntoView()")
    browser.until(f"{CURVE}.classList.contains('js-plotly-plot')")
    assert browser.run(f"{CURVE}.data.map(trace => trace.x.length)") == [3, 1, 1, 12]
    assert browser.run(f"{CURVE}.querySelectorAll('.cartesianlayer > .subplot').length") == 2
    browser.run(f"{CURVE}.chart.cells['X02 usdjpy CAR'][0].y = [1, 2, 3]")
    browser.run("""(() => { const menu = document.querySelector('select.cells');
        menu.value = 'X02 usdjpy CAR'; menu.dispatchEvent(new Event('change')); })()""")
    browser.until(f"{CURVE}.data[0].y.join() === '1,2,3'")
    assert browser.complaints == []


def test_what_is_folded_away_opens_and_the_series_of_an_event_open_apart_from_it(browser, pages):
    browser.open(pages["real"])
    folded = "[...document.querySelectorAll('details.more')]"
    assert browser.run(f"{folded}.length") > 6
    assert browser.run(f"{folded}.every(one => !one.open)")
    browser.run("document.querySelector('button.toggle').click()")
    assert browser.run(f"{folded}.every(one => !one.open)")
    browser.run(f"{folded}[0].querySelector('summary').click()")
    assert browser.run(f"{folded}[0].querySelectorAll('tbody tr').length") > 5


def test_without_scripts_every_table_is_there_and_details_still_open(browser, pages):
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages["real"])
        browser.run("document.querySelector('details.pair').open = true")
        text = browser.run("document.body.innerText")
        assert "Charts need JavaScript; every number is in the tables." in text
        assert "X01 on Nikkei 225, Tokyo close: returns" in text
        assert "How far the p-values can be trusted" in text
        assert "how many specifications come to the study’s own conclusion" in text
        assert "Quoted figures" in text
        assert browser.run("document.querySelectorAll('svg.spark').length") == 9
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


def test_the_page_and_its_charts_follow_the_reader_into_the_dark(browser, pages):
    browser.open(pages["real"] + "#event/X01/nikkei225")
    browser.until(DRAWN)
    colour = "getComputedStyle(document.querySelector('.chart .xtick text')).fill"
    paper = "getComputedStyle(document.body).backgroundColor"
    light = (browser.run(colour), browser.run(paper))
    browser.media(scheme="dark")
    browser.until(f"{colour} !== '{light[0]}'")
    assert browser.run(paper) != light[1]


def test_a_simulated_world_keeps_its_banner_in_sight_wherever_the_reader_scrolls(browser, pages):
    browser.open(pages["simulated"])
    browser.run("document.getElementById('provenance').scrollIntoView()")
    assert browser.run("window.scrollY") > 1000
    assert browser.run("document.querySelector('.banner').getBoundingClientRect().top") == 0


@pytest.mark.parametrize("width", [420, 1400])
def test_the_page_never_scrolls_sideways_only_its_tables_do(browser, pages, width):
    browser.resize(width, 900)
    browser.open(pages["simulated"] + "#event/X01/nikkei225")
    browser.until(DRAWN)
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_a_page_of_180_charts_shows_its_first_one_within_seconds(browser, pages):
    """About one second on two idle cores; ten leave room for a machine that is busy."""
    started = time.perf_counter()
    browser.open(pages["large"] + "#event/X15/topix")
    browser.until(DRAWN)
    assert time.perf_counter() - started < 10
    assert browser.run("document.querySelectorAll('details .chart').length") == 180
    assert browser.complaints == []


def test_on_paper_contents_and_closed_details_are_gone_and_wide_tables_are_not_cut(browser, pages):
    browser.open(pages["simulated"])
    browser.media(medium="print")
    shown = "getComputedStyle(document.querySelector('{}')).{}"
    assert browser.run(shown.format("nav", "display")) == "none"
    assert browser.run(shown.format("details.pair", "display")) == "none"
    assert browser.run(shown.format("details.more", "display")) == "none"
    assert browser.run(shown.format(".scroll", "overflowX")) == "visible"
    assert browser.run(shown.format(".matrix", "maxHeight")) == "none"
