import { toHex } from '@greengate/contracts/bytes';
import type { Colour } from '@greengate/contracts/code/colour';
import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId } from '@greengate/contracts/ids';
import type { ScoringFacts } from '@greengate/contracts/rules/facts';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { moreSevere } from '@greengate/contracts/rules/pack-colours';
import { compilePack } from '@greengate/contracts/rules/score';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '@greengate/contracts/time';
import type { Ruled } from '../overlay.ts';

/** A screened holder's colour, by which rules, and what it was made from. Pure. */
export type ScoreHolder = (
  facts: ScoringFacts,
  division: RegionId,
  now: EpochMs,
  changesAt: EpochMs | undefined,
) => Ruled;

/** Compiles a scoring pack once. Throws `RuleError` when a rule is malformed. */
export function holderScorer(pack: ScoringPack, sha256: Crypto['sha256']): ScoreHolder {
  const scorer = compilePack(pack);
  const later = laterColours(pack);
  const unliftable = new Set(pack.rules.filter(({ hardLine }) => hardLine).map(({ id }) => id));
  unliftable.add(pack.defaults.lapse.id);
  const utf8 = new TextEncoder();
  const hashOf = (text: string) => toHex(sha256(utf8.encode(text)));
  return (facts, division, now, changesAt) => {
    const verdict = scorer.score(facts, now);
    // Codes and entries carry whole seconds; rounded up, so that it stays later than now.
    const validUntil = epochMs(Math.min(Math.ceil(verdict.validUntil / 1000) * 1000, EPOCH_MS_MAX));
    const { now: scoredAt, ...rest } = facts;
    const inputs = JSON.stringify(rest);
    const { colour, nextColour } = verdict;
    const matched = verdict.matched.map(({ rule, colour: now, reason, zh, en, values }) => ({
      rule,
      asks: moreSevere(now, later.get(rule) ?? now),
      reason,
      zh,
      en,
      values,
    }));
    const floor = verdict.matched
      .filter(({ rule }) => unliftable.has(rule))
      .reduce<Colour>((worst, one) => moreSevere(worst, one.colour), 'green');
    const status = {
      colour,
      nextColour,
      validUntil,
      inputsHash: hashOf(inputs),
      pack: { id: pack.id, version: pack.version },
      matched,
      division,
      scoredAt: now,
      rescoreAt: epochMs(Math.min(validUntil, changesAt ?? EPOCH_MS_MAX)),
    };
    const record = () => ({
      // As JSON of all facts; the many facts are not written out a second time.
      inputs: `{"now":${JSON.stringify(scoredAt)},${inputs.slice(1)}`,
      verdictHash: hashOf(JSON.stringify({ colour, nextColour, validUntil, matched })),
    });
    return { status, record, floor };
  };
}

/** What each rule asks for when its hold is over, as the wire has it. */
function laterColours({ rules, colours }: ScoringPack): ReadonlyMap<string, Colour> {
  const wire = new Map(colours.map((colour) => [colour.id, colour.wire]));
  return new Map(
    rules.flatMap(({ id, next }): [string, Colour][] => {
      const colour = next === null ? undefined : wire.get(next);
      return colour === undefined ? [] : [[id, colour]];
    }),
  );
}
