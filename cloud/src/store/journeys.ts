import type { EvidenceStore } from '../evidence-port.ts';
import { insertAll } from './bulk.ts';
import type { Connection } from './connection.ts';
import { markDue } from './due.ts';
import { holdersOf, importing, inOrder } from './imports.ts';
import { journeys } from './tables/evidence.ts';

const KEY = [journeys.region, journeys.idHash, journeys.leftOn, journeys.division, journeys.mode];

export function journeyStore(
  connection: Connection,
  region: string,
): Pick<EvidenceStore, 'addJourneys'> {
  return {
    addJourneys: (entries, options) =>
      importing(connection, options, async (tx) => {
        const rows = inOrder(entries).map(({ idHash, ...journey }) => ({
          ...{ region, ...journey },
          idHash,
        }));
        const onConflict = { target: KEY, there: 'keep' } as const;
        const fresh = await insertAll(tx, journeys, rows, onConflict, [journeys.idHash]);
        const hashes = fresh.map(([idHash]) => idHash as Buffer);
        const touched = await holdersOf(tx, region, hashes);
        await markDue(connection, tx, region, touched);
        const [added, unchanged] = [fresh.length, entries.length - fresh.length];
        return { added, unchanged, changed: 0, touched };
      }),
  };
}
