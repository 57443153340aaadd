/* The builder of conditions: an answer that comes late does not write over text that somebody is writing. The server is
   sent both sides with the next change, and asks which of them counts. */

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const text = event.detail.target.querySelector?.("#id_conditions");
  if (text && text.value !== text.defaultValue) event.detail.shouldSwap = false;
});
