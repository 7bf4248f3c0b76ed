import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { chinaWorkingDays } from '../src/issue/china-working-days.ts';
import { ISSUING_RULES } from '../src/issue/rules.ts';
import { spawnable } from './spawned-cloud.ts';

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('a good environment is read, with its defaults', () => {
  const { env, folder } = spawnable();
  const { PORT: _port, GREENGATE_SEAL_SECONDS: _seal, ...least } = env;
  expect(readConfig(least)).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    sealSeconds: 60,
    databaseUrl: `file:${join(folder, 'cloud.db')}`,
    staff: [{ name: 'op', role: 'operator' }],
  });
});

test('webhooks reach the networks that are named, and mail has a server and a sender', () => {
  const { env } = spawnable();
  const { noticeNetworks, mail } = readConfig({
    ...env,
    GREENGATE_NOTICE_NETWORKS: '10.1.0.0/16,fd00::/8',
    SMTP_URL: 'smtps://mail.example',
    GREENGATE_MAIL_FROM: 'greengate@example.org',
  });
  expect(noticeNetworks.allowed('10.1.2.3')).toBe(true);
  expect(noticeNetworks.allowed('10.2.0.1')).toBe(false);
  expect(mail).toEqual({ url: 'smtps://mail.example', from: 'greengate@example.org' });
  expect(readConfig(env).mail).toBeUndefined();
});

test('each mistake is named together with what to do about it', () => {
  const { env, folder } = spawnable();
  expect(problemsOf({ ...env, DATABASE_URL: 'mysql://x' })[0]).toMatch(/^DATABASE_URL: .*file:/);
  expect(problemsOf({ ...env, GREENGATE_ORIGIN: 'gate.example/x' })[0]).toMatch(
    /^GREENGATE_ORIGIN/,
  );
  expect(problemsOf({ ...env, GREENGATE_SEAL_SECONDS: '0' })[0]).toMatch(/^GREENGATE_SEAL_SECONDS/);
  expect(problemsOf({ ...env, GREENGATE_NOTICE_NETWORKS: '10.0.0.1' })[0]).toMatch(
    /^GREENGATE_NOTICE_NETWORKS: .*10\.1\.0\.0\/16/,
  );
  expect(problemsOf({ ...env, SMTP_URL: 'http://mail.example' })[0]).toMatch(/^SMTP_URL: smtps:/);
  expect(problemsOf({ ...env, SMTP_URL: 'smtp://mail.example' })[0]).toMatch(
    /^GREENGATE_MAIL_FROM: set it/,
  );
  chmodSync(join(folder, 'keys.json'), 0o644);
  expect(problemsOf(env)[0]).toContain('chmod 600');
  writeFileSync(join(folder, 'tokens.json'), '[{"name":"x","role":"king","sha256":"00"}]');
  writeFileSync(join(folder, 'keys.json'), '{');
  const problems = problemsOf({ ...env, PORT: '70000' });
  expect(problems).toHaveLength(4);
  expect(problems.join('\n')).toMatch(/PORT.*chmod.*is not JSON.*greengate token new/s);
});

test('the accounts are beside the database, and the identity provider needs an origin', () => {
  const { env, folder } = spawnable();
  expect(readConfig(env).accountsUrl).toBe(`file:${join(folder, 'cloud-accounts.db')}`);
  const url = 'postgres://u:p@db/greengate';
  expect(readConfig({ ...env, DATABASE_URL: url }).accountsUrl).toBe(url);
  expect(readConfig({ ...env, ACCOUNTS_URL: url }).accountsUrl).toBe(url);
  expect(problemsOf({ ...env, ACCOUNTS_URL: 'mysql://x' })[0]).toMatch(/^ACCOUNTS_URL: .*postgres/);
  const file = join(folder, 'oidc.json');
  const oidc = { id: 'national', discoveryUrl: 'https://id.example/x', clientId: 'g' };
  writeFileSync(file, JSON.stringify({ ...oidc, clientSecret: 's' }), { mode: 0o600 });
  expect(problemsOf({ ...env, GREENGATE_OIDC: file })).toEqual([
    expect.stringMatching(/^GREENGATE_ORIGIN: /),
  ]);
  const withOrigin = { ...env, GREENGATE_OIDC: file, GREENGATE_ORIGIN: 'https://gate.example' };
  expect(readConfig(withOrigin).provider).toMatchObject({
    scopes: ['openid', 'profile'],
    claims: { verified: 'real_name_verified' },
  });
  chmodSync(file, 0o644);
  expect(problemsOf(withOrigin)[0]).toContain('chmod 600');
  writeFileSync(file, '{}');
  expect(problemsOf(withOrigin).join()).toContain('docs/operations.md');
});

test('periods, working days and whether a code is applied for are data', () => {
  const { env, folder } = spawnable();
  const shipped = readConfig(env);
  expect([shipped.applicationNeeded, shipped.calendar]).toEqual([false, undefined]);
  expect(shipped.issuing).toMatchObject({ decideHours: 6, overrides: { perPersonPerHour: 10 } });
  const file = (name: string, value: object) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  };
  const calendar = { ...chinaWorkingDays, source: 'a test', holidays: [], workdays: [] };
  const changed = {
    ...env,
    GREENGATE_APPLICATION: 'needed',
    GREENGATE_CALENDAR: file('calendar.json', calendar),
    GREENGATE_ISSUING: file('issuing.json', { decideHours: 4, overrides: { perPairPerDay: 2 } }),
  };
  const config = readConfig(changed);
  expect([config.applicationNeeded, config.calendar?.source]).toEqual([true, 'a test']);
  expect(config.issuing).toEqual({
    ...ISSUING_RULES,
    decideHours: 4,
    overrides: { ...ISSUING_RULES.overrides, perPairPerDay: 2 },
  });
  file('calendar.json', { ...calendar, hours: [] });
  file('issuing.json', { overrides: { perPersonPerDay: 1317 } });
  const problems = problemsOf({ ...changed, GREENGATE_APPLICATION: 'perhaps' });
  expect(problems.join('\n')).toMatch(
    /GREENGATE_APPLICATION.*GREENGATE_CALENDAR.*issuing\.md.*GREENGATE_ISSUING.*perPersonPerDay/s,
  );
});
