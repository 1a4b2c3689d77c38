"""Both packages under valgrind: no memory of ours is used wrongly or lost, in calls that succeed, fail and end early."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
OURS = re.compile(r"connex")
# OpenSSL keeps a state for each thread until the thread ends; those of Node's pool never do. Node's own part of an
# external value goes with its collector, which need not come before the end.
OF_THE_HOST = re.compile(r"\b(napi_create_external|ERR_set_mark|ERR_clear_error|ERR_put_error|ERR_new|RAND_(priv_)?bytes(_ex)?) \(")

PYTHON = """
import connex, gc
for n in range(200):
    for call in (
        lambda: connex.decide("recording.start", {"visit_started": n % 2 == 0, "every_participant_consented": n % 3 == 0}),
        lambda: connex.evaluate("visit.book", {}),
        lambda: connex.redact("call Asha Rao at 98200 55443", known=connex.Known(names=("Asha Rao",))),
        lambda: connex.decide("visit.book", {"no": True}),
        lambda: connex.decide("visit.book", {"opt_in_set_by_doctor": 1}),
        lambda: connex.redact("x", channel="smoke"),
        lambda: connex.redact("a\\ud800"),
        lambda: connex.redact("x", channel="a\\ud800"),
        lambda: connex.redact("x", known=connex.Known(names=("Asha", "a\\ud800"))),
        lambda: connex.evaluate("view", {"viewer_role": "a\\ud800"}),
        lambda: connex.evaluate("a\\ud800", {}),
        lambda: connex.decide("visit.book", {"a\\ud800": True}),
        lambda: connex.open(policy="{}"),
    ) if n < 20 else (lambda: connex.decide("visit.book", {}),):
        try:
            call()
        except (connex.Error, TypeError):
            pass
for n in range(3):
    with connex.open() as engine:
        engine.system.organisation.put(id="a", kind="clinic", name="A")
        for call in (lambda: engine.system.principal.terminate(id="nobody"), lambda: engine.execute_json(3),
                     lambda: engine.execute_json("a\\ud800"), lambda: engine._handle.execute(b"\\xff"), lambda: engine.actor("a\\ud800").audit.list()):
            try:
                call()
            except (connex.Error, TypeError):
                pass
class Keys:
    current = lambda self: connex.OuterKey("a", 1)
    wrap = unwrap = lambda self, key, label, data: data
class Broken(Keys):
    wrap = lambda self, key, label, data: None
for keys in (Keys(), Broken(), connex.KeyEnvironment("NO_SUCH_VARIABLE")):
    try:
        with connex.open(keys=keys) as engine:
            engine.system.principal.register(id="dr", role="doctor", name="A", adult_attested=True)
    except connex.Error:
        pass
def broken(*_): raise ValueError
import datetime
now = lambda: datetime.datetime.now(datetime.timezone.utc)
for sink in ([].append, broken, len):
    with connex.open(clock=now, sink=sink, checkpoint_entries=1, bucket=connex.Bucket("h", "n", "a", "s")) as engine:
        engine.system.organisation.put(id="a", kind="clinic", name="A")
class Raising(Keys):
    current = broken
later = iter([now(), now()])  # then a clock that raises
for options in (dict(clock=lambda: next(later)), dict(keys=Raising()), dict(keys=type("", (Keys,), {"wrap": broken})()), dict(clock=broken)):
    for command in range(2):
        try:
            with connex.open(**options) as engine:
                for n in range(3):
                    engine.system.principal.register(id=f"dr-{n}", role="doctor", name="A", adult_attested=True)
        except (connex.Error, ValueError, StopIteration):
            pass
def used_again(engine):
    for call in (lambda: engine.system.report.coverage(), lambda: engine.execute_json("{}"), lambda: engine.decide("visit.book", {}), lambda: engine.policy,
                 lambda: engine.evaluate("visit.book", {}), lambda: engine.redact("call 98200 55443"), engine.__enter__, lambda: file.play(0, engine=engine)):
        try:
            call()
        except connex.Closed:
            continue
        raise SystemExit("a closed engine did something")
file = connex.scenarios.File('{"title": "T", "scenarios": [{"name": "n", "clauses": [], "rule": "account.open", "facts": {}, "expect": {}}]}')
for play in (lambda: file.play(0), lambda: file.play(1), lambda: file.play(0, engine=engine), lambda: connex.scenarios.File("{")):
    try:
        play()
    except (ValueError, IndexError):
        pass
for options in ({}, dict(clock=now, sink=[].append, checkpoint_entries=1), dict(keys=Keys())):
    engine = connex.open(**options)
    engine.system.organisation.put(id="a", kind="clinic", name="A")
    actor, decide = engine.system, engine.decide
    for n in range(3):
        engine.close()
        used_again(engine)
    del engine
    gc.collect()
    for call in (lambda: actor.report.coverage(), lambda: decide("visit.book", {})):  # what is left of it
        try:
            call()
        except connex.Closed:
            continue
        raise SystemExit("a closed engine did something")
closes = lambda *_: within.close()
for options in (dict(sink=closes, checkpoint_entries=1), dict(clock=lambda: (closes() if within else None, now())[1])):
    within = None
    within = connex.open(**options)
    try:
        within.system.organisation.put(id="a", kind="clinic", name="A")
    except connex.Error:
        pass
    used_again(within)
connex.open(keys=Keys(), sink=print)  # that nobody closes
gc.collect()
"""

NODE = """
const connex = await import(process.argv[2]);
const attempt = async (call) => { try { await call(); } catch { /* as it must */ } };
for (let n = 0; n < 20; n++)
  for (const call of [
    () => connex.decide("recording.start", { visit_started: n % 2 === 0 }),
    () => connex.evaluate("visit.book", {}),
    () => connex.redact("call Asha Rao at 98200 55443", { known: { names: ["Asha Rao"] } }),
    () => connex.decide("visit.book", { no: true }),
    () => connex.redact("x", { channel: "smoke" }),
    () => connex.redact("x", { known: { names: ["Asha", "a\\ud800"] } }),
    () => connex.evaluate("view", { viewer_role: "a\\ud800" }),
    () => connex.open("memory:", { policy: "{}" }),
  ]) await attempt(call);
for (let n = 0; n < 3; n++) {
  const engine = await connex.open();
  await engine.system.organisation.put({ id: "a", kind: "clinic", name: "A" });
  await attempt(() => engine.system.principal.terminate({ id: "nobody" }));
  await engine.close();
}
for (const sink of [() => {}, async () => { throw new Error("no"); }, () => 3]) {
  const bucket = { host: "h", name: "n", accessKey: "a", secretKey: "s" };
  const engine = await connex.open("memory:", { clock: () => new Date(), sink, checkpointEntries: 1, bucket });
  await engine.system.organisation.put({ id: "a", kind: "clinic", name: "A" });
  await engine.close();
}
const no = () => { throw new Error("no"); };
let ticks = 0;
const broken = { current: () => ({ id: "a", version: 1 }), wrap: no, unwrap: no };
for (const options of [{ clock: () => (++ticks > 2 ? no() : new Date()) }, { clock: no }, { keys: { ...broken, current: no } }, { keys: broken }])
  for (let n = 0; n < 2; n++)
    await attempt(async () => {
      const engine = await connex.open("memory:", options);
      for (let i = 0; i < 3; i++) await attempt(() => engine.system.principal.register({ id: `dr-${i}`, role: "doctor", name: "A", adult_attested: true }));
      await engine.close();
    });
const file = connex.readScenarios('{"title": "T", "scenarios": [{"name": "n", "clauses": [], "rule": "account.open", "facts": {}, "expect": {}}]}');
for (const play of [() => file.play(0), () => file.play(1), () => connex.readScenarios("{")]) await attempt(play);
for (const options of [{}, { clock: () => new Date(), sink: () => {}, checkpointEntries: 1 }]) {
  const engine = await connex.open("memory:", options);
  await engine.system.organisation.put({ id: "a", kind: "clinic", name: "A" });
  const { system, decide } = engine;
  const asked = system.report.coverage();
  for (let n = 0; n < 3; n++) {
    n === 1 ? engine[Symbol.dispose ?? Symbol.for("nodejs.dispose")]() : await engine.close();
    for (const call of [() => engine.decide("visit.book", {}), () => decide("visit.book", {}), () => engine.evaluate("visit.book", {}), () => engine.redact("x"),
      () => engine.policy, () => engine.executeJson("{}"), () => system.report.coverage(), () => file.play(0, engine)]) {
      const failed = await (async () => call())().then(() => null, (error) => error);
      if (failed?.code !== "closed") throw new Error("a closed engine did something");
    }
  }
  await asked;
}
const closing = await connex.open("memory:", { sink: () => void closing.close(), checkpointEntries: 1 });
await attempt(() => closing.system.organisation.put({ id: "a", kind: "clinic", name: "A" }));
await closing.close();
await connex.open("memory:", { sink: () => {} }); // that nobody closes
const same = async (key, label, bytes) => bytes;
const keys = { current: () => ({ id: "a", version: 1 }), wrap: same, unwrap: same };
for (const some of [keys, { ...keys, wrap: () => null }, { environment: "NO_SUCH_VARIABLE" }])
  await attempt(async () => {
    const engine = await connex.open("memory:", { keys: some });
    await attempt(() => engine.system.principal.register({ id: "dr", role: "doctor", name: "A", adult_attested: true }));
    await engine.close();
  });
"""


def findings(log):
    """Reports of valgrind in which code of ours takes part. The interpreters have some of their own."""
    reports = re.split(r"^==\d+== \n", log, flags=re.M)
    wrong = re.compile(r"Invalid|uninitialised|Mismatched|definitely lost in|overlap")
    return [report for report in reports
            if wrong.search(report) and OURS.search(report) and not OF_THE_HOST.search(report)]


class Valgrind(unittest.TestCase):
    def check_program(self, suffix, program, *command, **environment):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / f"program{suffix}"
            path.write_text(program)
            log = pathlib.Path(directory) / "log"
            done = subprocess.run(
                [os.environ["VALGRIND"], "--leak-check=full", "--show-leak-kinds=definite", "--num-callers=30",
                 # Optimised code reads ahead what it then does not use; what is really unset, the sanitizers tell.
                 "--undef-value-errors=no", "--smc-check=all-non-file", f"--log-file={log}", *(path if part is None else part for part in command)],
                env={**os.environ, **environment}, capture_output=True, text=True, timeout=800)
            said = log.read_text()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("HEAP SUMMARY", said)
        self.assertEqual(findings(said), [], "".join(findings(said)))

    @unittest.skipUnless(os.environ.get("CONNEX_PYTHON"), "no package")
    def test_python(self):
        self.check_program(".py", PYTHON, sys.executable, None, PYTHONMALLOC="malloc")

    @unittest.skipUnless(os.environ.get("CONNEX_NODE"), "no package")
    def test_node(self):
        self.check_program(".mjs", NODE, os.environ["NODE"], None, os.environ["CONNEX_NODE"])

    def test_a_leak_of_ours_would_be_found(self):
        log = ("==1== \n==1== 24 bytes in 1 blocks are definitely lost in loss record 1 of 2\n==1==    at malloc\n"
               "==1==    by connex_redact (connex_c.cpp:3)\n==1== \n==1== 8 bytes in 1 blocks are definitely lost in x\n==1==    at malloc\n")
        self.assertEqual(len(findings(log)), 1)


if __name__ == "__main__":
    unittest.main()
