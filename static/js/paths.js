/* The courses of a learning path in another order by dragging them: <form data-reorder> with <ol> of <li data-course>.
   The buttons beside them do the same, for keyboards and without a script. */

for (const form of document.querySelectorAll("form[data-reorder]")) {
  const list = form.querySelector("ol");
  let dragged = null;
  let start = -1;

  const places = () => [...list.children];

  for (const item of places()) item.draggable = true;

  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    start = places().indexOf(dragged);
    dragged.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.course);
  });

  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (!dragged) return;
    event.preventDefault();
    if (!over || over === dragged) return;
    const box = over.getBoundingClientRect();
    if (event.clientY > box.top + box.height / 2) over.after(dragged);
    else over.before(dragged);
  });

  list.addEventListener("drop", (event) => {
    if (!dragged) return;
    event.preventDefault();
    const place = places().indexOf(dragged);
    if (place === start) return;
    for (const [name, value] of Object.entries({ drag: dragged.dataset.course, place })) {
      const input = form.elements[name];
      input.value = value;
      input.disabled = false;
    }
    start = place;
    form.requestSubmit();
  });

  // Dropped elsewhere, or given up with Escape: everything back to where it was.
  list.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    const others = places().filter((item) => item !== dragged);
    if (dragged && places().indexOf(dragged) !== start) list.insertBefore(dragged, others[start] ?? null);
    dragged = null;
  });
}
