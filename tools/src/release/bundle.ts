import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';

const root = resolve(import.meta.dirname, '../../..');

/** What has a native part, and so is installed where it shall run. */
const INSTALLED = ['libsql', 'serialport'] as const;
/** The same, where it can be: a machine without a compiler goes without GPIO and I2C. */
const INSTALLED_IF_POSSIBLE = ['i2c-bus', 'onoff'] as const;
/** npm asks for leave to compile there; serialport brings what it needs. */
const ALLOW_SCRIPTS = { epoll: true, 'i2c-bus': true, '@serialport/bindings-cpp': false };

/** The program and what it starts by itself, each beside it. */
const ENTRIES = ['main', 'journal-worker', 'replica-worker', 'file-trial-entry'];

/** Some of what is bundled was written for CommonJS. */
const REQUIRE =
  "import{createRequire as greengateRequire}from'node:module';const require=greengateRequire(import.meta.url);";

export interface Bundle {
  readonly folder: string;
  /** Relative to the folder, with their bytes. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * The built gateway in a few files instead of some hundreds, which a small machine reads in half the time. A folder of
 * another's is not overwritten: it must be absent, empty, or a bundle of before.
 */
export async function bundleGateway(folder: string): Promise<Bundle> {
  assertOurs(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    entryPoints: ENTRIES.map((name) => join(root, `edge/dist/${name}.js`)),
    outdir: folder,
    absWorkingDir: root,
    ...{ bundle: true, splitting: true, metafile: true, write: true },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent' },
    external: [...INSTALLED, ...INSTALLED_IF_POSSIBLE],
    banner: { js: REQUIRE },
    legalComments: 'none',
  });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  writeFileSync(join(folder, 'NOTICES'), noticesOf(metafile));
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const files = readdirSync(folder).sort();
  return {
    folder,
    files: files.map((name) => ({ name, bytes: statSync(join(folder, name)).size })),
  };
}

const NAME = 'greengate-gateway';

function assertOurs(folder: string): void {
  let held: string[] = [];
  try {
    held = readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (held.length === 0) return;
  const isBundle = held.includes('package.json') && nameIn(folder) === NAME;
  if (!isBundle) throw new FolderInUseError(folder);
}

/** `folder` holds something else than a bundle. */
export class FolderInUseError extends Error {
  readonly code = 'folder-in-use';
  constructor(folder: string) {
    super(`${folder} holds something else; name a folder that is not there yet`);
  }
}

function nameIn(folder: string): unknown {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: unknown })
    .name;
}

/** `npm install --omit=dev` beside the bundle gets what has a native part, in the version that was tested. */
function manifest() {
  const edge = JSON.parse(readFileSync(join(root, 'edge/package.json'), 'utf8')) as {
    version: string;
    license: string;
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };
  const whole = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    engines: object;
    overrides: object;
  };
  return {
    ...{ name: NAME, version: edge.version, license: edge.license, private: true, type: 'module' },
    engines: whole.engines,
    dependencies: Object.fromEntries(INSTALLED.map((name) => [name, edge.dependencies[name]])),
    optionalDependencies: Object.fromEntries(
      INSTALLED_IF_POSSIBLE.map((name) => [name, edge.optionalDependencies[name]]),
    ),
    overrides: whole.overrides,
    allowScripts: ALLOW_SCRIPTS,
  };
}

/** The licences of others whose code is in the bundle, as they ask for. */
function noticesOf({ inputs }: Metafile): string {
  const folders = new Set<string>();
  for (const path of Object.keys(inputs)) {
    const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (found !== undefined) folders.add(found);
  }
  return [...folders].sort().map(noticeOf).join('\n');
}

function noticeOf(folder: string): string {
  const at = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'));
  const file = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
  const text = file === undefined ? '' : `\n${readFileSync(join(at, file), 'utf8').trim()}\n`;
  return `== ${name} ${version}, ${license}\n${text}`;
}
