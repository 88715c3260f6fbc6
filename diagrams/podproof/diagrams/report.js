"use strict";
// Everything can be read without this. It adds: stepping by keys, marks in the picture, and filters.

const known = (id) => (id ? document.getElementById(id) : null);
const bar = known("_bar");

// The fragment is CLAIM.STEP while a run is stepped through: links, keys, the back button and bookmarks all agree.
function place() {
  const [, claim, step] = /^(.+)\.(\d+)$/.exec(location.hash.slice(1)) || [];
  return claim && known(`${claim}.${step}`) ? { claim, step: Number(step) } : null;
}

function mark() {
  for (const each of document.querySelectorAll(".now, .later")) each.classList.remove("now", "later");
  const here = place();
  bar.hidden = !here;
  if (!here) return;
  for (const row of known(here.claim).querySelectorAll("tr[data-step]")) {
    const step = Number(row.dataset.step);
    row.classList.toggle("now", step === here.step);
    row.classList.toggle("later", step > here.step);
  }
  const id = `${here.claim}:step${here.step}`;
  for (const part of document.querySelectorAll(`[id="${id}"], [id^="${id}-"]`)) part.classList.add("now");
  tell(here);
}

// What happens at this step, at the bottom of the window, wherever the page is scrolled to.
function tell(here) {
  const rows = known(here.claim).querySelectorAll("tr[data-step]");
  const cells = [...rows[here.step].cells].map((cell) => cell.textContent);
  bar.querySelector("span").textContent =
    `${here.claim}, step ${here.step} of ${rows.length - 1}: ${[cells[1], cells[2]].filter(Boolean).join(": ")}` +
    (cells.length > 4 ? `; kubectl: ${cells.slice(4).join(" ")}` : "");
  for (const link of bar.querySelectorAll("a[data-move]")) {
    const next = `${here.claim}.${here.step + Number(link.dataset.move)}`;
    link.classList.toggle("off", !known(next));
    link.href = `#${known(next) ? next : `${here.claim}.${here.step}`}`;
  }
  bar.querySelector("a[data-leave]").href = `#${here.claim}`;
}

// The run that is in sight, or else the next one below; of what has all but left the window, the reader is done.
function nearest() {
  const beginnings = [...document.querySelectorAll('tr[data-step="0"]')].filter((row) => row.getClientRects().length);
  return beginnings.find((row) => row.closest("article").getBoundingClientRect().bottom > innerHeight / 4);
}

// While no run is stepped through, forward begins one: nothing has to be clicked first.
function move(by) {
  const here = place();
  const next = here ? `${here.claim}.${here.step + by}` : by > 0 && nearest()?.id;
  if (known(next)) location.hash = next;
  return Boolean(here || next);
}

// A picture that is wider than its frame is moved by the arrow keys itself, once it has the focus.
const scrolls = (part) => part !== document.body && part.scrollWidth > part.clientWidth;

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select")) return;
  if (event.key.startsWith("Arrow") && scrolls(event.target)) return;
  const by = { ArrowRight: 1, n: 1, ArrowLeft: -1, p: -1 }[event.key];
  if (by && move(by)) event.preventDefault();
  if (event.key === "Escape" && place()) location.hash = place().claim;
});
addEventListener("hashchange", mark);

// What is folded is unfolded on paper, and only there.
const opened = [];
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details:not([open])")) opened.push(each);
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened.splice(0)) each.open = false;
});

// Filters hide rows (and what belongs to them) whose words do not contain all that is asked for.
for (const hint of document.querySelectorAll(".hint, .controls")) hint.hidden = false;
for (const controls of document.querySelectorAll(".controls")) {
  const fields = [...controls.querySelectorAll("input, select")];
  const said = controls.querySelector("output");
  const rows = [...known(controls.dataset.rows).tBodies[0].rows];
  const filter = () => {
    let shown = 0;
    const wanted = new Set(); // an arrow of a picture may stand for several rows
    for (const row of rows) {
      const fits = fields.every((field) => {
        const words = field.dataset.column ? row.cells[field.dataset.column].textContent : row.textContent;
        const asked = field.value.trim().toLowerCase();
        return field.tagName === "SELECT" ? !asked || words.toLowerCase() === asked : words.toLowerCase().includes(asked);
      });
      row.hidden = !fits;
      shown += fits;
      if (fits) wanted.add(row.dataset.also);
    }
    for (const id of new Set(rows.map((row) => row.dataset.also))) {
      const part = known(id);
      part?.classList.toggle("off", !wanted.has(id));
      if (part?.tagName === "ARTICLE") part.hidden = !wanted.has(id);
    }
    said.textContent = `${shown} of ${rows.length}`;
  };
  for (const field of fields) field.addEventListener("input", filter);
  filter();
}
mark();
