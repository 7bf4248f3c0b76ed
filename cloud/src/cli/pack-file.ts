import { malformations } from '@greengate/contracts/rules/lint';
import type { PackProblem } from '@greengate/contracts/rules/lint-problem';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import { nationalPack } from '@greengate/contracts/rules/packs/national';
import { shandongPack } from '@greengate/contracts/rules/packs/shandong';
import { starterPack } from '@greengate/contracts/rules/packs/starter';
import { zhejiangPack } from '@greengate/contracts/rules/packs/zhejiang';
import { CommandError, type Language, readJsonFile, type Shell } from './shell.ts';

const SHIPPED: ReadonlyMap<string, ScoringPack> = new Map(
  [starterPack, zhejiangPack, shandongPack, nationalPack].map((pack) => [pack.id, pack]),
);

export const PACK_ARGUMENT = [
  '<pack>',
  `a file (JSON), or the name of one that is shipped: ${[...SHIPPED.keys()].join(', ')}`,
] as const;

/** What is in a pack file, or a shipped pack, of any form. A file of that name comes first. */
export function readAnyPack(shell: Shell, name: string): unknown {
  const shipped = shell.files.exists(name) ? undefined : SHIPPED.get(name);
  return shipped ?? readJsonFile(shell, name);
}

/** A pack that has its form. Throws `CommandError` with what it lacks. */
export function readPack(shell: Shell, name: string, language: Language): ScoringPack {
  const pack = readAnyPack(shell, name);
  const problems = malformations(pack);
  if (problems.length > 0)
    throw new CommandError(`${name} is not a pack:\n${problemsText(problems, language)}`);
  return scoringPackSchema.parse(pack);
}

/** A problem on two lines: where, then what to do about it. */
export function problemsText(problems: readonly PackProblem[], language: Language): string {
  return problems
    .map((one) => `${one.code.padEnd(22)} ${one.path === '' ? '/' : one.path}\n  ${one[language]}`)
    .join('\n');
}
