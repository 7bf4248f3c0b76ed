import { filesOf, sourcesOf, textOf } from './repo-files.ts';

const sourceLinesCountMax = 400;

export function longFiles(root: string): string[] {
  return sourcesOf(root).flatMap((file) => {
    const lines = textOf(root, file).trimEnd().split('\n').length;
    return lines > sourceLinesCountMax ? [`${file}: ${lines} lines`] : [];
  });
}

export function barrels(root: string): string[] {
  return codeOf(root)
    .filter((file) => /(?:^|\/)index\.[cm]?[jt]sx?$/.test(file))
    .map((file) => `${file}: a module is named after what it holds`);
}

export function vagueNames(root: string): string[] {
  return codeOf(root)
    .filter((file) => /(?:^|[/-])(?:utils?|helpers?|shared|common|misc)(?:\/|\.[\w.]+$)/.test(file))
    .map((file) => `${file}: a thing that two stages need has a noun of its own`);
}

export function defaultExports(root: string): string[] {
  return matching(
    root,
    codeOf(root).filter((file) => !/\.config\.[cm]?[jt]s$/.test(file)),
    new RegExp(`^\\s*export (?:${'default'}\\b|\\{[^}]*\\bas ${'default'}\\b)`, 'm'),
    'a default export',
  );
}

export function idleTests(root: string): string[] {
  return matching(
    root,
    codeOf(root).filter((file) => /\.(?:test|case)\.tsx?$|\/test\//.test(file)),
    /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.(?:skip|only|todo|fails)\b|\b[xf](?:it|describe)\(/,
    'a test that does not run, or keeps others from running',
  );
}

export function leftOvers(root: string): string[] {
  const markers = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|');
  // Data may spell anything: a lockfile's hashes, a golden vector's Base45.
  return matching(
    root,
    filesOf(root).filter((file) => isText(file) && !file.endsWith('.json')),
    new RegExp(`\\b(?:${markers})\\b`),
    'left over',
  );
}

/** The names of the machinery around a developer are no part of the product. */
export function privateNames(root: string): string[] {
  const names = ['farm-' + 'bench', 'farm-' + 'studio', '\\.lib' + 'rary'].join('|');
  return matching(root, filesOf(root).filter(isText), new RegExp(names, 'i'), 'an internal name');
}

function matching(root: string, files: readonly string[], sign: RegExp, what: string): string[] {
  return files.flatMap((file) => {
    const hit = sign.exec(textOf(root, file))?.[0].trim();
    return hit === undefined ? [] : [`${file}: ${what}: ${hit}`];
  });
}

function codeOf(root: string): string[] {
  return filesOf(root).filter((file) => /\.[cm]?[jt]sx?$/.test(file));
}

function isText(file: string): boolean {
  return (
    /\.(?:[cm]?[jt]sx?|jsonc?|md|ya?ml|toml|sh|sql|html|css|grit|txt|service|rules|conf)$/.test(
      file,
    ) || /(?:^|\/)(?:[A-Z][A-Za-z]*|run|\.\w+)$/.test(file)
  );
}
