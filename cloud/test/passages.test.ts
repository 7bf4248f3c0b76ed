import { gzipSync } from 'node:zlib';
import { toHex } from '@greengate/contracts/bytes';
import { gatewayIdSchema } from '@greengate/contracts/ids';
import { encodeEvent, passageEventSchema } from '@greengate/contracts/wire/passage';
import { passageGapSchema } from '@greengate/contracts/wire/problem';
import { expect, test } from 'vitest';
import { batchBytes, event, events } from './events.ts';
import type { GatewayKey } from './gateway-client.ts';
import { codeOf, type RunningCloud, runCloud } from './running-cloud.ts';

const GATE = gatewayIdSchema.parse('gate-1');

function push(
  running: RunningCloud,
  key: GatewayKey,
  epoch: number,
  from: number,
  list: unknown[],
) {
  return running.signed(key, 'POST', '/v1/passages', batchBytes(epoch, from, list));
}

async function rowsOf(running: RunningCloud, query = '') {
  const response = await running.call(running.tokens.auditor, 'GET', `/v1/passages${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as { rows: { event: { seq: number } }[]; next: string | null };
}

test('events are acknowledged up to a watermark, and read back as they were sent', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  const first = await push(running, key, 1, 1, events(1, 3));
  expect([first.status, await first.json()]).toEqual([200, { acked: 3 }]);
  expect(await (await push(running, key, 1, 4, events(4, 2))).json()).toEqual({ acked: 5 });
  const { rows, next } = await rowsOf(running);
  expect(rows).toEqual(events(1, 5).map((one) => ({ gateway: GATE, epoch: 1, event: one })));
  expect(next).toBeNull();
});

test('duplicates are free, whole and overlapping', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  await push(running, key, 1, 1, events(1, 4));
  expect(await (await push(running, key, 1, 1, events(1, 4))).json()).toEqual({ acked: 4 });
  expect(await (await push(running, key, 1, 3, events(3, 4))).json()).toEqual({ acked: 6 });
  expect((await rowsOf(running)).rows).toHaveLength(6);
});

test('a hole is refused with what is missing, and nothing of the batch is stored', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  await push(running, key, 1, 1, events(1, 2));
  const response = await push(running, key, 1, 4, events(4, 2));
  expect(response.status).toBe(409);
  const problem = passageGapSchema.parse(await response.json());
  expect(problem).toMatchObject({ code: 'passages-gap', gap: 3, acked: 2 });
  expect((await rowsOf(running)).rows).toHaveLength(2);
});

test('a number used again for another event is buried, acknowledged and counted', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  await push(running, key, 1, 1, events(1, 2));
  const other = await push(running, key, 1, 2, [event(2, 9999)]);
  expect([other.status, await other.json()]).toEqual([200, { acked: 2 }]);
  const letters = await running.call(
    running.tokens.auditor,
    'GET',
    `/v1/passages/dead-letters?gateway=${GATE}`,
  );
  expect(await letters.json()).toEqual({
    rows: [
      {
        gateway: GATE,
        epoch: 1,
        seq: 2,
        reason: 'passages-conflict',
        payload: toHex(encodeEvent(passageEventSchema.parse(event(2, 9999)))),
      },
    ],
    next: null,
  });
  expect((await rowsOf(running)).rows[1]).toMatchObject({ event: event(2) });
  const metrics = await running.call(running.tokens.metrics, 'GET', '/metrics');
  expect(await metrics.text()).toContain('passages_total{result="conflict"} 1');
});

test('poison is buried and acknowledged, and the good events beside it are stored', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  const poison = [{ kind: 'bomb', seq: 2 }, { ...event(3), extra: 1 }, event(77), null, 'x'];
  const batch = [event(1), ...poison, event(7)];
  expect(await (await push(running, key, 1, 1, batch)).json()).toEqual({ acked: 7 });
  expect(await (await push(running, key, 1, 1, batch)).json()).toEqual({ acked: 7 });
  expect((await rowsOf(running)).rows.map((row) => row.event.seq)).toEqual([1, 7]);
  const buried = await running.store.deadLetters(GATE, undefined, 100);
  expect(buried.map(({ seq, reason }) => [seq, reason])).toEqual(
    [2, 3, 4, 5, 6].map((seq) => [seq, 'payload-invalid']),
  );
});

test('each journal epoch has its own watermark, each gateway its own journal', async () => {
  const running = await runCloud();
  const [one, two] = [await running.enrol(), await running.enrol('gate-2')];
  await push(running, one, 1, 1, events(1, 3));
  expect(await (await push(running, one, 2, 1, events(1, 1))).json()).toEqual({ acked: 1 });
  expect(await (await push(running, two, 1, 1, events(1, 2))).json()).toEqual({ acked: 2 });
  expect((await rowsOf(running, '?gateway=gate-2')).rows).toHaveLength(2);
});

test('gzip is inflated, but not without end', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  const send = (body: Uint8Array, coding: string) =>
    running.signed(key, 'POST', '/v1/passages', body, { 'content-encoding': coding });
  const good = await send(gzipSync(batchBytes(1, 1, events(1, 1000))), 'gzip');
  expect(await good.json()).toEqual({ acked: 1000 });
  const bomb = await send(gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'gzip');
  expect([bomb.status, await codeOf(bomb)]).toEqual([413, 'body-too-large']);
  const broken = await send(Buffer.from('not gzip'), 'gzip');
  expect([broken.status, await codeOf(broken)]).toEqual([400, 'request-invalid']);
  const other = await send(batchBytes(1, 1, events(1, 1)), 'br');
  expect([other.status, await codeOf(other)]).toEqual([400, 'request-invalid']);
});

test('bodies and batches are bounded', async () => {
  const running = await runCloud();
  const key = await running.enrol();
  const large = await running.signed(key, 'POST', '/v1/passages', Buffer.alloc(1024 * 1024 + 1));
  expect([large.status, await codeOf(large)]).toEqual([413, 'body-too-large']);
  const many = await push(
    running,
    key,
    1,
    1,
    Array.from({ length: 1001 }, () => 0),
  );
  expect([many.status, await codeOf(many)]).toEqual([400, 'request-invalid']);
  const registration = 'x'.repeat(300 * 1024);
  const post = await running.call(running.tokens.operator, 'POST', '/v1/areas', { registration });
  expect([post.status, await codeOf(post)]).toEqual([413, 'body-too-large']);
});

test('pages follow one another without a gap or a repeat', async () => {
  const running = await runCloud();
  await push(running, await running.enrol('gate-b'), 1, 1, events(1, 5));
  const key = await running.enrol('gate-a');
  await push(running, key, 9, 1, events(1, 4));
  await push(running, key, 10, 1, events(1, 3));
  const seen: unknown[] = [];
  let after = '';
  for (let page = 0; page < 20; page++) {
    const { rows, next } = await rowsOf(running, `?limit=5${after}`);
    seen.push(...rows);
    if (next === null) break;
    after = `&after=${next}`;
  }
  expect(seen).toHaveLength(12);
  expect(new Set(seen.map((row) => JSON.stringify(row))).size).toBe(12);
  for (const query of ['?limit=0', '?limit=1001', '?after=x', '?gateway=A', '?other=1']) {
    const refused = await running.call(running.tokens.auditor, 'GET', `/v1/passages${query}`);
    expect([query, refused.status]).toEqual([query, 400]);
  }
});
