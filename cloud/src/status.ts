import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { nodeCrypto } from './crypto.ts';
import { rescoreHoldersCountMax } from './limits.ts';
import type { Clock, Decide, Keys, Metrics, Published, StatusRow, Store, Timers } from './ports.ts';
import { pseudonymEpochAt, pseudonymRule } from './publish/pseudonym.ts';
import { publicationOf } from './publish/publication.ts';
import { holderScorer } from './score/score.ts';
import { screen } from './screen/screen.ts';

/** The main path of the cloud after a declaration: screen -> score -> publish. Replication takes it from there. */
export interface Statuses {
  /** Scores holders anew; whoever has not declared is left out. */
  rescore(holders: readonly string[]): Promise<void>;
  /** Scores those whose verdict time alone may have changed. Answers how many. */
  rescoreDue(): Promise<number>;
  /** The status in force: scored again first when its time has come or its pseudonym's epoch has turned. */
  current(holder: string): Promise<StatusRow | undefined>;
}

export interface StatusDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly keys: Keys;
  readonly pack: ScoringPack;
  readonly metrics: Metrics;
  /** Told after the commit. */
  readonly published: (changes: readonly Published[]) => void;
}

export function makeStatuses(deps: StatusDeps): Statuses {
  const { store, clock, timers, keys, pack, metrics } = deps;
  const score = holderScorer(pack, nodeCrypto.sha256);

  const rescore = async (holders: readonly string[]): Promise<void> => {
    for (let at = 0; at < holders.length; at += rescoreHoldersCountMax) {
      if (at > 0) await new Promise<void>((done) => void timers.after(0, done));
      const now = clock.now();
      const decide: Decide = (evidence, held) => {
        const { facts, changesAt } = screen(evidence, now);
        const status = score(facts, evidence.declaration.division, now, changesAt);
        return publicationOf(status, held);
      };
      const slice = holders.slice(at, at + rescoreHoldersCountMax);
      const changes = await store.rescore(slice, decide, pseudonymRule(keys.pseudonymKey, now));
      for (const { stream, count } of changes) {
        metrics.changes(stream === 'red' ? 'red' : 'region', count);
      }
      deps.published(changes);
    }
  };

  return {
    rescore,
    rescoreDue: async () => {
      const due = await store.due(clock.now(), rescoreHoldersCountMax);
      await rescore(due);
      return due.length;
    },
    current: async (holder) => {
      const now = clock.now();
      const held = await store.status(holder);
      const sub = await store.pseudonym(holder, pseudonymEpochAt(now));
      if (held !== undefined && sub !== undefined && now < held.rescoreAt) return held;
      await rescore([holder]);
      return store.status(holder);
    },
  };
}
