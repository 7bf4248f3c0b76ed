import { LIST_KINDS } from '../facts.ts';
import type { PackInput } from '../pack-inputs.ts';

/** Facts that a pack may declare as its inputs, by where they come from. A pack lists those that it reads. */
export const DECLARATION_INPUTS: readonly PackInput[] = [
  { path: 'declaration.at', type: 'date' },
  { path: 'declaration.symptoms.fever', type: 'boolean' },
  { path: 'declaration.symptoms.dryCough', type: 'boolean' },
  { path: 'declaration.symptoms.fatigue', type: 'boolean' },
  { path: 'declaration.residenceDays', type: 'integer' },
  { path: 'declaration.contactOfCase', type: 'boolean' },
  { path: 'declaration.highRiskTravel', type: 'boolean' },
  { path: 'declaration.temperatureCentiC', type: 'integer', nullable: true },
];

export const PURPOSE_INPUTS: readonly PackInput[] = [
  {
    path: 'declaration.purpose',
    type: 'text',
    values: ['work', 'school', 'other'],
    nullable: true,
  },
];

export const LIST_INPUTS: readonly PackInput[] = [
  { path: 'lists', type: 'list' },
  { path: 'lists.*.kind', type: 'text', values: [...LIST_KINDS] },
  { path: 'lists.*.since', type: 'date' },
];

export const REPORTED_DAYS_INPUTS: readonly PackInput[] = [
  { path: 'lists.*.reportedDays', type: 'integer', nullable: true },
];

export const AREA_INPUTS: readonly PackInput[] = [
  { path: 'area.level', type: 'text', values: ['low', 'medium', 'high'] },
];

export const REPORT_INPUTS: readonly PackInput[] = [
  { path: 'lastReportAt', type: 'date', nullable: true },
];

export const JOURNEY_INPUTS: readonly PackInput[] = [
  { path: 'journeys', type: 'list', nullable: true },
  { path: 'journeys.*.level', type: 'text', values: ['low', 'medium', 'high'] },
  { path: 'journeys.*.leftAt', type: 'date' },
];

export const ELSEWHERE_INPUTS: readonly PackInput[] = [
  { path: 'elsewhere', type: 'list', nullable: true },
  { path: 'elsewhere.*.colour', type: 'colour' },
];
