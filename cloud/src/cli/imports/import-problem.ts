/** What can be wrong with an import file or a row of it. Stable: programs compare these. docs/imports.md */
export const IMPORT_CODES = [
  'file-empty',
  'encoding-invalid',
  'row-too-long',
  'rows-too-many',
  'quote-unclosed',
  'quote-misplaced',
  'json-malformed',
  'columns-too-many',
  'column-unknown',
  'column-missing',
  'column-repeated',
  'value-missing',
  'value-not-text',
  'value-unknown',
  'division-malformed',
  'date-malformed',
  'date-impossible',
  'dates-reversed',
  'id-characters',
  'id-length',
  'id-rounded',
  'id-birth-date',
  'id-checksum',
  'passport-malformed',
  'country-malformed',
] as const;
export type ImportCode = (typeof IMPORT_CODES)[number];

/** One fault. Says where and what to do, and never repeats what stands in the file: it is about people. */
export interface ImportProblem {
  /** In CSV and JSON lines the line of the file; in a JSON array the element. Counted from 1. */
  readonly row: number;
  /** A column of ours, or the number of one that is not; empty when the fault is not in one. */
  readonly column: string;
  readonly code: ImportCode;
  readonly zh: string;
  readonly en: string;
}

/** A value, or why there is none; `column` when another column than the one read is at fault. */
export type Reading<T extends string> =
  | { readonly value: T }
  | { readonly code: ImportCode; readonly column?: string };

export function importProblem(row: number, column: string, code: ImportCode): ImportProblem {
  return { row, column, code, ...TEXTS[code] };
}

const TEXTS: Readonly<Record<ImportCode, { readonly zh: string; readonly en: string }>> = {
  'file-empty': { zh: '文件中没有数据。', en: 'The file holds no rows.' },
  'encoding-invalid': {
    zh: '文件编码不符。中文版 Excel 导出的 CSV 请加 --encoding gb18030，JSON 须为 UTF-8。',
    en: 'Not in the encoding expected. For CSV of a Chinese Excel add --encoding gb18030; JSON is UTF-8.',
  },
  'row-too-long': { zh: '此行过长，请检查分行。', en: 'The row is too long; check its line ends.' },
  'rows-too-many': { zh: '行数过多，请拆分文件。', en: 'Too many rows; split the file.' },
  'quote-unclosed': {
    zh: '从此行起有引号未闭合。',
    en: 'A quote that opens in this row is not closed.',
  },
  'quote-misplaced': {
    zh: '此行引号位置有误，字段内的引号须写两个。',
    en: 'A quote is misplaced; inside a quoted field write it twice.',
  },
  'json-malformed': {
    zh: '不是 JSON 对象数组，也不是每行一个 JSON 对象。',
    en: 'Neither a JSON array of objects nor one JSON object a line.',
  },
  'columns-too-many': { zh: '列数过多。', en: 'Too many columns.' },
  'column-unknown': {
    zh: '此列名不认识。请改名或删除，或加 --ignore-other-columns。',
    en: 'Not a column name known here. Rename or remove it, or add --ignore-other-columns.',
  },
  'column-missing': { zh: '缺少此列。', en: 'This column is missing.' },
  'column-repeated': { zh: '此列出现了两次。', en: 'This column is there twice.' },
  'value-missing': { zh: '此格为空。', en: 'Nothing is filled in.' },
  'value-not-text': {
    zh: '请写成带引号的文本。',
    en: 'Write it as a text, in quotes.',
  },
  'value-unknown': {
    zh: '不是可用的取值，请见 docs/imports.md。',
    en: 'None of the words known here; docs/imports.md lists them.',
  },
  'division-malformed': {
    zh: '行政区划代码须为六位数字。',
    en: 'A division is six digits (GB/T 2260).',
  },
  'date-malformed': {
    zh: '日期请写成 2020-03-01。',
    en: 'Write a date as 2020-03-01.',
  },
  'date-impossible': { zh: '没有这一天。', en: 'There is no such day.' },
  'dates-reversed': { zh: '结束早于开始。', en: 'It ends before it begins.' },
  'id-characters': {
    zh: '证件号码含有数字和 X 以外的字符（可能是形近字母）。',
    en: 'Characters other than digits and X, perhaps look-alikes.',
  },
  'id-length': {
    zh: '居民身份证号码为 18 位。15 位旧号码须先换成 18 位；其他证件请加“证件类型”列。',
    en: 'A resident number has 18 characters. Convert old ones of 15; for a passport add a column documentType.',
  },
  'id-rounded': {
    zh: 'Excel 已将号码变为科学计数，末几位已丢失。请将该列设为文本后重新导出。',
    en: 'Excel has rounded the number and lost digits. Format the column as text and export anew.',
  },
  'id-birth-date': {
    zh: '号码中的出生日期不存在，请核对。',
    en: 'The date of birth inside the number does not exist; check it.',
  },
  'id-checksum': {
    zh: '号码校验位不符，请核对是否抄错。',
    en: 'The check character does not fit: a digit was mistyped.',
  },
  'passport-malformed': {
    zh: '护照号码为 5 至 9 位字母和数字。',
    en: 'A passport number is 5 to 9 letters and digits.',
  },
  'country-malformed': {
    zh: '护照须填国籍，三个字母（ISO 3166），如 USA。',
    en: 'A passport needs its country, three letters (ISO 3166) such as USA.',
  },
};
