import type { RegionId } from '@greengate/contracts/ids';
import { ok, type Result, refuse } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type {
  OverrideApproval,
  OverrideProposal,
  OverrideState,
} from '@greengate/contracts/wire/override';
import type { Override } from '../issuing-port.ts';
import { overrideDaysMax } from './limits.ts';
import type { IssuingRules } from './rules.ts';

/** Its first person's half. Reason, colour and kind of evidence agree already: the schema sees to it. */
export function proposeOverride(
  proposal: OverrideProposal,
  division: RegionId,
  operator: string,
  now: EpochMs,
): Result<Override> {
  const { holder, colour, reason, evidence } = proposal;
  if (proposal.expiresAt <= now || proposal.expiresAt > now + overrideDaysMax * dayMs) {
    return refuse('override-expiry');
  }
  return ok({
    ...{ holder, division, colour, reason, evidence, expiresAt: epochMs(proposal.expiresAt) },
    ...{ proposedAt: now, proposedBy: operator, answeredAt: null, answeredBy: null },
    ...{ approved: false, liftedAt: null, liftedBy: null },
  });
}

/** The second person's half. */
export function answerOverride(
  override: Override,
  { decision, evidenceSha256 }: OverrideApproval,
  operator: string,
  now: EpochMs,
  rules: IssuingRules,
): Result<Override> {
  if (operator === override.proposedBy) return refuse('second-person-needed');
  if (overrideStateAt(override, now, rules) !== 'proposed') return refuse('override-closed');
  if (evidenceSha256 !== override.evidence.sha256) return refuse('override-evidence-unread');
  const approved = decision === 'approve';
  return ok({ ...override, answeredAt: now, answeredBy: operator, approved });
}

/** One person may end it: what is left is the rules' own colour. */
export function liftOverride(
  override: Override,
  operator: string,
  now: EpochMs,
  rules: IssuingRules,
): Result<Override> {
  const state = overrideStateAt(override, now, rules);
  if (state !== 'proposed' && state !== 'effective') return refuse('override-closed');
  return ok({ ...override, liftedAt: now, liftedBy: operator });
}

/** Time moves it without any job: a proposal that nobody answered is void, an effective one expires. */
export function overrideStateAt(
  override: Override,
  now: EpochMs,
  rules: IssuingRules,
): OverrideState {
  if (override.liftedAt !== null) return 'lifted';
  if (override.answeredAt === null) {
    const openUntil = Math.min(
      override.proposedAt + rules.approveHours * 3_600_000,
      override.expiresAt,
    );
    return now < openUntil ? 'proposed' : 'unanswered';
  }
  if (!override.approved) return 'refused';
  return now < override.expiresAt ? 'effective' : 'expired';
}

const dayMs = 86_400_000;
