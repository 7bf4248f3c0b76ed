type LockEntry = {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
};

export type Lockfile = { packages: Record<string, LockEntry> };

/** A platform's binary package that the lockfile's packages name, but the lockfile does not hold. */
type Absent = { readonly name: string; readonly version: string; readonly parent: string };

/**
 * npm leaves an optional dependency out of the lockfile when the registry it asks does not carry it, as a mirror may
 * do with other platforms' binaries, and `npm ci` then refuses that lockfile.
 */
export function absentFrom({ packages }: Lockfile): Absent[] {
  return Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !placesFor(name, parent).some((place) => place in packages))
      .map(([name, version]) => ({ name, version, parent })),
  );
}

/** The lockfile with an entry for each absent package, marked for its platform so that no other fetches it. */
export function completed(lock: Lockfile): Lockfile {
  const packages = { ...lock.packages };
  for (const { name, version, parent } of absentFrom(lock)) {
    const dev = packages[parent]?.dev === true ? { dev: true } : {};
    packages[`node_modules/${name}`] = { version, ...dev, optional: true, ...platformIn(name) };
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

/** Where Node looks for a package that `parent` imports, innermost first. */
function placesFor(name: string, parent: string): string[] {
  const inside = parent === '' ? `node_modules/${name}` : `${parent}/node_modules/${name}`;
  const cut = parent.lastIndexOf('node_modules/');
  if (parent === '') return [inside];
  return [inside, ...placesFor(name, cut <= 0 ? '' : parent.slice(0, cut - 1))];
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32'];
const processors = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
];

/** Binary packages carry their platform in the name: `cli-linux-x64-musl`. */
function platformIn(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`no single platform in ${name}`);
  const musl = words.some((word) => word.startsWith('musl'));
  const glibc = words.some((word) => word.startsWith('gnu'));
  const libc = musl ? { libc: ['musl'] } : glibc ? { libc: ['glibc'] } : {};
  return { os, cpu, ...libc };
}
