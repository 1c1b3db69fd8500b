// Stands where Microsoft's office.js does and behaves as Excel with one workbook open; the test
// puts the workbook's bytes in place of @BOOK@. What the pane asks of Excel is kept in window.asked.
window.asked = { sliceSize: 0, slices: [], closed: 0, created: 0, inserted: null };
const book = Uint8Array.from(atob("@BOOK@"), (character) => character.charCodeAt(0));
window.CustomFunctions = { associate() {}, Error: class extends Error {}, ErrorCode: {} };
window.Excel = {
  createWorkbook: async (data) => (window.asked.created = data.length),
  run: async (work) =>
    work({
      sync: async () => {},
      workbook: {
        insertWorksheetsFromBase64: (data, options) => (window.asked.inserted = options),
      },
    }),
};
window.Office = {
  AsyncResultStatus: { Succeeded: "succeeded" },
  FileType: { Compressed: "compressed" },
  onReady: (then) => then({ host: "Excel", platform: "OfficeOnline" }),
  context: {
    requirements: { isSetSupported: () => true },
    document: {
      url: "https://example.sharepoint.com/docs/Quarter%20end.xlsx?web=1",
      getFileAsync: (type, options, then) => {
        const size = 40000; // Office may hand over less at a time than was asked for
        window.asked.sliceSize = options.sliceSize;
        then({
          status: "succeeded",
          value: {
            size: book.length,
            sliceCount: Math.ceil(book.length / size),
            getSliceAsync: (index, done) => {
              window.asked.slices.push(index);
              const data = Array.from(book.subarray(index * size, (index + 1) * size));
              done({ status: "succeeded", value: { index, size: data.length, data } });
            },
            closeAsync: () => (window.asked.closed += 1),
          },
        });
      },
    },
  },
};
