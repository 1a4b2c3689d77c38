// Two people walk through a recorded and an unrecorded visit in a browser, on each of the hosts in examples.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { kHosts, start } from "./hosts.mjs";

const kContact = /98200|11111|22222|asha@|ravi@|marine lines/i;

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
});
after(() => browser?.close());

// A person in a browser session of their own. Nothing that the host ever sends them holds contact details.
async function arrive(url, person, leaks) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.on("response", async (response) => {
    const text = await response.text().catch(() => "");
    if (kContact.test(text)) leaks.push(`${person}: ${response.url()}`);
  });
  await page.goto(url);
  await page.selectOption("select", person);
  await page.click("button");
  await page.waitForSelector("h1:text('Hello')");
  return page;
}

const status = (page) => page.innerText("#status");
const waitFor = (page, text) => page.waitForSelector(`#status:text-is(${JSON.stringify(text)})`);

async function answer(page, url, recording) {
  await page.goto(url);
  if (recording) await page.check(`input[value=${recording}]`);
  await page.click("#accept");
}

for (const [name, how] of Object.entries(kHosts)) {
  test(`a recorded and an unrecorded visit on the ${name} host`, async (t) => {
    const { url, stop } = await start(how);
    const leaks = [];
    t.after(stop);
    const doctor = await arrive(url, "asha", leaks);
    const representative = await arrive(url, "ravi", leaks);
    const book = async () => {
      await representative.goto(`${url}/doctors/asha`);
      await representative.click("button");
      await representative.waitForSelector("#accept, #refused");
      return representative.url();
    };

    await t.test("nothing is booked before the doctor switches visits on", async () => {
      await book();
      assert.match(await representative.innerText("body"), /C6\.1-d/);
      await doctor.goto(`${url}/settings`);
      assert.equal(await doctor.innerText("#virtual_visits b"), "off");
      await doctor.click("#virtual_visits button");
      await doctor.waitForSelector("#virtual_visits b:text-is('on')");
      assert.equal(await doctor.innerText("#recording b"), "off");
    });

    await t.test("the representative sees a doctor, and no contact details", async () => {
      await representative.goto(`${url}/doctors/asha`);
      const seen = await representative.innerText("body");
      assert.match(seen, /Dr Asha <Rao>/); // as text, not as markup
      assert.match(seen, /cardiology/);
      assert.match(await representative.innerText("#hidden"), /email.*phone/);
    });

    await t.test("a visit that is not recorded says so from the first page on", async () => {
      const visit = await book();
      for (const page of [doctor, representative]) {
        await page.goto(visit);
        assert.equal(await status(page), "This visit will NOT be recorded");
        assert.equal(await page.locator("input[name=recording]").count(), 0);
        assert.match(await page.innerText("#promotional"), /promotional/);
        assert.match(await page.innerText("#slot"), /^\d{4}-\d\d-\d\dT.* to /);
        assert.equal(await page.locator("#links a").count(), 2);
      }
      await answer(doctor, visit);
      assert.equal(await status(doctor), "Waiting for the others. Recording is OFF");
      await answer(representative, visit);
      await waitFor(doctor, "Recording is OFF");
      await waitFor(representative, "Recording is OFF");
    });

    await doctor.goto(`${url}/settings`);
    await doctor.click("#recording button");
    await doctor.waitForSelector("#recording b:text-is('on')");

    await t.test("a visit is recorded when both agree, until one takes it back", async () => {
      const visit = await book();
      for (const page of [doctor, representative]) {
        await page.goto(visit);
        assert.equal(await status(page), "This visit is recorded only if everyone agrees");
        await page.click("#accept"); // without an answer on recording the browser does not let it go
        assert.equal(page.url(), visit);
      }
      await answer(representative, visit, "yes");
      assert.equal(await status(representative), "Waiting for the others. Recording is OFF");
      await answer(doctor, visit, "yes");
      await waitFor(doctor, "RECORDING IS ON");
      await waitFor(representative, "RECORDING IS ON");
      await representative.click("#withdraw");
      await waitFor(representative, "Recording is OFF");
      await waitFor(doctor, "Recording is OFF");
    });

    await t.test("one no is enough", async () => {
      const visit = await book();
      await answer(representative, visit, "yes");
      await answer(doctor, visit, "no");
      await waitFor(doctor, "Recording is OFF");
      await waitFor(representative, "Recording is OFF");
    });

    await t.test("who declines is not in the visit, and nobody else answers for them", async () => {
      const visit = await book();
      await doctor.goto(visit);
      await doctor.click("#decline");
      assert.match(await doctor.innerText("#declined"), /declined/);
      await answer(representative, visit, "yes");
      assert.equal(await status(representative), "Waiting for the others. Recording is OFF");
      const stranger = await arrive(url, "meera", leaks);
      for (const path of ["", "/call"]) {
        await stranger.goto(visit + path);
        assert.match(await stranger.innerText("#refused"), /Not possible/);
      }
    });

    await t.test("who declines on a page left open while the visit is recorded is out of it, and it is recorded no more", async () => {
      const visit = await book();
      const leftOpen = await doctor.context().newPage();
      await leftOpen.goto(visit);
      await answer(representative, visit, "yes");
      await answer(doctor, visit, "yes");
      await waitFor(representative, "RECORDING IS ON");
      await leftOpen.click("#decline");
      await leftOpen.waitForSelector("#declined");
      await waitFor(representative, "Recording is OFF");
      await waitFor(doctor, "Recording is OFF");
      const told = await leftOpen.innerText("body");
      assert.match(told, /You are not in the visit/);
      assert.doesNotMatch(told, /was recorded|does not take place/);
      await leftOpen.goto(visit);
      assert.equal(await leftOpen.locator("#decline").count(), 0);
      assert.equal(await leftOpen.locator("#under-way a").count(), 1);
      await leftOpen.close();
    });

    await t.test("who declines while they wait for the others is not recorded when these come", async () => {
      const visit = await book();
      await answer(doctor, visit, "yes");
      await doctor.goto(visit);
      await doctor.click("#decline");
      await doctor.waitForSelector("#declined");
      await answer(representative, visit, "yes");
      assert.match(await status(representative), /Recording is OFF$/);
    });

    assert.deepEqual(leaks, []);
  });

  test(`requests about people's data on the ${name} host`, async (t) => {
    const { url, stop } = await start(how);
    const leaks = [];
    t.after(stop);
    const doctor = await arrive(url, "asha", leaks);
    const officer = await arrive(url, "dpo", leaks);
    const due = async () => {
      await officer.goto(`${url}/requests`);
      return officer.innerText("#count");
    };
    const rowOf = (kind) => officer.locator("table tr", { has: officer.locator(`td:text-is("${kind}")`) });
    const inDays = (days) => new Date(Date.now() + 330 * 60_000 + days * 86_400_000).toISOString().slice(0, 10);

    await t.test("what a person asks for is due in a month, on the officer's page", async () => {
      assert.equal(await due(), "0 overdue, 0 due within 30 days");
      await doctor.goto(`${url}/data`);
      await doctor.check("input[value=access]");
      await doctor.click("#send");
      assert.match(await doctor.innerText("#mine"), /^access: received, answer due /);
      assert.equal(await due(), "0 overdue, 1 due within 30 days");
      const cells = await rowOf("access").locator("td").allInnerTexts();
      assert.deepEqual(cells.slice(0, 5), ["asha", "access", inDays(0), inDays(30), "received"]);
    });

    await t.test("a letter counts from the day it came, and the overdue stand first", async () => {
      await officer.selectOption("select[name=principal]", "ravi");
      await officer.selectOption("select[name=kind]", "grievance");
      await officer.fill("input[name=received]", inDays(-40));
      await officer.fill("input[name=text]", "they <never> answer");
      await officer.click("#take");
      assert.equal(await due(), "1 overdue, 1 due within 30 days");
      const first = officer.locator("table tr").nth(1);
      assert.deepEqual((await first.locator("td").allInnerTexts()).slice(0, 4), ["ravi", "grievance", inDays(-40), `${inDays(-10)} OVERDUE`]);
      assert.equal(await first.getAttribute("class"), "late");
    });

    await t.test("nothing is answered before it is known who asks", async () => {
      for (const kind of ["access", "grievance"]) {
        assert.equal(await rowOf(kind).locator("button").innerText(), "Identity proven");
        await rowOf(kind).locator("input").fill("passport-1");
        await rowOf(kind).locator("button").click();
        await officer.waitForSelector(`tr:has(td:text-is("${kind}")):has(td:text-is("verified"))`);
      }
      await rowOf("access").locator("button").click();
      await officer.waitForSelector("#count:text-is('1 overdue, 0 due within 30 days')");
      await rowOf("grievance").locator("select").selectOption("upheld");
      await rowOf("grievance").locator("button").click();
      await officer.waitForSelector("#count:text-is('0 overdue, 0 due within 30 days')");
      await doctor.goto(`${url}/data`);
      assert.match(await doctor.innerText("#mine"), /^access: resolved, .*; account: 1$/);
    });

    await t.test("nobody else sees the officer's page, and no complaint goes without a text", async () => {
      await doctor.goto(`${url}/requests`);
      assert.match(await doctor.innerText("body"), /Not possible.*C4-d/s);
      await doctor.goto(`${url}/data`);
      await doctor.check("input[value=grievance]");
      await doctor.click("#send");
      assert.match(await doctor.innerText("#refused"), /Not possible/);
      assert.equal(await due(), "0 overdue, 0 due within 30 days");
    });

    assert.deepEqual(leaks, []);
  });
}
