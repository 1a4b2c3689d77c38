// Every export with each of its allocations failing in turn, those of SQLite and OpenSSL too: it answers or
// says so, keeps nothing, and the engine goes on.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "connex/connex.h"
#include "evidence/openssl.hpp"
#include "support/temp_dir.hpp"

extern "C" void* __real_malloc(std::size_t size);

namespace {

// Counts allocations while armed; the one whose turn it is fails, and in `forever` all that follow it.
struct Faults {
  bool armed = false;
  bool forever = false;
  std::uint64_t left = 0;
  bool struck = false;

  bool strikes() {
    if (!armed) return false;
    if (left > 1) {
      --left;
      return false;
    }
    if (left == 0 && !forever) return false;
    left = 0;
    struck = true;
    return true;
  }
} faults;

std::int64_t live = 0;  // blocks of operator new

void* allocate(std::size_t size) { return faults.strikes() ? nullptr : __real_malloc(size == 0 ? 1 : size); }

}  // namespace

extern "C" void* __wrap_malloc(std::size_t size) { return allocate(size); }

void* operator new(std::size_t size) {
  void* block = allocate(size);
  if (block == nullptr) throw std::bad_alloc();
  ++live;
  return block;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  void* block = allocate(size);
  if (block != nullptr) ++live;
  return block;
}
void operator delete(void* block) noexcept {
  if (block == nullptr) return;
  --live;
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }

namespace connex::testing {
namespace {

// The allocators of the libraries below, with the same faults.
sqlite3_mem_methods sqlite_methods;

bool fail_in_sqlite() {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_methods) != SQLITE_OK) return false;
  static sqlite3_mem_methods faulty;
  faulty = sqlite_methods;
  faulty.xMalloc = [](int size) { return faults.strikes() ? nullptr : sqlite_methods.xMalloc(size); };
  faulty.xRealloc = [](void* block, int size) {
    return faults.strikes() ? nullptr : sqlite_methods.xRealloc(block, size);
  };
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &faulty) == SQLITE_OK;
}

void* openssl_malloc(std::size_t size, const char*, int) { return size == 0 ? nullptr : allocate(size); }
void* openssl_realloc(void* block, std::size_t size, const char*, int) {
  return faults.strikes() ? nullptr : std::realloc(block, size);
}
void openssl_free(void* block, const char*, int) { std::free(block); }

connex_str str(std::string_view text) { return {text.data(), text.size()}; }

// One call of an export: its status, with the output it must leave empty on failure.
struct Call {
  connex_status status = CONNEX_OK;
  bool empty = true;
};

// Calls until no allocation is left to fail; of the later of very many, every so many fails. `settle` is
// called after each, faults off.
template <class Function, class Settle>
std::uint64_t exhaust(bool forever, Function&& function, Settle&& settle) {
  for (std::uint64_t n = 1;; n += 1 + n / 512) {
    CAPTURE(n);
    connex_error* error = nullptr;
    faults = {true, forever, n, false};
    const Call call = function(&error);
    faults.armed = false;
    if (!faults.struck) {
      CHECK(call.status == CONNEX_OK);
      CHECK(error == nullptr);
      settle(call);
      return n;
    }
    CHECK(call.empty == (call.status != CONNEX_OK));
    CHECK((error != nullptr) == (call.status != CONNEX_OK));
    CHECK(connex_error_status(error) == call.status);
    if (call.status != CONNEX_OK) {
      CAPTURE(call.status);
      CAPTURE(std::string(connex_error_message(error).data));
      // SQLite's own want of memory is a failure of the store; once, setting a pragma, it calls it an error
      // in the statement, which is how a damaged file looks.
      CAPTURE(call.status);
      CHECK(
          (call.status == CONNEX_INTERNAL || call.status == CONNEX_STORAGE || call.status == CONNEX_CORRUPT));
      CHECK(connex_error_message(error).size > 0);
      CHECK(connex_error_code(error).size > 0);
    }
    connex_error_free(error);
    settle(call);
  }
}

// The same for an export that keeps nothing: what it allocated is gone.
template <class Function>
void exhaust_pure(Function&& function) {
  for (const bool forever : {false, true}) {
    connex_buf buf{};
    REQUIRE(function(&buf, nullptr) == CONNEX_OK);  // what is made once, is made now
    connex_buf_free(&buf);
    const std::int64_t before = live;
    const std::uint64_t tried = exhaust(
        forever,
        [&](connex_error** error) {
          const connex_status status = function(&buf, error);
          return Call{status, buf.data == nullptr};
        },
        [&](const Call&) {
          connex_buf_free(&buf);
          CHECK(live == before);
        });
    CHECK(tried > 1);
  }
}

TEST_CASE("opening an engine") {
  const TempDir dir;
  // OpenSSL sets itself up once, and the schema of packs that a host gives is compiled once, by a library that
  // does not look whether it got memory: should it run out just then, the process ends.
  std::array<unsigned char, 32> hash{};
  REQUIRE(EVP_Digest("", 0, hash.data(), nullptr, EVP_sha256(), nullptr) == 1);
  connex_buf pack{};
  exhaust(
      true,
      [&](connex_error** error) {
        const connex_status status = connex_policy(nullptr, &pack, error);
        return Call{status, pack.data == nullptr};
      },
      [](const Call&) {});
  {
    connex_engine_options options{};
    options.struct_size = sizeof options;
    options.store = str("memory:");
    options.policy = {pack.data, pack.size};
    connex_engine* first = nullptr;
    REQUIRE(connex_engine_open(&options, &first, nullptr) == CONNEX_OK);
    connex_engine_close(first);
  }
  int made = 0;
  for (const bool forever : {false, true}) {
    for (const bool file : {false, true}) {
      CAPTURE(forever);
      CAPTURE(file);
      // A pack given as text is read anew each time; that takes a while, so not beside a file as well.
      const std::string path = file ? dir.file(std::to_string(made++)) : "memory:";
      connex_engine_options options{};
      options.struct_size = sizeof options;
      options.store = str(path);
      if (!file) options.policy = {pack.data, pack.size};
      connex_engine* engine = nullptr;
      exhaust(
          forever,
          [&](connex_error** error) {
            const connex_status status = connex_engine_open(&options, &engine, error);
            return Call{status, engine == nullptr};
          },
          [&](const Call&) {
            connex_engine_close(engine);
            engine = nullptr;
          });
    }
  }
  connex_buf_free(&pack);
}

TEST_CASE("what needs no engine") {
  exhaust_pure([](connex_buf* out, connex_error** error) {
    return connex_decide(nullptr, str("visit.book"), str(R"({"opt_in_set_by_doctor":false})"), out, error);
  });
  exhaust_pure([](connex_buf* out, connex_error** error) { return connex_policy(nullptr, out, error); });
  exhaust_pure([](connex_buf* out, connex_error** error) { return connex_commands(out, error); });
  exhaust_pure([](connex_buf* out, connex_error** error) { return connex_clauses(out, error); });
  exhaust_pure([](connex_buf* out, connex_error** error) { return connex_gates(out, error); });
  const connex_str text = str("call me on 98123 45678 or write to asha.rao@example.in, says Asha Rao");
  const connex_str name = str("Asha Rao");
  connex_redaction_options options{};
  options.struct_size = sizeof options;
  options.names = {&name, 1};
  exhaust_pure([&](connex_buf* out, connex_error** error) { return connex_redact(&options, text, out, nullptr, error); });
  exhaust_pure([&](connex_buf* out, connex_error** error) {
    connex_redaction_stream* stream = nullptr;
    connex_status status = connex_redaction_stream_open(&options, &stream, error);
    if (status != CONNEX_OK) return status;
    status = connex_redaction_stream_write(stream, text, out, error);
    if (status == CONNEX_OK) {
      connex_buf_free(out);  // nothing yet
      status = connex_redaction_stream_finish(stream, out, error);
    }
    connex_redaction_stream_free(stream);
    return status;
  });
  exhaust_pure([&](connex_buf* out, connex_error** error) {
    connex_findings findings{};
    const connex_status status = connex_find_contact_details(&options, text, &findings, error);
    CHECK((findings.size > 0) == (status == CONNEX_OK));
    connex_findings_free(&findings);
    return status != CONNEX_OK ? status : connex_gates(out, error);  // which stands for what was found
  });
}

TEST_CASE("a failure that cannot be told for want of memory") {
  connex_error* error = nullptr;
  connex_buf buf{};
  for (std::uint64_t n = 1;; ++n) {
    faults = {true, true, n, false};
    const connex_status status = connex_decide(nullptr, str("no.such.rule"), str("{}"), &buf, &error);
    faults.armed = false;
    REQUIRE(error != nullptr);
    CHECK(connex_error_status(error) ==
          (status == CONNEX_NOT_FOUND && !faults.struck ? CONNEX_NOT_FOUND : CONNEX_INTERNAL));
    connex_error_free(error);
    if (!faults.struck) break;
  }
  CHECK(buf.data == nullptr);
}

constexpr std::string_view kSetup[] = {
    R"({"command":"organisation.put","actor":"system","at":"2026-11-23T08:00:00+05:30",)"
    R"("args":{"id":"acme","kind":"pharma_company","name":"Acme"}})",
    R"({"command":"principal.register","actor":"system","at":"2026-11-23T08:00:00+05:30",)"
    R"("args":{"id":"dr-1","role":"doctor","name":"A Doctor","adult_attested":true}})",
    R"({"command":"principal.register","actor":"system","at":"2026-11-23T08:00:00+05:30",)"
    R"("args":{"id":"mr-7","role":"medical_representative","organisation":"acme","name":"A Representative",)"
    R"("adult_attested":true}})",
    R"({"command":"preference.set","actor":"dr-1","at":"2026-11-23T08:00:00+05:30",)"
    R"("args":{"doctor":"dr-1","virtual_visits":true}})",
};
constexpr std::string_view kBook =
    R"({"command":"visit.book","actor":"mr-7","at":"2026-11-23T09:00:00+05:30","request_id":"q",)"
    R"("args":{"id":"v","doctor":"dr-1","representative":"mr-7","starts_at":"2026-11-23T10:00:00+05:30",)"
    R"("ends_at":"2026-11-23T10:15:00+05:30"}})";
constexpr std::string_view kVerify =
    R"({"command":"audit.verify","actor":"system","at":"2026-11-23T09:00:00+05:30"})";

// One of each kind: a person's details, something shown, a text without what it hides, a decision, a report.
constexpr std::string_view kMore[] = {
    R"({"command":"principal.update","actor":"dr-1","at":"2026-11-23T09:00:00+05:30","request_id":"q2",)"
    R"("args":{"id":"dr-1","city":"Mumbai"}})",
    R"({"command":"principal.view","actor":"mr-7","at":"2026-11-23T09:00:00+05:30","args":{"subject":"dr-1"}})",
    R"({"command":"message.post","actor":"mr-7","at":"2026-11-23T09:00:00+05:30","request_id":"q3",)"
    R"("args":{"id":"m","thread":"t","to":"dr-1","text":"ring me on 98123 00001"}})",
    R"({"command":"visit.disclosure","actor":"dr-1","at":"2026-11-23T09:00:00+05:30","args":{"visit":"v"}})",
    R"({"command":"report.summary","actor":"system","at":"2026-11-23T09:00:00+05:30"})",
};

std::string execute(connex_engine* engine, std::string_view request) {
  connex_buf answer{};
  REQUIRE(connex_engine_execute(engine, str(request), &answer, nullptr) == CONNEX_OK);
  const std::string text(answer.data, answer.size);
  connex_buf_free(&answer);
  return text;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

void check_execute(const std::string& store, bool forever) {
  connex_engine_options options{};
  options.struct_size = sizeof options;
  options.store = str(store);
  options.caller_clock = 1;
  connex_engine* engine = nullptr;
  REQUIRE(connex_engine_open(&options, &engine, nullptr) == CONNEX_OK);
  for (const std::string_view request : kSetup) REQUIRE(has(execute(engine, request), R"("permitted":true)"));

  const auto run = [&](std::string_view request) {
    connex_buf answer{};
    std::string last;
    const std::uint64_t tried = exhaust(
        forever,
        [&](connex_error** error) {
          const connex_status status = connex_engine_execute(engine, str(request), &answer, error);
          return Call{status, answer.data == nullptr};
        },
        [&](const Call& call) {
          if (call.status == CONNEX_OK) {
            last.assign(answer.data, answer.size);
            const bool known = has(last, R"("ok":true)") || has(last, R"("code":"internal")") ||
                               has(last, R"("code":"storage")");
            CAPTURE(last);
            CHECK(known);
          }
          connex_buf_free(&answer);
          CHECK(has(execute(engine, kVerify), R"("valid":true)"));
        });
    CHECK(tried > 10);
    CHECK(has(last, R"("ok":true)"));
  };
  run(kVerify);
  run(kBook);
  CHECK(has(execute(engine, kBook), R"("audit":{"seq":4})"));  // once, however often it was tried
  CHECK(has(execute(engine, kVerify), R"("entries":5)"));
  if (store == "memory:")
    for (const std::string_view request : kMore) run(request);
  connex_engine_close(engine);
}

TEST_CASE("commands") {
  const TempDir dir;
  for (const bool forever : {false, true}) {
    CAPTURE(forever);
    check_execute("memory:", forever);
    check_execute(dir.file(forever ? "a" : "b"), forever);
  }
}

}  // namespace
}  // namespace connex::testing

int main(int argc, char** argv) {
  using namespace connex::testing;
  if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1 || !fail_in_sqlite())
    return 1;
#ifdef __SANITIZE_ADDRESS__
  (void)connex::evidence::openssl::library();  // what OpenSSL 3.0 loses of one that gets no memory is no leak of ours
#endif
  return doctest::Context(argc, argv).run();
}
