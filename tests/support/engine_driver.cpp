#include "support/engine_driver.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "connex/stores.hpp"
#include "json/strict.hpp"
#include "services/audit_log.hpp"
#include "connex/keys.hpp"
#include "services/vault.hpp"
#include "services/command.hpp"
#include "services/schema.hpp"

namespace connex::testing {
namespace {

using namespace services;

// What may show a person's data is asked for it, or gives back the text it was given.
bool may_show_people(std::string_view command) {
  constexpr std::string_view kGroups[] = {"text.", "message.", "ticket.", "note.", "ai."};
  return command == "principal.view" || command == "visit.disclosure" || command == "disposition.pending" ||
         command == "rights.resolve" || command == "rights.refuse" || command == "account.export" ||
         std::any_of(std::begin(kGroups), std::end(kGroups),
                     [&](std::string_view group) { return command.starts_with(group); });
}

std::string text_of(const store::Cell& cell) {
  switch (cell.type()) {
    case store::CellType::null:
      return "-";
    case store::CellType::integer:
      return std::to_string(cell.integer());
    case store::CellType::text:
      return std::string(cell.bytes());
    case store::CellType::blob:
      return evidence::to_hex(evidence::bytes_of(cell.bytes()));
  }
  return {};
}

}  // namespace

const Instant EngineDriver::kStart = *parse_instant("2026-11-23T08:00:00+05:30");

Answer::Answer(std::string line) : line_(std::move(line)) {
  auto value = json::parse(line_, {.bytes = line_.size()});  // a pack of evidence may be long
  REQUIRE_MESSAGE(value.has_value(), line_);
  REQUIRE_MESSAGE(value->is_object(), line_);
  object_ = std::move(value->get_object());
  REQUIRE_MESSAGE(line_.find('\n') == std::string::npos, line_);
  REQUIRE_MESSAGE((object_.contains("ok") || object_.contains("rule")), line_);
}

std::string Answer::reasons() const {
  std::string out;
  for (const auto& reason : decision().at("reasons").as_array()) {
    if (!out.empty()) out += "; ";
    out.append(reason.at("code").as_string()).append(" ").append(reason.at("clause").as_string());
  }
  return out;
}

std::vector<std::string> Answer::obligations() const {
  std::vector<std::string> out;
  for (const auto& obligation : decision().at("obligations").as_array()) {
    std::string line(obligation.at("do").as_string());
    if (const auto* visit = obligation.as_object().if_contains("visit"))
      line.append(" ").append(visit->as_string());
    out.push_back(std::move(line));
  }
  return out;
}

bool Answer::obliges(std::string_view action) const {
  const std::vector<std::string> all = obligations();
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& line) { return line.starts_with(action); });
}

std::string Answer::text(std::string_view field) const {
  if (!field.starts_with('/')) return std::string(result().at(field).as_string());
  boost::json::error_code missing;
  const boost::json::value* found = object_.at("result").find_pointer(field, missing);
  REQUIRE_MESSAGE(found != nullptr, line_);
  return std::string(found->as_string());
}

std::string Answer::error() const {
  const auto* error = object_.if_contains("error");
  if (error == nullptr) return {};
  std::string out(error->at("code").as_string());
  if (const auto* path = error->as_object().if_contains("path")) out.append(" ").append(path->as_string());
  return out;
}

std::ostream& operator<<(std::ostream& out, const Answer& answer) { return out << answer.line(); }

EngineDriver::EngineDriver(bool checked, std::unique_ptr<store::Store> store, std::optional<Bucket> bucket)
    : now_(kStart.micros), checked_(checked) {
  EngineOptions options;
  options.store = store ? std::move(store) : store::make_memory_store();
  options.caller_clock = true;
  options.bucket = std::move(bucket);
  store_ = options.store.get();
  provider_ = keys::make_ephemeral_key_provider();
  options.key_provider = provider_;
  engine_ = std::move(Engine::open(std::move(options)).value());
}

EngineDriver::~EngineDriver() = default;

Vault& EngineDriver::vault() {
  if (!vault_) vault_ = std::move(Vault::open(*store_, nullptr, provider_).value());
  return *vault_;
}

Answer EngineDriver::operator()(std::string_view command, std::string_view actor, const Args& args) {
  return run({{"command", command}, {"actor", actor}, {"at", now()}, {"args", args}});
}

Answer EngineDriver::repeat(std::string_view request_id, std::string_view command, std::string_view actor,
                            const Args& args) {
  return run(
      {{"command", command}, {"actor", actor}, {"at", now()}, {"request_id", request_id}, {"args", args}});
}

Answer EngineDriver::raw(std::string_view request) { return Answer(engine_->execute(request)); }

Answer EngineDriver::run(const boost::json::object& request) {
  const std::string line = boost::json::serialize(request);
  if (!checked_) return raw(line);

  // What a check of the posture finds untrue is evidence against the host: it is filed, as the entry of the log is.
  const store::Table* evidence = request.at("command").as_string() == "security.check" ? &host_attestation::kTable : nullptr;
  const std::string before = state(evidence);
  const std::int64_t entries = audit_size();
  Answer answer = raw(line);
  CAPTURE(line);
  CAPTURE(answer.line());
  const std::string name(request.at("command").as_string());
  const Command* command = find_command(name);
  const std::string error = answer.error().substr(0, answer.error().find(' '));
  const bool on_record = error.empty() || error == "not_found" || error == "conflict" || error == "unauthenticated";
  // Of reports, what was refused to whoever asked.
  const bool refused = answer.ok() && answer.rule() == "command.use" && answer.denied();
  const bool recorded =
      command != nullptr && (command->kind == CommandKind::reports ? refused : on_record);
  const bool replayed = request.contains("request_id") && audit_size() == entries;
  if (!replayed && recorded) CHECK(audit_size() > entries);  // deletion records may follow
  if (!replayed && !recorded) CHECK(audit_size() == entries);
  if (recorded && !replayed) CHECK(answer.seq() == entries);
  if (!answer.permitted() || command->kind != CommandKind::changes) CHECK(state(evidence) == before);
  if (answer.ok()) {
    const bool permitted = answer.effect() == "permit";
    CHECK(answer.decision().at("permitted").as_bool() == permitted);
    CHECK(answer.decision().at("reasons").as_array().empty() == permitted);
  } else {
    CHECK(answer.message().find_first_of("\n\r") == std::string::npos);
    CHECK(answer.message().back() != '.');
  }
  if (!may_show_people(name) || !answer.permitted()) {
    for (const std::string_view marker : kMarkers) CHECK(answer.line().find(marker) == std::string::npos);
  }
  return answer;
}

std::string EngineDriver::dump(const store::Table& table) const {
  auto tx = std::move(store_->begin_read().value());
  std::string out;
  std::vector<store::Row> rows;
  REQUIRE(tx->scan(table, {.limit = store::kMaxScan}, rows));
  for (const store::Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) out.append(text_of(row[i])).append("|");
    out += '\n';
  }
  return out;
}

std::string EngineDriver::state(const store::Table* without) const {
  std::string out;
  for (const store::Table* table :
       {&organisation::kTable, &principal::kTable, &person_detail::kTable, &lookup::kTable, &preference::kTable, &visit::kTable, &party::kTable,
        &attestation::kTable, &permit::kTable, &recording::kTable, &host_attestation::kTable,
        &bridge_setting::kTable, &sharing::kTable, &lawful_demand::kTable, &processor_change::kTable,
        &processor_notice::kTable, &services::thread::kTable, &services::message::kTable,
        &conversation_tail::kTable,
        &retained::kTable, &record_subject::kTable, &disposition_order::kTable,
        &erasure::kTable, &interaction::kTable, &review::kTable, &sweep_state::kTable, &hold::kTable,
        &hold_scope::kTable, &rights_request::kTable, &nomination::kTable, &services::notice::kTable,
        &policy_line::kTable, &policy_notice::kTable})
    if (table != without) out.append(table->name).append("\n").append(dump(*table));
  return out;
}

std::int64_t EngineDriver::audit_size() const {
  auto tx = std::move(store_->begin_read().value());
  return load_head(*tx).value().next();
}

World::World(bool checked, std::unique_ptr<store::Store> store, const std::function<void(EngineDriver&)>& before)
    : EngineDriver(checked, std::move(store)) {
  if (before) before(*this);
  auto& run = *this;
  for (const std::string_view company : {"acme", "rival"})
    REQUIRE(run("organisation.put", "system",
                {{"id", company},
                 {"kind", "pharma_company"},
                 {"name", "zq7x Pharma"},
                 {"recording_entitled", true}})
                .permitted());
  REQUIRE(run("organisation.put", "system", {{"id", "clinic"}, {"kind", "clinic"}, {"name", "zq7x Clinic"}})
              .permitted());
  int number = 100;
  for (const auto& [id, role, organisation] :
       std::initializer_list<std::tuple<std::string_view, std::string_view, std::string_view>>{
           {"dr", "doctor", "clinic"},
           {"dr2", "doctor", ""},
           {"mr", "medical_representative", "acme"},
           {"mr2", "medical_representative", "rival"},
           {"pa", "pharma_administrator", "acme"},
           {"pa2", "pharma_administrator", "rival"},
           {"co", "compliance_officer", "acme"},
           {"ca", "clinic_assistant", "clinic"},
           {"ha", "hospital_administrator", "clinic"},
           {"st", "staff", ""},
           {"dpo", "data_protection_officer", ""}})
    REQUIRE(person(id, role, organisation, number++).permitted());
  REQUIRE(run("preference.set", "dr", {{"doctor", "dr"}, {"virtual_visits", true}, {"recording", true}})
              .permitted());
  for (const auto& [administrator, company] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"pa", "acme"}, {"pa2", "rival"}})
    REQUIRE(
        run("organisation.set_recording", administrator, {{"id", company}, {"enabled", true}}).permitted());
}

Answer World::person(std::string_view id, std::string_view role, std::string_view organisation, int number) {
  Args args{{"id", id},
            {"role", role},
            {"name", "zq7x Name"},
            {"email", std::string("zq7x.").append(id).append("@zq7x.example")},
            {"phone", "+91 98123000" + std::to_string(number % 100 + 100).substr(1)},
            {"address", "zq7x Road"},
            {"city", "zq7x City"},
            {"speciality", "zq7x Medicine"},
            {"facility", "zq7x Hospital"},
            {"registration_number", "zq7x 17"},
            {"adult_attested", true}};
  if (!organisation.empty()) args["organisation"] = organisation;
  return (*this)("principal.register", "system", args);
}

Answer World::book(std::string_view visit, std::int64_t from, std::int64_t to) {
  return (*this)("visit.book", "mr",
                 {{"id", visit},
                  {"doctor", "dr"},
                  {"representative", "mr"},
                  {"starts_at", time(from)},
                  {"ends_at", time(to)}});
}

std::string World::show(std::string_view visit) {
  return (*this)("visit.disclosure", "system", {{"visit", visit}}).text("hash");
}

Answer World::accept(std::string_view who, bool consent, std::string_view visit) {
  return (*this)("visit.accept", who,
                 {{"visit", visit}, {"disclosure_hash", show(visit)}, {"recording_consent", consent}});
}

void World::share_billing(std::string_view who) {
  for (const char* claim : {"agreement:razorpay", "pci_dss"}) REQUIRE(attest(claim).permitted());
  REQUIRE((*this)("egress.check", "system",
                  {{"processor", "razorpay"},
                   {"fields", {{"organisation_name", "Acme"}, {"billing_email", "zq7x@zq7x.example"}}},
                   {"purpose", "billing"},
                   {"context", {{"principals", {who}}}},
                   {"country", "IN"}})
              .permitted());
}

Answer World::submit(std::string_view id, std::string_view kind, std::string_view who, Args details) {
  return (*this)(
      "rights.submit", who,
      {{"id", id}, {"kind", kind}, {"principal", who}, {"channel", "in_app"}, {"details", std::move(details)}});
}

Answer World::answered(std::string_view id, std::string_view kind, std::string_view who, Args details) {
  REQUIRE(submit(id, kind, who, std::move(details)).permitted());
  REQUIRE((*this)("rights.verify_identity", "st", {{"id", id}, {"evidence", "id-1"}}).permitted());
  return (*this)("rights.resolve", "dpo", {{"id", id}});
}

void World::accepted(bool consent) {
  REQUIRE(book().permitted());
  set_time(110);
  REQUIRE(accept("dr", consent).permitted());
  REQUIRE(accept("mr", consent).permitted());
}

void World::started(bool consent) {
  accepted(consent);
  set_time(120);
  REQUIRE(start().permitted());
}

}  // namespace connex::testing
