// Run the served functions.js in Node, as Excel does, against the real server.
// node cells.mjs ORIGIN TOKEN CALLS.json [DEAD_ORIGIN]; NODE_EXTRA_CA_CERTS trusts the certificate.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import vm from "node:vm";

const require = createRequire(process.env.NODE_PATH + "/x.js");
const { OfficeMockObject } = require("office-addin-mock");
const [origin, token, file, dead] = process.argv.slice(2);

class CellError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
const associated = {};
let at = origin;
let requests = 0;
const context = vm.createContext({
  CustomFunctions: {
    Error: CellError,
    ErrorCode: { invalidValue: "#VALUE!", notAvailable: "#N/A", divisionByZero: "#DIV/0!",
      invalidNumber: "#NUM!", nullReference: "#NULL!" },
    associate: (id, call) => (associated[id] = call),
  },
  location: { search: `?token=${token}` },
  URLSearchParams, AbortController, setTimeout, clearTimeout, console,
  fetch: (path, asked) => {
    requests += 1;
    const headers = { ...asked.headers, Origin: at };
    return fetch(at + path, { ...asked, headers });
  },
  Office: { onReady: () => {} },
  Excel: new OfficeMockObject({
    context: {
      workbook: {
        calculated: "",
        inserted: "",
        application: { calculate: (kind) => (context.Excel.context.workbook.calculated = kind) },
        insertWorksheetsFromBase64: (data, options) =>
          (context.Excel.context.workbook.inserted = [data, options.sheetNamesToInsert]),
      },
    },
    run: async function (callback) {
      await callback(this.context);
    },
  }),
});
for (const path of ["/functions.js", "/taskpane.js"]) {
  vm.runInContext(await (await fetch(origin + path)).text(), context, { filename: path });
}
const shown = (cell) => (cell instanceof CellError ? { error: cell.code, why: cell.message } : cell);
async function ask(name, args) {
  // Excel adds an invocation object after the arguments it has.
  const given = [...args.map((arg) => arg ?? undefined), { address: "Sheet1!A1" }];
  const declared = associated[name].length;
  while (given.length <= declared) given.splice(given.length - 1, 0, undefined);
  try {
    return (await associated[name](...given)).map((row) => row.map(shown));
  } catch (trouble) {
    return [[shown(trouble)]];
  }
}
const calls = JSON.parse(readFileSync(file, "utf-8"));
const told = { associated: Object.keys(associated) };
told.answers = await Promise.all(calls.map(([name, args]) => ask(name, args)));
requests = 0;
const many = Array.from({ length: 5000 }, (_, row) => ask("INV_NRV", [[[100 + row]], [[20]]]));
const got = await Promise.all(many);
told.many = { requests, right: got.filter((rows, row) => rows[0][0] === 80 + row).length };
requests = 0;
const column = Array.from({ length: 60000 }, (_, row) => [row]);
const ranges = await Promise.all([ask("INV_NRV", [column]), ask("INV_NRV", [column, [[1]]])]);
told.ranges = { requests, rows: ranges.map((rows) => rows.length), last: ranges[1][59999][0] };
const whole = Array.from({ length: 1048576 }, (_, row) => [row < 3 ? 10 * row : ""]);
told.whole = await ask("INV_NRV", [whole, [[1]]]);
told.errors = await ask("INV_NRV", [[[{ type: "Error", basicValue: "#REF!" }],
  [{ type: "FormattedNumber", basicValue: 70 }], [new CellError("#DIV/0!")], [NaN], [null]]]);
at = dead;
told.down = await ask("INV_NRV", [[[70]]]);
told.said = vm.runInContext("INVVAL.lastError", context);
at = origin;
context.location.search = "?token=wrong";
told.stranger = await ask("INV_NRV", [[[70]]]);
context.location.search = `?token=${token}`;
told.again = await ask("INV_NRV", [[[70]]]);
await vm.runInContext("recalculate()", context);
await vm.runInContext('insertPapers({ file: "UEs=", papers: ["C-1 Lead"] })', context);
const book = context.Excel.context.workbook;
told.workbook = [book.calculated, book.inserted];
console.log(JSON.stringify(told));
