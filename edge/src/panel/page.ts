import { REASONS } from '@greengate/contracts/refusals';
import { html } from 'hono/html';
import type { GatewayStatus } from './status.ts';

/**
 * The status page, whole from the server: it works on any browser, over plain HTTP, without a script, and
 * loads itself anew every two seconds.
 */
export function statusPage(status: GatewayStatus) {
  const { replica, outbox, cloud, clock, latencyMs, journal, safeMode } = status;
  const age = replica.ageMs === null ? '—' : `${Math.round(replica.ageMs / 1000)} s`;
  return html`<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Greengate ${status.gateway}</title>
<style>
body{font:16px/1.5 sans-serif;margin:1.5rem;color:#111;background:#fff}
table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #888;padding:.3rem .7rem;text-align:left}
.bad{font-weight:bold;color:#a00}
</style>
</head>
<body>
<h1>${status.gateway}</h1>
<table>
${
  safeMode.active
    ? html`<tr><th>安全模式 Safe mode</th><td class="bad">连续异常退出 ${safeMode.crashes} 次，闸机照常判定，暂停与云端同步 ended unasked ${safeMode.crashes} times: gates go on, what follows the cloud is held back</td></tr>
`
    : ''
}<tr><th>云端 Cloud</th><td class="${cloud.reachable ? '' : 'bad'}">${
    cloud.reachable
      ? '已连接 connected'
      : `未连接，闸机照常判定 not connected, gates go on: ${cloud.lastError ?? ''}`
  }</td></tr>
<tr><th>本地数据 Replica</th><td class="${replica.staleness === 'fresh' ? '' : 'bad'}">${replica.staleness}, ${age}</td></tr>
<tr><th>与云端核对 Checked against the cloud</th><td class="${replica.check.wrong > 0 ? 'bad' : ''}">${checkText(replica.check)}</td></tr>
<tr><th>待上传 Outbox</th><td>${outbox.pending}</td></tr>
<tr><th>记录 Journal</th><td class="${journal.failed + journal.late > 0 || !journal.answers ? 'bad' : ''}">${journal.rows} (late ${journal.late}, failed ${journal.failed}, in memory ${journal.waiting}, lost ${journal.lost})${journal.answers ? '' : ' 磁盘无响应 the disk does not answer'}</td></tr>
<tr><th>时钟 Clock</th><td class="${clock.trust === 'untrusted' ? 'bad' : ''}">${new Date(clock.now).toISOString()}, ${clock.trust}${clock.skewMs === null ? '' : `, ${(clock.skewMs / 1000).toFixed(1)} s`}</td></tr>
<tr><th>判定耗时 Latency</th><td>p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms (${latencyMs.count})</td></tr>
</table>
<table>
<tr><th>通道 Lane</th><th>状态 State</th><th>最近判定 Last decision</th></tr>
${status.lanes.map(
  ({ lane, state, last }) =>
    html`<tr><td>${lane}</td><td class="${state === 'fault' ? 'bad' : ''}">${state}</td><td>${
      last ? `${last.verdict}: ${REASONS[last.reason].zh} ${REASONS[last.reason].en}` : '—'
    }</td></tr>`,
)}
</table>
${status.devices.length === 0 ? '' : devicesTable(status.devices)}
</body>
</html>`;
}

function devicesTable(devices: GatewayStatus['devices']) {
  return html`<table>
<tr><th>通道 Lane</th><th>设备 Device</th><th>状态 State</th></tr>
${devices.map(
  ({ lane, device, online, fault }) =>
    html`<tr><td>${lane}</td><td>${device}</td><td class="${online && fault === undefined ? '' : 'bad'}">${
      online ? '在线 online' : '离线 offline'
    }${fault === undefined ? '' : `: ${REASONS[fault].zh} ${REASONS[fault].en}`}</td></tr>`,
)}
</table>`;
}

function checkText({ checkedAt, wrong, mended }: GatewayStatus['replica']['check']): string {
  const at = checkedAt === null ? '尚未 not yet' : new Date(checkedAt).toISOString();
  if (wrong > 0) return `${wrong} 段不一致，正在重新获取 parts differ and are fetched again`;
  return mended > 0 ? `${at}, 已修复 mended ${mended}` : at;
}
