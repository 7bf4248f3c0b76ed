import { createHash } from 'node:crypto';
import { rootBytes } from '@greengate/contracts/audit/chain';
import { epochMs } from '@greengate/contracts/time';
import type { AuditStore } from '../audit-port.ts';
import { chinaDay } from '../china-day.ts';
import type { Clock, Signer } from '../ports.ts';
import type { AuditTrail } from '../route.ts';

/**
 * What one member of staff does, in the log: first that it was begun, then what came of it. So a crash leaves an
 * entry without an end, and never an act without an entry. Bodies are named by their hash, never kept.
 */
export function auditTrail(
  store: AuditStore,
  clock: Clock,
  actor: { readonly name: string; readonly role: string },
): AuditTrail {
  return async (action, subject, body) => {
    const entry = { actor: `${actor.role}/${actor.name}`, action, subject };
    const digest = body.length > 0 ? { body: createHash('sha256').update(body).digest('hex') } : {};
    const seq = await store.appendAudit({ ...entry, at: clock.now(), detail: digest });
    return async (status) => {
      await store.appendAudit({ ...entry, at: clock.now(), detail: { begun: seq, status } });
    };
  };
}

/** Signs where the log stands, once a day and only when it has grown, for a second party to keep. */
export async function signAuditRoot(
  store: AuditStore,
  clock: Clock,
  signer: Signer,
): Promise<void> {
  const head = await store.auditHead();
  const last = (await store.auditRoots()).at(-1);
  const at = clock.now();
  if (
    head.seq === 0 ||
    last?.seq === head.seq ||
    (last && chinaDay(epochMs(last.at)) === chinaDay(at))
  )
    return;
  const signature = Buffer.from(signer.sign(rootBytes({ ...head, at }))).toString('hex');
  await store.addAuditRoot({ ...head, at, keyId: signer.keyId, signature });
}
