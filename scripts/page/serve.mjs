// Serves a folder to this computer's browsers, and to nobody else:
//
//   node serve.mjs DIR [PORT]
//
// It says where, and goes on until it is ended.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, resolve } from "node:path";

const directory = resolve(process.argv[2]);
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css", ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8" };

const server = createServer((request, response) => {
  let file;
  try {
    file = join(directory, normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname)));
    if (statSync(file).isDirectory()) file = join(file, "index.html");
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream", "Content-Length": statSync(file).size, "Cache-Control": "no-cache" });
    createReadStream(file).pipe(response);
  } catch {
    response.writeHead(404).end("not found\n");
  }
});
server.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
