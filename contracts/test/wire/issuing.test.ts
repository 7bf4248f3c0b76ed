import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  APPEAL_REASONS,
  appealDecisionSchema,
  appealSchema,
  appealViewSchema,
  applicationAnswerSchema,
  applicationSchema,
  documentReferenceSchema,
  MISSING_ITEMS,
  officerDecisionSchema,
  REFUSAL_GROUNDS,
} from '../../src/wire/issuing.ts';
import {
  OVERRIDE_REASONS,
  overrideApprovalSchema,
  overrideProposalSchema,
  overrideViewSchema,
} from '../../src/wire/override.ts';

const ID = 'ab'.repeat(16);
const SHA = 'cd'.repeat(32);
const document = { reference: 'CDC/2022-0612-7', sha256: SHA };
const application = { community: '330106001007', purpose: 'work', mayCall: true };
const appeal = {
  against: { kind: 'override', id: ID },
  reason: 'override-unfounded',
  evidence: null,
};
const proposal = {
  holder: ID,
  colour: 'yellow',
  reason: 'contact-found',
  evidence: { kind: 'epidemiological-report', ...document },
  expiresAt: 1,
};

describe('what fits', () => {
  test.each<[string, z.ZodType, unknown]>([
    ['an application', applicationSchema, application],
    ['one to a township', applicationSchema, { ...application, community: '330106001' }],
    ['an answer', applicationAnswerSchema, { kind: 'documents', documents: [document] }],
    ['a withdrawal', applicationAnswerSchema, { kind: 'withdraw' }],
    ['an issue', officerDecisionSchema, { kind: 'issue' }],
    ['a refusal', officerDecisionSchema, { kind: 'refuse', ground: 'on-control-list' }],
    ['a question', officerDecisionSchema, { kind: 'ask-for-more', items: ['negative-test'] }],
    ['a call', officerDecisionSchema, { kind: 'request-video' }],
    ['an appeal', appealSchema, appeal],
    ['an appeal against a colour', appealSchema, { ...appeal, against: { kind: 'status' } }],
    ['a judgement', appealDecisionSchema, { outcome: 'upheld' }],
    [
      'what an appellant is told',
      appealViewSchema,
      {
        ...{ id: ID, against: 'status', reason: 'record-wrong', state: 'open', madeAt: 1 },
        ...{ decideBy: 2, escalated: false, decidedAt: null },
      },
    ],
    ['a proposal', overrideProposalSchema, proposal],
    ['an approval', overrideApprovalSchema, { decision: 'approve', evidenceSha256: SHA }],
    [
      'what is told of an override',
      overrideViewSchema,
      {
        ...{ id: ID, colour: 'red', reason: 'test-positive', zh: '因', en: 'why' },
        ...{ state: 'effective', proposedAt: 1, expiresAt: 2 },
      },
    ],
  ])('%s', (_, schema, value) => {
    expect(schema.safeParse(value).error?.issues ?? []).toEqual([]);
  });
});

describe('what does not', () => {
  test.each<[string, z.ZodType, unknown]>([
    ['symptoms in an application', applicationSchema, { ...application, symptoms: 'cough' }],
    ['a province for a community', applicationSchema, { ...application, community: '33' }],
    ['a district for a community', applicationSchema, { ...application, community: '330106' }],
    ['a purpose of one’s own', applicationSchema, { ...application, purpose: 'protest' }],
    ['an unknown field', applicationSchema, { ...application, state: 'issued' }],
    [
      'more than six documents',
      applicationAnswerSchema,
      { kind: 'documents', documents: Array(7).fill(document) },
    ],
    ['a refusal without a ground', officerDecisionSchema, { kind: 'refuse' }],
    ['a refusal on other grounds', officerDecisionSchema, { kind: 'refuse', ground: 'attitude' }],
    ['a question for nothing', officerDecisionSchema, { kind: 'ask-for-more', items: [] }],
    ['a question for anything', officerDecisionSchema, { kind: 'ask-for-more', items: ['money'] }],
    ['an appeal in free text', appealSchema, { ...appeal, reason: 'it is unfair' }],
    ['a colour that is none', overrideProposalSchema, { ...proposal, colour: 'pending' }],
    [
      'a reason that cannot give the colour',
      overrideProposalSchema,
      { ...proposal, colour: 'green' },
    ],
    [
      'a reason on other papers',
      overrideProposalSchema,
      { ...proposal, evidence: { ...proposal.evidence, kind: 'quarantine-order' } },
    ],
    ['a proposal that approves itself', overrideProposalSchema, { ...proposal, approvedBy: 'x' }],
    ['an approval of nothing in particular', overrideApprovalSchema, { decision: 'approve' }],
  ])('%s', (_, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });

  test('a reference is a number of a document: no text, no markup, no formula, no path', () => {
    const fits = (text: unknown) => documentReferenceSchema.safeParse(text).success;
    for (const text of [
      '=CMD',
      '+1234',
      '-1234',
      '@ABC',
      '../..',
      'a b c d',
      '<b>A',
      'ABC',
      'A/B/',
    ])
      expect(fits(text)).toBe(false);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        if (fits(value)) expect(value).toMatch(/^[A-Z0-9/-]{4,64}$/);
      }),
    );
  });
});

test('every word that people read is there in both languages', () => {
  const words = [REFUSAL_GROUNDS, MISSING_ITEMS, APPEAL_REASONS, OVERRIDE_REASONS];
  for (const { zh, en } of words.flatMap((list) => Object.values(list))) {
    expect(zh).toMatch(/\p{Script=Han}/u);
    expect(en).toMatch(/^[A-Za-z]/);
  }
});
