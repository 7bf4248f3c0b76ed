import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Looks at a repository and says what is wrong, one line a finding; nothing found is an empty list. */
export type Check = (root: string) => string[] | Promise<string[]>;

export const workspaces = ['contracts', 'cloud', 'edge', 'firmware-sim', 'tools', 'bench'] as const;

const notOurs = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);

/** Every file under `root` that could be committed, as paths with `/`, sorted. */
export function filesOf(root: string): string[] {
  return list(root, '').sort();
}

export function sourcesOf(root: string): string[] {
  return filesOf(root).filter((file) => /^[\w-]+\/src\/.*\.tsx?$/.test(file));
}

/** Tests of the product: those of tools/ plant violations on purpose, so they prove nothing about it. */
export function testsOf(root: string): string[] {
  return filesOf(root).filter((file) => /\.test\.tsx?$/.test(file) && !file.startsWith('tools/'));
}

export function textOf(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** The text, or nothing when the file is not there: the caller reports that in its own words. */
export function textIfAny(root: string, file: string): string | undefined {
  return existsSync(join(root, file)) ? textOf(root, file) : undefined;
}

function list(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : list(root, path);
    return entry.isFile() ? [path] : [];
  });
}
