#include "services/processor_terms.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "connex/egress.hpp"

namespace connex::services {
namespace {

const Processor* get(const std::optional<Processor>& p) noexcept { return p ? &*p : nullptr; }

template <class List, class Value>
bool holds(const List& list, const Value& value) {
  return std::ranges::find(list, value) != list.end();
}

// What `mine` becomes once `from` has become `to`, of a field or before the processor.
template <class... Field>
std::optional<Guard> follow_guard(Guard mine, Guard from, Guard to, Field... field) {
  if (from == to) return mine;
  return mine == from ? std::optional(to) : both_ask(field..., mine, to);
}

void follow_fields(Processor& p, const Processor& from, const Processor& to) {
  std::vector<ProcessorField> kept;
  for (const ProcessorField& field : p.fields) {
    const ProcessorField* before = from.find(field.name);
    const ProcessorField* after = to.find(field.name);
    if (before == nullptr && after == nullptr) kept.push_back(field);
    if (after == nullptr) continue;
    const auto guard =
        before ? follow_guard(field.guard, before->guard, after->guard, std::string_view(field.name)) : std::optional(after->guard);
    if (guard) kept.push_back({field.name, *guard});
  }
  for (const ProcessorField& field : to.fields)
    if (from.find(field.name) == nullptr && p.find(field.name) == nullptr) kept.push_back(field);
  p.fields = std::move(kept);
}

void follow_countries(Processor& p, const Processor& from, const Processor& to) {
  if (from.worldwide && to.worldwide && !p.worldwide) return;  // of the whole world, only which are known
  if (from.worldwide && !to.worldwide) {
    // Of a list what is on both, of the world what is left of it.
    if (!p.worldwide)
      std::erase_if(p.countries, [&](const std::string& country) { return !holds(to.countries, country); });
    else
      p.countries = to.countries;
    p.worldwide = false;
    return;
  }
  const bool takes =
      std::ranges::any_of(from.countries, [&](const std::string& c) { return !holds(to.countries, c); });
  if (!from.worldwide && !to.worldwide && takes && p.worldwide) {
    p.worldwide = false;
    p.countries = to.countries;
    return;
  }
  if (to.worldwide && !from.worldwide) p.worldwide = true;
  std::erase_if(p.countries, [&](const std::string& country) {
    return holds(from.countries, country) && !holds(to.countries, country);
  });
  for (const std::string& country : to.countries)
    if (!holds(from.countries, country) && !holds(p.countries, country)) p.countries.push_back(country);
}

// `from` without what `to` takes away, under the name that it gives: none where that leaves no country, or another
// condition before the processor.
std::optional<Processor> taken_away(const Processor* from, const Processor* to) {
  if (from == nullptr || to == nullptr) return std::nullopt;
  const std::optional<Guard> before_it = both_ask(from->guard, to->guard);
  if (!before_it) return std::nullopt;
  Processor p = *from;
  p.name = to->name;
  p.service = to->service;
  p.guard = *before_it;
  p.agreement_required = p.agreement_required || to->agreement_required;
  p.own_fiduciary = p.own_fiduciary && to->own_fiduciary;
  p.purposes = p.purposes - (p.purposes - to->purposes);
  std::vector<ProcessorField> fields;
  for (const ProcessorField& field : p.fields)
    if (const ProcessorField* after = to->find(field.name))
      if (const auto condition = both_ask(field.name, field.guard, after->guard)) fields.push_back({field.name, *condition});
  p.fields = std::move(fields);
  if (to->worldwide) return p;
  std::vector<std::string> countries = to->countries;
  if (!p.worldwide)
    std::erase_if(countries, [&](const std::string& country) { return !holds(p.countries, country); });
  if (countries.empty()) return std::nullopt;
  p.countries = std::move(countries);
  p.worldwide = false;
  return p;
}

// What of the listed terms may be used while customers know what is used.
ProcessorTerms hold(std::optional<Processor> listed, std::optional<Processor> used) {
  if (!listed || !used) return {std::move(listed), std::nullopt};
  used = material_changes(&*used, *listed).empty() ? listed : held_to(*used, *listed);
  return {std::move(listed), std::move(used)};
}

// Of a line in which something waits, what `told` has the same or more of is used.
void release(ProcessorTerms& line, const Processor& told) {
  if (!line.listed || !line.waits()) return;
  const Processor& listed = *line.listed;
  const bool covers = both_ask(told.guard, listed.guard) == listed.guard;
  if (!line.used && !covers) return;
  Processor used = line.used ? *line.used : listed;
  if (!line.used) {
    used.purposes = {};
    used.fields.clear();
    used.countries.clear();
    used.worldwide = false;
  }
  if (covers) used.guard = listed.guard;
  std::vector<ProcessorField> fields;
  for (const ProcessorField& field : listed.fields) {
    const ProcessorField* known = told.find(field.name);
    if (known != nullptr && both_ask(field.name, known->guard, field.guard) == field.guard)
      fields.push_back(field);
    else if (const ProcessorField* before = used.find(field.name))
      fields.push_back(*before);
  }
  used.fields = std::move(fields);
  used.purposes = used.purposes | (listed.purposes - (listed.purposes - told.purposes));
  for (const std::string& country : listed.countries)
    if (!holds(used.countries, country) && (told.worldwide || holds(told.countries, country)))
      used.countries.push_back(country);
  used.worldwide = used.worldwide || (listed.worldwide && told.worldwide);
  if (listed.name == told.name) used.name = told.name;
  if (listed.service == told.service) used.service = told.service;
  used.own_fiduciary = used.own_fiduciary || (listed.own_fiduciary && told.own_fiduciary);
  if (used.countries.empty() && !used.worldwide) return;
  line = hold(std::move(line.listed), std::move(used));
}

void engage(std::vector<ProcessorTerms>& lines, const EngagedChange& change) {
  if (change.published && change.to) {
    for (ProcessorTerms& line : lines) release(line, *change.to);
    return;
  }
  const std::optional<Processor> from = change.from ? *change.from : widest(lines);
  for (ProcessorTerms& line : lines)
    line = hold(follow(std::move(line.listed), get(from), get(change.to)),
                follow(std::move(line.used), get(from), get(change.to)));
}

}  // namespace

bool ProcessorTerms::waits() const { return listed && !material_changes(get(used), *listed).empty(); }

bool same_terms(const Processor* a, const Processor* b) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr) return false;
  const auto same_fields = [](const Processor& x, const Processor& y) {
    return std::ranges::all_of(x.fields, [&](const ProcessorField& field) {
      const ProcessorField* other = y.find(field.name);
      return other != nullptr && other->guard == field.guard;
    });
  };
  return a->id == b->id && a->name == b->name && a->service == b->service && a->clause == b->clause &&
         a->purposes == b->purposes && a->guard == b->guard && a->worldwide == b->worldwide &&
         a->agreement_required == b->agreement_required && a->own_fiduciary == b->own_fiduciary &&
         a->fields.size() == b->fields.size() && same_fields(*a, *b) &&
         a->countries.size() == b->countries.size() &&
         std::ranges::is_permutation(a->countries, b->countries);
}

std::optional<Processor> follow(std::optional<Processor> p, const Processor* from, const Processor* to) {
  if (to == nullptr) return from != nullptr ? std::nullopt : std::move(p);
  if (from == nullptr) return *to;
  if (!p || same_terms(&*p, from)) return p ? std::optional(*to) : std::nullopt;
  const std::optional<Guard> guard = follow_guard(p->guard, from->guard, to->guard);
  if (!guard) return std::nullopt;
  p->guard = *guard;
  if (from->name != to->name) p->name = to->name;
  if (from->service != to->service) p->service = to->service;
  if (from->clause != to->clause) p->clause = to->clause;
  if (from->agreement_required != to->agreement_required) p->agreement_required = to->agreement_required;
  if (from->own_fiduciary != to->own_fiduciary) p->own_fiduciary = to->own_fiduciary;
  p->purposes = (p->purposes - (from->purposes - to->purposes)) | (to->purposes - from->purposes);
  follow_fields(*p, *from, *to);
  follow_countries(*p, *from, *to);
  if (p->countries.empty() && !p->worldwide) return std::nullopt;
  return p;
}

ProcessorTerms tightened(ProcessorTerms line, const Processor* was, const Processor* listed) {
  if (same_terms(was, listed)) return line;
  return hold(follow(std::move(line.listed), was, listed), std::move(line.used));
}

ProcessorTerms published(ProcessorTerms line, const Processor* was, const Processor* listed) {
  if (same_terms(was, listed)) return line;
  return hold(listed ? std::optional(*listed) : std::nullopt, std::move(line.used));
}

std::optional<Processor> widest(std::span<const ProcessorTerms> lines) {
  std::optional<Processor> all;
  for (std::size_t i = lines.size(); i-- > 0;) {
    if (!lines[i].used) continue;
    const Processor& other = *lines[i].used;
    if (!all) {
      all = other;
      continue;
    }
    for (const ProcessorField& field : other.fields) {
      const auto same = std::ranges::find(all->fields, field.name, &ProcessorField::name);
      if (same == all->fields.end())
        all->fields.push_back(field);
      else if (both_ask(field.name, field.guard, same->guard) == same->guard)
        same->guard = field.guard;
    }
    for (const std::string& country : other.countries)
      if (!holds(all->countries, country)) all->countries.push_back(country);
    all->purposes = all->purposes | other.purposes;
    if (both_ask(other.guard, all->guard) == all->guard) all->guard = other.guard;
    all->worldwide = all->worldwide || other.worldwide;
    all->agreement_required = all->agreement_required && other.agreement_required;
    all->own_fiduciary = all->own_fiduciary || other.own_fiduciary;
  }
  return all;
}

std::vector<ProcessorTerms> processor_terms(std::span<const PolicyVersion> versions,
                                            std::span<const EngagedChange> engaged, std::string_view id) {
  std::vector<ProcessorTerms> lines;
  const PolicyVersion* before = nullptr;
  for (const PolicyVersion& version : versions) {
    if (before == nullptr) {
      const Processor* listed = version.filed.pack->find_processor(id);
      const std::optional<Processor> first = listed ? std::optional(*listed) : std::nullopt;
      lines.push_back({first, first});
    } else {
      lines.push_back(lines.back());
      // What the version takes away goes from every line, of what the one before lists and of what was engaged beside it.
      const Processor* listed = before->filed.pack->find_processor(id);
      const Processor* next = version.filed.pack->find_processor(id);
      const std::optional<Processor> engaged_beside = lines.back().listed;
      const auto take = [&](const Processor* from) {
        const std::optional<Processor> left = taken_away(from, next);
        for (ProcessorTerms& line : lines) line = tightened(std::move(line), from, get(left));
      };
      if (!same_terms(listed, next)) {
        take(listed);
        if (!same_terms(listed, get(engaged_beside))) take(get(engaged_beside));
      }
      for (std::size_t i = 0; i < lines.size(); ++i) {
        const PolicyPack& was = *before->lines[std::min(i, before->lines.size() - 1)].pack;
        const PolicyPack& is = *version.lines[i].pack;
        const auto& move = i + 1 == lines.size() ? published : tightened;
        if (&was != &is) lines[i] = move(std::move(lines[i]), was.find_processor(id), is.find_processor(id));
      }
    }
    before = &version;
    const bool last = &version == &versions.back();
    for (; !engaged.empty() && (last || engaged.front().under <= version.number);
         engaged = engaged.subspan(1))
      engage(lines, engaged.front());
  }
  return lines;
}

}  // namespace connex::services
