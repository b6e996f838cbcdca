// From a search to plots: two assets are ticked, opened in a notebook, and the notebook is run in
// JupyterLab through the lab proxy.
//
// Run by tests/it/portal.rs as `node notebook.mjs URL [FOLDER]` over the whole sample site;
// journey.mjs says what fails it. JupyterLab's own pages are not held against axe.

import assert from "node:assert/strict";
import { end, gateway, journey, seen, shot } from "./journey.mjs";

const { port } = new URL(gateway);
/** The gateway and its labs, each an origin of its own; what a page makes itself is no request. */
const inside = (url) => {
  const { protocol, hostname, port: own } = new URL(url);
  return url.startsWith(gateway) || ["blob:", "data:"].includes(protocol) ||
    (hostname.endsWith(".localhost") && own === port);
};
/** JupyterLab asks for settings and workspaces that are not there yet, and says so. */
const forgiven = (message) => !message.location().url.startsWith(gateway);

await journey("from a search to plots", { inside, forgiven }, async (page, context) => {
  const archives = [["archive", "samples-microwave"], ["archive", "samples-swarm"]];
  await page.goto(`${gateway}?${new URLSearchParams(archives)}`);
  await page.locator(".card").first().waitFor();
  const pick = (words) => page.locator(".card", { hasText: words }).getByRole("checkbox").first().check();
  await pick(/frequency map, V band/i);
  await pick(/swarm/i);
  await page.getByText("(2)").waitFor();
  await page.getByRole("button", { name: "Open in a Notebook" }).click();

  await page.getByRole("heading", { name: "Launch a lab" }).waitFor();
  await page.getByText("2 assets").waitFor();
  assert.ok(await page.getByLabel(/Make a notebook/).isChecked());
  await page.getByLabel("Title").fill("Two files");
  await page.getByRole("button", { name: "Launch" }).click();

  // The first launch on a machine makes the application's environment.
  await page.getByRole("heading", { name: "Two files" }).waitFor();
  await seen(page, "lab-starting");
  const state = page.locator(".page-head strong");
  const open = page.getByRole("button", { name: "Open", exact: true });
  const failed = state.filter({ hasText: /^(failed|stopped)$/ });
  await open.or(failed).waitFor({ timeout: 600_000 });
  assert.equal(await state.innerText(), "ready", await page.locator("main").innerText());
  await seen(page, "lab-ready");

  const [lab] = await Promise.all([context.waitForEvent("page"), open.click()]);
  await lab.locator(".jp-Notebook").waitFor({ timeout: 120_000 });
  const { hostname } = new URL(lab.url());
  assert.match(hostname, /^[0-9a-z]+\.localhost$/, "the lab is an origin of its own");
  assert.equal(await lab.evaluate(() => globalThis.opener), null, "the lab has no hold on the portal");
  // Whoever runs a cell before the kernel is there is asked which one it should be.
  await lab.getByText("Python 3 (ipykernel) | Idle").waitFor({ timeout: 120_000 });
  await lab.getByRole("menuitem", { name: "Run", exact: true }).click();
  await lab.getByRole("menuitem", { name: "Run All Cells", exact: true }).click();
  await lab.locator(".jp-OutputArea-output img").first().waitFor({ timeout: 180_000 });
  // The last cell says what was read.
  const cells = lab.locator(".jp-Notebook .jp-CodeCell");
  await lab.waitForFunction(() => ![...document.querySelectorAll(".jp-InputPrompt")]
    .some((prompt) => prompt.textContent?.includes("*")), undefined, { timeout: 180_000 });
  assert.ok((await cells.count()) > 0);
  assert.equal(await lab.locator('[data-mime-type="application/vnd.jupyter.stderr"]', { hasText: "Error" }).count(), 0);
  await lab.locator(".jp-OutputArea-output img").first().scrollIntoViewIfNeeded();
  await shot(lab, "notebook", { fullPage: false });
  const width = await lab.locator(".jp-OutputArea-output img").first().evaluate((picture) => picture.naturalWidth);
  assert.ok(width > 100, `the plot is ${width} pixels wide`);
  await lab.close();

  await page.goto(`${gateway}labs`);
  await seen(page, "labs-running");
  await page.getByRole("region", { name: "Labs that run" }).getByRole("link", { name: "Two files" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("link", { name: "Launch again" }).waitFor();
  assert.equal(await state.innerText(), "stopped");
  await seen(page, "lab-stopped");
});

await end();
