// Collections, data volumes and the way to a lab in Chromium, with and without JavaScript.
//
// Run by tests/it/portal.rs as `node data.mjs URL [FOLDER]` over the whole sample site;
// journey.mjs says what fails it.

import assert from "node:assert/strict";
import { end, gateway, journey, seen, shot } from "./journey.mjs";

/** Ticks the first results of a search and leaves it by a button of the selection bar. */
async function pick(page, query, count, button) {
  await page.goto(`${gateway}?${new URLSearchParams(query)}`);
  await page.locator(".card").first().waitFor();
  const ticks = page.locator('.card input[type="checkbox"]');
  for (let number = 0; number < count; number += 1) await ticks.nth(number).check();
  await page.getByRole("button", { name: button }).click();
}

async function next(page, name) {
  await page.getByRole("button", { name }).click();
}

/** From the third step to a volume. */
async function toTheEnd(page, name, look = async () => {}) {
  await page.getByRole("heading", { name: "What is in it" }).waitFor();
  await look("content");
  await next(page, "Next: mode");
  await page.getByLabel("Name of the folder in a lab").fill(name);
  await page.getByLabel("Title").fill(`Volume ${name}`);
  await look("mode");
  await next(page, "Next: review");
  await page.getByRole("heading", { name: "What is about to be made" }).waitFor();
  await look("review");
  await next(page, "Create");
  await page.getByRole("heading", { name: `Volume ${name}` }).waitFor();
}

/** Waits until a volume or lab says what it became; without JavaScript one asks again. */
async function until(page, state) {
  for (let tries = 0; tries < 200; tries += 1) {
    const said = await page.locator(".page-head strong").first().innerText();
    if (said === state) return;
    assert.notEqual(said, "failed", await page.locator("main").innerText());
    const refresh = page.getByRole("link", { name: "Refresh" });
    if (await refresh.isVisible()) await refresh.click();
    await page.waitForTimeout(250);
  }
  assert.fail(`it never was ${state}: ${await page.locator("main").innerText()}`);
}

await journey("pages of collections, volumes and labs", {}, async (page) => {
  await page.goto(`${gateway}collections`);
  await seen(page, "collections");
  await page.getByRole("link", { name: /Crab/ }).first().click();
  await page.getByRole("heading", { name: "Rights and credit" }).waitFor();
  await seen(page, "collection");

  await page.goto(`${gateway}volumes`);
  await seen(page, "volumes-empty");
  await page.getByRole("link", { name: "New data volume" }).first().click();
  await seen(page, "wizard-type");
  await page.goto(`${gateway}volumes/new/review`);
  await seen(page, "wizard-out-of-order");
  await page.getByRole("link", { name: "Go to the step Type" }).click();
  await page.getByRole("link", { name: /Predefined collection/ }).click();
  await seen(page, "wizard-source-collection");
  await page.getByLabel(/SWARM/i).first().check();
  await next(page, "Next: content");
  await toTheEnd(page, "swarm", (step) => seen(page, `wizard-${step}`));
  await until(page, "ready");
  await seen(page, "volume");

  await page.goto(`${gateway}volumes/new`);
  await page.locator(".choice", { hasText: /FTP/ }).last().click();
  await seen(page, "wizard-source-plugin");
  await page.goto(`${gateway}volumes/new/source?type=urls`);
  await page.getByLabel("URLs, one a line").fill("http://127.0.0.1/file.fits");
  await next(page, "Test connection");
  await page.getByText(/^Not reached/).waitFor();
  await seen(page, "wizard-source-urls");
  await page.goto(`${gateway}volumes/new/mode?type=empty`);
  await page.getByLabel("Name of the folder in a lab").fill("../etc");
  await next(page, "Next: review");
  await next(page, "Create");
  await page.getByText("cannot be in it").or(page.getByText("begins with a dot")).waitFor();
  await page.getByRole("link", { name: "Go to the step Mode" }).click();
  await page.getByLabel("Name of the folder in a lab").fill("results");
  await next(page, "Next: review");
  await next(page, "Create");
  await until(page, "ready");
  await page.goto(`${gateway}volumes`);
  await seen(page, "volumes");

  await page.goto(`${gateway}labs`);
  await seen(page, "labs");
  await pick(page, { q: "WMAP" }, 2, "Open in a Notebook");
  await page.getByRole("heading", { name: "Launch a lab" }).waitFor();
  await page.getByText("2 assets").waitFor();
  await seen(page, "lab-new");
  await page.goto(`${gateway}labs/new?app=sepp/jupiterlab:v1`);
  await page.getByRole("alert").waitFor();
  await seen(page, "lab-new-unknown");
});

await journey("what is ticked is counted", {}, async (page) => {
  await page.goto(`${gateway}?q=WMAP`);
  await page.locator(".card").first().waitFor();
  await page.locator('#picked input[value="all"]').check();
  await page.locator('.card input[type="checkbox"]').first().check();
  assert.equal(await page.locator("[data-ticked]").innerText(), "(1)");
  assert.ok(await page.locator('#picked input[value="ticked"]').isChecked(), "what is ticked is what is meant");
  await seen(page, "results-ticked");
  await page.getByRole("link", { name: "Table" }).click();
  await page.locator("table").waitFor();
  await page.locator('tbody input[type="checkbox"]').first().check();
  await seen(page, "results-ticked-table");
  await page.locator('#picked input[value="all"]').check();
  await page.getByRole("button", { name: "Add to Data Volume" }).click();
  await page.getByRole("heading", { name: "What is in it" }).waitFor();
});

await journey("without JavaScript", { javaScriptEnabled: false }, async (page) => {
  await page.goto(`${gateway}collections`);
  await page.getByRole("link", { name: /SWARM/i }).first().click();
  await page.getByRole("link", { name: "Add as Data Volume" }).click();
  await toTheEnd(page, "plain");
  await until(page, "ready");
  await shot(page, "volume-without-script");
  await page.getByRole("link", { name: "Open in a Notebook" }).click();
  await page.getByRole("heading", { name: "Launch a lab" }).waitFor();
  assert.ok(await page.getByLabel(/Volume plain/).isChecked(), "the volume is one that the lab sees");
  await next(page, "See the verdicts for this");
  assert.ok(await page.getByLabel(/Volume plain/).isChecked(), "what was chosen stays chosen");
  await pick(page, { q: "WMAP" }, 2, "Add to Data Volume");
  await toTheEnd(page, "picked");
  await until(page, "ready");
  await next(page, "Delete with its files");
  await page.getByRole("heading", { name: "Data volumes" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Volume picked" }).count(), 0);
});

await end();
