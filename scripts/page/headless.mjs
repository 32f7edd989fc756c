// The page's machine under node, without a browser, for whoever works on a lesson:
//
//   node headless.mjs DIR [COMMAND]...
//
// DIR has the page's files. Types each command, the three days if there is none, and
// prints what the machine says. Exit status 0 if no claim failed, and all were proven.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [given, ...commands] = process.argv.slice(2), directory = resolve(given);
if (!commands.length) commands.push("day1 --auto", "day2 --auto", "day3 --auto");
const { V86 } = await import(pathToFileURL(join(directory, "libv86.js")));
const files = new Function(readFileSync(join(directory, "files.js"), "utf8") + "return files;")();
const { cmdline, ...machine } = files.machine, state = readFileSync(join(directory, Object.values(files.states)[0].file));

const emulator = new V86({ ...machine, wasm_path: join(directory, files.wasm.file), initial_state: { buffer: state.buffer.slice(state.byteOffset, state.byteOffset + state.length) }, autostart: true });
await new Promise((resolve) => emulator.add_listener("emulator-ready", resolve));
const send = (port, text) => emulator.serial_send_bytes(port, new TextEncoder().encode(text));

let bytes = [];
emulator.add_listener("serial0-output-byte", (byte) => bytes.push(byte));
const said = () => new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, "");

// The prompt is the last that the machine says, then it waits.
async function prompt(seconds) {
  for (const end = Date.now() + seconds * 1000; !/root@tab:\S*[#$] *$/.test(said()); await new Promise((go) => setTimeout(go, 50))) {
    if (Date.now() > end) throw new Error(`no prompt after ${seconds} s:\n${said().slice(-2000)}`);
  }
}

let failed = false;
try {
  send(2, `clock ${Math.floor(Date.now() / 1000)}\nlanguage en_US.UTF-8\nsize ttyS0 30 100\nbegin\n`);
  await prompt(60);
  for (const command of commands) {
    const begin = Date.now();
    bytes = [];
    send(0, command + "\r");
    await prompt(600);
    const text = said(), held = text.match(/^✓ /gm)?.length ?? 0, claims = Number(text.match(/Done: (\d+) claims/)?.[1] ?? 0);
    console.log(`${text.slice(0, text.lastIndexOf("root@tab:"))}# ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    failed ||= /^✗ /m.test(text) || held !== claims || (/--auto/.test(command) && claims === 0);
  }
} catch (error) {
  console.error(`headless.mjs: ${error.message}`);
  failed = true;
}
process.exit(failed ? 1 : 0);
