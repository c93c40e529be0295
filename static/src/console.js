// The dashboard's charts. The table below each holds the same figures for everybody else.
const chart = document.querySelector("[data-figures]");

async function figures() {
  const answer = await fetch(chart.dataset.figures, { headers: { Accept: "application/json" } });
  return answer.ok ? answer.json() : null;
}

function drawn(canvas, series, hours) {
  return new window.Chart(canvas, {
    type: "bar",
    data: { labels: hours, datasets: [{ label: series.label, data: series.counts, backgroundColor: "#0f4c5c" }] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      plugins: { legend: { display: false } },
      scales: { y: { beginAtZero: true, ticks: { precision: 0 } }, x: { ticks: { maxRotation: 0, autoSkipPadding: 12 } } },
    },
  });
}

const charts = new Map();

async function refresh() {
  const found = await figures();
  if (!found) return;
  for (const series of found.series) {
    const canvas = document.querySelector(`[data-series="${series.name}"]`);
    if (!canvas) continue;
    canvas.closest("[data-chart]").hidden = false;
    if (!charts.has(series.name)) {
      charts.set(series.name, drawn(canvas, series, found.hours));
      continue;
    }
    const known = charts.get(series.name);
    known.data.labels = found.hours;
    known.data.datasets[0].data = series.counts;
    known.update();
  }
}

if (chart && window.Chart) {
  refresh();
  setInterval(() => {
    if (!document.hidden) refresh();
  }, 30000);
}
