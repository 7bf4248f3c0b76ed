import { absentFrom, type Lockfile } from '../lockfile.ts';
import { textIfAny, workspaces } from './repo-files.ts';

type Manifest = {
  readonly license?: string;
  readonly engines?: { readonly node?: string };
} & { readonly [kind in (typeof dependencyKinds)[number]]?: Readonly<Record<string, string>> };

const dependencyKinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

export function exactVersions(root: string): string[] {
  return manifestsOf(root).flatMap(([file, manifest]) =>
    dependencyKinds
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/.test(version))
      .map(([name, version]) => `${file}: ${name} ${version} is not an exact version`),
  );
}

/** Two workspaces with two versions of one package would load it twice. */
export function oneVersion(root: string): string[] {
  const seen = new Map<string, string>();
  return manifestsOf(root).flatMap(([file, manifest]) =>
    dependencyKinds
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .flatMap(([name, version]) => {
        const first = seen.get(name) ?? version;
        seen.set(name, first);
        return first === version
          ? []
          : [`${file}: ${name} is ${version} here and ${first} elsewhere`];
      }),
  );
}

/** `engines` stands once, at the root: npm checks it there, and a second copy would drift. */
export function licencesAndEngines(root: string): string[] {
  return manifestsOf(root).flatMap(([file, { license, engines }]) => {
    const isRoot = file === 'package.json';
    return [
      ...(license === 'Apache-2.0' ? [] : [`${file}: the licence is ${license}, not Apache-2.0`]),
      ...(isRoot && engines?.node === undefined ? [`${file}: no engines.node`] : []),
      ...(!isRoot && engines !== undefined ? [`${file}: engines belongs to the root`] : []),
    ];
  });
}

export function contractsDependencies(root: string): string[] {
  const allowed = ['cborg', 'zod'];
  return manifestsOf(root)
    .filter(([file]) => file === 'contracts/package.json')
    .flatMap(([file, manifest]) =>
      Object.keys(manifest.dependencies ?? {})
        .filter((name) => !allowed.includes(name))
        .map((name) => `${file}: contracts may not depend on ${name}`),
    );
}

/** `npm ci` refuses a lockfile that lacks an optional dependency; tools/src/complete-lockfile.ts adds them. */
export function wholeLockfile(root: string): string[] {
  const text = textIfAny(root, 'package-lock.json');
  if (text === undefined) return ['package-lock.json: does not exist'];
  const absent = absentFrom(JSON.parse(text) as Lockfile);
  return absent.map(({ name }) => `package-lock.json: no entry for ${name}`);
}

function manifestsOf(root: string): [file: string, manifest: Manifest][] {
  return ['package.json', ...workspaces.map((name) => `${name}/package.json`)].flatMap((file) => {
    const text = textIfAny(root, file);
    return text === undefined ? [] : [[file, JSON.parse(text) as Manifest]];
  });
}
