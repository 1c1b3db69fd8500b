// The INV_ functions of invval-xl for Excel on the Mac and on the web. Every call is answered by
// `invval serve` on this computer; calls of one moment travel together in one request.
"use strict";

const INVVAL = {
  batchUrl: "/batch",
  maxCalls: 500, // calls in one request
  maxCells: 50000, // cells in one request; a larger call travels alone
  waitMs: 15, // how long the first call of a request waits for others
  timeoutMs: 120000,
  wholeColumn: 1048576,
  queue: [],
  cells: 0,
  timer: 0,
  requests: 0,
  lastError: "",
};

/** The token of this installation; it comes in the address the manifest gives, and stays here. */
function invvalToken() {
  const search = typeof location === "undefined" ? "" : location.search;
  return new URLSearchParams(search).get("token") || "";
}

function invvalError(spelling, message) {
  const codes = CustomFunctions.ErrorCode;
  const code =
    {
      "#DIV/0!": codes.divisionByZero,
      "#NUM!": codes.invalidNumber,
      "#N/A": codes.notAvailable,
      "#NULL!": codes.nullReference,
    }[spelling] || codes.invalidValue;
  // Excel takes these four out of a custom function, and a sentence with #VALUE! and #N/A only.
  if (code === codes.invalidValue && spelling !== "#VALUE!") {
    return new CustomFunctions.Error(code, `The cell answers ${spelling}: ${message}`);
  }
  return code === codes.invalidValue || code === codes.notAvailable
    ? new CustomFunctions.Error(code, message)
    : new CustomFunctions.Error(code);
}

/** One cell as JSON takes it: number, text, logical, null for blank, an error by its spelling. */
function invvalCell(value) {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : "#NUM!";
  if (typeof value !== "object") return value;
  if ("basicValue" in value) return invvalCell(value.basicValue); // a data type, an error cell
  if ("code" in value) return String(value.code); // CustomFunctions.Error
  return String(value);
}

function invvalBlankRow(row) {
  return row.every((cell) => cell === null || cell === undefined || cell === "");
}

/** Whole columns are cut at the last row any of them uses. */
function invvalTrimmed(args) {
  const whole = args.filter((arg) => Array.isArray(arg) && arg.length === INVVAL.wholeColumn);
  if (whole.length === 0) return args;
  let used = 1;
  for (const column of whole) {
    let last = column.length;
    while (last > used && invvalBlankRow(column[last - 1])) last -= 1;
    used = last;
  }
  return args.map((arg) => (whole.includes(arg) ? arg.slice(0, used) : arg));
}

function invvalArgument(arg) {
  if (arg === undefined || arg === null) return null; // left out
  if (!Array.isArray(arg)) return [[invvalCell(arg)]];
  return arg.map((row) => (Array.isArray(row) ? row.map(invvalCell) : [invvalCell(row)]));
}

/** Ask for one call; answered when its request comes back. */
function invvalCall(name, args) {
  return new Promise((resolve, reject) => {
    const given = invvalTrimmed(args).map(invvalArgument);
    while (given.length > 0 && given[given.length - 1] === null) given.pop();
    const cells = given.reduce((sum, arg) => sum + (arg ? arg.length * arg[0].length : 0), 1);
    if (INVVAL.queue.length > 0 && INVVAL.cells + cells > INVVAL.maxCells) invvalFlush();
    INVVAL.queue.push({ call: [name, given], resolve, reject });
    INVVAL.cells += cells;
    if (INVVAL.queue.length >= INVVAL.maxCalls || INVVAL.cells >= INVVAL.maxCells) invvalFlush();
    else if (!INVVAL.timer) INVVAL.timer = setTimeout(invvalFlush, INVVAL.waitMs);
  });
}

function invvalFlush() {
  clearTimeout(INVVAL.timer);
  const batch = INVVAL.queue;
  INVVAL.queue = [];
  INVVAL.cells = 0;
  INVVAL.timer = 0;
  if (batch.length > 0) invvalSend(batch);
}

/** POST JSON to our server; the answer as an object, or a thrown sentence. */
async function invvalPost(url, body, timeoutMs, signal) {
  const aborter = new AbortController();
  const clock = setTimeout(() => aborter.abort(), timeoutMs);
  if (signal) signal.addEventListener("abort", () => aborter.abort());
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Invval-Token": invvalToken() },
      body: JSON.stringify(body),
      signal: aborter.signal,
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
    });
    const told = await response.json();
    if (response.ok) return told;
    throw Object.assign(new Error(told.error), { status: response.status });
  } catch (trouble) {
    if (trouble.status) throw trouble;
    if (signal && signal.aborted) throw new Error("Stopped.");
    if (aborter.signal.aborted) throw new Error(`No answer within ${timeoutMs / 1000} s.`);
    throw new Error("invval does not answer. Start it on this computer with: invval serve");
  } finally {
    clearTimeout(clock);
  }
}

async function invvalSend(batch) {
  INVVAL.requests += 1;
  let told;
  try {
    const calls = batch.map((waiting) => waiting.call);
    told = await invvalPost(INVVAL.batchUrl, { calls }, INVVAL.timeoutMs);
  } catch (trouble) {
    if (trouble.status === 413 && batch.length > 1) {
      const half = batch.length >> 1;
      invvalSend(batch.slice(0, half));
      invvalSend(batch.slice(half));
      return;
    }
    INVVAL.lastError = trouble.message;
    const mark = trouble.status === 413 ? "#VALUE!" : "#N/A";
    batch.forEach((waiting) => waiting.reject(invvalError(mark, trouble.message)));
    return;
  }
  batch.forEach((waiting, index) => invvalAnswer(waiting, told.answers[index]));
}

function invvalAnswer(waiting, answer) {
  const message = answer.why || "";
  const isMark = (cell) => cell !== null && typeof cell === "object";
  const rows = answer.rows;
  if (rows.length === 1 && rows[0].length === 1 && isMark(rows[0][0])) {
    waiting.reject(invvalError(rows[0][0].error, message));
    return;
  }
  const shown = (cell) => (isMark(cell) ? invvalError(cell.error, message) : cell);
  waiting.resolve(rows.map((row) => row.map(shown)));
}
