import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { Declaration } from '@greengate/contracts/wire/holder';
import type { Evidence } from './evidence-port.ts';
import type { JobKind } from './jobs.ts';
import { rescoreHoldersCountMax, unscoredMsMax } from './limits.ts';
import { laidOver, overlayOf } from './overlay.ts';
import type { Force } from './pack-port.ts';
import type { CompiledPack, PackSource } from './pack-source.ts';
import type {
  Clock,
  Decide,
  Keys,
  Metrics,
  Publication,
  Published,
  StatusRow,
  Store,
  Timers,
} from './ports.ts';
import { pseudonymEpochAt, pseudonymRule } from './publish/pseudonym.ts';
import { publicationOf, reported } from './publish/publication.ts';
import { screen } from './screen/screen.ts';

/** The main path of the cloud after a declaration: screen -> score -> overlay -> publish. Replication takes it from there. */
export interface Statuses {
  judgeBy(compiled: CompiledPack): Judge;
  /** Takes a declaration and scores its holder, at once or not at all. */
  declare(holder: string, declaration: Declaration): Promise<void>;
  /** Scores holders anew; whoever has not declared is left out. */
  rescore(holders: readonly string[]): Promise<void>;
  /** The job that scores everybody, or a division, anew. It counts whose entry `changed` and who is `red`. */
  readonly rescoreAll: JobKind;
  /** Scores those whose verdict time alone, or a change of their area, may have changed. Answers how many. */
  rescoreDue(): Promise<number>;
  /** The status in force: scored again first when its time has come or its pseudonym's epoch has turned. */
  current(holder: string): Promise<StatusRow | undefined>;
}

/** What a holder comes to by one pack, whatever is in force. Throws `RuleError` where a rule misreads its facts. */
export type Judge = (evidence: Evidence, held: StatusRow | undefined, now: EpochMs) => Publication;

export interface StatusDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly keys: Keys;
  readonly packs: PackSource;
  readonly metrics: Metrics;
  /** Whether a code must be applied for; else a declaration is enough. */
  readonly applicationNeeded?: boolean;
  /** Told after the commit. */
  readonly published: (changes: readonly Published[]) => void;
}

export function makeStatuses(deps: StatusDeps): Statuses {
  const { store, clock, timers, keys, packs, metrics, applicationNeeded = false } = deps;

  const judgeBy =
    ({ pack, score }: CompiledPack): Judge =>
    (evidence, held, now) => {
      const { facts, changesAt, contradictions } = screen(evidence, now, feverLineOf(pack));
      if (evidence.leftOut > 0) metrics.evidenceLeftOut(evidence.leftOut);
      const ruled = score(facts, evidence.declaration.division, now, changesAt);
      const scored = laidOver(ruled, overlayOf(evidence, applicationNeeded, now), now);
      const publication = reported(
        publicationOf(scored, held),
        held,
        pack,
        evidence.declaration.unit,
      );
      return contradictions.length > 0 ? { ...publication, contradictions } : publication;
    };

  const decideAt =
    (now: EpochMs): Decide =>
    (evidence, held, force) =>
      judgeBy(packs.compiledFor(force, evidence.holder))(evidence, held, now);

  const tell = (changes: readonly Published[]): void => {
    for (const { stream, count } of changes) {
      metrics.changes(stream === 'red' ? 'red' : 'region', count);
    }
    deps.published(changes);
  };

  const rescore = async (holders: readonly string[]): Promise<void> => {
    for (let at = 0; at < holders.length; at += rescoreHoldersCountMax) {
      if (at > 0) await new Promise<void>((done) => void timers.after(0, done));
      const now = clock.now();
      const slice = holders.slice(at, at + rescoreHoldersCountMax);
      const rule = pseudonymRule(keys.pseudonymKey, now);
      tell(await packs.withEditions(() => store.rescore(slice, decideAt(now), rule)));
    }
  };

  return {
    judgeBy,
    declare: async (holder, declaration) => {
      const now = clock.now();
      const rule = pseudonymRule(keys.pseudonymKey, now);
      const decide = decideAt(now);
      tell(await packs.withEditions(() => store.declare(holder, declaration, now, decide, rule)));
    },
    rescore,
    rescoreAll: {
      slice: async () => {
        await packs.prepare();
        const now = clock.now();
        const begin = () => {
          const decide = decideAt(now);
          const counts = { changed: 0, red: 0 };
          return {
            decide: (evidence: Evidence, held: StatusRow | undefined, force?: Force) => {
              const publication = decide(evidence, held, force);
              if (publication.changed) counts.changed += 1;
              if (publication.status.colour === 'red') counts.red += 1;
              return publication;
            },
            tally: () => counts,
          };
        };
        return { begin, pseudonyms: pseudonymRule(keys.pseudonymKey, now) };
      },
    },
    rescoreDue: async () => {
      const due = await store.due(clock.now(), rescoreHoldersCountMax);
      const next = due.length > 0 ? due : await store.touchAreas(rescoreHoldersCountMax);
      await rescore(next).catch((error: unknown) => oneByOne(deps, rescore, next, error));
      return next.length;
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

/** Below it a day's report is clean. A threshold as any other: a pack without one asks for no temperature. */
function feverLineOf({ thresholds }: ScoringPack): number | undefined {
  const { feverCentiC } = thresholds;
  return typeof feverCentiC === 'number' ? feverCentiC : undefined;
}

/** One who cannot be scored must not keep all the others from it: tried again later, and counted. */
async function oneByOne(
  { store, clock, metrics }: Pick<StatusDeps, 'store' | 'clock' | 'metrics'>,
  rescore: Statuses['rescore'],
  due: readonly string[],
  error: unknown,
): Promise<void> {
  const failed: string[] = [];
  for (const holder of due) await rescore([holder]).catch(() => failed.push(holder));
  // When nobody can be scored it is not for their facts.
  if (failed.length === due.length && due.length > 1) throw error;
  metrics.unscored(failed.length);
  const until = epochMs(clock.now() + unscoredMsMax);
  for (const holder of failed) await store.putOff(holder, until);
}
