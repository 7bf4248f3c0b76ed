/**
 * The body of POST /v1/passages with `count` events from `from`: an intent and its outcome for each passage, as a lane
 * writes them. The text is put together by hand, for the cloud shares the machine with whoever makes it.
 */
export function batchBody(epoch: number, from: number, count: number): string {
  const events: string[] = [];
  for (let seq = from; seq < from + count; seq++) events.push(eventOf(epoch, seq));
  return `{"epoch":${epoch},"from":${from},"events":[${events.join(',')}]}`;
}

const at = Date.parse('2020-03-20T08:00:00+08:00');

function eventOf(epoch: number, seq: number): string {
  const number = Math.ceil(seq / 2);
  const passage = `${epoch.toString(16).padStart(8, '0')}${number.toString(16).padStart(24, '0')}`;
  const lane = `lane-${1 + (number % 16)}`;
  if (seq % 2 === 0) {
    return `{"kind":"outcome","seq":${seq},"at":${at + seq * 60},"passage":"${passage}","lane":"${lane}","outcome":"completed"}`;
  }
  const key = (number * 2_654_435_761).toString(16).padStart(16, '0').slice(-16);
  return (
    `{"kind":"intent","seq":${seq},"at":${at + seq * 60},"clock":"trusted","passage":"${passage}","lane":"${lane}",` +
    `"key":"${key}","step":${52_800_000 + number},"verdict":"admit","reason":"status-green","rung":"replica",` +
    `"staleness":"fresh","replicaVer":${100_000 + number},"policyVer":3}`
  );
}
