import { lintPack } from '@greengate/contracts/rules/certlogic';
import type { PackProblem } from '@greengate/contracts/rules/lint-problem';
import { runTests } from '@greengate/contracts/rules/lint-tests';
import { narrows } from '@greengate/contracts/rules/narrows';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import type { Command } from 'commander';
import { JSON_FLAG, languageOption } from './options.ts';
import { PACK_ARGUMENT, problemsText, readAnyPack, readPack } from './pack-file.ts';
import { type Language, type Shell, show } from './shell.ts';

interface CheckOptions {
  readonly language: Language;
  readonly json?: boolean;
}

/** `greengate rules lint|test|narrow`: what can be found out about a pack without a cloud. */
export function addRulesChecks(rules: Command, shell: Shell): void {
  rules
    .command('lint')
    .description('everything that speaks against publishing a pack')
    .argument(...PACK_ARGUMENT)
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (name: string, { language, json }: CheckOptions) => {
      const problems = lintPack(await readAnyPack(shell, name));
      if (problems.length > 0) shell.found();
      show(shell, json, { pack: name, problems }, lintText(problems, language));
    });

  rules
    .command('test')
    .description("run a pack's own tests")
    .argument(...PACK_ARGUMENT)
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (name: string, { language, json }: CheckOptions) => {
      const tests = testResults(await readPack(shell, name, language));
      const failed = tests.filter(({ problem }) => problem !== null).length;
      if (failed > 0) shell.found();
      const lines = tests.map((test) =>
        test.problem === null ? `ok    ${test.name}` : `FAIL  ${test.problem[language]}`,
      );
      const result = { pack: name, passed: tests.length - failed, failed, tests };
      const sum = { en: `${tests.length} tests, ${failed} failed.` };
      const text = { ...sum, zh: `共 ${tests.length} 项测试，失败 ${failed} 项。` };
      show(shell, json, result, [...lines, text[language]].join('\n'));
    });

  addNarrow(rules, shell);
}

function addNarrow(rules: Command, shell: Shell): void {
  rules
    .command('narrow')
    .description("join a city's pack to its province's hard lines, or say where it is weaker")
    .argument('<city>', PACK_ARGUMENT[1])
    .requiredOption('--province <pack>', "the province's pack, a file or a name")
    .option('--out <file>', 'write the joined pack here; never overwrites')
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (city: string, options: CheckOptions & { province: string; out?: string }) => {
      const { province, out, language, json } = options;
      const inside = await readPack(shell, province, language);
      const { pack, problems } = narrows(await readPack(shell, city, language), inside);
      if (pack === null) shell.found();
      else if (out !== undefined)
        shell.files.writeNew(out, `${JSON.stringify(pack, null, 1)}\n`, false);
      const lines = inside.rules.filter(({ hardLine }) => hardLine).length;
      const fine = {
        zh: `已并入 ${lines} 条省级硬性规定。`,
        en: `Joined to ${lines} hard lines of the province.`,
      };
      const text = pack === null ? lintText(problems, language) : fine[language];
      show(shell, json, { pack, problems }, text);
    });
}

interface TestResult {
  readonly name: string;
  readonly problem: PackProblem | null;
}

function testResults(pack: ScoringPack): readonly TestResult[] {
  const { failures, errors } = runTests(pack);
  const byPath = new Map([...failures, ...errors].map((problem) => [problem.path, problem]));
  return pack.tests.map((test, index) => ({
    name: test.name,
    problem: byPath.get(`/tests/${index}`) ?? null,
  }));
}

function lintText(problems: readonly PackProblem[], language: Language): string {
  const { length } = problems;
  if (length === 0) return { zh: '没有发现问题。', en: 'Nothing found.' }[language];
  const sum = { zh: `发现 ${length} 个问题。`, en: `Found ${length}.` };
  return `${problemsText(problems, language)}\n${sum[language]}`;
}
