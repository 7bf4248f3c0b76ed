import { lintPack } from '@greengate/contracts/rules/certlogic';
import {
  type ImpactReport,
  type JobView,
  jobStartedSchema,
  PACK_SCOPES,
  packApprovalSchema,
  packProposedSchema,
  packSummarySchema,
} from '@greengate/contracts/wire/packs';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { type Api, ApiRefusal, openApi, type ServerOptions, withServer } from './api-client.ts';
import { followJob } from './job.ts';
import { count, JSON_FLAG, languageOption, matching } from './options.ts';
import { PACK_ARGUMENT, problemsText, readAnyPack } from './pack-file.ts';
import { CommandError, type Language, type Shell, show } from './shell.ts';

interface PublishFlags extends ServerOptions {
  readonly language: Language;
  readonly json?: boolean;
}

/** `greengate rules publish|impact|approve|activate|rollback`: the way of a pack into force, which takes two people. */
export function addRulesPublishing(rules: Command, shell: Shell): void {
  addPublish(rules, shell);
  addImpact(rules, shell);
  addApprove(rules, shell);
  addMoves(rules, shell);
}

function addPublish(rules: Command, shell: Shell): void {
  withServer(rules.command('publish'), true)
    .description('propose a pack to a cloud; it is linted here first')
    .argument(...PACK_ARGUMENT)
    .addOption(new Option('--scope <scope>', 'whose pack it is').choices(PACK_SCOPES))
    .option(
      '--within <id@version>',
      "the province's pack to check it inside of, when that is not in force yet",
      matching(/^[a-z0-9-]{1,64}@[1-9][0-9]{0,8}$/, 'such as zhejiang@2'),
    )
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (name: string, flags: PublishFlags & { scope?: string; within?: string }) => {
      const { language, json, scope, within } = flags;
      const pack = await readAnyPack(shell, name);
      // What a city's tests show is seen beside the province's lines, which the cloud has.
      const problems = lintPack(pack).filter(
        ({ code }) => scope === 'province' || !OF_TESTS.includes(code),
      );
      if (problems.length > 0) {
        shell.found();
        const text = { zh: '没有提交。', en: 'Nothing was sent.' }[language];
        show(shell, json, { problems }, `${problemsText(problems, language)}\n${text}`);
        return;
      }
      const query = new URLSearchParams({
        ...(scope === undefined ? {} : { scope }),
        ...(within === undefined ? {} : { within }),
      }).toString();
      const path = query === '' ? '/v1/packs' : `/v1/packs?${query}`;
      await orProblems(shell, flags, async () => {
        const answer = await openApi(shell, flags).post(path, pack as object, packProposedSchema);
        show(shell, json, answer, proposedText(answer, language));
      });
    });
}

const OF_TESTS: readonly string[] = [
  'test-failed',
  'rule-untested',
  'branch-untested',
  'rule-undecided',
];

function addImpact(rules: Command, shell: Shell): void {
  packCommand(
    rules,
    'impact',
    'what a proposed pack would change, over everybody; changes nothing',
  ).action(async (id: string, version: number, flags: PublishFlags) => {
    await orProblems(shell, flags, async () => {
      const end = await started(shell, openApi(shell, flags), pathOf(id, version, 'impact'), flags);
      const { impact, state } = end;
      if (impact === null) throw new CommandError(`The job is ${state} and left no report.`);
      show(shell, flags.json, impact, impactText(impact, flags.language));
    });
  });
}

function addApprove(rules: Command, shell: Shell): void {
  packCommand(rules, 'approve', 'approve a pack that somebody else proposed')
    .requiredOption(
      '--impact <sha256>',
      'the hash of the impact report that you have read',
      matching(/^[0-9a-f]{64}$/, '64 hex digits'),
    )
    .action(async (id: string, version: number, flags: PublishFlags & { impact: string }) => {
      const body = packApprovalSchema.parse({ impact: flags.impact });
      const answer = await openApi(shell, flags).post(
        pathOf(id, version, 'approval'),
        body,
        packSummarySchema,
      );
      show(shell, flags.json, answer, `${id} ${version}: ${answer.state}`);
    });
}

function addMoves(rules: Command, shell: Shell): void {
  for (const [name, what, description] of [
    ['activate', 'activation', 'bring an approved pack into force step by step, and follow it'],
    ['rollback', 'rollback', 'take a pack out of force at once, and follow it'],
  ] as const) {
    packCommand(rules, name, description).action(
      async (id: string, version: number, flags: PublishFlags) => {
        const path = pathOf(id, version, what);
        await orProblems(shell, flags, async () => {
          const end = await started(shell, openApi(shell, flags), path, flags);
          if (end.state !== 'finished') shell.found();
          show(shell, flags.json, end, `${id} ${version}: ${end.state}, ${end.done}/${end.total}`);
        });
      },
    );
  }
}

/** Shows what a cloud finds wrong with a pack as linting shows it: it knows of hard lines that are not here. */
async function orProblems(
  shell: Shell,
  { language, json }: PublishFlags,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (refusal) {
    if (!(refusal instanceof ApiRefusal) || refusal.problems.length === 0) throw refusal;
    const { code, detail, problems, omitted } = refusal;
    shell.found();
    const more = { zh: `另有 ${omitted} 项未列出。`, en: `${omitted} more are not listed.` };
    const lines = [
      refusal.textIn(language),
      problemsText(problems, language),
      ...(omitted > 0 ? [more[language]] : []),
    ];
    show(shell, json, { refused: code, detail, problems, omitted }, lines.join('\n'));
  }
}

/** A command about one version of a pack that the cloud has. */
function packCommand(rules: Command, name: string, description: string): Command {
  return withServer(rules.command(name), true)
    .description(description)
    .argument('<id>', 'of the pack', matching(/^[a-z0-9-]{1,64}$/, 'such as zhejiang'))
    .argument('<version>', 'of the pack', count)
    .addOption(languageOption())
    .option(...JSON_FLAG);
}

function pathOf(id: string, version: number, what: string): string {
  return `/v1/packs/${id}/${version}/${what}`;
}

async function started(
  shell: Shell,
  api: Api,
  path: string,
  flags: PublishFlags,
): Promise<JobView> {
  const { job } = await api.post(path, {}, jobStartedSchema);
  return followJob(shell, api, job, flags.json === true);
}

function proposedText(answer: z.infer<typeof packProposedSchema>, language: Language): string {
  const { id, version, state, warnings } = answer;
  const lines = warnings.map((one) => `${one.code} ${one.path}\n  ${one[language]}`);
  const next = {
    zh: `下一步：greengate rules impact ${id} ${version}，然后由另一人批准。`,
    en: `Next: greengate rules impact ${id} ${version}; then somebody else approves it.`,
  };
  return [...lines, `${id} ${version}: ${state}`, next[language]].join('\n');
}

function impactText(report: ImpactReport, language: Language): string {
  const { holders: all, changes, redWithoutGrounds, failed, hash } = report;
  const changed = changes.filter(({ from, to }) => from !== to);
  const sum = changed.reduce((total, one) => total + one.holders, 0);
  const head = {
    zh: `${all} 人中有 ${sum} 人变色：`,
    en: `${sum} of ${all} holders change colour:`,
  };
  const red = {
    zh: `不在名单上、也未经两人认定而为红 ${redWithoutGrounds} 人；无法计算 ${failed} 人。`,
    en: `${redWithoutGrounds} red without an entry of a list or two people's decision; ${failed} cannot be scored.`,
  };
  const sign = { zh: `批准时须写明：--impact ${hash}`, en: `Approve it with --impact ${hash}` };
  return [
    head[language],
    ...changed.map((one) => `  ${one.from} -> ${one.to}  ${one.holders}`),
    red[language],
    sign[language],
  ].join('\n');
}
