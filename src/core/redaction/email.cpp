// E-mail and UPI addresses: an anchor (@, "at", "[at]", "at the rate"), a local part to its left, a host to
// its right; and user names beside the name of a mail service.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

#include "core/redaction/detect.hpp"

namespace connex::redaction {
namespace {

constexpr std::string_view kProviders[] = {"gmail",      "yahoo",  "hotmail",   "outlook",
                                           "rediffmail", "icloud", "protonmail"};

class Mail {
 public:
  Mail(Scan& scan, const std::pmr::vector<Token>& tokens) : scan_(scan), tokens_(tokens) {}

  void run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (glued_address(i)) continue;
      if (const std::size_t after = anchor(i); after != 0) {
        if (address(i, after)) continue;
      }
      if (provider_at(i) != 0) beside_provider(i);
    }
  }

 private:
  const Token* at(std::size_t i) const { return i < tokens_.size() ? &tokens_[i] : nullptr; }
  template <std::size_t n>
  bool word_is(std::size_t i, const char (&text)[n]) const {
    if (i >= tokens_.size() || !tokens_[i].letters()) return false;
    return scan_.view(tokens_[i]) == text || (tokens_[i].leet && tokens_[i].word != nullptr && Chars(tokens_[i].word->text) == text);
  }
  // What people put round an "at" or a "dot".
  static bool wrapping(const Token& t) {
    static constexpr std::array<bool, 128> kWraps = [] {
      std::array<bool, 128> wraps{};
      for (const char c : std::string_view("()[]{}<>_-*\"'~|/\\"))
        wraps[static_cast<unsigned char>(c)] = true;
      return wraps;
    }();
    return t.kind == TokenKind::punct && kWraps[static_cast<unsigned char>(t.mark) & 127U];
  }

  // "raviATgmailDOTcom", "ravi.k27atgmaildotin": "at" and "dot" with capitals, or round the name of a mail
  // service, without anything between.
  bool glued_address(std::size_t i) {
    const Token& t = tokens_[i];
    if (t.word != nullptr || t.size() < 6 || !t.letters()) return false;
    const std::string_view end = scan_.view(t);
    const std::size_t last = end.rfind("dot");
    if (last == std::string_view::npos || last + 6 < end.size() || last + 5 > end.size()) return false;
    const Word* const tld = find_word(end.substr(last + 3));
    if (tld == nullptr || (tld->classes & kTld) == 0) return false;
    std::size_t first = i;
    while (first > 0 && i - first < 8 && tokens_[first].spaces == 0 &&
           (tokens_[first - 1].letters() || tokens_[first - 1].kind == TokenKind::digits ||
            name_mark(tokens_[first - 1])))
      --first;
    while (first < i && tokens_[first].kind == TokenKind::punct) ++first;
    const std::uint32_t begin = tokens_[first].begin;
    const std::string_view v = scan_.text.view(begin, t.end);
    const auto capital_within = [&](std::size_t k) {
      const auto is = [&](std::size_t at) {
        const char c = scan_.raw[scan_.text.first(begin + static_cast<std::uint32_t>(at))];
        return c >= 'A' && c <= 'Z';
      };
      return is(k) && !is(k - 1);
    };
    constexpr std::size_t kShortest = 3;  // of a name, and of a host
    for (std::size_t at = v.find("at", kShortest); at < v.size(); at = v.find("at", at + 1)) {
      const std::size_t dot = v.find("dot", at + 2 + kShortest);
      if (dot == std::string_view::npos) return false;
      const Word* const host = find_word(v.substr(at + 2, dot - at - 2));
      const bool provider =
          host != nullptr && (host->classes & kProvider) != 0 && host->text != "hey" && host->text != "live";
      if (!provider && !(capital_within(at) && capital_within(dot))) continue;
      scan_.report(begin, t.end, SpanType::email, 5.0F,
                   kEvidenceShape | kEvidenceSpelled |
                       (provider ? static_cast<std::uint32_t>(kEvidenceProvider) : 0U));
      return true;
    }
    return false;
  }

  // "alpha bravo oscar": the words that spell letters over the radio.
  bool spells_letter(std::size_t i) const {
    constexpr std::string_view kLetters[] = {
        "alfa",   "alpha", "bravo", "charlie", "delta", "echo",    "foxtrot", "golf",   "hotel",   "india",
        "juliet", "juliett", "kilo", "lima",   "mike",  "november", "oscar",  "papa",   "quebec",  "romeo",
        "sierra", "tango", "uniform", "victor", "whiskey", "whisky", "xray",  "yankee", "zulu"};
    return tokens_[i].letters() && tokens_[i].size() >= 4 && std::ranges::binary_search(kLetters, std::string_view(scan_.view(tokens_[i])));
  }

  // Signs that people put for an at: mail of every kind, a snail, a whirl.
  bool sign_for_at(const Token& t) const {
    if (t.kind != TokenKind::symbol) return false;
    constexpr std::string_view kSigns[] = {"\xE2\x9C\x89",     "\xF0\x9F\x8C\x80", "\xF0\x9F\x90\x8C",
                                           "\xF0\x9F\x92\x8C", "\xF0\x9F\x93\xA7", "\xF0\x9F\x93\xA8",
                                           "\xF0\x9F\x93\xA9"};
    const std::string_view sign = scan_.raw.substr(scan_.text.first(t.begin));
    return std::ranges::any_of(kSigns, [&](std::string_view known) { return sign.starts_with(known); });
  }

  // "ettarate", "adderate": at the rate, by its consonants.
  static bool sounds_at_rate(std::string_view word) {
    if (word.size() > 12 || (word[0] != 'a' && word[0] != 'e')) return false;
    char kept[12];
    std::size_t n = 0;
    for (const char c : word) {
      const char sound = c == 'd' ? 't' : c;
      if (std::string_view("aeiouyh").find(sound) != std::string_view::npos) continue;
      if (n == 0 || kept[n - 1] != sound) kept[n++] = sound;
    }
    return std::string_view(kept, n) == "trt";
  }

  // If an at-sign in any spelling stands at i: the token after it. Skips brackets and "the rate of", "sign".
  std::size_t anchor(std::size_t i) {
    const Token& t = tokens_[i];
    if (t.word == nullptr && t.size() >= 6 && sounds_at_rate(scan_.view(t)) && provider_at(i + 1) != 0) {
      literal_ = false;
      strong_ = true;
      return i + 1;
    }
    if (t.leet && (scan_.view(t) == "4t" || scan_.view(t) == "a7") &&
        provider_at(i + 1 + (i + 1 < tokens_.size() && wrapping(tokens_[i + 1]))) != 0) {
      literal_ = false;
      strong_ = true;
      return i + 1 + (wrapping(tokens_[i + 1]) ? 1U : 0U);
    }
    if (t.kind == TokenKind::symbol) {
      // Between a name and a host, with no blank on either side unless it is one that people put for an at.
      const Token* const next = at(i + 1);
      if (i == 0 || next == nullptr || next->spaces != t.spaces || t.spaces == 2 ||
          (t.spaces != 0 && !sign_for_at(t)) || !(next->letters() || next->kind == TokenKind::digits))
        return 0;
      literal_ = strong_ = false;
      const Host h = host(i + 1);
      const std::size_t first = local_start(i, false);
      if (!h.provider && !(h.tld && h.labels >= 2)) return 0;
      if (first == i || !user_name(first, i)) return 0;
      strong_ = true;
      return i + 1;
    }
    if (!t.is('@') && !(t.letters() && (t.has(kAtWord) || t.size() <= 2))) return 0;
    if (i + 3 < tokens_.size() && t.letters() && scan_.view(t) == "a" && word_is(i + 1, "in") &&
        word_is(i + 3, "circle")) {
      literal_ = false;
      strong_ = true;
      return i + 4;
    }
    literal_ = t.is('@');
    strong_ = literal_;
    std::size_t k = i + 1;
    if (literal_ && k < tokens_.size() && (word_is(k, "t") || scan_.view(tokens_[k]) == "7") &&
        tokens_[k].spaces == 0 && at(k + 1) != nullptr && at(k + 1)->spaces == 1)
      return k + 1;  // "name @t host"
    const bool wrapped = i > 0 && wrapping(tokens_[i - 1]) && at(k) != nullptr && wrapping(*at(k));
    if (!literal_) {
      const bool attached = i > 0 && tokens_[i - 1].is('_') && at(k) != nullptr && at(k)->is('_');
      if (t.letters() && t.has(kAtWord) && t.size() >= 2) {
        strong_ = wrapped || attached || t.size() > 3;
      } else if (wrapped && (scan_.view(t) == "a" || scan_.view(t) == "et")) {
        strong_ = true;
      } else {
        return 0;
      }
    }
    // Whatever else spells it out.
    for (int steps = 0; steps < 8 && k < tokens_.size(); ++steps) {
      const Token& next = tokens_[k];
      if (next.kind == TokenKind::hidden || next.spaces == 2) break;
      const Chars v = scan_.view(next);
      if (wrapping(next)) {
        ++k;
      } else if (next.letters() &&
                 (v == "the" || v == "rate" || v == "of" || v == "sign" || v == "symbol" || v == "d" ||
                  v == "ret" || v == "da" || v == "de" || v == "therate" || v == "reit" || v == "character" ||
                  v == "mark" || v == "di" || v == "dee" || v == "red" || v == "rait")) {
        strong_ = strong_ || v == "rate" || v == "sign" || v == "symbol" || v == "ret" || v == "red" ||
                  v == "rait" || v == "therate";
        ++k;
      } else {
        break;
      }
    }
    return k;
  }

  // Tokens that name a mail service from i on: 1 ("gmail"), 2 or 3 ("g mail", "gee-mail"), or 0.
  std::size_t provider_at(std::size_t i) const {
    if (i >= tokens_.size()) return 0;
    const Token& t = tokens_[i];
    if (!t.glued && (t.leet || (at(i + 1) != nullptr && at(i + 1)->glued))) {
      if (const std::size_t n = leet_provider(i); n != 0) return n;
    }
    if (!t.letters()) return 0;
    const Chars v = scan_.view(t);
    if (t.has(kProvider) && v != "pm" && v != "hey" && v != "live" && v != "proton") return 1;
    constexpr std::uint32_t kFirst = 1U << ('g' & 31) | 1U << ('h' & 31) | 1U << ('j' & 31) |
                                     1U << ('o' & 31) | 1U << ('p' & 31) | 1U << ('r' & 31) |
                                     1U << ('w' & 31) | 1U << ('y' & 31);
    if (t.size() > 6 || (kFirst >> (static_cast<unsigned char>(v[0]) & 31U) & 1U) == 0) {
    } else if (v == "g" || v == "gee" || v == "ge" || v == "jee" || v == "ji" || v == "hot" ||
               v == "rediff" || v == "y" || v == "proton" || v == "why" || v == "google" || v == "out" ||
               v == "goo") {
      std::size_t k = i + 1;
      if (at(k) != nullptr && (at(k)->is('-') || at(k)->is('.') || at(k)->is('_'))) ++k;
      if (word_is(k, "mail") || word_is(k, "male") || word_is(k, "mel") || word_is(k, "meil") ||
          word_is(k, "mall") || word_is(k, "mell") || (v == "out" && word_is(k, "look")))
        return k + 1 - i;
    }
    if (v.size() >= 5 && t.word == nullptr) {
      for (const std::string_view known : kProviders) {
        // One slip leaves either the first two letters or the last two as they were.
        if (std::abs(static_cast<int>(v.size()) - static_cast<int>(known.size())) <= 1 &&
            ((v[0] == known[0] && v[1] == known[1]) ||
             (v[v.size() - 1] == known[known.size() - 1] && v[v.size() - 2] == known[known.size() - 2])) &&
            nearly(v, known))
          return 1;
      }
    }
    for (const std::string_view known : scan_.policy().mail_providers) {
      if (v == known) return 1;
    }
    return 0;
  }

  // "geemayl", "jeemale", "gimel": by its sounds; after an at alone, where names stand too.
  bool sounds_like_gmail(std::size_t i) const {
    if (i >= tokens_.size() || tokens_[i].word != nullptr || !tokens_[i].letters()) return false;
    const Chars v = scan_.view(tokens_[i]);
    const auto past = [&](std::size_t k, std::string_view letters) {
      while (k < v.size() && letters.find(v[k]) != std::string_view::npos) ++k;
      return k;
    };
    if (v.size() > 10 || (v[0] != 'g' && v[0] != 'j')) return false;
    const std::size_t m = past(1, "eiy");
    const std::size_t vowels = past(m, "m");
    const std::size_t l = past(vowels, "aeiy");
    const std::size_t end = past(past(l, "l"), "e");
    return m != 1 && vowels != m && l != vowels && l < v.size() && v[l] == 'l' && end == v.size();
  }

  // "gm4il", "0utlook": tokens that make a provider's name once digits are read as letters, or 0.
  std::size_t leet_provider(std::size_t i) const {
    std::array<char, 12> name;
    std::size_t n = 0;
    std::size_t k = i;
    bool digit = false;
    while (k < tokens_.size() && (k == i || tokens_[k].glued) &&
           (tokens_[k].letters() || tokens_[k].kind == TokenKind::digits)) {
      for (const char c : scan_.view(tokens_[k])) {
        if (n == name.size()) return 0;
        digit = digit || (c >= '0' && c <= '9');
        name[n++] = c == '0' ? 'o' : c == '1' ? 'i' : c == '3' ? 'e' : c == '4' ? 'a' : c == '5' ? 's' : c;
      }
      ++k;
    }
    if (!digit || n < 5) return 0;
    const Word* word = find_word({name.data(), n});
    return word != nullptr && (word->classes & kProvider) != 0 ? k - i : 0;
  }

  // A dot in any spelling at i: the token after it, or 0. "(com)" needs none.
  std::size_t dot_at(std::size_t i) const {
    std::size_t k = i;
    std::size_t wraps = 0;
    while (k < tokens_.size() && wrapping(tokens_[k]) && tokens_[k].spaces != 2 && wraps < 2) ++k, ++wraps;
    const Token* t = at(k);
    if (t == nullptr || t->spaces == 2) return 0;
    if (word_is(k, "full") && word_is(k + 1, "stop")) return k + 2;
    const bool comma = t->is(',') && at(k + 1) != nullptr && !at(k + 1)->has(kCommon);  // "gmail,com"
    if (t->is('.') || comma || (t->letters() && t->has(kDotWord))) {
      ++k;
      wraps = 0;
      while (k < tokens_.size() && wrapping(tokens_[k]) && tokens_[k].spaces != 2 && wraps < 2) ++k, ++wraps;
      return k;
    }
    return 0;
  }

  bool tld_at(std::size_t i) const {
    if (i >= tokens_.size() || !tokens_[i].letters()) return false;
    if (tokens_[i].has(kTld)) return true;
    return false;
  }

  struct Host {
    std::size_t end = 0;  // token after it
    bool provider = false;
    bool tld = false;
    bool psp = false;
    bool sure_psp = false;  // and it is nothing else
    std::size_t labels = 0;
  };

  // Payment handles that are no words.
  static bool sure_handle(std::string_view v) {
    return (v.size() > 4 && v.starts_with("ok")) || v == "ybl" || v == "ibl" || v == "axl" || v == "yapl" ||
           v == "ptsbi" || v == "ptyes" || v == "ptaxis" || v == "pthdfc";
  }

  // A payment handle with blanks in it ("ok sbi", "y b l"): the token after it, or 0.
  std::size_t spread_handle(std::size_t i) const {
    std::array<char, kLongestWord> joined;
    std::size_t n = 0;
    const bool ok = word_is(i, "ok");
    for (std::size_t k = i; k < tokens_.size() && k < i + (ok ? 3 : 4); ++k) {
      const Token& t = tokens_[k];
      if (!t.letters() || (k > i && t.spaces != 1) || (!ok && t.size() != 1) || n + t.size() > joined.size()) return 0;
      for (const char c : scan_.view(t)) joined[n++] = c;
      const Word* const word = k > i ? find_word({joined.data(), n}) : nullptr;
      const bool goes_on = k + 1 < tokens_.size() && tokens_[k + 1].spaces == 1 && word_is(k + 1, "bank");
      if (word != nullptr && (word->classes & kPsp) != 0 && sure_handle(word->text) && !goes_on) return k + 1;
    }
    return 0;
  }

  // A host name from i on: labels joined by dots, however they are written.
  Host host(std::size_t i) const {
    Host h;
    std::size_t k = i;
    std::size_t n = provider_at(k);
    if (n == 0 && sounds_like_gmail(k)) n = 1;
    if (n != 0) {
      h.provider = true;
      h.labels = 1;
      k += n;
    } else {
      const Token* t = at(k);
      if (t == nullptr || !(t->letters() || t->kind == TokenKind::digits) || t->spaces == 2) return h;
      h.psp = t->has(kPsp) || std::ranges::find(scan_.policy().payment_handles, scan_.view(*t)) !=
                                  scan_.policy().payment_handles.end();
      const std::size_t spread = h.psp && !word_is(k, "ok") ? 0 : spread_handle(k);
      h.psp = h.psp || spread != 0;
      h.sure_psp = spread != 0 || (h.psp && sure_handle(scan_.view(*t)));
      k = spread != 0 ? spread : run_end(k);
      h.labels = 1;
      const std::string_view label = scan_.text.view(tokens_[i].begin, tokens_[k - 1].end);
      if (!h.psp && label.size() > 6 && (label.ends_with("dotcom") || label.ends_with("dotin"))) h.tld = true;
    }
    h.end = k;
    for (int part = 0; part < 5; ++part) {
      std::size_t next = dot_at(k);
      if (next != 0 && next < tokens_.size() &&
          (tokens_[next].letters() || tokens_[next].kind == TokenKind::digits) && tokens_[next].spaces != 2) {
        const bool tld = tld_at(next);
        // ". Next sentence" is no label.
        if (!tld && tokens_[next].spaces != 0 && !tokens_[k].letters() && tokens_[k].spaces != 1) break;
        if (tld && tokens_[next].spaces != 0 && tokens_[k].is('.') && tokens_[k].spaces == 0 &&
            tokens_[next].has(kCommon) && !word_is(next, "com"))
          break;
        h.tld = h.tld || tld;
        k = run_end(next);
        ++h.labels;
        h.end = k;
        continue;
      }
      // "(com)", "yahoo com", "dotcom".
      std::size_t bare = k;
      std::size_t wraps = 0;
      while (bare < tokens_.size() && wrapping(tokens_[bare]) && tokens_[bare].spaces != 2 && wraps < 2)
        ++bare, ++wraps;
      if (bare < tokens_.size() && tokens_[bare].letters() && tokens_[bare].spaces != 2) {
        const Chars v = scan_.view(tokens_[bare]);
        const bool glued_dot = v.size() > 4 && (v.substr(0, 3) == "dot") &&
                               find_word(v.substr(3)) != nullptr &&
                               (find_word(v.substr(3))->classes & kTld) != 0;
        const bool strict =
            (v == "com" || v == "co" || v == "org" || v == "net" || v == "kom" ||
             (v == "cm" && tokens_[bare - 1].letters())) ||
            (h.tld && v == "in");
        if (glued_dot || (strict && (h.provider || strong_ || literal_ || wraps > 0))) {
          h.tld = true;
          k = bare + 1;
          ++h.labels;
          h.end = k;
          continue;
        }
      }
      break;
    }
    // A closing bracket that the host opened.
    if (h.end < tokens_.size() && h.end > i &&
        (tokens_[h.end].is(')') || tokens_[h.end].is(']') || tokens_[h.end].is('}')) &&
        tokens_[h.end].spaces == 0) {
      for (std::size_t p = h.end; p-- > i;) {
        if (tokens_[p].is('(') || tokens_[p].is('[') || tokens_[p].is('{')) {
          ++h.end;
          break;
        }
      }
    }
    return h;
  }

  // Letters, digits and hyphens without a blank between.
  std::size_t run_end(std::size_t i) const {
    std::size_t k = i + 1;
    while (k < tokens_.size() && tokens_[k].spaces == 0) {
      if (tokens_[k].letters() || tokens_[k].kind == TokenKind::digits) {
        if (!tokens_[k].glued && !tokens_[k - 1].is('-') && !tokens_[k - 1].is('_')) break;
        ++k;
      } else if ((tokens_[k].is('-') || tokens_[k].is('_')) && k + 1 < tokens_.size() &&
                 tokens_[k + 1].spaces == 0 &&
                 (tokens_[k + 1].letters() || tokens_[k + 1].kind == TokenKind::digits) &&
                 !tokens_[k + 1].has(kDotWord)) {
        ++k;
      } else {
        break;
      }
    }
    return k;
  }

  bool name_mark(const Token& t) const { return t.is('.') || t.is('_') || t.is('-') || t.is('+'); }

  // First token of the local part that ends before token `end`, or `end` when there is none.
  std::size_t local_start(std::size_t end, bool spread, bool across_lines = false) const {
    std::size_t k = end;
    while (k > 0 && wrapping(tokens_[k - 1])) {
      if (tokens_[k].spaces == 2) return end;
      --k;
      if (end - k > 3) return end;
    }
    if (k == 0 || (tokens_[k].spaces == 2 && !across_lines)) return end;
    if (!(tokens_[k - 1].letters() || tokens_[k - 1].kind == TokenKind::digits)) return end;
    --k;
    if (spells_letter(k)) {
      std::size_t spelled = k;
      while (spelled > 0 && k - spelled < 24 && tokens_[spelled].spaces == 1 && spells_letter(spelled - 1)) --spelled;
      if (k - spelled >= 2) return spelled;
    }
    std::size_t parts = 0;
    while (k > 0 && end - k < 64) {
      const Token& here = tokens_[k];
      const Token& before = tokens_[k - 1];
      const bool alnum_before = before.letters() || before.kind == TokenKind::digits;
      if (here.glued && alnum_before) {
        --k;
        continue;
      }
      // "vik@s (at)", "v!kas@"
      const bool sign = before.is('!') || before.is('$') || before.is('|') || (before.is('@') && !literal_);
      if (here.spaces == 0 && (name_mark(before) || (sign && before.size() == 1)) && k >= 2 && before.spaces == 0 &&
          (tokens_[k - 2].letters() || tokens_[k - 2].kind == TokenKind::digits)) {
        k -= 2;
        continue;
      }
      if (here.spaces == 0 && alnum_before) {
        --k;
        continue;
      }
      // "k dot dellen", "k [dot] dellen", "a . b", "x underscore y".
      if (parts < 4 && here.spaces != 2) {
        std::size_t d = k - 1;
        std::size_t wraps = 0;
        while (d > 0 && wrapping(tokens_[d]) && wraps < 2) --d, ++wraps;
        const Token& joint = tokens_[d];
        const bool full_stop = word_is(d, "stop") && d > 1 && word_is(d - 1, "full");
        if (full_stop) --d;
        const bool dotted = full_stop || joint.has(kDotWord) || word_is(d, "underscore") || word_is(d, "dash") ||
                            word_is(d, "hyphen") || word_is(d, "minus");
        const bool spaced_mark = (joint.is('.') || joint.is('_') || joint.is('-')) &&
                                 joint.spaces == here.spaces && here.spaces == 1 && wraps == 0;
        const bool wrapped_dot = joint.is('.') && wraps == 1 && here.spaces == 0;  // "ravi(.)k"
        if ((dotted || spaced_mark || wrapped_dot) && d > 0) {
          std::size_t before_joint = d - 1;
          wraps = 0;
          while (before_joint > 0 && wrapping(tokens_[before_joint]) && wraps < 2) --before_joint, ++wraps;
          const Token& name = tokens_[before_joint];
          if ((name.letters() || name.kind == TokenKind::digits) &&
              !(name.has(kCommon | kMailCue) && name.size() > 2) && tokens_[d].spaces != 2) {
            k = before_joint;
            ++parts;
            continue;
          }
        }
      }
      // "d r k a p r a": letters one by one; a mark at a word's end ends its sentence.
      if (spread && here.size() == 1 && before.size() == 1 && here.spaces == 1 &&
          (alnum_before || (name_mark(before) && before.spaces == 1))) {
        --k;
        continue;
      }
      // Digits a blank apart from their name ("drkapra 1972 @").
      if (here.kind == TokenKind::digits && here.spaces == 1 && before.letters() &&
          k + 1 == end && (before.size() == 1 || (literal_ && !before.has(kCommon | kMailCue)))) {
        --k;
        continue;
      }
      // "ramesh seven seven at ..."
      if (here.kind == TokenKind::number && here.spaces == 1 && !here.has(kWeakNumber) && before.letters() &&
          (before.kind == TokenKind::number || before.size() == 1 || (before.word == nullptr && !before.has(kMailCue)))) {
        --k;
        // "mohan k two one at"
        if (before.size() == 1 && k > 0 && before.spaces == 1 && tokens_[k - 1].letters() && tokens_[k - 1].word == nullptr) --k;
        continue;
      }
      break;
    }
    return k;
  }

  // A host written letter by letter, from i on: the token after it.
  std::size_t spread_host(std::size_t i) const {
    std::size_t k = i;
    while (k < tokens_.size() && tokens_[k].size() == 1 && tokens_[k].spaces <= 1 &&
           (tokens_[k].letters() || tokens_[k].kind == TokenKind::digits || tokens_[k].is('.') ||
            tokens_[k].is('-')) &&
           k - i < 128)
      ++k;
    while (k > i && tokens_[k - 1].kind == TokenKind::punct) --k;
    return k - i >= 4 ? k : 0;
  }

  bool near_class(std::size_t i, std::uint64_t classes, std::size_t reach) const {
    const std::size_t from = i > reach ? i - reach : 0;
    for (std::size_t k = from; k < i; ++k) {
      if (tokens_[k].has(classes)) return true;
    }
    return false;
  }

  bool soon_class(std::size_t i, std::uint64_t classes, std::size_t reach) const {
    for (std::size_t k = i; k < tokens_.size() && k < i + reach; ++k) {
      if (tokens_[k].has(classes)) return true;
    }
    return false;
  }

  bool ordinary(std::size_t first, std::size_t end) const {
    return end == first + 1 && tokens_[first].has(kCommon | kMailCue | kWeakNumber | kUnit | kContactVerb);
  }

  // The word at i read backwards.
  std::string_view turned(std::size_t i, std::array<char, kLongestWord>& buffer) const {
    if (i >= tokens_.size() || !tokens_[i].letters() || tokens_[i].size() > kLongestWord) return {};
    const Chars v = scan_.view(tokens_[i]);
    std::reverse_copy(v.begin(), v.end(), buffer.begin());
    return {buffer.data(), v.size()};
  }
  bool turned_is(std::size_t i, std::uint64_t classes) const {
    std::array<char, kLongestWord> buffer;
    const std::string_view v = turned(i, buffer);
    const Word* word = v.size() < 2 ? nullptr : find_word(v);
    return word != nullptr && (word->classes & classes) != 0;
  }

  // "moc.liamg@72amrahs.rd": host and name written backwards.
  bool reversed_address(std::size_t i, std::size_t after) {
    std::size_t k = i;
    while (k > 0 && wrapping(tokens_[k - 1]) && i - k < 2) --k;
    if (k == 0 || !tokens_[k - 1].letters()) return false;
    std::size_t first = k - 1;  // labels, last one first
    std::size_t labels = 1;
    bool tld = false;
    bool provider = turned_is(first, kProvider);
    while (first >= 2 && labels < 4) {
      std::size_t joint = first - 1;
      while (joint > 0 && wrapping(tokens_[joint])) --joint;
      if (!(tokens_[joint].is('.') || tokens_[joint].has(kDotWord) || word_is(joint, "tod")) || joint == 0)
        break;
      std::size_t label = joint - 1;
      while (label > 0 && wrapping(tokens_[label])) --label;
      if (!tokens_[label].letters()) break;
      tld = tld || turned_is(label, kTld);
      first = label;
      ++labels;
    }
    if (!provider && !(tld && literal_ && turned_is(first, kTld) && !tokens_[first].has(kTld | kCommon)))
      return false;
    std::size_t end = after;
    while (end < tokens_.size() && (end == after || tokens_[end].spaces == 0) && end - after < 24 &&
           (tokens_[end].letters() || tokens_[end].kind == TokenKind::digits || name_mark(tokens_[end])))
      ++end;
    while (end > after && tokens_[end - 1].kind == TokenKind::punct) --end;
    if (end == after) return false;
    scan_.report(tokens_[first].begin, tokens_[end - 1].end, SpanType::email, tld ? 6.0F : 4.0F,
                 kEvidenceShape | kEvidenceReversed);
    return true;
  }

  // The token after a name without blanks that begins at i.
  std::size_t unbroken_name(std::size_t i) const {
    std::size_t end = i;
    while (end < tokens_.size() && (end == i || tokens_[end].spaces == 0) && end - i < 24 &&
           (tokens_[end].letters() || tokens_[end].kind == TokenKind::digits ||
            (end > i && name_mark(tokens_[end]))))
      ++end;
    while (end > i && tokens_[end - 1].kind == TokenKind::punct && !tokens_[end - 1].is('_')) --end;
    return end;
  }

  // "com dot gmail at drsharma72": the parts in the other order.
  bool host_first(std::size_t i, std::size_t after) {
    if (i < 3 || provider_at(i - 1) != 1 || !tokens_[i - 3].has(kTld) ||
        !(tokens_[i - 2].is('.') || tokens_[i - 2].has(kDotWord)))
      return false;
    const std::size_t end = unbroken_name(after);
    if (end == after || !user_name(after, end)) return false;
    scan_.report(tokens_[i - 3].begin, tokens_[end - 1].end, SpanType::email, 4.5F,
                 kEvidenceProvider | kEvidenceReversed);
    return true;
  }

  // A chosen name near a mail service where words speak of mail, whatever stands between ("hotmail.com comes
  // after the @, before it sunita.b90").
  void near_provider(std::size_t i, std::size_t host_end) {
    constexpr std::size_t kReach = 10;
    const auto chosen = [&](std::size_t k, std::size_t end) {
      return end > k + 1 && shaped(k, end) && user_name(k, end) && tokens_[k].letters();
    };
    for (std::size_t k = host_end; k < tokens_.size() && k < host_end + kReach; ++k) {
      if (tokens_[k].spaces == 2 || tokens_[k].kind == TokenKind::hidden) break;
      if (tokens_[k].spaces == 0 || !tokens_[k].letters()) continue;
      const std::size_t end = unbroken_name(k);
      if (!chosen(k, end)) continue;
      scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::email, 3.4F,
                   kEvidenceProvider | kEvidenceSeparated | kEvidenceCue);
      return;
    }
    for (std::size_t k = i; k-- > 0 && i - k < kReach;) {
      if (tokens_[k].kind == TokenKind::hidden) break;
      if (tokens_[k].letters() && (tokens_[k].spaces != 0 || k == 0)) {
        const std::size_t end = unbroken_name(k);
        if (end <= i && chosen(k, end)) {
          scan_.report(tokens_[k].begin, tokens_[host_end - 1].end, SpanType::email, 3.4F,
                       kEvidenceProvider | kEvidenceSeparated | kEvidenceCue);
          return;
        }
      }
      if (tokens_[k].spaces == 2) break;
    }
  }

  bool address(std::size_t i, std::size_t after) {
    const Token* right = at(after);
    // "a@b@c": what stands before another @ is no host.
    if (literal_ && right != nullptr && right->spaces == 0 && right->word == nullptr &&
        at(after + 1) != nullptr && at(after + 1)->is('@') && at(after + 1)->spaces == 0)
      return false;
    const bool alone = literal_ && tokens_[i].spaces == 2 && after == i + 1;  // at the start of a line
    if (right == nullptr || right->kind == TokenKind::hidden || (right->spaces == 2 && !alone)) return false;
    // "r a m e s h at", "r a m e s h 77 at"
    const std::size_t behind = i >= 3 && tokens_[i - 1].kind == TokenKind::digits && tokens_[i - 1].size() > 1 ? 2 : 1;
    const bool spread_left = i > behind && tokens_[i].spaces == 1 && tokens_[i - behind].size() == 1 &&
                             tokens_[i - behind - 1].size() == 1;
    const bool spread_right = after + 1 < tokens_.size() && right->size() == 1 && right->letters() &&
                              tokens_[after + 1].size() == 1 && tokens_[after + 1].spaces == 1;
    if (literal_ && (spread_left || spread_right)) {
      if (const std::size_t end = spread_host(after); end != 0) {
        const std::size_t first = local_start(i, spread_left);
        if (first < i && end - after >= 4) {
          scan_.report(tokens_[first].begin, tokens_[end - 1].end, SpanType::email, 6,
                       kEvidenceShape | kEvidenceSeparated);
          return true;
        }
      }
    }
    if (reversed_address(i, after) || host_first(i, after)) return true;
    std::size_t first = local_start(i, spread_left, alone);
    const Host h = host(after);
    if (h.labels == 0 || (alone && right->spaces != 2 && !h.provider && !h.tld)) return false;
    // "name followed by @gmail.com"
    std::size_t local_end = i;
    if (literal_ && h.provider && (first == i || ordinary(first, i))) {
      std::size_t k = i;
      while (k > 0 && i - k < 5 && tokens_[k].spaces <= 1 && tokens_[k - 1].letters() &&
             tokens_[k - 1].has(kGlue | kCommon))
        --k;
      const std::size_t name = k > 0 && k < i ? local_start(k, false) : k;
      if (name < k && user_name(name, k)) {
        first = name;
        local_end = k;
      }
    }
    if (first == i) return false;
    if (!literal_ && !h.provider && !h.sure_psp && tokens_[after].has(kCommon)) return false;  // "at a point in"
    if (!literal_ && !h.tld && word_is(after, "outlook") && at(h.end) != nullptr && at(h.end)->has(kCommon) &&
        at(h.end)->spaces == 1 && !near_class(first, kMailCue | kHandleCue, 6))
      return false;  // "at outlook of the year"
    std::size_t last_local = local_end;
    while (last_local > first && wrapping(tokens_[last_local - 1])) --last_local;
    float score = 0;
    std::uint32_t evidence = 0;
    if (h.provider) {
      score += 2.5F;
      evidence |= kEvidenceProvider;
    }
    if (h.tld) score += 2.0F;
    if (strong_) score += 1.5F;
    if (literal_) score += 0.5F;
    if (!literal_) evidence |= kEvidenceSpelled;
    if (near_class(first, kMailCue | kHandleCue, 6)) {
      score += 1.0F;
      evidence |= kEvidenceCue;
    }
    if (ordinary(first, last_local)) score -= strong_ && (h.provider || h.tld) ? 0.5F : 2.5F;
    if (user_name(first, last_local)) score += 1.0F;
    const bool close = tokens_[i].spaces == 0 && tokens_[after].spaces == 0 && literal_;
    SpanType type = SpanType::email;
    if (!literal_ && h.psp && !h.tld) {
      score += 2.0F;
      type = SpanType::upi;
    }
    if (literal_ && !h.provider && !h.tld) {
      // x@y with no dot: a payment address, or a host left short.
      if (h.psp) score += 2.5F;
      if (near_class(first, kPayCue, 6)) score += 1.5F;
      if (close) score += 0.6F;
      if (!close) score -= 1.5F;
      if (!h.psp && !shaped(first, last_local) && !near_class(first, kPayCue | kMailCue | kHandleCue, 6))
        score -= 0.7F;
      if (ordinary(after, h.end) || tokens_[after].kind == TokenKind::digits) score -= 3.0F;
      type = SpanType::upi;
      evidence |= h.psp ? static_cast<std::uint32_t>(kEvidenceProvider) : 0U;
    }
    if (!literal_ && !strong_ && !h.provider && !(h.tld && h.labels >= 2) &&
        !(h.psp && (h.sure_psp || near_class(first, kPayCue, 6))))
      return false;
    // A name in several words ("dr kumar shah 72 at yahoo").
    std::size_t begin = first;
    if (!close && (evidence & kEvidenceCue) != 0 && (h.provider || h.tld)) {
      while (begin > 0 && first - begin < 4 && tokens_[begin].spaces == 1 && tokens_[begin - 1].letters() &&
             (tokens_[begin - 1].word == nullptr || tokens_[begin - 1].has(kHonorific)) &&
             !tokens_[begin - 1].has(kMailCue))
        --begin;
    }
    evidence |= score >= 4 ? static_cast<std::uint32_t>(kEvidenceShape) : 0U;
    if (!close) evidence |= kEvidenceSeparated;
    scan_.report(tokens_[begin].begin, tokens_[h.end - 1].end, type, score, evidence);
    return true;
  }

  // Looks like a chosen name rather than a word: has digits, dots or underscores, or is in no list of words.
  bool user_name(std::size_t first, std::size_t end) const {
    if (first >= end) return false;
    std::size_t letters = 0;
    bool marked = false;
    bool known = true;
    for (std::size_t k = first; k < end; ++k) {
      letters += tokens_[k].letters() ? tokens_[k].size() : 0;
      marked = marked || (k > first && (tokens_[k].is('_') || tokens_[k].is('-') || tokens_[k].is('.') ||
                                        tokens_[k].kind == TokenKind::digits));
      known = known && (tokens_[k].word != nullptr);
    }
    if (end == first + 1)
      return !tokens_[first].has(~std::uint64_t{0}) && tokens_[first].word == nullptr && letters >= 4;
    return letters >= 2 && (marked || !known);
  }

  bool shaped(std::size_t first, std::size_t end) const {
    for (std::size_t k = first + 1; k < end; ++k) {
      if (tokens_[k].is('.') || tokens_[k].is('-') || tokens_[k].kind == TokenKind::digits) return true;
      if (tokens_[k].is('_') && end - first <= 5) return true;
    }
    return false;
  }

  // A name that somebody chose: no word with a figure, two with a dot, or made of a name and what the person does.
  float own(std::size_t first, std::size_t end) const {
    if (first >= end) return 0;
    if (tokens_[first].word != nullptr && !tokens_[first].has(kHonorific)) return 0;
    if (end == first + 1) return calls_doctor(scan_.view(tokens_[first])) ? 1.6F : tokens_[first].size() >= 8 ? 0.4F : 0.0F;
    return shaped(first, end) ? 1.1F : 0.0F;
  }

  // Small words between a name and its mail service.
  static bool joins(std::string_view v) {
    constexpr std::string_view kJoins[] = {"on",     "usual",  "after",    "at",   "in",      "par",  "pe",
                                           "with",   "from",   "via",      "et",   "using",   "mera", "wala",
                                           "its",    "it",     "is",       "a",    "my",      "the",  "s",
                                           "ka",     "ki",     "hai",      "id",  "mail", "address", "account",   "and",     "then", "of",
                                           "domain", "server", "provider", "host", "service"};
    return std::ranges::find(kJoins, v) != std::end(kJoins);
  }

  // "gmail pe mera id ...", "gmail as ..."
  static bool places(std::string_view v) {
    return v == "pe" || v == "par" || v == "mein" || v == "mera" || v == "meri" || v == "as" || v == "ka" || v == "ki" ||
           v == "name" || v == "naam";
  }

  // "drx, gmail", "gmail: drx", "drx on gmail", "drx gmail com".
  void beside_provider(std::size_t i) {
    const Host h = host(i);
    const std::size_t known = scan_.found.size();
    strong_ = false;
    bool cue = near_class(i, kMailCue | kHandleCue | kContactVerb, 9);
    // Left: the name, then at most two marks and one small word.
    std::size_t k = i;
    std::size_t marks = 0;
    float joined = 0;
    const auto host_label = [](Chars v) {
      return v == "domain" || v == "host" || v == "provider" || v == "server" || v == "service" ||
             v == "mail";
    };
    const bool labelled = k >= 2 && tokens_[k - 1].kind == TokenKind::punct && tokens_[k - 2].letters() &&
                          host_label(scan_.view(tokens_[k - 2]));
    if (k > 0 && tokens_[k].spaces != 2) {
      for (int steps = 0; k > 0 && steps < 8; ++steps) {
        const Token& t = tokens_[k - 1];
        if (t.kind == TokenKind::punct && !t.is('.') && marks < 3) {
          ++marks;
        } else if (t.letters() && (joins(scan_.view(t)) || t.has(kProvider) || scan_.view(t) == "one" ||
                                   scan_.view(t) == "google")) {
          joined = 0.5F;
        } else {
          break;
        }
        --k;
      }
      if (labelled) joined += 1.0F;
      if (k > 0 && (tokens_[k - 1].letters() || tokens_[k - 1].kind == TokenKind::digits)) {
        const std::size_t first = local_start(k, false, labelled);
        if (first < k && user_name(first, k)) {
          cue = cue || near_class(first, kMailCue | kHandleCue | kContactVerb, 4) || soon_class(h.end, kContactVerb | kPayCue, 3);
          float score = 1.0F + joined + (shaped(first, k) ? 1.2F : 0.0F) + (cue ? 1.5F : 0.0F) +
                        (h.tld ? 2.0F : 0.0F) + (marks > 0 ? 0.6F : 0.0F) +
                        (word_is(i, "outlook") && !cue && !h.tld ? 0.0F : own(first, k));
          scan_.report(tokens_[first].begin, tokens_[h.end - 1].end, SpanType::email, score,
                       kEvidenceProvider | kEvidenceSeparated);
        }
      }
    }
    // Right: fillers, then the name.
    std::size_t r = h.end;
    float introduced = 0;
    bool arrow = false;
    // "gmail.com at the end, before it ...", "on gmail I am ..."
    bool placed = i > 0 && tokens_[i].spaces == 1 &&
                  (word_is(i - 1, "on") || word_is(i - 1, "pe") || word_is(i - 1, "par"));
    const bool on = placed;
    std::size_t steps = 0;
    while (r < tokens_.size() && steps < 9 && tokens_[r].spaces != 2) {
      const Token& t = tokens_[r];
      if (t.is(':') || t.is('-') || t.is('=') || t.is('>') || t.is('(') || t.is('@') || t.is('<')) {
        introduced += t.is('(') || t.is('-') ? 0.8F : 1.5F;
        arrow = arrow || t.is('<') || t.is('>');
      } else if (t.is(',') || (t.letters() && t.has(kHandleCue))) {
        introduced += 0.8F;
      } else if (scan_.view(t) == "is" || scan_.view(t) == "hai") {
        introduced += 1.0F;
      } else if (t.letters() &&
                 (scan_.view(t) == "end" || scan_.view(t) == "before" || scan_.view(t) == "after")) {
        placed = true;
      } else if (!(t.letters() && t.size() <= 7 &&
                   (r + 1 >= tokens_.size() || tokens_[r + 1].spaces != 0 || tokens_[r + 1].is(',')) &&
                   (t.has(kGlue | kMailCue | kHandleCue) || ((h.tld || on || places(scan_.view(t))) && t.has(kCommon | kAtWord))))) {
        break;
      }
      ++r;
      ++steps;
    }
    const bool directly = r == h.end && r < tokens_.size() && tokens_[r].spaces == 1 && !h.tld &&
                          !(word_is(i, "outlook") && !cue) && own(r, unbroken_name(r)) >= 0.6F;  // "gmail drravi77"
    if (r < tokens_.size() && (r > h.end || directly) && tokens_[r].spaces != 2 && tokens_[r].letters() &&
        (!h.tld || arrow || placed)) {
      std::size_t end = r + 1;
      while (end < tokens_.size() && tokens_[end].spaces == 0 &&
             (tokens_[end].letters() || tokens_[end].kind == TokenKind::digits ||
              (name_mark(tokens_[end]) && end + 1 < tokens_.size() && tokens_[end + 1].spaces == 0 &&
               tokens_[end + 1].kind != TokenKind::punct)))
        ++end;
      if (user_name(r, end) && (steps < 5 || shaped(r, end))) {
        const bool mine =
            i > 0 && (scan_.view(tokens_[i - 1]) == "my" || scan_.view(tokens_[i - 1]) == "mera");
        const float score = 0.8F + std::min(introduced, 2.6F) + (mine ? 0.7F : 0.0F) +
                            (tokens_[r].size() >= 8 ? 0.6F : 0.0F) + (shaped(r, end) ? 1.2F : 0.0F) +
                            (cue ? 0.7F : 0.0F) + (word_is(i, "outlook") && !cue && introduced == 0 ? 0.0F : own(r, end));
        scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::email, score,
                     kEvidenceProvider | kEvidenceSeparated);
      }
    }
    if (scan_.found.size() == known && (cue || near_class(i, kPartWord, 6))) near_provider(i, h.end);
  }

  Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
  bool literal_ = false;  // the anchor is @ itself
  bool strong_ = false;   // or can hardly be anything else
};

// Short lines as one, without the marks of a list before them; false if there are none.
bool join_short_lines(const std::pmr::vector<Token>& tokens, std::pmr::vector<Token>& joined) {
  const auto after_first = tokens.begin() + (tokens.empty() ? 0 : 1);
  if (std::none_of(after_first, tokens.end(), [](const Token& t) { return t.spaces == 2; })) return false;
  constexpr std::size_t kShort = 4;  // tokens
  bool any = false;
  std::size_t before = kShort + 1;  // tokens of the line before
  for (std::size_t i = 0; i < tokens.size();) {
    std::size_t end = i + 1;
    while (end < tokens.size() && tokens[end].spaces != 2) ++end;
    std::size_t from = i;
    const bool item = (tokens[i].kind == TokenKind::digits || tokens[i].letters()) && tokens[i].size() <= 2 &&
                      i + 2 < end && (tokens[i + 1].is(')') || tokens[i + 1].is('.')) &&
                      tokens[i + 2].spaces == 1;
    if (item) from = i + 2;
    if ((tokens[i].is('-') || tokens[i].is('*') || tokens[i].kind == TokenKind::symbol) && i + 1 < end &&
        tokens[i + 1].spaces == 1)
      from = i + 1;
    const bool spells = end - from <= kShort &&
                        std::any_of(tokens.begin() + static_cast<std::ptrdiff_t>(from),
                                    tokens.begin() + static_cast<std::ptrdiff_t>(end),
                                    [](const Token& t) { return t.is('@') || t.has(kAtWord | kDotWord); });
    const bool joins = i > 0 && end - from <= kShort && (before <= kShort || from > i || spells);
    for (std::size_t k = joins ? from : i; k < end; ++k) {
      joined.push_back(tokens[k]);
      if (joins && k == from) joined.back().spaces = 1;
    }
    any = any || joins;
    before = end - from;
    i = end;
  }
  return any;
}

}  // namespace

void find_mail(Scan& scan) {
  Mail(scan, scan.tokens).run();
  std::pmr::vector<Token> joined(scan.memory);
  if (join_short_lines(scan.tokens, joined)) Mail(scan, joined).run();
}

}  // namespace connex::redaction
