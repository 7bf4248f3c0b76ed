import type { RegionId, Sha256Hex } from '@greengate/contracts/ids';
import { ok, type Result } from '@greengate/contracts/result';
import { epochMs } from '@greengate/contracts/time';
import { and, asc, desc, eq, lte } from 'drizzle-orm';
import type { Appeal, AppealRow, AppealStore } from '../issuing-port.ts';
import { evidenceOfOne, holdApplication, instant, past, writeApplication } from './applications.ts';
import { below } from './below.ts';
import type { Connection, Sql } from './connection.ts';
import { tellAppellant } from './decision-notices.ts';
import { holdHolders } from './due.ts';
import { holdOverride, writeOverride } from './overrides.ts';
import { appeals } from './tables/issuing.ts';

export function appealStore(connection: Connection, region: RegionId): AppealStore {
  const { sql: db, transaction } = connection;
  const own = eq(appeals.region, region);
  const isAppeal = (id: string) => and(own, eq(appeals.appeal, id));
  return {
    addAppeal: (row, dueAt) =>
      transaction(async (tx) => {
        const { id, holder, division } = row;
        const written = await tx
          .insert(appeals)
          .values({ region, appeal: id, holder, division, dueAt, ...columnsOf(row) })
          .onConflictDoNothing()
          .returning({ appeal: appeals.appeal });
        return written.length > 0;
      }),
    moveAppeal: (id, move) =>
      transaction(async (tx): Promise<Result<AppealRow> | undefined> => {
        const row = await holdAppeal(connection, tx, region, id);
        if (row === undefined) return undefined;
        const against = await targetOf(connection, tx, region, row);
        const evidence = await evidenceOfOne(connection, tx, region, row.holder);
        const result = move(row, { ...against, evidence });
        if (!result.ok) return result;
        const { appeal, dueAt, application, override } = result.value;
        await tx
          .update(appeals)
          .set({ ...columnsOf(appeal), dueAt })
          .where(isAppeal(id));
        if (application && against.application) {
          await writeApplication(connection, tx, region, against.application, application);
        }
        if (override && against.override) {
          await writeOverride(connection, tx, region, { ...against.override, ...override });
        }
        const moved = { ...row, ...appeal };
        await tellAppellant(tx, region, moved);
        return ok(moved);
      }),
    appeal: async (id) => (await db.select().from(appeals).where(isAppeal(id))).map(toAppeal)[0],
    appealsOf: async (holder, count) => {
      const rows = await db
        .select()
        .from(appeals)
        .where(and(own, eq(appeals.holder, holder)))
        .orderBy(desc(appeals.madeAt), desc(appeals.appeal))
        .limit(count);
      return rows.map(toAppeal);
    },
    openAppeals: async (stems, after, count) => {
      const { division, state, decideBy, appeal } = appeals;
      const rows = await db
        .select()
        .from(appeals)
        .where(and(own, eq(state, 'open'), below(division, stems), past(decideBy, appeal, after)))
        .orderBy(asc(decideBy), asc(appeal))
        .limit(count);
      return rows.map(toAppeal);
    },
    dueAppeals: async (now, count) => {
      const rows = await db
        .select({ id: appeals.appeal })
        .from(appeals)
        .where(and(own, lte(appeals.dueAt, now)))
        .orderBy(asc(appeals.dueAt))
        .limit(count);
      return rows.map(({ id }) => id);
    },
  };
}

async function holdAppeal(
  connection: Connection,
  tx: Sql,
  region: RegionId,
  id: string,
): Promise<AppealRow | undefined> {
  const at = and(eq(appeals.region, region), eq(appeals.appeal, id));
  const [found] = await tx.select({ holder: appeals.holder }).from(appeals).where(at);
  if (found === undefined) return undefined;
  await holdHolders(connection, tx, region, [found.holder]);
  const [row] = await connection.held(tx.select().from(appeals).where(at));
  return row && toAppeal(row);
}

async function targetOf(connection: Connection, tx: Sql, region: RegionId, { against }: AppealRow) {
  switch (against.kind) {
    case 'status':
      return {};
    case 'application': {
      const application = await holdApplication(connection, tx, region, against.id);
      return application ? { application } : {};
    }
    case 'override': {
      const override = await holdOverride(connection, tx, region, against.id);
      return override ? { override } : {};
    }
  }
}

function columnsOf(one: Appeal) {
  const { against, reason, evidence, disputed } = one;
  const { state, madeAt, decideBy, escalatedAt, decidedAt, decidedBy } = one;
  return {
    ...{ reason, state, madeAt, decideBy, escalatedAt, decidedAt, decidedBy },
    againstKind: against.kind,
    againstId: against.kind === 'status' ? '' : against.id,
    evidenceReference: evidence?.reference ?? null,
    evidenceSha256: evidence?.sha256 ?? null,
    disputedOne: disputed[0] ?? null,
    disputedOther: disputed[1] ?? null,
  };
}

function toAppeal(row: typeof appeals.$inferSelect): AppealRow {
  const { evidenceReference: reference, evidenceSha256: sha256, disputedOne, disputedOther } = row;
  const kind = row.againstKind as Appeal['against']['kind'];
  return {
    id: row.appeal,
    holder: row.holder,
    division: row.division,
    against: kind === 'status' ? { kind } : { kind, id: row.againstId },
    reason: row.reason as Appeal['reason'],
    evidence:
      reference === null || sha256 === null ? null : { reference, sha256: sha256 as Sha256Hex },
    state: row.state as Appeal['state'],
    madeAt: epochMs(row.madeAt),
    decideBy: epochMs(row.decideBy),
    escalatedAt: instant(row.escalatedAt),
    decidedAt: instant(row.decidedAt),
    decidedBy: row.decidedBy,
    disputed: [disputedOne, disputedOther].filter((name) => name !== null),
  };
}
