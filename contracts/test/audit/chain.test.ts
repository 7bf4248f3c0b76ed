import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AuditRecord,
  CHAIN_START,
  type ChainFault,
  type ChainHead,
  chained,
  isSignedBy,
  rootBytes,
  verifyChain,
} from '../../src/audit/chain.ts';
import { fromHex, toHex } from '../../src/bytes.ts';
import { type AuditEntry, auditEntrySchema, auditRootSchema } from '../../src/wire/audit.ts';
import { nodeCrypto } from '../node-crypto.ts';
import { replicaKey } from '../sample-codes.ts';

const { sha256 } = nodeCrypto;
const ROWS = 10_000;

function record(seq: number): AuditRecord {
  return {
    at: 1_600_000_000_000 + seq,
    actor: `operator-${seq % 7}`,
    action: seq % 3 === 0 ? 'list-imported' : 'pack-approved',
    subject: seq % 5 === 0 ? null : `holder-${seq}`,
    detail: { rows: seq, dryRun: false, kind: 'confirmed', note: null },
  };
}

function chain(records: readonly AuditRecord[]): AuditEntry[] {
  let head: ChainHead = CHAIN_START;
  return records.map((one) => {
    const entry = chained(one, head, sha256);
    head = entry;
    return entry;
  });
}

const log = chain(Array.from({ length: ROWS }, (_, i) => record(i + 1)));
const roots = [log[2499], log[4999], log[7499], log[9999]].flatMap((one) => one ?? []);

function verify(
  entries: Iterable<AuditEntry>,
  known: readonly ChainHead[] = roots,
): ChainFault | undefined {
  const verifier = verifyChain(sha256, known);
  for (const entry of entries) {
    const fault = verifier.next(entry);
    if (fault !== undefined) return fault;
  }
  return verifier.end();
}

/** From a valid log up to `at`, so that a thousand cases do not hash ten million rows. */
function verifyFrom(at: number, rest: readonly AuditEntry[]): ChainFault | undefined {
  const start = log[at - 1] ?? CHAIN_START;
  const verifier = verifyChain(
    sha256,
    roots.filter(({ seq }) => seq > at),
    start,
  );
  for (const entry of rest) {
    const fault = verifier.next(entry);
    if (fault !== undefined) return fault;
  }
  return verifier.end();
}

describe('P40 the audit chain (T26)', () => {
  test('a log as it was written verifies, and its entries fit the wire', () => {
    expect(verify(log)).toBeUndefined();
    expect(log.slice(0, 100).map((entry) => auditEntrySchema.parse(entry))).toEqual(
      log.slice(0, 100),
    );
  });

  test('its bytes are pinned', () => {
    expect(log[0]?.hash).toBe('c5f9ad7b09d478aee4cebc547b61dc41e7aaad76c0695d14f54943cee7e52a03');
  });

  /** Numbers of rows for which a manipulation was not found there, and as that. */
  function missed(
    rows: number,
    manipulate: (at: number) => readonly AuditEntry[],
    expected: (at: number) => ChainFault,
  ): number[] {
    return Array.from({ length: rows }, (_, at) => at).filter((at) => {
      const found = verifyFrom(at, manipulate(at));
      const { seq, fault } = expected(at);
      return found?.seq !== seq || found.fault !== fault;
    });
  }
  const from = (at: number, count: number) => log.slice(at, at + count);

  test('each of 10,000 rows deleted is found, at its number', () => {
    const fault = (at: number) => (at === ROWS - 1 ? 'end' : 'gap');
    expect(
      missed(
        ROWS,
        (at) => from(at + 1, 1),
        (at) => ({ seq: at + 1, fault: fault(at) }),
      ),
    ).toEqual([]);
  });

  test.each<[string, Partial<AuditEntry>]>([
    ['time', { at: 1 }],
    ['actor', { actor: 'nobody' }],
    ['action', { action: 'nothing' }],
    ['subject', { subject: 'somebody-else' }],
    ['detail', { detail: {} }],
    ['hash', { hash: CHAIN_START.hash }],
  ])('each of 10,000 rows with another %s is found, at its number', (_name, change) => {
    const altered = (at: number) => from(at, 1).map((one) => ({ ...one, ...change }));
    expect(missed(ROWS, altered, (at) => ({ seq: at + 1, fault: 'hash' }))).toEqual([]);
  });

  test('any two neighbours exchanged are found, also with their numbers', () => {
    const swapped = (at: number) => from(at, 2).toReversed();
    expect(missed(ROWS - 1, swapped, (at) => ({ seq: at + 1, fault: 'gap' }))).toEqual([]);
    const disguised = (at: number) => swapped(at).map((one, i) => ({ ...one, seq: at + 1 + i }));
    expect(missed(ROWS - 1, disguised, (at) => ({ seq: at + 1, fault: 'previous' }))).toEqual([]);
  });

  test('a row doubled is found', () => {
    const doubled = (at: number) => [...from(at, 1), ...from(at, 1)];
    expect(missed(ROWS, doubled, (at) => ({ seq: at + 2, fault: 'gap' }))).toEqual([]);
  });

  test('a log cut short anywhere is found by the root that was signed after', () => {
    expect(
      missed(
        ROWS,
        () => [],
        (at) => ({ seq: at + 1, fault: 'end' }),
      ),
    ).toEqual([]);
  });

  test('rows in any order but their own are found at the first that is not in its place', () => {
    const part = log.slice(0, 50);
    fc.assert(
      fc.property(fc.shuffledSubarray(part, { minLength: 50, maxLength: 50 }), (rows) => {
        const first = rows.findIndex((one, i) => one.seq !== i + 1);
        const known = part.slice(-1);
        const expected = first === -1 ? undefined : { seq: first + 1, fault: 'gap' };
        expect(verify(rows, known)).toEqual(expected);
      }),
    );
  });

  test('in a whole log: the same, through ten thousand rows', () => {
    const at = 6543;
    const altered = log.map((one, i) => (i === at ? { ...one, actor: 'nobody' } : one));
    expect(verify(altered)).toEqual({ seq: at + 1, fault: 'hash' });
    expect(verify(log.filter((_, i) => i !== at))).toEqual({ seq: at + 1, fault: 'gap' });
    expect(verify(log.slice(0, at))).toEqual({ seq: at + 1, fault: 'end' });
  });

  test('a log that was chained anew from a row on is found by the next root', () => {
    const forged = chain(log.map((one, i) => (i === 6000 ? record(1) : one)));
    expect(verify(forged, [])).toBeUndefined();
    expect(verify(forged)).toEqual({ seq: 7500, fault: 'root' });
  });

  test('what was appended after the last root can be cut off unseen, and nothing before', () => {
    expect(verify(log, roots.slice(0, 3))).toBeUndefined();
    expect(verify(log.slice(0, 7500), roots.slice(0, 3))).toBeUndefined();
    expect(verify(log.slice(0, 7499), roots.slice(0, 3))).toEqual({ seq: 7500, fault: 'end' });
  });

  test('a root is signed', () => {
    const { seq, hash } = roots[0] ?? CHAIN_START;
    const signature = toHex(replicaKey.sign(rootBytes({ seq, hash, at: 5 })));
    const root = auditRootSchema.parse({ seq, hash, at: 5, keyId: replicaKey.keyId, signature });
    const key = fromHex(replicaKey.publicKey);
    expect(isSignedBy(root, key, nodeCrypto)).toBe(true);
    for (const wrong of [{ seq: seq + 1 }, { at: 6 }, { hash: CHAIN_START.hash }])
      expect(isSignedBy({ ...root, ...wrong }, key, nodeCrypto)).toBe(false);
  });
});
