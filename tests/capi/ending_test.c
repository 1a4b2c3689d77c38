/* The end of a process whose threads are still inside engines: exit() undoes what the process set up, in the opposite
 * order, while they go on. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "connex/connex.h"

enum { kPatience = 300 }; /* milliseconds */

static void wait_for(long milliseconds) {
  const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static connex_str str(const char* text) {
  const connex_str out = {text, strlen(text)};
  return out;
}

static uint32_t current_key(void* user, char* id, size_t* id_size, uint32_t* version) {
  (void)user;
  *id = 'k';
  *id_size = 1;
  *version = 1;
  return 1;
}
static uint32_t wrap_key(void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* secret,
                         uint8_t* wrapped, size_t* wrapped_size) {
  (void)user, (void)id, (void)version, (void)label;
  memcpy(wrapped, secret, 32);
  *wrapped_size = 32;
  return 1;
}
static uint32_t unwrap_key(void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* wrapped,
                           size_t wrapped_size, uint8_t* secret) {
  (void)user, (void)id, (void)version, (void)label;
  if (wrapped_size != 32) return 0;
  memcpy(secret, wrapped, 32);
  return 1;
}

static connex_engine* opened(void) {
  const connex_key_provider keys = {sizeof keys, 0, NULL, current_key, wrap_key, unwrap_key};
  connex_engine_options options;
  connex_engine* engine = NULL;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.store = str("memory:");
  options.key_provider = &keys;
  options.checkpoint_entries = 20;
  return connex_engine_open(&options, &engine, NULL) == CONNEX_OK ? engine : NULL;
}

/* Whether the answer is that all went well, which nobody can tell once exit() has begun. */
static int execute(connex_engine* engine, const char* request) {
  connex_buf answer = {NULL, 0};
  if (connex_engine_execute(engine, str(request), &answer, NULL) != CONNEX_OK) return 0;
  const int well = strncmp(answer.data, "{\"ok\":true", 10) == 0;
  connex_buf_free(&answer);
  return well;
}

static int use(connex_engine* engine, unsigned number) {
  char request[256];
  snprintf(request, sizeof request,
           "{\"command\":\"principal.register\",\"actor\":\"system\",\"args\":{\"id\":\"p%u\",\"role\":\"doctor\",\"name\":\"A\","
           "\"adult_attested\":true}}",
           number);
  const int well = execute(engine, request) && (number % 50 != 0 || execute(engine, "{\"command\":\"audit.verify\",\"actor\":\"system\"}"));
  connex_buf redacted = {NULL, 0};
  connex_redaction_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.engine = engine;
  if (connex_redact(&options, str("call 98201 33447"), &redacted, NULL, NULL) != CONNEX_OK) return 0;
  connex_buf_free(&redacted);
  return well;
}

static connex_engine* shared;

/* Registered before all that the library and what it uses register, so that it runs after it; on the thread that ends the
 * process, what that kept for itself has gone too. */
static void linger(void) {
  wait_for(kPatience);
  for (unsigned number = 3000000; number < 3000100; ++number) use(shared, number);
}

static void* go_on(void* first) {
  for (unsigned number = *(const unsigned*)first;; ++number) use(shared, number);
  return NULL;
}

static void* use_own(void* went_well) {
  connex_engine* engine = opened();
  *(int*)went_well = engine != NULL && use(engine, 0);
  connex_engine_close(engine);
  return NULL;
}
static void* begin_anew(void* unused) {
  (void)unused;
  for (int went_well = 0;;) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, use_own, &went_well) == 0) pthread_join(thread, NULL);
  }
  return NULL;
}

int main(void) {
  static const unsigned first[] = {1, 1000000, 2000000};
  int went_well = 0;
  pthread_t thread;
  if (atexit(linger) != 0) return 2;
  shared = opened();
  use_own(&went_well);
  if (shared == NULL || !went_well || !use(shared, 0)) return 3;
  for (int i = 0; i < 3; ++i)
    if (pthread_create(&thread, NULL, go_on, (void*)&first[i]) != 0) return 4;
  if (pthread_create(&thread, NULL, begin_anew, NULL) != 0) return 4;
  wait_for(kPatience);
  return 0;
}
