import { compileRule } from '@greengate/contracts/rules/certlogic';
import { zhejiangPack } from '@greengate/contracts/rules/packs/zhejiang';
import { evaluate } from 'certlogic-js';
import { timed } from '../pace.ts';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, spreadOf } from '../stats.ts';
import { expressionsOf, type PackExpression } from './pack-expressions.ts';
import { type PersonData, people } from './people.ts';

const peopleCount = 500;
const roundsCount = 60;
const warmUpCount = 10;
const evaluationsPerSecondMin = 2_000_000;
const ratioMin = 15;

/**
 * Every expression of the zhejiang pack over the same people, compiled once by us and interpreted by
 * certlogic-js. A sample is one walk over all of them; rules with and without dates are told apart.
 */
export async function benchRules(): Promise<BenchResult[]> {
  const data = people(peopleCount, zhejiangPack.thresholds);
  const expressions = expressionsOf(zhejiangPack);
  const groups = [
    ['rules without dates', expressions.filter((one) => !one.dates)],
    ['rules with dates', expressions.filter((one) => one.dates)],
    ['all rules', expressions],
  ] as const;
  return groups.flatMap(([name, group]) => measured(name, group, data));
}

function measured(
  name: string,
  group: readonly PackExpression[],
  data: readonly PersonData[],
): BenchResult[] {
  const compiled = group.map(({ json }) => compileRule(json));
  // Both count what they found true: an answer that nobody looks at may never be computed.
  const ours = () => count(compiled, data, (rule, person) => rule(person));
  const theirs = () => count(group, data, ({ json }, person) => evaluate(asTheirs(json), person));
  if (ours() !== theirs()) throw new Error('the engines disagree');
  const evaluations = group.length * data.length;
  const [our, their] = alternating(ours, theirs).map((samples) =>
    spreadOf(samples.map((ms) => (ms * 1e6) / evaluations)),
  );
  if (our === undefined || their === undefined) throw new Error('no samples');
  const against = (rank: 'median' | 'p99', target?: number) =>
    againstPeer(
      { name: `${name}, ${rank}`, unit: 'ns', value: our[rank], better: 'lower' },
      { name: `certlogic-js ${Math.round(their[rank])} ns`, value: their[rank] },
      target,
    );
  return [
    against('median', ratioMin),
    against('p99'),
    againstTarget(
      { name: `${name}, throughput`, unit: '1/s', value: 1e9 / our.median, better: 'higher' },
      evaluationsPerSecondMin,
    ),
  ];
}

/** Turn and turn about, so that both meet the same machine; the first rounds warm up. */
function alternating(ours: () => void, theirs: () => void): readonly (readonly number[])[] {
  const samples: [number[], number[]] = [[], []];
  for (let round = 0; round < roundsCount + warmUpCount; round++) {
    samples[0].push(timed(ours));
    samples[1].push(timed(theirs));
  }
  return samples.map((all) => all.slice(warmUpCount));
}

type TheirExpression = Parameters<typeof evaluate>[0];

// A pack's expressions have been validated; their type says the same in other words.
function asTheirs(json: unknown): TheirExpression {
  return json as TheirExpression;
}

function count<R>(
  rules: readonly R[],
  data: readonly PersonData[],
  answer: (rule: R, person: PersonData) => unknown,
): number {
  let found = 0;
  for (const rule of rules) for (const person of data) if (answer(rule, person) === true) found++;
  return found;
}
