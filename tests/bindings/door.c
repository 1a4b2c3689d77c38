/* The door of C: asks the library what each line of standard input says, and answers on one line.
 *   {"open": true}                   an empty engine; no answer
 *   RULE<tab>FACTS                   decides a rule: {"ok": true, "answer": ...} or {"ok": false, ...}
 *   {"command": ...}                 a request as it is
 * A door knows nothing of scenarios: scenarios_test.py plays them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connex/connex.h"

static connex_str str(const char* data, size_t size) {
  connex_str s = {data, size};
  return s;
}

static void print_error(connex_error* error) {
  const connex_str code = connex_error_code(error), message = connex_error_message(error),
                   path = connex_error_path(error);
  printf("{\"ok\":false,\"error\":{\"code\":\"%.*s\",\"message\":\"%.*s\",\"path\":\"%.*s\"}}\n",
         (int)code.size, code.data, (int)message.size, message.data, (int)path.size, path.data);
  connex_error_free(error);
}

int main(void) {
  static char line[1 << 20];
  connex_engine* engine = NULL;
  while (fgets(line, sizeof line, stdin) != NULL) {
    const size_t size = strcspn(line, "\n");
    const char* tab = memchr(line, '\t', size);
    connex_error* error = NULL;
    connex_buf answer = {NULL, 0};
    if (strncmp(line, "{\"open\"", 7) == 0) {
      connex_engine_close(engine);
      connex_engine_options options;
      memset(&options, 0, sizeof options);
      options.struct_size = sizeof options;
      options.store = str("memory:", 7);
      options.caller_clock = 1;
      if (connex_engine_open(&options, &engine, &error) != CONNEX_OK) return 1;
      continue;
    }
    if (tab != NULL) {
      const size_t rule = (size_t)(tab - line);
      if (connex_decide(NULL, str(line, rule), str(tab + 1, size - rule - 1), &answer, &error) == CONNEX_OK) {
        printf("{\"ok\":true,\"answer\":%s}\n", answer.data);
      } else {
        print_error(error);
      }
    } else {
      if (connex_engine_execute(engine, str(line, size), &answer, &error) != CONNEX_OK) return 1;
      printf("%s\n", answer.data);
    }
    connex_buf_free(&answer);
    fflush(stdout);
  }
  connex_engine_close(engine);
  return 0;
}
