import type { RunKeys } from './keys.ts';

/** What the parent tells the children of a run, and what they answer. All times are milliseconds. */
export type ToCloud =
  | { readonly kind: 'start'; readonly keys: RunKeys; readonly peopleCount: number }
  /** Whether a segment follows the other. */
  | { readonly kind: 'segments'; readonly on: boolean }
  | { readonly kind: 'count' };

export type FromCloud =
  | { readonly kind: 'port'; readonly port: number }
  /** Everybody's status is at the gateway. */
  | { readonly kind: 'seeded' }
  | {
      readonly kind: 'count';
      readonly rows: number;
      readonly events: number;
    };

export type ToStation =
  | { readonly kind: 'start'; readonly issuer: string; readonly lanes: number }
  | { readonly kind: 'connect'; readonly port: number }
  | { readonly kind: 'scan'; readonly pattern: 'poisson' | 'burst'; readonly seconds: number };

export type FromStation =
  | { readonly kind: 'serial'; readonly path: string }
  | { readonly kind: 'connected' }
  | {
      readonly kind: 'scanned';
      readonly samples: readonly number[];
      readonly serialSamples: readonly number[];
      readonly undecided: number;
      readonly opened: number;
      /** How late this process itself was: the part of the figures that is not the gateway's. */
      readonly lagP99: number;
      readonly lagMax: number;
    };

export type ToLoad =
  | { readonly kind: 'connect'; readonly port: number }
  | { readonly kind: 'flood'; readonly on: boolean }
  | { readonly kind: 'freeze' };

export type FromLoad =
  | { readonly kind: 'ready' }
  | { readonly kind: 'frozen' }
  | { readonly kind: 'sent'; readonly messages: number; readonly lost: number };

export type ToProbe = { readonly kind: 'take' };
export type FromProbe = { readonly kind: 'taken'; readonly samples: readonly number[] };
