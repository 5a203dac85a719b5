/** The Help Center with JavaScript: suggestions while typing, look-alikes, a draft that saves itself. All of it
 *  is an extra: every page works without this file. */

const delay = (ms, work) => {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), ms);
  };
};

async function ask(address, query) {
  const reply = await fetch(`${address}?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } });
  return reply.ok ? reply.json() : null;
}

/** Titles of articles under a search box; links, so arrow keys are not needed and Tab is enough. */
function wireSuggestions(input) {
  const box = document.createElement("ul");
  box.className = "suggest-box";
  const hide = () => box.remove();
  const show = delay(200, async () => {
    const text = input.value.trim();
    if (text.length < 3) return hide();
    const found = await ask(input.dataset.suggest, { q: text }).catch(() => null);
    if (!found?.hits.length || input.value.trim() !== text) return hide();
    box.replaceChildren(
      ...found.hits.map((hit) => {
        const link = Object.assign(document.createElement("a"), { textContent: hit.title });
        link.href = `/help/a/${encodeURIComponent(hit.slug)}/?${new URLSearchParams({ q: text })}`;
        const row = document.createElement("li");
        row.append(link);
        return row;
      }),
    );
    input.closest(".search").append(box);
  });
  input.addEventListener("input", show);
  input.closest("form").addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("click", (event) => input.closest("form").contains(event.target) || hide());
}

/** The person's own open tickets that read like the title being typed. */
function wireLookAlikes(form) {
  const list = form.querySelector("[data-similar-list]");
  const title = form.querySelector("#id_subject");
  title?.addEventListener(
    "input",
    delay(400, async () => {
      const found = await ask(form.dataset.similar, { subject: title.value }).catch(() => null);
      const tickets = found?.tickets ?? [];
      list.hidden = tickets.length === 0;
      list.replaceChildren(
        ...tickets.map((ticket) => {
          const line = document.createElement("p");
          const link = Object.assign(document.createElement("a"), { textContent: ticket.number });
          link.href = `/help/tickets/${ticket.number}/`;
          line.append(link, ` ${ticket.subject}`);
          return line;
        }),
      );
    }),
  );
}

/** Articles for the words typed so far, under those that always belong to the topic. */
function wireFormSuggestions(form) {
  const panel = document.querySelector("[data-suggest-panel]");
  const list = panel?.querySelector("[data-suggest-more]");
  if (!list) return;
  const fields = ["#id_subject", "#id_description"].map((name) => form.querySelector(name)).filter(Boolean);
  const show = delay(500, async () => {
    const text = fields.map((field) => field.value.trim()).join(" ").slice(0, 200);
    if (text.length < 4) return;
    const found = await ask(form.dataset.suggestFrom, { q: text }).catch(() => null);
    const known = [...panel.querySelectorAll("summary")].map((line) => line.textContent.trim());
    const hits = (found?.hits ?? []).filter((hit) => !known.includes(hit.title)).slice(0, 4);
    list.replaceChildren(
      ...hits.map((hit) => {
        const link = Object.assign(document.createElement("a"), { textContent: hit.title, target: "_blank" });
        link.href = `/help/a/${encodeURIComponent(hit.slug)}/?${new URLSearchParams({ q: text })}`;
        const row = document.createElement("li");
        row.append(link);
        return row;
      }),
    );
    panel.hidden = !known.length && !hits.length;
  });
  for (const field of fields) field.addEventListener("input", show);
}

/** Typed text is kept on the server as a draft, found again on any page of the person or browser. */
function wireAutosave(form) {
  const state = form.querySelector("[data-draft-state]");
  let sent = false;
  let busy = Promise.resolve();
  async function save() {
    if (sent) return;
    const data = new FormData(form);
    data.delete("files");
    data.set("do", "auto");
    const reply = await fetch(form.action, { method: "POST", body: data, keepalive: true }).catch(() => null);
    const kept = reply?.ok ? await reply.json().catch(() => null) : null;
    if (kept && !form.querySelector("[name=draft]")) {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "draft", value: kept.draft }));
    }
    if (state) state.textContent = kept ? state.dataset.kept : state.dataset.notKept;
  }
  form.addEventListener("input", delay(1500, () => (busy = busy.then(save))));
  form.addEventListener("submit", () => (sent = true));
}

/** Typed text survives a reload without a connection: kept in this tab until the form is sent. */
function wireDraft(form) {
  const key = `ticket-draft:${location.pathname}`;
  const fields = () => [...form.querySelectorAll("textarea, input[type=text], select")].filter((field) => field.name);
  let kept = {};
  try {
    kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  } catch {
    kept = {};
  }
  if (!form.querySelector("[name=draft]")) {
    for (const field of fields()) if (!field.value && kept[field.name]) field.value = kept[field.name];
  }
  form.addEventListener(
    "input",
    delay(300, () => {
      const now = Object.fromEntries(fields().map((field) => [field.name, field.value]));
      sessionStorage.setItem(key, JSON.stringify(now));
    }),
  );
  form.addEventListener("submit", () => sessionStorage.removeItem(key));
}

function wireCopy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("done");
    button.setAttribute("aria-label", `${button.dataset.copy} ✓`);
  });
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${zone};path=/;max-age=31536000;samesite=lax`;
for (const input of document.querySelectorAll("[data-suggest]")) wireSuggestions(input);
for (const form of document.querySelectorAll("[data-ticket-form]")) {
  wireLookAlikes(form);
  wireFormSuggestions(form);
  wireDraft(form);
  wireAutosave(form);
}
for (const button of document.querySelectorAll("[data-copy]")) wireCopy(button);
