import type { EpochMs } from '@greengate/contracts/time';
import { midnight } from '../china-day.ts';
import type { Evidence } from '../evidence-port.ts';
import type { Lists } from '../issuing-port.ts';
import type { IssuingRules } from './rules.ts';

/**
 * The automatic comparison (DOMAIN 2, who may apply): not clean for whoever stands on a list of cases or contacts,
 * or came back, or was released, less than the exclusion period ago; nor before anything was declared.
 */
export function compareLists(
  evidence: Evidence | undefined,
  now: EpochMs,
  rules: IssuingRules,
): Lists {
  if (evidence === undefined) return { clean: false };
  const against = evidence.lists.some(({ kind, since }) => {
    if (kind !== 'returnee' && kind !== 'released') return true;
    return now < midnight(since) + rules.exclusionDays * 86_400_000;
  });
  return { clean: !against };
}
