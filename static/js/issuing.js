/* Issue Badges: what was chosen in a dialog is on the page when the answer arrives, so the dialog can go. */

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.detail.elt.matches?.("[data-closes]")) document.getElementById("dialog").close();
});
