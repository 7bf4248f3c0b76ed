import { malformations } from '@greengate/contracts/rules/lint';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import type { PackFinding } from '@greengate/contracts/wire/packs';
import { CommandError, type Language, readJsonFile, type Shell } from './shell.ts';

// Parsing them takes as long as most commands do in all.
const SHIPPED: ReadonlyMap<string, () => Promise<ScoringPack>> = new Map([
  ['starter', async () => (await import('@greengate/contracts/rules/packs/starter')).starterPack],
  [
    'zhejiang',
    async () => (await import('@greengate/contracts/rules/packs/zhejiang')).zhejiangPack,
  ],
  [
    'shandong',
    async () => (await import('@greengate/contracts/rules/packs/shandong')).shandongPack,
  ],
  [
    'national',
    async () => (await import('@greengate/contracts/rules/packs/national')).nationalPack,
  ],
]);

export const PACK_ARGUMENT = [
  '<pack>',
  `a file (JSON), or the name of one that is shipped: ${[...SHIPPED.keys()].join(', ')}`,
] as const;

/** What is in a pack file, or a shipped pack, of any form. A file of that name comes first. */
export async function readAnyPack(shell: Shell, name: string): Promise<unknown> {
  const shipped = shell.files.exists(name) ? undefined : SHIPPED.get(name);
  return shipped === undefined ? readJsonFile(shell, name) : shipped();
}

/** A pack that has its form. Throws `CommandError` with what it lacks. */
export async function readPack(
  shell: Shell,
  name: string,
  language: Language,
): Promise<ScoringPack> {
  const pack = await readAnyPack(shell, name);
  const problems = malformations(pack);
  if (problems.length > 0)
    throw new CommandError(`${name} is not a pack:\n${problemsText(problems, language)}`);
  return scoringPackSchema.parse(pack);
}

/** A problem on two lines: where, then what to do about it. */
export function problemsText(problems: readonly PackFinding[], language: Language): string {
  return problems
    .map((one) => `${one.code.padEnd(22)} ${one.path === '' ? '/' : one.path}\n  ${one[language]}`)
    .join('\n');
}
