import {
  CHAIN_START,
  type ChainFault,
  type ChainFaultKind,
  type ChainHead,
  isSignedBy,
  verifyChain,
} from '@greengate/contracts/audit/chain';
import { fromHex } from '@greengate/contracts/bytes';
import type { AuditRoot } from '@greengate/contracts/wire/audit';
import { nodeCrypto } from '../crypto.ts';
import { openApi, withServer } from './api-client.ts';
import { type AuditSource, cloudLog, fileLog } from './audit-source.ts';
import { JSON_FLAG, languageOption, matching } from './options.ts';
import {
  type AddCommands,
  CommandError,
  type Language,
  type Progress,
  type Shell,
  show,
} from './shell.ts';

interface VerifyFlags {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly file?: string;
  readonly roots?: string;
  readonly key?: string;
  readonly language: Language;
  readonly json?: boolean;
}

/** `greengate audit verify` */
export const addAuditCommands: AddCommands = (program, shell) => {
  const audit = program.command('audit').description('the audit log');
  const verify = audit
    .command('verify')
    .description('compute the hash chain of the audit log anew, and say where it first breaks');
  withServer(verify, false)
    .option('--file <file>', 'an exported log, one entry (JSON) a line, instead of a server')
    .option('--roots <file>', 'signed roots that were kept elsewhere, one (JSON) a line')
    .option(
      '--key <hex>',
      'the Ed25519 key that signs roots',
      matching(/^[0-9a-f]{64}$/, '64 hex digits'),
    )
    .addOption(languageOption())
    .option(...JSON_FLAG)
    .action(async (flags: VerifyFlags) => {
      const { roots, key, language, json = false } = flags;
      const source = sourceOf(shell, flags);
      const known = [
        ...(await source.roots()),
        ...(roots === undefined ? [] : await rootsIn(shell, roots)),
      ];
      const progress = shell.progress('audit', Math.max(0, ...known.map(({ seq }) => seq)), json);
      const found = unsigned(known, key) ?? (await verified(source, known, progress));
      progress.stop();
      if (found.fault !== null) shell.found();
      const result = { ...found, roots: known.length, signaturesChecked: key !== undefined };
      show(shell, json, result, verifyText(result, language));
    });
};

interface Found {
  readonly fault: ChainFault | null;
  /** The newest entry that is as it was written. */
  readonly head: ChainHead;
}

function sourceOf(shell: Shell, { server, tokenFile, file }: VerifyFlags): AuditSource {
  if (file !== undefined && server === undefined) return fileLog(shell, file);
  if (file === undefined && server !== undefined && tokenFile !== undefined)
    return cloudLog(openApi(shell, { server, tokenFile }));
  throw new CommandError('Give --server and --token-file, or --file.');
}

async function rootsIn(shell: Shell, file: string): Promise<readonly AuditRoot[]> {
  return fileLog(shell, file).rootLines();
}

/** The first root that the key did not sign: nothing can be said by such roots. */
function unsigned(roots: readonly AuditRoot[], key: string | undefined): Found | undefined {
  if (key === undefined) return undefined;
  const wrong = roots.find((root) => !isSignedBy(root, fromHex(key), nodeCrypto));
  if (wrong === undefined) return undefined;
  return { fault: { seq: wrong.seq, fault: 'signature' }, head: CHAIN_START };
}

async function verified(
  source: AuditSource,
  roots: readonly AuditRoot[],
  progress: Progress,
): Promise<Found> {
  const verifier = verifyChain(nodeCrypto.sha256, roots);
  for await (const entry of source.entries()) {
    const fault = verifier.next(entry);
    if (fault !== undefined) return { fault, head: verifier.head() };
    progress.update(entry.seq);
  }
  return { fault: verifier.end() ?? null, head: verifier.head() };
}

const FAULTS: Readonly<Record<ChainFaultKind, { readonly zh: string; readonly en: string }>> = {
  gap: {
    zh: '此处起有记录缺失、重复或顺序错乱。',
    en: 'From here on entries are missing, doubled or out of order.',
  },
  previous: {
    zh: '此记录与前一条不相接。',
    en: 'This entry does not continue the one before it.',
  },
  hash: { zh: '此记录的内容被改动过。', en: 'The content of this entry was changed.' },
  root: {
    zh: '此记录与已签名的根不符：上一个根之后的记录被重新写过。',
    en: 'This entry is not what a signed root says: entries since the root before it were written anew.',
  },
  signature: {
    zh: '此根的签名与密钥不符。',
    en: 'The root of this entry was not signed by the key.',
  },
  end: {
    zh: '日志在此中断，其后的记录已被删除。',
    en: 'The log ends before this entry: it was cut off.',
  },
};

interface VerifyResult extends Found {
  readonly roots: number;
  readonly signaturesChecked: boolean;
}

function verifyText(result: VerifyResult, language: Language): string {
  const { fault, head, roots, signaturesChecked } = result;
  if (fault !== null) {
    const at = { zh: `第 ${fault.seq} 条`, en: `Entry ${fault.seq}` };
    return `${at[language]}: ${fault.fault}\n  ${FAULTS[fault.fault][language]}`;
  }
  const fine = {
    zh: `${head.seq} 条记录前后相接，核对 ${roots} 个根。末条哈希 ${head.hash}`,
    en: `${head.seq} entries form one chain, held against ${roots} roots. Hash of the last: ${head.hash}`,
  };
  const unchecked = {
    zh: '未核对根的签名：请加 --key。',
    en: 'The signatures of the roots were not checked: give --key.',
  };
  return [fine[language], ...(signaturesChecked ? [] : [unchecked[language]])].join('\n');
}
