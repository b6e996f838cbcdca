// @ts-check
// Searches without leaving the page: results appear as the archives answer.
// Every link and form works without this script; it only asks for the same URL as events.

import { readEvents } from "./events.js";

// What is parsed here is markup that the gateway rendered and escaped. The one named
// policy lets the page forbid every other way from text to markup.
const trustedTypes = /** @type {any} */ (globalThis).trustedTypes;
const policy = trustedTypes?.createPolicy("archway", { createHTML: (/** @type {string} */ html) => html });
const parse = (/** @type {string} */ html) =>
  new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");

document.documentElement.classList.add("with-script");

/** The search that is running; a new one ends it, and the gateway then ends its own. */
let running = new AbortController();

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.id !== "question") return;
  event.preventDefault();
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value.trim() !== "") asked.append(name, value);
  }
  go(asked.size > 0 ? `/?${asked}` : "/");
});

document.addEventListener("change", (event) => {
  const control = /** @type {HTMLElement} */ (event.target);
  if (control.matches('input[form="picked"]')) return countTicked();
  if (control.matches("[data-asks]")) {
    /** @type {HTMLFormElement | null} */ (document.querySelector("#question"))?.requestSubmit();
  }
});

document.addEventListener("click", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const copy = target.closest("[data-copy], [data-copy-beside]");
  if (copy) return void copyText(/** @type {HTMLElement} */ (copy));
  const link = target.closest("a");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname !== "/" || !document.querySelector("#question")) return;
  event.preventDefault();
  go(url.pathname + url.search);
});

addEventListener("popstate", () => void show(location.pathname + location.search));

/** @param {string} url */
function go(url) {
  history.pushState(null, "", url);
  void show(url);
}

/**
 * Shows the search page of `url`, part by part while its archives answer.
 * @param {string} url
 */
async function show(url) {
  if (!document.querySelector("#question")) return location.assign(url);
  running.abort();
  running = new AbortController();
  const { signal } = running;
  document.querySelector("#outcome")?.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(url, { headers: { accept: "text/event-stream, text/html" }, signal });
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
      return replaceMain(parse(await response.text()));
    }
    let whole = false;
    await readEvents(response, (name, data) => {
      if (signal.aborted) return;
      const part = parse(data);
      if (name === "page") {
        whole = true;
        replaceMain(part);
      } else {
        // The page that comes has the same heading, out of sight.
        document.querySelector(".hero")?.setAttribute("class", "visually-hidden");
        replaceParts(part);
      }
    });
    if (!whole && !signal.aborted) location.assign(url);
  } catch (error) {
    if (!signal.aborted) location.assign(url);
  }
}

/**
 * Puts each part of `from` in the place of the part with its id; one that is new goes to the end of its list.
 * @param {Document} from
 */
function replaceParts(from) {
  for (const part of [...from.body.children]) {
    const old = document.getElementById(part.id);
    const list = part.getAttribute("data-into");
    if (old) old.replaceWith(part);
    else if (list) document.getElementById(list)?.append(part);
  }
}

/** @param {Document} from */
function replaceMain(from) {
  const [main, next] = [document.querySelector("main"), from.querySelector("main")];
  if (!main || !next) return;
  const focused = document.activeElement?.id;
  main.replaceWith(next);
  if (from.title) document.title = from.title;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  const said = next.querySelector("[data-says]")?.getAttribute("data-says");
  const status = document.querySelector("#status");
  if (status) status.textContent = said ?? "";
  if (next.querySelector('[aria-invalid="true"]')) {
    /** @type {HTMLElement} */ (next.querySelector('[aria-invalid="true"]')).focus();
  }
}

/**
 * Copies what the button names, or the text beside it.
 * @param {HTMLElement} button
 */
async function copyText(button) {
  const named = button.dataset.copy ? document.getElementById(button.dataset.copy) : null;
  const text = (named ?? button.closest(".snippet")?.querySelector("pre"))?.textContent ?? "";
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text.trim());
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select and copy it by hand";
  }
  setTimeout(() => (button.textContent = before), 2000);
}

/** Says how many results are ticked, and that they are what is meant. */
function countTicked() {
  const ticked = document.querySelectorAll('input[form="picked"]:checked').length;
  const output = document.querySelector("[data-ticked]");
  if (output) output.textContent = ticked > 0 ? `(${ticked})` : "";
  const meant = /** @type {HTMLInputElement | null} */ (document.querySelector('#picked input[value="ticked"]'));
  if (meant && ticked > 0) meant.checked = true;
}

const pause = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/** The page as it comes next, asked for once however many events want it. @type {Promise<void> | undefined} */
let coming;

function asItIsNow() {
  return (coming ??= pause(300).then(async () => {
    coming = undefined;
    const response = await fetch(location.pathname, { headers: { accept: "text/html" } });
    if (!response.ok) return;
    const open = [...document.querySelectorAll("main details[open] > summary")].map((own) => own.textContent);
    replaceMain(parse(await response.text()));
    for (const summary of document.querySelectorAll("main details > summary")) {
      if (open.includes(summary.textContent)) summary.parentElement?.setAttribute("open", "");
    }
  }));
}

/**
 * Keeps the page of a lab or a volume as it is: each event asks for the page again, until it says
 * that nothing more will happen. Without this script the page refreshes itself.
 */
async function live() {
  for (;;) {
    const events = document.querySelector("[data-live]")?.getAttribute("data-live");
    if (!events) return;
    try {
      const response = await fetch(events, { headers: { accept: "text/event-stream" } });
      if (response.ok) await readEvents(response, () => void asItIsNow().catch(() => {}));
      await asItIsNow();
    } catch {
      // The gateway went away, and may come back.
    }
    await pause(2000);
  }
}

void live();
