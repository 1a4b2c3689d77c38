// Connex for Node: decisions, commands and redaction. Types and documentation are in index.d.ts.
import { readers } from "./facts.js";
import native from "./native.js";

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

const isString = (value) => typeof value === "string";
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function checkFacts(facts) {
  if (!isObject(facts)) throw wrongType("facts", "an object");
}

// An object literal, of this realm or another; no Map, Date, Promise or instance of a class.
function isPlain(value) {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

// Half of a surrogate pair has no place in UTF-8; passed on it would come out as another text.
const kHalf = /\p{Surrogate}/u;
function checkUnicode(name, value) {
  if (!isString(value)) throw wrongType(name, "a string");
  if (kHalf.test(value)) throw new ConnexError("invalid_argument", "text is not valid UTF-8", `/${name.replaceAll(".", "/")}`);
  return value;
}

// A name as an error may show it: what is not written like one could be anything.
const shown = (name) => (/^[A-Za-z0-9._:-]{1,128}$/.test(name) ? name : "?");

// The options of a call, those that are its own. A name that is none of `known` would otherwise be passed over.
function checkOptions(options, known, what = "options") {
  if (!isPlain(options)) throw wrongType(what, "an object");
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw new TypeError(`\`${what}\` has no \`${shown(name)}\``);
  return { __proto__: null, ...options };
}

const kDeepest = 64; // more than the engine takes

// Refuses what JSON would leave out or write as something else.
function checkJson(name, value, depth = 0) {
  if (value === null || isString(value) || typeof value === "boolean" || Number.isFinite(value)) return;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return;
  const isArray = Array.isArray(value);
  if (!isArray && !isPlain(value))
    throw wrongType(name, "made of objects, arrays, strings, finite numbers, booleans, null and Dates");
  if (depth === kDeepest) throw new TypeError(`\`${name.split("/", 1)[0]}\` is nested too deeply, or holds itself`);
  if (isArray) for (let i = 0; i < value.length; i++) checkJson(`${name}/${i}`, value[i], depth + 1);
  else for (const key of Object.keys(value)) checkJson(`${name}/${shown(key)}`, value[key], depth + 1);
}

// Gates

const kEffects = ["deny", "indeterminate", "permit"];
const kPermit = 2;
const kNone = Object.freeze([]);
const kListsKept = 1024; // all that a gate of ten facts can have

// Where a decision is asked and answered: the gate, facts that hold and that do not; then effect, unmet conditions,
// those of them that are unknown, and two numbers that change when the engine's policy does.
const page = native.page;

// The rows whose bits are set; of `others` where that bit is set too.
function pick(mask, rows, which = 0, others = rows) {
  const picked = [];
  for (let rest = mask; rest !== 0; rest &= rest - 1) {
    const bit = rest & -rest;
    picked.push((which & bit ? others : rows)[31 - Math.clz32(bit)]);
  }
  return Object.freeze(picked);
}

class Gate {
  constructor({ rule, facts }, i) {
    this.number = i + 1;
    this.rule = rule;
    this.read = readers[rule];
    this.names = facts.map(({ name }) => name);
    const reasons = (state) =>
      facts.map(({ reason, clause, name, text }) => Object.freeze({ code: reason, clause, fact: name, state, text }));
    this.no = reasons("no");
    this.unknown = reasons("unknown");
    this.obligations = kEffects.map((_, effect) => deepFreeze(native.obligations(this.number, effect)));
    this.kept = [];
    this.keys = kNone; // of the facts last read,
    this.own = 0; // and which conditions they are about
  }

  // Which facts there are, of their own. Facts mostly come with the same keys in the same order.
  ownFacts(facts) {
    const keys = Object.keys(facts);
    const { length } = keys;
    if (length === 0 && Object.prototype.toString.call(facts) !== "[object Object]") throw wrongType("facts", "an object");
    if (length !== this.keys.length) return this.learn(keys);
    for (let i = 0; i < length; i++) if (keys[i] !== this.keys[i]) return this.learn(keys);
    return this.own;
  }
  learn(keys) {
    let own = 0;
    for (const key of keys) {
      const condition = this.names.indexOf(key);
      if (condition < 0) throw noSuchFact(key);
      own |= 1 << condition;
    }
    this.keys = keys;
    return (this.own = own);
  }

  // What a decision lists of conditions, made once for each set of them.
  listsOf(mask) {
    const kept = mask < kListsKept ? this.kept[mask] : undefined;
    if (kept !== undefined) return kept;
    const names = pick(mask, this.names);
    const lists = {
      names,
      sets: mask === 0 ? kNone : Object.freeze([names]),
      no: pick(mask, this.no),
      unknown: pick(mask, this.unknown),
    };
    if (mask < kListsKept) this.kept[mask] = lists;
    return lists;
  }
  reasons(lists, unmet, unknown) {
    if (unknown === 0) return lists.no;
    return unknown === unmet ? lists.unknown : pick(unmet, this.no, unknown, this.unknown);
  }
}

const gateTable = new Map(gates().map((row, i) => [row.rule, new Gate(row, i)]));

function noSuchFact(name) {
  return new ConnexError("invalid_argument", "the rule has no such fact", `/${shown(name)}`);
}

// Decides gates by the policy of an engine, or with null by the one compiled in.
function makeDecide(handle, check) {
  const evaluate = handle === null ? native.evaluateGate : native.evaluatorOf(handle);
  let low = -1, high = -1;
  let policy;
  function refreshPolicy() {
    [low, high] = [page[6], page[7]];
    const [version, digest] = native.policyIdentity(handle);
    policy = Object.freeze({ version, digest });
  }
  return function decide(rule, facts) {
    check();
    const gate = gateTable.get(rule);
    if (gate === undefined) {
      checkUnicode("rule", rule);
      throw new ConnexError("not_found", "no such gate");
    }
    checkFacts(facts);
    const own = gate.ownFacts(facts);
    const odd = gate.read(facts, own, page);
    if (odd !== 0) throw wrongType(gate.names[31 - Math.clz32(odd & -odd)], "true, false or null");
    page[0] = gate.number;
    evaluate();
    if (page[6] !== low || page[7] !== high) refreshPolicy(); // one that is published takes effect in an open engine
    const effect = page[3];
    const unmet = page[4];
    const unknown = page[5];
    const lists = gate.listsOf(unmet);
    return Object.freeze({
      rule,
      effect: kEffects[effect],
      permitted: effect === kPermit,
      policy,
      reasons: gate.reasons(lists, unmet, unknown),
      unknown: gate.listsOf(unknown).names,
      would_permit: lists.sets,
      obligations: gate.obligations[effect],
    });
  };
}

function evaluateIn(handle, rule, facts) {
  checkUnicode("rule", rule);
  if (!isPlain(facts)) throw wrongType("facts", "an object");
  const isGate = gateTable.has(rule);
  for (const name of Object.keys(facts)) {
    const fact = facts[name];
    if (fact === undefined) continue;
    if (isGate && fact !== null && typeof fact !== "boolean") throw wrongType(`facts/${shown(name)}`, "true, false or null");
    checkJson(`facts/${shown(name)}`, fact);
  }
  return deepFreeze(attempt(() => JSON.parse(native.decide(handle, rule, JSON.stringify(facts)))));
}

const kKnown = ["phones", "emails", "addresses", "names", "organisations"];

function redactIn(handle, text, options = {}) {
  const { channel = "message", known: given = {} } = checkOptions(options, ["channel", "known"]);
  checkUnicode("text", text);
  checkUnicode("channel", channel);
  const known = checkOptions(given, kKnown, "known");
  const lists = kKnown.map((kind) => {
    const { [kind]: values = [] } = known;
    if (!Array.isArray(values)) throw wrongType(`known.${kind}`, "an array of strings");
    for (let i = 0; i < values.length; i++) checkUnicode(`${kind}/${i}`, values[i]);
    return values;
  });
  const [clean, flat] = attempt(() => native.redact(handle, text, channel, lists));
  const findings = [];
  for (let i = 0; i < flat.length; i += 5)
    findings.push({ type: flat[i], start: flat[i + 1], end: flat[i + 2], score: flat[i + 3], evidence: flat[i + 4] });
  return deepFreeze({ text: clean, findings });
}

// Compliance tests

let handleOf; // of an engine that is open

class ScenarioFile {
  #handle;
  constructor(content) {
    const bytes = isString(content) ? Buffer.from(checkUnicode("content", content)) : content;
    if (!(bytes instanceof Uint8Array)) throw wrongType("content", "a string or a Uint8Array");
    const [description, handle] = attempt(() => native.readScenarios(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
    this.#handle = handle;
    Object.assign(this, deepFreeze(JSON.parse(description)));
    Object.freeze(this);
  }

  play(index, engine) {
    if (!Number.isInteger(index) || index < 0 || index >= this.scenarios.length)
      throw wrongType("index", `an integer below ${this.scenarios.length}`);
    const failure = attempt(() => native.playScenario(this.#handle, index, engine === undefined ? null : handleOf(engine)));
    return Object.freeze({ ...this.scenarios[index], passed: failure === "", failure });
  }

  *playAll(engine) {
    for (let index = 0; index < this.scenarios.length; index++) yield this.play(index, engine);
  }
}

export const readScenarios = (content) => new ScenarioFile(content);

export function exercised(results) {
  if (typeof results !== "object" || typeof results?.[Symbol.iterator] !== "function") throw wrongType("results", "an iterable of results");
  const counts = new Map(clauses().filter(({ coverage }) => coverage === "decided").map(({ id }) => [id, 0]));
  let i = 0;
  for (const result of results) {
    if (typeof result?.passed !== "boolean" || !Array.isArray(result.clauses)) throw wrongType(`results/${i}`, "a result of a scenario");
    if (result.passed) for (const id of result.clauses) if (counts.has(id)) counts.set(id, counts.get(id) + 1);
    ++i;
  }
  return counts;
}

export const decide = makeDecide(null, () => {});
export const evaluate = (rule, facts) => evaluateIn(null, rule, facts);
export const redact = (text, options) => redactIn(null, text, options);

// Commands

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
    if (!isPlain(value)) throw wrongType(name, "an object");
    checkJson(name, value);
    return value;
  },
  objects(name, value) {
    if (!Array.isArray(value) || !value.every(isPlain)) throw wrongType(name, "an array of objects");
    checkJson(name, value);
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
  if (!isPlain(args)) throw wrongType("args", "an object");
  const out = Object.create(null); // in which "__proto__" is a name like others
  for (const name of Object.keys(args)) {
    const value = args[name];
    if (value === undefined) continue;
    const check = kEncode[table.get(name)];
    if (check === undefined) checkJson(shown(name), value); // a name that the engine refuses
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

async function carryOut(engine, request) {
  const { ok, error, result, decision, audit } = JSON.parse(await engine.executeJson(JSON.stringify(request)));
  if (!ok) throw new ConnexError(error.code, error.message, error.path);
  return deepFreeze({ result, decision, seq: audit?.seq ?? null });
}

class Actor {
  #run;
  constructor(engine, envelope) {
    this.#run = (command, args) => carryOut(engine, { command, ...envelope, args });
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
  #closing = null; // the promise of its end
  #waiting = [];
  #running = null; // while requests are with the thread pool

  constructor(handle) {
    if (handle === null) throw wrongType("handle", "of an engine that was opened"); // null stands for the policy compiled in
    this.#handle = handle;
    this.decide = makeDecide(handle, () => this.#check());
  }

  #check() {
    if (this.#closing !== null) throw new ConnexError("closed", "the engine is closed");
  }

  get closed() {
    return this.#closing !== null;
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

  actor(id, options = {}) {
    const { at, requestId } = checkOptions(options, ["at", "requestId"]);
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
    if (!isPlain(request)) throw wrongType("request", "an object");
    checkJson("request", request);
    return carryOut(this, request);
  }

  async executeJson(request) {
    this.#check();
    if (!isString(request)) throw wrongType("request", "a string");
    // Written so that the engine refuses it by the name of its field.
    if (kHalf.test(request)) request = request.replace(/\p{Surrogate}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
    const answer = new Promise((resolve, reject) => this.#waiting.push({ request, resolve, reject }));
    this.#running ??= this.#work();
    return answer;
  }

  // One trip to the thread pool for all that has been asked meanwhile: requests are carried out in the order in
  // which they were made, and a busy engine does not keep the pool from others.
  async #work() {
    await null; // so that it ends only after `#running` is set, whatever fails
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, kMostAtOnce);
      let answers;
      try {
        answers = await native.execute(this.#handle, batch.map(({ request }) => request));
      } catch (error) {
        answers = batch.map(() => error); // none was begun
      }
      batch.forEach(({ resolve, reject }, i) => {
        const answer = answers[i];
        if (isString(answer) && answer !== "") resolve(answer);
        else reject(new ConnexError(answer?.code || "internal", answer?.message || "no answer could be had", answer?.path));
      });
    }
    this.#running = null;
  }

  close() {
    return (this.#closing ??= this.#end());
  }

  async #end() {
    await this.#running;
    native.close(this.#handle);
  }

  static {
    handleOf = (engine) => {
      if (!(engine instanceof Engine)) throw wrongType("engine", "an Engine");
      engine.#check();
      return engine.#handle;
    };
    Engine.prototype[Symbol.dispose ?? Symbol.for("nodejs.dispose")] = function dispose() {
      void this.close();
    };
    Engine.prototype[Symbol.asyncDispose ?? Symbol.for("nodejs.asyncDispose")] = function dispose() {
      return this.close();
    };
  }
}

const unanswered = new Set(); // questions of engines, for which threads of the pool wait
process.on("exit", () => unanswered.forEach((token) => native.answer(token)));

function readTime(clock) {
  const now = clock();
  Promise.resolve(now).catch(() => {}); // a promise is no time; when it is rejected, nobody else would take note
  if (!(now instanceof Date) || Number.isNaN(now.getTime())) throw new TypeError("`clock` must give a valid Date");
  return new Uint8Array(BigInt64Array.of(BigInt(now.getTime()) * 1000n).buffer);
}

const kMostWrapped = 4096; // bytes of a wrapped key
const kSecret = 32; // and of one that is not
const kKeyId = /^[A-Za-z0-9._:-]{1,64}$/;

// What the addon asks of the host's key service, clock and sink. Whatever comes of it, each question is answered.
function askHost(keys, clock, sink) {
  const bytesOf = (name, given) => {
    if (!(given instanceof Uint8Array)) throw wrongType(`${name}()`, "a Uint8Array");
    if (name === "wrap" ? given.length > kMostWrapped : given.length !== kSecret)
      throw wrongType(`${name}()`, name === "wrap" ? `at most ${kMostWrapped} bytes` : `${kSecret} bytes`);
    return given;
  };
  const put = {
    async current() {
      const key = await keys.current();
      if (!isString(key?.id) || !kKeyId.test(key.id) || !Number.isInteger(key.version) || key.version < 0 || key.version >= 2 ** 32)
        throw wrongType("current()", "a key with its id and version");
      return { id: key.id, version: key.version };
    },
    wrap: async (key, label, secret) => ({ bytes: bytesOf("wrap", await keys.wrap(key, label, secret)) }),
    unwrap: async (key, label, wrapped) => ({ bytes: bytesOf("unwrap", await keys.unwrap(key, label, wrapped)) }),
    time: async () => ({ bytes: readTime(clock) }),
    async publish(_, label) {
      if ((await sink(label.toString())) !== undefined)
        throw new TypeError("`sink` must return nothing: anything else may mean that it kept nothing");
      return {};
    },
  };
  return (token, what, id, version, label, bytes) => {
    unanswered.add(token);
    put[what]({ id, version }, label, bytes)
      .then(({ id = "", version = 0, bytes = new Uint8Array() }) =>
        native.answer(token, id, version, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
      .catch((error) => {
        native.answer(token);
        process.emitWarning(error instanceof Error ? error : new Error(`the host's ${what}() failed`));
      })
      .finally(() => unanswered.delete(token));
  };
}

const isService = (keys) => ["current", "wrap", "unwrap"].every((name) => typeof keys[name] === "function");

function checkFilled(name, value) {
  if (checkUnicode(name, value) === "") throw wrongType(name, "a string that is not empty");
  return value;
}

// What names a file, or a variable.
function checkPlace(name, value) {
  if (checkFilled(name, value).includes("\0")) throw wrongType(name, "a name without NUL");
}

// Where the outer keys are, and the passphrase of their file.
function encodeKeys(keys) {
  if (keys === undefined) return ["", ""];
  if (!isObject(keys)) throw wrongType("keys", "an object");
  if (isService(keys)) return ["", ""];
  const { file, passphrase, environment } = checkOptions(keys, ["file", "passphrase", "environment"], "keys");
  for (const [name, value] of Object.entries({ file, environment }))
    if (value !== undefined) checkPlace(`keys.${name}`, value);
  if (passphrase !== undefined) checkFilled("keys.passphrase", passphrase);
  if (environment === undefined) return [file === undefined ? "" : `file:${file}`, passphrase ?? ""];
  if (file !== undefined || passphrase !== undefined) throw new TypeError("`keys` is either a file or an environment variable");
  return [`env:${environment}`, ""];
}

const kBucket = ["host", "name", "region", "accessKey", "secretKey"];

function encodeBucket(bucket) {
  if (bucket === undefined) return kBucket.map(() => "");
  const { region = "auto" } = checkOptions(bucket, kBucket, "bucket");
  const given = { __proto__: null, ...bucket, region };
  return kBucket.map((name) => {
    return checkFilled(`bucket.${name}`, given[name]);
  });
}

function checkCallback(name, callback) {
  if (callback !== undefined && typeof callback !== "function") throw wrongType(name, "a function");
}

function checkWhole(name, value, most) {
  if (!Number.isInteger(value) || value < 0 || value > most) throw wrongType(name, `an integer from 0 to ${most}`);
  return value;
}

const kLongestMs = 24 * 24 * 3600 * 1000; // 24 days: more milliseconds do not go into 31 bits
const kMost = 2 ** 32 - 1;
const kOptions = ["policy", "durability", "callerClock", "busyTimeoutMs", "keys", "clock", "sink", "checkpointEntries", "checkpointSeconds", "bucket"];

export async function open(store = "memory:", options = {}) {
  const { policy: pack = "", durability = "full", callerClock = false, busyTimeoutMs = 5000, keys, clock, sink, checkpointEntries = 0, checkpointSeconds = 0, bucket } =
    checkOptions(options, kOptions);
  checkPlace("store", store);
  if (store === ":memory:") throw new TypeError("`store` must name a file, or be `memory:`");
  checkUnicode("policy", pack);
  if (!kDurability.includes(durability)) throw wrongType("durability", "`full` or `normal`");
  if (typeof callerClock !== "boolean") throw wrongType("callerClock", "a boolean");
  checkCallback("clock", clock);
  checkCallback("sink", sink);
  const texts = [store, pack, ...encodeKeys(keys), ...encodeBucket(bucket)];
  const numbers = [
    kDurability.indexOf(durability), Number(callerClock), Math.max(1, checkWhole("busyTimeoutMs", busyTimeoutMs, kLongestMs)),
    checkWhole("checkpointEntries", checkpointEntries, kMost), checkWhole("checkpointSeconds", checkpointSeconds, kMost),
  ];
  const service = keys !== undefined && isService(keys) ? keys : undefined;
  const asks = [service, clock, sink].reduce((bits, callback, i) => bits | (callback === undefined ? 0 : 1 << i), 0);
  if (clock !== undefined) readTime(clock); // a clock that does not work is no surprise for later
  const ask = asks === 0 ? null : askHost(service, clock, sink);
  return new Engine(await native.open(texts, [...numbers, asks], ask).catch(raise));
}
