import { packListSchema } from '@greengate/contracts/wire/packs';
import type { Command } from 'commander';
import type { z } from 'zod';
import { openApi, type ServerOptions, withServer } from './api-client.ts';
import { JSON_FLAG, languageOption } from './options.ts';
import { type Language, type Shell, show } from './shell.ts';

interface ListFlags extends ServerOptions {
  readonly language: Language;
  readonly json?: boolean;
}

type PackList = z.infer<typeof packListSchema>;

/** `greengate rules list`: which packs a cloud has and which of them are in force. */
export function addRulesList(rules: Command, shell: Shell): void {
  withServer(rules.command('list'), true)
    .description('the packs that a cloud has, and what is, was and will be in force')
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (flags: ListFlags) => {
      const list = await openApi(shell, flags).get('/v1/packs', packListSchema);
      show(shell, flags.json, list, listText(list, flags.language));
    });
}

function listText({ inForce, packs, history }: PackList, language: Language): string {
  const words = WORDS[language];
  const { rollout } = inForce;
  return [
    `${words.inForce} ${inForce.edition}: ${pairText(inForce)}`,
    ...(rollout === null
      ? []
      : [`${words.rollout} ${rollout.edition}: ${pairText(rollout)}, ${rollout.share}/256`]),
    '',
    ...packs.map(packText),
    '',
    words.history,
    ...history.map(
      ({ change, pack, by, at }) => `${dateTime(at)}  ${change}  ${nameOf(pack)}  ${by}`,
    ),
  ].join('\n');
}

const WORDS = {
  zh: { inForce: '生效版本', rollout: '正在推行', history: '变更记录（新的在前）：' },
  en: {
    inForce: 'in force: edition',
    rollout: 'on its way: edition',
    history: 'changes, the newest first:',
  },
} as const;

function packText(pack: PackList['packs'][number]): string {
  const { scope, state, within, proposedBy, proposedAt, approvedBy } = pack;
  const people = approvedBy === null ? proposedBy : `${proposedBy} + ${approvedBy}`;
  const inside = within === null ? '' : ` < ${nameOf(within)}`;
  return `${dateTime(proposedAt)}  ${state.padEnd(9)} ${scope.padEnd(9)} ${nameOf(pack)}${inside}  ${people}`;
}

function pairText({ city, province }: Pick<PackList['inForce'], 'city' | 'province'>): string {
  return `${nameOf(city)} < ${nameOf(province)}`;
}

function nameOf({ id, version }: PackList['inForce']['city']): string {
  return `${id}@${version}`;
}

function dateTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
