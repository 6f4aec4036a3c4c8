// Draws a chart when it comes into view, with the plotly.js embedded in this page; nothing is fetched.
"use strict";
(() => {
  const darkness = window.matchMedia("(prefers-color-scheme: dark)");
  const printing = window.matchMedia("print");
  const drawn = new Set();

  function library() {
    if (!window.Plotly) {
      const script = document.createElement("script");
      script.textContent = document.getElementById("plotly").textContent;
      document.head.append(script);
    }
    return window.Plotly;
  }

  function theme() {
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(name).trim();
    const axis = {
      gridcolor: colour("--rule"), linecolor: colour("--rule"), zerolinecolor: colour("--faint"),
      automargin: true, showspikes: false,
    };
    const yaxis = { ...axis, nticks: 5, zeroline: false, title: { standoff: 6, font: { size: 11 } } };
    return {
      axes: {
        xaxis: { ...axis, zeroline: false, hoverformat: "+d", title: { standoff: 4, font: { size: 11 } } },
        yaxis, yaxis2: { ...yaxis, zeroline: true }, yaxis3: { ...yaxis, rangemode: "tozero" },
      },
      base: {
        paper_bgcolor: colour("--paper"), plot_bgcolor: colour("--paper"),
        font: { family: style.fontFamily, size: 11.5, color: colour("--ink") },
        margin: { l: 60, r: 14, t: 30, b: 52 },
        legend: { orientation: "h", x: 0, yanchor: "bottom", traceorder: "normal", font: { size: 11 } },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--faint"), activecolor: colour("--ink") },
        hovermode: "x unified", hoversubplots: "axis",
        hoverlabel: { font: { size: 11 }, bgcolor: colour("--paper"), bordercolor: colour("--rule") },
      },
    };
  }

  function dressed(layout, place) {
    const { base, axes } = theme();
    const narrow = place.clientWidth < 480;
    const annotations = layout.annotations.filter((note) => !narrow || note.name !== "other");
    const lines = Math.max(0, ...annotations.map((note) => note.text.split("<br>").length));
    const result = { ...layout, ...base, annotations };
    result.margin = { ...base.margin, t: base.margin.t + 13 * lines };
    result.legend = { ...base.legend, y: 1 + 0.032 * lines + 0.012 };
    if (narrow) Object.assign(result.legend, { entrywidthmode: "fraction", entrywidth: 0.5 });
    for (const [name, look] of Object.entries(axes)) {
      const own = layout[name];
      if (!own) continue;
      result[name] = { ...look, ...own, title: { ...look.title, ...own.title } };
    }
    return result;
  }

  function traces(place) {
    const { data, styles, cells } = place.chart;
    if (!cells) return data;
    const chosen = cells[place.parentElement.querySelector("select.cells").value];
    return styles.map((style, number) => ({ ...style, ...chosen[number] }));
  }

  function draw(place) {
    if (drawn.has(place)) return;
    drawn.add(place);
    const chart = JSON.parse(place.nextElementSibling.textContent);
    place.chart = chart;
    const name = place.parentElement.id.replaceAll("/", "-");
    if (chart.layout.height) place.style.height = `${chart.layout.height}px`;
    library().newPlot(place, traces(place), dressed(chart.layout, place), {
      displaylogo: false, responsive: true, showSendToCloud: false, plotlyServerURL: "",
      modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]],
      toImageButtonOptions: { format: "png", scale: 2, filename: name },
    });
  }

  for (const menu of document.querySelectorAll("select.cells")) {
    menu.parentElement.hidden = false;
    menu.addEventListener("change", () => {
      const place = menu.closest("section").querySelector(".chart");
      if (drawn.has(place)) library().react(place, traces(place), dressed(place.chart.layout, place));
    });
  }

  function dress() {
    for (const place of drawn) library().relayout(place, dressed(place.chart.layout, place));
  }

  const watcher = new IntersectionObserver((seen) => {
    for (const item of seen) if (item.isIntersecting) draw(item.target);
  }, { rootMargin: "200px" });
  document.querySelectorAll(".chart").forEach((place) => watcher.observe(place));
  darkness.addEventListener("change", dress);
  printing.addEventListener("change", dress);
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll("details[open] > .chart, section > .chart").forEach(draw);
  });

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
      ?? document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  }

  for (const button of document.querySelectorAll("button.toggle")) {
    const pairs = [...button.closest("section").querySelectorAll("details.pair")];
    const [open, close] = [button.textContent, button.textContent.replace("Open", "Close")];
    button.hidden = false;
    button.addEventListener("click", () => {
      const opening = pairs.some((pair) => !pair.open);
      pairs.forEach((pair) => { pair.open = opening; });
      button.textContent = opening ? close : open;
    });
  }
  if (window.matchMedia("(max-width: 60rem)").matches) document.querySelector(".contents").open = false;
  window.addEventListener("hashchange", reveal);
  reveal();
})();
