/* A badge provider's form: what the chosen type needs is asked for before the form is sent, and nothing else is. The style
   sheet shows what the type has, and stars what it needs. */

const kind = document.getElementById("id_kind");

function ask() {
  for (const field of document.querySelectorAll("[data-of-kinds]")) {
    const isOfKind = field.dataset.ofKinds.split(" ").includes(kind.value);
    const control = field.querySelector("input");
    if (!control) continue; // words about that type
    control.disabled = kind.value !== "" && !isOfKind; // a browser also checks what is not shown
    if (field.matches(".is-needed")) control.required = isOfKind;
  }
}

kind.addEventListener("change", ask);
kind.form.noValidate = false;
ask();
