/* A host in C: one virtual visit from booking to the question whether it may be recorded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connex/connex.h"

static connex_str str(const char* text) {
  connex_str s = {text, strlen(text)};
  return s;
}

static void check(connex_status status, connex_error* error) {
  if (status == CONNEX_OK) return;
  connex_str message = connex_error_message(error);
  fprintf(stderr, "connex: %.*s\n", (int)message.size, message.data);
  connex_error_free(error);
  exit(1);
}

/* Sends a request; the answer is JSON, for the caller to free. What is refused ends the program. */
static connex_buf tell(connex_engine* engine, const char* request) {
  connex_buf answer;
  connex_error* error = NULL;
  check(connex_engine_execute(engine, str(request), &answer, &error), error);
  if (strncmp(answer.data, "{\"ok\":true", 10) != 0) {
    fprintf(stderr, "connex: %s\n", answer.data);
    exit(1);
  }
  return answer;
}

static void do_it(connex_engine* engine, const char* request) {
  connex_buf answer = tell(engine, request);
  connex_buf_free(&answer);
}

/* The visit takes place in 2030, whenever this runs. */
static uint32_t clock_of_the_visit(void* user, int64_t* micros) {
  (void)user;
  *micros = INT64_C(1893990600) * 1000000;
  return 1;
}

static void accept(connex_engine* engine, const char* party) {
  char request[512];
  snprintf(request, sizeof request,
           "{\"command\":\"visit.disclosure\",\"actor\":\"%s\",\"args\":{\"visit\":\"v1\"}}", party);
  connex_buf disclosure = tell(engine, request);
  const char* hash = strstr(disclosure.data, "\"hash\":\"") + 8; /* a host has a JSON library for this */
  snprintf(
      request, sizeof request,
      "{\"command\":\"visit.accept\",\"actor\":\"%s\",\"args\":{\"visit\":\"v1\",\"recording_consent\":true,"
      "\"disclosure_hash\":\"%.64s\"}}",
      party, hash);
  connex_buf_free(&disclosure);
  do_it(engine, request);
}

int main(int argc, char** argv) {
  connex_engine_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.store = str(argc > 1 ? argv[1] : "memory:");
  options.clock = clock_of_the_visit;
  connex_engine* engine = NULL;
  connex_error* error = NULL;
  check(connex_engine_open(&options, &engine, &error), error);

  do_it(engine,
        "{\"command\":\"organisation.put\",\"actor\":\"system\",\"args\":{\"id\":\"acme\",\"kind\":\"pharma_"
        "company\",\"name\":\"Acme Pharma\"}}");
  do_it(engine,
        "{\"command\":\"principal.register\",\"actor\":\"system\",\"args\":{\"id\":\"dr-1\",\"role\":"
        "\"doctor\",\"name\":\"Dr Asha Rao\",\"adult_attested\":true}}");
  do_it(
      engine,
      "{\"command\":\"principal.register\",\"actor\":\"system\",\"args\":{\"id\":\"mr-7\",\"role\":\"medical_"
      "representative\",\"organisation\":\"acme\",\"name\":\"R. Nair\",\"adult_attested\":true}}");
  do_it(engine,
        "{\"command\":\"preference.set\",\"actor\":\"dr-1\",\"args\":{\"doctor\":\"dr-1\",\"virtual_visits\":"
        "true,\"recording\":true}}");
  do_it(engine,
        "{\"command\":\"visit.book\",\"actor\":\"mr-7\",\"args\":{\"id\":\"v1\",\"doctor\":\"dr-1\","
        "\"representative\":\"mr-7\",\"starts_at\":\"2030-01-07T10:00:00+05:30\",\"ends_at\":\"2030-01-07T10:"
        "15:00+05:30\"}}");
  accept(engine, "dr-1");
  accept(engine, "mr-7");
  do_it(engine, "{\"command\":\"visit.start\",\"actor\":\"system\",\"args\":{\"visit\":\"v1\"}}");
  connex_buf decision =
      tell(engine, "{\"command\":\"recording.decide\",\"actor\":\"system\",\"args\":{\"visit\":\"v1\"}}");
  printf("%s\n", decision.data);
  connex_buf_free(&decision);
  connex_engine_close(engine);

  /* The same rule on facts of the host's own, without an engine. */
  connex_recording_start_facts facts;
  memset(&facts, 0, sizeof facts); /* all unknown */
  facts.doctor_recording_enabled = CONNEX_YES;
  facts.company_recording_enabled = CONNEX_NO;
  connex_decision quick = connex_recording_start(&facts);
  for (uint32_t i = 0; i < connex_decision_reason_count(&quick); ++i) {
    connex_reason why = connex_decision_reason(&quick, i);
    printf("  %.*s %.*s\n", (int)why.clause.size, why.clause.data, (int)why.text.size, why.text.data);
  }
  return quick.effect == CONNEX_PERMIT ? 1 : 0; /* the company said no: it must not permit */
}
