import Libsql from 'libsql';
import { expect, test } from 'vitest';
import { passagesBodyBytesMax } from '../src/limits.ts';
import type { GatewayKey } from './gateway-client.ts';
import { type Schema, sampleOf, withEachString, withMoreFields } from './generated-body.ts';
import { connectRaw, headOf } from './raw-http.ts';
import { HEALTHY, type RunningCloud, runCloud } from './running-cloud.ts';

const SQL = [
  "' OR 1=1 --",
  "'; DROP TABLE holders; --",
  '1); DELETE FROM statuses; --',
  '" UNION SELECT token_hash FROM holders --',
  "\u02bc\uff07 OR ''='",
];
const MORE = [
  '"isAdmin":true,"role":"operator","holder":"x","colour":"green"',
  '"__proto__":{"isAdmin":true}',
  '"constructor":{"prototype":{"isAdmin":true}}',
];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly callers: string;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly body: Schema | undefined;
}

/** Every route there is: one that is added tomorrow is tried tomorrow. */
async function routesOf({ call, tokens }: RunningCloud): Promise<Route[]> {
  const document = (await (await call(tokens.operator, 'GET', '/openapi.json')).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { description, parameters, requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      callers: description ?? '',
      parameters: parameters ?? [],
      body: requestBody?.content['application/json']?.schema,
    })),
  );
}

interface Operation {
  readonly description?: string;
  readonly parameters?: Route['parameters'];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}

interface Sent {
  readonly path?: string;
  readonly body?: string;
  readonly type?: string;
}

async function everyRoute() {
  const running = await runCloud({ patience: { ...IMPATIENT } });
  const key = await running.enrol();
  const holder = await running.newHolder();
  expect((await running.call(holder, 'POST', '/v1/declarations', HEALTHY)).status).toBe(200);
  // Somebody else, whom a route may well delete when they ask for it.
  const caller = await running.newHolder();
  const routes = await routesOf(running);
  expect(routes.length).toBeGreaterThan(15);
  const send = (route: Route, sent: Sent, by = caller) => sendAs(running, key, by, route, sent);
  return { running, routes, holder, caller, send };
}

const IMPATIENT = { headersTimeout: 400, requestTimeout: 600, connectionsCheckingInterval: 100 };

/** As somebody who may call it, where a token or a key is enough for that. */
async function sendAs(
  running: RunningCloud,
  key: GatewayKey,
  holder: string,
  route: Route,
  { path = pathOf(route, '1'), body, type = 'application/json' }: Sent,
): Promise<Response> {
  const content = body === undefined ? {} : { 'content-type': type };
  if (route.callers.includes('gateway')) {
    const bytes = body === undefined ? undefined : new TextEncoder().encode(body);
    return running.signed(key, route.method, path, bytes, content);
  }
  return fetch(running.url + path, {
    method: route.method,
    headers: { ...content, authorization: `Bearer ${tokenFor(running, holder, route)}` },
    ...(body === undefined ? {} : { body }),
  });
}

function tokenFor({ tokens }: RunningCloud, holder: string, { callers }: Route): string {
  const role = (['operator', 'registrar', 'auditor', 'metrics'] as const).find((one) =>
    callers.includes(one),
  );
  return role === undefined ? holder : tokens[role];
}

function pathOf({ path }: Route, parameter: string): string {
  return path.replaceAll(/\{\w+\}/g, encodeURIComponent(parameter));
}

/** Every row that is somebody's. */
function ofHolders(file: string): string[] {
  return Object.entries(contentOf(file)).flatMap(([table, rows]) =>
    rows.flatMap((row) => ('holder_id' in (row as object) ? [table + JSON.stringify(row)] : [])),
  );
}

/** All that the cloud keeps, but for what a request leaves behind because it was one. */
function contentOf(file: string): Record<string, unknown[]> {
  const db = new Libsql(file, { readonly: true });
  try {
    const names = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all() as { name: string }[];
    const kept = names.map(({ name }) => name).filter((name) => !/nonce|lease|audit/.test(name));
    return Object.fromEntries(
      kept.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]),
    );
  } finally {
    db.close();
  }
}

const FORM_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'];

/**
 * The body of a batch is signed, so no browser sends it under another type; and an event of it that fits no schema
 * is kept aside, and the batch is taken: a gateway must get rid of it.
 */
function isPassages({ method, path }: Route): boolean {
  return method === 'POST' && path === '/v1/passages';
}

function partsOf(route: Route, bodies: readonly string[]): readonly string[] {
  return isPassages(route) ? bodies.slice(0, 1) : bodies;
}

test('P56 what fits no schema is refused on each route and changes nothing', {
  timeout: 180_000,
}, async () => {
  const { running, routes, send } = await everyRoute();
  const before = contentOf(running.file);
  const told: string[] = [];
  for (const route of routes) {
    if (route.body === undefined) continue;
    const good = sampleOf(route.body);
    const text = JSON.stringify(good);
    const bad: Sent[] = [
      ...MORE.flatMap((more) => partsOf(route, withMoreFields(good, more))).map((body) => ({
        body,
      })),
      { body: text.slice(0, -1) },
      ...(isPassages(route) ? [] : FORM_TYPES.map((type) => ({ body: text, type }))),
      { body: '\ud800' },
      { body: `{"a":${'['.repeat(20_000)}` },
      { body: `"${'x'.repeat(passagesBodyBytesMax)}"` },
    ];
    for (const sent of bad) {
      const { status } = await send(route, sent);
      const isRefused = status >= 400 && status < 500 && status !== 429;
      if (!isRefused)
        told.push(`${route.method} ${route.path} ${status} ${sent.body?.slice(0, 300)}`);
    }
  }
  expect(told).toEqual([]);
  expect(contentOf(running.file)).toEqual(before);
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  expect(running.log.join('')).not.toContain('a request failed');
});

test('T20 no string is taken for SQL on any route', { timeout: 180_000 }, async () => {
  const { running, routes, holder, send } = await everyRoute();
  const before = ofHolders(running.file);
  const status = async () => (await running.call(holder, 'GET', '/v1/status')).text();
  const told = await status();
  const failed: string[] = [];
  for (const route of routes) {
    for (const sql of SQL) {
      const caller = await running.newHolder();
      const query = route.parameters
        .filter((one) => one.in === 'query')
        .map(({ name }) => `${name}=${encodeURIComponent(sql)}`);
      const places: Sent[] = [
        { path: pathOf(route, sql) },
        { path: `${pathOf(route, '1')}?${[...query, `x=${encodeURIComponent(sql)}`].join('&')}` },
        ...withEachString(route.body && sampleOf(route.body), sql).map((body) => ({
          body: JSON.stringify(body),
        })),
      ];
      for (const sent of places) {
        const response = await send(route, sent, caller);
        if (response.status >= 500) failed.push(`${route.method} ${route.path} ${response.status}`);
        await response.arrayBuffer();
      }
    }
  }
  expect(failed).toEqual([]);
  // Where any text is welcome it was kept as text: nothing of the holder who did not call is gone or other.
  const after = new Set(ofHolders(running.file));
  expect(before.length).toBeGreaterThan(3);
  expect(before.filter((row) => !after.has(row))).toEqual([]);
  expect(await status()).toBe(told);
  expect(running.log.join('')).not.toContain('a request failed');
});

test('a body that trickles in is cut on each route, and changes nothing', {
  timeout: 120_000,
}, async () => {
  const { running, routes, caller } = await everyRoute();
  const before = contentOf(running.file);
  // A route that wants no body does not wait for one.
  const wanting = routes.filter(({ method, body }) => method === 'GET' || body !== undefined);
  const endings = await Promise.all(
    wanting.map(async (route) => {
      const connection = await connectRaw(running.url);
      const authorization = `Bearer ${tokenFor(running, caller, route)}`;
      const head = { authorization, 'content-type': 'application/json', 'content-length': '400' };
      connection.write(`${headOf(route.method, pathOf(route, '1'), head)}{`);
      return { route, received: await connection.closed };
    }),
  );
  for (const { route, received } of endings) {
    const isAnswer = /^(?:HTTP\/1\.1 4\d\d |$)/.test(received) || route.body === undefined;
    expect(isAnswer, `${route.method} ${route.path} ${received.slice(0, 40)}`).toBe(true);
    expect(received).not.toMatch(/^HTTP\/1\.1 5/);
  }
  expect(contentOf(running.file)).toEqual(before);
  expect(running.log.join('')).not.toContain('a request failed');
});
