// The story of a visit, one case for each resolution that shapes it.
#include <doctest/doctest.h>

#include "services/entities.hpp"
#include "services/hex.hpp"
#include "services/schema.hpp"
#include "support/engine_driver.hpp"

using namespace connex;
using connex::testing::Answer;
using connex::testing::Args;
using connex::testing::World;

namespace {

Answer withdraw(World& w, std::string_view who) { return w("consent.withdraw", who, {{"visit", "v"}}); }

}  // namespace

TEST_CASE_FIXTURE(World, "visit: from booking to the registered recording") {
  auto& run = *this;
  CHECK(book().permitted());
  set_time(100);
  const Answer shown = run("visit.disclosure", "dr", {{"visit", "v"}});
  CHECK(shown.text("recording") == "if_all_agree");
  CHECK(shown.result().at("promotional").as_bool());
  CHECK(shown.text("text").find("promotional") != std::string::npos);
  CHECK(shown.text("text").find(time(120)) != std::string::npos);
  CHECK(shown.text("/slot/starts_at") == time(120));
  CHECK(shown.result().at("links").at("terms").is_string());
  for (const char* who : {"dr", "mr"}) {
    CHECK(accept(who).permitted());
    CHECK(run("visit.join", who, {{"visit", "v"}}).permitted());
  }
  set_time(120);
  const Answer began = start();
  CHECK(began.permitted());
  CHECK(began.obligations() == std::vector<std::string>{"show_recording_status"});
  CHECK(began.text("started_at") == time(120));
  const Answer on = decide();
  CHECK(on.permitted());
  CHECK(on.text("on_screen") == "on");
  CHECK(on.text("permit_id") == "v:1");
  CHECK(on.text("expires_at") == time(135));
  set_time(140);
  CHECK(run("visit.leave", "mr", {{"visit", "v"}}).obligations() == std::vector<std::string>{"stop_recording v"});
  const Answer ended = run("visit.end", "dr", {{"visit", "v"}});
  CHECK(ended.text("state") == "ended");
  CHECK(ended.obligations().empty());
  const Answer kept = run("recording.register", "system",
                          {{"id", "r"},
                           {"visit", "v"},
                           {"locator", "SECRETLOCATOR"},
                           {"sha256", std::string(64, 'a')},
                           {"size", 5},
                           {"started_at", time(120)},
                           {"ended_at", time(140)}});
  CHECK(kept.permitted());
  CHECK(kept.obligations() == std::vector<std::string>{"keep_encrypted"});
}

TEST_CASE_FIXTURE(World, "visit: an acceptance that is asked for twice is told alike, and one of an earlier release still counts") {
  book();
  set_time(110);
  const Args args{{"visit", "v"}, {"disclosure_hash", show()}, {"recording_consent", true}};
  const Answer first = repeat("q", "visit.accept", "dr", args);
  REQUIRE(first.permitted());
  CHECK(repeat("q", "visit.accept", "dr", args).line() == first.line());
  REQUIRE(accept("mr").permitted());
  const evidence::Hash bare = services::parse_hash(show()).value();
  {
    namespace t = services::attestation;
    auto tx = std::move(store().begin_write().value());
    for (const char* who : {"dr", "mr"}) {
      const store::Cell key[] = {"v", who, std::int64_t{1}};
      store::Row row;
      REQUIRE(tx->get(t::kTable, key, row).value());
      std::vector<store::Cell> cells = services::cells_of(row);
      cells[t::disclosure] = store::Cell::blob(evidence::text_of(bare));
      REQUIRE(tx->update(t::kTable, cells));
    }
    REQUIRE(tx->commit());
  }
  CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).permitted());
  set_time(120);
  CHECK(start().permitted());
  CHECK(decide().permitted());
}

TEST_CASE_FIXTURE(World, "X1: one party's consent is not enough, whoever the other is") {
  for (const bool doctor : {false, true})
    for (const bool representative : {false, true}) {
      CAPTURE(doctor);
      CAPTURE(representative);
      World w;
      w.accepted();
      REQUIRE(w.accept("dr", doctor).permitted());
      REQUIRE(w.accept("mr", representative).permitted());
      w.set_time(120);
      REQUIRE(w.start().permitted());
      const Answer decided = w.decide();
      CHECK(decided.permitted() == (doctor && representative));
      if (!decided.permitted()) {
        CHECK(decided.reasons() == "recording_consent_missing C6.3-c");
        CHECK(decided.text("on_screen") == "off");
        CHECK(decided.obligations() == std::vector<std::string>{"show_recording_off", "no_persist"});
        CHECK(decided.result().contains("permit") == false);
      }
    }
}

TEST_CASE_FIXTURE(World,
                  "X2: the company is the one of the booking, and must still be the representative's") {
  SUBCASE("a company joined after booking does not replace it") {
    REQUIRE(book().permitted());
    REQUIRE(moves_to("rival").permitted());
    set_time(110);
    CHECK((*this)("visit.disclosure", "dr", {{"visit", "v"}}).text("recording") == "off");
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    set_time(120);
    REQUIRE(start().permitted());
    CHECK(decide().reasons() == "representative_company_changed C6.3-b");
  }
  SUBCASE("the settings of the company of the booking count, not those of the new one") {
    REQUIRE(company_sets(false).permitted());
    REQUIRE(book().permitted());
    REQUIRE(moves_to("rival").permitted());
    set_time(110);
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    set_time(120);
    REQUIRE(start().permitted());
    CHECK(decide().reasons() ==
          "company_recording_disabled C6.3-b; representative_company_changed C6.3-b");
  }
  SUBCASE("leaving the company in the call ends the recording") {
    started();
    REQUIRE(decide().permitted());
    CHECK(moves_to("rival").obligations() == std::vector<std::string>{"stop_recording v"});
    CHECK(decide().reasons() == "representative_company_changed C6.3-b; recording_consent_void C6.3-c");
  }
  SUBCASE("a representative without a company is never recorded") {
    REQUIRE(person("solo", "medical_representative", "", 150).permitted());
    REQUIRE((*this)("visit.book", "solo",
                    {{"id", "v"},
                     {"doctor", "dr"},
                     {"representative", "solo"},
                     {"starts_at", time(120)},
                     {"ends_at", time(150)}})
                .permitted());
    set_time(110);
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("solo").permitted());
    set_time(120);
    REQUIRE(start().permitted());
    const Answer decided = decide();
    CHECK(decided.effect() == "deny");
    CHECK(decided.decision().at("unknown").as_array().size() == 2);
  }
}

TEST_CASE_FIXTURE(World, "X3: the company's plan and the company's switch are both needed") {
  SUBCASE("the plan without the switch") {
    REQUIRE(company_sets(false).permitted());
    started();
    CHECK(decide().reasons() == "company_recording_disabled C6.3-b");
  }
  SUBCASE("the switch without the plan") {
    REQUIRE(plan_has(false).permitted());
    started();
    CHECK(decide().reasons() == "company_not_entitled C6.3-b");
  }
  SUBCASE("another company's administrator has no say") {
    const Answer refused = (*this)("organisation.set_recording", "pa2", {{"id", "acme"}, {"enabled", false}});
    CHECK(refused.reasons() == "outside_own_scope C4-d");
  }
  SUBCASE("the plan is not the company's to change") {
    const Answer refused =
        (*this)("organisation.put", "pa",
                {{"id", "acme"}, {"kind", "pharma_company"}, {"name", "zq7x"}, {"recording_entitled", true}});
    CHECK(refused.reasons() == "role_not_permitted C4-d");
  }
}

TEST_CASE_FIXTURE(World, "X4: who declines to be recorded still takes part") {
  accepted(false);
  for (const char* who : {"dr", "mr"}) CHECK((*this)("visit.join", who, {{"visit", "v"}}).permitted());
  set_time(120);
  CHECK(start().permitted());
  CHECK(decide().reasons() == "recording_consent_missing C6.3-c");
}

TEST_CASE_FIXTURE(World, "X5: the screen promises what the settings allow, and off to on takes a new one") {
  SUBCASE("off to on before the call: what was accepted no longer stands") {
    REQUIRE(doctor_sets("recording", false).permitted());
    REQUIRE(book().permitted());
    CHECK((*this)("visit.disclosure", "mr", {{"visit", "v"}}).text("recording") == "off");
    set_time(110);
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    REQUIRE(doctor_sets("recording", true).permitted());
    set_time(120);
    CHECK(start().reasons() == "acceptance_void C2.4-c");
    REQUIRE(accept("dr").permitted());
    CHECK(start().reasons() == "acceptance_void C2.4-c");
    REQUIRE(accept("mr").permitted());
    CHECK(start().permitted());
    CHECK(decide().permitted());
  }
  SUBCASE("off to on in the call: only after both have accepted the new screen") {
    REQUIRE(doctor_sets("recording", false).permitted());
    started();
    REQUIRE(doctor_sets("recording", true).permitted());
    CHECK(decide().reasons() == "recording_consent_void C6.3-c; screen_mismatch C6.3-d");
    REQUIRE(accept("dr").permitted());
    CHECK(decide().reasons() == "recording_consent_void C6.3-c; screen_mismatch C6.3-d");
    REQUIRE(accept("mr").permitted());
    CHECK(decide().permitted());
  }
  SUBCASE("on to off is at once") {
    started();
    REQUIRE(decide().permitted());
    const Answer off = doctor_sets("recording", false);
    CHECK(off.obligations() == std::vector<std::string>{"stop_recording v"});
    CHECK(decide().reasons() == "doctor_recording_disabled C6.3-a; recording_consent_void C6.3-c");
    CHECK((*this)("visit.disclosure", "mr", {{"visit", "v"}}).text("recording") == "off");
  }
  SUBCASE("a call that goes on unrecorded can be entered again") {
    started();
    REQUIRE(doctor_sets("recording", false).permitted());
    CHECK((*this)("visit.join", "mr", {{"visit", "v"}}).permitted());
  }
}

TEST_CASE("X6: tightening acts at once, loosening only on what is shown afterwards") {
  struct Flip {
    const char* what;
    Answer (*set)(World&, bool);
  };
  const Flip flips[] = {
      {"the doctor's recording", [](World& w, bool on) { return w.doctor_sets("recording", on); }},
      {"the company's switch", [](World& w, bool on) { return w.company_sets(on); }},
      {"the company's plan", [](World& w, bool on) { return w.plan_has(on); }},
      {"the representative's company", [](World& w, bool on) { return w.moves_to(on ? "acme" : "rival"); }},
  };
  for (const Flip& flip : flips) {
    CAPTURE(flip.what);
    {  // Off and on again before the call: the words on the screen are the same, but it must be shown anew.
      World w;
      w.accepted();
      const std::string shown_before = w.show();
      REQUIRE(flip.set(w, false).permitted());
      REQUIRE(flip.set(w, true).permitted());
      w.set_time(120);
      CHECK(w.start().reasons() == "acceptance_void C2.4-c");
      CHECK(w("visit.accept", "dr",
              {{"visit", "v"}, {"disclosure_hash", shown_before}, {"recording_consent", true}})
                .reasons() == "disclosure_superseded C2.4-c");
      REQUIRE(w.accept("dr").permitted());
      CHECK(w.start().reasons() == "acceptance_void C2.4-c");
      REQUIRE(w.accept("mr").permitted());
      CHECK(w.start().text("on_screen") == "on");
      CHECK(w.decide().permitted());
    }
    {  // Off and on again in the call.
      World w;
      w.started();
      REQUIRE(w.decide().permitted());
      CHECK(flip.set(w, false).obligations() == std::vector<std::string>{"stop_recording v"});
      CHECK(w.decide().denied());
      CHECK(flip.set(w, true).obligations().empty());
      CHECK(w.decide().reasons() == "recording_consent_void C6.3-c");
      CHECK(w("visit.join", "mr", {{"visit", "v"}}).permitted());  // only recording was touched
      REQUIRE(w.accept("mr").permitted());
      REQUIRE(w.accept("dr").permitted());
      CHECK(w.decide().permitted());
    }
    {  // What is set to what it was changes nothing.
      World w;
      w.started();
      REQUIRE(w.decide().permitted());
      REQUIRE(flip.set(w, true).permitted());
      CHECK(w.decide().text("permit_id") == "v:1");
    }
  }
}

TEST_CASE_FIXTURE(World,
                  "X6: virtual visits switched off stop the call, and on again need a new acceptance") {
  SUBCASE("before the call") {
    accepted();
    REQUIRE(doctor_sets("virtual_visits", false).permitted());
    CHECK(start().reasons() == "doctor_virtual_visits_disabled C6.1-c; acceptance_void C2.4-c");
    CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).denied());
    REQUIRE(doctor_sets("virtual_visits", true).permitted());
    CHECK(start().reasons() == "acceptance_void C2.4-c");
    CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).reasons() == "disclosure_not_accepted C6.2-b");
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    CHECK(start().permitted());
  }
  SUBCASE("in the call") {
    started();
    REQUIRE(decide().permitted());
    const Answer off = doctor_sets("virtual_visits", false);
    CHECK(off.obligations() == std::vector<std::string>{"stop_recording v", "withhold_media v"});
    CHECK(decide().denied());
    CHECK((*this)("visit.join", "mr", {{"visit", "v"}}).denied());
    REQUIRE(doctor_sets("virtual_visits", true).permitted());
    CHECK((*this)("visit.join", "mr", {{"visit", "v"}}).reasons() == "disclosure_not_accepted C6.2-b");
    CHECK(decide().reasons() == "recording_consent_void C6.3-c");
  }
  SUBCASE("a booking is refused while they are off") {
    REQUIRE(doctor_sets("virtual_visits", false).permitted());
    CHECK(book().reasons() == "doctor_virtual_visits_disabled C6.1-d; opt_in_not_set_by_doctor C6.1-b");
  }
}

TEST_CASE_FIXTURE(World, "X6: a consent that is withdrawn stays withdrawn for the rest of the visit") {
  for (const char* who : {"dr", "mr"}) {
    CAPTURE(who);
    World w;
    w.started();
    REQUIRE(w.decide().permitted());
    const Answer withdrawn = withdraw(w, who);
    CHECK(withdrawn.permitted());
    CHECK(withdrawn.text("on_screen") == "off");
    CHECK(withdrawn.obligations() == std::vector<std::string>{"stop_recording v"});
    CHECK(w.decide().reasons() == "recording_consent_missing C6.3-c");
    REQUIRE(w.accept(who, true).permitted());
    CHECK(w.decide().reasons() == "recording_consent_missing C6.3-c");
    CHECK(withdraw(w, who).text("withdrawn_at") == withdrawn.text("withdrawn_at"));
  }
  SUBCASE("before the call as well") {
    accepted();
    REQUIRE(withdraw(*this, "mr").obligations().empty());
    set_time(120);
    REQUIRE(start().permitted());
    CHECK(decide().reasons() == "recording_consent_missing C6.3-c");
  }
  SUBCASE("and without ever having consented") {
    REQUIRE(book().permitted());
    REQUIRE(withdraw(*this, "dr").permitted());
    CHECK((*this)("consent.withdraw", "mr2", {{"visit", "v"}}).reasons() == "outside_own_scope C4-d");
  }
}

TEST_CASE_FIXTURE(World, "X7: a no in the call is final for the call, whatever is answered later") {
  SUBCASE("said in the call") {
    started();
    REQUIRE(decide().permitted());
    advance(60);
    CHECK(accept("mr", false).obligations() == std::vector<std::string>{"stop_recording v"});
    CHECK(decide().reasons() == "recording_consent_missing C6.3-c");
    const Answer turned = accept("mr", true);
    CHECK(turned.permitted());
    CHECK(turned.result().at("recording_consent") == false);
    CHECK(decide().reasons() == "recording_consent_missing C6.3-c");
  }
  SUBCASE("standing when it begins") {
    accepted();
    REQUIRE(accept("dr", false).permitted());
    set_time(120);
    CHECK(start().text("on_screen") == "off");
    REQUIRE(accept("dr", true).permitted());
    CHECK(decide().reasons() == "recording_consent_missing C6.3-c");
  }
  SUBCASE("thought over before it begins") {
    accepted();
    REQUIRE(accept("dr", false).permitted());
    REQUIRE(accept("dr", true).permitted());
    set_time(120);
    CHECK(start().text("on_screen") == "on");
    CHECK(decide().permitted());
  }
}

TEST_CASE_FIXTURE(World, "X6: a late acceptance keeps the call open when recording is then switched off") {
  started();
  advance(60);
  REQUIRE(accept("mr").permitted());
  REQUIRE(doctor_sets("recording", false).permitted());
  CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).permitted());
  CHECK((*this)("visit.join", "mr", {{"visit", "v"}}).permitted());
}

TEST_CASE_FIXTURE(World, "X7: nobody enters without an acceptance, and a refusal ends recording for all") {
  REQUIRE(book().permitted());
  set_time(110);
  CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).reasons() == "disclosure_not_accepted C6.2-b");
  CHECK(start().reasons() == "acceptance_missing C6.2-b; acceptance_void C2.4-c");
  REQUIRE(accept("dr").permitted());
  CHECK(start().reasons() == "acceptance_missing C6.2-b; acceptance_void C2.4-c");
  CHECK((*this)("visit.join", "mr", {{"visit", "v"}}).denied());
  CHECK((*this)("visit.join", "mr2", {{"visit", "v"}}).reasons() ==
        "joiner_not_invited C6.2-b; disclosure_not_accepted C6.2-b");
  CHECK((*this)("visit.join", "pa", {{"visit", "v"}}).reasons() ==
        "joiner_not_invited C6.2-b; joiner_role_does_not_fit C6.6-d; disclosure_not_accepted C6.2-b");
  REQUIRE(accept("mr").permitted());
  REQUIRE(start().permitted());
  REQUIRE(decide().permitted());
  CHECK(accept("dr", false).obliges("stop_recording"));
  CHECK(decide().denied());
}

TEST_CASE_FIXTURE(World, "X7: whoever can no longer be there is neither called nor recorded") {
  for (const char* who : {"dr", "mr"})
    for (const char* how : {"principal.terminate", "principal.report_minor"}) {
      CAPTURE(who);
      CAPTURE(how);
      {
        World w;
        w.started();
        REQUIRE(w.decide().permitted());
        const Answer gone = w(how, "system", {{"id", who}});
        CHECK(gone.obliges("stop_recording v"));
        CHECK(gone.obliges("withhold_media v"));
        CHECK(w.decide().denied());
        CHECK(w("visit.join", who, {{"visit", "v"}}).reasons() == "actor_not_active C4-d");
      }
      {
        World w;
        w.accepted();
        REQUIRE(w(how, "system", {{"id", who}}).permitted());
        w.set_time(120);
        CHECK(w.start().denied());
      }
    }
  SUBCASE("who waits inside before the call begins is put out too") {
    accepted();
    CHECK(doctor_sets("virtual_visits", false).obligations().empty());  // nobody has joined
    REQUIRE(doctor_sets("virtual_visits", true).permitted());
    REQUIRE(accept("mr").permitted());
    REQUIRE((*this)("visit.join", "mr", {{"visit", "v"}}).permitted());
    CHECK(doctor_sets("virtual_visits", false).obligations() == std::vector<std::string>{"withhold_media v"});
  }
  SUBCASE("a doctor who is gone lets nobody in") {
    accepted();
    REQUIRE((*this)("principal.terminate", "dr", {{"id", "dr"}}).permitted());
    CHECK((*this)("visit.join", "mr", {{"visit", "v"}}).reasons() ==
          "doctor_virtual_visits_disabled C6.1-c; disclosure_not_accepted C6.2-b");
  }
  SUBCASE("a representative who comes back has to be asked again before recording") {
    started();
    REQUIRE(decide().permitted());
    REQUIRE((*this)("principal.terminate", "mr", {{"id", "mr"}}).permitted());
    REQUIRE((*this)("principal.reactivate", "mr", {{"id", "mr"}}).permitted());
    CHECK(decide().reasons() == "recording_consent_void C6.3-c");
    REQUIRE(accept("mr").permitted());
    REQUIRE(accept("dr").permitted());
    CHECK(decide().permitted());
  }
  SUBCASE("a doctor who comes back starts with everything off (C6.1-a)") {
    REQUIRE((*this)("principal.terminate", "dr", {{"id", "dr"}}).permitted());
    REQUIRE((*this)("principal.reactivate", "dr", {{"id", "dr"}}).permitted());
    CHECK(book().denied());
  }
}

TEST_CASE_FIXTURE(World, "X8: only the doctor switches on; an assistant may switch off") {
  const auto set = [&](const char* actor, Args settings) {
    settings["doctor"] = "dr";
    return (*this)("preference.set", actor, settings);
  };
  CHECK(set("ca", {{"recording", false}}).permitted());
  CHECK(set("ca", {{"recording", true}}).reasons() == "switch_on_not_by_doctor C6.1-b");
  CHECK(set("ca", {{"virtual_visits", false}, {"recording", true}}).reasons() ==
        "switch_on_not_by_doctor C6.1-b");
  for (const char* other : {"ha", "mr", "pa", "st", "dpo", "dr2", "system"}) {
    CAPTURE(other);
    CHECK(set(other, {{"virtual_visits", false}}).reasons() == "actor_may_not_change_setting C2.4-h");
    CHECK(set(other, {{"virtual_visits", true}}).reasons() ==
          "actor_may_not_change_setting C2.4-h; switch_on_not_by_doctor C6.1-b");
  }
  // An assistant of another house has no say.
  REQUIRE(
      (*this)("organisation.put", "system", {{"id", "other"}, {"kind", "clinic"}, {"name", "zq7x"}}).ok());
  REQUIRE(person("ca2", "clinic_assistant", "other", 160).permitted());
  CHECK(set("ca2", {{"virtual_visits", false}}).reasons() == "actor_may_not_change_setting C2.4-h");
  CHECK(set("dr", {{"virtual_visits", true}, {"recording", true}}).permitted());
  // One of no house has: what makes stricter need not wait for the register.
  REQUIRE(person("ca3", "clinic_assistant", "", 161).permitted());
  CHECK(set("ca3", {{"virtual_visits", true}}).reasons() == "switch_on_not_by_doctor C6.1-b");
  CHECK(set("ca3", {{"virtual_visits", false}}).permitted());
}

TEST_CASE_FIXTURE(World,
                  "X50: an acceptance stands for one visit, one slot, one text and one recording status") {
  REQUIRE(book("v").permitted());
  REQUIRE(book("w").permitted());            // the same slot
  REQUIRE(book("x", 121, 150).permitted());  // another slot
  set_time(110);
  const std::string hash = show("v");
  const std::string refused = "disclosure_superseded C2.4-c";
  const auto accept_with = [&](std::string_view visit, std::string_view shown) {
    return (*this)("visit.accept", "dr",
                   {{"visit", visit}, {"disclosure_hash", shown}, {"recording_consent", true}});
  };
  CHECK(accept_with("w", hash).reasons() == refused);
  CHECK(accept_with("x", hash).reasons() == refused);
  CHECK(accept_with("v", std::string(64, '0')).reasons() == refused);
  CHECK(accept_with("v", hash).permitted());
  REQUIRE(company_sets(false).permitted());
  CHECK(accept_with("v", hash).reasons() == refused);  // another recording status
  REQUIRE(company_sets(true).permitted());
  CHECK(accept_with("v", hash).reasons() == refused);  // the old status again, but not shown since
  CHECK(accept_with("v", show("v")).permitted());
  REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"name", "zq7x Other"}}).permitted());
  CHECK(accept_with("v", hash).reasons() == refused);  // another text
  CHECK(show("v") != hash);

  SUBCASE("a text that changes in the call ends recording on the old one") {
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    set_time(120);
    REQUIRE(start().permitted());
    REQUIRE(decide().permitted());
    const auto named = [&](const char* name) {
      return (*this)("principal.update", "dr", {{"id", "dr"}, {"name", name}});
    };
    CHECK(named("zq7x Third").obligations() == std::vector<std::string>{"stop_recording v"});
    CHECK(decide().reasons() == "recording_consent_void C6.3-c");
    CHECK(named("zq7x Third").obligations().empty());
  }
  SUBCASE("what was accepted before is void when the text changes") {
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"name", "zq7x Third"}}).permitted());
    CHECK(start().reasons() == "acceptance_void C2.4-c");
  }
  SUBCASE("a reconnect in the same call is no new visit") {
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    for (int i = 0; i < 2; ++i) {
      CHECK((*this)("visit.join", "mr", {{"visit", "v"}}).permitted());
      CHECK((*this)("visit.leave", "mr", {{"visit", "v"}}).permitted());
    }
    CHECK((*this)("visit.leave", "mr", {{"visit", "v"}}).error() == "conflict /args/visit");
  }
  SUBCASE("each language is a text of its own, and either opens the call") {
    const Answer hindi = (*this)("visit.disclosure", "mr", {{"visit", "v"}, {"language", "hi"}});
    CHECK(hindi.text("language") == "hi");
    CHECK(hindi.text("hash") != show("v"));
    REQUIRE((*this)("visit.accept", "mr",
                    {{"visit", "v"}, {"disclosure_hash", hindi.text("hash")}, {"recording_consent", true}})
                .permitted());
    REQUIRE(accept("dr").permitted());
    CHECK(start().permitted());
    CHECK(decide().permitted());
  }
}

TEST_CASE_FIXTURE(World, "C6.2-b: two acceptances of one person or one session are not two") {
  REQUIRE(book().permitted());
  set_time(110);
  const auto accept_in = [&](const char* who, const char* session) {
    return (*this)(
        "visit.accept", who,
        {{"visit", "v"}, {"disclosure_hash", show()}, {"recording_consent", true}, {"session", session}});
  };
  SUBCASE("one session") {
    REQUIRE(accept_in("dr", "s1").permitted());
    CHECK(accept_in("mr", "s1").reasons() == "acceptance_not_independent C6.2-b");
    CHECK(start().reasons() == "acceptance_missing C6.2-b; acceptance_void C2.4-c");
    REQUIRE(accept_in("mr", "s2").permitted());
    CHECK(start().permitted());
  }
  SUBCASE("one name and one telephone, however they are written") {
    REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"name", "Asha Rao"}}).permitted());
    REQUIRE((*this)("principal.update", "mr", {{"id", "mr"}, {"name", "ASHA RAO"}}).permitted());
    for (const char* same : {"+91 9812300000", "+919812300000", "09812300000", "98123-00000"}) {
      CAPTURE(same);
      REQUIRE((*this)("principal.update", "dr", {{"id", "dr"}, {"phone", "+91 9812300000"}}).permitted());
      REQUIRE((*this)("principal.update", "mr", {{"id", "mr"}, {"phone", same}}).permitted());
      REQUIRE(accept("dr").permitted());
      REQUIRE(accept("mr").permitted());
      CHECK(start().reasons() == "participants_not_distinct C6.2-b");
    }
  }
  SUBCASE("a switchboard that people of two names share") {
    REQUIRE((*this)("principal.update", "mr", {{"id", "mr"}, {"name", "Asha Rao"}}).permitted());
    for (const char* who : {"dr", "mr"})
      REQUIRE((*this)("principal.update", who, {{"id", who}, {"phone", "+91 22 4000 1000"}}).permitted());
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    CHECK(start().permitted());
  }
  SUBCASE("one address, however it is written") {
    REQUIRE((*this)("principal.update", "mr", {{"id", "mr"}, {"email", "ZQ7X.DR@zq7x.example"}}).permitted());
    REQUIRE(accept("dr").permitted());
    REQUIRE(accept("mr").permitted());
    CHECK(start().reasons() == "participants_not_distinct C6.2-b");
  }
}

TEST_CASE_FIXTURE(World, "visit: the slot and what lies round it") {
  REQUIRE(book().permitted());
  set_time(89);  // one minute before the doors open: what is shown may be accepted, nobody comes in
  REQUIRE(accept("dr").permitted());
  CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).reasons().starts_with("visit_not_current C2.4-a"));
  set_time(90);
  REQUIRE(accept("mr").permitted());
  SUBCASE("a call that nobody began is over with its slot") {
    set_time(150);
    CHECK(start().reasons() == "acceptance_void C2.4-c");
    CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).reasons().starts_with("visit_not_current C2.4-a"));
    CHECK(accept("dr").reasons() == "visit_not_current C6.2-a");
  }
  SUBCASE("a permit lives for minutes, is renewed, and what it covers is whole") {
    REQUIRE(start().permitted());
    REQUIRE(decide().permitted());
    set_time(100);
    const Answer renewed = decide();
    CHECK(renewed.text("permit_id") == "v:1");
    CHECK(renewed.text("expires_at") == time(115));
  }
  SUBCASE("one that began may run over, and its permit ends with it") {
    REQUIRE(start().permitted());
    set_time(179);
    CHECK(decide().text("expires_at") == time(180));
    set_time(180);
    CHECK(decide().reasons() == "visit_not_started C6.2-b");
    CHECK((*this)("visit.join", "dr", {{"visit", "v"}}).denied());
    CHECK((*this)("visit.end", "mr", {{"visit", "v"}}).permitted());
  }
}
