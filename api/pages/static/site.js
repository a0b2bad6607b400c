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
  const fieldsOf = (form) => Array.from(form.elements).filter((el) => el.name && el.type !== "hidden" && el.tagName !== "BUTTON");
  const put = (el, values) => { if (isChoice(el)) el.checked = values.includes(el.value); else el.value = values[0]; };
  function giveBack() {
    for (const form of document.querySelectorAll("form[data-keep]")) {
      const name = keptAs(form.dataset.keep);
      try {
        const kept = JSON.parse(window.localStorage.getItem(name) || "null");
        // What the server gave back after a refusal is newer than what is kept.
        if (kept && !document.querySelector(".ds-error-summary") && fieldsOf(form).every(isAsServed)) {
          for (const el of fieldsOf(form)) if (el.name in kept) put(el, kept[el.name]);
        }
      } catch { window.localStorage.removeItem(name); }
    }
  }
  // Heard by the document: a form that is swapped in later is kept too.
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form === null) return;
    const typed = {};
    for (const el of fieldsOf(form)) {
      typed[el.name] ??= [];
      if (!isChoice(el) || el.checked) typed[el.name].push(el.value);
    }
    window.localStorage.setItem(keptAs(form.dataset.keep), JSON.stringify(typed));
  });
  for (const done of document.querySelectorAll("[data-kept-done]")) window.localStorage.removeItem(keptAs(done.dataset.keptDone));
  giveBack();
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
  // A part that did not come leaves the page as it is, and says why: nothing typed goes away with it.
  const trouble = document.getElementById("trouble");
  const tell = (isSignedOut, from) => {
    const form = from?.closest?.("form"), link = trouble.querySelector("a");
    const back = form ? window.location.pathname + "?" + new URLSearchParams(fieldsOf(form).map((el) => [el.name, el.value]))
      : window.location.pathname + window.location.search;
    trouble.querySelector("span").textContent = isSignedOut ? trouble.dataset.signedOut : trouble.dataset.noAnswer;
    link.hidden = !isSignedOut;
    link.href = "/login?return_to=" + encodeURIComponent(back);
    trouble.hidden = false;
  };
  document.addEventListener("htmx:before:response", (event) => {
    const status = event.detail.ctx.response.status;
    // What was refused comes with its sentences, as a page does; what cannot be shown in the place of a part does not.
    if (status < 400 || status === 409 || status === 422) { trouble.hidden = true; return; }
    event.preventDefault();
    tell(status === 401, event.target);
  });
  document.addEventListener("htmx:error", (event) => tell(false, event.target));
  // After a part of the page was swapped in, say so to those who do not see it.
  document.addEventListener("htmx:after:swap", () => {
    const told = Array.from(document.querySelectorAll("[data-spoken]"), (one) => one.textContent);
    if (told.length) document.getElementById("spoken").textContent = told.join(" ");
    giveBack();
    document.querySelector(".ds-error-summary")?.focus();
  });
  document.querySelector(".ds-error-summary")?.focus();
})();
