import type { ServerResponse } from 'node:http';
import { LIVE_MEDIA_TYPE } from '@greengate/contracts/wire/live';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { liveUnsentBytesMax } from './limits.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Somebody's end of a live line. */
export interface LiveLine {
  readonly isOpen: () => boolean;
  /** Takes no copy. Whoever reads so little that `liveUnsentBytesMax` is passed is cut off. */
  write(frame: Uint8Array): void;
  /** Cuts whoever has read nothing at all since the call before, though there was something to read. */
  checkReading(): void;
  end(last: Uint8Array): void;
}

/** Says nothing of its length, so each frame goes into the socket as it is, without a chunk's head and tail. */
const HEADERS = [
  ...SECURITY_HEADERS,
  ['content-type', LIVE_MEDIA_TYPE],
  ['cache-control', 'no-store'],
  ['x-accel-buffering', 'no'],
].flat();

/** Answers 200 on the raw response and keeps it open. `onCut`: it is being closed because nobody reads it. */
export function openLine(response: ServerResponse, onCut: () => void): LiveLine {
  response.shouldKeepAlive = false;
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, [...HEADERS]);
  response.flushHeaders();
  const { socket } = response;
  let readBefore = -1;

  const cut = () => {
    onCut();
    response.destroy();
  };
  const isOpen = () => !response.destroyed && !response.writableEnded;
  return {
    isOpen,
    write: (frame) => {
      if (!isOpen()) return;
      const unsent = response.writableLength;
      if (unsent > 0 && unsent + frame.length > liveUnsentBytesMax) cut();
      else response.write(frame);
    },
    checkReading: () => {
      const unsent = response.writableLength;
      const read = (socket?.bytesWritten ?? 0) - unsent;
      const isStuck = unsent > 0 && read === readBefore;
      readBefore = unsent > 0 ? read : -1;
      if (isOpen() && isStuck) cut();
    },
    end: (last) => {
      if (isOpen()) response.end(last);
    },
  };
}

/** What a handler answers that has opened a line. A copy, because headers are set on it that nobody sends. */
export function answeredByLine(): Response {
  return RESPONSE_ALREADY_SENT.clone();
}
