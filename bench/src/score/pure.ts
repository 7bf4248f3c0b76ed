import { compileRule } from '@greengate/contracts/rules/certlogic';
import type { ScoringFacts } from '@greengate/contracts/rules/facts';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { compilePack, type Scorer } from '@greengate/contracts/rules/score';
import { evaluate } from 'certlogic-js';
import { timed } from '../pace.ts';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, type Spread, spreadOf } from '../stats.ts';
import { cityPack } from './city-pack.ts';
import { holderAt, scoredAt } from './holders.ts';
import { ringOf } from './ring.ts';
import { slopeOf } from './slope.ts';

const seed = 1;
const sizes = [10_000, 30_000, 100_000, 300_000, 1_000_000] as const;
/** All sizes by turns, so that a machine that slows down slows them all; the median of the rounds counts. */
const roundsCount = 3;
/** Small sizes are walked again until so many were scored in a round. */
const holdersPerRoundMin = 100_000;
const warmUpCount = 50_000;
const ring = { batchSize: 1000, batchesCount: 32 } as const;
const peerHoldersCount = 2000;
const peerRoundsCount = 7;
const holdersPerSecondMin = 100_000;
const growthMax = 1.25;

/** Facts to verdict and nothing else: no database, no clock, one core. */
export async function benchPure(): Promise<BenchResult[]> {
  const pack = cityPack();
  const scorer = compilePack(pack);
  const { clear } = walk(scorer, warmUpCount);
  const rounds = Array.from({ length: roundsCount }, () =>
    sizes.map((size) => Array.from({ length: walksOf(size) }, () => walk(scorer, size))),
  );
  const costs = sizes.map((size, at) =>
    costOf(
      size,
      rounds.map((round) => round[at] ?? []),
    ),
  );
  return [
    ...costs.flatMap(figuresOf),
    ...slopeFigures(costs),
    ...throughputFigures(pack, costs.at(-1)),
    ...conditionsFigures(clear / warmUpCount),
  ];
}

function walksOf(size: number): number {
  return Math.ceil(holdersPerRoundMin / size);
}

/** What scoring so many holders cost; nanoseconds a holder. */
interface Cost {
  readonly size: number;
  /** Of each round, in the middle. */
  readonly mean: number;
  readonly batches: Spread;
  /** By the processor's time, of all threads of the process: what neighbours on the machine take is not in it. */
  readonly cpu: number;
}

function costOf(size: number, rounds: readonly (readonly Walk[])[]): Cost {
  const batches = rounds.map((walks) => walks.flatMap((one) => one.batches));
  const walks = rounds.flat();
  return {
    size,
    mean: spreadOf(batches.map(meanOf)).median,
    batches: spreadOf(batches.flat()),
    cpu: meanOf(walks.map((one) => one.cpu)),
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Nanoseconds a holder, of each batch and by the processor's time; and of how many nothing was said. */
interface Walk {
  readonly batches: readonly number[];
  readonly cpu: number;
  readonly clear: number;
}

/** Only scoring is timed. Facts are what a store hands over: parsed from JSON, of a person not seen before. */
function walk(scorer: Scorer, total: number): Walk {
  const holders = ringOf((index) => stored(holderAt(seed, index)), { total, ...ring });
  const batches: number[] = [];
  let [clear, cpuUs] = [0, 0];
  for (let batch = holders.next(); batch !== undefined; batch = holders.next()) {
    const people = batch;
    const before = process.cpuUsage();
    const ms = timed(() => {
      clear += countClear(scorer, people);
    });
    const { user, system } = process.cpuUsage(before);
    cpuUs += user + system;
    batches.push((ms * 1e6) / people.length);
  }
  return { batches, clear, cpu: (cpuUs * 1000) / total };
}

function stored<T extends ScoringFacts>(facts: T): T {
  return JSON.parse(JSON.stringify(facts)) as T;
}

/** A verdict that nobody looks at may never be computed. */
function countClear(scorer: Scorer, people: readonly ScoringFacts[]): number {
  let clear = 0;
  for (const person of people) {
    if (scorer.score(person, scoredAt).matched[0]?.rule === 'clear') clear += 1;
  }
  return clear;
}

function figuresOf({ size, mean, batches, cpu }: Cost): BenchResult[] {
  const figure = (what: string, value: number) => ({
    name: `${size} holders, a holder, ${what}`,
    unit: 'ns',
    value,
  });
  return [
    figure('mean', mean),
    figure('median of batches', batches.median),
    figure('p99 of batches', batches.p99),
    figure('processor time', cpu),
  ];
}

function slopeFigures(costs: readonly Cost[]): BenchResult[] {
  const { perTenfold, growth } = slopeOf(costs.map(({ size, mean }) => ({ size, cost: mean })));
  const [least, most] = [sizes[0], sizes.at(-1)];
  return [
    { name: 'slope: what ten times the holders add to each', unit: 'ns', value: perTenfold },
    againstTarget(
      {
        name: `a holder of ${most} against one of ${least}`,
        unit: 'x',
        value: growth,
        better: 'lower',
      },
      growthMax,
    ),
  ];
}

function throughputFigures(pack: ScoringPack, largest: Cost | undefined): BenchResult[] {
  if (largest === undefined) throw new Error('no sizes');
  // Whose pack declares no inputs is of no profile.
  const unsorted = walk(compilePack({ ...pack, inputs: [] }), holdersPerRoundMin);
  const sharing = { name: 'sharing without profiles', ns: spreadOf(unsorted.batches).median };
  const value = 1e9 / largest.mean;
  const throughput = {
    name: 'pure scoring on one core',
    unit: '1/s',
    value,
    better: 'higher',
  } as const;
  const against = (name: string, ns: number, ours: number) =>
    againstPeer(
      { name: `a verdict, against ${name}`, unit: 'ns', value: ours, better: 'lower' },
      { name: `${Math.round(ns)} ns`, value: ns },
    );
  return [
    againstTarget(throughput, holdersPerSecondMin),
    against(sharing.name, sharing.ns, largest.batches.median),
    ...peersOf(pack).map(({ name, ns }) => against(`bare conditions by ${name}`, ns, largest.mean)),
  ];
}

/** The bare conditions of the same rules over the first of the same people, one rule after the other: no verdict, no holds. */
function peersOf(pack: ScoringPack): readonly { readonly name: string; readonly ns: number }[] {
  const { thresholds } = pack;
  const people = Array.from({ length: peerHoldersCount }, (_, index) =>
    stored({ ...holderAt(seed, index), thresholds }),
  );
  const compiled = pack.rules.map(({ when }) => compileRule(when));
  const raw = pack.rules.map(({ when }) => when as Parameters<typeof evaluate>[0]);
  const walks = [
    {
      name: 'our engine, rule by rule',
      work: () => countTrue(people, (person) => compiled.map((rule) => rule(person))),
    },
    {
      name: 'certlogic-js',
      work: () => countTrue(people, (person) => raw.map((rule) => evaluate(rule, person))),
    },
  ];
  if (new Set(walks.map(({ work }) => work())).size !== 1) throw new Error('the engines disagree');
  return walks.map(({ name, work }) => {
    const samples = Array.from({ length: peerRoundsCount }, () => timed(() => void work()));
    return { name, ns: (spreadOf(samples).median * 1e6) / people.length };
  });
}

function countTrue<T>(people: readonly T[], answers: (person: T) => readonly unknown[]): number {
  let found = 0;
  for (const person of people) for (const answer of answers(person)) if (answer === true) found++;
  return found;
}

function conditionsFigures(clearShare: number): BenchResult[] {
  return [
    { name: 'of these holders, nothing speaks against', unit: '%', value: 100 * clearShare },
    {
      name: `holders at hand; each was parsed from JSON, and scored ${ring.batchesCount - 1} batches later`,
      unit: 'holders',
      value: ring.batchSize * ring.batchesCount,
    },
    {
      name: 'memory of the process, at most',
      unit: 'MB',
      value: process.resourceUsage().maxRSS / 1024,
    },
  ];
}
