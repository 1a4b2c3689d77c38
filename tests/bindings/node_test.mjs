// The Node package: what it gives, what it refuses, and that it leaks nothing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL, fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const index = process.env.CONNEX_NODE;
const connex = await import(pathToFileURL(index));
const kCalls = Number(process.env.CONNEX_CALLS ?? 1000000);
const kHalf = "a\ud800b"; // half of a surrogate pair, which is no Unicode
const kNine = "2026-11-23T09:00:00+05:30";

function temporary(t) {
  const directory = mkdtempSync(join(tmpdir(), "connex-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function people(engine, options = { at: kNine }) {
  const system = engine.actor("system", options);
  await system.organisation.put({ id: "acme", kind: "pharma_company", name: "Acme", recording_entitled: true });
  await system.principal.register({ id: "dr", role: "doctor", name: "A Doctor", adult_attested: true });
  await system.principal.register({
    id: "mr", role: "medical_representative", organisation: "acme", name: "R", birth_date: "1990-02-03",
  });
  await engine.actor("dr", options).preference.set({ doctor: "dr", virtual_visits: true });
}

const isFrozen = (value) => typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(isFrozen));

test("every assignment of facts of every gate", () => {
  for (const { rule, facts } of connex.gates()) {
    let permitted = 0;
    for (let n = 0; n < 3 ** facts.length; n++) {
      const given = {};
      facts.forEach(({ name }, i) => (given[name] = [true, false, null][Math.floor(n / 3 ** i) % 3]));
      const decision = connex.decide(rule, given);
      assert.equal(JSON.stringify(decision), JSON.stringify(connex.evaluate(rule, given)));
      assert.ok(isFrozen(decision));
      permitted += decision.permitted;
    }
    assert.equal(permitted, 1, rule);
  }
});

test("a decision is a frozen value", () => {
  const decision = connex.decide("recording.eligible", { doctor_recording_enabled: true });
  assert.equal(decision.effect, "indeterminate");
  assert.deepEqual(decision.would_permit, [["company_recording_entitled", "company_recording_enabled"]]);
  assert.throws(() => (decision.permitted = true), TypeError);
  assert.throws(() => decision.reasons.push({}), TypeError);
  assert.throws(() => (decision.reasons[0].clause = "C1-a"), TypeError);
});

test("wrong types are type errors", () => {
  for (const call of [
    () => connex.decide(),
    () => connex.decide("visit.book"),
    () => connex.decide(3, {}),
    () => connex.decide({}, {}),
    () => connex.decide("visit.book", null),
    () => connex.decide("visit.book", []),
    () => connex.decide("visit.book", "facts"),
    () => connex.decide("visit.book", { opt_in_set_by_doctor: 1 }),
    () => connex.decide("visit.book", { opt_in_set_by_doctor: "true" }),
    () => connex.decide("visit.book", { opt_in_set_by_doctor: {} }),
    () => connex.decide("visit.book", { opt_in_set_by_doctor: Object(true) }),
    () => connex.evaluate("view"),
    () => connex.evaluate(3, {}),
    () => connex.redact(),
    () => connex.redact(3),
    () => connex.redact("text", { channel: 3 }),
    () => connex.redact("text", { known: { phones: "98200" } }),
    () => connex.redact("text", { known: { phones: [3] } }),
    () => connex.redact("text", { known: { dogs: ["Rex"] } }),
  ])
    assert.throws(call, TypeError, String(call));
});

test("nothing but own facts counts", () => {
  const all = Object.fromEntries(["doctor_virtual_visits_enabled", "booker_is_medical_representative"].map((f) => [f, true]));
  Object.defineProperty(Object.prototype, "opt_in_set_by_doctor", { value: true, enumerable: true, configurable: true });
  try {
    assert.equal(connex.decide("visit.book", all).permitted, false);
    assert.equal(connex.decide("visit.book", Object.create({ opt_in_set_by_doctor: true })).permitted, false);
  } finally {
    delete Object.prototype.opt_in_set_by_doctor;
  }
  assert.equal(connex.decide("visit.book", { ...all, opt_in_set_by_doctor: true }).permitted, true);
  assert.throws(() => connex.decide("visit.book", JSON.parse('{"__proto__": true}')), connex.ConnexError);
  assert.throws(() => connex.decide("visit.book", { constructor: true }), connex.ConnexError);
});

test("facts in any order, some of them, and read while others are decided", () => {
  const names = connex.gates().find(({ rule }) => rule === "visit.join").facts.map(({ name }) => name);
  const values = [true, false, null, true, undefined];
  const states = ({ reasons }) => reasons.map(({ fact, state }) => [fact, state]);
  const expected = states(connex.evaluate("visit.join", Object.fromEntries(names.map((name, i) => [name, values[i]]))));
  assert.deepEqual(expected.map(([, state]) => state), ["no", "unknown", "unknown"]);
  for (let n = 0; n < 5 ** 4; n++) {
    const order = names.map((_, i) => i).sort((a, b) => Math.floor(n / 5 ** a) % 5 - Math.floor(n / 5 ** b) % 5);
    const facts = {};
    for (const i of order) if (values[i] !== undefined || n % 2 === 0) facts[names[i]] = values[i];
    assert.deepEqual(states(connex.decide("visit.join", facts)), expected);
  }
  const all = Object.fromEntries(names.map((name) => [name, true]));
  const nested = { ...all, get visit_is_current() { return connex.decide("visit.join", {}).permitted; } };
  assert.deepEqual(states(connex.decide("visit.join", nested)), [["visit_is_current", "no"]]);
  assert.equal(connex.decide("visit.join", all).permitted, true);
  const hidden = Object.defineProperty({ ...all, visit_is_current: null }, "visit_is_current", { value: true, enumerable: false });
  assert.equal(connex.decide("visit.join", hidden).permitted, false);
});

test("unknown names", () => {
  assert.throws(() => connex.decide("visit.dance", {}), { name: "ConnexError", code: "not_found" });
  assert.throws(() => connex.decide("visit.book", { opt_in: true }), { code: "invalid_argument", path: "/opt_in" });
  assert.throws(
    () => connex.decide("visit.book", { "asha@city.example": true }),
    (error) => error.path === "/?" && !error.message.includes("asha"),
  );
  assert.throws(() => connex.evaluate("view", { viewer_role: "king" }), { name: "ConnexError", code: "invalid_argument" });
});

test("redaction counts in the units of strings", () => {
  const text = "नमस्ते 👋 call 98200 55443, or a@b.co";
  const redacted = connex.redact(text);
  assert.equal(redacted.text, "नमस्ते 👋 call [phone hidden], or [email hidden]");
  assert.deepEqual(redacted.findings.map((f) => [f.type, text.slice(f.start, f.end)]), [["PHONE", "98200 55443"], ["EMAIL", "a@b.co"]]);
  assert.ok(redacted.findings[0].evidence.includes("shape"));
  assert.ok(!connex.redact("ask for Asha Rao", { known: { names: ["Asha Rao"] } }).text.includes("Asha"));
  assert.throws(() => connex.redact("x", { known: { phones: ["9".repeat(600)] } }), { code: "invalid_argument", path: "/phones/0" });
  assert.throws(() => connex.redact("x", { channel: "smoke" }), { code: "not_found" });
});

test("each command is a method", async () => {
  const engine = await connex.open();
  for (const { name } of connex.commands()) {
    const [group, method] = name.split(".");
    assert.equal(typeof engine.system[group][method], "function", name);
  }
  await engine.close();
});

test("a visit is booked, and requests keep their order", async () => {
  const engine = await connex.open("memory:", { callerClock: true });
  await people(engine);
  const slot = { starts_at: new Date("2026-11-23T11:00:00+05:30"), ends_at: "2026-11-23T11:15:00+05:30" };
  const mr = engine.actor("mr", { at: kNine, requestId: "one" });
  const booked = await mr.visit.book({ id: "v", doctor: "dr", representative: "mr", ...slot });
  assert.equal(booked.decision.permitted, true);
  assert.equal(booked.result.starts_at, "2026-11-23T11:00:00+05:30");
  assert.deepEqual(await mr.visit.book({ id: "v", doctor: "dr", representative: "mr", ...slot }), booked);
  const off = engine.actor("dr", { at: kNine }).preference.set({ doctor: "dr", virtual_visits: false });
  const many = Array.from({ length: 1000 }, (_, i) =>
    engine.actor("mr", { at: kNine }).visit.book({ id: `w${i}`, doctor: "dr", representative: "mr", ...slot }),
  );
  const refused = await Promise.all(many);
  assert.ok(refused.every(({ decision }) => !decision.permitted));
  assert.deepEqual(refused.map(({ seq }) => seq - booked.seq), refused.map((_, i) => i + 2));
  assert.equal((await off).seq, booked.seq + 1);
  await engine.close();
});

test("what the engine answers with is frozen", async () => {
  const engine = await connex.open("memory:", { callerClock: true });
  await people(engine);
  const answer = await engine.actor("dr", { at: kNine }).principal.view({ subject: "dr" });
  assert.equal(answer.result.fields.name, "A Doctor");
  const view = connex.evaluate("view", { viewer_role: "doctor", relation: "self", subject_role: "doctor" });
  for (const value of [answer, await engine.system.audit.list({ limit: 2 }), view, connex.redact("call 98200 55443")]) assert.ok(isFrozen(value));
  assert.throws(() => (answer.result.fields.name = "B"), TypeError);
  assert.throws(() => view.show.push("phone"), TypeError);
  await engine.close();
});

test("errors have codes and paths", async (t) => {
  const engine = await connex.open();
  const { system } = engine;
  await assert.rejects(system.principal.terminate({ id: "nobody" }), { name: "ConnexError", code: "not_found", path: "/args/id" });
  await assert.rejects(engine.actor("who").report.coverage(), { code: "unauthenticated", path: "/actor" });
  await assert.rejects(system.principal.terminate({ id: "a b" }), { code: "invalid_argument", path: "/args/id" });
  await assert.rejects(system.principal.terminate({}), { code: "invalid_argument", path: "/args/id" });
  await assert.rejects(system.principal.terminate({ id: "a", colour: 1 }), { code: "invalid_argument", path: "/args/colour" });
  await assert.rejects(engine.actor("system", { at: kNine }).report.coverage(), { code: "invalid_argument", path: "/at" });
  await engine.close();
  await assert.rejects(connex.open("postgres://nowhere"), { code: "unsupported" });
  await assert.rejects(connex.open(join(temporary(t), "no", "such.db")), { code: "storage" });
  await assert.rejects(connex.open("memory:", { policy: "{}" }), { code: "invalid_argument" });
});

test("wrong types of arguments are type errors", async () => {
  const engine = await connex.open();
  const { system } = engine;
  const book = { id: "v", doctor: "dr", representative: "mr", starts_at: new Date(), ends_at: new Date() };
  for (const call of [
    () => system.visit.book({ ...book, id: 3 }),
    () => system.visit.book({ ...book, starts_at: 3 }),
    () => system.visit.book({ ...book, starts_at: new Date("never") }),
    () => system.visit.book([]),
    () => system.visit.book(null),
    () => system.audit.list({ limit: "3" }),
    () => system.audit.list({ limit: 1.5 }),
    () => system.principal.register({ id: "a", role: "doctor", name: "A", adult_attested: 1 }),
    () => engine.executeJson(3),
  ])
    await assert.rejects(call(), TypeError, String(call));
  for (const call of [() => engine.actor(3), () => engine.actor("a", { at: 3 }), () => engine.actor("a", { requestId: 3 })])
    assert.throws(call, TypeError);
  for (const open of [() => connex.open(3), () => connex.open("memory:", { durability: "some" }), () => connex.open("memory:", { policy: 3 }), () => connex.open("memory:", { callerClock: "yes" })])
    await assert.rejects(open(), TypeError);
  await engine.close();
});

test("every wrong type of every argument is a type error that names it", async () => {
  const right = { boolean: true, integer: 3, instant: new Date(), ids: ["a"], object: { a: 1 }, objects: [{ a: 1 }], scalar: "a" };
  const values = [true, 3, 1.5, NaN, 10n, "a", [], ["a"], [3], {}, null, new Date(), new Date("never"), () => {}, Symbol("a")];
  const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);
  const fine = {
    boolean: (v) => typeof v === "boolean",
    integer: Number.isSafeInteger,
    instant: (v) => typeof v === "string" || (v instanceof Date && !Number.isNaN(v.getTime())),
    ids: (v) => Array.isArray(v) && v.every((item) => typeof item === "string"),
    object: isObject,
    objects: (v) => Array.isArray(v) && v.every(isObject),
    scalar: (v) => ["string", "boolean"].includes(typeof v) || Number.isFinite(v),
  };
  const engine = await connex.open();
  let tried = 0;
  for (const command of connex.commands()) {
    const [group, name] = command.name.split(".");
    const given = {};
    for (const { name, type, required } of command.arguments) if (required) given[name] = right[type] ?? "a";
    for (const argument of command.arguments)
      for (const value of values.filter((v) => !(fine[argument.type] ?? ((v) => typeof v === "string"))(v))) {
        await assert.rejects(
          engine.system[group][name]({ ...given, [argument.name]: value }),
          (error) => error instanceof TypeError && error.message.startsWith(`\`${argument.name}\``),
          `${command.name} ${argument.name} ${String(value)}`,
        );
        tried++;
      }
  }
  assert.equal((await engine.system.audit.verify()).result.entries, 0);
  await engine.close();
  assert.ok(tried > 500, tried);
});

test("what is wrong is named", async () => {
  const engine = await connex.open();
  const cycle = {};
  cycle.again = [cycle];
  class Facts { opt_in_set_by_doctor = true; }
  const decide = { opt_in_set_by_doctor: true };
  const rights = (details) => engine.system.rights.submit({ id: "r", kind: "access", principal: "p", channel: "email", details });
  const open = (options) => connex.open("memory:", options);
  for (const [message, call] of [
    ["`store`", () => connex.open(3)],
    ["`store`", () => connex.open(null)],
    ["`store`", () => connex.open("")],
    ["`store`", () => connex.open(":memory:")],
    ["`store`", () => connex.open("a\0b")],
    ["`keys.file`", () => open({ keys: { file: "a\0b" } })],
    ["`keys.environment`", () => open({ keys: { environment: "A\0B" } })],
    ...["file", "passphrase", "environment"].map((name) => [`\`keys.${name}\``, () => open({ keys: { [name]: "" } })]),
    ["`handle`", () => new engine.constructor(null)],
    ["`options` must be an object", () => open(null)],
    ["`options` must be an object", () => open([])],
    ["`options` must be an object", () => open(new Map())],
    ["`options` has no `key`", () => open({ key: { file: "x" } })],
    ["`options` has no `busy_timeout`", () => open({ busy_timeout: 3 })],
    ["`options` has no `?`", () => open({ "asha@city.example": 3 })],
    ["`policy`", () => open({ policy: {} })],
    ["`policy`", () => open({ policy: null })],
    ["`durability`", () => open({ durability: "some" })],
    ["`callerClock`", () => open({ callerClock: 1 })],
    ...[NaN, -1, 1e20, 1.5, "5", null, Infinity].map((ms) => ["`busyTimeoutMs`", () => open({ busyTimeoutMs: ms })]),
    ["`clock`", () => open({ clock: 3 })],
    ["`clock` must give a valid Date", () => open({ clock: Date.now })],
    ["`sink`", () => open({ sink: {} })],
    ["`sink`", () => open({ sink: null })],
    ...[NaN, -1, 1.5, "5", null, 2 ** 32].flatMap((n) => [["`checkpointEntries`", () => open({ checkpointEntries: n })], ["`checkpointSeconds`", () => open({ checkpointSeconds: n })]]),
    ["`bucket` must be an object", () => open({ bucket: null })],
    ["`bucket` has no `key`", () => open({ bucket: { ...kBucket, key: "x" } })],
    ["`bucket.name`", () => open({ bucket: { ...kBucket, name: "" } })],
    ["`bucket.accessKey`", () => open({ bucket: { ...kBucket, accessKey: undefined } })],
    ["`bucket.region`", () => open({ bucket: { ...kBucket, region: null } })],
    ["`keys`", () => open({ keys: null })],
    ["`keys` has no `path`", () => open({ keys: { path: "x" } })],
    ["`keys.file`", () => open({ keys: { file: 3 } })],
    ["`options` must be an object", () => connex.redact("x", null)],
    ["`options` has no `chanel`", () => connex.redact("x", { chanel: "note" })],
    ["`channel`", () => connex.redact("x", { channel: null })],
    ["`known` must be an object", () => engine.redact("x", { known: null })],
    ["`known` has no `dogs`", () => engine.redact("x", { known: { dogs: [] } })],
    ["`known.phones`", () => connex.redact("x", { known: { phones: "98200" } })],
    ["`known.names`", () => connex.redact("x", { known: { names: null } })],
    ["`phones/1`", () => connex.redact("x", { known: { phones: ["1", 2] } })],
    ["`text`", () => connex.redact(null)],
    ["`id`", () => engine.actor(null)],
    ["`options` must be an object", () => engine.actor("a", null)],
    ["`options` has no `request_id`", () => engine.actor("a", { request_id: "x" })],
    ["`at`", () => engine.actor("a", { at: null })],
    ["`rule`", () => connex.evaluate(null, {})],
    ...[null, [], new Map(), new Date(), new Facts(), () => {}, "x", 3].map((facts) => ["`facts`", () => connex.evaluate("visit.book", facts)]),
    ...[null, [], new Map(), new Date(), () => {}, "x", 3].map((facts) => ["`facts`", () => connex.decide("visit.book", facts)]),
    ...[NaN, 1, "true", () => {}, new Map(), new Date(), {}, 1n, Symbol("a")].map((fact) =>
      ["`facts/opt_in_set_by_doctor`", () => engine.evaluate("visit.book", { opt_in_set_by_doctor: fact })]),
    ...[NaN, () => {}, new Map(), new Date("never"), 1n, { a: undefined }].map((now) =>
      ["`facts/now", () => connex.evaluate("retention.evaluate", { class: "recording", now })]),
    ["`request`", () => engine.execute(null)],
    ["`request`", () => engine.execute(new Map())],
    ["`request/actor`", () => engine.execute({ command: "a", actor: undefined })],
    ["`request` is nested too deeply", () => engine.execute(cycle)],
    ["`request`", () => engine.executeJson({})],
    ["`args`", () => engine.system.report.coverage(new Map())],
    ["`details` is nested too deeply", () => rights(cycle)],
    ["`details`", () => rights(new Map())],
    ["`details/records`", () => rights({ records: undefined })],
    ["`details/a/1`", () => rights({ a: [1, () => {}] })],
    ["`details/?`", () => rights({ "asha@city.example": 1n })],
    ["`details/n`", () => rights({ n: NaN })],
    ["`more`", () => engine.system.report.coverage({ more: () => {} })],
  ])
    await assert.rejects(async () => call(), (error) => error instanceof TypeError && error.message.startsWith(message), `${message} ${call}`);
  assert.equal(connex.decide("visit.book", new Facts()).unknown.length, 2); // own facts are facts
  assert.equal(connex.decide("visit.book", decide).unknown.length, 2);
  await assert.rejects(engine.system.organisation.put(JSON.parse('{"__proto__": "x"}')), { code: "invalid_argument", path: "/args/?" });
  const now = new Date();
  assert.equal(connex.evaluate("retention.evaluate", { class: "recording", trigger_at: now, now }).state, "active");
  assert.equal((await engine.system.audit.verify()).result.entries, 0);
  await engine.close();
  await (await open({ busyTimeoutMs: 0 })).close();
});

test("whatever is given anywhere, an error names it", async (t) => {
  const before = process.cwd();
  process.chdir(temporary(t)); // where stores may come to be
  t.after(() => process.chdir(before));
  class Own { a = 1; }
  const values = [
    undefined, null, true, 3, -1, 1.5, NaN, 1n, "", "a", "a\0b", kHalf, [], ["a"], [3], [, 1], {}, { a: 1 }, { a: { b() {} } }, new Map(), new Set(["a"]),
    new Date(), new Date("never"), () => {}, Symbol("a"), new Own(), Object(true), Object("a"), Buffer.from("a"), Object.create({ a: 1 }),
    new Error("a"), Promise.resolve(), /a/, { then: 3 },
  ];
  const engine = await connex.open("memory:", { callerClock: true });
  const submit = (details) => engine.system.rights.submit({ id: "r", kind: "access", principal: "p", channel: "email", details });
  const calls = [
    (v) => connex.open(v),
    (v) => connex.open("memory:", v),
    ...["policy", "durability", "callerClock", "busyTimeoutMs", "keys", "sink", "checkpointEntries", "checkpointSeconds", "bucket"].map((name) => (v) => connex.open("memory:", { [name]: v })),
    ...["host", "region", "secretKey"].map((name) => (v) => connex.open("memory:", { bucket: { ...kBucket, [name]: v } })),
    (v) => connex.readScenarios(v),
    ...["file", "passphrase", "environment"].map((name) => (v) => connex.open("memory:", { keys: { [name]: v } })),
    (v) => connex.decide(v, {}),
    (v) => connex.decide("visit.book", v),
    (v) => connex.decide("visit.book", { opt_in_set_by_doctor: v }),
    (v) => connex.evaluate(v, {}),
    (v) => connex.evaluate("visit.book", v),
    (v) => connex.evaluate("view", { viewer_role: v }),
    (v) => connex.redact(v),
    (v) => connex.redact("x", v),
    ...["channel", "known"].map((name) => (v) => connex.redact("x", { [name]: v })),
    (v) => connex.redact("x", { known: { names: v } }),
    (v) => connex.redact("x", { known: { names: [v] } }),
    (v) => engine.actor(v).report.coverage(),
    (v) => engine.actor("system", v).report.coverage(),
    (v) => engine.actor("system", { at: v }).report.coverage(),
    (v) => engine.actor("system", { requestId: v }).organisation.put({ id: "a b", kind: "clinic", name: "A" }),
    (v) => engine.execute(v),
    (v) => engine.executeJson(v),
    (v) => engine.system.rights.submit(v),
    submit,
    (v) => submit({ x: v }),
  ];
  for (const call of calls)
    for (const value of values)
      try {
        const given = await call(value);
        if (given?.close) await given.close();
      } catch (error) {
        if (error instanceof connex.ConnexError) continue;
        assert.ok(error instanceof TypeError && error.message.startsWith("`"), `${call} ${typeof value} ${error}`);
      }
  await engine.close();
});

test("options are those of the call, not of what all objects have", async () => {
  const inherited = { callerClock: true, keys: { file: "x" }, channel: "nowhere", names: ["Asha"], at: kNine, region: 3, passphrase: 3 };
  for (const [name, value] of Object.entries(inherited))
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
  try {
    const engine = await connex.open("memory:", { bucket: kBucket });
    const told = await engine.execute({ command: "audit.verify", actor: "system", at: kNine }).catch(({ path }) => path);
    assert.equal(told, "/at"); // the engine has a clock of its own
    assert.equal((await engine.actor("system", {}).audit.verify()).result.entries, 0);
    assert.equal(engine.redact("Asha", { known: {} }).text, "Asha");
    assert.equal(connex.redact("Asha", {}).text, "Asha");
    await engine.close();
  } finally {
    for (const name of Object.keys(inherited)) delete Object.prototype[name];
  }
});

test("requests that cannot be begun, and one without an answer, fail alone", async (t) => {
  const { default: native } = await import(pathToFileURL(join(dirname(index), "native.js")));
  const { execute } = native;
  t.after(() => (native.execute = execute));
  const engine = await connex.open();
  const verify = () => engine.system.audit.verify().then(({ result }) => result.entries, (error) => error);
  const failed = (error) => assert.deepEqual([error.constructor, error.code], [connex.ConnexError, "internal"]);

  native.execute = () => {
    throw new Error("out of memory");
  };
  for (const error of await Promise.all([verify(), verify()])) failed(error);
  native.execute = async () => Promise.reject(new Error("out of memory"));
  failed(await verify());
  native.execute = execute;
  assert.equal(await verify(), 0);

  native.execute = async (...given) => (await execute(...given)).map((answer, i) => [answer, Object.assign(new Error("no"), { code: "internal", path: "" }), "", undefined][i] ?? answer);
  const [first, ...others] = await Promise.all([verify(), verify(), verify()]);
  assert.equal(first, 0);
  others.forEach(failed);
  native.execute = execute;
  assert.equal(await verify(), 0);
  await engine.close();
});

test("a clock that gives a promise is no clock, also when the promise is rejected", async () => {
  const seen = [];
  const note = (error) => seen.push(error);
  process.on("unhandledRejection", note);
  const late = async () => {
    throw new Error("no time");
  };
  await assert.rejects(connex.open("memory:", { clock: late }), /^TypeError: `clock` must give a valid Date/);
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  assert.deepEqual(seen, []);
});

test("what is no Unicode is refused by the name of its field", async () => {
  const engine = await connex.open();
  const { system } = engine;
  const put = { id: "a", kind: "clinic", name: kHalf };
  for (const [path, call] of [
    ["/store", () => connex.open(kHalf)],
    ["/policy", () => connex.open("memory:", { policy: kHalf })],
    ["/keys/file", () => connex.open("memory:", { keys: { file: kHalf } })],
    ["/keys/passphrase", () => connex.open("memory:", { keys: { passphrase: kHalf } })],
    ["/keys/environment", () => connex.open("memory:", { keys: { environment: kHalf } })],
    ["/text", () => connex.redact(kHalf)],
    ["/text", () => engine.redact(kHalf)],
    ["/channel", () => connex.redact("x", { channel: kHalf })],
    ["/names/1", () => connex.redact("x", { known: { names: ["A", kHalf] } })],
    ["/rule", () => connex.evaluate(kHalf, {})],
    ["/rule", () => connex.decide(kHalf, {})],
    ["/bucket/host", () => connex.open("memory:", { bucket: { ...kBucket, host: kHalf } })],
    ["/bucket/secretKey", () => connex.open("memory:", { bucket: { ...kBucket, secretKey: kHalf } })],
    ["/viewer_role", () => connex.evaluate("view", { viewer_role: kHalf })],
    ["", () => connex.evaluate("visit.book", { [kHalf]: true })],
    ["/actor", () => engine.actor(kHalf).report.coverage()],
    ["/request_id", () => engine.actor("system", { requestId: kHalf }).organisation.put({ ...put, name: "A" })],
    ["/args/name", () => system.organisation.put(put)],
    ["/args/details/a/1", () => system.rights.submit({ id: "r", kind: "access", principal: "p", channel: "email", details: { a: ["b", kHalf] } })],
    ["/args/name", () => engine.execute({ command: "organisation.put", actor: "system", args: put })],
  ])
    await assert.rejects(async () => call(), (error) => {
      assert.deepEqual([error.name, error.code, error.path], ["ConnexError", "invalid_argument", path]);
      return error.message.includes("text is not valid UTF-8");
    }, String(call));
  const said = JSON.parse(await engine.executeJson(`{"command":"organisation.put","actor":"system","args":{"name":"${kHalf}"}}`));
  assert.deepEqual([said.ok, said.error.code, said.error.path], [false, "invalid_argument", "/args/name"]);
  assert.equal((await system.audit.verify()).result.entries, 0);
  await engine.close();
});

test("a closed engine is an error, and what was asked before is still done", async () => {
  const engine = await connex.open();
  const before = Array.from({ length: 600 }, (_, i) => engine.system.organisation.put({ id: `o${i}`, kind: "clinic", name: "A" }));
  const closing = engine.close();
  assert.equal(engine.closed, true);
  const closed = { name: "ConnexError", code: "closed", path: "", message: "the engine is closed" };
  await assert.rejects(engine.system.report.coverage(), closed);
  for (const call of [() => engine.decide("visit.book", {}), () => engine.evaluate("visit.book", {}), () => engine.redact("x"), () => engine.policy])
    assert.throws(call, closed);
  assert.equal((await Promise.all(before)).length, 600);
  await closing;
  assert.equal(engine.close(), closing);
  const disposed = await connex.open();
  disposed[Symbol.dispose ?? Symbol.for("nodejs.dispose")]();
  assert.equal(disposed.closed, true);
});

test("every close waits for what was asked before", async () => {
  const engine = await connex.open();
  let answered = 0;
  for (let i = 0; i < 600; i++) void engine.system.organisation.put({ id: `o${i}`, kind: "clinic", name: "A" }).then(() => answered++);
  engine[Symbol.dispose ?? Symbol.for("nodejs.dispose")]();
  await engine.close();
  await new Promise(setImmediate);
  assert.equal(answered, 600);
});

test("a policy of the host's", async () => {
  const engine = await connex.open("memory:", { policy: JSON.stringify({ ...connex.policy(), version: "2-mine" }) });
  assert.equal(engine.decide("visit.book", {}).policy.version, "2-mine");
  assert.equal(engine.policy.version, "2-mine");
  assert.notEqual(connex.decide("visit.book", {}).policy.version, "2-mine");
  await engine.close();
});

test("where the outer keys are", async (t) => {
  const directory = temporary(t);
  const make = async (store, keys) => {
    const engine = await connex.open(store, { keys });
    await engine.system.principal.register({ id: "dr", role: "doctor", name: "Dr Asha Rao", adult_attested: true });
    await engine.close();
    await opens(store, keys);
  };
  const opens = async (store, keys) => {
    const engine = await connex.open(store, { keys });
    const { result } = await engine.actor("dr").principal.view({ subject: "dr" });
    assert.equal(result.fields.name, "Dr Asha Rao");
    await engine.close();
  };
  const refused = (store, keys, code, text) =>
    assert.rejects(connex.open(store, { keys }), (error) =>
      error instanceof connex.ConnexError && error.code === code && text.test(error.message) && !error.message.includes("geheim"));

  const [a, b, c] = ["a.db", "b.db", "c.db"].map((name) => join(directory, name));
  await make(a);
  await opens(a, { file: `${a}.key` });
  await refused(a, { file: join(directory, "nowhere") }, "not_found", /is missing/);
  await refused(a, { passphrase: "geheim" }, "invalid_argument", /without a passphrase/);
  const file = join(directory, "keys");
  await make(b, { file, passphrase: "geheim 1" });
  await refused(b, { file }, "invalid_argument", /needs a passphrase/);
  await refused(b, { file, passphrase: "geheim 2" }, "corrupt", /the passphrase is another/);
  await refused(b, { file: `${a}.key` }, "not_found", /does not hold the key that the store is sealed under/);
  process.env.CONNEX_TEST_KEYS = "ab".repeat(32);
  await make(c, { environment: "CONNEX_TEST_KEYS" });
  process.env.CONNEX_TEST_KEYS = "cd".repeat(32);
  await refused(c, { environment: "CONNEX_TEST_KEYS" }, "not_found", /does not hold the key/);
  process.env.CONNEX_TEST_KEYS = "no key";
  await refused(c, { environment: "CONNEX_TEST_KEYS" }, "invalid_argument", /64 hexadecimal digits/);
  delete process.env.CONNEX_TEST_KEYS;
  await refused(c, { environment: "CONNEX_TEST_KEYS" }, "not_found", /is not set/);
  for (const keys of [3, "file:keys", null, { file: 3 }, { passphrase: 3 }, { environment: 3 }, { path: "x" }, { file: "x", environment: "Y" }])
    await assert.rejects(connex.open("memory:", { keys }), TypeError, JSON.stringify(keys));
});

test("a policy that is published decides at once", async () => {
  const pack = { ...connex.policy(), version: "2-tighter" };
  pack.visit = { ...pack.visit, opens_minutes_before: pack.visit.opens_minutes_before - 5 };
  const engine = await connex.open("memory:", { callerClock: true });
  const other = await connex.open();
  const system = engine.actor("system", { at: kNine });
  assert.notEqual(engine.decide("visit.book", {}).policy.version, "2-tighter");
  const published = await system.policy.publish({ pack, effective_at: kNine, material: false });
  assert.equal(published.decision.permitted, true);
  await system.report.coverage();
  assert.equal(engine.policy.version, "2-tighter");
  assert.equal(engine.decide("visit.book", {}).policy.version, "2-tighter");
  assert.deepEqual(engine.decide("visit.book", {}), engine.evaluate("visit.book", {}));
  for (const apart of [connex, other]) assert.notEqual(apart.decide("visit.book", {}).policy.version, "2-tighter");
  await engine.close();
  await other.close();
});

// A key service of a host's own, in few lines: a keystream, and a tag over it; at once or after a while.
function keyService(secret, pause = (value) => value) {
  const tag = (...parts) => parts.reduce((hmac, part) => hmac.update(part).update("|"), createHmac("sha256", secret)).digest();
  const mix = (a, b) => Buffer.from(a.map((byte, i) => byte ^ b[i]));
  return {
    calls: [],
    current: () => pause({ id: "kms:main", version: 3 }),
    wrap(key, label, secret) {
      this.calls.push([key, secret.length]);
      const hidden = mix(secret, tag(label));
      return pause(new Uint8Array(Buffer.concat([hidden, tag(label, hidden)])));
    },
    unwrap(key, label, wrapped) {
      if (!tag(label, wrapped.subarray(0, 32)).equals(wrapped.subarray(32))) throw new Error("another key");
      return pause(mix(wrapped.subarray(0, 32), tag(label)));
    },
  };
}

const kDoctor = { id: "dr", role: "doctor", name: "Dr Asha Rao", adult_attested: true };

test("a key service of the host's", async (t) => {
  const store = join(temporary(t), "a.db");
  const later = (value) => new Promise((resolve) => setTimeout(resolve, 2, value));
  const service = keyService("one", later);
  let engine = await connex.open(store, { keys: service });
  await engine.system.principal.register(kDoctor);
  assert.deepEqual(service.calls.at(-1), [{ id: "kms:main", version: 3 }, 32]);
  await engine.close();
  assert.throws(() => readFileSync(`${store}.key`));
  for (const again of [keyService("one"), keyService("one", later)]) {
    engine = await connex.open(store, { keys: again });
    assert.equal((await engine.actor("dr").principal.view({ subject: "dr" })).result.fields.name, "Dr Asha Rao");
    await engine.close();
  }

  const heard = [];
  const hear = (warning) => heard.push(warning.message);
  process.on("warning", hear);
  const failed = { name: "ConnexError", code: "storage", message: /the host's key provider did not/ };
  await assert.rejects(connex.open(store, { keys: keyService("two") }), failed);
  for (const wrong of [
    { current: () => null }, { current: () => ({ id: "no id!", version: 1 }) }, { current: () => ({ id: "a", version: -1 }) },
    { current: () => ({ id: "a".repeat(65), version: 1 }) }, { current: async () => { throw "no error"; } },
    { wrap: () => "text" }, { wrap: () => null }, { wrap: () => new Uint8Array(5000) }, { wrap: () => { throw new Error("no"); } },
  ])
    await assert.rejects(async () => {
      const broken = await connex.open("memory:", { keys: { ...keyService("one"), ...wrong } });
      await broken.system.principal.register(kDoctor);
    }, failed, String(Object.values(wrong)[0]));
  for (const unwrap of [() => new Uint8Array(5), () => undefined])
    await assert.rejects(connex.open(store, { keys: { ...keyService("one"), unwrap } }), failed);
  await new Promise(setImmediate);
  process.off("warning", hear);
  for (const why of ["another key", "`wrap()` must be at most 4096 bytes", "`unwrap()` must be 32 bytes"]) assert.ok(heard.includes(why), heard);
  assert.ok(heard.filter((why) => why === "`current()` must be a key with its id and version").length >= 4, heard);
  await assert.rejects(connex.open("memory:", { keys: { current() {}, wrap() {} } }), TypeError);
});

const kBucket = { host: "acct.r2.example", name: "calls", accessKey: "AKIDEXAMPLE", secretKey: "zq7x" };
const kClinic = { id: "a", kind: "clinic", name: "A" };

// What the process is warned of meanwhile.
async function hears(call) {
  const heard = [];
  const hear = (warning) => heard.push(warning);
  process.on("warning", hear);
  await call();
  await new Promise(setImmediate);
  process.off("warning", hear);
  return heard;
}

test("every option of the C interface is here", () => {
  const header = readFileSync(new URL("../../include/connex/connex.h", import.meta.url), "utf8");
  const addon = readFileSync(new URL("../../bindings/node/addon.c", import.meta.url), "utf8");
  const [, body] = header.match(/typedef struct connex_engine_options \{(.*?)\} connex_engine_options;/s);
  const fields = [...body.replace(/\/\*.*?\*\//gs, "").matchAll(/\(?\*?(\w+)\)?(?:\([^;]*\))?;/g)].map(([, field]) => field);
  assert.ok(fields.length > 10, fields);
  for (const field of fields) assert.ok(addon.includes(`o->${field} = `), field);
});

test("checkpoints go to the sink, and fall due", async (t) => {
  const store = join(temporary(t), "a.db");
  for (const pause of [(value) => value, (value) => new Promise((resolve) => setTimeout(resolve, 2, value))]) {
    const kept = [];
    const engine = await connex.open(store, { sink: (note) => pause(void kept.push(note)) });
    await engine.system.organisation.put(kClinic);
    assert.deepEqual(kept, []);
    const { result } = await engine.system.audit.checkpoint();
    assert.equal(result.published, true);
    assert.deepEqual(kept, [result.checkpoint]);
    assert.match(kept[0], /^connex\/[^\n]+\n\d\n/);
    await engine.close();
  }
  const without = await connex.open(store);
  assert.equal((await without.system.audit.checkpoint()).result.published, false);
  await without.close();

  const sizes = [];
  const sink = (note) => { sizes.push(note.split("\n")[1]); };
  const byEntries = await connex.open("memory:", { sink, checkpointEntries: 3 });
  await Promise.all(["a", "b", "c", "d"].map((id) => byEntries.system.organisation.put({ ...kClinic, id })));
  await byEntries.close();
  assert.deepEqual(sizes, ["3"]);
  let now = new Date(kNine);
  const bySeconds = await connex.open("memory:", { sink, checkpointSeconds: 60, clock: () => now });
  await bySeconds.system.organisation.put(kClinic);
  sizes.length = 0; // the first comes at once, there being none before it
  await bySeconds.system.organisation.put(kClinic);
  assert.deepEqual(sizes, []);
  now = new Date(now.getTime() + 60_000);
  await bySeconds.system.organisation.put(kClinic);
  assert.equal(sizes.length, 1);
  await bySeconds.close();
});

test("a sink that fails hinders nothing", async () => {
  for (const sink of [
    () => { throw new Error("no room"); }, async () => { throw new Error("no room"); }, () => { throw "no room"; },
    () => true, () => false, () => null, async () => "kept", () => new Proxy(() => {}, { get() { throw new Error("sly"); } }),
  ]) {
    const engine = await connex.open("memory:", { sink });
    await engine.system.organisation.put(kClinic);
    let answer;
    const heard = await hears(async () => (answer = await engine.system.audit.checkpoint()));
    assert.equal(answer.decision.permitted, true);
    assert.equal(answer.result.published, false, sink);
    assert.equal(heard.length, 1, sink);
    assert.equal((await engine.system.audit.verify()).result.valid, true);
    await engine.close();
  }
});

test("the host's clock", async () => {
  let tell = () => new Date(kNine);
  const engine = await connex.open("memory:", { clock: () => tell() });
  const put = () => engine.system.organisation.put(kClinic);
  await put();
  const { result } = await engine.system.audit.list({ limit: 1 });
  assert.equal(result.entries[0].at, "2026-11-23T09:00:00+05:30");
  for (const wrong of [() => new Date("never"), () => Date.now(), () => kNine, () => {}, async () => new Date(), () => { throw new Error("no time"); }, () => { throw null; }]) {
    tell = wrong;
    const heard = await hears(() => assert.rejects(put(), { name: "ConnexError", code: "internal" }));
    assert.equal(heard.length, 1, wrong);
    tell = () => new Date(kNine);
    await put();
  }
  await engine.close();
  for (const clock of [3, null, {}, Date.now, () => {}, async () => new Date()]) await assert.rejects(connex.open("memory:", { clock }), TypeError);
  await assert.rejects(connex.open("memory:", { clock() { throw new RangeError("no time"); } }), RangeError);
});

test("the keys, the clock and the sink of one engine, and of many at once", async () => {
  await Promise.all(Array.from({ length: 8 }, async (_, n) => {
    const kept = [];
    const at = new Date(Date.parse(kNine) + n * 1000);
    const engine = await connex.open("memory:", { keys: keyService("one"), clock: () => at, sink: async (note) => void kept.push(note), checkpointEntries: 1 });
    await Promise.all(Array.from({ length: 20 }, (_, i) => engine.system.principal.register({ ...kDoctor, id: `d${i}` })));
    const { entries } = (await engine.system.audit.list({ limit: 1 })).result;
    assert.equal(Date.parse(entries[0].at), at.getTime());
    assert.equal(kept.length, 20);
    await engine.close();
  }));
});

test("a bucket gives addresses", async () => {
  const engine = await connex.open("memory:", { bucket: kBucket, callerClock: true });
  const lines = readFileSync(new URL("../faults/commands.jsonl", import.meta.url), "utf8").replace("s3://bucket/key", "calls/v-1.mp4").trim().split("\n");
  let hash, url;
  for (const line of lines) {
    const { result } = JSON.parse(await engine.executeJson(line.replace("$hash", hash)));
    hash = result?.hash ?? hash;
    url ??= result?.url;
  }
  assert.match(url, /^https:\/\/acct\.r2\.example\/calls\/calls\/v-1\.mp4\?.*X-Amz-Credential=AKIDEXAMPLE%2F\d+%2Fauto%2F/);
  assert.ok(!url.includes("zq7x"));
  await engine.close();
});

test("scenario files", () => {
  const child = { name: "a child", clauses: ["C10-a"], rule: "account.open", facts: { holder_is_adult: false, holder_not_reported_minor: true }, expect: { permitted: false } };
  const content = JSON.stringify({ title: "T", scenarios: [child, { ...child, name: "wrong", expect: { permitted: true } }] });
  for (const given of [content, Buffer.from(content), new TextEncoder().encode(content)]) {
    const file = connex.readScenarios(given);
    assert.equal(file.title, "T");
    assert.deepEqual(file.scenarios[0], { name: "a child", clauses: ["C10-a"] });
    const results = [...file.playAll()];
    assert.deepEqual(results.map(({ name, passed, failure }) => [name, passed, failure]), [["a child", true, ""], ["wrong", false, "expected permitted true, got false"]]);
    assert.equal(connex.exercised(results).get("C10-a"), 1);
    assert.equal(connex.exercised(results).get("C10-b"), 0);
    assert.equal(connex.exercised(new Set(results)).get("C10-a"), 1);
    for (const wrong of [3, null, undefined, {}, "C10-a", true, () => results])
      assert.throws(() => connex.exercised(wrong), { name: "TypeError", message: "`results` must be an iterable of results" });
    for (const wrong of [3, null, undefined, {}, "C10-a", { passed: true }, { passed: 1, clauses: [] }])
      assert.throws(() => connex.exercised([results[0], wrong]), { name: "TypeError", message: "`results/1` must be a result of a scenario" });
    assert.ok(isFrozen(file.scenarios) && isFrozen(results[0]));
    for (const index of [-1, 2, 0.5, NaN, "0", null, undefined]) assert.throws(() => file.play(index), TypeError);
    for (const engine of [null, {}, 3, file]) assert.throws(() => file.play(0, engine), TypeError);
  }
  for (const [path, told] of [["", "{"], ["/title", '{"title": 3, "scenarios": []}'], ["/scenarios", '{"title": "T", "scenarios": []}'], ["/content", kHalf]])
    assert.throws(() => connex.readScenarios(told), { name: "ConnexError", code: "invalid_argument", path });
  for (const wrong of [undefined, null, 3, {}, [], new ArrayBuffer(3)]) assert.throws(() => connex.readScenarios(wrong), TypeError);
});

test("scenarios are played by the policy of an engine", async () => {
  const pack = { ...connex.policy(), version: "2-mine" };
  pack.visit = { ...pack.visit, opens_minutes_before: 0 };
  const engine = await connex.open("memory:", { policy: JSON.stringify(pack) });
  const story = { name: "n", clauses: [], steps: [{ command: "policy.list", actor: "system", at: kNine, expect: { result: { versions: [{ version: "2-mine" }] } } }] };
  const file = connex.readScenarios(JSON.stringify({ title: "T", scenarios: [story] }));
  assert.equal(file.play(0, engine).failure, "");
  assert.match(file.play(0).failure, /^step 1, policy.list: expected result/);
  await engine.close();
  assert.throws(() => file.play(0, engine), { code: "closed" });
});

test("a worker is terminated at once while its host has not answered", async () => {
  for (const asked of ["sink", "clock", "keys"]) {
    const program = `
      const { workerData, parentPort } = require("node:worker_threads");
      import(workerData).then(async (connex) => {
        const never = () => { parentPort.postMessage("asked"); return new Promise(() => {}); };
        const options = {
          sink: { sink: never, checkpointEntries: 1 },
          clock: { clock() { parentPort.postMessage("asked"); for (const end = Date.now() + 2000; Date.now() < end;); return new Date(); } },
          keys: { keys: { current: never, wrap: never, unwrap: never } },
        };
        const engine = await connex.open("memory:", options.${asked});
        for (let i = 0; i < 20; i++) void engine.system.organisation.put({ ...${JSON.stringify(kClinic)}, id: "o" + i }).catch(() => {});
      });`;
    const worker = new Worker(program, { eval: true, workerData: pathToFileURL(index).href });
    await once(worker, "message");
    const began = Date.now();
    await worker.terminate();
    assert.ok(Date.now() - began < 5_000, `${asked}: ${Date.now() - began} ms`);
  }
});

test("a worker and a process end while a key service has not answered", async () => {
  const program = `
    const { workerData, parentPort } = require("node:worker_threads");
    import(workerData).then((connex) => {
      const never = () => { parentPort.postMessage("asked"); return new Promise(() => {}); };
      connex.open("memory:", { keys: { current: never, wrap: never, unwrap: never } })
        .then((engine) => engine.system.principal.register(${JSON.stringify(kDoctor)})).catch(() => {});
    });`;
  const worker = new Worker(program, { eval: true, workerData: pathToFileURL(index).href });
  await once(worker, "message");
  const began = Date.now();
  await worker.terminate();
  const leaves = `
    const connex = await import(${JSON.stringify(pathToFileURL(index).href)});
    const never = () => { setImmediate(() => process.exit(3)); return new Promise(() => {}); };
    await connex.open("memory:", { keys: { current: never, wrap: never, unwrap: never } });`;
  assert.equal(run(process.execPath, ["--input-type=module", "--eval", leaves]).status, 3);
  const leavesTheSink = `
    const connex = await import(${JSON.stringify(pathToFileURL(index).href)});
    const engine = await connex.open("memory:", { sink() { setImmediate(() => process.exit(3)); return new Promise(() => {}); }, checkpointEntries: 1 });
    await engine.system.organisation.put(${JSON.stringify(kClinic)});`;
  assert.equal(run(process.execPath, ["--input-type=module", "--eval", leavesTheSink]).status, 3);
  assert.ok(Date.now() - began < 25_000);
});

const kWorker = `
const { workerData, parentPort } = require("node:worker_threads");
(async () => {
  const connex = await import(workerData.index);
  const engine = await connex.open(workerData.store, { durability: "normal", busyTimeoutMs: 30000 });
  for (let i = 0; i < 50; i++) {
    await engine.system.organisation.put({ id: "o-" + workerData.n + "-" + i, kind: "clinic", name: "A" });
    if (connex.decide("visit.book", {}).permitted) throw new Error("permitted");
    connex.redact("call 98200 55443");
  }
  if (workerData.leave) void engine.system.report.coverage();  // and goes in the middle of it
  else await engine.close();
  parentPort.postMessage("done");
  if (workerData.leave) process.exit(0);
})();`;

function runWorker(workerData) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(kWorker, { eval: true, workerData: { index: String(pathToFileURL(index)), ...workerData } });
    worker.once("error", reject);
    worker.once("exit", resolve);
  });
}

test("four workers at once on one file", async (t) => {
  const store = join(temporary(t), "connex.db");
  await Promise.all([0, 1, 2, 3].map((n) => runWorker({ store, n, leave: n === 3 })));
  const engine = await connex.open(store);
  assert.equal((await engine.system.audit.verify()).result.entries, 200);
  await engine.close();
});

test("workers come and go", async () => {
  for (let i = 0; i < 10; i++) await runWorker({ store: "memory:", n: i, leave: i % 2 === 0 });
});

// Bytes of memory that the process holds, and that V8 uses, once it has collected, told of it and given back what it will.
async function held() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { rss, heapUsed } = process.memoryUsage();
  return [rss, heapUsed];
}

const kRounds = 7;
const kMostGrown = 256 << 10; // bytes in a round

// The same work in several rounds, and by how much each of the two grew in each round, the least first.
async function growths(call, calls) {
  const round = async () => {
    for (let i = 0; i < calls / kRounds; i++) await call();
    return held();
  };
  await round();
  const sizes = [await round()];
  while (sizes.length <= kRounds) sizes.push(await round());
  return [0, 1].map((which) => sizes.slice(1).map((size, i) => size[which] - sizes[i][which]).sort((a, b) => a - b));
}
// What leaks grows in every round, but for one in which V8's heap may shrink; what comes and goes does not.
const lasting = (grown) => Math.max(...grown.map((sorted) => sorted[1]));

async function flat(name, call, calls, each = 1) {
  const grown = await growths(call, calls);
  const [held, used] = grown.map((sorted) => sorted.map((bytes) => `${bytes < 0 ? "" : "+"}${Math.round(bytes / 1024)}`).join(" "));
  console.log(`# ${name}: ${held} KiB held, ${used} used, in rounds of ${Math.ceil(calls / kRounds) * each} calls`);
  assert.ok(lasting(grown) < kMostGrown, `at least ${lasting(grown)} bytes more in each round`);
}

test("a leak of 100 bytes a call is found", async () => {
  for (const make of [() => new ArrayBuffer(100), () => new Array(12).fill(0.5)]) { // in memory of its own, and in V8's
    const kept = [];
    const grown = await growths(() => { connex.redact("call 98200 55443"); kept.push(make()); }, 100_000);
    assert.ok(lasting(grown) >= 2 * kMostGrown, grown.join(" | "));
  }
});

test("memory stays flat", async (t) => {
  assert.ok(globalThis.gc, "run with --expose-gc");
  const facts = { doctor_recording_enabled: true, company_recording_enabled: false };
  await t.test("decisions", () => {
    const many = () => { for (let i = 0; i < 1000; i++) connex.decide("recording.eligible", facts); };
    return flat("decisions", many, kCalls / 1000, 1000);
  });
  await t.test("decisions on ever other facts", () => {
    const names = connex.gates().find(({ rule }) => rule === "recording.start").facts.map(({ name }) => name);
    let n = 0;
    const other = () => Object.fromEntries(names.map((name, i) => [name, [true, false, null][Math.floor(n / 3 ** i) % 3]]));
    const many = () => { for (let i = 0; i < 1000; i++, n++) connex.decide("recording.start", other()); };
    return flat("decisions on ever other facts", many, kCalls / 1000, 1000);
  });
  await t.test("pure rules", () => flat("pure rules", () => connex.evaluate("visit.book", {}), kCalls / 5));
  const refused = (call) => () => { try { call(); } catch { return; } throw new Error("not refused"); };
  await t.test("refusals", async () => {
    await flat("refused by the engine", refused(() => connex.evaluate("no.rule", {})), kCalls / 5);
    await flat("refused facts", refused(() => connex.decide("visit.book", { opt_in_set_by_doctor: 1 })), kCalls / 2);
    await flat("refused texts", refused(() => connex.redact(kHalf)), kCalls / 2);
  });
  await t.test("redaction", () => {
    const known = { phones: ["+91 98200 55443"], names: ["Asha Rao"] };
    return flat("redaction", () => connex.redact("call Asha Rao at 98200 55443", { known }), kCalls / 10);
  });
  await t.test("commands", async () => {
    const engine = await connex.open();
    await people(engine, {});
    const many = (call) => () => Promise.all(Array.from({ length: 100 }, call));
    await flat("commands", many(() => engine.system.audit.list({ limit: 1 })), kCalls / 1000, 100);
    await flat("refused commands", many(() => engine.actor("x").audit.list().catch(() => {})), kCalls / 1000, 100);
    await engine.close();
  });
  await t.test("engines", () => flat("engines", async () => { await (await connex.open()).close(); }, 300));
  await t.test("engines that nobody closes", () => flat("engines that nobody closes", () => connex.open(), 300));
  await t.test("engines with callbacks", () => flat("engines with callbacks", async () => {
    const engine = await connex.open("memory:", { keys: keyService("one"), clock: () => new Date(), sink() {}, checkpointEntries: 1 });
    await engine.system.organisation.put(kClinic);
    await engine.close();
  }, 300));
  await t.test("scenarios", async () => {
    const told = { title: "T", scenarios: [{ name: "n", clauses: [], steps: [{ command: "policy.list", actor: "system", args: {} }] }] };
    await flat("scenarios", () => connex.readScenarios(JSON.stringify(told)).play(0), 300);
    await flat("refused scenarios", refused(() => connex.readScenarios('{"title": "T", "scenarios": [3]}')), kCalls / 10);
  });
});

function run(program, args, options) {
  const done = spawnSync(program, args, { encoding: "utf8", timeout: 120000, ...options });
  return { status: done.status, said: done.stdout, complained: done.stderr };
}

// The start in the README, where `connex` is installed.
function runsTheStart(directory) {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const [, program] = readme.match(/^```js\n(.*?)^```$/ms);
  writeFileSync(join(directory, "start.mjs"), program);
  const { said, complained } = run(process.execPath, ["start.mjs"], { cwd: directory });
  assert.equal(complained, "");
  assert.match(said, /^C6\.3-b .*call me on \[phone hidden\]\n\[ 'doctor_virtual_visits_disabled', 'opt_in_not_set_by_doctor' \]\n$/s);
}

test("the report on scenario files is that of the tool", (t) => {
  const directory = temporary(t);
  const scenarios = fileURLToPath(new URL("../scenarios/", import.meta.url));
  const every = readdirSync(scenarios).filter((name) => name.endsWith(".json")).map((name) => join(scenarios, name));
  const told = JSON.parse(readFileSync(join(scenarios, "10_children.json"), "utf8"));
  told.title = 'T\x1b <&>"\ufffe\n';
  Object.assign(told.scenarios[1], { name: 'é\x07 <&>"\t', expect: { effect: "permit" } });
  told.scenarios[2].clauses = ["C1-a"];
  const [wrong, none, pack] = ["wrong.json", "none.json", "pack.json"].map((name) => join(directory, name));
  writeFileSync(wrong, JSON.stringify(told));
  writeFileSync(none, '{"title": "T", "title": "U", "scenarios": []}');
  writeFileSync(pack, JSON.stringify({ ...connex.policy(), version: "mine" }));
  const cli = join(dirname(index), "cli.js");
  for (const [code, args] of [
    [0, every], [0, [...every, "--clauses"]], [0, [every[0], "--policy", pack]], [1, [every[0], "--all-clauses"]], [0, [...every, "--json"]],
    [1, [wrong, none, "nowhere.json", every[0]]], [1, [wrong, none, "nowhere.json", every[0], "--json"]],
  ]) {
    const [ours, big] = [[process.execPath, cli], [process.env.CONNEX]].map(([program, ...first], i) => {
      const junit = join(directory, `${i}.xml`);
      return { ...run(program, [...first, "test", ...args, "--junit", junit], { cwd: directory }), junit: readFileSync(junit, "utf8") };
    });
    assert.equal(ours.status, code, args);
    assert.deepEqual(ours, big);
  }
  const tool = (program, args) => run(program, args, { cwd: directory });
  for (const [code, args] of [[2, []], [2, ["dance"]], [2, ["test"]], [2, ["test", "--dance", every[0]]], [2, ["test", "--policy=", every[0]]], [2, ["test", "--junit=", every[0]]], [0, ["--help"]], [0, ["--version"]]]) {
    const ours = tool(process.execPath, [cli, ...args]);
    assert.equal(ours.status, code, args);
    assert.equal(ours.complained === "", code === 0);
    assert.doesNotMatch(ours.complained, /\n    at /);
  }
  const broken = { empty: "", half: Buffer.from('{"a": "\xe2\x82"}', "latin1"), long: Buffer.alloc(16 * 2 ** 20 + 1, " "), older: "{}", shut: "[" };
  for (const [name, content] of Object.entries(broken)) writeFileSync(join(directory, name), content);
  for (const options of [
    ...["nowhere.json", "no/such.json", ".", none, ...Object.keys(broken)].flatMap((name) => [["--policy", name], [name]]),
    ...["no/such.xml", "."].map((name) => ["--junit", name]), ["--policy", "nowhere.json", "--junit", "."],
    ...(existsSync("/dev/full") ? [["--junit", "/dev/full"]] : []),
  ]) {
    const [ours, big] = [[process.execPath, cli], [process.env.CONNEX]].map(([program, ...first]) => tool(program, [...first, "test", every[0], ...options]));
    assert.equal(ours.status, 1, options);
    assert.match(ours.complained, /^connex: [a-z_]+: [^\n]*`[^\n]*\n$/);
    assert.deepEqual(ours, big);
  }
});

test("tsc is content with the package and finds mistakes", { skip: process.env.TSC ? false : "tsc is not installed" }, (t) => {
  const directory = temporary(t);
  const program = (lines) => {
    const file = join(directory, "program.mts");
    writeFileSync(file, [`import * as connex from ${JSON.stringify(index)};`, ...lines].join("\n"));
    const options = ["--strict", "--noEmit", "--target", "es2022", "--module", "node16", "--moduleResolution", "node16"];
    return run(process.env.TSC, [...options, file]);
  };
  const good = program([
    'const decision: connex.Decision = connex.decide("visit.book", { opt_in_set_by_doctor: true });',
    'const facts: connex.VisitBookFacts = { opt_in_set_by_doctor: null };',
    'const clauses: string[] = decision.reasons.map(({ clause }) => clause);',
    'const engine = await connex.open("memory:", { callerClock: true, keys: { passphrase: "p" } });',
    'const answer = await engine.actor("mr").visit.book({ id: "v", doctor: "d", representative: "r", starts_at: new Date(), ends_at: "x" });',
    "if (answer.decision.permitted) console.log(answer.result.state, clauses, facts);",
    "await engine.system.report.coverage();",
    "engine[Symbol.dispose]();",
    "const same = async (key: connex.OuterKey, label: Uint8Array, bytes: Uint8Array) => bytes;",
    'await connex.open("memory:", { keys: { current: () => ({ id: "a", version: 1 }), wrap: same, unwrap: same } });',
    'const bucket: connex.Bucket = { host: "h", name: "n", accessKey: "a", secretKey: "s" };',
    "const kept: string[] = [];",
    'await connex.open("memory:", { clock: () => new Date(), sink: async (note) => { kept.push(note); }, checkpointEntries: 3, checkpointSeconds: 60, bucket });',
    'const [result] = connex.readScenarios("{}").playAll();',
    "const told: [string, boolean, readonly string[]] | undefined = result && [result.failure, result.passed, result.clauses];",
    "console.log(told, connex.exercised([]).size);",
    'const span: connex.SpanType | undefined = connex.redact("x").findings[0]?.type;',
    'if (span === "PHONE") console.log(connex.evaluate("view", {}).show);',
    "const later = (rule: string, facts: Record<string, unknown>): connex.Decision => connex.decide(rule, facts);",
    "for (const { rule } of connex.gates()) console.log(later(rule, {}).permitted, engine.decide(rule, {}).permitted);",
    'const either = (rule: "visit.book" | "visit.join", held: Record<string, boolean | null>) => [connex.decide(rule, {}), connex.decide("visit.book", held)];',
    "console.log(either);",
  ]);
  assert.deepEqual([good.status, good.said], [0, ""]);
  const bad = program([
    'connex.decide("visit.book", { opt_in: true });',
    'connex.decide("visit.dance", {});',
    'const engine = await connex.open();',
    "await engine.system.principal.terminate({ id: 3 });",
    "await engine.system.principal.terminate({});",
    'await engine.system.principal.fly({ id: "a" });',
    'connex.decide("visit.book", {}).permitted = true;',
    '(await engine.system.audit.verify()).result.valid = true;',
    'connex.evaluate("view", {}).show = [];',
    'await connex.open("memory:", { sink: (note: string) => note.length > 3 });',
    'await connex.open("memory:", { bucket: { host: "h" } });',
    'connex.decide("visit.book", { opt_in_set_by_doctor: "yes" });',
    'connex.decide("visit.book" as string, 3);',
    "connex.decide(3, {});",
  ]);
  const lines = new Set([...bad.said.matchAll(/program\.mts\((\d+),/g)].map((match) => match[1]));
  assert.deepEqual([...lines], ["2", "3", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"]);
});

test("npm install in a checkout builds again what has changed", (t) => {
  const directory = temporary(t);
  const here = join(directory, "bindings", "node");
  mkdirSync(here, { recursive: true });
  copyFileSync(new URL("../../bindings/node/install.mjs", import.meta.url), join(here, "install.mjs"));
  const bin = join(directory, "bin");
  mkdirSync(bin);
  const install = (PATH) => run(process.execPath, [join(here, "install.mjs")], { env: { PATH } });
  assert.deepEqual(install(bin), { status: 0, said: "", complained: "" }); // of a package, which has no sources
  writeFileSync(join(here, "addon.c"), "");
  const helpless = install(bin);
  assert.equal(helpless.status, 1);
  assert.match(helpless.complained, /cmake.*It needs a C\+\+20 compiler/s);
  const made = ["LICENSE", "commands.d.ts", "connex.node", "facts.js"];
  const files = made.map((name) => `echo "$n" > ${here}/build/bindings/node/${name}`).join("\n");
  writeFileSync(join(bin, "cmake"), `#!/bin/sh\necho "$@" >> ${directory}/asked\n[ "$1" = --build ] || exit 0\nmkdir -p ${here}/build/bindings/node\nn=$(wc -l < ${directory}/asked)\n${files}\n`, { mode: 0o755 });
  for (const times of ["2", "4"]) {
    assert.equal(install(`${bin}:/usr/bin:/bin`).status, 0);
    for (const name of made) assert.equal(readFileSync(join(here, name), "utf8").trim(), times);
  }
  writeFileSync(join(bin, "cmake"), "#!/bin/sh\nexit 1\n");
  assert.equal(install(`${bin}:/usr/bin:/bin`).status, 1);
});

test("the packed package runs in an empty directory", { skip: process.env.NPM ? false : "npm is not installed" }, (t) => {
  const directory = temporary(t);
  const quiet = ["--offline", "--no-audit", "--no-fund", "--cache", join(directory, "cache")];
  const packed = run(process.env.NPM, ["pack", dirname(index), "--silent", ...quiet], { cwd: directory });
  assert.equal(packed.status, 0, packed.complained);
  const archive = packed.said.trim();
  writeFileSync(join(directory, "package.json"), "{}");
  const installed = run(process.env.NPM, ["install", `./${archive}`, ...quiet], { cwd: directory });
  assert.equal(installed.status, 0, installed.complained);
  runsTheStart(directory);
  const licence = (path) => readFileSync(path, "utf8");
  assert.equal(licence(join(directory, "node_modules/connex/LICENSE")), licence(new URL("../../LICENSE", import.meta.url)));
  const scenarios = fileURLToPath(new URL("../scenarios/10_children.json", import.meta.url));
  const played = run(join(directory, "node_modules/.bin/connex"), ["test", scenarios]);
  assert.match(played.said, /\n[1-9]\d* passed, 0 failed\n$/);
});

test("the addon has a C++ library of its own, whatever Node carries", () => {
  const needed = run("ldd", [join(dirname(index), "connex.node")]);
  assert.match(needed.said, /libcrypto/);
  assert.doesNotMatch(needed.said, /libstdc\+\+/);
});

test("the package names what it ships, and its version is the library's", () => {
  const manifest = JSON.parse(readFileSync(join(dirname(index), "package.json"), "utf8"));
  assert.equal(manifest.version, connex.version);
  for (const file of manifest.files) readFileSync(join(dirname(fileURLToPath(pathToFileURL(index))), file));
});

test("the start in the README", (t) => {
  const directory = temporary(t);
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(dirname(index), join(directory, "node_modules", "connex"));
  runsTheStart(directory);
});
