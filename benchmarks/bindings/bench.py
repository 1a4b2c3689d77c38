"""A gate's decision with its object, redaction and an audited command from Python: processor time, median of the
rounds."""

import itertools
import statistics
import time

import connex

ROUNDS = 9
ALL = {fact["name"]: True for gate in connex.gates() if gate["rule"] == "recording.start" for fact in gate["facts"]}
ONE_SHORT = dict(ALL, every_participant_consented=False)
TEXT = "Thank you doctor. Please call me on 98200 55443 after six, or write to asha.rao@example.com about the samples."


def measure(name, call, calls):
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        for _ in range(calls):
            call()
        rounds.append((time.process_time_ns() - began) / calls)
    print(f"{name}: {statistics.median(rounds):.0f} ns")


measure("recording.start, permitted", lambda: connex.decide("recording.start", ALL).permitted, 100_000)
measure("recording.start, one condition short", lambda: connex.decide("recording.start", ONE_SHORT).reasons, 100_000)
# Facts not asked about before: every assignment, each a dict of its own.
EVERY = [dict(zip(ALL, values)) for values in itertools.product((True, False, None), repeat=len(ALL))]
turn = itertools.cycle(EVERY)
measure("recording.start, other facts every time", lambda: connex.decide("recording.start", next(turn)), len(EVERY) * 5)
measure("redact, 111 bytes with two contacts", lambda: connex.redact(TEXT).text, 2_000)
with connex.open() as engine:
    put = engine.system.organisation.put
    measure("audited command, memory store", lambda: put(id="acme", kind="clinic", name="Acme"), 2_000)
