/* The addon under the package: connex.h for Node, on Node-API 8. It knows no rule and no command; index.js
 * gives its strings and numbers their shape.
 *
 * Nothing here is shared between environments, so that every worker thread may load it. What touches a store
 * runs on the thread pool; a handle is looked at on the thread of its environment alone, except for the
 * engine in it, which is as safe as connex.h says. */
#define _POSIX_C_SOURCE 200809L /* pthread_cond_timedwait */
#define NAPI_VERSION 8
#include <node_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "connex/connex.h"

/* Values
 * ------------------------------------------------------------------------------------------------------ */

static napi_value string_of(napi_env env, connex_str text) {
  napi_value value = NULL;
  napi_create_string_utf8(env, text.data == NULL ? "" : text.data, text.size, &value);
  return value;
}

/* Takes the buffer over. */
static napi_value take(napi_env env, connex_buf* buf) {
  const connex_str text = {buf->data, buf->size};
  napi_value value = string_of(env, text);
  connex_buf_free(buf);
  return value;
}

/* A copy of a string, to be freed by the caller; {NULL, 0} with a TypeError pending when it is none. */
static connex_str copy_string(napi_env env, napi_value value, const char* complaint) {
  connex_str text = {NULL, 0};
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &size) != napi_ok) {
    napi_throw_type_error(env, NULL, complaint);
    return text;
  }
  char* data = (char*)malloc(size + 1);
  if (data == NULL || napi_get_value_string_utf8(env, value, data, size + 1, &size) != napi_ok) {
    free(data);
    napi_throw_error(env, NULL, "out of memory");
    return text;
  }
  text.data = data;
  text.size = size;
  return text;
}

static void free_string(connex_str* text) {
  free((void*)text->data);
  text->data = NULL;
}

/* An Error with `code` and `path`, of the error that it takes over. */
static napi_value error_of(napi_env env, connex_error* error) {
  napi_value code = string_of(env, connex_error_code(error));
  napi_value path = string_of(env, connex_error_path(error));
  napi_value value = NULL;
  napi_create_error(env, code, string_of(env, connex_error_message(error)), &value);
  napi_set_named_property(env, value, "path", path);
  connex_error_free(error);
  return value;
}

static napi_value throw_error(napi_env env, connex_error* error) {
  napi_throw(env, error_of(env, error));
  return NULL;
}

static int get_arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value* arguments) {
  size_t count = wanted;
  return napi_get_cb_info(env, info, &count, arguments, NULL, NULL) == napi_ok && count >= wanted;
}

/* Callbacks in JavaScript: the keys, the clock and the sink of checkpoints
 * ----------------------------------------------------------------------------------------------------- */

/* The engine asks on a thread of the pool and waits there; JavaScript answers on its own thread, at once or
 * when a promise is settled. What does not answer within this time has failed. */
enum { kSeconds = 30, kSecret = 32 };

/* So often the thread that waits has JavaScript looked for: a worker that is terminated runs none any more, not even
 * hooks of its end before the pool is done. */
enum { kLookMs = 100 };

typedef struct {
  pthread_mutex_t lock;
  napi_threadsafe_function ask; /* NULL once it is over */
  int holders;                  /* the engine, and `ask` until its finalizer has run */
} host_service;

/* One question. Belongs to the thread that waits and to the token that JavaScript answers with. */
typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t answered;
  int holders;
  int state;   /* 0: not answered, 1: answered, -1: failed */
  int told;    /* JavaScript has it; of the thread of the environment */
  int looking; /* whether JavaScript is still there is being looked at */
  const char* what;
  char id[CONNEX_MAX_KEY_ID];
  size_t id_size;
  uint32_t version;
  uint8_t* label;
  size_t label_size;
  uint8_t bytes[CONNEX_MAX_WRAPPED]; /* what it is about, then what came of it */
  size_t size;
} question;

static void wipe(void* data, size_t size) {
  volatile uint8_t* bytes = (volatile uint8_t*)data;
  while (size-- > 0) *bytes++ = 0;
}

static void drop_question(question* q) {
  pthread_mutex_lock(&q->lock);
  const int last = --q->holders == 0;
  pthread_mutex_unlock(&q->lock);
  if (!last) return;
  pthread_cond_destroy(&q->answered);
  pthread_mutex_destroy(&q->lock);
  free(q->label);
  wipe(q, sizeof *q);
  free(q);
}

static void settle(question* q, int state) {
  pthread_mutex_lock(&q->lock);
  if (q->state == 0) q->state = state;
  pthread_cond_signal(&q->answered);
  pthread_mutex_unlock(&q->lock);
}

static void drop_service(host_service* service) {
  pthread_mutex_lock(&service->lock);
  const int last = --service->holders == 0;
  pthread_mutex_unlock(&service->lock);
  if (!last) return;
  pthread_mutex_destroy(&service->lock);
  free(service);
}

static void service_over(napi_env env, void* data, void* hint) {
  (void)env;
  (void)hint;
  host_service* service = (host_service*)data;
  pthread_mutex_lock(&service->lock);
  service->ask = NULL;
  pthread_mutex_unlock(&service->lock);
  drop_service(service);
}

/* For the engine, which asks no more. */
static void leave_service(host_service* service) {
  if (service == NULL) return;
  pthread_mutex_lock(&service->lock);
  if (service->ask != NULL) napi_release_threadsafe_function(service->ask, napi_tsfn_abort);
  service->ask = NULL;
  pthread_mutex_unlock(&service->lock);
  drop_service(service);
}

/* Has the thread of the environment take up the question. 0 when it does not. */
static int send(host_service* service, question* q) {
  pthread_mutex_lock(&q->lock);
  ++q->holders;
  pthread_mutex_unlock(&q->lock);
  pthread_mutex_lock(&service->lock);
  const napi_status put = service->ask == NULL
                              ? napi_closing
                              : napi_call_threadsafe_function(service->ask, q, napi_tsfn_nonblocking);
  if (put == napi_closing) service->ask = NULL;
  pthread_mutex_unlock(&service->lock);
  if (put != napi_ok) drop_question(q);
  return put == napi_ok;
}

static int is_before(const struct timespec* a, const struct timespec* b) {
  return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Waits until the question, which is locked, is answered or has failed, or its time is over. */
static void await_answer(host_service* service, question* q) {
  struct timespec now, next, end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += kSeconds;
  while (q->state == 0) {
    clock_gettime(CLOCK_REALTIME, &now);
    if (!is_before(&now, &end)) return;
    next = now;
    next.tv_nsec += kLookMs * 1000000L;
    next.tv_sec += next.tv_nsec / 1000000000L;
    next.tv_nsec %= 1000000000L;
    if (pthread_cond_timedwait(&q->answered, &q->lock, &next) == 0 || q->state != 0 || q->looking) continue;
    q->looking = 1;
    pthread_mutex_unlock(&q->lock);
    const int sent = send(service, q);
    pthread_mutex_lock(&q->lock);
    if (!sent && q->state == 0) q->state = -1;
  }
}

/* Asks and waits. The question, answered, or NULL. */
static question* ask_service(host_service* service, const char* what, connex_str id, uint32_t version,
                                 connex_str label, const uint8_t* bytes, size_t size) {
  question* q = (question*)calloc(1, sizeof *q);
  if (q == NULL) return NULL;
  pthread_mutex_init(&q->lock, NULL);
  pthread_cond_init(&q->answered, NULL);
  q->holders = 1;
  q->what = what;
  q->version = version;
  q->label = (uint8_t*)malloc(label.size + 1);
  int asked = q->label != NULL && id.size <= sizeof q->id && size <= sizeof q->bytes;
  if (asked) {
    if (id.size > 0) memcpy(q->id, id.data, q->id_size = id.size);
    if (label.size > 0) memcpy(q->label, label.data, q->label_size = label.size);
    if (size > 0) memcpy(q->bytes, bytes, q->size = size);
    asked = send(service, q);
  }
  pthread_mutex_lock(&q->lock);
  if (!asked) q->state = -1;
  await_answer(service, q);
  const int done = q->state == 1;
  if (q->state == 0) q->state = -1; /* what is answered now comes too late */
  pthread_mutex_unlock(&q->lock);
  if (done) return q;
  drop_question(q);
  return NULL;
}

static uint32_t current_key(void* user, char* id, size_t* id_size, uint32_t* version) {
  const connex_str none = {NULL, 0};
  question* q = ask_service((host_service*)user, "current", none, 0, none, NULL, 0);
  if (q == NULL) return 0;
  memcpy(id, q->id, *id_size = q->id_size);
  *version = q->version;
  drop_question(q);
  return 1;
}

static uint32_t wrap_key(void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* secret,
                         uint8_t* wrapped, size_t* wrapped_size) {
  question* q = ask_service((host_service*)user, "wrap", id, version, label, secret, kSecret);
  if (q == NULL) return 0;
  memcpy(wrapped, q->bytes, *wrapped_size = q->size);
  drop_question(q);
  return 1;
}

static uint32_t unwrap_key(void* user, connex_str id, uint32_t version, connex_str label,
                           const uint8_t* wrapped, size_t wrapped_size, uint8_t* secret) {
  question* q = ask_service((host_service*)user, "unwrap", id, version, label, wrapped, wrapped_size);
  if (q == NULL) return 0;
  const uint32_t done = q->size == kSecret;
  if (done) memcpy(secret, q->bytes, kSecret);
  drop_question(q);
  return done;
}

/* The time, in the bytes of an int64_t. */
static uint32_t tell_time(void* user, int64_t* micros) {
  const connex_str none = {NULL, 0};
  question* q = ask_service((host_service*)user, "time", none, 0, none, NULL, 0);
  if (q == NULL) return 0;
  const uint32_t done = q->size == sizeof *micros;
  if (done) memcpy(micros, q->bytes, sizeof *micros);
  drop_question(q);
  return done;
}

static uint32_t publish(void* user, connex_str checkpoint) {
  const connex_str none = {NULL, 0};
  question* q = ask_service((host_service*)user, "publish", none, 0, checkpoint, NULL, 0);
  if (q == NULL) return 0;
  drop_question(q);
  return 1;
}

static void token_gone(napi_env env, void* data, void* hint) {
  (void)env;
  (void)hint;
  settle((question*)data, -1);
  drop_question((question*)data);
}

static const napi_type_tag kQuestionTag = {0x2b7f90d15e6c4a83ULL, 0xa41c7d3e58f2960bULL};

/* Whether JavaScript still runs, which this function asks for. */
static int is_running(napi_env env) {
  napi_value global = NULL;
  bool has = false;
  return env != NULL && napi_get_global(env, &global) == napi_ok &&
         napi_has_named_property(env, global, "Object", &has) == napi_ok;
}

/* ask(token, what, id, version, label, bytes), the first time */
static void put_question(napi_env env, napi_value ask, void* context, void* data) {
  (void)context;
  question* q = (question*)data;
  if (q->told) {
    if (!is_running(env)) settle(q, -1);
    pthread_mutex_lock(&q->lock);
    q->looking = 0;
    pthread_mutex_unlock(&q->lock);
    drop_question(q);
    return;
  }
  q->told = 1;
  napi_value token = NULL, none = NULL, arguments[6];
  if (env == NULL || napi_create_external(env, q, token_gone, NULL, &token) != napi_ok) {
    settle(q, -1);
    drop_question(q);
    return;
  }
  const connex_str id = {q->id, q->id_size}, what = {q->what, strlen(q->what)};
  napi_type_tag_object(env, token, &kQuestionTag);
  arguments[0] = token;
  arguments[1] = string_of(env, what);
  arguments[2] = string_of(env, id);
  const int fine = napi_get_undefined(env, &none) == napi_ok &&
                   napi_create_uint32(env, q->version, &arguments[3]) == napi_ok &&
                   napi_create_buffer_copy(env, q->label_size, q->label, NULL, &arguments[4]) == napi_ok &&
                   napi_create_buffer_copy(env, q->size, q->bytes, NULL, &arguments[5]) == napi_ok &&
                   napi_call_function(env, none, ask, 6, arguments, NULL) == napi_ok;
  if (!fine) settle(q, -1);
}

/* answer(token, id, version, bytes), or answer(token) when the callback failed. Only the first counts. */
static napi_value answer(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  bool ours = false;
  void* data = NULL;
  size_t count = 4;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count < 1 ||
      napi_check_object_type_tag(env, arguments[0], &kQuestionTag, &ours) != napi_ok || !ours ||
      napi_get_value_external(env, arguments[0], &data) != napi_ok) {
    napi_throw_type_error(env, NULL, "a token is expected");
    return NULL;
  }
  question* q = (question*)data;
  char id[CONNEX_MAX_KEY_ID + 2];
  size_t id_size = 0, size = 0;
  uint32_t version = 0;
  void* bytes = NULL;
  const int fine =
      count == 4 && napi_get_value_string_utf8(env, arguments[1], id, sizeof id, &id_size) == napi_ok &&
      id_size <= CONNEX_MAX_KEY_ID && napi_get_value_uint32(env, arguments[2], &version) == napi_ok &&
      napi_get_buffer_info(env, arguments[3], &bytes, &size) == napi_ok && size <= sizeof q->bytes;
  pthread_mutex_lock(&q->lock);
  if (fine && q->state == 0) {
    memcpy(q->id, id, q->id_size = id_size);
    q->version = version;
    wipe(q->bytes, sizeof q->bytes);
    if (size > 0) memcpy(q->bytes, bytes, size);
    q->size = size;
  }
  pthread_mutex_unlock(&q->lock);
  settle(q, fine ? 1 : -1);
  return NULL;
}

/* The service of a function; NULL with an exception pending. */
static host_service* make_service(napi_env env, napi_value ask) {
  host_service* service = (host_service*)calloc(1, sizeof *service);
  napi_value name = NULL;
  if (service == NULL) {
    napi_throw_error(env, NULL, "out of memory");
    return NULL;
  }
  pthread_mutex_init(&service->lock, NULL);
  service->holders = 2;
  napi_create_string_utf8(env, "connex.host", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, ask, NULL, name, 0, 1, service, service_over, NULL, put_question,
                                      &service->ask) != napi_ok) {
    service->ask = NULL;
    service->holders = 1;
    drop_service(service);
    napi_throw_type_error(env, NULL, "what is asked must be a function");
    return NULL;
  }
  napi_unref_threadsafe_function(env, service->ask); /* the work that waits for it keeps the loop */
  return service;
}

/* Handles
 * ----------------------------------------------------------------------------------------------------- */

typedef struct {
  connex_engine* engine;
  host_service* host; /* that it asks, or NULL */
  uint32_t* page;    /* of the environment */
  uint32_t pending;  /* works under way */
  int closed;
} handle;

static const napi_type_tag kHandleTag = {0x8f6e2c1ba4d94b57ULL, 0x9d2f63c70ae5418bULL};

static void close_if_idle(handle* h) {
  if (!h->closed || h->pending > 0) return;
  connex_engine_close(h->engine);
  h->engine = NULL;
  leave_service(h->host);
  h->host = NULL;
}

static void finalize_handle(napi_env env, void* data, void* hint) {
  (void)env;
  (void)hint;
  handle* h = (handle*)data;
  connex_engine_close(h->engine);
  leave_service(h->host);
  free(h);
}

/* Takes both over. */
static napi_value wrap_engine(napi_env env, connex_engine* engine, host_service* host) {
  handle* h = (handle*)calloc(1, sizeof *h);
  napi_value object = NULL;
  if (h == NULL || napi_create_external(env, h, finalize_handle, NULL, &object) != napi_ok) {
    connex_engine_close(engine);
    leave_service(host);
    free(h);
    return NULL;
  }
  void* page = NULL;
  napi_get_instance_data(env, &page);
  h->engine = engine;
  h->host = host;
  h->page = (uint32_t*)page;
  napi_type_tag_object(env, object, &kHandleTag);
  return object;
}

/* The open engine behind a value; NULL with an exception pending. */
static handle* handle_of(napi_env env, napi_value value) {
  bool ours = false;
  void* data = NULL;
  if (napi_check_object_type_tag(env, value, &kHandleTag, &ours) != napi_ok || !ours ||
      napi_get_value_external(env, value, &data) != napi_ok) {
    napi_throw_type_error(env, NULL, "an engine is expected");
    return NULL;
  }
  handle* h = (handle*)data;
  if (!h->closed) return h;
  napi_throw_error(env, NULL, "the engine is closed");
  return NULL;
}

/* The engine of a value, or NULL for the policy compiled in when it is null. 0 with an exception pending. */
static int engine_or_null(napi_env env, napi_value value, const connex_engine** engine) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  *engine = NULL;
  if (type == napi_null) return 1;
  const handle* h = handle_of(env, value);
  if (h == NULL) return 0;
  *engine = h->engine;
  return 1;
}

/* Work on the thread pool
 * ----------------------------------------------------------------------------------------------------- */

/* What open() is given. */
enum { kStore, kPolicy, kKeys, kPassphrase, kHost, kName, kRegion, kAccessKey, kSecretKey, kTexts };
enum { kDurability, kCallerClock, kBusyTimeout, kEntries, kCheckpointSeconds, kCallbacks, kNumbers };
enum { kAsksKeys = 1, kAsksTime = 2, kAsksSink = 4 };

typedef struct {
  napi_async_work work;
  napi_deferred deferred;
  connex_error* error;

  /* To open. */
  connex_engine_options options;
  connex_str texts[kTexts];
  connex_key_provider provider;
  connex_checkpoint_sink sink;
  connex_bucket bucket;
  host_service* host;
  connex_engine* opened;

  /* To execute. */
  handle* h;
  napi_ref held; /* keeps the handle alive */
  uint32_t count;
  connex_str* requests;
  connex_buf* answers; /* of each request, */
  connex_error** errors; /* or why there is none */
} task;

static void free_task(task* t) {
  leave_service(t->host);
  for (int i = 0; i < kTexts; ++i) free_string(&t->texts[i]);
  for (uint32_t i = 0; i < t->count; ++i) {
    free_string(&t->requests[i]);
    connex_buf_free(&t->answers[i]);
    connex_error_free(t->errors[i]);
  }
  free(t->requests);
  free(t->answers);
  free(t->errors);
  connex_error_free(t->error);
  free(t);
}

static napi_value start(napi_env env, task* t, const char* name, napi_async_execute_callback execute,
                        napi_async_complete_callback complete) {
  napi_value promise = NULL;
  napi_value resource_name = NULL;
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &resource_name);
  if (napi_create_promise(env, &t->deferred, &promise) == napi_ok &&
      napi_create_async_work(env, NULL, resource_name, execute, complete, t, &t->work) == napi_ok &&
      napi_queue_async_work(env, t->work) == napi_ok)
    return promise;
  if (t->held != NULL) napi_delete_reference(env, t->held);
  free_task(t);
  napi_throw_error(env, NULL, "the work could not be started");
  return NULL;
}

static void open_execute(napi_env env, void* data) {
  (void)env;
  task* t = (task*)data;
  connex_engine_open(&t->options, &t->opened, &t->error);
}

static void open_complete(napi_env env, napi_status status, void* data) {
  (void)status;
  task* t = (task*)data;
  if (t->opened != NULL) {
    napi_value engine = wrap_engine(env, t->opened, t->host);
    t->host = NULL;
    if (engine != NULL) napi_resolve_deferred(env, t->deferred, engine);
  } else {
    napi_reject_deferred(env, t->deferred, error_of(env, t->error));
    t->error = NULL;
  }
  napi_delete_async_work(env, t->work);
  free_task(t);
}

static void fill_options(task* t, const uint32_t* numbers) {
  connex_engine_options* o = &t->options;
  const connex_str* texts = t->texts;
  const uint32_t asks = numbers[kCallbacks];
  o->struct_size = sizeof *o;
  o->store = texts[kStore];
  o->policy = texts[kPolicy];
  o->keys = texts[kKeys];
  o->passphrase = texts[kPassphrase];
  o->durability = numbers[kDurability];
  o->caller_clock = numbers[kCallerClock];
  o->busy_timeout_ms = numbers[kBusyTimeout];
  o->checkpoint_entries = numbers[kEntries];
  o->checkpoint_seconds = numbers[kCheckpointSeconds];
  if ((asks & kAsksTime) != 0) {
    o->clock = tell_time;
    o->clock_user = t->host;
  }
  const connex_key_provider provider = {sizeof provider, 0, t->host, current_key, wrap_key, unwrap_key};
  t->provider = provider;
  if ((asks & kAsksKeys) != 0) o->key_provider = &t->provider;
  const connex_checkpoint_sink sink = {sizeof sink, 0, t->host, publish};
  t->sink = sink;
  if ((asks & kAsksSink) != 0) o->sink = &t->sink;
  const connex_bucket bucket = {sizeof bucket,  0, texts[kHost], texts[kName], texts[kRegion], texts[kAccessKey],
                                texts[kSecretKey]};
  t->bucket = bucket;
  if (bucket.host.size > 0) o->bucket = &t->bucket;
}

/* open(texts, numbers, function to ask or null) -> promise of a handle */
static napi_value open_engine(napi_env env, napi_callback_info info) {
  napi_value arguments[3], value = NULL;
  napi_valuetype type = napi_undefined;
  uint32_t numbers[kNumbers];
  if (!get_arguments(env, info, 3, arguments)) return NULL;
  for (uint32_t i = 0; i < kNumbers; ++i)
    if (napi_get_element(env, arguments[1], i, &value) != napi_ok ||
        napi_get_value_uint32(env, value, &numbers[i]) != napi_ok) {
      napi_throw_type_error(env, NULL, "an option must be a number");
      return NULL;
    }
  task* t = (task*)calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  int fine = 1;
  for (uint32_t i = 0; fine && i < kTexts; ++i) {
    fine = napi_get_element(env, arguments[0], i, &value) == napi_ok;
    if (fine) t->texts[i] = copy_string(env, value, "an option must be a string");
    fine = fine && t->texts[i].data != NULL;
  }
  napi_typeof(env, arguments[2], &type);
  if (fine && type != napi_null) {
    t->host = make_service(env, arguments[2]);
    fine = t->host != NULL;
  }
  if (!fine) {
    free_task(t);
    return NULL;
  }
  fill_options(t, numbers);
  return start(env, t, "connex.open", open_execute, open_complete);
}

static void execute_execute(napi_env env, void* data) {
  (void)env;
  task* t = (task*)data;
  for (uint32_t i = 0; i < t->count; ++i)
    connex_engine_execute(t->h->engine, t->requests[i], &t->answers[i], &t->errors[i]);
}

static void execute_complete(napi_env env, napi_status status, void* data) {
  (void)status;
  task* t = (task*)data;
  --t->h->pending;
  close_if_idle(t->h);
  napi_value answers = NULL;
  napi_create_array_with_length(env, t->count, &answers);
  for (uint32_t i = 0; i < t->count; ++i) {
    napi_value answer =
        t->errors[i] == NULL ? take(env, &t->answers[i]) : error_of(env, t->errors[i]);
    t->errors[i] = NULL;
    if (answer != NULL) napi_set_element(env, answers, i, answer);
  }
  napi_resolve_deferred(env, t->deferred, answers);
  napi_delete_reference(env, t->held);
  napi_delete_async_work(env, t->work);
  free_task(t);
}

/* execute(handle, [request]) -> promise of [answer, or an Error where none can be had]; the requests are carried out
 * in their order */
static napi_value execute(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  if (!get_arguments(env, info, 2, arguments)) return NULL;
  handle* h = handle_of(env, arguments[0]);
  uint32_t count = 0;
  if (h == NULL) return NULL;
  if (napi_get_array_length(env, arguments[1], &count) != napi_ok) {
    napi_throw_type_error(env, NULL, "requests must be an array");
    return NULL;
  }
  task* t = (task*)calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  t->h = h;
  t->requests = (connex_str*)calloc(count + 1, sizeof *t->requests);
  t->answers = (connex_buf*)calloc(count + 1, sizeof *t->answers);
  t->errors = (connex_error**)calloc(count + 1, sizeof *t->errors);
  if (t->requests == NULL || t->answers == NULL || t->errors == NULL) {
    free_task(t);
    napi_throw_error(env, NULL, "out of memory");
    return NULL;
  }
  for (; t->count < count; ++t->count) {
    napi_value request = NULL;
    napi_get_element(env, arguments[1], t->count, &request);
    t->requests[t->count] = copy_string(env, request, "a request must be a string");
    if (t->requests[t->count].data != NULL) continue;
    free_task(t);
    return NULL;
  }
  napi_create_reference(env, arguments[0], 1, &t->held);
  napi_value promise = start(env, t, "connex.execute", execute_execute, execute_complete);
  if (promise != NULL) ++h->pending;
  return promise;
}

/* close(handle): at once, or when the work under way is done */
static napi_value close_engine(napi_env env, napi_callback_info info) {
  napi_value argument = NULL;
  if (!get_arguments(env, info, 1, &argument)) return NULL;
  handle* h = handle_of(env, argument);
  if (h == NULL) return NULL;
  h->closed = 1;
  close_if_idle(h);
  return NULL;
}

/* Pure calls
 * ----------------------------------------------------------------------------------------------------- */

/* Numbers that JavaScript and C both reach: gate, facts that hold and facts that do not; and from an
 * evaluator effect, unmet conditions, unknown ones, and two that change when the policy of the engine does.
 */
enum { kPage = 8 };

static void evaluate_page(uint32_t* page, const connex_engine* engine) {
  const connex_decision decision = connex_evaluate(page[0], page[1], page[2]);
  page[3] = decision.effect;
  page[4] = decision.unmet;
  page[5] = decision.unknown;
  /* A pack stays as long as its engine, so where its digest is tells packs apart. */
  const uint64_t where = engine == NULL ? 0 : (uint64_t)(uintptr_t)connex_policy_identity(engine).digest.data;
  page[6] = (uint32_t)where;
  page[7] = (uint32_t)(where >> 32);
}

static napi_value evaluate_gate(napi_env env, napi_callback_info info) {
  void* data = NULL;
  if (napi_get_cb_info(env, info, NULL, NULL, NULL, &data) == napi_ok) evaluate_page((uint32_t*)data, NULL);
  return NULL;
}

static napi_value evaluate_gate_of(napi_env env, napi_callback_info info) {
  void* data = NULL;
  if (napi_get_cb_info(env, info, NULL, NULL, NULL, &data) != napi_ok) return NULL;
  const handle* h = (const handle*)data;
  if (h->engine != NULL) evaluate_page(h->page, h->engine);
  return NULL;
}

/* evaluatorOf(handle) -> function, to be kept no longer than the handle */
static napi_value evaluator_of(napi_env env, napi_callback_info info) {
  napi_value argument = NULL, function = NULL;
  if (!get_arguments(env, info, 1, &argument)) return NULL;
  handle* h = handle_of(env, argument);
  if (h == NULL) return NULL;
  napi_create_function(env, "evaluateGate", NAPI_AUTO_LENGTH, evaluate_gate_of, h, &function);
  return function;
}

/* obligations(number of a gate, effect) -> [{do, who, due, clause}], as a decision lists them */
static napi_value obligations(napi_env env, napi_callback_info info) {
  napi_value arguments[2], list = NULL, null = NULL;
  connex_decision decision = {0, 0, 0, 0};
  if (!get_arguments(env, info, 2, arguments)) return NULL;
  napi_get_value_uint32(env, arguments[0], &decision.gate);
  napi_get_value_uint32(env, arguments[1], &decision.effect);
  napi_create_array(env, &list);
  napi_get_null(env, &null);
  const uint32_t count = connex_decision_obligation_count(&decision);
  for (uint32_t i = 0; i < count; ++i) {
    const connex_obligation obligation = connex_decision_obligation(&decision, i);
    napi_value row = NULL;
    napi_create_object(env, &row);
    napi_set_named_property(env, row, "do", string_of(env, obligation.action));
    napi_set_named_property(env, row, "who", string_of(env, obligation.who));
    napi_set_named_property(env, row, "due", null);
    napi_set_named_property(env, row, "clause", string_of(env, obligation.clause));
    napi_set_element(env, list, i, row);
  }
  return list;
}

/* policyIdentity(handle or null) -> [version, digest] */
static napi_value policy_identity(napi_env env, napi_callback_info info) {
  napi_value argument = NULL, list = NULL;
  const connex_engine* engine = NULL;
  if (!get_arguments(env, info, 1, &argument) || !engine_or_null(env, argument, &engine)) return NULL;
  const connex_policy_id id = connex_policy_identity(engine);
  napi_create_array_with_length(env, 2, &list);
  napi_set_element(env, list, 0, string_of(env, id.version));
  napi_set_element(env, list, 1, string_of(env, id.digest));
  return list;
}

/* decide(handle or null, rule, facts as JSON) -> JSON */
static napi_value decide(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  const connex_engine* engine = NULL;
  if (!get_arguments(env, info, 3, arguments) || !engine_or_null(env, arguments[0], &engine)) return NULL;
  connex_str rule = copy_string(env, arguments[1], "a rule must be a string");
  if (rule.data == NULL) return NULL;
  connex_str facts = copy_string(env, arguments[2], "facts must be an object");
  connex_buf decision = {NULL, 0};
  connex_error* error = NULL;
  napi_value value = NULL;
  if (facts.data != NULL)
    value = connex_decide(engine, rule, facts, &decision, &error) == CONNEX_OK ? take(env, &decision)
                                                                               : throw_error(env, error);
  free_string(&rule);
  free_string(&facts);
  return value;
}

enum { kKinds = 5, kMost = 256 };

/* Copies an array of strings. 0 with an exception pending. */
static int copy_list(napi_env env, napi_value array, connex_str* texts, connex_known_list* list) {
  uint32_t count = 0;
  if (napi_get_array_length(env, array, &count) != napi_ok || count > kMost) {
    napi_throw_type_error(env, NULL, "registered values must be an array of at most 256 strings");
    return 0;
  }
  list->data = texts;
  for (; list->size < count; ++list->size) {
    napi_value text = NULL;
    napi_get_element(env, array, (uint32_t)list->size, &text);
    texts[list->size] = copy_string(env, text, "a registered value must be a string");
    if (texts[list->size].data == NULL) return 0;
  }
  return 1;
}

static napi_value list_evidence(napi_env env, uint32_t evidence) {
  napi_value list = NULL;
  napi_create_array(env, &list);
  uint32_t at = 0;
  for (uint32_t rest = evidence; rest != 0; rest &= rest - 1)
    napi_set_element(env, list, at++, string_of(env, connex_evidence_name(rest & (~rest + 1))));
  return list;
}

/* [type, start, end, score, evidence, type, ...] with offsets in UTF-16 units. Findings stand in order, so one walk
 * over the text does. */
static napi_value list_findings(napi_env env, const connex_findings* findings, connex_str text) {
  napi_value list = NULL, value = NULL;
  napi_create_array_with_length(env, findings->size * 5, &list);
  uint32_t at = 0, byte = 0, unit = 0;
  for (size_t i = 0; i < findings->size; ++i) {
    const connex_finding* finding = &findings->data[i];
    napi_set_element(env, list, at++, string_of(env, connex_span_name(finding->type)));
    for (int end = 0; end < 2; ++end) {
      for (const uint32_t stop = end == 0 ? finding->start : finding->end; byte < stop; ++byte) {
        const unsigned char c = (unsigned char)text.data[byte];
        unit += (c & 0xC0U) == 0x80U ? 0 : c >= 0xF0U ? 2 : 1;
      }
      napi_create_uint32(env, unit, &value);
      napi_set_element(env, list, at++, value);
    }
    napi_create_double(env, (double)finding->score, &value);
    napi_set_element(env, list, at++, value);
    napi_set_element(env, list, at++, list_evidence(env, finding->evidence));
  }
  return list;
}

/* redact(handle or null, text, channel, [phones, emails, addresses, names, organisations]) -> [text,
 * findings] */
static napi_value redact(napi_env env, napi_callback_info info) {
  napi_value arguments[4];
  connex_redaction_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  if (!get_arguments(env, info, 4, arguments) || !engine_or_null(env, arguments[0], &options.engine))
    return NULL;
  connex_str text = copy_string(env, arguments[1], "the text must be a string");
  if (text.data == NULL) return NULL;
  options.channel = copy_string(env, arguments[2], "the channel must be a string");
  connex_known_list* lists[kKinds] = {&options.phones, &options.emails, &options.addresses, &options.names,
                                      &options.organisations};
  connex_str* known = (connex_str*)calloc((size_t)kKinds * kMost, sizeof *known);
  int fine = options.channel.data != NULL && known != NULL;
  for (uint32_t i = 0; fine && i < kKinds; ++i) {
    napi_value array = NULL;
    fine = napi_get_element(env, arguments[3], i, &array) == napi_ok &&
           copy_list(env, array, known + (size_t)i * kMost, lists[i]);
  }
  napi_value result = NULL;
  if (fine) {
    connex_buf redacted = {NULL, 0};
    connex_findings findings = {NULL, 0};
    connex_error* error = NULL;
    if (connex_redact(&options, text, &redacted, &findings, &error) == CONNEX_OK) {
      napi_create_array_with_length(env, 2, &result);
      napi_set_element(env, result, 1, list_findings(env, &findings, text));
      napi_set_element(env, result, 0, take(env, &redacted));
      connex_findings_free(&findings);
    } else {
      throw_error(env, error);
    }
  }
  for (size_t i = 0; known != NULL && i < (size_t)kKinds * kMost; ++i) free_string(&known[i]);
  free(known);
  free_string(&options.channel);
  free_string(&text);
  return result;
}

static napi_value span_types(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value list = NULL;
  napi_create_array(env, &list);
  for (uint32_t type = 0; connex_span_name(type).size > 0; ++type)
    napi_set_element(env, list, type, string_of(env, connex_span_name(type)));
  return list;
}

static napi_value policy(napi_env env, napi_callback_info info) {
  napi_value argument = NULL;
  const connex_engine* engine = NULL;
  if (!get_arguments(env, info, 1, &argument) || !engine_or_null(env, argument, &engine)) return NULL;
  connex_buf pack = {NULL, 0};
  connex_error* error = NULL;
  return connex_policy(engine, &pack, &error) == CONNEX_OK ? take(env, &pack) : throw_error(env, error);
}

static void finalize_scenarios(napi_env env, void* data, void* hint) {
  (void)env;
  (void)hint;
  connex_scenarios_free((connex_scenarios*)data);
}

static const napi_type_tag kScenariosTag = {0x4d1c95e07ab34f62ULL, 0xb83e1f6a20c7d594ULL};

/* readScenarios(buffer) -> [what it holds, as JSON, and a handle] */
static napi_value read_scenarios(napi_env env, napi_callback_info info) {
  napi_value argument = NULL, object = NULL, list = NULL;
  void* data = NULL;
  size_t size = 0;
  if (!get_arguments(env, info, 1, &argument)) return NULL;
  if (napi_get_buffer_info(env, argument, &data, &size) != napi_ok) {
    napi_throw_type_error(env, NULL, "a scenario file must be a buffer");
    return NULL;
  }
  const connex_str file = {(const char*)data, size};
  connex_error* error = NULL;
  connex_scenarios* scenarios = NULL;
  connex_buf description = {NULL, 0};
  if (connex_scenarios_read(file, &scenarios, &error) != CONNEX_OK ||
      connex_scenarios_describe(scenarios, &description, &error) != CONNEX_OK) {
    connex_scenarios_free(scenarios);
    return throw_error(env, error);
  }
  if (napi_create_external(env, scenarios, finalize_scenarios, NULL, &object) != napi_ok) {
    connex_scenarios_free(scenarios);
    connex_buf_free(&description);
    return NULL;
  }
  napi_type_tag_object(env, object, &kScenariosTag);
  napi_create_array_with_length(env, 2, &list);
  napi_set_element(env, list, 0, take(env, &description));
  napi_set_element(env, list, 1, object);
  return list;
}

/* playScenario(handle of scenarios, index, handle or null) -> what was not as expected */
static napi_value play_scenario(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  bool ours = false;
  void* data = NULL;
  uint32_t index = 0;
  const connex_engine* engine = NULL;
  if (!get_arguments(env, info, 3, arguments) || !engine_or_null(env, arguments[2], &engine)) return NULL;
  if (napi_check_object_type_tag(env, arguments[0], &kScenariosTag, &ours) != napi_ok || !ours ||
      napi_get_value_external(env, arguments[0], &data) != napi_ok ||
      napi_get_value_uint32(env, arguments[1], &index) != napi_ok) {
    napi_throw_type_error(env, NULL, "scenarios and an index are expected");
    return NULL;
  }
  connex_buf failure = {NULL, 0};
  connex_error* error = NULL;
  return connex_scenarios_play((const connex_scenarios*)data, index, engine, &failure, &error) == CONNEX_OK
             ? take(env, &failure)
             : throw_error(env, error);
}

typedef connex_status (*table_function)(connex_buf*, connex_error**);

static napi_value table(napi_env env, table_function ask) {
  connex_buf rows = {NULL, 0};
  connex_error* error = NULL;
  return ask(&rows, &error) == CONNEX_OK ? take(env, &rows) : throw_error(env, error);
}
static napi_value commands(napi_env env, napi_callback_info info) {
  (void)info;
  return table(env, connex_commands);
}
static napi_value clauses(napi_env env, napi_callback_info info) {
  (void)info;
  return table(env, connex_clauses);
}
static napi_value gates(napi_env env, napi_callback_info info) {
  (void)info;
  return table(env, connex_gates);
}
static napi_value version(napi_env env, napi_callback_info info) {
  (void)info;
  return string_of(env, connex_version());
}

NAPI_MODULE_INIT() {
  static const struct {
    const char* name;
    napi_callback function;
  } kFunctions[] = {
      {"answer", answer}, {"clauses", clauses}, {"close", close_engine},
      {"commands", commands},    {"decide", decide},   {"evaluatorOf", evaluator_of},
      {"execute", execute},      {"gates", gates},     {"obligations", obligations},
      {"open", open_engine},     {"playScenario", play_scenario}, {"policy", policy},   {"policyIdentity", policy_identity},
      {"readScenarios", read_scenarios},
      {"redact", redact},        {"spanTypes", span_types}, {"version", version},
  };
  for (size_t i = 0; i < sizeof kFunctions / sizeof kFunctions[0]; ++i) {
    napi_value function = NULL;
    if (napi_create_function(env, kFunctions[i].name, NAPI_AUTO_LENGTH, kFunctions[i].function, NULL,
                             &function) != napi_ok ||
        napi_set_named_property(env, exports, kFunctions[i].name, function) != napi_ok)
      return NULL;
  }
  /* The page lives as long as the addon's exports, which index.js keeps and shows to nobody. */
  void* data = NULL;
  napi_value buffer = NULL, page = NULL, function = NULL;
  if (napi_create_arraybuffer(env, kPage * sizeof(uint32_t), &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_uint32_array, kPage, buffer, 0, &page) != napi_ok ||
      napi_set_named_property(env, exports, "page", page) != napi_ok ||
      napi_set_instance_data(env, data, NULL, NULL) != napi_ok ||
      napi_create_function(env, "evaluateGate", NAPI_AUTO_LENGTH, evaluate_gate, data, &function) !=
          napi_ok ||
      napi_set_named_property(env, exports, "evaluateGate", function) != napi_ok)
    return NULL;
  return exports;
}
