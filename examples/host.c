/* A host in C: one virtual visit from booking to the question whether it may be recorded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connex/connex.h"

#define JSON(...) #__VA_ARGS__

static const char* const kStory[] = {
    JSON({"command":"organisation.put","actor":"system","args":{"id":"acme","kind":"pharma_company","name":"Acme"}}),
    JSON({"command":"principal.register","actor":"system","args":{"id":"dr-1","role":"doctor","name":"Dr Asha Rao","adult_attested":true}}),
    JSON({"command":"principal.register","actor":"system","args":{"id":"mr-7","role":"medical_representative","organisation":"acme","name":"R. Nair","adult_attested":true}}),
    JSON({"command":"preference.set","actor":"dr-1","args":{"doctor":"dr-1","virtual_visits":true,"recording":true}}),
    JSON({"command":"visit.book","actor":"mr-7","args":{"id":"v1","doctor":"dr-1","representative":"mr-7","starts_at":"2030-01-07T10:00:00+05:30","ends_at":"2030-01-07T10:15:00+05:30"}}),
};
static const char kShow[] = JSON({"command":"visit.disclosure","actor":"%s","args":{"visit":"v1"}});
static const char kAccept[] = JSON({"command":"visit.accept","actor":"%s","args":{"visit":"v1","recording_consent":true,"disclosure_hash":"%.64s"}});
static const char kStart[] = JSON({"command":"visit.start","actor":"%s","args":{"visit":"v1"}});
static const char kDecide[] = JSON({"command":"recording.decide","actor":"%s","args":{"visit":"v1"}});

/* Sends a request and copies the answer; what fails ends the program. */
static const char* tell(connex_engine* engine, const char* format, const char* actor, const char* hash) {
  static char request[1024], kept[8192];
  connex_str text = {request, (size_t)snprintf(request, sizeof request, format, actor, hash)};
  connex_buf answer = {0};
  if (connex_engine_execute(engine, text, &answer, NULL) != CONNEX_OK || strncmp(answer.data, "{\"ok\":true", 10) != 0) {
    fprintf(stderr, "connex: %.*s\n", (int)answer.size, answer.size > 0 ? answer.data : "");
    exit(1);
  }
  snprintf(kept, sizeof kept, "%.*s", (int)answer.size, answer.data);
  connex_buf_free(&answer);
  return kept;
}

/* The visit takes place in 2030, whenever this runs. */
static uint32_t clock_of_the_visit(void* user, int64_t* micros) {
  *micros = INT64_C(1893990600) * 1000000;
  return user == NULL;
}

int main(int argc, char** argv) {
  const char* parties[] = {"dr-1", "mr-7"};
  const char* file = argc > 1 ? argv[1] : "memory:";
  connex_engine_options options = {.struct_size = sizeof options, .store = {file, strlen(file)}, .clock = clock_of_the_visit};
  connex_engine* engine = NULL;
  if (connex_engine_open(&options, &engine, NULL) != CONNEX_OK) return fprintf(stderr, "connex: not opened\n"), 1;
  for (size_t i = 0; i < sizeof kStory / sizeof kStory[0]; ++i) tell(engine, kStory[i], "", "");
  for (size_t i = 0; i < 2; ++i) { /* both see the same text and answer for themselves; a host has a JSON library */
    const char* hash = strstr(tell(engine, kShow, parties[i], ""), "\"hash\":\"") + 8;
    char copy[65] = {0};
    tell(engine, kAccept, parties[i], strncpy(copy, hash, 64));
  }
  tell(engine, kStart, "system", "");
  printf("%s\n", tell(engine, kDecide, "system", ""));
  connex_engine_close(engine);
  return 0;
}
