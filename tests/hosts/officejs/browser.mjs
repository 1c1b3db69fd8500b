// Run the served pane in headless Chromium with Microsoft's own office.js, and report as JSON.
// node browser.mjs TASK.json: {chromium, profile, modules, origin, token, host, script}
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, normalize } from "node:path";

const task = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const require = createRequire(join(task.modules, "x.js"));
const { chromium } = require("playwright-core");
const office = join(task.modules, "@microsoft", "office-js", "dist");
const CDN = "https://appsforoffice.microsoft.com/lib/1/hosted/";

const context = await chromium.launchPersistentContext(task.profile, {
  executablePath: task.chromium,
  headless: true,
  ignoreHTTPSErrors: true,
  viewport: { width: 340, height: 900 },
  acceptDownloads: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const told = { errors: [], outside: [], requests: 0, fetched: [] };
try {
  await context.route("**/*", (route) => {
    const url = route.request().url();
    if (url.startsWith(task.origin) || url.startsWith("blob:") || url.startsWith("data:")) {
      if (url.endsWith("/batch")) told.requests += 1;
      return route.continue();
    }
    if (url.startsWith(CDN)) {
      const name = normalize(url.slice(CDN.length).split("?")[0]);
      told.fetched.push(name);
      if (name === "office.js" && task.office) {
        return route.fulfill({ contentType: "text/javascript", body: task.office });
      }
      return route.fulfill({ path: join(office, name) });
    }
    told.outside.push(url.split("?")[0]);
    return route.abort();
  });
  const page = context.pages()[0] || (await context.newPage());
  page.on("pageerror", (error) => told.errors.push(String(error)));
  page.on("console", (line) => line.type() === "error" && told.errors.push(line.text()));
  const host = task.host ? `&_host_Info=${encodeURIComponent(task.host)}` : "";
  await page.goto(`${task.origin}/taskpane.html?token=${task.token}${host}`);
  if (task.steps) {
    const steps = new Function("page", "task", `return (async () => {${task.steps}})()`);
    told.answer = await steps(page, task);
  } else {
    told.answer = await page.evaluate(task.script);
  }
  if (task.shot) await page.screenshot({ path: task.shot, fullPage: true });
} finally {
  await context.close();
}
console.log(JSON.stringify(told));
