/* A stranger's program in C. */
#include <connex/connex.h>
#include <string.h>

int main(void) {
  connex_engine_options options;
  connex_engine* engine = NULL;
  connex_buf answer;
  connex_str request = {"{\"command\":\"audit.verify\",\"actor\":\"system\"}", 43};
  connex_str memory = {"memory:", 7};
  connex_decision decision = connex_visit_book(NULL);
  int ok;
  if (decision.effect == CONNEX_PERMIT) return 1;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.store = memory;
  if (connex_engine_open(&options, &engine, NULL) != CONNEX_OK) return 2;
  request.size = strlen(request.data);
  if (connex_engine_execute(engine, request, &answer, NULL) != CONNEX_OK) return 3;
  ok = strncmp(answer.data, "{\"ok\":true", 10) == 0;
  connex_buf_free(&answer);
  connex_engine_close(engine);
  return ok ? 0 : 4;
}
