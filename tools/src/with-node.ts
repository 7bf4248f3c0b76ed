/** Runs the test suite on Node 24, fetched once from npm: `npm run test:node24 -- [vitest arguments]`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

const version = '24.21.0';
const root = resolve(import.meta.dirname, '../..');

process.exitCode = main(process.argv.slice(2));

function main(vitestArguments: readonly string[]): number {
  const node = cachedNode() ?? fetchNode();
  if (node === undefined) return 1;

  // First on PATH too: what the tests start by name then runs on the same Node.
  const path = [dirname(node), process.env['PATH']].join(delimiter);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const run = spawnSync(node, [vitest, 'run', ...vitestArguments], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  return run.status ?? 1;
}

function packageName(): string {
  return `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
}

function home(): string {
  return join(root, '.cache', `node-${version}`);
}

function cachedNode(): string | undefined {
  const node = join(home(), 'node_modules', packageName(), 'bin/node');
  if (!existsSync(node)) return undefined;
  const said = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return said.stdout?.trim() === `v${version}` ? node : undefined;
}

function fetchNode(): string | undefined {
  const wanted = `${packageName()}@${version}`;
  rmSync(home(), { recursive: true, force: true });
  mkdirSync(home(), { recursive: true });
  // A package.json of its own: npm would otherwise climb to the workspace root and change the lockfile.
  writeFileSync(join(home(), 'package.json'), '{ "private": true }\n');
  console.log(`fetching ${wanted} from npm`);
  const install = spawnSync(
    'npm',
    ['install', '--prefix', home(), '--ignore-scripts', '--no-save', '--no-package-lock', wanted],
    { cwd: home(), encoding: 'utf8' },
  );
  const node = install.status === 0 ? cachedNode() : undefined;
  if (node === undefined) {
    console.error(`cannot get Node ${version} for ${process.platform} ${process.arch}:`);
    console.error(
      install.error?.message ?? (install.stderr.trim() || `${wanted} does not run here`),
    );
  }
  return node;
}
