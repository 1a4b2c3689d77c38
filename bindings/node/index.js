// Connex for Node: decisions, commands and redaction. Types and documentation are in index.d.ts.
import os from "node:os";
import { fileURLToPath } from "node:url";

const addon = { exports: {} };
// Bound to the libraries it was linked with, whatever copies of them Node carries itself.
process.dlopen(
  addon,
  fileURLToPath(new URL("./connex.node", import.meta.url)),
  os.constants.dlopen.RTLD_NOW | (os.constants.dlopen.RTLD_DEEPBIND ?? 0),
);
const native = addon.exports;

export const version = native.version();
export const commands = () => JSON.parse(native.commands());
export const clauses = () => JSON.parse(native.clauses());
export const gates = () => JSON.parse(native.gates());
export const policy = () => JSON.parse(native.policy(null));

export class ConnexError extends Error {
  constructor(code, message, path = "") {
    super(path ? `${message} at ${path}` : message);
    this.name = "ConnexError";
    this.code = code;
    this.path = path;
  }
}

function raise(error) {
  if (error?.path === undefined) throw error;
  throw new ConnexError(error.code, error.message, error.path);
}

function attempt(call) {
  try {
    return call();
  } catch (error) {
    return raise(error);
  }
}

function deepFreeze(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

function wrongType(name, expected) {
  return new TypeError(`\`${name}\` must be ${expected}`);
}

function checkFacts(facts) {
  if (typeof facts !== "object" || facts === null || Array.isArray(facts)) throw wrongType("facts", "an object");
}

// Gates

const kMostDecisions = 4096; // remembered of one gate

const gateTable = new Map(
  gates().map(({ rule, facts }, i) => {
    const bits = Object.create(null);
    facts.forEach(({ name }, fact) => (bits[name] = 1 << fact));
    return [rule, { number: i + 1, bits }];
  }),
);

function noSuchFact(name) {
  const shown = /^[A-Za-z0-9._:-]{1,128}$/.test(name) ? name : "?";
  return new ConnexError("invalid_argument", "the rule has no such fact", `/${shown}`);
}

// Decides gates by the policy of an engine, or with null by the one compiled in. A decision is frozen, and one of
// the same conditions is the same object again.
function makeDecide(handle, check) {
  const remembered = new Map();
  return function decide(rule, facts) {
    check();
    const gate = gateTable.get(rule);
    if (gate === undefined) {
      if (typeof rule !== "string") throw wrongType("rule", "a string");
      throw new ConnexError("not_found", "no such gate");
    }
    checkFacts(facts);
    const { bits } = gate;
    let yes = 0;
    let no = 0;
    for (const name of Object.keys(facts)) {
      const bit = bits[name];
      if (bit === undefined) throw noSuchFact(name);
      const fact = facts[name];
      if (fact === true) yes |= bit;
      else if (fact === false) no |= bit;
      else if (fact !== null && fact !== undefined) throw wrongType(name, "true, false or null");
    }
    const unmet = native.evaluateGate(gate.number, yes, no);
    let made = remembered.get(gate);
    if (made === undefined) remembered.set(gate, (made = new Map()));
    let decision = made.get(unmet);
    if (decision === undefined) {
      const given = {};
      for (const name in bits) if ((yes | no) & bits[name]) given[name] = (yes & bits[name]) !== 0;
      decision = deepFreeze(JSON.parse(native.decide(handle, rule, JSON.stringify(given))));
      if (made.size >= kMostDecisions) made.clear();
      made.set(unmet, decision);
    }
    return decision;
  };
}

function evaluateIn(handle, rule, facts) {
  if (typeof rule !== "string") throw wrongType("rule", "a string");
  checkFacts(facts);
  return attempt(() => JSON.parse(native.decide(handle, rule, JSON.stringify(facts))));
}

const kKnown = ["phones", "emails", "addresses", "names", "organisations"];

function redactIn(handle, text, { channel = "message", known = {} } = {}) {
  for (const kind of Object.keys(known)) if (!kKnown.includes(kind)) throw new TypeError(`\`known\` has no \`${kind}\``);
  const [clean, flat] = attempt(() => native.redact(handle, text, channel, kKnown.map((kind) => known[kind] ?? [])));
  const findings = [];
  for (let i = 0; i < flat.length; i += 4)
    findings.push({ type: flat[i], start: flat[i + 1], end: flat[i + 2], score: flat[i + 3] });
  return { text: clean, findings };
}

export const decide = makeDecide(null, () => {});
export const evaluate = (rule, facts) => evaluateIn(null, rule, facts);
export const redact = (text, options) => redactIn(null, text, options);

// Commands

const isString = (value) => typeof value === "string";
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function encodeInstant(name, value) {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (!isString(value)) throw wrongType(name, "a Date or a string");
  return value;
}

// What each type of the command table takes. What is in an object passes as JSON.
const kEncode = {
  boolean(name, value) {
    if (typeof value !== "boolean") throw wrongType(name, "a boolean");
    return value;
  },
  integer(name, value) {
    if (!Number.isSafeInteger(value)) throw wrongType(name, "an integer");
    return value;
  },
  instant: encodeInstant,
  ids(name, value) {
    if (!Array.isArray(value) || !value.every(isString)) throw wrongType(name, "an array of strings");
    return value;
  },
  object(name, value) {
    if (!isObject(value)) throw wrongType(name, "an object");
    return value;
  },
  objects(name, value) {
    if (!Array.isArray(value) || !value.every(isObject)) throw wrongType(name, "an array of objects");
    return value;
  },
  scalar(name, value) {
    if (!isString(value) && typeof value !== "boolean" && !Number.isFinite(value))
      throw wrongType(name, "a string, a number or a boolean");
    return value;
  },
};
for (const type of ["id", "line", "text", "day", "sha256", "email", "phone", "choice"])
  kEncode[type] = (name, value) => {
    if (!isString(value)) throw wrongType(name, "a string");
    return value;
  };

function encode(table, args) {
  if (!isObject(args)) throw wrongType("args", "an object");
  const out = {};
  for (const name of Object.keys(args)) {
    const value = args[name];
    if (value === undefined) continue;
    const check = kEncode[table.get(name)];
    out[name] = check === undefined ? value : check(name, value);
  }
  return out;
}

// {group: {method: (run) => (args) => answer}}
const groups = new Map();
for (const { name, arguments: declared } of commands()) {
  const [group, ...rest] = name.split(".");
  const table = new Map(declared.map((argument) => [argument.name, argument.type]));
  if (!groups.has(group)) groups.set(group, new Map());
  groups.get(group).set(rest.join("_"), (run) => async (args = {}) => run(name, encode(table, args)));
}

class Actor {
  #run;
  constructor(engine, envelope) {
    this.#run = (command, args) => engine.execute({ command, ...envelope, args });
  }
  static {
    for (const [group, methods] of groups)
      Object.defineProperty(Actor.prototype, group, {
        enumerable: true,
        get() {
          const members = {};
          for (const [name, bind] of methods) members[name] = bind(this.#run);
          return Object.freeze(members);
        },
      });
  }
}

const kDurability = ["full", "normal"];
const kMostAtOnce = 256; // requests handed to the thread pool together

// Forgets the engines that nobody closed: the handle closes itself when it is collected.
class Engine {
  #handle;
  #closed = false;
  #waiting = [];
  #running = null; // while requests are with the thread pool

  constructor(handle) {
    this.#handle = handle;
    this.decide = makeDecide(handle, () => this.#check());
  }

  #check() {
    if (this.#closed) throw new Error("the engine is closed");
  }

  get closed() {
    return this.#closed;
  }

  get policy() {
    this.#check();
    return JSON.parse(native.policy(this.#handle));
  }

  evaluate(rule, facts) {
    this.#check();
    return evaluateIn(this.#handle, rule, facts);
  }

  redact(text, options) {
    this.#check();
    return redactIn(this.#handle, text, options);
  }

  actor(id, { at, requestId } = {}) {
    if (!isString(id)) throw wrongType("id", "a string");
    const envelope = { actor: id };
    if (at !== undefined) envelope.at = encodeInstant("at", at);
    if (requestId !== undefined) envelope.request_id = kEncode.id("requestId", requestId);
    return new Actor(this, envelope);
  }

  get system() {
    return this.actor("system");
  }

  async execute(request) {
    const { ok, error, result, decision, audit } = JSON.parse(await this.executeJson(JSON.stringify(request)));
    if (!ok) throw new ConnexError(error.code, error.message, error.path);
    return { result, decision: deepFreeze(decision), seq: audit?.seq ?? null };
  }

  async executeJson(request) {
    this.#check();
    if (!isString(request)) throw wrongType("request", "a string");
    const answer = new Promise((resolve, reject) => this.#waiting.push({ request, resolve, reject }));
    this.#running ??= this.#work();
    return answer;
  }

  // One trip to the thread pool for all that has been asked meanwhile: requests are carried out in the order in
  // which they were made, and a busy engine does not keep the pool from others.
  async #work() {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, kMostAtOnce);
      try {
        const answers = await native.execute(this.#handle, batch.map(({ request }) => request));
        batch.forEach(({ resolve }, i) => resolve(answers[i]));
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    }
    this.#running = null;
  }

  async close() {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running;
    native.close(this.#handle);
  }

  static {
    Engine.prototype[Symbol.dispose ?? Symbol.for("nodejs.dispose")] = function dispose() {
      void this.close();
    };
    Engine.prototype[Symbol.asyncDispose ?? Symbol.for("nodejs.asyncDispose")] = function dispose() {
      return this.close();
    };
  }
}

export async function open(store = "memory:", options = {}) {
  const { policy: pack = "", durability = "full", callerClock = false, busyTimeoutMs = 5000 } = options;
  if (!isString(store)) throw wrongType("store", "a string");
  if (!kDurability.includes(durability)) throw wrongType("durability", "`full` or `normal`");
  const handle = await native
    .open(store, pack, kDurability.indexOf(durability), callerClock, busyTimeoutMs)
    .catch(raise);
  return new Engine(handle);
}
