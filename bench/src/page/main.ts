/** `npm run benchmarks`: writes docs/benchmarks.md and its charts from the reports in bench/results. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { writtenPage } from './written-page.ts';

const root = resolve(import.meta.dirname, '../../..');

const { json } = new Command('benchmarks')
  .description('Writes docs/benchmarks.md and its charts from the reports in bench/results.')
  .option('--json', 'name the files that were written, for a machine')
  .parse()
  .opts<{ json?: true }>();

const files = writtenPage(join(root, 'bench/results'));
rmSync(join(root, 'docs/benchmarks'), { recursive: true, force: true });
for (const [name, text] of files) {
  const file = join(root, 'docs', name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
const names = [...files.keys()].map((name) => `docs/${name}`);
process.stdout.write(`${json ? JSON.stringify({ written: names }) : names.join('\n')}\n`);
