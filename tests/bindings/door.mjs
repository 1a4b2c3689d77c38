// The door of Node: as door.c, through the methods of the package.
import { createInterface } from "node:readline";

const connex = await import(process.argv[2]);
const gates = new Set(connex.gates().map(({ rule }) => rule));
const types = new Map(
  connex.commands().map(({ name, arguments: declared }) => [name, new Map(declared.map((a) => [a.name, a.type]))]),
);
let engine;

// Moments go through Date where that keeps them as they are.
function decode(command, args) {
  const out = { ...args };
  for (const [name, value] of Object.entries(args))
    if (types.get(command).get(name) === "instant") out[name] = new Date(value);
  return out;
}

async function answer(line) {
  if (line.includes("\t")) {
    const [rule, facts] = line.split("\t");
    const ask = gates.has(rule) ? connex.decide : connex.evaluate;
    return { ok: true, answer: ask(rule, JSON.parse(facts)) };
  }
  const { command, actor, at, request_id: requestId, args } = JSON.parse(line);
  const [group, method] = command.split(".");
  const { result, decision } = await engine.actor(actor, { at, requestId })[group][method](decode(command, args));
  return { ok: true, result, decision };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.startsWith('{"open"')) {
    await engine?.close();
    engine = await connex.open("memory:", { callerClock: true });
    continue;
  }
  try {
    console.log(JSON.stringify(await answer(line)));
  } catch (error) {
    if (!(error instanceof connex.ConnexError)) throw error;
    const { code, message, path } = error;
    console.log(JSON.stringify({ ok: false, error: { code, message, path } }));
  }
}
await engine?.close();
