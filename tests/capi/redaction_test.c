/* Contact details found and hidden through C alone. */
#include <stdio.h>
#include <string.h>

#include "connex/connex.h"

static int failures = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

static connex_str str(const char* text) {
  connex_str out = {text, strlen(text)};
  return out;
}
static int same(connex_str text, const char* expected) {
  return text.size == strlen(expected) && (text.size == 0 || memcmp(text.data, expected, text.size) == 0);
}
static int buf_is(connex_buf buf, const char* expected) {
  const connex_str text = {buf.data, buf.size};
  return same(text, expected);
}

static connex_redaction_options some_options(void) {
  connex_redaction_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  return options;
}

static void finds_and_hides(void) {
  connex_findings findings = {NULL, 0};
  connex_buf redacted = {NULL, 0};
  const connex_str text = str("call 98201 33447 or mail dr.sharma72@gmail.com");
  CHECK(connex_find_contact_details(NULL, text, &findings, NULL) == CONNEX_OK);
  CHECK(findings.size == 2);
  if (findings.size == 2) {
    CHECK(findings.data[0].start == 5 && findings.data[0].end == 16);
    CHECK(findings.data[0].type == CONNEX_SPAN_PHONE);
    CHECK(findings.data[0].score > 0);
    CHECK(findings.data[0].evidence == (CONNEX_EVIDENCE_SHAPE | CONNEX_EVIDENCE_CUE));
    CHECK(findings.data[1].start == 25 && findings.data[1].end == text.size);
    CHECK(findings.data[1].type == CONNEX_SPAN_EMAIL);
  }
  connex_findings_free(&findings);
  CHECK(findings.data == NULL && findings.size == 0);

  CHECK(connex_redact(NULL, text, &redacted, &findings, NULL) == CONNEX_OK);
  CHECK(buf_is(redacted, "call [phone hidden] or mail [email hidden]"));
  CHECK(findings.size == 2);
  connex_buf_free(&redacted);
  connex_findings_free(&findings);
  connex_findings_free(NULL);

  CHECK(connex_redact(NULL, str("take 40 mg daily"), &redacted, NULL, NULL) == CONNEX_OK);
  CHECK(buf_is(redacted, "take 40 mg daily"));
  connex_buf_free(&redacted);
  CHECK(connex_find_contact_details(NULL, str(""), &findings, NULL) == CONNEX_OK);
  CHECK(findings.data == NULL && findings.size == 0);
}

static void registered_values(void) {
  connex_redaction_options options = some_options();
  const connex_str phones[] = {{"044 2345", 8}};
  const connex_str names[] = {{"Anita", 5}};
  const connex_str text = str("Anita said 0 4 4 2 3 4 5");
  connex_buf redacted = {NULL, 0};
  CHECK(connex_redact(&options, text, &redacted, NULL, NULL) == CONNEX_OK);
  CHECK(redacted.size == text.size);
  connex_buf_free(&redacted);
  options.phones.data = phones;
  options.phones.size = 1;
  options.names.data = names;
  options.names.size = 1;
  options.channel = str("note");
  CHECK(connex_redact(&options, text, &redacted, NULL, NULL) == CONNEX_OK);
  CHECK(buf_is(redacted, "[name hidden] said [phone hidden]"));
  connex_buf_free(&redacted);
}

/* Cut in any way, the same comes out; and the stream then takes another text. */
static void streams(void) {
  static const char text[] = "call 98201 33447, \xe0\xa4\xab\xe0\xa5\x8b\xe0\xa4\xa8, or mail dr.sharma72@gmail.com";
  connex_redaction_options options = some_options();
  const connex_str names[] = {{"Anita", 5}};
  connex_redaction_stream* stream = NULL;
  connex_buf some = {NULL, 0};
  connex_error* error = NULL;
  options.names.data = names;
  options.names.size = 1;
  CHECK(connex_redaction_stream_open(&options, &stream, NULL) == CONNEX_OK);
  for (size_t size = 1; size <= sizeof text; ++size) {
    char out[256];
    size_t length = 0;
    for (size_t at = 0; at < sizeof text - 1; at += size) {
      const connex_str chunk = {text + at, sizeof text - 1 - at < size ? sizeof text - 1 - at : size};
      CHECK(connex_redaction_stream_write(stream, chunk, &some, NULL) == CONNEX_OK);
      if (some.size > 0) memcpy(out + length, some.data, some.size);
      length += some.size;
      connex_buf_free(&some);
    }
    CHECK(connex_redaction_stream_finish(stream, &some, NULL) == CONNEX_OK);
    if (some.size > 0) memcpy(out + length, some.data, some.size);
    length += some.size;
    connex_buf_free(&some);
    out[length] = '\0';
    CHECK(strcmp(out, "call [phone hidden], \xe0\xa4\xab\xe0\xa5\x8b\xe0\xa4\xa8, or mail [email hidden]") == 0);
  }

  CHECK(connex_redaction_stream_write(stream, str("Anita: \xff"), &some, NULL) == CONNEX_OK);
  CHECK(some.size == 0); /* not looked at yet */
  connex_buf_free(&some);
  some.size = 1;
  for (int again = 0; again < 2; ++again) {
    CHECK(connex_redaction_stream_finish(stream, &some, &error) == CONNEX_INVALID_ARGUMENT);
    CHECK(some.data == NULL && some.size == 0);
    CHECK(same(connex_error_path(error), "/text"));
    connex_error_free(error);
    error = NULL;
  }
  CHECK(connex_redaction_stream_write(stream, str("a"), &some, NULL) == CONNEX_INVALID_ARGUMENT); /* for ever */
  connex_redaction_stream_free(stream);
  connex_redaction_stream_free(NULL);

  CHECK(connex_redaction_stream_write(NULL, str("a"), &some, NULL) == CONNEX_INVALID_ARGUMENT);
  CHECK(connex_redaction_stream_finish(NULL, &some, NULL) == CONNEX_INVALID_ARGUMENT);
  options.channel = str("shouting");
  CHECK(connex_redaction_stream_open(&options, &stream, NULL) == CONNEX_NOT_FOUND);
  CHECK(stream == NULL);
  CHECK(connex_redaction_stream_open(NULL, NULL, NULL) == CONNEX_INVALID_ARGUMENT);
}

/* A failure leaves the outputs empty and repeats nothing of the text. */
static void refuses(const connex_redaction_options* options, connex_str text, connex_status expected,
                    const char* path) {
  connex_buf redacted = {(char*)&failures, 1};
  connex_findings findings = {(connex_finding*)(void*)&failures, 1};
  connex_error* error = NULL;
  CHECK(connex_redact(options, text, &redacted, &findings, &error) == expected);
  CHECK(redacted.data == NULL && redacted.size == 0 && findings.data == NULL && findings.size == 0);
  CHECK(connex_error_status(error) == expected);
  CHECK(same(connex_error_path(error), path));
  connex_error_free(error);
  error = NULL;
  findings.size = 1;
  CHECK(connex_find_contact_details(options, text, &findings, &error) == expected);
  CHECK(findings.data == NULL && findings.size == 0);
  CHECK(same(connex_error_path(error), path));
  connex_error_free(error);
}

static void failures_are_told(void) {
  connex_redaction_options options = some_options();
  const connex_str bad[] = {{"98201 33447", 11}, {"\xff", 1}};
  const connex_str blank[] = {{" ", 1}};
  connex_error* error = NULL;
  refuses(NULL, str("call \xff"), CONNEX_INVALID_ARGUMENT, "/text");
  refuses(NULL, str("call \xed\xa0\x80"), CONNEX_INVALID_ARGUMENT, "/text"); /* half of a surrogate pair */
  options.phones.data = bad;
  options.phones.size = 2;
  refuses(&options, str("a"), CONNEX_INVALID_ARGUMENT, "/phones/1");
  options.phones.data = NULL;
  refuses(&options, str("a"), CONNEX_INVALID_ARGUMENT, "");
  options.phones.size = 257;
  refuses(&options, str("a"), CONNEX_INVALID_ARGUMENT, "");
  options = some_options();
  options.names.data = blank;
  options.names.size = 1;
  refuses(&options, str("a"), CONNEX_INVALID_ARGUMENT, "/names/0");
  options = some_options();
  options.channel = str("shouting");
  refuses(&options, str("a"), CONNEX_NOT_FOUND, "");
  options = some_options();
  options.struct_size = 8;
  refuses(&options, str("a"), CONNEX_INVALID_ARGUMENT, "");
  options.struct_size = sizeof options + 1;
  refuses(&options, str("a"), CONNEX_INVALID_ARGUMENT, "");
  options = some_options();
  options.reserved = 1;
  refuses(&options, str("a"), CONNEX_INVALID_ARGUMENT, "");
  CHECK(connex_redact(NULL, str("a"), NULL, NULL, &error) == CONNEX_INVALID_ARGUMENT);
  connex_error_free(error);
  CHECK(connex_find_contact_details(NULL, str("a"), NULL, NULL) == CONNEX_INVALID_ARGUMENT);
}

static void names(void) {
  CHECK(same(connex_span_name(CONNEX_SPAN_PHONE), "PHONE"));
  CHECK(same(connex_span_name(CONNEX_SPAN_REGISTRATION), "REGISTRATION"));
  CHECK(same(connex_span_name(CONNEX_SPAN_ORGANISATION), "ORGANISATION"));
  CHECK(connex_span_name(CONNEX_SPAN_ORGANISATION + 1).size == 0);
  CHECK(same(connex_evidence_name(CONNEX_EVIDENCE_SHAPE), "shape"));
  CHECK(same(connex_evidence_name(CONNEX_EVIDENCE_NEGATIVE_CUE), "negative_cue"));
  CHECK(same(connex_evidence_name(CONNEX_EVIDENCE_PROVIDER), "provider"));
  CHECK(connex_evidence_name(CONNEX_EVIDENCE_PROVIDER << 1).size == 0);
  CHECK(connex_evidence_name(CONNEX_EVIDENCE_SHAPE | CONNEX_EVIDENCE_CUE).size == 0);
  CHECK(connex_evidence_name(0).size == 0);
}

int main(void) {
  finds_and_hides();
  registered_values();
  streams();
  failures_are_told();
  names();
  if (failures == 0) return 0;
  fprintf(stderr, "%d checks failed\n", failures);
  return 1;
}
