import { sourcesOf, textOf } from './repo-files.ts';

/** What a limit may be counted in; a `Max`, `Min`, `Default` or `Step` may follow. */
const units = [
  ...['Bytes', 'KiB', 'MiB', 'Bits', 'Chars', 'Rows', 'Count', 'Depth', 'Levels'],
  ...['Us', 'Ms', 'Seconds', 'Minutes', 'Hours', 'Days'],
  ...[
    'CentiC',
    'Millimetres',
    'Percent',
    'PerMille',
    'PerSecond',
    'PerMinute',
    'PerHour',
    'PerDay',
  ],
];

const named = new RegExp(`(?:${units.join('|')})(?:Max|Min|Default|Step)?$`);
const unnamed = new RegExp(`^(?:${units.join('|').toLowerCase()})(?:Max|Min|Default|Step)?$`);

/** Every constant of a limits.ts says its unit in its name and has a doc comment. */
export function limits(root: string): string[] {
  return sourcesOf(root)
    .filter((file) => /(?:^|\/)limits\.ts$/.test(file))
    .flatMap((file) => judge(file, textOf(root, file).split('\n')));
}

function judge(file: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, at) => {
    const name = /^export const (?<name>\w+)/.exec(line)?.groups?.['name'];
    if (name === undefined) return [];
    return [
      ...(named.test(name) || unnamed.test(name) ? [] : [`${file}: ${name} names no unit`]),
      ...(isDocumented(lines, at) ? [] : [`${file}: ${name} has no doc comment`]),
    ];
  });
}

/** One comment may serve a run of constants that no empty line breaks. */
function isDocumented(lines: readonly string[], at: number): boolean {
  const above = lines[at - 1];
  if (above === undefined || above.trim() === '') return false;
  return above.trim().endsWith('*/') || isDocumented(lines, at - 1);
}
