// A host in Node: the pages round a video visit and people's requests about their data, on fastify.
//
//   npm install && CONNEX=../../build/bindings/node/index.js node host.mjs [--db FILE] [--port N] [--people FILE]
//
// Connex decides; this file asks it, shows what it says and holds to it. Each person signs in with a session of their
// own, so that nobody answers for another. Put your own sign-in in the place of `signIn`, and TLS in front. With the
// package installed, `import * as connex from "connex"` does.
//
// What Connex keeps outlives the host in FILE, and the people are registered once. What `Platform` keeps is in memory and
// goes with the host: who is signed in, which visits and requests its pages list, and what it last heard of the settings.
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import Fastify from "fastify";

const connex = await import(process.env.CONNEX ? pathToFileURL(resolve(process.env.CONNEX)) : "connex");

const kStyle = `body{font:16px/1.5 sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}
.status{padding:.8rem;font-weight:bold;border:3px solid}.on{background:#b00020;color:#fff}.off{background:#eee;color:#222}
pre{white-space:pre-wrap;background:#f6f6f6;padding:1rem}button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}
.late{color:#b00020;font-weight:bold}td,th{padding:.2rem .6rem;text-align:left}`;

const kBeforeExpiry = 60_000; // milliseconds
const kRights = { access: "Tell me what you keep of me", erasure: "Erase my data", grievance: "I have a complaint" };
const kOutcomes = { upheld: "Upheld", partly_upheld: "Upheld in part", not_upheld: "Not upheld" };

// Markup: what is put into html`...` and is no markup itself is escaped.
class Html {
  constructor(text) {
    this.text = text;
  }
}
const kEntities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
function escape(value) {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(escape).join("");
  return String(value ?? "").replace(/[&<>"']/g, (c) => kEntities[c]);
}
const html = (strings, ...values) => new Html(String.raw({ raw: strings }, ...values.map(escape)));

// Connex, or this host, said no.
class Refused extends Error {
  constructor(...reasons) {
    super("refused");
    this.reasons = reasons;
  }
}

// The answer of a command; a denial is shown to the person as it is.
async function ask(command) {
  const answer = await command;
  if (!answer.decision.permitted) throw new Refused(...answer.decision.reasons.map((r) => `${r.text} (${r.clause})`));
  return answer.result;
}

// What the host itself keeps. A real one keeps it in its database.
class Platform {
  people = new Map(); // id: role
  sessions = new Map(); // token: { session, person }
  visits = new Map(); // id: [doctor, representative]
  preferences = new Map(); // doctor: what preference.set answered last
  recording = new Map(); // visit that has begun: when the permit to record it expires, in Unix milliseconds; 0 without one
  requests = new Map(); // id: what was last answered about a person's request

  constructor(engine, storeIsNew) {
    this.engine = engine;
    this.unset = storeIsNew ? "off" : "as you left it"; // a setting of which the host has not heard
  }

  // Each line has a request id of its own, so that a store which has it already answers as it did then.
  async seed(lines) {
    for (const line of lines) {
      const request = JSON.parse(line);
      const digest = createHash("sha256").update(line).digest("hex");
      const result = await ask(this.engine.execute({ ...request, request_id: `seed-${digest.slice(0, 32)}` }));
      if (request.command === "principal.register") this.people.set(result.id, result.role);
      if (request.command === "preference.set" && this.unset === "off") this.preferences.set(result.doctor, result);
    }
  }

  signIn(person) {
    if (!this.people.has(person)) throw new Refused("Nobody of this name is known.");
    const token = randomBytes(32).toString("base64url");
    this.sessions.set(token, { session: randomBytes(8).toString("hex"), person });
    return token;
  }

  mustBe(role, person) {
    if (this.people.get(person) !== role) throw new Refused("This is not yours to see.");
  }

  mustBeOf(visit, person) {
    if (!this.visits.get(visit)?.includes(person)) throw new Refused("This is not yours to see.");
  }

  // Asks whether the call is recorded now, and has the screen say so first: when anything in it changes, and before the
  // permit expires. A change that passes by this host shows by then. An engine answers in the order in which it was asked.
  async decide(visit) {
    const told = await this.engine.system.recording.decide({ visit }).catch(() => null); // no answer is a no
    const on = told?.decision.permitted && told.result.on_screen === "on";
    this.recording.set(visit, on ? Date.parse(told.result.expires_at) : 0);
    // Here a real host hands the permit to its media server, which records; without one, it has it stop.
  }

  async changed(...visits) {
    for (const visit of visits) if (this.recording.has(visit)) await this.decide(visit);
  }

  // Whether the screen says so; undefined while the call has not begun.
  async isRecorded(visit) {
    const expires = this.recording.get(visit);
    if (expires && Date.now() > expires - kBeforeExpiry) await this.decide(visit);
    return this.recording.has(visit) ? this.recording.get(visit) > 0 : undefined;
  }
}

function pages(app, platform) {
  const { engine } = platform;
  // A page for who signed in; what it gives is shown, or is where to go next.
  const page = (method, path, make) =>
    app[method](path, async (request, reply) => {
      const { session, person } = request;
      if (!person) throw new Refused("Sign in first.");
      const made = await make({ person, session, me: engine.actor(person), form: request.body ?? {}, ...request.params });
      return made instanceof Html ? show(reply, 200, made) : reply.redirect(made, 303);
    });

  app.get("/", async (request, reply) => {
    const { person } = request;
    if (!person) {
      return show(reply, 200, html`<h1>Sign in</h1><form method="post" action="/sign-in"><select name="person">${
        [...platform.people.keys()].map((id) => html`<option>${id}</option>`)}</select><button>Sign in</button></form>`);
    }
    const visits = [...platform.visits].filter(([, of]) => of.includes(person));
    const role = platform.people.get(person);
    const doctors = role === "medical_representative" ? [...platform.people].filter(([, r]) => r === "doctor") : [];
    const { fields } = await ask(engine.actor(person).principal.view({ subject: person }));
    return show(reply, 200, html`<h1>Hello, ${fields.name}</h1><ul>${
      visits.map(([v]) => html`<li><a href="/visits/${v}">Visit ${v}</a></li>`)}${
      role === "doctor" ? html`<li><a href="/settings">Settings</a></li>` : ""}${
      doctors.map(([d]) => html`<li><a href="/doctors/${d}">Doctor ${d}</a></li>`)}${
      role === "data_protection_officer" ? html`<li><a href="/requests">Requests that are due</a></li>` : ""}
      <li><a href="/data">My data</a></li></ul>`);
  });

  for (const [path, title] of [["/terms", "Terms"], ["/privacy", "Privacy"]])
    app.get(path, (_, reply) => show(reply, 200, html`<h1>${title}</h1><p>Your own text stands here.</p>`));

  app.post("/sign-in", async (request, reply) => {
    const token = platform.signIn(request.body?.person);
    return reply.header("set-cookie", `session=${token}; HttpOnly; SameSite=Strict; Path=/`).redirect("/", 303);
  });

  // What a representative sees of a doctor: the fields that Connex shows, which hold no contact details.
  page("get", "/doctors/:doctor", async ({ me, person, doctor }) => {
    platform.mustBe("medical_representative", person);
    platform.mustBe("doctor", doctor);
    const seen = await ask(me.principal.view({ subject: doctor }));
    return html`<h1>Doctor</h1><table>${
      Object.entries(seen.fields).map(([n, v]) => html`<tr><th>${n}</th><td>${v}</td></tr>`)}</table>
      <p id="hidden">Not shown: ${seen.hidden.join(", ")}</p>
      <form method="post" action="/doctors/${doctor}/book"><button>Book a visit now</button></form>`;
  });

  page("post", "/doctors/:doctor/book", async ({ me, person, doctor }) => {
    const start = Date.now() + 60_000;
    const id = `v-${randomBytes(4).toString("hex")}`;
    const slot = { starts_at: new Date(start), ends_at: new Date(start + 15 * 60_000) };
    await ask(me.visit.book({ id, doctor, representative: person, ...slot }));
    platform.visits.set(id, [doctor, person]);
    return `/visits/${id}`;
  });

  page("get", "/settings", ({ person }) => {
    platform.mustBe("doctor", person);
    const now = platform.preferences.get(person) ?? {};
    const row = (setting, text) => {
      const state = setting in now ? (now[setting] ? "on" : "off") : platform.unset;
      return html`<form method="post" action="/settings"><p id="${setting}">${text}: <b>${state}</b> ${
        ["on", "off"].filter((other) => other !== state)
          .map((other) => html`<button name="${setting}" value="${other}">Switch ${other}</button>`)}</p></form>`;
    };
    return html`<h1>Settings</h1><p>Both are off until you switch them on.</p>${
      row("virtual_visits", "Video visits")}${row("recording", "Recording of my visits")}`;
  });

  page("post", "/settings", async ({ me, person, form }) => {
    const change = {};
    for (const name of ["virtual_visits", "recording"]) if (name in form) change[name] = form[name] === "on";
    platform.preferences.set(person, await ask(me.preference.set({ doctor: person, ...change })));
    await platform.changed(...[...platform.visits].filter(([, of]) => of.includes(person)).map(([visit]) => visit));
    return "/settings";
  });

  // The page before the call: promotional nature, slot, recording, terms and policy; and two answers.
  page("get", "/visits/:visit", async ({ me, visit }) => {
    const told = await ask(me.visit.disclosure({ visit }));
    const mayRecord = told.recording === "if_all_agree";
    return html`<h1>Before the visit</h1>
      <p id="promotional">This visit is promotional and no medical consultation.</p>
      <p id="slot">${told.slot.starts_at} to ${told.slot.ends_at}</p>
      <p id="status" class="status off">${
        mayRecord ? "This visit is recorded only if everyone agrees" : "This visit will NOT be recorded"}</p>
      <pre>${told.text}</pre>
      <p id="links"><a href="${told.links.terms}">Terms</a> <a href="${told.links.policy}">Privacy policy</a></p>
      <form method="post" action="/visits/${visit}/accept"><input type="hidden" name="hash" value="${told.hash}">${
        mayRecord
          ? html`<fieldset><legend>May this visit be recorded?</legend>
            <label><input type="radio" name="recording" value="yes" required> Yes</label>
            <label><input type="radio" name="recording" value="no"> No, and I still take part</label></fieldset>`
          : ""}<p><button id="accept">I accept, let me in</button></p></form>
      ${platform.recording.has(visit) ? html`<p id="under-way"><a href="/visits/${visit}/call">The visit is under way</a></p>`
        : html`<form method="post" action="/visits/${visit}/decline"><button id="decline">I decline</button></form>`}`;
  });

  page("post", "/visits/:visit/accept", async ({ me, session, visit, form }) => {
    const consent = form.recording === "yes";
    await ask(me.visit.accept({ visit, disclosure_hash: form.hash ?? "", recording_consent: consent, session }));
    await ask(me.visit.join({ visit }));
    // The call begins with the last to accept; until then this is a denial, and they wait.
    if (platform.recording.has(visit) || (await engine.system.visit.start({ visit })).decision.permitted)
      await platform.decide(visit);
    return `/visits/${visit}/call`;
  });

  // Who is in the call already, by a page that was left open, goes out of it: until then it may be recorded.
  page("post", "/visits/:visit/decline", async ({ me, person, visit }) => {
    platform.mustBeOf(visit, person);
    try {
      await ask(me.visit.leave({ visit }));
    } catch (error) {
      if (error.code !== "conflict") throw error; // not in it
    }
    await platform.changed(visit);
    return html`<h1 id="declined">You declined</h1><p>You are not in the visit, and nothing of it is recorded without you.</p>
      <p><a href="/visits/${visit}">Read it again</a></p>`;
  });

  page("get", "/visits/:visit/call", async ({ person, visit }) => {
    platform.mustBeOf(visit, person);
    const recorded = await platform.isRecorded(visit);
    const status = recorded === undefined ? "Waiting for the others. Recording is OFF"
      : recorded ? "RECORDING IS ON" : "Recording is OFF";
    return html`<meta http-equiv="refresh" content="2"><h1>In the visit</h1>
      <p id="status" class="status ${recorded ? "on" : "off"}">${status}</p>${
      recorded ? html`<form method="post" action="/visits/${visit}/withdraw"><button id="withdraw">Stop recording</button></form>` : ""}
      <form method="post" action="/visits/${visit}/leave"><button id="leave">Leave</button></form>`;
  });

  page("post", "/visits/:visit/withdraw", async ({ me, visit }) => {
    await ask(me.consent.withdraw({ visit }));
    await platform.changed(visit);
    return `/visits/${visit}/call`;
  });

  page("post", "/visits/:visit/leave", async ({ me, visit }) => {
    await ask(me.visit.leave({ visit }));
    await platform.changed(visit);
    return "/";
  });

  requestPages(page, platform);
}

// People's requests about their data, and the officer's page of those that are due.
function requestPages(page, platform) {
  async function takeIn(me, form, principal, channel, more) {
    const id = `r-${randomBytes(4).toString("hex")}`;
    const details = form.kind === "grievance" ? { text: form.text ?? "" } : undefined;
    platform.requests.set(id, await ask(me.rights.submit({ id, kind: form.kind ?? "", principal, channel, details, ...more })));
  }

  page("get", "/data", ({ person }) => {
    const mine = [...platform.requests].filter(([, { principal }]) => principal === person);
    return html`<h1>My data</h1><form method="post" action="/data">${
      Object.entries(kRights).map(([k, text]) => html`<label><input type="radio" name="kind" value="${k}" required> ${text}</label><br>`)}
      <p><textarea name="text" maxlength="4000" placeholder="What is your complaint?"></textarea></p>
      <button id="send">Send</button></form><ul id="mine">${
      mine.map(([id, { kind, status, due_at, summary }]) => html`<li id="${id}">${kind}: <b>${status}</b>, answer due ${due_at}${
        summary?.data.map((row) => `; ${row.class}: ${row.count}`)}</li>`)}</ul>`;
  });

  page("post", "/data", async ({ me, person, form }) => {
    await takeIn(me, form, person, "in_app");
    return "/data";
  });

  // What is due within a month, what is overdue first. Who else may see it, Connex says.
  page("get", "/requests", async ({ me }) => {
    const { overdue, at_risk, more } = await ask(me.report.deadlines({ warning_days: 30 }));
    const row = (r) => {
      const [verb, text] = r.status === "received" ? ["verify", "Identity proven"] : ["answer", "Answer"];
      const asked = verb === "verify" ? html`<input name="evidence" placeholder="proof of identity" required> `
        : r.kind === "grievance" ? html`<select name="outcome">${
          Object.entries(kOutcomes).map(([o, t]) => html`<option value="${o}">${t}</option>`)}</select> ` : "";
      return html`<tr id="${r.id}" class="${r.overdue ? "late" : ""}"><td>${r.principal}</td><td>${r.kind}</td>
        <td>${r.received_at.slice(0, 10)}</td><td>${r.due_at.slice(0, 10)}${r.overdue ? " OVERDUE" : ""}</td><td>${r.status}</td>
        <td><form method="post" action="/requests/${r.id}/${verb}">${asked}<button>${text}</button></form></td></tr>`;
    };
    return html`<h1>Requests that are due</h1>
      <p id="count">${overdue.length} overdue, ${at_risk.length} due within 30 days${more ? ", and more" : ""}</p>
      <table><tr><th>who</th><th>asks for</th><th>received</th><th>due</th><th>state</th><th></th></tr>${
      [...overdue, ...at_risk].map(row)}</table>
      <h2>A request that came by post</h2><form method="post" action="/requests"><select name="principal">${
      [...platform.people.keys()].map((id) => html`<option>${id}</option>`)}</select> <select name="kind">${
      Object.keys(kRights).map((kind) => html`<option>${kind}</option>`)}</select>
      <input type="date" name="received" required> <input name="text" placeholder="the complaint">
      <button id="take">Take in</button></form>`;
  });

  // The clock starts when the letter came, not when somebody opened it.
  page("post", "/requests", async ({ me, form }) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(form.received)) throw new Refused("On which day did it come?");
    await takeIn(me, form, form.principal ?? "", "post", { received_at: `${form.received}T00:00:00+05:30` });
    return "/requests";
  });

  page("post", "/requests/:id/verify", async ({ me, id, form }) => {
    platform.requests.set(id, await ask(me.rights.verify_identity({ id, evidence: form.evidence ?? "" })));
    return "/requests";
  });

  // What is answered goes to the person; the officer sees that it is done.
  page("post", "/requests/:id/answer", async ({ me, id, form }) => {
    platform.requests.set(id, await ask(me.rights.resolve({ id, outcome: form.outcome })));
    return "/requests";
  });
}

function show(reply, status, page) {
  return reply.code(status).type("text/html; charset=utf-8")
    .send(html`<!doctype html><html lang="en"><title>Visits</title><style>${new Html(kStyle)}</style>${page}`.text);
}

const { values: given } = parseArgs({
  options: {
    db: { type: "string", default: "memory:" },
    port: { type: "string", default: "8080" },
    people: { type: "string", default: fileURLToPath(new URL("../people.jsonl", import.meta.url)) },
  },
});
const storeIsNew = !existsSync(given.db);
const engine = await connex.open(given.db);
const platform = new Platform(engine, storeIsNew);
await platform.seed(readFileSync(given.people, "utf8").trim().split("\n"));

const unreadable = (reply) => show(reply, 400, html`<h1 id="refused">Not possible</h1><p>This is no request that can be read.</p>`);
const app = Fastify({ bodyLimit: 1 << 16, frameworkErrors: (_, __, reply) => unreadable(reply) });
app.removeAllContentTypeParsers(); // forms alone
app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_, body, done) =>
  done(null, Object.fromEntries(new URLSearchParams(body))));
app.addHook("onRequest", async (request, reply) => {
  const token = /(?:^|; )session=([^;]*)/.exec(request.headers.cookie ?? "")?.[1];
  const { session, person } = platform.sessions.get(token) ?? {};
  Object.assign(request, { session, person });
  reply.headers({
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "cache-control": "no-store",
  });
});
app.setErrorHandler((error, _, reply) => {
  const reasons = error instanceof Refused ? error.reasons : error instanceof connex.ConnexError ? [error.message]
    : error.statusCode < 500 ? ["This is no request that can be read."] : null;
  if (!reasons) return reply.code(500).send("something went wrong");
  return show(reply, error instanceof Refused ? 403 : error.statusCode ?? 400, html`<h1 id="refused">Not possible</h1><ul>${
    reasons.map((r) => html`<li>${r}</li>`)}</ul><p><a href="/">Back</a></p>`);
});
app.setNotFoundHandler((_, reply) => show(reply, 404, html`<h1 id="refused">Not possible</h1><p>There is no such page.</p>`));
pages(app, platform);
await app.listen({ port: Number(given.port), host: "127.0.0.1" });
console.log(`listening on http://127.0.0.1:${app.server.address().port}`);
