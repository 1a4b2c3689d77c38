#include "services/policy_versions.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "evidence/canonical.hpp"
#include "policy/pack.hpp"
#include "services/known_people.hpp"
#include "services/schema.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

using store::Cell;
using store::Row;

constexpr std::uint32_t kMostRows = store::kMaxScan;

Cell optional(const std::optional<Instant>& at) { return at ? Cell(at->micros) : Cell(); }
std::optional<Instant> optional(const Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(Instant{row.integer(column)});
}

Result<void> insert_version(WriteTransaction& tx, Number number, Number pack, Instant at) {
  const Cell cells[] = {number, pack, at.micros, at.micros, Number{0}, std::string_view("system"), Cell(),
                        Cell()};
  return tx.insert(policy_version::kTable, cells);
}

Result<std::vector<Row>> all_lines(ReadTransaction& tx, Number version) {
  std::vector<Row> rows;
  const Cell equal[] = {version};
  CONNEX_CHECK(tx.scan(policy_line::kTable, {.equal = equal, .limit = kMostRows}, rows));
  return rows;
}

}  // namespace

PolicyVersions::PolicyVersions(Number token, std::vector<PolicyVersion> versions)
    : token_(token), versions_(std::move(versions)) {
  for (const PolicyVersion& version : versions_)
    if (version.settled_at) settled_ = version.number;
  for (const FiledPack& line : latest().lines)
    uniform_ = uniform_ && line.pack->digest == latest().filed.pack->digest;
  std::vector<Instant> moments;
  for (const PolicyVersion& version : versions_) {
    moments.push_back(version.published_at);
    moments.push_back(version.effective_at);
  }
  std::sort(moments.begin(), moments.end());
  retention_.reserve(versions_.size());
  for (const PolicyVersion& version : versions_) {
    const PolicyPack* last = pack(version.number, moments.front()).pack.get();
    one_retention_ = one_retention_ && last->digest == versions_.front().filed.pack->digest;
    RetentionTable& table = retention_.emplace_back(*last);
    for (const Instant moment : moments) {
      const PolicyPack* next = pack(version.number, moment).pack.get();
      if (next != last) table.adopt(*next, moment);
      one_retention_ = one_retention_ && next->digest == pack(versions_.back().number, moment).pack->digest;
      last = next;
    }
  }
}

const PolicyVersion* PolicyVersions::find(std::string_view version) const noexcept {
  for (const PolicyVersion& entry : versions_)
    if (entry.filed.pack->version == version || entry.filed.pack->digest == version) return &entry;
  return nullptr;
}

Number PolicyVersions::in_effect(Instant when) const noexcept {
  Number number = 1;
  for (const PolicyVersion& version : versions_)
    if (version.effective_at <= when) number = version.number;
  return number;
}

const FiledPack& PolicyVersions::pack(Number standing, Instant when) const noexcept {
  std::size_t last = versions_.size() - 1;
  while (last > 0 && versions_[last].published_at > when) --last;
  const auto stands = static_cast<std::size_t>(std::min(standing, in_effect(when)) - 1);
  return versions_[last].lines[std::min(stands, last)];
}

std::unique_ptr<const PolicyVersions> PolicyVersions::with_next(std::span<const std::shared_ptr<const PolicyPack>> lines,
                                                                Instant at) const {
  std::vector<PolicyVersion> versions = versions_;
  PolicyVersion& next = versions.emplace_back();
  next.number = static_cast<Number>(versions.size());
  next.published_at = next.effective_at = at;
  for (const std::shared_ptr<const PolicyPack>& line : lines) next.lines.push_back({line, 0});
  next.filed = next.lines.back();
  return std::make_unique<const PolicyVersions>(token_, std::move(versions));
}

PolicyLibrary::PolicyLibrary(std::shared_ptr<const PolicyPack> own) {
  std::vector<PolicyVersion> versions(1);
  versions[0].number = 1;
  versions[0].filed = {own, 0};
  versions[0].lines = {versions[0].filed};
  packs_.emplace(own->digest, own);
  known_.push_back(std::make_unique<const PolicyVersions>(0, std::move(versions)));
  current_.store(known_.back().get(), std::memory_order_release);
}

Result<const PolicyVersions*> PolicyLibrary::at(ReadTransaction& tx, const AuditHead& head) {
  // A store from before there were versions: the pack that decided last is the first of them.
  const Number token = head.policies != 0 ? head.policies : -head.policy;
  const PolicyVersions* current = current_.load(std::memory_order_acquire);
  if (current->token() == token) return current;
  const std::lock_guard lock(mutex_);
  for (const auto& known : known_) {
    if (known->token() != token) continue;
    current_.store(known.get(), std::memory_order_release);
    return known.get();
  }
  const auto load_pack = [&](Number ordinal) -> Result<FiledPack> {
    Row row;
    const Cell key[] = {ordinal};
    CONNEX_TRY(found, tx.get(policy_pack::kTable, key, row));
    if (!found) return Error{ErrorCode::corrupt, "a policy pack that decides is not on file", ""};
    const auto have = packs_.find(row.bytes(policy_pack::digest));
    if (have != packs_.end()) return FiledPack{have->second, ordinal};
    CONNEX_TRY(pack, policy::load_filed(row.bytes(policy_pack::document)));
    if (pack->digest != row.bytes(policy_pack::digest))
      return Error{ErrorCode::corrupt, "a policy pack on file is not what it was", ""};
    packs_.emplace(pack->digest, pack);
    return FiledPack{pack, ordinal};
  };
  std::vector<PolicyVersion> versions;
  if (head.policies == 0) {
    CONNEX_TRY(filed, load_pack(head.policy));
    PolicyVersion& first = versions.emplace_back();
    first.number = 1;
    first.filed = filed;
    first.lines = {filed};
  }
  std::vector<Row> rows;
  if (head.policies != 0)
    CONNEX_CHECK(tx.scan(policy_version::kTable, {.limit = kMostRows}, rows));
  for (const Row& row : rows) {
    namespace t = policy_version;
    CONNEX_TRY(filed, load_pack(row.integer(t::pack)));
    PolicyVersion version{.number = row.integer(t::number),
                          .filed = filed,
                          .published_at = {row.integer(t::published_at)},
                          .effective_at = {row.integer(t::effective_at)},
                          .material = row.integer(t::material) != 0,
                          .settled_at = optional(row, t::settled_at),
                          .settled_up_to = std::string(row.bytes(t::settled_up_to)),
                          .lines = {}};
    CONNEX_TRY(lines, all_lines(tx, version.number));
    for (const Row& line : lines) {
      CONNEX_TRY(older, load_pack(line.integer(policy_line::pack)));
      version.lines.push_back(older);
    }
    version.lines.push_back(filed);
    if (version.number != static_cast<Number>(versions.size() + 1) ||
        version.lines.size() != versions.size() + 1)
      return Error{ErrorCode::corrupt, "the published versions of the policy are not complete", ""};
    versions.push_back(std::move(version));
  }
  if (versions.empty()) return Error{ErrorCode::corrupt, "no version of the policy is on file", ""};
  known_.push_back(std::make_unique<const PolicyVersions>(token, std::move(versions)));
  current_.store(known_.back().get(), std::memory_order_release);
  return known_.back().get();
}

Result<FiledPack> file_pack(WriteTransaction& tx, std::shared_ptr<const PolicyPack> pack, Instant now) {
  namespace t = policy_pack;
  std::vector<Row> rows;
  const Cell digest[] = {std::string_view(pack->digest)};
  CONNEX_CHECK(tx.scan(t::kTable, {.index = &t::kByDigest, .equal = digest, .limit = 1}, rows));
  if (!rows.empty()) return FiledPack{std::move(pack), rows.front().integer(t::ordinal)};
  CONNEX_CHECK(tx.scan(t::kTable, {.limit = 1, .descending = true}, rows));
  const Number ordinal = rows.empty() ? 1 : rows.front().integer(t::ordinal) + 1;
  const Cell cells[] = {ordinal, std::string_view(pack->digest), std::string_view(pack->version),
                        std::string_view(pack->canonical), now.micros};
  CONNEX_CHECK(tx.insert(t::kTable, cells));
  return FiledPack{std::move(pack), ordinal};
}

Result<FiledPack> found_policy(WriteTransaction& tx, const FiledPack& pack, Instant now) {
  CONNEX_TRY(filed, file_pack(tx, pack.pack, now));
  CONNEX_CHECK(insert_version(tx, 1, filed.ordinal, now));
  return filed;
}

Result<Number> policies_token(ReadTransaction& tx) {
  evidence::Bytes content;
  evidence::CanonicalWriter out(content, 1);
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(policy_version::kTable, {.limit = kMostRows}, rows));
  for (const Row& row : rows) {
    namespace t = policy_version;
    for (const auto column : {t::number, t::pack, t::published_at, t::effective_at, t::settled_at})
      out.u64(static_cast<std::uint64_t>(row.integer(column)));
    out.text(row.bytes(t::settled_up_to));
    Row pack;
    const Cell key[] = {row[t::pack]};
    CONNEX_TRY(found, tx.get(policy_pack::kTable, key, pack));
    if (found) out.text(pack.bytes(policy_pack::digest));
    CONNEX_TRY(lines, all_lines(tx, row.integer(t::number)));
    for (const Row& line : lines) out.u64(static_cast<std::uint64_t>(line.integer(policy_line::pack)));
  }
  const evidence::Hash hash = evidence::sha256(content);
  Number token = 0;
  for (std::size_t i = 0; i < 8; ++i) token = static_cast<Number>(static_cast<std::uint64_t>(token) << 8U | hash[i]);
  token &= Number{0x7fff'ffff'ffff'ffff};
  return token == 0 ? 1 : token;
}

Result<std::optional<PolicyNotice>> find_policy_notice(ReadTransaction& tx, std::string_view principal,
                                                       Number version) {
  namespace t = policy_notice;
  Row row;
  const Cell key[] = {principal, version};
  CONNEX_TRY(found, tx.get(t::kTable, key, row));
  if (!found) return std::optional<PolicyNotice>();
  return std::optional(PolicyNotice{.principal = std::string(row.bytes(t::principal)),
                                    .version = row.integer(t::version),
                                    .channel = std::string(row.bytes(t::channel)),
                                    .notified_at = {row.integer(t::notified_at)},
                                    .bounced_at = optional(row, t::bounced_at),
                                    .accepted_at = optional(row, t::accepted_at),
                                    .binds_at = optional(row, t::binds_at),
                                    .withdrawn_at = optional(row, t::withdrawn_at)});
}

Result<void> save(WriteTransaction& tx, Save how, const PolicyNotice& n) {
  const Cell cells[] = {std::string_view(n.principal), n.version,
                        std::string_view(n.channel),   n.notified_at.micros,
                        optional(n.bounced_at),        optional(n.accepted_at),
                        optional(n.binds_at),          optional(n.withdrawn_at)};
  return how == Save::insert ? tx.insert(policy_notice::kTable, cells)
                             : tx.update(policy_notice::kTable, cells);
}

Result<UntoldPeople> list_untold(ReadTransaction& tx, const PolicyVersions& policies, Number version,
                                 std::string_view after, std::uint32_t limit) {
  namespace t = principal;
  const Cell position[] = {after};
  store::Range range{.limit = limit};
  if (!after.empty()) range.after = position;
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(t::kTable, range, rows));
  UntoldPeople page;
  for (const Row& row : rows) {
    // Who is out of use is not to be looked up, and accepts nothing.
    const auto status = from_name<AccountStatus>(row.bytes(t::status));
    if (status != AccountStatus::active && status != AccountStatus::terminated) continue;
    if (policies.in_effect({row.integer(t::registered_at)}) >= version) continue;
    CONNEX_TRY(told, find_policy_notice(tx, row.bytes(t::id), version));
    if (!told || told->bounced_at) page.ids.emplace_back(row.bytes(t::id));
  }
  if (rows.size() == limit) page.next = rows.back().bytes(t::id);
  return page;
}

Result<Number> standing_of(ReadTransaction& tx, const PolicyVersions& policies, const Principal& person,
                           Instant when) {
  namespace t = policy_notice;
  const Number joined = policies.in_effect(person.registered_at);
  const Cell equal[] = {std::string_view(person.id)};
  std::vector<Row> rows;
  CONNEX_CHECK(tx.scan(
      t::kTable, {.equal = equal, .from = joined + 1, .limit = kMostRows, .descending = true}, rows));
  for (const Row& row : rows) {
    const bool binds = !row.is_null(t::binds_at) && row.integer(t::binds_at) <= when.micros;
    const bool withdrawn = !row.is_null(t::withdrawn_at) && row.integer(t::withdrawn_at) <= when.micros;
    if (binds && !withdrawn) return row.integer(t::version);
  }
  return joined;
}

namespace {

using boost::json::object;
using boost::json::value;

// Calls `visit(id)` for every person that the arguments name.
class Concerned {
 public:
  Concerned(ReadTransaction& tx, Vault& vault, const PolicyVersions& policies, Instant now)
      : tx_(tx), vault_(vault), policies_(policies), now_(now) {}

  // In order, each once.
  std::vector<Number> standings() && {
    std::ranges::sort(standings_);
    standings_.erase(std::unique(standings_.begin(), standings_.end()), standings_.end());
    return std::move(standings_);
  }

  Result<void> add(const Principal& person) {
    CONNEX_TRY(standing, standing_of(tx_, policies_, person, now_));
    standings_.push_back(standing);
    return {};
  }
  Result<void> add_all(const object& args) {
    for (const auto& [key, given] : args) {
      const std::string_view name = key;
      if (const object* members = given.if_object()) {
        if (name == "context" || name == "details" || name == "scope") CONNEX_CHECK(add_all(*members));
        if (name == "fields") CONNEX_CHECK(add_owners(*members));
      } else if (name == "visit" || name == "recording") {
        CONNEX_CHECK(add_visit(name, text(given)));
      } else if (is_person(name)) {
        CONNEX_CHECK(add_person(text(given)));
      } else if (name == "principals" || name == "subjects") {
        if (const auto* list = given.if_array())
          for (const value& entry : *list) CONNEX_CHECK(add_person(text(entry)));
      }
    }
    return {};
  }

 private:
  static std::string_view text(const value& given) {
    return given.is_string() ? std::string_view(given.get_string()) : std::string_view();
  }
  static bool is_person(std::string_view name) noexcept {
    return name == "principal" || name == "subject" || name == "doctor" || name == "representative" ||
           name == "id";  // of a principal's own commands; any other id names nobody
  }
  Result<void> add_person(std::string_view id) {
    if (id.empty()) return {};
    CONNEX_TRY(person, find_principal(tx_, id));
    return person ? add(*person) : Result<void>();
  }
  Result<void> add_owners(const object& fields) {
    for (const auto& [field, sent] : fields) {
      CONNEX_TRY(owners, owners_of(tx_, vault_, field, sent));
      if (!owners) continue;
      for (const std::string& owner : *owners) CONNEX_CHECK(add_person(owner));
    }
    return {};
  }
  Result<void> add_visit(std::string_view kind, std::string_view id) {
    std::string of(id);
    if (kind == "recording") {
      Row row;
      const Cell key[] = {id};
      CONNEX_TRY(found, tx_.get(recording::kTable, key, row));
      of = found ? row.bytes(recording::visit) : std::string_view();
    }
    if (of.empty()) return {};
    CONNEX_TRY(visit, find_visit(tx_, of));
    if (!visit) return {};
    CONNEX_CHECK(add_person(visit->doctor));
    return add_person(visit->representative);
  }

  ReadTransaction& tx_;
  Vault& vault_;
  const PolicyVersions& policies_;
  Instant now_;
  std::vector<Number> standings_;
};

}  // namespace

Result<std::vector<Number>> standings_for(ReadTransaction& tx, Vault& vault, const PolicyVersions& policies,
                                          const Actor& actor, const object& args, Instant now) {
  if (policies.uniform()) return std::vector{policies.latest().number};
  Concerned concerned(tx, vault, policies, now);
  if (!is_auditor(actor)) CONNEX_CHECK(concerned.add(*actor.principal));
  CONNEX_CHECK(concerned.add_all(args));
  std::vector<Number> standings = std::move(concerned).standings();
  if (standings.empty()) standings.push_back(policies.settled());
  return standings;
}

Result<std::shared_ptr<const PolicyPack>> find_pack(Context& context, const Arguments& args,
                                                    std::string_view argument) {
  namespace t = policy_pack;
  constexpr std::uint32_t kMostPacks = 1'000;
  const std::string_view wanted = args.text(argument);
  if (const PolicyVersion* version = context.policies.find(wanted)) return version->filed.pack;
  if (wanted == context.policy.version) return std::make_shared<const PolicyPack>(context.policy);
  std::vector<Row> rows;
  const Cell digest[] = {wanted};
  CONNEX_CHECK(context.read().scan(t::kTable, {.index = &t::kByDigest, .equal = digest, .limit = 1}, rows));
  if (rows.empty()) {
    CONNEX_CHECK(context.read().scan(t::kTable, {.limit = kMostPacks, .descending = true}, rows));
    std::erase_if(rows, [&](const Row& row) { return row.bytes(t::version) != wanted; });
  }
  if (rows.empty()) return not_found("policy pack on file", argument);
  return policy::load_filed(rows.front().bytes(t::document));
}

}  // namespace connex::services
