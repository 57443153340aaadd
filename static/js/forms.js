/* Forms with data-warn-unsaved: leaving the page with changes asks first. */

const changed = new Set();

function values(form) {
  return JSON.stringify([...new FormData(form)].filter(([, value]) => typeof value === "string"));
}

for (const form of document.querySelectorAll("form[data-warn-unsaved]")) {
  const before = values(form);
  const look = () => (values(form) === before ? changed.delete(form) : changed.add(form));
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  form.addEventListener("submit", () => changed.clear());
}

addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});

/* A form that came back with errors: begin at their summary. */

document.querySelector(".error-summary")?.focus();
