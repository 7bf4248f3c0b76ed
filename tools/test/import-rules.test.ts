import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanFiles, plants } from './planted-imports.ts';
import { copyFromRepo, repoRoot, temporaryTree, write } from './planted-tree.ts';

const workspaces = ['contracts', 'edge', 'cloud', 'firmware-sim'];

test('biome reports each planted violation by its own rule, and no clean file', () => {
  const reported = rulesByFile(lint(plantedTree()));

  const expected = Object.fromEntries(plants.map(({ file, rule }) => [file, rule]));
  expect(reported).toEqual(expected);
});

test('biome passes the same tree without the violations', () => {
  const root = temporaryTree(cleanFiles);
  copyFromRepo(root, configuration());

  expect(rulesByFile(lint(root))).toEqual({});
});

function plantedTree(): string {
  const root = temporaryTree(cleanFiles);
  copyFromRepo(root, configuration());
  write(root, Object.fromEntries(plants.map(({ file, text }) => [file, text])));
  return root;
}

function configuration(): string[] {
  return [
    'biome.json',
    '.gitignore',
    'package.json',
    'tools/pure.grit',
    'tools/synchronous.grit',
    ...workspaces.map((name) => `${name}/package.json`),
  ];
}

type Diagnostic = { category: string; location: { path: string } };

function lint(root: string): Diagnostic[] {
  const biome = join(repoRoot, 'node_modules/@biomejs/biome/bin/biome');
  const run = spawnSync(
    process.execPath,
    [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '--error-on-warnings'],
    { cwd: root, encoding: 'utf8' },
  );
  if (!run.stdout.startsWith('{')) throw new Error(`biome said: ${run.stdout}${run.stderr}`);
  const report = JSON.parse(run.stdout) as { diagnostics: Diagnostic[] };
  expect(run.status).toBe(report.diagnostics.length > 0 ? 1 : 0);
  return report.diagnostics;
}

function rulesByFile(diagnostics: readonly Diagnostic[]): Record<string, string> {
  const found = new Map<string, Set<string>>();
  for (const { category, location } of diagnostics) {
    const rules = found.get(location.path) ?? new Set();
    found.set(location.path, rules.add(category));
  }
  return Object.fromEntries([...found].map(([file, rules]) => [file, [...rules].sort().join('+')]));
}
