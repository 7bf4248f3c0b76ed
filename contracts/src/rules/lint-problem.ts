/** What linting a pack can find. Stable: the command line, screens and tests compare these. docs/rules.md */
export const LINT_CODES = [
  'pack-malformed',
  'expression-malformed',
  'date-unparseable',
  'colour-unknown',
  'colour-bettered',
  'window-never-opens',
  'result-not-boolean',
  'result-not-date',
  'input-undeclared',
  'input-unread',
  'input-mistyped',
  'type-impossible',
  'value-impossible',
  'test-failed',
  'rule-untested',
  'branch-untested',
  'rule-undecided',
  'rule-shadowed',
  'too-many-problems',
] as const;

/** What speaks against a city pack inside its province's hard lines. */
export const NARROWING_CODES = [
  'narrow-region',
  'narrow-colours',
  'narrow-threshold',
  'narrow-input',
  'narrow-window',
  'narrow-validity',
  'narrow-severity',
  'narrow-hold',
  'narrow-condition',
] as const;

export type PackProblemCode = (typeof LINT_CODES)[number] | (typeof NARROWING_CODES)[number];

export interface PackProblem {
  readonly code: PackProblemCode;
  /** JSON pointer into the pack. */
  readonly path: string;
  /** What is wrong and what to do about it. */
  readonly zh: string;
  readonly en: string;
}

/** Puts a problem into words. `name` is the rule, input, colour or test it is about; `detail` what was found. */
export function packProblem(
  code: PackProblemCode,
  path: string,
  name: string,
  detail = '',
): PackProblem {
  const { zh, en } = texts[code](name, detail);
  return { code, path, zh, en };
}

type Words = (name: string, detail: string) => { readonly zh: string; readonly en: string };

const texts: Readonly<Record<PackProblemCode, Words>> = {
  'pack-malformed': (_name, detail) => ({
    zh: `规则包格式有误，请更正：${detail}`,
    en: `The pack does not have its form; mend it: ${detail}`,
  }),
  'expression-malformed': (_name, detail) => ({
    zh: `表达式不是 CertLogic，请更正：${detail}`,
    en: `The expression is not CertLogic; mend it: ${detail}`,
  }),
  'date-unparseable': (name) => ({
    zh: `${name} 不是日期，请写成 2020-03-01 或 2020-03-01T08:00:00+08:00。`,
    en: `${name} is not a date; write 2020-03-01 or 2020-03-01T08:00:00+08:00.`,
  }),
  'colour-unknown': () => ({
    zh: '规则包没有这个颜色，请在 colours 中登记，或改用已有的颜色。',
    en: 'The pack has no such colour; add it to colours, or use one that is there.',
  }),
  'colour-bettered': () => ({
    zh: '该颜色转换后变轻，请映射为同等或更严的颜色。',
    en: 'The wire would show this colour as a better one; map it to one at least as severe.',
  }),
  'window-never-opens': () => ({
    zh: '有效期在开始之前已结束，请把 validUntil 改到 validFrom 之后。',
    en: 'The validity ends before it begins; move validUntil after validFrom.',
  }),
  'result-not-boolean': (name, detail) => ({
    zh: `规则 ${name} 的结果可能是 ${detail}，请改写成只得真或假的比较。`,
    en: `Rule ${name} can answer ${detail}; rewrite it as a comparison that is true or false.`,
  }),
  'result-not-date': (name, detail) => ({
    zh: `${name} 的起算日可能是 ${detail}，请改为读取日期。`,
    en: `${name} can count from ${detail}; let it read a date.`,
  }),
  'input-undeclared': (name) => ({
    zh: `读取了未登记的 ${name}，请加入 inputs 或 thresholds，或不再读取。`,
    en: `${name} is read and not declared; add it to inputs or thresholds, or stop reading it.`,
  }),
  'input-unread': (name) => ({
    zh: `已登记的 ${name} 没有任何表达式读取，请删除或使用。`,
    en: `${name} is declared and no expression reads it; remove it or use it.`,
  }),
  'input-mistyped': (name, detail) => ({
    zh: `测试数据中 ${name} 的值 ${detail} 与登记的类型不符，请更正类型或 nullable。`,
    en: `${name} is ${detail} in a test, which its declared type excludes; mend the type or nullable.`,
  }),
  'type-impossible': (name, detail) => ({
    zh: `${name} 的类型在此处不可能成立（需要 ${detail}），请更换操作数或运算。`,
    en: `${name} can never have the type that is needed here (${detail}); change the operand or the operation.`,
  }),
  'value-impossible': (name, detail) => ({
    zh: `此处的值永远不会是 ${name}，可能的值为 ${detail}，请更正。`,
    en: `The value here is never ${name}; it is one of ${detail}. Correct it.`,
  }),
  'test-failed': (name, detail) => ({
    zh: `测试“${name}”不符：${detail}。请更正规则或预期。`,
    en: `Test "${name}" came out differently: ${detail}. Mend the rule or the expectation.`,
  }),
  'rule-untested': (name, detail) => ({
    zh: `没有测试使规则 ${name} ${detail === 'matches' ? '成立' : '不成立'}，请补一个。`,
    en: `No test where rule ${name} ${detail === 'matches' ? 'matches' : 'does not match'}; add one.`,
  }),
  'branch-untested': (name) => ({
    zh: `规则 ${name} 的这个分支没有测试到达，请补一个测试或删去分支。`,
    en: `No test reaches this branch of ${name}; add one, or remove the branch.`,
  }),
  'rule-undecided': (name) => ({
    zh: `没有测试由 ${name} 决定颜色，请补一个测试；若无法做到，则该规则多余。`,
    en: `No test is decided by ${name}; add one. If there can be none, the rule is not needed.`,
  }),
  'rule-shadowed': (name, detail) => ({
    zh: `规则 ${name} 永远不起决定作用：规则 ${detail} 总同时成立且不轻于它。请删除或收窄。`,
    en: `Rule ${name} never decides: whenever it matches, so does ${detail}, which is no less severe. Remove or change one.`,
  }),
  'too-many-problems': (_name, detail) => ({
    zh: `问题过多，另有 ${detail} 项未列出，请先处理以上各项。`,
    en: `Too many problems: ${detail} more are not listed. Mend these first.`,
  }),
  'narrow-region': (name) => ({
    zh: `${name} 不属于该省，请更正 region。`,
    en: `${name} is not in that province; correct region.`,
  }),
  'narrow-colours': () => ({
    zh: '颜色表与省级不同，请照用省级颜色表。',
    en: "The colours differ from the province's; use the province's colours as they are.",
  }),
  'narrow-threshold': (name) => ({
    zh: `阈值 ${name} 与省级同名而值不同，请改名。`,
    en: `Threshold ${name} has the name of a provincial one and another value; rename it.`,
  }),
  'narrow-input': (name) => ({
    zh: `输入 ${name} 的类型与省级不同，请照用省级类型。`,
    en: `Input ${name} is declared otherwise by the province; declare it the same.`,
  }),
  'narrow-window': () => ({
    zh: '有效期超出省级规则包，请收进其有效期内。',
    en: "The pack is valid when the province's is not; keep within the province's dates.",
  }),
  'narrow-validity': (name, detail) => ({
    zh: `${name} 使健康码比省级规定有效更久或更宽，请改为 ${detail} 或更严。`,
    en: `${name} makes a code last longer or be better than the province allows; use ${detail} or stricter.`,
  }),
  'narrow-severity': (name, detail) => ({
    zh: `规则 ${name} 轻于省级硬性规定，请改为 ${detail} 或更严。`,
    en: `Rule ${name} is milder than the provincial hard line; use ${detail} or worse.`,
  }),
  'narrow-hold': (name, detail) => ({
    zh: `规则 ${name} 的管控期短于省级硬性规定，请不少于 ${detail}，且起算日相同。`,
    en: `Rule ${name} holds shorter than the provincial hard line; hold for ${detail} or longer from the same date.`,
  }),
  'narrow-condition': (name) => ({
    zh: `无法证明规则 ${name} 涵盖省级硬性规定的全部情形，请照抄其条件或用“或”放宽。`,
    en: `Rule ${name} is not provably met whenever the provincial hard line is; copy its condition, or widen it by "or".`,
  }),
};
