import type { Colour } from '../code/colour.ts';
import { type EpochMs, epochMs } from '../time.ts';
import { access } from './certlogic-values.ts';
import type { PackColour } from './pack-colours.ts';

/** One rule that bears on a verdict, in words for its holder. */
export interface Match {
  /** Rule id, unique in its pack. */
  readonly rule: string;
  /** Version of the pack that the rule stood in. */
  readonly version: number;
  /** What the rule says at this instant, as the wire has it: its outcome, or its `next` when the hold is over. */
  readonly colour: Colour;
  /** The same in the scheme's own colours, such as `orange`. */
  readonly shown: string;
  readonly reason: string;
  readonly zh: string;
  readonly en: string;
  /** Each path that the rule reads from the facts, with the value found there (null when missing). */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Colours are those of the wire; `shown` and `nextShown` are the scheme's own, of which a pack says how they map. */
export interface Verdict {
  readonly colour: Colour;
  readonly shown: string;
  /** The colour from `validUntil` on, unless something new is learnt. */
  readonly nextColour: Colour;
  readonly nextShown: string;
  /** Milliseconds since 1970; always later than the instant of scoring. */
  readonly validUntil: EpochMs;
  /** Most severe first, then the longest hold: the first one decided. Never empty. */
  readonly matched: readonly Match[];
}

/** What a rule, the clear verdict or the lapse asks for, and in what words; ranks are places in the scheme's colours. */
export interface Demand {
  readonly before: number;
  readonly after: number;
  readonly wording: Pick<Match, 'rule' | 'version' | 'reason' | 'zh' | 'en'>;
  /** The paths of `values`, each with its fragments. */
  readonly reads: readonly (readonly [string, readonly string[]])[];
}

/** A demand of somebody's: `before` until `turnsAt` (milliseconds since 1970, or Infinity), `after` from then on. */
export interface Claim {
  readonly demand: Demand;
  readonly turnsAt: number;
}

/** What verdicts under one pack have in common. */
export interface Frame {
  /** The scheme's colours, the best first. */
  readonly colours: readonly PackColour[];
  readonly clear: Demand;
  readonly lapse: Demand;
  readonly lifeMs: number;
}

/** Scores one person: `claims` are those of the rules that match, in the order of the pack. */
export type Judge = (
  claims: readonly Claim[],
  lapseAt: number,
  now: number,
  data: unknown,
) => Verdict;

/**
 * A verdict is the path of the most severe colour through time. Most people have no claim against them but the lapse of
 * their code, and what two of them are told differs in `validUntil` only.
 */
export function judgeUnder(frame: Frame): Judge {
  const { clear, lapse, lifeMs } = frame;
  const lapsedRank = Math.max(clear.before, lapse.after);
  const [clearColour, lapsedColour] = [colourOf(frame, clear.before), colourOf(frame, lapsedRank)];
  const clearOnly = Object.freeze([matchOf(frame, clear, clear.before, null)]);
  const lapsedOnly = Object.freeze([matchOf(frame, lapse, lapsedRank, null)]);
  return (claims, lapseAt, now, data) => {
    if (claims.length > 0) return weighed(frame, claims, lapseAt, now, data);
    const lives = lapseAt > now;
    const colour = lives ? clearColour : lapsedColour;
    return {
      colour: colour.wire,
      shown: colour.id,
      nextColour: lapsedColour.wire,
      nextShown: lapsedColour.id,
      validUntil: epochMs(lives ? lapseAt : now + lifeMs),
      matched: lives || lapsedRank === clear.before ? clearOnly : lapsedOnly,
    };
  };
}

function weighed(
  frame: Frame,
  ofRules: readonly Claim[],
  lapseAt: number,
  now: number,
  data: unknown,
): Verdict {
  const claims = [...ofRules, { demand: frame.lapse, turnsAt: lapseAt }];
  const least = frame.clear.before;
  const rank = rankAt(claims, least, now);
  const turns = claims.map(({ turnsAt }) => turnsAt).filter((at) => at > now && at < Infinity);
  const turn = turns.sort((a, b) => a - b).find((at) => rankAt(claims, least, at) !== rank);
  const validUntil = turn ?? (lapseAt > now ? lapseAt : now + frame.lifeMs);
  const colour = colourOf(frame, rank);
  const next = colourOf(frame, rankAt(claims, least, validUntil));
  return {
    colour: colour.wire,
    shown: colour.id,
    nextColour: next.wire,
    nextShown: next.id,
    validUntil: epochMs(validUntil),
    matched: matchesAt(frame, claims, now, data),
  };
}

function rankAt(claims: readonly Claim[], least: number, at: number): number {
  let worst = least;
  for (const claim of claims) worst = Math.max(worst, asks(claim, at));
  return worst;
}

/** The rank that a claim asks for at an instant. */
function asks({ demand, turnsAt }: Claim, at: number): number {
  return at < turnsAt ? demand.before : demand.after;
}

function matchesAt(
  frame: Frame,
  claims: readonly Claim[],
  now: number,
  data: unknown,
): readonly Match[] {
  const { clear } = frame;
  const bearing = claims.filter((claim) => asks(claim, now) > clear.before);
  if (bearing.length === 0) return [matchOf(frame, clear, clear.before, data)];
  return bearing
    .sort((a, b) => asks(b, now) - asks(a, now) || lastsUntil(b, now) - lastsUntil(a, now))
    .map((claim) => matchOf(frame, claim.demand, asks(claim, now), data));
}

// A finite stand-in for "no end", because Infinity - Infinity would break the ordering.
function lastsUntil({ turnsAt }: Claim, now: number): number {
  return now < turnsAt ? Math.min(turnsAt, Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
}

function matchOf(frame: Frame, { wording, reads }: Demand, rank: number, data: unknown): Match {
  const { rule, version, reason, zh, en } = wording;
  const { id, wire } = colourOf(frame, rank);
  const values = Object.fromEntries(reads.map(([path, steps]) => [path, access(data, steps)]));
  return { rule, version, reason, zh, en, values, colour: wire, shown: id };
}

function colourOf({ colours }: Frame, rank: number): PackColour {
  const colour = colours[rank];
  if (colour === undefined) throw new RangeError(`the pack has no colour of rank ${rank}`);
  return colour;
}
