import {
  explanationSchema,
  type ScoreExplanation,
  scoresPageSchema,
} from '@greengate/contracts/wire/explanation';
import { InvalidArgumentError } from 'commander';
import { type Api, openApi, type ServerOptions, withServer } from './api-client.ts';
import { JSON_FLAG, languageOption, matching } from './options.ts';
import { type AddCommands, CommandError, type Language, show } from './shell.ts';

interface ExplainFlags extends ServerOptions {
  readonly holder: string;
  readonly at?: number;
  readonly language: Language;
  readonly json?: boolean;
}

/** `greengate holders explain` */
export const addHolderCommands: AddCommands = (program, shell) => {
  const holders = program.command('holders').description('people who hold a code');
  const explain = holders
    .command('explain')
    .description('why a holder has a colour, or had it at a time, computed once more');
  withServer(explain, true)
    .requiredOption(
      '--holder <id>',
      'never an identity number',
      matching(/^[0-9a-f]{32}$/, '32 hex digits'),
    )
    .option('--at <time>', 'ISO 8601; now when absent', instant)
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (flags: ExplainFlags) => {
      const { holder, at, language, json } = flags;
      const api = openApi(shell, flags);
      const query = at === undefined ? '' : `?score=${await scoreAt(api, holder, at)}`;
      const path = `/v1/holders/${holder}/explanation${query}`;
      const explanation = await api.get(path, explanationSchema);
      if (!explanation.reproduced) shell.found();
      show(shell, json, explanation, explanationText(explanation, language));
    });
};

function instant(text: string): number {
  const at = Date.parse(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at))
    throw new InvalidArgumentError('such as 2022-03-01T08:00:00+08:00');
  return at;
}

/** The verdict that stood at an instant, which names it: the newest that is not after. */
async function scoreAt(api: Api, holder: string, at: number): Promise<number> {
  const path = `/v1/holders/${holder}/scores?before=${at + 1}&limit=1`;
  const [score] = (await api.get(path, scoresPageSchema)).scores;
  if (score === undefined) throw new CommandError('The holder had no colour then.');
  return score.at;
}

function explanationText(explanation: ScoreExplanation, language: Language): string {
  const { score, rules, reproduced } = explanation;
  const [at, until] = [score.at, score.validUntil].map((one) => new Date(one).toISOString());
  const { colour, nextColour, pack } = score;
  const head = {
    zh: `${at} 起为 ${colour}，至 ${until}，之后为 ${nextColour}（规则包 ${pack.id} ${pack.version}）。`,
    en: `${colour} from ${at} until ${until}, then ${nextColour} (pack ${pack.id} ${pack.version}).`,
  };
  const again = reproduced
    ? { zh: '按存档重新计算，结果相同。', en: 'Computed once more from what was stored: the same.' }
    : {
        zh: '按存档重新计算，结果不同，请立即查明原因。',
        en: 'Computed once more from what was stored: NOT the same. Find out why.',
      };
  return [
    head[language],
    ...rules.flatMap((one) => [
      `  ${one.rule}: ${one[language]}`,
      ...(one.because === null ? [] : [`      ${one.because[language]}`]),
    ]),
    again[language],
  ].join('\n');
}
