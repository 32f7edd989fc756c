// Makes one file of the page, for a stick or a mail: all that it loads is in it, of
// the machines the first one.
//
//   node single.mjs DIR FILE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [directory, file] = process.argv.slice(2);
const text = (name) => readFileSync(join(directory, name), "utf8");
const files = new Function(text("files.js") + "return files;")();
const [cgroup, state] = Object.entries(files.states)[0];

// What could end the element that it stands in is written in another way.
const script = (code) => `<script>${code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")}</script>`;
const data = [files.wasm.file, state.file, files.go.file, "LICENSES.txt"]
  .map((name) => `<script type="application/octet-stream" id="file:${name}">${readFileSync(join(directory, name)).toString("base64")}</script>`);

const page = text("index.html")
  .replace(/<link rel="stylesheet" href="([^"]+)">/g, (_, name) => `<style>${text(name)}</style>`)
  .replace("<script src=", () => `${data.join("\n")}\n<script src=`)
  .replace('<script src="files.js"></script>', () => script(`const files = ${JSON.stringify({ ...files, states: { [cgroup]: state } })};`))
  .replace(/<script src="([^"]+)"><\/script>/g, (_, name) => script(text(name)));
writeFileSync(file, page);
