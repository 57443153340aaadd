/* The side panel of a list: a link with data-panel opens its page there, where there is room beside it. J and K go on to the
   next and the previous row, Escape closes, and the focus goes back to the row. */

const panel = document.getElementById("panel");
const page = document.getElementById("panel-page");
const hasRoom = matchMedia("(width >= 960px)");
let shown = "";

const links = () => [...document.querySelectorAll(".listing a[data-panel]")];
const opener = () => links().find((link) => link.getAttribute("href") === shown);

function mark() {
  for (const link of links()) link.closest("tr").classList.toggle("is-open", !panel.hidden && link.getAttribute("href") === shown);
}

async function show(link) {
  shown = link.getAttribute("href");
  page.href = shown;
  const asked = shown;
  await htmx.ajax("GET", asked, { source: panel, target: "#panel-content", swap: "innerHTML" });
  if (asked !== shown || !panel.querySelector("#panel-title")) return;
  for (const next of panel.querySelectorAll("input[name='next']")) next.value = location.pathname + location.search;
  panel.hidden = false;
  panel.scrollTop = 0;
  mark();
  opener()?.closest("tr").scrollIntoView({ block: "nearest" });
  panel.focus({ preventScroll: true });
}

function close() {
  panel.hidden = true;
  mark();
  (opener() ?? document.getElementById("main")).focus({ preventScroll: true });
}

function move(by) {
  const all = links();
  const next = all[all.indexOf(opener()) + by];
  if (next) show(next);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".listing a[data-panel]");
  if (!link || !hasRoom.matches || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  show(link);
});

panel.addEventListener("click", (event) => {
  const button = event.target.closest("[data-panel-move]");
  if (button) move(Number(button.dataset.panelMove));
  if (event.target.closest("[data-panel-close]")) close();
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, select, textarea, [contenteditable], dialog");
  if (panel.hidden || isTyping || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape") close();
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
});

document.addEventListener("htmx:afterSettle", mark); // a list that was drawn anew
