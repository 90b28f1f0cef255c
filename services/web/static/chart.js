// Charts drawn from the table inside them (views.Chart), so that the figures on
// screen and the figures read aloud are the same ones.
"use strict";
(() => {
  const { text, each } = window.clusterzone;
  const palette = ["#1f4e9c", "#7aa5d8", "#5b6b7f", "#a8873f", "#4f8f86", "#86729f", "#b9c5d3"];
  const ink = "#1b2430";
  const line = "#dfe4ea";
  const font = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif';

  // read takes names, series and links out of the table.
  function read(table) {
    const heads = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
    const rows = [...table.querySelectorAll("tbody tr")].map((tr) => [...tr.cells]);
    return {
      names: rows.map((cells) => cells[0].textContent.trim()),
      series: heads.slice(1).map((name, i) => ({
        name,
        values: rows.map((cells) => number(cells[i + 1].textContent)),
        links: rows.map((cells) => cells[i + 1].querySelector("a")?.href || cells[0].querySelector("a")?.href),
      })),
    };
  }

  function number(words) {
    const value = parseFloat(words.replace(/[,\s]/g, ""));
    return Number.isNaN(value) ? null : value;
  }

  function axes(kind, names) {
    const category = { type: "category", data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: line } }, axisLabel: { color: ink, width: 120, overflow: "break" } };
    const value = { type: "value", splitLine: { lineStyle: { color: line } }, axisLabel: { color: ink } };
    if (kind === "bar") return { xAxis: value, yAxis: { ...category, inverse: true } };
    return { xAxis: category, yAxis: value };
  }

  // option is the drawing; on a narrow ground shares are named by the legend alone.
  function option(kind, data, stack, narrow) {
    const shared = {
      color: palette,
      animation: false,
      textStyle: { fontFamily: font, fontSize: 13, color: ink },
      tooltip: { renderMode: "richText", trigger: kind === "pie" ? "item" : "axis", confine: true },
      legend: data.series.length > 1 || kind === "pie" ? { bottom: 0, textStyle: { color: ink } } : undefined,
      grid: { left: 8, right: 24, top: 16, bottom: data.series.length > 1 ? 36 : 8, containLabel: true },
    };
    if (kind === "pie") {
      const [first] = data.series;
      const slices = data.names.map((name, i) => ({ name, value: first.values[i] }));
      const legend = { ...shared.legend, formatter: (name) => `${name} ${first.values[data.names.indexOf(name)] ?? ""}` };
      const label = { show: !narrow, formatter: "{b} {c}", color: ink };
      return { ...shared, legend, series: [{ type: "pie", radius: ["42%", "68%"], center: ["50%", "44%"], data: slices, label, labelLine: { show: !narrow } }] };
    }
    const series = data.series.map(({ name, values }) => ({
      name,
      data: values,
      type: kind === "line" ? "line" : "bar",
      stack: stack ? "all" : undefined,
      barMaxWidth: 28,
      symbolSize: 7,
    }));
    return { ...shared, ...axes(kind, data.names), series };
  }

  each("[data-chart]", (figure) => {
    const ground = figure.querySelector("[data-chart-ground]");
    const table = figure.querySelector("table");
    if (!table || !window.echarts) return;
    const data = read(table);
    if (!data.series.some(({ values }) => values.some((value) => value !== null))) {
      ground.hidden = false;
      ground.textContent = text("chart.empty");
      return;
    }
    ground.hidden = false;
    if (figure.dataset.chart === "bar") ground.classList.add(data.names.length > 12 ? "chart-tall" : "chart-bars");
    const chart = echarts.init(ground, null, { renderer: "canvas" });
    const draw = () => chart.setOption(option(figure.dataset.chart, data, "stack" in figure.dataset, ground.clientWidth < 560));
    draw();
    chart.on("click", ({ seriesIndex, dataIndex }) => {
      const address = data.series[seriesIndex]?.links[dataIndex];
      if (address) location.assign(address);
    });
    new ResizeObserver(() => {
      chart.resize();
      draw();
    }).observe(ground);
    window.addEventListener("beforeprint", () => chart.resize());
  });
})();
