// A gate's decision with its object, redaction and an audited command from Node: processor time of all threads, median
// of the rounds.
// bench.mjs PACKAGE, where index.js is.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const connex = await import(pathToFileURL(resolve(process.argv[2], "index.js")));
const kRounds = 9;
const { facts } = connex.gates().find(({ rule }) => rule === "recording.start");
const all = Object.fromEntries(facts.map(({ name }) => [name, true]));
const oneShort = { ...all, every_participant_consented: false };
const text = "Thank you doctor. Please call me on 98200 55443 after six, or write to asha.rao@example.com about the samples.";

async function measure(name, calls, work) {
  const rounds = [];
  for (let round = 0; round < kRounds; round++) {
    const began = process.cpuUsage();
    await work(calls);
    const { user, system } = process.cpuUsage(began);
    rounds.push(((user + system) * 1000) / calls);
  }
  console.log(`${name}: ${rounds.sort((a, b) => a - b)[kRounds >> 1].toFixed(0)} ns`);
}
const repeat = (call) => (calls) => {
  let kept;
  for (let i = 0; i < calls; i++) kept = call();
  return kept;
};

await measure("recording.start, permitted", 200_000, repeat(() => connex.decide("recording.start", all).permitted));
await measure("recording.start, one condition short", 200_000, repeat(() => connex.decide("recording.start", oneShort).reasons));
// Facts not asked about before: every assignment, each an object of its own.
const every = Array.from({ length: 3 ** facts.length }, (_, n) =>
  Object.fromEntries(facts.map(({ name }, i) => [name, [true, false, null][Math.floor(n / 3 ** i) % 3]])));
let turn = 0;
await measure("recording.start, other facts every time", every.length * 10, repeat(() => connex.decide("recording.start", every[turn++ % every.length])));
await measure("redact, 111 bytes with two contacts", 5_000, repeat(() => connex.redact(text).text));
const engine = await connex.open();
const put = () => engine.system.organisation.put({ id: "acme", kind: "clinic", name: "Acme" });
await measure("audited command, memory store", 2_000, async (calls) => {
  for (let i = 0; i < calls; i++) await put();
});
await measure("audited command, memory store, 256 at once", 2_048, async (calls) => {
  for (let i = 0; i < calls; i += 256) await Promise.all(Array.from({ length: 256 }, put));
});
await engine.close();
