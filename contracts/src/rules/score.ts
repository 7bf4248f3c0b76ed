import type { Colour } from '../code/colour.ts';
import { type EpochMs, epochMs } from '../time.ts';
import { type CompiledRule, compileRule } from './certlogic.ts';
import { parseDateTime } from './certlogic-date-time.ts';
import { pathsRead } from './certlogic-reads.ts';
import { access, CertLogicDateTime, truthOf } from './certlogic-values.ts';
import type { ScoringFacts } from './facts.ts';
import { moreSevere, type ScoringPack, type ScoringRule, severityOf } from './pack.ts';
import { RuleError } from './rule-error.ts';

/** One rule that bears on a verdict, in words for its holder. */
export interface Match {
  /** Rule id, unique in its pack. */
  readonly rule: string;
  /** Version of the pack that the rule stood in. */
  readonly version: number;
  /** What the rule says at this instant: its outcome, or its `next` when the hold is over. */
  readonly colour: Colour;
  readonly reason: string;
  readonly zh: string;
  readonly en: string;
  /** Each path that the rule reads from the facts, with the value found there (null when missing). */
  readonly values: Readonly<Record<string, unknown>>;
}

export interface Verdict {
  readonly colour: Colour;
  /** The colour from `validUntil` on, unless something new is learnt. */
  readonly nextColour: Colour;
  /** Milliseconds since 1970; always later than the instant of scoring. */
  readonly validUntil: EpochMs;
  /** Most severe first, then the longest hold: the first one decided. Never empty. */
  readonly matched: readonly Match[];
}

export interface Scorer {
  /** Whether the pack is valid at `now` (milliseconds since 1970). `score` does not ask: replay needs old packs. */
  inForceAt(now: number): boolean;
  /** Pure: the same facts and instant give the same verdict. Throws `RuleError` where a rule misreads its facts. */
  score(facts: ScoringFacts, now: number): Verdict;
}

/**
 * Compiles each expression of a pack once. Throws `RuleError` when one is malformed.
 *
 * Every rule runs. A verdict is the path of the most severe colour through time: each match asks for its
 * outcome until its hold ends and for its `next` after, and the code's own lapse asks from its instant on.
 * So neither a hold's end nor a lapse can lift a colour that another rule still asks for.
 */
export function compilePack(pack: ScoringPack): Scorer {
  const rules = pack.rules.map(prepareRule);
  const codeValidFrom = dateReader(pack.defaults.codeValidFrom);
  const lifeMs = pack.defaults.codeValidDays * dayMs;
  const from = parseDateTime(pack.validFrom) ?? Number.POSITIVE_INFINITY;
  const until = endOf(pack.validUntil);
  return {
    inForceAt: (now) => from <= now && now < until,
    score: (facts, now) => {
      const data = { ...facts, now: new Date(epochMs(now)).toISOString() };
      const lapseAt = codeValidFrom(data, now) + lifeMs;
      const claims = rules.flatMap((rule) => rule(data, now, pack.version));
      claims.push(lapseClaim(pack, lapseAt));
      return verdictOf(pack, claims, now, lapseAt > now ? lapseAt : now + lifeMs);
    },
  };
}

/** A demand on the colour: `before` until `turnsAt`, `after` from then on. */
interface Claim {
  readonly before: Colour;
  readonly after: Colour;
  /** Milliseconds since 1970, or Infinity. */
  readonly turnsAt: number;
  readonly match: Omit<Match, 'colour'>;
}

type Explanation = Pick<ScoringRule, 'id' | 'outcome' | 'reason' | 'zh' | 'en'>;

const dayMs = 86_400_000;

function endOf(validUntil: string | null): number {
  if (validUntil === null) return Number.POSITIVE_INFINITY;
  return parseDateTime(validUntil) ?? Number.NEGATIVE_INFINITY;
}

function prepareRule(
  rule: ScoringRule,
): (data: ScoringFacts, now: number, version: number) => Claim[] {
  const when = compileRule(rule.when);
  const holdFrom = dateReader(rule.holdFrom);
  const paths = readsOf(rule).map((path) => [path, path === '' ? [] : path.split('.')] as const);
  return (data, now, version) => {
    if (truthOf(when(data)) !== true) return [];
    const turnsAt =
      rule.holdDays === null
        ? Number.POSITIVE_INFINITY
        : holdFrom(data, now) + rule.holdDays * dayMs;
    const values = Object.fromEntries(paths.map(([path, steps]) => [path, access(data, steps)]));
    const match = matchOf(rule, version, values);
    return [{ before: rule.outcome, after: rule.next ?? rule.outcome, turnsAt, match }];
  };
}

function readsOf(rule: ScoringRule): readonly string[] {
  const held = rule.holdFrom === null ? [] : pathsRead(rule.holdFrom);
  return [...new Set([...pathsRead(rule.when), ...held])].sort();
}

function matchOf(
  rule: Explanation,
  version: number,
  values: Match['values'],
): Omit<Match, 'colour'> {
  return { rule: rule.id, version, reason: rule.reason, zh: rule.zh, en: rule.en, values };
}

/** Evidence dated in the future counts from now: a slipped date must not stretch a hold or a code's life. */
function dateReader(expression: unknown): (data: ScoringFacts, now: number) => number {
  if (expression === null) return (_data, now) => now;
  const read: CompiledRule = compileRule(expression);
  return (data, now) => Math.min(now, dateOf(read(data)) ?? now);
}

function dateOf(value: unknown): number | null {
  if (value instanceof CertLogicDateTime) return value.epochMs;
  if (truthOf(value) === false) return null;
  const epoch = typeof value === 'string' ? parseDateTime(value) : null;
  if (epoch !== null) return epoch;
  throw new RuleError('rule-type-mismatch', 'a hold or a code must count from a date');
}

function lapseClaim(pack: ScoringPack, lapseAt: number): Claim {
  const { clear, lapse } = pack.defaults;
  const match = matchOf(lapse, pack.version, {});
  return { before: clear.outcome, after: lapse.outcome, turnsAt: lapseAt, match };
}

function verdictOf(
  pack: ScoringPack,
  claims: readonly Claim[],
  now: number,
  horizon: number,
): Verdict {
  const { clear } = pack.defaults;
  const colourAt = (at: number): Colour =>
    claims.reduce((worst, claim) => moreSevere(worst, asks(claim, at)), clear.outcome);
  const colour = colourAt(now);
  const turns = claims.map((claim) => claim.turnsAt).filter((at) => at > now && at < Infinity);
  const turn = turns.sort((a, b) => a - b).find((at) => colourAt(at) !== colour);
  const validUntil = turn ?? horizon;
  return {
    colour,
    nextColour: colourAt(validUntil),
    validUntil: epochMs(validUntil),
    matched: matchesAt(pack, claims, now),
  };
}

function asks(claim: Claim, at: number): Colour {
  return at < claim.turnsAt ? claim.before : claim.after;
}

function matchesAt(pack: ScoringPack, claims: readonly Claim[], now: number): readonly Match[] {
  const { clear } = pack.defaults;
  const bearing = claims.filter((claim) => severity(claim, now) > severityOf(clear.outcome));
  if (bearing.length === 0) {
    return [{ ...matchOf(clear, pack.version, {}), colour: clear.outcome }];
  }
  return bearing
    .toSorted(
      (a, b) => severity(b, now) - severity(a, now) || lastsUntil(b, now) - lastsUntil(a, now),
    )
    .map((claim) => ({ ...claim.match, colour: asks(claim, now) }));
}

function severity(claim: Claim, now: number): number {
  return severityOf(asks(claim, now));
}

// A finite stand-in for "no end", because Infinity - Infinity would break the ordering.
function lastsUntil(claim: Claim, now: number): number {
  return now < claim.turnsAt
    ? Math.min(claim.turnsAt, Number.MAX_SAFE_INTEGER)
    : Number.MAX_SAFE_INTEGER;
}
