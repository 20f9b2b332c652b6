"use strict";
// The page reads without this. With it, the arrow keys step through the rows, and the line of each is marked in the code.
(() => {
  const rows = [...document.querySelectorAll("svg .row")];
  document.querySelector(".hint").hidden = false;
  let at = -1;
  const show = (to, scroll) => {
    if (to < 0 || to >= rows.length) return;
    document.querySelectorAll(".on, .lit").forEach((it) => it.classList.remove("on", "lit"));
    at = to;
    const row = rows[at];
    row.classList.add("on");
    const line = document.getElementById(row.dataset.line || "");
    if (line) {
      line.classList.add("lit");
      const code = line.closest(".code");
      code.scrollTop += line.getBoundingClientRect().top - code.getBoundingClientRect().top - code.clientHeight / 3;
    }
    history.replaceState(null, "", "#" + row.id);
    if (scroll) row.scrollIntoView({ block: "nearest" });
  };
  rows.forEach((row, index) => row.addEventListener("click", () => show(index, false)));
  rows.forEach((row, index) => row.addEventListener("focus", () => show(index, false)));
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    show(Math.max(0, at + step), true);
  });
  show(rows.findIndex((row) => "#" + row.id === location.hash), true);
})();
