// The gates of this policy. Each line: fact, clause, reason code, text.
#pragma once

#include <span>
#include <string_view>

#include "connex/gate.hpp"

namespace connex {
namespace gates_detail {

inline constexpr Condition kVisitBookConditions[] = {
    {"doctor_virtual_visits_enabled", "C6.1-d", "doctor_virtual_visits_disabled",
     "the doctor has not switched virtual visits on"},
    {"booker_is_medical_representative", "C6.6-d", "booker_not_representative",
     "only a medical representative may book, in their own name"},
    {"opt_in_set_by_doctor", "C6.1-b", "opt_in_not_set_by_doctor",
     "the opt-in to virtual visits was not given by the doctor in person"},
};

inline constexpr Condition kVisitPurposeConditions[] = {
    {"purpose_is_not_clinical", "C6.6-c", "purpose_clinical",
     "a visit is promotional and never for advice, diagnosis or prescription"},
};

inline constexpr Condition kVisitAcceptConditions[] = {
    {"acceptor_is_party", "C6.2-b", "acceptor_not_party",
     "only a party to the visit can accept, and only for itself"},
    {"visit_is_current", "C6.2-a", "visit_not_current", "the visit is over, or was cancelled"},
    {"disclosure_is_current", "C2.4-c", "disclosure_superseded",
     "the text that was accepted is not the one that stands for this visit now"},
    {"acceptance_is_independent", "C6.2-b", "acceptance_not_independent",
     "the other party accepted in the same session"},
};

inline constexpr Condition kVisitJoinConditions[] = {
    {"visit_is_current", "C2.4-a", "visit_not_current", "the visit is not about to begin or in progress"},
    {"doctor_virtual_visits_enabled", "C6.1-c", "doctor_virtual_visits_disabled",
     "the doctor has switched virtual visits off"},
    {"joiner_is_invited", "C6.2-b", "joiner_not_invited", "the joiner is not a party to this visit"},
    {"joiner_role_fits_side", "C6.6-d", "joiner_role_does_not_fit",
     "doctors join on the doctor's side and medical representatives on theirs, nobody else"},
    {"joiner_accepted_disclosure", "C6.2-b", "disclosure_not_accepted",
     "the joiner has not accepted the disclosure of this visit"},
};

inline constexpr Obligation kVisitJoinPermit[] = {
    {"use_opaque_participant_id", "host", "C5-f"},
};
inline constexpr Obligation kVisitJoinRefusal[] = {
    {"issue_no_media_token", "host", "C6.2-b"},
};

inline constexpr Condition kVisitStartConditions[] = {
    {"doctor_virtual_visits_enabled", "C6.1-c", "doctor_virtual_visits_disabled",
     "the doctor has switched virtual visits off"},
    {"every_participant_accepted", "C6.2-b", "acceptance_missing",
     "somebody has not accepted the disclosure yet"},
    {"acceptances_match_disclosure", "C2.4-c", "acceptance_void",
     "an acceptance is for another visit, slot, text or recording status, or it is not its time"},
    {"participants_are_distinct", "C6.2-b", "participants_not_distinct",
     "the acceptances do not come from two different people"},
};

inline constexpr Obligation kVisitStartPermit[] = {
    {"show_recording_status", "host", "C2.4-g"},
};
inline constexpr Obligation kVisitStartRefusal[] = {
    {"withhold_media", "host", "C6.2-b"},
};

inline constexpr Condition kRecordingEligibleConditions[] = {
    {"doctor_recording_enabled", "C6.3-a", "doctor_recording_disabled",
     "the doctor has not switched recording on"},
    {"company_recording_entitled", "C6.3-b", "company_not_entitled",
     "the plan of the representative's company does not include recording"},
    {"company_recording_enabled", "C6.3-b", "company_recording_disabled",
     "the representative's company has not switched recording on"},
};

inline constexpr Obligation kRecordingEligiblePermit[] = {
    {"show_recording_if_all_agree", "host", "C6.2-a"},
};
inline constexpr Obligation kRecordingEligibleRefusal[] = {
    {"show_recording_off", "host", "C6.2-a"},
};

inline constexpr Condition kRecordingStartConditions[] = {
    {"doctor_recording_enabled", "C6.3-a", "doctor_recording_disabled",
     "the doctor has not switched recording on"},
    {"company_recording_entitled", "C6.3-b", "company_not_entitled",
     "the plan of the representative's company does not include recording"},
    {"company_recording_enabled", "C6.3-b", "company_recording_disabled",
     "the representative's company has not switched recording on"},
    {"representative_company_unchanged", "C6.3-b", "representative_company_changed",
     "the representative no longer acts for the company the visit was booked for"},
    {"visit_started", "C6.2-b", "visit_not_started", "the visit has not begun, is over, or somebody is out of it"},
    {"every_participant_consented", "C6.3-c", "recording_consent_missing",
     "not everybody in the visit agrees to be recorded"},
    {"consents_match_disclosure", "C6.3-c", "recording_consent_void",
     "a consent to recording is for another visit, slot, text or setting"},
    {"screen_matches_decision", "C6.3-d", "screen_mismatch",
     "the screen did not say that the visit may be recorded"},
};

inline constexpr Obligation kRecordingStartPermit[] = {
    {"show_recording_on", "host", "C6.3-d"},
    {"write_one_file", "host", "C2.4-e"},
    {"register_recording", "host", "C6.4-a"},
    {"do_not_transcribe", "host", "C6.5-b"},
};
inline constexpr Obligation kRecordingStartRefusal[] = {
    {"show_recording_off", "host", "C6.3-d"},
    {"no_persist", "host", "C6.3-e"},
};

inline constexpr Condition kRecordingRegisterConditions[] = {
    {"permit_issued", "C6.5-a", "permit_missing", "no recording of this visit was permitted"},
    {"recorded_only_while_permitted", "C6.3-e", "recorded_without_permit",
     "the recording began before the permit or went on after it ended"},
    {"first_recording_of_visit", "C2.4-e", "recording_already_registered",
     "a visit has one recording, and this one has it already"},
};

inline constexpr Obligation kRecordingRegisterPermit[] = {
    {"keep_encrypted", "host", "C6.4-c"},
};
inline constexpr Obligation kRecordingRegisterRefusal[] = {
    {"destroy_recording", "host", "C6.3-e"},
};

inline constexpr Condition kRecordingAccessConditions[] = {
    {"recording_available", "C6.4-a", "recording_not_available",
     "there is no recording that may still be shown"},
    {"viewer_is_participant_or_compliance_officer", "C6.4-d", "viewer_not_entitled",
     "only who took part, or the compliance officer of the company, may have it"},
    {"viewer_company_matches", "C6.4-d", "viewer_company_differs",
     "the viewer does not belong to the company of this visit"},
    {"mode_allowed", "C6.4-e", "mode_not_allowed", "only the doctor may download, the others may view"},
};

inline constexpr Obligation kRecordingAccessPermit[] = {
    {"sign_short_lived_url", "host", "C6.4-d"},
};

inline constexpr Condition kMediaEngageConditions[] = {
    {"doctor_virtual_visits_enabled", "C5-g", "doctor_virtual_visits_disabled",
     "the doctor has not switched virtual visits on"},
    {"visit_is_virtual", "C2.4-a", "visit_not_virtual", "the meeting is not a video call"},
    {"visit_is_current", "C2.4-a", "visit_not_current", "the visit is not about to begin or in progress"},
};

inline constexpr Obligation kMediaEngagePermit[] = {
    {"forbid_automatic_egress", "host", "C2.4-b"},
};
inline constexpr Obligation kMediaEngageRefusal[] = {
    {"issue_no_media_token", "host", "C5-g"},
};

inline constexpr Condition kAiExtractConditions[] = {
    {"ai_enabled", "C5-j", "ai_disabled", "AI features are not switched on in this deployment"},
    {"provider_listed", "C5-k", "provider_not_listed", "the provider is not one of those listed"},
    {"source_is_completion_note", "C5-m", "source_not_completion_note",
     "only a completion note written by a person may be sent"},
    {"text_deidentified", "C5-l", "text_not_deidentified", "the text still tells who it is about"},
    {"agreement_in_force", "C5-b", "agreement_missing",
     "no data-processing agreement with the provider is in force"},
    {"no_training_attested", "C6.5-c", "training_not_excluded",
     "it is not attested that the provider does not train on the text"},
};

inline constexpr Obligation kAiExtractPermit[] = {
    {"send_deidentified_text_only", "host", "C5-m"},
};
inline constexpr Obligation kAiExtractRefusal[] = {
    {"send_nothing", "host", "C5-m"},
};

inline constexpr Condition kProcessorEngageConditions[] = {
    {"agreement_in_force", "C5-b", "agreement_missing",
     "no data-processing agreement with the processor is in force"},
    {"affected_customers_notified", "C5-o", "customers_not_notified",
     "an affected customer has not been told"},
    {"notice_period_elapsed", "C5-o", "notice_period_running",
     "the notice period has not run since the last notice"},
    {"countries_permitted", "C11-h", "country_not_permitted",
     "the processor works in a country that is not permitted"},
};

inline constexpr Obligation kProcessorEngagePermit[] = {
    {"list_processor", "engine", "C5-n"},
};
inline constexpr Obligation kProcessorEngageRefusal[] = {
    {"send_nothing", "host", "C5-a"},
};

inline constexpr Condition kCommandUseConditions[] = {
    {"actor_is_active", "C4-d", "actor_not_active", "the actor's account is not active"},
    {"role_may_use_command", "C4-d", "role_not_permitted", "the actor's role may not use this command"},
    {"within_own_scope", "C4-d", "outside_own_scope", "the actor may not do this for somebody else"},
};

inline constexpr Condition kDataUseConditions[] = {
    {"owner_in_use", "C9-a", "owner_out_of_use", "the account of whose data they are is out of use"},
};

inline constexpr Condition kPreferenceSetConditions[] = {
    {"actor_may_change_setting", "C2.4-h", "actor_may_not_change_setting",
     "only the doctor, or an assistant who switches off, may change this setting"},
    {"switched_on_by_doctor", "C6.1-b", "switch_on_not_by_doctor",
     "only the doctor in person may switch this on"},
};

inline constexpr Condition kAccountOpenConditions[] = {
    {"holder_is_adult", "C10-a", "holder_not_adult", "the holder is not known to be of age"},
    {"holder_not_reported_minor", "C10-b", "holder_reported_minor", "the account was reported as a child's"},
};

inline constexpr Condition kAccountReactivateConditions[] = {
    {"account_is_terminated", "C9-c", "account_not_terminated", "the account is not a terminated one"},
    {"within_reactivation_period", "C9-c", "reactivation_period_over",
     "the time for reactivation has passed"},
};

inline constexpr Condition kRightsAnswerConditions[] = {
    {"identity_verified", "C8-a", "identity_not_verified",
     "nothing is disclosed, changed or destroyed before it is known who asks"},
};

inline constexpr Condition kRightsEscalateConditions[] = {
    {"own_remedy_exhausted", "C13-b", "own_remedy_not_exhausted",
     "the complaint is neither answered nor overdue"},
};

inline constexpr Condition kEgressCheckConditions[] = {
    {"processor_listed", "C5-a", "processor_not_listed", "the processor is on no list"},
    {"processor_engaged", "C5-o", "processor_not_engaged",
     "the processor is announced and not yet put to use"},
    {"agreement_in_force", "C5-b", "agreement_missing",
     "no data-processing agreement with the processor is in force"},
    {"country_permitted", "C11-h", "country_not_permitted",
     "the data would go to a country that is not permitted"},
    {"purpose_not_forbidden", "C5-p", "purpose_forbidden",
     "no data goes anywhere for sale, marketing by others, training or clinical use"},
    {"purpose_permitted", "C5-a", "purpose_not_permitted", "the processor gets no data for this purpose"},
    {"processor_condition_met", "C5-a", "processor_condition_not_met",
     "what must hold before the processor gets anything does not"},
    {"field_permitted", "C5-a", "field_not_permitted", "none of the fields may go to the processor"},
};

inline constexpr Obligation kEgressCheckPermit[] = {
    {"send_listed_fields_only", "host", "C5-a"},
};
inline constexpr Obligation kEgressCheckRefusal[] = {
    {"send_nothing", "host", "C5-a"},
};

inline constexpr Condition kBridgeUseConditions[] = {
    {"bridge_opted_in", "C2.3-b", "bridge_not_used",
     "the person concerned has not opted in to the messaging bridge"},
};

inline constexpr Condition kStorageUseConditions[] = {
    {"region_attested", "C11-a", "region_not_attested",
     "it is not attested that the data stays in the policy's country"},
};

inline constexpr Condition kTransferCheckConditions[] = {
    {"processor_listed", "C5-a", "processor_not_listed", "the processor is on no list"},
    {"processor_works_there", "C5-a", "country_not_listed",
     "the processor is not known to work in this country"},
    {"country_permitted", "C11-h", "country_not_permitted", "the country is not permitted today"},
    {"agreement_in_force", "C11-g", "agreement_missing",
     "no agreement with safeguards as strong as the Act's is in force"},
};

inline constexpr Condition kPurposeCheckConditions[] = {
    {"purpose_is_not_sale", "C1-d", "purpose_is_sale", "personal data is never sold"},
    {"purpose_is_not_marketing", "C5-p", "purpose_is_marketing",
     "personal data never serves the marketing of third parties"},
    {"purpose_is_not_training", "C6.5-c", "purpose_is_training", "nothing of a call trains any AI"},
    {"purpose_is_not_transcription", "C6.5-b", "purpose_is_transcription",
     "calls are not transcribed by machine"},
    {"purpose_is_not_clinical", "C6.6-c", "purpose_is_clinical",
     "the platform never serves advice, diagnosis or prescription"},
    {"purpose_covers_operation", "C3-a", "operation_not_covered",
     "no stated purpose covers this operation on this class of data"},
    {"analytics_is_anonymous", "C3-c", "analytics_on_identified_people",
     "analytics needs groups that are large enough, or consent"},
    {"demand_is_complete", "C3-f", "demand_incomplete",
     "a lawful demand names its authority, section, date and scope, and covers what is asked for"},
    {"condition_of_class_met", "C6.5-d", "recording_door_closed",
     "a recording is open to its own permit and access rules alone"},
};

inline constexpr Condition kSecurityCheckConditions[] = {
    {"tls_sufficient", "C4-b", "tls_too_old", "the version of TLS is below the policy's minimum"},
    {"at_rest_encrypted", "C4-c", "at_rest_cipher_too_weak", "data at rest is not under AES with 256 bits"},
    {"password_is_hashed", "C4-i", "password_not_hashed", "the value of a password is no bcrypt hash"},
    {"bcrypt_cost_sufficient", "C4-h", "bcrypt_cost_too_low", "passwords are hashed at too low a cost"},
    {"database_tls_sufficient", "C4-e", "sslmode_too_weak",
     "the database connection may go unencrypted or unchecked"},
    {"backup_recent", "C4-g", "backup_too_old", "the last backup is older than the schedule allows"},
    {"storage_in_country", "C11-a", "storage_abroad", "the bucket lies outside the policy's country"},
    {"url_short_lived", "C5-i", "url_lives_too_long", "signed links live longer than the policy allows"},
};

inline constexpr Condition kPostureMeetConditions[] = {
    {"tls_attested", "C4-b", "tls_not_attested", "it is not attested that connections are under TLS 1.2 or later"},
    {"hosting_certified", "C4-a", "hosting_not_certified", "the certificate of the data centre is not attested"},
    {"data_at_rest_encrypted", "C4-c", "at_rest_encryption_not_attested",
     "it is not attested that data at rest is encrypted"},
    {"payment_processor_certified", "C5-c2", "payment_certificate_missing",
     "no valid PCI DSS certificate of the payment processor is attested"},
    {"media_encrypted", "C5-h", "media_encryption_not_attested", "it is not attested that streams are encrypted"},
    {"recordings_go_to_store", "C11-d", "recording_destination_not_attested",
     "it is not attested that recordings are written to the store alone, and only when asked for"},
    {"stored_objects_encrypted", "C6.4-c", "object_encryption_not_attested",
     "it is not attested that stored files are encrypted"},
    {"storage_region_attested", "C11-e", "storage_region_not_attested",
     "it is not attested that files are kept in the policy's country"},
    {"probes_passed", "C1-b", "probe_failed", "a probe of what the host carries out failed, or is out of date"},
};
inline constexpr Obligation kPostureMeetRefusal[] = {
    {"send_nothing", "host", "C5-a"},
    {"attest_anew", "host", "C4-a"},
};

inline constexpr Condition kPolicyPublishConditions[] = {
    {"loosening_called_material", "C12-b", "loosening_called_immaterial",
     "what loosens the policy is material, whatever its publisher says"},
};
inline constexpr Obligation kPolicyPublishPermit[] = {
    {"notify_users", "host", "C12-b"},
    {"update_published_date", "host", "C12-c"},
};

inline constexpr Condition kPolicyAcceptConditions[] = {
    {"notice_stands", "C12-b", "notice_missing", "the person was not told of the version, or not reached"},
    {"words_are_those_published", "C12-b", "words_differ", "what was accepted is not what was published"},
};

inline constexpr Condition kAggregateCheckConditions[] = {
    {"cells_large_enough", "C9-i", "cells_too_small",
     "what would be told still tells of fewer people than the policy's minimum"},
};

inline constexpr Condition kLocationKeepConditions[] = {
    {"source_is_network_address", "C2.2-d", "location_source_refused",
     "where somebody is may be guessed from the network address alone"},
};
inline constexpr Obligation kLocationKeepPermit[] = {
    {"keep_city_only", "host", "C2.2-d"},
};

}  // namespace gates_detail

inline constexpr Gate kVisitBook{
    "visit.book", "A representative books a virtual visit", gates_detail::kVisitBookConditions, {}, {}};
inline constexpr Gate kVisitPurpose{"visit.purpose",
                                    "A visit is booked for a declared purpose",
                                    gates_detail::kVisitPurposeConditions,
                                    {},
                                    {}};
inline constexpr Gate kVisitAccept{"visit.accept",
                                   "A party accepts the disclosure before a visit",
                                   gates_detail::kVisitAcceptConditions,
                                   {},
                                   {}};
inline constexpr Gate kVisitJoin{"visit.join", "Somebody enters the call", gates_detail::kVisitJoinConditions,
                                 gates_detail::kVisitJoinPermit, gates_detail::kVisitJoinRefusal};
inline constexpr Gate kVisitStart{"visit.start", "The call begins", gates_detail::kVisitStartConditions,
                                  gates_detail::kVisitStartPermit, gates_detail::kVisitStartRefusal};
inline constexpr Gate kRecordingEligible{
    "recording.eligible", "The disclosure may say that the visit is recorded if all agree",
    gates_detail::kRecordingEligibleConditions, gates_detail::kRecordingEligiblePermit,
    gates_detail::kRecordingEligibleRefusal};
inline constexpr Gate kRecordingStart{
    "recording.start", "The call is recorded", gates_detail::kRecordingStartConditions,
    gates_detail::kRecordingStartPermit, gates_detail::kRecordingStartRefusal};
inline constexpr Gate kRecordingRegister{
    "recording.register", "A recording that was made is kept", gates_detail::kRecordingRegisterConditions,
    gates_detail::kRecordingRegisterPermit, gates_detail::kRecordingRegisterRefusal};
inline constexpr Gate kRecordingAccess{"recording.access",
                                       "Somebody views or downloads a recording",
                                       gates_detail::kRecordingAccessConditions,
                                       gates_detail::kRecordingAccessPermit,
                                       {}};
inline constexpr Gate kMediaEngage{"media.engage", "The media processor is engaged for a visit",
                                   gates_detail::kMediaEngageConditions, gates_detail::kMediaEngagePermit,
                                   gates_detail::kMediaEngageRefusal};
inline constexpr Gate kAiExtract{"ai.extract", "A completion note goes to an AI provider",
                                 gates_detail::kAiExtractConditions, gates_detail::kAiExtractPermit,
                                 gates_detail::kAiExtractRefusal};
inline constexpr Gate kProcessorEngage{
    "processor.engage", "A new processor is put to use", gates_detail::kProcessorEngageConditions,
    gates_detail::kProcessorEngagePermit, gates_detail::kProcessorEngageRefusal};
inline constexpr Gate kCommandUse{
    "command.use", "An actor uses a command", gates_detail::kCommandUseConditions, {}, {}};
inline constexpr Gate kDataUse{"data.use", "What is known of a person is used", gates_detail::kDataUseConditions, {}, {}};
inline constexpr Gate kPreferenceSet{
    "preference.set", "A doctor's setting is changed", gates_detail::kPreferenceSetConditions, {}, {}};
inline constexpr Gate kAccountOpen{
    "account.open", "A person gets an account", gates_detail::kAccountOpenConditions, {}, {}};
inline constexpr Gate kAccountReactivate{"account.reactivate",
                                         "A terminated account is opened again",
                                         gates_detail::kAccountReactivateConditions,
                                         {},
                                         {}};

inline constexpr Gate kRightsAnswer{
    "rights.answer", "A rights request is answered", gates_detail::kRightsAnswerConditions, {}, {}};
inline constexpr Gate kRightsEscalate{"rights.escalate",
                                      "A complaint goes to the Board",
                                      gates_detail::kRightsEscalateConditions,
                                      {},
                                      {}};

inline constexpr Gate kEgressCheck{"egress.check", "Data is sent to a processor",
                                   gates_detail::kEgressCheckConditions, gates_detail::kEgressCheckPermit,
                                   gates_detail::kEgressCheckRefusal};
inline constexpr Gate kBridgeUse{"bridge.use",
                                 "The messaging bridge is used for a person",
                                 gates_detail::kBridgeUseConditions,
                                 {},
                                 gates_detail::kEgressCheckRefusal};
inline constexpr Gate kStorageUse{"storage.use",
                                  "Personal data is stored with a hosting processor",
                                  gates_detail::kStorageUseConditions,
                                  {},
                                  gates_detail::kEgressCheckRefusal};
inline constexpr Gate kTransferCheck{"transfer.check",
                                     "Data goes to a processor in a country",
                                     gates_detail::kTransferCheckConditions,
                                     {},
                                     gates_detail::kEgressCheckRefusal};
inline constexpr Gate kPurposeCheck{
    "purpose.check", "Data of a class is used for a purpose", gates_detail::kPurposeCheckConditions, {}, {}};

inline constexpr Gate kSecurityCheck{"security.check",
                                     "The deployment is as secure as the policy asks",
                                     gates_detail::kSecurityCheckConditions,
                                     {},
                                     {}};
inline constexpr Gate kPostureMeet{"posture.meet",
                                   "What the host attests stands, where something depends on it",
                                   gates_detail::kPostureMeetConditions,
                                   {},
                                   gates_detail::kPostureMeetRefusal};
inline constexpr Gate kAggregateCheck{"aggregate.check",
                                      "An aggregate is kept without end or told",
                                      gates_detail::kAggregateCheckConditions,
                                      {},
                                      {}};

inline constexpr Gate kPolicyPublish{"policy.publish",
                                     "A version of the policy is published",
                                     gates_detail::kPolicyPublishConditions,
                                     gates_detail::kPolicyPublishPermit,
                                     {}};
inline constexpr Gate kPolicyAccept{"policy.accept",
                                    "A person accepts what a version loosens",
                                    gates_detail::kPolicyAcceptConditions,
                                    {},
                                    {}};
inline constexpr Gate kLocationKeep{"location.keep",
                                    "Where somebody is, is kept",
                                    gates_detail::kLocationKeepConditions,
                                    gates_detail::kLocationKeepPermit,
                                    {}};

// Every gate, in the order of the documentation.
inline constexpr const Gate* kGates[] = {
    &kVisitBook,         &kVisitJoin,         &kVisitStart,     &kRecordingEligible, &kRecordingStart,
    &kRecordingAccess,   &kMediaEngage,       &kAiExtract,      &kProcessorEngage,   &kVisitPurpose,
    &kVisitAccept,       &kRecordingRegister, &kPreferenceSet,  &kCommandUse,        &kAccountOpen,
    &kAccountReactivate, &kEgressCheck,       &kBridgeUse,      &kStorageUse,        &kTransferCheck,
    &kPurposeCheck,      &kSecurityCheck,     &kAggregateCheck, &kRightsAnswer,      &kRightsEscalate,
    &kPolicyPublish,     &kPolicyAccept,      &kPostureMeet,       &kLocationKeep,   &kDataUse,
};

// The gate that decides `rule`, or nullptr.
constexpr const Gate* find_gate(std::string_view rule) noexcept {
  for (const Gate* gate : kGates)
    if (gate->rule == rule) return gate;
  return nullptr;
}

}  // namespace connex
