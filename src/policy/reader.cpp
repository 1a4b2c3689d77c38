#include "policy/reader.hpp"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <set>
#include <utility>

#include "connex/clauses.hpp"
#include "connex/egress.hpp"
#include "policy/countries.hpp"

namespace connex::policy {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// The schema has checked every type and every name: what these helpers read is there.

std::string_view text(const value& v) { return {v.get_string().data(), v.get_string().size()}; }
std::string_view text(const object& o, std::string_view key) { return text(o.at(key)); }
std::string string(const object& o, std::string_view key) { return std::string(text(o, key)); }
std::int32_t number(const object& o, std::string_view key) {
  return static_cast<std::int32_t>(o.at(key).as_int64());
}
bool flag(const object& o, std::string_view key) { return o.at(key).as_bool(); }
const array& list(const object& o, std::string_view key) { return o.at(key).as_array(); }
const object& members(const object& o, std::string_view key) { return o.at(key).as_object(); }

template <class Enum>
Enum named(const value& v) {
  return from_name<Enum>(text(v)).value();
}
template <class Enum>
Enum named(const object& o, std::string_view key) {
  return named<Enum>(o.at(key));
}
template <class Enum>
EnumSet<Enum> named_set(const object& o, std::string_view key) {
  EnumSet<Enum> set;
  for (const value& v : list(o, key)) set.insert(named<Enum>(v));
  return set;
}

std::vector<std::string> strings(const object& o, std::string_view key) {
  std::vector<std::string> all;
  for (const value& v : list(o, key)) all.emplace_back(text(v));
  return all;
}

Period period(const object& o, std::string_view key) {
  const object& p = members(o, key);
  return {number(p, "count"), named<Unit>(p, "unit")};
}

template <class Enum>
constexpr std::size_t position(Enum e) {
  return static_cast<std::size_t>(e);
}

std::string operator/(std::string pointer, std::string_view token) {
  pointer += '/';
  pointer += token;
  return pointer;
}
std::string operator/(std::string pointer, std::size_t index) {
  return std::move(pointer) / std::to_string(index);
}

// Reads one section after the other and stops at the first complaint, which is thrown to read_pack and no
// further.
struct Refusal {
  std::string pointer;
  std::string message;
};

class Reader {
 public:
  explicit Reader(const value& json) : json_(json), root_(json.as_object()) {}

  PolicyPack read() {
    read_errata();  // first: other sections refer to it
    read_heading();
    read_roles();
    read_visits();
    read_disclosure();
    read_retention();
    read_legal_floors();
    read_rights();
    read_visibility();
    read_purposes();
    read_processors();
    read_countries();
    read_dependencies();
    read_rest();
    return std::move(pack_);
  }

 private:
  [[noreturn]] static void refuse(std::string pointer, std::string message) {
    throw Refusal{std::move(pointer), std::move(message)};
  }

  // References and dates

  static std::string_view clause(const value& v, const std::string& pointer) {
    const Clause* found = find_clause(text(v));
    if (!found) refuse(pointer, "names no clause of the catalogue");
    return found->id;
  }

  std::vector<std::string> resolutions(const object& o, const std::string& pointer) const {
    std::vector<std::string> ids = strings(o, "resolutions");
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!pack_.find_resolution(ids[i])) refuse(pointer / "resolutions" / i, "names no entry of the errata");
    }
    return ids;
  }

  static std::optional<Day> day(const object& o, std::string_view key, const std::string& pointer) {
    const value& v = o.at(key);
    if (v.is_null()) return std::nullopt;
    const auto parsed = parse_day(text(v));
    if (!parsed || *parsed < Day{}) refuse(pointer / key, "is no day of the calendar from 1970 on");
    return parsed;
  }

  static void check_ended_after(std::optional<Day> from, std::optional<Day> until,
                                const std::string& pointer) {
    if (from && until && *until <= *from) refuse(pointer / "until", "does not come after `from`");
  }

  // Remembers `id`; a second one of the same is refused.
  static void once(std::set<std::string, std::less<>>& seen, std::string_view id,
                   const std::string& pointer) {
    if (!seen.emplace(id).second) refuse(pointer, "is listed twice");
  }

  template <class Enum>
  static void all_of(const EnumSet<Enum>& seen, const std::string& pointer) {
    for (std::size_t i = 0; i < kCountOf<Enum>; ++i) {
      const auto e = static_cast<Enum>(i);
      if (!seen.contains(e)) refuse(pointer, "has no row for `" + std::string(name(e)) + "`");
    }
  }

  // Sections

  void read_errata() {
    const array& rows = list(root_, "errata");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/errata") / i;
      Resolution entry{string(row, "id"), {}, string(row, "resolution")};
      if (entry.id != std::string("X").append(std::to_string(i + 1))) refuse(at / "id", "is out of sequence");
      const array& ids = list(row, "clauses");
      for (std::size_t c = 0; c < ids.size(); ++c)
        entry.clauses.push_back(clause(ids[c], at / "clauses" / c));
      pack_.errata.push_back(std::move(entry));
    }
  }

  void read_heading() {
    pack_.version = string(root_, "version");
    pack_.name = string(root_, "name");
    pack_.text_digest = string(root_, "text_digest");
    pack_.last_updated = day(root_, "last_updated", "");
    const object& zone = members(root_, "time_zone");
    pack_.time_zone = string(zone, "name");
    pack_.offset = {number(zone, "offset_minutes")};

    const object& contacts = members(root_, "contacts");
    const object& officer = members(contacts, "data_protection_officer");
    const object& board = members(contacts, "board");
    pack_.contacts = {string(officer, "name"), string(officer, "email"),
                      string(members(contacts, "support"), "email"), string(board, "name"),
                      string(board, "text")};
  }

  void read_roles() {
    EnumSet<Role> seen;
    const array& rows = list(root_, "roles");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/roles") / i;
      const auto role = named<Role>(row, "role");
      if (seen.contains(role)) refuse(at / "role", "is listed twice");
      seen.insert(role);
      const RoleRule rule{named<Side>(row, "side"), flag(row, "joins_visits"), flag(row, "needs_purpose"),
                          row.contains("needs_ticket") && flag(row, "needs_ticket")};
      if (rule.needs_ticket && !rule.needs_purpose) refuse(at / "needs_ticket", "asks for a ticket where no purpose is asked for");
      // INVARIANT: who sells to doctors is on the pharma side, whatever a pack says; C1-b depends on it.
      const bool sells = role == Role::medical_representative || role == Role::pharma_administrator ||
                         role == Role::compliance_officer;
      if (sells != (rule.side == Side::pharma)) refuse(at / "side", "is not the side of this role");
      pack_.roles[position(role)] = rule;
    }
    all_of(seen, "/roles");
  }

  void read_visits() {
    const object& visit = members(root_, "visit");
    pack_.visit = {number(visit, "opens_minutes_before"), number(visit, "overrun_minutes"),
                   number(visit, "max_duration_minutes")};
    const object& recording = members(root_, "recording");
    pack_.recording = {std::min(number(recording, "permit_ttl_seconds"), kLongestPermitSeconds),
                       number(recording, "stop_grace_seconds"),
                       number(recording, "grant_ttl_seconds")};
  }

  void read_disclosure() {
    const object& disclosure = members(root_, "disclosure");
    const object& links = members(disclosure, "links");
    pack_.disclosure = {string(disclosure, "version"), string(links, "terms"), string(links, "policy"), {}};
    check_visible(pack_.disclosure.terms_link, "/disclosure/links/terms");
    check_visible(pack_.disclosure.policy_link, "/disclosure/links/policy");
    std::set<std::string, std::less<>> languages;
    const array& rows = list(disclosure, "templates");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/disclosure/templates") / i;
      const object& recording = members(row, "recording");
      DisclosureTemplate entry{string(row, "language"), string(row, "text"), string(row, "promotional"),
                               string(recording, "off"), string(recording, "if_all_agree")};
      once(languages, entry.language, at / "language");
      check_placeholders(entry.text, at / "text");
      for (const auto& [line, key] :
           {std::pair<const std::string&, const char*>{entry.promotional, "promotional"},
            {entry.recording_off, "recording/off"},
            {entry.recording_if_all_agree, "recording/if_all_agree"}}) {
        if (line.find_first_of("{}") != std::string::npos) refuse(at / key, "may hold no placeholder");
        check_visible(line, at / key);
      }
      if (entry.recording_off == entry.recording_if_all_agree) {
        refuse(at / "recording/if_all_agree", "does not differ from `off`");  // C6.3-d
      }
      pack_.disclosure.templates.push_back(std::move(entry));
    }
    if (!pack_.disclosure.find("en")) refuse("/disclosure/templates", "has no template in English");
  }

  // Blanks would say nothing on the screen (C6.2-a): white space, zero-width characters and fillers.
  static void check_visible(std::string_view text, const std::string& pointer) {
    constexpr std::string_view kBlanks[] = {
        " ", "\t", "\n", "\v", "\f", "\r", "\xc2\x85", "\xc2\xa0", "\xc2\xad", "\xe1\x9a\x80", "\xe2\xa0\x80",
        "\xe3\x80\x80", "\xe3\x85\xa4", "\xef\xbb\xbf", "\xef\xbe\xa0"};
    while (!text.empty()) {
      const auto starts = [&](std::string_view blank) { return text.starts_with(blank); };
      const auto* blank = std::find_if(std::begin(kBlanks), std::end(kBlanks), starts);
      const bool general = text.size() >= 3 && ((text.substr(0, 3) >= "\xe2\x80\x80" && text.substr(0, 3) <= "\xe2\x80\x8f") ||
                                                (text.substr(0, 3) >= "\xe2\x80\xa8" && text.substr(0, 3) <= "\xe2\x80\xaf") ||
                                                (text.substr(0, 3) >= "\xe2\x81\x9f" && text.substr(0, 3) <= "\xe2\x81\xaf"));
      if (blank == std::end(kBlanks) && !general) return;
      text.remove_prefix(general ? 3 : blank->size());
    }
    refuse(pointer, "says nothing that can be seen");
  }

  // The four items of C6.2-a and the other party, each once.
  static void check_placeholders(std::string_view text, const std::string& pointer) {
    constexpr std::string_view kPlaceholders[] = {"{promotional}", "{doctor}", "{slot}",
                                                  "{recording}",   "{terms}",  "{policy}"};
    std::size_t accounted = 0;
    for (const std::string_view placeholder : kPlaceholders) {
      const std::size_t found = text.find(placeholder);
      if (found == std::string_view::npos || text.find(placeholder, found + 1) != std::string_view::npos) {
        refuse(pointer, "does not hold `" + std::string(placeholder) + "` exactly once");
      }
      accounted += 2;
    }
    const auto braces = std::count_if(text.begin(), text.end(), [](char c) { return c == '{' || c == '}'; });
    if (static_cast<std::size_t>(braces) != accounted) refuse(pointer, "holds an unknown placeholder");
  }

  void read_retention() {
    EnumSet<RecordClass> seen;
    const array& rows = list(root_, "retention");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/retention") / i;
      const auto record_class = named<RecordClass>(row, "class");
      if (seen.contains(record_class)) refuse(at / "class", "is listed twice");
      seen.insert(record_class);
      RetentionRule rule{named<Trigger>(row, "trigger"),
                         period(row, "period"),
                         named<Rounding>(row, "rounding"),
                         named<Basis>(row, "basis"),
                         named<ErasureAnswer>(row, "on_erasure"),
                         clause(row.at("clause"), at / "clause"),
                         resolutions(row, at)};
      check_period(rule.period, at / "period");
      if (rule.period.unit == Unit::unlimited && record_class != RecordClass::analytics_aggregate) {
        refuse(at / "period/unit", "is open to anonymous aggregates alone");  // C9-a, C9-i
      }
      if (rule.basis == Basis::resolution && rule.resolutions.empty()) {
        refuse(at / "resolutions", "does not name the resolution that the basis refers to");
      }
      if (rule.rounding == Rounding::late && rule.basis != Basis::legal_obligation) {
        refuse(at / "rounding", "is for legal obligations alone");  // X38
      }
      pack_.retention[position(record_class)] = std::move(rule);
    }
    all_of(seen, "/retention");
    pack_.holds = {number(members(root_, "holds"), "review_days"),
                   named_set<HoldBasis>(members(root_, "holds"), "outlasting_ceiling")};
  }

  static void check_period(Period period, const std::string& pointer) {
    if (period.unit == Unit::unlimited && period.count != 0) refuse(pointer / "count", "is not 0");
  }

  static void check_legal_period(Period period, const std::string& pointer) {
    if (period.unit == Unit::unlimited) refuse(pointer / "unit", "has no end");
    if (period.count == 0) refuse(pointer / "count", "is 0");
  }

  LegalTerm read_term(const object& row, const std::string& at) const {
    LegalTerm term{string(row, "id"),          string(row, "source"), day(row, "from", at),
                   day(row, "from_other", at), day(row, "until", at), named<Confidence>(row, "confidence"),
                   flag(row, "enabled"),       resolutions(row, at)};
    if (term.from_other && (!term.from || *term.from_other <= *term.from)) {
      refuse(at / "from_other", "does not come after `from`");
    }
    check_ended_after(term.from_other ? term.from_other : term.from, term.until, at);
    return term;
  }

  void read_legal_floors() {
    std::set<std::string, std::less<>> ids;
    const array& rows = list(root_, "legal_floors");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/legal_floors") / i;
      LegalFloor floor{read_term(row, at), named_set<RecordClass>(row, "classes"),
                       named<FloorStart>(row, "start"), period(row, "period")};
      once(ids, floor.id, at / "id");
      check_legal_period(floor.period, at / "period");
      pack_.legal_floors.push_back(std::move(floor));
    }
  }

  void read_rights() {
    const object& rights = members(root_, "rights");
    pack_.rights = {number(rights, "response_days"), number(rights, "nominee_decision_days"), {}};
    std::set<std::string, std::less<>> ids;
    const array& rows = list(rights, "limits");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/rights/limits") / i;
      ResponseLimit limit{read_term(row, at), named_set<Right>(row, "rights"), period(row, "period")};
      once(ids, limit.id, at / "id");
      check_legal_period(limit.period, at / "period");
      pack_.rights.limits.push_back(std::move(limit));
    }
    const object& accounts = members(root_, "accounts");
    pack_.accounts = {number(accounts, "reactivation_days"), number(accounts, "minor_erasure_days"),
                      number(accounts, "adult_age")};
    const object& notices = members(root_, "notices");
    pack_.notices = {number(notices, "policy_days"), std::max(number(notices, "processor_days"), kLeastProcessorDays)};
  }

  void read_visibility() {
    const object& visibility = members(root_, "visibility");
    for (const auto& [from, to] : members(visibility, "generalise")) {
      const auto field = from_name<Field>({from.data(), from.size()}).value();
      if (named<Field>(to) == field)
        refuse(std::string("/visibility/generalise") / from, "stands for itself");
      pack_.visibility.general[position(field)] = named<Field>(to);
    }
    if (visibility.contains("unneeded")) {  // not in packs from before purposes were told apart
      for (const auto& [purpose, fields] : members(visibility, "unneeded"))
        for (const value& field : fields.as_array())
          pack_.unneeded[position(from_name<Purpose>({purpose.data(), purpose.size()}).value())].insert(named<Field>(field));
    }

    std::array<bool, kCountOf<Role> * kCountOf<Relation> * kCountOf<SubjectKind>> seen{};
    const auto cell = [](Role viewer, Relation relation, SubjectKind subject) {
      return (position(viewer) * kCountOf<Relation> + position(relation)) * kCountOf<SubjectKind> +
             position(subject);
    };
    const array& rows = list(visibility, "rows");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/visibility/rows") / i;
      const auto exposures = read_exposures(row, at);
      for (const value& v : list(row, "viewers")) {
        for (const value& r : list(row, "relations")) {
          for (const value& s : list(row, "subjects")) {
            const auto viewer = named<Role>(v);
            const auto relation = named<Relation>(r);
            const auto subject = named<SubjectKind>(s);
            if (std::exchange(seen[cell(viewer, relation, subject)], true)) {
              refuse(at, "covers " + cell_name(viewer, relation, subject) + " again");
            }
            for (std::size_t f = 0; f < kCountOf<Field>; ++f) {
              pack_.visibility.set(viewer, relation, subject, static_cast<Field>(f), exposures[f]);
            }
            check_contact_promise(viewer, subject, exposures, at);
          }
        }
      }
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i]) continue;
      const auto subject = static_cast<SubjectKind>(i % kCountOf<SubjectKind>);
      const auto relation = static_cast<Relation>(i / kCountOf<SubjectKind> % kCountOf<Relation>);
      const auto viewer = static_cast<Role>(i / kCountOf<SubjectKind> / kCountOf<Relation>);
      refuse("/visibility/rows", "has no row for " + cell_name(viewer, relation, subject));
    }
  }

  static std::string cell_name(Role viewer, Relation relation, SubjectKind subject) {
    std::string text;
    for (const std::string_view part : {name(viewer), name(relation), name(subject)}) {
      text += text.empty() ? "`" : " ";
      text += part;
    }
    return text + "`";
  }

  using Exposures = std::array<Exposure, kCountOf<Field>>;

  Exposures read_exposures(const object& row, const std::string& at) const {
    Exposures exposures{};
    EnumSet<Field> seen;
    for (const Exposure exposure : {Exposure::show, Exposure::generalise, Exposure::hide}) {
      const array& fields = list(row, name(exposure));
      for (std::size_t f = 0; f < fields.size(); ++f) {
        const auto field = named<Field>(fields[f]);
        if (seen.contains(field)) refuse(at / name(exposure) / f, "is listed twice in this row");
        seen.insert(field);
        exposures[position(field)] = exposure;
        if (exposure != Exposure::generalise) continue;
        const auto general = pack_.visibility.general[position(field)];
        if (!general || exposures[position(*general)] != Exposure::show) {
          refuse(at / name(exposure) / f, "has no coarser field that this row shows");
        }
      }
    }
    all_of(seen, at);
    return exposures;
  }

  // INVARIANT: no pack shows the pharma side how to reach a doctor (C1-b, C1-c).
  void check_contact_promise(Role viewer, SubjectKind subject, const Exposures& exposures,
                             const std::string& at) const {
    if (pack_.rule(viewer).side != Side::pharma || subject != SubjectKind::doctor) return;
    for (const Field field : {Field::email, Field::phone, Field::address}) {
      if (exposures[position(field)] == Exposure::show) {
        refuse(at / "show", "shows a doctor's `" + std::string(name(field)) + "` to the pharma side");
      }
    }
  }

  void read_purposes() {
    const object& purposes = members(root_, "purposes");
    const array& rows = list(purposes, "rows");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/purposes/rows") / i;
      const PurposeRule rule{named_set<Operation>(row, "operations"), named<Guard>(row, "guard"),
                             clause(row.at("clause"), at / "clause")};
      const array& classes = list(row, "classes");
      for (std::size_t c = 0; c < classes.size(); ++c) {
        auto& entry =
            pack_
                .purposes[position(named<Purpose>(row, "purpose"))][position(named<RecordClass>(classes[c]))];
        if (!entry.operations.empty()) refuse(at / "classes" / c, "has a row for this purpose already");
        entry = rule;
      }
    }

    std::set<std::string, std::less<>> words;
    const array& nevers = list(purposes, "never");
    for (std::size_t i = 0; i < nevers.size(); ++i) {
      const object& row = nevers[i].as_object();
      const std::string at = std::string("/purposes/never") / i;
      Never never{string(row, "word"), clause(row.at("clause"), at / "clause")};
      once(words, never.word, at / "word");
      if (from_name<Purpose>(never.word) || from_name<Operation>(never.word)) {
        refuse(at / "word", "is a purpose or an operation of the table");
      }
      pack_.nevers.push_back(std::move(never));
    }
    // INVARIANT: no pack permits these (C1-d, C5-p, C6.5-b, C6.5-c, C6.6-c).
    for (const std::string_view word : {"sell", "third_party_marketing", "train", "transcribe", "clinical"}) {
      if (!words.contains(word)) refuse("/purposes/never", "does not name `" + std::string(word) + "`");
    }
  }

  void read_processors() {
    std::set<std::string, std::less<>> ids;
    const array& rows = list(root_, "processors");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      const std::string at = std::string("/processors") / i;
      Processor processor{string(row, "id"),
                          string(row, "name"),
                          string(row, "service"),
                          clause(row.at("clause"), at / "clause"),
                          named_set<Purpose>(row, "purposes"),
                          {},
                          strings(row, "countries"),
                          flag(row, "worldwide"),
                          named<Guard>(row, "guard"),
                          flag(row, "agreement_required"),
                          flag(row, "own_fiduciary"),
                          resolutions(row, at)};
      once(ids, processor.id, at / "id");
      if (processor.countries.empty() && !processor.worldwide) refuse(at / "countries", "is empty");
      std::set<std::string, std::less<>> names;
      const array& fields = list(row, "fields");
      for (std::size_t f = 0; f < fields.size(); ++f) {
        const object& field = fields[f].as_object();
        once(names, text(field, "name"), at / "fields" / f / "name");
        processor.fields.push_back({string(field, "name"), named<Guard>(field, "guard")});
      }
      pack_.processors.push_back(std::move(processor));
    }
  }

  void read_countries() {
    const object& countries = members(root_, "countries");
    for (const auto& [key, entries] :
         {std::pair<const char*, std::vector<CountryEntry>&>{"deny", pack_.countries.deny},
          {"allow", pack_.countries.allow}}) {
      const array& rows = list(countries, key);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const object& row = rows[i].as_object();
        const std::string at = std::string("/countries") / key / i;
        CountryEntry entry{string(row, "country"), *day(row, "from", at), day(row, "until", at),
                           string(row, "source")};
        check_ended_after(entry.from, entry.until, at);
        entries.push_back(std::move(entry));
      }
    }
  }

  void read_dependencies() {
    if (!root_.contains("dependencies")) return;  // filed before there were any
    const array& rows = list(root_, "dependencies");
    std::set<std::string, std::less<>> ids;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const object& row = rows[i].as_object();
      once(ids, text(row, "id"), std::string("/dependencies") / i / "id");
      pack_.dependencies.push_back({string(row, "id"), named<Safeguard>(row, "safeguard"), strings(row, "claims"),
                                    named<Asked>(row, "asked"), flag(row, "every_processor"),
                                    strings(row, "processors"), strings(row, "fields"), strings(row, "commands")});
    }
  }

  void read_rest() {
    const object& security = members(root_, "security");
    pack_.security = {string(security, "tls_minimum"),     string(security, "at_rest_cipher"),
                      string(security, "password_hash"),   number(security, "bcrypt_cost"),
                      string(security, "sslmode"),         number(security, "backup_max_age_hours"),
                      number(security, "url_ttl_seconds"), string(security, "storage_country")};

    const object& redaction = members(root_, "redaction");
    for (const auto& [channel, settings] : members(redaction, "channels")) {
      pack_.redaction.channels.push_back({std::string(channel), number(settings.as_object(), "threshold")});
    }
    pack_.redaction.open_hosts = strings(redaction, "open_hosts");
    pack_.idempotency_hours = number(root_, "idempotency_hours");
    pack_.aggregation_k = number(root_, "aggregation_k");

    const array& assumptions = list(root_, "assumptions");
    for (std::size_t i = 0; i < assumptions.size(); ++i) {
      const object& row = assumptions[i].as_object();
      Assumption assumption{string(row, "pointer"), string(row, "text")};
      boost::json::error_code ec;
      if (!json_.find_pointer(assumption.pointer, ec)) {
        refuse(std::string("/assumptions") / i / "pointer", "points to nothing in this pack");
      }
      pack_.assumptions.push_back(std::move(assumption));
    }
  }

  const value& json_;
  const object& root_;
  PolicyPack pack_;
};

}  // namespace

Result<PolicyPack> read_pack(const value& json) {
  try {
    return Reader(json).read();
  } catch (Refusal& refusal) {
    return Error{ErrorCode::invalid_argument, std::move(refusal.message), std::move(refusal.pointer)};
  }
}

Result<void> check_conditions(const PolicyPack& pack) {
  for (std::size_t i = 0; i < pack.processors.size(); ++i) {
    const std::vector<ProcessorField>& fields = pack.processors[i].fields;
    for (std::size_t f = 0; f < fields.size(); ++f)
      if (fields[f].guard != condition_of(pack, fields[f].name))
        return Error{ErrorCode::invalid_argument, "is another than the pack sets on a field of this name",
                     std::string("/processors") / i / "fields" / f / "guard"};
  }
  for (std::size_t i = 0; i < kCountOf<Role>; ++i) {
    const auto role = static_cast<Role>(i);
    if (pack.rule(role).joins_visits && role != Role::doctor && role != Role::medical_representative)
      return Error{ErrorCode::invalid_argument, "has another join visits than doctors and medical representatives",
                   "/roles"};
  }
  return {};
}

Result<void> check_countries(const PolicyPack& pack) {
  const auto unknown = [](std::string at) {
    return Error{ErrorCode::invalid_argument, "is no code that ISO 3166-1 assigns to a country", std::move(at)};
  };
  for (std::size_t i = 0; i < pack.processors.size(); ++i) {
    const std::vector<std::string>& countries = pack.processors[i].countries;
    for (std::size_t c = 0; c < countries.size(); ++c)
      if (!is_country(countries[c])) return unknown(std::string("/processors") / i / "countries" / c);
  }
  for (const auto& [list, entries] :
       {std::pair("deny", &pack.countries.deny), std::pair("allow", &pack.countries.allow)})
    for (std::size_t i = 0; i < entries->size(); ++i)
      if (!is_country((*entries)[i].country)) return unknown(std::string("/countries") / list / i / "country");
  if (!is_country(pack.security.storage_country)) return unknown("/security/storage_country");
  return {};
}

}  // namespace connex::policy
