import { unitIdSchema } from '@greengate/contracts/ids';
import {
  type NoticeTargetRequest,
  noticeTargetShownSchema,
} from '@greengate/contracts/wire/notice';
import { z } from 'zod';
import { placeOf } from '../area.ts';
import type { NoticeTarget } from '../notice-port.ts';
import type { Sealer } from '../sealer.ts';

/** What an operator asked for, as it is stored. */
export function targetOf(request: NoticeTargetRequest, addresses: Sealer): NoticeTarget {
  const { target, scope, delivery } = request;
  const address = delivery.channel === 'webhook' ? delivery.url : delivery.mail;
  return {
    target,
    recipient: scope.to,
    place: scope.to === 'unit' ? scope.unit : placeOf(scope.division),
    channel: delivery.channel,
    sealed: addresses.seal(Buffer.from(address)),
  };
}

/** A target as it is shown: of its address, enough to know it by. */
export function shownTarget(
  { target, recipient, place, channel, sealed }: NoticeTarget,
  addresses: Sealer,
): z.infer<typeof noticeTargetShownSchema> {
  const address = openAddress(addresses, sealed);
  return {
    target,
    scope:
      recipient === 'unit'
        ? { to: recipient, unit: unitIdSchema.parse(place) }
        : { to: recipient, division: place },
    channel,
    address: channel === 'webhook' ? `${new URL(address).origin}/...` : maskedMail(address),
  };
}

/** The address of a target in the clear. */
export function openAddress(addresses: Sealer, sealed: Uint8Array): string {
  return Buffer.from(addresses.open(sealed)).toString('utf8');
}

function maskedMail(address: string): string {
  return `${address.slice(0, 1)}...${address.slice(address.lastIndexOf('@'))}`;
}

/** Whose signature webhooks carry: the raw Ed25519 key, hex. */
const signedBy = z.strictObject({ keyId: z.string(), publicKey: z.string() });

export const targetWrittenSchema = z.strictObject({ target: noticeTargetShownSchema, signedBy });

export const targetPageSchema = z.strictObject({
  rows: z.array(noticeTargetShownSchema),
  signedBy,
  next: z.string().nullable(),
});
