import { expect, test } from 'vitest';
import { checks } from '../src/tidy/checks.ts';
import { copyFromRepo, type Files, temporaryTree, write } from './planted-tree.ts';

type Name = keyof typeof checks;

const tree = (lines: string): Files => ({
  'README.md': `# Greengate\n\n## The tree\n\nWords.\n\n\`\`\`text\n${lines}\`\`\`\n`,
});

const clean: Files = {
  ...tree(
    'contracts/src/code/  the code\n  and more of it\nedge/  the gateway\ndocs/  documents\n',
  ),
  'package.json':
    '{"version":"0.1.0","license":"Apache-2.0","engines":{"node":">=20"},"devDependencies":{"zod":"4.6.7"}}',
  'package-lock.json': '{"packages":{"":{}}}',
  'contracts/package.json': '{"license":"Apache-2.0","dependencies":{"zod":"4.6.7"}}',
  'contracts/src/refusals.ts':
    "export const REASONS = { 'code-expired': { zh: '过期', en: 'Expired' } };\n",
  'contracts/src/code/claims.ts': 'export const claims = 1;\n',
  'edge/src/limits.ts':
    '/** Longest line. */\nexport const lineBytesMax = 512;\n\n/** Range. */\nexport const bodyCentiCMin = 1;\nexport const bodyCentiCMax = 2;\n',
  'edge/src/shared-ring.ts': '// Memory that two threads share.\n',
  'edge/test/passage.test.ts': "test('P1: a refusal says why', () => refuse('code-expired'));\n",
  'docs/reason-codes.md': '| `code-expired` | over |\n',
  'docs/properties.md': '# Properties\n\n## P1 Refusals\n\nHeld by `edge/test/passage.test.ts`.\n',
  'docs/decisions/0001-one-writer.md': '# One writer\n',
  'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n',
};

const plants: readonly [name: Name, planted: Files, finding: string][] = [
  [
    "README's tree equals the folders",
    tree('edge/\ncontracts/src/code/\ndocs/\ngone/  x\n'),
    'gone/',
  ],
  ["README's tree equals the folders", { 'edge/src/lane/reduce.ts': '' }, 'edge/src/lane/'],
  ["README's tree equals the folders", { 'deploy/edge/install.sh': '' }, 'deploy/'],
  ["README's tree equals the folders", { 'README.md': '# No tree\n' }, 'no fenced block'],
  [
    'each reason code is documented and tested',
    { 'docs/reason-codes.md': 'code-expired-2' },
    'not documented',
  ],
  [
    'each reason code is documented and tested',
    { 'edge/test/passage.test.ts': "test('P1 code-expired');" },
    'no test names',
  ],
  [
    'each reason code is documented and tested',
    { 'contracts/src/refusals.ts': 'export const OTHER = {};\n' },
    'exports no REASONS',
  ],
  [
    'each limit has a unit and a comment',
    { 'edge/src/limits.ts': '/** x */\nexport const lineMax = 1;\n' },
    'lineMax names no unit',
  ],
  [
    'each limit has a unit and a comment',
    { 'edge/src/limits.ts': 'export const waitMs = 1;\n' },
    'waitMs has no doc comment',
  ],
  [
    'each property names its test',
    { 'docs/properties.md': '## P1 x\n\nNo test.\n' },
    'P1 names no test',
  ],
  [
    'each property names its test',
    { 'docs/properties.md': '- P1 `edge/test/gone.test.ts`\n' },
    'does not exist',
  ],
  [
    'each property names its test',
    { 'edge/test/passage.test.ts': "// P1\ntest('P11 code', () => 'code-expired');\n" },
    'no test title says P1',
  ],
  [
    'each property names its test',
    {
      'docs/properties.md': '| P2 | edge/test/passage.test.ts |\n',
      'edge/test/passage.test.ts': "test('P2 code', () => 'code-expired');\n",
    },
    'P2 stands where P1 is due',
  ],
  ['each property names its test', { 'docs/properties.md': 'Nothing.\n' }, 'states no property'],
  ['no file is long', { 'edge/src/long.ts': 'x;\n'.repeat(401) }, '401 lines'],
  ['no index.ts', { 'edge/src/index.ts': '' }, 'edge/src/index.ts'],
  ['no vague names', { 'edge/src/time-utils.ts': '' }, 'time-utils.ts'],
  ['no vague names', { 'contracts/src/code/helpers/pad.ts': '' }, 'helpers/pad.ts'],
  ['no default exports', { 'edge/src/a.ts': `export ${'default'} 1;\n` }, 'edge/src/a.ts'],
  ['every test runs', { 'edge/test/a.test.ts': `test.${'skip'}('x');\n` }, 'edge/test/a.test.ts'],
  [
    'every test runs',
    { 'edge/test/a.test.ts': `describe.each([1]).x; it.${'only'}('x');\n` },
    'a.test.ts',
  ],
  ['every test runs', { 'edge/test/port.case.ts': `it.${'todo'}('x');\n` }, 'port.case.ts'],
  ['nothing is left over', { 'edge/src/a.ts': `// ${'TO'}${'DO'}: later\n` }, 'edge/src/a.ts'],
  ['no internal names', { 'docs/a.md': `see .${'lib'}${'rary'}/x\n` }, 'docs/a.md'],
  ['no internal names', { '.ci/run': `${'farm'}-${'bench'}\n` }, '.ci/run'],
  [
    'package versions are exact',
    { 'edge/package.json': '{"license":"Apache-2.0","dependencies":{"pino":"^10.4.0"}}' },
    'pino ^10.4.0',
  ],
  [
    'one version of a package',
    { 'edge/package.json': '{"license":"Apache-2.0","dependencies":{"zod":"4.6.6"}}' },
    'zod is 4.6.6 here and 4.6.7',
  ],
  ['licences and engines', { 'edge/package.json': '{"license":"MIT"}' }, 'MIT'],
  [
    'licences and engines',
    { 'edge/package.json': '{"license":"Apache-2.0","engines":{"node":">=18"}}' },
    'belongs to the root',
  ],
  [
    'licences and engines',
    { 'package.json': '{"version":"0.1.0","license":"Apache-2.0"}' },
    'no engines.node',
  ],
  [
    'contracts depends on zod and cborg',
    { 'contracts/package.json': '{"license":"Apache-2.0","dependencies":{"hono":"4.13.19"}}' },
    'hono',
  ],
  [
    'the lockfile is whole',
    {
      'package-lock.json':
        '{"packages":{"node_modules/a":{"optionalDependencies":{"a-win32-x64":"1.0.0"}}}}',
    },
    'no entry for a-win32-x64',
  ],
  [
    'the changelog has a current section',
    { 'CHANGELOG.md': '## [0.0.9]\n' },
    'no section for Unreleased or 0.1.0',
  ],
  ['decisions are numbered', { 'docs/decisions/0003-late.md': '' }, 'should start with 0002-'],
  ['decisions are numbered', { 'docs/decisions/0001-twice.md': '' }, 'should start with 0002-'],
  ['the licence is there in full', { LICENSE: 'Apache-2.0\n' }, 'not the full'],
];

test('the clean tree passes every check', async () => {
  expect(await findings(cleanTree())).toEqual({});
});

test.each(plants)('%s: caught when planted (%#)', async (name, planted, finding) => {
  const root = cleanTree();
  write(root, planted);

  expect(await findings(root)).toEqual({ [name]: [expect.stringContaining(finding)] });
});

test('every check has a plant', () => {
  expect(new Set(plants.map(([name]) => name))).toEqual(new Set(Object.keys(checks)));
});

function cleanTree(): string {
  const root = temporaryTree(clean);
  copyFromRepo(root, ['LICENSE']);
  return root;
}

async function findings(root: string): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [name, check] of Object.entries(checks)) {
    const lines = await check(root);
    if (lines.length > 0) found[name] = lines;
  }
  return found;
}
