import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, textIfAny, workspaces } from './repo-files.ts';

const section = /^## The tree\n[\s\S]*?^```[^\n]*\n(?<block>[\s\S]*?)^```/m;

/** README's `## The tree`: each line starts with a path; a line that starts with a space goes on with the last. */
export function readmeTree(root: string): string[] {
  const block = section.exec(textIfAny(root, 'README.md') ?? '')?.groups?.['block'];
  if (block === undefined) return ['README.md: no fenced block under "## The tree"'];

  const listed = block.split('\n').flatMap((line) => /^[^\s#]\S*/.exec(line) ?? []);
  const missing = listed.filter((path) => !existsSync(join(root, path)));
  const unlisted = foldersOf(root).filter((folder) => !listed.includes(folder));
  const untold = topFoldersOf(root).filter((top) => !listed.some((path) => path.startsWith(top)));
  const twice = listed.filter((path, at) => listed.indexOf(path) !== at);
  return [
    ...missing.map((path) => `README.md: the tree lists ${path}, which does not exist`),
    ...[...unlisted, ...untold].map((path) => `README.md: the tree does not list ${path}`),
    ...twice.map((path) => `README.md: the tree lists ${path} twice`),
  ];
}

/** `<workspace>/src/<folder>/` of every folder that holds a file. */
function foldersOf(root: string): string[] {
  const pattern = new RegExp(`^(?:${workspaces.join('|')})/src/[^/]+/`);
  return distinct(filesOf(root).flatMap((file) => pattern.exec(file) ?? []));
}

function topFoldersOf(root: string): string[] {
  return distinct(filesOf(root).flatMap((file) => /^[^./][^/]*\//.exec(file) ?? []));
}

function distinct(all: readonly string[]): string[] {
  return [...new Set(all)];
}
