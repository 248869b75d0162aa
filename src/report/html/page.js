
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const index = JSON.parse(at("index").textContent);
  const cards = all(".stack");
  const findings = all(".finding");
  const drawn = all(".graph [data-stack]");
  const ofHosts = all("[data-host]");
  const search = at("search"), stack = at("stack"), host = at("host"), fold = at("fold"), theme = at("theme"), rest = at("rest");

  // Read once, and only when somebody searches.
  let texts = null;
  const textOf = (n) => {
    texts = texts || findings.map((f, n) => (f.textContent + " " + index.findings[n].severity).toLowerCase());
    return texts[n];
  };
  const set = (element, property, value) => {
    if (element[property] !== value) element[property] = value;
  };
  const pressed = (name) => new Set(all(`.chip[data-${name}][aria-pressed="true"]`).map((chip) => chip.dataset[name]));

  // More findings than these are shown when they are asked for: a browser takes its time for thousands.
  const FIRST = 300;

  function filter(most = FIRST) {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (text) => words.every((word) => text.includes(word));
    const severities = pressed("severity"), topics = pressed("topic");
    const one = stack.value === "" ? null : Number(stack.value);
    const where = host ? host.value : "";
    const withFindings = new Set();
    let shown = 0;
    index.findings.forEach((finding, n) => {
      const wanted = (!severities.size || severities.has(finding.severity)) && (!topics.size || topics.has(finding.topic));
      const here = (one === null || finding.stacks.includes(one)) && (!where || finding.host === where);
      if (wanted) finding.stacks.forEach((s) => withFindings.add(s));
      const visible = wanted && here && (!words.length || has(textOf(n)));
      shown += visible;
      set(findings[n], "hidden", !visible || shown > most);
    });
    const chips = severities.size + topics.size > 0;
    let stacks = 0;
    const visible = index.stacks.map((s, n) => {
      const yes = (one === null || one === n) && (!where || s.host === where) && (!chips || withFindings.has(n)) && has(s.words);
      stacks += yes;
      set(cards[n], "hidden", !yes);
      return yes;
    });
    drawn.forEach((box) => {
      const n = Number(box.dataset.stack);
      box.classList.toggle("off", !visible[n]);
      box.classList.toggle("on", one === n);
    });
    ofHosts.forEach((row) => set(row, "hidden", Boolean(where && row.dataset.host && row.dataset.host !== where)));
    set(at("no-stacks"), "hidden", stacks > 0 || !cards.length);
    set(rest, "hidden", shown <= most);
    rest.textContent = `Show ${shown - most} more`;
    set(at("no-findings"), "hidden", shown > 0 || !findings.length);
    at("shown").textContent = `${stacks} of ${cards.length} stacks, ${shown} of ${findings.length} findings`;
  }

  function choose(n) {
    stack.value = stack.value === n ? "" : n;
    filter();
    if (stack.value !== "") cards[Number(n)].firstElementChild.open = true;
  }

  search.addEventListener("input", () => filter());
  rest.addEventListener("click", () => filter(Infinity));
  stack.addEventListener("change", () => {
    filter();
    if (stack.value !== "") cards[Number(stack.value)].firstElementChild.open = true;
  });
  if (host) host.addEventListener("change", () => filter());
  all(".chip").forEach((chip) => chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    filter();
  }));
  at("reset").addEventListener("click", () => {
    search.value = stack.value = "";
    if (host) host.value = "";
    all(".chip").forEach((chip) => chip.setAttribute("aria-pressed", "false"));
    filter();
    search.focus();
  });
  drawn.forEach((box) => {
    box.addEventListener("click", () => choose(box.dataset.stack));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(box.dataset.stack);
    });
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
  });
  // A link to a stack leads to it, even if it is filtered out or folded.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href^="#stack-"]');
    if (!link) return;
    const card = at(link.getAttribute("href").slice(1));
    card.hidden = false;
    card.firstElementChild.open = true;
  });

  const folded = () => cards.some((card) => !card.firstElementChild.open);
  fold.addEventListener("click", () => {
    const open = folded();
    cards.forEach((card) => { card.firstElementChild.open = open; });
    fold.textContent = open ? "Fold all" : "Open all";
  });
  fold.textContent = folded() ? "Open all" : "Fold all";

  const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  });
  nameTheme();

  let closed = [];
  addEventListener("beforeprint", () => {
    filter(Infinity);
    closed = all("details:not([open])");
    closed.forEach((d) => { d.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((d) => { d.open = false; }));

  at("tools").hidden = theme.hidden = false;
  fold.hidden = !cards.length;
  filter();
})();
