// libphonenumber-js and linkify-it on the inputs of redaction_bench: MB/s, the median of several rounds.
//   npm install libphonenumber-js linkify-it && node redaction_peers.mjs build/benchmarks/redaction_bench
import { execFileSync } from "node:child_process";
import { findPhoneNumbersInText } from "libphonenumber-js/max";
import { LinkifyIt } from "linkify-it";

const inputs = JSON.parse(execFileSync(process.argv[2], ["--inputs"], { maxBuffer: 1 << 28 }));
const links = new LinkifyIt({ fuzzyEmail: true });
const PEERS = {
  "libphonenumber-js": (text) => findPhoneNumbersInText(text, "IN").length,
  "linkify-it": (text) => (links.match(text) ?? []).length,
};

for (const [name, texts] of Object.entries(inputs)) {
  // A few texts, and a few kilobytes of the hostile ones, are enough for what is this slow.
  const some = texts.slice(0, 60).map((text) => text.slice(0, 20_000));
  const bytes = some.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  for (const [peer, find] of Object.entries(PEERS)) {
    const times = [];
    let found = 0;
    for (const end = performance.now() + 1500; times.length < 3 || (times.length < 50 && performance.now() < end); ) {
      const began = performance.now();
      found = some.reduce((sum, text) => sum + find(text), 0);
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    const rate = bytes / 1000 / times[times.length >> 1];
    console.log(`${name}/${peer}  ${rate.toFixed(2)} MB/s  found=${found}`);
  }
}
