import { statSync } from 'node:fs';
import type { ReplicaKey } from '@greengate/contracts/ids';
import { keyOf } from './cloud.ts';
import type { Gateway } from './gateway.ts';

/** A row a status, as anybody would lay it out: nothing is verified, and nothing shows a turned bit. */
export interface PlainTable {
  readonly rowsASecond: number;
  readonly bytesARow: number;
  look(key: ReplicaKey): unknown;
  close(): void;
}

const sliceRowsCount = 1000;

export function plainTable(gateway: Gateway, file: string, count: number): PlainTable {
  const db = gateway.openWriter(file, {
    synchronous: 'NORMAL',
    pageBytes: 4096,
    walBytesMax: 16 * 1024 * 1024,
  });
  db.exec(
    'CREATE TABLE status (key INTEGER PRIMARY KEY, ver INTEGER, colours INTEGER, until INTEGER) STRICT',
  );
  const put = db.prepare('INSERT INTO status VALUES (?, ?, ?, ?)');
  const rowOf = (key: ReplicaKey) => BigInt(`0x${key}`) - (1n << 63n);
  const rows = Array.from({ length: count }, (_, i) => rowOf(keyOf(i, count)));
  const start = performance.now();
  for (let at = 0; at < count; at += sliceRowsCount) {
    db.transaction(() => {
      for (const row of rows.slice(at, at + sliceRowsCount)) put.run(row, at, 5, 1_583_020_800);
    });
  }
  const ms = performance.now() - start;
  db.checkpoint();
  const get = db.prepare('SELECT ver, colours, until FROM status WHERE key = ?');
  return {
    rowsASecond: (count / ms) * 1000,
    bytesARow: statSync(file).size / count,
    look: (key) => get.get(rowOf(key)),
    close: () => db.close(),
  };
}
