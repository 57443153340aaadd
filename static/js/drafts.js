/* Drafts: what was typed into a form with data-warn-unsaved outlives the session. It is kept in this tab when the form is
   sent or its page left, and put back where its writer comes to the same page straight from signing in again. Passwords and
   hidden fields are never kept; whatever page comes next otherwise, the draft is gone. */

const PLACE = "draft";
const NEVER = ["hidden", "password", "file", "submit", "button", "image"];
const writer = document.body.dataset.user;

function controlsOf(form) {
  return [...form.elements].filter((control) => control.name && !NEVER.includes(control.type) && !control.closest("[data-undrafted]"));
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

const drafted = [...document.querySelectorAll("form[data-warn-unsaved]")];
const before = new Map(drafted.map((form) => [form, JSON.stringify(controlsOf(form).map(said))]));

function keep() {
  const changed = drafted.filter((form) => JSON.stringify(controlsOf(form).map(said)) !== before.get(form));
  if (!changed.length) return;
  const values = Object.fromEntries(changed.flatMap((form) => controlsOf(form).map((control) => [nameOf(control), said(control)])));
  sessionStorage.setItem(PLACE, JSON.stringify({ writer, page: location.pathname, values }));
}

function put(values) {
  let isPut = false;
  for (const control of drafted.flatMap(controlsOf)) {
    const value = values[nameOf(control)];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(said(control))) continue;
    say(control, value);
    for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, { bubbles: true }));
    isPut = true;
  }
  if (isPut) document.getElementById("messages").prepend(document.getElementById("draft-kept").content.cloneNode(true));
}

const draft = JSON.parse(sessionStorage.getItem(PLACE) ?? "null");
sessionStorage.removeItem(PLACE);
const isFromSignIn = document.referrer && new URL(document.referrer).pathname === document.body.dataset.signIn;
if (draft && isFromSignIn && draft.writer === writer && draft.page === location.pathname) {
  document.addEventListener("DOMContentLoaded", () => put(draft.values)); // htmx listens by then
}

document.addEventListener("submit", keep, { capture: true });
addEventListener("pagehide", keep);
