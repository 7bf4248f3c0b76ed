import { resolve } from 'node:path';

/** The repository: this file is firmware-sim/dist/demo/config.js. */
export const ROOT = resolve(import.meta.dirname, '../../..');

export const COMMANDS = {
  greengate: resolve(ROOT, 'cloud/bin/greengate.js'),
  cloud: resolve(ROOT, 'cloud/dist/main.js'),
  gateway: resolve(ROOT, 'edge/dist/main.js'),
  station: resolve(ROOT, 'firmware-sim/dist/main.js'),
  reaper: resolve(ROOT, 'firmware-sim/dist/demo/reaper.js'),
} as const;

export const HOST = '127.0.0.1';
export const REGION = '330100';
export const GATEWAY = 'gw-demo';
export const STATION = 'station-demo';
export const GUEST_LANE = 'lane-guest';
export const GUEST_SCANNER = 'scanner-guest';
export const GUEST_SERIAL_LANE = 'lane-guest-serial';

/** npm does not wait for what it started, so the demo must notice by itself that npm is gone. */
export const startedByNpm = process.env['npm_lifecycle_event'] !== undefined;

/** What a child process inherits: the caller's settings must not reach cloud or gateway by accident. */
export function childEnvironment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_EXTRA_CA_CERTS'];
  const inherited = kept.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...own };
}
