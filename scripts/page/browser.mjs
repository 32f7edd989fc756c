// Drives Debian's Chromium, without a window, through a pipe: the DevTools protocol,
// one JSON text after another, each ended by a zero byte.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function launch({ args = [] } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "page-"));
  const chromium = spawn("chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--lang=en-US", `--user-data-dir=${profile}`, "--remote-debugging-pipe", ...args, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    detached: true, // in a group of its own, to be ended as a whole
  });
  let complaints = "", left = "", number = 0, gone = false;
  const waiting = new Map(), listeners = [];
  chromium.stderr.on("data", (text) => (complaints += text));
  chromium.on("exit", () => {
    gone = true;
    for (const { reject } of waiting.values()) reject(new Error(`Chromium ended: ${complaints.slice(-2000)}`));
  });
  chromium.on("error", (error) => (complaints += error));
  chromium.stdio[4].setEncoding("utf8").on("data", (text) => {
    const messages = (left + text).split("\0");
    left = messages.pop();
    for (const message of messages.map((m) => JSON.parse(m))) {
      const caller = waiting.get(message.id);
      waiting.delete(message.id);
      if (!caller) listeners.forEach((listener) => listener(message));
      else if (message.error) caller.reject(new Error(`${caller.method}: ${message.error.message}`));
      else caller.resolve(message.result);
    }
  });
  chromium.stdio[3].on("error", () => {});
  const call = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      if (gone) return reject(new Error(`Chromium has ended: ${complaints.slice(-2000)}`));
      waiting.set(++number, { resolve, reject, method });
      chromium.stdio[3].write(JSON.stringify({ id: number, method, params, sessionId }) + "\0");
    });

  return {
    // A tab, on a page.
    async open(url, { width = 1280, height = 800, scheme = "light", before = "" } = {}) {
      const { browserContextId } = await call("Target.createBrowserContext");
      const { targetId } = await call("Target.createTarget", { url: "about:blank", browserContextId });
      const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
      const tab = new Tab((method, params) => call(method, params, sessionId), targetId, listeners, sessionId, call);
      await tab.call("Page.enable");
      await tab.call("Runtime.enable");
      await tab.call("Network.enable");
      await tab.size(width, height, scheme);
      if (before) await tab.call("Page.addScriptToEvaluateOnNewDocument", { source: before });
      await tab.call("Page.navigate", { url });
      await tab.call("Page.bringToFront");
      return tab;
    },
    version: () => call("Browser.getVersion"),
    pid: chromium.pid,
    async close() {
      await call("Browser.close").catch(() => {});
      for (let i = 0; i < 50 && !gone; i++) await sleep(100);
      try {
        process.kill(-chromium.pid, "SIGKILL");
      } catch {} // it has ended
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Tab {
  constructor(call, targetId, listeners, sessionId, browserCall) {
    Object.assign(this, { call, targetId, browserCall, problems: [] });
    listeners.push((message) => {
      if (message.sessionId !== sessionId) return;
      if (message.method === "Runtime.exceptionThrown") this.problems.push(message.params.exceptionDetails.exception?.description ?? message.params.exceptionDetails.text);
      if (message.method === "Runtime.consoleAPICalled" && message.params.type === "error") this.problems.push(message.params.args.map((a) => a.value ?? a.description).join(" "));
    });
  }

  async size(width, height, scheme = "light") {
    await this.call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    await this.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  }

  async evaluate(expression) {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  // What a terminal shows, with what has scrolled away.
  text(which = 0) {
    return this.evaluate(`(() => {
      const buffer = screens[${which}].terminal.buffer.active, lines = [];
      for (let i = 0; i < buffer.length; i++) {
        const line = buffer.getLine(i), text = line.translateToString(true);
        if (line.isWrapped) lines[lines.length - 1] += text;
        else lines.push(text);
      }
      return lines.join("\\n").trimEnd();
    })()`);
  }

  status() {
    return this.evaluate(`document.getElementById("words")?.textContent ?? ""`);
  }

  // Waits until what function says is true, and says what it waited for if it never is.
  async until(what, seconds, look) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (Date.now() > end) throw new Error(`no ${what} after ${seconds} s; the page says "${await this.status()}", the terminal\n${(await this.text().catch(() => "")).split("\n").slice(-25).join("\n")}`);
      await sleep(200);
    }
  }

  // Keys, as the keyboard sends them to what has the focus.
  async type(text) {
    for (const key of text) {
      if (key === "\n") {
        await this.call("Input.dispatchKeyEvent", { type: "keyDown", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" });
        await this.call("Input.dispatchKeyEvent", { type: "keyUp", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 });
      } else if (key < " ") { // with Ctrl
        const letter = String.fromCharCode(key.charCodeAt(0) + 64);
        for (const type of ["keyDown", "keyUp"]) await this.call("Input.dispatchKeyEvent", { type, modifiers: 2, key: letter.toLowerCase(), code: `Key${letter}`, windowsVirtualKeyCode: letter.charCodeAt(0) });
      } else {
        await this.call("Input.dispatchKeyEvent", { type: "char", text: key });
      }
    }
  }

  async press(label) {
    const place = await this.evaluate(`(() => {
      const b = Array.from(document.querySelectorAll("button, nav a")).find((b) => b.textContent === ${JSON.stringify(label)} && b.offsetParent);
      if (!b) return null;
      const { x, y, width, height } = b.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
    if (!place) throw new Error(`no button "${label}"`);
    for (const type of ["mousePressed", "mouseReleased"]) await this.call("Input.dispatchMouseEvent", { type, ...place, button: "left", clickCount: 1 });
  }

  async shot(file) {
    const { data } = await this.call("Page.captureScreenshot", { format: "png" });
    writeFileSync(file, Buffer.from(data, "base64"));
  }

  close() {
    return this.browserCall("Target.closeTarget", { targetId: this.targetId });
  }
}
