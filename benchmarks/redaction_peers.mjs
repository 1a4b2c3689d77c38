// The redactor and its peers on the same texts in one run, as a table of MB/s: redaction_bench with RE2 and
// Hyperscan, then libphonenumber-js and linkify-it on what it writes.
//   npm install --no-save --prefix benchmarks libphonenumber-js linkify-it
//   node benchmarks/redaction_peers.mjs build/benchmarks/redaction_bench [options of redaction_bench]
import { execFileSync } from "node:child_process";
import { findPhoneNumbersInText } from "libphonenumber-js/max";
import { LinkifyIt } from "linkify-it";

const [bench, ...options] = process.argv.slice(2);
// Google Benchmark writes NaN where it divides by nothing found.
const run = (...words) =>
  JSON.parse(execFileSync(bench, words, { maxBuffer: 1 << 28, encoding: "utf8" }).replace(/": NaN/g, '": null'));
const links = new LinkifyIt({ fuzzyEmail: true });
const PEERS = {
  "libphonenumber-js": (text) => findPhoneNumbersInText(text, "IN").length,
  "linkify-it": (text) => (links.match(text) ?? []).length,
};

const rows = new Map();  // input -> tool -> [MB/s, found]
const tools = new Set();
const put = (input, tool, rate, found) => {
  tools.add(tool);
  if (!rows.has(input)) rows.set(input, new Map());
  rows.get(input).set(tool, [rate, found]);
};

const REPETITIONS = 5;
const measured = run("--benchmark_format=json", `--benchmark_repetitions=${REPETITIONS}`,
                     "--benchmark_report_aggregates_only=true", "--benchmark_min_time=0.1", ...options);
for (const { run_name, aggregate_name, bytes_per_second, found } of measured.benchmarks) {
  if (aggregate_name !== "median") continue;
  const [input, tool] = run_name.split("/");
  put(input, tool, bytes_per_second / 1e6, found);
}

for (const [input, texts] of Object.entries(run("--inputs"))) {
  // A few texts, and a few kilobytes of the hostile ones, are enough for what is this slow.
  const some = texts.slice(0, 60).map((text) => text.slice(0, 20_000));
  const bytes = some.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  for (const [peer, find] of Object.entries(PEERS)) {
    const times = [];
    let found = 0;
    for (const end = performance.now() + 700; times.length < 3 || (times.length < 50 && performance.now() < end); ) {
      const began = process.cpuUsage();
      found = some.reduce((sum, text) => sum + find(text), 0);
      const used = process.cpuUsage(began);
      times.push(used.user + used.system);
    }
    times.sort((a, b) => a - b);
    put(input, peer, bytes / times[times.length >> 1], found);
  }
}

const line = (cells) => console.log(`| ${cells.join(" | ")} |`);
const shown = ([rate, found]) => `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} (${found})`;
line(["MB/s of processor time (found)", ...tools]);
line(["---", ...[...tools].map(() => "---")]);
for (const [input, byTool] of rows)
  line([input, ...[...tools].map((tool) => (byTool.has(tool) ? shown(byTool.get(tool)) : ""))]);
