import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import type { BenchResult } from '../report.ts';
import { againstTarget, spreadOf } from '../stats.ts';
import { withPostgres } from '../with-postgres.ts';
import { type BuiltCloud, builtCloud, type Connection } from './built-cloud.ts';
import { cityPack } from './city-pack.ts';
import { scoredAt } from './holders.ts';
import { populate } from './population.ts';

const seed = 1;
const region = '330100';
const holdersCount = 1_000_000;
const secondsMax = { libsql: 90, postgres: 120 } as const;
const residentMegabytesMax = 600;

type Engine = keyof typeof secondsMax;

/**
 * The whole re-score of everybody through each engine, as a new version of a pack sets off: evidence read, scored, and
 * what is news written with its score, change and version, slice by slice with the job's progress. Before it everybody
 * is scored for the first time, when all is news.
 */
export async function benchStored(count = holdersCount): Promise<BenchResult[]> {
  const cloud = await builtCloud(region);
  const results: BenchResult[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'greengate-score-'));
  try {
    results.push(...(await onEngine(cloud, 'libsql', `file:${join(folder, 'score.db')}`, count)));
  } finally {
    rmSync(folder, { recursive: true });
  }
  results.push(...(await withPostgres((url) => onEngine(cloud, 'postgres', url, count))));
  const resident = process.resourceUsage().maxRSS / 1024;
  const name = 'memory of the process at its most';
  return [
    ...results,
    againstTarget({ name, unit: 'MiB', value: resident, better: 'lower' }, residentMegabytesMax),
  ];
}

async function onEngine(
  cloud: BuiltCloud,
  engine: Engine,
  url: string,
  count: number,
): Promise<BenchResult[]> {
  const connection = await cloud.open(url);
  try {
    process.stderr.write(`${engine}: writing ${count} holders\n`);
    await populate(cloud, connection, region, seed, count);
    const pack = cityPack();
    const first = await rescore(cloud, connection, engine, pack, 'first');
    const changed = await rescore(cloud, connection, engine, stricter(pack), 'new version');
    const same = await rescore(cloud, connection, engine, stricter(pack), 'nothing new');
    const limit = (secondsMax[engine] * count) / holdersCount;
    const figure = (name: string, unit: string, value: number) => ({
      ...{ name: `${engine}, ${name}`, unit, value, better: 'lower' as const },
    });
    return [
      plain(figure('everybody for the first time', 's', first.seconds)),
      againstTarget(figure('everybody by a new version', 's', changed.seconds), limit),
      plain(figure('holders who changed by it', '%', (100 * changed.changed) / count)),
      plain(figure('everybody again with nothing new', 's', same.seconds)),
      plain(figure('slice by a new version, median', 'ms', changed.slices.median)),
      plain(figure('slice by a new version, p99', 'ms', changed.slices.p99)),
    ];
  } finally {
    await connection.close();
  }
}

function plain({ name, unit, value }: { name: string; unit: string; value: number }): BenchResult {
  return { name, unit, value };
}

/** The next version of a pack: every hold a week longer, and a newcomer for much longer, so that one in twenty changes. */
function stricter(pack: ScoringPack): ScoringPack {
  const rules = pack.rules.map((rule) =>
    rule.holdDays === null ? rule : { ...rule, holdDays: rule.holdDays + 7 },
  );
  const thresholds = { ...pack.thresholds, newcomerDays: 1000 };
  return { ...pack, version: pack.version + 1, thresholds, rules };
}

async function rescore(
  cloud: BuiltCloud,
  connection: Connection,
  engine: Engine,
  pack: ScoringPack,
  id: string,
) {
  process.stderr.write(`${engine}: ${id}\n`);
  const jobs = cloud.jobs(connection);
  const slice = cloud.scoring(connection, pack, scoredAt);
  const samples: number[] = [];
  const start = performance.now();
  await jobs.addJob({ id, kind: 'rescore', input: null }, scoredAt);
  const loop = async () => {
    for (;;) {
      const claim = await jobs.claimPart('bench', scoredAt, scoredAt + 1);
      if (!claim) break;
      for (let finished = false; !finished; ) {
        const { begin, pseudonyms } = await slice();
        const at = performance.now();
        const now = scoredAt;
        const done = await jobs.workPart(
          claim,
          cloud.sliceHolders,
          begin,
          pseudonyms,
          now,
          now + 1,
        );
        samples.push(performance.now() - at);
        finished = done?.finished ?? true;
      }
    }
  };
  await Promise.all(Array.from({ length: cloud.jobLoops(engine) }, loop));
  const seconds = (performance.now() - start) / 1000;
  const { done, total, tally } = await jobs.job(id);
  if (done !== total) throw new Error(`${id}: ${done} of ${total}`);
  return { seconds, changed: tally['changed'] ?? 0, slices: spreadOf(samples) };
}
