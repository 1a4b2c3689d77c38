/* A gate's decision with its reasons read, redaction and an audited command through C: median of the rounds.
 */
#define _POSIX_C_SOURCE 200809L
#include <connex/connex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 9
#define STR(text) ((connex_str){text, sizeof text - 1})

static const char kText[] =
    "Thank you doctor. Please call me on 98200 55443 after six, or write to asha.rao@example.com about the "
    "samples.";
static const char kPut[] =
    "{\"command\":\"organisation.put\",\"actor\":\"system\",\"args\":{\"id\":\"acme\",\"kind\":\"clinic\","
    "\"name\":\"Acme\"}}";

static connex_recording_start_facts facts;
static connex_engine* engine;
static volatile size_t kept;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int ascending(const void* a, const void* b) {
  const double left = *(const double*)a, right = *(const double*)b;
  return (left > right) - (left < right);
}

static void measure(const char* name, void (*call)(void), int calls) {
  double rounds[ROUNDS];
  for (int round = 0; round < ROUNDS; ++round) {
    const double began = now();
    for (int i = 0; i < calls; ++i) call();
    rounds[round] = (now() - began) / calls;
  }
  qsort(rounds, ROUNDS, sizeof *rounds, ascending);
  printf("%s: %.1f ns\n", name, rounds[ROUNDS / 2]);
}

static void decide(void) {
  const connex_decision decision = connex_recording_start(&facts);
  const uint32_t count = connex_decision_reason_count(&decision);
  for (uint32_t i = 0; i < count; ++i) kept += connex_decision_reason(&decision, i).clause.size;
  kept += decision.effect;
}

static void redact(void) {
  connex_buf text = {0};
  if (connex_redact(NULL, STR(kText), &text, NULL, NULL) != CONNEX_OK) exit(1);
  kept += text.size;
  connex_buf_free(&text);
}

static void put(void) {
  connex_buf answer = {0};
  if (connex_engine_execute(engine, STR(kPut), &answer, NULL) != CONNEX_OK) exit(1);
  if (strncmp(answer.data, "{\"ok\":true", 10) != 0) exit(1);
  connex_buf_free(&answer);
}

int main(void) {
  memset(&facts, CONNEX_YES, sizeof facts);
  measure("recording.start, permitted", decide, 2000000);
  facts.every_participant_consented = CONNEX_NO;
  measure("recording.start, one condition short", decide, 2000000);
  measure("redact, 111 bytes with two contacts", redact, 5000);
  connex_engine_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.store = STR("memory:");
  if (connex_engine_open(&options, &engine, NULL) != CONNEX_OK) return 1;
  measure("audited command, memory store", put, 2000);
  connex_engine_close(engine);
  return 0;
}
