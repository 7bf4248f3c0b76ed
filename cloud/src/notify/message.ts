import { createHmac } from 'node:crypto';
import type { RegionId } from '@greengate/contracts/ids';
import type { ReportTo } from '@greengate/contracts/rules/report';
import type { NoticeBody, NoticeMessage } from '@greengate/contracts/wire/notice';
import type { Notice, NoticeTarget, OutgoingNotice } from '../notice-port.ts';
import { derivedKey } from '../sealer.ts';

/** How one target is told of a holder without being told who that is. */
export type HolderReference = (target: string, holder: string) => string;

/**
 * Keyed, and by target: 32 hex digits that say the same person to one target, and that two targets cannot put
 * together.
 */
export function holderReference(pseudonymKey: Uint8Array): HolderReference {
  const key = derivedKey(pseudonymKey, 'greengate-notice-reference-1');
  return (target, holder) =>
    createHmac('sha256', key)
      .update(JSON.stringify([target, holder]))
      .digest('hex')
      .slice(0, 32);
}

/** What goes out of a notice, for its channel. */
export function outgoing(
  notice: Notice,
  to: NoticeTarget,
  address: string,
  region: RegionId,
  reference: HolderReference,
): OutgoingNotice {
  const message: NoticeMessage = {
    notice: notice.notice,
    to: to.recipient,
    region,
    division: notice.division,
    holder: notice.holder === undefined ? null : reference(to.target, notice.holder),
    at: notice.at,
    tells: notice.body,
  };
  return {
    notice: notice.notice,
    address,
    subject: `${TITLES[notice.body.about]} ${notice.notice.slice(0, 8)}`,
    text: to.channel === 'webhook' ? JSON.stringify(message) : letter(message),
  };
}

const TITLES: Readonly<Record<NoticeBody['about'], string>> = {
  red: '红码通报 / Red code',
  fever: '发热告警 / Fever alert',
};

const OFFICES: Readonly<Record<ReportTo, string>> = {
  community: '社区 / community',
  unit: '单位 / unit',
  'disease-control': '疾控机构 / disease-control office',
};

/** Plain text, in Chinese and English, a fact a line. */
function letter(message: NoticeMessage): string {
  const lines = [
    TITLES[message.tells.about],
    '',
    `通报编号 / notice: ${message.notice}`,
    `接收单位 / for: ${OFFICES[message.to]}`,
    `行政区划 / division: ${message.division}`,
    `人员代号 / reference of the person: ${message.holder ?? '未知 / not known'}`,
    `时间 / at: ${dateTime(message.at)}`,
    ...facts(message.tells),
    '',
    '本邮件不含姓名和证件号码。请凭通报编号通过受控渠道查询。',
    'This mail holds no name and no number. Ask for the person by the number of the notice, through the channel agreed.',
  ];
  return `${lines.join('\r\n')}\r\n`;
}

function facts(tells: NoticeBody): readonly string[] {
  if (tells.about === 'fever') return [`闸机 / gate: ${tells.gateway}, ${tells.lane}`];
  return [
    `健康码 / colour: ${tells.colour}`,
    `有效至 / until: ${dateTime(tells.validUntil)} -> ${tells.nextColour}`,
    `规则包 / pack: ${tells.pack.id} ${tells.pack.version}`,
    ...tells.reasons.map(({ rule, reason }) => `规则 / rule: ${rule}; 原因 / reason: ${reason}`),
  ];
}

/** China Standard Time, which is what an office reads. */
function dateTime(at: number): string {
  const local = new Date(at + 8 * 3_600_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} +08:00`;
}
