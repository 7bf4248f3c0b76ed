import { InvalidArgumentError, Option } from 'commander';

export const JSON_FLAG = ['--json', 'print JSON instead of text'] as const;

/** `--language zh|en` of the commands whose findings are in both. */
export function languageOption(): Option {
  return new Option('--language <language>', 'of the texts').choices(['zh', 'en']).default('en');
}

export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}

export function matching(pattern: RegExp, what: string) {
  return (text: string): string => {
    if (!pattern.test(text)) throw new InvalidArgumentError(what);
    return text;
  };
}
