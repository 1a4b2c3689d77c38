/* Connex through C: an embeddable policy-and-compliance engine.
 *
 * Conventions
 *   - Strings in are connex_str: borrowed, UTF-8, not NUL-terminated. Strings out are either connex_str that
 * borrow from what they were asked of, or connex_buf that the caller owns and gives back with
 * connex_buf_free.
 *   - A function that can fail returns a connex_status, CONNEX_OK being 0, and then leaves its outputs empty.
 * With `error` not NULL it also hands over a connex_error, to be freed by the caller.
 *   - A denial is a value, never a failure. The zero value of a decision denies, that of a fact is unknown.
 *   - Option structs begin with `struct_size`: set it to sizeof the struct as you compiled it. Fields are
 * only ever appended; those that the library does not know, and `reserved`, must be 0.
 *   - An engine may be used from several threads at once; any other object from one at a time. It makes no threads
 * but those that a request of `audit.verify` asks for, which end before it is answered. Nothing here
 * keeps global state, logs, reads the environment unasked or the locale, or lets an exception pass.
 */
#ifndef CONNEX_CONNEX_H
#define CONNEX_CONNEX_H

#include <stddef.h>
#include <stdint.h>

#ifndef CONNEX_API
#if defined(__GNUC__)
#define CONNEX_API __attribute__((visibility("default")))
#else
#define CONNEX_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Strings
 * ----------------------------------------------------------------------------------------------------- */

typedef struct connex_str {
  const char* data;
  size_t size;
} connex_str;

/* A NUL follows the `size` bytes of a buffer that is not empty. */
typedef struct connex_buf {
  char* data;
  size_t size;
} connex_buf;

/* Gives a buffer back and empties it. NULL and empty buffers are fine. */
CONNEX_API void connex_buf_free(connex_buf* buf);

/* The library's version, "0.1.0". Static. */
CONNEX_API connex_str connex_version(void);

/* Errors
 * ------------------------------------------------------------------------------------------------------ */

typedef uint32_t connex_status;
#define CONNEX_OK UINT32_C(0)
#define CONNEX_INVALID_ARGUMENT UINT32_C(1)
#define CONNEX_NOT_FOUND UINT32_C(2)
#define CONNEX_CONFLICT UINT32_C(3)
#define CONNEX_UNAUTHENTICATED UINT32_C(4)
#define CONNEX_STORAGE UINT32_C(5)
#define CONNEX_BUSY UINT32_C(6)
#define CONNEX_CORRUPT UINT32_C(7)
#define CONNEX_UNSUPPORTED UINT32_C(8)
#define CONNEX_INTERNAL UINT32_C(9)

typedef struct connex_error connex_error;

/* What an error says; all borrow from the error. The path is a JSON pointer into the input, or empty. No text
 * ever holds a person's data. */
CONNEX_API connex_status connex_error_status(const connex_error* error);
CONNEX_API connex_str connex_error_code(const connex_error* error);
CONNEX_API connex_str connex_error_message(const connex_error* error);
CONNEX_API connex_str connex_error_path(const connex_error* error);
CONNEX_API void connex_error_free(connex_error* error);

/* The engine
 * -------------------------------------------------------------------------------------------------- */

typedef struct connex_engine connex_engine;

#define CONNEX_DURABILITY_FULL UINT32_C(0)   /* a commit survives power loss */
#define CONNEX_DURABILITY_NORMAL UINT32_C(1) /* a commit survives the process */

/* A host's own key service, which wraps the engine's data keys. Each function returns 1 when it is done and 0
 * when it failed; all may be called from any thread that uses the engine or verifies for it, and none can have
 * the engine carry out a command. An outer key has an id of 1 to 64
 * characters of `A-Z a-z 0-9 . _ : -` and a version. */
#define CONNEX_MAX_KEY_ID 64
#define CONNEX_MAX_WRAPPED 4096

typedef struct connex_key_provider {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* user;        /* must outlive the engine */

  /* Names the key in use: writes at most CONNEX_MAX_KEY_ID bytes. */
  uint32_t (*current)(void* user, char* id, size_t* id_size, uint32_t* version);

  /* Wraps 32 bytes under that key: writes at most CONNEX_MAX_WRAPPED bytes. `label` is to be authenticated
   * with them. */
  uint32_t (*wrap)(void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* secret,
                   uint8_t* wrapped, size_t* wrapped_size);

  /* Unwraps what was wrapped under that key with that label: writes 32 bytes. */
  uint32_t (*unwrap)(void* user, connex_str id, uint32_t version, connex_str label, const uint8_t* wrapped,
                     size_t wrapped_size, uint8_t* secret);
} connex_key_provider;

/* Where signed checkpoints of the audit log go, so that whoever holds the database cannot rewrite the log unseen.
 * `publish` is given a checkpoint (a C2SP signed note), what it tells of being durable, and returns 1 once it is kept
 * and 0 when it failed, which hinders nothing. Called from any thread that uses the engine, for one checkpoint after the
 * other; other commands go on meanwhile. */
typedef struct connex_checkpoint_sink {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* user;        /* must outlive the engine */
  uint32_t (*publish)(void* user, connex_str checkpoint);
} connex_checkpoint_sink;

/* Where the host keeps recordings: a bucket of an S3-compatible store, for which `recording.access` signs addresses.
 * The keys stay in memory. All but the region must be given; of host, name, region or access key such that no
 * address can be made, an engine does not open (invalid_argument). */
typedef struct connex_bucket {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  connex_str host;   /* "account.r2.cloudflarestorage.com", without a scheme; a port may follow */
  connex_str name;
  connex_str region; /* empty: "auto" */
  connex_str access_key;
  connex_str secret_key;
} connex_bucket;

typedef struct connex_engine_options {
  uint32_t struct_size;
  uint32_t durability;
  connex_str store;         /* "memory:" or the path of an SQLite file, created when missing */
  connex_str policy;        /* the policy pack as JSON; empty: the one compiled in */
  uint32_t caller_clock;    /* not 0: requests may carry `at`, which then is the time */
  uint32_t busy_timeout_ms; /* how long to wait for another process's write; 0: 5000 */

  /* Tells the time, in microseconds since 1970-01-01T00:00:00Z: writes it and returns 1. Returning 0 fails
   * the command. NULL: the system's clock. Called from the thread that executes. */
  uint32_t (*clock)(void* user, int64_t* micros);
  void* clock_user; /* must outlive the engine */

  /* Where the outer keys are, under which all data keys are wrapped: "file:PATH", "env:NAME" (64 hexadecimal
   * digits for each key, separated by commas, the one in use first), or empty: the file `<store>.key`. A file
   * is made on first use, for its owner alone. */
  connex_str keys;
  connex_str passphrase;                   /* of the keys' file; empty: none */
  const connex_key_provider* key_provider; /* instead of `keys`; copied. NULL: none */

  const connex_checkpoint_sink* sink; /* copied; NULL: none */
  const connex_bucket* bucket;        /* copied; NULL: none */

  /* The engine signs a checkpoint of its own accord at the end of a command, once the log has grown by so many
   * entries since the last one, or the last one is so many seconds old. 0: not for this reason. */
  uint32_t checkpoint_entries;
  uint32_t checkpoint_seconds;
} connex_engine_options;

/* Opens an engine, to be closed by the caller. Fails with invalid_argument (the pack, with the JSON pointer
 * of what is wrong in it), storage, busy, corrupt, unsupported (a file that is not a store of ours), or, when
 * the store holds sealed data and its keys are missing or others, not_found or corrupt. */
CONNEX_API connex_status connex_engine_open(const connex_engine_options* options, connex_engine** engine,
                                            connex_error** error);

/* Requires that no other thread uses the engine any more. NULL is fine. */
CONNEX_API void connex_engine_close(connex_engine* engine);

/* Carries out one request, a JSON object of at most 1 MiB (1,048,576 bytes) and 32 levels, and gives the
 * answer, a JSON object on one line, owned by the caller; COMMANDS.md beside this header says what stands in
 * them. What the request or the store gets wrong is an answer with `"ok": false`; the status fails only where
 * no answer can be had: with conflict from within a callback (clock, key provider, sink) of this very engine. */
CONNEX_API connex_status connex_engine_execute(connex_engine* engine, connex_str request, connex_buf* answer,
                                               connex_error** error);

/* Decides a rule ("recording.start") on a JSON object; touches no store. A gate takes true, false and null for
 * its facts; `retention.evaluate`, `view`, `egress`, `purpose` and `security.posture` take more and give more,
 * as COMMANDS.md says under "Rules". The decision is JSON, owned by the caller. `engine` may be NULL: the decision then names the policy
 * compiled in. Fails with not_found (the rule) or invalid_argument (the facts). */
CONNEX_API connex_status connex_decide(const connex_engine* engine, connex_str rule, connex_str facts,
                                       connex_buf* decision, connex_error** error);

/* The policy pack of the engine, or with NULL the one compiled in, as canonical JSON. Owned by the caller. */
CONNEX_API connex_status connex_policy(const connex_engine* engine, connex_buf* pack, connex_error** error);

/* Which policy pack an engine decides by, or with NULL the one compiled in. Borrows from the engine, or is
 * static. */
typedef struct connex_policy_id {
  connex_str version;
  connex_str digest; /* "sha256:..." */
} connex_policy_id;

CONNEX_API connex_policy_id connex_policy_identity(const connex_engine* engine);

/* The command table, the clause catalogue and the gates, as JSON arrays. Owned by the caller. */
CONNEX_API connex_status connex_commands(connex_buf* commands, connex_error** error);
CONNEX_API connex_status connex_clauses(connex_buf* clauses, connex_error** error);
CONNEX_API connex_status connex_gates(connex_buf* gates, connex_error** error);

/* Compliance tests
 * ------------------------------------------------------------------------------------------------------ */

/* A scenario file: what a policy must decide, told as data, as `connex test` plays it. */
typedef struct connex_scenarios connex_scenarios;

/* Reads the content of such a file, to be freed by the caller. Fails with invalid_argument; the path of the error points
 * into the file. */
CONNEX_API connex_status connex_scenarios_read(connex_str file, connex_scenarios** scenarios, connex_error** error);

/* NULL is fine. */
CONNEX_API void connex_scenarios_free(connex_scenarios* scenarios);

/* What it holds: {"title": ..., "scenarios": [{"name": ..., "clauses": [...]}, ...]}, owned by the caller. */
CONNEX_API connex_status connex_scenarios_describe(const connex_scenarios* scenarios, connex_buf* description,
                                                   connex_error** error);

/* Plays the scenario at `index`, from 0, on an empty engine of its own, by the policy of `engine` or, with NULL, the one
 * compiled in. `failure` says what was not as expected, owned by the caller; it stays empty when the scenario passed.
 * Fails with not_found beyond the last. */
CONNEX_API connex_status connex_scenarios_play(const connex_scenarios* scenarios, size_t index,
                                               const connex_engine* engine, connex_buf* failure, connex_error** error);

/* Contact details
 * --------------------------------------------------------------------------------------------- */

/* What a finding is. */
#define CONNEX_SPAN_PHONE UINT32_C(0)
#define CONNEX_SPAN_EMAIL UINT32_C(1)
#define CONNEX_SPAN_ADDRESS UINT32_C(2)
#define CONNEX_SPAN_URL UINT32_C(3)
#define CONNEX_SPAN_HANDLE UINT32_C(4)
#define CONNEX_SPAN_UPI UINT32_C(5)
#define CONNEX_SPAN_AADHAAR UINT32_C(6)
#define CONNEX_SPAN_PAN UINT32_C(7)
#define CONNEX_SPAN_GSTIN UINT32_C(8)
#define CONNEX_SPAN_CARD UINT32_C(9)
#define CONNEX_SPAN_REGISTRATION UINT32_C(10)
#define CONNEX_SPAN_NAME UINT32_C(11)
#define CONNEX_SPAN_ORGANISATION UINT32_C(12)

/* What a finding rests on. */
#define CONNEX_EVIDENCE_SHAPE (UINT32_C(1) << 0)        /* valid under the type's numbering plan or grammar */
#define CONNEX_EVIDENCE_CHECKSUM (UINT32_C(1) << 1)     /* the check digit holds */
#define CONNEX_EVIDENCE_CUE (UINT32_C(1) << 2)          /* words nearby announce it */
#define CONNEX_EVIDENCE_NEGATIVE_CUE (UINT32_C(1) << 3) /* words nearby speak against it */
#define CONNEX_EVIDENCE_SPELLED (UINT32_C(1) << 4)      /* written in words */
#define CONNEX_EVIDENCE_SEPARATED (UINT32_C(1) << 5)    /* pieces with other text between them */
#define CONNEX_EVIDENCE_DISGUISED (UINT32_C(1) << 6)    /* look-alikes, invisible characters, letters for digits */
#define CONNEX_EVIDENCE_REVERSED (UINT32_C(1) << 7)     /* valid when read backwards */
#define CONNEX_EVIDENCE_KNOWN_VALUE (UINT32_C(1) << 8)  /* a registered value */
#define CONNEX_EVIDENCE_CONVERSATION (UINT32_C(1) << 9) /* earlier messages hold pieces of it */
#define CONNEX_EVIDENCE_PROVIDER (UINT32_C(1) << 10)    /* a known mail, payment or social service */

/* Bytes [start, end) of the text hold a contact detail. `score` is in log-odds; `evidence` is a union of
 * CONNEX_EVIDENCE_*. */
typedef struct connex_finding {
  uint32_t start;
  uint32_t end;
  uint32_t type;
  float score;
  uint32_t evidence;
} connex_finding;

/* Findings in order, none overlapping another; owned by the caller. */
typedef struct connex_findings {
  connex_finding* data;
  size_t size;
} connex_findings;

/* Gives findings back and empties them. NULL and empty ones are fine. */
CONNEX_API void connex_findings_free(connex_findings* findings);

/* "PHONE" for CONNEX_SPAN_PHONE; empty for what is no span type. Static. */
CONNEX_API connex_str connex_span_name(uint32_t type);

/* "negative_cue" for CONNEX_EVIDENCE_NEGATIVE_CUE; empty for what is not one of them. Static. */
CONNEX_API connex_str connex_evidence_name(uint32_t evidence);

/* Registered values of one kind: at most 256, each of 1 to 512 bytes. A value in which there is nothing to look for
 * is refused, such as a telephone number of fewer than 6 digits. */
typedef struct connex_known_list {
  const connex_str* data;
  size_t size;
} connex_known_list;

typedef struct connex_redaction_options {
  uint32_t struct_size;
  uint32_t reserved;           /* 0 */
  const connex_engine* engine; /* whose policy pack to use; NULL: the one compiled in */
  connex_str channel;          /* of the pack: "message", "note", "ticket", ...; empty: "message" */

  /* Hidden whatever the score says, in every spelling that can be reached. */
  connex_known_list phones;
  connex_known_list emails;
  connex_known_list addresses;
  connex_known_list names;
  connex_known_list organisations;
} connex_redaction_options;

/* Finds the contact details of a text. `options` may be NULL: the pack compiled in, nothing registered. Safe
 * from any thread. Fails with invalid_argument (a text or a registered value that is not UTF-8 or too large;
 * the path of the error is that of the value, "/phones/0") or not_found (the channel). */
CONNEX_API connex_status connex_find_contact_details(const connex_redaction_options* options, connex_str text,
                                                     connex_findings* findings, connex_error** error);

/* The same, and gives the text with a marker such as "[phone hidden]" in the place of each finding, owned by
 * the caller. `findings` may be NULL. */
CONNEX_API connex_status connex_redact(const connex_redaction_options* options, connex_str text,
                                       connex_buf* redacted, connex_findings* findings, connex_error** error);

/* Redacts a long text that arrives in chunks, cut anywhere, between the bytes of a character too: what comes out
 * together is the same however it was cut. Holds at most 128 KiB; a contact detail of more than 32 KiB is outside its
 * promise. For one thread at a time. */
typedef struct connex_redaction_stream connex_redaction_stream;

/* Begins one, owned by the caller; `options` as for connex_redact, read here and not kept, but an engine in it must
 * outlive the stream. */
CONNEX_API connex_status connex_redaction_stream_open(const connex_redaction_options* options,
                                                      connex_redaction_stream** stream, connex_error** error);

/* Takes a chunk, and gives what is settled, which may be nothing, owned by the caller. Fails with invalid_argument where
 * the text is not UTF-8, or internal without memory, and then for ever. */
CONNEX_API connex_status connex_redaction_stream_write(connex_redaction_stream* stream, connex_str chunk,
                                                       connex_buf* redacted, connex_error** error);

/* Gives the rest. The stream may be used for another text afterwards. */
CONNEX_API connex_status connex_redaction_stream_finish(connex_redaction_stream* stream, connex_buf* redacted,
                                                        connex_error** error);

/* NULL is fine. */
CONNEX_API void connex_redaction_stream_free(connex_redaction_stream* stream);

/* Gates
 * ------------------------------------------------------------------------------------------------------- */

/* A fact is one of these; anything else counts as unknown, and unknown never permits. */
#define CONNEX_UNKNOWN 0
#define CONNEX_NO 1
#define CONNEX_YES 2

#define CONNEX_DENY UINT32_C(0)
#define CONNEX_INDETERMINATE UINT32_C(1)
#define CONNEX_PERMIT UINT32_C(2)

/* A decision: only CONNEX_PERMIT permits. `unmet` has a bit for each condition not known to hold, in the
 * order of the facts of the gate, `unknown` for those among them that are not known at all. */
typedef struct connex_decision {
  uint32_t gate; /* 1 and up in the order of the functions below and of connex_gates; 0: none */
  uint32_t effect;
  uint32_t unmet;
  uint32_t unknown;
} connex_decision;

typedef struct connex_visit_book_facts {
  uint8_t doctor_virtual_visits_enabled;
  uint8_t booker_is_medical_representative;
  uint8_t opt_in_set_by_doctor;
} connex_visit_book_facts;

typedef struct connex_visit_join_facts {
  uint8_t visit_is_current;
  uint8_t doctor_virtual_visits_enabled;
  uint8_t joiner_is_invited;
  uint8_t joiner_role_fits_side;
  uint8_t joiner_accepted_disclosure;
} connex_visit_join_facts;

typedef struct connex_visit_start_facts {
  uint8_t doctor_virtual_visits_enabled;
  uint8_t every_participant_accepted;
  uint8_t acceptances_match_disclosure;
  uint8_t participants_are_distinct;
} connex_visit_start_facts;

typedef struct connex_recording_eligible_facts {
  uint8_t doctor_recording_enabled;
  uint8_t company_recording_entitled;
  uint8_t company_recording_enabled;
} connex_recording_eligible_facts;

typedef struct connex_recording_start_facts {
  uint8_t doctor_recording_enabled;
  uint8_t company_recording_entitled;
  uint8_t company_recording_enabled;
  uint8_t representative_company_unchanged;
  uint8_t visit_started;
  uint8_t every_participant_consented;
  uint8_t consents_match_disclosure;
  uint8_t screen_matches_decision;
} connex_recording_start_facts;

typedef struct connex_recording_access_facts {
  uint8_t recording_available;
  uint8_t viewer_is_participant_or_compliance_officer;
  uint8_t viewer_company_matches;
  uint8_t mode_allowed;
} connex_recording_access_facts;

typedef struct connex_media_engage_facts {
  uint8_t doctor_virtual_visits_enabled;
  uint8_t visit_is_virtual;
  uint8_t visit_is_current;
} connex_media_engage_facts;

typedef struct connex_ai_extract_facts {
  uint8_t ai_enabled;
  uint8_t provider_listed;
  uint8_t source_is_completion_note;
  uint8_t text_deidentified;
  uint8_t agreement_in_force;
  uint8_t no_training_attested;
} connex_ai_extract_facts;

typedef struct connex_processor_engage_facts {
  uint8_t agreement_in_force;
  uint8_t affected_customers_notified;
  uint8_t notice_period_elapsed;
  uint8_t countries_permitted;
} connex_processor_engage_facts;

/* Each decides one rule. Pure, free of allocation, safe from any thread. NULL facts are all unknown. The
 * facts of a gate are as old as the library's major version: a gate that gains a condition is a new function.
 */
CONNEX_API connex_decision connex_visit_book(const connex_visit_book_facts* facts);
CONNEX_API connex_decision connex_visit_join(const connex_visit_join_facts* facts);
CONNEX_API connex_decision connex_visit_start(const connex_visit_start_facts* facts);
CONNEX_API connex_decision connex_recording_eligible(const connex_recording_eligible_facts* facts);
CONNEX_API connex_decision connex_recording_start(const connex_recording_start_facts* facts);
CONNEX_API connex_decision connex_recording_access(const connex_recording_access_facts* facts);
CONNEX_API connex_decision connex_media_engage(const connex_media_engage_facts* facts);
CONNEX_API connex_decision connex_ai_extract(const connex_ai_extract_facts* facts);
CONNEX_API connex_decision connex_processor_engage(const connex_processor_engage_facts* facts);

/* Decides any gate: the one of that number in connex_gates, from 1. Each fact has a bit, in the order of the
 * gate; a fact with a bit in neither set, or in both, is unknown. An unknown gate denies. Pure, free of
 * allocation, safe from any thread. */
CONNEX_API connex_decision connex_evaluate(uint32_t gate, uint32_t yes, uint32_t no);

/* Why a decision did not permit: one unmet condition. All static. */
typedef struct connex_reason {
  connex_str code;   /* "company_recording_disabled" */
  connex_str clause; /* "C6.3-b" */
  connex_str fact;   /* "company_recording_enabled" */
  connex_str text;   /* one line */
  uint32_t unknown;  /* not 0: the fact is not known, rather than known not to hold */
} connex_reason;

/* How many conditions are unmet, and the one at `index`, in order; an empty reason beyond the last. */
CONNEX_API uint32_t connex_decision_reason_count(const connex_decision* decision);
CONNEX_API connex_reason connex_decision_reason(const connex_decision* decision, uint32_t index);

/* Something that must now follow. All static. */
typedef struct connex_obligation {
  connex_str action; /* "show_recording_off" */
  connex_str who;    /* "host" */
  connex_str clause; /* "C6.3-d" */
} connex_obligation;

/* How much must follow a decision, permitted or not, and what stands at `index`; empty beyond the last. */
CONNEX_API uint32_t connex_decision_obligation_count(const connex_decision* decision);
CONNEX_API connex_obligation connex_decision_obligation(const connex_decision* decision, uint32_t index);

/* The rule's name ("recording.start"), or empty for the zero decision. Static. */
CONNEX_API connex_str connex_decision_rule(const connex_decision* decision);

#ifdef __cplusplus
}
#endif

#endif
