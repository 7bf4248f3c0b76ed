import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCloud } from '../api/cloud-process.ts';
import type { BenchResult } from '../report.ts';
import { draws } from '../score/draws.ts';
import { againstTarget, spreadOf } from '../stats.ts';
import { type Answered, type Asker, askerOf } from './asking.ts';
import { ORIGIN, populationOf } from './population.ts';
import { startProvider } from './provider.ts';
import { type IdentityRoute, identityRoutes } from './routes.ts';

const triesCount = 1000;
const warmUpCount = 50;
const seed = 21;
const medianDifferenceMsMax = 5;

/**
 * The built cloud is asked for people whom it knows and for people whom nobody knows, one request after the other on one
 * connection, in an order that a seed shuffles. Its limits are as they are shipped: every try comes from another address,
 * no account is tried more than 8 times, and holders share the asking. A try that a limit refuses ends the bench.
 */
export async function benchIdentity(): Promise<BenchResult[]> {
  const provider = await startProvider();
  const folder = mkdtempSync(join(tmpdir(), 'greengate-bench-identity-'));
  const settings = join(folder, 'provider.json');
  writeFileSync(settings, JSON.stringify(provider.settings), { mode: 0o600 });
  const cloud = await startCloud({
    ...{ GREENGATE_TRUSTED_PROXY: '127.0.0.1', GREENGATE_ORIGIN: ORIGIN },
    GREENGATE_OIDC: settings,
  });
  const asker = askerOf(cloud.port);
  try {
    progress('making accounts, holders and applications');
    const population = populationOf(cloud, asker);
    const routes = await identityRoutes(population, provider, triesCount + warmUpCount);
    const results: BenchResult[] = [{ name: 'seed of the order', value: seed, unit: '1' }];
    for (const [at, route] of routes.entries()) {
      const of = await timed(asker, route, at);
      results.push(...compared(route.name, of));
    }
    return results;
  } finally {
    asker.close();
    await cloud.stop();
    provider.close();
    rmSync(folder, { recursive: true });
  }
}

type Tries = ReadonlyMap<string, readonly Answered[]>;

async function timed({ ask }: Asker, route: IdentityRoute, number: number): Promise<Tries> {
  // Answers of another kind, or that a limit gave, would be compared for nothing.
  const admit = (answer: Answered, kind: string): Answered => {
    if (answer.status === route.status) return answer;
    throw new Error(`${route.name}, ${kind}: answered ${answer.status} ${answer.body}`);
  };
  const kinds = Object.entries({ [UNKNOWN]: route.unknown, ...route.known });
  const tries = new Map(kinds.map(([kind]) => [kind, [] as Answered[]]));
  for (const [kind, asking] of kinds) {
    for (let at = 0; at < warmUpCount; at++) admit(await ask(await asking(triesCount + at)), kind);
  }
  const all = kinds.flatMap(([kind, asking]) =>
    Array.from({ length: triesCount }, (_, at) => ({ kind, at, asking })),
  );
  for (const { kind, at, asking } of shuffled(all, number)) {
    tries.get(kind)?.push(admit(await ask(await asking(at)), kind));
  }
  return tries;
}

const UNKNOWN = 'unknown';

/** Fisher and Yates, by draws of a seed. */
function shuffled<T>(items: readonly T[], number: number): readonly T[] {
  const all = [...items];
  const draw = draws(seed, number);
  for (let at = all.length - 1; at > 0; at--) {
    const other = draw(at + 1);
    [all[at], all[other]] = [all[other] as T, all[at] as T];
  }
  return all;
}

export function compared(name: string, tries: Tries): BenchResult[] {
  const unknown = (tries.get(UNKNOWN) ?? []).map(({ ms }) => ms);
  const of = spreadOf(unknown);
  const result = (what: string, value: number): BenchResult => ({
    name: `${name}: ${what}`,
    value,
    unit: 'ms',
  });
  const answers = new Set([...tries.values()].flat().map(({ seen }) => seen));
  const known = [...tries].filter(([kind]) => kind !== UNKNOWN);
  const lower = 'lower' as const;
  const results = [
    againstTarget(
      { ...result('answers beside the first', answers.size - 1), unit: '1', better: lower },
      0,
    ),
    result('unknown, median', of.median),
    result('unknown, p99', of.p99),
    result('unknown, one half against the other', halvesDifference(unknown)),
    ...known.flatMap(([kind, answered]) => {
      const spread = spreadOf(answered.map(({ ms }) => ms));
      const difference = Math.abs(spread.median - of.median);
      return [
        result(`${kind}, median`, spread.median),
        result(`${kind}, p99`, spread.p99),
        againstTarget(
          { ...result(`${kind} against unknown, medians`, difference), better: lower },
          medianDifferenceMsMax,
        ),
      ];
    }),
  ];
  progress(`${name}: ${results.map(({ value }) => value.toFixed(3)).join(' ')}`);
  return results;
}

/** What differs between people of one kind: a difference of this size tells nothing. */
function halvesDifference(times: readonly number[]): number {
  const halves = [0, 1].map((half) => times.filter((_, at) => at % 2 === half));
  const [one = 0, other = 0] = halves.map((half) => spreadOf(half).median);
  return Math.abs(one - other);
}

/** Some minutes pass: whoever waits sees how it goes. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
