/* Ctrl+K (or ⌘K) opens the search of everything. In its results the arrows move from link to link, and Enter follows. */

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const opener = document.getElementById("search-opener");
  if (!opener || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const field = document.querySelector("main #search-q");
  if (field) field.select();
  else opener.click();
});

/* Escape empties a search field first, where the browser knows one: here it closes the dialog at once. */

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.target.id !== "search-q") return;
  const dialog = event.target.closest("dialog");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const results = document.querySelector("dialog[open] [data-arrows], main [data-arrows]");
  const field = document.getElementById("search-q");
  if (!step || !results || (event.target !== field && !results.contains(event.target))) return;
  const stops = [field, ...results.querySelectorAll("a")];
  const next = stops[stops.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
