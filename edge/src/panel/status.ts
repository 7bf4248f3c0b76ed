import type { ReasonCode } from '@greengate/contracts/refusals';
import type { Staleness } from '@greengate/contracts/rules/admit';
import type { ClockTrust } from '@greengate/contracts/time';
import type { LaneView } from '../gateway.ts';
import type { JournalState } from '../ports.ts';

/** What the panel shows: the whole gateway at a glance. Ages and latencies are milliseconds. */
export interface GatewayStatus {
  readonly gateway: string;
  readonly boot: string;
  readonly lanes: readonly LaneView[];
  readonly replica: {
    readonly staleness: Staleness;
    readonly ageMs: number | null;
    readonly streams: readonly { stream: string; epoch: number; cursor: number }[];
    /** Whether it is what the cloud says: buckets of keys that are not, and how many were mended since the start. */
    readonly check: {
      readonly checkedAt: number | null;
      readonly wrong: number;
      readonly mended: number;
    };
  };
  readonly outbox: { readonly pending: number; readonly acked: number };
  readonly journal: JournalState & {
    readonly late: number;
    readonly failed: number;
    readonly waiting: number;
    readonly lost: number;
    /** False: the disk does not answer, and the numbers are what was known last. */
    readonly answers: boolean;
  };
  /** `skewMs`: how far the machine's clock is ahead of the cloud's; null before the cloud was heard. */
  readonly clock: {
    readonly now: number;
    readonly trust: ClockTrust;
    readonly skewMs: number | null;
  };
  readonly cloud: { readonly reachable: boolean; readonly lastError: string | null };
  /** `active`: only what is needed to decide runs. `crashes`: the latest ends that nobody asked for, while they count. */
  readonly safeMode: { readonly active: boolean; readonly crashes: number };
  readonly latencyMs: { count: number; p50: number; p99: number; max: number };
  readonly mqtt: {
    readonly sockets: number;
    readonly devices: number;
    readonly refused: Readonly<Partial<Record<string, number>>>;
  };
  /** Devices of the gateway's own machine: whether each can do its work, and what a technician is to look at. */
  readonly devices: readonly {
    readonly lane: string;
    readonly device: string;
    readonly online: boolean;
    readonly fault: ReasonCode | undefined;
  }[];
}
