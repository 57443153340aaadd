/* The editor of achievements. An answer to what is typed into a row does not write over text that somebody is writing: the server is
   sent both sides with the next change, and asks which of them counts. */

let isSaid = false; // said of what is being typed, and nothing drawn anew

document.addEventListener("htmx:beforeSwap", (event) => {
  isSaid = event.detail.xhr.getResponseHeader("HX-Reswap") === "none";
});

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const text = event.detail.target.querySelector?.("#id_conditions");
  if (isSaid && text && text.value !== text.defaultValue) event.detail.shouldSwap = false;
});

/* An answer to rows that were drawn anew meanwhile says nothing any more. */

document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => {
  if (!elt.closest("#builder")) return;
  elt.addEventListener("htmx:beforeOnLoad", (event) => elt.isConnected || event.preventDefault(), { once: true });
});

/* Another organization brings its badges. What is chosen or written before they arrive is not drawn over: they are asked for again. */

const badgeSaid = (data) => JSON.stringify([data.get("badge") ?? "", data.get("badge_named") ?? ""]);

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt, formData } = detail.requestConfig;
  if (elt.id !== "choose-badge-link" || badgeSaid(formData) === badgeSaid(new FormData(elt.closest("form")))) return;
  detail.shouldSwap = false;
  htmx.trigger(elt, "chosen-meanwhile");
});

/* A number is written over, not written behind: its field comes with one in it. */

document.addEventListener("focusin", ({ target }) => {
  if (target.matches(".rule input")) target.select();
});

/* What differs among several means nothing of one, and of one the word is another. */

document.addEventListener("input", (event) => {
  if (!event.target.matches(".condition [name$='-count']")) return;
  const condition = event.target.closest(".condition");
  const isOne = ["", "1"].includes(event.target.value.trim());
  condition.classList.toggle("is-of-one", isOne);
  for (const option of condition.querySelectorAll("option[data-one]")) option.textContent = isOne ? option.dataset.one : option.dataset.several;
});

/* Names are found while they are written: arrows lead through what is found, Enter takes the first, Escape empties the field. */

document.addEventListener("keydown", (event) => {
  const part = event.target.closest(".of-ids");
  const words = part?.querySelector("[data-finds]");
  if (!words) return;
  const all = [words, ...part.querySelectorAll(".found button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length > 1 && all.includes(event.target)) all[Math.max(0, Math.min(all.indexOf(event.target) + step, all.length - 1))].focus();
  else if (event.key === "Enter" && event.target === words) all[1]?.click();
  else if (event.key === "Escape" && all.includes(event.target) && words.value) {
    words.value = "";
    words.focus();
    words.dispatchEvent(new Event("input", { bubbles: true }));
  } else return;
  event.preventDefault();
});

/* The preview follows whatever decides who earns it, or gets its badge; not what it says itself beside the badge. */

const preview = document.getElementById("preview");

for (const name of ["input", "change", "htmx:afterSettle"]) {
  document.addEventListener(name, (event) => {
    const decides = event.target.closest?.("#rule, [data-awards], .as-text");
    if (decides && !event.target.closest("#badge-said")) htmx.trigger(preview, "rule-changed");
  });
}
