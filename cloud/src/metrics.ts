import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from './ports.ts';

/** Prometheus metrics with a registry of their own, so that two clouds can live in one process. */
export function promMetrics(options: { readonly process: boolean }): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'greengate_cloud_request_seconds',
    help: 'HTTP requests by route pattern, method and status.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30],
    registers,
  });
  const refusals = new Counter({
    name: 'greengate_cloud_refusals_total',
    help: 'Refused requests by reason code.',
    labelNames: ['code'] as const,
    registers,
  });
  const passages = new Counter({
    name: 'greengate_cloud_passages_total',
    help: 'Passage events by what became of them.',
    labelNames: ['result'] as const,
    registers,
  });
  const changes = new Counter({
    name: 'greengate_cloud_changes_total',
    help: 'Changes appended to a stream.',
    labelNames: ['stream'] as const,
    registers,
  });
  const unscored = new Counter({
    name: 'greengate_cloud_unscored_total',
    help: 'Holders who could not be scored and are tried again later.',
    registers,
  });
  const tails = new Gauge({
    name: 'greengate_cloud_tails_held',
    help: 'Tail requests that are held open.',
    registers,
  });
  const live = new Gauge({
    name: 'greengate_cloud_live_lines',
    help: 'Lines that gateways follow live.',
    registers,
  });
  const liveCut = new Counter({
    name: 'greengate_cloud_live_cut_total',
    help: 'Live lines that were cut because nobody read them.',
    registers,
  });
  const shed = new Counter({
    name: 'greengate_cloud_shed_total',
    help: 'Requests refused with 429 too-busy, by class: vital, write, read, other.',
    labelNames: ['class'] as const,
    registers,
  });
  const load = loadGauges(registers);
  const leftOut = new Counter({
    name: 'greengate_cloud_evidence_left_out_total',
    help: 'Journeys and statuses of other regions that were too many for one score.',
    registers,
  });
  return {
    request: (route, method, status, ms) => requests.observe({ route, method, status }, ms / 1000),
    refused: (code) => refusals.inc({ code }),
    passages: (result, count) => passages.inc({ result }, count),
    changes: (stream, count) => changes.inc({ stream }, count),
    evidenceLeftOut: (count) => leftOut.inc(count),
    tailsHeld: (count) => tails.set(count),
    liveLines: (count) => live.set(count),
    liveCut: () => liveCut.inc(),
    unscored: (count) => unscored.inc(count),
    shed: (kind) => shed.inc({ class: kind }),
    admission: load,
    ...noticeMetrics(registers),
    render: () => registry.metrics(),
  };
}

function loadGauges(registers: Registry[]): Metrics['admission'] {
  const inProgress = new Gauge({
    name: 'greengate_cloud_requests_in_progress',
    help: 'Requests in progress, held tails aside.',
    registers,
  });
  const limit = new Gauge({
    name: 'greengate_cloud_requests_in_progress_limit',
    help: 'What requests in progress are held under; it falls while the database is slow.',
    registers,
  });
  const strained = new Gauge({
    name: 'greengate_cloud_strained',
    help: '1 while requests have been queueing for a while and are being shed.',
    registers,
  });
  return (state) => {
    inProgress.set(state.inProgress);
    limit.set(state.limit);
    strained.set(state.strained ? 1 : 0);
  };
}

function noticeMetrics(registers: Registry[]): Pick<Metrics, 'notices' | 'noticeQueue'> {
  const notices = new Counter({
    name: 'greengate_cloud_notices_total',
    help: 'Attempts to send a notice, by channel and how they ended; dead: given up.',
    labelNames: ['result', 'channel'] as const,
    registers,
  });
  const late = new Gauge({
    name: 'greengate_cloud_notice_late_seconds',
    help: 'How long the oldest notice that is due has been due.',
    registers,
  });
  const dead = new Gauge({
    name: 'greengate_cloud_notices_dead',
    help: 'Notices that were given up and wait for an operator.',
    registers,
  });
  return {
    notices: (result, channel) => notices.inc({ result, channel }),
    noticeQueue: (lateMs, count) => {
      late.set(lateMs / 1000);
      dead.set(count);
    },
  };
}
