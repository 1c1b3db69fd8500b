// What custom-functions-metadata derives from the comments of a script: node derive_metadata.mjs FILE
import { createRequire } from "node:module";
const require = createRequire(process.env.NODE_PATH + "/x.js");
const { generateCustomFunctionsMetadata } = require("custom-functions-metadata");
const found = await generateCustomFunctionsMetadata(process.argv[2]);
console.log(JSON.stringify({ ...JSON.parse(found.metadataJson), errors: found.errors,
  associated: found.associate.map((pair) => pair.id) }));
