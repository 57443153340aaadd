/* Wrap up: the number on the button follows the ticks, a column's button ticks it, and what is proposed follows the
   completion that somebody chooses, but for boxes that somebody has ticked or unticked. */

const form = () => document.getElementById("wrap-up");
const boxes = () => [...form().querySelectorAll("input[name='give']")];
const touched = new Set();

function inWords(number) {
  return number.toLocaleString(document.documentElement.lang);
}

function count() {
  const given = boxes().filter((box) => box.checked);
  const students = new Set(given.map((box) => box.dataset.student)).size;
  const words = given.length === 0 ? "none" : given.length === 1 ? "one" : students === 1 ? "same" : "many";
  for (const part of form().querySelectorAll("[data-counted]")) part.hidden = part.dataset.counted !== words;
  for (const part of form().querySelectorAll("[data-badges]")) part.textContent = inWords(given.length);
  for (const part of form().querySelectorAll("[data-students]")) part.textContent = inWords(students);
  form().querySelector("#issue").disabled = given.length === 0;
  for (const select of form().querySelectorAll("select")) {
    const was = form().elements[select.name.replace("-completion", "-was_completion")].value;
    select.closest("tr").classList.toggle("is-changed", select.value !== was);
  }
  const isChanged = form().querySelector(".is-changed") !== null;
  for (const part of form().querySelectorAll("[data-unsaved]")) part.hidden = !isChanged;
}

function propose(select) {
  for (const box of select.closest("tr").querySelectorAll("[data-proposed]")) {
    if (!touched.has(box.value)) box.checked = select.value === "complete";
  }
}

document.addEventListener("change", ({ target }) => {
  if (target.form !== form()) return;
  if (target.matches("input[name='give']")) touched.add(target.value);
  if (target.matches("select")) propose(target);
  count();
});

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("[data-tick]");
    if (!button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const column = boxes().filter((box) => box.dataset.badge === button.value);
    const isAny = column.some((box) => !box.checked);
    for (const box of column) {
      box.checked = isAny;
      touched.add(box.value);
    }
    column[0].dispatchEvent(new Event("change", { bubbles: true })); // one for all: it counts them
  },
  { capture: true },
);

function begin() {
  form().querySelector("[name='scripted']").value = "1";
  count();
}

document.addEventListener("htmx:load", begin);
begin();
