import { randomBytes } from 'node:crypto';
import Libsql from 'libsql';

const seconds = 5;
const rowsPerStatement = 64;

/**
 * Rows a second that libSQL itself takes on one connection with the cloud's settings, `rowsPerCommit` a commit: what
 * is left of it over HTTP is what the cloud adds. The table and its index are the cloud's.
 */
export function bareInserts(file: string, rowsPerCommit: number): number {
  const db = new Libsql(file);
  try {
    db.pragma('journal_mode=WAL');
    db.pragma('synchronous=FULL');
    db.exec(`
      CREATE TABLE passage (region_id text, gateway_id text, epoch int, seq int, hash blob, payload blob,
        received_at int, PRIMARY KEY (region_id, gateway_id, epoch, seq));
      CREATE INDEX passage_by_time ON passage (region_id, received_at)`);
    const places = Array.from({ length: rowsPerStatement }, () => '(?, ?, ?, ?, ?, ?, ?)');
    const insert = db.prepare(`INSERT INTO passage VALUES ${places.join(', ')}`);
    const [hash, payload] = [randomBytes(32), randomBytes(180)];
    const start = performance.now();
    let seq = 0;
    while (performance.now() - start < seconds * 1000) {
      db.exec('BEGIN IMMEDIATE');
      for (let rows = 0; rows < rowsPerCommit; rows += rowsPerStatement) {
        const params: unknown[] = [];
        for (let i = 0; i < rowsPerStatement; i++) {
          params.push('330100', 'gw-1', 1, ++seq, hash, payload, start);
        }
        insert.run(params);
      }
      db.exec('COMMIT');
    }
    return (seq * 1000) / (performance.now() - start);
  } finally {
    db.close();
  }
}
