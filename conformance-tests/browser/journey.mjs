// What the journeys share: a browser of their own, what must never happen, screenshots and axe.
//
// Every journey is run as `node FILE URL [FOLDER]`; screenshots go to FOLDER. It fails on any
// violation that axe finds, any breach of the content security policy, any error in the console,
// and any request that leaves the gateway and its labs.

import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const [gateway, folder] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const profile = await mkdtemp(join(tmpdir(), "archway-browser-"));
if (folder) await mkdir(folder, { recursive: true });

export const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };

let failed = 0;

/**
 * Runs one journey in a browser context of its own. `inside` says of a URL that it may be asked
 * for; `forgiven` of a console error that it is somebody else's.
 */
export async function journey(name, { inside = ours, forgiven = () => false, ...options }, walk) {
  const context = await chromium.launchPersistentContext(join(profile, name.replaceAll(/\W+/g, "-")), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    viewport: wide,
    reducedMotion: "reduce",
    ...options,
  });
  const wrong = [];
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    context.setDefaultTimeout(20_000);
    context.on("console", (message) => {
      // A page that answers 4xx on purpose is reported by the browser as an error.
      const status = /status of (400|403|404|409)/.test(message.text());
      if (message.type() === "error" && !status && !forgiven(message)) wrong.push(`console: ${message.text()}`);
    });
    context.on("weberror", (error) => wrong.push(`script: ${error.error()}`));
    context.on("request", (request) => {
      if (!inside(request.url())) wrong.push(`request to ${request.url()}`);
    });
    await walk(page, context);
    assert.deepEqual(wrong, []);
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    for (const [number, page] of context.pages().entries()) await shot(page, `failed-${number}`).catch(() => {});
    console.error(`FAILED ${name}\n${error.stack}\n${wrong.join("\n")}`);
  } finally {
    await context.close();
  }
}

function ours(url) {
  return url.startsWith(gateway);
}

export async function shot(page, name, options = {}) {
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, ...options });
}

/** Fails on anything axe holds against the page. Needs scripts, so it is asked with JavaScript only. */
export async function accessible(page, where) {
  // Evaluated by the debugger protocol, which the page's policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html.slice(0, 200)).join("\n  ")}`);
  assert.deepEqual(found, [], `axe on ${where}`);
}

/** The same in both colours, with a picture of each. */
export async function seen(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await accessible(page, `${name}, ${colorScheme}`);
    await shot(page, `${name}-${colorScheme}`);
  }
  await page.setViewportSize({ width: 400, height: 800 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await shot(page, `${name}-phone`);
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels wider than a phone`);
  await page.setViewportSize(wide);
}

/** Ends the process: well, if every journey was. */
export async function end() {
  await rm(profile, { recursive: true, force: true });
  process.exit(failed === 0 ? 0 : 1);
}
