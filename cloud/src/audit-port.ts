import type { AuditRecord, ChainHead } from '@greengate/contracts/audit/chain';
import type { AuditEntry, AuditRoot } from '@greengate/contracts/wire/audit';

export interface AuditStore {
  /** Adds an entry to the chain and answers its number. */
  appendAudit(record: AuditRecord): Promise<number>;
  /** At most `count` entries past `after`, the oldest first. */
  auditEntries(after: number, count: number): Promise<readonly AuditEntry[]>;
  /** The newest entries about a subject, before `before`. */
  auditAbout(
    subject: string,
    before: number | undefined,
    count: number,
  ): Promise<readonly AuditEntry[]>;
  auditHead(): Promise<ChainHead>;
  /** False when there is one of that entry. */
  addAuditRoot(root: AuditRoot): Promise<boolean>;
  /** The oldest first. */
  auditRoots(): Promise<readonly AuditRoot[]>;
}
