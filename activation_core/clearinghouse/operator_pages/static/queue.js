// Keeps the list of callers fresh, and says when somebody new is there. Without it the page is loaded anew.

const EVERY = 3000; // milliseconds
const callers = document.getElementById("callers");
let tag = "";

const known = () => new Set([...callers.querySelectorAll("[data-reference]")].map((each) => each.dataset.reference));

async function refresh() {
  const headers = { "X-Refresh": "1", ...(tag && { "If-None-Match": tag }) };
  const answer = await fetch(callers.dataset.fresh, { headers });
  if (answer.redirected) return location.reload(); // signed out meanwhile
  if (answer.status !== 200) return;
  tag = answer.headers.get("ETag");
  show(await answer.text());
}

/** The focus stays on the caller that it was on. */
function show(list) {
  const before = known();
  const focused = document.activeElement.closest("[data-reference]")?.dataset.reference;
  callers.innerHTML = list;
  if (focused) callers.querySelector(`[data-reference="${focused}"] a`)?.focus();
  const fresh = [...known()].filter((reference) => !before.has(reference)).length;
  if (fresh) document.getElementById("news").textContent = fresh === 1 ? "A new caller." : `${fresh} new callers.`;
}

async function keepFresh() {
  if (!document.hidden) await refresh().catch(() => {}); // the next one may get through
  setTimeout(keepFresh, EVERY);
}

document.getElementById("kept-fresh").hidden = false;
setTimeout(keepFresh, EVERY);
