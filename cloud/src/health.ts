import type { EpochMs } from '@greengate/contracts/time';
import { pingAgeMsMax } from './limits.ts';
import type { Clock, Store } from './ports.ts';

/** Whether the database answers. */
export interface Health {
  /** Asks it at most once in `pingAgeMsMax`, however many want to know: rejects when it does not answer. */
  check(): Promise<void>;
}

/** /healthz is open to everybody, so it may cost the database next to nothing. */
export function makeHealth(store: Pick<Store, 'ping'>, clock: Clock): Health {
  let last: { readonly began: EpochMs; readonly answer: Promise<void> } | undefined;
  let isAsking = false;
  const isFresh = (now: EpochMs): boolean =>
    // A clock that steps back makes nothing fresh that is not.
    last !== undefined && now >= last.began && now - last.began < pingAgeMsMax;
  const ask = async (): Promise<void> => {
    isAsking = true;
    try {
      await store.ping();
    } finally {
      isAsking = false;
    }
  };
  return {
    check: async () => {
      const now = clock.now();
      // One that has not come back is waited for by all: a database that hangs is asked no second time.
      if (last === undefined || !(isAsking || isFresh(now))) last = { began: now, answer: ask() };
      return last.answer;
    },
  };
}
