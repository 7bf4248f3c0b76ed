import { generateKeyPairSync, sign } from 'node:crypto';
import { CHAIN_START, type ChainHead, chained, rootBytes } from '@greengate/contracts/audit/chain';
import {
  type AuditEntry,
  type AuditRoot,
  auditPageSchema,
  auditRootSchema,
  auditRootsSchema,
} from '@greengate/contracts/wire/audit';
import { describe, expect, test } from 'vitest';
import { keyIdOf, nodeCrypto } from '../../src/crypto.ts';
import { answeringServer, problem } from './answering-server.ts';
import { greengate, greengateAsync, inFolder, jsonOf } from './run-greengate.ts';

function logOf(rows: number): AuditEntry[] {
  let head: ChainHead = CHAIN_START;
  return Array.from({ length: rows }, (_, i) => {
    const record = { at: 1000 + i, actor: 'ada', action: 'seen', subject: `h-${i}`, detail: { i } };
    const entry = chained(record, head, nodeCrypto.sha256);
    head = entry;
    return entry;
  });
}

const pair = generateKeyPairSync('ed25519');
const raw = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const key = raw.toString('hex');

function rootOf({ seq, hash }: ChainHead): AuditRoot {
  const signature = sign(null, rootBytes({ seq, hash, at: 9 }), pair.privateKey).toString('hex');
  return auditRootSchema.parse({ seq, hash, at: 9, keyId: keyIdOf(raw), signature });
}

const log = logOf(2500);
const last = log.at(-1) ?? log[0];
if (last === undefined) throw new Error('an empty log');
const root = rootOf(last);

function linesOf(rows: readonly object[]): string {
  return rows.map((one) => `${JSON.stringify(one)}\n`).join('');
}

/** A cloud's audit log in pages, as the contract has them. */
function serving(entries: readonly AuditEntry[], roots: readonly AuditRoot[]) {
  return answeringServer(({ path, headers }) => {
    if (headers.authorization !== 'Bearer an-auditors-token')
      return problem(401, 'unauthenticated');
    const url = new URL(path, 'http://x');
    if (url.pathname === '/v1/audit/roots')
      return { status: 200, body: auditRootsSchema.parse({ roots }) };
    const [from, limit] = ['cursor', 'limit'].map((name) =>
      Number(url.searchParams.get(name) ?? 0),
    );
    const end = (from ?? 0) + (limit ?? 0);
    const next = end < entries.length ? String(end) : null;
    return {
      status: 200,
      body: auditPageSchema.parse({ entries: entries.slice(from, end), next }),
    };
  });
}

async function verifyServed(
  entries: readonly AuditEntry[],
  roots: readonly AuditRoot[],
  ...more: string[]
) {
  const { url } = await serving(entries, roots);
  const { write } = inFolder();
  const to = ['--server', url, '--token-file', write('token', 'an-auditors-token')];
  return greengateAsync('audit', 'verify', ...to, ...more);
}

describe('audit verify', () => {
  test('reads the log of a server to its end and holds it against its roots', async () => {
    const run = await verifyServed(log, [root], '--key', key, '--json');
    expect([run.status, jsonOf(run)]).toEqual([
      0,
      {
        fault: null,
        head: { seq: 2500, hash: last.hash },
        roots: 1,
        signaturesChecked: true,
      },
    ]);
    expect(run.stderr).toContain('{"progress":"audit","done":2500,"total":2500}');
    const text = await verifyServed(log, [root]);
    expect(text.stdout).toContain('The signatures of the roots were not checked');
  });

  test.each<[string, readonly AuditEntry[], object]>([
    [
      'altered',
      log.map((one, i) => (i === 1700 ? { ...one, actor: 'eve' } : one)),
      { seq: 1701, fault: 'hash' },
    ],
    ['missing', log.filter((_, i) => i !== 1700), { seq: 1701, fault: 'gap' }],
    ['cut off', log.slice(0, 1700), { seq: 1701, fault: 'end' }],
  ])('names the first entry that is %s', async (_name, entries, fault) => {
    const run = await verifyServed(entries, [root], '--json');
    expect([run.status, jsonOf(run)['fault']]).toEqual([1, fault]);
  });

  test('a log that was chained anew is found by a root that was kept elsewhere', async () => {
    const forged = logOf(2499);
    const served = [
      ...forged,
      chained({ ...last, detail: {} }, forged.at(-1) ?? CHAIN_START, nodeCrypto.sha256),
    ];
    const { write } = inFolder();
    const kept = write('roots.jsonl', linesOf([root]));
    const run = await verifyServed(served, [], '--roots', kept, '--key', key, '--language', 'zh');
    expect([run.status, run.stdout]).toEqual([1, expect.stringContaining('第 2500 条: root')]);
  });

  test('a root that the key did not sign counts for nothing', async () => {
    const run = await verifyServed(log, [{ ...root, at: root.at + 1 }], '--key', key, '--json');
    expect([run.status, jsonOf(run)['fault']]).toEqual([1, { seq: 2500, fault: 'signature' }]);
  });

  test('reads an exported log', () => {
    const { write } = inFolder();
    const fine = greengate('audit', 'verify', '--file', write('log.jsonl', linesOf(log)));
    expect([fine.status, fine.stdout]).toEqual([0, expect.stringContaining('2500 entries')]);
    const swapped = [...log.slice(0, 10), ...log.slice(10, 12).toReversed(), ...log.slice(12)];
    const run = greengate(
      'audit',
      'verify',
      '--file',
      write('bad.jsonl', linesOf(swapped)),
      '--json',
    );
    expect([run.status, jsonOf(run)['fault']]).toEqual([1, { seq: 11, fault: 'gap' }]);
  });

  test('a file that is no log, a stranger and nothing at all end with what to do', async () => {
    const { write } = inFolder();
    const cut = greengate(
      'audit',
      'verify',
      '--file',
      write('cut.jsonl', linesOf(log).slice(0, -9)),
    );
    expect([cut.status, cut.stderr]).toEqual([2, expect.stringContaining('line 2500')]);
    const { url } = await serving(log, []);
    const to = ['--server', url, '--token-file', write('token', 'the-token-of-another')];
    const stranger = await greengateAsync('audit', 'verify', ...to);
    expect([stranger.status, stranger.stderr]).toEqual([
      1,
      expect.stringContaining('unauthenticated'),
    ]);
    expect(greengate('audit', 'verify').status).toBe(2);
  });
});
