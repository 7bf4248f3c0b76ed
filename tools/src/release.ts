/** `npm run release`: the gateway as a few files, to be copied to its machine. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleGateway, FolderInUseError } from './release/bundle.ts';

const HELP = `npm run release -- [--out FOLDER] [--json]

Writes the built gateway as a few files to FOLDER (release/gateway where none is named). Copy it to its machine and run
\`npm install --omit=dev\` in it there; docs/operations.md goes on from there.

Exit codes: 0 written, 1 FOLDER holds something else, 2 the command is wrong.
`;

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      out: { type: 'string', default: 'release/gateway' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  // npm runs this at the repository's root; INIT_CWD is where the user stood.
  const bundle = await bundleGateway(resolve(process.env['INIT_CWD'] ?? '.', values.out));
  const lines = bundle.files.map(({ name, bytes }) => `${String(bytes).padStart(8)} ${name}`);
  const text = values.json ? JSON.stringify(bundle) : [bundle.folder, ...lines].join('\n');
  process.stdout.write(`${text}\n`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = error instanceof FolderInUseError ? 1 : 2;
}
