// Indian numbers as people format them: whatever libphonenumber-js finds in a text, the redactor hides as well, but
// for what DIFFERENCES explains.
import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { findPhoneNumbersInText } from "libphonenumber-js/max";

// What only they find, by the words around it, and why it stays readable.
const DIFFERENCES = {
  "Batch {} recalled": "a batch number, said to be one",
  "order id {} delivered": "an order number, said to be one",
  "invoice no {} dated 12/03/2026": "an invoice number, said to be one",
  "UTR {} credited": "a payment's reference, said to be one",
  "lot number {}": "a lot number, said to be one",
};

let state = 7;
const random = (n) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 8) % n;
};
const digits = (n) => Array.from({ length: n }, () => random(10)).join("");
const pick = (list) => list[random(list.length)];

const mobile = () => pick(["98", "97", "99", "90", "88", "87", "70", "63"]) + digits(8);
const landline = () => pick(["11", "22", "33", "44", "40", "80", "20", "79"]) + pick(["2", "4", "6"]) + digits(7);
const smaller = () => pick(["484", "471", "121", "141", "181", "265"]) + "2" + digits(6);
const FORMS = {
  mobile: [mobile, ["{0-10}", "{0-5} {5-10}", "{0-5}-{5-10}", "+91 {0-5} {5-10}", "+91{0-10}", "+91-{0-10}", "0{0-10}", "0{0-5} {5-10}",
                    "+91 {0-3} {3-6} {6-10}", "{0-3}-{3-6}-{6-10}", "{0-4} {4-7} {7-10}", "0091 {0-5} {5-10}", "(+91) {0-10}", "91 {0-10}",
                    "+91 ({0-5}) {5-10}", "{0-2} {2-4} {4-6} {6-8} {8-10}", "+91.{0-5}.{5-10}"]],
  landline: [landline, ["0{0-2} {2-6} {6-10}", "0{0-2}-{2-10}", "+91 {0-2} {2-6} {6-10}", "(0{0-2}) {2-6} {6-10}", "+91-{0-2}-{2-10}", "0{0-10}",
                        "+91 {0-2} {2-10}", "0{0-2} {2-10} ext. 23"]],
  smaller: [smaller, ["0{0-3} {3-10}", "0{0-3}-{3-10}", "+91 {0-3} {3-10}", "(0{0-3}) {3-10}", "+91 {0-3} {3-6} {6-10}"]],
  tollfree: [() => "1800" + digits(6), ["{0-4} {4-7} {7-10}", "{0-4}-{4-6}-{6-10}", "{0-10}", "{0-4} {4-6} {6-10}"]],
};
const CARRIERS = ["Call me on {}", "clinic {}", "{} is the number", "See you at five, {} for anything.", "Dr Rao ({})", "tel: {}; mornings only"];

function messages(carriers) {
  const out = [];
  for (const [number, forms] of Object.values(FORMS))
    for (const form of forms)
      for (const carrier of carriers)
        for (let i = 0; i < 5; ++i) {
          const value = number();
          const written = form.replace(/\{(\d+)-(\d+)\}/g, (_, a, b) => value.slice(a, b));
          out.push({ id: out.length, carrier, written, text: carrier.replace("{}", written) });
        }
  return out;
}

function hidden(all) {
  const done = spawnSync(process.env.CONNEX, ["redact", "--jsonl"], {
    input: all.map(({ id, text }) => JSON.stringify({ id, text }) + "\n").join(""), maxBuffer: 1 << 28 });
  assert.equal(done.status, 0, done.stderr.toString());
  return done.stdout.toString().trim().split("\n").map((line) => JSON.parse(line).spans);
}

function compare(carriers) {
  const all = messages(carriers);
  const ours = hidden(all);
  const found = { connex: 0, libphonenumber: 0, only: [] };
  for (const message of all) {
    const from = message.text.indexOf(message.written);
    const to = from + message.written.length;
    // Seven digits out of ten, of either, are as good as all.
    const covers = (spans) => {
      let seen = 0;
      for (const { start, end } of spans)
        seen += message.text.slice(Math.max(start, from), Math.max(Math.min(end, to), from)).replace(/\D/g, "").length;
      return seen >= 7;
    };
    const we = covers(ours[message.id]);
    const they = covers(findPhoneNumbersInText(message.text, "IN").map(({ startsAt, endsAt }) => ({ start: startsAt, end: endsAt })));
    found.connex += we;
    found.libphonenumber += they;
    if (they && !we) found.only.push(message);
  }
  return { of: all.length, ...found };
}

test("Indian numbers: what libphonenumber-js finds is hidden", () => {
  const { of, connex, libphonenumber, only } = compare(CARRIERS);
  console.log(`# of ${of}: connex ${connex}, libphonenumber-js ${libphonenumber}`);
  assert.ok(connex >= libphonenumber);
  assert.deepEqual(only.map(({ text }) => text), []);
});

test("what words name as something else is the only difference", () => {
  const { of, only } = compare(Object.keys(DIFFERENCES));
  console.log(`# of ${of}: ${only.length} that libphonenumber-js alone takes for numbers`);
  const explained = new Set(only.map(({ carrier }) => carrier));
  assert.deepEqual([...explained].sort(), Object.keys(DIFFERENCES).sort());
});
