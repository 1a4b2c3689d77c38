#include "services/answers.hpp"

#include <boost/json/array.hpp>

namespace connex::services {
namespace {

boost::json::object to_json(const Obligation& obligation, const std::optional<Instant>& due,
                            std::string_view visit, UtcOffset offset) {
  boost::json::object object{{"do", obligation.action}, {"who", obligation.who}, {"due", nullptr}};
  if (due) object["due"] = format_instant(*due, offset);
  object["clause"] = obligation.clause;
  if (!visit.empty()) object["visit"] = visit;
  return object;
}

}  // namespace

boost::json::object to_json(const Decision& decision, const PolicyPack& policy,
                            std::span<const DueObligation> further) {
  boost::json::array reasons;
  boost::json::array unknown;
  boost::json::array missing;
  for_each_unmet(decision, [&](const Condition& condition, bool is_unknown) {
    reasons.push_back({{"code", condition.reason},
                       {"clause", condition.clause},
                       {"fact", condition.fact},
                       {"state", is_unknown ? "unknown" : "no"},
                       {"text", condition.text}});
    if (is_unknown) unknown.emplace_back(condition.fact);
    missing.emplace_back(condition.fact);
  });
  boost::json::array would_permit;
  if (!missing.empty()) would_permit.push_back(std::move(missing));
  boost::json::array obligations;
  for (const Obligation& obligation : decision.obligations())
    obligations.push_back(to_json(obligation, std::nullopt, {}, policy.offset));
  for (const DueObligation& due : further)
    obligations.push_back(to_json(due.what, due.due, due.visit, policy.offset));
  return {{"rule", decision.gate ? decision.gate->rule : std::string_view()},
          {"effect", name(decision.effect)},
          {"permitted", decision.permitted()},
          {"policy", {{"version", policy.version}, {"digest", policy.digest}}},
          {"reasons", std::move(reasons)},
          {"unknown", std::move(unknown)},
          {"would_permit", std::move(would_permit)},
          {"obligations", std::move(obligations)}};
}

boost::json::object to_json(const Error& error) {
  boost::json::object object{{"code", name(error.code)}, {"message", error.message}};
  if (!error.path.empty()) object["path"] = error.path;
  return object;
}

boost::json::object failure(const Error& error) { return {{"ok", false}, {"error", to_json(error)}}; }

boost::json::value day_or_null(const std::optional<Day>& day) {
  return day ? boost::json::value(format_day(*day)) : boost::json::value(nullptr);
}
boost::json::value instant_or_null(const std::optional<Instant>& at, UtcOffset offset) {
  return at ? boost::json::value(format_instant(*at, offset)) : boost::json::value(nullptr);
}
boost::json::value instant_or_null(const store::Row& row, std::size_t column, UtcOffset offset) {
  return instant_or_null(row.is_null(column) ? std::nullopt : std::optional(Instant{row.integer(column)}), offset);
}
boost::json::value text_or_null(std::string_view text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

}  // namespace connex::services
