#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <limits>
#include <system_error>

#include "cli/cli.hpp"
#include "connex/version.hpp"

namespace {

using connex::cli::Options;

void add_store(CLI::App& tool, Options& options) {
  tool.add_option("--db", options.store, "the store: an SQLite file, or memory:")->required();
  tool.add_option("--keys", options.keys,
                  "its outer keys: file:PATH or env:NAME; without, the file DB.key, made on first use");
}
void add_time(CLI::App& tool, Options& options) {
  tool.add_option("--at", options.at, "as of this moment (RFC 3339 with an offset), instead of now");
}
void add_policy(CLI::App& tool, Options& options) {
  tool.add_option("--policy", options.policy,
                  "a policy pack, instead of the one compiled in; a store keeps to the first it was opened with");
}
void add_json(CLI::App& tool, Options& options) { tool.add_flag("--json", options.json, "print JSON"); }

int output_lost() {
  return connex::cli::report({connex::ErrorCode::storage, "standard output cannot be written", ""});
}

// What was printed has arrived, or the tool failed.
int finished(int code) {
  std::cout.flush();
  return std::cout && std::fflush(stdout) == 0 && std::ferror(stdout) == 0 ? code : output_lost();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace connex::cli;
  CLI::App app("Connex: privacy and compliance decisions, and the evidence for them.", "connex");
  app.set_version_flag("--version", std::string(connex::kVersion));
  app.require_subcommand(1);
  const std::string kExitCodes = "Exit codes: 0 permitted or done, 1 failure, 2 usage, 3 denied.";
  app.footer(kExitCodes);
  const CLI::Range kFromNought(std::int64_t{0}, std::numeric_limits<std::int64_t>::max());
  const CLI::Range kFromOne(std::int64_t{1}, std::numeric_limits<std::int64_t>::max());
  Options options;
  int code = kDone;

  std::string rule;
  auto* decide_tool = app.add_subcommand("decide", "Decide a rule on facts from standard input");
  decide_tool->add_option("RULE", rule, "the rule, such as recording.start")->required();
  decide_tool->footer(
      "Reads a JSON object of facts, or one on each line; a fact is true, false or null. Writes one decision "
      "a line.\n`connex rules` lists the rules, `connex rules RULE` what one is decided on.\n" +
      kExitCodes);
  add_policy(*decide_tool, options);
  add_json(*decide_tool, options);
  decide_tool->callback([&] { code = decide(options, rule); });

  auto* run_tool =
      app.add_subcommand("run", "Carry out commands from standard input, one JSON object a line");
  run_tool->footer(
      "Denials and refused requests are answers. Exit codes: 0 every line was answered, 1 failure: the store or the "
      "engine did not do its part for some line (storage, busy, corrupt, unsupported, internal), 2 usage.");
  add_store(*run_tool, options);
  add_policy(*run_tool, options);
  add_json(*run_tool, options);
  run_tool->callback([&] { code = run(options); });

  RedactSettings redaction;
  auto* redact_tool = app.add_subcommand("redact", "Hide contact details in text from standard input");
  redact_tool->add_flag("--jsonl", redaction.jsonl,
                        "read {\"id\", \"text\"} on each line, and write spans as well");
  redact_tool->add_flag("--deidentify", redaction.deidentify,
                        "hide people and organisations too, more strictly");
  redact_tool->add_flag("--explain", redaction.explain, "say what was found, where and why");
  redact_tool->add_option("--known", redaction.known,
                          "registered values that are always hidden: a JSON file of lists");
  redact_tool->add_option("--channel", redaction.channel, "whose threshold of the policy to apply")
      ->check(CLI::IsMember({"message", "note", "ticket", "notification", "deidentify"}));
  redact_tool->footer(
      "Spans are bytes of the original text. The lists of --known: phones, emails, addresses, names, "
      "organisations.\n" +
      kExitCodes);
  add_policy(*redact_tool, options);
  add_json(*redact_tool, options);
  redact_tool->callback([&] { code = redact(options, redaction); });

  TestSettings tests;
  auto* test_tool = app.add_subcommand("test", "Play scenario files: what the policy must decide");
  test_tool->add_option("FILES", tests.files, "scenario files")->required();
  test_tool->add_option("--junit", tests.junit, "write the results to this file as JUnit XML");
  test_tool->add_flag("--clauses", tests.clauses, "list every decided clause, not only those not exercised");
  test_tool->add_flag("--all-clauses", tests.all_clauses, "fail when a decided clause has no scenario");
  test_tool->footer(kExitCodes);
  add_policy(*test_tool, options);
  add_json(*test_tool, options);
  test_tool->callback([&] { code = test(options, tests); });

  std::string clause;
  auto* clauses_tool =
      app.add_subcommand("clauses", "List the clauses of the policy and the rules that decide them");
  clauses_tool->add_option("ID", clause, "only this clause");
  add_json(*clauses_tool, options);
  clauses_tool->callback([&] { code = clauses(options, clause); });

  std::string command;
  auto* commands_tool = app.add_subcommand("commands", "List the commands and their arguments");
  commands_tool->add_option("NAME", command, "only this command");
  bool markdown = false;
  commands_tool->add_flag("--markdown", markdown, "as the reference page");
  add_json(*commands_tool, options);
  commands_tool->callback([&] { code = commands(options, command, markdown); });

  std::string listed;
  auto* rules_tool = app.add_subcommand("rules", "List the rules of `decide` and what each is decided on");
  rules_tool->add_option("RULE", listed, "only this rule");
  rules_tool->footer(kExitCodes);
  add_json(*rules_tool, options);
  rules_tool->callback([&] { code = rules(options, listed); });

  auto* policy_tool = app.add_subcommand("policy", "Look at a policy pack");
  policy_tool->require_subcommand(1);
  auto* show = policy_tool->add_subcommand("show", "Print the pack as canonical JSON");
  add_policy(*show, options);
  add_json(*show, options);
  show->callback([&] { code = policy_show(options); });
  std::string pack;
  auto* check = policy_tool->add_subcommand("validate", "Check a pack and say what is wrong with it");
  check->add_option("FILE", pack, "the pack")->required();
  add_json(*check, options);
  check->callback([&] { code = policy_validate(options, pack); });
  auto* digest = policy_tool->add_subcommand("digest", "Print the digest of the pack");
  add_policy(*digest, options);
  add_json(*digest, options);
  digest->callback([&] { code = policy_digest(options); });
  auto* schema = policy_tool->add_subcommand("schema", "Print the JSON Schema of packs");
  add_json(*schema, options);
  schema->callback([&] { code = policy_schema(); });
  auto* errata = policy_tool->add_subcommand("errata", "List how contradictions of the policy were resolved");
  add_policy(*errata, options);
  add_json(*errata, options);
  errata->callback([&] { code = policy_errata(options); });
  std::string draft;
  std::string effective_at;
  auto* impact = policy_tool->add_subcommand("impact", "Tell what a draft would change for what is in a store");
  impact->add_option("FILE", draft, "the draft")->required();
  add_store(*impact, options);
  add_time(*impact, options);
  add_json(*impact, options);
  impact->add_option("--effective-at", effective_at, "when it would take effect (RFC 3339); now when not given");
  impact->callback([&] { code = policy_impact(options, draft, effective_at); });

  TimeTravel travel;
  auto* again = policy_tool->add_subcommand("decide", "Decide under any version on file, at any time");
  auto* of_rule = again->add_option("RULE", travel.rule, "the rule, such as egress or retention.evaluate");
  add_store(*again, options);
  add_json(*again, options);
  again->add_option("--under", travel.version, "version or digest of a pack on file; the one in effect then when not given");
  again->add_option("--for", travel.principal, "the person for whom it is in effect");
  again->add_option("--at", travel.at, "at what time (RFC 3339); now, or the entry's own time, when not given");
  auto* of_entry =
      again->add_option("--audit", travel.audit, "the decision that this audit entry tells, made again")
          ->check(kFromNought)
          ->excludes(of_rule);
  again->add_option("--record", travel.record, "the dates of this record on file")->excludes(of_rule)->excludes(of_entry);
  again->footer(
      "Of a rule, reads facts from standard input as `connex decide` does. Writes one JSON object a line.\n" +
      kExitCodes);
  again->callback([&] { code = policy_decide(options, travel); });

  auto* audit_tool = app.add_subcommand("audit", "Look at the audit log");
  audit_tool->require_subcommand(1);
  auto* verify = audit_tool->add_subcommand("verify", "Verify every entry and the whole tree");
  add_store(*verify, options);
  add_json(*verify, options);
  AuditAnchor anchor;
  auto* kept =
      verify->add_option("--checkpoint", anchor.checkpoint, "a file with a checkpoint kept elsewhere")
          ->check(CLI::ExistingFile);
  auto* size = verify->add_option("--size", anchor.size, "a size of the log that was kept elsewhere")
                   ->check(kFromNought)
                   ->excludes(kept);
  auto* root = verify->add_option("--root", anchor.root, "and its root at that size")->needs(size);
  size->needs(root);
  long long threads = 1;
  verify->add_option("--threads", threads, "how many threads work at it")->check(CLI::Range(1, 16));
  verify->callback([&] { code = audit_verify(options, anchor, threads); });
  long long from = 0;
  long long limit = 100;
  auto* list = audit_tool->add_subcommand("list", "List entries");
  add_store(*list, options);
  add_json(*list, options);
  list->add_option("--from", from, "number of the first entry")->check(kFromNought);
  list->add_option("--limit", limit, "how many at most")->check(CLI::Range(1, 1'000));
  list->callback([&] { code = audit_list(options, from, limit); });
  long long seq = 0;
  auto* prove = audit_tool->add_subcommand("prove", "Prove that an entry is in the log");
  add_store(*prove, options);
  add_json(*prove, options);
  prove->add_option("SEQ", seq, "number of the entry")->required()->check(kFromNought);
  prove->callback([&] { code = audit_prove(options, seq); });
  auto* checkpoint =
      audit_tool->add_subcommand("checkpoint", "Sign the log as it stands; keep the note elsewhere");
  add_store(*checkpoint, options);
  add_json(*checkpoint, options);
  checkpoint->callback([&] { code = audit_checkpoint(options); });
  auto* keys = audit_tool->add_subcommand("keys", "List the public keys that sign for this log");
  add_store(*keys, options);
  add_json(*keys, options);
  keys->callback([&] { code = audit_keys(options); });
  long long replay_from = 0;
  long long replay_to = -1;
  auto* replay = audit_tool->add_subcommand("replay", "Decide again from the facts that were kept with each entry");
  add_store(*replay, options);
  add_json(*replay, options);
  replay->add_option("--from", replay_from, "number of the first entry")->check(kFromNought);
  replay->add_option("--to", replay_to, "number of the last entry")->check(kFromNought);
  std::string under;
  replay->add_option("--under", under, "tell too what this version or digest of a pack on file would have decided");
  replay->callback([&] { code = audit_replay(options, replay_from, replay_to, under); });
  ExportSettings exported;
  auto* evidence =
      audit_tool->add_subcommand("export", "Write entries with their proofs as one evidence pack");
  evidence->footer("Verify it with examples/verify_evidence.py, which needs nothing of Connex.\n" +
                   kExitCodes);
  add_store(*evidence, options);
  add_json(*evidence, options);
  evidence->add_option("--out", exported.out, "the file to write")->required();
  auto* visit = evidence->add_option("--visit", exported.visit, "only entries about this visit");
  evidence->add_option("--principal", exported.principal, "only entries about this person")->excludes(visit);
  evidence->add_option("--from", exported.from, "number of the first entry")->check(kFromNought);
  evidence->add_option("--to", exported.to, "number of the last entry")->check(kFromNought);
  evidence
      ->add_option("--since", exported.since,
                   "size of an earlier checkpoint, to prove that the log only grew")
      ->check(kFromOne);
  evidence->callback([&] { code = audit_export(options, exported); });

  auto* sweep_tool = app.add_subcommand("sweep", "Dispose of all that is due");
  add_store(*sweep_tool, options);
  add_time(*sweep_tool, options);
  add_json(*sweep_tool, options);
  long long most = std::numeric_limits<std::int64_t>::max();
  sweep_tool->add_option("--limit", most, "how many records at most")->check(kFromOne);
  long long months = 0;
  sweep_tool->add_option("--forecast", months, "change nothing; say what falls due in so many months, by class")
      ->check(CLI::Range(1, 120));
  sweep_tool->footer(kExitCodes);
  sweep_tool->callback([&] { code = months > 0 ? forecast(options, months) : sweep(options, most); });

  std::string status;
  std::string due_before;
  long long warning_days = 7;
  auto* rights_tool = app.add_subcommand("rights", "List the requests of the people behind the data, by due date");
  add_store(*rights_tool, options);
  add_time(*rights_tool, options);
  add_json(*rights_tool, options);
  rights_tool->add_option("--status", status, "only those with this status");
  rights_tool->add_option("--due-before", due_before, "only those due before this moment (RFC 3339)");
  bool near = false;
  auto* only_near = rights_tool->add_flag("--deadlines", near, "only those overdue or about to be");
  rights_tool->add_option("--warning-days", warning_days, "when a deadline counts as near")
      ->needs(only_near)
      ->check(CLI::Range(0, 365));
  rights_tool->footer(kExitCodes);
  rights_tool->callback([&] {
    code = near ? deadlines(options, warning_days) : rights(options, status, due_before);
  });

  bool released = false;
  auto* holds_tool = app.add_subcommand("holds", "List the holds, the one to be reviewed next first");
  add_store(*holds_tool, options);
  add_time(*holds_tool, options);
  add_json(*holds_tool, options);
  holds_tool->add_flag("--released", released, "those that were released as well");
  holds_tool->footer(kExitCodes);
  holds_tool->callback([&] { code = holds(options, released); });

  auto* report_tool = app.add_subcommand("report", "Reports for a compliance officer");
  report_tool->require_subcommand(1);
  auto* summary = report_tool->add_subcommand("summary", "What was decided and done");
  add_store(*summary, options);
  add_json(*summary, options);
  summary->callback([&] { code = report_summary(options); });
  auto* coverage = report_tool->add_subcommand("coverage", "How each clause is enforced in this deployment");
  add_store(*coverage, options);
  add_time(*coverage, options);
  add_json(*coverage, options);
  bool html = false;
  coverage->add_flag("--html", html, "as one page of HTML");
  coverage->callback([&] { code = report_coverage(options, html); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    return finished(app.exit(done));
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return kUsage;
  } catch (const std::system_error&) {
    return output_lost();
  } catch (const std::exception&) {
    return report({connex::ErrorCode::internal, "the tool failed", ""});
  }
  return finished(code);
}
