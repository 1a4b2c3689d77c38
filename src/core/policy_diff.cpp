#include "connex/policy_diff.hpp"

#include <algorithm>
#include <limits>

#include "connex/clauses.hpp"
#include "connex/egress.hpp"
#include "connex/gates.hpp"

namespace connex {
namespace {

using enum Direction;

enum class Tighter { smaller, larger };

class Differ {
 public:
  Differ(const PolicyPack& from, const PolicyPack& to) : from_(from), to_(to) {}

  std::vector<PolicyChange> run() {
    wording();
    roles();
    visits();
    retention();
    rights();
    visibility();
    purposes();
    processors();
    countries();
    dependencies();
    rest();
    references();
    const bool documented = !from_.canonical.empty() && !to_.canonical.empty();
    if (changes_.empty() && documented && text_of(from_) != text_of(to_))
      add(loosening, "C12-a", "/", "changed in a way that is not known to tighten");
    return std::move(changes_);
  }

 private:
  void add(Direction direction, std::string_view clause, std::string where, std::string what) {
    const Clause* found = find_clause(clause);
    changes_.push_back(
        {direction, found ? found->id : std::string_view("C12-a"), std::move(where), std::move(what)});
  }
  template <class... Parts>
  static std::string path(const Parts&... parts) {
    std::string out;
    ((out.append(out.empty() ? "" : "/").append(parts)), ...);
    return out;
  }

  void number(std::string_view clause, std::string where, std::int64_t from, std::int64_t to,
              Tighter tighter) {
    if (from == to) return;
    const bool tightens = (to < from) == (tighter == Tighter::smaller);
    add(tightens ? tightening : loosening, clause, std::move(where),
        std::to_string(from) + " -> " + std::to_string(to));
  }
  void flag(std::string_view clause, std::string where, bool from, bool to, bool tight) {
    if (from != to)
      add(to == tight ? tightening : loosening, clause, std::move(where), to ? "now true" : "now false");
  }
  void same(bool equal, Direction direction, std::string_view clause, std::string where) {
    if (!equal) add(direction, clause, std::move(where), "changed");
  }
  template <class Enum>
  void set(std::string_view clause, const std::string& where, EnumSet<Enum> from, EnumSet<Enum> to,
           Direction gained) {
    for (std::size_t i = 0; i < kCountOf<Enum>; ++i) {
      const auto e = static_cast<Enum>(i);
      if (from.contains(e) == to.contains(e)) continue;
      const bool now = to.contains(e);
      const Direction lost = gained == loosening ? tightening : loosening;
      add(now ? gained : lost, clause, path(where, name(e)), now ? "added" : "removed");
    }
  }
  void strings(std::string_view clause, const std::string& where, const std::vector<std::string>& from,
               const std::vector<std::string>& to, Direction gained = loosening) {
    const Direction lost = gained == loosening ? tightening : loosening;
    const auto holds = [](const auto& list, const std::string& s) {
      return std::find(list.begin(), list.end(), s) != list.end();
    };
    for (const std::string& s : to)
      if (!holds(from, s)) add(gained, clause, path(where, s), "added");
    for (const std::string& s : from)
      if (!holds(to, s)) add(lost, clause, path(where, s), "removed");
  }

  void wording() {
    same(from_.name == to_.name, Direction::wording, "C12-a", "name");
    same(from_.text_digest == to_.text_digest, Direction::wording, "C12-a", "text_digest");
    same(from_.last_updated == to_.last_updated, Direction::wording, "C12-c", "last_updated");
    const auto contacts = [](const Contacts& c) {
      return c.officer_name + '\n' + c.officer_email + '\n' + c.support_email + '\n' + c.board_name + '\n' +
             c.board_text;
    };
    same(contacts(from_.contacts) == contacts(to_.contacts), Direction::wording, "C13-a", "contacts");
    same(from_.time_zone == to_.time_zone && from_.offset.minutes == to_.offset.minutes, loosening, "C12-a",
         "time_zone");
    const auto errata = [](const PolicyPack& pack) {
      std::string all;
      for (const Resolution& r : pack.errata) all.append(r.id).append(r.text).append("\n");
      return all;
    };
    same(errata(from_) == errata(to_), Direction::wording, "C12-a", "errata");
  }

  void roles() {
    for (std::size_t i = 0; i < kCountOf<Role>; ++i) {
      const std::string where = path("roles", name(static_cast<Role>(i)));
      same(from_.roles[i].side == to_.roles[i].side, loosening, "C1-f", path(where, "side"));
      flag("C6.6-d", path(where, "joins_visits"), from_.roles[i].joins_visits, to_.roles[i].joins_visits,
           false);
      // With a purpose, who needs one sees what the matrix has for it: either way something may open.
      same(from_.roles[i].needs_purpose == to_.roles[i].needs_purpose, loosening, "C4-d", path(where, "needs_purpose"));
      flag("C4-d", path(where, "needs_ticket"), from_.roles[i].needs_ticket, to_.roles[i].needs_ticket, true);
    }
  }

  void visits() {
    const auto less = Tighter::smaller;
    number("C2.4-a", "visit/opens_minutes_before", from_.visit.opens_minutes_before,
           to_.visit.opens_minutes_before, less);
    number("C2.4-a", "visit/overrun_minutes", from_.visit.overrun_minutes, to_.visit.overrun_minutes, less);
    number("C2.4-a", "visit/max_duration_minutes", from_.visit.max_duration_minutes,
           to_.visit.max_duration_minutes, less);
    number("C6.3-e", "recording/permit_ttl_seconds", from_.recording.permit_ttl_seconds,
           to_.recording.permit_ttl_seconds, less);
    number("C6.3-e", "recording/stop_grace_seconds", from_.recording.stop_grace_seconds,
           to_.recording.stop_grace_seconds, less);
    number("C6.4-d", "recording/grant_ttl_seconds", from_.recording.grant_ttl_seconds,
           to_.recording.grant_ttl_seconds, less);
    const auto words = [](const DisclosureRules& d) {
      std::string all = d.version + '\n' + d.terms_link + '\n' + d.policy_link;
      for (const DisclosureTemplate& t : d.templates)
        all.append("\n")
            .append(t.language)
            .append(t.text)
            .append(t.promotional)
            .append(t.recording_off)
            .append(t.recording_if_all_agree);
      return all;
    };
    same(words(from_.disclosure) == words(to_.disclosure), loosening, "C6.2-a", "disclosure");
  }

  void retention() {
    for (std::size_t i = 0; i < kCountOf<RecordClass>; ++i) {
      const RetentionRule& a = from_.retention[i];
      const RetentionRule& b = to_.retention[i];
      const std::string where = path("retention", name(static_cast<RecordClass>(i)));
      if (a.period.unit == b.period.unit)
        number(b.clause, path(where, "period"), a.period.count, b.period.count, Tighter::smaller);
      else
        add(loosening, b.clause, path(where, "period"), "counted otherwise");
      number(b.clause, path(where, "on_erasure"), static_cast<int>(a.on_erasure),
             static_cast<int>(b.on_erasure), Tighter::larger);
      same(a.trigger == b.trigger, loosening, b.clause, path(where, "trigger"));
      same(a.rounding == b.rounding, loosening, b.clause, path(where, "rounding"));
      same(a.basis == b.basis, loosening, b.clause, path(where, "basis"));
    }
    same(std::equal(from_.legal_floors.begin(), from_.legal_floors.end(), to_.legal_floors.begin(),
                    to_.legal_floors.end(),
                    [](const LegalFloor& a, const LegalFloor& b) {
                      return same_term(a, b) && a.classes == b.classes && a.start == b.start &&
                             a.period == b.period;
                    }),
         loosening, "C9-a", "legal_floors");
    number("C6.4-h", "holds/review_days", from_.holds.review_days, to_.holds.review_days, Tighter::smaller);
    set("C6.4-h", "holds/outlasting_ceiling", from_.holds.outlasting_ceiling, to_.holds.outlasting_ceiling,
        loosening);
  }

  static bool same_term(const LegalTerm& a, const LegalTerm& b) {
    return a.id == b.id && a.from == b.from && a.until == b.until && a.enabled == b.enabled;
  }

  void rights() {
    number("C8-g", "rights/response_days", from_.rights.response_days, to_.rights.response_days,
           Tighter::smaller);
    same(from_.rights.nominee_decision_days == to_.rights.nominee_decision_days, loosening, "C8-e",
         "rights/nominee_decision_days");
    same(std::equal(from_.rights.limits.begin(), from_.rights.limits.end(), to_.rights.limits.begin(),
                    to_.rights.limits.end(),
                    [](const ResponseLimit& a, const ResponseLimit& b) {
                      return same_term(a, b) && a.rights == b.rights && a.period == b.period;
                    }),
         loosening, "C8-g", "rights/limits");
    number("C9-c", "accounts/reactivation_days", from_.accounts.reactivation_days,
           to_.accounts.reactivation_days, Tighter::smaller);
    number("C10-c", "accounts/minor_erasure_days", from_.accounts.minor_erasure_days,
           to_.accounts.minor_erasure_days, Tighter::smaller);
    number("C10-a", "accounts/adult_age", from_.accounts.adult_age, to_.accounts.adult_age, Tighter::larger);
    number("C12-b", "notices/policy_days", from_.notices.policy_days, to_.notices.policy_days,
           Tighter::larger);
    number("C5-o", "notices/processor_days", from_.notices.processor_days, to_.notices.processor_days,
           Tighter::larger);
  }

  void visibility() {
    for (std::size_t v = 0; v < kCountOf<Role>; ++v)
      for (std::size_t r = 0; r < kCountOf<Relation>; ++r)
        for (std::size_t s = 0; s < kCountOf<SubjectKind>; ++s)
          for (std::size_t f = 0; f < kCountOf<Field>; ++f) {
            const auto viewer = static_cast<Role>(v);
            const auto relation = static_cast<Relation>(r);
            const auto subject = static_cast<SubjectKind>(s);
            const auto field = static_cast<Field>(f);
            const Exposure a = from_.visibility.at(viewer, relation, subject, field);
            const Exposure b = to_.visibility.at(viewer, relation, subject, field);
            if (a == b) continue;
            add(b < a ? tightening : loosening, "C4-d",
                path("visibility", name(viewer), name(relation), name(subject), name(field)),
                std::string(name(a)).append(" -> ").append(name(b)));
          }
    same(from_.visibility.general == to_.visibility.general, loosening, "C4-d", "visibility/generalise");
    for (std::size_t p = 0; p < kCountOf<Purpose>; ++p)
      for (std::size_t f = 0; f < kCountOf<Field>; ++f) {
        const auto field = static_cast<Field>(f);
        flag("C4-d", path("visibility", "unneeded", name(static_cast<Purpose>(p)), name(field)), from_.unneeded[p].contains(field),
             to_.unneeded[p].contains(field), true);
      }
  }

  void purposes() {
    for (std::size_t p = 0; p < kCountOf<Purpose>; ++p)
      for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
        const PurposeRule& a = from_.purposes[p][c];
        const PurposeRule& b = to_.purposes[p][c];
        const std::string where =
            path("purposes", name(static_cast<Purpose>(p)), name(static_cast<RecordClass>(c)));
        const std::string_view clause = b.clause.empty() ? a.clause : b.clause;
        set(clause, where, a.operations, b.operations, loosening);
        if (a.guard == b.guard || a.operations.empty() || b.operations.empty()) continue;
        if (b.guard != Guard::none) add(tightening, clause, path(where, "guard"), asked(b.guard));
        if (a.guard != Guard::none) add(loosening, clause, path(where, "guard"), no_longer(a.guard));
      }
    const auto words = [](const PolicyPack& pack) {
      std::vector<std::string> all;
      for (const Never& never : pack.nevers) all.push_back(never.word);
      return all;
    };
    // A word that is refused no more opens what it closed.
    for (const std::string& word : words(to_))
      if (!from_.find_never(word))
        add(tightening, to_.find_never(word)->clause, path("never", word), "added");
    for (const std::string& word : words(from_))
      if (!to_.find_never(word))
        add(loosening, from_.find_never(word)->clause, path("never", word), "removed");
  }

  void processors() {
    for (const Processor& after : to_.processors) {
      const Processor* before = from_.find_processor(after.id);
      describe(after, material_changes(before, after), before, loosening, "added");
      if (before == nullptr) continue;
      describe(after, material_changes(&after, *before), &after, tightening, "removed");
      flag("C5-b", path("processors", after.id, "agreement_required"), before->agreement_required,
           after.agreement_required, true);
      if (before->worldwide && after.worldwide && before->countries != after.countries)
        add(Direction::wording, after.clause, path("processors", after.id, "countries"), "changed");
      same(before->name == after.name && before->service == after.service, Direction::wording, after.clause,
           path("processors", after.id));
    }
    for (const Processor& before : from_.processors)
      if (!to_.find_processor(before.id))
        add(tightening, before.clause, path("processors", before.id), "removed");
  }

  static std::string asked(Guard guard) { return std::string(name(guard)).append(" is asked"); }
  static std::string no_longer(Guard guard) { return std::string(name(guard)).append(" is no longer asked"); }
  // None can be a condition: of a field whose value is looked at, and where an AI provider is none.
  static std::string told_of(Guard guard, bool field, bool is_asked) {
    if (guard != Guard::none) return is_asked ? asked(guard) : no_longer(guard);
    if (!field) return is_asked ? "no AI provider any more" : "now an AI provider";
    return is_asked ? "looked at like an open value" : "no longer looked at like an open value";
  }

  // `having` is the entry that asks the conditions of which the list tells: another in place of one is in both lists.
  void describe(const Processor& processor, const std::vector<ProcessorChange>& list, const Processor* having,
                Direction direction, std::string_view what) {
    for (const ProcessorChange& change : list) {
      if (change.kind == ProcessorChange::Kind::name || change.kind == ProcessorChange::Kind::service) continue;
      std::string told(what);
      if (change.kind == ProcessorChange::Kind::condition) {
        const ProcessorField* field = change.what == processor.id ? nullptr : having->find(change.what);
        const Guard guard = field ? field->guard : having->guard;
        told = told_of(guard, field != nullptr, direction == tightening);
      }
      add(direction, processor.clause, path("processors", processor.id, name(change.kind), change.what), std::move(told));
    }
  }

  // Country by country, on the days on which either pack's lists begin or end: what an entry does depends on the others.
  void countries() {
    std::vector<std::string_view> named{kOtherCountry};
    std::vector<Day> days{Day{std::numeric_limits<std::int32_t>::min()}};
    for (const CountryRules* rules : {&from_.countries, &to_.countries})
      for (const auto* list : {&rules->deny, &rules->allow})
        for (const CountryEntry& entry : *list) {
          named.push_back(entry.country);
          days.push_back(entry.from);
          if (entry.until) days.push_back(*entry.until);
        }
    if (entries(from_.countries) == entries(to_.countries)) return;
    sort_unique(named);
    sort_unique(days);
    const CountryTable before(from_.countries);
    const CountryTable after(to_.countries);
    const std::size_t others = changes_.size();
    for (const std::string_view country : named) {
      bool closes = false;
      bool opens = false;
      for (const Day day : days) {
        const Fact was = before.permits(country, day);
        const Fact is = after.permits(country, day);
        closes = closes || (was == Fact::yes && is == Fact::no);
        opens = opens || (was == Fact::no && is == Fact::yes);
      }
      const std::string where = path("countries", country == kOtherCountry ? "others" : country);
      if (closes) add(tightening, "C11-h", where, "no longer permitted");
      if (opens) add(loosening, "C11-h", where, "now permitted");
    }
    if (changes_.size() == others) add(Direction::wording, "C11-h", "countries", "entered otherwise, permits the same");
  }

  static constexpr std::string_view kOtherCountry = "ZZ";  // assigned to none: stands for those that no list names

  template <class T>
  static void sort_unique(std::vector<T>& values) {
    std::ranges::sort(values);
    values.erase(std::ranges::unique(values).begin(), values.end());
  }
  static std::string entries(const CountryRules& rules) {
    std::string all;
    for (const auto* list : {&rules.deny, &rules.allow}) {
      for (const CountryEntry& entry : *list)
        all.append(entry.country)
            .append(format_day(entry.from))
            .append(entry.until ? format_day(*entry.until) : "")
            .append(entry.source)
            .append("\n");
      all.append("\n");
    }
    return all;
  }

  // What explains a rule and decides nothing: sources, resolutions, clauses, assumptions.
  void references() {
    const auto joined = [](const std::vector<std::string>& texts) {
      std::string all;
      for (const std::string& text : texts) all.append(text).append("\n");
      return all;
    };
    const auto term = [&](const LegalTerm& t) {
      return t.source + '\n' + (t.from_other ? format_day(*t.from_other) : std::string()) + '\n' +
             std::string(name(t.confidence)) + '\n' + joined(t.resolutions);
    };
    const auto terms = [&](const auto& rows) {
      std::string all;
      for (const auto& row : rows) all.append(term(row));
      return all;
    };
    same(terms(from_.legal_floors) == terms(to_.legal_floors), Direction::wording, "C9-a", "legal_floors/source");
    same(terms(from_.rights.limits) == terms(to_.rights.limits), Direction::wording, "C8-g", "rights/limits/source");
    for (std::size_t i = 0; i < kCountOf<RecordClass>; ++i) {
      const RetentionRule& a = from_.retention[i];
      const RetentionRule& b = to_.retention[i];
      same(a.clause == b.clause && a.resolutions == b.resolutions, Direction::wording, b.clause,
           path("retention", name(static_cast<RecordClass>(i)), "source"));
    }
    for (std::size_t p = 0; p < kCountOf<Purpose>; ++p)
      for (std::size_t c = 0; c < kCountOf<RecordClass>; ++c) {
        const PurposeRule& a = from_.purposes[p][c];
        const PurposeRule& b = to_.purposes[p][c];
        same(a.clause == b.clause || a.operations.empty() || b.operations.empty(), Direction::wording, b.clause,
             path("purposes", name(static_cast<Purpose>(p)), name(static_cast<RecordClass>(c)), "clause"));
      }
    for (const Never& never : to_.nevers)
      if (const Never* before = from_.find_never(never.word))
        same(before->clause == never.clause, Direction::wording, never.clause, path("never", never.word, "clause"));
    for (const Processor& after : to_.processors)
      if (const Processor* before = from_.find_processor(after.id))
        same(before->clause == after.clause && before->resolutions == after.resolutions, Direction::wording,
             after.clause, path("processors", after.id, "source"));
    const auto errata = [](const PolicyPack& pack) {
      std::string all;
      for (const Resolution& r : pack.errata) {
        for (const std::string_view clause : r.clauses) all.append(clause).append(" ");
        all.append("\n");
      }
      return all;
    };
    same(errata(from_) == errata(to_), Direction::wording, "C12-a", "errata/clauses");
    const auto assumptions = [](const PolicyPack& pack) {
      std::string all;
      for (const Assumption& a : pack.assumptions) all.append(a.pointer).append(" ").append(a.text).append("\n");
      return all;
    };
    same(assumptions(from_) == assumptions(to_), Direction::wording, "C12-a", "assumptions");
  }

  // The pack's document without its version, which alone changes nothing. Its members are in order: the pack's own
  // version is the last.
  static std::string text_of(const PolicyPack& pack) {
    std::string text = pack.canonical;
    const std::string version = "\"version\":\"" + pack.version + "\"";
    if (const std::size_t at = text.rfind(version); at != std::string::npos) text.erase(at, version.size());
    return text;
  }

  static std::string_view clause_of(Safeguard safeguard) {
    return kPostureMeet.conditions[static_cast<std::size_t>(safeguard)].clause;
  }

  // More that something depends on tightens.
  void dependencies() {
    const auto find = [](const PolicyPack& pack, const std::string& id) -> const Dependency* {
      for (const Dependency& entry : pack.dependencies)
        if (entry.id == id) return &entry;
      return nullptr;
    };
    for (const Dependency& before : from_.dependencies)
      if (find(to_, before.id) == nullptr)
        add(loosening, clause_of(before.safeguard), path("dependencies", before.id), "removed");
    for (const Dependency& after : to_.dependencies) {
      const std::string_view clause = clause_of(after.safeguard);
      const std::string where = path("dependencies", after.id);
      const Dependency* before = find(from_, after.id);
      if (before == nullptr) {
        add(tightening, clause, where, "added");
        continue;
      }
      same(before->safeguard == after.safeguard, Direction::wording, clause, path(where, "safeguard"));
      number(clause, path(where, "asked"), static_cast<int>(before->asked), static_cast<int>(after.asked),
             Tighter::smaller);
      flag(clause, path(where, "every_processor"), before->every_processor, after.every_processor, true);
      strings(clause, path(where, "claims"), before->claims, after.claims, tightening);
      strings(clause, path(where, "processors"), before->processors, after.processors, tightening);
      strings(clause, path(where, "commands"), before->commands, after.commands, tightening);
      if (before->fields.empty() != after.fields.empty())  // no list: whatever is sent
        add(after.fields.empty() ? tightening : loosening, clause, path(where, "fields"), "changed");
      else
        strings(clause, path(where, "fields"), before->fields, after.fields, tightening);
    }
  }

  void rest() {
    const SecurityRules& a = from_.security;
    const SecurityRules& b = to_.security;
    if (a.tls_minimum != b.tls_minimum)
      add(a.tls_minimum < b.tls_minimum ? tightening : loosening, "C4-b", "security/tls_minimum", "changed");
    const auto rank = [](const std::string& mode) {
      return mode == "verify-full" ? 2 : mode == "verify-ca" ? 1 : 0;
    };
    number("C4-e", "security/sslmode", rank(a.sslmode), rank(b.sslmode), Tighter::larger);
    number("C4-h", "security/bcrypt_cost", a.bcrypt_cost, b.bcrypt_cost, Tighter::larger);
    number("C4-g", "security/backup_max_age_hours", a.backup_max_age_hours, b.backup_max_age_hours,
           Tighter::smaller);
    number("C5-i", "security/url_ttl_seconds", a.url_ttl_seconds, b.url_ttl_seconds, Tighter::smaller);
    same(a.storage_country == b.storage_country, loosening, "C11-a", "security/storage_country");
    same(a.at_rest_cipher == b.at_rest_cipher && a.password_hash == b.password_hash, loosening, "C4-c",
         "security/ciphers");
    for (const RedactionChannel& channel : to_.redaction.channels)
      for (const RedactionChannel& before : from_.redaction.channels)
        if (before.name == channel.name)
          number("C1-b", path("redaction", channel.name), before.threshold, channel.threshold,
                 Tighter::smaller);
    strings("C1-b", "redaction/open_hosts", from_.redaction.open_hosts, to_.redaction.open_hosts);
    number("C3-c", "aggregation_k", from_.aggregation_k, to_.aggregation_k, Tighter::larger);
    same(from_.idempotency_hours == to_.idempotency_hours, Direction::wording, "C12-a", "idempotency_hours");
  }

  const PolicyPack& from_;
  const PolicyPack& to_;
  std::vector<PolicyChange> changes_;
};

}  // namespace

std::vector<PolicyChange> policy_changes(const PolicyPack& from, const PolicyPack& to) {
  return Differ(from, to).run();
}

bool only_tightens(const std::vector<PolicyChange>& changes) noexcept {
  return std::none_of(changes.begin(), changes.end(),
                      [](const PolicyChange& change) { return change.direction == Direction::loosening; });
}

}  // namespace connex
