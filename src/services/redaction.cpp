#include "services/redaction.hpp"

#include <algorithm>
#include <bit>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "core/ascii.hpp"
#include "core/redaction/mobile.hpp"
#include "evidence/bytes.hpp"
#include "evidence/hmac.hpp"
#include "json/pointer.hpp"
#include "json/strict.hpp"
#include "services/arguments.hpp"
#include "services/command.hpp"
#include "services/try.hpp"

namespace connex::services {
namespace {

constexpr std::pair<std::string_view, std::vector<std::string> KnownLists::*> kLists[] = {
    {"phones", &KnownLists::phones},
    {"emails", &KnownLists::emails},
    {"addresses", &KnownLists::addresses},
    {"names", &KnownLists::names},
    {"organisations", &KnownLists::organisations}};

Error wrong(std::string message, std::string path) {
  return {ErrorCode::invalid_argument, std::move(message), std::move(path)};
}

Result<std::vector<std::string>> read_list(const boost::json::value& value, const std::string& path) {
  const boost::json::array* list = value.if_array();
  if (list == nullptr) return wrong("a list of strings is expected", path);
  if (list->size() > kMostKnown) return wrong("at most 256 values are allowed", path);
  std::vector<std::string> out;
  for (const boost::json::value& entry : *list) {
    const boost::json::string* text = entry.if_string();
    const std::string at = path + "/" + std::to_string(out.size());
    if (text == nullptr) return wrong("a string is expected", at);
    out.emplace_back(*text);
  }
  return out;
}

// Every value is text that can be looked for.
Result<void> check(const KnownLists& known) {
  std::vector<Finding> none;
  for (const auto& [name, list] : kLists) {
    const auto& values = known.*list;
    std::string path;
    json::append_token(path, name);
    if (values.size() > kMostKnown) return wrong("at most 256 values are allowed", path);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string at = path + "/" + std::to_string(i);
      if (values[i].find_first_not_of(" \t\r\n") == std::string::npos) return wrong("the value is empty", at);
      if (values[i].size() > kLongestKnown) return wrong("the value is longer than 512 bytes", at);
      if (!find_contact_details(values[i], {}, none)) return wrong("the value is not valid UTF-8", at);
    }
  }
  return {};
}

std::vector<std::string_view> views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// Whether a text that is the value alone would have it hidden.
bool is_hidden(std::string_view phone) {
  RedactionOptions options;
  options.known.phones = {&phone, 1};
  options.types = span_bit(SpanType::phone);
  std::vector<Finding> findings;
  return find_contact_details(phone, options, findings) && !findings.empty();
}

bool says_something(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
  });
}

}  // namespace

Result<void> check_known(const KnownLists& known) {
  CONNEX_CHECK(check(known));
  for (const auto& [name, list] : kLists)
    for (std::size_t i = 0; i < (known.*list).size(); ++i) {
      const std::string& value = (known.*list)[i];
      std::string path;
      json::append_token(path, name);
      path.append("/").append(std::to_string(i));
      if (list == &KnownLists::phones && !is_hidden(value))
        return wrong("a telephone number has at least 6 digits: fewer cannot be told from other numbers", path);
      if (!says_something(value)) return wrong("there is nothing in the value to look for", path);
    }
  return {};
}

Result<KnownLists> read_known(const boost::json::value& value) {
  const boost::json::object* object = value.if_object();
  if (object == nullptr) return wrong("an object is expected", "");
  KnownLists known;
  for (const auto& member : *object) {
    std::string path;
    json::append_token(path, member.key());
    const auto* list = std::ranges::find(kLists, std::string_view(member.key()),
                                         [](const auto& entry) { return entry.first; });
    if (list == std::end(kLists)) return wrong("unknown field", std::string("/").append(safe_name(std::string_view(member.key()))));
    CONNEX_TRY(values, read_list(member.value(), path));
    known.*(list->second) = std::move(values);
  }
  CONNEX_CHECK(check_known(known));
  return known;
}

Redactor::Redactor(const PolicyPack& pack, const RedactionChannel& channel, KnownLists known)
    : known_(std::move(known)),
      hosts_(views(pack.redaction.open_hosts)),
      phones_(views(known_.phones)),
      emails_(views(known_.emails)),
      addresses_(views(known_.addresses)),
      names_(views(known_.names)),
      organisations_(views(known_.organisations)),
      policy_(default_redaction_policy()) {
  for (float& threshold : policy_.thresholds) threshold += static_cast<float>(channel.threshold) / 100.0F;
  policy_.allowed_hosts = hosts_;
  std::uint32_t number = 0;
  for (const std::string_view& name : names_) {
    entities_.push_back({SpanType::name, ++number, {&name, 1}});
    persons_.push_back("name " + std::string(name));
  }
  ids_.reserve(known_.people.size());
  for (const KnownLists::Person& person : known_.people) {
    const std::size_t place = person.name.value_or(persons_.size());
    if (place == persons_.size()) persons_.emplace_back();
    persons_[place] = "id " + person.id;
    if (!person.speciality.empty() && !person.city.empty()) practices_.push_back({person.speciality, person.city});
    if (person.id.size() < kShortestId) continue;
    ids_.emplace_back(person.id);
    entities_.push_back({SpanType::handle, static_cast<std::uint32_t>(place) + 1, {&ids_.back(), 1}});
  }
  number = 0;
  for (const std::string_view& name : organisations_)
    entities_.push_back({SpanType::organisation, ++number, {&name, 1}});
}

Result<std::unique_ptr<const Redactor>> Redactor::make(const PolicyPack& pack, std::string_view channel,
                                                       KnownLists known) {
  CONNEX_CHECK(check(known));
  for (const RedactionChannel& entry : pack.redaction.channels)
    if (entry.name == channel)
      return std::unique_ptr<const Redactor>(new Redactor(pack, entry, std::move(known)));
  return Error{ErrorCode::not_found, "the policy has no such redaction channel", ""};
}

RedactionOptions Redactor::options() const noexcept {
  RedactionOptions options;
  options.policy = &policy_;
  options.known = {phones_, emails_, addresses_, names_, organisations_};
  return options;
}

RedactionOptions Redactor::profile_options() const noexcept {
  RedactionOptions profile = options();
  profile.types &= ~span_bit(SpanType::registration);
  return profile;
}

namespace {

// Ten letters: no digits, which could be read as part of a number.
std::string keyed_placeholder(std::string_view key, bool organisation, std::string_view who) {
  evidence::HmacSha256 mac(evidence::bytes_of(key));
  mac.update(evidence::bytes_of(std::string_view("connex placeholder 2")));
  mac.update(evidence::bytes_of(std::string_view(organisation ? "organisation " : "person ")));
  mac.update(evidence::bytes_of(who));
  const evidence::Hash hash = mac.finish();
  std::string out = organisation ? "[organisation " : "[person ";
  for (std::size_t i = 0; i < 5; ++i) {
    out += static_cast<char>('a' + (hash[i] >> 4));
    out += static_cast<char>('a' + (hash[i] & 15));
  }
  return out + "]";
}

}  // namespace

DeidentifyOptions Redactor::deidentify_options(std::string_view key) const {
  DeidentifyOptions options;
  options.redaction = this->options();
  options.redaction.known.names = {};
  options.redaction.known.organisations = {};
  options.entities = entities_;
  options.practices = practices_;
  if (!key.empty())
    options.placeholder = [key = std::string(key), persons = persons_](const VisitEntity& e) {
      const bool organisation = e.type == SpanType::organisation;
      return keyed_placeholder(key, organisation,
                               organisation ? e.spellings.front() : std::string_view(persons[e.index - 1]));
    };
  return options;
}

namespace {

// Whether the digits of a name are a mobile number; or rows of them between marks are one, in the parts that people say
// it in.
bool writes_mobile(std::string_view name) {
  constexpr std::array<std::size_t, 3> kParts[] = {{5, 5, 0}, {4, 3, 3}, {3, 3, 4}};
  using ascii::is_digit;
  using ascii::is_letter;
  std::string all;
  std::vector<std::string_view> rows;  // an empty one: letters between
  for (std::size_t i = 0; i < name.size();) {
    std::size_t end = i;
    while (end < name.size() && is_digit(name[end])) ++end;
    if (end == i) {
      if (is_letter(name[i])) rows.emplace_back();
      ++i;
      continue;
    }
    const std::string_view row = name.substr(i, end - i);
    all.append(row);
    const bool apart = (i == 0 || !is_letter(name[i - 1])) && (end == name.size() || !is_letter(name[end]));
    rows.push_back(apart ? row : std::string_view());
    i = end;
  }
  if (redaction::whole_mobile(all)) return true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (redaction::whole_mobile(rows[i])) return true;
    for (const auto& parts : kParts) {
      std::string joined;
      std::size_t n = 0;
      while (n < parts.size() && parts[n] != 0 && i + n < rows.size() && rows[i + n].size() == parts[n])
        joined.append(rows[i + n++]);
      if (redaction::whole_mobile(joined)) return true;
    }
  }
  return false;
}

// The part before the @ of an address on file is an id to many hosts, and by itself no address.
bool is_local_part(std::string_view found, std::span<const std::string_view> emails) {
  const auto bare = [](std::string_view text) {
    std::string out;
    for (const char c : text)
      if (ascii::is_alnum(c)) out += ascii::lower(c);
    return out;
  };
  return std::ranges::any_of(emails, [&](std::string_view email) { return bare(email.substr(0, email.find('@'))) == bare(found); });
}

}  // namespace

Result<bool> tells_contact(std::string_view name, const RedactionOptions& options) {
  const auto with_blanks = [&](std::string_view marks) {
    std::string spaced(name);
    std::ranges::replace_if(spaced, [&](char c) { return marks.find(c) != std::string_view::npos; }, ' ');
    return spaced;
  };
  const bool mobile = writes_mobile(name);
  std::vector<Finding> findings;
  for (const std::string& text : {std::string(name), with_blanks("_-:/"), with_blanks("_-:/.")}) {
    CONNEX_CHECK(find_contact_details(text, options, findings));
    for (const Finding& found : findings) {
      const std::string_view said = std::string_view(text).substr(found.start, found.end - found.start);
      if ((found.evidence & kEvidenceKnownValue) != 0) {
        if (!is_local_part(said, options.known.emails)) return true;
        continue;
      }
      // What random letters and digits say by chance tells nobody.
      const bool apart = std::ranges::any_of(said, [](char c) { return !ascii::is_alnum(c); });
      if (found.type == SpanType::phone && (mobile || (apart && (found.evidence & kEvidenceSpelled) != 0))) return true;
      if (found.type == SpanType::email && apart) return true;
    }
  }
  return false;
}

Result<void> check_id(const RedactionOptions& options, std::string_view id, std::string_view argument) {
  CONNEX_TRY(tells, tells_contact(id, options));
  if (tells) return invalid("an id may not be a way to reach somebody: a telephone number, an e-mail address", argument);
  RedactionOptions cards;
  cards.types = span_bit(SpanType::card);
  std::vector<Finding> findings;
  CONNEX_CHECK(find_contact_details(id, cards, findings));
  // Beside letters in one row alone: the groups of a UUID are now and then digits, and add up.
  const bool letters = std::ranges::any_of(id, ascii::is_letter);
  const bool card = std::ranges::any_of(findings, [&](const Finding& found) {
    return !letters || std::ranges::all_of(id.substr(found.start, found.end - found.start), ascii::is_digit);
  });
  return card ? Result<void>(invalid("an id may not be a card number", argument)) : Result<void>();
}

std::string_view span_name(SpanType type) noexcept {
  constexpr std::string_view kNames[kSpanTypes] = {
      "PHONE", "EMAIL", "ADDRESS", "URL",          "HANDLE", "UPI",         "AADHAAR",
      "PAN",   "GSTIN", "CARD",    "REGISTRATION", "NAME",   "ORGANISATION"};
  return kNames[static_cast<std::size_t>(type) % kSpanTypes];
}

std::string_view evidence_word(std::uint32_t bit) {
  constexpr std::string_view kWords[] = {"shape",       "checksum",     "cue",       "negative_cue",
                                         "spelled",     "separated",    "disguised", "reversed",
                                         "known_value", "conversation", "provider"};
  for (std::size_t i = 0; i < std::size(kWords); ++i)
    if (bit == 1U << i) return kWords[i];
  return {};
}

std::vector<std::string_view> evidence_words(std::uint32_t evidence) {
  std::vector<std::string_view> words;
  for (std::uint32_t rest = evidence; rest != 0; rest &= rest - 1) words.push_back(evidence_word(rest & (~rest + 1)));
  return words;
}

}  // namespace connex::services
