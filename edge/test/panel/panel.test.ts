import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { laneIdSchema } from '@greengate/contracts/ids';
import { REASONS } from '@greengate/contracts/refusals';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLatencyWindow } from '../../src/panel/latency.ts';
import { createGatewayMetrics } from '../../src/panel/metrics.ts';
import { startPanel } from '../../src/panel/panel.ts';
import type { GatewayStatus } from '../../src/panel/status.ts';
import { NOW } from '../fixtures/codes.ts';

const CHECKED = { checkedAt: NOW, wrong: 2, mended: 5 };

const status: GatewayStatus = {
  gateway: 'gw-1',
  boot: 'f'.repeat(32),
  lanes: [
    {
      lane: laneIdSchema.parse('lane-1'),
      state: 'idle',
      last: {
        verdict: 'refuse',
        reason: 'status-red',
        rung: 'red',
        at: epochMs(NOW),
        latencyMs: 3,
      },
    },
    { lane: laneIdSchema.parse('lane-2'), state: 'fault', last: null },
  ],
  replica: { staleness: 'aged', ageMs: 1_200_000, streams: [], check: CHECKED },
  outbox: { pending: 12, acked: 30 },
  journal: {
    epoch: 4,
    seq: 2,
    pending: 12,
    rows: 42,
    late: 1,
    failed: 2,
    waiting: 2,
    lost: 0,
    answers: true,
  },
  clock: { now: NOW, trust: 'holdover', skewMs: -1500 },
  cloud: { reachable: false, lastError: '<script>alert(1)</script>' },
  safeMode: { active: true, crashes: 3 },
  latencyMs: { count: 9, p50: 1.5, p99: 4, max: 9 },
  mqtt: { sockets: 5, devices: 4, refused: { 'device-unknown': 1 } },
  devices: [
    { lane: 'lane-1', device: 'scanner', online: true, fault: undefined },
    { lane: 'lane-2', device: 'scanner', online: false, fault: 'scanner-lost' },
  ],
};

async function panelOf(answer: () => Promise<GatewayStatus> = () => Promise.resolve(status)) {
  const metrics = createGatewayMetrics();
  const panel = await startPanel({ host: '127.0.0.1', port: 0 }, answer, metrics);
  onTestFinished(() => panel.close());
  return { panel, metrics };
}

/** A plain request, whose Host header may be any. */
function ask(port: number, path: string, headers: Record<string, string> = {}, host = '127.0.0.1') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const asked = request({ host, port, path, headers }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      });
      asked.on('error', reject);
      asked.end();
    },
  );
}

describe('the panel', () => {
  test('/healthz and /status.json', async () => {
    const { panel } = await panelOf();
    expect(await ask(panel.port, '/healthz')).toMatchObject({
      status: 200,
      body: '{"status":"ok"}',
    });
    const answer = await ask(panel.port, '/status.json');
    expect(JSON.parse(answer.body)).toEqual(status);
  });

  test('finding 8: /healthz is well while the cloud is not', async () => {
    const { panel } = await panelOf();
    expect((await ask(panel.port, '/healthz')).status).toBe(200);
  });

  test('the page says it in Chinese and in English, without a script', async () => {
    const { panel } = await panelOf();
    const { body, headers } = await ask(panel.port, '/');
    for (const part of [
      '<html lang="zh">',
      'gw-1',
      '未连接，闸机照常判定 not connected, gates go on',
      REASONS['status-red'].zh,
      REASONS['status-red'].en,
      'aged, 1200 s',
      '本地数据 Replica',
      '通道 Lane',
      '2020-03-01T00:00:00.000Z, holdover, -1.5 s',
      'late 1, failed 2',
      'p50 1.5 ms, p99 4.0 ms (9)',
      '在线 online',
      `离线 offline: ${REASONS['scanner-lost'].zh} ${REASONS['scanner-lost'].en}`,
    ]) {
      expect(body).toContain(part);
    }
    expect(body).not.toMatch(/<script| on\w+=/);
    expect(body).toContain('&lt;script&gt;');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
  });

  test('a replica that never synced has no age', async () => {
    const { panel } = await panelOf(() =>
      Promise.resolve({
        ...status,
        replica: { staleness: 'blind', ageMs: null, streams: [], check: CHECKED },
      }),
    );
    expect((await ask(panel.port, '/')).body).toContain('blind, —');
    expect((await ask(panel.port, '/metrics')).body).toContain('greengate_replica_age_seconds Nan');
  });

  test('/metrics: decisions by code, latency, outbox, and no person', async () => {
    const { panel, metrics } = await panelOf();
    metrics.decided('lane-1', { verdict: 'refuse', reason: 'status-red', rung: 'red' }, 4);
    const { body } = await ask(panel.port, '/metrics');
    for (const line of [
      'greengate_decisions_total{lane="lane-1",verdict="refuse",reason="status-red",rung="red"} 1',
      'greengate_decision_seconds_bucket{le="0.005"} 1',
      'greengate_outbox_pending 12',
      'greengate_replica_age_seconds 1200',
      'greengate_cloud_reachable 0',
      'greengate_records_late 1',
      'greengate_records_failed 2',
      'greengate_clock_skew_seconds -1.5',
      'greengate_clock_trust{state="holdover"} 1',
      'greengate_clock_trust{state="trusted"} 0',
      'greengate_replica_staleness{state="aged"} 1',
      'greengate_device_online{lane="lane-1",device="scanner"} 1',
      'greengate_device_fault{lane="lane-2",device="scanner",reason="scanner-lost"} 1',
    ]) {
      expect(body).toContain(line);
    }
  });

  test.for([
    ['another name', 'evil.example'],
    ['another name and our port', 'evil.example:8080'],
    ['a name that begins as ours', '127.0.0.1.evil.example'],
    ['a name that ends as ours', 'evil.localhost'],
    ['an address of the station', '192.168.1.10'],
  ])('a Host that is %s is refused (DNS rebinding)', async ([, host = 'none']) => {
    const { panel } = await panelOf();
    for (const path of ['/', '/status.json', '/metrics', '/healthz']) {
      const answer = await ask(panel.port, path, { host });
      expect([400, 403]).toContain(answer.status);
      expect(answer.body).not.toContain('gw-1');
    }
  });

  test('a request that names no host at all is refused', async () => {
    const { panel } = await panelOf();
    const socket = connect(panel.port, '127.0.0.1');
    socket.end('GET /status.json HTTP/1.0\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(/^HTTP\/1.1 40[03]/);
    expect(text).not.toContain('gw-1');
  });

  test.for(['127.0.0.1:80', 'localhost', 'localhost:9', '[::1]:80'])('%s is ours', async (host) => {
    const { panel } = await panelOf();
    expect((await ask(panel.port, '/healthz', { host })).status).toBe(200);
  });

  test('T32: it listens on loopback only', async () => {
    const { panel } = await panelOf();
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter((each) => !each.internal && each.family === 'IPv4');
    for (const { address } of others) {
      await expect(ask(panel.port, '/healthz', {}, address)).rejects.toThrow(/ECONNREFUSED/);
    }
    await expect(ask(panel.port, '/healthz', {}, '::1')).rejects.toThrow();
  });

  test('what is not there is 404, and nothing can be changed', async () => {
    const { panel } = await panelOf();
    expect((await ask(panel.port, '/admin')).status).toBe(404);
    const posted = await fetch(`http://127.0.0.1:${panel.port}/`, { method: 'POST' });
    expect(posted.status).toBe(404);
  });

  test('a port that is taken is an error at the start', async () => {
    const { panel } = await panelOf();
    const again = startPanel(
      { host: '127.0.0.1', port: panel.port },
      () => Promise.resolve(status),
      createGatewayMetrics(),
    );
    await expect(again).rejects.toThrow(/EADDRINUSE/);
  });

  test('close() ends it although a browser holds on', async () => {
    const { panel } = await panelOf();
    await fetch(`http://127.0.0.1:${panel.port}/healthz`);
    await panel.close();
    await expect(ask(panel.port, '/healthz')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('latency figures', () => {
  test('are of the last ones; count and max are of all', () => {
    const window = createLatencyWindow(100);
    expect(window.summary()).toEqual({ count: 0, p50: 0, p99: 0, max: 0 });
    window.add(500);
    for (let ms = 1; ms <= 100; ms++) window.add(ms);
    expect(window.summary()).toEqual({ count: 101, p50: 50, p99: 99, max: 500 });
  });
});
