import type { Colour } from '@greengate/contracts/code/colour';
import { type ListKind, listKindSchema } from '@greengate/contracts/rules/facts';
import {
  areaRowSchema,
  elsewhereSchema,
  journeySchema,
  listingSchema,
  type RISK_LEVELS,
  type TRAVEL_MODES,
} from '@greengate/contracts/wire/evidence';
import type { z } from 'zod';
import { readPassport, readResidentNumber } from './id-number.ts';
import type { Reading } from './import-problem.ts';
import {
  readDate,
  readDivision,
  readFirstInstant,
  readLastInstant,
  wordReader,
} from './import-values.ts';

/** How one kind of file is read: its columns, and what a row of them must be. */
export interface ImportKind<Row> {
  readonly columns: readonly ImportColumn[];
  readonly schema: z.ZodType<Row>;
  /** Two columns, the first of which must not come after the second. */
  readonly order?: readonly [string, string];
}

export interface ImportColumn {
  readonly name: string;
  /** Other names of it. Case, width, spaces and dashes do not count. */
  readonly aliases: readonly string[];
  /** What an empty cell or an absent column stands for; without it neither may be. */
  readonly fallback?: string;
  /** Absent for a column that is only read by others. */
  readonly read?: (text: string, other: (column: string) => string) => Reading<string>;
}

const LISTS: Readonly<Record<ListKind, readonly string[]>> = {
  confirmed: ['确诊', '确诊病例'],
  suspected: ['疑似', '疑似病例'],
  asymptomatic: ['无症状', '无症状感染者'],
  'close-contact': ['密接', '密切接触者'],
  returnee: ['返回人员', '来返人员'],
  released: ['解除', '解除隔离', '解除观察'],
};

const MODES: Readonly<Record<(typeof TRAVEL_MODES)[number], readonly string[]>> = {
  rail: ['铁路', '火车', '高铁', 'train'],
  air: ['航空', '飞机', '民航', 'plane'],
  road: ['公路', '汽车', '客运', 'bus'],
};

const LEVELS: Readonly<Record<(typeof RISK_LEVELS)[number], readonly string[]>> = {
  low: ['低', '低风险'],
  medium: ['中', '中风险'],
  high: ['高', '高风险'],
};

const COLOUR_WORDS: Readonly<Record<Colour, readonly string[]>> = {
  pending: ['审核中', '黑白'],
  green: ['绿', '绿码', '绿色'],
  yellow: ['黄', '黄码', '黄色'],
  red: ['红', '红码', '红色'],
};

const DOCUMENTS = {
  resident: ['居民身份证', '身份证', '居住证', '港澳台居民居住证', '外国人永久居留身份证'],
  passport: ['护照'],
};

const DIVISION = ['行政区划', '行政区划代码', '区划代码'];

const readDocument = wordReader(DOCUMENTS);

/** The number of a person's document, and what kind of document it is: a resident's unless said otherwise. */
const PERSON: readonly ImportColumn[] = [
  {
    name: 'idNumber',
    aliases: ['证件号码', '证件号', '身份证号', '身份证号码', '公民身份号码'],
    read: (text, other) => {
      const document = readDocument(other('documentType'));
      if ('code' in document) return { ...document, column: 'documentType' };
      return document.value === 'passport'
        ? readPassport(text, other('country'))
        : readResidentNumber(text);
    },
  },
  { name: 'documentType', aliases: ['证件类型', '证件种类'], fallback: 'resident' },
  { name: 'country', aliases: ['国籍', '签发国', 'nationality'], fallback: '' },
];

const listRowSchema = listingSchema.extend({ kind: listKindSchema });

export type ListRow = z.infer<typeof listRowSchema>;

/** Control lists. `kind` is that of rows which name none; without it each must. */
export function listImport(kind: ListKind | undefined): ImportKind<ListRow> {
  return {
    columns: [
      ...PERSON,
      {
        name: 'kind',
        aliases: ['类别', '名单类别', '名单'],
        read: wordReader(LISTS),
        ...(kind === undefined ? {} : { fallback: kind }),
      },
      { name: 'since', aliases: ['日期', '列入日期', '起始日期', 'date'], read: readDate },
    ],
    schema: listRowSchema,
  };
}

/** Travel records. */
export const travelImport: ImportKind<z.infer<typeof journeySchema>> = {
  columns: [
    ...PERSON,
    { name: 'mode', aliases: ['交通方式', '方式'], read: wordReader(MODES) },
    { name: 'division', aliases: DIVISION, read: readDivision },
    { name: 'leftOn', aliases: ['离开日期', '日期', 'date'], read: readDate },
  ],
  schema: journeySchema,
};

/** Risk of administrative divisions. */
export const areaImport: ImportKind<z.infer<typeof areaRowSchema>> = {
  columns: [
    { name: 'division', aliases: DIVISION, read: readDivision },
    { name: 'level', aliases: ['风险等级', '等级', '风险'], read: wordReader(LEVELS) },
    { name: 'from', aliases: ['起始日期', '开始日期'], read: readDate },
    { name: 'until', aliases: ['截止日期', '结束日期'], read: readDate },
  ],
  schema: areaRowSchema,
  order: ['from', 'until'],
};

/** What other regions say of people. */
export const elsewhereImport: ImportKind<z.infer<typeof elsewhereSchema>> = {
  columns: [
    ...PERSON,
    { name: 'region', aliases: ['地区', ...DIVISION], read: readDivision },
    { name: 'colour', aliases: ['color', '颜色', '码色'], read: wordReader(COLOUR_WORDS) },
    { name: 'since', aliases: ['日期', '起始日期', 'date'], read: readFirstInstant },
    { name: 'validUntil', aliases: ['有效期至', '截止日期'], read: readLastInstant },
  ],
  schema: elsewhereSchema,
  order: ['since', 'validUntil'],
};
