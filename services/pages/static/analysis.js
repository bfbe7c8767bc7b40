// A quiet chart of the table's first lines: the whole as a pale bar, the part of it inside. The table says the same.
"use strict";
(() => {
  const chart = document.getElementById("chart"), table = document.getElementById("learnt"), MOST = 12, LONGEST = innerWidth < 768 ? 12 : 30;
  if (!chart || !table || !window.Plotly) return;
  const token = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const rows = [...table.tBodies[0].rows].slice(0, MOST).reverse();
  const names = rows.map((row) => [...row.querySelectorAll("th span")].map((part) => part.textContent).join(" "));
  const short = names.map((name) => (name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name));

  const shown = rows.flatMap((row) => [Number(row.dataset.whole), Number(row.dataset.part)]);
  const whole = shown.every(Number.isInteger), most = Math.max(...shown);

  function bars(kind, colour, width) {
    return {
      type: "bar", orientation: "h", name: table.dataset[kind], x: rows.map((row) => Number(row.dataset[kind])), width,
      y: rows.map((_, at) => at), marker: { color: token(colour) }, text: names, textposition: "none",
      hovertemplate: `%{text}<br>${table.dataset[kind]} %{x}<extra></extra>`,
    };
  }

  function draw() {
    const soft = { color: token("--ink-soft"), gridcolor: token("--line"), zerolinecolor: token("--line"), fixedrange: true };
    return window.Plotly.react(chart, [bars("whole", "--edge", 0.7), bars("part", "--accent", 0.35)], {
      barmode: "overlay", margin: { l: 8, r: 16, t: 8, b: 28 }, height: 64 + 30 * rows.length,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", dragmode: false,
      font: { family: getComputedStyle(document.body).fontFamily, color: token("--ink"), size: 13 },
      xaxis: { ...soft, rangemode: "tozero", dtick: whole && most < 6 ? 1 : undefined },
      yaxis: { ...soft, automargin: true, ticks: "outside", ticklen: 8, tickcolor: "rgba(0,0,0,0)", tickvals: rows.map((_, at) => at), ticktext: short, color: token("--ink") },
      legend: { orientation: "h", x: 1, xanchor: "right", y: 1.02, yanchor: "bottom", itemclick: false, itemdoubleclick: false },
      hoverlabel: { bgcolor: token("--sheet"), font: { color: token("--ink") }, bordercolor: token("--edge") },
    }, { displayModeBar: false, responsive: true });
  }
  chart.hidden = false;
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
