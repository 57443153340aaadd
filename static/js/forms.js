/* Forms with data-warn-unsaved: leaving the page with changes asks first. */

const changed = new Set();

function values(form) {
  return JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

const before = new Map();

for (const form of document.querySelectorAll("form[data-warn-unsaved]")) before.set(form, values(form));

// On the document: a control may belong to a form that it does not stand in.
function look(event) {
  compare(event.target.form);
}

function compare(form) {
  if (!before.has(form)) return;
  if (values(form) === before.get(form)) changed.delete(form);
  else changed.add(form);
}

document.addEventListener("input", look);
document.addEventListener("change", look);
document.addEventListener("submit", (event) => changed.delete(event.target));

// A part that was drawn anew brings controls of its own: what they say now is where changes begin, unless drawing it
// anew was itself an edit, as it is inside data-edits.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.closest?.("[data-edits]")) compare(event.target.closest("form"));
  for (const form of before.keys()) if (!changed.has(form)) before.set(form, values(form));
});

// A list that is drawn anew takes the changes of its lines with it: better a whole page, and the browser's question.
// A part inside data-edits sends along what was typed in it, and loses nothing.
function loses(part) {
  return !part.closest?.("[data-edits]") && [...changed].some((form) => [...form.elements].some((control) => part.contains(control)));
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const where = event.detail.pathInfo?.finalRequestPath;
  if (event.detail.requestConfig.verb !== "get" || !where || !loses(event.detail.target)) return;
  event.preventDefault();
  location.assign(where);
});

// And while somebody types, better nothing at all.
document.addEventListener("listing:replace", (event) => {
  if (loses(event.target)) event.preventDefault();
});

addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});

/* A file that is too large is refused where it was chosen, before it is sent. */

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-most-bytes]")) return;
  const isTooLarge = [...target.files].some((file) => file.size > Number(target.dataset.mostBytes));
  target.setCustomValidity(isTooLarge ? target.dataset.tooLarge : "");
  target.reportValidity();
});

/* Rows of a form that are found by their names (templates/listing/_named_rows.html): whoever presses one that is suggested has
   chosen it. Arrows lead through them, Escape puts them away. */

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  if (!button) return;
  const part = button.closest("[data-named]");
  const chosen = part.querySelector("[data-chosen]");
  let control = chosen.querySelector(`[value="${CSS.escape(button.dataset.choose)}"]`);
  if (!control) {
    const line = part.querySelector("template").content.cloneNode(true);
    control = line.querySelector("input");
    control.value = button.dataset.choose;
    line.querySelector("[data-words]").textContent = button.dataset.namedWords;
    chosen.append(line);
  }
  control.checked = true;
  const words = part.querySelector("[hx-get]");
  words.value = "";
  part.querySelector(".suggestions").replaceChildren();
  words.focus();
  control.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("keydown", (event) => {
  const part = event.target.closest("[data-named]");
  const buttons = [...(part?.querySelectorAll(".suggestions button") ?? [])];
  const step = { ArrowDown: 1, ArrowUp: -1, Escape: 0 }[event.key];
  if (!buttons.length || step === undefined) return;
  event.preventDefault();
  const all = [part.querySelector("[hx-get]"), ...buttons];
  const at = step ? all.indexOf(event.target) + step : 0;
  all[Math.max(0, Math.min(at, buttons.length))].focus();
  if (!step) part.querySelector(".suggestions").replaceChildren();
});

/* A form that came back with errors: begin at their summary. Its links open what is folded around the field. */

document.addEventListener("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault(); // following the link would take the focus away again
  for (let part = field.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  (field.matches("input, select, textarea, button") ? field : field.querySelector("input:not([type='hidden']), select, textarea, button"))?.focus();
});

document.querySelector(".error-summary:not(.scheme *)")?.focus(); // those of /admin/design/ are only shown
