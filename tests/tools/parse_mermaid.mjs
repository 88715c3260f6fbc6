// Reads a JSON array of texts from standard input and prints the array of what the parser says of each ("" if nothing).
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { text } from "node:stream/consumers";

const require = createRequire(process.argv[2] + "/");
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("");
globalThis.window = window;
globalThis.document = window.document;

const { default: mermaid } = await import(pathToFileURL(process.argv[3]));
const said = [];
for (const diagram of JSON.parse(await text(process.stdin))) {
  said.push(await mermaid.parse(diagram).then(() => "", (error) => String(error.message)));
}
console.log(JSON.stringify(said));
