import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import { regionIdSchema, sha256HexSchema } from '@greengate/contracts/ids';
import { narrows } from '@greengate/contracts/rules/narrows';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import { RuleError } from '@greengate/contracts/rules/rule-error';
import type { EpochMs } from '@greengate/contracts/time';
import { type ImpactReport, packRefSchema } from '@greengate/contracts/wire/packs';
import { z } from 'zod';
import type { Evidence } from '../evidence-port.ts';
import type { Job, SliceWork } from '../job-port.ts';
import type { JobKind } from '../jobs.ts';
import { impactCellCountMin, impactDivisionsCountMax, impactSampleCountMax } from '../limits.ts';
import type { PackStore } from '../pack-port.ts';
import type { Clock, Publication, StatusRow } from '../ports.ts';
import type { Judge } from '../status.ts';
import { canonicalJson } from './canonical.ts';
import { changeOf, changesOf, counter, countsOf } from './tally.ts';

/** What an impact job is about. `salt` makes the names of its sample mean nothing elsewhere. */
export const impactInputSchema = z.strictObject({
  pack: packRefSchema,
  hash: sha256HexSchema,
  beside: packRefSchema,
  edition: z.int().positive(),
  change: z.int().positive(),
  salt: z.string(),
});
type ImpactInput = z.infer<typeof impactInputSchema>;

export interface ImpactDeps {
  readonly store: PackStore;
  readonly clock: Clock;
  readonly sha256: Crypto['sha256'];
  readonly judgeBy: (pack: ScoringPack) => Judge;
}

/** The shadow run: scores everybody with a pack that is not in force, writes nothing, and counts. */
export function impactKind(deps: ImpactDeps): JobKind {
  let known: { readonly key: string; readonly judge: Judge } | undefined;
  const judgeFor = async (input: ImpactInput): Promise<Judge> => {
    const key = canonicalJson(input);
    if (known?.key !== key) known = { key, judge: deps.judgeBy(await joinedOf(deps.store, input)) };
    return known.judge;
  };
  return {
    slice: async (raw) => {
      const input = impactInputSchema.parse(raw);
      const judge = await judgeFor(input);
      const now = deps.clock.now();
      return { begin: () => shadow(judge, now, refOf(deps.sha256, input.salt)) };
    },
  };
}

async function joinedOf(store: PackStore, { pack, beside }: ImpactInput): Promise<ScoringPack> {
  const [one, other] = [await store.pack(pack), await store.pack(beside)];
  if (!one || !other) throw new Error('a pack of an impact job is not stored');
  const [city, province] = one.scope === 'city' ? [one, other] : [other, one];
  const parse = (body: string) => scoringPackSchema.parse(JSON.parse(body));
  const { pack: joined } = narrows(parse(city.body), parse(province.body));
  if (!joined) throw new Error('the packs of an impact job do not join');
  return joined;
}

function shadow(judge: Judge, now: EpochMs, refFor: (holder: string) => string): SliceWork {
  const counts = counter();
  let sampled: string | undefined;
  return {
    decide: (evidence, held) => {
      counts.add('holders');
      const publication = tried(() => judge(evidence, held, now));
      if (!publication) {
        counts.add('failed');
        return unchanged(held);
      }
      const { status } = publication;
      const change = changeOf(held, status);
      counts.add(`change:${change}`);
      if (status.colour === 'red' && !hasGrounds(evidence, now)) counts.add('ungrounded');
      const [from, to] = change.split('>');
      if (from === to) return publication;
      counts.add(`division:${status.division}:${change}`);
      if (sampled === undefined) {
        sampled = `sample:${refFor(evidence.holder)}:${change}:${status.matched[0]?.rule ?? ''}`;
        counts.add(sampled);
      }
      return publication;
    },
    tally: counts.tally,
  };
}

/** Undefined where a rule fails on these facts. */
function tried(judged: () => Publication): Publication | undefined {
  try {
    return judged();
  } catch (error) {
    if (error instanceof RuleError) return undefined;
    throw error;
  }
}

function unchanged(held: StatusRow | undefined): Publication {
  if (!held) throw new Error('a shadow run meets only who was scored');
  return {
    ...{
      status: held,
      record: () => ({ inputs: '', verdictHash: '' }),
      overlaid: '',
      news: false,
      changed: false,
      red: false,
    },
  };
}

/** On a list, of which a release is the end, or set red by two people. */
function hasGrounds({ lists, overrides }: Evidence, now: EpochMs): boolean {
  return (
    lists.some(({ kind }) => kind !== 'released') ||
    overrides.some(({ expiresAt }) => now < expiresAt)
  );
}

function refOf(sha256: Crypto['sha256'], salt: string): (holder: string) => string {
  return (holder) => toHex(sha256(new TextEncoder().encode(`${salt} ${holder}`))).slice(0, 12);
}

/** What an impact job that is finished has found. The same job always makes the same report. */
export function impactReport(job: Job, sha256: Crypto['sha256']): ImpactReport {
  const { pack, hash, beside, edition, change } = impactInputSchema.parse(job.input);
  const { tally } = job;
  const report = {
    ...{ pack, packHash: hash, edition, change, beside, at: job.finishedAt ?? job.createdAt },
    holders: tally['holders'] ?? 0,
    changes: [...changesOf(tally)],
    redWithoutGrounds: tally['ungrounded'] ?? 0,
    failed: tally['failed'] ?? 0,
    divisions: divisionsOf(job),
    sample: countsOf(tally, 'sample:')
      .slice(0, impactSampleCountMax)
      .map(([name]) => {
        const [ref = '', change = '', rule = ''] = name.split(':');
        const [from = '', to = ''] = change.split('>');
        return { ref, from, to, rule };
      }),
  };
  const bytes = new TextEncoder().encode(canonicalJson(report));
  return { ...report, hash: sha256HexSchema.parse(toHex(sha256(bytes))) };
}

function divisionsOf({ tally }: Job): ImpactReport['divisions'] {
  const names = countsOf(tally, 'division:').map(([name]) => name.slice(0, name.indexOf(':')));
  const found = [...new Set(names)].map((division) => {
    const changes = changesOf(tally, `division:${division}:`);
    return { division, changes, total: changes.reduce((sum, { holders }) => sum + holders, 0) };
  });
  return found
    .sort((a, b) => b.total - a.total || (a.division < b.division ? -1 : 1))
    .slice(0, impactDivisionsCountMax)
    .map(({ division, changes }) => ({
      division: regionIdSchema.parse(division),
      changes: changes.map((one) => ({
        ...one,
        holders: one.holders < impactCellCountMin ? null : one.holders,
      })),
    }));
}
