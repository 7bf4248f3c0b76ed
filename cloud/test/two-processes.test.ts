import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeSegment } from '@greengate/contracts/replica/segment';
import { gateMinute } from '@greengate/contracts/replica/status-entry';
import { regionStream } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { keyFileSchema, keysOf } from '../src/keys.ts';
import { newGatewayKey, signedHeaders } from './gateway-client.ts';
import { postgresForTests } from './postgres.ts';
import { checkOf, HEALTHY, newPerson, REGION, sha256 } from './running-cloud.ts';
import { type SpawnedCloud, spawnable, spawnCloud } from './spawned-cloud.ts';

const postgres = await postgresForTests();
const STREAM = regionStream(REGION);
const HOLDERS = 60;

test.runIf(postgres)(
  'P39 two processes on one PostgreSQL, one killed: nothing acknowledged is lost, and the feed has no gap',
  { timeout: 90_000 },
  async () => {
    if (!postgres) return;
    const { env, token } = spawnable();
    const url = await postgres.newDatabase();
    const clouds = await Promise.all([1, 2].map(() => spawnCloud({ ...env, DATABASE_URL: url })));
    const [dies, lives] = clouds as [SpawnedCloud, SpawnedCloud];
    const send = async (cloud: SpawnedCloud, bearer: string, path: string, body: unknown) => {
      for (;;) {
        const response = await fetch(cloud.url + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        // Sixty people at once are more than one operator may ask for, and than a slow machine lets in.
        if (response.status !== 429) return response;
        await pause(Number(response.headers.get('retry-after') ?? 1) * 1000);
      }
    };
    const holders = await Promise.all(
      Array.from({ length: HOLDERS }, async (_, i) => {
        const made = await send(i % 2 ? dies : lives, token, '/v1/holders', newPerson());
        return (await made.json()) as { holderId: string; token: string };
      }),
    );
    const feed = await follow(url);

    // Each declaration says what nobody has said before, so that each is a score of its own.
    const acknowledged = new Map<string, number>();
    let days = 20;
    const load = async (cloud: SpawnedCloud, own: typeof holders): Promise<void> => {
      for (let round = 0; round < 8; round++) {
        for (const holder of own) {
          days += 1;
          const body = { ...HEALTHY, residenceDays: days };
          const declare = (to: SpawnedCloud) => send(to, holder.token, '/v1/declarations', body);
          const sent = await declare(cloud).catch(() => declare(lives));
          if (sent.status === 200) acknowledged.set(holder.holderId, body.residenceDays);
        }
      }
    };
    const killed = (async () => {
      await pause(1500);
      dies.child.kill('SIGKILL');
      return dies.ended;
    })();
    const parts = [0, 1, 2, 3].map((part) => holders.filter((_, i) => i % 4 === part));
    await Promise.all(parts.map((own, i) => load(i < 2 ? dies : lives, own)));
    expect(await killed).toBe('SIGKILL');

    const { versions, gaps } = await feed.end();
    expect(gaps).toBe(0);
    expect(versions).toBeGreaterThan(HOLDERS);
    const database = await connected(url);
    for (const [holder, said] of acknowledged) {
      const { rows } = await database.query(
        'SELECT body FROM declaration WHERE holder_id = $1 ORDER BY declared_at',
        [holder],
      );
      const bodies = rows.map((row) => (JSON.parse(row.body) as typeof HEALTHY).residenceDays);
      expect(bodies).toContain(said);
    }
    expect(acknowledged.size).toBe(HOLDERS);
    await expectFeedEqualsStatuses(database, lives, env.GREENGATE_KEYS, token);
  },
);

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Reads the change log as it grows, as a reader that only ever asks for what is past its last version. */
async function follow(url: string) {
  const client = await connected(url);
  let last = 0;
  let gaps = 0;
  let ended = false;
  const turn = async (): Promise<void> => {
    const { rows } = await client.query(
      'SELECT ver FROM change WHERE stream = $1 AND ver > $2 ORDER BY ver',
      [STREAM, last],
    );
    for (const { ver } of rows) {
      if (Number(ver) !== last + 1) gaps += 1;
      last = Number(ver);
    }
  };
  const running = (async () => {
    while (!ended) await turn();
    await turn();
  })();
  return {
    end: async () => {
      ended = true;
      await running;
      return { versions: last, gaps };
    },
  };
}

/** What a gateway makes of the feed of the process that lives is what the database says of everybody. */
async function expectFeedEqualsStatuses(
  database: pg.Client,
  cloud: SpawnedCloud,
  keyFile: string,
  token: string,
): Promise<void> {
  const key = newGatewayKey();
  await fetch(`${cloud.url}/v1/gateways`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ gateway: 'gate-1', station: 'east', publicKey: key.publicKey }),
  });
  const target = `${cloud.url}/v1/replica/tail/${encodeURIComponent(STREAM)}/1/0?wait=0`;
  const answer = await fetch(target, {
    headers: await signedHeaders(key, target, { now: Date.now() }),
  });
  expect(answer.status).toBe(200);
  const keys = keysOf(keyFileSchema.parse(JSON.parse(readFileSync(keyFile, 'utf8'))));
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const segment = decodeSegment(bytes, STREAM, sha256, checkOf(keys.replica.publicKey));
  if (!segment.ok || segment.value.kind !== 'status') throw new Error('not a status segment');
  const { rows } = await database.query(
    'SELECT p.key, s.colour, s.next_colour, s.valid_until FROM pseudonym p JOIN status s ON s.region_id = p.region_id AND s.holder_id = p.holder_id',
  );
  const stored = new Map(
    rows.map(({ key, colour, next_colour: nextColour, valid_until: until }) => {
      const validUntil = epochMs(Number(until));
      return [key, [colour, gateMinute({ colour, nextColour, validUntil })]];
    }),
  );
  const fed = segment.value.entries.map((one) => [one.key, [one.colour, one.validUntil]] as const);
  expect(new Map(fed)).toEqual(stored);
  expect(fed).toHaveLength(HOLDERS);
}
