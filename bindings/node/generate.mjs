// Writes what follows the tables of the library: commands.d.ts, the types, and facts.js, which reads the facts of each
// gate. Called by the build: generate.mjs PACKAGE.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const directory = process.argv[2];
const { default: native } = await import(pathToFileURL(`${directory}/native.js`));
const commands = JSON.parse(native.commands());
const gates = JSON.parse(native.gates());

const kTypes = {
  boolean: "boolean", integer: "number", instant: "Date | string", ids: "readonly string[]", object: "object",
  objects: "readonly object[]",
  scalar: "string | number | boolean",
};
for (const type of ["id", "line", "text", "day", "sha256", "email", "phone", "choice"]) kTypes[type] = "string";

const pascal = (name) => name.replace(/(^|[._])([a-z])/g, (_, __, letter) => letter.toUpperCase());
const typeOf = ({ type, choices }) =>
  choices ? choices.map((choice) => JSON.stringify(choice)).join(" | ") : kTypes[type] ?? "unknown";

function describe(indent, lines) {
  return lines.length === 1 ? [`${indent}/** ${lines[0]} */`] : [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`];
}

const out = ["// Generated from the tables of the library.", 'import type { Answer, Fact } from "./index.js";', ""];

out.push("/** What kind of contact detail a finding is. */", `export type SpanType = ${native.spanTypes().map((type) => JSON.stringify(type)).join(" | ")};`, "");

for (const { rule, text, facts } of gates) {
  out.push(...describe("", [`${text}.`]), `export interface ${pascal(rule)}Facts {`);
  for (const fact of facts) out.push(...describe("  ", [fact.clause]), `  ${fact.name}?: Fact;`);
  out.push("}", "");
}
out.push("/** The facts of each gate. */", "export interface Gates {");
for (const { rule } of gates) out.push(`  ${JSON.stringify(rule)}: ${pascal(rule)}Facts;`);
out.push("}", "");

const groups = new Map();
for (const command of commands) {
  const [group] = command.name.split(".");
  groups.set(group, [...(groups.get(group) ?? []), command]);
  out.push(`export interface ${pascal(command.name)}Args {`);
  for (const argument of command.arguments)
    out.push(...describe("  ", [argument.range ? `${argument.text} (${argument.range})` : argument.text]), `  ${argument.name}${argument.required ? "" : "?"}: ${typeOf(argument)};`);
  out.push("}", "");
}
for (const [group, members] of groups) {
  out.push(`export interface ${pascal(group)}Commands {`);
  for (const { name, text, actors, clauses, result, arguments: declared } of members) {
    const lines = [`${text}.`, `For: ${actors.join(", ")}`];
    if (clauses.length > 0) lines.push(`Clauses: ${clauses.join(", ")}`);
    lines.push(`Result: ${result}`);
    const optional = declared.some((argument) => argument.required) ? "" : "?";
    out.push(...describe("  ", lines), `  ${name.split(".").slice(1).join("_")}(args${optional}: ${pascal(name)}Args): Promise<Answer>;`);
  }
  out.push("}", "");
}
out.push("/** Every command, by group. */", "export interface Commands {");
for (const group of groups.keys()) out.push(`  readonly ${group}: ${pascal(group)}Commands;`);
out.push("}");
writeFileSync(`${directory}/commands.d.ts`, `${out.join("\n")}\n`);

// A name that stands in the code is many times faster to read than one that is worked out.
const code = ["// Generated from the tables of the library. Each reads the facts of a gate, puts those of `own` into the page, and gives", "// the bits of those that are neither true, false, null nor undefined.", "export const readers = {"];
for (const { rule, facts } of gates) {
  code.push(`  ${JSON.stringify(rule)}(facts, own, page) {`, "    let yes = 0, no = 0, odd = 0, fact;");
  facts.forEach(({ name }, i) =>
    code.push(`    fact = facts.${name}; if (fact === true) yes |= ${1 << i}; else if (fact === false) no |= ${1 << i}; else if (fact !== null && fact !== undefined) odd |= ${1 << i};`));
  code.push("    page[1] = yes & own;", "    page[2] = no & own;", "    return odd & own;", "  },");
}
code.push("};");
writeFileSync(`${directory}/facts.js`, `${code.join("\n")}\n`);
