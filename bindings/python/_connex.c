/* The extension module under the package: connex.h for Python, on the stable ABI of CPython 3.10. It knows no
 * rule and no command; the package around it gives its strings and tuples their types.
 *
 * Wherever an engine is used the interpreter's lock is let go, so an engine counts who uses it: one that is
 * closed meanwhile ends with the last of them. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030A0000
#include <Python.h>
#include <stdio.h>
#include <string.h>

#include "connex/connex.h"

#define MOST_DECISIONS 4096 /* that a Gates object remembers */

typedef struct {
  PyTypeObject* engine_type;
  PyObject* error_for; /* connex._errors.error_for: (code, message, path) -> exception */
  PyObject* gates;     /* {rule: (number, {fact: its bit}, (facts in order))} */
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

/* Borrows from `object`. 0 with a TypeError when it is no str. */
static int from_str(PyObject* object, const char* what, connex_str* text) {
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "%s must be str, not %R", what, (PyObject*)Py_TYPE(object));
    return 0;
  }
  Py_ssize_t size = 0;
  text->data = PyUnicode_AsUTF8AndSize(object, &size);
  text->size = (size_t)size;
  return text->data != NULL;
}

static void raise_parts(const module_state* state, const char* code, const char* message, PyObject* path) {
  PyObject* error = path == NULL ? NULL : PyObject_CallFunction(state->error_for, "ssO", code, message, path);
  if (error != NULL) PyErr_SetObject((PyObject*)Py_TYPE(error), error);
  Py_XDECREF(error);
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
  Py_ssize_t users; /* calls under way, counted under the interpreter's lock */
  int closed;
  PyObject* clock; /* () -> microseconds since 1970, or NULL */
} engine_object;

static uint32_t ask_clock(void* user, int64_t* micros) {
  engine_object* self = (engine_object*)user;
  const PyGILState_STATE lock = PyGILState_Ensure();
  PyObject* now = PyObject_CallNoArgs(self->clock);
  *micros = now == NULL ? -1 : PyLong_AsLongLong(now);
  const uint32_t known = PyErr_Occurred() == NULL;
  if (!known) PyErr_WriteUnraisable(self->clock);
  Py_XDECREF(now);
  PyGILState_Release(lock);
  return known;
}

/* The engine for one call, or NULL with an exception. Every use ends with leave(). */
static connex_engine* enter(engine_object* self) {
  if (self->closed || self->engine == NULL) {
    PyErr_SetString(PyExc_ValueError, "the engine is closed");
    return NULL;
  }
  ++self->users;
  return self->engine;
}

static void leave(engine_object* self) {
  if (--self->users > 0 || !self->closed) return;
  connex_engine* engine = self->engine;
  self->engine = NULL;
  Py_BEGIN_ALLOW_THREADS connex_engine_close(engine);
  Py_END_ALLOW_THREADS
}

static PyObject* engine_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static char* names[] = {"store", "policy", "durability", "caller_clock", "busy_timeout_ms", "clock", NULL};
  const char *store = NULL, *policy = NULL;
  Py_ssize_t store_size = 0, policy_size = 0;
  unsigned int durability = 0, busy_timeout_ms = 0;
  int caller_clock = 0;
  PyObject* clock = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "s#z#IpIO:Engine", names, &store, &store_size, &policy,
                                   &policy_size, &durability, &caller_clock, &busy_timeout_ms, &clock))
    return NULL;
  const allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
  engine_object* self = (engine_object*)allocate(type, 0);
  if (self == NULL) return NULL;

  connex_engine_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.durability = durability;
  options.store.data = store;
  options.store.size = (size_t)store_size;
  options.policy.data = policy;
  options.policy.size = (size_t)policy_size;
  options.caller_clock = (uint32_t)caller_clock;
  options.busy_timeout_ms = busy_timeout_ms;
  if (clock != Py_None) {
    Py_INCREF(clock);
    self->clock = clock;
    options.clock = ask_clock;
    options.clock_user = self;
  }
  connex_error* error = NULL;
  connex_engine* engine = NULL;
  connex_status status = CONNEX_OK;
  Py_BEGIN_ALLOW_THREADS status = connex_engine_open(&options, &engine, &error);
  Py_END_ALLOW_THREADS self->engine = engine;
  if (status == CONNEX_OK) return (PyObject*)self;
  Py_DECREF(self);
  return raise_error((const module_state*)PyType_GetModuleState(type), error);
}

static PyObject* engine_close(engine_object* self, PyObject* unused) {
  (void)unused;
  if (!self->closed && self->engine != NULL) {
    ++self->users;
    self->closed = 1;
    leave(self);
  }
  Py_RETURN_NONE;
}

static PyObject* engine_execute(engine_object* self, PyObject* request) {
  connex_str text;
  if (!from_str(request, "a request", &text)) return NULL;
  connex_engine* engine = enter(self);
  if (engine == NULL) return NULL;
  connex_buf answer = {NULL, 0};
  connex_error* error = NULL;
  connex_status status = CONNEX_OK;
  Py_BEGIN_ALLOW_THREADS status = connex_engine_execute(engine, text, &answer, &error);
  Py_END_ALLOW_THREADS leave(self);
  if (status != CONNEX_OK)
    return raise_error((const module_state*)PyType_GetModuleState(Py_TYPE((PyObject*)self)), error);
  return take(&answer);
}

static PyObject* engine_closed(engine_object* self, void* unused) {
  (void)unused;
  return PyBool_FromLong(self->closed);
}

static int engine_traverse(engine_object* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE((PyObject*)self));
  Py_VISIT(self->clock);
  return 0;
}

/* The clock goes with the engine, which may ask for it until then. */
static int engine_clear(engine_object* self) {
  if (self->engine == NULL) Py_CLEAR(self->clock);
  return 0;
}

static void engine_dealloc(engine_object* self) {
  PyTypeObject* type = Py_TYPE((PyObject*)self);
  PyObject_GC_UnTrack(self);
  connex_engine_close(self->engine);
  Py_CLEAR(self->clock);
  ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

static PyMethodDef engine_methods[] = {
    {"close", (PyCFunction)engine_close, METH_NOARGS, "Closes the engine. Closing it again does nothing."},
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
  if (enter((engine_object*)object) == NULL) return 0;
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

typedef struct {
  PyObject_HEAD PyObject* engine; /* an Engine or None */
  PyObject* make;                 /* (decision as JSON) -> object */
  PyObject* made;                 /* {gate, unmet and unknown conditions: the object} */
} gates_object;

static PyObject* gates_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static char* names[] = {"engine", "make", NULL};
  PyObject *engine = NULL, *make = NULL;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO:Gates", names, &engine, &make)) return NULL;
  const module_state* state = (const module_state*)PyType_GetModuleState(type);
  if (engine != Py_None && !PyObject_TypeCheck(engine, state->engine_type)) {
    PyErr_SetString(PyExc_TypeError, "an engine is expected");
    return NULL;
  }
  gates_object* self = (gates_object*)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
  if (self == NULL) return NULL;
  Py_INCREF(engine);
  Py_INCREF(make);
  self->engine = engine;
  self->make = make;
  self->made = PyDict_New();
  if (self->made != NULL) return (PyObject*)self;
  Py_DECREF(self);
  return NULL;
}

/* Raises that the gate has no such fact. A name that is not an id stays out of the error. */
static void raise_no_such_fact(const module_state* state, PyObject* name) {
  static const char kId[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-";
  connex_str text;
  if (!from_str(name, "the name of a fact", &text)) return;
  const int is_id = text.size > 0 && text.size <= 128 && strspn(text.data, kId) == text.size;
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

/* Reads {fact: True, False or None}. 0 with an exception. */
static int read_facts(const module_state* state, PyObject* bits, PyObject* facts, fact_bits* out) {
  PyObject *name = NULL, *value = NULL;
  Py_ssize_t position = 0;
  while (PyDict_Next(facts, &position, &name, &value)) {
    PyObject* bit = look_up(bits, name);
    if (bit == NULL) {
      if (PyErr_Occurred() == NULL) raise_no_such_fact(state, name);
      return 0;
    }
    if (value == Py_True) {
      out->yes |= (uint32_t)PyLong_AsUnsignedLong(bit);
    } else if (value == Py_False) {
      out->no |= (uint32_t)PyLong_AsUnsignedLong(bit);
    } else if (value != Py_None) {
      PyErr_Format(PyExc_TypeError, "the fact %R must be True, False or None, not %R", name,
                   (PyObject*)Py_TYPE(value));
      return 0;
    }
  }
  return 1;
}

/* The facts again, as JSON. */
static PyObject* facts_to_json(PyObject* names, fact_bits bits) {
  PyObject* json = PyUnicode_FromString("{");
  const char* comma = "";
  for (Py_ssize_t i = 0; json != NULL && i < PyTuple_Size(names); ++i) {
    const int yes = (int)(bits.yes >> i & 1U);
    if (!yes && (bits.no >> i & 1U) == 0) continue;
    PyObject* more =
        PyUnicode_FromFormat("%U%s\"%U\":%s", json, comma, PyTuple_GetItem(names, i), yes ? "true" : "false");
    Py_DECREF(json);
    json = more;
    comma = ",";
  }
  PyObject* whole = json == NULL ? NULL : PyUnicode_FromFormat("%U}", json);
  Py_XDECREF(json);
  return whole;
}

static PyObject* decide_json(const module_state* state, const connex_engine* engine, PyObject* rule,
                             PyObject* facts) {
  connex_str rule_text, facts_text;
  if (!from_str(rule, "a rule", &rule_text) || !from_str(facts, "facts", &facts_text)) return NULL;
  connex_buf decision = {NULL, 0};
  connex_error* error = NULL;
  if (connex_decide(engine, rule_text, facts_text, &decision, &error) != CONNEX_OK)
    return raise_error(state, error);
  return take(&decision);
}

/* A decision that is not remembered yet. */
static PyObject* make_decision(gates_object* self, const module_state* state, PyObject* rule, PyObject* names,
                               fact_bits bits, PyObject* key) {
  PyObject* facts = facts_to_json(names, bits);
  const connex_engine* engine = self->engine == Py_None ? NULL : ((const engine_object*)self->engine)->engine;
  PyObject* json = facts == NULL ? NULL : decide_json(state, engine, rule, facts);
  Py_XDECREF(facts);
  PyObject* decision = json == NULL ? NULL : PyObject_CallFunctionObjArgs(self->make, json, NULL);
  Py_XDECREF(json);
  if (decision == NULL) return NULL;
  if (PyDict_Size(self->made) >= MOST_DECISIONS) PyDict_Clear(self->made);
  if (PyDict_SetItem(self->made, key, decision) < 0) Py_CLEAR(decision);
  return decision;
}

static PyObject* decide_dict(gates_object* self, PyObject* rule, PyObject* facts) {
  const module_state* state = (const module_state*)PyType_GetModuleState(Py_TYPE((PyObject*)self));
  PyObject* gate = look_up(state->gates, rule);
  if (gate == NULL) {
    PyObject* path = PyErr_Occurred() == NULL ? PyUnicode_FromString("") : NULL;
    raise_parts(state, "not_found", "no such gate", path);
    Py_XDECREF(path);
    return NULL;
  }
  fact_bits bits = {0, 0};
  if (!read_facts(state, PyTuple_GetItem(gate, 1), facts, &bits)) return NULL;
  const uint32_t number = (uint32_t)PyLong_AsUnsignedLong(PyTuple_GetItem(gate, 0));
  const connex_decision d = connex_evaluate(number, bits.yes, bits.no);
  PyObject* key = PyLong_FromUnsignedLongLong((uint64_t)number << 32 | (uint64_t)d.unmet << 16 | d.unknown);
  if (key == NULL) return NULL;
  PyObject* decision = PyDict_GetItemWithError(self->made, key);
  if (decision != NULL) {
    Py_INCREF(decision);
  } else if (PyErr_Occurred() == NULL) {
    decision = make_decision(self, state, rule, PyTuple_GetItem(gate, 2), bits, key);
  }
  Py_DECREF(key);
  return decision;
}

static PyObject* gates_decide(gates_object* self, PyObject* const* args, Py_ssize_t count) {
  if (count != 2) {
    PyErr_Format(PyExc_TypeError, "decide() takes a rule and its facts, not %zd arguments", count);
    return NULL;
  }
  if (!PyUnicode_Check(args[0])) {
    PyErr_Format(PyExc_TypeError, "a rule must be str, not %R", (PyObject*)Py_TYPE(args[0]));
    return NULL;
  }
  if (self->engine != Py_None && ((engine_object*)self->engine)->closed) {
    PyErr_SetString(PyExc_ValueError, "the engine is closed");
    return NULL;
  }
  if (PyDict_Check(args[1])) return decide_dict(self, args[0], args[1]);
  PyObject* facts = PyDict_New();
  if (facts == NULL) return NULL;
  PyObject* decision = NULL;
  if (PyDict_Update(facts, args[1]) == 0) {
    decision = decide_dict(self, args[0], facts);
  } else if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
    PyErr_Format(PyExc_TypeError, "facts must be a mapping, not %R", (PyObject*)Py_TYPE(args[1]));
  }
  Py_DECREF(facts);
  return decision;
}

static int gates_traverse(gates_object* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE((PyObject*)self));
  Py_VISIT(self->engine);
  Py_VISIT(self->make);
  Py_VISIT(self->made);
  return 0;
}
static int gates_clear(gates_object* self) {
  Py_CLEAR(self->make);
  Py_CLEAR(self->made);
  return 0;
}
static void gates_dealloc(gates_object* self) {
  PyTypeObject* type = Py_TYPE((PyObject*)self);
  PyObject_GC_UnTrack(self);
  (void)gates_clear(self);
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
    {Py_tp_new, (void*)gates_new},           {Py_tp_dealloc, (void*)gates_dealloc},
    {Py_tp_traverse, (void*)gates_traverse}, {Py_tp_clear, (void*)gates_clear},
    {Py_tp_methods, gates_methods},          {0, NULL},
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

static int read_list(PyObject* sequence, str_list* list, connex_known_list* known) {
  list->held = PySequence_Tuple(sequence);
  if (list->held == NULL) return 0;
  const Py_ssize_t size = PyTuple_Size(list->held);
  list->data = (connex_str*)PyMem_Calloc(size == 0 ? 1 : (size_t)size, sizeof(connex_str));
  if (list->data == NULL) {
    PyErr_NoMemory();
    return 0;
  }
  for (Py_ssize_t i = 0; i < size; ++i)
    if (!from_str(PyTuple_GetItem(list->held, i), "a registered value", &list->data[i])) return 0;
  known->data = list->data;
  known->size = (size_t)size;
  return 1;
}

static void free_list(str_list* list) {
  PyMem_Free(list->data);
  Py_XDECREF(list->held);
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
    PyObject* item =
        Py_BuildValue("(s#nnd)", type.data, (Py_ssize_t)type.size, ends[0], ends[1], (double)finding->score);
    if (item == NULL || PyTuple_SetItem(list, (Py_ssize_t)i, item) < 0) Py_CLEAR(list);
  }
  return list;
}

enum { kKinds = 5 };

static PyObject* module_redact(PyObject* module, PyObject* args) {
  const module_state* state = state_of(module);
  PyObject *text_object = NULL, *engine = NULL, *known[kKinds];
  const char* channel = NULL;
  Py_ssize_t channel_size = 0;
  if (!PyArg_ParseTuple(args, "OOs#(OOOOO):redact", &text_object, &engine, &channel, &channel_size, &known[0],
                        &known[1], &known[2], &known[3], &known[4]))
    return NULL;
  connex_str text;
  if (!from_str(text_object, "the text", &text)) return NULL;

  connex_redaction_options options;
  memset(&options, 0, sizeof options);
  options.struct_size = sizeof options;
  options.channel.data = channel;
  options.channel.size = (size_t)channel_size;
  connex_known_list* lists[kKinds] = {&options.phones, &options.emails, &options.addresses, &options.names,
                                      &options.organisations};
  str_list held[kKinds];
  memset(held, 0, sizeof held);
  engine_object* entered = NULL;
  PyObject* result = NULL;
  int fine = 1;
  for (int i = 0; fine && i < kKinds; ++i) fine = read_list(known[i], &held[i], lists[i]);
  if (fine && enter_any(state, engine, &entered)) {
    options.engine = engine_of(entered);
    connex_buf redacted = {NULL, 0};
    connex_findings findings = {NULL, 0};
    connex_error* error = NULL;
    connex_status status = CONNEX_OK;
    Py_BEGIN_ALLOW_THREADS status = connex_redact(&options, text, &redacted, &findings, &error);
    Py_END_ALLOW_THREADS leave_any(entered);
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

/* {rule: (number, {fact: its bit}, (facts in order))}, from what connex_gates says. */
static PyObject* read_gates(PyObject* module) {
  PyObject* json = PyImport_ImportModule("json");
  PyObject* text = module_gates(module, NULL);
  PyObject* rows = json == NULL || text == NULL ? NULL : PyObject_CallMethod(json, "loads", "O", text);
  PyObject* gates = rows == NULL ? NULL : PyDict_New();
  for (Py_ssize_t i = 0; gates != NULL && i < PyList_Size(rows); ++i) {
    PyObject* row = PyList_GetItem(rows, i);
    PyObject* facts = PyDict_GetItemString(row, "facts");
    const Py_ssize_t count = PyList_Size(facts);
    PyObject* names = PyTuple_New(count);
    PyObject* bits = PyDict_New();
    for (Py_ssize_t fact = 0; names != NULL && bits != NULL && fact < count; ++fact) {
      PyObject* name = PyDict_GetItemString(PyList_GetItem(facts, fact), "name");
      PyObject* bit = PyLong_FromUnsignedLong(1UL << fact);
      Py_INCREF(name);
      PyUnicode_InternInPlace(&name);
      if (bit == NULL || PyDict_SetItem(bits, name, bit) < 0) Py_CLEAR(bits);
      Py_XDECREF(bit);
      if (PyTuple_SetItem(names, fact, name) < 0) Py_CLEAR(names);
    }
    PyObject* gate = names == NULL || bits == NULL ? NULL : Py_BuildValue("(nOO)", i + 1, bits, names);
    Py_XDECREF(names);
    Py_XDECREF(bits);
    if (gate == NULL || PyDict_SetItem(gates, PyDict_GetItemString(row, "rule"), gate) < 0) Py_CLEAR(gates);
    Py_XDECREF(gate);
  }
  Py_XDECREF(rows);
  Py_XDECREF(text);
  Py_XDECREF(json);
  return gates;
}

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
  state->gates = read_gates(module);
  if (state->gates == NULL) return -1;
  if (add_type(module, &engine_spec, "Engine", &state->engine_type) < 0) return -1;
  if (add_type(module, &gates_spec, "Gates", NULL) < 0) return -1;
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
  Py_VISIT(state->gates);
  return 0;
}
static int module_clear(PyObject* module) {
  module_state* state = state_of(module);
  if (state == NULL) return 0;
  Py_CLEAR(state->engine_type);
  Py_CLEAR(state->error_for);
  Py_CLEAR(state->gates);
  return 0;
}
static void module_free(void* module) { (void)module_clear((PyObject*)module); }

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, (void*)module_exec}, {0, NULL}};
static PyModuleDef module_definition = {PyModuleDef_HEAD_INIT, "connex._connex", NULL,
                                        sizeof(module_state),  module_methods,   module_slots,
                                        module_traverse,       module_clear,     module_free};

PyMODINIT_FUNC PyInit__connex(void) { return PyModuleDef_Init(&module_definition); }
