import type { Crypto } from '@greengate/contracts/crypto';
import { explainRule } from '@greengate/contracts/rules/certlogic';
import { type ScoringFacts, scoringFactsSchema } from '@greengate/contracts/rules/facts';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { epochMs } from '@greengate/contracts/time';
import type { ScoreExplanation } from '@greengate/contracts/wire/explanation';
import { laidOver, type Overlay } from '../overlay.ts';
import type { Status } from '../ports.ts';
import type { ScoreRow } from '../score-port.ts';
import { holderScorer } from './score.ts';

/** The wire's part of a stored verdict. */
export function scoreAnswer({
  inputs: _inputs,
  overlaid: _overlaid,
  ...score
}: ScoreRow): ScoreExplanation['score'] {
  return score;
}

/**
 * Comes to a stored verdict once more, from its own facts and the very version of the pack that it names, and says
 * what decided. Pure: the same score and pack give the same bytes, whatever is known by now.
 */
export function explainScore(
  score: ScoreRow,
  pack: ScoringPack,
  sha256: Crypto['sha256'],
): ScoreExplanation {
  const facts = factsOf(score);
  const ruled = holderScorer(pack, sha256)(facts, pack.region, score.at, undefined);
  const again = laidOver(ruled, overlayIn(score), score.at);
  const data = { ...facts, thresholds: pack.thresholds };
  return {
    score: scoreAnswer(score),
    reproduced: again.record().verdictHash === score.verdictHash && isSame(again.status, score),
    facts,
    rules: again.status.matched.map(({ rule, reason, zh, en, values }) => ({
      ...{ rule, reason, zh, en, values: { ...values } },
      because: becauseOf(pack, rule, data),
    })),
  };
}

function isSame(status: Status, { colour, nextColour, validUntil }: ScoreRow): boolean {
  if (status.colour !== colour || status.nextColour !== nextColour) return false;
  return status.validUntil === validUntil;
}

/** What lay over the verdict then. It was written by the cloud itself, from its own tables. */
function overlayIn({ overlaid }: ScoreRow): Overlay {
  return overlaid === '' ? { overrides: [], heldBack: false } : (JSON.parse(overlaid) as Overlay);
}

function factsOf({ inputs, at }: ScoreRow): ScoringFacts {
  const facts = scoringFactsSchema.parse(JSON.parse(inputs));
  return { ...facts, now: new Date(epochMs(at)).toISOString() };
}

function becauseOf(
  pack: ScoringPack,
  rule: string,
  data: object,
): ScoreExplanation['rules'][number]['because'] {
  const found = pack.rules.find(({ id }) => id === rule);
  if (!found) return null;
  const { zh, en, deciders, omitted } = explainRule(found.when, data);
  return { zh, en, deciders: deciders.map((one) => ({ ...one })), omitted };
}
