// Random histories of two and three people who ask to be erased, in any order, of all their data or of some records, are
// refused, ask again, while calls, records, holds and years go by. After each step every text of every table is walked:
// whoever was erased is named only where the answer says so, and until when it says so.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "services/audit_log.hpp"
#include "services/dispositions.hpp"
#include "services/entities.hpp"
#include "services/rights.hpp"
#include "services/schema.hpp"
#include "services/vault.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using namespace connex::services;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

using Micros = std::int64_t;
constexpr Micros kForEver = INT64_MAX;
constexpr unsigned kSeed = 20261130;
constexpr const char* kPeople[] = {"dr", "mr", "dr2"};
constexpr const char* kOfAccount[] = {"person_details", "lookups",         "sharings",
                                      "preferences",    "bridge_settings", "policy_notices"};

bool inside(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// Whether `id` stands in `text` as a whole: not as a part of a longer one.
bool names(std::string_view text, std::string_view id) {
  for (std::size_t at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
    const std::size_t end = at + id.size();
    if ((at == 0 || !inside(text[at - 1])) && (end == text.size() || !inside(text[end]))) return true;
  }
  return false;
}

Micros until_of(const boost::json::value& of) {
  const auto& until = of.at("until");
  return until.is_null() ? kForEver : parse_instant(until.as_string())->micros;
}

// A row that names somebody, and the record that it is of, or belongs to.
struct Mention {
  const store::Table* table;
  std::string record;
  std::string row;
  std::int64_t seq = -1;  // of the audit entry that it is of
};

// What the answer to a request for the erasure of everything says.
struct Told {
  std::int64_t seq = 0;
  std::map<std::string, Micros, std::less<>> tables;  // that name the person still
  std::map<std::string, Micros, std::less<>> items;   // records that go on naming them
};

class History : public World {
 public:
  explicit History(unsigned seed) : World(false), random_(seed) {}

  void run() {
    const int steps = 25 + pick(40);
    for (int i = 0; i < steps; ++i) {
      step();
      sweep();
      check();
    }
    for (const std::string& id : holds_) must("hold.release", "system", {{"id", id}, {"reason", "over"}});
    for (const std::string& id : open_) refuse(id);
    for (int year = 0; year < 12; ++year) {
      pass(366);
      check();
    }
    for (const auto& [who, told] : told_) {
      for (const Mention& m : mentions(who))
        REQUIRE_MESSAGE(told.tables.contains(m.table->name), who, " is named for ever by ", m.row);
      CHECK(told.tables.at("principals") == kForEver);
    }
  }
  int unlinked() const { return unlinked_; }
  int asked() const { return asked_; }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  template <class List>
  auto any(const List& list) {
    return *std::next(std::begin(list), pick(static_cast<int>(std::size(list))));
  }
  std::string fresh(const char* kind) { return kind + ("-" + std::to_string(next_++)); }

  // Whatever a command answers, no history is corrupt.
  Answer run_command(std::string_view command, std::string_view actor, const Args& args) {
    Answer answer = (*this)(command, actor, args);
    const bool told = command != "retention.evaluate" && command != "disposition.pending" && command != "retention.sweep";
    if (told) story_.append(now()).append(" ").append(command).append(" ").append(actor).append(" ");
    if (told) story_.append(boost::json::serialize(args)).append(answer.permitted() ? "\n" : " no\n");
    REQUIRE_MESSAGE(answer.error().find("corrupt") == std::string::npos, story_, answer.line());
    REQUIRE_MESSAGE(answer.error().find("internal") == std::string::npos, story_, answer.line());
    if (command == "rights.submit" && answer.permitted())
      submitted_["rights_requests:" + std::string(args.at("id").as_string())] = answer.seq();
    return answer;
  }
  Answer must(std::string_view command, std::string_view actor, const Args& args) {
    Answer answer = run_command(command, actor, args);
    REQUIRE_MESSAGE(answer.permitted(), story_, answer.line());
    return answer;
  }

  void pass(int days) {
    advance(std::int64_t{days} * 86'400);
    sweep();
  }
  // Until nothing is left to do, the host carrying out its orders as well, or not.
  void sweep(bool orders = true) {
    for (int i = 0; i < 50; ++i) {
      const Answer swept = must("retention.sweep", "system", {{"limit", 1 + pick(200)}});
      if (!orders && swept.result().at("remaining").as_int64() == 0) return;
      if (!orders) continue;
      const Answer pending = must("disposition.pending", "system", {{"limit", 1'000}});
      bool ordered = false;
      for (const auto& order : pending.result().at("orders").as_array()) {
        if (order.at("kind").as_string() != "dispose" && order.at("kind").as_string() != "unlink") continue;
        must("disposition.confirm", "system", {{"order", order.at("order")}, {"evidence", "gone"}});
        ordered = true;
      }
      if (swept.result().at("remaining").as_int64() == 0 && !ordered) return;
    }
    FAIL("a sweep without an end: ", story_);
  }

  void step() {
    switch (pick(13)) {
      case 0:
        return advance(60 * (1 + pick(3'000)));
      case 1:
        return pass(1 + pick(60));
      case 2:
        return pass(1 + pick(500));
      case 3:
        return call();
      case 4:
      case 5:
      case 6:
        return register_record();
      case 7:
        return complain();
      case 8:
        return hold();
      case 9:
        run_command("message.post", any(kPeople), {{"id", fresh("m")}, {"thread", "t"}, {"to", any(kPeople)}, {"text", "x"}});
        return;
      default:
        return ask();
    }
  }

  // Booked, and then cancelled, or accepted and perhaps held, or nothing at all.
  void call() {
    const std::string id = fresh("v");
    const auto minute = (micros() - kStart.micros) / kMicrosPerMinute + 60;
    if (!run_command("visit.book", "mr", {{"id", id}, {"doctor", "dr"}, {"representative", "mr"},
                                          {"starts_at", time(minute)}, {"ends_at", time(minute + 15)}}).permitted())
      return;
    visits_.push_back(id);
    const int how = pick(4);
    if (how == 0) run_command("visit.cancel", "dr", {{"visit", id}});
    if (how < 2) return;
    set_time(minute - 5);
    for (const char* who : {"dr", "mr"}) {
      if (how == 2 && who == std::string_view("mr")) return;
      const Answer shown = run_command("visit.disclosure", who, {{"visit", id}});
      if (!shown.permitted()) return;
      run_command("visit.accept", who, {{"visit", id}, {"disclosure_hash", shown.text("hash")}, {"recording_consent", true}});
    }
    set_time(minute);
    if (!run_command("visit.start", "system", {{"visit", id}}).permitted()) return;
    set_time(minute + 10);
    if (pick(2) == 0) run_command("visit.end", "system", {{"visit", id}});
  }

  void register_record() {
    constexpr const char* kClasses[] = {"audit", "audit", "call_metadata", "call_metadata", "billing", "usage", "access_log"};
    Args args{{"id", fresh("r")}, {"class", any(kClasses)}, {"locator", "o/1"}, {"trigger_at", now()}};
    std::set<std::string> people{any(kPeople), any(kPeople)};
    if (!visits_.empty() && pick(2) == 0) {
      args["visit"] = any(visits_);
      people = {"dr", "mr"};
    }
    args["subjects"] = boost::json::array(people.begin(), people.end());
    // Nobody is told of in what comes after them.
    for (const std::string& who : people)
      if (told_.contains(who)) return;
    run_command("record.register", "system", args);
  }

  void complain() {
    const char* who = any(kPeople);
    const std::string id = fresh("g");
    if (!run_command("rights.submit", who, {{"id", id}, {"kind", "grievance"}, {"principal", who}, {"channel", "in_app"},
                                            {"details", {{"text", "x"}}}}).permitted())
      return;
    if (pick(3) == 0) {
      open_.insert(id);
      return;
    }
    must("rights.resolve", "dpo", {{"id", id}, {"outcome", "upheld"}});
  }

  void hold() {
    if (!holds_.empty() && pick(2) == 0) {
      must("hold.release", "system", {{"id", *holds_.begin()}, {"reason", "over"}});
      holds_.erase(holds_.begin());
      return pass(2);  // what is left to erase of the log is looked for once a day
    }
    Args scope;
    const int over = pick(3);
    if (const char* who = any(kPeople); over == 0 && !told_.contains(who)) scope["principals"] = {who};
    if (over == 1 && !visits_.empty()) scope["visits"] = {any(visits_)};
    if (scope.empty()) {
      std::vector<std::string> records = records_of(any(kPeople));
      std::erase_if(records, [](const std::string& id) { return id.starts_with("consent_attestations:"); });
      if (records.empty()) return;
      scope["records"] = {any(records)};
    }
    const std::string id = fresh("h");
    const Args args{{"id", id},          {"basis", pick(2) == 0 ? "court_order" : "dispute"},
                    {"authority", "hc"}, {"citation", "c"},
                    {"scope", scope},    {"review_at", format_instant({micros() + 30 * kMicrosPerDay}, UtcOffset{330})},
                    {"approved_by", "dpo"}};
    if (run_command("hold.place", "system", args).permitted()) holds_.insert(id);
  }

  std::vector<std::string> records_of(std::string_view who) {
    auto tx = std::move(store().begin_read().value());
    return list_records_of(*tx, who, {}, 500).value();
  }

  // Asks, or goes on with what was asked before.
  void ask() {
    if (!pending_.empty() && pick(3) > 0) return answer();
    const char* who = any(kPeople);
    Args details;
    const std::vector<std::string> records = records_of(who);
    if (!records.empty() && pick(4) > 0) {
      std::set<std::string> some;
      for (int i = 1 + pick(4); i > 0; --i) some.insert(any(records));
      std::vector<std::string> order(some.begin(), some.end());
      std::shuffle(order.begin(), order.end(), random_);
      details["records"] = boost::json::array(order.begin(), order.end());
    }
    const std::string id = fresh("e");
    if (!run_command("rights.submit", who, {{"id", id}, {"kind", "erasure"}, {"principal", who}, {"channel", "in_app"},
                                            {"details", details}}).permitted())
      return;
    must("rights.verify_identity", "dpo", {{"id", id}, {"evidence", "seen"}});
    pending_.push_back({id, who, details.empty()});
    if (pick(3) > 0) answer();
  }
  void refuse(const std::string& id) {
    must("rights.refuse", "dpo", {{"id", id}, {"reason", "no"}, {"clause", "C8-c"}});
  }

  struct Request {
    std::string id, who;
    bool whole;
  };

  void answer() {
    const auto at = pending_.begin() + pick(static_cast<int>(pending_.size()));
    const Request request = *at;
    pending_.erase(at);
    if (pick(6) == 0) return refuse(request.id);
    sweep();  // so that what the answer leaves undone is not for want of that
    const Answer answer = must("rights.resolve", "dpo", {{"id", request.id}});
    ++asked_;
    Told told;
    told.seq = answer.seq();
    for (const auto& item : answer.result().at("plan").as_array()) {
      const std::string id(item.at("item").as_string());
      if (item.at("class").as_string() != "account") {
        requests_[{id, request.who}].insert(request.id);
        check_unlinked(id, request.who, item.as_object());
      }
      if (item.at("action").as_string() != "erase" && !item.as_object().contains("unlinked"))
        told.items[id] = until_of(item);
    }
    sweep(false);
    for (const auto& item : answer.result().at("plan").as_array())
      if (item.at("class").as_string() != "account")
        check_unlinked(std::string(item.at("item").as_string()), request.who, item.as_object());
    if (!request.whole) return;
    for (const auto& named : answer.result().at("still_named").as_array()) {
      Micros& until = told.tables[std::string(named.at("table").as_string())];
      until = std::max(until, until_of(named));
    }
    told_[request.who] = std::move(told);
  }

  // An item is `unlinked` just where nothing in it names the person, then and after a sweep.
  void check_unlinked(const std::string& id, std::string_view who, const boost::json::object& item) {
    if (item.at("action").as_string() != "retain") return;
    auto tx = std::move(store().begin_read().value());
    const auto record = find_record(*tx, id).value();
    if (!record) return;
    REQUIRE_MESSAGE(item.contains("unlinked") == !still_names(*tx, *record, who), story_, id, " of ", who, " ",
                  boost::json::serialize(item));
  }
  static bool is_subject(ReadTransaction& tx, std::string_view record, std::string_view who) {
    const std::vector<std::string> subjects = list_subjects(tx, record).value();
    return std::ranges::find(subjects, who) != subjects.end();
  }
  static bool still_names(ReadTransaction& tx, const Record& record, std::string_view who) {
    if (is_subject(tx, record.id, who)) return true;
    if (!record.visit) return false;
    const auto visit = find_visit(tx, *record.visit).value();
    return visit && visit->has_party(who);
  }

  std::vector<Mention> mentions(std::string_view who) {
    std::vector<Mention> found;
    auto tx = std::move(store().begin_read().value());
    for (const store::Table* table : kTables) {
      if (table == &signing_key::kTable || table == &audit_checkpoint::kTable) continue;  // two letters by chance
      std::vector<store::Row> rows;
      REQUIRE(tx->scan(*table, {.limit = store::kMaxScan}, rows));
      REQUIRE(rows.size() < store::kMaxScan);
      for (const store::Row& row : rows) {
        bool named = false;
        std::string text(table->name);
        for (std::size_t i = 0; i < row.size(); ++i) {
          if (row[i].type() == store::CellType::integer) text.append("|").append(std::to_string(row.integer(i)));
          if (row[i].type() != store::CellType::text) continue;
          named = named || names(row.bytes(i), who);
          text.append("|").append(row.bytes(i));
        }
        if (named) found.push_back({table, record_behind(*table, row), text, entry_behind(*table, row)});
      }
    }
    auto log = std::move(vault().begin_read().value());  // where tokens stand for people
    const std::vector<Number> named = list_numbers(*log, EntriesOf::person, who, 0, store::kMaxScan).value();
    for (const Number seq : named)
      found.push_back({&audit_index::kTable, "", "entry " + std::to_string(seq), seq});
    return found;
  }
  static std::string record_behind(const store::Table& table, const store::Row& row) {
    if (&table == &retained::kTable || &table == &record_subject::kTable) return std::string(row.bytes(0));
    if (&table == &disposition_order::kTable) return std::string(row.bytes(disposition_order::record));
    std::vector<store::Cell> key;
    const bool of_visit = &table == &party::kTable;
    for (std::size_t i = 0; i < (of_visit ? 1 : table.key_size); ++i) key.push_back(row[i]);
    return record_id(of_visit ? visit::kTable : table, key);
  }
  static std::int64_t entry_behind(const store::Table& table, const store::Row& row) {
    if (&table == &audit_index::kTable) return row.integer(audit_index::seq);
    if (&table == &audit_entry::kTable) return row.integer(audit_entry::seq);
    return -1;
  }

  void check() {
    for (const auto& [who, told] : told_) {
      const std::vector<Mention> found = mentions(who);
      // What they, or others with them, did after that is in the log, and goes from it in its own time.
      const bool later = std::ranges::any_of(found, [&](const Mention& m) { return m.seq > told.seq; });
      for (const Mention& m : found) {
        const auto request = submitted_.find(m.record);
        const bool of_later = m.seq > told.seq || (later && m.table == &entry_erasure::kTable) ||
                              (request != submitted_.end() && request->second > told.seq);
        REQUIRE_MESSAGE((of_later || admitted(who, told, m)), story_, now(), "\nnames ", who, ": ", m.row);
      }
    }
    auto tx = std::move(store().begin_read().value());
    for (auto at = requests_.begin(); at != requests_.end();) {
      const auto record = find_record(*tx, at->first.first).value();
      if (!record) {
        at = requests_.erase(at);
        continue;
      }
      check_request(*tx, *record, at->first.second, at->second);
      ++at;
    }
  }
  // Whether an answer said that the person would be named there, and still now; a hold delays it (C6.4-h).
  // What waited for something, and was not swept before a law began that keeps it.
  bool kept_by_law(std::string_view record) {
    const Answer answer = (*this)("retention.evaluate", "dpo", {{"record", record}});
    return answer.ok() && answer.text("basis") == "floor" && answer.text("state") == "restricted";
  }
  bool admitted(const std::string& who, const Told& told, const Mention& m) {
    const auto lasts = [&](const auto& list, std::string_view name) {
      const auto found = list.find(name);
      return found != list.end() && (micros() < found->second || !holds_.empty());
    };
    if (lasts(told.items, m.record) || (told.items.contains(m.record) && kept_by_law(m.record))) return true;
    if (m.table == &conversation_tail::kTable)  // of the messages that are kept
      return std::ranges::any_of(told.items, [&](const auto& item) {
        return item.first.starts_with("messages:") && (lasts(told.items, item.first) || kept_by_law(item.first));
      });
    if (lasts(told.items, who) && std::ranges::find(kOfAccount, m.table->name) != std::end(kOfAccount)) return true;
    // Of requests and lists of people the one that was answered is meant.
    const bool listed = m.table == &record_subject::kTable || m.table == &rights_request::kTable;
    return lasts(told.tables, m.table->name) && !(listed && told.items.contains(m.record));
  }

  // A record for which the erasure of somebody was accepted.
  void check_request(ReadTransaction& tx, const Record& record, const std::string& who, const std::set<std::string>& by) {
    if (record.record_class != RecordClass::audit && record.record_class != RecordClass::call_metadata) return;
    if (is_subject(tx, record.id, who)) {
      REQUIRE_MESSAGE(must_wait(tx, record, who), story_, "\nnot unlinked: ", record.id, " from ", who);
      return;
    }
    unlinked_ += counted_.insert({record.id, who}).second ? 1 : 0;
    // Nothing leads from it to the person, in one row or by their request.
    for (const store::Table* table : {&visit::kTable, &party::kTable, &rights_request::kTable, &retained::kTable}) {
      std::vector<store::Row> rows;
      REQUIRE(tx.scan(*table, {.limit = store::kMaxScan}, rows));
      for (const store::Row& row : rows) {
        const std::string of = record_behind(*table, row);
        const bool own = of == record.id || (record.source == table->name && row.bytes(0) == *record.source_key);
        if (!own) continue;
        for (std::size_t i = 0; i < row.size(); ++i) {
          if (row[i].type() != store::CellType::text || row.bytes(i) == record.id) continue;
          REQUIRE_MESSAGE(!names(row.bytes(i), who), story_, "\nnames ", who, ": ", table->name, " ", of);
          if (table == &rights_request::kTable) continue;  // its own id
          for (const std::string& request : by)
            if (record.source != rights_request::kTable.name || *record.source_key != request)
              REQUIRE_MESSAGE(!names(row.bytes(i), request), story_, "\nleads to ", who, ": ", table->name, " ", of);
        }
      }
    }
  }
  // Whether the rules let the record be about the person still.
  bool must_wait(ReadTransaction& tx, const Record& record, const std::string& who) {
    const Answer evaluated = must("retention.evaluate", "dpo", {{"record", record.id}});
    const auto& at = evaluated.result().at("unlink_at");
    if (at.is_null() || parse_instant(at.as_string())->micros > micros()) return true;
    if (evaluated.text("state") == "held") return true;
    if (!record.source) {  // the host is to take them out of it
      std::vector<store::Row> orders;
      const store::Cell asked[] = {std::string_view(who), std::string_view(record.id)};
      REQUIRE(tx.scan(disposition_order::kTable,
                      {.index = &disposition_order::kByPrincipal, .equal = asked, .limit = 1}, orders));
      return !orders.empty();
    }
    if (record.source == rights_request::kTable.name) return find_request(tx, *record.source_key).value()->open();
    const auto visit = find_visit(tx, *record.source_key).value();
    const Micros overrun = engine().policy().visit.overrun_minutes * kMicrosPerMinute;
    const bool over = visit->state == VisitState::ended || visit->state == VisitState::cancelled;
    if (!over && micros() < visit->ends_at.micros + overrun) return true;
    std::vector<store::Row> rows;
    const store::Cell equal[] = {std::string_view(visit->id)};
    REQUIRE(tx.scan(retained::kTable, {.index = &retained::kByVisit, .equal = equal, .limit = store::kMaxScan}, rows));
    return std::ranges::any_of(rows, [&](const store::Row& row) {
      return row.bytes(retained::id) != record.id && is_subject(tx, row.bytes(retained::id), who);
    });
  }

  std::mt19937 random_;
  std::string story_;
  int next_ = 100;
  int asked_ = 0;
  int unlinked_ = 0;
  std::vector<std::string> visits_;
  std::map<std::string, std::int64_t> submitted_;  // by record of the request: the entry
  std::set<std::string> holds_;
  std::set<std::string> open_;  // complaints
  std::vector<Request> pending_;
  std::map<std::string, Told, std::less<>> told_;  // by person, the latest
  std::map<std::pair<std::string, std::string>, std::set<std::string>> requests_;  // accepted, by record and person
  std::set<std::pair<std::string, std::string>> counted_;
};

}  // namespace

TEST_CASE("unlink model: in random histories nobody erased is named but where, and until when, the answer says") {
  const char* wanted = std::getenv("CONNEX_UNLINK_HISTORIES");  // without it as many as time allows
  const int most = wanted != nullptr ? std::max(std::atoi(wanted), 1) : 10'000;
  const char* from = std::getenv("CONNEX_UNLINK_SEED");  // to play one again
  const unsigned first = from != nullptr ? static_cast<unsigned>(std::atoi(from)) : kSeed;
  const auto begin = std::chrono::steady_clock::now();
  int histories = 0;
  int asked = 0;
  int unlinked = 0;
  for (; histories < most; ++histories) {
    if (wanted == nullptr && std::chrono::steady_clock::now() - begin > std::chrono::seconds(15)) break;
    const unsigned seed = first + static_cast<unsigned>(histories);
    CAPTURE(seed);
    History history(seed);
    history.run();
    asked += history.asked();
    unlinked += history.unlinked();
  }
  MESSAGE(histories << " histories from seed " << first << ": " << asked << " erasures, " << unlinked << " unlinked");
  CHECK(asked > histories);
  CHECK(unlinked > histories);
}
