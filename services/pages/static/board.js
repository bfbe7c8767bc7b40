// The board: numbers that renew themselves, and the map beside the table, coloured by the table's own numbers.
"use strict";
(() => {
  const LIVE = ["live", "live-table"];
  const map = document.getElementById("map");

  async function renew() {
    if (document.hidden || LIVE.some((id) => document.getElementById(id)?.contains(document.activeElement))) return;
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of LIVE) {
      const now = document.getElementById(id), then = fresh.getElementById(id);
      if (now && then) now.replaceChildren(...then.childNodes);
    }
    if (map && !map.hidden) colour();
  }
  setInterval(renew, 1000 * Number(document.getElementById("live").dataset.every));

  if (!map || !window.Plotly) return;
  // The library asks a host for the world's outline unless it has one: ours is empty.
  window.PlotlyGeoAssets = { topojson: { world_110m: { type: "Topology", arcs: [], objects: Object.fromEntries(
    ["coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"].map((name) => [name, { type: "GeometryCollection", geometries: [] }]),
  ) } } };
  const token = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  let shapes = null;

  function rows() {
    return Object.fromEntries([...document.querySelectorAll("#by-grid tr[data-grid]")].map((row) => [row.dataset.grid, row]));
  }

  function traces() {
    const found = rows(), parts = shapes.features.filter(({ id }) => found[id]);
    const late = parts.map(({ id }) => Number(found[id].dataset.overdue));
    const most = Math.max(4, ...late);
    const said = ({ id, properties }) => `${properties.name}<br>${map.dataset.open} ${found[id].dataset.open} · ${map.dataset.overdue} ${found[id].dataset.overdue}`;
    return [
      {
        type: "choropleth", geojson: shapes, featureidkey: "id", locations: parts.map(({ id }) => id), z: late,
        zmin: 0, zmax: most, showscale: false, text: parts.map(said), hoverinfo: "text",
        colorscale: [[0, token("--accent-wash")], [0.001, token("--warn-wash")], [1, token("--fault")]],
        marker: { line: { color: token("--edge"), width: 1.5 } },
      },
      {
        type: "scattergeo", mode: "text", hoverinfo: "skip", 
        textfont: { color: late.map((count) => token(count > 0.55 * most ? "--sheet" : "--ink")), size: 13 },
        lon: parts.map(({ properties }) => properties.at[0]), lat: parts.map(({ properties }) => properties.at[1]),
        text: parts.map(({ id, properties }) => `${properties.name}<br>${found[id].dataset.overdue}`),
      },
    ];
  }

  function layout() {
    return {
      margin: { l: 8, r: 8, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", dragmode: false, showlegend: false,
      font: { family: getComputedStyle(document.body).fontFamily },
      geo: { visible: false, fitbounds: "geojson", bgcolor: "rgba(0,0,0,0)", projection: { type: "mercator" } },
      hoverlabel: { bgcolor: token("--sheet"), font: { color: token("--ink") }, bordercolor: token("--edge") },
    };
  }

  function colour() {
    return window.Plotly.react(map, traces(), layout(), { displayModeBar: false, responsive: true, scrollZoom: false });
  }

  async function draw() {
    const answer = await fetch(map.dataset.shapes).catch(() => null);
    if (!answer?.ok) return;
    shapes = await answer.json();
    if (!shapes.features.length) return;
    map.hidden = false;
    await colour();
    map.on("plotly_click", ({ points }) => {
      const link = rows()[points[0].location]?.querySelector("th a");
      if (link) location.href = link.href;
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour);
  }
  draw();
})();
