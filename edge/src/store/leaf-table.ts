import type { ReplicaKey } from '@greengate/contracts/ids';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { leavesLookedAtCountMax } from '../limits.ts';
import type { SqlDatabase } from './database.ts';
import {
  decodeLeaf,
  encodeLeaf,
  FIRST_KEY,
  LAST_KEY,
  type Leaf,
  mergeLeaf,
  neighbour,
  type Renewal,
  sweepLeaf,
} from './leaf.ts';
import { packRows, ROW_BYTES } from './leaf-row.ts';
import type { Seal } from './seal.ts';

/** Whose leaves they are, and of which renewal. */
export type LeafMark = Renewal & { readonly stream: string };

/** The leaves of one stream, end to end over all keys. Its writes belong into a transaction. */
export interface LeafTable {
  /** Reads down both edges of the tree; throws where it is damaged. */
  ends(): void;
  /** Drops all there is and begins with one empty leaf. */
  begin(of: LeafMark): void;
  /** Lays entries, sorted by key, over what is held. Throws `LeafDamage`. */
  apply(entries: readonly StatusEntry[], of: LeafMark): void;
  /**
   * Drops what the generation did not bring, from `from` on and no more than `leavesLookedAtCountMax` leaves of it;
   * answers where to go on, undefined at the end. Throws `LeafDamage`.
   */
  sweep(from: ReplicaKey, of: LeafMark): ReplicaKey | undefined;
  /** The leaves that answer for a run of keys, in order. Throws `LeafDamage`. */
  covering(first: ReplicaKey, last: ReplicaKey, stream: string): Leaf[];
  /** Puts leaves in place of others that answer for the same keys. */
  replace(leaves: readonly Leaf[], made: readonly Leaf[], stream: string): void;
  /** Looks through as many: what is bad or missing becomes a hole, which answers `unknown`. */
  scrub(from: ReplicaKey, of: LeafMark): { holes: number; next: ReplicaKey | undefined };
}

/** A leaf that is not what was written. */
export class LeafDamage extends Error {
  override readonly name = 'LeafDamage';
}

/** Every leaf is there and whole, and yet it is not found by its key: the file is damaged as one that SQLite refuses. */
export class LeafTreeDamage extends Error {
  override readonly name = 'LeafTreeDamage';
  readonly code = 'SQLITE_CORRUPT_TREE';
}

export type LeafTableName = 'leaf_red' | 'leaf_region';

export const LEAF_SCHEMA = ['leaf_red', 'leaf_region']
  .map(
    (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (low INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;`,
  )
  .join('\n');

/**
 * The leaf that answers for a key. Cast: a turned bit makes a BLOB a TEXT, and text that is no UTF-8 aborts the
 * process (measured, libsql 0.5.29).
 */
export const leafFor = (table: LeafTableName): string =>
  `SELECT CAST(leaf AS BLOB) AS leaf FROM ${table} WHERE low <= ? ORDER BY low DESC LIMIT 1`;

/** A key as SQLite's signed 64-bit integer, in the order of the keys. */
export function rowId(key: ReplicaKey): bigint {
  return BigInt(`0x${key}`) - (1n << 63n);
}

export function leafTable(db: SqlDatabase, table: LeafTableName, seal: Seal): LeafTable {
  const { find, run, put, drop, ends, clear } = statementsOf(db, table);
  const write = (leaf: Leaf, stream: string) =>
    put.run(rowId(leaf.low), encodeLeaf(leaf, stream, seal));

  const covering = (key: ReplicaKey, stream: string): Leaf => {
    const row = find.get(rowId(key));
    const leaf = row && decodeLeaf(row.leaf, stream, seal);
    if (!leaf || leaf.low > key || leaf.high < key) throw new LeafDamage(`${table} is damaged`);
    return leaf;
  };

  return {
    ends: () => {
      ends.all();
    },
    begin({ stream, ...renewal }) {
      clear.run();
      write(emptyLeaf(FIRST_KEY, LAST_KEY, renewal, false), stream);
    },
    apply(entries, { stream, ...renewal }) {
      const rows = packRows(entries);
      let at = 0;
      for (let first = entries[at]; first; first = entries[at]) {
        const leaf = covering(first.key, stream);
        const start = at;
        while ((entries[at]?.key ?? LAST_KEY) <= leaf.high && at < entries.length) at += 1;
        const fresh = rows.subarray(start * ROW_BYTES, at * ROW_BYTES);
        for (const made of mergeLeaf(leaf, fresh, renewal) ?? []) write(made, stream);
      }
    },
    sweep(from, { stream, ...renewal }) {
      let next: ReplicaKey | undefined = from;
      const rows = run.all(rowId(from));
      for (const row of rows) {
        const leaf = decodeLeaf(row.leaf, stream, seal);
        if (!leaf || leaf.low !== next) throw new LeafDamage(`${table} is damaged`);
        const swept = sweepLeaf(leaf, renewal);
        if (swept) write(swept, stream);
        next = neighbour(leaf.high, 1);
      }
      if (rows.length === 0) throw new LeafDamage(`${table} ends early`);
      return next;
    },
    covering(first, last, stream) {
      const leaves: Leaf[] = [];
      let from: ReplicaKey | undefined = first;
      while (from && from <= last) {
        const leaf: Leaf = covering(from, stream);
        leaves.push(leaf);
        from = neighbour(leaf.high, 1);
      }
      return leaves;
    },
    replace(leaves, made, stream) {
      for (const { low } of leaves) drop.run(rowId(low));
      for (const leaf of made) write(leaf, stream);
    },
    scrub(from, { stream, ...renewal }) {
      let next: ReplicaKey | undefined = from;
      let holes = 0;
      const hole = (low: ReplicaKey, high: ReplicaKey) => {
        holes += 1;
        write(emptyLeaf(low, high, renewal, true), stream);
      };
      const rows = run.all(rowId(from));
      for (const row of rows) {
        const leaf = decodeLeaf(row.leaf, stream, seal);
        if (!leaf || !next || leaf.low < next || String(rowId(leaf.low)) !== row.low) {
          drop.run(BigInt(row.low));
          continue;
        }
        const before = neighbour(leaf.low, -1);
        if (before && leaf.low > next) hole(next, before);
        next = neighbour(leaf.high, 1);
      }
      if (rows.length < leavesLookedAtCountMax && next) {
        hole(next, LAST_KEY);
        next = undefined;
      }
      return { holes, next };
    },
  };
}

function statementsOf(db: SqlDatabase, table: LeafTableName) {
  return {
    find: db.prepare<{ leaf: Uint8Array }>(leafFor(table)),
    run: db.prepare<{ low: string; leaf: Uint8Array }>(
      `SELECT CAST(low AS TEXT) AS low, CAST(leaf AS BLOB) AS leaf FROM ${table}
     WHERE ${table}.low >= ? ORDER BY ${table}.low LIMIT ${leavesLookedAtCountMax}`,
    ),
    put: db.prepare(`INSERT OR REPLACE INTO ${table} (low, leaf) VALUES (?, ?)`),
    drop: db.prepare(`DELETE FROM ${table} WHERE low = ?`),
    ends: db.prepare(
      `SELECT CAST(min(low) AS TEXT) AS first, CAST(max(low) AS TEXT) AS last FROM ${table}`,
    ),
    clear: db.prepare(`DELETE FROM ${table}`),
  };
}

function emptyLeaf(low: ReplicaKey, high: ReplicaKey, renewal: Renewal, hole: boolean): Leaf {
  return { ...renewal, low, high, hole, rows: Buffer.alloc(0) };
}
