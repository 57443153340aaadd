/* Public pages. data-copy="id" on a button copies that field's text; with data-copy-rich="other id", the HTML in that
   field goes along as formatted text, for programs that take it. data-told="address" tells that address that the holder
   of a badge has shared it so; nobody waits for the answer. */

const SAID_FOR = 2000;

async function copy(button) {
  const field = document.getElementById(button.dataset.copy);
  const rich = button.dataset.copyRich && document.getElementById(button.dataset.copyRich);
  const text = new Blob([field.value], { type: "text/plain" });
  if (!rich) return navigator.clipboard.writeText(field.value);
  const html = new Blob([rich.value], { type: "text/html" });
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": text, "text/html": html })]);
}

function tell(address) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  fetch(address, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token } }).catch(() => {});
}

document.addEventListener("click", async (event) => {
  const shares = event.target.closest("[data-told]");
  if (shares) tell(shares.dataset.told);
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const said = document.getElementById("said");
  try {
    await copy(button);
  } catch {
    // No clipboard here (a page without https, or refused): have it selected, ready to be copied by hand.
    const field = document.getElementById(button.dataset.copy);
    field.focus();
    field.select();
    said.textContent = said.dataset.selected;
    return;
  }
  const words = button.querySelector("span");
  const before = button.dataset.words ?? words.textContent;
  button.dataset.words = before;
  words.textContent = said.textContent = said.dataset.copied;
  setTimeout(() => {
    words.textContent = before;
    said.textContent = "";
  }, SAID_FOR);
});

/* Verify is a link to a page: should its answer not arrive in place, the page is asked for itself. */

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    const link = event.detail.elt.closest("[data-verify]");
    if (link) location.assign(link.href);
  });
}
