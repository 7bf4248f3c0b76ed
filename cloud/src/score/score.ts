import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId } from '@greengate/contracts/ids';
import type { ScoringFacts } from '@greengate/contracts/rules/facts';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { compilePack } from '@greengate/contracts/rules/score';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '@greengate/contracts/time';
import type { Scored } from '../ports.ts';

/** A screened holder's colour, by which rules, and what it was made from. Pure. */
export type ScoreHolder = (
  facts: ScoringFacts,
  division: RegionId,
  now: EpochMs,
  changesAt: EpochMs | undefined,
) => Scored;

/** Compiles a scoring pack once. Throws `RuleError` when a rule is malformed. */
export function holderScorer(pack: ScoringPack, sha256: Crypto['sha256']): ScoreHolder {
  const scorer = compilePack(pack);
  const hashOf = (value: object) => toHex(sha256(new TextEncoder().encode(JSON.stringify(value))));
  return (facts, division, now, changesAt) => {
    const verdict = scorer.score(facts, now);
    // Codes and entries carry whole seconds; rounded up, so that it stays later than now.
    const validUntil = epochMs(Math.min(Math.ceil(verdict.validUntil / 1000) * 1000, EPOCH_MS_MAX));
    const { now: _scoredAt, ...inputs } = facts;
    const { colour, nextColour } = verdict;
    const matched = verdict.matched.map(({ rule, reason, zh, en, values }) => ({
      rule,
      reason,
      zh,
      en,
      values,
    }));
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
    const verdictHash = hashOf({ colour, nextColour, validUntil, matched });
    return { status, inputs: JSON.stringify(facts), verdictHash };
  };
}
