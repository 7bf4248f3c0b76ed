import { filesOf, textIfAny } from './repo-files.ts';

export function changelog(root: string): string[] {
  const text = textIfAny(root, 'CHANGELOG.md');
  if (text === undefined) return ['CHANGELOG.md: does not exist'];
  const { version } = JSON.parse(textIfAny(root, 'package.json') ?? '{}') as { version?: string };
  const headings = [...text.matchAll(/^## \[?(?<name>[^\]\s]+)/gm)].map((h) => h.groups?.['name']);
  const expected = ['Unreleased', version];
  return headings.some((heading) => expected.includes(heading))
    ? []
    : [`CHANGELOG.md: no section for Unreleased or ${version}`];
}

/** docs/decisions/NNNN-*.md count from 0001 without a gap. */
export function decisions(root: string): string[] {
  const records = filesOf(root).filter((file) => /^docs\/decisions\/[^/]+$/.test(file));
  return records.flatMap((file, at) => {
    const due = String(at + 1).padStart(4, '0');
    const named = new RegExp(`/${due}-[a-z0-9-]+\\.md$`).test(file);
    return named ? [] : [`${file}: the name should start with ${due}-`];
  });
}

export function licence(root: string): string[] {
  const text = textIfAny(root, 'LICENSE') ?? '';
  const whole =
    text.includes('Version 2.0, January 2004') && text.includes('9. Accepting Warranty');
  return whole ? [] : ['LICENSE: not the full Apache-2.0 text'];
}
