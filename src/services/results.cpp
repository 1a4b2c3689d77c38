// What each command gives where it is permitted, for the reference.
#include "services/reference.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace connex::services {
namespace {

constexpr std::pair<std::string_view, std::string_view> kResults[] = {
    {"organisation.put",
     "{id, kind, recording_entitled, recording_enabled}"},
    {"organisation.set_recording",
     "{id, kind, recording_entitled, recording_enabled}"},
    {"principal.register",
     "{id, role, status, status_since, organisation}"},
    {"principal.view",
     "{subject, fields: {...}, hidden: [...], generalised: [...]}"},
    {"principal.update",
     "{id, role, status, status_since, organisation}"},
    {"principal.terminate",
     "{id, role, status, status_since, reactivate_before, organisation}"},
    {"principal.reactivate",
     "{id, role, status, status_since, organisation}"},
    {"principal.report_minor",
     "{id, role, status, status_since, organisation}"},
    {"principal.clear_minor_report",
     "{id, status}"},
    {"account.export",
     "{format, account: {...}, content: [{...}], next, settings: {virtual_visits, recording}, "
     "contacts: {...}}"},
    {"principal.find",
     "{principals: [...]}"},
    {"key.rotate",
     "{rewrapped, done}"},
    {"preference.set",
     "{doctor, virtual_visits, recording}"},
    {"visit.book",
     "{visit, state, starts_at, ends_at}"},
    {"visit.cancel",
     "{visit, state, starts_at, ends_at}"},
    {"visit.release_address",
     "{visit, state, starts_at, ends_at, address_released_at}"},
    {"visit.disclosure",
     "{visit, version, hash, language, text, slot: {starts_at, ends_at}, promotional, recording, "
     "links: {terms, policy}}"},
    {"visit.accept",
     "{visit, accepted_at, disclosure_hash, attested, salt, recording_consent}"},
    {"visit.join",
     "{visit, joined_at}"},
    {"visit.start",
     "{visit, state, starts_at, ends_at, started_at, on_screen}"},
    {"visit.leave",
     "{visit, left_at}"},
    {"visit.end",
     "{visit, state, starts_at, ends_at, started_at, ended_at}"},
    {"recording.decide",
     "{on_screen, permit, permit_id, expires_at}"},
    {"recording.register",
     "{recording, visit}"},
    {"recording.access",
     "{recording, grant, grant_id, expires_at, url}"},
    {"consent.withdraw",
     "{visit, withdrawn_at, on_screen}"},
    {"record.register",
     "{class, state, retain_until, ceiling, dispose_at, unlink_at, basis, clause, resolutions: [...], "
     "usable, depended_on_rounding, policy: {version, digest}, record, id, floor, source, confidence}"},
    {"record.touch",
     "{class, state, retain_until, ceiling, dispose_at, unlink_at, basis, clause, resolutions: [...], "
     "usable, depended_on_rounding, policy: {version, digest}, floor, source, confidence, record, id}"},
    {"retention.evaluate",
     "{rule, state, retain_until, ceiling, dispose_at, unlink_at, basis, clause, resolutions: [...], "
     "usable, depended_on_rounding, policy: {version, digest}, floor, source, confidence, record, "
     "class, ordered}"},
    {"retention.sweep",
     "{evaluated, erased, ordered, restricted, held, remaining, unlinked, withdrawn, retried, "
     "audit_entries, damaged: [...], disposed: [{class, what, clause, count}], receipt}"},
    {"retention.forecast",
     "{forecast: [{month, class, count}], audit_entries: [{month, class, count}], until, complete}"},
    {"disposition.pending",
     "{orders: [{order, kind, principal, record, class, locator, reason, clause, ordered_at, due_at, "
     "attempts}], next}"},
    {"disposition.confirm",
     "{order, record, state, confirmed_at, against_hold, receipt}"},
    {"disposition.receipt",
     "{record, what, clause, disposed_at, entry, receipt}"},
    {"hold.place",
     "{id, basis, authority, citation, state, placed_at, placed_by, approved_by, review_at, "
     "review_overdue, reviewed_at, expected_end, released_at, notify: [{principal, until, is}], "
     "outlasts_period}"},
    {"hold.review",
     "{id, basis, authority, citation, state, placed_at, placed_by, approved_by, review_at, "
     "review_overdue, reviewed_at, expected_end, released_at, notify: [{principal, until, is}]}"},
    {"hold.release",
     "{id, basis, authority, citation, state, placed_at, placed_by, approved_by, review_at, "
     "review_overdue, reviewed_at, expected_end, released_at}"},
    {"hold.list",
     "{holds: [{id, basis, authority, citation, state, placed_at, placed_by, approved_by, review_at, "
     "review_overdue, reviewed_at, expected_end, released_at, scope: {records: [...], principals: "
     "[...], visits: [...]}}], next}"},
    {"message.post",
     "{delivered_text, redactions: [{type, start, end}], earlier: [{thread, number, text}]}"},
    {"message.list",
     "{thread, messages: [{number, from, text, posted_at, id}], next}"},
    {"ticket.post",
     "{delivered_text, redactions: [{type, start, end}], earlier: [{thread, number, text}]}"},
    {"ticket.list",
     "{thread, messages: [{number, from, text, posted_at, id}], next}"},
    {"note.complete",
     "{delivered_text, redactions: [{type, start, end}]}"},
    {"note.list",
     "{visit, notes: [{number, text, posted_at}]}"},
    {"ai.extract",
     "{visit, provider, residual_risks: [{kind, start, end}], send: {...}}"},
    {"egress.check",
     "{send: [...], strip: [...], stripped: [{field, code, clause, text}]}"},
    {"transfer.check",
     "{processor, country, lists: [...], versions: [{version, permitted}]}"},
    {"transfer.list",
     "{transfers: [{processor, name, in_use, countries: [{country, permitted}], worldwide, "
     "agreement_in_force, sharings: {...}}]}"},
    {"purpose.check",
     "{clause, counted_by}"},
    {"bridge.set",
     "{principal, enabled}"},
    {"text.redact",
     "{text, redactions: [{type, start, end}]}"},
    {"text.deidentify",
     "{text, redactions: [{type, start, end}], residual_risks: [{kind, start, end}], clean}"},
    {"location.coarsen",
     "{keep: {...}, strip: [...]}"},
    {"processor.propose",
     "{processor, name, service, clause, purposes: [...], fields: [{name, condition}], countries: "
     "[...], worldwide, condition, agreement_required, own_fiduciary, ends, number, state, material, "
     "published, changes: [...], proposed_at}"},
    {"processor.notify",
     "{processor, customer, notified_at}"},
    {"processor.engage",
     "{processor, name, service, clause, purposes: [...], fields: [{name, condition}], countries: "
     "[...], worldwide, condition, agreement_required, own_fiduciary, ends, number, state, material, "
     "published, changes: [...], proposed_at, engaged_at}"},
    {"processor.withdraw",
     "{processor, name, service, clause, purposes: [...], fields: [{name, condition}], countries: "
     "[...], worldwide, condition, agreement_required, own_fiduciary, ends, number, state, material, "
     "published, changes: [...], proposed_at}"},
    {"processor.list",
     "{register, policy, processors: [{processor, name, service, clause, purposes: [...], fields: "
     "[{name, condition}], countries: [...], worldwide, condition, agreement_required, own_fiduciary, "
     "state, agreement}], proposed: [{...}]}"},
    {"attestation.put",
     "{claim, attested_at, valid_until, fresh, standing, wanted?, clauses: [...]}"},
    {"attestation.list",
     "{attestations: [{claim, attested_at, valid_until, fresh, standing, wanted?, clauses: [...]}], next}"},
    {"canary.begin",
     "{probe, mark, finish_before, record, processor, send: [...], strip: [...], decision: {...}}"},
    {"canary.erase",
     "{record, step}"},
    {"canary.finish",
     "{probe, passed, failures: [...], valid_until}"},
    {"security.check",
     "{findings: [{code, clause, check, minimum, text}]}"},
    {"aggregate.check",
     "{k, cells: [...], small, complement}"},
    {"rights.submit",
     "{id, kind, principal, status, received_at, due_at, overdue, contacts: {...}, nominee}"},
    {"rights.verify_identity",
     "{id, kind, principal, status, received_at, due_at, overdue, contacts: {...}, nominee}"},
    {"rights.resolve",
     "{id, kind, principal, status, received_at, due_at, overdue, contacts: {...}, summary: {person: "
     "{...}, data: [{class, count, held, first_goes, last_goes, clause}], items: [{item, class, state, "
     "goes}], items_next, content: [{...}], content_next, activities: [{purpose, classes: [...]}], recipients: "
     "[{...}], settings: {virtual_visits, recording}, nominees: [...], log_entries, contacts: {...}}, nominee, nominees: [...], plan: [{item, class, action, until, basis, "
     "clause}], plan_count, plan_next, totals: [{class, action, count, until, basis, clause}], processors_told, disposed: [{class, what, clause, "
     "count}], receipt, still_named: [{table, columns: [...], ends, until, clause, certain}], html, "
     "field, outcome, board}"},
    {"rights.refuse",
     "{id, kind, principal, status, received_at, due_at, overdue, contacts: {...}, clause, reason, "
     "board}"},
    {"rights.escalate",
     "{id, kind, principal, status, received_at, due_at, overdue, contacts: {...}, board: {name, "
     "text}, remedy}"},
    {"rights.items",
     "{items: [{item, class, state, until, basis, clause, hold}], next, contacts: {...}}"},
    {"rights.list",
     "{requests: [{id, kind, principal, status, received_at, due_at, overdue, executed}], next, "
     "contacts: {...}}"},
    {"report.deadlines",
     "{at_risk: [{id, kind, principal, status, received_at, due_at, overdue, executed}], overdue: "
     "[{id, kind, principal, status, received_at, due_at, overdue, executed}], steps: {at_risk: "
     "[{what, due_at, request, id, record, kind, basis, recipient, clause, overdue}], overdue: [{what, "
     "due_at, request, id, record, kind, basis, recipient, clause, overdue}]}, more, contacts: {...}}"},
    {"nominee.invoke",
     "{principal, nominee, event, disposal_suspended_from, contacts: {...}}"},
    {"nominee.revoke",
     "{principal, nominee, status, contacts: {...}}"},
    {"nominee.clear_event",
     "{principal, nominee, status, refused: [...], contacts: {...}}"},
    {"notice.pending",
     "{notices: [{notice, recipient, kind, about, request, clause, owed_at, due_at}], next, changes: "
     "[{...}]}"},
    {"notice.confirm",
     "{notice, recipient, kind, about, clause, owed_at, due_at, told_at}"},
    {"policy.publish",
     "{last_updated, dated, version, digest, number, published_at, effective_at, material, settled_at, "
     "loosens, counts: {tightening, loosening, wording}, waiting: [{processor, clause, changes: "
     "[...]}]}"},
    {"policy.notify",
     "{principal, version, digest, channel, notified_at, bounced_at, accepted_at, binds_at}"},
    {"policy.bounce",
     "{principal, version, digest, channel, notified_at, bounced_at, accepted_at, binds_at}"},
    {"policy.accept",
     "{principal, version, digest, channel, notified_at, bounced_at, accepted_at, binds_at}"},
    {"policy.withdraw",
     "{principal, version, digest, channel, notified_at, bounced_at, accepted_at, binds_at}"},
    {"policy.settle",
     "{version, settled, examined}"},
    {"policy.effective",
     "{version, digest, principal, stands_on, pending: [...]}"},
    {"policy.list",
     "{versions: [{last_updated, dated, version, digest, number, published_at, effective_at, material, "
     "settled_at}], in_effect, settled}"},
    {"policy.diff",
     "{from: {version, digest}, to: {version, digest}, only_tightens, material, counts: {tightening, "
     "loosening, wording}, changes: [{...}], waiting: [{processor, clause, changes: [...]}], refused: "
     "{...}}"},
    {"policy.impact",
     "{draft: {version, digest}, against: {version, digest}, effective_at, complete, records: "
     "{examined, moved_earlier, moved_later, due_when_effective, by_class: {CLASS: {...}}, examples: "
     "[{record, class, from, to}]}, sharings: {examined, newly_denied, fewer_fields, by_processor: "
     "{...}, examples: [{...}]}, decisions: {examined, decided_again, not_decided_again, to_denied, "
     "to_permitted, awaiting_acceptance, by_rule: {RULE: {...}}, examples: [{...}]}, waiting: "
     "[{processor, clause, changes: [...]}], refused: {...}, log: {...}, next}"},
    {"policy.decide",
     "{version, digest, at, decision: {...}, decided_as}"},
    {"report.coverage",
     "{clauses: [{id, text, kind, enforcement, coverage, standing, failed, decided, rules: [...]}], counts: "
     "{decided, attested, stale, unverified}, failed}"},
    {"report.summary",
     "{visits: {booked, refused, cancelled, never_begun, started, ended}, recordings: {permitted, "
     "refused, registered, consents_withdrawn}, attestations, decisions: {RULE: {permit, deny, "
     "indeterminate}}, refusals: [{rule, reason, clause, count}], audit: {entries, root}}"},
    {"audit.list",
     "{entries: [{seq, at, class, actor, role, command, object, visit, subjects: [...], rule, effect, "
     "outcome, details: {...}, policy, damaged}]}"},
    {"audit.verify",
     "{valid, entries, removed, root, key_breaks: [{seq, epoch}], violations: [{seq, what}]}"},
    {"audit.prove",
     "{seq, size, leaf, leaf_hash, root, path: [...]}"},
    {"audit.prove_consistency",
     "{from, to, from_root, to_root, path: [...]}"},
    {"audit.checkpoint",
     "{checkpoint, size, root, key, published}"},
    {"audit.keys",
     "{origin, keys: [{epoch, verifier, jwk: {kty, crv, kid, x}, seq, since, endorsement, follows}]}"},
    {"audit.rotate_key",
     "{epoch, follows}"},
    {"audit.export",
     "{format, origin, keys: [{epoch, verifier, endorsement, seq}], checkpoint, size, scope: {...}, "
     "count, entries: [{seq, leaf, path: [...], salt, header, body, content, people: [{token, id, salt}]}], deletions: [{...}], "
     "later: [{...}], policies: [{...}], published, consistency: {from, from_root, path: [...]}, next}"},
    {"audit.replay",
     "{decided, gone, damaged: [...], differences: [{seq, what}], next, under: {version, digest}, "
     "not_told, to_denied, to_permitted, flips: [{seq, rule, from, to}]}"},
    {"password.hash",
     "{hash, cost}"},
    {"password.verify",
     "{matches, hash_again}"},
    {"password.check",
     "{is_hash, sufficient, cost}"},
};

}  // namespace

std::string_view result_of(std::string_view command) noexcept {
  const auto* found = std::ranges::find(kResults, command, [](const auto& row) { return row.first; });
  return found == std::end(kResults) ? std::string_view() : found->second;
}

}  // namespace connex::services
