/* Filters of a list: those that are off wait in "Add filter", those in force (data-active) behind the words of their chips,
   and those that are changed (data-open) stand there. Without a script all of them do. */

function off(filter) {
  return !filter.hasAttribute("data-active");
}

function offer(form) {
  const menu = form.querySelector("[data-add-filter]");
  if (!menu) return;
  menu.length = 1;
  const waiting = [...form.querySelectorAll("[data-filter]")].filter(off);
  for (const filter of waiting) menu.add(new Option(filter.querySelector(".filter-label").textContent));
  menu.closest(".add-filter").hidden = !waiting.length;
}

function change(filter) {
  filter.setAttribute("data-active", "");
  filter.setAttribute("data-open", "");
  filter.querySelector("input:not([type='hidden']), select, textarea, a")?.focus();
}

function clear(filter) {
  for (const control of filter.querySelectorAll("input, select, textarea")) {
    if (control.type === "checkbox" || control.type === "radio") control.checked = false;
    else if (control.tagName === "SELECT") control.selectedIndex = control.multiple ? -1 : 0;
    else control.value = "";
  }
}

document.addEventListener("change", (event) => {
  const menu = event.target.closest("[data-add-filter]");
  if (!menu) return;
  const form = menu.closest("form");
  const filter = [...form.querySelectorAll("[data-filter]")].filter(off)[menu.selectedIndex - 1];
  if (!filter) return;
  change(filter);
  offer(form);
});

document.addEventListener("click", (event) => {
  const words = event.target.closest(".chip-words");
  if (!words) return;
  event.preventDefault();
  const place = document.getElementById(words.hash.slice(1));
  if (place.matches("[data-filter]")) change(place);
  else place.focus();
});

/* Who takes a filter away takes the button along: the focus goes to the next one, else to the search. Other answers may come
   first. */

let taken = null;

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!detail.elt.matches?.("[data-take-away]")) return;
  const list = detail.elt.closest(".listing");
  taken = { by: detail.elt, list: list.id, at: [...list.querySelectorAll("[data-take-away]")].indexOf(detail.elt) };
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!taken || detail.requestConfig?.elt !== taken.by) return;
  const list = document.getElementById(taken.list);
  const left = [...list.querySelectorAll(".chips [data-take-away]")];
  const next = left[Math.min(taken.at, left.length - 1)] ?? list.querySelector("[type='search'], [data-add-filter]");
  next?.focus({ preventScroll: true });
  taken = null;
});

/* Rows that are suggested for a filter: arrows lead through them, Escape puts them away. Whoever takes one finds the focus on
   its chip. */

document.addEventListener("keydown", (event) => {
  const value = event.target.closest(".filter-value:has(> .suggestions)");
  if (!value || !["ArrowDown", "ArrowUp", "Escape"].includes(event.key)) return;
  const box = value.querySelector("[data-suggests]");
  const links = [...value.querySelectorAll("[data-suggested]")];
  if (!links.length) return;
  event.preventDefault();
  if (event.key === "Escape") value.querySelector(".suggestions").replaceChildren();
  const all = [box, ...links];
  const at = event.key === "Escape" ? 0 : all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1);
  all[Math.max(0, Math.min(at, links.length))].focus();
});

let suggested = null;

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.matches?.("[data-suggested]")) suggested = { by: detail.elt, filter: detail.elt.closest("[data-filter]").id };
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!suggested || detail.requestConfig?.elt !== suggested.by) return;
  document.querySelector(`.chip-words[href="#${suggested.filter}"]`)?.focus({ preventScroll: true });
  suggested = null;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove-filter]");
  if (!button) return;
  const filter = button.closest("[data-filter]");
  const form = button.closest("form");
  clear(filter);
  filter.removeAttribute("data-active");
  filter.removeAttribute("data-open");
  offer(form);
  form.requestSubmit();
});

/* In a dialog a click anywhere on a line chooses it; not while its words are being marked. */

document.addEventListener("click", (event) => {
  if (event.target.closest("a, button, input, select, label, summary") || !getSelection().isCollapsed) return;
  event.target.closest(".dialog-content tr")?.querySelector(":scope > .choose input")?.click();
});

/* Select-all: data-select-all="name" ticks every box of that name in its table, and shows when only some are. */

function boxesOf(all) {
  const name = CSS.escape(all.dataset.selectAll);
  return [...all.closest("table, form").querySelectorAll(`input[type="checkbox"][name="${name}"]:not(:disabled)`)];
}

function mirror(all) {
  const boxes = boxesOf(all);
  const ticked = boxes.filter((box) => box.checked).length;
  all.checked = boxes.length > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
}

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-select-all]");
  if (all) {
    const ticked = all.checked; // each box's own event mirrors it into `all`
    for (const box of boxesOf(all)) {
      if (box.checked === ticked) continue;
      box.checked = ticked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  for (const other of document.querySelectorAll("[data-select-all]")) mirror(other);
});

/* All that is found: data-all-found="name" ticks the boxes of that name too. One of them unticked is an exception: not all. */

document.addEventListener("change", (event) => {
  const list = event.target.closest(".listing");
  const everything = list?.querySelector("[data-all-found]");
  if (!everything) return;
  const boxes = [...list.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(everything.dataset.allFound)}"]`)];
  if (event.target !== everything) {
    if (boxes.includes(event.target) && !event.target.checked) everything.checked = false;
    return;
  }
  for (const box of boxes) box.checked = everything.checked;
  for (const all of list.querySelectorAll("[data-select-all]")) mirror(all);
});

/* How many are chosen: those ticked here, and those of other pages; or all that are found. */

function count() {
  for (const said of document.querySelectorAll("[data-chosen]")) {
    const list = said.closest(".listing");
    const boxes = list.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(said.dataset.chosen)}"]:checked`);
    const all = list.querySelector("[data-all-found]:checked");
    const number = all ? Number(all.dataset.found) : Number(said.dataset.elsewhere ?? 0) + boxes.length;
    said.textContent = number.toLocaleString(document.documentElement.lang);
  }
}

document.addEventListener("change", count);

document.addEventListener("click", (event) => {
  const none = event.target.closest("[data-choose-none]");
  if (!none) return;
  const list = none.closest(".listing");
  for (const box of list.querySelectorAll(".choose input:checked, [data-all-found]:checked")) {
    box.checked = false;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
  list.querySelector("[data-select-all]")?.focus();
});

/* Search while typing: from FEWEST characters on, or none, after PAUSE milliseconds. What is found is drawn anew, not the box;
   where that would lose what was changed or ticked, the button searches. The way back leads past the words. */

const FEWEST = 3;
const PAUSE = 300;
let pause = 0;
let isAsking = false;

async function searchFor(box) {
  if (isAsking || !box.isConnected) return;
  const words = box.value.trim();
  const before = (box.dataset.searched ?? box.defaultValue).trim();
  const found = box.closest(".listing")?.querySelector(".listing-found");
  if (!found || words === before || (words && words.length < FEWEST)) return;
  if (!found.dispatchEvent(new CustomEvent("listing:replace", { bubbles: true, cancelable: true }))) return;
  box.dataset.searched = words;
  isAsking = true;
  try {
    await ask(box.closest(".listing-search"), found, before);
  } finally {
    isAsking = false;
  }
  searchFor(box); // what was typed meanwhile
}

function ask(search, found, before) {
  const clear = search.querySelector(".listing-clear");
  const swap = { target: found, select: `#${found.id}`, swap: "outerHTML", selectOOB: clear ? `#${clear.id}` : "" };
  const button = search.querySelector("[name='list_search']");
  if (button) {
    return htmx.ajax("POST", button.getAttribute("hx-post"), { source: button, values: { [button.name]: button.value }, ...swap });
  }
  if (search.getAttribute("hx-push-url") !== "false") {
    search.removeAttribute("hx-push-url");
    search.setAttribute(before ? "hx-replace-url" : "hx-push-url", "true");
  }
  return htmx.ajax("GET", search.getAttribute("action"), { source: search, ...swap });
}

function searchSoon(event) {
  const box = event.target;
  if (event.isComposing || !box.matches(".listing-search [type='search']")) return;
  clearTimeout(pause);
  pause = setTimeout(() => searchFor(box), PAUSE);
}

document.addEventListener("input", searchSoon);
document.addEventListener("compositionend", searchSoon);
document.addEventListener("submit", () => clearTimeout(pause), true);

/* Who presses the button for words that are searched for already waits: a second answer would lose what was ticked meanwhile. */

function pressOnce(event) {
  const pressed = event.type === "submit" ? event.target : event.target.closest("[name='list_search']");
  const box = isAsking && pressed?.closest(".listing-search")?.querySelector("[type='search']");
  if (!box || box.dataset.searched !== box.value.trim()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

document.addEventListener("click", pressOnce, true);
document.addEventListener("submit", pressOnce, true);

/* Empty fields and filters that are off have no place in an address. */

document.addEventListener("formdata", (event) => {
  if (!event.target.matches(".listing form")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  for (const control of event.target.querySelectorAll("[data-filter]:not([data-active]) [name]")) {
    event.formData.delete(control.name);
  }
});

/* A table that its frame has room for scrolls with the page. */

const room = new ResizeObserver((entries) => {
  for (const frame of new Set(entries.map(({ target }) => target.closest(".table-frame")))) {
    frame?.toggleAttribute("data-whole", frame.querySelector("table").offsetWidth <= frame.clientWidth);
  }
});

function measure(root) {
  for (const table of root.querySelectorAll(".listing .table-frame > table, .table-frame > .matrix")) {
    room.observe(table);
    room.observe(table.parentElement);
  }
}

function prepare(root) {
  measure(root);
  for (const form of root.querySelectorAll(".listing-search")) offer(form);
  for (const all of root.querySelectorAll("[data-select-all]")) mirror(all);
  count();
}

prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement ?? document));

/* Output Options close when something else is clicked, or with Escape. */

document.addEventListener("click", (event) => {
  for (const options of document.querySelectorAll(".output-options[open]")) {
    if (!options.contains(event.target)) options.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const options = event.key === "Escape" && event.target.closest(".output-options[open]");
  if (!options) return;
  options.open = false;
  options.querySelector("summary").focus();
});

/* Where boxes say what is chosen, the address says it too, for who has no script: what was unticked shall not come back. */

document.addEventListener("htmx:configRequest", (event) => {
  const name = event.detail.elt.closest(".listing")?.dataset.boxes;
  if (!name) return;
  const url = new URL(event.detail.path, location);
  url.searchParams.delete(name);
  event.detail.path = url.pathname + url.search;
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
