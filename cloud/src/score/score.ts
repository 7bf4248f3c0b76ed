import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId } from '@greengate/contracts/ids';
import type { ScoringFacts } from '@greengate/contracts/rules/facts';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { compilePack } from '@greengate/contracts/rules/score';
import { EPOCH_MS_MAX, type EpochMs, epochMs } from '@greengate/contracts/time';
import type { Status } from '../ports.ts';

/** A screened holder's colour, and by which rules. Pure. */
export type ScoreHolder = (
  facts: ScoringFacts,
  division: RegionId,
  now: EpochMs,
  changesAt: EpochMs | undefined,
) => Status;

/** Compiles a scoring pack once. Throws `RuleError` when a rule is malformed. */
export function holderScorer(pack: ScoringPack, sha256: Crypto['sha256']): ScoreHolder {
  const scorer = compilePack(pack);
  return (facts, division, now, changesAt) => {
    const verdict = scorer.score(facts, now);
    // Codes and entries carry whole seconds; rounded up, so that it stays later than now.
    const validUntil = epochMs(Math.min(Math.ceil(verdict.validUntil / 1000) * 1000, EPOCH_MS_MAX));
    const { now: _scoredAt, ...inputs } = facts;
    return {
      colour: verdict.colour,
      nextColour: verdict.nextColour,
      validUntil,
      inputsHash: toHex(sha256(new TextEncoder().encode(JSON.stringify(inputs)))),
      pack: { id: pack.id, version: pack.version },
      matched: verdict.matched.map(({ rule, reason, zh, en, values }) => ({
        rule,
        reason,
        zh,
        en,
        values,
      })),
      division,
      scoredAt: now,
      rescoreAt: epochMs(Math.min(validUntil, changesAt ?? EPOCH_MS_MAX)),
    };
  };
}
