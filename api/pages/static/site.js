// What JavaScript adds; every page works without it. Keys: n next case, j and k along the list, g facts, a decide, ? help.
"use strict";
(function () {
  const body = document.body;
  const inText = (el) => el.closest("input, textarea, select, [contenteditable]") !== null;
  function step(by) {
    const rows = Array.from(document.querySelectorAll("[data-row] a[href]"));
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(Math.max(at + by, 0), rows.length - 1)].focus();
  }
  const keys = {
    n: () => document.querySelector("[data-next]")?.click(),
    j: () => step(1),
    k: () => step(-1),
    g: () => { const facts = document.getElementById("facts"); if (facts) { facts.scrollIntoView(); facts.focus(); } },
    a: () => document.querySelector("#outcome input")?.focus(),
    "?": () => { window.location.href = "/help#keys"; },
  };
  document.addEventListener("keydown", (event) => {
    if (body.dataset.shortcuts === "off" || event.ctrlKey || event.altKey || event.metaKey || inText(event.target)) return;
    const action = keys[event.key];
    if (action) { event.preventDefault(); action(); }
  });
  // What was typed is kept in this browser until it is stored on the server: a network gone or a closed browser loses nothing.
  // The name of the person is part of the key: at a machine that two people share, nobody finds another's text.
  const keptAs = (name) => "typed:" + body.dataset.user + ":" + name;
  const isChoice = (el) => el.type === "radio" || el.type === "checkbox";
  const isAsServed = (el) => isChoice(el) ? el.checked === el.defaultChecked
    : el.tagName === "SELECT" ? !el.value || el.selectedOptions[0].defaultSelected : el.value === el.defaultValue;
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const name = keptAs(form.dataset.keep);
    const fields = () => Array.from(form.elements).filter((el) => el.name && el.type !== "hidden" && el.tagName !== "BUTTON");
    const put = (el, values) => { if (isChoice(el)) el.checked = values.includes(el.value); else el.value = values[0]; };
    try {
      const kept = JSON.parse(window.localStorage.getItem(name) || "null");
      // What the server gave back after a refusal is newer than what is kept.
      if (kept && !document.querySelector(".ds-error-summary") && fields().every(isAsServed)) {
        for (const el of fields()) if (el.name in kept) put(el, kept[el.name]);
      }
    } catch { window.localStorage.removeItem(name); }
    form.addEventListener("input", () => {
      const typed = {};
      for (const el of fields()) {
        typed[el.name] ??= [];
        if (!isChoice(el) || el.checked) typed[el.name].push(el.value);
      }
      window.localStorage.setItem(name, JSON.stringify(typed));
    });
  }
  for (const done of document.querySelectorAll("[data-kept-done]")) window.localStorage.removeItem(keptAs(done.dataset.keptDone));
  // The text made of the facts follows the outcome, until somebody edits it: then it is never touched again.
  const reason = document.querySelector("form[data-keep] #text");
  let drafted = document.getElementById("outcome-accepted")?.dataset.draft ?? "";
  document.getElementById("outcome")?.addEventListener("change", (event) => {
    if (reason === null || (reason.value !== "" && reason.value !== drafted)) return;
    drafted = event.target.dataset.draft ?? "";
    reason.value = drafted;
    reason.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // One press is one decision, also when the finger is quick; the server would answer the second press with the first answer.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => { delete form.dataset.sent; }, 5000);
  });
  // After a part of the page was swapped in, say so to those who do not see it.
  document.addEventListener("htmx:after:swap", () => {
    const told = document.querySelector("[data-spoken]");
    if (told) document.getElementById("spoken").textContent = told.textContent;
    document.querySelector(".ds-error-summary")?.focus();
  });
  document.querySelector(".ds-error-summary")?.focus();
})();
