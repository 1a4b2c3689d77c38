// What plain patterns find in a text, the redactor hides: e-mail addresses, URLs and PANs by RE2, in texts
// made of many pieces. The patterns are the peers' usual ones; what they take for more than it is, is named.
#include <doctest/doctest.h>
#include <re2/re2.h>

#include <random>
#include <string>
#include <vector>

#include "connex/redaction.hpp"

using namespace connex;

namespace {

struct Peer {
  const char* name;
  const char* pattern;
};
constexpr Peer kPeers[] = {
    {"email",
     R"(\b([A-Za-z0-9][A-Za-z0-9._+-]{2,}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|in|org|net|co))\b)"},
    {"url", R"((https?://[A-Za-z0-9./?=_~%&+-]*[A-Za-z0-9/]))"},
    {"pan", R"(\b([A-Z]{3}[PCHFATBLJG][A-Z][0-9]{4}[A-Z])\b)"},
};

// Literature and registries stay readable (RedactionPolicy::allowed_hosts).
bool is_open(std::string_view url) {
  for (const char* host :
       {"doi.org", "clinicaltrials.gov", "pubmed.ncbi.nlm.nih.gov", "who.int", "ctri.nic.in"})
    if (url.find(host) != std::string_view::npos) return true;
  return false;
}

std::string letters(std::mt19937& random, std::size_t count, char first) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<char>(first + random() % 26));
  return out;
}

std::string contact(std::mt19937& random) {
  constexpr const char* kHosts[] = {"gmail.com", "yahoo.co.in", "sunrise-clinic.in", "mail.hospital.org",
                                    "x.net"};
  constexpr const char* kOpen[] = {"https://doi.org/10.1016/j.jacc.2024.01.012",
                                   "https://clinicaltrials.gov/study/NCT01234567",
                                   "https://www.who.int/news/item"};
  switch (random() % 5) {
    case 0:
      return letters(random, 4 + random() % 8, 'a') + "." + letters(random, 3 + random() % 5, 'a') + "@" +
             kHosts[random() % std::size(kHosts)];
    case 1:
      return letters(random, 3 + random() % 9, 'a') + std::to_string(random() % 1000) + "@" +
             kHosts[random() % std::size(kHosts)];
    case 2:
      return "https://" + letters(random, 5 + random() % 8, 'a') + ".in/" + letters(random, 6, 'a');
    case 3: {
      constexpr char kKinds[] = "PCHFATBLJG";
      std::string pan = letters(random, 3, 'A') + kKinds[random() % 10] + letters(random, 1, 'A');
      return pan + std::to_string(1000 + random() % 9000) + letters(random, 1, 'A');
    }
    default:
      return kOpen[random() % std::size(kOpen)];
  }
}

std::string text_of(std::mt19937& random) {
  constexpr const char* kTalk[] = {"Thank you doctor, noted.",
                                   "mail me at",
                                   "the slides are on",
                                   "PAN for TDS:",
                                   "write to",
                                   "as in",
                                   "Start 500 mg BD, review after 14 days.",
                                   "see",
                                   "\n",
                                   "Regards,"};
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += kTalk[random() % std::size(kTalk)];
    text += ' ';
    if (random() % 2 == 0) text += contact(random) + (random() % 3 == 0 ? ". " : " ");
  }
  return text;
}

}  // namespace

TEST_CASE("e-mail addresses, URLs and PANs that RE2 finds are hidden") {
  std::mt19937 random(11);
  std::vector<Finding> findings;
  for (const Peer& peer : kPeers) {
    const re2::RE2 pattern(peer.pattern);
    REQUIRE(pattern.ok());
    std::size_t found = 0;
    for (int round = 0; round < 300; ++round) {
      const std::string text = text_of(random);
      REQUIRE(find_contact_details(text, {}, findings));
      re2::StringPiece rest(text);
      re2::StringPiece match;
      while (re2::RE2::FindAndConsume(&rest, pattern, &match)) {
        const std::string_view hit(match.data(), match.size());
        if (is_open(hit)) continue;
        ++found;
        const auto start = static_cast<std::size_t>(match.data() - text.data());
        const auto end = start + match.size();
        std::size_t hidden = 0;
        for (const Finding& f : findings)
          if (f.start < end && f.end > start)
            hidden += std::min<std::size_t>(f.end, end) - std::max<std::size_t>(f.start, start);
        CAPTURE(peer.name);
        CAPTURE(text.substr(start > 40 ? start - 40 : 0, 120));
        CAPTURE(std::string(hit));
        CHECK(hidden == match.size());
      }
    }
    CHECK(found > 500);
  }
}
