import { expect, test } from 'vitest';
import { runCloud } from './running-cloud.ts';

interface Operation {
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, unknown>;
}

test('the document is OpenAPI 3.1 and holds each mounted route, and no other', async () => {
  const { cloud, call, tokens } = await runCloud();
  const response = await call(tokens.auditor, 'GET', '/openapi.json');
  const document = (await response.json()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const described = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const mounted = cloud.app.routes
    .filter((route) => route.method !== 'ALL')
    .map((route) => `${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`);
  expect(described.sort()).toEqual([...new Set(mounted)].sort());
  const bodies = Object.values(document.paths)
    .flatMap((item) => Object.values(item))
    .flatMap((one) => Object.values(one.requestBody?.content ?? {}));
  expect(bodies.length).toBeGreaterThan(6);
  for (const { schema } of bodies) expect(JSON.stringify(schema)).toContain('"type"');
  const open = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.values(item).flatMap((one) => (one.security === undefined ? [path] : [])),
  );
  expect(open.sort()).toEqual([
    '/api/auth/callback/{provider}',
    '/api/auth/sign-in/social',
    '/api/auth/sign-in/username',
    '/api/auth/two-factor/verify-backup-code',
    '/api/auth/two-factor/verify-totp',
    '/healthz',
    '/v1/staff/activate',
  ]);
  const securities = Object.values(document.paths)
    .flatMap((item) => Object.values(item))
    .flatMap((one) => one.security ?? []);
  expect(new Set(securities.flatMap((one) => Object.keys(one)))).toEqual(
    new Set(['bearer', 'session', 'signature']),
  );
});
