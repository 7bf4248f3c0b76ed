import { compileRule } from '../../src/rules/certlogic.ts';
import { parseDateTime } from '../../src/rules/certlogic-date-time.ts';
import { pathsRead } from '../../src/rules/certlogic-reads.ts';
import { access, CertLogicDateTime, truthOf } from '../../src/rules/certlogic-values.ts';
import type { ScoringFacts } from '../../src/rules/facts.ts';
import type { ScoringPack, ScoringRule } from '../../src/rules/pack.ts';
import type { PackColour } from '../../src/rules/pack-colours.ts';
import { RuleError } from '../../src/rules/rule-error.ts';
import type { Match, Verdict } from '../../src/rules/verdict.ts';
import { epochMs } from '../../src/time.ts';

/** What scoring means, written down without a thought for its cost: every rule runs, by itself, for everybody. */
export function plainScorer(pack: ScoringPack): (facts: ScoringFacts, now: number) => Verdict {
  const scheme = schemeOf(pack.colours);
  const rules = pack.rules.map((rule) => prepareRule(rule, scheme));
  const { clear } = pack.defaults;
  const allClear: Clear = {
    rank: scheme.rankOf(clear.outcome),
    match: matchOf(clear, pack.version, {}),
  };
  const codeValidFrom = dateReader(pack.defaults.codeValidFrom);
  const lifeMs = pack.defaults.codeValidDays * dayMs;
  return (facts, now) => {
    const data: Data = {
      ...facts,
      thresholds: pack.thresholds,
      now: new Date(epochMs(now)).toISOString(),
    };
    const lapseAt = codeValidFrom(data, now) + lifeMs;
    const claims = rules.flatMap((rule) => rule(data, now, pack.version));
    claims.push(lapseClaim(pack, scheme, lapseAt));
    return verdictOf(
      { scheme, clear: allClear, claims, now },
      lapseAt > now ? lapseAt : now + lifeMs,
    );
  };
}

type Data = ScoringFacts & { readonly thresholds: ScoringPack['thresholds'] };

/** A pack's colours by their rank: the best is 0. */
interface Scheme {
  rankOf(id: string): number;
  colourOf(rank: number): PackColour;
}

interface Clear {
  readonly rank: number;
  readonly match: Wording;
}

/** A demand on the colour, as a rank: `before` until `turnsAt`, `after` from then on. */
interface Claim {
  readonly before: number;
  readonly after: number;
  /** Milliseconds since 1970, or Infinity. */
  readonly turnsAt: number;
  readonly match: Wording;
}

type Wording = Omit<Match, 'colour' | 'shown'>;

function schemeOf(colours: readonly PackColour[]): Scheme {
  const ranks = new Map(colours.map(({ id }, rank) => [id, rank]));
  return {
    rankOf: (id) => {
      const rank = ranks.get(id);
      if (rank === undefined) throw new RangeError(`the pack has no colour ${id}`);
      return rank;
    },
    colourOf: (rank) => {
      const colour = colours[rank];
      if (colour === undefined) throw new RangeError(`the pack has no colour of rank ${rank}`);
      return colour;
    },
  };
}

const dayMs = 86_400_000;

function prepareRule(
  rule: ScoringRule,
  scheme: Scheme,
): (data: Data, now: number, version: number) => Claim[] {
  const when = compileRule(rule.when);
  const holdFrom = dateReader(rule.holdFrom);
  const before = scheme.rankOf(rule.outcome);
  const after = rule.next === null ? before : scheme.rankOf(rule.next);
  const paths = readsOf(rule).map((path) => [path, path === '' ? [] : path.split('.')] as const);
  return (data, now, version) => {
    if (truthOf(when(data)) !== true) return [];
    const turnsAt =
      rule.holdDays === null
        ? Number.POSITIVE_INFINITY
        : holdFrom(data, now) + rule.holdDays * dayMs;
    const values = Object.fromEntries(paths.map(([path, steps]) => [path, access(data, steps)]));
    const match = matchOf(rule, version, values);
    return [{ before, after, turnsAt, match }];
  };
}

function readsOf(rule: ScoringRule): readonly string[] {
  const held = rule.holdFrom === null ? [] : pathsRead(rule.holdFrom);
  return [...new Set([...pathsRead(rule.when), ...held])].sort();
}

function matchOf(
  rule: Pick<ScoringRule, 'id' | 'reason' | 'zh' | 'en'>,
  version: number,
  values: Match['values'],
): Wording {
  return { rule: rule.id, version, reason: rule.reason, zh: rule.zh, en: rule.en, values };
}

/** Evidence dated in the future counts from now: a slipped date must not stretch a hold or a code's life. */
function dateReader(expression: unknown): (data: Data, now: number) => number {
  if (expression === null) return (_data, now) => now;
  const read = compileRule(expression);
  return (data, now) => Math.min(now, dateOf(read(data)) ?? now);
}

function dateOf(value: unknown): number | null {
  if (value instanceof CertLogicDateTime) return value.epochMs;
  if (truthOf(value) === false) return null;
  const epoch = typeof value === 'string' ? parseDateTime(value) : null;
  if (epoch !== null) return epoch;
  throw new RuleError('rule-type-mismatch', 'a hold or a code must count from a date');
}

function lapseClaim(pack: ScoringPack, scheme: Scheme, lapseAt: number): Claim {
  const { clear, lapse } = pack.defaults;
  const match = matchOf(lapse, pack.version, {});
  const [before, after] = [scheme.rankOf(clear.outcome), scheme.rankOf(lapse.outcome)];
  return { before, after, turnsAt: lapseAt, match };
}

/** What one person's verdict is made of. */
interface Case {
  readonly scheme: Scheme;
  readonly clear: Clear;
  readonly claims: readonly Claim[];
  readonly now: number;
}

function verdictOf(one: Case, horizon: number): Verdict {
  const { scheme, clear, claims, now } = one;
  const rankAt = (at: number): number =>
    claims.reduce((worst, claim) => Math.max(worst, asks(claim, at)), clear.rank);
  const rank = rankAt(now);
  const turns = claims.map((claim) => claim.turnsAt).filter((at) => at > now && at < Infinity);
  const turn = turns.sort((a, b) => a - b).find((at) => rankAt(at) !== rank);
  const validUntil = turn ?? horizon;
  const colour = scheme.colourOf(rank);
  const next = scheme.colourOf(rankAt(validUntil));
  return {
    colour: colour.wire,
    shown: colour.id,
    nextColour: next.wire,
    nextShown: next.id,
    validUntil: epochMs(validUntil),
    matched: matchesAt(one),
  };
}

/** The rank that a claim asks for at an instant. */
function asks(claim: Claim, at: number): number {
  return at < claim.turnsAt ? claim.before : claim.after;
}

function matchesAt({ scheme, clear, claims, now }: Case): readonly Match[] {
  const told = (match: Wording, rank: number): Match => {
    const { id, wire } = scheme.colourOf(rank);
    return { ...match, colour: wire, shown: id };
  };
  const bearing = claims.filter((claim) => asks(claim, now) > clear.rank);
  if (bearing.length === 0) return [told(clear.match, clear.rank)];
  return bearing
    .toSorted((a, b) => asks(b, now) - asks(a, now) || lastsUntil(b, now) - lastsUntil(a, now))
    .map((claim) => told(claim.match, asks(claim, now)));
}

// A finite stand-in for "no end", because Infinity - Infinity would break the ordering.
function lastsUntil(claim: Claim, now: number): number {
  return now < claim.turnsAt
    ? Math.min(claim.turnsAt, Number.MAX_SAFE_INTEGER)
    : Number.MAX_SAFE_INTEGER;
}
