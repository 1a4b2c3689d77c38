// URLs that are not on the allow-list, and user names on social networks and messengers.
#include <algorithm>

#include "core/redaction/detect.hpp"

namespace connex::redaction {
namespace {

bool allowed(std::string_view host, const RedactionPolicy& policy) {
  for (const std::string_view known : policy.allowed_hosts) {
    if (host == known) return true;
    if (host.size() > known.size() && host.ends_with(known) && host[host.size() - known.size() - 1] == '.')
      return true;
  }
  return false;
}

class Web {
 public:
  explicit Web(Scan& scan) : scan_(scan), tokens_(scan.tokens) {}

  void run() {
    std::size_t i = 0;
    while (i < tokens_.size()) {
      if (const std::size_t end = url(i); end != 0) {
        i = end;
        continue;
      }
      if (tokens_[i].is('@')) at_name(i);
      if (tokens_[i].has(kPlatform) && tokens_[i].letters()) beside_platform(i);
      if (tokens_[i].letters() && tokens_[i].has(kHandleCue)) after_handle_cue(i);
      ++i;
    }
  }

 private:
  Chars view(std::size_t i) const { return scan_.view(tokens_[i]); }
  // "dot", "d0t"
  bool dot_word(std::size_t i) const {
    return i < tokens_.size() && tokens_[i].letters() && tokens_[i].word != nullptr && Chars(tokens_[i].word->text) == "dot";
  }
  bool alnum(std::size_t i) const {
    return i < tokens_.size() && (tokens_[i].letters() || tokens_[i].kind == TokenKind::digits);
  }

  // The token after everything that is written without a blank from i on.
  std::size_t unbroken(std::size_t i) const {
    std::size_t k = i + 1;
    while (k < tokens_.size() && tokens_[k].spaces == 0 && tokens_[k].kind != TokenKind::hidden &&
           tokens_[k].kind != TokenKind::symbol && !tokens_[k].is('"') && !tokens_[k].is('<') &&
           !tokens_[k].is('>') && !tokens_[k].is(')') && !tokens_[k].is('\''))
      ++k;
    while (k > i + 1 && tokens_[k - 1].kind == TokenKind::punct && !tokens_[k - 1].is('/')) --k;
    return k;
  }

  // Begins like the name of a scheme.
  bool schemes(const Token& t) const {
    const char c = t.size() >= 2 && t.size() <= 6 ? scan_.view(t)[0] : ' ';
    return c == 'h' || c == 'f' || c == 'u' || c == 't' || c == 's' || c == 'm' || c == 'w' || c == 'i' || c == 'v';
  }

  // What follows the first label: a dot, a scheme's colon, a bracket, or more of the label.
  bool may_open_host(std::size_t i) const {
    if (i + 1 >= tokens_.size()) return false;
    const Token& next = tokens_[i + 1];
    // The end of a sentence or of a clause, after what is no scheme.
    if (next.kind == TokenKind::punct && next.spaces == 0 && !schemes(tokens_[i])) {
      if (next.is('.')) return next.size() > 1 || (i + 2 < tokens_.size() && tokens_[i + 2].spaces == 0);
      return next.is('(') || next.is('[') || next.is('{') || next.is('-') || next.is('_');
    }
    if (next.kind == TokenKind::punct)
      return next.spaces == 0 || next.is('.') || next.is('(') || next.is('[') || next.is('{');
    return next.glued || dot_word(i + 1);
  }

  // A URL that starts at token i: reports it unless allowed. Returns the token after it, or 0.
  std::size_t url(std::size_t i) {
    const Token& t = tokens_[i];
    if (!t.letters() && t.kind != TokenKind::digits) return 0;
    if (!may_open_host(i)) return 0;
    if (i > 0 && t.spaces == 0 &&
        (tokens_[i - 1].is('@') || tokens_[i - 1].is('.') || tokens_[i - 1].is('-') || alnum(i - 1)))
      return 0;
    std::size_t host = i;
    bool scheme = false;
    const Chars v = view(i);
    if (v.size() >= 2 && (v == "http" || v == "https" || v == "hxxp" || v == "hxxps" || v == "ftp" ||
                          v == "upi" || v == "tg" || v == "skype" || v == "mailto" || v == "fb" || v == "tel" ||
                          v == "sms" || v == "sip" || v == "whatsapp" || v == "instagram" || v == "viber")) {
      std::size_t k = i + 1;
      std::size_t marks = 0;
      while (k < tokens_.size() && tokens_[k].kind == TokenKind::punct && marks < 4) ++k, ++marks;
      if (marks >= 2 && alnum(k) && tokens_[k].spaces != 2) {
        scheme = true;
        host = k;
      }
    }
    // The host: labels joined by dots, spelled or not.
    std::size_t k = host;
    bool www = view(host).starts_with("www");
    bool tld = false;
    bool generic_tld = false;
    std::size_t tld_at = k;
    bool spaced = false;
    std::size_t labels = 0;
    while (alnum(k)) {
      std::size_t end = k + 1;
      while (end < tokens_.size() && tokens_[end].spaces == 0 &&
             (alnum(end) || tokens_[end].is('-') || tokens_[end].is('_'))) {
        if (!alnum(end) && !alnum(end + 1)) break;
        ++end;
      }
      ++labels;
      if (labels > 1) {
        const Chars label = tokens_[k].leet && tokens_[k].word != nullptr ? Chars(tokens_[k].word->text) : view(k);
        tld = end == k + 1 && tokens_[k].has(kTld);
        tld_at = k;
        generic_tld = generic_tld ||
                      (tld && (label == "com" || label == "org" || label == "net" || label == "co" ||
                               label == "info" || label == "clinic" || label == "online" || label == "biz"));
      }
      k = end;
      if (k + 1 >= tokens_.size()) break;
      const bool plain = tokens_[k].is('.') && tokens_[k].size() == 1 && tokens_[k].spaces == 0 &&
                         tokens_[k + 1].spaces == 0;
      const bool spelled = dot_word(k) && tokens_[k + 1].has(kTld | kPlatform);
      if (!plain && !spelled) {
        std::size_t w = k;  // "[.]", "(dot)", " . "
        std::size_t wraps = 0;
        while (w < tokens_.size() && (tokens_[w].is('[') || tokens_[w].is('(') || tokens_[w].is('{')) &&
               wraps < 1)
          ++w, ++wraps;
        const bool joint =
            w < tokens_.size() && (tokens_[w].is('.') || dot_word(w));
        if (!joint || (wraps == 0 && !(tokens_[w].spaces == 1 && w + 1 < tokens_.size() &&
                                       tokens_[w + 1].spaces == 1 && tokens_[w + 1].has(kTld))))
          break;
        ++w;
        if (wraps != 0 && w < tokens_.size() && tokens_[w].kind == TokenKind::punct) ++w;
        if (!alnum(w)) break;
        spaced = true;
        k = w;
        continue;
      }
      spaced = spaced || spelled;
      ++k;
    }
    if (labels < 2 && !scheme) return 0;
    const bool path = k < tokens_.size() && tokens_[k].is('/') && (tokens_[k].spaces == 0 || (spaced && tld));
    const bool platform_host = [&] {
      for (std::size_t p = host; p < k; ++p) {
        if (tokens_[p].has(kPlatform) || view(p) == "zoom" || view(p) == "meet" || view(p) == "bit" ||
            view(p) == "linktr" || view(p) == "t" || view(p) == "calendly" || view(p) == "practo")
          return true;
      }
      return false;
    }();
    float score = 0;
    if (scheme) score += 4.0F;
    if (www && labels >= 2) score += 3.5F;
    if (tld) score += path ? 3.0F : 1.5F;
    if (generic_tld) score += 2.0F;
    if (platform_host && tld) score += 2.0F;
    if (platform_host && path && !tld && labels == 2) score += 3.0F;  // "fb.watch/a"
    if (tld && !generic_tld && !path && !spaced && own_name(host, tld_at)) score += 1.5F;
    if (labels >= 3 && tld) score += 0.8F;
    // "drravi (dot) in", "my site drraviortho . in"
    if (spaced && tld && !generic_tld && labels == 2 && tokens_[host].word == nullptr && tokens_[host].size() >= 6)
      score += calls_doctor(view(host)) || www || names_site(host) ? 3.0F : 1.0F;
    if (tokens_[host].has(kCommon) && !generic_tld && !path) score -= 1.5F;
    if (spaced && !generic_tld && !path) score -= 1.0F;
    if (score <= 0) return 0;
    std::size_t end = std::max(k, path || scheme ? unbroken(k > i ? k - 1 : k) : k);
    while (end + 1 < tokens_.size() && tokens_[end].letters() && view(end) == "slash" && alnum(end + 1))
      end = unbroken(end + 1);
    if (path && tokens_[k].spaces != 0 && alnum(k + 1)) end = unbroken(k + 1);
    const std::string_view host_name = scan_.text.view(tokens_[host].begin, tokens_[k - 1].end);
    if (!spaced && allowed(host_name, scan_.policy()) && !disguised(i, k)) return score >= 3 ? end : 0;
    if (score >= 3)
      scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::url, score, kEvidenceShape);
    return score >= 3 ? end : 0;
  }

  // "drraviclinic.in", "see ravi-heart.care": a label that is no word before a last one that may be a word, and
  // not two sentences without a blank between them.
  bool own_name(std::size_t host, std::size_t tld) const {
    std::size_t letters = 0;
    for (std::size_t k = host; k < tld; ++k) letters += tokens_[k].letters() ? tokens_[k].size() : 0;
    if (letters < 4 || (tokens_[host].word != nullptr && tokens_[host + 1].is('.'))) return false;
    if (scan_.capital(tokens_[tld]) && !scan_.capital(tokens_[host])) return false;
    if (names_site(host)) return true;
    const std::size_t next = tld + 1;
    const bool ends = next >= tokens_.size() || tokens_[next].spaces == 2 || tokens_[next].is(',') ||
                      tokens_[next].is('.') || tokens_[next].is(')') || tokens_[next].is(';');
    return tokens_[tld].has(kCommon | kWeakNumber) ? ends : ends || !tokens_[next].glued;
  }

  // A word that announces a site stands right before it.
  bool names_site(std::size_t host) const {
    for (std::size_t k = host > 4 ? host - 4 : 0; k < host; ++k) {
      if (!tokens_[k].letters()) continue;
      const Chars v = view(k);
      if (v == "site" || v == "website" || v == "visit" || v == "link" || v == "details" || v == "page" ||
          v == "web" || v == "online" || v == "url" || v == "see" || v == "blog" || v == "portal")
        return true;
    }
    return false;
  }

  // Look-alike letters inside an allowed host are a disguise, not that host.
  bool disguised(std::size_t i, std::size_t end) const {
    const std::uint32_t from = tokens_[i].begin;
    const std::uint32_t to = tokens_[end - 1].end;
    return scan_.text.last(to) - scan_.text.first(from) != to - from;
  }

  // A user name from i on: the token after it, or i. Letters, digits, dots, underscores without blanks.
  std::size_t name_end(std::size_t i) const {
    std::size_t k = i;
    while (k < tokens_.size() && (k == i || tokens_[k].spaces == 0) && k - i < 24) {
      if (alnum(k)) {
        ++k;
      } else if ((tokens_[k].is('.') || tokens_[k].is('_') || tokens_[k].is('-')) && k + 1 < tokens_.size() &&
                 tokens_[k + 1].spaces == 0 &&
                 (alnum(k + 1) ||
                  (k > i && (tokens_[k].is('_') || tokens_[k].is('.')) && tokens_[k + 1].is('_')) ||
                  (tokens_[k].is('_') && k == i))) {
        ++k;
      } else {
        break;
      }
    }
    if (k < tokens_.size() && k > i && tokens_[k].is('_') && tokens_[k].spaces == 0) ++k;
    // "drjose#4412"
    if (k > i && k + 1 < tokens_.size() && tokens_[k].is('#') && tokens_[k].spaces == 0 && tokens_[k + 1].spaces == 0 &&
        tokens_[k + 1].kind == TokenKind::digits)
      k += 2;
    return k;
  }

  // The token after the mark of a name at i, where it stands apart: "underscore", "(dot)", " _ "; or 0.
  std::size_t spelled_mark(std::size_t i) const {
    std::size_t k = i;
    const bool wrapped = k < tokens_.size() && (tokens_[k].is('(') || tokens_[k].is('['));
    if (wrapped) ++k;
    if (k >= tokens_.size() || tokens_[k].spaces == 2) return 0;
    const bool word = tokens_[k].letters() &&
                      (view(k) == "underscore" || view(k) == "underscor" || view(k) == "dot" || view(k) == "dash" ||
                       view(k) == "hyphen");
    if (!word && !((tokens_[k].is('_') || (wrapped && tokens_[k].is('.'))) && (wrapped || tokens_[k].spaces == 1)))
      return 0;
    ++k;
    if (wrapped) {
      if (k >= tokens_.size() || !(tokens_[k].is(')') || tokens_[k].is(']'))) return 0;
      ++k;
    }
    return k < tokens_.size() && alnum(k) && tokens_[k].spaces != 2 ? k : 0;
  }

  // A name whose marks are spelled, or whose letters stand apart, from i on: the token after it; or i.
  std::size_t spelled_name(std::size_t i) const {
    std::size_t singles = 0;
    std::size_t end = i;
    while (end < tokens_.size() && end < i + 32 && (end == i || tokens_[end].spaces == 1) && tokens_[end].size() == 1 &&
           (alnum(end) || tokens_[end].is('_') || tokens_[end].is('.'))) {
      ++end;
      ++singles;
    }
    if (singles >= 5) return end;
    end = name_end(i);
    bool any = false;
    for (int parts = 0; end > i && parts < 4; ++parts) {
      const std::size_t next = spelled_mark(end);
      if (next == 0) break;
      end = name_end(next);
      any = true;
    }
    return any ? end : i;
  }

  // 0: an ordinary word; 1: unknown letters; 2 and more: surely chosen.
  float name_score(std::size_t i, std::size_t end) const {
    if (end == i) return -10;
    if (end == i + 1) {
      if (tokens_[i].kind == TokenKind::digits) return tokens_[i].leet ? 2.0F : -1.0F;
      if (tokens_[i].word != nullptr)
        return tokens_[i].has(kCommon) || tokens_[i].size() < 5 ? -10.0F : -1.0F;
      if (calls_doctor(view(i))) return 2.6F;
      return tokens_[i].size() >= 9   ? 1.6F
             : tokens_[i].size() >= 6 ? 1.0F
             : tokens_[i].size() >= 4 ? 0.8F
                                      : -0.5F;
    }
    std::size_t letters = 0;
    bool marked = false;
    bool unknown = false;
    bool hyphened = false;  // of unknown parts
    for (std::size_t k = i; k < end; ++k) {
      hyphened = hyphened || (tokens_[k].is('-') && unknown);
      letters += tokens_[k].letters() ? tokens_[k].size() : 0;
      marked = marked || tokens_[k].is('_') || tokens_[k].is('.') ||
               (tokens_[k].kind == TokenKind::digits && k > i);
      unknown = unknown || (tokens_[k].letters() && tokens_[k].word == nullptr && tokens_[k].size() >= 3);
    }
    if (letters < 3) return -3;
    return (marked ? 2.0F : hyphened ? 1.0F : 0.3F) + (unknown ? 0.6F : -0.6F);
  }

  // "dr_ravi_cardio", "drravi77": what people call themselves, and nothing else is called.
  bool chosen(std::size_t i, std::size_t end) const {
    if (end <= i + 1) return false;
    std::size_t letters = 0;
    bool joined = false;
    for (std::size_t k = i; k < end; ++k) {
      letters += tokens_[k].letters() ? tokens_[k].size() : 0;
      joined = joined || (k > i && tokens_[k].is('_'));
    }
    const Chars v = view(i);
    return letters >= 4 && (joined || (tokens_[i].letters() && v.size() >= 4 && v.substr(0, 2) == "dr" &&
                                       tokens_[i].word == nullptr && tokens_[i + 1].glued));
  }

  bool near_class(std::size_t i, std::uint64_t classes, std::size_t reach) const {
    for (std::size_t k = i > reach ? i - reach : 0; k < i; ++k) {
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

  // "@name", with or without a network beside it.
  void at_name(std::size_t i) {
    if (i + 1 >= tokens_.size() || tokens_[i + 1].spaces != 0) return;
    if (i > 0 && tokens_[i].spaces == 0 && alnum(i - 1)) return;  // an address
    const std::size_t end = name_end(i + 1);
    if (end == i + 1) return;
    float score = 1.8F + name_score(i + 1, end);
    if (end > i + 2 && tokens_[i + 2].is('-')) score -= 1.0F;  // a group
    if (tokens_[i + 1].kind == TokenKind::digits && end == i + 2) score -= 2.0F;
    const bool social = near_class(i, kPlatform | kHandleCue, 6) || soon_class(end, kPlatform, 4);
    if (social) score += 2.5F;
    scan_.report(tokens_[i].begin, tokens_[end - 1].end, SpanType::handle, score, social ? kEvidenceCue : 0U);
  }

  // Networks whose names are ordinary words too, or what people write about.
  static bool means_more(Chars network) {
    return network == "teams" || network == "threads" || network == "github";
  }

  // "OMP_NUM_THREADS"
  bool inside_name(std::size_t i) const {
    const auto joint = [&](std::size_t k) { return tokens_[k].spaces == 0 && (tokens_[k].is('_') || tokens_[k].is('.')); };
    return (i > 0 && tokens_[i].spaces == 0 && joint(i - 1)) ||
           (i + 2 < tokens_.size() && joint(i + 1) && tokens_[i + 1].is('_') && tokens_[i + 2].spaces == 0);
  }

  // "telegram id: name", "insta - name", "name on instagram".
  void beside_platform(std::size_t i) {
    const bool verb = near_class(i, kContactVerb, 4);
    if (view(i) == "signal" && i + 1 < tokens_.size() && (tokens_[i + 1].is('=') || tokens_[i].spaces == 0))
      return;
    if (inside_name(i)) return;
    const bool doubtful = means_more(view(i));
    std::size_t r = i + 1;
    float introduced = 0;
    std::size_t steps = 0;
    bool found = false;
    while (r < tokens_.size() && steps < 6) {
      const Token& t = tokens_[r];
      if (t.spaces == 2 && (t.is('-') || t.is('*'))) break;  // the next item of a list
      if (t.letters() && spelled_name(r) > r) {  // "dr underscore ravi"
        found = true;
        break;
      }
      if (t.is(':') || t.is('-') || t.is('=') || t.is('>') || t.is('@') || t.is('(') || t.is(',') ||
          t.is('/')) {
        const bool joined = (t.is('-') || t.is('/')) && t.spaces == 0;  // "snap-in"
        if (joined && !(r + 1 < tokens_.size() && (tokens_[r + 1].is('>') || tokens_[r + 1].spaces != 0)))
          break;
        introduced += t.is('(') ? 0.6F : t.is(',') ? 0.3F : 2.0F;
      } else if (t.is('"')) {
        introduced += 0.3F;
      } else if (t.kind == TokenKind::symbol && t.spaces == 1) {  // an arrow
        introduced += 0.8F;
      } else if (t.is('\'') && r + 1 < tokens_.size() && view(r + 1) == "s") {
        introduced += 1.0F;
        ++r;
      } else if (t.is(')') || (t.letters() && t.has(kReverse))) {  // "insta (backwards): ..."
        introduced += 0.3F;
      } else if (t.letters() && t.size() <= 3 && r + 1 < tokens_.size() && tokens_[r + 1].is('/') &&
                 tokens_[r + 1].spaces == 0) {  // "u/name", "in/name"
        introduced += 1.6F;
        ++r;
      } else if (view(r) == "rate") {
        introduced += 1.0F;
      } else if (t.letters() && t.has(kHandleCue)) {
        introduced += 1.3F;
      } else if (t.letters() &&
                 (t.has(kPlatform) ||
                  ((t.has(kGlue) || t.has(kCommon)) && t.size() <= 4 && r + 1 < tokens_.size() &&
                   (tokens_[r + 1].spaces != 0 || tokens_[r + 1].is(':'))))) {
        introduced += view(r) == "as"                                                              ? 1.4F
                      : view(r) == "am"                                                            ? 0.6F
                      : view(r) == "is" || view(r) == "hai" || view(r) == "pe" || view(r) == "par" ? 0.4F
                                                                                                   : 0.0F;
      } else {
        found = alnum(r) || t.is('_');
        break;
      }
      ++r;
      ++steps;
    }
    if (found && doubtful && !(name_end(r) > r + 1 && introduced >= 1.4F) && !calls_doctor(view(r))) found = false;
    if (found && r < tokens_.size()) {
      const std::size_t end = name_end(r);
      if (introduced == 0 && tokens_[r].spaces == 1 && chosen(r, end)) introduced = 0.8F;
      if (const std::size_t spelled = spelled_name(r); spelled > r) {
        const float score = 2.6F + (introduced > 0 || calls_doctor(view(r)) || tokens_[r].has(kHonorific) ? 1.0F : 0.0F);
        scan_.report(tokens_[r].begin, tokens_[spelled - 1].end, SpanType::handle, score, kEvidenceProvider);
      }
      if (introduced == 0 && end > r && direct(i, r, end)) introduced = 2.2F;
      const float score = name_score(r, end) + std::min(introduced, 2.6F) + (verb ? 1.0F : 0.0F) +
                          (soon_class(end, kContactVerb, 2) ? 1.6F : 0.0F);
      // "Facebook - Arun Kumar Ortho"
      std::size_t last = end > r ? end : r + 1;
      if (introduced >= 2.0F && end == r + 1 && scan_.capital(tokens_[r])) {
        for (int words = 0; words < 3 && last < tokens_.size() && tokens_[last].letters() && tokens_[last].spaces == 1 &&
                            scan_.capital(tokens_[last]) && !tokens_[last].has(kCommon);
             ++words)
          ++last;
      }
      scan_.report(tokens_[r].begin, tokens_[last - 1].end, SpanType::handle, score, kEvidenceProvider);
    }
    // Left: "name on instagram", "name (insta)".
    std::size_t k = i;
    float joined = 0;
    steps = 0;
    while (k > 0 && steps < 3) {
      const Token& t = tokens_[k - 1];
      if (t.is('(') || t.is(',') || t.is('-')) {
        joined += t.is('(') ? 0.5F : 0.3F;
      } else if (t.letters() && (view(k - 1) == "on" || view(k - 1) == "at" || view(k - 1) == "in" ||
                                 view(k - 1) == "pe" || view(k - 1) == "par" || view(k - 1) == "via" ||
                                 view(k - 1) == "my" || view(k - 1) == "the")) {
        joined += 0.6F;
      } else {
        break;
      }
      --k;
      ++steps;
    }
    if (k == 0 || tokens_[k].spaces == 2 || !(alnum(k - 1) || tokens_[k - 1].is('_'))) return;
    std::size_t first = k - 1;
    while (first > 0 && tokens_[first].spaces == 0 &&
           (alnum(first - 1) || tokens_[first - 1].is('.') || tokens_[first - 1].is('_')) && k - first < 24)
      --first;
    if (first > 0 && tokens_[first].spaces == 0 && tokens_[first - 1].is('@')) --first;
    const std::size_t name = tokens_[first].is('@') ? first + 1 : first;
    if (doubtful && name == first && !calls_doctor(view(name))) return;
    if (joined == 0) {  // "dr_ravi insta"
      if (!chosen(name, k) && !(k == name + 1 && calls_doctor(view(name)) && tokens_[k].spaces == 1)) return;
      joined = 0.6F;
    }
    const bool searched = near_class(first, kContactVerb | kHandleCue, 3);
    const float score = name_score(name, k) + joined + (searched ? 1.8F : 0.0F);
    scan_.report(tokens_[first].begin, tokens_[k - 1].end, SpanType::handle, score, kEvidenceProvider);
  }

  // "insta arunbones", "discord ravi#4412": what stands right behind a network's name, ends there and is no word is
  // somebody's name on it. A name with a capital may be a person's.
  bool direct(std::size_t i, std::size_t r, std::size_t end) const {
    const Chars network = view(i);
    if (r == i + 1 && tokens_[r].spaces == 1 && end == r + 1 && calls_doctor(view(r))) return true;
    if (r != i + 1 || tokens_[r].spaces != 1 || network == "whatsapp" || network == "wa" || network == "signal" ||
        means_more(network) || network == "snap")
      return false;
    if (!tokens_[r].letters() || tokens_[r].word != nullptr || tokens_[r].size() < 5) return false;
    if (end == r + 1) {
      const std::string_view v = view(r);
      constexpr std::string_view kWordEnds[] = {"ing", "ed", "ers", "er", "ors", "tion", "tions", "ment", "ments", "ly",
                                                "al", "ive", "ous", "ies", "able", "ity", "ness", "ism", "ist", "ists",
                                                "age", "ance", "ence", "ful", "ogy", "ics", "tic", "sion",
                                                "ure", "ship", "ware", "ory", "ary", "ery", "ian", "ish", "ate", "ize",
                                                "line", "time", "work", "book", "s"};
      if (scan_.capital(tokens_[r]) || v.size() < 8 ||
          std::ranges::any_of(kWordEnds, [&](std::string_view ending) { return v.ends_with(ending); }))
        return false;
    }
    return end >= tokens_.size() || tokens_[end].spaces == 2 || !tokens_[end].letters();
  }

  // "username name", "my handle is name", with no network named.
  void after_handle_cue(std::size_t i) {
    const Chars v = view(i);
    if (v == "search" || v == "page" || v == "channel" || v == "account" || v == "profile" || v == "name" ||
        v == "naam")
      return;
    std::size_t r = i + 1;
    std::size_t steps = 0;
    const bool user = v == "username" || v == "userid" || v == "handle" ||
                      (v == "id" && i > 0 && (view(i - 1) == "user" || view(i - 1) == "line" || view(i - 1) == "wechat"));
    float introduced = v == "handle" ? 0.8F : user ? 1.6F : 0.2F;
    while (r < tokens_.size() && steps < 4) {
      if (tokens_[r].is(':') || tokens_[r].is('-') || tokens_[r].is('=') || tokens_[r].is('@'))
        introduced += 0.6F;
      else if (!(tokens_[r].letters() &&
                 (view(r) == "is" || view(r) == "hai" || view(r) == "id" || view(r) == "name")))
        break;
      ++r;
      ++steps;
    }
    if (r >= tokens_.size() || !alnum(r) || tokens_[r].spaces == 2) return;
    if (v == "nick" && r == i + 1 && scan_.capital(tokens_[r])) return;  // somebody's name
    const std::size_t end = name_end(r);
    const bool social = near_class(i, kPlatform | kContactVerb, 6);
    if (user && r > i + 1) introduced += 0.6F;
    const float score = name_score(r, end) + introduced + (social ? 1.2F : -0.4F);
    scan_.report(tokens_[r].begin, end > r ? tokens_[end - 1].end : tokens_[r].end, SpanType::handle, score,
                 kEvidenceCue);
  }

  Scan& scan_;
  const std::pmr::vector<Token>& tokens_;
};

}  // namespace

void find_web(Scan& scan) { Web(scan).run(); }

}  // namespace connex::redaction
