import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { describe, expect, test } from 'vitest';
import { openJournalStore } from '../src/store/journal-store.ts';
import { crypto } from './fixtures/codes.ts';
import {
  gatewayFolder,
  noNotifyReason,
  receiveNotifications,
  startGateway,
} from './fixtures/gateway-process.ts';
import { openStore, provision } from './fixtures/replica.ts';
import { tempFile } from './fixtures/temp-folder.ts';

const missing = noNotifyReason();
if (missing !== undefined) process.stdout.write(`sd_notify is not tried: ${missing}\n`);
const STUCK = fileURLToPath(new URL('fixtures/stuck-thread.mjs', import.meta.url));
const wait = { timeout: 15_000, interval: 50 };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => void server.close(done));
  return port;
}

describe.skipIf(missing !== undefined)('F12 P63 what systemd hears of a gateway', () => {
  test('READY when the lanes decide, WATCHDOG while nothing is stuck, STOPPING when asked to end', async () => {
    const { socket, received } = await receiveNotifications();
    const { config } = gatewayFolder(0);
    const gateway = startGateway(config, { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '600000' });
    await expect
      .poll(() => received.filter((line) => line.startsWith('WATCHDOG=1')).length, wait)
      .toBeGreaterThan(2);
    expect(received[0]).toBe('READY=1 | STATUS=deciding at 1 lanes, cloud not connected');
    expect(received[1]).toBe('WATCHDOG=1 | STATUS=deciding at 1 lanes, cloud not connected');
    gateway.process.kill('SIGTERM');
    expect(await gateway.exit, gateway.log()).toBe(0);
    await expect.poll(() => received.at(-1), wait).toBe('STOPPING=1 | STATUS=stopping');
  });

  test.for([
    ['journal', 'journal.db'],
    ['replica', 'replica.db'],
    ['main', 'main'],
  ] as const)(
    'WATCHDOG stops with a %s thread that is stuck, and goes on with it',
    {
      timeout: 60_000,
    },
    async ([name, file]) => {
      const { socket, received } = await receiveNotifications();
      const stuckWhen = tempFile('stuck');
      const { config } = gatewayFolder(0);
      const gateway = startGateway(
        config,
        {
          ...{ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '900000' },
          ...{ STUCK_FILE: file, STUCK_WHEN: stuckWhen },
        },
        ['--import', STUCK],
      );
      const fed = () => received.filter((line) => line.startsWith('WATCHDOG=1')).length;
      await expect.poll(fed, wait).toBeGreaterThan(2);
      writeFileSync(stuckWhen, '');
      if (name === 'main') {
        await new Promise((done) => setTimeout(done, 600));
      } else {
        // It says who does not answer, and does not say that all is well.
        await expect
          .poll(() => received.at(-1), wait)
          .toMatch(new RegExp(`^X_STATE=1 \\| STATUS=.*; no answer: ${name}$`));
        expect(gateway.log()).toContain('thread-stuck');
      }
      const before = fed();
      await new Promise((done) => setTimeout(done, 1200));
      expect(fed()).toBe(before);
      rmSync(stuckWhen);
      await expect.poll(fed, wait).toBeGreaterThan(before);
    },
  );
});

describe('F12 P64 the start after a crash', () => {
  const statusOf = async (port: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}/status.json`).catch(() => undefined);
    return (await answer?.json()) as { safeMode: object; lanes: object[] } | undefined;
  };

  test('three in a row: safe mode, on panel, metric and log; asked to end it forgets them', {
    timeout: 60_000,
  }, async () => {
    const port = await freePort();
    const { config, dataDir } = gatewayFolder(port);
    for (let crash = 0; crash < 3; crash++) {
      const gateway = startGateway(config);
      await expect
        .poll(() => statusOf(port), wait)
        .toMatchObject({
          safeMode: { active: false, crashes: crash },
        });
      gateway.process.kill('SIGKILL');
      await gateway.exit;
    }
    const safe = startGateway(config);
    await expect
      .poll(() => statusOf(port), wait)
      .toMatchObject({
        safeMode: { active: true, crashes: 3 },
        lanes: [{ lane: 'lane-1' }],
        // Nobody has asked the cloud for anything.
        cloud: { reachable: false, lastError: null },
      });
    expect(safe.log()).toContain('"msg":"safe-mode"');
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(page).toContain('安全模式 Safe mode');
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toContain('greengate_safe_mode 1');
    expect(metrics).toContain('greengate_crashes 3');
    safe.process.kill('SIGTERM');
    expect(await safe.exit, safe.log()).toBe(0);
    const again = startGateway(config);
    await expect
      .poll(() => statusOf(port), wait)
      .toMatchObject({
        safeMode: { active: false, crashes: 0 },
      });
    again.process.kill('SIGTERM');
    expect(await again.exit).toBe(0);
    expect(existsSync(join(dataDir, 'journal.db.damaged'))).toBe(false);
    // Every start was an epoch of its own, the trial of the files too, and the chain is whole.
    const journal = openJournalStore(join(dataDir, 'journal.db'), crypto.sha256);
    expect(journal.verifyChain()).toBeUndefined();
    journal.close();
  });

  test('F13 a replica that opens and is damaged within is set aside while the lanes decide', async () => {
    const { config, dataDir } = gatewayFolder(0);
    mkdirSync(dataDir);
    const file = join(dataDir, 'replica.db');
    const store = openStore(file);
    await provision(store);
    store.close();
    const db = new Database(file);
    const { rootpage } = db
      .prepare("SELECT rootpage FROM sqlite_master WHERE name = 'leaf_region'")
      .get([]) as { rootpage: number };
    db.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, (rootpage - 1) * 4096, rootpage * 4096);
    writeFileSync(file, bytes);

    const gateway = startGateway(config);
    await expect.poll(gateway.log, wait).toContain('"msg":"replica-damaged"');
    await expect.poll(gateway.log, wait).toContain('"msg":"running"');
    expect(existsSync(`${file}.damaged`)).toBe(true);
    gateway.process.kill('SIGTERM');
    expect(await gateway.exit, gateway.log()).toBe(0);
    const journal = openJournalStore(join(dataDir, 'journal.db'), crypto.sha256);
    expect(journal.pending(9).events).toMatchObject([{ kind: 'alarm', reason: 'replica-damaged' }]);
    journal.close();
  });

  test('a panel whose port is taken stops no lane', async () => {
    const taken = createServer();
    await new Promise<void>((done) => void taken.listen(0, '127.0.0.1', done));
    const { port } = taken.address() as { port: number };
    const { config } = gatewayFolder(port);
    const gateway = startGateway(config);
    await expect.poll(gateway.log, wait).toContain('"msg":"running"');
    expect(gateway.log()).toContain('panel-failed');
    gateway.process.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    await new Promise((done) => void taken.close(done));
  });

  test('asked to end before it decides, it ends at once and cleanly', async () => {
    const { config, dataDir } = gatewayFolder(0);
    const gateway = startGateway(config);
    const record = join(dataDir, 'start.json');
    await expect.poll(() => existsSync(record), { timeout: 15_000, interval: 2 }).toBe(true);
    gateway.process.kill('SIGTERM');
    expect(await gateway.exit, gateway.log()).toBe(0);
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ phase: 'ended' });
  });

  test('a configuration that is wrong ends with 2 and every fault, and counts for no crash', async () => {
    const { config, dataDir } = gatewayFolder(0, { rootKey: 'x', gateway: '+', streams: ['red'] });
    const gateway = startGateway(config);
    expect(await gateway.exit).toBe(2);
    for (const said of ['rootKey', '64 hex digits', 'gateway', 'streams lacks "control": add it'])
      expect(gateway.log()).toContain(said);
    expect(existsSync(join(dataDir, 'start.json'))).toBe(false);
  });
});
