/* The roster: a changed line gets *, and the summary shows in brackets what Save Changes would change (S93, S98). */

const selects = () => document.querySelectorAll("select[form='roster']");

function original(select) {
  const name = select.name.replace("-enrollment", "-was_enrollment").replace("-completion", "-was_completion");
  return document.querySelector(`input[form="roster"][name="${CSS.escape(name)}"]`).value;
}

function show() {
  const changes = {};
  for (const row of document.querySelectorAll("#roster-lines tbody tr")) row.classList.remove("is-changed");
  for (const select of selects()) {
    const was = original(select);
    if (select.value === was) continue;
    select.closest("tr").classList.add("is-changed");
    if (!select.name.endsWith("-enrollment")) continue;
    changes[was] = (changes[was] ?? 0) - 1;
    changes[select.value] = (changes[select.value] ?? 0) + 1;
  }
  for (const count of document.querySelectorAll("[data-roster-summary] [data-status]")) {
    const change = changes[count.dataset.status] ?? 0;
    count.querySelector("[data-change]").textContent = change ? `(${change > 0 ? "+" : ""}${change})` : "";
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("select[form='roster']")) show();
});
document.addEventListener("htmx:load", show);
show();
