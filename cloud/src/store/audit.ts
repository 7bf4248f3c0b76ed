import {
  type AuditRecord,
  CHAIN_START,
  type ChainHead,
  chained,
} from '@greengate/contracts/audit/chain';
import {
  type AuditEntry,
  type AuditRoot,
  auditEntrySchema,
  auditRootSchema,
} from '@greengate/contracts/wire/audit';
import { and, asc, desc, eq, gt, lt } from 'drizzle-orm';
import type { AuditStore } from '../audit-port.ts';
import { nodeCrypto } from '../crypto.ts';
import type { Connection, Sql } from './connection.ts';
import { auditEntries, auditHeads, auditRoots } from './tables/audit.ts';

export function auditStore(connection: Connection, region: string): AuditStore {
  const { sql, transaction } = connection;
  return {
    appendAudit: (record) => transaction((tx) => append(connection, tx, region, record)),
    auditEntries: async (after, count) => {
      const rows = await sql
        .select()
        .from(auditEntries)
        .where(and(eq(auditEntries.region, region), gt(auditEntries.seq, after)))
        .orderBy(asc(auditEntries.seq))
        .limit(count);
      return rows.map(toEntry);
    },
    auditAbout: async (subject, before, count) => {
      const rows = await sql
        .select()
        .from(auditEntries)
        .where(
          and(
            eq(auditEntries.region, region),
            eq(auditEntries.subject, subject),
            before === undefined ? undefined : lt(auditEntries.seq, before),
          ),
        )
        .orderBy(desc(auditEntries.seq))
        .limit(count);
      return rows.map(toEntry);
    },
    auditHead: () => headOf(sql, region),
    addAuditRoot: (root) =>
      transaction(async (tx) => {
        const made = await tx
          .insert(auditRoots)
          .values({ region, ...root })
          .onConflictDoNothing()
          .returning({ seq: auditRoots.seq });
        return made.length === 1;
      }),
    auditRoots: async () => {
      const rows = await sql
        .select()
        .from(auditRoots)
        .where(eq(auditRoots.region, region))
        .orderBy(asc(auditRoots.seq));
      return rows.map(({ region: _region, ...root }): AuditRoot => auditRootSchema.parse(root));
    },
  };
}

/** For a transaction that must not be without its entry. */
async function append(
  connection: Connection,
  tx: Sql,
  region: string,
  record: AuditRecord,
): Promise<number> {
  await tx
    .insert(auditHeads)
    .values({ region, ...CHAIN_START })
    .onConflictDoNothing();
  await connection.held(
    tx.select({ seq: auditHeads.seq }).from(auditHeads).where(eq(auditHeads.region, region)),
  );
  const entry = chained(record, await headOf(tx, region), nodeCrypto.sha256);
  const { seq, hash } = entry;
  await tx.insert(auditEntries).values({ region, ...entry, detail: JSON.stringify(entry.detail) });
  await tx.update(auditHeads).set({ seq, hash }).where(eq(auditHeads.region, region));
  return seq;
}

async function headOf(tx: Sql, region: string): Promise<ChainHead> {
  const [row] = await tx
    .select({ seq: auditHeads.seq, hash: auditHeads.hash })
    .from(auditHeads)
    .where(eq(auditHeads.region, region));
  return row ? { seq: row.seq, hash: row.hash as ChainHead['hash'] } : CHAIN_START;
}

function toEntry({
  region: _region,
  detail,
  ...row
}: typeof auditEntries.$inferSelect): AuditEntry {
  return auditEntrySchema.parse({ ...row, detail: JSON.parse(detail) });
}
