#pragma once

#include <string_view>

namespace mlo::ui {

/// What makes plots of a comparison readable and answers to pointer and keyboard. `--r0` … `--r7`
/// are the colours of the things that are compared: told apart also by those who see no red or
/// green (Okabe and Ito's palette, darkened on white).
constexpr std::string_view kComparisonStyle = R"css(<style>
:root { --ink: #1c2430; --dim: #5a6675; --rule: #dde3ea; --paper: #fff; --r0: #0068a8; --r1: #c75000; --r2: #007a5a; --r3: #a83f85;
  --r4: #8a6d00; --r5: #1f7fb8; --r6: #444b54; --r7: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --dim: #9aa7b5; --rule: #2c3642; --paper: #12171d; --r0: #56b4e9; --r1: #f08a3c;
  --r2: #35c79a; --r3: #e08bc0; --r4: #f0e442; --r5: #8fd0f5; --r6: #c3ccd6; --r7: #ff7b72 }
  body { background: var(--paper); color: var(--ink) } th, td { border-color: var(--rule) } dt { color: var(--dim) } }
.legend { position: sticky; top: 0; background: var(--paper); padding: .6rem 0; margin: 1rem 0 0; display: flex; flex-wrap: wrap; gap: .4rem; z-index: 1;
  border-bottom: 1px solid var(--rule) }
.legend button { font: inherit; font-size: .85rem; color: inherit; background: none; border: 1px solid var(--rule); border-radius: 1rem; padding: .1rem .7rem .1rem .5rem; cursor: pointer }
.legend button::before { content: ""; display: inline-block; width: .7em; height: .7em; border-radius: 50%; background: var(--c); margin-right: .4em }
.legend button[aria-pressed=false] { opacity: .45; text-decoration: line-through }
.legend button:hover, .legend button:focus-visible, .plot svg:focus-visible { outline: 2px solid var(--c, var(--r0)); outline-offset: 1px }
.plots { grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1.2rem 1.6rem }
.plot figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .2rem } .wide { overflow-x: auto }
.plot svg { width: 100%; height: auto; display: block; touch-action: pan-y } .wide svg { min-width: 40rem }
.plot text { fill: var(--dim); font-size: 11px; font-variant-numeric: tabular-nums } .plot text.name { fill: var(--ink); font-size: 12px }
.grid { stroke: var(--rule) } .axis { stroke: var(--dim) }
.run { --c: var(--dim); stroke: var(--c); fill: none; stroke-width: 1.8; stroke-linejoin: round; transition: opacity .12s }
circle.run { fill: var(--c); stroke: var(--paper); stroke-width: 1.2 }
.cursor { stroke: var(--dim); stroke-dasharray: 3 3; visibility: hidden }
#tip { position: fixed; pointer-events: none; background: var(--ink); color: var(--paper); font-size: .8rem; line-height: 1.45; padding: .35rem .6rem; border-radius: .4rem;
  max-width: 24rem; white-space: pre; visibility: hidden; z-index: 2; font-variant-numeric: tabular-nums }
.same { display: none } .all .same { display: table-row }
</style>
)css";

/// Highlights a run wherever it is drawn, hides those that are switched off, tells values at a
/// step.
constexpr std::string_view kComparisonScript = R"js(<script>
"use strict";
(() => {
  const runs = JSON.parse(document.getElementById("runs").textContent);
  const sheet = document.head.appendChild(document.createElement("style"));
  const tip = document.body.appendChild(Object.assign(document.createElement("div"), { id: "tip" }));
  tip.setAttribute("role", "status");
  const hidden = new Set();
  let lit = null;
  const paint = () => {
    let css = [...hidden].map(i => `.plot .r${i}{display:none}`).join("");
    if (lit !== null) css += `.run{opacity:.16}.run.r${lit}{opacity:1;stroke-width:3}`;
    sheet.textContent = css;
  };
  const light = i => { if (i !== lit) { lit = i; paint(); } };
  const number = v => String(Math.abs(v) < 1e4 ? Number(v.toPrecision(5)) : Math.round(v));
  const show = (text, x, y) => {
    tip.textContent = text;
    tip.style.visibility = text ? "visible" : "hidden";
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 4)) + "px";
    tip.style.top = Math.max(4, Math.min(y + 14, innerHeight - box.height - 4)) + "px";
  };
  document.querySelectorAll(".legend button").forEach(button => {
    const i = Number(button.dataset.run);
    button.addEventListener("pointerenter", () => light(i));
    button.addEventListener("focus", () => light(i));
    button.addEventListener("pointerleave", () => light(null));
    button.addEventListener("blur", () => light(null));
    button.addEventListener("click", () => {
      hidden.has(i) ? hidden.delete(i) : hidden.add(i);
      button.setAttribute("aria-pressed", String(!hidden.has(i)));
      paint();
    });
  });
  document.querySelectorAll(".marks .run").forEach(mark => {
    mark.addEventListener("pointerenter", event => {
      light(Number(mark.dataset.run));
      show(runs[mark.dataset.run] + (mark.dataset.tip ? "\n" + mark.dataset.tip : ""), event.clientX, event.clientY);
    });
    mark.addEventListener("pointerleave", () => { light(null); show("", 0, 0); });
  });
  document.querySelectorAll("svg[data-curves]").forEach(svg => {
    const plot = JSON.parse(svg.dataset.curves);
    const steps = [...new Set(plot.lines.flatMap(line => line.map(point => point[0])))].sort((a, b) => a - b);
    const cursor = svg.querySelector(".cursor");
    let at = 0;
    const near = (line, step) => line.reduce((best, point) => !best || Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best, null);
    const tell = (index, x, y) => {
      at = Math.max(0, Math.min(index, steps.length - 1));
      const step = steps[at];
      const place = plot.left + (step - plot.from) / (plot.to - plot.from) * plot.width;
      cursor.setAttribute("x1", place); cursor.setAttribute("x2", place);
      cursor.style.visibility = "visible";
      const box = svg.getBoundingClientRect();
      if (x === undefined) [x, y] = [box.left + place / svg.viewBox.baseVal.width * box.width, box.top + box.height / 3];
      const rows = plot.lines.map((line, i) => [i, near(line, step)]).filter(([i, point]) => point && !hidden.has(i)).sort((a, b) => b[1][1] - a[1][1]);
      show(`step ${number(step)}\n` + rows.slice(0, 12).map(([i, point]) => `${number(point[1])}  ${runs[i]}`).join("\n") + (rows.length > 12 ? `\n… ${rows.length - 12} more` : ""), x, y);
    };
    const clear = () => { cursor.style.visibility = "hidden"; show("", 0, 0); };
    svg.addEventListener("pointermove", event => {
      const box = svg.getBoundingClientRect();
      const inside = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
      const step = plot.from + (inside - plot.left) / plot.width * (plot.to - plot.from);
      let best = 0;
      steps.forEach((one, i) => { if (Math.abs(one - step) < Math.abs(steps[best] - step)) best = i; });
      tell(best, event.clientX, event.clientY);
    });
    svg.addEventListener("pointerleave", clear);
    svg.addEventListener("blur", clear);
    svg.addEventListener("focus", () => { if (svg.matches(":focus-visible")) tell(at); });
    svg.addEventListener("keydown", event => {
      const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -steps.length, End: steps.length }[event.key];
      if (event.key === "Escape") clear();
      if (move === undefined) return;
      event.preventDefault();
      tell(at + move);
    });
  });
})();
</script>
)js";

}  // namespace mlo::ui
