import type { Prng } from '../../dist/prng.js';

/**
 * What goes wrong in a run. `at` and `ms` are milliseconds; `gateway` is its number. Faults that last are over after
 * `ms`; `salt` is a number that the fault draws its own chances from, so that leaving another fault out changes
 * nothing of it.
 */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly ms: number;
  readonly gateway: number;
  readonly salt: number;
}

export const FAULT_KINDS = [
  /** Nothing gets through; half of them answer at once that nobody is there, half swallow what is sent. */
  'partition',
  /** Requests and answers take up to seconds, each its own time: so they overtake each other. */
  'slow',
  /** Of requests and answers a third is lost. */
  'lossy',
  /** Every request arrives twice. */
  'duplicate',
  /** Answers of proxies: errors of every status, pages, cut and turned bytes, and answers of before. */
  'garbled',
  /** kill -9 of the gateway at some await of it. */
  'kill-gateway',
  /** Power loss: the last write is torn. */
  'power-loss',
  /** Starts with a wall clock that is hours to years off, and nobody to ask for the time. */
  'cold-start',
  /** Bits of the card turn, in the journal or in the replica. */
  'damage',
  /** The journal's file, the replica's, or both. */
  'disk-full',
  'disk-hang',
  /** The wall clock jumps. */
  'clock-jump',
  /** kill -9 of the cloud, and its start `ms` later. */
  'kill-cloud',
  /** The cloud's machine loses its power: its last commit is torn, and nobody was told of it. */
  'cloud-power-loss',
  /** The cloud can read and not write. */
  'cloud-disk-full',
  /** The cloud's disk is lost, and it is restored from a copy. */
  'restore-cloud',
  /** A copy of the gateway's card runs in another box. */
  'clone',
  /** What is signed right and says wrong: versions of before, documents that nobody reads, gaps. */
  'bad-signed',
  /** The station's network doubles and delays what devices report. */
  'noisy-bus',
  /** The turnstile goes away and comes back. */
  'turnstile-away',
  /** A half-open connection: commands go out, and for seconds nobody hears them. */
  'turnstile-deaf',
  /** The fire contact opens. */
  'fire',
] as const;
/** `silence`: no way to the cloud for longer than a strict policy lets a replica grow old. */
export type FaultKind = (typeof FAULT_KINDS)[number] | 'silence';

/** How a run is laid out. Times in milliseconds since its beginning. */
export interface Plan {
  readonly seed: number;
  readonly gateways: number;
  readonly lanes: number;
  /** Until then there are faults; afterwards all is well, and L1 must come true. */
  readonly faultsUntil: number;
  readonly endsAt: number;
  readonly faults: readonly Fault[];
}

const settleInMs = 8000;
const healMs = 70_000;
const silenceMs = 70_000;

export function planOf(seed: number, prng: Prng): Plan {
  const size = prng.below(100);
  const gateways = size < 75 ? 1 + prng.below(2) : size < 95 ? 3 : size < 99 ? 5 : 20;
  const isLong = gateways <= 3 && prng.below(4) === 0;
  const faultsUntil = isLong
    ? settleInMs + silenceMs + 5000
    : settleInMs + 20_000 + prng.below(gateways > 5 ? 15_000 : 45_000);
  const count = 1 + prng.below(7);
  const faults = Array.from({ length: count }, () => faultOf(prng, gateways, faultsUntil));
  if (isLong) {
    const gateway = prng.below(gateways);
    faults.push({ kind: 'silence', at: settleInMs, ms: silenceMs, gateway, salt: 0 });
  }
  return {
    seed,
    gateways,
    lanes: 1 + prng.below(2),
    faultsUntil,
    endsAt: faultsUntil + healMs,
    faults: faults.sort((a, b) => a.at - b.at),
  };
}

function faultOf(prng: Prng, gateways: number, until: number): Fault {
  const at = settleInMs + prng.below(until - settleInMs - 2000);
  return {
    kind: prng.pick(FAULT_KINDS),
    at,
    ms: Math.min(2000 + prng.below(prng.below(4) === 0 ? 70_000 : 30_000), until - at),
    gateway: prng.below(gateways),
    salt: prng.below(1 << 30),
  };
}

/** As a person reads it. */
export function describeFault({ kind, at, ms, gateway, salt }: Fault): string {
  return `${(at / 1000).toFixed(1)} s: ${kind} of gw-${gateway} for ${(ms / 1000).toFixed(1)} s (salt ${salt})`;
}
