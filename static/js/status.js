/** The status page draws itself anew while it is looked at. Without scripts, its link does the same. */

const box = document.querySelector("[data-status]");

async function refresh() {
  if (document.hidden || box.contains(document.activeElement)) return;
  const response = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector("[data-status]");
  if (fresh) box.replaceChildren(...fresh.childNodes);
}

if (box) setInterval(refresh, Number(box.dataset.every) * 1_000);
