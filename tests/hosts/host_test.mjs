// The hosts in examples over plain HTTP: what their screens say after a change, what they make of bad requests, and
// whether they start again on their store.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { kHosts, start } from "./hosts.mjs";

const kOn = "RECORDING IS ON";
const kOff = "Recording is OFF";

// A person who is signed in.
async function arrive(url, person) {
  const send = (path, form, cookie = "") =>
    fetch(url + path, {
      redirect: "manual", headers: { cookie }, ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
  const [cookie] = (await send("/sign-in", { person })).headers.get("set-cookie").split(";");
  const get = async (path) => (await send(path, undefined, cookie)).text();
  const post = async (path, form = {}) => {
    const answer = await send(path, form, cookie);
    assert.equal(answer.status, 303, await answer.text());
    return answer.headers.get("location");
  };
  const accept = async (visit) =>
    post(`${visit}/accept`, { hash: /name="hash" value="([0-9a-f]+)"/.exec(await get(visit))[1], recording: "yes" });
  const screen = async (visit) => /id="status"[^>]*>([^<]*)</.exec(await get(`${visit}/call`))[1];
  return { cookie, get, post, accept, screen };
}

// Bytes as they are, and the status that they get; 0 when the host says nothing.
async function raw(url, lines, body = []) {
  const socket = connect(new URL(url).port, "127.0.0.1");
  socket.write(`${lines.join("\r\n")}\r\nHost: here\r\nConnection: close\r\n\r\n`);
  socket.write(Buffer.from(body));
  socket.setTimeout(5_000, () => socket.destroy());
  let answer = "";
  try {
    for await (const chunk of socket) answer += chunk;
  } catch {}
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
}

for (const [name, how] of Object.entries(kHosts)) {
  test(`the screen of the ${name} host says whether the visit is recorded now`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "connex-hosts-"));
    const db = join(directory, "store.db");
    const later = join(directory, "later");
    const { url, stop } = await start(how, { db, later });
    t.after(async () => {
      await stop();
      rmSync(directory, { recursive: true });
    });
    const doctor = await arrive(url, "asha");
    const representative = await arrive(url, "ravi");
    await doctor.post("/settings", { virtual_visits: "on" });
    const both = async (visit, says) => {
      for (const person of [doctor, representative]) assert.equal(await person.screen(visit), says);
    };
    const recorded = async () => {
      await doctor.post("/settings", { recording: "on" });
      const visit = await representative.post("/doctors/asha/book");
      await representative.accept(visit);
      await doctor.accept(visit);
      await both(visit, kOn);
      return visit;
    };

    await t.test("the doctor switches recording off; on again, both have to accept anew", async () => {
      const visit = await recorded();
      await doctor.post("/settings", { recording: "off" });
      await both(visit, kOff);
      await doctor.post("/settings", { recording: "on" });
      await both(visit, kOff);
      await representative.accept(visit);
      await both(visit, kOff);
      await doctor.accept(visit);
      await both(visit, kOn);
    });

    await t.test("one leaves, and comes back", async () => {
      const visit = await recorded();
      await representative.post(`${visit}/leave`);
      await both(visit, kOff);
      await representative.accept(visit);
      await both(visit, kOn);
    });

    await t.test("one takes the consent back", async () => {
      const visit = await recorded();
      await doctor.post(`${visit}/withdraw`);
      await both(visit, kOff);
    });

    await t.test("the permit is renewed, until the company says no", async () => {
      const visit = await recorded();
      writeFileSync(later, "");
      await both(visit, kOn);
      const connex = await import(pathToFileURL(process.env.CONNEX_NODE));
      const elsewhere = await connex.open(db);
      const told = await elsewhere.actor("acme-admin").organisation.set_recording({ id: "acme", enabled: false });
      await elsewhere.close();
      assert.ok(told.decision.permitted);
      await both(visit, kOff);
    });
  });

  test(`a request that cannot be read is refused by the ${name} host`, async (t) => {
    const { url, stop } = await start(how);
    t.after(stop);
    const form = "Content-Type: application/x-www-form-urlencoded";
    const post = ["POST /sign-in HTTP/1.1", form];
    for (const length of ["abc", "-1"]) assert.equal(await raw(url, [...post, `Content-Length: ${length}`]), 400, length);
    assert.equal(await raw(url, [...post, "Content-Length: 8"], [...Buffer.from("person="), 0xff]), 400);
    assert.notEqual(await raw(url, ["GET http://[/ HTTP/1.1"]), 0);
    assert.equal(await raw(url, ["GET / HTTP/1.1"]), 200);
    const representative = await arrive(url, "ravi");
    assert.match(await representative.get("/doctors/asha"), /<h1>Doctor</);
    for (const other of ["ravi", "meera", "nobody", "%ff"]) assert.match(await representative.get(`/doctors/${other}`), /id="refused"/, other);
    const { cookie } = await arrive(url, "asha");
    for (const type of ["application/json", "text/plain", "image/png"]) {
      const status = await raw(url, ["POST /settings HTTP/1.1", `Cookie: ${cookie}`, `Content-Type: ${type}`, "Content-Length: 3"], [...Buffer.from('"a"')]);
      assert.ok(status > 0 && status < 500, `${type} ${status}`);
    }
  });

  test(`the ${name} host starts again on its store`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), "connex-hosts-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const db = join(directory, "store.db");
    const setting = async (person) => /id="virtual_visits">[^<]*<b>([^<]*)</.exec(await person.get("/settings"))[1];

    const first = await start(how, { db });
    let doctor = await arrive(first.url, "asha");
    assert.equal(await setting(doctor), "off");
    await doctor.post("/settings", { virtual_visits: "on" });
    assert.equal(await setting(doctor), "on");
    await first.stop();

    const second = await start(how, { db });
    t.after(second.stop);
    doctor = await arrive(second.url, "asha");
    assert.equal(await setting(doctor), "as you left it");
    const representative = await arrive(second.url, "ravi");
    assert.match(await representative.post("/doctors/asha/book"), /^\/visits\/v-/); // she left it on
    await doctor.post("/settings", { recording: "off" });
    assert.equal(await setting(doctor), "on");
  });
}
