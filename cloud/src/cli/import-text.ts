import type { FileCheck } from './import-check.ts';
import type { Sent } from './import-send.ts';
import type { Language } from './shell.ts';

/** Rows of a first look, and what became of them, for a person. */
export interface ImportResult {
  readonly check: FileCheck;
  /** Absent when nothing was sent. */
  readonly sent?: Sent;
  readonly dryRun: boolean;
}

export function importText({ check, sent, dryRun }: ImportResult, language: Language): string {
  const { rows, faulty, problems, problemsOmitted, cutShort } = check;
  const lines = problems.map((one) => {
    const column = one.column === '' ? '' : ` ${one.column}`;
    return `${one.row}${column} ${one.code}\n  ${one[language]}`;
  });
  const more = { zh: `另有 ${problemsOmitted} 处问题。`, en: `And ${problemsOmitted} more.` };
  const cut = { zh: '其后的内容无法读取。', en: 'What follows could not be read.' };
  const read = {
    zh: `可用 ${rows} 行，有误 ${faulty} 行。`,
    en: `${rows} rows are good, ${faulty} are not.`,
  };
  return [
    ...lines,
    ...(problemsOmitted > 0 ? [more[language]] : []),
    ...(cutShort ? [cut[language]] : []),
    read[language],
    sent === undefined ? notSent(dryRun)[language] : sentText(sent, dryRun, language),
  ].join('\n');
}

function notSent(dryRun: boolean) {
  return dryRun
    ? {
        zh: '试运行：只检查了文件，没有发送。',
        en: 'Dry run: the file was checked, nothing was sent.',
      }
    : {
        zh: '没有发送。请更正后重新导入，或加 --skip-faulty 只导入可用的行。',
        en: 'Nothing was sent. Mend the file and import it again, or add --skip-faulty to leave those rows out.',
      };
}

const NAMES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  accepted: { zh: '已接收', en: 'accepted' },
  rescored: { zh: '重新计算的持码人', en: 'holders to score again' },
  added: { zh: '新增', en: 'new' },
  unchanged: { zh: '已有', en: 'there already' },
  changed: { zh: '有变', en: 'changed' },
};

function sentText({ sent, answers, stopped }: Sent, dryRun: boolean, language: Language): string {
  const sums = Object.entries(answers).map(
    ([name, count]) => `${NAMES[name]?.[language] ?? name} ${count}`,
  );
  const tried = {
    zh: `试运行，没有写入，已询问 ${sent} 行`,
    en: `Dry run, nothing written: asked about ${sent} rows`,
  };
  const head = (dryRun ? tried : { zh: `已发送 ${sent} 行`, en: `${sent} rows sent` })[language];
  const done = [head, ...sums].join(', ');
  if (stopped === undefined) return `${done}.`;
  const { row, refusal } = stopped;
  const next = {
    zh: `请处理后加 --from-row ${row} 继续。重复导入不会改变已接收的行。`,
    en: `See to that, then go on with --from-row ${row}. Rows that were taken already do not change when sent again.`,
  };
  return `${done}.\n${refusal.textIn(language)}\n${next[language]}`;
}
