/* A badge provider's form: what only other types of provider have is not shown. Without a script all of it is. */

const kind = document.getElementById("id_kind");

function show() {
  for (const field of document.querySelectorAll("[data-of-kinds]")) {
    field.hidden = kind.value !== "" && !field.dataset.ofKinds.split(" ").includes(kind.value);
  }
}

kind.addEventListener("change", show);
show();
