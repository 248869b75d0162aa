"use strict";
// Stands before everything else in the page, notes what goes wrong, and does the steps once the page is there.
const seen = { errors: [] };
const complain = (text) => seen.errors.push(String(text));
window.addEventListener("error", (event) => complain(event.message || "something could not be fetched"), true);
window.addEventListener("unhandledrejection", (event) => complain(event.reason));
document.addEventListener("securitypolicyviolation", (event) => complain(`${event.violatedDirective}: ${event.blockedURI}`));
for (const kind of ["error", "warn"]) console[kind] = (...words) => complain(words.join(" "));

const id = (name) => document.getElementById(name);
const visible = (selector) => Array.from(document.querySelectorAll(selector)).filter((e) => !e.hidden);
/** The stacks and the severities of the findings that are shown. */
const shown = () => ({
  stacks: visible(".stack").map((s) => s.querySelector("h3").textContent),
  findings: visible(".finding").map((f) => f.querySelector(".tag").textContent),
});
const index = (name) => Array.from(document.querySelectorAll(".stack")).findIndex((s) => s.querySelector("h3").textContent === name);
const search = (text) => {
  id("search").value = text;
  id("search").dispatchEvent(new Event("input"));
};
const pick = (name, value) => {
  id(name).value = String(value);
  id(name).dispatchEvent(new Event("change"));
};
const chip = (kind, name) => document.querySelector(`[data-${kind}="${name}"]`).click();
const press = (key, element) => element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

document.addEventListener("DOMContentLoaded", () => {
  try {
    seen.steps();
  } catch (error) {
    complain(error.stack);
  }
});
window.addEventListener("load", () => {
  seen.resources = performance.getEntriesByType("resource").length;
  const result = document.createElement("pre");
  result.id = "result";
  result.textContent = JSON.stringify(seen);
  document.body.append(result);
});
