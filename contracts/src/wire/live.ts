import { type StreamName, streamNameSchema } from '../replica/streams.ts';
import { ok, type Result, refuse } from '../result.ts';

/** Where a gateway stands in one of the streams that it wants to follow live. */
export interface LiveMark {
  readonly stream: StreamName;
  readonly epoch: number;
  readonly after: number;
}

/** Media type of a live line: each event is named after its stream and carries a tail segment in base64. */
export const LIVE_MEDIA_TYPE = 'text/event-stream';

/** Name of the event that a cloud ends a line with; its data says why. No stream is called so. */
export const LIVE_END = 'end';

/** Why a cloud ends a line: it stops, or a stream has a new epoch. */
export type LiveEnd = 'draining' | 'epoch-changed';

/** Streams that one line may carry, and the longest text of their marks. */
const liveStreamsCountMax = 8;
export const liveMarksCharsMax = 512;

/** As in `?at=control.1.7,red.1.0`: stream, epoch, last version held. */
export function formatLiveMarks(marks: readonly LiveMark[]): string {
  return marks.map(({ stream, epoch, after }) => `${stream}.${epoch}.${after}`).join(',');
}

/** The other way round. Refuses `request-invalid`: none, too many, a stream twice, or one that is not written so. */
export function parseLiveMarks(text: string): Result<readonly LiveMark[]> {
  const parts = text.length <= liveMarksCharsMax ? text.split(',') : [];
  const marks = parts.flatMap((part) => markOf(part) ?? []);
  const streams = new Set(marks.map(({ stream }) => stream));
  const isWhole = marks.length === parts.length && streams.size === marks.length;
  if (!isWhole || marks.length === 0 || marks.length > liveStreamsCountMax) {
    return refuse('request-invalid', 'Give each stream once: at=STREAM.EPOCH.VERSION,...');
  }
  return ok(marks);
}

const MARK = /^(?<stream>[a-z0-9/]+)\.(?<epoch>[0-9]{1,15})\.(?<after>[0-9]{1,15})$/;

function markOf(text: string): LiveMark | undefined {
  const found = MARK.exec(text)?.groups;
  const stream = streamNameSchema.safeParse(found?.['stream']);
  if (!found || !stream.success) return undefined;
  return { stream: stream.data, epoch: Number(found['epoch']), after: Number(found['after']) };
}
