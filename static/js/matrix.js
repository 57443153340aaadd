/* Wrap up: the number on the button follows the ticks, a column's button ticks who is ready or unticks them, as it says, and
   what is proposed and ready follows the completion that somebody chooses, but for boxes that somebody has ticked or unticked. */

const form = () => document.getElementById("wrap-up");
const boxes = () => [...form().querySelectorAll("input[name='give']")];
const ready = () => boxes().filter((box) => !box.closest(".not-complete"));
const touched = new Set();

function inWords(number) {
  return number.toLocaleString(document.documentElement.lang);
}

function count() {
  for (const select of form().querySelectorAll("select")) {
    const was = form().elements[select.name.replace("-completion", "-was_completion")].value;
    select.closest("tr").classList.toggle("is-changed", select.value !== was);
    show(select);
  }
  const given = boxes().filter((box) => box.checked);
  const students = new Set(given.map((box) => box.dataset.student)).size;
  const words = given.length === 0 ? "none" : given.length === 1 ? "one" : students === 1 ? "same" : "many";
  for (const part of form().querySelectorAll("[data-counted]")) part.hidden = part.dataset.counted !== words;
  for (const part of form().querySelectorAll("[data-badges]")) part.textContent = inWords(given.length);
  for (const part of form().querySelectorAll("[data-students]")) part.textContent = inWords(students);
  form().querySelector("#issue").disabled = given.length === 0;
  const able = ready();
  for (const button of form().querySelectorAll("[data-tick]")) {
    const column = able.filter((box) => box.dataset.badge === button.value);
    const does = column.some((box) => !box.checked) ? "tick" : "untick";
    button.name = does;
    button.hidden = column.length === 0;
    for (const part of button.querySelectorAll("[data-does]")) part.hidden = part.dataset.does !== does;
    for (const part of button.querySelectorAll("[data-number]")) part.textContent = inWords(column.length);
  }
  for (const part of form().querySelectorAll("[data-ready]")) part.textContent = inWords(able.length);
  const isChanged = form().querySelector(".is-changed") !== null;
  for (const part of form().querySelectorAll("[data-unsaved]")) part.hidden = !isChanged;
}

function show(select) {
  for (const label of select.closest("tr").querySelectorAll("label.give")) {
    label.classList.toggle("not-complete", select.value !== "complete");
    label.classList.toggle("not-set", select.value === "unknown");
    label.querySelector("[data-completion]").textContent = select.selectedOptions[0].textContent;
  }
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
    const column = ready().filter((box) => box.dataset.badge === button.value);
    for (const box of column) {
      box.checked = button.name === "tick";
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
