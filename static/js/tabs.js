/* Sections of one form as tabs: <div data-tabs> with <section><h2>…</h2>…</section>. Without a script the sections
   stand one under the other. The first section with an error is the one that opens. A tab says whether its section has
   errors, also when the section is drawn anew; data-wrong has the words for who does not see the mark. */

const WRONG = ".errorlist, .message.error, .has-errors, [aria-invalid='true']";
let groups = 0;

const isWrong = (section) => section.querySelector(WRONG) !== null;

// The tab's mark, and the same in words.
function marking(tab, section, words) {
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.textContent = ` ${words}`;
  tab.append(said);
  return () => {
    said.hidden = !isWrong(section);
    tab.classList.toggle("has-errors", isWrong(section));
  };
}

function tabsOf(box) {
  const sections = [...box.querySelectorAll(":scope > section")];
  const list = document.createElement("div");
  const group = ++groups;
  list.className = "tabs";
  list.setAttribute("role", "tablist");

  const tabs = sections.map((section, index) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${group}-${index}`;
    tab.textContent = section.querySelector("h2").textContent;
    tab.setAttribute("role", "tab");
    const mark = marking(tab, section, box.dataset.wrong);
    new MutationObserver(mark).observe(section, { childList: true, subtree: true });
    mark();
    section.id ||= `tab-panel-${group}-${index}`;
    tab.setAttribute("aria-controls", section.id);
    section.setAttribute("role", "tabpanel");
    section.setAttribute("aria-labelledby", tab.id);
    list.append(tab);
    return tab;
  });

  function open(index) {
    tabs.forEach((tab, other) => {
      tab.setAttribute("aria-selected", String(other === index));
      tab.tabIndex = other === index ? 0 : -1;
      sections[other].hidden = other !== index;
    });
  }

  list.addEventListener("click", (event) => {
    const index = tabs.indexOf(event.target.closest("[role='tab']"));
    if (index >= 0) open(index);
  });

  list.addEventListener("keydown", (event) => {
    const here = tabs.indexOf(document.activeElement);
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 };
    if (here < 0 || !(event.key in steps)) return;
    event.preventDefault();
    const next = (steps[event.key] + tabs.length) % tabs.length;
    open(next);
    tabs[next].focus();
  });

  // A link of the error summary, or the browser's own check of a field, leads into a section that may be closed.
  const reveal = (element) => {
    const index = sections.findIndex((section) => section.contains(element));
    if (index >= 0) open(index);
  };
  // Each wrong field tells of itself, and the browser goes to the first.
  box.addEventListener("invalid", () => reveal(box.querySelector("input:invalid, select:invalid, textarea:invalid")), { capture: true });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field || !box.contains(field)) return;
    reveal(field);
    (field.matches("input, select, textarea") ? field : field.querySelector("input"))?.focus();
  });

  box.prepend(list);
  box.classList.add("is-tabbed");
  const wrong = sections.findIndex(isWrong);
  const named = sections.findIndex((section) => location.hash && section.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`));
  open(Math.max(0, wrong >= 0 ? wrong : named));
}

document.querySelectorAll("[data-tabs]").forEach(tabsOf);
