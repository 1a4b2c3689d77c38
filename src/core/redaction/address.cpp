// Postal addresses: a stretch of parts (house, building, street, locality, landmark, city, PIN), each a piece
// of evidence; kinds of evidence add up, repetition does not.
#include <algorithm>
#include <array>

#include "core/redaction/detect.hpp"

namespace connex::redaction {
namespace {

// `bare` is a number that may be a house's, or a room's: alone with a city or a floor it says nothing.
// `quarter` is a part between commas that is a name and nothing else: it says something behind the others alone.
enum Part : std::size_t { house, building, street, locality, landmark, city, pin, floor_no, bare, quarter, parts };
constexpr std::array<float, parts> kWorth = {1.8F, 1.3F, 1.4F, 1.0F, 0.9F, 1.0F, 1.7F, 0.9F, 1.8F, 1.0F};
constexpr float kNamedHouse = 2.0F;     // "Flat 12"
constexpr float kNumberedHouse = 3.0F;  // "Plot No 12", "H.No 6-3-1090", which nothing else is called
constexpr float kZone = 1.6F;           // "Chennai 34"

class Addresses {
 public:
  explicit Addresses(Scan& scan) : scan_(scan), tokens_(scan.tokens) {}

  void run() {
    std::size_t i = 0;
    while (i < tokens_.size()) i = stretch(i);
  }

 private:
  bool digits(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == TokenKind::digits; }
  bool word_is(std::size_t i, std::string_view text) const {
    return i < tokens_.size() && tokens_[i].letters() && scan_.view(tokens_[i]) == text;
  }
  bool number_word(std::size_t i) const {
    return word_is(i, "no") || word_is(i, "number") || word_is(i, "nambar") || word_is(i, "nanbar") ||
           word_is(i, "num") || word_is(i, "nan") || word_is(i, "nos") || word_is(i, "kramaank") || word_is(i, "en");
  }

  // Written as a name is. Scripts without capitals write every word like one.
  bool capital(const Token& t) const {
    return scan_.capital(t) || (static_cast<unsigned char>(scan_.raw[scan_.text.first(t.begin)]) >= 0xE0 &&
                                t.letters() && (t.row || !t.has(kCommon)));
  }

  // An address was announced at most `reach` tokens before i.
  bool cued(std::size_t i, std::size_t reach) const { return cued_ != 0 && i + 1 - cued_ <= reach; }

  // A name begins at i.
  bool name_at(std::size_t i) const {
    return i < tokens_.size() && tokens_[i].letters() && tokens_[i].spaces != 2 &&
           (capital(tokens_[i]) || (cued(i, 12) && !tokens_[i].has(kCommon)) ||
            tokens_[i].has(kStreet | kLocality | kBuilding | kCity));
  }

  // "12, Gandhi Road": a name, right after or behind a comma.
  bool goes_on_with_name(std::size_t end) const {
    if (end < tokens_.size() && tokens_[end].is(',') && tokens_[end].size() == 1)
      return name_at(end + 1) || ordinal_street(end + 1) != 0;
    return end < tokens_.size() && tokens_[end].spaces == 1 && name_at(end);
  }

  // The first digits after "no" and marks from i on, or the end.
  std::size_t numbered(std::size_t i) const {
    std::size_t k = i;
    for (int steps = 0; k < tokens_.size() && steps < 4; ++steps) {
      if (number_word(k) || tokens_[k].is('.') || tokens_[k].is('#') || tokens_[k].is(':') || tokens_[k].is('-'))
        ++k;
      else
        break;
    }
    return digits(k) && tokens_[k].spaces != 2 ? k : tokens_.size();
  }

  // The evidence at token i: its kind and the token after it. `parts` when there is none.
  struct Evidence {
    Part part = parts;
    std::size_t first = 0;
    std::size_t end = 0;
    float worth = 0;  // where it is not that of its kind
  };

  // "6-3-1090/A": how houses are numbered in Telangana and Andhra; no date is. The token after it, or 0.
  std::size_t three_numbers(std::size_t i) const {
    if (!digits(i) || i + 4 >= tokens_.size() || tokens_[i].size() > 2 || tokens_[i].leet || tokens_[i].glued) return 0;
    for (const std::size_t k : {i + 1, i + 3}) {
      if (!tokens_[k].is('-') || tokens_[k].size() != 1 || tokens_[k].spaces != 0 || !digits(k + 1) ||
          tokens_[k + 1].spaces != 0 || tokens_[k + 1].leet)
        return 0;
    }
    if (tokens_[i + 2].size() > 3 || tokens_[i + 4].size() > 4) return 0;
    // "4-1-22" may be a date, "50-78-2" a substance.
    const bool date = tokens_[i + 2].size() <= 2 && (tokens_[i + 4].size() <= 2 || year(i + 4));
    return date ? 0 : number_end(i);
  }

  bool year(std::size_t i) const {
    if (!digits(i) || tokens_[i].size() != 4) return false;
    const Chars v = scan_.view(tokens_[i]);
    return (v[0] == '1' && v[1] == '9') || (v[0] == '2' && v[1] == '0');
  }

  // A number that a name follows where a sentence, a line or a part of one begins: "14 Nungambakkam High Road".
  bool opens_part(std::size_t i) const {
    if (i == 0) return !scan_.cut;
    if (tokens_[i].spaces == 2) return true;
    const Token& before = tokens_[i - 1];
    return before.is(':') || before.is(',') || before.is('"') || before.is('(') || (before.is('-') && before.spaces != 0) ||
           (before.is('.') && tokens_[i].spaces != 0 && i > 1 && tokens_[i - 2].size() > 3) || word_is(i - 1, "at") ||
           word_is(i - 1, "is") || word_is(i - 1, "to");
  }

  // "4th Line", "3rd Cross": the token after it, or 0.
  std::size_t ordinal_street(std::size_t i) const {
    if (!digits(i) || tokens_[i].size() > 2 || i + 2 >= tokens_.size() || !tokens_[i + 1].glued ||
        tokens_[i + 1].size() != 2 || !tokens_[i + 2].letters() || tokens_[i + 2].spaces != 1)
      return 0;
    const Chars v = scan_.view(tokens_[i + 2]);
    if (!(v == "line" || v == "phase" || v == "stage" || v == "block" || v == "lane" || v == "cross" || v == "main" ||
          v == "kraas"))
      return 0;
    return capital(tokens_[i + 2]) || cued(i, 16) || v == "cross" || v == "line" ? i + 3 : 0;
  }

  bool acronym(const Token& t) const {
    const char second = scan_.raw[scan_.text.first(t.begin + 1)];
    return second >= 'A' && second <= 'Z';
  }

  // Right after the comma at i: names and nothing else up to the next mark. The token after them, or 0.
  std::size_t named_part(std::size_t i) const {
    if (!tokens_[i].is(',') || tokens_[i].size() != 1) return 0;
    std::size_t k = i + 1;
    bool unknown = false;
    while (k < tokens_.size() && k <= i + 4 && tokens_[k].letters() && tokens_[k].spaces == 1) {
      const Token& t = tokens_[k];
      if (!capital(t) || t.has(kHonorific | kMonth | kPhoneNeg | kPlatform) ||
          (t.has(kCommon | kUnit) && !t.has(kPlace | kBuilding)))
        return 0;
      unknown = unknown || (t.word == nullptr && t.size() >= 4 && !acronym(t));
      ++k;
    }
    // What has a name of its own counts as that.
    if (!unknown || k == i + 1 || tokens_[k - 1].has(kStreet | kLocality | kBuilding | kCity | kHouse | kFloor) ||
        tokens_[i + 1].has(kLandmark | kCity))
      return 0;
    const bool ends = k >= tokens_.size() || tokens_[k].spaces == 2 || tokens_[k].is(',') || tokens_[k].is('.') ||
                      tokens_[k].is(';') || tokens_[k].is('-') || tokens_[k].is('(') || digits(k) ||
                      (tokens_[k].letters() && !capital(tokens_[k])) || tokens_[k].kind == TokenKind::symbol;
    return ends ? k : 0;
  }

  // "Dilsukhnagar": a name that ends like those of quarters do.
  bool quarter_name(const Token& t) const {
    if (t.word != nullptr || t.size() < 7 || !t.letters() || !capital(t)) return false;
    const std::string_view v = scan_.view(t);
    constexpr std::string_view kEnds[] = {"nagar", "nagara", "puram", "palli", "pally", "palle",  "halli", "guda",
                                          "gudem", "peta",   "pet",   "ganj",  "gunj",  "bagh",   "wadi",  "abad",
                                          "pura",  "vihar",  "kunj",  "colony", "palya", "pakkam", "cheri", "kovil"};
    return std::ranges::any_of(kEnds, [&](std::string_view end) { return v.ends_with(end); });
  }

  Evidence evidence(std::size_t i) const {
    const Token& t = tokens_[i];
    // "C/o Sharma"
    if (t.letters() && t.size() == 1 && i + 2 < tokens_.size() && scan_.view(t) == "c" &&
        tokens_[i + 1].is('/') && scan_.view(tokens_[i + 2]) == "o")
      return {house, i, i + 3};
    if (t.is('#') && digits(i + 1) && tokens_[i + 1].spaces == 0 && tokens_[i + 1].size() <= 5)
      return {house, i, number_end(i + 1)};
    if (digits(i)) {
      if (const std::size_t end = pin_code(i); end != 0) return {pin, i, end};
      // "2nd floor", "12/3, MG Road"
      if (i + 2 < tokens_.size() && tokens_[i + 1].glued && tokens_[i + 2].has(kFloor))
        return {floor_no, i, i + 3};
      if (i + 1 < tokens_.size() && tokens_[i + 1].has(kFloor)) return {floor_no, i, i + 2};
      if (const std::size_t end = three_numbers(i); end != 0 && goes_on_with_name(end))
        return {house, i, end, kNamedHouse};
      if (const std::size_t end = ordinal_street(i); end != 0) return {street, i, end};
      const std::size_t end = number_end(i);
      if (end > i + 1 && t.size() <= 4 && !t.glued && end < tokens_.size() &&
          (tokens_[end].is(',') || tokens_[end].spaces == 2 ||
           (t.spaces != 0 && tokens_[end].letters() && capital(tokens_[end]) && cued_ != 0 && i - cued_ < 8)))
        return {house, i, end};
      // "45, Gomti Nagar"
      const bool counted = i > 0 && tokens_[i - 1].has(kAddressCue) && !tokens_[i - 1].has(kAnnounces);  // "visit 4"
      if (t.size() <= 4 && !t.leet && !t.glued && (i == 0 || !tokens_[i - 1].is('.')) && cued(i, 8) && !counted &&
          goes_on_with_name(end) && !(end < tokens_.size() && tokens_[end].has(kUnit)))
        return {bare, i, end};
      // Without a word for it, what follows has to say it.
      if (heading_ && t.size() <= 4 && !t.leet && !t.glued && !counted && opens_part(i) && goes_on_with_name(end) &&
          end < tokens_.size() && !tokens_[end].has(kUnit | kMonth))
        return {bare, i, end};
      return {};
    }
    if (const Evidence house_of = numbered_house(i); house_of.part != parts) return house_of;
    if (const Evidence place = named_place(i); place.part != parts) return place;
    if (quarter_name(t) && i > 0 && (tokens_[i - 1].is(',') || tokens_[i].spaces == 2)) return {locality, i, i + 1};
    if (!t.letters() || t.word == nullptr) return block_number(i);
    if (!t.has(kPinCue | kHouse | kFloor | kLandmark | kStreet | kBuilding | kCity | kLocality) &&
        t.size() > 2)
      return {};
    if (t.has(kPinCue)) {
      std::size_t k = i + 1;
      for (int steps = 0; k < tokens_.size() && steps < 4 && !digits(k); ++steps) {
        const Chars v = scan_.view(tokens_[k]);
        if (tokens_[k].kind != TokenKind::punct && v != "code" && v != "no" && v != "is" && v != "number")
          break;
        ++k;
      }
      if (digits(k)) {
        if (const std::size_t end = pin_code(k); end != 0) return {pin, i, end};
      }
    }
    if (t.has(kHouse)) {
      std::size_t k = i + 1;
      for (int steps = 0; k < tokens_.size() && steps < 4; ++steps) {
        const Chars v = scan_.view(tokens_[k]);
        if (tokens_[k].is('.') || tokens_[k].is('#') || tokens_[k].is(':') || tokens_[k].is('-') ||
            v == "no" || v == "number" || v == "nambar" || v == "nanbar" || v == "num")
          ++k;
        else
          break;
      }
      if (cued(i, 8) && k < tokens_.size() && tokens_[k].kind == TokenKind::number && k > i + 1 &&
          tokens_[k].word->role < NumberRole::repeat)
        return {house, i, k + 1};  // "door number fourteen"
      if (k < tokens_.size() && tokens_[k].letters() && tokens_[k].size() <= 2 && k + 1 < tokens_.size() &&
          (tokens_[k + 1].is('-') || tokens_[k + 1].is('/') || tokens_[k + 1].glued) &&
          digits(tokens_[k + 1].glued ? k + 1 : k + 2))
        k = tokens_[k + 1].glued ? k + 1 : k + 2;
      if (digits(k) && tokens_[k].size() <= 5 && tokens_[k].spaces != 2 &&
          !(k + 1 < tokens_.size() && tokens_[k + 1].has(kUnit) && tokens_[k + 1].size() > 1 &&
            !capital(tokens_[k + 1]))) {
        std::size_t first = i;
        const Chars v = scan_.view(t);
        if (v == "no" || v == "floor" || (k == i + 1 && year(k))) return {};
        if (i >= 2 && tokens_[i - 1].is('.') && scan_.view(tokens_[i - 2]) == "h") first = i - 2;
        const bool other = v == "survey" || v == "unit" || v == "premises" || v == "quarter" || v == "quarters" ||
                           v == "door" || v == "shop";
        const bool numbers = !other && (v == "hno" || number_word(i + 1) || three_numbers(k) != 0);
        return {house, first, number_end(k), other ? 0.0F : numbers ? kNumberedHouse : kNamedHouse};
      }
    }
    // "H.No. 11-7-61/A", "D. No. 4", "H No 1-8-303"
    if (scan_.view(t) == "no" && i >= 1) {
      const std::size_t letter = tokens_[i - 1].is('.') ? i - 2 : i - 1;
      const bool known = letter < i && (word_is(letter, "h") || word_is(letter, "d") || word_is(letter, "f"));
      std::size_t k = i + 1;
      while (k < tokens_.size() && tokens_[k].kind == TokenKind::punct && k < i + 3) ++k;
      if (known && digits(k) && tokens_[k].size() <= 5)
        return {house, letter, number_end(k), goes_on_with_name(number_end(k)) ? kNumberedHouse : 0.0F};
    }
    if (t.has(kFloor) && i > 0) return {floor_no, i - 1, i + 1};
    if (t.has(kLandmark)) {
      if (scan_.view(t) == "side" && i > 0 && (tokens_[i - 1].has(kPlace) || named(tokens_[i - 1])))
        return {landmark, i, i + 1};
      if (scan_.view(t) == "ke" && i + 1 < tokens_.size() && tokens_[i + 1].has(kLandmark) && i > 0 &&
          (tokens_[i - 1].has(kPlace) || capital(tokens_[i - 1])))
        return {landmark, i, i + 2};
      const bool part = i > 0 && tokens_[i - 1].is(',');
      if (scan_.view(t) == "ke" || scan_.view(t) == "side" || scan_.view(t) == "paas" || scan_.view(t) == "off" ||
          (!part && !(i > 0 && tokens_[i - 1].has(kFloor)) && (scan_.view(t) == "above" || scan_.view(t) == "below")))
        return {};
      const std::size_t next = i + 1 < tokens_.size() && tokens_[i + 1].is('.') ? i + 2 : i + 1;  // "opp."
      return next < tokens_.size() &&
                     (capital(tokens_[next]) || tokens_[next].has(kPlace) ||
                      scan_.view(tokens_[next]) == "the" || scan_.view(tokens_[next]) == "to")
                 ? Evidence{landmark, i, next}
                 : Evidence{};
    }
    // "Lane 5", "Road No. 36"
    if ((scan_.view(t) == "lane" || scan_.view(t) == "road") && capital(t) && digits(i + 1) && tokens_[i + 1].size() <= 2)
      return {street, i, number_end(i + 1)};
    if (t.has(kStreet) && t.size() > 2 && i + 1 < tokens_.size()) {  // "gali no 4"
      std::size_t k = i + 1;
      for (int steps = 0;
           k < tokens_.size() && steps < 2 &&
           (tokens_[k].is('.') || scan_.view(tokens_[k]) == "no" || scan_.view(tokens_[k]) == "number" ||
            scan_.view(tokens_[k]) == "nambar" || scan_.view(tokens_[k]) == "nanbar");
           ++steps)
        ++k;
      if (k > i + 1 && digits(k) && tokens_[k].size() <= 3) return {street, i, k + 1};
    }
    if (t.has(kBuilding | kStreet) && name_before(i))
      return {t.has(kStreet) ? street : building, name_start(i), i + 1};
    if (t.has(kCity) && named(t)) {  // "Chennai 34", "Hyd-72"
      const std::size_t zone = i + 1 < tokens_.size() && tokens_[i + 1].is('-') ? i + 2 : i + 1;
      const bool closed = zone + 1 >= tokens_.size() || tokens_[zone + 1].spaces == 2 || tokens_[zone + 1].is('.') ||
                          tokens_[zone + 1].is(')') || tokens_[zone + 1].is('"');
      if (digits(zone) && tokens_[zone].size() <= 2 && !tokens_[zone].leet && closed) return {city, i, zone + 1, kZone};
      return {city, i, i + 1};
    }
    // "Ashirwad Bungalow"
    if (t.has(kHouse) && t.size() >= 5 && capital(t) && name_before(i) && tokens_[i - 1].word == nullptr &&
        (scan_.view(t) == "bungalow" || scan_.view(t) == "villa" || scan_.view(t) == "residence"))
      return {building, name_start(i), i + 1};
    if (t.has(kLocality) && t.size() >= 6 && i > 0 && tokens_[i - 1].is(',') && named(t))
      return {locality, i, i + 1};
    if (t.has(kLocality) && (name_before(i) || (i + 1 < tokens_.size() && digits(i + 1)))) {
      const bool numbered = !name_before(i);
      if (numbered && tokens_[i + 1].size() > 3) return {};
      return {locality, numbered ? i : name_start(i), numbered ? number_end(i + 1) : i + 1};
    }
    return block_number(i);
  }

  // "No. 7", "Old No 12/New No 34", "Room 12", "Gat No. 45", "XII/345", "TC 25/1234": what is no house's number
  // elsewhere. All but old and new numbers want a name after them.
  Evidence numbered_house(std::size_t i) const {
    const Token& t = tokens_[i];
    if (!t.letters() || t.size() > 7) return {};
    const Chars v = scan_.view(t);
    if ((v == "old" || v == "new") && number_word(i + 1)) {
      const std::size_t k = numbered(i + 1);
      if (k >= tokens_.size() || tokens_[k].size() > 4) return {};
      std::size_t end = number_end(k);
      if (end < tokens_.size() && (tokens_[end].is('/') || tokens_[end].is(','))) ++end;
      if (v == "old" && word_is(end, "new")) {
        if (const std::size_t more = numbered(end + 1); more < tokens_.size()) return {house, i, number_end(more)};
      }
      return cued(i, 8) ? Evidence{house, i, number_end(k)} : Evidence{};
    }
    const bool roman = t.size() <= 5 && v.find_first_not_of("ivxlc") == Chars::npos;
    if (roman && i + 2 < tokens_.size() && tokens_[i + 1].is('/') && tokens_[i + 1].spaces == 0 &&
        digits(i + 2) && tokens_[i + 2].spaces == 0 && tokens_[i + 2].size() <= 4 && (capital(t) || cued(i, 8))) {
      const std::size_t end = number_end(i + 2);
      return goes_on_with_name(end) ? Evidence{house, i, end} : Evidence{};
    }
    const bool named_number = v == "room" || v == "ward" || v == "wing" || v == "gat" || v == "gut" || v == "kholi" ||
                              v == "chawl" || v == "qr" || v == "qtr" || v == "sy" || v == "cabin" ||
                              v == "chamber" || v == "block" || v == "tower" || v == "dno" || v == "bldg" ||
                              v == "tc" || v == "mig" || v == "lig" || v == "hig" || v == "en" || v == "ghar" || v == "baadi" || v == "inti" ||
                              v == "kadavu" || v == "dukaan";
    // "Tower B, 1902"
    if ((v == "tower" || v == "block" || v == "wing" || v == "bldg") && cued(i, 8) && i + 3 < tokens_.size() &&
        tokens_[i + 1].letters() && tokens_[i + 1].size() == 1 && scan_.capital(tokens_[i + 1])) {
      const std::size_t k = tokens_[i + 2].is(',') || tokens_[i + 2].is('-') ? i + 3 : i + 2;
      if (digits(k) && tokens_[k].size() >= 2 && tokens_[k].size() <= 4 && tokens_[k].spaces != 2 && goes_on_with_name(number_end(k)))
        return {house, i, number_end(k), kNamedHouse};
    }
    const bool no = (v == "no" || v == "number" || v == "nan") && !(i > 0 && tokens_[i - 1].is('.') && t.spaces == 0);  // "H.No."
    if (!named_number && !(no && ((i == 0 && !scan_.cut) || t.spaces == 2 || tokens_[i - 1].is(',') || tokens_[i - 1].is(':') ||
                                  tokens_[i - 1].is('-') || opens_part(i) || cued(i, 4))))
      return {};
    const std::size_t k = numbered(i + (no ? 0 : 1));
    if (k >= tokens_.size() || tokens_[k].size() > 5 || tokens_[k].leet) return {};
    const std::size_t end = number_end(k);
    if (end < tokens_.size() && tokens_[end].has(kUnit)) return {};
    if (!goes_on_with_name(end)) return {};
    const bool sure = v == "mig" || v == "lig" || v == "hig" || v == "gat" || v == "kholi" || v == "qr" || v == "qtr" || (v == "tc" && end > k + 1);
    return {sure ? house : bare, i, end, sure ? kNamedHouse : 0.0F};
  }

  // "Tal. Shirur", "Dist. Pune", "At & Post Shirur", "VPO Sahnewal": a name after the kind of place.
  Evidence named_place(std::size_t i) const {
    const Token& t = tokens_[i];
    if (!t.letters() || t.size() > 8) return {};
    const Chars v = scan_.view(t);
    std::size_t k = i + 1;
    bool head = v == "vpo";
    if (v == "at" && k < tokens_.size()) {
      if (tokens_[k].is('&') || tokens_[k].is('/') || tokens_[k].is('-') || word_is(k, "and")) ++k;
      if (!word_is(k, "post") && !word_is(k, "po")) return {};
      ++k;
      head = true;
    }
    if (!head && !(v == "tal" || v == "taluka" || v == "taluk" || v == "tq" || v == "dist" || v == "distt" ||
                   v == "district" || v == "teh" || v == "tehsil" || v == "village" || v == "vill" || v == "mandal" ||
                   v == "mohalla"))
      return {};
    for (int steps = 0; k < tokens_.size() && steps < 2 && !tokens_[k].letters() && tokens_[k].spaces != 2; ++steps) {
      if (!(tokens_[k].is('.') || tokens_[k].is(':') || tokens_[k].is('-') || tokens_[k].is('&'))) return {};
      ++k;
    }
    if (head ? k >= tokens_.size() || !(capital(tokens_[k]) || cued(i, 12)) || tokens_[k].has(kCommon)
             : k >= tokens_.size() || !capital(tokens_[k]) || tokens_[k].spaces == 2)
      return {};
    return {head ? house : tokens_[k].has(kCity) ? city : locality, i, k + 1};
  }

  // Written like a name: a capital, or anything once an address was announced.
  bool named(const Token& t) const { return capital(t) || cued_near(t); }
  bool cued_near(const Token& t) const {
    return cued_ != 0 && static_cast<std::size_t>(&t - tokens_.data()) - (cued_ - 1) <= 28;
  }

  bool block_landmark(std::size_t i) const {  // "B/h", which nothing else means
    return tokens_[i].size() == 1 && tokens_[i + 1].is('/');
  }

  // "17.4375, 78.4482": a place by its degrees, to a few metres, in India. The token after it, or 0.
  std::size_t coordinates(std::size_t i) const {
    const auto degree = [&](std::size_t k, char least, char most) {
      return digits(k) && tokens_[k].size() == 2 && scan_.view(tokens_[k])[0] >= least && scan_.view(tokens_[k])[0] <= most &&
             k + 2 < tokens_.size() && tokens_[k + 1].is('.') && tokens_[k + 1].spaces == 0 && digits(k + 2) &&
             tokens_[k + 2].spaces == 0 && tokens_[k + 2].size() >= 4;
    };
    if (!degree(i, '0', '3')) return 0;
    std::size_t k = i + 3;
    for (int steps = 0; steps < 3 && k < tokens_.size() && !digits(k); ++steps, ++k) {
      if (tokens_[k].kind != TokenKind::punct && tokens_[k].kind != TokenKind::symbol && tokens_[k].size() != 1) return 0;
    }
    return degree(k, '6', '9') ? k + 3 : 0;
  }

  // "B-204", "AE-45", "B-7/12": a letter or two and a number, as flats and plots are named.
  Evidence block_number(std::size_t i) const {
    const Token& t = tokens_[i];
    if (!t.letters() || t.size() > 2 || t.glued || i + 2 >= tokens_.size()) return {};
    // "b/h": behind
    if (t.size() == 1 && scan_.view(t) == "b" && tokens_[i + 1].is('/') && word_is(i + 2, "h") && i + 3 < tokens_.size() &&
        tokens_[i + 1].spaces == 0 && tokens_[i + 2].spaces == 0 && capital(tokens_[i + 3]))
      return {landmark, i, i + 3};
    // "A 604, Kumar Park"
    if (t.size() == 1 && scan_.capital(t) && digits(i + 1) && tokens_[i + 1].spaces == 1 && tokens_[i + 1].size() >= 3 &&
        tokens_[i + 1].size() <= 4 && cued(i, 6) && tokens_[i + 2].is(',') && name_at(i + 3))
      return {house, i, i + 2};
    if (t.size() == 2 && !cued(i, 8)) return {};
    if (!(tokens_[i + 1].is('-') || tokens_[i + 1].is('/')) || !digits(i + 2) || tokens_[i + 1].spaces != 0 ||
        tokens_[i + 2].spaces != 0 || tokens_[i + 2].size() > 4)
      return {};
    const std::size_t end = number_end(i + 2);
    if (end >= tokens_.size()) return {};
    const Token& next = tokens_[end];
    return next.is(',') || next.spaces == 2 || capital(next) || digits(end) || goes_on_with_name(end)
               ? Evidence{house, i, end}
               : Evidence{};
  }

  bool name_before(std::size_t i) const {
    if (i == 0) return false;
    const Token& before = tokens_[i - 1];
    if (tokens_[i].spaces == 2 || before.kind == TokenKind::hidden) return false;
    if (before.kind == TokenKind::digits) return before.size() <= 4;
    if (before.letters() && before.glued) return true;  // "2nd Cross"
    return before.letters() &&
           (capital(before) || (before.word == nullptr && cued_ != 0 && i - cued_ < 24)) &&
           !before.has(kHonorific) && (!before.has(kCommon) || before.has(kPlace) || named_high(i - 1));
  }

  // "Nungambakkam High Road": an ordinary word with a capital behind a name with one.
  bool named_high(std::size_t i) const {
    return i > 0 && scan_.capital(tokens_[i]) && tokens_[i].spaces == 1 && tokens_[i - 1].letters() &&
           tokens_[i - 1].word == nullptr && scan_.capital(tokens_[i - 1]);
  }

  // Capitalised words that belong to the name ending at i.
  std::size_t name_start(std::size_t i) const {
    std::size_t k = i;
    for (int steps = 0; k > 0 && steps < 4; ++steps) {
      const Token& before = tokens_[k - 1];
      if (tokens_[k].spaces == 2) break;
      const bool initial = before.is('.') && before.spaces == 0 && k >= 2 && tokens_[k - 2].size() <= 2 &&
                           capital(tokens_[k - 2]);
      const bool named = before.letters() && capital(before) && !before.has(kAddressCue | kHonorific);
      const bool number = before.kind == TokenKind::digits && before.size() <= 4;
      if (!initial && !named && !number && !before.glued) break;
      --k;
    }
    return k < i ? k : (i > 0 ? i - 1 : i);
  }

  // One letter of another script, in two of ours.
  bool short_letter(std::size_t i) const {
    return tokens_[i].size() == 2 && static_cast<unsigned char>(scan_.raw[scan_.text.first(tokens_[i].begin)]) >= 0xE0;
  }

  // House numbers go on: "11-7-61/A".
  std::size_t number_end(std::size_t i) const {
    std::size_t k = i + 1;
    while (k < tokens_.size() && tokens_[k].spaces == 0 && k < i + 8) {
      if (tokens_[k].glued && tokens_[k].size() <= 2) {
        ++k;
      } else if ((tokens_[k].is('-') || tokens_[k].is('/')) && k + 1 < tokens_.size() &&
                 tokens_[k + 1].spaces == 0 &&
                 (digits(k + 1) || (tokens_[k + 1].letters() && (tokens_[k + 1].size() == 1 || short_letter(k + 1)))) &&
                 tokens_[k + 1].size() <= 4) {
        k += 2;
      } else {
        break;
      }
    }
    return k;
  }

  // Six digits, or three and three. Returns the token after, or 0.
  std::size_t pin_code(std::size_t i) const {
    const Token& t = tokens_[i];
    if (t.leet || t.glued || scan_.view(t)[0] < '1' || scan_.view(t)[0] > '8') return 0;
    if (i + 1 < tokens_.size() && tokens_[i + 1].glued) return 0;
    if (i + 2 < tokens_.size() && tokens_[i + 1].is('-') && tokens_[i + 1].spaces == 0 && digits(i + 2)) return 0;
    if (t.size() == 6) return i + 1;
    if (t.size() == 3 && digits(i + 1) && tokens_[i + 1].size() == 3 && tokens_[i + 1].spaces == 1)
      return i + 2;
    return 0;
  }

  // "home: ...", "my place is near ...", "we moved to ...", "I practise from ...": an address follows.
  bool leads_home(std::size_t i) const {
    if (!tokens_[i].letters() || i + 1 >= tokens_.size() || tokens_[i].size() < 3 || tokens_[i].size() > 10) return false;
    const Chars v = scan_.view(tokens_[i]);
    const Token& next = tokens_[i + 1];
    if (v == "home" || v == "office" || v == "house" || v == "place" || v == "chamber" || v == "room" || v == "illu" ||
        v == "clinic" || v == "hostel" || v == "residence" || v == "flat" || v == "opd" ||
        v == "mane" || v == "baari" || v == "veedu" || v == "bari")
      return next.is(':') || (next.is('-') && next.spaces != 0) || word_is(i + 1, "is") || word_is(i + 1, "hai");
    if (v == "moved" || v == "shifted" || v == "shifting" || v == "moving" || v == "relocated") return word_is(i + 1, "to");
    return (v == "practise" || v == "practice" || v == "consult" || v == "working") &&
           (word_is(i + 1, "from") || word_is(i + 1, "at"));
  }

  // Reads one stretch that starts at or after i and reports it. Returns where to go on.
  std::size_t stretch(std::size_t i) {
    if (const std::size_t end = digits(i) ? coordinates(i) : 0; end != 0) {
      scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::address, 5.0F, kEvidenceShape);
      return end;
    }
    if (tokens_[i].has(kAddressCue)) {
      cued_ = i + 1;
      // "Address: ..."
      if (tokens_[i].has(kAnnounces) && i + 1 < tokens_.size() &&
          (tokens_[i + 1].is(':') || (tokens_[i + 1].is('-') && tokens_[i + 1].spaces != 0) || word_is(i + 1, "is")))
        announced_ = i + 1;
    }
    if (leads_home(i)) cued_ = i + 1;
    if (tokens_[i].has(kVenue) && numbered_house(i).part == parts) venue_ = i + 1;
    if (tokens_[i].has(kFirm)) firm_ = i + 1;
    heading_ = true;
    const Evidence head = evidence(i);
    heading_ = false;
    if (head.part == parts) return i + 1;
    std::array<bool, parts> seen{};
    std::array<float, parts> worth = kWorth;
    const auto weigh = [&](const Evidence& found) {
      if (found.worth != 0) worth[found.part] = seen[found.part] ? std::max(worth[found.part], found.worth) : found.worth;
      seen[found.part] = true;
    };
    std::size_t repeats = 0;
    std::size_t last = head.end;
    std::size_t k = head.end;
    std::size_t idle = 0;
    bool venue = (venue_ != 0 && i - (venue_ - 1) <= 5) || (firm_ != 0 && i - (firm_ - 1) <= 8);
    // A landmark goes on to the end of its part: "near the old bus stand".
    const auto go_on = [&] {
      for (int words = 0; words < 6 && k < tokens_.size() && tokens_[k].letters() && tokens_[k].spaces == 1 &&
                          (capital(tokens_[k]) || tokens_[k].has(kPlace) || scan_.view(tokens_[k]) == "the");
           ++words)
        last = ++k;
      if (k < tokens_.size() && digits(k) && tokens_[k].size() <= 3 && tokens_[k].spaces == 1) last = ++k;
    };
    weigh(head);
    if (head.part == landmark && block_landmark(i)) go_on();
    while (k < tokens_.size() && idle <= 6 && k < i + 96) {
      const Token& t = tokens_[k];
      if (t.kind == TokenKind::hidden || t.is(';')) break;
      if (t.has(kVenue)) venue = true;
      if (t.is('.') && t.spaces == 0 && k + 1 < tokens_.size() && tokens_[k + 1].spaces != 0 &&
          (tokens_[k - 1].size() > 4 || (tokens_[k - 1].size() > 2 && tokens_[k - 1].has(kCommon)) || (digits(k - 1) && tokens_[k + 1].letters())))
        break;
      const Evidence more = evidence(k);
      if (more.part != parts && more.end > k) {
        if (seen[more.part]) ++repeats;
        weigh(more);
        k = more.end;
        last = k;
        idle = 0;
        if (more.part == landmark) go_on();
        continue;
      }
      if (const std::size_t end = named_part(k); end != 0) {
        if (seen[quarter]) ++repeats;
        seen[quarter] = true;
        last = k = end;
        idle = 0;
        continue;
      }
      // Names of places between the known words.
      const bool place =
          t.letters() && (named(t) || t.has(kPlace) || t.has(kLandmark) || scan_.view(t) == "the");
      if (t.kind == TokenKind::punct) {
      } else if (place || t.kind == TokenKind::digits) {
        ++idle;
      } else if (t.has(kLandmark)) {
        ++idle;
      } else {
        idle += 2;
      }
      ++k;
    }
    float score = 0;
    std::size_t kinds = 0;
    for (std::size_t part = 0; part < parts; ++part) {
      if (!seen[part]) continue;
      score += worth[part];
      ++kinds;
    }
    score += 0.4F * static_cast<float>(std::min<std::size_t>(repeats, 3));
    std::uint32_t bits = 0;
    const bool announced = announced_ != 0 && head.first + 1 - announced_ <= 5;
    if (cued_ != 0 && head.first + 1 - cued_ <= 8) {
      score += announced ? 2.2F : 1.2F;
      bits |= kEvidenceCue;
    }
    if (venue) score -= (bits & kEvidenceCue) != 0 ? 1.8F : 2.6F;
    // A hospital and its city are not where a doctor lives.
    if (seen[building] && !seen[house] && !seen[street] && !seen[landmark] && !seen[locality] && (bits & kEvidenceCue) == 0)
      score -= 0.8F;
    const bool places =
        seen[building] || seen[street] || seen[locality] || seen[landmark] || seen[city] || seen[quarter];
    // A number that no word announces is a house's before a road in a city, or where the PIN says so.
    if (head.part == bare && !seen[house] && (bits & kEvidenceCue) == 0 && !seen[pin] && !(seen[street] && seen[city]))
      return head.end;
    if (seen[bare] && !seen[house] && !seen[street] && !seen[locality] && !seen[pin] &&
        !(seen[building] && (bits & kEvidenceCue) != 0) &&
        !(seen[city] && (announced || (seen[quarter] && (bits & kEvidenceCue) != 0))))
      return head.end;
    if (kinds < 2 || !places ||
        (!seen[house] && !seen[bare] && !seen[pin] && !seen[street] && !seen[building] && !seen[landmark]))
      return head.end;
    std::size_t first = head.first;
    if (head.part != house && head.part != bare && head.part != pin) first = std::min(first, name_start(first + 1));
    scan_.report(tokens_[first].begin, tokens_[last - 1].end, SpanType::address, score,
                 bits | kEvidenceShape);
    return last;
  }

  Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
  bool heading_ = false;   // what is looked at would begin an address
  std::size_t cued_ = 0;   // one past the last token that announces an address
  std::size_t announced_ = 0;  // one past the last after which nothing else can follow
  std::size_t venue_ = 0;      // one past the last that speaks of a public place
  std::size_t firm_ = 0;       // one past the last that speaks of a maker or of a site of a study
};

}  // namespace

void find_addresses(Scan& scan) { Addresses(scan).run(); }

}  // namespace connex::redaction
