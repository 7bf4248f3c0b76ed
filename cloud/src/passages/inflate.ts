import { gunzip } from 'node:zlib';
import { ok, type Result, refuse } from '@greengate/contracts/result';

/** Inflates gzip up to `bytesMax` and no further. Refuses `body-too-large`, `request-invalid`. */
export function inflate(bytes: Uint8Array, bytesMax: number): Promise<Result<Uint8Array>> {
  return new Promise((done) => {
    gunzip(bytes, { maxOutputLength: bytesMax }, (error, inflated) => {
      if (!error) done(ok(inflated));
      else
        done(refuse(isTooLarge(error) ? 'body-too-large' : 'request-invalid', 'Not valid gzip.'));
    });
  });
}

function isTooLarge(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_BUFFER_TOO_LARGE';
}
