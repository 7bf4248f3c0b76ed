import type { Files } from './planted-tree.ts';

/** One violation each; `rule` is the only rule that may report the file. */
export type Plant = { readonly file: string; readonly rule: string; readonly text: string };

const restricted = 'lint/style/noRestrictedImports';
const globals = 'lint/style/noRestrictedGlobals';
const undeclared = 'lint/correctness/noUndeclaredDependencies';

/** What every planted file below may import without a complaint. */
export const cleanFiles: Files = {
  'contracts/src/ids.ts': "import { z } from 'zod';\n\nexport const GateId = z.string();\n",
  'contracts/src/code/clean-claims.ts':
    "import { encode } from 'cborg';\nimport { GateId } from '../ids.ts';\n\nexport const bytesOf = (id: string): Uint8Array => encode(GateId.parse(id));\n",
  'edge/src/ports.ts': 'export interface Clock {\n  now(): number;\n}\n',
  'edge/src/verify/clean-verify.ts':
    "import { verify } from 'node:crypto';\nimport { GateId } from '@greengate/contracts/ids';\nimport type { Clock } from '../ports.ts';\n\nexport const check = (clock: Clock): boolean =>\n  GateId.safeParse(String(clock.now())).success && typeof verify === 'function';\n",
  'edge/src/decide/verdict.ts': 'export const verdict = (): boolean => true;\n',
  'edge/src/store/clean-journal.ts':
    "import Database from 'libsql';\n\nexport const openJournal = (path: string): unknown => new Database(path);\nexport const openedAt = (): number => Date.now();\n",
  'edge/src/devices/clean-serial.ts':
    "import { SerialPort } from 'serialport';\n\nexport const ports = SerialPort;\nexport const later = (act: () => void): unknown => setTimeout(act, 5);\n",
  'edge/src/link/clean-link.ts':
    'export const get = (url: string): Promise<Response> => fetch(url);\n',
  'edge/src/panel/clean-panel.ts':
    "import { Hono } from 'hono';\n\nexport const panel = (): Hono => new Hono();\n",
  'edge/src/passage.ts':
    "import { verdict } from './decide/verdict.ts';\n\nexport const passage = (): boolean => verdict();\n",
  'edge/src/config.ts':
    "export const home = (): string => process.env['GREENGATE_HOME'] ?? '/var/lib/greengate';\n",
  'edge/src/main.ts':
    "import { later } from './devices/clean-serial.ts';\nimport { openJournal } from './store/clean-journal.ts';\n\nlater(() => openJournal(String(Date.now())));\n",
  'edge/src/journal-worker.ts':
    "import { openJournal } from './store/clean-journal.ts';\n\nopenJournal(String(Date.now()));\n",
  'cloud/src/declare/answers.ts': 'export const answers = 3;\n',
  'cloud/src/declare/routes.ts':
    "import { Hono } from 'hono';\nimport { answers } from './answers.ts';\n\nexport const declareRoutes = (): Hono => new Hono().get('/', (c) => c.json(answers));\n",
  'cloud/src/app.ts':
    "import { declareRoutes } from './declare/routes.ts';\n\nexport const app = (): unknown => declareRoutes();\n",
  'cloud/src/store/clean-db.ts':
    "import Database from 'libsql';\n\nexport const openCloud = (path: string): unknown => new Database(path);\n",
  'cloud/src/channels/clean-post.ts':
    "import { request } from 'node:https';\n\nexport const post = request;\nexport const later = (act: () => void): unknown => setTimeout(act, 5);\n",
  'cloud/src/cli/clean-command.ts':
    "import { answers } from '../declare/answers.ts';\n\nexport const command = (): number => answers;\n",
  'cloud/src/cli.ts': 'console.log(new Date().toISOString());\n',
  'firmware-sim/src/devices/clean-device.ts':
    'export const later = (act: () => void): unknown => setTimeout(act, Math.random());\n',
  'firmware-sim/src/demo.ts': 'console.log(Date.now());\n',
  'firmware-sim/src/scanner.ts':
    "import { GateId } from '@greengate/contracts/ids';\n\nexport const scan = (id: string): string => GateId.parse(id);\n",
};

function using(name: string, from: string): string {
  return `import { ${name} } from '${from}';\n\nexport const planted = ${name};\n`;
}

function value(expression: string): string {
  return `export const planted = (): unknown => ${expression};\n`;
}

const contracts: readonly Plant[] = [
  {
    file: 'contracts/src/uses-node.ts',
    rule: 'lint/correctness/noNodejsModules+lint/style/noRestrictedImports',
    text: using('readFileSync', 'node:fs'),
  },
  {
    file: 'contracts/src/uses-hono.ts',
    rule: `${undeclared}+${restricted}`,
    text: using('Hono', 'hono'),
  },
  { file: 'contracts/src/code/reads-clock.ts', rule: 'plugin', text: value('Date.now()') },
  { file: 'contracts/src/rules/reads-date.ts', rule: 'plugin', text: value('new Date()') },
  { file: 'contracts/src/rules/rolls-dice.ts', rule: 'plugin', text: value('Math.random()') },
  {
    file: 'contracts/src/replica/waits.ts',
    rule: 'plugin',
    text: 'export async function planted(ready: Promise<number>): Promise<number> {\n  return await ready;\n}\n',
  },
];

const edge: readonly Plant[] = [
  {
    file: 'edge/src/verify/sideways.ts',
    rule: restricted,
    text: using('verdict', '../decide/verdict.ts'),
  },
  {
    file: 'edge/src/verify/code/sideways-deep.ts',
    rule: restricted,
    text: using('verdict', '../../decide/verdict.ts'),
  },
  {
    file: 'edge/src/devices/sideways.ts',
    rule: restricted,
    text: using('openJournal', '../store/clean-journal.ts'),
  },
  {
    file: 'edge/src/store/sideways.ts',
    rule: restricted,
    text: using('ports', '../devices/clean-serial.ts'),
  },
  {
    file: 'edge/src/panel/sideways.ts',
    rule: restricted,
    text: using('openJournal', '../store/clean-journal.ts'),
  },
  {
    file: 'edge/src/devices/uart/sideways-deep.ts',
    rule: restricted,
    text: using('openJournal', '../../store/clean-journal.ts'),
  },
  {
    file: 'edge/src/sync/manifest/reads-file.ts',
    rule: restricted,
    text: using('readFileSync', 'node:fs'),
  },
  {
    file: 'edge/src/link/sideways.ts',
    rule: restricted,
    text: using('openJournal', '../store/clean-journal.ts'),
  },
  {
    file: 'edge/src/record/reads-file.ts',
    rule: restricted,
    text: using('readFileSync', 'node:fs'),
  },
  { file: 'edge/src/lane/opens-socket.ts', rule: restricted, text: using('connect', 'node:net') },
  { file: 'edge/src/sync/calls-http.ts', rule: restricted, text: using('request', 'node:http') },
  {
    file: 'edge/src/clock/sleeps.ts',
    rule: restricted,
    text: using('scheduler', 'node:timers/promises'),
  },
  {
    file: 'edge/src/decide/asks-sql.ts',
    rule: restricted,
    text: "import Database from 'libsql';\n\nexport const planted = Database;\n",
  },
  {
    file: 'edge/src/lane/opens-serial.ts',
    rule: restricted,
    text: using('SerialPort', 'serialport'),
  },
  { file: 'edge/src/verify/runs-broker.ts', rule: restricted, text: using('Aedes', 'aedes') },
  {
    file: 'edge/src/devices/asks-sql.ts',
    rule: restricted,
    text: "import Database from 'libsql';\n\nexport const planted = Database;\n",
  },
  { file: 'edge/src/store/speaks-http.ts', rule: restricted, text: using('Hono', 'hono') },
  {
    file: 'edge/src/gateway.ts',
    rule: restricted,
    text: using('openJournal', './store/clean-journal.ts'),
  },
  {
    file: 'edge/src/limits.ts',
    rule: restricted,
    text: using('ports', './devices/clean-serial.ts'),
  },
  {
    file: 'edge/src/asks-cloud.ts',
    rule: `${undeclared}+${restricted}`,
    text: using('app', '@greengate/cloud/app'),
  },
  {
    file: 'edge/src/reaches-cloud.ts',
    rule: restricted,
    text: using('app', '../../cloud/src/app.ts'),
  },
  { file: 'edge/src/record/reads-clock.ts', rule: 'plugin', text: value('Date.now()') },
  { file: 'edge/src/record/reads-date.ts', rule: 'plugin', text: value('new Date()') },
  { file: 'edge/src/record/passes-clock.ts', rule: 'plugin', text: value('({ now: Date.now })') },
  { file: 'edge/src/record/rolls-dice.ts', rule: 'plugin', text: value('Math.random()') },
  {
    file: 'edge/src/record/makes-id.ts',
    rule: 'plugin',
    text: "import { randomUUID } from 'node:crypto';\n\nexport const planted = (): string => randomUUID();\n",
  },
  {
    file: 'edge/src/record/makes-bytes.ts',
    rule: 'plugin',
    text: "import { randomBytes } from 'node:crypto';\n\nexport const planted = (): unknown => randomBytes(8);\n",
  },
  { file: 'edge/src/record/makes-web-id.ts', rule: 'plugin', text: value('crypto.randomUUID()') },
  { file: 'edge/src/lane/sets-timer.ts', rule: globals, text: value('setTimeout(planted, 5)') },
  { file: 'edge/src/lane/repeats.ts', rule: globals, text: value('setInterval(planted, 5)') },
  {
    file: 'edge/src/lane/stopwatch.ts',
    rule: `${globals}+plugin`,
    text: value('performance.now()'),
  },
  { file: 'edge/src/sync/fetches.ts', rule: globals, text: value("fetch('http://cloud.test')") },
  { file: 'edge/src/sync/passes-fetch.ts', rule: globals, text: value('({ get: fetch })') },
  {
    file: 'edge/src/decide/reads-environment.ts',
    rule: 'lint/style/noProcessEnv',
    text: value("process.env['HOME']"),
  },
  {
    file: 'edge/src/decide/imports-environment.ts',
    rule: restricted,
    text: using('env', 'node:process'),
  },
];

const cloud: readonly Plant[] = [
  {
    file: 'cloud/src/screen/sideways.ts',
    rule: restricted,
    text: using('answers', '../declare/answers.ts'),
  },
  {
    file: 'cloud/src/store/sideways.ts',
    rule: restricted,
    text: using('answers', '../declare/answers.ts'),
  },
  {
    file: 'cloud/src/score/pack/sideways-deep.ts',
    rule: restricted,
    text: using('answers', '../../declare/answers.ts'),
  },
  {
    file: 'cloud/src/gateways/runs-server.ts',
    rule: restricted,
    text: using('serve', '@hono/node-server'),
  },
  {
    file: 'cloud/src/access/routes.ts',
    rule: 'plugin',
    text: value('Math.random()'),
  },
  {
    file: 'cloud/src/screen/routes.ts',
    rule: restricted,
    text: using('openCloud', '../store/clean-db.ts'),
  },
  { file: 'cloud/src/score/serves.ts', rule: restricted, text: using('Hono', 'hono') },
  {
    file: 'cloud/src/publish/routes.ts',
    rule: restricted,
    text: using('eq', 'drizzle-orm'),
  },
  {
    file: 'cloud/src/codes/reads-file.ts',
    rule: restricted,
    text: using('open', 'node:fs/promises'),
  },
  { file: 'cloud/src/ports.ts', rule: restricted, text: using('openCloud', './store/clean-db.ts') },
  {
    file: 'cloud/src/reaches-edge.ts',
    rule: restricted,
    text: using('passage', '../../edge/src/passage.ts'),
  },
  {
    file: 'cloud/src/accounts/asks-sql.ts',
    rule: restricted,
    text: using('eq', 'drizzle-orm'),
  },
  { file: 'cloud/src/accounts/store/serves.ts', rule: restricted, text: using('Hono', 'hono') },
  { file: 'cloud/src/access/reads-clock.ts', rule: 'plugin', text: value('Date.now()') },
  { file: 'cloud/src/cli/reads-disk.ts', rule: restricted, text: using('readFileSync', 'node:fs') },
  {
    file: 'cloud/src/cli/opens-store.ts',
    rule: restricted,
    text: using('openCloud', '../store/clean-db.ts'),
  },
  {
    file: 'cloud/src/cli/calls-network.ts',
    rule: globals,
    text: "export const planted = (): unknown => fetch('http://127.0.0.1/');\n",
  },
];

const simulator: readonly Plant[] = [
  {
    file: 'firmware-sim/src/starts-edge.ts',
    rule: restricted,
    text: using('passage', '../../edge/src/passage.ts'),
  },
  {
    file: 'firmware-sim/src/starts-cloud.ts',
    rule: `${undeclared}+${restricted}`,
    text: using('app', '@greengate/cloud/app'),
  },
  {
    file: 'firmware-sim/src/imports-environment.ts',
    rule: restricted,
    text: using('env', 'node:process'),
  },
  { file: 'firmware-sim/src/reads-clock.ts', rule: 'plugin', text: value('Date.now()') },
  { file: 'firmware-sim/src/sets-timer.ts', rule: globals, text: value('setTimeout(planted, 5)') },
];

const shape: readonly Plant[] = [
  {
    file: 'edge/src/lane/cycle-a.ts',
    rule: 'lint/suspicious/noImportCycles',
    text: "import { b } from './cycle-b.ts';\n\nexport const a = (): unknown => b;\n",
  },
  {
    file: 'edge/src/lane/cycle-b.ts',
    rule: 'lint/suspicious/noImportCycles',
    text: "import { a } from './cycle-a.ts';\n\nexport const b = (): unknown => a;\n",
  },
  {
    file: 'edge/src/decide/barrel.ts',
    rule: 'lint/performance/noBarrelFile',
    text: "export { verdict } from './verdict.ts';\n",
  },
  {
    file: 'edge/src/decide/barrel-all.ts',
    rule: 'lint/performance/noBarrelFile+lint/performance/noReExportAll',
    text: "export * from './verdict.ts';\n",
  },
  {
    file: 'cloud/src/score/by-default.ts',
    rule: 'lint/style/noDefaultExport',
    text: 'export default function planted(): number {\n  return 1;\n}\n',
  },
  {
    file: 'edge/src/verify/undeclared.ts',
    rule: undeclared,
    text: using('chunk', 'lodash'),
  },
  {
    file: 'edge/src/verify/no-extension.ts',
    rule: 'lint/correctness/useImportExtensions',
    text: using('check', './clean-verify'),
  },
  {
    file: 'edge/src/verify/CamelCase.ts',
    rule: 'lint/style/useFilenamingConvention',
    text: value('1'),
  },
  {
    file: 'edge/src/verify/prints.ts',
    rule: 'lint/suspicious/noConsole',
    text: "export const planted = (): void => console.log('x');\n",
  },
  {
    file: 'edge/src/verify/floats.ts',
    rule: 'lint/nursery/noFloatingPromises',
    text: 'async function later(): Promise<void> {}\n\nexport function planted(): void {\n  later();\n}\n',
  },
  {
    file: 'edge/src/verify/too-long.ts',
    rule: 'lint/style/noExcessiveLinesPerFile',
    text: Array.from({ length: 401 }, (_, n) => `export const line${n} = ${n};\n`).join(''),
  },
];

export const plants: readonly Plant[] = [...contracts, ...edge, ...cloud, ...simulator, ...shape];
