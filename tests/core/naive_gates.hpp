// The gates once more, as plain ifs written from the contract and the clauses and not from the tables: what
// each rule must answer for facts that hold, do not hold, or are not known.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace connex::naive {

enum class State { holds, fails, silent };

struct Lack {
  std::string_view fact;
  std::string_view clause;
  bool known = false;
};

struct Verdict {
  bool permits = true;
  bool forbidden = false;  // something speaks against it; else only something is not known
  std::vector<Lack> lacks;

  void lack(std::string_view fact, State state, std::string_view clause) {
    permits = false;
    if (state == State::fails) forbidden = true;
    lacks.push_back({fact, clause, state == State::fails});
  }
};

using States = std::span<const State>;

#define NAIVE_NEEDS(fact, clause) \
  if (states[fact] != State::holds) verdict.lack(#fact, states[fact], clause)

inline Verdict visit_book(States states) {
  enum { doctor_virtual_visits_enabled, booker_is_medical_representative, opt_in_set_by_doctor };
  Verdict verdict;
  NAIVE_NEEDS(doctor_virtual_visits_enabled, "C6.1-d");
  NAIVE_NEEDS(booker_is_medical_representative, "C6.6-d");
  NAIVE_NEEDS(opt_in_set_by_doctor, "C6.1-b");
  return verdict;
}

inline Verdict visit_purpose(States states) {
  enum { purpose_is_not_clinical };
  Verdict verdict;
  NAIVE_NEEDS(purpose_is_not_clinical, "C6.6-c");
  return verdict;
}

inline Verdict visit_accept(States states) {
  enum { acceptor_is_party, visit_is_current, disclosure_is_current, acceptance_is_independent };
  Verdict verdict;
  NAIVE_NEEDS(acceptor_is_party, "C6.2-b");
  NAIVE_NEEDS(visit_is_current, "C6.2-a");
  NAIVE_NEEDS(disclosure_is_current, "C2.4-c");
  NAIVE_NEEDS(acceptance_is_independent, "C6.2-b");
  return verdict;
}

inline Verdict visit_join(States states) {
  enum {
    visit_is_current,
    doctor_virtual_visits_enabled,
    joiner_is_invited,
    joiner_role_fits_side,
    joiner_accepted_disclosure
  };
  Verdict verdict;
  NAIVE_NEEDS(visit_is_current, "C2.4-a");
  NAIVE_NEEDS(doctor_virtual_visits_enabled, "C6.1-c");
  NAIVE_NEEDS(joiner_is_invited, "C6.2-b");
  NAIVE_NEEDS(joiner_role_fits_side, "C6.6-d");
  NAIVE_NEEDS(joiner_accepted_disclosure, "C6.2-b");
  return verdict;
}

inline Verdict visit_start(States states) {
  enum {
    doctor_virtual_visits_enabled,
    every_participant_accepted,
    acceptances_match_disclosure,
    participants_are_distinct
  };
  Verdict verdict;
  NAIVE_NEEDS(doctor_virtual_visits_enabled, "C6.1-c");
  NAIVE_NEEDS(every_participant_accepted, "C6.2-b");
  NAIVE_NEEDS(acceptances_match_disclosure, "C2.4-c");
  NAIVE_NEEDS(participants_are_distinct, "C6.2-b");
  return verdict;
}

inline Verdict recording_eligible(States states) {
  enum { doctor_recording_enabled, company_recording_entitled, company_recording_enabled };
  Verdict verdict;
  NAIVE_NEEDS(doctor_recording_enabled, "C6.3-a");
  NAIVE_NEEDS(company_recording_entitled, "C6.3-b");
  NAIVE_NEEDS(company_recording_enabled, "C6.3-b");
  return verdict;
}

inline Verdict recording_start(States states) {
  enum {
    doctor_recording_enabled,
    company_recording_entitled,
    company_recording_enabled,
    representative_company_unchanged,
    visit_started,
    every_participant_consented,
    consents_match_disclosure,
    screen_matches_decision
  };
  Verdict verdict;
  NAIVE_NEEDS(doctor_recording_enabled, "C6.3-a");
  NAIVE_NEEDS(company_recording_entitled, "C6.3-b");
  NAIVE_NEEDS(company_recording_enabled, "C6.3-b");
  NAIVE_NEEDS(representative_company_unchanged, "C6.3-b");
  NAIVE_NEEDS(visit_started, "C6.2-b");
  NAIVE_NEEDS(every_participant_consented, "C6.3-c");
  NAIVE_NEEDS(consents_match_disclosure, "C6.3-c");
  NAIVE_NEEDS(screen_matches_decision, "C6.3-d");
  return verdict;
}

inline Verdict recording_register(States states) {
  enum { permit_issued, recorded_only_while_permitted, first_recording_of_visit };
  Verdict verdict;
  NAIVE_NEEDS(permit_issued, "C6.5-a");
  NAIVE_NEEDS(recorded_only_while_permitted, "C6.3-e");
  NAIVE_NEEDS(first_recording_of_visit, "C2.4-e");
  return verdict;
}

inline Verdict recording_access(States states) {
  enum {
    recording_available,
    viewer_is_participant_or_compliance_officer,
    viewer_company_matches,
    mode_allowed
  };
  Verdict verdict;
  NAIVE_NEEDS(recording_available, "C6.4-a");
  NAIVE_NEEDS(viewer_is_participant_or_compliance_officer, "C6.4-d");
  NAIVE_NEEDS(viewer_company_matches, "C6.4-d");
  NAIVE_NEEDS(mode_allowed, "C6.4-e");
  return verdict;
}

inline Verdict media_engage(States states) {
  enum { doctor_virtual_visits_enabled, visit_is_virtual, visit_is_current };
  Verdict verdict;
  NAIVE_NEEDS(doctor_virtual_visits_enabled, "C5-g");
  NAIVE_NEEDS(visit_is_virtual, "C2.4-a");
  NAIVE_NEEDS(visit_is_current, "C2.4-a");
  return verdict;
}

inline Verdict ai_extract(States states) {
  enum {
    ai_enabled,
    provider_listed,
    source_is_completion_note,
    text_deidentified,
    agreement_in_force,
    no_training_attested
  };
  Verdict verdict;
  NAIVE_NEEDS(ai_enabled, "C5-j");
  NAIVE_NEEDS(provider_listed, "C5-k");
  NAIVE_NEEDS(source_is_completion_note, "C5-m");
  NAIVE_NEEDS(text_deidentified, "C5-l");
  NAIVE_NEEDS(agreement_in_force, "C5-b");
  NAIVE_NEEDS(no_training_attested, "C6.5-c");
  return verdict;
}

inline Verdict processor_engage(States states) {
  enum { agreement_in_force, affected_customers_notified, notice_period_elapsed, countries_permitted };
  Verdict verdict;
  NAIVE_NEEDS(agreement_in_force, "C5-b");
  NAIVE_NEEDS(affected_customers_notified, "C5-o");
  NAIVE_NEEDS(notice_period_elapsed, "C5-o");
  NAIVE_NEEDS(countries_permitted, "C11-h");
  return verdict;
}

inline Verdict command_use(States states) {
  enum { actor_is_active, role_may_use_command, within_own_scope };
  Verdict verdict;
  NAIVE_NEEDS(actor_is_active, "C4-d");
  NAIVE_NEEDS(role_may_use_command, "C4-d");
  NAIVE_NEEDS(within_own_scope, "C4-d");
  return verdict;
}

inline Verdict preference_set(States states) {
  enum { actor_may_change_setting, switched_on_by_doctor };
  Verdict verdict;
  NAIVE_NEEDS(actor_may_change_setting, "C2.4-h");
  NAIVE_NEEDS(switched_on_by_doctor, "C6.1-b");
  return verdict;
}

inline Verdict account_open(States states) {
  enum { holder_is_adult, holder_not_reported_minor };
  Verdict verdict;
  NAIVE_NEEDS(holder_is_adult, "C10-a");
  NAIVE_NEEDS(holder_not_reported_minor, "C10-b");
  return verdict;
}

inline Verdict rights_answer(States states) {
  enum { identity_verified };
  Verdict verdict;
  NAIVE_NEEDS(identity_verified, "C8-a");
  return verdict;
}

inline Verdict rights_escalate(States states) {
  enum { own_remedy_exhausted };
  Verdict verdict;
  NAIVE_NEEDS(own_remedy_exhausted, "C13-b");
  return verdict;
}

inline Verdict account_reactivate(States states) {
  enum { account_is_terminated, within_reactivation_period };
  Verdict verdict;
  NAIVE_NEEDS(account_is_terminated, "C9-c");
  NAIVE_NEEDS(within_reactivation_period, "C9-c");
  return verdict;
}

inline Verdict egress_check(States states) {
  enum {
    processor_listed,
    processor_engaged,
    agreement_in_force,
    country_permitted,
    purpose_not_forbidden,
    purpose_permitted,
    processor_condition_met,
    field_permitted
  };
  Verdict verdict;
  NAIVE_NEEDS(processor_listed, "C5-a");
  NAIVE_NEEDS(processor_engaged, "C5-o");
  NAIVE_NEEDS(agreement_in_force, "C5-b");
  NAIVE_NEEDS(country_permitted, "C11-h");
  NAIVE_NEEDS(purpose_not_forbidden, "C5-p");
  NAIVE_NEEDS(purpose_permitted, "C5-a");
  NAIVE_NEEDS(processor_condition_met, "C5-a");
  NAIVE_NEEDS(field_permitted, "C5-a");
  return verdict;
}

inline Verdict bridge_use(States states) {
  enum { bridge_opted_in };
  Verdict verdict;
  NAIVE_NEEDS(bridge_opted_in, "C2.3-b");
  return verdict;
}

inline Verdict storage_use(States states) {
  enum { region_attested };
  Verdict verdict;
  NAIVE_NEEDS(region_attested, "C11-a");
  return verdict;
}

inline Verdict data_use(States states) {
  enum { owner_in_use };
  Verdict verdict;
  NAIVE_NEEDS(owner_in_use, "C9-a");
  return verdict;
}

inline Verdict location_keep(States states) {
  enum { source_is_network_address };
  Verdict verdict;
  NAIVE_NEEDS(source_is_network_address, "C2.2-d");
  return verdict;
}

inline Verdict transfer_check(States states) {
  enum { processor_listed, processor_works_there, country_permitted, agreement_in_force };
  Verdict verdict;
  NAIVE_NEEDS(processor_listed, "C5-a");
  NAIVE_NEEDS(processor_works_there, "C5-a");
  NAIVE_NEEDS(country_permitted, "C11-h");
  NAIVE_NEEDS(agreement_in_force, "C11-g");
  return verdict;
}

inline Verdict purpose_check(States states) {
  enum {
    purpose_is_not_sale,
    purpose_is_not_marketing,
    purpose_is_not_training,
    purpose_is_not_transcription,
    purpose_is_not_clinical,
    purpose_covers_operation,
    analytics_is_anonymous,
    demand_is_complete,
    condition_of_class_met
  };
  Verdict verdict;
  NAIVE_NEEDS(purpose_is_not_sale, "C1-d");
  NAIVE_NEEDS(purpose_is_not_marketing, "C5-p");
  NAIVE_NEEDS(purpose_is_not_training, "C6.5-c");
  NAIVE_NEEDS(purpose_is_not_transcription, "C6.5-b");
  NAIVE_NEEDS(purpose_is_not_clinical, "C6.6-c");
  NAIVE_NEEDS(purpose_covers_operation, "C3-a");
  NAIVE_NEEDS(analytics_is_anonymous, "C3-c");
  NAIVE_NEEDS(demand_is_complete, "C3-f");
  NAIVE_NEEDS(condition_of_class_met, "C6.5-d");
  return verdict;
}

inline Verdict security_check(States states) {
  enum {
    tls_sufficient,
    at_rest_encrypted,
    password_is_hashed,
    bcrypt_cost_sufficient,
    database_tls_sufficient,
    backup_recent,
    storage_in_country,
    url_short_lived
  };
  Verdict verdict;
  NAIVE_NEEDS(tls_sufficient, "C4-b");
  NAIVE_NEEDS(at_rest_encrypted, "C4-c");
  NAIVE_NEEDS(password_is_hashed, "C4-i");
  NAIVE_NEEDS(bcrypt_cost_sufficient, "C4-h");
  NAIVE_NEEDS(database_tls_sufficient, "C4-e");
  NAIVE_NEEDS(backup_recent, "C4-g");
  NAIVE_NEEDS(storage_in_country, "C11-a");
  NAIVE_NEEDS(url_short_lived, "C5-i");
  return verdict;
}

inline Verdict policy_publish(States states) {
  enum { loosening_called_material };
  Verdict verdict;
  NAIVE_NEEDS(loosening_called_material, "C12-b");
  return verdict;
}

inline Verdict policy_accept(States states) {
  enum { notice_stands, words_are_those_published };
  Verdict verdict;
  NAIVE_NEEDS(notice_stands, "C12-b");
  NAIVE_NEEDS(words_are_those_published, "C12-b");
  return verdict;
}

inline Verdict aggregate_check(States states) {
  enum { cells_large_enough };
  Verdict verdict;
  NAIVE_NEEDS(cells_large_enough, "C9-i");
  return verdict;
}

inline Verdict posture_meet(States states) {
  enum {
    tls_attested,
    hosting_certified,
    data_at_rest_encrypted,
    payment_processor_certified,
    media_encrypted,
    recordings_go_to_store,
    stored_objects_encrypted,
    storage_region_attested,
    probes_passed
  };
  Verdict verdict;
  NAIVE_NEEDS(tls_attested, "C4-b");
  NAIVE_NEEDS(hosting_certified, "C4-a");
  NAIVE_NEEDS(data_at_rest_encrypted, "C4-c");
  NAIVE_NEEDS(payment_processor_certified, "C5-c2");
  NAIVE_NEEDS(media_encrypted, "C5-h");
  NAIVE_NEEDS(recordings_go_to_store, "C11-d");
  NAIVE_NEEDS(stored_objects_encrypted, "C6.4-c");
  NAIVE_NEEDS(storage_region_attested, "C11-e");
  NAIVE_NEEDS(probes_passed, "C1-b");
  return verdict;
}

#undef NAIVE_NEEDS

struct Rule {
  std::string_view name;
  std::size_t facts;
  Verdict (*decide)(States);
};

inline constexpr Rule kRules[] = {
    {"visit.book", 3, visit_book},
    {"visit.join", 5, visit_join},
    {"visit.start", 4, visit_start},
    {"recording.eligible", 3, recording_eligible},
    {"recording.start", 8, recording_start},
    {"recording.access", 4, recording_access},
    {"media.engage", 3, media_engage},
    {"ai.extract", 6, ai_extract},
    {"processor.engage", 4, processor_engage},
    {"visit.purpose", 1, visit_purpose},
    {"visit.accept", 4, visit_accept},
    {"recording.register", 3, recording_register},
    {"preference.set", 2, preference_set},
    {"command.use", 3, command_use},
    {"account.open", 2, account_open},
    {"account.reactivate", 2, account_reactivate},
    {"egress.check", 8, egress_check},
    {"bridge.use", 1, bridge_use},
    {"storage.use", 1, storage_use},
    {"transfer.check", 4, transfer_check},
    {"purpose.check", 9, purpose_check},
    {"security.check", 8, security_check},
    {"aggregate.check", 1, aggregate_check},
    {"rights.answer", 1, rights_answer},
    {"rights.escalate", 1, rights_escalate},
    {"policy.publish", 1, policy_publish},
    {"policy.accept", 2, policy_accept},
    {"posture.meet", 9, posture_meet},
    {"location.keep", 1, location_keep},
    {"data.use", 1, data_use},
};

}  // namespace connex::naive
