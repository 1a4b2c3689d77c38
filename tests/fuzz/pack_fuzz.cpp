// Arbitrary bytes as the file of an evidence pack, for the verifier that is published (examples/verify_evidence.py):
// it ends with faults, never with an exception, and accepts nothing that tells another story than the corpus' sound
// pack. It is Python, so its lines are counted here for libFuzzer to see, and pack_fuzz.py changes the packs.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <frameobject.h>

#include <cstring>
#include <string>

#include "fuzz/fuzz.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// Python keeps what it has allocated.
extern "C" int __lsan_is_turned_off() { return 1; }

namespace {

constexpr std::size_t kCounters = 8192;
__attribute__((section("__libfuzzer_extra_counters"))) std::uint8_t counters[kCounters];

PyObject* pack = nullptr;      // pack_fuzz.Pack
PyObject* verifier = nullptr;  // the name of the verifier's file

// One counter for each pair of lines that follow each other.
int on_line(PyObject*, PyFrameObject* frame, int what, PyObject*) {
  static std::size_t before = 0;
  if (what != PyTrace_LINE) return 0;
  PyCodeObject* const code = PyFrame_GetCode(frame);
  if (PyUnicode_Compare(code->co_filename, verifier) == 0) {
    const auto line = static_cast<std::size_t>(PyFrame_GetLineNumber(frame));
    ++counters[(before * 31 + line) % kCounters];
    before = line;
  }
  Py_DECREF(code);
  return 0;
}

PyObject* must(PyObject* made) {
  if (made == nullptr) PyErr_Print();
  connex::testing::require(made != nullptr);
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  Py_Initialize();
  connex::testing::require(PyRun_SimpleString("import sys; sys.path.insert(0, '" CONNEX_SOURCE_DIR "/tests/fuzz')") == 0);
  PyObject* const module = must(PyImport_ImportModule("pack_fuzz"));
  PyObject* const opened = must(PyRun_String("__import__('pathlib').Path('" CONNEX_SOURCE_DIR
                                             "/tests/fuzz/corpus/pack/sound').read_bytes()",
                                             Py_eval_input, PyModule_GetDict(module), nullptr));
  pack = must(PyObject_CallMethod(module, "Pack", "O", opened));
  verifier = must(PyObject_GetAttrString(must(PyObject_GetAttrString(module, "verifier")), "__file__"));
  PyEval_SetTrace(on_line, nullptr);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Py_DECREF(must(PyObject_CallMethod(pack, "run", "y#", reinterpret_cast<const char*>(data),
                                     static_cast<Py_ssize_t>(size))));
  return 0;
}

// Three times of four a pack of another shape, else other bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  if (seed % 4 != 0) {
    PyObject* const made = must(PyObject_CallMethod(pack, "mutated", "y#I", reinterpret_cast<const char*>(data),
                                                    static_cast<Py_ssize_t>(size), seed));
    const auto length = static_cast<std::size_t>(PyBytes_Size(made));
    const bool fits = length > 0 && length <= most;
    if (fits) std::memcpy(data, PyBytes_AsString(made), length);
    Py_DECREF(made);
    if (fits) return length;
  }
  return LLVMFuzzerMutate(data, size, most);
}
