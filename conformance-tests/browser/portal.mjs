// The portal in Chromium, with and without JavaScript, light and dark: searches and assets.
//
// Run by tests/it/portal.rs as `node portal.mjs URL [FOLDER]`; journey.mjs says what fails it.

import assert from "node:assert/strict";
import { accessible, end, gateway, journey, narrow, shot } from "./journey.mjs";

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

await end();
