#!/usr/bin/env node
// connex test FILES: plays scenario files and tells which clauses they exercise, in the words of the tool `connex`.
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { ConnexError, clauses, exercised, open, readScenarios, version } from "./index.js";

const kUsage = `connex test FILES: plays scenario files, and tells which clauses they exercise

  --junit FILE    write the results to this file as JUnit XML
  --clauses       list every decided clause, not only those not exercised
  --all-clauses   fail when a decided clause has no scenario
  --policy FILE   a policy pack, instead of the one compiled in
  --json          print the results as JSON
  --help, --version

Exit codes: 0 done, 1 failure, 2 usage.
`;

function write(fd, text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; )
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
}
const say = (text) => write(1, `${text}\n`);
const complain = (text) => write(2, `connex: ${text}\n`);

// Without what a terminal would obey.
const plain = (text) => text.replace(/[\x00-\x1f\x7f]/g, " ");

const kLargest = 16 * 2 ** 20;

// What `call` gives; what it throws for the system is an error in the words of the tool.
function attempt(call, code, complaint) {
  try {
    return call();
  } catch {
    throw new ConnexError(code, complaint);
  }
}

function readFile(path) {
  const chunks = [];
  let size = 0;
  attempt(() => {
    const fd = openSync(path);
    try {
      for (let chunk = Buffer.alloc(2 ** 16), got; size <= kLargest && (got = readSync(fd, chunk)) > 0; size += got)
        chunks.push(Buffer.from(chunk.subarray(0, got)));
    } finally {
      closeSync(fd);
    }
  }, "not_found", `file \`${path}\` cannot be read`);
  if (size > kLargest) throw new ConnexError("invalid_argument", `file \`${path}\` is too large`);
  return Buffer.concat(chunks);
}

// Says of which file an error is.
const inFile = (name, { code, message }) => new ConnexError(code, `${name}: ${message}`);

function scenariosOf(path) {
  const content = readFile(path);
  try {
    return readScenarios(content);
  } catch (error) {
    throw inFile(`\`${path}\``, error);
  }
}

// An engine that decides by the policy pack of a file.
async function openPolicy(path) {
  const content = readFile(path);
  const text = content.toString();
  try {
    // No JSON, and the reader says where; an empty pack would be the one compiled in.
    if (text === "" || !Buffer.from(text).equals(content)) readScenarios(content);
    return await open("memory:", { policy: text });
  } catch (error) {
    throw inFile(`policy \`${path}\``, error);
  }
}

function playFile(path, engine, say) {
  let file;
  try {
    file = scenariosOf(path);
  } catch (error) {
    complain(`${error.code}: ${error.message}`);
    return { path, title: path, results: [], error: error.message };
  }
  say(`${path}: ${plain(file.title)}`);
  const results = [];
  for (const result of file.playAll(engine)) {
    say(`  ${result.passed ? "ok  " : "FAIL"}  ${plain(result.name)}  [${result.clauses.join(" ")}]`);
    if (!result.passed) say(`        ${result.failure}`);
    results.push(result);
  }
  return { path, title: file.title, results, error: "" };
}

function table(counts, all) {
  const texts = new Map(clauses().map(({ id, text }) => [id, text]));
  const rows = [...counts].filter(([, count]) => all || count === 0).map(([id, count]) => [id, String(count || "none"), texts.get(id)]);
  if (rows.length === 0) return "";
  rows.unshift(["clause", "scenarios", "what it demands"]);
  const [wide, narrow] = [0, 1].map((i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map(([id, count, text]) => `\n${id.padEnd(wide)}  ${count.padEnd(narrow)}  ${text}`).join("") + "\n";
}

const count = (results) => results.filter(({ passed }) => !passed).length;

function asJson(files, counts) {
  const scenarios = (results) =>
    results.map(({ name, clauses, passed, failure }) => ({ name, clauses, passed, ...(passed ? {} : { failure }) }));
  return JSON.stringify({
    files: files.map(({ path, title, results, error }) => ({ file: path, title, scenarios: scenarios(results), ...(error ? { error } : {}) })),
    clauses: [...counts].map(([id, scenarios]) => ({ id, scenarios })),
  });
}

// As an attribute. XML knows neither most control characters nor U+FFFE and U+FFFF.
const kMarks = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const xml = (text) => text.replace(/[&<>"]/g, (mark) => kMarks[mark]).replace(/[\x00-\x08\n-\x1f]/g, " ").replace(/[\ufffe\uffff]/g, "\ufffd");

function junit(files) {
  const out = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"];
  for (const { path, title, results, error } of files) {
    const errors = error ? 1 : 0;
    out.push(`  <testsuite name="${xml(path)}" tests="${results.length + errors}" failures="${count(results)}" errors="${errors}">`);
    const cases = results.map(({ name, failure }) => [title, name, "failure", failure]);
    if (error) cases.unshift([path, path, "error", error]);
    for (const [classname, name, kind, complaint] of cases) {
      const begin = `    <testcase classname="${xml(classname)}" name="${xml(name)}"`;
      out.push(complaint ? `${begin}>\n      <${kind} message="${xml(complaint)}"/>\n    </testcase>` : `${begin}/>`);
    }
    out.push("  </testsuite>");
  }
  return [...out, "</testsuites>", ""].join("\n");
}

async function test(paths, options) {
  const engine = options.policy === undefined ? undefined : await openPolicy(options.policy);
  const toReport = (call) => attempt(call, "storage", `file \`${options.junit}\` cannot be written`);
  const report = options.junit === undefined ? undefined : toReport(() => openSync(options.junit, "w"));
  const files = paths.map((path) => playFile(path, engine, options.json ? () => {} : say));
  await engine?.close();
  const results = files.flatMap((file) => file.results);
  const counts = exercised(results);
  const missed = [...counts.values()].filter((count) => count === 0).length;
  if (report !== undefined)
    toReport(() => {
      write(report, junit(files));
      closeSync(report);
    });
  const failed = count(results);
  const errors = files.filter(({ error }) => error).length;
  if (options.json) {
    say(asJson(files, counts));
  } else {
    write(1, table(counts, options.clauses));
    say(`\n${counts.size - missed} of ${counts.size} decided clauses exercised`);
    say(`${results.length - failed} passed, ${failed} failed${errors ? `, ${errors} of the files cannot be played` : ""}`);
  }
  return errors || failed || (options["all-clauses"] && missed) ? 1 : 0;
}

async function main() {
  const flag = { type: "boolean" };
  let given;
  try {
    given = parseArgs({
      allowPositionals: true,
      options: { junit: { type: "string" }, clauses: flag, "all-clauses": flag, policy: { type: "string" }, json: flag, help: flag, version: flag },
    });
  } catch (error) {
    complain(error.message);
    return 2;
  }
  for (const name of ["junit", "policy"])
    if (given.values[name] === "") return complain(`\`--${name}\` needs a file`), 2;
  const { values, positionals: [tool, ...paths] } = given;
  if (values.help) return write(1, kUsage), 0;
  if (values.version) return say(version), 0;
  if (tool !== "test" || paths.length === 0) return write(2, kUsage), 2;
  try {
    return await test(paths, values);
  } catch (error) {
    complain(error instanceof ConnexError ? `${error.code}: ${error.message}` : error.message);
    return 1;
  }
}

process.exitCode = await main();
