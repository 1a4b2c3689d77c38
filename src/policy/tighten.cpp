#include "policy/tighten.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "connex/calendar.hpp"
#include "connex/egress.hpp"
#include "connex/policy_diff.hpp"
#include "json/strict.hpp"
#include "policy/pack.hpp"

namespace connex::policy {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// What an entry of its lists does depends on the others: no piece of it can be taken over by itself.
constexpr std::string_view kCountries = "countries";

bool tightens(const std::vector<PolicyChange>& changes) {
  return std::any_of(changes.begin(), changes.end(),
                     [](const PolicyChange& change) { return change.direction == Direction::tightening; });
}

// What tells an entry of a list from the others.
const value* identity(const value& entry) {
  const object* members = entry.if_object();
  if (members == nullptr) return &entry;
  for (const char* key : {"id", "role", "class", "word", "language", "name"})
    if (const value* found = members->if_contains(key)) return found;
  return nullptr;
}

value* find_like(array& list, const value& wanted) {
  const value* id = identity(wanted);
  if (id == nullptr) return nullptr;
  for (value& entry : list)
    if (const value* other = identity(entry); other != nullptr && *other == *id) return &entry;
  return nullptr;
}

bool is_keyed(const array& list) {
  return std::all_of(list.begin(), list.end(), [](const value& entry) { return identity(entry) != nullptr; });
}

// Takes over, piece by piece, each difference that by itself makes a valid pack which loosens nothing.
class Merge {
 public:
  Merge(std::shared_ptr<const PolicyPack> present, value document)
      : best_(std::move(present)), document_(std::move(document)) {}

  value& document() noexcept { return document_; }
  const std::shared_ptr<const PolicyPack>& best() const noexcept { return best_; }

  void take(value& mine, const value& theirs) {
    if (mine == theirs || attempt(mine, [&] { mine = theirs; })) return;
    if (mine.is_object() && theirs.is_object()) return members(mine.get_object(), theirs.get_object());
    if (!mine.is_array() || !theirs.is_array()) return;
    array& a = mine.get_array();
    const array& b = theirs.get_array();
    if (!is_keyed(a) || !is_keyed(b)) {
      if (a.size() == b.size())
        for (std::size_t i = 0; i < a.size(); ++i) take(a[i], b[i]);
      return;
    }
    for (const value& entry : b) {
      if (value* known = find_like(a, entry))
        take(*known, entry);
      else
        attempt(mine, [&] { mine.get_array().push_back(entry); });
    }
    for (std::size_t i = 0; i < mine.get_array().size();) {
      array rest = b;
      const bool goes = find_like(rest, mine.get_array()[i]) == nullptr;
      const auto at = static_cast<std::ptrdiff_t>(i);
      if (!goes || !attempt(mine, [&] { mine.get_array().erase(mine.get_array().begin() + at); })) ++i;
    }
  }

 private:
  void members(object& mine, const object& theirs) {
    for (const auto& [key, wanted] : theirs)
      if (&mine != document_.if_object() || (key != "version" && key != kCountries)) member(mine, key, wanted);
  }

  // A section that the pack did not have and does not take over stays away.
  void member(object& mine, std::string_view key, const value& wanted) {
    const bool absent = !mine.contains(key);
    take(mine[key], wanted);
    if (absent && mine.at(key).is_null()) mine.erase(key);
  }

  template <class Change>
  bool attempt(value& place, Change&& change) {
    value before = place;
    change();
    auto made = load_filed(boost::json::serialize(document_));
    if (made) {
      const std::vector<PolicyChange> changes = policy_changes(*best_, **made);
      if (only_tightens(changes) && tightens(changes)) {
        best_ = std::move(*made);
        return true;
      }
    }
    place = std::move(before);
    return false;
  }

  std::shared_ptr<const PolicyPack> best_;
  value document_;
};

array entries(const std::vector<CountryEntry>& list) {
  array all;
  for (const CountryEntry& entry : list)
    all.push_back({{"country", entry.country},
                   {"from", format_day(entry.from)},
                   {"until", entry.until ? value(format_day(*entry.until)) : value(nullptr)},
                   {"source", entry.source}});
  return all;
}

}  // namespace

std::string joint_name(std::string_view present, std::string_view next) {
  constexpr std::size_t kLongest = 64;
  std::string name(present);
  if (const std::string end = std::string("_").append(next); !name.ends_with(end)) name.append(end);
  if (name.size() > kLongest) name.resize(kLongest);
  return name;
}

Result<std::shared_ptr<const PolicyPack>> tighten(const std::shared_ptr<const PolicyPack>& present,
                                                  const std::shared_ptr<const PolicyPack>& next) {
  if (only_tightens(policy_changes(*present, *next))) return next;
  auto mine = json::parse(present->canonical);
  if (!mine) return mine.error();
  const auto theirs = json::parse(next->canonical);
  if (!theirs) return theirs.error();
  std::shared_ptr<const PolicyPack> held = present;
  const auto put = [&](std::string_view section, const value& wanted) -> Result<void> {
    if (mine->at(section) == wanted) return {};
    mine->get_object()[section] = wanted;
    auto made = load_filed(boost::json::serialize(*mine));
    if (!made) return made.error();
    held = std::move(*made);
    return {};
  };
  // The law is nobody's to agree to: its floors bind, or no longer bind, whoever stands on whatever version (X13, X27).
  if (auto done = put("legal_floors", theirs->at("legal_floors")); !done) return done.error();
  const CountryRules countries = held_to(present->countries, next->countries);
  if (auto done = put(kCountries, object{{"deny", entries(countries.deny)}, {"allow", entries(countries.allow)}}); !done)
    return done.error();
  Merge merge(held, std::move(*mine));
  if (tightens(policy_changes(*held, *next))) merge.take(merge.document(), *theirs);
  if (merge.best()->digest == present->digest) return present;
  merge.document().get_object()["version"] = joint_name(present->version, next->version);
  return load_filed(boost::json::serialize(merge.document()));
}

}  // namespace connex::policy
