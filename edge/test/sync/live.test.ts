import type { ServerResponse } from 'node:http';
import { CONTROL, RED } from '@greengate/contracts/replica/streams';
import { parseLiveMarks } from '@greengate/contracts/wire/live';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { lineSilentMsMax, lineSpreadMsMax } from '../../src/limits.ts';
import { createEventReader } from '../../src/link/event-reader.ts';
import { createCloudState } from '../../src/sync/cloud-state.ts';
import { createLive } from '../../src/sync/live.ts';
import { realTimers, until } from '../fakes/real-time.ts';
import { BAD_ANSWERS, type Handler, httpCloud, json, linkTo } from '../fixtures/http-cloud.ts';
import {
  entry,
  keyOf,
  NOT_CHECKED,
  noPause,
  openStore,
  provision,
  REGION,
  statusSegment,
} from '../fixtures/replica.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

const SSE = { 'content-type': 'text/event-stream' };

/** A gateway's live line to a real HTTP server that does as the test says. */
async function following(answer: Handler, unit = 0) {
  const cloud = await httpCloud(answer);
  const link = linkTo(cloud.origin);
  const store = openStore(tempFile('replica.db'));
  await provision(store);
  const rests: number[] = [];
  const state = createCloudState(() => undefined);
  const verified = vi.fn();
  const live = createLive(
    {
      line: link,
      replica: {
        mark: async (stream) => store.mark(stream),
        offerManifest: async (stream, body) => store.offerManifest(stream, body),
        offerSegment: (stream, body, hash) => store.offerSegment(stream, body, hash, noPause),
        ...NOT_CHECKED,
      },
      random: { hex: () => '', unit: () => unit },
      cloud: state,
      onVerified: verified,
      onTrouble: () => undefined,
    },
    (ms) => {
      rests.push(ms);
      return new Promise((done) => void realTimers.after(Math.min(ms, 5), done));
    },
  );
  onTestFinished(() => {
    live.stop();
    store.close();
  });
  const asked = () =>
    cloud.seen.map(({ url }) => {
      const marks = parseLiveMarks(new URL(url, cloud.origin).searchParams.get('at') ?? '');
      return marks.ok ? marks.value : [];
    });
  return { cloud, store, live, rests, state, verified, asked };
}

/** Answers with a line, and says what is to be written on it. */
function line(write: (response: ServerResponse, n: number) => void): Handler {
  let n = 0;
  return (_, response) => {
    n += 1;
    response.writeHead(200, SSE);
    response.flushHeaders();
    write(response, n);
  };
}

const event = (name: string, bytes: Uint8Array) =>
  `event: ${name}\ndata: ${Buffer.from(bytes).toString('base64')}\n\n`;
const change = (from: number, to: number) =>
  event(REGION, statusSegment(REGION, { from, to }, [entry(to, keyOf(to))]));

describe('a gateway on a live line', () => {
  test('applies what comes, in pieces of any size, and asks for all its streams by one request', async () => {
    const s = await following(
      line((response) => {
        const text = `: hello\n\n${change(0, 1)}${change(1, 2)}`;
        for (const char of text) response.write(char);
      }),
    );
    for (const stream of [REGION, CONTROL]) void s.live.follow(stream);
    await until('two changes', () => s.store.mark(REGION)?.cursor === 2);
    expect(s.asked()).toHaveLength(1);
    expect(s.asked()[0]?.map(({ stream, after }) => [stream, after])).toEqual([
      [CONTROL, s.store.mark(CONTROL)?.cursor],
      [REGION, 0],
    ]);
    expect([s.state.reachable, s.verified.mock.calls.length]).toEqual([true, 2]);
  });

  test('F6: comes back where it stood when the line breaks, after a wait of full jitter', async () => {
    const s = await following(
      line((response, n) => {
        if (n === 1) response.write(change(0, 1), () => response.destroy());
        else response.write(change(1, 2));
      }),
      0.4,
    );
    void s.live.follow(REGION);
    await until('the second change', () => s.store.mark(REGION)?.cursor === 2);
    expect(s.asked().map(([mark]) => mark?.after)).toEqual([0, 1]);
    expect(s.rests).toContain(0.4 * lineSpreadMsMax);
  });

  test('says of a cloud that stops no more than that it comes back', async () => {
    const s = await following(
      line((response, n) => {
        if (n === 1) response.end('event: end\ndata: draining\n\n');
      }),
      0.7,
    );
    void s.live.follow(REGION);
    await until('the second line', () => s.cloud.seen.length === 2);
    expect(s.rests).toContain(0.7 * lineSpreadMsMax);
    expect(s.state.lastError).toBeNull();
  });

  test('a second failure in a row is for the loops, which back off and ask for the manifest', async () => {
    const s = await following((seen, response) => {
      if (s.cloud.seen.length === 1) line((one) => one.destroy())(seen, response);
      else response.destroy();
    });
    expect(await s.live.follow(REGION)).toMatchObject({ wasWell: true });
    expect(s.cloud.seen).toHaveLength(2);
  });

  test.each([
    [410, 'epoch-changed'],
    [409, 'segment-gap'],
  ])('%i: each stream is told %s', async (status, why) => {
    const s = await following(json(status, {}));
    const told = await Promise.all([REGION, CONTROL].map((stream) => s.live.follow(stream)));
    expect(told).toEqual([{ why }, { why }]);
  });

  test('a new epoch while it is open is told too', async () => {
    const s = await following(
      line((response) => void response.end('event: end\ndata: epoch-changed\n\n')),
    );
    expect(await s.live.follow(REGION)).toEqual({ why: 'epoch-changed', wasWell: true });
  });

  test.each(BAD_ANSWERS.filter(({ timeoutMs, name }) => !timeoutMs && !/cut|410|409/.test(name)))(
    'T11 finding 8: where there is no line but $name, the held tail is the way',
    async ({ answer }) => {
      const s = await following(answer);
      expect(await s.live.follow(REGION)).toBe('no-line');
    },
  );

  test('what does not verify is of no force, and ends the following of that stream alone', async () => {
    const forged = Buffer.from(statusSegment(REGION, { to: 1 }, [entry(1, keyOf(1))]));
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const s = await following(
      line((response, n) => {
        if (n === 1) response.write(event(REGION, forged) + change(0, 1));
      }),
    );
    const others: unknown[] = [];
    void s.live.follow(CONTROL).then((outcome) => others.push(outcome));
    expect(await s.live.follow(REGION)).toEqual({ why: 'segment-hash-mismatch', wasWell: true });
    expect([s.store.mark(REGION)?.cursor, others]).toEqual([0, []]);
    void s.live.follow(REGION);
    await until('the line that is for both again', () => s.asked().length === 2);
    expect(s.asked()[1]?.map(({ stream }) => stream)).toEqual([CONTROL, REGION]);
  });

  test('events of streams that nobody asked for are passed over, and so is what is no event', async () => {
    const s = await following(
      line((response) => {
        response.write(
          `${event(RED, statusSegment(RED, { to: 0 }, []))}data: x\n\nx\n\n${change(0, 1)}`,
        );
      }),
    );
    void s.live.follow(REGION);
    await until('the change', () => s.store.mark(REGION)?.cursor === 1);
    expect(s.store.mark(RED)?.cursor ?? 0).toBe(0);
  });

  test('stop ends it, and all who follow', async () => {
    const s = await following(line(() => undefined));
    const told = s.live.follow(REGION);
    await until('the line', () => s.state.reachable);
    s.live.stop();
    expect(await told).toEqual({ why: 'stopped' });
    expect(await s.live.follow(REGION)).toEqual({ why: 'stopped' });
  });
});

describe('the link', () => {
  const bounds = (silentMs: number, charsMax: number) => ({
    silentMs,
    charsMax,
    signal: new AbortController().signal,
    onOpen: () => undefined,
    onEvent: async () => undefined,
  });

  test('gives up a line that is silent, and one whose event has no end', async () => {
    const silent = await httpCloud(line(() => undefined));
    expect(await linkTo(silent.origin).follow('/x', bounds(100, 100))).toEqual({
      kind: 'over',
      why: 'timeout',
      wasOpen: true,
    });
    const endless = await httpCloud(line((response) => void response.write('x'.repeat(1000))));
    expect(await linkTo(endless.origin).follow('/x', bounds(lineSilentMsMax, 100))).toEqual({
      kind: 'over',
      why: 'answer-too-large',
      wasOpen: true,
    });
  });

  test('reads events whatever pieces they come in, and throws on no bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(60), (chunks, cut) => {
        const read = createEventReader(64);
        for (const chunk of chunks) {
          for (const one of read(chunk) ?? []) expect(one.data.length).toBeLessThanOrEqual(64);
        }
        const text = Buffer.from('event: red\ndata: AAAA\n\n: x\n\nevent: end\ndata: draining\n\n');
        const again = createEventReader(64);
        const parts = [text.subarray(0, cut), text.subarray(cut)];
        expect(parts.flatMap((part) => again(part) ?? [])).toEqual([
          { name: 'red', data: 'AAAA' },
          { name: 'end', data: 'draining' },
        ]);
      }),
    );
  });
});
