import { epochMs } from '../time.ts';
import type { Meter } from './certlogic-build.ts';
import { parseOrThrow } from './certlogic-compile.ts';
import { parseDateTime } from './certlogic-date-time.ts';
import type { Expr } from './certlogic-parse.ts';
import { pathsReadBy } from './certlogic-reads.ts';
import type { ScoringFacts } from './facts.ts';
import type { ScoringPack, ScoringRule } from './pack.ts';
import { dayMs, type ParsedRule, parseHold } from './score-program.ts';
import { programsOf } from './score-programs.ts';
import { type Demand, type Frame, judgeUnder, type Verdict } from './verdict.ts';

export type { Verdict } from './verdict.ts';

export interface Scorer {
  /** Whether the pack is valid at `now` (milliseconds since 1970). `score` does not ask: replay needs old packs. */
  inForceAt(now: number): boolean;
  /** Pure: the same facts and instant give the same verdict. Throws `RuleError` where a rule misreads its facts. */
  score(facts: ScoringFacts, now: number): Verdict;
}

/**
 * Compiles each expression of a pack once. Throws `RuleError` when one is malformed.
 *
 * A verdict is what comes out when every rule runs: the path of the most severe colour through time. Each match asks
 * for its outcome until its hold ends and for its `next` after, and the code's own lapse asks from its instant on. So
 * neither a hold's end nor a lapse can lift a colour that another rule still asks for.
 *
 * How that is found out is another matter: what rules have in common is evaluated once for a person, and rules that
 * cannot match anybody of whom the same is known are not asked again. docs/rules.md says what it gains.
 */
export function compilePack(pack: ScoringPack): Scorer {
  const rankOf = ranksOf(pack);
  const rules = pack.rules.map((rule) => parsedRule(rule, pack.version, rankOf));
  const { codeValidFrom } = pack.defaults;
  const frame = frameOf(pack, rankOf);
  const life = codeValidFrom === null ? null : parseOrThrow(codeValidFrom);
  const programs = programsOf(pack, rules, life);
  const judge = judgeUnder(frame);
  const context = contextFor(pack, readBy(rules, life));
  // Whoever is scored has a turn of their own; nothing calls back in the middle of it.
  const meter: Required<Meter> = { reduceNodes: 0, turn: 0 };
  const from = parseDateTime(pack.validFrom) ?? Number.POSITIVE_INFINITY;
  const until = endOf(pack.validUntil);
  return {
    inForceAt: (now) => from <= now && now < until,
    score: (facts, now) => {
      const data = context(facts, now);
      const program = programs.for(data);
      meter.turn += 1;
      const lapseAt = program.codeValidFrom(data, now, meter) + frame.lifeMs;
      return judge(program.claims(data, now, meter), lapseAt, now, data);
    },
  };
}

type RankOf = (id: string) => number;

/** A pack's colours by their rank: the best is 0. */
function ranksOf({ colours }: ScoringPack): RankOf {
  const ranks = new Map(colours.map(({ id }, rank) => [id, rank]));
  return (id) => {
    const rank = ranks.get(id);
    if (rank === undefined) throw new RangeError(`the pack has no colour ${id}`);
    return rank;
  };
}

function endOf(validUntil: string | null): number {
  if (validUntil === null) return Number.POSITIVE_INFINITY;
  return parseDateTime(validUntil) ?? Number.NEGATIVE_INFINITY;
}

function parsedRule(rule: ScoringRule, version: number, rankOf: RankOf): ParsedRule {
  const when = parseOrThrow(rule.when);
  const hold = parseHold(rule);
  const held = hold.holdFrom === null ? [] : pathsReadBy(hold.holdFrom);
  const paths = [...new Set([...pathsReadBy(when), ...held])].sort();
  const reads = paths.map((path) => [path, path === '' ? [] : path.split('.')] as const);
  const before = rankOf(rule.outcome);
  const after = rule.next === null ? before : rankOf(rule.next);
  return { when, ...hold, demand: { before, after, reads, wording: wordingOf(rule, version) } };
}

function frameOf({ colours, defaults, version }: ScoringPack, rankOf: RankOf): Frame {
  const { clear, lapse, codeValidDays } = defaults;
  const demand = (of: typeof clear, from: typeof clear): Demand => ({
    before: rankOf(from.outcome),
    after: rankOf(of.outcome),
    reads: [],
    wording: wordingOf(of, version),
  });
  return {
    colours,
    clear: demand(clear, clear),
    lapse: demand(lapse, clear),
    lifeMs: codeValidDays * dayMs,
  };
}

function wordingOf(
  { id, reason, zh, en }: Pick<ScoringRule, 'id' | 'reason' | 'zh' | 'en'>,
  version: number,
): Demand['wording'] {
  return { rule: id, version, reason, zh, en };
}

function readBy(rules: readonly ParsedRule[], life: Expr | null): ReadonlySet<string> {
  const paths = rules.flatMap(({ demand }) => demand.reads.map(([path]) => path));
  return new Set([...paths, ...(life === null ? [] : pathsReadBy(life))]);
}

/** What the expressions see: the facts, with the pack's thresholds and the instant of scoring. */
type Context = (facts: ScoringFacts, now: number) => unknown;

const factNames = [
  'now',
  'declaration',
  'lists',
  'area',
  'lastReportAt',
  'journeys',
  'elsewhere',
  'thresholds',
];

function contextFor({ thresholds }: ScoringPack, paths: ReadonlySet<string>): Context {
  const nowText = textOfNow();
  const named = [...paths].every((path) => factNames.includes(path.split('.', 1)[0] ?? ''));
  // Whoever looks at all there is, or at what no facts have, gets the facts as they are.
  if (!named) return (facts, now) => ({ ...facts, thresholds, now: nowText(now) });
  return ({ declaration, lists, area, lastReportAt, journeys, elsewhere }, now) => ({
    // Written out, so that all people have one shape.
    now: nowText(now),
    declaration,
    lists,
    area,
    lastReportAt,
    journeys,
    elsewhere,
    thresholds,
  });
}

/** The same instant comes for everybody of a batch. */
function textOfNow(): (now: number) => string {
  let last = Number.NaN;
  let text = '';
  return (now) => {
    if (now !== last) {
      text = new Date(epochMs(now)).toISOString();
      last = now;
    }
    return text;
  };
}
