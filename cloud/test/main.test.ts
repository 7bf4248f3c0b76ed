import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { batchBytes, events } from './events.ts';
import { type GatewayKey, newGatewayKey, signedHeaders } from './gateway-client.ts';
import { runMain, type SpawnedCloud, spawnable, spawnCloud } from './spawned-cloud.ts';

async function register(url: string, token: string, key: GatewayKey): Promise<number> {
  const body = { gateway: 'gate-1', station: 'east', publicKey: key.publicKey };
  const response = await fetch(`${url}/v1/gateways`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.status;
}

async function push(url: string, key: GatewayKey, from: number, count: number): Promise<Response> {
  const body = batchBytes(1, from, events(from, count));
  const target = `${url}/v1/passages`;
  const headers = await signedHeaders(key, target, { now: Date.now(), method: 'POST', body });
  return fetch(target, { method: 'POST', headers, body: new Uint8Array(body) });
}

/** Pushes until the process is gone. Answers the last watermark that was acknowledged. */
async function pushUntilKilled(
  cloud: SpawnedCloud,
  key: GatewayKey,
  from: number,
  afterMs: number,
): Promise<number> {
  let acked = from;
  const killer = setTimeout(() => cloud.child.kill('SIGKILL'), afterMs);
  try {
    for (;;) {
      const answer = (await (await push(cloud.url, key, acked + 1, 7)).json()) as { acked: number };
      acked = Math.max(acked, answer.acked);
    }
  } catch {
    return acked;
  } finally {
    clearTimeout(killer);
  }
}

async function storedSeqs(url: string, token: string): Promise<number[]> {
  const seqs: number[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const query = `limit=1000${after === '' ? '' : `&after=${after}`}`;
    const response = await fetch(`${url}/v1/passages?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const page = (await response.json()) as {
      rows: { event: { seq: number } }[];
      next: string | null;
    };
    seqs.push(...page.rows.map((row) => row.event.seq));
    after = page.next;
  }
  return seqs;
}

test('P31 kill -9 at any moment loses nothing that was acknowledged, and stores nothing twice', {
  timeout: 60_000,
}, async () => {
  const { env, token } = spawnable();
  const key = newGatewayKey();
  let acked = 0;
  for (let round = 0; round < 4; round++) {
    const cloud = await spawnCloud(env);
    expect(await register(cloud.url, token, key)).toBe(200);
    const seqs = await storedSeqs(cloud.url, token);
    expect(seqs.length).toBeGreaterThanOrEqual(acked);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    // The answer to the last batch may have been lost: sending it again is free.
    const again = await push(cloud.url, key, acked + 1, 7);
    expect(again.status).toBe(200);
    acked = Math.max(acked + 7, seqs.length);
    acked = await pushUntilKilled(cloud, key, acked, 50 + Math.random() * 400);
    expect(await cloud.ended).toBe('SIGKILL');
  }
  const cloud = await spawnCloud(env);
  const seqs = await storedSeqs(cloud.url, token);
  expect(seqs.length).toBeGreaterThanOrEqual(acked);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
});

test('SIGTERM ends held tails, folds the WAL into the file and exits 0', async () => {
  const { env, token, folder } = spawnable();
  const cloud = await spawnCloud(env);
  const key = newGatewayKey();
  await register(cloud.url, token, key);
  const target = `${cloud.url}/v1/replica/tail/red/1/0?wait=25`;
  const headers = await signedHeaders(key, target, { now: Date.now() });
  const held = fetch(target, { headers });
  await new Promise((done) => setTimeout(done, 300));
  cloud.child.kill('SIGTERM');
  expect((await held).status).toBe(200);
  expect(await cloud.ended).toBe(0);
  const wal = join(folder, 'cloud.db-wal');
  expect(existsSync(wal) ? statSync(wal).size : 0).toBe(0);
  expect(cloud.lines.at(-1)).toContain('"msg":"stopped"');
});

test('a start without configuration says all that is wrong at once, and exits 2', async () => {
  const child = runMain({ PATH: process.env['PATH'], PORT: 'many' });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk);
  });
  expect(await new Promise((done) => child.once('close', done))).toBe(2);
  for (const name of ['PORT', 'DATABASE_URL', 'GREENGATE_KEYS', 'GREENGATE_TOKENS']) {
    expect(errors).toContain(`- ${name}: `);
  }
  expect(errors).toContain('greengate keys init');
});
