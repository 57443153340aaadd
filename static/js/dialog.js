/* The one dialog. Whatever has hx-target="#dialog" fills it: it opens when the answer arrives, closes on Cancel
   (anything with data-close), on Escape, and on the event "close-dialog" that a view sends with HX-Trigger;
   {"close-dialog": {"after": 2000}} lets the words be read first. The focus goes back to where it came from. */

const dialog = document.getElementById("dialog");
const asking = document.getElementById("confirm");
let opener = null;
let closing = 0;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === dialog && !dialog.open) opener = event.detail.elt;
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog || dialog.open || !dialog.firstElementChild) return;
  clearTimeout(closing);
  dialog.showModal();
  dialog.querySelector("[autofocus], input[type='search'], .dialog-body input:not([type='hidden'])")?.focus();
});

document.addEventListener("close-dialog", (event) => {
  clearTimeout(closing);
  closing = setTimeout(() => dialog.close(), event.detail?.after ?? 0);
});

dialog.addEventListener("click", (event) => {
  if (!event.target.closest("[data-close]")) return;
  event.preventDefault();
  dialog.close();
});

/* data-closes on what asks the server: what was chosen is on the page when the answer arrives, so the dialog can go. It
   stays for a refusal, which is no failure to htmx. */

document.addEventListener("htmx:afterRequest", (event) => {
  const isDone = event.detail.successful && event.detail.xhr.status < 400;
  if (isDone && event.detail.elt.matches?.("[data-closes]")) dialog.close();
});

dialog.addEventListener("close", () => {
  clearTimeout(closing);
  dialog.replaceChildren();
  // The line that opened the dialog may have been drawn anew meanwhile: find its successor by its id.
  const same = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  // What chose for a filter waits behind the words of its chip.
  const words = same && !same.checkVisibility() && `.chip-words[href="#${CSS.escape(same.closest("[data-filter]")?.id ?? "")}"]`;
  const next = words ? document.querySelector(words) : same;
  (next || document.getElementById("main")).focus({ preventScroll: true });
  opener = null;
});

/* data-refusals are about what was sent: they are over once something else is chosen or looked for. */

function outdate() {
  for (const refusals of dialog.querySelectorAll("[data-refusals]")) {
    refusals.replaceChildren();
    refusals.hidden = true;
  }
}

dialog.addEventListener("change", outdate);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (dialog.contains(event.detail.elt) && event.detail.target !== dialog) outdate();
});

/* data-confirm="Revoke this badge?" on a button of a form: asked first. Without a script the form is simply sent. */

function confirmed(words, button) {
  asking.querySelector("[data-confirm-words]").textContent = words;
  const yes = asking.querySelector("[data-confirm-button]");
  yes.textContent = button?.dataset.confirmButton || button?.textContent.trim() || yes.textContent;
  asking.returnValue = "";
  asking.showModal();
  return new Promise((answer) => {
    asking.addEventListener("close", () => answer(asking.returnValue === "confirm"), { once: true });
  });
}

document.addEventListener(
  "submit",
  async (event) => {
    const button = event.submitter;
    const words = button?.dataset.confirm ?? event.target.dataset.confirm;
    if (!words || event.target.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await confirmed(words, button))) return;
    event.target.dataset.confirmed = "yes";
    event.target.requestSubmit(button);
    delete event.target.dataset.confirmed;
  },
  { capture: true },
);

/* A request that failed leaves the page as it was; say so, in the dialog when one is open, unless nobody waits for it (data-quiet). What was sent and not
   answered may have been saved all the same. */

function sayFailed({ detail }) {
  if (detail.elt?.matches?.("[data-quiet]")) return;
  const isRefused = detail.xhr?.status >= 400 && detail.xhr.status < 500;
  const isKnown = isRefused || detail.requestConfig?.verb === "get";
  const words = document.getElementById(isKnown ? "request-failed" : "request-unanswered").content.cloneNode(true);
  const place = (dialog.open && dialog.querySelector(".dialog-body")) || document.getElementById("messages");
  place.querySelector("[data-request-failed]")?.remove();
  words.firstElementChild.dataset.requestFailed = "";
  place.prepend(words);
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, sayFailed);
}
