/* A host in C: one virtual visit from booking to the question whether it may be recorded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connex/connex.h"

static const char* const kStory[] = {
    "'command':'organisation.put','actor':'system','args':{'id':'acme','kind':'pharma_company','name':'Acme'"
    "}",
    "'command':'principal.register','actor':'system','args':{'id':'dr-1','role':'doctor','name':'Dr Asha "
    "Rao',"
    "'adult_attested':true}",
    "'command':'principal.register','actor':'system','args':{'id':'mr-7','role':'medical_representative',"
    "'organisation':'acme','name':'R. Nair','adult_attested':true}",
    "'command':'preference.set','actor':'dr-1','args':{'doctor':'dr-1','virtual_visits':true,'recording':"
    "true}",
    "'command':'visit.book','actor':'mr-7','args':{'id':'v1','doctor':'dr-1','representative':'mr-7',"
    "'starts_at':'2030-01-07T10:00:00+05:30','ends_at':'2030-01-07T10:15:00+05:30'}",
};

static void check(connex_status status, connex_error* error) {
  if (status == CONNEX_OK) return;
  fprintf(stderr, "connex: %.*s\n", (int)connex_error_message(error).size, connex_error_message(error).data);
  exit(1);
}

/* Sends a request, written with single quotes; the answer is for the caller to free. */
static connex_buf tell(connex_engine* engine, const char* format, const char* actor, const char* hash) {
  char request[512] = "{";
  snprintf(request + 1, sizeof request - 2, format, actor, hash);
  for (char* c = request; *c; ++c) *c = *c == '\'' ? '"' : *c;
  const connex_str text = {strcat(request, "}"), strlen(request)};
  connex_buf answer;
  connex_error* error = NULL;
  check(connex_engine_execute(engine, text, &answer, &error), error);
  if (strncmp(answer.data, "{\"ok\":true", 10) == 0) return answer;
  fprintf(stderr, "connex: %s\n", answer.data);
  exit(1);
}

static void accept(connex_engine* engine, const char* party) {
  connex_buf shown =
      tell(engine, "'command':'visit.disclosure','actor':'%s','args':{'visit':'v1'}", party, "");
  const char* hash = strstr(shown.data, "\"hash\":\"") + 8; /* a host has a JSON library for this */
  connex_buf answer =
      tell(engine,
           "'command':'visit.accept','actor':'%s','args':{'visit':'v1','recording_consent':true,"
           "'disclosure_hash':'%.64s'}",
           party, hash);
  connex_buf_free(&answer);
  connex_buf_free(&shown);
}

/* The visit takes place in 2030, whenever this runs. */
static uint32_t clock_of_the_visit(void* user, int64_t* micros) {
  *micros = INT64_C(1893990600) * 1000000;
  return user == NULL;
}

int main(int argc, char** argv) {
  connex_engine_options options = {0};
  options.struct_size = sizeof options;
  options.store.data = argc > 1 ? argv[1] : "memory:";
  options.store.size = strlen(options.store.data);
  options.clock = clock_of_the_visit;
  connex_engine* engine = NULL;
  connex_error* error = NULL;
  check(connex_engine_open(&options, &engine, &error), error);
  for (size_t i = 0; i < sizeof kStory / sizeof kStory[0]; ++i) {
    connex_buf answer = tell(engine, kStory[i], "", "");
    connex_buf_free(&answer);
  }
  accept(engine, "dr-1");
  accept(engine, "mr-7");
  connex_buf answer =
      tell(engine, "'command':'visit.start','actor':'%s','args':{'visit':'v1'}", "system", "");
  connex_buf_free(&answer);
  answer = tell(engine, "'command':'recording.decide','actor':'%s','args':{'visit':'v1'}", "system", "");
  printf("%s\n", answer.data);
  connex_buf_free(&answer);
  connex_engine_close(engine);
  return 0;
}
