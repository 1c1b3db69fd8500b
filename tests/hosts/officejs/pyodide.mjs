// Install our wheel and Pyodide's own numpy in Node's Pyodide, and let Python answer.
// node pyodide.mjs OUR_WHEEL CODE_FILE; prints what the code's last expression is, as JSON.
import { readFileSync, readdirSync } from "node:fs";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(process.env.NODE_PATH + "/x.js");
const home = join(process.env.NODE_PATH, "pyodide");
const { loadPyodide } = require("pyodide");
const lock = JSON.parse(readFileSync(join(home, "pyodide-lock.json"), "utf-8"));
// An uncaught error would print the whole of Pyodide as its source line.
process.on("uncaughtException", (error) => {
  console.error(String(error.message || error).slice(-2000));
  process.exit(1);
});
const python = await loadPyodide({ indexURL: home + "/" });

const wheels = join(home, "wheels");
const numpy = readdirSync(wheels).find((name) => name === lock.packages.numpy.file_name);
if (!numpy) throw new Error(`no ${lock.packages.numpy.file_name} in ${wheels}`);
const bytes = readFileSync(join(wheels, numpy));
const hash = createHash("sha256").update(bytes).digest("hex");
if (hash !== lock.packages.numpy.sha256) throw new Error("numpy is not the one Pyodide locked");
const site = python.runPython("import site; site.getsitepackages()[0]");
for (const wheel of [bytes, readFileSync(process.argv[2])]) {
  python.unpackArchive(new Uint8Array(wheel), "wheel", { extractDir: site });
}
const answer = python.runPython(readFileSync(process.argv[3], "utf-8"));
console.log(answer);
