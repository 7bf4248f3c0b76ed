import { cut } from './explain-shown.ts';
import type { RuleErrorCode } from './rule-error.ts';

/** What was found out about one operand, before it is put into words. */
export interface Finding {
  readonly at: string;
  readonly operator: string | null;
  readonly value: unknown;
  readonly against: readonly unknown[];
  readonly answer: unknown;
  readonly reads: readonly { readonly path: string; readonly value: unknown }[];
  /** How many of the reads are the operand's own, when not all: the rest are of what it is held against. */
  readonly own?: number;
  /** Whether the operand named is the first of its operation or a later one. */
  readonly role?: 'subject' | 'object';
  readonly error?: RuleErrorCode;
}

export interface Texts {
  readonly zh: string;
  readonly en: string;
}

/** One finding in words. */
export function textsOf(finding: Finding): Texts {
  const { operator, reads, value, error } = finding;
  const own = namesOf(reads.slice(0, finding.own ?? reads.length));
  const name = own === '' ? { zh: '常量', en: 'A constant' } : { zh: `“${own}”`, en: `"${own}"` };
  const said = quoted(value);
  if (error !== undefined) {
    const why = errorTexts[error];
    return {
      zh: `${name.zh}无法计算：${why.zh}。`,
      en: `${name.en} cannot be evaluated: ${why.en}.`,
    };
  }
  if (operator === null) return { zh: `${name.zh}为 ${said}。`, en: `${name.en} is ${said}.` };
  if (operator === 'reduce')
    return {
      zh: `${name.zh}（${said}）中没有任何一项改变结果。`,
      en: `No item of ${name.en} (${said}) changes the answer.`,
    };
  const { zh, en } = relationOf(finding, operator);
  return { zh: `${name.zh}为 ${said}，${zh}。`, en: `${name.en} is ${said}, ${en}.` };
}

/** "not more than 5", "one of [..]", with the path of the other operand where it has one. */
function relationOf(finding: Finding, operator: string): Texts {
  const { role, answer, against, reads, own } = finding;
  const relation = (role === 'object' ? converses : relations)[operator];
  const { zh, en } = relation ?? { zh: operator, en: operator };
  const other = against.map(quoted).join(', ');
  const path = namesOf(reads.slice(own ?? reads.length));
  const source = path === '' ? { zh: '', en: '' } : { zh: `（“${path}”）`, en: ` ("${path}")` };
  const not = answer === true ? { zh: '', en: '' } : { zh: '并非', en: 'not ' };
  return { zh: `${not.zh}${zh} ${other}${source.zh}`, en: `${not.en}${en} ${other}${source.en}` };
}

function namesOf(reads: Finding['reads']): string {
  return cut([...new Set(reads.map((read) => read.path))].join(', '));
}

/** The whole answer in words. */
export function answerTexts(
  result: unknown,
  error: RuleErrorCode | null,
  deciders: readonly Texts[],
  omitted: number,
): Texts {
  const zh = error === null ? `结果为 ${quoted(result)}` : '没有结果';
  const en = error === null ? `The answer is ${quoted(result)}` : 'There is no answer';
  const more =
    omitted === 0
      ? { zh: '', en: '' }
      : { zh: `另有 ${omitted} 项。`, en: ` And ${omitted} more.` };
  return {
    zh: `${zh}：${deciders.map((one) => one.zh).join('')}${more.zh}`,
    en: `${en}: ${deciders.map((one) => one.en).join(' ')}${more.en}`,
  };
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

const relations: Readonly<Record<string, Texts>> = {
  '===': { zh: '等于', en: 'the same as' },
  in: { zh: '属于', en: 'one of' },
  '<': { zh: '小于', en: 'less than' },
  '>': { zh: '大于', en: 'more than' },
  '<=': { zh: '小于或等于', en: 'at most' },
  '>=': { zh: '大于或等于', en: 'at least' },
  after: { zh: '晚于', en: 'after' },
  before: { zh: '早于', en: 'before' },
  'not-after': { zh: '不晚于', en: 'no later than' },
  'not-before': { zh: '不早于', en: 'no earlier than' },
};

const { '===': same, '<': less, '>': more, '<=': most, '>=': least } = relations;
const { after, before, 'not-after': notAfter, 'not-before': notBefore } = relations;

/** The same relations seen from the operand on the right. */
const converses: Readonly<Record<string, Texts | undefined>> = {
  '===': same,
  in: { zh: '包含', en: 'a list that has' },
  '<': more,
  '>': less,
  '<=': least,
  '>=': most,
  after: before,
  before: after,
  'not-after': notBefore,
  'not-before': notAfter,
};

const errorTexts: Readonly<Record<RuleErrorCode, Texts>> = {
  'rule-malformed': { zh: '表达式有误', en: 'the expression is malformed' },
  'rule-type-mismatch': { zh: '数据类型不符', en: 'an operand has the wrong type' },
  'rule-date-malformed': { zh: '日期格式有误', en: 'a text is not a date' },
  'rule-out-of-range': { zh: '数值超出范围', en: 'a number or date is out of range' },
  'rule-limit-exceeded': { zh: '超出计算上限', en: 'a limit of evaluation was passed' },
};
