/* A badge's form: the picture that somebody chooses stands in the preview at once. It stays here until the form is saved. */

const picture = document.querySelector("[data-shows]");
const upload = document.getElementById(picture.dataset.shows);
const removal = upload.form.elements["image-clear"];
const stored = picture.src;

function show() {
  const [file] = upload.files;
  picture.src = removal?.checked ? picture.dataset.seal : stored;
  if (!file || !upload.checkValidity()) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    if (upload.files[0] === file) picture.src = reader.result;
  });
  reader.readAsDataURL(file);
}

picture.addEventListener("error", () => {
  if (picture.src !== picture.dataset.seal) picture.src = picture.dataset.seal;
});
document.addEventListener("change", ({ target }) => target === upload && show()); // after js/forms.js has judged its size
removal?.addEventListener("change", show);
