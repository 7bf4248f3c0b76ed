import { epochMs } from '@greengate/contracts/time';
import { and, desc, eq, inArray, max, ne, or } from 'drizzle-orm';
import type { Edition, Force, ForceStep, NewEdition, PackRef, PackStore } from '../pack-port.ts';
import { builtOnce, place } from './built-once.ts';
import type { Connection, Sql } from './connection.ts';
import { packEditions, packForce, packs } from './tables/packs.ts';

type ForcePart = Pick<PackStore, 'force' | 'forceSteps' | 'edition' | 'changeForce'>;

/** What is in force, was, and will be. */
export function forceStore(connection: Connection, region: string): ForcePart {
  const { sql, transaction } = connection;
  return {
    force: () => readForce(sql, region),
    forceSteps: (count) => readSteps(sql, region, count),
    edition: (number) => readEdition(sql, region, number),
    changeForce: (seen, { change, pack, by, base, share, next }, at) =>
      transaction(async (tx) => {
        const now = await heldForce(connection, tx, region, seen);
        if (now?.seq !== seen) return undefined;
        const added = typeof next === 'object' ? await addEdition(tx, region, next) : next;
        const force = { seq: seen + 1, base, next: added, share };
        await tx.insert(packForce).values({
          ...{ region, change, by, at, packId: pack.id, packVersion: pack.version },
          ...{ ...force, next: added ?? null },
        });
        if (base !== now.base) await activate(tx, region, base, at);
        if (change === 'rolled-back') await retire(tx, region, pack);
        return force;
      }),
  };
}

/** What is in force. Who waits here for another process reads its step in the second statement, and gives way. */
async function heldForce(
  connection: Connection,
  tx: Sql,
  region: string,
  seen: number,
): Promise<ForceStep | undefined> {
  await connection.held(
    tx
      .select({ seq: packForce.seq })
      .from(packForce)
      .where(and(eq(packForce.region, region), eq(packForce.seq, seen))),
  );
  return (await readSteps(tx, region, 1))[0];
}

/** Read within the transaction that writes verdicts, after their holders are held: then no two packs are mixed. */
export async function readForce(tx: Sql, region: string): Promise<Force | undefined> {
  const [step] = await readSteps(tx, region, 1);
  return step && { seq: step.seq, base: step.base, next: step.next, share: step.share };
}

const newestSteps = builtOnce('newest_pack_steps', (builder) =>
  builder
    .select()
    .from(packForce)
    .where(eq(packForce.region, place('region')))
    .orderBy(desc(packForce.seq))
    .limit(place('count')),
);

async function readSteps(tx: Sql, region: string, count: number): Promise<readonly ForceStep[]> {
  const rows = await newestSteps(tx).execute({ region, count });
  return rows.map(({ seq, change, base, next, share, packId, packVersion, by, at }) => ({
    ...{ seq, base, share, by, at: epochMs(at) },
    next: next ?? undefined,
    change: change as ForceStep['change'],
    pack: { id: packId, version: packVersion },
  }));
}

async function readEdition(tx: Sql, region: string, number: number): Promise<Edition | undefined> {
  const [row] = await tx
    .select()
    .from(packEditions)
    .where(and(eq(packEditions.region, region), eq(packEditions.number, number)));
  return (
    row && {
      ...{ number, body: row.body },
      city: { id: row.cityId, version: row.cityVersion },
      province: { id: row.provinceId, version: row.provinceVersion },
    }
  );
}

/** Stores a new edition and answers its number. */
async function addEdition(tx: Sql, region: string, edition: NewEdition): Promise<number> {
  const { city, province, bodyOf } = edition;
  const [newest] = await tx
    .select({ number: max(packEditions.number) })
    .from(packEditions)
    .where(eq(packEditions.region, region));
  const number = Number(newest?.number ?? 0) + 1;
  await tx.insert(packEditions).values({
    ...{ region, number, body: bodyOf(number), cityId: city.id, cityVersion: city.version },
    ...{ provinceId: province.id, provinceVersion: province.version },
  });
  return number;
}

/** The packs of an edition are active and no others are. */
async function activate(tx: Sql, region: string, number: number, at: number): Promise<void> {
  const edition = await readEdition(tx, region, number);
  if (!edition) throw new Error(`no edition ${number}`);
  const { city, province } = edition;
  const isOne = or(isPack(city), isPack(province));
  const active = await tx
    .select({ id: packs.id, version: packs.version })
    .from(packs)
    .where(and(eq(packs.region, region), eq(packs.state, 'active')));
  const kept = (one: PackRef) =>
    [city, province].some(({ id, version }) => id === one.id && version === one.version);
  for (const one of active) if (!kept(one)) await retire(tx, region, one);
  await tx
    .update(packs)
    .set({ state: 'active', activatedAt: at })
    .where(and(eq(packs.region, region), isOne, ne(packs.state, 'active')));
}

async function retire(tx: Sql, region: string, pack: PackRef): Promise<void> {
  await tx
    .update(packs)
    .set({ state: 'retired' })
    .where(
      and(eq(packs.region, region), isPack(pack), inArray(packs.state, ['approved', 'active'])),
    );
}

function isPack({ id, version }: PackRef) {
  return and(eq(packs.id, id), eq(packs.version, version));
}
