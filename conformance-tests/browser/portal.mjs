// The portal in Chromium, with and without JavaScript, light and dark.
//
// Run by tests/it/portal.rs as `node portal.mjs URL [FOLDER]`; screenshots go to FOLDER.
// Fails on any violation that axe finds, any breach of the content security policy, any
// error in the console, and any request to another origin.

import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [gateway, folder] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const profile = await mkdtemp(join(tmpdir(), "archway-browser-"));
if (folder) await mkdir(folder, { recursive: true });

const wide = { width: 1280, height: 900 };
const narrow = { width: 390, height: 844 };

let failed = 0;

/** Runs one journey in a browser context of its own. */
async function journey(name, options, walk) {
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
    page.setDefaultTimeout(20_000);
    page.on("console", (message) => {
      // A page that answers 400 or 404 on purpose is reported by the browser as an error.
      const status = /status of (400|404)/.test(message.text());
      if (message.type() === "error" && !status) wrong.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong.push(`script: ${error}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(gateway)) wrong.push(`request to ${request.url()}`);
    });
    await walk(page);
    assert.deepEqual(wrong, []);
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.error(`FAILED ${name}\n${error.stack}\n${wrong.join("\n")}`);
  } finally {
    await context.close();
  }
}

async function shot(page, name, options = {}) {
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, ...options });
}

/** Fails on anything axe holds against the page. Needs scripts, so it is asked with JavaScript only. */
async function accessible(page, where) {
  // Evaluated by the debugger protocol, which the page's policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  const found = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html.slice(0, 200)).join("\n  ")}`);
  assert.deepEqual(found, [], `axe on ${where}`);
}

/** The part of the journey that is the same with and without JavaScript. */
async function search(page, { loaded = false } = {}) {
  if (!loaded) await page.goto(gateway);
  await page.getByLabel("Words to look for").fill("M31");
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator("#sort").waitFor();
  await page.locator(".card").first().waitFor();
  assert.match(await page.locator(".result-count").innerText(), /\d/);
  assert.ok((await page.locator(".source[data-status=ok]").count()) > 0, "an archive says that it answered");
  assert.match(new URL(page.url()).search, /q=M31/);
}

async function asTable(page) {
  await page.getByRole("link", { name: "Table" }).click();
  await page.locator("table").waitFor();
  assert.match(new URL(page.url()).search, /view=table/);
  assert.ok((await page.locator("tbody tr").count()) > 0);
}

for (const colorScheme of ["light", "dark"]) {
  await journey(`with JavaScript, ${colorScheme}`, { colorScheme }, async (page) => {
    await page.goto(gateway);
    await accessible(page, "the start page");
    await shot(page, `home-${colorScheme}`);
    await page.evaluate(() => {
      globalThis.statesSeen = new Set();
      const look = () => document.querySelectorAll(".source").forEach((s) => statesSeen.add(s.dataset.status));
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    });
    await search(page, { loaded: true });
    const seen = await page.evaluate(() => [...(globalThis.statesSeen ?? [])]);
    assert.ok(seen.includes("asking"), `archives are shown while they are asked, without leaving the page: ${seen}`);
    await accessible(page, "the results");
    await shot(page, `results-${colorScheme}`);
    assert.match(await page.locator("#status").innerText(), /result/, "the count is announced");

    await asTable(page);
    await accessible(page, "the table");
    await shot(page, `table-${colorScheme}`);
    await page.goBack();
    await page.locator(".card").first().waitFor();

    const facet = page.locator(".side .options a").first();
    if (await facet.count()) {
      await facet.click();
      await page.getByRole("link", { name: "Clear all" }).click();
      await page.getByRole("link", { name: "Clear all" }).waitFor({ state: "detached" });
    }

    await page.locator(".card h3 a").first().click();
    await page.getByRole("heading", { name: "Rights and credit" }).waitFor();
    await accessible(page, "an asset");
    await shot(page, `asset-${colorScheme}`);

    await page.goto(`${gateway}?ra=10.68&dec=91&radius=0.5`);
    await page.locator("#pos-problem").waitFor();
    await accessible(page, "a mistake");
    await shot(page, `mistake-${colorScheme}`);
    await page.goto(`${gateway}?q=there+is+no+such+thing`);
    await page.getByRole("heading", { name: "Nothing found" }).waitFor();
    await accessible(page, "nothing found");
    await shot(page, `nothing-${colorScheme}`);
    await page.goto(`${gateway}nowhere`);
    await page.getByRole("heading", { name: "Nothing at this address" }).waitFor();
    await accessible(page, "a page that is not there");
  });
}

await journey("without JavaScript", { javaScriptEnabled: false }, async (page) => {
  await search(page);
  await shot(page, "results-without-script");
  await asTable(page);
  await page.getByText("Position, time, wavelength and archives").click();
  await page.getByLabel("RA", { exact: true }).fill("10.68");
  await page.getByLabel("Dec", { exact: true }).fill("41.27");
  await page.getByLabel("Radius", { exact: true }).fill("0.5");
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator("tbody tr").first().waitFor();
  await page.getByLabel("Sort by").selectOption("distance");
  await page.getByRole("button", { name: "Sort", exact: true }).click();
  await page.locator("tbody tr").first().waitFor();
  assert.match(new URL(page.url()).search, /sort=distance/);
});

await journey("by keyboard", {}, async (page) => {
  await page.goto(gateway);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to content");
  await page.getByLabel("Words to look for").focus();
  await page.keyboard.type("M31");
  await page.keyboard.press("Enter");
  await page.locator("#sort").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), "q", "the focus stays where it was");
});

await journey("on a phone", { viewport: narrow }, async (page) => {
  await page.goto(gateway);
  await shot(page, "home-phone");
  await search(page);
  await shot(page, "results-phone", { fullPage: false });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} pixels wider than the screen`);
  await page.locator(".card h3 a").first().click();
  await page.getByRole("heading", { name: "Rights and credit" }).waitFor();
  await shot(page, "asset-phone", { fullPage: false });
});

await rm(profile, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
