// The page around the machine: it loads it, shows its two terminals, and types for
// who presses a button. Everything stays in this tab.
"use strict";

const asked = new URLSearchParams(location.search);
const language = ["en", "zh"].includes(asked.get("lang")) ? asked.get("lang") : navigator.language.startsWith("zh") ? "zh" : "en";
const cgroup = asked.get("cgroup") in files.states ? asked.get("cgroup") : Object.keys(files.states)[0];

const texts = {
  title: { en: "Build a container in three days, in a tab", zh: "三天亲手造一个容器，就在标签页里" },
  day: { en: "type this for the lesson of day", zh: "输入这条命令，开始第几天的课：" },
  tasks: { en: "the day's tasks, done by hand", zh: "当天的动手练习" },
  again: { en: "begin again", zh: "从头再来" },
  againLong: { en: "throw this machine away and have a fresh one", zh: "扔掉这台机器，换一台全新的" },
  second: { en: "2 terminals", zh: "两个终端" },
  theme: { en: "dark / light", zh: "深色 / 浅色" },
  larger: { en: "larger letters", zh: "字大一些" },
  smaller: { en: "smaller letters", zh: "字小一些" },
  copy: { en: "copy", zh: "复制" },
  paste: { en: "paste", zh: "粘贴" },
  copyLong: { en: "what is selected; also Ctrl+Shift+C", zh: "复制选中的文字，也可以按 Ctrl+Shift+C" },
  pasteLong: { en: "also Ctrl+Shift+V", zh: "也可以按 Ctrl+Shift+V" },
  other: { en: "中文", zh: "English" },
  kind: { en: "the same machine with cgroup", zh: "换成另一种 cgroup 的机器：" },
  loading: { en: "Loading the machine: %1 of %2 MB", zh: "正在载入机器：%1 / %2 MB" },
  loadingGo: { en: "Loading the Go compiler: %1 of %2 MB", zh: "正在载入 Go 编译器：%1 / %2 MB" },
  hasGo: { en: "The Go compiler is here. From a save to the verdict takes some 20 seconds, on a slow computer a minute.", zh: "Go 编译器已就位。从保存到判断约 20 秒，电脑慢就要一分钟。" },
  slow: { en: "Nothing has come for %1 seconds. It goes on as soon as the line does. Loaded: %2 of %3 MB", zh: "已有 %1 秒没有收到数据，网络一通就会继续。已载入 %2 / %3 MB" },
  starting: { en: "Starting the machine …", zh: "正在启动机器……" },
  ready: { en: "Running: cgroup %1, in this tab only.", zh: "正在运行：cgroup %1，只在这个标签页里。" },
  retry: { en: "try again", zh: "再试一次" },
  noWasm: { en: "This browser has no WebAssembly, or it is switched off (some “lockdown” modes do that). The machine needs it: allow it for this page, or take another browser.", zh: "这个浏览器没有 WebAssembly，或者它被关掉了（有些“锁定模式”会这样）。机器离不开它：请为本页打开，或换一个浏览器。" },
  fromFile: { en: "A page of several files takes a web server; opened as a file, the browser won't load the rest. Serve this folder (python3 -m http.server, then http://localhost:8000), or make it one file: scripts/setup-vm.sh page DIR --single FILE", zh: "由多个文件组成的页面需要一个网页服务器；直接当文件打开时，浏览器不会载入其余部分。请在这个目录里运行 python3 -m http.server，再打开 http://localhost:8000；或者做成单个文件：scripts/setup-vm.sh page 目录 --single 文件" },
  missing: { en: "%1 could not be loaded: %2", zh: "载入 %1 失败：%2" },
  short: { en: "%1 is cut short: %2 of %3 bytes came", zh: "%1 不完整：只收到 %2 / %3 字节" },
  damaged: { en: "%1 is not what it should be: it was changed, or damaged on its way", zh: "%1 的内容不对：被改动过，或在路上损坏了" },
  noStart: { en: "The machine did not start: %1", zh: "机器没有启动：%1" },
  silent: { en: "The machine gives no answer. A busy or small computer may need longer; else begin again.", zh: "机器没有回应。电脑很忙或配置较低时会慢一些；否则请从头再来。" },
  stopped: { en: "The machine has stopped.", zh: "机器停下来了。" },
  about: { en: "What is different in here", zh: "这里有什么不一样" },
  aboutList: {
    en: [
      "It is a whole PC, emulated: a 32-bit processor, one of it, some fifty times slower than yours. The kernel and all that you see are real, but times measured in here mean nothing.",
      "It has 384 MB of memory and no network; day and night nothing leaves this tab, and nothing in it reaches your computer.",
      "Nothing is kept: reloading or closing the tab throws the machine away. Two tabs are two machines.",
      "You can write your own container here, too: the Go compiler is loaded when you first build, and from a save to the verdict takes some 20 seconds, on a slow computer a minute. Of Go there is what that takes and no more: go build -o PROGRAM FILE.go.",
      "Addresses: ?day=2 begins with day 2, ?lang=zh is Chinese, ?cgroup=v1 is the kernel's older interface.",
    ],
    zh: [
      "这是一整台模拟出来的 PC：一个 32 位处理器，比你的电脑慢大约五十倍。内核和你看到的一切都是真的，但在这里测出来的时间没有意义。",
      "它有 384 MB 内存，没有网络；任何东西都不会离开这个标签页，也碰不到你的电脑。",
      "什么都不会保存：刷新或关闭标签页，机器就没了。两个标签页就是两台机器。",
      "在这里也能写自己的容器：第一次编译时才会载入 Go 编译器，从保存到判断约 20 秒，电脑慢就要一分钟。这里的 go 只会一件事：go build -o 程序 文件.go。",
      "网址参数：?day=2 从第 2 天开始，?lang=en 是英文，?cgroup=v1 是内核较老的接口。",
    ],
  },
  licences: { en: "Licences of what is in here", zh: "这里所含软件的许可证" },
};

function say(text, ...values) {
  return values.reduce((words, value, i) => words.replace(`%${i + 1}`, value), texts[text][language]);
}

const element = (id) => document.getElementById(id);
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

// ------------------------------------------------------------- what is going on

function tell(words, { progress = null, wrong = false, retry = null } = {}) {
  element("words").textContent = words;
  element("status").classList.toggle("wrong", wrong);
  element("progress").hidden = progress === null;
  element("progress").value = progress ?? 0;
  element("retry").hidden = retry === null;
  element("retry").textContent = say("retry");
  element("retry").onclick = retry;
  fit();
}

class Trouble extends Error {} // its message is for the learner

// ------------------------------------------------------------------- terminals

// Each colour can be read on its background; that xterm.js would see to it does not hold
// where the two are exchanged, as in nano's title.
const themes = {
  dark: {
    background: "#15171a", foreground: "#e8e8e4", cursor: "#e8e8e4", selectionBackground: "#47505c",
    black: "#a0a4aa", red: "#ff8a7a", green: "#7fd88f", yellow: "#e3b341", blue: "#8ab4ff", magenta: "#e29bff", cyan: "#76d4dc", white: "#e8e8e4",
    brightBlack: "#a0a4aa", brightRed: "#ff8a7a", brightGreen: "#7fd88f", brightYellow: "#e3b341", brightBlue: "#8ab4ff", brightMagenta: "#e29bff", brightCyan: "#76d4dc", brightWhite: "#ffffff",
  },
  light: {
    background: "#fbfbf8", foreground: "#1c1e21", cursor: "#1c1e21", selectionBackground: "#c3d3ea",
    black: "#1c1e21", red: "#a3160a", green: "#1a6b21", yellow: "#7a5a00", blue: "#1546a0", magenta: "#8b1d87", cyan: "#0b636b", white: "#5c6066",
    brightBlack: "#5c6066", brightRed: "#a3160a", brightGreen: "#1a6b21", brightYellow: "#7a5a00", brightBlue: "#1546a0", brightMagenta: "#8b1d87", brightCyan: "#0b636b", brightWhite: "#1c1e21",
  },
};
let dark = matchMedia("(prefers-color-scheme: dark)").matches;
let scale = 1; // of the letters

// A Screen is a terminal, and the serial port of the machine that it is joined to.
class Screen {
  constructor(port) {
    this.port = port;
    this.box = document.createElement("div");
    element("terminals").append(this.box);
    this.terminal = new Terminal({
      fontFamily: 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", "PingFang SC", "Microsoft YaHei", monospace',
      scrollback: 10000,
    });
    this.fitter = new FitAddon.FitAddon();
    this.terminal.loadAddon(this.fitter);
    this.terminal.open(this.box);
    this.terminal.onData((data) => this.type(data));
    // The machine's shell asks before each line where the cursor is. The answer would
    // come behind what is typed or pasted by then, and be taken for keys.
    this.terminal.parser.registerCsiHandler({ final: "n" }, ([what]) => what === 6);
    this.terminal.attachCustomKeyEventHandler((event) => {
      if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey || event.code !== "KeyC") return true;
      event.preventDefault();
      copy();
      return false;
    });
    this.terminal.textarea.addEventListener("focus", () => (screen = this));
    this.bytes = []; // that came from the machine and are not shown yet
    this.typed = []; // that go to it
    this.waiting = ""; // keys that are typed at the first prompt
  }

  // Letters as large as 100 columns and 30 lines allow, but 80 columns in any case:
  // the lessons' widest line.
  fit() {
    if (this.box.hidden) return;
    const { clientWidth: width, clientHeight: height } = this.box;
    const preferred = Math.min(width / 100 / 0.602, height / 30 / 1.2);
    const widest = (width - 16) / 80 / 0.605;
    this.terminal.options.fontSize = Math.max(6, Math.floor(2 * Math.min(Math.max(preferred, 14) * scale, widest)) / 2);
    this.fitter.fit();
    machine.control(`size ttyS${this.port} ${this.terminal.rows} ${this.terminal.cols}`);
  }

  receive(byte) {
    if (this.bytes.length === 0) setTimeout(() => this.terminal.write(Uint8Array.from(this.bytes.splice(0))));
    this.bytes.push(byte);
    if (this.waiting && this.last === 35 && byte === 32) { // "# ", the first prompt
      const keys = this.waiting;
      this.waiting = "";
      setTimeout(() => this.type(keys));
    }
    this.last = byte;
    machine.answered();
  }

  // The machine's port has a small queue: what is longer goes in portions.
  type(text) {
    if (sticky && text.length === 1) text = String.fromCharCode(text.charCodeAt(0) & 0x1f);
    hold(false);
    this.typed.push(...new TextEncoder().encode(text));
    if (!this.sending) this.send();
  }

  send() {
    this.sending = this.typed.length > 0;
    if (!this.sending) return;
    machine.send(this.port, Uint8Array.from(this.typed.splice(0, 64)));
    setTimeout(() => this.send(), 25);
  }

  reset() {
    this.bytes = [];
    this.typed = [];
    this.terminal.reset();
  }
}

let screens = [];
let screen = null; // that has the keyboard
let fitting = 0;

function fit() {
  clearTimeout(fitting);
  fitting = setTimeout(() => screens.forEach((s) => s.fit()), 100);
}

function paint() {
  document.documentElement.classList.toggle("dark", dark);
  for (const s of screens) s.terminal.options.theme = dark ? themes.dark : themes.light;
}

async function copy() {
  const words = screen.terminal.getSelection();
  if (!words) return;
  try {
    await navigator.clipboard.writeText(words);
  } catch { // only pages from https and this computer may: the older way
    const area = document.createElement("textarea");
    area.value = words;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  screen.terminal.focus();
}

async function paste() {
  try {
    screen.terminal.paste(await navigator.clipboard.readText());
  } catch {
    tell(say("pasteLong"));
  }
  screen.terminal.focus();
}

// A touch keyboard's Ctrl: pressed, it is for the next key.
let sticky = false;
function hold(on) {
  sticky = on;
  element("ctrl")?.setAttribute("aria-pressed", on);
}

// ------------------------------------------------------------------ the machine

// Where the page is one file, single.mjs has put what it loads into it.
const isOneFile = () => element(`file:${files.wasm.file}`) !== null;
const inlined = (file) => Uint8Array.from(atob(element(`file:${file}`).textContent), (c) => c.charCodeAt(0));

// load gets a file whole, and says how far it is.
async function load({ file, size, sha256 }, came) {
  if (isOneFile()) return inlined(file);
  let bytes = new Uint8Array(size), length = 0;
  try {
    const response = await fetch(file);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length <= size) bytes.set(value, length);
      length += value.length;
      came(value.length);
    }
  } catch (error) {
    if (length > 0 && length < size) throw new Trouble(say("short", file, length, size));
    throw new Trouble(say("missing", file, error.message));
  }
  if (length < size) throw new Trouble(say("short", file, length, size));
  if (length > size) throw new Trouble(say("damaged", file));
  if (globalThis.crypto?.subtle) { // pages from https and this computer have it
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    if (Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("") !== sha256) throw new Trouble(say("damaged", file));
  }
  return bytes;
}

const machine = {
  emulator: null,
  state: null, // to begin again from
  begun: false,
  hasAnswered: false,

  send(port, bytes) {
    if (this.begun) this.emulator.serial_send_bytes(port, bytes);
  },

  control(line) {
    this.send(2, new TextEncoder().encode(line + "\n"));
  },

  // load gets these files, and shows how far it is.
  async load(text, ...list) {
    const size = list.reduce((sum, file) => sum + file.size, 0);
    let loaded = 0, last = Date.now();
    const show = () => {
      const quiet = Math.floor((Date.now() - last) / 1000);
      const words = quiet < 10 ? say(text, megabytes(loaded), megabytes(size)) : say("slow", quiet, megabytes(loaded), megabytes(size));
      tell(words, { progress: loaded / size, retry: quiet < 30 || this.begun ? null : () => location.reload() });
    };
    const came = (bytes) => {
      loaded += bytes;
      last = Date.now();
    };
    show();
    const timer = setInterval(show, 250);
    try {
      return await Promise.all(list.map((file) => load(file, came)));
    } finally {
      clearInterval(timer);
    }
  },

  async start() {
    const [code, saved] = await this.load("loading", files.wasm, files.states[cgroup]);
    this.state = saved.buffer;
    tell(say("starting"), { progress: null });
    const { cmdline, ...parts } = files.machine;
    await new Promise((resolve, reject) => {
      this.emulator = new V86({
        ...parts,
        wasm_fn: async (imports) => {
          try {
            return (await WebAssembly.instantiate(code, imports)).instance.exports;
          } catch (error) {
            reject(error);
            throw error;
          }
        },
        initial_state: { buffer: this.state.slice(0) },
        disable_keyboard: true,
        disable_mouse: true,
        disable_speaker: true,
        autostart: true,
      });
      this.emulator.add_listener("emulator-ready", resolve);
    });
    for (const s of screens) this.emulator.add_listener(`serial${s.port}-output-byte`, (byte) => s.receive(byte));
    let line = "";
    this.emulator.add_listener("serial2-output-byte", (byte) => {
      line += String.fromCharCode(byte);
      if (byte !== 10) return;
      if (line.includes("Kernel panic") || line.includes("System halted")) this.stopped();
      if (line === "go\n") this.bringGo();
      line = "";
    });
    this.begin();
  },

  // Whoever builds in there needs what go is made of: an archive, as tar(5) makes it.
  async bringGo() {
    try {
      if (!this.go) [this.go] = await this.load("loadingGo", files.go);
      const archive = new Uint8Array(this.emulator.zstd_decompress(files.goUnpacked, this.go)), text = new TextDecoder();
      for (let at = 0; archive[at]; ) {
        const field = (from, to) => text.decode(archive.subarray(at + from, at + to)).split("\0")[0];
        const name = field(0, 100), size = parseInt(field(124, 136), 8);
        if (size) await this.emulator.create_file(name.slice(1), archive.subarray(at + 512, at + 512 + size));
        at += 512 + Math.ceil(size / 512) * 512;
      }
      tell(say("hasGo"));
      this.control("go");
    } catch (error) {
      const retry = () => {
        screen.terminal.focus(); // the button goes, the keys are the machine's again
        this.bringGo();
      };
      tell(error.message, { wrong: true, retry });
    }
  },

  // The machine was saved before there was anybody: now there is.
  begin() {
    this.begun = true;
    this.hasAnswered = false;
    this.control(`clock ${Math.floor(Date.now() / 1000)}`);
    this.control(`language ${language === "zh" ? "zh_CN.UTF-8" : "en_US.UTF-8"}`);
    for (const s of screens) s.fit();
    for (const s of screens) if (s.box.hidden) this.control(`size ttyS${s.port} 24 80`);
    this.control("begin");
    setTimeout(() => {
      if (!this.hasAnswered) tell(say("silent"), { wrong: true });
    }, 45000);
  },

  answered() {
    if (this.hasAnswered) return;
    this.hasAnswered = true;
    tell(say("ready", cgroup));
    screen.terminal.focus();
  },

  stopped() {
    this.begun = false;
    tell(say("stopped"), { wrong: true, retry: () => this.again() });
  },

  async again() {
    this.begun = false;
    tell(say("starting"));
    await this.emulator.stop();
    for (const s of screens) s.reset();
    await this.emulator.restore_state(this.state.slice(0));
    await this.emulator.run();
    this.begin();
  },
};

// ------------------------------------------------------------------ the page

function button(parent, label, title, press) {
  const b = document.createElement("button");
  b.textContent = label;
  b.title = title;
  if (label.length < 3) b.setAttribute("aria-label", title);
  b.onmousedown = (event) => event.preventDefault(); // the terminal keeps the keyboard
  b.onclick = press;
  parent.append(b);
  return b;
}

function link(parent, label, title, change) {
  const a = document.createElement("a");
  const search = new URLSearchParams(asked);
  for (const [name, value] of Object.entries(change)) search.set(name, value);
  a.href = `?${search}`;
  a.textContent = label;
  a.title = title;
  parent.append(a);
  return a;
}

function build() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("title");

  for (const day of [1, 2, 3]) button(element("days"), `day${day}`, `${say("day")} ${day}`, () => type(`day${day}\r`));
  for (const day of [1, 2, 3]) button(element("days"), `day${day} lab`, say("tasks"), () => type(`day${day} lab\r`));

  const tools = element("tools");
  button(tools, say("again"), say("againLong"), () => machine.emulator && machine.again());
  const second = button(tools, say("second"), say("second"), () => {
    screens[1].box.hidden = !screens[1].box.hidden;
    element("terminals").classList.toggle("both", !screens[1].box.hidden);
    second.setAttribute("aria-pressed", !screens[1].box.hidden);
    fit();
    screens[screens[1].box.hidden ? 0 : 1].terminal.focus();
  });
  second.setAttribute("aria-pressed", false);
  button(tools, "A−", say("smaller"), () => ((scale /= 1.15), fit()));
  button(tools, "A+", say("larger"), () => ((scale *= 1.15), fit()));
  button(tools, say("copy"), say("copyLong"), copy);
  button(tools, say("paste"), say("pasteLong"), paste);
  button(tools, "◐", say("theme"), () => ((dark = !dark), paint()));
  for (const other of Object.keys(files.states)) if (other !== cgroup) link(tools, `cgroup ${other}`, `${say("kind")} ${other}`, { cgroup: other });
  link(tools, say("other"), say("other"), { lang: language === "zh" ? "en" : "zh" });

  const keys = element("keys");
  button(keys, "Ctrl", "Ctrl", () => hold(!sticky)).id = "ctrl";
  for (const [label, code] of [["Esc", "\x1b"], ["Tab", "\t"], ["↑", "\x1b[A"], ["↓", "\x1b[B"], ["←", "\x1b[D"], ["→", "\x1b[C"], ["^C", "\x03"], ["|", "|"], ["/", "/"], ["-", "-"], ["~", "~"]]) {
    button(keys, label, label, () => type(code));
  }
  hold(false);

  const about = element("about");
  about.querySelector("summary").textContent = say("about");
  for (const words of texts.aboutList[language]) {
    const item = document.createElement("li");
    item.textContent = words;
    about.querySelector("ul").append(item);
  }
  const item = document.createElement("li"), licences = document.createElement("a");
  licences.href = isOneFile() ? URL.createObjectURL(new Blob([inlined("LICENSES.txt")], { type: "text/plain;charset=utf-8" })) : "LICENSES.txt";
  licences.textContent = say("licences");
  item.append(licences);
  about.querySelector("ul").append(item);
  about.addEventListener("toggle", fit);
}

function type(keys) {
  screen.type(keys);
  screen.terminal.focus();
}

async function main() {
  build();
  screens = [new Screen(0), new Screen(1)];
  screen = screens[0];
  screens[1].box.hidden = true;
  paint();
  addEventListener("resize", fit);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => ((dark = event.matches), paint()));
  if (typeof WebAssembly !== "object") return tell(say("noWasm"), { wrong: true });
  if (location.protocol === "file:" && !isOneFile()) return tell(say("fromFile"), { wrong: true });
  if (["1", "2", "3"].includes(asked.get("day"))) screens[0].waiting = `day${asked.get("day")}\r`;
  try {
    await machine.start();
  } catch (error) {
    tell(error instanceof Trouble ? error.message : say("noStart", error.message), { wrong: true, retry: () => location.reload() });
  }
}

main();
