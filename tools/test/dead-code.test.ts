import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyFromRepo, link, repoRoot, temporaryTree, write } from './planted-tree.ts';

const manifest = (name: string, rest: object = {}): string =>
  JSON.stringify({ name, version: '0.1.0', private: true, type: 'module', ...rest });

const cleanFiles = {
  'package.json': manifest('greengate', { workspaces: ['contracts', 'edge'] }),
  'contracts/src/ids.ts': "export const gate = 'G1';\n",
  'contracts/src/colours.ts': "export const green = 'G';\n",
  'edge/package.json': manifest('@greengate/edge', {
    exports: {},
    dependencies: { '@greengate/contracts': '0.1.0', pino: '10.4.0' },
  }),
  'edge/src/main.ts':
    "import { gate } from '@greengate/contracts/ids';\nimport { pino } from 'pino';\nimport { open } from './gate.ts';\n\nopen(pino(), gate, new Worker('./journal-worker.js'));\n",
  'edge/src/gate.ts':
    'export interface Log {\n  info(text: string): void;\n}\n\nexport const open = (log: Log, ...all: unknown[]): void => log.info(String(all));\n',
  'edge/src/journal-worker.ts': "console.log('apart');\n",
  'edge/test/gate.test.ts':
    "import { green } from '@greengate/contracts/colours';\nimport { open } from '../src/gate.ts';\n\nopen({ info: String }, green);\n",
};

const plants = {
  'contracts/src/ids.ts': "export const gate = 'G1';\nexport const nobodyAsks = 1;\n",
  'edge/src/gate.ts': `${cleanFiles['edge/src/gate.ts']}export const alsoOpen = 1;\n`,
  'edge/src/nobody-imports.ts': 'export const lonely = 1;\n',
  'edge/package.json': manifest('@greengate/edge', {
    exports: {},
    dependencies: { '@greengate/contracts': '0.1.0', pino: '10.4.0', hono: '4.13.19' },
  }),
};

test('knip passes a clean tree, and reports what is planted in it', () => {
  const root = tree();
  expect(issues(root)).toEqual([]);

  write(root, plants);
  expect(issues(root)).toEqual([
    'contracts/src/ids.ts exports nobodyAsks',
    'edge/package.json dependencies hono',
    'edge/src/gate.ts exports alsoOpen',
    'edge/src/nobody-imports.ts files edge/src/nobody-imports.ts',
  ]);
});

function tree(): string {
  const root = temporaryTree(cleanFiles);
  copyFromRepo(root, ['knip.json', 'tsconfig.base.json']);
  copyFromRepo(root, ['contracts/tsconfig.json', 'edge/tsconfig.json']);
  write(root, {
    'contracts/package.json': manifest('@greengate/contracts', {
      exports: { './*': { source: './src/*.ts', types: './dist/*.d.ts', default: './dist/*.js' } },
    }),
  });
  link(root, 'node_modules/@greengate/contracts', join(root, 'contracts'));
  link(root, 'node_modules/pino', join(repoRoot, 'node_modules/pino'));
  return root;
}

type Named = { readonly name: string };
type Report = { readonly issues: readonly ({ file: string } & Record<string, readonly Named[]>)[] };

function issues(root: string): string[] {
  const knip = join(repoRoot, 'node_modules/knip/bin/knip.js');
  const run = spawnSync(process.execPath, [knip, '--reporter', 'json', '--no-config-hints'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (!run.stdout.startsWith('{')) throw new Error(`knip said: ${run.stdout}${run.stderr}`);
  const found = (JSON.parse(run.stdout) as Report).issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, named]) =>
      Array.isArray(named) ? named.map(({ name }) => `${file} ${kind} ${name}`) : [],
    ),
  );
  expect(run.status).toBe(found.length > 0 ? 1 : 0);
  return found.sort();
}
