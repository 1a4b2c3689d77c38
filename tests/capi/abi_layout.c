/* The layout that programs were compiled against, on LP64. A line that does not compile is a break of the
 * ABI. */
#include "connex/connex.h"

#define SAME(name, a, b) typedef char name[(a) == (b) ? 1 : -1]
#define AT(type, field, offset) SAME(type##_##field##_is_at, offsetof(type, field), offset)
#define SIZE(type, size) SAME(type##_is_of_size, sizeof(type), size)

/* On other data models the pointers move the offsets. */
#if defined(__LP64__)

SIZE(connex_str, 16);
AT(connex_str, data, 0);
AT(connex_str, size, 8);

SIZE(connex_buf, 16);
AT(connex_buf, data, 0);
AT(connex_buf, size, 8);

SIZE(connex_status, 4);

SIZE(connex_policy_id, 32);
AT(connex_policy_id, version, 0);
AT(connex_policy_id, digest, 16);

SIZE(connex_key_provider, 40);
AT(connex_key_provider, struct_size, 0);
AT(connex_key_provider, reserved, 4);
AT(connex_key_provider, user, 8);
AT(connex_key_provider, current, 16);
AT(connex_key_provider, wrap, 24);
AT(connex_key_provider, unwrap, 32);

SIZE(connex_checkpoint_sink, 24);
AT(connex_checkpoint_sink, struct_size, 0);
AT(connex_checkpoint_sink, reserved, 4);
AT(connex_checkpoint_sink, user, 8);
AT(connex_checkpoint_sink, publish, 16);

SIZE(connex_bucket, 88);
AT(connex_bucket, struct_size, 0);
AT(connex_bucket, reserved, 4);
AT(connex_bucket, host, 8);
AT(connex_bucket, name, 24);
AT(connex_bucket, region, 40);
AT(connex_bucket, access_key, 56);
AT(connex_bucket, secret_key, 72);

SIZE(connex_engine_options, 128);
AT(connex_engine_options, struct_size, 0);
AT(connex_engine_options, durability, 4);
AT(connex_engine_options, store, 8);
AT(connex_engine_options, policy, 24);
AT(connex_engine_options, caller_clock, 40);
AT(connex_engine_options, busy_timeout_ms, 44);
AT(connex_engine_options, clock, 48);
AT(connex_engine_options, clock_user, 56);
AT(connex_engine_options, keys, 64);
AT(connex_engine_options, passphrase, 80);
AT(connex_engine_options, key_provider, 96);
AT(connex_engine_options, sink, 104);
AT(connex_engine_options, bucket, 112);
AT(connex_engine_options, checkpoint_entries, 120);
AT(connex_engine_options, checkpoint_seconds, 124);

SIZE(connex_findings, 16);
AT(connex_findings, data, 0);
AT(connex_findings, size, 8);

SIZE(connex_known_list, 16);
AT(connex_known_list, data, 0);
AT(connex_known_list, size, 8);

SIZE(connex_redaction_options, 112);
AT(connex_redaction_options, struct_size, 0);
AT(connex_redaction_options, reserved, 4);
AT(connex_redaction_options, engine, 8);
AT(connex_redaction_options, channel, 16);
AT(connex_redaction_options, phones, 32);
AT(connex_redaction_options, emails, 48);
AT(connex_redaction_options, addresses, 64);
AT(connex_redaction_options, names, 80);
AT(connex_redaction_options, organisations, 96);

SIZE(connex_reason, 72);
AT(connex_reason, code, 0);
AT(connex_reason, clause, 16);
AT(connex_reason, fact, 32);
AT(connex_reason, text, 48);
AT(connex_reason, unknown, 64);

SIZE(connex_obligation, 48);
AT(connex_obligation, action, 0);
AT(connex_obligation, who, 16);
AT(connex_obligation, clause, 32);

#endif

SIZE(connex_finding, 20);
AT(connex_finding, start, 0);
AT(connex_finding, end, 4);
AT(connex_finding, type, 8);
AT(connex_finding, score, 12);
AT(connex_finding, evidence, 16);

SIZE(connex_decision, 16);
AT(connex_decision, gate, 0);
AT(connex_decision, effect, 4);
AT(connex_decision, unmet, 8);
AT(connex_decision, unknown, 12);

SIZE(connex_visit_book_facts, 3);
SIZE(connex_visit_join_facts, 5);
SIZE(connex_visit_start_facts, 4);
SIZE(connex_recording_eligible_facts, 3);
SIZE(connex_recording_start_facts, 8);
SIZE(connex_recording_access_facts, 4);
SIZE(connex_media_engage_facts, 3);
SIZE(connex_ai_extract_facts, 6);
SIZE(connex_processor_engage_facts, 4);

SAME(ok_is_zero, CONNEX_OK, 0);
SAME(invalid_argument_is_1, CONNEX_INVALID_ARGUMENT, 1);
SAME(not_found_is_2, CONNEX_NOT_FOUND, 2);
SAME(conflict_is_3, CONNEX_CONFLICT, 3);
SAME(unauthenticated_is_4, CONNEX_UNAUTHENTICATED, 4);
SAME(storage_is_5, CONNEX_STORAGE, 5);
SAME(busy_is_6, CONNEX_BUSY, 6);
SAME(corrupt_is_7, CONNEX_CORRUPT, 7);
SAME(unsupported_is_8, CONNEX_UNSUPPORTED, 8);
SAME(internal_is_9, CONNEX_INTERNAL, 9);

SAME(unknown_is_zero, CONNEX_UNKNOWN, 0);
SAME(no_is_1, CONNEX_NO, 1);
SAME(yes_is_2, CONNEX_YES, 2);
SAME(deny_is_zero, CONNEX_DENY, 0);
SAME(indeterminate_is_1, CONNEX_INDETERMINATE, 1);
SAME(permit_is_2, CONNEX_PERMIT, 2);
