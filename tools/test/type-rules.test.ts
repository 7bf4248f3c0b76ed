import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyFromRepo, link, repoRoot, temporaryTree, write } from './planted-tree.ts';

const cleanFiles = {
  'contracts/src/ids.ts':
    "import { z } from 'zod';\n\nexport const GateId: z.ZodString = z.string();\n",
  'cloud/src/app.ts': 'export const app = 1;\n',
  'edge/src/gate.ts':
    "import { readFileSync } from 'node:fs';\nimport { GateId } from '@greengate/contracts/ids';\n\nexport const id = GateId.parse(readFileSync('/etc/hostname', 'utf8'));\n",
};

const plants: Readonly<Record<string, readonly [text: string, error: string]>> = {
  'contracts/src/waits.ts': ['export const later = setTimeout;\n', 'TS2304'],
  'contracts/src/prints.ts': ["console.log('x');\n\nexport const one = 1;\n", 'TS2584'],
  'contracts/src/asks-process.ts': ['export const home = process.cwd();\n', 'TS2591'],
  'contracts/src/reads.ts': [
    "import { open } from 'node:fs';\n\nexport const o = open;\n",
    'TS2591',
  ],
  'edge/src/asks-cloud.ts': [
    "import { app } from '@greengate/cloud/app';\n\nexport const a = app;\n",
    'TS2307',
  ],
  'edge/src/asks-cloud-dist.ts': [
    "import { app } from '@greengate/cloud/dist/app.js';\n\nexport const a = app;\n",
    'TS2307',
  ],
  'edge/src/reaches-cloud.ts': [
    "import { app } from '../../cloud/src/app.ts';\n\nexport const a = app;\n",
    'TS6059',
  ],
  'edge/src/enumerates.ts': ['export enum Colour {\n  green,\n}\n', 'TS1294'],
  'edge/src/indexes.ts': ['export const first = (all: string[]): string => all[0];\n', 'TS2322'],
  'edge/src/unused.ts': ['const left = 1;\n\nexport const right = 2;\n', 'TS6133'],
};

test('tsc passes a clean tree, and refuses each violation planted in it with its own error', () => {
  const root = tree();
  expect(errorsByFile(root)).toEqual({});

  write(root, Object.fromEntries(Object.entries(plants).map(([file, [text]]) => [file, text])));
  const expected = Object.entries(plants).map(([file, [, error]]) => [file, error]);
  expect(errorsByFile(root)).toEqual(Object.fromEntries(expected));
});

function tree(): string {
  const root = temporaryTree(cleanFiles);
  copyFromRepo(root, [
    'tsconfig.base.json',
    ...['contracts', 'edge', 'cloud'].flatMap((name) => [
      `${name}/package.json`,
      `${name}/tsconfig.json`,
    ]),
  ]);
  for (const name of ['zod', '@types/node', 'undici-types']) {
    link(root, `node_modules/${name}`, join(repoRoot, 'node_modules', name));
  }
  for (const name of ['contracts', 'cloud', 'edge']) {
    link(root, `node_modules/@greengate/${name}`, join(root, name));
  }
  return root;
}

function errorsByFile(root: string): Record<string, string> {
  const tsc = join(repoRoot, 'node_modules/typescript/bin/tsc');
  const found: Record<string, string> = {};
  for (const project of ['contracts', 'edge']) {
    const run = spawnSync(process.execPath, [tsc, '-b', project, '--pretty', 'false'], {
      cwd: root,
      encoding: 'utf8',
    });
    const errors = [...run.stdout.matchAll(/^(?<file>\S+?)\(\d+,\d+\): error (?<code>TS\d+)/gm)];
    expect(run.status === 0, run.stdout + run.stderr).toBe(errors.length === 0);
    for (const { groups } of errors) found[String(groups?.['file'])] ??= String(groups?.['code']);
  }
  return found;
}
