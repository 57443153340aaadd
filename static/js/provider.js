/* A badge provider's form: what only the other type of provider has is not shown. Without a script all of it is. */

const kind = document.getElementById("id_kind");

function show() {
  for (const field of document.querySelectorAll("[data-of-kind]")) {
    field.hidden = kind.value !== "" && field.dataset.ofKind !== kind.value;
  }
}

kind.addEventListener("change", show);
show();
