import type { VerifiedCode } from '@greengate/contracts/code/verify-code';
import type { ReplicaKey } from '@greengate/contracts/ids';
import type { Result } from '@greengate/contracts/result';
import {
  type AdmissionFacts,
  admit,
  type Decision,
  stalenessOf,
  type TemperatureFact,
} from '@greengate/contracts/rules/admit';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import type { Clock, ReplicaReader } from '../ports.ts';

/** A decision and what it was made with: the journal keeps both. */
export type Decided = Decision & Pick<AdmissionFacts, 'now' | 'clock' | 'staleness'>;

/** Gathers the facts of one passage and decides it by the policy in force. Reads memory and the cache only. */
export function decide(
  code: Result<VerifiedCode>,
  alreadyUsed: boolean,
  temperature: TemperatureFact,
  ports: { clock: Clock; replica: ReplicaReader },
): Decided {
  const { clock, replica } = ports;
  const now = clock.now();
  const policy = replica.policy();
  const seen = { now, clock: clock.trust(), staleness: replicaStaleness(ports, policy) };
  if (!policy) return { verdict: 'refer', reason: 'not-provisioned', rung: 'policy', ...seen };
  const key = code.ok ? code.value.key : undefined;
  const rows = readRows(key, replica);
  // A cache that cannot be read knows nothing, and a code must not stand in for what it may have said.
  if (rows === 'unreadable') {
    return { verdict: 'refer', reason: 'status-unknown', rung: 'attendant', ...seen };
  }
  return { ...admit({ code, alreadyUsed, ...rows, temperature, ...seen }, policy), ...seen };
}

function readRows(
  key: ReplicaKey | undefined,
  replica: ReplicaReader,
): Pick<AdmissionFacts, 'red' | 'cached'> | 'unreadable' {
  if (key === undefined) return { red: undefined, cached: undefined };
  try {
    return { red: replica.red(key), cached: replica.status(key) };
  } catch {
    return 'unreadable';
  }
}

/** How stale the cached statuses are now; `blind` before there is a policy to say. */
export function replicaStaleness(
  { clock, replica }: { clock: Clock; replica: ReplicaReader },
  policy: AdmissionPolicy | undefined,
) {
  const syncedAt = replica.syncedAt();
  const age = syncedAt === undefined ? undefined : Math.max(0, clock.now() - syncedAt);
  return policy ? stalenessOf(age, policy) : 'blind';
}
