import { monoMs } from '@greengate/contracts/time';
import { describe, expect, it } from 'vitest';
import { factoryReset, readZone, saveZones, writeZone } from '../../src/devices/gm65.ts';
import { ScanDemux } from '../../src/devices/scan-demux.ts';
import type { ScannerNeeds } from '../../src/devices/scanner-dialect.ts';
import { SCANNER_DIALECTS } from '../../src/devices/scanner-dialects.ts';
import type { ScannerReply } from '../../src/devices/scanner-reply.ts';

const hexOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');

function replyOf(hex: string): ScannerReply {
  const replies: ScannerReply[] = [];
  const demux = new ScanDemux({ replies: ['gm65', 'mt1', 'ssi'] }, (frame) => {
    if (frame.kind === 'reply') replies.push(frame.reply);
  });
  demux.push(Buffer.from(hex, 'hex'), monoMs(0));
  expect(replies).toHaveLength(1);
  return replies[0] as ScannerReply;
}

const needs: ScannerNeeds = { tail: 'crlf', charset: 'utf-8', sameCodeMs: 1500 };

describe('GM65', () => {
  it('builds the commands that its manual prints', () => {
    expect(hexOf(readZone(0x002a).bytes)).toBe('7e000701002a02d80f');
    expect(hexOf(writeZone(0x000a, 0x3e).bytes)).toBe('7e000801000a3e4ccf');
    expect(hexOf(writeZone(0x002a, 0x39, 0x01).bytes)).toBe('7e000802002a3901a7ea');
    expect(hexOf(saveZones.bytes)).toBe('7e000901000000dec8');
    expect(hexOf(factoryReset.bytes)).toBe('7e0009010000ffc038');
  });

  it('takes no acknowledgement for a zone that holds 0', () => {
    const ack = replyOf('02000001003331');
    expect(saveZones.answers(ack)).toBe(true);
    expect(readZone(0x0060).answers(ack)).toBe(false);
    const zone = replyOf('02000002a50f7d04');
    expect(saveZones.answers(zone)).toBe(false);
    expect(readZone(0x0060).answers(zone)).toBe(true);
  });

  it('changes the bits that a lane needs and leaves the others', () => {
    const written = SCANNER_DIALECTS.gm65.settings(needs).map((setting) => {
      expect(setting.isTaken(Uint8Array.of(0xff, 0))).toBe(setting.name === 'mode');
      const { bytes } = setting.write(Uint8Array.of(0b1101_1100, 0));
      return [setting.name, hexOf(bytes.subarray(2, -2))];
    });
    expect(written).toEqual([
      ['mode', '08010000de'],
      ['tail', '08010060bd'],
      ['same-code-delay', '080100138f'],
      ['charset', '0801000dd4'],
    ]);
  });

  it('reads by itself or by induction, never by button or command', () => {
    const mode = SCANNER_DIALECTS.gm65.settings(needs)[0];
    const taken = [0, 1, 2, 3].map((bits) => mode?.isTaken(Uint8Array.of(0xd4 | bits, 0)));
    expect(taken).toEqual([false, false, true, true]);
  });

  it('leaves the character set alone where none is asked for', () => {
    const names = SCANNER_DIALECTS.gm65
      .settings({ ...needs, charset: 'unknown' })
      .map(({ name }) => name);
    expect(names).not.toContain('charset');
  });
});

describe('MT1', () => {
  it('builds framed commands and knows their answers', () => {
    const { whoIsThere, triggerOn } = SCANNER_DIALECTS.mt1;
    expect(hexOf(triggerOn)).toBe('5a000008535230333033303108a5');
    const [tail] = SCANNER_DIALECTS.mt1.settings(needs).slice(2);
    const write = tail?.write(new Uint8Array());
    expect(write?.answers(replyOf('5a010002900093a5'))).toBe(true);
    expect(write?.answers(replyOf('5a0100026a80e9a5'))).toBe(false);
    expect(whoIsThere?.answers(replyOf('5a01000456312e307ca5'))).toBe(true);
  });

  it('sets everything at each start: nothing can be read back', () => {
    const settings = SCANNER_DIALECTS.mt1.settings(needs);
    expect(settings.map(({ read }) => read)).toEqual(settings.map(() => undefined));
    expect(settings.at(-1)?.write(new Uint8Array()).bytes.toString()).toContain('83,95,67,77,68');
    expect(settings.every(({ isTaken }) => !isTaken(new Uint8Array()))).toBe(true);
  });
});

describe('SSI', () => {
  it('builds the packets of HARDWARE 1 and reads its parameter back', () => {
    const { triggerOn, triggerOff, settings } = SCANNER_DIALECTS.ssi;
    expect(hexOf(triggerOn)).toBe('04e40400ff14');
    expect(hexOf(triggerOff)).toBe('04e50400ff13');
    const [tail] = settings(needs);
    expect(hexOf(tail?.read?.bytes)).toBe('05c70400ebfe45');
    expect(hexOf(tail?.write(new Uint8Array()).bytes)).toBe('07c60408ffeb01fd3c');
    const reply = replyOf('07c60000ffeb01fd48');
    expect(tail?.read?.answers(reply)).toBe(true);
    expect(tail?.isTaken(reply.data)).toBe(true);
    expect(tail?.isTaken(replyOf('07c60000ffeb00fd49').data)).toBe(false);
  });
});

describe('scanners that answer nothing', () => {
  it('triggers a Honeywell, and says nothing to a plain line', () => {
    const { honeywell, line } = SCANNER_DIALECTS;
    expect(hexOf(honeywell.triggerOn)).toBe('16540d');
    expect(hexOf(honeywell.triggerOff)).toBe('16550d');
    expect([line.triggerOn, line.whoIsThere, honeywell.whoIsThere]).toEqual(
      Array(3).fill(undefined),
    );
    expect([...honeywell.settings(needs), ...line.settings(needs)]).toEqual([]);
  });
});
