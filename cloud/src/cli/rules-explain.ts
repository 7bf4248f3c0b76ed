import { explainRule } from '@greengate/contracts/rules/certlogic';
import { parseDateTime } from '@greengate/contracts/rules/certlogic-date-time';
import type { Explanation } from '@greengate/contracts/rules/certlogic-explain';
import { type ScoringFacts, scoringFactsSchema } from '@greengate/contracts/rules/facts';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { RuleError } from '@greengate/contracts/rules/rule-error';
import { compilePack, type Verdict } from '@greengate/contracts/rules/score';
import type { Command } from 'commander';
import { JSON_FLAG, languageOption } from './options.ts';
import { PACK_ARGUMENT, readPack } from './pack-file.ts';
import { CommandError, type Language, readJsonFile, type Shell, show } from './shell.ts';

interface ExplainOptions {
  readonly facts: string;
  readonly rule?: string;
  readonly language: Language;
  readonly json?: boolean;
}

/** `greengate rules explain|show` */
export function addRulesReading(rules: Command, shell: Shell): void {
  rules
    .command('explain')
    .description('the verdict of a pack on the facts of one person, and what decided it')
    .argument(...PACK_ARGUMENT)
    .requiredOption('--facts <file>', 'ScoringFacts (JSON); scored at their `now`')
    .option('--rule <id>', 'explain this rule, whether it matches or not')
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (name: string, { facts: file, rule, language, json }: ExplainOptions) => {
      const pack = await readPack(shell, name, language);
      const facts = readFacts(shell, file);
      const verdict = verdictOf(pack, facts);
      const ids = rule === undefined ? verdict.matched.map((match) => match.rule) : [rule];
      const why = ids.flatMap((id) => explained(pack, facts, id, rule !== undefined));
      show(shell, json, { verdict, why }, explainText(verdict, why, language));
    });

  rules
    .command('show')
    .description('what is in a pack; with --json the pack itself, to begin one of your own')
    .argument(...PACK_ARGUMENT)
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (name: string, { language, json }: { language: Language; json?: boolean }) => {
      const pack = await readPack(shell, name, language);
      shell.print(json ? JSON.stringify(pack, null, 1) : packText(pack, language));
    });
}

function readFacts(shell: Shell, file: string): ScoringFacts {
  const parsed = scoringFactsSchema.safeParse(readJsonFile(shell, file));
  if (parsed.success) return parsed.data;
  // Places alone: the facts are about a person.
  const places = parsed.error.issues.map(({ path, code }) => `/${path.join('/')} ${code}`);
  throw new CommandError(`${file} does not hold the facts of a person: ${places.join('; ')}.`);
}

function verdictOf(pack: ScoringPack, facts: ScoringFacts): Verdict {
  try {
    return compilePack(pack).score(facts, parseDateTime(facts.now) ?? 0);
  } catch (error) {
    if (error instanceof RuleError || error instanceof RangeError)
      throw new CommandError(`The pack does not score these facts: ${error.message}`);
    throw error;
  }
}

interface Why {
  readonly rule: string;
  readonly explanation: Explanation;
}

/** The clear verdict and the lapse have no expression to explain. */
function explained(
  { rules, thresholds }: ScoringPack,
  facts: ScoringFacts,
  id: string,
  asked: boolean,
): readonly Why[] {
  const rule = rules.find((one) => one.id === id);
  if (rule !== undefined)
    return [{ rule: id, explanation: explainRule(rule.when, { ...facts, thresholds }) }];
  if (!asked) return [];
  throw new CommandError(`No rule ${id}; there are ${rules.map((one) => one.id).join(', ')}.`);
}

function explainText(verdict: Verdict, why: readonly Why[], language: Language): string {
  const until = new Date(verdict.validUntil).toISOString();
  const { shown, nextShown } = verdict;
  const head = {
    zh: `${shown}，有效至 ${until}，之后为 ${nextShown}。`,
    en: `${shown} until ${until}, then ${nextShown}.`,
  };
  return [
    head[language],
    ...verdict.matched.map((match) => `  ${match.rule} (${match.shown}): ${match[language]}`),
    ...why.map((one) => `${one.rule}: ${one.explanation[language]}`),
  ].join('\n');
}

function packText(pack: ScoringPack, language: Language): string {
  const { id, version, region, validFrom, validUntil, colours, rules, tests } = pack;
  const window = `${validFrom} .. ${validUntil ?? ''}`.trimEnd();
  return [
    `${id} ${version}, ${region}, ${window}`,
    colours.map((colour) => `${colour.id} (${colour[language]})`).join(' < '),
    ...rules.map((rule) => {
      const hold = rule.holdDays === null ? '' : ` ${rule.holdDays} d -> ${rule.next}`;
      const line = rule.hardLine ? ' *' : '';
      return `  ${rule.id}${line}: ${rule.outcome}${hold}\n      ${rule[language]}`;
    }),
    { zh: '* 省级硬性规定', en: '* hard line of the province' }[language],
    { zh: `${tests.length} 项测试`, en: `${tests.length} tests` }[language],
  ].join('\n');
}
