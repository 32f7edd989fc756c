// The page, tried as people use it, in Debian's Chromium:
//
//   node test.mjs DIR [SHOTS] [--write-docs]
//
// DIR has the page's files; pictures go to SHOTS; --write-docs writes what was
// measured into docs/your-machine.md. Types each day's command and reads the screen.
// Exit status 0 if every claim of every day held, and all else was as it should be.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, sleep } from "./browser.mjs";

const here = dirname(fileURLToPath(import.meta.url)), workshop = dirname(dirname(here));
const writeDocs = process.argv.at(-1) === "--write-docs" && process.argv.pop();
const [given, shots = mkdtempSync(join(tmpdir(), "page-shots-"))] = process.argv.slice(2);
const directory = resolve(given);
mkdirSync(shots, { recursive: true });

const serving = spawn(process.execPath, [join(here, "serve.mjs"), directory], { stdio: ["ignore", "pipe", "inherit"] });
const address = await new Promise((resolve) => serving.stdout.once("data", (line) => resolve(String(line).trim())));
const files = new Function(readFileSync(join(directory, "files.js"), "utf8") + "return files;")();

// A server on which things go wrong: what(path) says how.
function wrongServer(what) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname.slice(1) || "index.html", wrong = what(path);
    if (wrong.status) return response.writeHead(wrong.status).end("");
    let body = readFileSync(join(directory, path));
    if (wrong.change) body = wrong.change(body);
    response.writeHead(200, { "Content-Type": path.endsWith(".html") ? "text/html" : path.endsWith(".js") ? "text/javascript" : path.endsWith(".css") ? "text/css" : "application/octet-stream" });
    if (wrong.stall) return response.write(body.subarray(0, 1000));
    if (!wrong.rate) return response.end(body);
    for (let at = 0; at < body.length && !response.destroyed; at += wrong.rate / 4, await sleep(250)) response.write(body.subarray(at, at + wrong.rate / 4));
    response.end();
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({ address: `http://127.0.0.1:${server.address().port}/`, close: () => (server.closeAllConnections(), server.close()) })));
}

let failed = 0;
const took = {}; // seconds, by what was checked
async function check(what, act) {
  const begin = Date.now();
  try {
    const found = (await act()) ?? "";
    took[what] = (Date.now() - begin) / 1000;
    console.log(`ok    ${what}  ${found} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${what}: ${error.message}`);
  }
}
function must(holds, words) {
  if (!holds) throw new Error(words);
}

// contrast is WCAG 2's, of two colours as CSS writes them: #rrggbb or rgb(r, g, b).
function contrast(...colors) {
  const [bright, less] = colors.map((color) => {
    const parts = color.startsWith("#") ? color.match(/\w\w/g).map((hex) => parseInt(hex, 16)) : color.match(/\d+/g).map(Number);
    const [red, green, blue] = parts.map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }).sort((a, b) => b - a);
  return (bright + 0.05) / (less + 0.05);
}

const prompt = /root@tab:\S* *$|root@tab:\S*# *$/;
const atPrompt = (tab, seconds = 60, which = 0) => tab.until("prompt", seconds, async () => prompt.test(await tab.text(which).catch(() => "")));

// run types a command at the prompt, which is left alone on the screen, waits for the
// next one, and returns what came between.
async function run(tab, command, seconds = 30, which = 0) {
  await clear(tab, which);
  await tab.type(command + "\n");
  await tab.until(`end of ${command}`, seconds, async () => {
    const text = await tab.text(which);
    return text.split("root@tab:").length > 2 && prompt.test(text);
  });
  return tab.text(which);
}
const clear = (tab, which = 0) => tab.evaluate(`screens[${which}].terminal.clear()`);

// How many claims a day makes, says its text.
const claims = (day) => readFileSync(join(workshop, readdirSync(workshop).find((name) => name.startsWith(`day${day}-`)), "README.md"), "utf8").match(/<!-- proof: /g).length;

// lesson has the tab take a day's lesson, whole.
async function lesson(tab, day) {
  const text = await run(tab, `day${day} --auto`, 400);
  const held = text.match(/^✓ /gm)?.length ?? 0, said = Number(text.match(/Done: (\d+) claims/)?.[1]);
  must(!/^✗ /m.test(text), `a claim failed:\n${text.slice(-3000)}`);
  must(said > 0, `no "Done":\n${text.slice(-3000)}`);
  must(held === said, `${held} claims held, ${said} were said`);
  return said;
}

const browser = await launch();
const memory = () => readdirSync("/proc").reduce((sum, pid) => {
  try { // of the browser's process group
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
    return stat[2] === String(browser.pid) ? sum + Number(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").match(/Pss: +(\d+)/)[1]) / 1024 : sum;
  } catch {
    return sum;
  }
}, 0);

try {
  // -------------------------------------------------------- every claim, in a tab
  let total = 0;
  const tab = await browser.open(`${address}?lang=en`);
  await check("from the page's address to the prompt", async () => void (await atPrompt(tab)));
  await tab.shot(join(shots, "light.png"));
  for (const day of [1, 2, 3]) await check(`day ${day}, cgroup v2`, async () => { const n = await lesson(tab, day); total += n; return `${n} claims`; });
  await tab.shot(join(shots, "lesson.png"));
  // A step at which only somebody at a terminal is asked for something is skipped.
  await check("the days' claims are those of their texts", () => {
    const written = claims(1) + claims(2) + claims(3);
    must(total === written || total === written - 1, `${total} held, ${written} are written`);
    return `${total} of ${written}`;
  });
  await check("what is typed next works here", async () => {
    const text = await tab.text();
    must(!/go run/.test(await run(tab, "day1 --only shell --auto")), "day 1 says go run");
    must(/^day2$/m.test(await run(tab, "day1 --from shell --auto")), "after day 1 comes no day2");
  });
  const megabytes = memory();
  await check("memory of the browser", () => `${megabytes.toFixed(0)} MB`);

  // ------------------------------------------------------------- by hand, as people do
  await check("Enter goes on, q ends a lesson", async () => {
    await clear(tab);
    await tab.type("day2\n");
    const paused = /q quit  \? help > *$/;
    await tab.until("pause", 30, async () => paused.test(await tab.text()));
    const first = await tab.text();
    await tab.type("\n");
    await tab.until("next pause", 60, async () => (await tab.text()) !== first && paused.test(await tab.text()));
    await tab.type("q");
    await atPrompt(tab);
    must(/^day2 --from/m.test(await tab.text()), "how to go on is not said");
  });
  await check("Ctrl-C in the middle of a lesson cleans up", async () => {
    await clear(tab);
    await tab.type("day2 --auto\n");
    await tab.until("first claim", 60, async () => /^✓ /m.test(await tab.text()));
    await tab.type("\x03");
    await atPrompt(tab);
    must(/Nothing was left over/.test(await run(tab, "day2 clean")), "something is left");
  });
  await check("a container, with a terminal", async () => {
    await run(tab, "mydocker rootfs /tmp/rootfs");
    await tab.type("mydocker run -it -m 100m --rootfs /tmp/rootfs sh\n");
    await tab.until("its prompt", 30, async () => /\/ # *$/.test(await tab.text()));
    await tab.type("echo I am $$; exit 5\n");
    await atPrompt(tab);
    must(/^I am 1$/m.test(await tab.text()), "its shell is not process 1");
    must(/^5$/m.test(await run(tab, "echo $?")), "its exit status is lost");
  });
  await check("an ordinary user, and root again", async () => {
    const text = await run(tab, "su - learner -c 'id -u; su -c \"id -u\"'");
    must(/^1000\n0$/m.test(text), text);
  });
  await check("a second terminal, and a lab by hand in both", async () => {
    await tab.press("2 terminals");
    await tab.type("\n");
    await atPrompt(tab, 20, 1);
    await tab.evaluate("screens[0].terminal.focus()");
    await run(tab, "day2 lab reset move-in");
    await tab.type("day2 lab move-in\n");
    await tab.until("the lab's shell", 30, async () => /exit ends the lab[^#]*# *$/.test(await tab.text()));
    await tab.evaluate("screens[1].terminal.focus()");
    must(/move-in/.test(await run(tab, "ps", 20, 1)), "the other terminal does not see it");
    const number = (await tab.text()).match(/lab-(\d+)/)[1];
    await run(tab, "cd /sys/fs/cgroup; echo +memory >cgroup.subtree_control", 20, 1);
    await run(tab, `mkdir lab-${number}; sleep ${number} & echo $! >lab-${number}/cgroup.procs`, 20, 1);
    await tab.until("the verdict in the other one", 30, async () => /^Done\.$/m.test(await tab.text()));
    await tab.shot(join(shots, "two.png"));
    await run(tab, "kill %1; day2 clean", 20, 1);
    await tab.evaluate("screens[0].terminal.focus()");
    await tab.type("exit\n");
    await tab.press("2 terminals");
    await atPrompt(tab);
  });
  await check("every colour can be read, light and dark", async () => {
    for (const [name, theme] of Object.entries(await tab.evaluate("themes"))) {
      for (const [what, color] of Object.entries(theme)) {
        if (what !== "background" && what !== "selectionBackground") must(contrast(color, theme.background) >= 4.5, `${name}: ${what} ${color}`);
      }
    }
  });
  await check("nano, with Chinese", async () => {
    await tab.type("nano /tmp/note\n");
    await tab.until("nano", 20, async () => /GNU nano/.test(await tab.text()));
    await tab.call("Input.insertText", { text: "控制组 cgroup" });
    await tab.until("what was typed", 10, async () => /控制组 cgroup/.test(await tab.text()));
    await tab.shot(join(shots, "nano.png"));
    const title = await tab.evaluate(`(() => {
      const { color, backgroundColor } = getComputedStyle(Array.from(document.querySelectorAll(".xterm-rows span")).find((span) => span.textContent.includes("GNU nano")));
      return [color, backgroundColor];
    })()`);
    must(contrast(...title) >= 4.5, `nano's title: ${title}`);
    await tab.type("\x18y\n");
    await tab.until("its end", 10, async () => prompt.test(await tab.text()));
    must(/^控制组 cgroup$/m.test(await run(tab, "cat /tmp/note")), await tab.text());
  });
  // ------------------------------------------------------- a container of one's own
  const loadsGo = () => tab.evaluate(`performance.getEntriesByType("resource").some(({ name }) => name.endsWith("go.bin"))`);
  const judged = async (id, day) => {
    await run(tab, `day${day} lab solution ${id} --give-up >mine/container.go`);
    const text = await run(tab, `day${day} lab check ${id}`, 120);
    must(/^Done\.$/m.test(text), text);
  };
  await check("a file is watched, and judged when it is saved", async () => {
    must(!(await loadsGo()), "the compiler is loaded before anybody builds");
    await tab.press("2 terminals");
    await atPrompt(tab, 20, 1);
    await tab.evaluate("screens[0].terminal.focus()");
    await clear(tab);
    await tab.type("day1 lab run\n");
    await tab.until("the first verdict", 120, async () => /^✗ /m.test(await tab.text()));
    must(await loadsGo(), "where does the compiler come from?");
    await tab.evaluate("screens[1].terminal.focus()");
    const begin = Date.now();
    await run(tab, "cd; day1 lab solution run --give-up >mine/container.go", 20, 1);
    await tab.until("the verdict", 120, async () => /^Done\.$/m.test(await tab.text()));
    const seconds = (Date.now() - begin) / 1000;
    await tab.evaluate("screens[0].terminal.focus()");
    await tab.type("q\n");
    await tab.press("2 terminals");
    await atPrompt(tab);
    return `${seconds.toFixed(0)} s from the save`;
  });
  await check("what does not compile, with its line, from vi", async () => {
    await tab.type("vi mine/container.go\n");
    await sleep(2000);
    await tab.type("Ovar x int = true"); // before the first line
    await tab.evaluate(`screen.type("\\x1b")`);
    await sleep(1000);
    await tab.type(":wq\n");
    await atPrompt(tab);
    const text = await run(tab, "day1 lab check run", 60);
    must(/It does not compile:\n.*container\.go:1:1: syntax error: package statement must be first/.test(text), text);
  });
  await check("stage gate, day 2", () => judged("gate", 2));
  await check("stage whole, day 3", () => judged("whole", 3));
  await check("a paste of many lines is whole", async () => {
    await clear(tab);
    await tab.evaluate(`screen.terminal.paste("cat >/tmp/pasted <<'END'\\n" + Array.from({length: 300}, (_, i) => "line " + i + " of a long paste").join("\\n") + "\\nEND\\n")`);
    await tab.until("its end", 60, async () => /line 299 of a long paste\n> END\nroot@tab/.test(await tab.text()));
    must(!/\dR/.test(await tab.text()), `the terminal's answers are in it:\n${await tab.text()}`);
    must(/^300 /m.test(await run(tab, "wc -l /tmp/pasted")), await tab.text());
    const asked = await run(tab, "printf '\\033[6n'; sleep 1");
    must(!/\dR/.test(asked), asked);
  });
  await check("keys for who has no keyboard", async () => {
    await tab.size(600, 900);
    await clear(tab);
    await tab.type("sleep 100\n");
    await sleep(1000);
    await tab.press("Ctrl");
    await tab.type("c");
    await atPrompt(tab, 10);
    await tab.press("↑");
    await tab.until("the last command", 10, async () => /# sleep 100$/.test(await tab.text()));
    await tab.press("^C");
    await tab.size(1280, 800);
    await sleep(500);
  });
  await check("a tab in the background goes on", async () => {
    const other = await browser.open("about:blank");
    const text = await run(tab, "day1 --auto --only uts", 90);
    must(/Done: /.test(text), text);
    await other.close();
    await tab.call("Page.bringToFront");
  });
  await check("begin again brings a fresh machine", async () => {
    await run(tab, "touch /root/mine");
    await tab.press("begin again");
    await sleep(500);
    await atPrompt(tab);
    must(!/mine/.test(await run(tab, "ls /root")), "it is the old one");
    const now = Number((await run(tab, "date +%s")).match(/^(\d{9,})$/m)[1]);
    must(Math.abs(now - Date.now() / 1000) < 60, `its clock is ${now}`);
  });
  await check("two tabs are two machines", async () => {
    const other = await browser.open(`${address}?lang=en`);
    await atPrompt(other);
    await run(other, "touch /root/other");
    must(!/other/.test(await run(tab, "ls /root")), "they meet");
    await other.close();
  });
  await check("a reload in the middle of a lesson", async () => {
    await tab.type("day2 --auto\n");
    await sleep(3000);
    await tab.call("Page.reload");
    await sleep(500);
    await atPrompt(tab);
  });
  await check("nothing went wrong in the page", () => must(tab.problems.length === 0, tab.problems.join("\n")));
  await tab.close();

  // ------------------------------------------------- the other machine, ?day=, Chinese
  if (files.states.v1) {
    const old = await browser.open(`${address}?lang=en&cgroup=v1`);
    await check("cgroup v1: the prompt", () => atPrompt(old));
    await check("day 2, cgroup v1", async () => { const n = await lesson(old, 2); must(n === claims(2), `${n} of ${claims(2)}`); return `${n} claims`; });
    await check("it is v1", async () => must(/memory.limit_in_bytes/.test(await run(old, "ls /sys/fs/cgroup/memory | grep limit")), "no limit_in_bytes"));
    await old.close();
  }
  const chinese = await browser.open(`${address}?lang=zh&day=2`, { scheme: "dark" });
  await check("?lang=zh&day=2 begins day 2, in Chinese", () => chinese.until("day 2", 60, async () => /回车 往下/.test(await chinese.text().catch(() => ""))));
  await check("a Chinese character takes two columns", async () => {
    const cells = await chinese.evaluate(`(() => { const b = screens[0].terminal.buffer.active; for (let i = 0; i < b.length; i++) { const l = b.getLine(i); for (let x = 0; x < l.length; x++) if (l.getCell(x).getChars() === "回") return l.getCell(x).getWidth(); } })()`);
    must(cells === 2, `${cells}`);
  });
  await chinese.shot(join(shots, "chinese-dark.png"));
  await chinese.size(390, 760, "dark");
  await sleep(1500);
  await chinese.shot(join(shots, "chinese-narrow-dark.png"));
  await check("80 columns on a narrow screen", async () => must((await chinese.evaluate("screens[0].terminal.cols")) >= 80, "fewer"));
  await chinese.size(1920, 1080, "light");
  await sleep(1500);
  await chinese.shot(join(shots, "chinese-wide.png"));
  await check("letters for a projector", async () => must((await chinese.evaluate("screens[0].terminal.options.fontSize")) >= 22, "small"));
  await chinese.close();

  // ---------------------------------------------------------------- what goes wrong
  const state = Object.values(files.states)[0].file;
  const says = async (what, words, wrong, before = "") => check(what, async () => {
    const server = await wrongServer(wrong);
    const broken = await browser.open(`${server.address}?lang=en`, { before });
    await broken.until(`"${words}"`, 30, async () => (await broken.status()).includes(words));
    await broken.shot(join(shots, `wrong-${words.replace(/\W+/g, "-")}.png`));
    await broken.close();
    server.close();
  });
  await says("a file that is missing", "could not be loaded: 404", (path) => (path === state ? { status: 404 } : {}));
  await says("a file cut short", "is cut short", (path) => (path === state ? { change: (body) => body.subarray(0, 100000) } : {}));
  await says("a file that is damaged", "is not what it should be", (path) => (path === state ? { change: (body) => (body.fill(0, 5000, 5010), body) } : {}));
  await check("the compiler is missing, and comes when tried again", async () => {
    let asked = 0;
    const server = await wrongServer((path) => (path === "go.bin" && asked++ === 0 ? { status: 404 } : {}));
    const broken = await browser.open(`${server.address}?lang=zh`);
    await atPrompt(broken);
    must(/go 只会这一件事/.test(await run(broken, "go test")), "go does not say what it can");
    await clear(broken);
    await broken.type("go run -exec=cat probe >/tmp/probe\n");
    await broken.until("what is wrong", 20, async () => (await broken.status()).includes("载入 go.bin 失败：404"));
    await broken.press("再试一次");
    await broken.until("the compiler", 20, async () => (await broken.status()).includes("Go 编译器已就位"));
    await atPrompt(broken);
    must(/^\d{7}$/m.test(await run(broken, "wc -c </tmp/probe")), "nothing came of it");
    await broken.close();
    server.close();
  });
  await says("a slow line: progress", "Loading the machine: 1", (path) => (path === state ? { rate: 1000000 } : {}));
  await says("a line that stands still", "Nothing has come for 1", (path) => (path === state ? { stall: true } : {}), "{ const now = Date.now, begin = now(); Date.now = () => begin + (now() - begin) * 20; }");
  await says("no WebAssembly", "has no WebAssembly", () => ({}), "delete globalThis.WebAssembly");
  await check("several files, from file://", async () => {
    const tab = await browser.open(`file://${directory}/index.html?lang=en`);
    await tab.until("a message", 20, async () => /takes a web server/.test(await tab.status()));
    await tab.close();
  });
  const single = join(directory, "single.html");
  if (existsSync(single)) await check("one file, from file://", async () => {
    const tab = await browser.open(`file://${single}?lang=en`);
    await atPrompt(tab);
    must(/Done: /.test(await run(tab, "day1 --auto --only uts", 60)), await tab.text());
    await run(tab, "go run -exec=cat probe >/tmp/probe");
    must(/^\d{7}$/m.test(await run(tab, "wc -c </tmp/probe")), "there is no compiler");
    await tab.close();
    return `${(statSync(single).size / 1e6).toFixed(1)} MB`;
  });

  if (writeDocs && !failed) {
    const mb = (names) => (names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0) / 1e6).toFixed(1);
    const loaded = mb([...readdirSync(directory).filter((name) => /\.(js|css|html|wasm)$/.test(name) && name !== "single.html"), state]);
    const seconds = (what) => (took[what] === undefined ? "–" : took[what].toFixed(0));
    const date = new Date().toISOString().slice(0, 10), { product } = await browser.version();
    const row = [product, `${loaded} MB`, existsSync(single) ? `${mb(["single.html"])} MB` : "–", `${took["from the page's address to the prompt"]?.toFixed(1) ?? "–"} s`,
      ...[1, 2, 3].map((day) => `${seconds(`day ${day}, cgroup v2`)} s`), `${seconds("day 2, cgroup v1")} s`, `${mb([files.go.file])} MB`, ...["stage gate, day 2", "stage whole, day 3"].map((stage) => `${seconds(stage)} s`), `${megabytes.toFixed(0)} MB`, date];
    const heads = {
      "docs/your-machine.md": ["browser", "to load", "as one file", "to the prompt", "day 1", "day 2", "day 3", "day 2 on v1", "to load to build", "stage `gate`", "stage `whole`", "memory of the browser", "date"],
      "docs/zh-CN/your-machine.md": ["浏览器", "要载入", "合成一个文件", "到提示符", "第 1 天", "第 2 天", "第 3 天", "v1 上的第 2 天", "编译要再载入", "`gate` 一关", "`whole` 一关", "浏览器的内存", "日期"],
    };
    for (const [file, head] of Object.entries(heads)) {
      const path = join(workshop, file), line = (cells) => `| ${cells.join(" | ")} |\n`;
      const table = line(head) + "|---".repeat(head.length) + "|\n" + line(row);
      writeFileSync(path, readFileSync(path, "utf8").replace(/(<!-- page -->\n)[^]*(<!-- page end -->)/, (_, begin, end) => begin + table + end));
    }
  }
} finally {
  await browser.close();
  serving.kill();
}
if (process.argv.length < 4) rmSync(shots, { recursive: true });
process.exit(failed ? 1 : 0);
