import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Drivers of real hardware that are compiled where they run, and what each of them loads. */
const DRIVERS = ['onoff', 'i2c-bus'];
const COMPILED = ['epoll', 'i2c-bus'];
const PARTS = [...DRIVERS, 'epoll', 'bindings', 'file-uri-to-path', 'lodash.debounce', 'nan'];
const buildMsMax = 300_000;

/** The drivers could not be built here; the message says what is missing. */
export class NoHardwareModulesError extends Error {
  override readonly name = 'NoHardwareModulesError';
}

/** A package as it was compiled, and as `npm ci` left it: the one stands in for the other. */
export interface HardwareModule {
  readonly compiled: string;
  readonly installed: string;
}

/**
 * What onoff and i2c-bus have in C++, compiled for the Node that runs this: the versions of our lockfile, kept below
 * .cache by Node's ABI, as `npm ci` runs no install scripts. Throws NoHardwareModulesError.
 */
export function hardwareModules(): readonly HardwareModule[] {
  const folder = join(root, '.cache/hardware', `abi-${process.versions.modules}-${process.arch}`);
  const beside = join(folder, 'package.json');
  // What stands there is whole, as it was renamed: perhaps another process did that just now.
  if (existsSync(beside) && !doesLoad(beside)) rmSync(folder, { recursive: true, force: true });
  if (!existsSync(beside)) build(folder);
  if (!doesLoad(beside)) throw new NoHardwareModulesError(`${folder}: built, and does not load`);
  return COMPILED.map((name) => ({
    compiled: join(folder, 'node_modules', name),
    installed: join(root, 'node_modules', name),
  }));
}

/** In a process of its own: a library that was loaded cannot be replaced. */
function doesLoad(beside: string): boolean {
  const load = `const load = require('module').createRequire(${JSON.stringify(beside)});`;
  const loads = DRIVERS.map((name) => `load(${JSON.stringify(name)})`).join(';');
  return spawnSync(process.execPath, ['-e', `${load}${loads}`]).status === 0;
}

function build(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const place = mkdtempSync(`${folder}-`);
  try {
    for (const name of PARTS) {
      const from = join(root, 'node_modules', name);
      if (!existsSync(from)) throw new NoHardwareModulesError(`npm ci left out ${name}`);
      const skip = join(from, 'build');
      const filter = (path: string) => path !== skip;
      cpSync(from, join(place, 'node_modules', name), { recursive: true, filter });
    }
    const allowScripts = Object.fromEntries(COMPILED.map((name) => [name, true]));
    const dependencies = Object.fromEntries(DRIVERS.map((name) => [name, versionOf(name)]));
    const manifest = { private: true, allowScripts, dependencies };
    writeFileSync(join(place, 'package.json'), JSON.stringify(manifest));
    compile(place);
    putInPlace(place, folder);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Several processes may build at once: the first one's stands. */
function putInPlace(place: string, folder: string): void {
  try {
    renameSync(place, folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

function versionOf(name: string): string {
  const load = createRequire(join(root, 'package.json'));
  return (load(`${name}/package.json`) as { version: string }).version;
}

function compile(place: string): void {
  // The headers that came with this Node, where they did; node-gyp fetches others.
  const prefix = resolve(dirname(process.execPath), '..');
  const headers = existsSync(join(prefix, 'include/node/node.h')) ? [`--nodedir=${prefix}`] : [];
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const run = spawnSync('npm', ['rebuild', '--foreground-scripts', ...headers], {
    cwd: place,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    timeout: buildMsMax,
  });
  if (run.status === 0) return;
  const why = run.error?.message ?? run.stderr.trim().split('\n').slice(-12).join('\n');
  throw new NoHardwareModulesError(`onoff and i2c-bus do not compile here:\n${why}`);
}
