#include "connex/connex.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "capi/engine_handle.hpp"
#include "connex/clauses.hpp"
#include "connex/gates.hpp"
#include "connex/stores.hpp"
#include "connex/version.hpp"
#include "faults/script.hpp"
#include "services/command.hpp"
#include "support/faulty_store.hpp"
#include "support/temp_dir.hpp"

namespace connex::testing {
namespace {

connex_str str(std::string_view text) { return {text.data(), text.size()}; }
std::string text_of(connex_str text) { return std::string(text.data == nullptr ? "" : text.data, text.size); }

// Buffers and errors that free themselves.
struct Buf : connex_buf {
  Buf() : connex_buf{nullptr, 0} {}
  ~Buf() { connex_buf_free(this); }
  Buf(const Buf&) = delete;
  Buf& operator=(const Buf&) = delete;
  std::string text() const { return std::string(data == nullptr ? "" : data, size); }
  bool empty() const { return data == nullptr && size == 0; }
};

class Failure {
 public:
  Failure() = default;
  ~Failure() { connex_error_free(error_); }
  Failure(const Failure&) = delete;
  Failure& operator=(const Failure&) = delete;
  connex_error** out() {
    connex_error_free(error_);
    error_ = nullptr;
    return &error_;
  }
  bool none() const { return error_ == nullptr; }
  connex_status status() const { return connex_error_status(error_); }
  std::string code() const { return text_of(connex_error_code(error_)); }
  std::string message() const { return text_of(connex_error_message(error_)); }
  std::string path() const { return text_of(connex_error_path(error_)); }

 private:
  connex_error* error_ = nullptr;
};

using EnginePtr = std::unique_ptr<connex_engine, decltype(&connex_engine_close)>;

connex_engine_options memory_options() {
  connex_engine_options options{};
  options.struct_size = sizeof options;
  options.store = str("memory:");
  return options;
}

EnginePtr open(const connex_engine_options& options) {
  connex_engine* engine = nullptr;
  REQUIRE(connex_engine_open(&options, &engine, nullptr) == CONNEX_OK);
  return {engine, connex_engine_close};
}

connex_status open_status(const connex_engine_options& options, Failure& failure) {
  auto* engine = reinterpret_cast<connex_engine*>(&failure);  // anything: a failure must empty it
  const connex_status status = connex_engine_open(&options, &engine, failure.out());
  CHECK((engine != nullptr) == (status == CONNEX_OK));
  if (status == CONNEX_OK) connex_engine_close(engine);
  return status;
}

// Gates

template <const Gate& G, class CFacts>
connex_decision expected(const CFacts& facts) {
  unsigned char bytes[sizeof(CFacts)];
  std::memcpy(bytes, &facts, sizeof bytes);
  Facts given;
  for (std::size_t i = 0; i < sizeof bytes; ++i)
    given.set(i, bytes[i] == CONNEX_YES ? Fact::yes : bytes[i] == CONNEX_NO ? Fact::no : Fact::unknown);
  const Decision d = evaluate(G, given);
  const auto number = std::find(std::begin(kGates), std::end(kGates), &G) - std::begin(kGates) + 1;
  return {static_cast<uint32_t>(number), static_cast<uint32_t>(d.effect), d.unmet, d.unknown};
}

bool same(const connex_decision& a, const connex_decision& b) {
  return a.gate == b.gate && a.effect == b.effect && a.unmet == b.unmet && a.unknown == b.unknown;
}

void check_reasons(const Gate& gate, const connex_decision& decision) {
  uint32_t index = 0;
  for_each_unmet({&gate, decision.unmet, decision.unknown}, [&](const Condition& condition, bool unknown) {
    const connex_reason reason = connex_decision_reason(&decision, index++);
    CHECK(text_of(reason.code) == condition.reason);
    CHECK(text_of(reason.clause) == condition.clause);
    CHECK(text_of(reason.fact) == condition.fact);
    CHECK(text_of(reason.text) == condition.text);
    CHECK((reason.unknown != 0) == unknown);
  });
  CHECK(connex_decision_reason_count(&decision) == index);
  for (const uint32_t beyond : {index, index + 1, 32U, 33U, ~0U})
    CHECK(connex_decision_reason(&decision, beyond).code.data == nullptr);
}

void check_obligations(const Gate& gate, const connex_decision& decision) {
  const auto expected = decision.effect == CONNEX_PERMIT ? gate.on_permit : gate.on_refusal;
  REQUIRE(connex_decision_obligation_count(&decision) == expected.size());
  for (uint32_t i = 0; i < expected.size(); ++i) {
    const connex_obligation obligation = connex_decision_obligation(&decision, i);
    CHECK(text_of(obligation.action) == expected[i].action);
    CHECK(text_of(obligation.who) == expected[i].who);
    CHECK(text_of(obligation.clause) == expected[i].clause);
  }
  for (const uint32_t beyond : {static_cast<uint32_t>(expected.size()), 32U, ~0U})
    CHECK(connex_decision_obligation(&decision, beyond).action.data == nullptr);
}

template <const Gate& G, class CFacts>
void check_gate(connex_decision (*function)(const CFacts*)) {
  constexpr std::size_t kFacts = sizeof(CFacts);
  std::size_t assignments = 1;
  for (std::size_t i = 0; i < kFacts; ++i) assignments *= 3;
  CFacts facts;
  bool all_same = true;
  std::size_t permits = 0;
  for (std::size_t n = 0; n < assignments; ++n) {
    unsigned char bytes[kFacts];
    for (std::size_t i = 0, rest = n; i < kFacts; ++i, rest /= 3)
      bytes[i] = static_cast<unsigned char>(rest % 3);
    std::memcpy(&facts, bytes, kFacts);
    const connex_decision decision = function(&facts);
    all_same = all_same && same(decision, expected<G>(facts));
    permits += decision.effect == CONNEX_PERMIT ? 1 : 0;
    if (n % 17 == 0) check_reasons(G, decision);
    if (n % 17 == 0) check_obligations(G, decision);
  }
  CHECK(all_same);
  CHECK(permits == 1);

  std::memset(static_cast<void*>(&facts), CONNEX_YES, kFacts);
  CHECK(function(&facts).effect == CONNEX_PERMIT);
  CHECK(text_of(connex_decision_rule(std::array{function(&facts)}.data())) == G.rule);
  for (std::size_t i = 0; i < kFacts; ++i) {  // a byte that is no fact
    for (int byte = 3; byte <= 255; ++byte) {
      std::memset(static_cast<void*>(&facts), CONNEX_YES, kFacts);
      reinterpret_cast<unsigned char*>(&facts)[i] = static_cast<unsigned char>(byte);
      const connex_decision decision = function(&facts);
      all_same = all_same && decision.effect == CONNEX_INDETERMINATE && decision.unmet == 1U << i &&
                 decision.unknown == 1U << i;
    }
  }
  CHECK(all_same);
  std::memset(static_cast<void*>(&facts), CONNEX_UNKNOWN, kFacts);
  CHECK(same(function(nullptr), expected<G>(facts)));
}

TEST_CASE("the gates of C decide as those of C++ on every assignment of facts") {
  check_gate<kVisitBook>(connex_visit_book);
  check_gate<kVisitJoin>(connex_visit_join);
  check_gate<kVisitStart>(connex_visit_start);
  check_gate<kRecordingEligible>(connex_recording_eligible);
  check_gate<kRecordingStart>(connex_recording_start);
  check_gate<kRecordingAccess>(connex_recording_access);
  check_gate<kMediaEngage>(connex_media_engage);
  check_gate<kAiExtract>(connex_ai_extract);
  check_gate<kProcessorEngage>(connex_processor_engage);
}

TEST_CASE("every gate decides by its number as in C++, and an unknown one denies") {
  for (uint32_t number = 1; number <= std::size(kGates); ++number) {
    const Gate& gate = *kGates[number - 1];
    const uint32_t all = (1U << gate.conditions.size()) - 1U;
    bool all_same = true;
    for (uint32_t yes = 0; yes <= all; ++yes) {
      for (const uint32_t no : {0U, all, all & ~yes, yes, all & (yes << 1), ~0U}) {
        const connex_decision decision = connex_evaluate(number, yes, no);
        const Decision e = evaluate(gate, Facts{yes, no});
        all_same =
            all_same && same(decision, {number, static_cast<std::uint32_t>(e.effect), e.unmet, e.unknown});
      }
    }
    CHECK(all_same);
    const connex_decision permit = connex_evaluate(number, ~0U, 0);
    CHECK(permit.effect == CONNEX_PERMIT);
    CHECK(text_of(connex_decision_rule(&permit)) == gate.rule);
    CHECK(connex_evaluate(number, ~0U, ~0U).effect == CONNEX_INDETERMINATE);
  }
  for (const uint32_t number : {0U, static_cast<uint32_t>(std::size(kGates)) + 1, ~0U})
    CHECK(same(connex_evaluate(number, ~0U, 0), {0, CONNEX_DENY, 0, 0}));
}

// Each fact of a gate in C has the name and the place of a condition.
#define CONNEX_FACT(gate, type, name) CHECK(gate.conditions[offsetof(type, name)].fact == #name)

TEST_CASE("the facts of C stand in the order of the gate") {
  CONNEX_FACT(kVisitBook, connex_visit_book_facts, doctor_virtual_visits_enabled);
  CONNEX_FACT(kVisitBook, connex_visit_book_facts, booker_is_medical_representative);
  CONNEX_FACT(kVisitBook, connex_visit_book_facts, opt_in_set_by_doctor);
  CONNEX_FACT(kVisitJoin, connex_visit_join_facts, visit_is_current);
  CONNEX_FACT(kVisitJoin, connex_visit_join_facts, doctor_virtual_visits_enabled);
  CONNEX_FACT(kVisitJoin, connex_visit_join_facts, joiner_is_invited);
  CONNEX_FACT(kVisitJoin, connex_visit_join_facts, joiner_role_fits_side);
  CONNEX_FACT(kVisitJoin, connex_visit_join_facts, joiner_accepted_disclosure);
  CONNEX_FACT(kVisitStart, connex_visit_start_facts, doctor_virtual_visits_enabled);
  CONNEX_FACT(kVisitStart, connex_visit_start_facts, every_participant_accepted);
  CONNEX_FACT(kVisitStart, connex_visit_start_facts, acceptances_match_disclosure);
  CONNEX_FACT(kVisitStart, connex_visit_start_facts, participants_are_distinct);
  CONNEX_FACT(kRecordingEligible, connex_recording_eligible_facts, doctor_recording_enabled);
  CONNEX_FACT(kRecordingEligible, connex_recording_eligible_facts, company_recording_entitled);
  CONNEX_FACT(kRecordingEligible, connex_recording_eligible_facts, company_recording_enabled);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, doctor_recording_enabled);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, company_recording_entitled);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, company_recording_enabled);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, representative_company_unchanged);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, visit_started);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, every_participant_consented);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, consents_match_disclosure);
  CONNEX_FACT(kRecordingStart, connex_recording_start_facts, screen_matches_decision);
  CONNEX_FACT(kRecordingAccess, connex_recording_access_facts, recording_available);
  CONNEX_FACT(kRecordingAccess, connex_recording_access_facts, viewer_is_participant_or_compliance_officer);
  CONNEX_FACT(kRecordingAccess, connex_recording_access_facts, viewer_company_matches);
  CONNEX_FACT(kRecordingAccess, connex_recording_access_facts, mode_allowed);
  CONNEX_FACT(kMediaEngage, connex_media_engage_facts, doctor_virtual_visits_enabled);
  CONNEX_FACT(kMediaEngage, connex_media_engage_facts, visit_is_virtual);
  CONNEX_FACT(kMediaEngage, connex_media_engage_facts, visit_is_current);
  CONNEX_FACT(kAiExtract, connex_ai_extract_facts, ai_enabled);
  CONNEX_FACT(kAiExtract, connex_ai_extract_facts, provider_listed);
  CONNEX_FACT(kAiExtract, connex_ai_extract_facts, source_is_completion_note);
  CONNEX_FACT(kAiExtract, connex_ai_extract_facts, text_deidentified);
  CONNEX_FACT(kAiExtract, connex_ai_extract_facts, agreement_in_force);
  CONNEX_FACT(kAiExtract, connex_ai_extract_facts, no_training_attested);
  CONNEX_FACT(kProcessorEngage, connex_processor_engage_facts, agreement_in_force);
  CONNEX_FACT(kProcessorEngage, connex_processor_engage_facts, affected_customers_notified);
  CONNEX_FACT(kProcessorEngage, connex_processor_engage_facts, notice_period_elapsed);
  CONNEX_FACT(kProcessorEngage, connex_processor_engage_facts, countries_permitted);
}

TEST_CASE("a decision that no gate made has no reasons and denies") {
  for (const uint32_t gate : {0U, static_cast<uint32_t>(std::size(kGates)) + 1, ~0U}) {
    const connex_decision decision{gate, 0, ~0U, ~0U};
    CHECK(decision.effect == CONNEX_DENY);
    CHECK(connex_decision_reason_count(&decision) == 0);
    CHECK(connex_decision_reason(&decision, 0).code.data == nullptr);
    CHECK(connex_decision_obligation_count(&decision) == 0);
    CHECK(connex_decision_obligation(&decision, 0).action.data == nullptr);
    CHECK(connex_decision_rule(&decision).size == 0);
  }
  const connex_decision wild{1, 0, ~0U, ~0U};  // bits beyond the conditions
  CHECK(connex_decision_reason_count(&wild) == kGates[0]->conditions.size());
}

// Pointers

TEST_CASE("a missing pointer is refused or does nothing, in every function") {
  const EnginePtr engine = open(memory_options());
  const connex_engine_options options = memory_options();
  connex_engine* opened = nullptr;
  Buf buf;
  Failure failure;

  connex_buf_free(nullptr);
  CHECK(connex_error_status(nullptr) == CONNEX_OK);
  CHECK(connex_error_code(nullptr).size == 0);
  CHECK(connex_error_message(nullptr).size == 0);
  CHECK(connex_error_path(nullptr).size == 0);
  connex_error_free(nullptr);
  connex_engine_close(nullptr);
  CHECK(connex_decision_reason_count(nullptr) == 0);
  CHECK(connex_decision_reason(nullptr, 0).code.data == nullptr);
  CHECK(connex_decision_obligation_count(nullptr) == 0);
  CHECK(connex_decision_obligation(nullptr, 0).action.data == nullptr);
  CHECK(connex_decision_rule(nullptr).data == nullptr);

  const auto refused = [&](std::string_view what, connex_status status) {
    CHECK(status == CONNEX_INVALID_ARGUMENT);
    CHECK(failure.status() == status);
    CHECK(failure.message() == std::string("`").append(what).append("` is missing"));
  };
  refused("options", connex_engine_open(nullptr, &opened, failure.out()));
  CHECK(opened == nullptr);
  refused("engine", connex_engine_open(&options, nullptr, failure.out()));
  refused("engine", connex_engine_execute(nullptr, str("{}"), &buf, failure.out()));
  refused("answer", connex_engine_execute(engine.get(), str("{}"), nullptr, failure.out()));
  refused("decision", connex_decide(engine.get(), str("visit.book"), str("{}"), nullptr, failure.out()));
  refused("pack", connex_policy(engine.get(), nullptr, failure.out()));
  refused("commands", connex_commands(nullptr, failure.out()));
  refused("clauses", connex_clauses(nullptr, failure.out()));
  refused("gates", connex_gates(nullptr, failure.out()));
  refused("scenarios", connex_scenarios_read(str("{}"), nullptr, failure.out()));
  refused("scenarios", connex_scenarios_describe(nullptr, &buf, failure.out()));
  refused("scenarios", connex_scenarios_play(nullptr, 0, nullptr, &buf, failure.out()));
  connex_scenarios_free(nullptr);

  // Without a place for the error, only the status tells.
  CHECK(connex_engine_open(nullptr, nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);
  CHECK(connex_engine_execute(nullptr, {}, nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);
  CHECK(connex_decide(nullptr, {}, {}, nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);
  CHECK(connex_policy(nullptr, nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);
  CHECK(connex_commands(nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);
  CHECK(connex_clauses(nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);
  CHECK(connex_gates(nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);

  // Texts without bytes are empty, whatever their size says.
  CHECK(connex_engine_execute(engine.get(), {nullptr, 7}, &buf, failure.out()) == CONNEX_OK);
  CHECK(buf.text().find(R"("ok":false)") != std::string::npos);
  connex_buf_free(&buf);
  CHECK(connex_decide(engine.get(), {nullptr, 7}, str("{}"), &buf, failure.out()) == CONNEX_NOT_FOUND);
  CHECK(connex_decide(engine.get(), str("visit.book"), {nullptr, 7}, &buf, failure.out()) ==
        CONNEX_INVALID_ARGUMENT);
}

// Options

TEST_CASE("options of another size") {
  alignas(connex_engine_options) unsigned char larger[sizeof(connex_engine_options) + 64] = {};
  const auto with_size = [&](std::size_t size) {
    connex_engine_options options = memory_options();
    options.struct_size = static_cast<uint32_t>(size);
    std::memcpy(larger, &options, sizeof options);
    Failure failure;
    return open_status(reinterpret_cast<connex_engine_options&>(larger), failure);
  };
  constexpr std::size_t kLeast = offsetof(connex_engine_options, policy);
  for (std::size_t size = 0; size < kLeast; ++size) CHECK(with_size(size) == CONNEX_INVALID_ARGUMENT);
  for (std::size_t size = kLeast; size <= sizeof larger; size += alignof(connex_engine_options))
    CHECK(with_size(size) == CONNEX_OK);
  for (std::size_t size = kLeast + 1; size < sizeof larger; size += alignof(connex_engine_options))
    CHECK(with_size(size) == CONNEX_INVALID_ARGUMENT);  // no struct of C has such a size
  // What a newer caller asks for, and this library would not do, is refused.
  for (std::size_t at = sizeof(connex_engine_options); at < sizeof larger; ++at) {
    larger[at] = 1;
    CHECK(with_size(sizeof larger) == CONNEX_INVALID_ARGUMENT);
    CHECK(with_size(sizeof(connex_engine_options)) == CONNEX_OK);
    larger[at] = 0;
  }
  CHECK(with_size(std::size_t{1} << 30) == CONNEX_INVALID_ARGUMENT);  // and nothing so far away is read

  alignas(connex_redaction_options) unsigned char redaction[sizeof(connex_redaction_options) + 8] = {};
  auto& options = reinterpret_cast<connex_redaction_options&>(redaction);
  options.struct_size = sizeof redaction;
  Buf redacted;
  CHECK(connex_redact(&options, str("hello"), &redacted, nullptr, nullptr) == CONNEX_OK);
  redaction[sizeof redaction - 1] = 1;
  Buf refused;
  CHECK(connex_redact(&options, str("hello"), &refused, nullptr, nullptr) == CONNEX_INVALID_ARGUMENT);
}

TEST_CASE("a field that the caller's struct does not have counts as zero") {
  connex_engine_options options = memory_options();
  options.struct_size = offsetof(connex_engine_options, policy);
  options.policy = str("not a pack");
  options.clock = [](void*, int64_t*) -> uint32_t { return 0; };
  const EnginePtr engine = open(options);
  Buf answer;
  REQUIRE(connex_engine_execute(engine.get(), str(R"({"command":"report.summary","actor":"system"})"),
                                &answer, nullptr) == CONNEX_OK);
  CHECK(answer.text().find(R"("ok":true)") != std::string::npos);
}

TEST_CASE("options that cannot be") {
  const TempDir dir;
  Failure failure;
  connex_engine_options options = memory_options();
  const auto with_store = [&](std::string_view where) {
    options = memory_options();
    options.store = str(where);
    return open_status(options, failure);
  };
  CHECK(with_store("") == CONNEX_INVALID_ARGUMENT);
  CHECK(failure.message() == "`options.store` is missing");
  CHECK(with_store("postgres://host/db") == CONNEX_UNSUPPORTED);
  CHECK(with_store(dir.file("no/such/directory")) == CONNEX_STORAGE);
  CHECK(with_store(std::string("nul\0byte", 8)) != CONNEX_OK);
  CHECK(with_store(dir.file("db")) == CONNEX_OK);
  CHECK(with_store(dir.file("db") + "/below") == CONNEX_STORAGE);

  options = memory_options();
  options.durability = 2;
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
  options = memory_options();
  options.policy = str("{}");
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
  options.policy = str("{");
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
}

TEST_CASE("a policy with a hole is refused with the pointer to it") {
  Buf pack;
  REQUIRE(connex_policy(nullptr, &pack, nullptr) == CONNEX_OK);
  std::string text = pack.text();
  const std::string wanted = R"("idempotency_hours":24)";
  REQUIRE(text.find(wanted) != std::string::npos);
  text.replace(text.find(wanted), wanted.size(), R"("idempotency_hours":"a day")");
  connex_engine_options options = memory_options();
  options.policy = str(text);
  Failure failure;
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
  CHECK(failure.path() == "/idempotency_hours");
  CHECK(failure.code() == "invalid_argument");
}

TEST_CASE("the caller's clock") {
  connex_engine_options options = memory_options();
  struct Time {
    int64_t micros;
    uint32_t well;
  } time{1'795'401'000'000'000, 1};
  options.clock = [](void* user, int64_t* micros) -> uint32_t {
    *micros = static_cast<Time*>(user)->micros;
    return static_cast<Time*>(user)->well;
  };
  options.clock_user = &time;
  const EnginePtr engine = open(options);
  const auto execute = [&](std::string_view request) {
    Buf answer;
    CHECK(connex_engine_execute(engine.get(), str(request), &answer, nullptr) == CONNEX_OK);
    return answer.text();
  };
  const std::string_view put =
      R"({"command":"organisation.put","actor":"system","args":{"id":"o","kind":"clinic","name":"O"}})";
  CHECK(execute(put).find(R"("ok":true)") != std::string::npos);
  const std::string_view list = R"({"command":"audit.list","actor":"system"})";
  CHECK(execute(list).find("2026-11-23T08:00:00") != std::string::npos);
  time.micros -= 3'600'000'000;  // set back: nothing is done until it is right again, but reports tell
  CHECK(execute(put).find("the clock is behind the last entry of the audit log") != std::string::npos);
  CHECK(execute(list).find(R"("seq":1)") == std::string::npos);
  CHECK(execute(list).find(R"("seq":0)") != std::string::npos);
  time.micros += 3'600'000'000;
  time.well = 0;
  CHECK(execute(put).find(R"("code":"internal")") != std::string::npos);
  CHECK(execute(R"({"command":"audit.list","actor":"system","at":"2026-11-23T09:00:00Z"})")
            .find(R"("path":"/at")") != std::string::npos);
}

// Keys

struct HostKey {
  int calls = 0;
  bool broken = false;
};

connex_key_provider host_keys(HostKey& host) {
  connex_key_provider provider{};
  provider.struct_size = sizeof provider;
  provider.user = &host;
  provider.current = [](void* user, char* id, size_t* size, uint32_t* version) -> uint32_t {
    if (static_cast<HostKey*>(user)->broken) return 0;
    std::memcpy(id, "kms", 3);
    *size = 3;
    *version = 7;
    return 1;
  };
  provider.wrap = [](void* user, connex_str, uint32_t, connex_str, const uint8_t* secret, uint8_t* wrapped,
                     size_t* size) -> uint32_t {
    ++static_cast<HostKey*>(user)->calls;
    for (int i = 0; i < 32; ++i) wrapped[i] = static_cast<uint8_t>(secret[i] ^ 0x5A);
    *size = 32;
    return 1;
  };
  provider.unwrap = [](void* user, connex_str id, uint32_t version, connex_str, const uint8_t* wrapped,
                       size_t size, uint8_t* secret) -> uint32_t {
    if (static_cast<HostKey*>(user)->broken || size != 32 || version != 7 || id.size != 3) return 0;
    for (int i = 0; i < 32; ++i) secret[i] = static_cast<uint8_t>(wrapped[i] ^ 0x5A);
    return 1;
  };
  return provider;
}

TEST_CASE("a host's own key service wraps the keys") {
  HostKey host;
  const connex_key_provider provider = host_keys(host);
  connex_engine_options options = memory_options();
  options.key_provider = &provider;
  const EnginePtr engine = open(options);
  CHECK(host.calls == 2);  // for the look-ups and for the sums over the tables
  Buf answer;
  REQUIRE(
      connex_engine_execute(
          engine.get(),
          str(R"({"command":"principal.register","actor":"system","args":{"id":"d","role":"staff","name":"N","adult_attested":true}})"),
          &answer, nullptr) == CONNEX_OK);
  CHECK(answer.text().find(R"("ok":true)") != std::string::npos);
  CHECK(host.calls == 4);  // one for the account, one for what the log says of the person
  host.broken = true;
  Failure failure;
  CHECK(open_status(options, failure) == CONNEX_STORAGE);
}

// A host whose callbacks ask the engine for a command.
struct Asking {
  connex_engine* engine = nullptr;
  HostKey keys;
  std::vector<connex_status> statuses = {};
  bool armed = false;

  void ask() {
    if (!armed) return;
    Buf answer;
    statuses.push_back(connex_engine_execute(engine, str(R"({"command":"report.summary","actor":"system","args":{}})"),
                                             &answer, nullptr));
  }
};

TEST_CASE("a callback that asks its engine for a command is refused, and the command goes on") {
  Asking host;
  connex_key_provider provider = host_keys(host.keys);
  provider.user = &host;
  provider.current = [](void* user, char* id, size_t* size, uint32_t* version) {
    static_cast<Asking*>(user)->ask();
    HostKey& keys = static_cast<Asking*>(user)->keys;
    return host_keys(keys).current(&keys, id, size, version);
  };
  provider.wrap = [](void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* secret, uint8_t* wrapped,
                     size_t* size) {
    static_cast<Asking*>(user)->ask();
    HostKey& keys = static_cast<Asking*>(user)->keys;
    return host_keys(keys).wrap(&keys, id, version, label, secret, wrapped, size);
  };
  provider.unwrap = [](void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* wrapped, size_t size,
                       uint8_t* secret) {
    static_cast<Asking*>(user)->ask();
    HostKey& keys = static_cast<Asking*>(user)->keys;
    return host_keys(keys).unwrap(&keys, id, version, label, wrapped, size, secret);
  };
  connex_checkpoint_sink sink{};
  sink.struct_size = sizeof sink;
  sink.user = &host;
  sink.publish = [](void* user, connex_str) -> uint32_t {
    static_cast<Asking*>(user)->ask();
    return 1;
  };
  connex_engine_options options = memory_options();
  options.key_provider = &provider;
  options.sink = &sink;
  options.clock = [](void* user, int64_t* micros) -> uint32_t {
    static_cast<Asking*>(user)->ask();
    *micros = 1'790'000'000'000'000;
    return 1;
  };
  options.clock_user = &host;
  const EnginePtr engine = open(options);
  host.engine = engine.get();
  host.armed = true;
  for (const char* request :
       {R"({"command":"principal.register","actor":"system","args":{"id":"d","role":"staff","name":"N","adult_attested":true}})",
        R"({"command":"audit.checkpoint","actor":"system","args":{}})", R"({"command":"key.rotate","actor":"system","args":{}})",
        R"({"command":"audit.verify","actor":"system","args":{"threads":3}})"}) {
    host.statuses.clear();
    Buf answer;
    REQUIRE(connex_engine_execute(engine.get(), str(request), &answer, nullptr) == CONNEX_OK);
    CHECK_MESSAGE(answer.text().find(R"("ok":true)") != std::string::npos, answer.text());
    CHECK(host.statuses.size() >= 2);  // of the clock, and of the port that the command is about
    for (const connex_status status : host.statuses) CHECK(status == CONNEX_CONFLICT);
  }
  host.armed = false;
  host.ask();
  Buf after;
  CHECK(connex_engine_execute(engine.get(), str(R"({"command":"report.summary","actor":"system","args":{}})"), &after,
                              nullptr) == CONNEX_OK);
}

TEST_CASE("a key service of another size") {
  HostKey host;
  struct Larger {
    connex_key_provider provider;
    uint64_t more;
  } larger{host_keys(host), 0};
  connex_engine_options options = memory_options();
  options.key_provider = &larger.provider;
  const auto with_size = [&](std::size_t size) {
    larger.provider.struct_size = static_cast<uint32_t>(size);
    Failure failure;
    return open_status(options, failure);
  };
  CHECK(with_size(sizeof larger) == CONNEX_OK);
  CHECK(with_size(offsetof(connex_key_provider, unwrap) + sizeof larger.provider.unwrap) == CONNEX_OK);
  CHECK(with_size(offsetof(connex_key_provider, unwrap)) == CONNEX_INVALID_ARGUMENT);
  larger.more = 1;
  CHECK(with_size(sizeof larger) == CONNEX_INVALID_ARGUMENT);
  CHECK(with_size(sizeof larger.provider) == CONNEX_OK);
  larger.provider.reserved = 1;
  CHECK(with_size(sizeof larger.provider) == CONNEX_INVALID_ARGUMENT);
}

// Checkpoints and the bucket

std::string execute(connex_engine* engine, std::string_view request) {
  Buf answer;
  REQUIRE(connex_engine_execute(engine, str(request), &answer, nullptr) == CONNEX_OK);
  return answer.text();
}

struct HostSink {
  std::vector<std::string> kept;
  bool broken = false;
};

connex_checkpoint_sink host_sink(HostSink& host) {
  connex_checkpoint_sink sink{};
  sink.struct_size = sizeof sink;
  sink.user = &host;
  sink.publish = [](void* user, connex_str note) -> uint32_t {
    auto& there = *static_cast<HostSink*>(user);
    if (there.broken) return 0;
    there.kept.push_back(text_of(note));
    return 1;
  };
  return sink;
}

TEST_CASE("a host keeps checkpoints, those that it asks for and those that fall due") {
  HostSink host;
  const connex_checkpoint_sink sink = host_sink(host);
  connex_engine_options options = memory_options();
  options.sink = &sink;
  options.checkpoint_entries = 3;
  const EnginePtr engine = open(options);
  const auto put = [&](const std::string& id) {
    return execute(engine.get(), R"({"command":"organisation.put","actor":"system","args":{"id":")" + id +
                                     R"(","kind":"clinic","name":"C"}})");
  };
  for (const char* id : {"a", "b", "c", "d"}) CHECK(put(id).find(R"("ok":true)") != std::string::npos);
  REQUIRE(host.kept.size() == 1);
  CHECK(host.kept.front().starts_with("connex/"));
  const std::string_view ask = R"({"command":"audit.checkpoint","actor":"system","args":{}})";
  CHECK(execute(engine.get(), ask).find(R"("published":true)") != std::string::npos);
  CHECK(host.kept.size() == 2);
  host.broken = true;
  CHECK(execute(engine.get(), ask).find(R"("published":false)") != std::string::npos);
}

TEST_CASE("a sink or a bucket that lacks something is refused, by name") {
  HostSink host;
  connex_checkpoint_sink sink = host_sink(host);
  connex_bucket bucket{};
  bucket.struct_size = sizeof bucket;
  bucket.host = str("acct.r2.example");
  bucket.name = str("calls");
  bucket.access_key = str("AKIDEXAMPLE");
  bucket.secret_key = str("zq7x");
  connex_engine_options options = memory_options();
  options.sink = &sink;
  options.bucket = &bucket;
  Failure failure;
  CHECK(open_status(options, failure) == CONNEX_OK);
  for (connex_str connex_bucket::*field :
       {&connex_bucket::host, &connex_bucket::name, &connex_bucket::access_key, &connex_bucket::secret_key}) {
    const connex_str kept = bucket.*field;
    bucket.*field = {nullptr, 0};
    CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
    CHECK(failure.message().starts_with("`options.bucket."));
    CHECK(failure.message().find("zq7x") == std::string::npos);
    bucket.*field = kept;
  }
  for (const auto& [field, malformed] :
       {std::pair{&connex_bucket::host, std::string_view("https://acct.r2.example")},
        {&connex_bucket::host, std::string_view("acct.r2.example/")},
        {&connex_bucket::host, std::string_view("acct\0r2", 7)},
        {&connex_bucket::name, std::string_view("calls/of/others")},
        {&connex_bucket::region, std::string_view("in south")},
        {&connex_bucket::access_key, std::string_view("AKID/EXAMPLE")}}) {
    const connex_str kept = bucket.*field;
    bucket.*field = {malformed.data(), malformed.size()};
    CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
    CHECK(failure.message().starts_with("the bucket's "));
    bucket.*field = kept;
  }
  bucket.struct_size = 16;
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
  bucket.struct_size = sizeof bucket;
  bucket.reserved = 1;
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
  bucket.reserved = 0;
  sink.publish = nullptr;
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
  CHECK(failure.message() == "`options.sink.publish` is missing");
  sink = host_sink(host);
  sink.struct_size = offsetof(connex_checkpoint_sink, publish);
  CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
}

TEST_CASE("keys that cannot be had are refused") {
  connex_engine_options options = memory_options();
  Failure failure;
  for (const char* where : {"kms://x", "file:", "elsewhere"}) {
    options.keys = str(where);
    CHECK(open_status(options, failure) == CONNEX_INVALID_ARGUMENT);
  }
  options.keys = str("env:CONNEX_NO_SUCH_VARIABLE");
  CHECK(open_status(options, failure) == CONNEX_NOT_FOUND);
}

// Engines whose store throws

class ThrowingStore final : public store::Store {
 public:
  explicit ThrowingStore(std::function<void()> blow) : blow_(std::move(blow)) {}
  void arm() { armed_ = true; }
  Result<void> prepare(const store::Schema& schema) override { return inner_->prepare(schema); }
  Result<std::unique_ptr<store::Store>> open_beside(std::string_view name, bool create) override {
    return inner_->open_beside(name, create);
  }
  Result<std::unique_ptr<store::ReadTransaction>> begin_read() override {
    if (!armed_) return inner_->begin_read();
    blow_();
    return Error{ErrorCode::busy, "busy", ""};
  }
  Result<std::unique_ptr<store::WriteTransaction>> begin_write() override {
    if (!armed_) return inner_->begin_write();
    blow_();
    return Error{ErrorCode::busy, "busy", ""};
  }

 private:
  std::function<void()> blow_;
  std::unique_ptr<store::Store> inner_ = store::make_memory_store();
  bool armed_ = false;
};

TEST_CASE("what a store throws does not pass") {
  const std::pair<std::function<void()>, std::string_view> blows[] = {
      {[] { throw std::runtime_error("with `a secret`"); }, "internal"},
      {[] { throw std::bad_alloc(); }, "internal"},
      {[] { throw 7; }, ""},  // what is not even an exception gets no answer
      {[] {}, "busy"},
  };
  for (const auto& [blow, code] : blows) {
    EngineOptions options;
    auto throwing = std::make_unique<ThrowingStore>(blow);
    ThrowingStore& store = *throwing;
    options.store = std::move(throwing);
    connex_engine engine{std::move(Engine::open(std::move(options))).value()};
    store.arm();
    for (const std::string_view request :
         {R"({"command":"report.summary","actor":"system"})",
          R"({"command":"visit.cancel","actor":"system","args":{"visit":"v"}})"}) {
      Buf answer;
      Failure failure;
      const connex_status status = connex_engine_execute(&engine, str(request), &answer, failure.out());
      if (code.empty()) {
        CHECK(status == CONNEX_INTERNAL);
        CHECK(failure.status() == CONNEX_INTERNAL);
        CHECK(failure.code() == "internal");
        CHECK(answer.empty());
      } else {
        CHECK(status == CONNEX_OK);
        CHECK(failure.none());
        CHECK(answer.text().find(std::string("\"code\":\"").append(code).append("\"")) != std::string::npos);
        CHECK(answer.text().find("secret") == std::string::npos);
      }
    }
    Buf decision, pack;
    CHECK(connex_decide(&engine, str("visit.book"), str("{}"), &decision, nullptr) == CONNEX_OK);
    CHECK(connex_policy(&engine, &pack, nullptr) == CONNEX_OK);
  }
}

TEST_CASE("what a store throws at any operation of any command does not pass") {
  using store::testing::Fault;
  for (const Fault fault : {Fault::exception, Fault::no_memory}) {
    const std::unique_ptr<store::Store> inner = store::make_memory_store();
    auto owned = std::make_unique<store::testing::FaultyStore>(*inner);
    store::testing::FaultyStore& faulty = *owned;
    connex_engine engine{open_engine(std::move(owned))};
    std::string hash;
    std::size_t struck = 0;
    for (const ScriptedCommand& line : read_script()) {
      const std::string request = with_hash(line.request, hash);
      CAPTURE(request);
      for (std::uint64_t n = 1;; ++n) {
        faulty.arm(n, fault);
        Buf answer;
        Failure failure;
        const connex_status status = connex_engine_execute(&engine, str(request), &answer, failure.out());
        faulty.disarm();
        CAPTURE(answer.text());
        REQUIRE(status == CONNEX_OK);
        CHECK(failure.none());
        if (std::string given = disclosure_hash(answer.text()); !given.empty()) hash = std::move(given);
        if (!faulty.struck()) break;
        ++struck;
        const bool told = error_code(answer.text()) == "internal" || faulty.last() == store::testing::Step::committed;
        CHECK(told);
      }
    }
    CHECK(struck > 1000);
    CHECK(verified_entries(*inner) > 0);
  }
}

// Answers

TEST_CASE("errors, their texts and their end") {
  Failure failure;
  Buf buf;
  CHECK(connex_decide(nullptr, str("no.such.rule"), str("{}"), &buf, failure.out()) == CONNEX_NOT_FOUND);
  CHECK(failure.status() == CONNEX_NOT_FOUND);
  CHECK(failure.code() == "not_found");
  CHECK(!failure.message().empty());
  CHECK(buf.empty());
  CHECK(connex_decide(nullptr, str("visit.book"), str("{}"), &buf, failure.out()) == CONNEX_OK);
  CHECK(failure.none());  // a success leaves no error behind
}

TEST_CASE("a buffer ends with a NUL beyond its size, and may be given back twice") {
  connex_buf buf{};
  REQUIRE(connex_policy(nullptr, &buf, nullptr) == CONNEX_OK);
  REQUIRE(buf.data != nullptr);
  CHECK(buf.data[buf.size] == '\0');
  CHECK(std::strlen(buf.data) == buf.size);
  connex_buf_free(&buf);
  CHECK(buf.data == nullptr);
  CHECK(buf.size == 0);
  connex_buf_free(&buf);
}

TEST_CASE("facts that are none are refused, and never permit") {
  const std::string_view valid = R"({"doctor_virtual_visits_enabled":true,)"
                                 R"("booker_is_medical_representative":true,"opt_in_set_by_doctor":true})";
  const auto decide = [](std::string_view facts, std::string& out) {
    Buf buf;
    Failure failure;
    const connex_status status = connex_decide(nullptr, str("visit.book"), str(facts), &buf, failure.out());
    CHECK((status == CONNEX_OK) == failure.none());
    CHECK((status == CONNEX_OK) == !buf.empty());
    out = buf.text();
    return status;
  };
  std::string out;
  CHECK(decide(valid, out) == CONNEX_OK);
  CHECK(out.find(R"("permitted":true)") != std::string::npos);
  const auto swapped = [&](std::string_view value) {
    std::string text(valid);
    return text.replace(text.find("true"), 4, value);
  };
  for (const std::string_view value : {"1", "0", "\"true\"", "\"\"", "[]", "{}", "[true]", "1e400", "tru",
                                       "True", "true true", "true,\"doctor_virtual_visits_enabled\":true"}) {
    CAPTURE(std::string(value));
    CHECK(decide(swapped(value), out) == CONNEX_INVALID_ARGUMENT);
  }
  for (const std::string_view facts :
       {"", " ", "null", "true", "[]", "\"\"", "{", "{}{}", R"({"other":true})", "{\"\xff\":true}"}) {
    CAPTURE(std::string(facts));
    CHECK(decide(facts, out) == CONNEX_INVALID_ARGUMENT);
  }
  for (const std::string_view value : {"false", "null"}) {
    CHECK(decide(swapped(value), out) == CONNEX_OK);
    CHECK(out.find(R"("permitted":false)") != std::string::npos);
  }
  CHECK(decide("{}", out) == CONNEX_OK);
  CHECK(out.find(R"("permitted":false)") != std::string::npos);
  CHECK(decide(std::string(5'000'000, ' '), out) == CONNEX_INVALID_ARGUMENT);
}

TEST_CASE("the reference is JSON") {
  Buf commands, clauses, gates, pack;
  REQUIRE(connex_commands(&commands, nullptr) == CONNEX_OK);
  const boost::json::value table = boost::json::parse(commands.text());
  REQUIRE(table.as_array().size() == services::commands().size());
  for (std::size_t i = 0; i < table.as_array().size(); ++i)
    CHECK(table.at(i).at("name").as_string() == services::commands()[i].name);

  REQUIRE(connex_clauses(&clauses, nullptr) == CONNEX_OK);
  const boost::json::value catalogue = boost::json::parse(clauses.text());
  CHECK(catalogue.as_array().size() == connex::clauses().size());

  REQUIRE(connex_gates(&gates, nullptr) == CONNEX_OK);
  const boost::json::value tables = boost::json::parse(gates.text());
  REQUIRE(tables.as_array().size() == std::size(kGates));
  for (std::size_t i = 0; i < std::size(kGates); ++i) {
    const boost::json::array& facts = tables.at(i).at("facts").as_array();
    CHECK(tables.at(i).at("rule").as_string() == kGates[i]->rule);
    REQUIRE(facts.size() == kGates[i]->conditions.size());
    for (std::size_t fact = 0; fact < facts.size(); ++fact)
      CHECK(facts[fact].at("name").as_string() == kGates[i]->conditions[fact].fact);
  }

  REQUIRE(connex_policy(nullptr, &pack, nullptr) == CONNEX_OK);
  CHECK(boost::json::parse(pack.text()).is_object());
  CHECK(text_of(connex_version()) == kVersion);

  // A pack given back to an engine is the pack it answers with.
  connex_engine_options options = memory_options();
  options.policy = {pack.data, pack.size};
  const EnginePtr engine = open(options);
  Buf again;
  REQUIRE(connex_policy(engine.get(), &again, nullptr) == CONNEX_OK);
  CHECK(again.text() == pack.text());
}

TEST_CASE("the identity of a policy is the one that its decisions name") {
  Buf pack;
  REQUIRE(connex_policy(nullptr, &pack, nullptr) == CONNEX_OK);
  boost::json::object changed = boost::json::parse(pack.text()).as_object();
  changed["version"] = "2-mine";
  const std::string mine = boost::json::serialize(changed);
  connex_engine_options options = memory_options();
  options.policy = str(mine);
  const EnginePtr engine = open(options);
  const std::array<const connex_engine*, 2> all{nullptr, engine.get()};
  for (const connex_engine* one : all) {
    Buf decision;
    REQUIRE(connex_decide(one, str("visit.book"), str("{}"), &decision, nullptr) == CONNEX_OK);
    const boost::json::value named = boost::json::parse(decision.text()).at("policy");
    const connex_policy_id id = connex_policy_identity(one);
    CHECK(text_of(id.version) == named.at("version").as_string());
    CHECK(text_of(id.digest) == named.at("digest").as_string());
  }
  CHECK(text_of(connex_policy_identity(engine.get()).version) == "2-mine");
}

// Scenarios

using ScenariosPtr = std::unique_ptr<connex_scenarios, decltype(&connex_scenarios_free)>;

TEST_CASE("scenarios are read, told of and played") {
  const std::string_view file = R"({"title": "T", "scenarios": [
    {"name": "a child", "clauses": ["C10-a"], "rule": "account.open",
     "facts": {"holder_is_adult": false, "holder_not_reported_minor": true}, "expect": {"permitted": false}},
    {"name": "wrong", "clauses": [], "rule": "account.open", "facts": {}, "expect": {"permitted": true}},
    {"name": "a story", "clauses": [], "steps": [{"command": "policy.effective", "actor": "system", "args": {"principal": "p"},
     "expect": {"error": "not_found"}}]}]})";
  connex_scenarios* read = nullptr;
  REQUIRE(connex_scenarios_read(str(file), &read, nullptr) == CONNEX_OK);
  const ScenariosPtr scenarios(read, connex_scenarios_free);
  Buf description;
  REQUIRE(connex_scenarios_describe(read, &description, nullptr) == CONNEX_OK);
  CHECK(description.text() == R"({"title":"T","scenarios":[{"name":"a child","clauses":["C10-a"]},)"
                              R"({"name":"wrong","clauses":[]},{"name":"a story","clauses":[]}]})");
  const EnginePtr engine = open(memory_options());
  const std::array<const connex_engine*, 2> all{nullptr, engine.get()};
  for (const connex_engine* one : all) {
    for (const auto& [index, said] : {std::pair{0, ""}, {1, "expected permitted true, got false"}, {2, ""}}) {
      Buf failure;
      REQUIRE(connex_scenarios_play(read, static_cast<std::size_t>(index), one, &failure, nullptr) == CONNEX_OK);
      CHECK(failure.text() == said);
    }
    Buf failure;
    Failure error;
    CHECK(connex_scenarios_describe(read, nullptr, error.out()) == CONNEX_INVALID_ARGUMENT);
    CHECK(connex_scenarios_play(read, 0, one, nullptr, error.out()) == CONNEX_INVALID_ARGUMENT);
    CHECK(connex_scenarios_play(read, 3, one, &failure, error.out()) == CONNEX_NOT_FOUND);
    CHECK(failure.empty());
  }
}

TEST_CASE("what is no scenario file is refused, with the pointer to what is wrong") {
  for (const auto& [file, path] : {std::pair{"", ""}, {"{", ""}, {R"({"title": 3, "scenarios": []})", "/title"},
                                   {R"({"title": "T", "scenarios": []})", "/scenarios"},
                                   {R"({"title": "T", "scenarios": [{"name": "n"}]})", "/scenarios/0/clauses"}}) {
    Failure error;
    auto* scenarios = reinterpret_cast<connex_scenarios*>(&error);
    CHECK(connex_scenarios_read(str(file), &scenarios, error.out()) == CONNEX_INVALID_ARGUMENT);
    CHECK(scenarios == nullptr);
    CHECK(error.path() == path);
  }
}

}  // namespace
}  // namespace connex::testing
