import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  codeCharsMax,
  evidenceRowsCountMax,
  mqttPayloadBytesMax,
  passageBatchEventsCountMax,
} from '../../src/limits.ts';
import { gatewayEnrolledSchema, gatewayRegistrationSchema } from '../../src/wire/enrolment.ts';
import {
  areaRiskSchema,
  elsewhereImportSchema,
  journeysImportSchema,
  listImportSchema,
} from '../../src/wire/evidence.ts';
import {
  deviceStateSchema,
  gateAckSchema,
  gateCommandSchema,
  turnstilePassageSchema,
} from '../../src/wire/gate-command.ts';
import {
  codeIssuedSchema,
  codeRequestSchema,
  declarationSchema,
  holderRegistrationSchema,
} from '../../src/wire/holder.ts';
import { contentDigest, REQUEST_SIGNATURE } from '../../src/wire/http-signature.ts';
import { passageAckSchema, passageBatchSchema } from '../../src/wire/passage.ts';
import { passageGapSchema, problemSchema } from '../../src/wire/problem.ts';
import { scanMessageSchema } from '../../src/wire/scan.ts';
import { temperatureMessageSchema } from '../../src/wire/temperature.ts';
import { alarm, intent, outcome } from '../sample-events.ts';

const NONCE = 'ab'.repeat(16);
const KEY = 'cd'.repeat(32);
const order = {
  action: 'open',
  boot: NONCE,
  nonce: NONCE,
  at: 1,
  expiresAt: 2001,
  passage: NONCE,
  reason: 'status-green',
};
const batch = { epoch: 1, from: 1, events: [intent, outcome, alarm] };
const declaration = {
  division: '330100',
  symptoms: { fever: false, dryCough: false, fatigue: false },
  residenceDays: 14,
  contactOfCase: false,
  highRiskTravel: false,
  temperatureCentiC: null,
};
const problem = { type: 'about:blank', title: 'Not found', status: 404, code: 'not-found' };
const id = (last: string) => `11010119900307${last}`;

describe('messages that fit', () => {
  test.each<[string, z.ZodType, unknown]>([
    ['a scan', scanMessageSchema, { code: 'GC1:' }],
    [
      'a scan too long for a code, which has a reason of its own',
      scanMessageSchema,
      { code: 'x'.repeat(codeCharsMax + 1) },
    ],
    ['a temperature', temperatureMessageSchema, { celsius: 36.5 }],
    ['a temperature and the air', temperatureMessageSchema, { celsius: 36.5, ambientCelsius: 21 }],
    ['hello', gateCommandSchema, { action: 'hello', boot: NONCE, at: 1 }],
    ['open', gateCommandSchema, order],
    ['release', gateCommandSchema, { ...order, action: 'release', reason: 'fire-release' }],
    ['an acknowledgement', gateAckSchema, { nonce: NONCE, result: 'foreign-boot' }],
    ['a passage', turnstilePassageSchema, { event: 'completed', passage: NONCE }],
    ['a forced arm', turnstilePassageSchema, { event: 'forced' }],
    ['a last will', deviceStateSchema, { state: 'offline' }],
    ['a batch', passageBatchSchema, batch],
    ['a watermark', passageAckSchema, { acked: 0 }],
    ['a problem', problemSchema, { ...problem, detail: 'Look again.' }],
    ['a gap', passageGapSchema, { ...problem, code: 'passages-gap', gap: 4, acked: 3 }],
    ['a gateway', gatewayRegistrationSchema, { gateway: 'gw-1', station: 'st-1', publicKey: KEY }],
    [
      'an enrolment',
      gatewayEnrolledSchema,
      {
        gateway: 'gw-1',
        keyId: 'ab'.repeat(8),
        rootKey: KEY,
        streams: ['red', 'control', 'region/330100'],
      },
    ],
    ['a declaration', declarationSchema, declaration],
    [
      'a holder',
      holderRegistrationSchema,
      { name: '张三', idNumber: id('467X'), phone: '+8613800000000' },
    ],
    ['a phone code asked for', codeRequestSchema, { kind: 'phone', publicKey: `02${KEY}` }],
    ['a paper code asked for', codeRequestSchema, { kind: 'paper' }],
    ['a code issued', codeIssuedSchema, { kind: 'phone', token: 'aa', expiresAt: 1 }],
    ['a list', listImportSchema, { entries: [{ idNumber: id('4670'), since: '2020-02-29' }] }],
    [
      'areas',
      areaRiskSchema,
      { areas: [{ division: '330100', level: 'high', from: '2020-02-01', until: '2020-02-15' }] },
    ],
    [
      'a journey of a passport holder',
      journeysImportSchema,
      {
        entries: [
          { idNumber: 'USA-12345678', mode: 'air', division: '330100', leftOn: '2020-02-29' },
        ],
      },
    ],
    [
      'a colour from elsewhere',
      elsewhereImportSchema,
      {
        entries: [
          {
            idNumber: id('4670'),
            region: '370000',
            colour: 'red',
            since: '2020-02-29T00:00:00+08:00',
            validUntil: '2020-03-14T23:59:59+08:00',
          },
        ],
      },
    ],
  ])('%s', (_, schema, message) => {
    expect(schema.safeParse(message)).toMatchObject({ success: true, data: message });
  });

  test('the longest scan that is let in fits one MQTT payload', () => {
    expect(JSON.stringify({ code: 'x'.repeat(4 * codeCharsMax) }).length).toBeLessThan(
      mqttPayloadBytesMax,
    );
  });
});

describe('messages that do not', () => {
  test.each<[string, z.ZodType, unknown]>([
    ['an empty scan', scanMessageSchema, { code: '' }],
    ['a scan far too long', scanMessageSchema, { code: 'x'.repeat(4 * codeCharsMax + 1) }],
    ['a scan of a number', scanMessageSchema, { code: 1 }],
    ['a scan with a further field', scanMessageSchema, { code: 'x', device: 'scan-02' }],
    ['T14 an order without a boot', gateCommandSchema, { ...order, boot: undefined }],
    ['T14 an order without a nonce', gateCommandSchema, { ...order, nonce: undefined }],
    ['T14 an order without an expiry', gateCommandSchema, { ...order, expiresAt: undefined }],
    [
      'T14 an order that expires never',
      gateCommandSchema,
      { ...order, expiresAt: Number.POSITIVE_INFINITY },
    ],
    ['an order without a passage', gateCommandSchema, { ...order, passage: undefined }],
    ['an order for a reason of no registry', gateCommandSchema, { ...order, reason: 'because' }],
    ['an order for a reason of Object', gateCommandSchema, { ...order, reason: 'toString' }],
    ['an order of the future', gateCommandSchema, { ...order, action: 'hold' }],
    [
      'a hello with a passage',
      gateCommandSchema,
      { action: 'hello', boot: NONCE, at: 1, passage: NONCE },
    ],
    ['a nonce in upper case', gateAckSchema, { nonce: NONCE.toUpperCase(), result: 'accepted' }],
    ['a passage of null', turnstilePassageSchema, { event: 'forced', passage: null }],
    ['a passage of undefined', turnstilePassageSchema, { event: 'forced', passage: undefined }],
    ['a state of the future', deviceStateSchema, { state: 'asleep' }],
    ['an empty batch', passageBatchSchema, { ...batch, events: [] }],
    ['a batch from 0', passageBatchSchema, { ...batch, from: 0 }],
    [
      'a batch too long',
      passageBatchSchema,
      { ...batch, events: Array(passageBatchEventsCountMax + 1).fill(intent) },
    ],
    [
      'an event without a number',
      passageBatchSchema,
      { ...batch, events: [{ ...intent, seq: undefined }] },
    ],
    [
      'an event of half a number',
      passageBatchSchema,
      { ...batch, events: [{ ...intent, seq: 1.5 }] },
    ],
    [
      'an event with a name in it',
      passageBatchSchema,
      { ...batch, events: [{ ...intent, name: 'x' }] },
    ],
    [
      'an intent without a rung',
      passageBatchSchema,
      { ...batch, events: [{ ...intent, rung: undefined }] },
    ],
    [
      'a verdict of the future',
      passageBatchSchema,
      { ...batch, events: [{ ...intent, verdict: 'open' }] },
    ],
    ['a watermark below 0', passageAckSchema, { acked: -1 }],
    ['a problem of no registry', problemSchema, { ...problem, code: 'oops' }],
    [
      'T12 a gateway that is a wildcard',
      gatewayRegistrationSchema,
      { gateway: '+', station: 'st-1', publicKey: KEY },
    ],
    [
      'a key of 31 bytes',
      gatewayRegistrationSchema,
      { gateway: 'gw-1', station: 'st-1', publicKey: KEY.slice(2) },
    ],
    [
      'an enrolment into nothing',
      gatewayEnrolledSchema,
      { gateway: 'gw-1', keyId: 'ab'.repeat(8), rootKey: KEY, streams: [] },
    ],
    [
      'T18 a declaration of 50 degrees',
      declarationSchema,
      { ...declaration, temperatureCentiC: 5000 },
    ],
    ['a declaration with its colour', declarationSchema, { ...declaration, colour: 'green' }],
    ['T20 a declaration with __proto__', declarationSchema, JSON.parse('{"__proto__":{"a":1}}')],
    [
      'T19 an identity number in full-width digits',
      holderRegistrationSchema,
      { name: 'a', idNumber: `${id('467')}Ｘ`, phone: '12345' },
    ],
    [
      'T19 an identity number with a lower-case x',
      holderRegistrationSchema,
      { name: 'a', idNumber: id('467x'), phone: '12345' },
    ],
    [
      'a point that is not compressed',
      codeRequestSchema,
      { kind: 'phone', publicKey: `04${KEY}${KEY}` },
    ],
    ['a code of a kind that holders do not ask for', codeRequestSchema, { kind: 'converted' }],
    ['a paper code with a key', codeRequestSchema, { kind: 'paper', publicKey: `02${KEY}` }],
    ['a token of half a byte', codeIssuedSchema, { kind: 'phone', token: 'a', expiresAt: 1 }],
    [
      'the 30th of February',
      listImportSchema,
      { entries: [{ idNumber: id('4670'), since: '2020-02-30' }] },
    ],
    [
      'more rows than a request may hold',
      listImportSchema,
      {
        entries: Array.from({ length: evidenceRowsCountMax + 1 }, () => ({
          idNumber: id('4670'),
          since: '2020-02-29',
        })),
      },
    ],
    [
      'a passport without its country',
      listImportSchema,
      { entries: [{ idNumber: '12345678', since: '2020-02-29' }] },
    ],
    [
      'a risk of the future',
      areaRiskSchema,
      { areas: [{ division: '330100', level: 'huge', from: '2020-02-01', until: '2020-02-15' }] },
    ],
  ])('%s', (_, schema, message) => {
    expect(schema.safeParse(message).success).toBe(false);
  });
});

describe('signed requests (T11)', () => {
  test('the profile covers method, target and body, and nothing less', () => {
    expect(REQUEST_SIGNATURE.components).toEqual(['@method', '@target-uri', 'content-digest']);
    expect(REQUEST_SIGNATURE.parameters).toEqual(['created', 'expires', 'nonce', 'keyid', 'tag']);
  });

  test('the digest of RFC 9530, of an empty body too', () => {
    expect(contentDigest('47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')).toBe(
      'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
    );
  });
});
