import type { TrustList } from '@greengate/contracts/code/trust';
import type { DeviceId, LaneId, PassageId, ReplicaKey, Sha256Hex } from '@greengate/contracts/ids';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { ControlDocument } from '@greengate/contracts/replica/control';
import type { Manifest } from '@greengate/contracts/replica/manifest';
import type { StreamName } from '@greengate/contracts/replica/streams';
import type { Result } from '@greengate/contracts/result';
import type { CachedStatus } from '@greengate/contracts/rules/admit';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import type { ClockTrust, EpochMs, MonoMs } from '@greengate/contracts/time';
import type { PassageDraft, PassageEvent } from '@greengate/contracts/wire/passage';

/** Time as the gateway believes it. Durations are measured on `mono` only. */
export interface Clock {
  now(): EpochMs;
  mono(): MonoMs;
  trust(): ClockTrust;
}

export interface Timers {
  /** Runs once after `ms`; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

export interface Random {
  /** `bytes` random bytes as lower-case hex. */
  hex(bytes: number): string;
  /** A number in [0, 1). */
  unit(): number;
}

/** One code as it was read. `at` is when its last byte came in. */
export interface Scan {
  readonly text: string;
  readonly at: MonoMs;
  /** What was read was no text at all: why. The person is told, like anybody else. */
  readonly unreadable?: ReasonCode;
}

/** A reading in hundredths of a degree Celsius, or the sensor fault that it shows. */
export interface Reading {
  readonly centiC: Result<number>;
  readonly at: MonoMs;
}

/** How a device is, for panel and metrics. */
export interface DeviceHealth {
  /** `online`: what it is for can happen. `fault`: what a technician is to look at, also while it works. */
  health(): { readonly online: boolean; readonly fault: ReasonCode | undefined };
}

/** Reads codes. A refused line (too long, not text) is told by its reason. */
export interface Scanner {
  onScan(listener: (scan: Result<Scan>) => void): void;
}

export interface Thermometer {
  onReading(listener: (reading: Reading) => void): void;
}

/** An I2C or SMBus adapter at 100 kHz, and whatever hangs on it; only thermometers do. */
export interface I2cBus {
  /**
   * Writes a command byte or a register's address and value, then reads so many bytes (0: none). One transfer at a
   * time. `thermometer-absent`: nobody acknowledged; `thermometer-bus-stuck`: it failed in any other way.
   */
  transfer(address: number, write: Uint8Array, readBytes: number): Promise<Result<Uint8Array>>;
}

/** `open` is one passage; `refuse` and `refer` light the sign; `release` opens for all (fire). */
export interface TurnstileOrder {
  readonly action: 'open' | 'refuse' | 'refer' | 'release';
  readonly passage: PassageId;
  readonly reason: ReasonCode;
}

export type TurnstileEvent =
  | { readonly kind: 'started'; readonly passage: PassageId }
  | { readonly kind: 'completed'; readonly passage: PassageId }
  | { readonly kind: 'timed-out'; readonly passage: PassageId }
  | { readonly kind: 'reversed'; readonly passage: PassageId }
  /** The arm moved with no grant open. */
  | { readonly kind: 'forced' }
  /** The fire contact opened or closed: the hardware has released, or rearmed, the lane by itself. */
  | { readonly kind: 'fire'; readonly active: boolean }
  | { readonly kind: 'presence'; readonly online: boolean };

/** Moves the barrier. `order` resolves once the turnstile took the order, or says why it did not. */
export interface Turnstile {
  order(order: TurnstileOrder): Promise<Result<void>>;
  onEvent(listener: (event: TurnstileEvent) => void): void;
}

/** One output line, by logical level. Opening it must not pulse it (HARDWARE 3). */
export interface DigitalOutput {
  write(active: boolean): void;
}

/** One input line, by logical level. Edges mean "something changed": read the level. */
export interface DigitalInput {
  /** Throws when the line cannot be read. */
  read(): boolean;
  /**
   * `isEdgeLost`: the line moved and is back where it was, or moved without saying so: what happened between is not
   * known, a short pulse at least.
   */
  onChange(listener: (active: boolean, isEdgeLost?: boolean) => void): void;
}

/** The cached statuses and documents, read on the lane's path: synchronous, prepared, in-process. */
export interface ReplicaReader {
  status(key: ReplicaKey): CachedStatus | undefined;
  red(key: ReplicaKey): CachedStatus | undefined;
  /** Undefined before the first sync. */
  trust(): TrustList | undefined;
  policy(): AdmissionPolicy | undefined;
  /** Version of the region streams that status() answers from, and how old it is by signed time. */
  version(): number;
  /** The latest signed instant at which the replica was known to be complete. */
  syncedAt(): EpochMs | undefined;
}

/** What is held of one stream. */
export interface StreamMark {
  readonly epoch: number;
  /** Every change up to here is applied. */
  readonly cursor: number;
  /** Of the newest manifest seen; never falls. */
  readonly head: number;
  readonly signedAt: EpochMs;
  /** The snapshot that is being fetched, and how many of its parts are applied. */
  readonly snapshot?: { readonly to: number; readonly parts: number };
}

export interface Applied extends StreamMark {
  readonly rows: number;
  readonly documents: readonly ControlDocument[];
  /** Documents that this version cannot read; what it holds of them stays in force. */
  readonly unread: number;
}

/** The one writer of the replica: verifies, applies, remembers. Runs on its own thread. */
export interface ReplicaWriter {
  mark(stream: StreamName): Promise<StreamMark | undefined>;
  /** Verifies and remembers a manifest; answers it decoded. */
  offerManifest(stream: StreamName, bytes: Uint8Array): Promise<Result<Manifest>>;
  /**
   * Verifies and applies one segment; with `hash`, its address must match. `replica-damaged`: the file was not what
   * was written; the stream, or all of them, is to be fetched anew.
   */
  offerSegment(stream: StreamName, bytes: Uint8Array, hash?: Sha256Hex): Promise<Result<Applied>>;
  /** Reads all rows of a stream; `replica-damaged`, as above, where some are not what was written. */
  scrub(stream: StreamName): Promise<Result<void>>;
  /** Takes the checksums of a stream a step further; `replica-damaged` as above. */
  readDigests(stream: StreamName): Promise<Result<DigestsRead>>;
  /**
   * Verifies the cloud's checksums at the version that `readDigests` came to. Buckets of keys that differ are unknown
   * from then on, and are to be fetched. `segment-gap`: the stream has moved on; read anew.
   */
  offerDigests(stream: StreamName, bytes: Uint8Array): Promise<Result<WrongBuckets>>;
  /** Verifies and puts in one of these; `segment-gap`: that is no longer wanted. */
  offerBucket(stream: StreamName, bucket: number, bytes: Uint8Array): Promise<Result<void>>;
}

/** `behind`: the stream lacks something, and comes first. With a version: these are its checksums, and all is read. */
export type DigestsRead = 'behind' | 'reading' | { readonly epoch: number; readonly ver: number };

/** Buckets that hold something else than the cloud does, and the version to fetch them at. */
export interface WrongBuckets {
  readonly ver: number;
  readonly buckets: readonly number[];
}

/** Where an event stands in the journal. */
export interface JournalPosition {
  readonly epoch: number;
  readonly seq: number;
}

export interface JournalState extends JournalPosition {
  /** Events that the cloud has not acknowledged. */
  readonly pending: number;
  readonly rows: number;
}

/** Append-only, hash-chained, FULL before it answers. The acknowledged cursor makes it the outbox too. */
export interface Journal {
  append(draft: PassageDraft): Promise<JournalPosition>;
  /** The oldest unacknowledged events of one epoch, in order; empty when there are none. */
  pending(limit: number): Promise<{ readonly epoch: number; readonly events: PassageEvent[] }>;
  acknowledge(position: JournalPosition): Promise<void>;
  /** The cloud is of this epoch. Of one that is new, all that is kept is sent again. */
  beginAgain(cloudEpoch: number): Promise<void>;
  state(): Promise<JournalState>;
}

/** What came back from the cloud, whatever it was. Never throws, never waits for ever. */
export type CloudAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: Uint8Array;
      readonly etag?: string;
    }
  | { readonly kind: 'failed'; readonly why: string };

/** What has come so far of a segment, kept over a restart: of one segment a stream, the last that was asked for. */
export interface PartStore {
  /** Empty where there is nothing of this segment. */
  held(stream: StreamName, hash: Sha256Hex): Promise<Uint8Array>;
  /** Follows what is held. Never fails: what cannot be kept is fetched again. */
  append(stream: StreamName, hash: Sha256Hex, chunk: Uint8Array): void;
  drop(stream: StreamName): Promise<void>;
}

/** Asks for what follows the first `from` bytes; `onBytes` sees them as they come, also of an answer that breaks off. */
export interface Resume {
  readonly from: number;
  onBytes(chunk: Uint8Array): void;
}

/** Signed requests to the cloud; bounded in time and size, redirects refused. */
export interface CloudLink {
  get(
    path: string,
    options: { bytesMax: number; timeoutMs: number; etag?: string; resume?: Resume },
  ): Promise<CloudAnswer>;
  post(
    path: string,
    json: unknown,
    options: { bytesMax: number; timeoutMs: number },
  ): Promise<CloudAnswer>;
}

/** A line that the cloud keeps open and writes events on. */
export interface CloudLine {
  /**
   * Opens it by a signed request and hands over its events one after the other, the next when `onEvent` is done.
   * Resolves when it is over; it is given up when nothing came for `silentMs`, not even a heartbeat.
   */
  follow(
    path: string,
    options: {
      silentMs: number;
      charsMax: number;
      signal: AbortSignal;
      onOpen: () => void;
      onEvent: (name: string, data: string) => Promise<void>;
    },
  ): Promise<LineEnd>;
}

/** `refused`: the cloud, or what stands between, gave another answer than a line. */
export type LineEnd =
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'over'; readonly why: string; readonly wasOpen: boolean };

/** Typed log of a gateway: codes and counts, never a person. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  warn(event: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
  error(event: string, fields?: Readonly<Record<string, string | number | boolean>>): void;
}

/** A device of the station's network and where it stands. */
export interface DeviceCredential {
  readonly device: DeviceId;
  readonly lane: LaneId;
  readonly passwordSha256: Sha256Hex;
}

/** Whoever started the gateway, and starts it anew when it is stuck: systemd. */
export interface ServiceManager {
  /** How long it may hear nothing before it does so; undefined: it does not watch. */
  readonly patienceMs: number | undefined;
  /** `state` is for people: counts and codes. Never fails and never waits. */
  tell(word: 'ready' | 'alive' | 'state' | 'stopping', state: string): void;
}

/** A thread that may get stuck. */
export interface WatchedThread {
  readonly name: string;
  /** Resolves as soon as the thread comes to it. */
  ping(): Promise<void>;
  /** It is in the kernel, waiting for a disk: a new start would wait for it too, and lose what is kept in memory. */
  waitsForDisk(): boolean;
}
