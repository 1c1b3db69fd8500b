// The task pane of invval-xl: status, refresh of a copy of the open workbook, last error.
"use strict";

const SLICE_BYTES = 4194304; // the largest slice Office hands over
const REFRESH_MS = 900000;
const SHOWN = 30; // findings listed; the paper C-12 lists all
const at = (id) => document.getElementById(id);
let stopper = null;

function show(id, visible) {
  at(id).hidden = !visible;
}

function supports(version) {
  return Office.context.requirements.isSetSupported("ExcelApi", version);
}

async function showStatus() {
  try {
    const told = await invvalPost("/status", {}, 10000);
    at("status").textContent = "Ready: invval answers on this computer.";
    at("version").textContent = `invval-xl ${told.version}, Python ${told.python}`;
    at("functions").textContent = String(told.functions);
    at("model").textContent = told.model;
    at("last-error").textContent = INVVAL.lastError || told.last_error;
    show("facts", true);
    return true;
  } catch (trouble) {
    at("status").textContent = trouble.message;
    if (INVVAL.lastError) at("last-error").textContent = INVVAL.lastError;
    show("facts", false);
    return false;
  }
}

/** The open workbook's bytes, slice by slice. */
function workbookBytes() {
  const done = Office.AsyncResultStatus.Succeeded;
  const asked = (call) =>
    new Promise((resolve, reject) =>
      call((result) => (result.status === done ? resolve(result.value) : reject(result.error)))
    );
  return asked((then) =>
    Office.context.document.getFileAsync(
      Office.FileType.Compressed, { sliceSize: SLICE_BYTES }, then)
  ).then(async (file) => {
    try {
      const bytes = new Uint8Array(file.size);
      let place = 0;
      for (let index = 0; index < file.sliceCount; index += 1) {
        const slice = await asked((then) => file.getSliceAsync(index, then));
        bytes.set(slice.data, place);
        place += slice.data.length;
      }
      return bytes.subarray(0, place);
    } finally {
      file.closeAsync();
    }
  });
}

function toBase64(bytes) {
  const step = 32768; // String.fromCharCode takes no more arguments at once
  let text = "";
  for (let start = 0; start < bytes.length; start += step) {
    text += String.fromCharCode.apply(null, bytes.subarray(start, start + step));
  }
  return btoa(text);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function bookName() {
  const address = (Office.context.document && Office.context.document.url) || "";
  const name = decodeURIComponent(address.split(/[?#]/)[0]).split(/[\\/]/).pop();
  return /\.xls[xm]$/i.test(name) ? name : "workbook.xlsx";
}

async function refresh() {
  const started = Date.now();
  const clock = setInterval(() => {
    at("progress").textContent = `Working… ${Math.round((Date.now() - started) / 1000)} s`;
  }, 1000);
  stopper = new AbortController();
  at("refresh").disabled = true;
  show("stop", true);
  show("outcome", false);
  show("found", false);
  at("progress").textContent = "Reading the workbook…";
  try {
    const name = bookName();
    const data = toBase64(await workbookBytes());
    at("progress").textContent = "Working…";
    const told = await invvalPost("/refresh", { name, data }, REFRESH_MS, stopper.signal);
    showFindings(told.findings || []);
    if (told.file) showCopy(told, name);
    else at("progress").textContent = told.error || "Refused: nothing was written.";
  } catch (trouble) {
    at("progress").textContent = trouble.message || String(trouble);
  } finally {
    clearInterval(clock);
    stopper = null;
    at("refresh").disabled = false;
    show("stop", false);
  }
}

function row(head, value, kind) {
  const line = document.createElement("tr");
  const first = document.createElement("th");
  const second = document.createElement("td");
  first.scope = "row";
  first.textContent = head;
  second.textContent = value;
  if (kind) line.className = kind;
  line.append(first, second);
  return line;
}

function showCopy(told, name) {
  const money = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2,
    maximumFractionDigits: 2 });
  const facts = told.summary;
  at("reserve-title").textContent = `Closing reserve at ${facts.as_of}, ${facts.currency}`;
  const lines = Object.entries(facts.reserve_by_category).map(([category, reserve]) =>
    row(category, money.format(reserve)));
  at("reserve").replaceChildren(
    ...lines, row("Total", money.format(facts.closing_reserve), "total"));
  const copy = name.replace(/(\.xls[xm])$/i, " refreshed$1");
  const link = at("download");
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([fromBase64(told.file)]));
  link.download = copy;
  show("open", supports("1.8"));
  at("open").onclick = () => attempt(() => Excel.createWorkbook(told.file), "Opened the copy.");
  const sheets = /\.xlsx$/i.test(name) && supports("1.13");
  show("insert", sheets);
  at("insert").onclick = () => attempt(() => insertPapers(told),
    `Inserted ${told.papers.length} papers at the end; sheets that were there stay.`);
  at("progress").textContent =
    `${told.papers.length} papers written into the copy. Run ${facts.run_id}.`;
  show("outcome", true);
}

function insertPapers(told) {
  return Excel.run(async (context) => {
    context.workbook.insertWorksheetsFromBase64(told.file, {
      sheetNamesToInsert: told.papers,
      positionType: "End",
    });
    await context.sync();
  });
}

async function attempt(action, done) {
  try {
    await action();
    at("progress").textContent = done;
  } catch (trouble) {
    at("progress").textContent = `Excel refused: ${trouble.message || trouble}`;
  }
}

function showFindings(findings) {
  const lines = findings.slice(0, SHOWN).map((found) => {
    const line = document.createElement("li");
    const head = document.createElement("span");
    const where = document.createElement("span");
    const remedy = document.createElement("p");
    head.className = found.severity;
    head.textContent = `${found.code} ${found.severity} `;
    where.textContent = `${found.address ? found.address + ": " : ""}${found.message}`;
    remedy.textContent = found.remedy;
    line.append(head, where, remedy);
    return line;
  });
  at("findings").replaceChildren(...lines);
  const more = findings.length > SHOWN ? `, the first ${SHOWN}` : "";
  at("found-title").textContent = `Findings: ${findings.length}${more}`;
  show("found", findings.length > 0);
}

function recalculate() {
  return Excel.run(async (context) => {
    context.workbook.application.calculate("Full");
    await context.sync();
  });
}

Office.onReady(async (info) => {
  const inExcel = info.host === "Excel";
  at("ask").onclick = showStatus;
  at("stop").onclick = () => stopper && stopper.abort();
  at("refresh").onclick = refresh;
  at("recalculate").onclick = () => attempt(recalculate, "Recalculated.");
  const answers = await showStatus();
  at("refresh").disabled = !inExcel;
  show("recalculate", inExcel && answers);
  if (!inExcel) at("progress").textContent = "Open this pane in Excel to refresh a workbook.";
});
