// Boots the machine, waits until it is ready, and saves its state:
//
//   node boot.mjs LIBV86 BIOS_DIR KERNEL INITRAMFS CGROUP STATE
//
// What it says on its console comes out on stderr if it does not get ready.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [libv86, bios, kernel, initramfs, cgroup, file] = process.argv.slice(2);
const { V86 } = await import(pathToFileURL(libv86));
const { cmdline, ...machine } = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "machine.json")));

const emulator = new V86({
  ...machine,
  wasm_path: join(dirname(libv86), "v86.wasm"),
  bios: { url: join(bios, "bios.bin") },
  vga_bios: { url: join(bios, "vgabios-stdvga.bin") },
  bzimage: { url: kernel },
  initrd: { url: initramfs },
  cmdline: `${cmdline} cgroup=${cgroup}`,
  autostart: true,
});

let said = "";
emulator.add_listener("serial2-output-byte", (byte) => (said += String.fromCharCode(byte)));

function until(word, seconds) {
  return new Promise((resolve, reject) => {
    const end = Date.now() + seconds * 1000;
    const timer = setInterval(() => {
      if (!said.includes(word) && Date.now() < end) return;
      clearInterval(timer);
      said.includes(word) ? resolve() : reject(new Error(`no "${word}" after ${seconds} s`));
    }, 50);
  });
}

try {
  await until("ready\n", 300);
  emulator.serial_send_bytes(2, new TextEncoder().encode("settle\n"));
  await until("settled\n", 120);
  await emulator.stop();
  writeFileSync(file, new Uint8Array(await emulator.save_state()));
} catch (error) {
  console.error(said);
  console.error(`boot.mjs: ${error.message}`);
  process.exit(1);
}
process.exit(0);
