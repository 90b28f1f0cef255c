// The desk of those who judge: the running total of a scoring sheet, its keys,
// and files that open beside the work. Everything here also works without it.
"use strict";
(() => {
  const { each } = window.clusterzone;

  // A sheet of points: the total follows each change.
  each("[data-rubric]", (rubric) => {
    const total = rubric.querySelector("[data-total]");
    const points = [...rubric.querySelectorAll('input[name^="points."]')];
    const add = () => {
      let hundredths = 0;
      for (const input of points) hundredths += Math.round(Number(input.value || 0) * 100) || 0;
      total.value = (hundredths / 100).toFixed(2);
    };
    rubric.addEventListener("input", add);
    add();
  });

  // 1 to 9 go to a criterion, unless somebody is writing.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const input = document.querySelector(`[data-rubric] [data-row="${event.key}"] input[name^="points."]`);
    if (!input) return;
    event.preventDefault();
    input.focus();
    input.select();
    input.scrollIntoView({ block: "center" });
  });

  // On a narrow screen the frame lies below: bring it into view.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[target]");
    const frame = link && document.querySelector(`iframe[name="${CSS.escape(link.target)}"]`);
    if (frame && window.matchMedia("(max-width: 62rem)").matches) frame.scrollIntoView({ block: "start" });
  });
})();
