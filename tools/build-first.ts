import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Vitest calls this once before any test: workers and commands that tests start are dist/*.js. */
export function setup(): void {
  const root = resolve(import.meta.dirname, '..');
  const tsc = resolve(root, 'node_modules/typescript/bin/tsc');
  const build = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`tsc -b failed:\n${build.stdout}${build.stderr}`);
}
