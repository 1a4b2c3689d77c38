/* The extension module under the package: connex.h for Python, on the stable ABI of CPython 3.10. It knows no
 * rule and no command; the package around it gives its strings and tuples their types.
 *
 * Wherever an engine is used the interpreter's lock is let go, so an engine knows who uses it: one that is
 * closed meanwhile ends with the last of them, for which close() waits. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030A0000
#include <Python.h>
#include <pthread.h>
#include <pythread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "connex/connex.h"

enum { kFacts = 32, kEffects = 3, kFields = 8 };

/* A gate as Python sees it: what its decisions are made of. All owned. */
typedef struct {
  PyObject* rule;
  PyObject* conditions; /* {fact: its condition} */
  PyObject* facts[kFacts];
  PyObject* no[kFacts];      /* connex._values.Reason, of each condition known not to hold, */
  PyObject* unknown[kFacts]; /* and of each not known */
  Py_ssize_t count;
  PyObject* obligations[kEffects]; /* tuples of connex._values.Obligation */
} gate_row;

typedef struct {
  PyTypeObject* engine_type;
  PyObject* error_for; /* connex._errors.error_for: (code, message, path) -> exception */

  /* Made with the first Gates object. */
  PyObject* numbers; /* {rule: number of its gate} */
  gate_row* gates;   /* the gate of a number, from 1 */
  uint32_t gate_count;
  PyObject* effects[kEffects]; /* connex._values.Effect */
  PyObject* policy_type;       /* connex._values.Policy */
  PyTypeObject* decision_type; /* connex._values.Decision, */
  PyObject* fields[kFields];   /* its descriptors, in the order of kFieldNames, */
  descrsetfunc set_field;      /* and what sets one, past the freezing */
  PyObject* empty;             /* () */
} module_state;

static module_state* state_of(PyObject* module) { return (module_state*)PyModule_GetState(module); }

/* Strings and errors
 * ----------------------------------------------------------------------------------------------------- */

static PyObject* to_str(connex_str text) {
  return PyUnicode_DecodeUTF8(text.data == NULL ? "" : text.data, (Py_ssize_t)text.size, NULL);
}

/* Takes the buffer over. */
static PyObject* take(connex_buf* buf) {
  PyObject* text = PyUnicode_DecodeUTF8(buf->data == NULL ? "" : buf->data, (Py_ssize_t)buf->size, NULL);
  connex_buf_free(buf);
  return text;
}

/* Raises that `name` is not of the type that it must be. */
static void raise_type(const char* name, const char* expected, PyObject* object) {
  PyObject* type = PyObject_GetAttrString((PyObject*)Py_TYPE(object), "__name__");
  if (type != NULL) PyErr_Format(PyExc_TypeError, "`%s` must be %s, not %U", name, expected, type);
  Py_XDECREF(type);
}

/* Borrows from `object`. 0 with a TypeError when it is no str, a UnicodeEncodeError when it is no Unicode. */
static int from_str(PyObject* object, const char* name, connex_str* text) {
  if (!PyUnicode_Check(object)) {
    raise_type(name, "str", object);
    return 0;
  }
  Py_ssize_t size = 0;
  text->data = PyUnicode_AsUTF8AndSize(object, &size);
  text->size = (size_t)size;
  return text->data != NULL;
}

/* The same of bytes, which the engine looks at for itself. */
static int from_str_or_bytes(PyObject* object, const char* name, connex_str* text) {
  if (!PyBytes_Check(object)) return from_str(object, name, text);
  char* data = NULL;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(object, &data, &size) < 0) return 0;
  text->data = data;
  text->size = (size_t)size;
  return 1;
}

static void raise_parts(const module_state* state, const char* code, const char* message, PyObject* path) {
  PyObject* error = path == NULL ? NULL : PyObject_CallFunction(state->error_for, "ssO", code, message, path);
  if (error != NULL) PyErr_SetObject((PyObject*)Py_TYPE(error), error);
  Py_XDECREF(error);
}

static void raise_at(const module_state* state, const char* code, const char* message, const char* path) {
  PyObject* where = PyUnicode_FromString(path);
  raise_parts(state, code, message, where);
  Py_XDECREF(where);
}
static void raise_code(const module_state* state, const char* code, const char* message) {
  raise_at(state, code, message, "");
}

/* Instead of the UnicodeEncodeError of from_str(): an error at `path`. */
static void raise_no_unicode(const module_state* state, const char* path) {
  if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return;
  PyErr_Clear();
  raise_at(state, "invalid_argument", "text is not valid UTF-8", path);
}

/* Raises `error` and takes it over. */
static PyObject* raise_error(const module_state* state, connex_error* error) {
  PyObject* code = to_str(connex_error_code(error));
  PyObject* message = to_str(connex_error_message(error));
  PyObject* path = to_str(connex_error_path(error));
  connex_error_free(error);
  PyObject* raised = NULL;
  if (code != NULL && message != NULL && path != NULL)
    raised = PyObject_CallFunctionObjArgs(state->error_for, code, message, path, NULL);
  if (raised != NULL) PyErr_SetObject((PyObject*)Py_TYPE(raised), raised);
  Py_XDECREF(raised);
  Py_XDECREF(code);
  Py_XDECREF(message);
  Py_XDECREF(path);
  return NULL;
}

/* The engine
 * ----------------------------------------------------------------------------------------------------- */

typedef struct {
  PyObject_HEAD connex_engine* engine;
  unsigned long* callers;  /* the threads of the calls under way, kept under the interpreter's lock */
  size_t users, room;      /* how many they are, and could be */
  PyThread_type_lock gate; /* held from when close() first waits until the last call under way is done */
  int closed;
  pid_t process; /* that opened it */
  PyObject* clock; /* () -> microseconds since 1970, or NULL */
  PyObject* keys;  /* the functions of a key provider, as connex._keys makes them, or NULL */
  PyObject* sink;  /* (checkpoint) -> None, or NULL */
} engine_object;

/* What this thread let its interpreter go with, innermost. The engine calls back on the threads that call it alone, so
 * this leads back into the right interpreter of several. */
static __thread PyThreadState* let_go_with;

typedef struct {
  PyThreadState *own, *outer;
} let_go;

/* At the end of the interpreter a thread that asks for its lock is ended by pthread_exit() from within. That must not unwind
 * frames of the engine where they lie below, nor free what a thread keeps of the cryptographic library beside exit(), which
 * does so too: the thread stays here until the process ends. */
static void stay(void* unused) {
  (void)unused;
  for (;;) pause();
}

/* Around what may take its time or call back. */
static let_go begin_call(void) {
  let_go gone = {PyEval_SaveThread(), let_go_with};
  let_go_with = gone.own;
  return gone;
}
static void end_call(let_go gone) {
  let_go_with = gone.outer;
  pthread_cleanup_push(stay, NULL);
  PyEval_RestoreThread(gone.own);
  pthread_cleanup_pop(0);
}

/* Around a callback, within a call and within pthread_cleanup_push(stay). */
static PyThreadState* begin_callback(void) {
  PyThreadState* state = let_go_with;
  PyEval_RestoreThread(state);
  return state;
}
static void end_callback(PyThreadState* state) {
  PyEval_SaveThread();
  let_go_with = state;
}

static uint32_t ask_clock(void* user, int64_t* micros) {
  engine_object* self = (engine_object*)user;
  uint32_t known = 0;
  pthread_cleanup_push(stay, NULL);
  PyThreadState* state = begin_callback();
  PyObject* now = PyObject_CallNoArgs(self->clock);
  *micros = now == NULL ? -1 : PyLong_AsLongLong(now);
  known = PyErr_Occurred() == NULL;
  if (!known) PyErr_WriteUnraisable(self->clock);
  Py_XDECREF(now);
  end_callback(state);
  pthread_cleanup_pop(0);
  return known;
}

static uint32_t publish(void* user, connex_str checkpoint) {
  engine_object* self = (engine_object*)user;
  uint32_t kept = 0;
  pthread_cleanup_push(stay, NULL);
  PyThreadState* state = begin_callback();
  PyObject* text = to_str(checkpoint);
  PyObject* given = text == NULL ? NULL : PyObject_CallFunctionObjArgs(self->sink, text, NULL);
  if (given != NULL && given != Py_None)
    PyErr_SetString(PyExc_TypeError, "`sink` must return None: anything else may mean that it kept nothing");
  kept = PyErr_Occurred() == NULL;
  if (!kept) PyErr_WriteUnraisable(self->sink);
  Py_XDECREF(given);
  Py_XDECREF(text);
  end_callback(state);
  pthread_cleanup_pop(0);
  return kept;
}

/* What a function of the key provider gives, taken over; NULL when it raised, which is told. */
static PyObject* ask_keys(const engine_object* self, Py_ssize_t which, const char* format, ...) {
  PyObject* function = PyTuple_GetItem(self->keys, which);
  va_list values;
  va_start(values, format);
  PyObject* args = Py_VaBuildValue(format, values);
  va_end(values);
  PyObject* given = args == NULL ? NULL : PyObject_CallObject(function, args);
  Py_XDECREF(args);
  if (given == NULL) PyErr_WriteUnraisable(function);
  return given;
}

/* Copies what must be bytes, and takes it over. 0 when it is something else or too large, which is told. */
static uint32_t copy_bytes(PyObject* given, void* to, size_t most, size_t* size) {
  char* bytes = NULL;
  Py_ssize_t length = 0;
  uint32_t fine = given != NULL;
  if (fine && PyBytes_AsStringAndSize(given, &bytes, &length) < 0) {
    PyErr_WriteUnraisable(given);
    fine = 0;
  }
  fine = fine && (size_t)length <= most;
  if (fine) {
    memcpy(to, bytes, (size_t)length);
    *size = (size_t)length;
  }
  Py_XDECREF(given);
  return fine;
}

static uint32_t current_key(void* user, char* id, size_t* id_size, uint32_t* version) {
  uint32_t done = 0;
  pthread_cleanup_push(stay, NULL);
  PyThreadState* state = begin_callback();
  PyObject* given = ask_keys((const engine_object*)user, 0, "()");
  PyObject* name = NULL;
  unsigned int number = 0;
  done = given != NULL;
  if (done && !PyArg_ParseTuple(given, "SI", &name, &number)) {
    PyErr_WriteUnraisable(given);
    done = 0;
  }
  if (done) {
    Py_INCREF(name);
    done = copy_bytes(name, id, CONNEX_MAX_KEY_ID, id_size);
    *version = number;
  }
  Py_XDECREF(given);
  end_callback(state);
  pthread_cleanup_pop(0);
  return done;
}

static uint32_t wrap_key(void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* secret,
                         uint8_t* wrapped, size_t* wrapped_size) {
  uint32_t done = 0;
  pthread_cleanup_push(stay, NULL);
  PyThreadState* state = begin_callback();
  PyObject* given = ask_keys((const engine_object*)user, 1, "(s#Iy#y#)", id.data, (Py_ssize_t)id.size,
                             version, label.data, (Py_ssize_t)label.size, secret, (Py_ssize_t)32);
  done = copy_bytes(given, wrapped, CONNEX_MAX_WRAPPED, wrapped_size);
  end_callback(state);
  pthread_cleanup_pop(0);
  return done;
}

static uint32_t unwrap_key(void* user, connex_str id, uint32_t version, connex_str label,
                           const uint8_t* wrapped, size_t wrapped_size, uint8_t* secret) {
  uint32_t done = 0;
  pthread_cleanup_push(stay, NULL);
  PyThreadState* state = begin_callback();
  PyObject* given = ask_keys((const engine_object*)user, 2, "(s#Iy#y#)", id.data, (Py_ssize_t)id.size,
                             version, label.data, (Py_ssize_t)label.size, wrapped, (Py_ssize_t)wrapped_size);
  size_t size = 0;
  done = copy_bytes(given, secret, 32, &size) && size == 32;
  end_callback(state);
  pthread_cleanup_pop(0);
  return done;
}

/* Whether a call of this thread is under way, from within which its clock or its keys are asked. */
static int is_inside(const engine_object* self) {
  const unsigned long thread = PyThread_get_thread_ident();
  for (size_t i = 0; i < self->users; ++i)
    if (self->callers[i] == thread) return 1;
  return 0;
}

/* Counts a call of this thread. 0 with an exception. */
static int add_user(engine_object* self) {
  if (self->users == self->room) {
    const size_t room = self->room == 0 ? 4 : 2 * self->room;
    unsigned long* callers = (unsigned long*)PyMem_Realloc(self->callers, room * sizeof *callers);
    if (callers == NULL) {
      PyErr_NoMemory();
      return 0;
    }
    self->callers = callers;
    self->room = room;
  }
  self->callers[self->users++] = PyThread_get_thread_ident();
  return 1;
}

static const char kClosed[] = "the engine is closed";

/* The engine for one call, or NULL with an exception. Every use ends with leave(). */
static connex_engine* enter(const module_state* state, engine_object* self) {
  if (self->closed || self->engine == NULL) {
    raise_code(state, "closed", kClosed);
    return NULL;
  }
  if (self->process != getpid()) { /* which no database outlives: SQLite forbids it */
    raise_code(state, "unsupported", "the engine was opened by another process, from which this one was forked");
    return NULL;
  }
  return add_user(self) ? self->engine : NULL;
}

/* The last user of a closed engine ends it, and is one until that is done. */
static void leave(engine_object* self) {
  if (self->closed && self->users == 1) {
    connex_engine* engine = self->engine;
    self->engine = NULL;
    const let_go gone = begin_call();
    connex_engine_close(engine);
    end_call(gone);
  }
  size_t mine = 0;
  for (const unsigned long thread = PyThread_get_thread_ident(); self->callers[mine] != thread;) ++mine;
  self->callers[mine] = self->callers[--self->users];
  if (self->users == 0 && self->gate != NULL) PyThread_release_lock(self->gate);
}

/* Whether the interpreter ends, after which no other thread comes back into it; -1 with an exception. */
static int is_ending(void) {
  PyObject* sys = PyImport_ImportModule("sys");
  PyObject* answer = sys == NULL ? NULL : PyObject_CallMethod(sys, "is_finalizing", NULL);
  const int ending = answer == NULL ? -1 : answer == Py_True;
  Py_XDECREF(answer);
  Py_XDECREF(sys);
  return ending;
}

/* Waits for the calls under way, but not for threads that the end of the interpreter has stopped. 0 with an exception,
 * as a signal may raise one. */
static int wait_for_users(engine_object* self) {
  const int ending = is_ending();
  if (ending != 0) return ending > 0;
  if (self->gate == NULL) {
    self->gate = PyThread_allocate_lock();
    if (self->gate == NULL) {
      PyErr_NoMemory();
      return 0;
    }
    PyThread_acquire_lock(self->gate, NOWAIT_LOCK);
  }
  for (;;) {
    PyLockStatus status = PY_LOCK_FAILURE;
    const let_go gone = begin_call();
    status = PyThread_acquire_lock_timed(self->gate, -1, 1);
    if (status == PY_LOCK_ACQUIRED) PyThread_release_lock(self->gate); /* for who else waits */
    end_call(gone);
    if (status == PY_LOCK_ACQUIRED) return 1;
    if (PyErr_CheckSignals() < 0) return 0;
  }
}

static PyObject* engine_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static char* names[] = {"store", "policy", "durability", "caller_clock", "busy_timeout_ms", "clock",
                          "keys",  "passphrase", "provider", "sink", "checkpoint_entries", "checkpoint_seconds",
                          "bucket", NULL};
  connex_engine_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  connex_bucket bucket;
  memset(&bucket, 0, sizeof bucket);
  bucket.struct_size = sizeof bucket;
  Py_ssize_t sizes[9] = {0};
  unsigned int durability = 0, busy_timeout_ms = 0, entries = 0, seconds = 0;
  int caller_clock = 0;
  PyObject *clock = Py_None, *provider = Py_None, *sink = Py_None, *where = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s#z#IpIOs#s#OOIIO:Engine", names, &options.store.data, &sizes[0],
                                   &options.policy.data, &sizes[1], &durability, &caller_clock, &busy_timeout_ms, &clock,
                                   &options.keys.data, &sizes[2], &options.passphrase.data, &sizes[3], &provider, &sink,
                                   &entries, &seconds, &where))
    return NULL;
  if (where != Py_None &&
      !PyArg_ParseTuple(where, "s#s#s#s#s#;a bucket is five strings", &bucket.host.data, &sizes[4], &bucket.name.data,
                        &sizes[5], &bucket.region.data, &sizes[6], &bucket.access_key.data, &sizes[7],
                        &bucket.secret_key.data, &sizes[8]))
    return NULL;
  if (provider != Py_None && !(PyTuple_Check(provider) && PyTuple_Size(provider) == 3)) {
    PyErr_SetString(PyExc_TypeError, "a provider of keys is three functions");
    return NULL;
  }
  const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
  engine_object* self = (engine_object*)allocate(type, 0);
  if (self == NULL) return NULL;
  self->process = getpid();

  options.store.size = (size_t)sizes[0];
  options.policy.size = (size_t)sizes[1];
  options.keys.size = (size_t)sizes[2];
  options.passphrase.size = (size_t)sizes[3];
  options.durability = durability;
  options.caller_clock = (uint32_t)caller_clock;
  options.busy_timeout_ms = busy_timeout_ms;
  options.checkpoint_entries = entries;
  options.checkpoint_seconds = seconds;
  if (clock != Py_None) {
    Py_INCREF(clock);
    self->clock = clock;
    options.clock = ask_clock;
    options.clock_user = self;
  }
  const connex_key_provider host_keys = {sizeof host_keys, 0, self, current_key, wrap_key, unwrap_key};
  if (provider != Py_None) {
    Py_INCREF(provider);
    self->keys = provider;
    options.key_provider = &host_keys;
  }
  const connex_checkpoint_sink host_sink = {sizeof host_sink, 0, self, publish};
  if (sink != Py_None) {
    Py_INCREF(sink);
    self->sink = sink;
    options.sink = &host_sink;
  }
  if (where != Py_None) {
    bucket.host.size = (size_t)sizes[4];
    bucket.name.size = (size_t)sizes[5];
    bucket.region.size = (size_t)sizes[6];
    bucket.access_key.size = (size_t)sizes[7];
    bucket.secret_key.size = (size_t)sizes[8];
    options.bucket = &bucket;
  }
  connex_error* error = NULL;
  connex_engine* engine = NULL;
  const let_go gone = begin_call();
  const connex_status status = connex_engine_open(&options, &engine, &error);
  end_call(gone);
  self->engine = engine;
  if (status == CONNEX_OK) return (PyObject*)self;
  Py_DECREF(self);
  return raise_error((const module_state*)PyType_GetModuleState(type), error);
}

static PyObject* engine_close(engine_object* self, PyObject* unused) {
  (void)unused;
  self->closed = 1;
  if (self->process != getpid()) Py_RETURN_NONE; /* which goes on with it */
  if (self->users > 0) {
    if (!is_inside(self) && !wait_for_users(self)) return NULL;
  } else if (self->engine != NULL) {
    if (!add_user(self)) return NULL;
    leave(self);
  }
  Py_RETURN_NONE;
}

static PyObject* engine_execute(engine_object* self, PyObject* request) {
  const module_state* state = (const module_state*)PyType_GetModuleState(Py_TYPE((PyObject*)self));
  connex_str text;
  if (!from_str_or_bytes(request, "request", &text)) return NULL;
  if (is_inside(self)) {
    raise_code(state, "conflict", "a callback of the engine cannot have it carry out a command");
    return NULL;
  }
  connex_engine* engine = enter(state, self);
  if (engine == NULL) return NULL;
  connex_buf answer = {NULL, 0};
  connex_error* error = NULL;
  const let_go gone = begin_call();
  const connex_status status = connex_engine_execute(engine, text, &answer, &error);
  end_call(gone);
  leave(self);
  return status == CONNEX_OK ? take(&answer) : raise_error(state, error);
}

static PyObject* engine_closed(engine_object* self, void* unused) {
  (void)unused;
  return PyBool_FromLong(self->closed);
}

static int engine_traverse(engine_object* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE((PyObject*)self));
  Py_VISIT(self->clock);
  Py_VISIT(self->keys);
  Py_VISIT(self->sink);
  return 0;
}

/* What the engine may ask goes with it. */
static int engine_clear(engine_object* self) {
  if (self->engine != NULL) return 0;
  Py_CLEAR(self->clock);
  Py_CLEAR(self->keys);
  Py_CLEAR(self->sink);
  return 0;
}

static void engine_dealloc(engine_object* self) {
  PyTypeObject* type = Py_TYPE((PyObject*)self);
  PyObject_GC_UnTrack(self);
  if (self->process == getpid() && self->users == 0) connex_engine_close(self->engine);
  PyMem_Free(self->callers);
  if (self->gate != NULL) PyThread_free_lock(self->gate);
  Py_CLEAR(self->clock);
  Py_CLEAR(self->keys);
  Py_CLEAR(self->sink);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef engine_methods[] = {
    {"close", (PyCFunction)engine_close, METH_NOARGS,
     "Closes the engine once the calls under way are done; a callback of the engine does not wait for its "
     "own."},
    {"execute", (PyCFunction)engine_execute, METH_O,
     "Carries out a request given as JSON; answers with JSON."},
    {NULL, NULL, 0, NULL},
};
static PyGetSetDef engine_getset[] = {
    {"closed", (getter)engine_closed, NULL, "Whether close() was called.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyType_Slot engine_slots[] = {
    {Py_tp_new, (void*)engine_new},
    {Py_tp_dealloc, (void*)engine_dealloc},
    {Py_tp_traverse, (void*)engine_traverse},
    {Py_tp_clear, (void*)engine_clear},
    {Py_tp_methods, engine_methods},
    {Py_tp_getset, engine_getset},
    {0, NULL},
};
static PyType_Spec engine_spec = {"connex._connex.Engine", sizeof(engine_object), 0,
                                  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, engine_slots};

/* `object` as an engine to use, or the policy compiled in when it is None. 0 with an exception. */
static int enter_any(const module_state* state, PyObject* object, engine_object** entered) {
  *entered = NULL;
  if (object == Py_None) return 1;
  if (!PyObject_TypeCheck(object, state->engine_type)) {
    PyErr_SetString(PyExc_TypeError, "an engine is expected");
    return 0;
  }
  if (enter(state, (engine_object*)object) == NULL) return 0;
  *entered = (engine_object*)object;
  return 1;
}

static const connex_engine* engine_of(const engine_object* entered) {
  return entered == NULL ? NULL : entered->engine;
}

static void leave_any(engine_object* entered) {
  if (entered != NULL) leave(entered);
}

/* Gates
 * ----------------------------------------------------------------------------------------------------- */

/* A decision is made here, without its __init__: a frozen dataclass takes its time. */
static const char* const kFieldNames[kFields] = {"rule",    "effect",  "permitted",    "policy",
                                                 "reasons", "unknown", "would_permit", "obligations"};

static void clear_gate(gate_row* gate) {
  Py_CLEAR(gate->rule);
  Py_CLEAR(gate->conditions);
  for (Py_ssize_t i = 0; i < gate->count; ++i) {
    Py_CLEAR(gate->facts[i]);
    Py_CLEAR(gate->no[i]);
    Py_CLEAR(gate->unknown[i]);
  }
  for (int i = 0; i < kEffects; ++i) Py_CLEAR(gate->obligations[i]);
}

static void clear_tables(module_state* state) {
  for (uint32_t number = 1; number <= state->gate_count; ++number) clear_gate(&state->gates[number]);
  PyMem_Free(state->gates);
  state->gates = NULL;
  state->gate_count = 0;
  Py_CLEAR(state->numbers);
  for (int i = 0; i < kEffects; ++i) Py_CLEAR(state->effects[i]);
  for (int i = 0; i < kFields; ++i) Py_CLEAR(state->fields[i]);
  Py_CLEAR(state->policy_type);
  Py_CLEAR(state->decision_type);
  Py_CLEAR(state->empty);
}

static PyObject* make_reason(PyObject* type, const connex_reason* reason, PyObject* condition_state) {
  return PyObject_CallFunction(type, "s#s#s#Os#", reason->code.data, (Py_ssize_t)reason->code.size,
                               reason->clause.data, (Py_ssize_t)reason->clause.size, reason->fact.data,
                               (Py_ssize_t)reason->fact.size, condition_state, reason->text.data,
                               (Py_ssize_t)reason->text.size);
}

static PyObject* make_obligations(PyObject* type, const connex_decision* decision) {
  const uint32_t count = connex_decision_obligation_count(decision);
  PyObject* made = PyTuple_New((Py_ssize_t)count);
  for (uint32_t i = 0; made != NULL && i < count; ++i) {
    const connex_obligation o = connex_decision_obligation(decision, i);
    PyObject* item =
        PyObject_CallFunction(type, "s#s#Os#", o.action.data, (Py_ssize_t)o.action.size, o.who.data,
                              (Py_ssize_t)o.who.size, Py_None, o.clause.data, (Py_ssize_t)o.clause.size);
    if (item == NULL || PyTuple_SetItem(made, (Py_ssize_t)i, item) < 0) Py_CLEAR(made);
  }
  return made;
}

/* Everything of the gate of a number; 0 with an exception. What was made so far is cleared by the caller. */
static int fill_gate(gate_row* gate, uint32_t number, PyObject* values, PyObject* no, PyObject* unknown) {
  PyObject* reason_type = PyObject_GetAttrString(values, "Reason");
  PyObject* obligation_type = PyObject_GetAttrString(values, "Obligation");
  connex_decision decision = {number, CONNEX_DENY, 0, 0};
  gate->rule = to_str(connex_decision_rule(&decision));
  gate->conditions = PyDict_New();
  int fine = reason_type != NULL && obligation_type != NULL && gate->rule != NULL && gate->conditions != NULL;
  for (Py_ssize_t i = 0; fine && i < kFacts; ++i) {
    decision.unmet = UINT32_C(1) << i;
    if (connex_decision_reason_count(&decision) == 0) break;
    const connex_reason reason = connex_decision_reason(&decision, 0);
    gate->count = i + 1;
    gate->facts[i] = to_str(reason.fact);
    if (gate->facts[i] != NULL) PyUnicode_InternInPlace(&gate->facts[i]);
    gate->no[i] = make_reason(reason_type, &reason, no);
    gate->unknown[i] = make_reason(reason_type, &reason, unknown);
    PyObject* condition = PyLong_FromSsize_t(i);
    fine = gate->facts[i] != NULL && gate->no[i] != NULL && gate->unknown[i] != NULL && condition != NULL &&
           PyDict_SetItem(gate->conditions, gate->facts[i], condition) == 0;
    Py_XDECREF(condition);
  }
  for (uint32_t effect = 0; fine && effect < kEffects; ++effect) {
    decision.effect = effect;
    gate->obligations[effect] = make_obligations(obligation_type, &decision);
    fine = gate->obligations[effect] != NULL;
  }
  Py_XDECREF(reason_type);
  Py_XDECREF(obligation_type);
  return fine;
}

static int fill_tables(module_state* state, PyObject* values) {
  PyObject* effects = PyObject_GetAttrString(values, "Effect");
  PyObject* states = PyObject_GetAttrString(values, "State");
  PyObject* no = states == NULL ? NULL : PyObject_GetAttrString(states, "NO");
  PyObject* unknown = states == NULL ? NULL : PyObject_GetAttrString(states, "UNKNOWN");
  state->policy_type = PyObject_GetAttrString(values, "Policy");
  state->decision_type = (PyTypeObject*)PyObject_GetAttrString(values, "Decision");
  state->empty = PyTuple_New(0);
  state->numbers = PyDict_New();
  int fine = effects != NULL && no != NULL && unknown != NULL && state->policy_type != NULL &&
             state->decision_type != NULL && state->empty != NULL && state->numbers != NULL;
  static const char* const kNames[kEffects] = {"DENY", "INDETERMINATE", "PERMIT"};
  for (int i = 0; fine && i < kEffects; ++i)
    fine = (state->effects[i] = PyObject_GetAttrString(effects, kNames[i])) != NULL;
  for (int i = 0; fine && i < kFields; ++i)
    fine =
        (state->fields[i] = PyObject_GetAttrString((PyObject*)state->decision_type, kFieldNames[i])) != NULL;
  if (fine) state->set_field = (descrsetfunc)PyType_GetSlot(Py_TYPE(state->fields[0]), Py_tp_descr_set);

  connex_decision decision = {1, CONNEX_DENY, 0, 0};
  while (connex_decision_rule(&decision).size > 0) ++decision.gate;
  if (fine) state->gates = (gate_row*)PyMem_Calloc(decision.gate, sizeof(gate_row));
  if (fine && state->gates == NULL) PyErr_NoMemory();
  fine = fine && state->gates != NULL;
  for (uint32_t number = 1; fine && number < decision.gate; ++number) {
    state->gate_count = number;
    PyObject* object = PyLong_FromUnsignedLong(number);
    fine = object != NULL && fill_gate(&state->gates[number], number, values, no, unknown) &&
           PyDict_SetItem(state->numbers, state->gates[number].rule, object) == 0;
    Py_XDECREF(object);
  }
  Py_XDECREF(effects);
  Py_XDECREF(states);
  Py_XDECREF(no);
  Py_XDECREF(unknown);
  return fine;
}

/* 0 with an exception. */
static int need_tables(module_state* state) {
  if (state->numbers != NULL) return 1;
  PyObject* values = PyImport_ImportModule("connex._values");
  const int fine = values != NULL && fill_tables(state, values);
  Py_XDECREF(values);
  if (!fine) clear_tables(state);
  return fine;
}

typedef struct {
  PyObject_HEAD PyObject* engine; /* an Engine or None */
  PyObject* policy;               /* connex._values.Policy, as an engine last named it */
  const char* digest;             /* the very bytes that name it: a pack stays as long as its engine */
} gates_object;

/* Brings up to date which policy the engine, or None, decides by: one that is published takes effect in an
 * open engine. 0 with an exception, as when reading the facts closed it. The identity is copied before anything of
 * Python's can run and close it. */
static int refresh_policy(gates_object* self, const module_state* state) {
  const engine_object* engine = self->engine == Py_None ? NULL : (const engine_object*)self->engine;
  if (engine != NULL && (engine->closed || engine->engine == NULL)) {
    raise_code(state, "closed", kClosed);
    return 0;
  }
  const connex_policy_id id = connex_policy_identity(engine_of(engine));
  if (self->policy != NULL && id.digest.data == self->digest) return 1;
  PyObject* version = to_str(id.version);
  PyObject* digest = to_str(id.digest);
  PyObject* policy = NULL;
  if (version != NULL && digest != NULL)
    policy = PyObject_CallFunctionObjArgs(state->policy_type, version, digest, NULL);
  Py_XDECREF(version);
  Py_XDECREF(digest);
  if (policy == NULL) return 0;
  PyObject* old = self->policy;
  self->policy = policy;
  self->digest = id.digest.data;
  Py_XDECREF(old);
  return 1;
}

static PyObject* gates_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static char* names[] = {"engine", NULL};
  PyObject* engine = NULL;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:Gates", names, &engine)) return NULL;
  module_state* state = (module_state*)PyType_GetModuleState(type);
  if (!need_tables(state)) return NULL;
  if (engine != Py_None && !PyObject_TypeCheck(engine, state->engine_type)) {
    PyErr_SetString(PyExc_TypeError, "an engine is expected");
    return NULL;
  }
  gates_object* self = (gates_object*)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
  if (self == NULL) return NULL;
  Py_INCREF(engine);
  self->engine = engine;
  return (PyObject*)self;
}

/* Raises that the gate has no such fact. A name that is not an id stays out of the error. */
static void raise_no_such_fact(const module_state* state, PyObject* name) {
  static const char kId[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
  connex_str text;
  const int read = from_str(name, "the name of a fact", &text);
  if (!read && !PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return;
  PyErr_Clear();
  const int is_id = read && text.size > 0 && text.size <= 128 && strspn(text.data, kId) == text.size;
  PyObject* path = is_id ? PyUnicode_FromFormat("/%U", name) : PyUnicode_FromString("/?");
  raise_parts(state, "invalid_argument", "the rule has no such fact", path);
  Py_XDECREF(path);
}

typedef struct {
  uint32_t yes;
  uint32_t no;
} fact_bits;

/* What a dictionary has for a name, borrowed, or NULL. A subclass of str may hash and compare as it likes, so
 * what is looked up is the plain str in it. */
static PyObject* look_up(PyObject* dict, PyObject* name) {
  if (PyUnicode_CheckExact(name)) return PyDict_GetItemWithError(dict, name);
  if (!PyUnicode_Check(name)) return NULL;
  PyObject* plain = PyUnicode_FromObject(name);
  PyObject* found = plain == NULL ? NULL : PyDict_GetItemWithError(dict, plain);
  Py_XDECREF(plain);
  return found;
}

/* The condition on a fact, or -1. A name written in a program is mostly the very object, and the next one. */
static Py_ssize_t condition_of(const gate_row* gate, PyObject* name, Py_ssize_t next) {
  for (Py_ssize_t i = next; i < gate->count; ++i)
    if (gate->facts[i] == name) return i;
  PyObject* condition = look_up(gate->conditions, name);
  return condition == NULL ? -1 : PyLong_AsSsize_t(condition);
}

/* Reads {fact: True, False or None}. 0 with an exception. */
static int read_facts(const module_state* state, const gate_row* gate, PyObject* facts, fact_bits* out) {
  PyObject *name = NULL, *value = NULL;
  Py_ssize_t position = 0, next = 0;
  while (PyDict_Next(facts, &position, &name, &value)) {
    const Py_ssize_t condition = condition_of(gate, name, next);
    if (condition < 0) {
      if (PyErr_Occurred() == NULL) raise_no_such_fact(state, name);
      return 0;
    }
    next = condition + 1;
    if (value == Py_True) {
      out->yes |= UINT32_C(1) << condition;
    } else if (value == Py_False) {
      out->no |= UINT32_C(1) << condition;
    } else if (value != Py_None) {
      connex_str fact;
      if (from_str(gate->facts[condition], "fact", &fact)) raise_type(fact.data, "True, False or None", value);
      return 0;
    }
  }
  return 1;
}

static Py_ssize_t count_bits(uint32_t mask) {
  Py_ssize_t count = 0;
  for (; mask != 0; mask &= mask - 1) ++count;
  return count;
}

/* A tuple of the rows whose bits are set; of `others` where that bit is set too. */
static PyObject* pick(const module_state* state, uint32_t mask, PyObject* const* rows, uint32_t which,
                      PyObject* const* others) {
  if (mask == 0) {
    Py_INCREF(state->empty);
    return state->empty;
  }
  PyObject* picked = PyTuple_New(count_bits(mask));
  Py_ssize_t at = 0;
  for (Py_ssize_t i = 0; picked != NULL && mask >> i != 0; ++i) {
    if ((mask >> i & 1U) == 0) continue;
    PyObject* row = (which >> i & 1U) != 0 ? others[i] : rows[i];
    Py_INCREF(row);
    if (PyTuple_SetItem(picked, at++, row) < 0) Py_CLEAR(picked);
  }
  return picked;
}

static PyObject* make_decision(gates_object* self, const module_state* state, const gate_row* gate,
                               const connex_decision* d) {
  if (!refresh_policy(self, state)) return NULL;
  PyObject* reasons = pick(state, d->unmet, gate->no, d->unknown, gate->unknown);
  PyObject* unknown = pick(state, d->unknown, gate->facts, 0, gate->facts);
  PyObject* names = d->unknown == d->unmet ? unknown : pick(state, d->unmet, gate->facts, 0, gate->facts);
  if (names == unknown) Py_XINCREF(names);
  PyObject* sets = names == NULL ? NULL : d->unmet == 0 ? state->empty : PyTuple_Pack(1, names);
  if (sets == state->empty) Py_XINCREF(sets);
  Py_XDECREF(names);
  PyObject* decision = NULL;
  if (reasons != NULL && unknown != NULL && sets != NULL) {
    const allocfunc allocate = (allocfunc)PyType_GetSlot(state->decision_type, Py_tp_alloc);
    decision = allocate(state->decision_type, 0);
    PyObject* const values[kFields] = {gate->rule,
                                       state->effects[d->effect],
                                       d->effect == CONNEX_PERMIT ? Py_True : Py_False,
                                       self->policy,
                                       reasons,
                                       unknown,
                                       sets,
                                       gate->obligations[d->effect]};
    for (int i = 0; decision != NULL && i < kFields; ++i)
      if (state->set_field(state->fields[i], decision, values[i]) < 0) Py_CLEAR(decision);
  }
  Py_XDECREF(reasons);
  Py_XDECREF(unknown);
  Py_XDECREF(sets);
  return decision;
}

static PyObject* decide_json(const module_state* state, const connex_engine* engine, PyObject* rule,
                             PyObject* facts) {
  connex_str rule_text, facts_text;
  if (!from_str(rule, "rule", &rule_text)) {
    raise_no_unicode(state, "/rule");
    return NULL;
  }
  if (!from_str_or_bytes(facts, "facts", &facts_text)) return NULL;
  connex_buf decision = {NULL, 0};
  connex_error* error = NULL;
  if (connex_decide(engine, rule_text, facts_text, &decision, &error) != CONNEX_OK)
    return raise_error(state, error);
  return take(&decision);
}

static PyObject* decide_dict(gates_object* self, PyObject* rule, PyObject* facts) {
  const module_state* state = (const module_state*)PyType_GetModuleState(Py_TYPE((PyObject*)self));
  PyObject* number = look_up(state->numbers, rule);
  if (number == NULL) {
    connex_str text;
    if (PyErr_Occurred() != NULL) return NULL;
    if (from_str(rule, "rule", &text)) raise_code(state, "not_found", "no such gate");
    raise_no_unicode(state, "/rule");
    return NULL;
  }
  const uint32_t gate = (uint32_t)PyLong_AsUnsignedLong(number);
  fact_bits bits = {0, 0};
  if (!read_facts(state, &state->gates[gate], facts, &bits)) return NULL;
  const connex_decision decision = connex_evaluate(gate, bits.yes, bits.no);
  return make_decision(self, state, &state->gates[gate], &decision);
}

static PyObject* gates_decide(gates_object* self, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) {
    PyErr_Format(PyExc_TypeError, "decide() takes a rule and its facts, not %zd arguments", count);
    return NULL;
  }
  if (!PyUnicode_Check(args[0])) {
    raise_type("rule", "str", args[0]);
    return NULL;
  }
  if (self->engine != Py_None && ((engine_object*)self->engine)->closed) {
    raise_code((const module_state*)PyType_GetModuleState(Py_TYPE((PyObject*)self)), "closed", kClosed);
    return NULL;
  }
  if (PyDict_Check(args[1])) return decide_dict(self, args[0], args[1]);
  PyObject* facts = PyDict_New();
  if (facts == NULL) return NULL;
  PyObject* decision = NULL;
  if (PyDict_Update(facts, args[1]) == 0) {
    decision = decide_dict(self, args[0], facts);
  } else if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Clear();
    raise_type("facts", "a mapping", args[1]);
  }
  Py_DECREF(facts);
  return decision;
}

static int gates_traverse(gates_object* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE((PyObject*)self));
  Py_VISIT(self->engine);
  Py_VISIT(self->policy);
  return 0;
}
static void gates_dealloc(gates_object* self) {
  PyTypeObject* type = Py_TYPE((PyObject*)self);
  PyObject_GC_UnTrack(self);
  Py_CLEAR(self->policy);
  Py_CLEAR(self->engine);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef gates_methods[] = {
    {"decide", (PyCFunction)(void (*)(void))gates_decide, METH_FASTCALL,
     "decide(rule, facts, /)\n--\n\nDecides a gate on {fact: True, False or None}; a fact that is missing is "
     "unknown, and unknown never permits."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot gates_slots[] = {
    {Py_tp_new, (void*)gates_new},
    {Py_tp_dealloc, (void*)gates_dealloc},
    {Py_tp_traverse, (void*)gates_traverse},
    {Py_tp_methods, gates_methods},
    {0, NULL},
};
static PyType_Spec gates_spec = {"connex._connex.Gates", sizeof(gates_object), 0,
                                 Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, gates_slots};

/* Contact details
 * ----------------------------------------------------------------------------------------------------- */

/* Strings of a sequence, borrowed for as long as `held` is. */
typedef struct {
  PyObject* held;
  connex_str* data;
} str_list;

static int read_list(const module_state* state, const char* kind, PyObject* sequence, str_list* list,
                     connex_known_list* known) {
  list->held = PySequence_Tuple(sequence);
  if (list->held == NULL) return 0;
  const Py_ssize_t size = PyTuple_Size(list->held);
  list->data = (connex_str*)PyMem_Calloc(size == 0 ? 1 : (size_t)size, sizeof(connex_str));
  if (list->data == NULL) {
    PyErr_NoMemory();
    return 0;
  }
  for (Py_ssize_t i = 0; i < size; ++i) {
    if (from_str(PyTuple_GetItem(list->held, i), kind, &list->data[i])) continue;
    char path[64];
    snprintf(path, sizeof path, "/%s/%zd", kind, i);
    raise_no_unicode(state, path);
    return 0;
  }
  known->data = list->data;
  known->size = (size_t)size;
  return 1;
}

static void free_list(str_list* list) {
  PyMem_Free(list->data);
  Py_XDECREF(list->held);
}

/* NULL, with an exception set, without memory. */
static PyObject* list_evidence(uint32_t evidence) {
  PyObject* list = PyList_New(0);
  for (uint32_t rest = evidence; list != NULL && rest != 0; rest &= rest - 1) {
    const connex_str name = connex_evidence_name(rest & (~rest + 1));
    PyObject* word = PyUnicode_DecodeUTF8(name.data, (Py_ssize_t)name.size, NULL);
    if (word == NULL || PyList_Append(list, word) < 0) Py_CLEAR(list);
    Py_XDECREF(word);
  }
  return list;
}

/* Findings stand in order, so one walk over the text turns bytes into characters. */
static PyObject* list_findings(const connex_findings* findings, connex_str text) {
  PyObject* list = PyTuple_New((Py_ssize_t)findings->size);
  size_t byte = 0;
  Py_ssize_t character = 0;
  for (size_t i = 0; list != NULL && i < findings->size; ++i) {
    const connex_finding* finding = &findings->data[i];
    Py_ssize_t ends[2];
    for (int end = 0; end < 2; ++end) {
      for (const size_t stop = end == 0 ? finding->start : finding->end; byte < stop; ++byte)
        character += ((unsigned char)text.data[byte] & 0xC0U) != 0x80U;
      ends[end] = character;
    }
    const connex_str type = connex_span_name(finding->type);
    PyObject* item = Py_BuildValue("(s#nndN)", type.data, (Py_ssize_t)type.size, ends[0], ends[1],
                                   (double)finding->score, list_evidence(finding->evidence));
    if (item == NULL || PyTuple_SetItem(list, (Py_ssize_t)i, item) < 0) Py_CLEAR(list);
  }
  return list;
}

enum { kKinds = 5 };

static PyObject* module_redact(PyObject* module, PyObject* args) {
  const module_state* state = state_of(module);
  PyObject *text_object = NULL, *engine = NULL, *channel = NULL, *known[kKinds];
  if (!PyArg_ParseTuple(args, "OOO(OOOOO):redact", &text_object, &engine, &channel, &known[0], &known[1],
                        &known[2], &known[3], &known[4]))
    return NULL;
  connex_str text;
  if (!from_str(text_object, "text", &text)) {
    raise_no_unicode(state, "/text");
    return NULL;
  }

  connex_redaction_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  if (!from_str(channel, "channel", &options.channel)) {
    raise_no_unicode(state, "/channel");
    return NULL;
  }
  static const char* const kKindNames[kKinds] = {"phones", "emails", "addresses", "names", "organisations"};
  connex_known_list* lists[kKinds] = {&options.phones, &options.emails, &options.addresses, &options.names,
                                      &options.organisations};
  str_list held[kKinds];
  memset(held, 0, sizeof held);
  engine_object* entered = NULL;
  PyObject* result = NULL;
  int fine = 1;
  for (int i = 0; fine && i < kKinds; ++i) fine = read_list(state, kKindNames[i], known[i], &held[i], lists[i]);
  if (fine && enter_any(state, engine, &entered)) {
    options.engine = engine_of(entered);
    connex_buf redacted = {NULL, 0};
    connex_findings findings = {NULL, 0};
    connex_error* error = NULL;
    const let_go gone = begin_call();
    const connex_status status = connex_redact(&options, text, &redacted, &findings, &error);
    end_call(gone);
    leave_any(entered);
    if (status == CONNEX_OK) {
      PyObject* found = list_findings(&findings, text);
      PyObject* clean = take(&redacted);
      if (found != NULL && clean != NULL) result = PyTuple_Pack(2, clean, found);
      Py_XDECREF(found);
      Py_XDECREF(clean);
      connex_findings_free(&findings);
    } else {
      raise_error(state, error);
    }
  }
  for (int i = 0; i < kKinds; ++i) free_list(&held[i]);
  return result;
}

/* Compliance tests
 * ----------------------------------------------------------------------------------------------------- */

typedef struct {
  PyObject_HEAD connex_scenarios* scenarios;
} scenarios_object;

static PyObject* scenarios_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static char* names[] = {"content", NULL};
  const char* content = NULL;
  Py_ssize_t size = 0;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "y#:Scenarios", names, &content, &size)) return NULL;
  const connex_str file = {content, (size_t)size};
  connex_error* error = NULL;
  connex_scenarios* scenarios = NULL;
  if (connex_scenarios_read(file, &scenarios, &error) != CONNEX_OK)
    return raise_error((const module_state*)PyType_GetModuleState(type), error);
  scenarios_object* self = (scenarios_object*)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
  if (self == NULL) {
    connex_scenarios_free(scenarios);
    return NULL;
  }
  self->scenarios = scenarios;
  return (PyObject*)self;
}

static PyObject* scenarios_describe(scenarios_object* self, PyObject* unused) {
  (void)unused;
  connex_buf description = {NULL, 0};
  connex_error* error = NULL;
  if (connex_scenarios_describe(self->scenarios, &description, &error) == CONNEX_OK) return take(&description);
  return raise_error((const module_state*)PyType_GetModuleState(Py_TYPE((PyObject*)self)), error);
}

static PyObject* scenarios_play(scenarios_object* self, PyObject* args) {
  const module_state* state = (const module_state*)PyType_GetModuleState(Py_TYPE((PyObject*)self));
  Py_ssize_t index = 0;
  PyObject* engine = NULL;
  engine_object* entered = NULL;
  if (!PyArg_ParseTuple(args, "nO:play", &index, &engine) || !enter_any(state, engine, &entered)) return NULL;
  connex_buf failure = {NULL, 0};
  connex_error* error = NULL;
  const let_go gone = begin_call();
  const connex_status status =
      connex_scenarios_play(self->scenarios, (size_t)index, engine_of(entered), &failure, &error);
  end_call(gone);
  leave_any(entered);
  return status == CONNEX_OK ? take(&failure) : raise_error(state, error);
}

static void scenarios_dealloc(scenarios_object* self) {
  PyTypeObject* type = Py_TYPE((PyObject*)self);
  connex_scenarios_free(self->scenarios);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef scenarios_methods[] = {
    {"describe", (PyCFunction)scenarios_describe, METH_NOARGS, "The title and the scenarios, as JSON."},
    {"play", (PyCFunction)scenarios_play, METH_VARARGS,
     "play(index, engine): what was not as expected, by the policy of an engine or, with None, the one compiled in."},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot scenarios_slots[] = {
    {Py_tp_new, (void*)scenarios_new},
    {Py_tp_dealloc, (void*)scenarios_dealloc},
    {Py_tp_methods, scenarios_methods},
    {0, NULL},
};
static PyType_Spec scenarios_spec = {"connex._connex.Scenarios", sizeof(scenarios_object), 0, Py_TPFLAGS_DEFAULT,
                                     scenarios_slots};

/* The module
 * ----------------------------------------------------------------------------------------------------- */

static PyObject* module_evaluate(PyObject* module, PyObject* args) {
  PyObject *engine = NULL, *rule = NULL, *facts = NULL;
  if (!PyArg_ParseTuple(args, "OOO:evaluate", &engine, &rule, &facts)) return NULL;
  engine_object* entered = NULL;
  if (!enter_any(state_of(module), engine, &entered)) return NULL;
  PyObject* decision = decide_json(state_of(module), engine_of(entered), rule, facts);
  leave_any(entered);
  return decision;
}

static PyObject* module_policy(PyObject* module, PyObject* engine) {
  engine_object* entered = NULL;
  if (!enter_any(state_of(module), engine, &entered)) return NULL;
  connex_buf pack = {NULL, 0};
  connex_error* error = NULL;
  const connex_status status = connex_policy(engine_of(entered), &pack, &error);
  leave_any(entered);
  return status == CONNEX_OK ? take(&pack) : raise_error(state_of(module), error);
}

typedef connex_status (*table_function)(connex_buf*, connex_error**);

static PyObject* table(PyObject* module, table_function ask) {
  connex_buf rows = {NULL, 0};
  connex_error* error = NULL;
  return ask(&rows, &error) == CONNEX_OK ? take(&rows) : raise_error(state_of(module), error);
}
static PyObject* module_commands(PyObject* module, PyObject* unused) {
  (void)unused;
  return table(module, connex_commands);
}
static PyObject* module_clauses(PyObject* module, PyObject* unused) {
  (void)unused;
  return table(module, connex_clauses);
}
static PyObject* module_gates(PyObject* module, PyObject* unused) {
  (void)unused;
  return table(module, connex_gates);
}

static PyObject* module_span_types(PyObject* module, PyObject* unused) {
  (void)module;
  (void)unused;
  PyObject* names = PyList_New(0);
  for (uint32_t type = 0; names != NULL; ++type) {
    const connex_str name = connex_span_name(type);
    if (name.size == 0) break;
    PyObject* text = to_str(name);
    if (text == NULL || PyList_Append(names, text) < 0) Py_CLEAR(names);
    Py_XDECREF(text);
  }
  return names;
}

static PyMethodDef module_methods[] = {
    {"clauses", module_clauses, METH_NOARGS, "The clauses of the policy, as JSON."},
    {"commands", module_commands, METH_NOARGS, "The command table, as JSON."},
    {"evaluate", module_evaluate, METH_VARARGS, "evaluate(engine, rule, facts): JSON in, JSON out."},
    {"gates", module_gates, METH_NOARGS, "The gates and their facts, as JSON."},
    {"policy", module_policy, METH_O, "The policy pack of an engine, or the one compiled in, as JSON."},
    {"redact", module_redact, METH_VARARGS,
     "redact(text, engine, channel, (phones, emails, addresses, names, organisations))"},
    {"span_types", module_span_types, METH_NOARGS, "The names of what a finding can be."},
    {NULL, NULL, 0, NULL},
};

static int add_type(PyObject* module, PyType_Spec* spec, const char* name, PyTypeObject** kept) {
  PyObject* type = PyType_FromModuleAndSpec(module, spec, NULL);
  if (type == NULL) return -1;
  const int status = PyModule_AddObjectRef(module, name, type);
  if (kept != NULL) {
    *kept = (PyTypeObject*)type;
  } else {
    Py_DECREF(type);
  }
  return status;
}

static int module_exec(PyObject* module) {
  module_state* state = state_of(module);
  PyObject* errors = PyImport_ImportModule("connex._errors");
  if (errors == NULL) return -1;
  state->error_for = PyObject_GetAttrString(errors, "error_for");
  Py_DECREF(errors);
  if (state->error_for == NULL) return -1;
  if (add_type(module, &engine_spec, "Engine", &state->engine_type) < 0) return -1;
  if (add_type(module, &gates_spec, "Gates", NULL) < 0) return -1;
  if (add_type(module, &scenarios_spec, "Scenarios", NULL) < 0) return -1;
  const connex_str version = connex_version();
  PyObject* text = to_str(version);
  const int status = text == NULL ? -1 : PyModule_AddObjectRef(module, "version", text);
  Py_XDECREF(text);
  return status;
}

static int module_traverse(PyObject* module, visitproc visit, void* arg) {
  module_state* state = state_of(module);
  if (state == NULL) return 0;
  Py_VISIT(state->engine_type);
  Py_VISIT(state->error_for);
  Py_VISIT(state->numbers);
  Py_VISIT(state->policy_type);
  Py_VISIT(state->decision_type);
  for (int i = 0; i < kEffects; ++i) Py_VISIT(state->effects[i]);
  for (int i = 0; i < kFields; ++i) Py_VISIT(state->fields[i]);
  for (uint32_t number = 1; number <= state->gate_count; ++number) {
    const gate_row* gate = &state->gates[number];
    for (Py_ssize_t i = 0; i < gate->count; ++i) {
      Py_VISIT(gate->no[i]);
      Py_VISIT(gate->unknown[i]);
    }
    for (int i = 0; i < kEffects; ++i) Py_VISIT(gate->obligations[i]);
  }
  return 0;
}
static int module_clear(PyObject* module) {
  module_state* state = state_of(module);
  if (state == NULL) return 0;
  Py_CLEAR(state->engine_type);
  Py_CLEAR(state->error_for);
  clear_tables(state);
  return 0;
}
static void module_free(void* module) { (void)module_clear((PyObject*)module); }

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void*)module_exec}, {0, NULL}};
static PyModuleDef module_definition = {PyModuleDef_HEAD_INIT, "connex._connex", NULL,
                                        sizeof(module_state),  module_methods,   module_slots,
                                        module_traverse,       module_clear,     module_free};

PyMODINIT_FUNC PyInit__connex(void) { return PyModuleDef_Init(&module_definition); }
