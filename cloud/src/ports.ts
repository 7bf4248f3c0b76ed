import type { Colour } from '@greengate/contracts/code/colour';
import type { TrustedKey } from '@greengate/contracts/code/trust';
import type { SignEd25519 } from '@greengate/contracts/crypto';
import type { GatewayId, KeyId, RegionId, StationId, UnitId } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { ControlDocument } from '@greengate/contracts/replica/control';
import type { SegmentLevel } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import type { StreamName } from '@greengate/contracts/replica/streams';
import type { ReportTo } from '@greengate/contracts/rules/report';
import type { EpochMs } from '@greengate/contracts/time';
import type { Declaration } from '@greengate/contracts/wire/holder';
import type { PassageIntent } from '@greengate/contracts/wire/passage';
import type { AuditStore } from './audit-port.ts';
import type {
  ContradictionStore,
  Contradictions,
  Evidence,
  EvidenceStore,
  ReportStore,
} from './evidence-port.ts';
import type { IdempotencyStore } from './idempotency-port.ts';
import type { IssuingStore } from './issuing-port.ts';
import type { JobStore, LeaseStore } from './job-port.ts';
import type { AdmissionState } from './load/admission.ts';
import type { LoadClass } from './load/load-class.ts';
import type { NoticeChannel, NoticeStore } from './notice-port.ts';
import type { Force, PackStore } from './pack-port.ts';
import type { RightsStore } from './rights-port.ts';
import type { ScoreStore } from './score-port.ts';
import type { SnapshotStore } from './snapshot-port.ts';

export interface Clock {
  now(): EpochMs;
}

export interface Random {
  bytes(count: number): Uint8Array;
}

export interface Timers {
  /** Calls back once after `ms`; the result cancels. */
  after(ms: number, callback: () => void): () => void;
}

/** The event loop of this process, as its load is judged by it. */
export interface Loop {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls back once, when all that the loop found ready has been handled, and what that put off to the end of the turn. */
  afterTurn(callback: () => void): void;
  /** Does at once what was put off to the end of a turn that goes on for too long. */
  hurry(): void;
}

/** No method takes a name, a number, a phone or a body: what is never logged cannot leak. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  error(message: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
}

/** Counts for Prometheus. No label is an id. */
export interface Metrics {
  request(route: string, method: string, status: number, ms: number): void;
  refused(code: ReasonCode): void;
  passages(result: 'stored' | 'duplicate' | 'conflict' | 'poison', count: number): void;
  changes(stream: 'region' | 'red' | 'control', count: number): void;
  tailsHeld(count: number): void;
  liveLines(count: number): void;
  /** A live line was cut because its client did not read. */
  liveCut(): void;
  /** Holders who could not be scored, and keep their colour for now. */
  unscored(count: number): void;
  /** A request that was refused because all are too many. */
  shed(kind: LoadClass): void;
  admission(state: AdmissionState): void;
  notices(result: 'sent' | 'failed' | 'dead', channel: NoticeChannel | 'none'): void;
  /** How late the oldest notice is that is due, and how many are dead. */
  noticeQueue(lateMs: number, dead: number): void;
  /** Journeys and statuses of other regions past what the facts about one person hold. */
  evidenceLeftOut(count: number): void;
  render(): Promise<string>;
}

export interface Signer {
  readonly keyId: KeyId;
  /** Raw Ed25519 public key, hex. */
  readonly publicKey: string;
  readonly sign: SignEd25519;
}

export interface Keys {
  readonly environment: TrustedKey['environment'];
  readonly region: RegionId;
  /** Signs the control stream. */
  readonly root: Signer;
  /** Signs health codes. */
  readonly issuer: Signer;
  /** Signs the status streams. */
  readonly replica: Signer;
  /** Signs webhooks. */
  readonly notices: Signer;
  /** 32 bytes; never leaves the cloud. */
  readonly pseudonymKey: Uint8Array;
}

export interface HolderRow {
  readonly holder: string;
  /** Keyed hash of the identity number. */
  readonly idHash: Uint8Array;
  readonly sealed: Uint8Array;
  readonly tokenHash: Uint8Array;
}

export interface HolderStore {
  /** False when the identity number is registered already. */
  addHolder(row: HolderRow, now: EpochMs): Promise<boolean>;
  holderByToken(tokenHash: Uint8Array): Promise<string | undefined>;
  holderByIdHash(idHash: Uint8Array): Promise<string | undefined>;
  /** What control lists and travel records know a holder by. */
  idHashOf(holder: string): Promise<Uint8Array | undefined>;
}

export interface MatchedRule {
  readonly rule: string;
  /** The most severe colour that it asks for, now or when its hold is over: the database lets no red pass without one. */
  readonly asks: Colour;
  readonly reason: string;
  readonly zh: string;
  readonly en: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Status {
  readonly colour: Colour;
  readonly nextColour: Colour;
  /** Whole seconds. */
  readonly validUntil: EpochMs;
  readonly inputsHash: string;
  readonly pack: { readonly id: string; readonly version: number };
  readonly matched: readonly MatchedRule[];
  readonly division: RegionId;
  readonly scoredAt: EpochMs;
  /** When time alone may change the verdict. */
  readonly rescoreAt: EpochMs;
}

export interface StatusRow extends Status {
  /** Version in the region's stream of the newest change that carried it. */
  readonly ver: number;
}

/** What is kept of a verdict of the rules, beside the verdict. */
export interface ScoreRecord {
  /** JSON of the facts that the rules saw. */
  readonly inputs: string;
  /** SHA-256 of colours, date and matched rules with the values that they read, as the rules alone have it, hex. */
  readonly verdictHash: string;
}

/** A verdict with all that it takes to come to it again. */
export interface Scored {
  readonly status: Status;
  /** Made when asked for: most verdicts are no news, and nothing is kept of them. */
  readonly record: () => ScoreRecord;
  /** JSON of what was laid over the rules' verdict: overrides, a review; empty where nothing was. */
  readonly overlaid: string;
}

/** What a rescore writes. `changed`: every live pseudonym gets an entry, not only a new one. */
export interface Publication extends Scored {
  /** Whether this is another verdict than the one held, or has other grounds; if not, nothing is written of it. */
  readonly news: boolean;
  readonly changed: boolean;
  readonly red: boolean;
  /** Present when the holder turns red by it: who is told. */
  readonly report?: readonly ReportTo[];
  /** Present with `report`, of a holder who has one. */
  readonly unit?: UnitId;
  /** Lists that the declaration disagrees with: kept once for each declaration. */
  readonly contradictions?: Contradictions;
}

/**
 * Pure; called inside the transaction, so what is decided is what the evidence said when it was written. `force` is
 * read there too, so that no two processes score with different packs.
 */
export type Decide = (
  evidence: Evidence,
  held: StatusRow | undefined,
  force?: Force,
) => Publication;

/** How pseudonyms are made and which of a holder's are live. */
export interface PseudonymRule {
  readonly epoch: number;
  readonly liveFromEpoch: number;
  /** 16 bytes. `attempt` grows when the 64-bit prefix is taken. */
  derive(holder: string, attempt: number): Uint8Array;
}

/** What a transaction added to a stream. */
export interface Published {
  readonly stream: StreamName;
  readonly head: number;
  readonly count: number;
}

export interface StatusStore {
  /** Writes a declaration and what follows from it, in one transaction. */
  declare(
    holder: string,
    declaration: Declaration,
    now: EpochMs,
    decide: Decide,
    pseudonyms: PseudonymRule,
  ): Promise<readonly Published[]>;
  /**
   * In one transaction: reads the evidence of each holder who has declared, lets `decide` judge, writes status,
   * pseudonym, changes and counters. Holders without a declaration are left out.
   */
  rescore(
    holders: readonly string[],
    decide: Decide,
    pseudonyms: PseudonymRule,
  ): Promise<readonly Published[]>;
  /** Lets a holder's time come later, and changes nothing else. */
  putOff(holder: string, until: EpochMs): Promise<void>;
  status(holder: string): Promise<StatusRow | undefined>;
  /** The `sub` of a holder in a pseudonym epoch. */
  pseudonym(holder: string, epoch: number): Promise<Uint8Array | undefined>;
  /** Holders whose verdict time alone may have changed. */
  due(now: EpochMs, count: number): Promise<readonly string[]>;
}

export interface StreamState {
  readonly epoch: number;
  readonly head: number;
}

export interface SegmentInfo {
  readonly level: SegmentLevel;
  readonly from: number;
  readonly to: number;
  readonly hash: string;
  /** Length in bytes. */
  readonly bytes: number;
}

export interface StreamStore extends SnapshotStore {
  /** A stream that never had a change is at epoch 1, head 0. */
  stream(stream: StreamName): Promise<StreamState>;
  /** Begins an epoch of the streams that are below it: gateways fetch them anew, and what is not in them is swept. */
  beginEpoch(streams: readonly StreamName[], epoch: number): Promise<void>;
  /** At most `count` changes past `after`, oldest first. */
  changes(
    stream: StreamName,
    after: number,
    to: number,
    count: number,
  ): Promise<readonly StatusEntry[]>;
  documents(after: number, to: number, count: number): Promise<readonly ControlDocument[]>;
  /** Appends a document to the control stream; `decide` sees the newest of that name and may keep it. */
  putDocument<N extends ControlDocument['name']>(
    name: N,
    decide: (newest: DocumentBody<N> | undefined) => DocumentBody<N> | undefined,
  ): Promise<Published | undefined>;
  /** Segments of the manifest, by version. */
  segments(stream: StreamName, epoch: number): Promise<readonly SegmentInfo[]>;
  /**
   * Lists a segment in the manifest, after the others or in place of a run of them, which are served for an hour
   * longer. False, and nothing is written, when the manifest has moved on.
   */
  addSegment(
    stream: StreamName,
    epoch: number,
    segment: SegmentInfo,
    bytes: Uint8Array,
    replaces: readonly string[],
    now: EpochMs,
  ): Promise<boolean>;
  segmentBytes(stream: StreamName, hash: string): Promise<Uint8Array | undefined>;
}

export type DocumentBody<N extends ControlDocument['name']> = Extract<
  ControlDocument,
  { name: N }
>['body'];

export interface GatewayRow {
  readonly gateway: GatewayId;
  readonly station: StationId;
  /** Raw Ed25519, hex. */
  readonly publicKey: string;
  readonly keyId: KeyId;
  readonly revoked: boolean;
}

export interface GatewayStore {
  /** False when the id, or the key, belongs to another registration. The same one twice is fine. */
  addGateway(row: Omit<GatewayRow, 'revoked'>, now: EpochMs): Promise<boolean>;
  gatewayByKey(keyId: KeyId): Promise<GatewayRow | undefined>;
  /** False when there is no such gateway. */
  revokeGateway(gateway: GatewayId, now: EpochMs): Promise<boolean>;
  /** Remembers a nonce until it expires; false when it was used before. */
  useNonce(keyId: KeyId, nonce: string, expiresAt: EpochMs, now: EpochMs): Promise<boolean>;
}

/** One event as it is stored: CBOR, or the JSON text of one that could not be read. */
export interface IncomingEvent {
  readonly seq: number;
  readonly payload: Uint8Array;
  /** SHA-256 of the payload. */
  readonly hash: Uint8Array;
  readonly poison: boolean;
  /** A passage that was refused for a fever. */
  readonly fever?: Fever;
}

/** `at` is never later than when the event came; of the temperature it is known that it was at or over the policy's line. */
export type Fever = Pick<PassageIntent, 'key' | 'lane' | 'at' | 'policyVer'>;

export type AppendResult =
  | {
      readonly kind: 'acked';
      readonly acked: number;
      readonly stored: number;
      readonly duplicates: number;
      readonly conflicts: number;
      readonly poison: number;
      /** Holders of whom a new reading was kept; they are due. */
      readonly feverish: readonly string[];
    }
  | { readonly kind: 'gap'; readonly gap: number; readonly acked: number };

/** An event that is kept aside: `payload` as it came, at most `poisonBytesMax`. */
export interface DeadLetter extends PassageMark {
  readonly reason: string;
  readonly payload: Uint8Array;
}

export interface PassageMark {
  readonly gateway: GatewayId;
  readonly epoch: number;
  readonly seq: number;
}

export interface PassageStore {
  /** Appends events numbered without a hole, with the readings in them, and moves the watermark, in one transaction. */
  appendPassages(
    gateway: GatewayId,
    epoch: number,
    events: readonly IncomingEvent[],
    now: EpochMs,
  ): Promise<AppendResult>;
  /** By gateway, epoch and seq, past `after`. */
  passages(
    gateway: GatewayId | undefined,
    after: PassageMark | undefined,
    count: number,
  ): Promise<readonly (PassageMark & { readonly payload: Uint8Array })[]>;
  /** Events that were acknowledged and could not be stored: by gateway, epoch and seq, past `after`. */
  deadLetters(
    gateway: GatewayId | undefined,
    after: PassageMark | undefined,
    count: number,
  ): Promise<readonly DeadLetter[]>;
}

/** All of one region. Promises, because PostgreSQL will stand behind it too. */
export interface Store
  extends HolderStore,
    EvidenceStore,
    ReportStore,
    ContradictionStore,
    StatusStore,
    StreamStore,
    GatewayStore,
    PassageStore,
    JobStore,
    RightsStore,
    AuditStore,
    IdempotencyStore,
    LeaseStore,
    ScoreStore,
    PackStore,
    IssuingStore,
    NoticeStore {
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
}
