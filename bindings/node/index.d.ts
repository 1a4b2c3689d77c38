/** Connex for Node: privacy and compliance decisions, and the evidence for them. */
import type { Commands, Gates, SpanType } from "./commands.js";

export * from "./commands.js";

declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
  }
}

/** What is known of a fact. What is missing or null is unknown, and unknown never permits. */
export type Fact = boolean | null | undefined;

/** Only "permit" permits. */
export type Effect = "deny" | "indeterminate" | "permit";

/** A condition that does not hold, and the clause that demands it. */
export interface Reason {
  readonly code: string;
  readonly clause: string;
  readonly fact: string;
  readonly state: "no" | "unknown";
  readonly text: string;
}

/** Something that must now follow. `due` is RFC 3339. */
export interface Obligation {
  readonly do: string;
  readonly who: string;
  readonly due: string | null;
  readonly clause: string;
  readonly visit?: string;
}

/** A decision: a frozen value. It is always truthy, so ask for `permitted`. */
export interface Decision {
  readonly rule: string;
  readonly effect: Effect;
  readonly permitted: boolean;
  readonly policy: { readonly version: string; readonly digest: string };
  /** Every unmet condition, in the order of the gate. */
  readonly reasons: readonly Reason[];
  readonly unknown: readonly string[];
  /** The smallest sets of facts that would have to hold. */
  readonly would_permit: readonly (readonly string[])[];
  readonly obligations: readonly Obligation[];
}

/** JSON that the engine answered with, frozen to its leaves. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** What a command came to, frozen to its leaves. A denial is an answer too: ask for `decision.permitted`. */
export interface Answer {
  /** As the reference of commands says; moments and days are ISO 8601. */
  readonly result: JsonObject;
  readonly decision: Decision;
  /** Number of the entry in the audit log; null for a command that only reports. */
  readonly seq: number | null;
}

export type ErrorCode =
  | "invalid_argument"
  | "not_found"
  | "conflict"
  | "unauthenticated"
  | "storage"
  | "busy"
  | "corrupt"
  | "unsupported"
  | "internal"
  /** The engine was closed before; of this package, not of the engine. */
  | "closed";

/** A call that failed and changed nothing. No text of it holds a person's data. */
export class ConnexError extends Error {
  constructor(code: ErrorCode, message: string, path?: string);
  readonly code: ErrorCode;
  /** A JSON pointer to what is wrong in the request, or empty. */
  readonly path: string;
}

/** The facts of a gate; of a rule that only the program knows, any. */
export type FactsOf<Rule> = Rule extends keyof Gates ? Gates[Rule] : string extends Rule ? object : never;

/** Decides a gate without touching a store. A name that the gate does not know is an error. */
export type Decide = <Rule extends keyof Gates | (string & {})>(rule: Rule, facts: FactsOf<Rule>) => Decision;

export interface Finding {
  readonly type: SpanType;
  /** Offsets into the original string. */
  readonly start: number;
  readonly end: number;
  /** In log-odds. */
  readonly score: number;
  /** What it rests on. */
  readonly evidence: readonly Evidence[];
}

export type Evidence =
  | "shape" | "checksum" | "cue" | "negative_cue" | "spelled" | "separated" | "disguised" | "reversed" | "known_value"
  | "conversation" | "provider";

export interface Redacted {
  readonly text: string;
  readonly findings: readonly Finding[];
}

export interface RedactOptions {
  /** Of the policy pack; "message" when not given. */
  channel?: string;
  /** Registered values, hidden in every spelling that can be reached: of each kind at most 256, of 1 to 512 bytes of UTF-8. */
  known?: {
    phones?: readonly string[];
    emails?: readonly string[];
    addresses?: readonly string[];
    names?: readonly string[];
    organisations?: readonly string[];
  };
}

/** Keys in a file, made on first use for its owner alone. */
export interface KeyFile {
  /** The file; `<store>.key` when not given. */
  file?: string;
  /** The keys in the file are wrapped under it. */
  passphrase?: string;
}

/** Keys in an environment variable: 64 hexadecimal digits for each, separated by commas, the one in use first. */
export interface KeyEnvironment {
  environment: string;
}

/** Names an outer key: an id of 1 to 64 characters of `A-Z a-z 0-9 . _ : -`, and a version of 32 bits. */
export interface OuterKey {
  readonly id: string;
  readonly version: number;
}

/**
 * A key service of the host's, which wraps the engine's data keys. It is asked on the thread that opened the engine; one
 * that throws, or does not answer within 30 seconds, fails the command with the code `storage`, and what it threw is a
 * warning of the process.
 */
export interface KeyProvider {
  /** The key in use. */
  current(): OuterKey | Promise<OuterKey>;
  /** Wraps 32 bytes, into at most 4096. The label is to be authenticated with them. */
  wrap(key: OuterKey, label: Uint8Array, secret: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** The 32 bytes again; throws when they were wrapped under another key or label. */
  unwrap(key: OuterKey, label: Uint8Array, wrapped: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A bucket of an S3-compatible store. The keys stay in memory. */
export interface Bucket {
  /** "account.r2.cloudflarestorage.com", without a scheme. */
  host: string;
  name: string;
  /** "auto" when not given. */
  region?: string;
  accessKey: string;
  secretKey: string;
}

export interface OpenOptions {
  /**
   * Where the outer keys are, under which the keys of all that is sealed are wrapped; without, in the file
   * `<store>.key`. Without them the store cannot be read: keep them apart from it and from its backups.
   */
  keys?: KeyFile | KeyEnvironment | KeyProvider;
  /** A policy pack as JSON, instead of the one compiled in. */
  policy?: string;
  /** What a commit survives: loss of power ("full", the default) or the end of the process. */
  durability?: "full" | "normal";
  /** Commands may say when they happen. */
  callerClock?: boolean;
  /** How long to wait for another process's write, up to 24 days; 5000 when not given. */
  busyTimeoutMs?: number;
  /**
   * Tells the time; without, the system's. What it throws is a process warning and fails the command with `internal`.
   * Like a key service and a sink it is called on the thread that opened the engine, while a command waits for it up to
   * 30 seconds: none of them may wait for a command of the same engine, or for its `close()`.
   */
  clock?: () => Date;
  /**
   * Is given each signed checkpoint of the audit log (a C2SP signed note), and returns nothing once it is kept, apart from
   * the database, at once or by a promise. When it throws, or returns anything else, the answer says `published: false`,
   * and a process warning why.
   */
  sink?: (checkpoint: string) => void | Promise<void>;
  /**
   * The engine signs a checkpoint of its own accord at the end of a command, once the log has grown by so many entries
   * since the last one. 0, as when not given: not for this reason.
   */
  checkpointEntries?: number;
  /** The same once the last one is so many seconds old. */
  checkpointSeconds?: number;
  /** Where recordings are: `recording.access` then signs addresses. */
  bucket?: Bucket;
}

export interface ActorOptions {
  /** The time of the commands; needs an engine opened with `callerClock`. */
  at?: Date | string;
  /** A change repeated with its id is carried out once. */
  requestId?: string;
}

/**
 * Carries out commands, each with its audit entry in one transaction, on the thread pool and in the order in
 * which they were made. Belongs to the thread that opened it; workers open engines of their own.
 */
export interface Engine {
  /** Decides a gate by this engine's policy. */
  readonly decide: Decide;
  readonly closed: boolean;
  /** The policy pack. */
  readonly policy: any;
  /** The commands of a registered principal, or of "system": `engine.actor("mr-7").visit.book({...})`. */
  actor(id: string, options?: ActorOptions): Commands;
  /** The commands of the host's own scheduled work. */
  readonly system: Commands;
  /**
   * Carries out a request as the command contract lays it down; rejects with ConnexError when it fails. As JSON a request,
   * also one of an actor's commands, is at most 1,048,576 bytes and 32 levels deep.
   */
  execute(request: object): Promise<Answer>;
  /** The same, JSON in and out: an error is an answer with `"ok": false`. */
  executeJson(request: string): Promise<string>;
  /**
   * Answers any pure rule, also those that say more than a gate ("retention.evaluate", "view"). As JSON the facts are at
   * most 1,048,576 bytes and 32 levels deep.
   */
  evaluate(rule: string, facts: object): JsonObject;
  redact(text: string, options?: RedactOptions): Redacted;
  /**
   * Ends the engine once what was asked before is done. Every later call is a ConnexError with the code `closed`. A key
   * service, a clock or a sink may begin it, but must not await it: the command that asked them would wait for itself.
   */
  close(): Promise<void>;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens an engine on "memory:" or an SQLite file, which is made when it is missing. */
export function open(store?: string, options?: OpenOptions): Promise<Engine>;

export const version: string;
/** By the policy compiled in. */
export const decide: Decide;
export function evaluate(rule: string, facts: object): JsonObject;
/** Hides the contact details of a text. */
export function redact(text: string, options?: RedactOptions): Redacted;

/** A scenario of a file, and the clauses that it tells of. */
export interface Scenario {
  readonly name: string;
  readonly clauses: readonly string[];
}
export interface ScenarioResult extends Scenario {
  readonly passed: boolean;
  /** What was not as expected; empty when it passed. */
  readonly failure: string;
}
/** What a policy must decide, told as data. Each scenario is played on an empty engine of its own. */
export interface ScenarioFile {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
  /** Plays one by the policy of an engine, or the one compiled in. */
  play(index: number, engine?: Engine): ScenarioResult;
  /** Plays one after the other. */
  playAll(engine?: Engine): Generator<ScenarioResult, void, void>;
}
/** The content of a scenario file; a ConnexError with the code `invalid_argument` points to what is wrong in it. */
export function readScenarios(content: string | Uint8Array): ScenarioFile;
/** The clauses that a rule or a command carries out, with how many scenarios that passed tell of each. */
export function exercised(results: Iterable<ScenarioResult>): Map<string, number>;

export interface ArgumentRow {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly text: string;
  readonly choices?: readonly string[];
  readonly limit?: number;
}
export interface CommandRow {
  readonly name: string;
  readonly text: string;
  readonly kind: "changes" | "discloses" | "reports";
  readonly actors: readonly string[];
  readonly arguments: readonly ArgumentRow[];
  readonly clauses: readonly string[];
}
export interface ClauseRow {
  readonly id: string;
  readonly text: string;
  readonly kind: string;
  readonly enforcement: string;
  readonly coverage: string;
  readonly rules: readonly string[];
}
export interface GateRow {
  readonly rule: string;
  readonly text: string;
  readonly facts: readonly { readonly name: string; readonly clause: string; readonly reason: string; readonly text: string }[];
}
export function commands(): CommandRow[];
export function clauses(): ClauseRow[];
export function gates(): GateRow[];
/** The policy pack compiled in. */
export function policy(): any;
