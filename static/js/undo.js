/* What can still be undone: the seconds and the ring run down; when they are over, so is the button. Without a script the
   words say until when. Parts are drawn anew at any time, so each tick looks for them. */

const ends = new WeakMap();

function show(part, left) {
  const isOver = left <= 0;
  part.querySelector("[data-undo-until]").classList.add("visually-hidden");
  part.querySelector("[data-undo-until]").hidden = isOver;
  part.querySelector("[data-undo-counting]").hidden = isOver;
  part.querySelector("[data-undo-over]").hidden = !isOver;
  part.querySelector("[data-undo-untold]").hidden = isOver;
  part.querySelector("[data-undo-form]").hidden = isOver;
  part.querySelector("[data-undo-seconds]").textContent = Math.max(0, Math.ceil(left));
  const share = Math.max(0, Math.min(1, left / part.dataset.undoOf));
  part.querySelector(".undo-ring .left").setAttribute("stroke-dashoffset", 100 * (1 - share));
}

function tick() {
  for (const part of document.querySelectorAll("[data-undo]")) {
    if (!ends.has(part)) ends.set(part, performance.now() + part.dataset.undo * 1000);
    show(part, (ends.get(part) - performance.now()) / 1000);
  }
}

setInterval(tick, 250);
tick();
