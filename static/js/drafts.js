/* Drafts: what was typed into a form with data-warn-unsaved outlives the session. It is kept in this tab when the form is
   sent or its page left, and put back where its writer comes to the same page straight from signing in again. Passwords and
   hidden fields are never kept, but in data-drawn-by; whatever page comes next otherwise, the draft is gone. */

const PLACE = "draft";
const NEVER = ["hidden", "password", "file", "submit", "button", "image"];
const DRAWN = "[data-drawn-by]";
const writer = document.body.dataset.user;

function controlsOf(form) {
  return [...form.elements].filter((control) => control.name && !NEVER.includes(control.type) && !control.closest(DRAWN));
}

function said(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked;
  return control.type === "select-multiple" ? [...control.selectedOptions].map((option) => option.value) : control.value;
}

function say(control, value) {
  if (control.type === "checkbox" || control.type === "radio") control.checked = value;
  else if (control.type === "select-multiple") for (const option of control.options) option.selected = value.includes(option.value);
  else control.value = value;
}

/* Two boxes of one name differ in their value. */
const nameOf = (control) => (typeof said(control) === "boolean" ? `${control.name} ${control.value}` : control.name);

/* Rows that come and go cannot be put back: what they send is kept, hidden fields too, and drawn again by who draws them. */
function drawnOf(form) {
  const names = new Set([...form.elements].filter((control) => control.closest(DRAWN)).map((control) => control.name));
  return [...new FormData(form)].filter(([name]) => names.has(name));
}

function drawAgain(entries) {
  const part = document.querySelector(DRAWN);
  const values = { act: "draw" };
  for (const [name, value] of entries) (values[name] ??= []).push(value);
  htmx.ajax("POST", part.dataset.drawnBy, { source: part, target: part, swap: "outerHTML", values });
}

const stateOf = (form) => JSON.stringify([controlsOf(form).map(said), drawnOf(form)]);

const drafted = [...document.querySelectorAll("form[data-warn-unsaved]")];
const before = new Map(drafted.map((form) => [form, stateOf(form)]));

function keep() {
  const changed = drafted.filter((form) => stateOf(form) !== before.get(form));
  if (!changed.length) return;
  const values = Object.fromEntries(changed.flatMap((form) => controlsOf(form).map((control) => [nameOf(control), said(control)])));
  const drawn = changed.flatMap(drawnOf);
  sessionStorage.setItem(PLACE, JSON.stringify({ writer, page: location.pathname, values, drawn }));
}

function put(values, drawn) {
  let isPut = false;
  for (const control of drafted.flatMap(controlsOf)) {
    const value = values[nameOf(control)];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(said(control))) continue;
    say(control, value);
    for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, { bubbles: true }));
    isPut = true;
  }
  if (drawn.length && JSON.stringify(drawn) !== JSON.stringify(drafted.flatMap(drawnOf))) {
    drawAgain(drawn);
    isPut = true;
  }
  if (isPut) document.getElementById("messages").prepend(document.getElementById("draft-kept").content.cloneNode(true));
}

const draft = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
sessionStorage.removeItem(PLACE);
const isFromSignIn = document.referrer && new URL(document.referrer).pathname === document.body.dataset.signIn;
if (draft && isFromSignIn && draft.writer === writer && draft.page === location.pathname) {
  document.addEventListener("DOMContentLoaded", () => put(draft.values, draft.drawn)); // htmx listens by then
}

document.addEventListener("submit", keep, { capture: true });
addEventListener("pagehide", keep);
