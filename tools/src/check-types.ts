/** Type-checks the tests of every workspace: `npm run types` (the sources are checked by `tsc -b`). */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const tsc = join(root, 'node_modules/typescript/bin/tsc');

const projects = readdirSync(root)
  .map((folder) => join(folder, 'tsconfig.test.json'))
  .filter((project) => existsSync(join(root, project)));

const failed = projects.filter((project) => {
  const run = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' });
  return run.status !== 0;
});

console.log(`${projects.length} test projects checked, ${failed.length} with errors`);
process.exitCode = failed.length > 0 ? 1 : 0;
