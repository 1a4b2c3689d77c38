// De-identification for the AI provider: contacts, then the visit's people and organisations, then what is
// left over.
#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <memory_resource>

#include "core/ascii.hpp"
#include "core/redaction/known.hpp"
#include "core/redaction/redactor.hpp"

namespace connex {
namespace {

using namespace redaction;

constexpr float kLeniency = 1.0F;
constexpr int kPasses = 4;  // until nothing forms anew of what is left beside the placeholders

struct Replacement {
  std::uint32_t start;
  std::uint32_t end;
  SpanType type;
  const VisitEntity* entity;  // nullptr: a contact detail
};

// Where a replacement stands in the text that came of it.
struct Placed {
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t start;  // in the original
  std::uint32_t stop;
};

// A place of the new text in the original: of a placeholder its start or, for the end of something, its end.
std::uint32_t original_place(const std::vector<Placed>& placed, std::uint32_t at, bool end) {
  std::uint32_t written = 0;
  std::uint32_t read = 0;
  for (const Placed& p : placed) {
    if (at < p.begin || (end && at == p.begin)) break;
    if (at < p.end || (end && at == p.end)) return end ? p.stop : p.start;
    written = p.end;
    read = p.stop;
  }
  return read + (at - written);
}

std::string default_placeholder(const VisitEntity& entity) {
  std::string text = entity.type == SpanType::organisation ? "[organisation " : "[person ";
  text.append(std::to_string(entity.index));
  text.push_back(']');
  return text;
}

bool is_one_of(Chars word, std::span<const std::string_view> words) {
  return std::ranges::find(words, std::string_view(word)) != words.end();
}

// As they are read in other scripts: "डॉ.", "डॉक्टर", "श्री".
constexpr std::string_view kTitles[] = {"do", "da", "dau", "dr", "doktar", "daktar", "daktara", "doktara", "shri",
                                        "shrimati", "prof", "pro"};
constexpr std::string_view kShortTitles[] = {"dr", "drs", "prof", "mr", "mrs", "ms", "smt", "shri", "sri"};
constexpr std::string_view kAfterNames[] = {"ji", "saab", "sahab", "saheb", "mam", "maam", "bhai", "sar", "medam"};

constexpr std::string_view kGreetings[] = {"respected", "namaste", "namaskar", "namaskara", "thank", "please", "pranam",
                                           "greetings", "noted", "sorry", "welcome", "understood", "certainly"};

// What doctors do in notes, which no list of the redactor has.
bool tells_of_a_doctor(Chars word) {
  constexpr std::string_view kVerbs[] = {
      "advised", "advises", "agreed", "agrees", "accepted", "added", "confirmed", "confirms", "decided", "explained",
      "explains", "expressed", "feels", "felt", "has", "have", "informed", "is", "mentioned", "mentions", "noted", "notes",
      "observed", "prefers", "preferred", "prescribed", "prescribes", "raised", "recommended", "recommends", "reported",
      "reports", "requested", "requests", "seemed", "stated", "suggested", "suggests", "thinks", "thought", "uses",
      "wanted", "wants", "wished", "will", "was", "were", "who", "interested", "happy", "busy", "consultation",
      "appointment", "opinion", "advice", "name", "visits", "meetings"};
  return is_one_of(word, kVerbs);
}

// What only people do, and nobody does to a drug.
constexpr std::string_view kOfPeople[] = {"agreed",  "agrees",  "said",     "says",     "asks",     "told",   "thinks",
                                          "thought", "feels",   "felt",     "prefers",  "wants",    "wanted", "promised",
                                          "wishes",  "hopes",   "believes", "replied",  "insisted", "joined", "complained"};
// A person follows.
constexpr std::string_view kToPeople[] = {"met", "asked", "told", "thanked", "informed", "briefed"};

// Capitalised words of notes that are nobody's name.
constexpr std::string_view kOrdinary[] = {
    "medical", "affairs", "advisor", "adviser", "clinical", "practice", "practices", "guideline", "guidelines", "journal", "lancet",
    "heart", "failure", "stroke", "kidney", "liver", "lung", "brain", "blood", "pressure", "sugar", "iron", "vitamin", "deficiency",
    "chronic", "acute", "severe", "mild", "primary", "secondary", "type", "stage", "grade", "phase", "arm", "group", "cohort", "disease",
    "disorder", "syndrome", "infection", "fever", "cough", "syrup", "tablet", "tablets", "capsule", "capsules", "injection",
    "inhaler", "drops", "gel", "cream", "ointment", "vaccine", "insulin", "hormone", "protein", "receptor", "binding", "mechanism",
    "action", "function", "tests", "serious", "adverse", "events", "event", "reaction", "impairment", "hepatic", "renal", "cardiac",
    "vein", "deep", "thrombosis", "pregnancy", "elderly", "children", "indian", "american", "european", "national", "international",
    "association", "society", "college", "council", "ministry", "government", "govt", "district", "general", "civil", "military", "army",
    "railway", "rural", "municipal", "corporate", "private", "public", "teaching", "university", "trust", "charitable", "memorial",
    "pharma", "pharmacy", "pharmacies", "pharmaceuticals", "healthcare", "laboratories", "labs", "limited", "company", "brand", "brands",
    "uniform", "code", "blue", "red", "act", "rules", "scheme", "mission", "pradhan", "mantri", "yojana", "conference", "congress", "summit", "workshop",
    "continuing", "education", "credit", "credits", "webinar", "prevention", "management", "treatment", "therapy", "protocol", "outcome",
    "outcomes", "feedback", "objection", "objections", "discussed", "discussion", "product", "products", "literature", "given", "spent",
    "next", "step", "steps", "visit", "positive", "negative", "neutral", "interested", "follow", "summary", "notes", "remarks", "request",
    "requests", "question", "questions", "action", "items", "points", "key", "score", "index", "scale", "trial", "study", "registry",
    "cancer", "diabetes", "asthma", "eye", "skin", "dental", "women", "child", "care", "centre", "center", "respules", "plus",
    "forte", "north", "south", "east", "west", "new", "old", "navi", "hindi", "marathi", "english", "gujarati", "tamil", "telugu",
    "kannada", "bengali", "punjabi", "diwali", "holi", "eid", "christmas", "dengue", "malaria", "covid", "corona", "mother", "father",
    "wife", "husband", "manager", "assistant", "staff", "someone", "everyone", "everybody", "nobody", "anyone", "stock", "price", "cost",
    "his", "her", "their", "both", "others", "super", "multi", "speciality", "specialty", "multispeciality", "local", "nearby", "big",
    "small", "same", "another", "busy", "large", "our", "your", "free", "mobile", "evening", "morning", "weekly", "monthly", "camp",
    "pain", "fertility", "thyroid", "wellness", "nursing", "hospital", "hospitals", "clinic", "clinics", "doctor", "doctors", "dear"};

bool ends_like_a_term(Chars word) {
  constexpr std::string_view kEnds[] = {
      "pril", "olol", "artan", "statin", "mycin", "cillin", "azole", "idine", "amide", "formin", "gliptin", "gliflozin", "xaban",
      "dipine", "floxacin", "tide", "zumab", "limab", "tinib", "vir", "sone", "olone", "zepam", "oxin", "urea", "itis", "osis", "emia",
      "aemia", "pathy", "ology", "ectomy", "ics", "tion", "sion", "ment", "ness", "ility", "ance", "ence", "ism", "ysis", "ing", "ed",
      "ly", "ive", "ous", "ologist", "ologists", "surgeon", "physician", "ists", "oxide", "oxetine", "ical", "ular", "ase", "phen", "enolate", "ulanate"};
  return word.size() >= 5 && std::ranges::any_of(kEnds, [&](std::string_view end) { return word.ends_with(end); });
}

// Of its first letters what its other forms keep: "cardiology", "cardiologist", "cardiac"; "paediatric", "pediatrician".
bool same_field(std::string_view registered, std::string_view word) {
  const auto plain = [](std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i)
      if (!((text[i] == 'a' || text[i] == 'o') && i + 1 < text.size() && text[i + 1] == 'e')) out += text[i];
    return out;
  };
  const std::string a = plain(registered);
  const std::string b = plain(word);
  std::size_t same = 0;
  while (same < std::min(a.size(), b.size()) && a[same] == b[same]) ++same;
  return same == a.size() || (same >= 4 && same == b.size()) || (same >= 5 && same + 5 >= a.size());
}

// The speciality and the city of somebody of the visit, in any order. Where the speciality is told by words of many, by all.
void find_practices(Scan& scan, std::span<const Practice> practices, std::vector<ResidualRisk>& risks) {
  constexpr std::string_view kOfMany[] = {"general", "medicine", "medical", "internal", "consultant", "specialist", "physician", "family",
                                          "practice", "practitioner", "clinical", "senior", "health", "care", "and", "of", "the"};
  struct City {
    std::string_view now, before;
  };
  constexpr City kRenamed[] = {{"mumbai", "bombay"}, {"bengaluru", "bangalore"}, {"chennai", "madras"}, {"kolkata", "calcutta"},
                               {"pune", "poona"}, {"vadodara", "baroda"}, {"gurugram", "gurgaon"}, {"mysuru", "mysore"},
                               {"kochi", "cochin"}, {"thiruvananthapuram", "trivandrum"}, {"prayagraj", "allahabad"}};
  std::pmr::vector<TokenRange> places(scan.memory);
  for (const Practice& practice : practices) {
    places.clear();
    find_name(scan, practice.city, false, places);
    find_disguised_name(scan, practice.city, false, places);
    for (const City& city : kRenamed) {
      std::string lower(practice.city);
      std::ranges::transform(lower, lower.begin(), ascii::lower);
      if (lower == city.now) find_name(scan, city.before, false, places);
      if (lower == city.before) find_name(scan, city.now, false, places);
    }
    if (places.empty()) continue;
    Scan field(practice.speciality, scan.options, scan.memory);
    make_canonical(practice.speciality, field.text);
    make_tokens(field.text, {}, field.tokens);
    const Token* found = nullptr;
    bool all = true;
    bool telling = false;
    for (const Token& registered : field.tokens) {
      if (!registered.letters()) continue;
      const Chars word = field.view(registered);
      const auto told = std::ranges::find_if(scan.tokens, [&](const Token& t) { return t.letters() && same_field(word, scan.view(t)); });
      const bool told_here = told != scan.tokens.end();
      all = all && told_here;
      if (!told_here) continue;
      found = &*told;
      telling = telling || !is_one_of(word, kOfMany);
    }
    if (found == nullptr || !(telling || all)) continue;
    risks.push_back({ResidualRisk::Kind::practice, scan.text.first(found->begin), scan.text.last(found->end)});
  }
}

// Whoever is not registered, by the look of what tells of them.
class Strangers {
 public:
  Strangers(const Scan& scan, std::vector<ResidualRisk>& risks) : scan_(scan), tokens_(scan.tokens), risks_(risks) {}

  void find() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!tokens_[i].letters()) continue;
      find_patient(i);
      find_file(i);
      find_birth(i);
      find_organisation(i);
      find_practice(i);
      find_person(i);
    }
  }

 private:
  using Kind = ResidualRisk::Kind;

  void add(Kind kind, std::size_t first, std::size_t last) {
    risks_.push_back({kind, scan_.text.first(tokens_[first].begin), scan_.text.last(tokens_[last].end)});
  }
  Chars word(std::size_t i) const { return i < tokens_.size() && tokens_[i].letters() ? scan_.view(tokens_[i]) : Chars(); }
  bool is(std::size_t i, char mark) const { return i < tokens_.size() && tokens_[i].is(mark); }
  bool number(std::size_t i) const { return i < tokens_.size() && tokens_[i].kind == TokenKind::digits && !tokens_[i].leet; }
  bool one_of(std::size_t i, std::span<const std::string_view> words) const { return is_one_of(word(i), words); }
  bool one_of(std::size_t i, std::initializer_list<std::string_view> words) const {
    return is_one_of(word(i), {words.begin(), words.size()});
  }
  // "Mehta": a capital, then small letters, which no list has.
  bool name(std::size_t i) const {
    if (i >= tokens_.size() || !tokens_[i].letters() || tokens_[i].size() < 3 || !scan_.capital(tokens_[i])) return false;
    const std::uint32_t first = scan_.text.first(tokens_[i].begin);
    const std::string_view written = scan_.raw.substr(first, scan_.text.last(tokens_[i].end) - first);
    if (!std::ranges::all_of(written.substr(1), [](char c) { return c >= 'a' && c <= 'z'; })) return false;
    constexpr std::uint64_t kWords = kCommon | kMonth | kHonorific | kCity | kCountry | kPlatform | kProvider | kIntroduces | kUnit |
                                     kStreet | kVenue | kPlace | kCurrency;
    return !tokens_[i].has(kWords) && !one_of(i, kOrdinary) && !ends_like_a_term(word(i)) && !tells_of_a_doctor(word(i)) &&
           !(i + 1 < tokens_.size() && tokens_[i + 1].spaces == 0 && (tokens_[i + 1].glued || tokens_[i + 1].is('-')));
  }
  bool begins_sentence(std::size_t i) const {
    if (i == 0 || tokens_[i].spaces == 2) return true;
    const Token& before = tokens_[i - 1];
    return before.kind == TokenKind::punct && !before.is(',') && !before.is('&') && !before.is('(') && !before.is('/');
  }
  // Past "no.", "number:", "#"; whether there was one of these.
  std::size_t past_labels(std::size_t i, bool& labelled) const {
    for (; i < tokens_.size(); ++i) {
      const bool label = one_of(i, {"no", "num", "number", "id", "nos"}) || is(i, '#');
      if (!label && !is(i, '.') && !is(i, ':') && !is(i, '-') && word(i) != "is") break;
      labelled = labelled || label;
    }
    return i;
  }

  // "patient name: Ramesh", "name of the patient is Lata"
  void find_patient(std::size_t i) {
    if (word(i) != "name" && word(i) != "naam") return;
    std::size_t next = i + 1;
    bool of_patient = i > 0 && (one_of(i - 1, {"patient", "pt", "patients", "s"}) || is(i - 1, '\''));
    if (i > 0 && !of_patient && !begins_sentence(i)) {
      if (one_of(i - 1, {"brand", "product", "drug", "trade", "generic", "trial", "study", "company", "file", "firm", "molecule"})) return;
    }
    if (word(next) == "of") {
      ++next;
      while (one_of(next, {"the", "my", "this", "his", "her"})) ++next;
      if (!one_of(next, {"patient", "pt", "child", "mother", "baby"})) return;
      of_patient = true;
      ++next;
    }
    bool joined = false;
    while (is(next, ':') || is(next, '-') || is(next, '=') || word(next) == "is" || word(next) == "was") {
      joined = true;
      ++next;
    }
    if (!joined || word(next).empty() || tokens_[next].spaces == 2) return;
    const bool capital = scan_.capital(tokens_[next]);
    if (tokens_[next].has(kCommon) || (!of_patient && !name(next)) || (!capital && tokens_[next].word != nullptr)) return;
    add(Kind::introduced_name, i, next);
  }

  // "IP no 2291", "MRN: 4471"
  void find_file(std::size_t i) {
    const bool own = one_of(i, {"mrn", "uhid", "crn", "mrd", "ipd"});
    if (!own && !one_of(i, {"ip", "op", "opd", "case", "file", "patient", "pt", "admission", "registration", "reg", "indoor", "cr", "hospital"}))
      return;
    bool labelled = own;
    const std::size_t at = past_labels(i + 1, labelled);
    if (labelled && number(at) && tokens_[at].size() >= 2 && tokens_[at].spaces != 2) add(Kind::rare_number, i, at);
  }

  // "born 12/03/1971", "DOB 12 March"
  void find_birth(std::size_t i) {
    const bool told = one_of(i, {"born", "dob", "birthdate", "birthday"}) || (word(i) == "birth" && (i > 1 && word(i - 1) == "of")) ||
                      (word(i) == "birth" && word(i + 1) == "date") ||
                      (word(i) == "d" && is(i + 1, '.') && word(i + 2) == "o" && is(i + 3, '.') && word(i + 4) == "b");
    if (!told) return;
    for (std::size_t k = i + 1; k < tokens_.size() && k < i + 8 && tokens_[k].spaces != 2; ++k) {
      const bool month = tokens_[k].has(kMonth);
      const bool date = number(k) && (tokens_[k].size() == 4 || is(k + 1, '/') || is(k + 1, '-') || (is(k + 1, '.') && number(k + 2)) ||
                                      (k + 1 < tokens_.size() && tokens_[k + 1].has(kMonth)));
      if (!month && !date) continue;
      add(Kind::birth_date, i, k);
      return;
    }
  }

  // "Jehangir Hospital"
  void find_organisation(std::size_t i) {
    if (i == 0 || !one_of(i, {"hospital", "hospitals", "clinic", "polyclinic", "nursing", "dispensary", "sanatorium"})) return;
    if (word(i) == "nursing" && word(i + 1) != "home") return;
    const bool hall = i > 1 && word(i - 1) == "hall" && name(i - 2);
    if (!(name(i - 1) || hall) || tokens_[i].spaces != 1 || (begins_sentence(i - 1) && !scan_.capital(tokens_[i]))) return;
    add(Kind::unknown_organisation, i - 1, i);
  }

  // "cardiologist in Solapur", "Solapur cardiologist"
  void find_practice(std::size_t i) {
    const Chars field = word(i);
    if (!(field.ends_with("ologist") || field.ends_with("surgeon") || field.ends_with("iatrician") || field.ends_with("iatrist") ||
          field.ends_with("opath") || one_of(i, {"dentist", "anaesthetist", "intensivist", "obstetrician", "orthopaedician"})))
      return;
    const auto place = [&](std::size_t k) { return k < tokens_.size() && (tokens_[k].has(kCity) || name(k)); };
    if (one_of(i + 1, {"in", "of", "from", "at", "based"}) && place(i + 2)) {
      add(Kind::practice, i, i + 2);
    } else if (i > 0 && tokens_[i - 1].has(kCity)) {
      add(Kind::practice, i - 1, i);
    }
  }

  // "Lata Deshmukh"; "met Sunita", "Ramesh agreed", "AK agreed"
  void find_person(std::size_t i) {
    const bool pair = name(i) && name(i + 1) && tokens_[i + 1].spaces == 1;
    const bool begins = begins_sentence(i);
    if (pair && !(begins && (word(i).ends_with("s") || one_of(i, {"wrote", "spoke", "brought", "took", "left", "kept", "began", "rang",
                                                                  "ran", "sat", "shown", "chose", "drew", "went", "held", "paid"})))) {
      add(Kind::written_name, i, i + 1);
    } else if (name(i) && one_of(i + 1, kOfPeople) && tokens_[i + 1].spaces == 1 && !word(i).ends_with("ist") && !word(i).ends_with("s")) {
      add(Kind::written_name, i, i);
    } else if (initials(i) && one_of(i + 1, kOfPeople)) {
      add(Kind::written_name, i, i);
    } else if (i > 0 && name(i) && tokens_[i].spaces == 1 &&
               (one_of(i - 1, kToPeople) ||
                (i > 1 && one_of(i - 1, {"to", "with"}) && one_of(i - 2, {"spoke", "spoken", "talked", "met", "chatted"})))) {
      add(Kind::written_name, i, i);
    }
  }
  bool initials(std::size_t i) const {
    if (tokens_[i].size() != 2 || tokens_[i].word != nullptr || one_of(i, {"mr", "dr", "pi", "hr", "gp", "co", "pm", "ai", "qa", "ms"})) return false;
    const std::uint32_t first = scan_.text.first(tokens_[i].begin);
    return scan_.capital(tokens_[i]) && scan_.raw[first + 1] >= 'A' && scan_.raw[first + 1] <= 'Z';
  }

  const Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
  std::vector<ResidualRisk>& risks_;
};

// Titles before and after a name that nobody knows, introductions, long numbers, runs of initials; and strangers.
void find_risks(std::string_view text, const DeidentifyOptions& options, std::vector<ResidualRisk>& risks) {
  std::pmr::monotonic_buffer_resource memory;
  Scan scan(text, options.redaction, &memory);
  make_canonical(text, scan.text);
  make_tokens(scan.text, {}, scan.tokens);
  const auto& tokens = scan.tokens;
  const auto add = [&](ResidualRisk::Kind kind, std::size_t first, std::size_t last) {
    risks.push_back({kind, scan.text.first(tokens[first].begin), scan.text.last(tokens[last].end)});
  };
  const auto unknown_capital = [&](std::size_t i) {
    return i < tokens.size() && tokens[i].letters() && scan.capital(tokens[i]) &&
           !tokens[i].has(kCommon | kMonth | kHonorific) && tokens[i].spaces != 2;
  };
  // Other scripts have no capitals, and many leave them out.
  const auto foreign = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[scan.text.first(tokens[i].begin)]) & 0x80) != 0;
  };
  const auto unknown_word = [&](std::size_t i) {
    return i < tokens.size() && tokens[i].kind == TokenKind::word &&
           (tokens[i].word == nullptr || foreign(i) || tokens[i].size() == 1) &&
           !tokens[i].has(kCommon | kMonth | kHonorific) && !tells_of_a_doctor(scan.view(tokens[i]));
  };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& t = tokens[i];
    const Chars title = scan.view(t);
    std::size_t next = i + 1;
    // "doctor. Explained" is the end of a sentence, "doctor.kumar" no.
    const bool written_out = t.size() > 4 && next + 1 < tokens.size() && tokens[next + 1].spaces != 0;
    if (next < tokens.size() && tokens[next].is('.') && !written_out) ++next;
    const bool polite = title == "sir" || title == "madam";
    const bool honours = polite || (t.letters() && is_one_of(title, kAfterNames));
    // "dr kumar", but not "doctor prescribed": the word written out is no name's before small letters.
    // "do" of two is written with another letter than that of a doctor.
    const bool two = foreign(i) && text.substr(scan.text.first(t.begin)).starts_with("\u0926");
    const bool titled = !polite && !two && (t.has(kHonorific) || (foreign(i) && is_one_of(title, kTitles))) &&
                        (unknown_capital(next) ||
                         (unknown_word(next) && tokens[next].spaces != 2 && (foreign(i) || is_one_of(title, kShortTitles))));
    if (titled) {
      std::size_t last = next;
      while (last < next + 3 && (unknown_capital(last + 1) ||
                                 (tokens[last].size() == 1 && last + 2 < tokens.size() && tokens[last + 1].is('.'))))
        ++last;
      if (tokens[last].is('.') && last + 1 < tokens.size() && tokens[last + 1].letters()) ++last;
      add(ResidualRisk::Kind::unknown_titled_name, i, last);
      i = last;
    } else if (honours && i > 0 && t.spaces != 2 && (unknown_capital(i - 1) || unknown_word(i - 1)) &&
               tokens[i - 1].size() > 2 && !is_one_of(scan.view(tokens[i - 1]), kGreetings)) {
      add(ResidualRisk::Kind::unknown_titled_name, i - 1, i);
    } else if (t.has(kIntroduces) && t.size() > 2 && unknown_capital(i + 1) && !ends_like_a_term(scan.view(tokens[i + 1]))) {
      add(ResidualRisk::Kind::introduced_name, i + 1, i + 1);
    } else if (t.kind == TokenKind::digits && !t.leet && t.size() >= 6) {
      add(ResidualRisk::Kind::rare_number, i, i);
    } else if (t.letters() && t.size() == 1 && scan.capital(t) && i + 3 < tokens.size() &&
               tokens[i + 1].is('.') && tokens[i + 2].size() == 1 && tokens[i + 2].letters() &&
               scan.capital(tokens[i + 2]) && tokens[i + 3].is('.')) {
      add(ResidualRisk::Kind::long_initials, i, i + 3);
      i += 3;
    }
  }
  find_practices(scan, options.practices, risks);
  Strangers(scan, risks).find();
  std::ranges::stable_sort(risks, {}, &ResidualRisk::start);
  // What lies within another is told with it.
  const auto told = std::ranges::unique(risks, [](const ResidualRisk& a, const ResidualRisk& b) { return a.end >= b.end; });
  risks.erase(told.begin(), told.end());
}

using Placeholder = std::function<std::string(const VisitEntity&)>;

// Writes `text` with the replacements, of which overlapping ones give way to the first.
void place(std::string_view text, const Placeholder& placeholder, std::vector<Replacement>& replacements,
           std::vector<Placed>& placed, std::string& out, std::vector<Finding>& findings) {
  out.clear();
  findings.clear();
  placed.clear();
  std::ranges::stable_sort(replacements, [](const Replacement& a, const Replacement& b) {
    return a.start != b.start ? a.start < b.start : a.end > b.end;
  });

  std::size_t from = 0;
  const VisitEntity* last_entity = nullptr;
  for (const Replacement& r : replacements) {
    if (r.end <= from) continue;
    // "Anita Deshmukh": the parts of one name become one placeholder.
    const std::size_t start = std::max<std::size_t>(r.start, from);
    const std::string_view between = text.substr(from, start - from);
    const bool same = r.entity != nullptr && r.entity == last_entity && from > 0 &&
                      between.find_first_not_of(" .") == std::string_view::npos;
    if (!same) {
      out.append(between);
      const auto begin = static_cast<std::uint32_t>(out.size());
      if (r.entity != nullptr) {
        out += placeholder(*r.entity);
      } else {
        out += marker(r.type);
      }
      placed.push_back({begin, static_cast<std::uint32_t>(out.size()), static_cast<std::uint32_t>(start), r.end});
      findings.push_back(
          {static_cast<std::uint32_t>(start), r.end, r.type, kKnownScore,
           r.entity != nullptr ? static_cast<std::uint32_t>(kEvidenceKnownValue) : 0U});
    } else {
      findings.back().end = r.end;
      placed.back().stop = r.end;
    }
    last_entity = r.entity;
    from = r.end;
  }
  out.append(text.substr(from));
}

// "Ravi at Acme", "Ravi of Acme", which say an address without its end: where each of the two is replaced by itself, nothing
// of the address is left, and who met whom stands.
void drop_joined_names(std::string_view text, std::vector<Replacement>& replacements) {
  constexpr std::string_view kBetween[] = {"at", "of", "from", "with", "and", "in"};
  std::erase_if(replacements, [&](const Replacement& contact) {
    if (contact.entity != nullptr || contact.type != SpanType::email) return false;
    std::string rest(text.substr(contact.start, contact.end - contact.start));
    int named = 0;
    for (const Replacement& r : replacements) {
      if (r.entity == nullptr || r.start < contact.start || r.end > contact.end) continue;
      std::fill(rest.begin() + (r.start - contact.start), rest.begin() + (r.end - contact.start), ' ');
      ++named;
    }
    const std::size_t first = rest.find_first_not_of(' ');
    if (named < 2 || first == std::string::npos) return false;
    rest = rest.substr(first, rest.find_last_not_of(' ') + 1 - first);
    return std::ranges::find(kBetween, std::string_view(rest)) != std::end(kBetween);
  });
}

}  // namespace

std::string_view name(ResidualRisk::Kind kind) noexcept {
  switch (kind) {
    case ResidualRisk::Kind::unknown_titled_name:
      return "unknown_titled_name";
    case ResidualRisk::Kind::introduced_name:
      return "introduced_name";
    case ResidualRisk::Kind::rare_number:
      return "rare_number";
    case ResidualRisk::Kind::long_initials:
      return "long_initials";
    case ResidualRisk::Kind::written_name:
      return "written_name";
    case ResidualRisk::Kind::birth_date:
      return "birth_date";
    case ResidualRisk::Kind::unknown_organisation:
      return "unknown_organisation";
    case ResidualRisk::Kind::practice:
      return "practice";
  }
  return "unknown_titled_name";
}

Result<DeidentifiedText> deidentify(std::string_view text, const DeidentifyOptions& options) {
  if (Result<void> checked = check_text(text); !checked) return Error(std::move(checked).error());
  DeidentifiedText result;
  std::vector<Finding> contacts;
  analyse(text, options.redaction, kLeniency, contacts);

  std::vector<Replacement> replacements;
  for (const Finding& finding : contacts)
    replacements.push_back({finding.start, finding.end, finding.type, nullptr});
  {
    std::pmr::monotonic_buffer_resource memory;
    Scan scan(text, options.redaction, &memory);
    make_canonical(text, scan.text);
    std::pmr::vector<HiddenSpan> hidden(&memory);
    for (const Finding& finding : contacts)  // in a registered address names are looked for all the same
      if (finding.type != SpanType::email || (finding.evidence & kEvidenceKnownValue) == 0)
        hidden.push_back({finding.start, finding.end});
    make_tokens(scan.text, hidden, scan.tokens);
    std::pmr::vector<TokenRange> ranges(&memory);
    for (const VisitEntity& entity : options.entities) {
      for (const std::string_view spelling : entity.spellings) {
        ranges.clear();
        if (entity.type == SpanType::handle) {
          find_in_one(scan, spelling, ranges);
        } else {
          find_name(scan, spelling, true, ranges);
          find_disguised_name(scan, spelling, entity.type == SpanType::name, ranges);
        }
        for (const TokenRange& range : ranges) {
          if (scan.text.view(range.begin, range.end) == "met") continue;  // as "Mehta" sounds
          replacements.push_back({scan.text.first(range.begin), scan.text.last(range.end), entity.type, &entity});
        }
      }
    }
  }
  drop_joined_names(text, replacements);
  std::vector<Placed> placed;
  std::vector<Finding> more;
  // Read with our own placeholders, in which no word of a contact stands: a host's may be any.
  for (int pass = 0;; ++pass) {
    place(text, default_placeholder, replacements, placed, result.text_, result.findings_);
    if (pass + 1 == kPasses) break;
    analyse(result.text_, options.redaction, kLeniency, more);
    if (more.empty()) break;
    for (Finding& finding : more) {
      finding.start = original_place(placed, finding.start, false);
      finding.end = original_place(placed, finding.end, true);
      contacts.push_back(finding);
      // What is hidden together with a placeholder goes as one.
      std::erase_if(replacements, [&](const Replacement& r) { return r.start < finding.end && finding.start < r.end; });
      replacements.push_back({finding.start, finding.end, finding.type, nullptr});
    }
  }
  if (options.placeholder) place(text, options.placeholder, replacements, placed, result.text_, result.findings_);
  // Scores and evidence of contacts, as they were found.
  for (Finding& finding : result.findings_) {
    for (const Finding& contact : contacts) {
      if (contact.start == finding.start && contact.end == finding.end && contact.type == finding.type)
        finding = contact;
    }
  }
  find_risks(result.text_, options, result.risks_);
  return result;
}

}  // namespace connex
