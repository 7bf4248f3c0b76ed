import { LIVE_MEDIA_TYPE, parseLiveMarks } from '@greengate/contracts/wire/live';
import { z } from 'zod';
import { parseWith } from '../body.ts';
import { liveLinesCountMax, liveLinesPerGatewayCountMax } from '../limits.ts';
import { answeredByLine } from '../live-line.ts';
import type { Metrics } from '../ports.ts';
import { ProblemError, problemFor } from '../problem.ts';
import { addRoute, type CloudApp, gatewayOf } from '../route.ts';
import { makePlaces } from './places.ts';
import type { Replicator } from './replicator.ts';

const querySchema = z.strictObject({
  /** Where the gateway stands in each stream: `control.1.7,red.1.0,region/330100.1.52`. */
  at: z.string(),
});

/** One line for all streams of a gateway. Server-sent events, written by hand on Node's own response. */
export function liveRoute(app: CloudApp, { live, streams }: Replicator, metrics: Metrics): void {
  const places = makePlaces(liveLinesCountMax, liveLinesPerGatewayCountMax);
  let count = 0;
  addRoute(app, {
    method: 'get',
    path: '/v1/replica/live',
    summary: 'Follows streams: each change past the marks as a signed tail segment, as it comes.',
    callers: ['gateway'],
    query: querySchema,
    answer: LIVE_MEDIA_TYPE,
    handler: async (c) => {
      const marks = parseLiveMarks(parseWith(querySchema, c.req.query()).at);
      if (!marks.ok) throw problemFor(marks.refusal);
      if (!marks.value.every(({ stream }) => streams.includes(stream))) {
        throw new ProblemError('not-found');
      }
      const { openLine, answered } = c.env ?? {};
      const leave = openLine && answered && places.take(gatewayOf(c));
      if (!leave) throw new ProblemError('overloaded');
      void answered.then(leave);
      await live.open(marks.value, () => {
        count += 1;
        metrics.liveLines(count);
        void answered.then(() => {
          count -= 1;
          metrics.liveLines(count);
        });
        return openLine(metrics.liveCut);
      });
      return answeredByLine();
    },
  });
}
