import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Bundle, bundleGateway, FolderInUseError } from '../src/release/bundle.ts';

// Below the repository, so that what is not bundled is found as on a machine where it was installed.
const place = resolve(import.meta.dirname, '../dist');
let folder: string;
let bundle: Bundle;

beforeAll(async () => {
  mkdirSync(place, { recursive: true });
  folder = mkdtempSync(join(place, 'release-'));
  bundle = await bundleGateway(join(folder, 'gateway'));
});

afterAll(() => rmSync(folder, { recursive: true }));

const device = (name: string) => ({ device: name, lane: 'lane-1', passwordSha256: 'a'.repeat(64) });

function configFile(): { config: string; dataDir: string } {
  const dataDir = join(folder, 'data');
  const config = join(folder, 'gateway.json');
  const body = {
    ...{ gateway: 'gw-1', dataDir, cloud: { url: 'http://127.0.0.1:9' }, rootKey: 'b'.repeat(64) },
    streams: ['control', 'red', 'region/330100'],
    mqtt: { host: '127.0.0.1', port: 0 },
    panel: { host: '127.0.0.1', port: 0 },
    lanes: [
      {
        lane: 'lane-1',
        scanner: { kind: 'mqtt', device: 'scanner-1' },
        thermometer: null,
        turnstile: { kind: 'mqtt', device: 'turnstile-1' },
      },
    ],
    devices: [device('scanner-1'), device('turnstile-1')],
  };
  writeFileSync(config, JSON.stringify(body));
  return { config, dataDir };
}

describe('the gateway as a few files', () => {
  test('decides, with its threads and its panel, and ends as asked', async () => {
    const { config, dataDir } = configFile();
    const child = spawn(process.execPath, [join(bundle.folder, 'main.js'), '--config', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    const ended = new Promise((done) => child.once('close', done));
    await expect.poll(() => log, { timeout: 20_000 }).toContain('"running"');
    for (const name of ['journal.db', 'replica.db']) {
      expect(existsSync(join(dataDir, name)), name).toBe(true);
    }
    child.kill('SIGTERM');
    expect(await ended, log).toBe(0);
  }, 40_000);

  test('says which configuration is wrong as the gateway does', () => {
    const main = join(bundle.folder, 'main.js');
    const { status, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('--config FILE is missing');
  });

  test('names what is to be installed beside it, and the licence of everything in it', () => {
    const read = (name: string) => readFileSync(join(bundle.folder, name), 'utf8');
    const { dependencies, optionalDependencies, overrides } = JSON.parse(read('package.json'));
    const edge = JSON.parse(readFileSync(resolve(place, '../../edge/package.json'), 'utf8'));
    expect(dependencies).toEqual({
      libsql: edge.dependencies.libsql,
      serialport: edge.dependencies.serialport,
    });
    expect(optionalDependencies).toEqual(edge.optionalDependencies);
    expect(overrides.nan).toMatch(/^2\.(?:2[2-9]|[3-9]\d)\./);
    for (const name of ['aedes', 'zod', 'hono', 'pino']) {
      expect(read('NOTICES')).toMatch(new RegExp(`^== ${name} .*\\n\\n[\\s\\S]*?permission`, 'im'));
    }
    expect(read('LICENSE')).toContain('Apache License');
    const scripts = bundle.files.filter(({ name }) => name.endsWith('.js'));
    expect(scripts.length).toBeLessThan(30);
  });

  test('takes the place of a bundle of before, and of nothing else', async () => {
    await expect(bundleGateway(bundle.folder)).resolves.toMatchObject({ folder: bundle.folder });
    await expect(bundleGateway(folder)).rejects.toThrow(FolderInUseError);
    expect(existsSync(bundle.folder)).toBe(true);
  });
});
