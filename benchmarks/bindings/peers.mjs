// Other engines deciding recording.start from the same facts, and what each makes of hostile input. Each rule is
// written as its documentation writes one. After `npm install` in this directory:
// peers.mjs PACKAGE hostile, or peers.mjs PACKAGE ENGINE for the times of one, in a process of its own: node 20 dies on
// an exception in some of these once others are optimised.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { AbilityBuilder, createMongoAbility, subject } from "@casl/ability";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { newEnforcer, newModelFromString, StringAdapter } from "casbin";
import { parse } from "cel-js";
import { Engine as Rules } from "json-rules-engine";

const connex = await import(pathToFileURL(resolve(process.argv[2], "index.js")));
const names = connex.gates().find(({ rule }) => rule === "recording.start").facts.map(({ name }) => name);
const all = Object.fromEntries(names.map((name) => [name, true]));

const { can, build } = new AbilityBuilder(createMongoAbility);
can("start", "Recording", all);
const ability = build();

const matcher = names.map((name) => `r.sub.${name}`).join(" && ");
const enforcer = await newEnforcer(
  newModelFromString(`[request_definition]\nr = sub, act\n[policy_definition]\np = act\n[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = r.act == p.act && ${matcher}`),
  new StringAdapter("p, start"),
);

const cel = parse(names.map((name) => `f.${name}`).join(" && "));
const { evaluate } = await import("cel-js");

const rules = new Rules([], { allowUndefinedFacts: true });
rules.addRule({ conditions: { all: names.map((fact) => ({ fact, operator: "equal", value: true })) }, event: { type: "permit" } });

const when = names.map((name) => `context.${name}`).join(" && ");
const parsed = cedar.preparsePolicySet("gate", {
  staticPolicies: `permit(principal, action == Action::"start", resource) when { ${when} };`,
});
if (parsed.type !== "success") throw new Error("cedar does not take the rule");
const [principal, action, resource] = [["User", "system"], ["Action", "start"], ["Recording", "r"]].map(([type, id]) => ({ type, id }));
function askCedar(context) {
  const call = { principal, action, resource, context, preparsedPolicySetId: "gate", entities: [] };
  const answer = cedar.statefulIsAuthorized(call);
  // An error of the one rule denies; of a `forbid` it would be the forbidding that is passed over.
  if (answer.type !== "success" || answer.response.diagnostics.errors.length > 0) throw new Error("cedar");
  return answer.response.decision === "allow";
}

const engines = {
  connex: (facts) => connex.decide("recording.start", facts).permitted,
  "cedar-wasm": askCedar,
  CASL: (facts) => ability.can("start", subject("Recording", { ...facts })),
  casbin: (facts) => enforcer.enforceSync(facts, "start"),
  "cel-js": (facts) => evaluate(cel.cst, { f: facts }),
  "json-rules-engine": async (facts) => (await rules.run(facts)).events.length > 0,
};

const short = { ...all, every_participant_consented: false };

// A consent that has gone stale: both parties agreed to a disclosure, the recording was permitted, and then the
// disclosure became another one: the doctor it names goes by another name. Gives the facts as they were, the consent as it stands on record, and what asks the engine,
// which looks up what it keeps. A host of the others has what it remembers: they keep nothing.
async function staleConsent() {
  const engine = await connex.open("memory:", { callerClock: true });
  const as = (who, at) => engine.actor(who, { at: `2026-11-23T${at}:00+05:30` });
  const { organisation, principal } = as("system", "08:00");
  await organisation.put({ id: "acme", kind: "pharma_company", name: "Acme", recording_entitled: true });
  await principal.register({ id: "dr", role: "doctor", name: "A", adult_attested: true });
  for (const [id, role] of [["mr", "medical_representative"], ["pa", "pharma_administrator"]])
    await principal.register({ id, role, organisation: "acme", name: "B", adult_attested: true });
  await as("pa", "08:01").organisation.set_recording({ id: "acme", enabled: true });
  await as("dr", "08:02").preference.set({ doctor: "dr", virtual_visits: true, recording: true });
  const slot = { starts_at: "2026-11-23T11:00:00+05:30", ends_at: "2026-11-23T11:30:00+05:30" };
  await as("mr", "08:03").visit.book({ id: "v", doctor: "dr", representative: "mr", ...slot });
  const { result: { hash } } = await as("dr", "10:45").visit.disclosure({ visit: "v" });
  const consent = { visit: "v", disclosure_hash: hash, recording_consent: true };
  for (const who of ["dr", "mr"]) await as(who, "10:46").visit.accept({ ...consent, session: who });
  await as("system", "11:00").visit.start({ visit: "v" });
  const ask = async (at) => (await as("system", at).recording.decide({ visit: "v" })).decision;
  if (!(await ask("11:01")).permitted) throw new Error("a fresh consent does not permit");
  await as("dr", "11:02").principal.update({ id: "dr", name: "Another Name" });
  const decision = await ask("11:05");
  await engine.close();
  if (decision.reasons.every(({ fact }) => fact !== "consents_match_disclosure")) throw new Error("the consent is not stale");
  return { facts: all, record: { ...consent, at: "2026-11-23T10:46:00+05:30" }, permitted: decision.permitted };
}

async function hostile() {
  const stale = await staleConsent();
  const { every_participant_consented: _, ...absent } = all;
  const hostile = {
    absent, null: null, "empty string": "", "empty object": {}, "string false": "false", "number 1": 1,
    "time of a consent in 2019": Date.parse("2019-01-01T00:00:00Z"), "record of a stale consent": stale.record,
    "stale consent": undefined, inherited: undefined,
  };
  for (const [what, value] of Object.entries(hostile)) {
    let facts = what === "absent" ? absent : { ...all, every_participant_consented: value };
    if (what === "stale consent") facts = stale.facts;
    if (what === "inherited") facts = Object.assign(Object.create({ every_participant_consented: true }), absent);
    const row = [];
    for (const [name, ask] of Object.entries(engines)) {
      let came;
      try {
        const said = what === "stale consent" && name === "connex" ? stale.permitted : await ask(facts);
        came = said === true ? "PERMIT" : said === false ? "no" : `PERMIT if truthy: ${Boolean(said)}`;
      } catch {
        came = "error";
      }
      row.push(`${name} ${came}`);
    }
    console.log(`${what}: ${row.join(", ")}`);
  }
}

async function times(name) {
  const ask = engines[name];
  if ((await ask(all)) !== true || (await ask(short)) !== false) throw new Error(`${name} decides wrongly`);
  const calls = { connex: 200_000, CASL: 50_000, "cedar-wasm": 500 }[name] ?? 5_000;
  const varied = Array.from({ length: 4096 }, (_, n) => Object.fromEntries(names.map((name, i) => [name, (n >> i & 1) === 1])));
  const repeat = (facts) => { for (let i = 0; i < calls; i++) ask(facts[i % facts.length]); };
  const repeatAsync = async (facts) => { for (let i = 0; i < calls; i++) await ask(facts[i % facts.length]); };
  for (const [what, facts] of Object.entries({ "the same facts": [short], "other facts every time": varied })) {
    const rounds = [];
    for (let round = 0; round < 9; round++) {
      const began = process.cpuUsage();
      await (name === "json-rules-engine" ? repeatAsync : repeat)(facts);
      const { user, system } = process.cpuUsage(began);
      rounds.push(((user + system) * 1000) / calls);
    }
    console.log(`${what}: ${rounds.sort((a, b) => a - b)[4].toFixed(0)} ns`);
  }
}

await (process.argv[3] === "hostile" ? hostile() : times(process.argv[3]));
