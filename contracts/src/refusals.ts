import { SCANNER_REASONS } from './scanner-reasons.ts';
import { THERMOMETER_REASONS } from './thermometry/reasons.ts';

/** What a person at a gate or a desk is told. Plain words, and what to do. */
export interface ReasonText {
  readonly zh: string;
  readonly en: string;
}

/**
 * The registry of reason codes: the one list that gates, screens, logs and documents read. Codes are stable;
 * texts may be improved. docs/reason-codes.md explains each.
 */
export const REASONS = {
  // A passage that was let through or sent on.
  'status-green': { zh: '绿码，请通行。', en: 'Green. Please pass.' },
  'not-checked': { zh: '本站目前不查验，请通行。', en: 'No check here at present. Please pass.' },
  'status-yellow': {
    zh: '黄码，请补充或核实信息。',
    en: 'Yellow. Please complete or verify your information.',
  },
  'status-lapsed': {
    zh: '健康码已过期，请重新申报。',
    en: 'Your code has lapsed. Please declare again.',
  },
  'status-red': { zh: '红码，请联系所在社区。', en: 'Red. Please contact your community.' },
  'status-pending': {
    zh: '申请审核中，请到人工通道。',
    en: 'In review. Please use the staffed lane.',
  },
  'status-unknown': {
    zh: '查不到状态，请到人工通道。',
    en: 'Status not known here. Please use the staffed lane.',
  },
  'identity-check-needed': {
    zh: '请到人工通道核验身份证件。',
    en: 'Please show your identity document at the staffed lane.',
  },
  // The code itself.
  'code-malformed': {
    zh: '无法识别此码，请重新展示。',
    en: 'Not a health code. Please show it again.',
  },
  'code-truncated': {
    zh: '扫码不完整，请重新展示。',
    en: 'The code was cut off. Please show it again.',
  },
  'code-too-long': { zh: '此码过长，不是健康码。', en: 'Too long to be a health code.' },
  'code-prefix-unknown': {
    zh: '这不是健康码，请打开健康码。',
    en: 'Not a health code. Please open your health code.',
  },
  'code-algorithm-refused': {
    zh: '此码的签名方式不被接受。',
    en: 'The way this code is signed is not accepted.',
  },
  'code-claims-invalid': {
    zh: '此码内容无效，请重新领取。',
    en: 'The content of this code is not valid. Please get a new one.',
  },
  'code-key-unknown': {
    zh: '签发方未知，请到人工通道。',
    en: 'Issuer not known. Please use the staffed lane.',
  },
  'code-key-purpose': {
    zh: '签发密钥不适用于健康码。',
    en: 'Signed with a key that may not issue codes.',
  },
  'code-key-expired': {
    zh: '签发密钥已过期，请更新健康码。',
    en: 'The issuing key has expired. Please refresh your code.',
  },
  'code-signature-invalid': {
    zh: '签名无效，此码可能是伪造的。',
    en: 'The signature is not valid; this code may be forged.',
  },
  'code-issuer-mismatch': {
    zh: '此码的签发地与密钥不符。',
    en: 'The code names another region than its key.',
  },
  'code-issuer-foreign': {
    zh: '外地健康码，请转换为本地码。',
    en: 'A code of another region. Please convert it.',
  },
  'code-not-yet-valid': { zh: '此码尚未生效。', en: 'This code is not valid yet.' },
  'code-expired': { zh: '此码已失效，请刷新。', en: 'This code has expired. Please refresh it.' },
  'code-proof-missing': {
    zh: '请打开手机上的动态码。',
    en: 'Please show the live code on your phone.',
  },
  'code-proof-invalid': {
    zh: '动态码校验失败，请在本人手机上打开。',
    en: 'The live code is not valid. Please open it on your own phone.',
  },
  'code-step-stale': {
    zh: '此码已过时（可能是截图），请刷新。',
    en: 'This code is too old, perhaps a screenshot. Please refresh it.',
  },
  'code-step-ahead': {
    zh: '手机时间过快，请校准后刷新。',
    en: 'Your phone clock is ahead. Please correct it and refresh.',
  },
  'code-already-used': {
    zh: '此码刚被使用，请等待刷新。',
    en: 'This code was just used. Please wait for the next one.',
  },
  ...THERMOMETER_REASONS,
  // The gate's own state.
  'clock-untrusted': {
    zh: '闸机时钟不可信，请到人工通道。',
    en: 'The gate cannot trust its clock. Please use the staffed lane.',
  },
  'replica-restricted': {
    zh: '本地数据较旧，请到人工通道。',
    en: 'The data here is old. Please use the staffed lane.',
  },
  'replica-blind': {
    zh: '本地数据过旧，请到人工通道。',
    en: 'The data here is too old. Please use the staffed lane.',
  },
  'replica-damaged': {
    zh: '本地数据损坏，已隔离并重新同步（运维）。',
    en: 'The local data was damaged; it was set aside and is fetched again (for operators).',
  },
  'replica-diverged': {
    zh: '本地数据与云端不一致，正在重新获取（运维）。',
    en: 'The local data is not what the cloud says; the part is fetched again (for operators).',
  },
  'not-provisioned': {
    zh: '闸机尚未完成首次同步，请到人工通道。',
    en: 'This gate has not synced yet. Please use the staffed lane.',
  },
  'lane-busy': { zh: '请等前一位乘客通过。', en: 'Please wait for the person ahead.' },
  'turnstile-unreachable': {
    zh: '闸门无响应，请走其他通道。',
    en: 'The turnstile does not answer. Please use another lane.',
  },
  'fire-release': { zh: '消防释放，闸门已打开。', en: 'Fire release: the gate is open.' },
  'journal-late': {
    zh: '记录写入延迟（运维）。',
    en: 'The record was written late (for operators).',
  },
  'journal-failed': {
    zh: '记录写入失败（运维）。',
    en: 'The record could not be written (for operators).',
  },
  'journal-altered': {
    zh: '通行记录被改动或截断（运维）。',
    en: 'The record was altered or cut off (for operators).',
  },
  'turnstile-forced': { zh: '闸门被强行推动。', en: 'The turnstile was forced.' },
  // Devices on the station's network.
  'device-unknown': {
    zh: '设备未登记或密码错误。',
    en: 'Device not registered, or wrong password.',
  },
  'mqtt-malformed': { zh: 'MQTT 报文格式错误。', en: 'Malformed MQTT packet.' },
  'mqtt-too-large': { zh: 'MQTT 报文过大。', en: 'MQTT packet too large.' },
  'topic-forbidden': { zh: '设备无权使用该主题。', en: 'The device may not use this topic.' },
  'payload-invalid': { zh: '消息内容不符合格式。', en: 'The message does not fit its format.' },
  'scan-line-too-long': {
    zh: '扫码器数据过长，已丢弃。',
    en: 'The scanner sent too long a line; it was dropped.',
  },
  // Digital lines (GPIO) of the gateway's own machine.
  'gpio-driver-missing': {
    zh: 'GPIO 驱动未安装或不适用于此版本（运维）。',
    en: 'The GPIO driver is not installed, or not built for this Node (for operators).',
  },
  'gpio-unavailable': {
    zh: '此系统内核没有可用的 GPIO 接口（运维）。',
    en: 'The kernel of this machine offers no such GPIO interface (for operators).',
  },
  'gpio-chip-missing': {
    zh: '找不到指定的 GPIO 芯片（运维）。',
    en: 'No GPIO chip with this label, or more than one (for operators).',
  },
  'gpio-line-missing': {
    zh: 'GPIO 芯片没有这条线（运维）。',
    en: 'The GPIO chip has no such line (for operators).',
  },
  'gpio-line-busy': {
    zh: 'GPIO 线已被其他程序占用（运维）。',
    en: 'Somebody else holds this GPIO line (for operators).',
  },
  'gpio-permission': {
    zh: '无权使用 GPIO（运维）。',
    en: 'The gateway may not use GPIO (for operators).',
  },
  'gpio-failed': {
    zh: 'GPIO 线无法按要求设置（运维）。',
    en: 'The GPIO line does not do what it is told (for operators).',
  },
  ...SCANNER_REASONS,
  // CBOR and signed blocks.
  'cbor-truncated': { zh: 'CBOR 数据不完整。', en: 'CBOR data is cut off.' },
  'cbor-malformed': { zh: 'CBOR 数据格式错误。', en: 'CBOR data is malformed.' },
  'cbor-not-deterministic': {
    zh: 'CBOR 编码不唯一。',
    en: 'CBOR data is not in its deterministic encoding.',
  },
  'block-truncated': { zh: '签名数据不完整。', en: 'A signed block is cut off.' },
  'block-malformed': { zh: '签名数据格式错误。', en: 'A signed block is malformed.' },
  'block-signature-invalid': { zh: '数据签名无效。', en: 'The signature of a block is not valid.' },
  'segment-too-large': { zh: '数据段过大。', en: 'A segment is too large.' },
  'segment-malformed': { zh: '数据段格式错误。', en: 'A segment is malformed.' },
  'segment-stream-mismatch': {
    zh: '数据段属于其他数据流。',
    en: 'A segment belongs to another stream.',
  },
  'segment-hash-mismatch': {
    zh: '数据段内容与签名不符。',
    en: 'The content of a segment does not match what was signed.',
  },
  'segment-older': {
    zh: '数据段比已有的旧，却声称更多：可能是伪造或已撤回。',
    en: 'A segment is older than what is held and says more: wrong, or taken back.',
  },
  'segment-gap': { zh: '数据段不连续。', en: 'A segment does not continue what is held.' },
  'control-invalid': { zh: '控制文件无法读取。', en: 'A control document cannot be read.' },
  'manifest-too-large': { zh: '清单过大。', en: 'A manifest is too large.' },
  'manifest-malformed': { zh: '清单格式错误。', en: 'A manifest is malformed.' },
  'manifest-stream-mismatch': {
    zh: '清单属于其他数据流。',
    en: 'A manifest belongs to another stream.',
  },
  'manifest-older': {
    zh: '清单比已有的旧，可能被回退。',
    en: 'A manifest is older than the one held: perhaps a rollback.',
  },
  'digests-malformed': { zh: '校验和格式错误。', en: 'Checksums of a stream are malformed.' },
  'digests-mismatch': {
    zh: '校验和或其数据属于其他数据流、纪元、版本或分桶。',
    en: 'Checksums, or a bucket, of another stream, epoch, version or run of keys than was asked for.',
  },
  'epoch-changed': {
    zh: '复制纪元已更换，请从头同步。',
    en: 'The replication epoch changed; start again from the manifest.',
  },
  // HTTP, for gateways, operators and holders.
  unauthenticated: { zh: '请先登录或签名。', en: 'Please sign in, or sign the request.' },
  forbidden: { zh: '没有权限。', en: 'Not allowed for this account.' },
  'not-found': { zh: '没有找到。', en: 'Not found.' },
  'request-invalid': { zh: '请求内容不符合格式。', en: 'The request does not fit its format.' },
  'body-too-large': { zh: '请求内容过大。', en: 'The request body is too large.' },
  'already-exists': { zh: '已经存在。', en: 'It exists already.' },
  'origin-refused': { zh: '来源不被接受。', en: 'Requests from this origin are refused.' },
  'request-signature-invalid': {
    zh: '请求签名无效。',
    en: 'The signature of the request is not valid.',
  },
  'request-expired': {
    zh: '请求签名已过期，请检查时钟。',
    en: 'The signature of the request is out of date. Please check the clock.',
  },
  'request-replayed': { zh: '请求被重复使用。', en: 'This signed request was used before.' },
  'digest-mismatch': { zh: '请求内容与摘要不符。', en: 'The body does not match its digest.' },
  'gateway-revoked': { zh: '此网关已被吊销。', en: 'This gateway has been revoked.' },
  'passages-gap': { zh: '通行记录不连续。', en: 'Passage events are missing before these.' },
  'passages-conflict': {
    zh: '同一序号的记录内容不同。',
    en: 'An event with this number but other content exists.',
  },
  'not-declared': { zh: '请先申报。', en: 'Please declare first.' },
  'not-green': { zh: '目前不能领取此类健康码。', en: 'This kind of code cannot be issued now.' },
  'notice-target-missing': {
    zh: '没有可接收此通报的单位，请先设置接收方。',
    en: 'Nobody is set to be told of this. Please add a target first.',
  },
  // Issuing, appeals and colours set by hand.
  'application-open': {
    zh: '已有申请正在办理。',
    en: 'An application of yours is in review already.',
  },
  'application-closed': {
    zh: '该申请目前不能这样处理。',
    en: 'That cannot be done with this application now.',
  },
  'application-lists-not-clean': {
    zh: '名单比对未通过，不能签发。',
    en: 'The control lists speak against this holder: it cannot be issued.',
  },
  'application-asked-enough': {
    zh: '已多次要求补充，请作出决定。',
    en: 'This applicant was asked often enough. Please decide.',
  },
  'application-no-call': {
    zh: '申请人未同意视频或电话联系。',
    en: 'The applicant did not agree to a call.',
  },
  'appeal-closed': { zh: '该申诉已办结。', en: 'This appeal is closed.' },
  'appeal-own-decision': {
    zh: '不能处理针对本人决定的申诉。',
    en: 'An appeal is decided by somebody else than who made the decision.',
  },
  'second-person-needed': { zh: '需要另一人批准。', en: 'Another person has to approve this.' },
  'override-expiry': {
    zh: '人工赋码须在14天内到期。',
    en: 'A colour set by hand ends within 14 days from now.',
  },
  'override-closed': {
    zh: '该人工赋码已结束或已答复。',
    en: 'This colour set by hand has ended or was answered already.',
  },
  'override-evidence-unread': {
    zh: '证据校验值不符，请核对证据。',
    en: 'The evidence named is not that of the proposal. Please read it.',
  },
  'override-bulk': {
    zh: '短时间内人工赋码过多，已拒绝并报警。',
    en: 'Too many colours set by hand: refused, and an alarm was raised.',
  },
  'override-suspended': {
    zh: '人工赋码权限因报警暂停。',
    en: 'Setting colours is suspended for this person until the alarm is cleared.',
  },
  'request-timeout': {
    zh: '请求发送过慢，连接已关闭。',
    en: 'The request took too long to arrive.',
  },
  'rate-limited': {
    zh: '您的请求过于频繁，请稍后再试。',
    en: 'You ask too often. Please wait and try again.',
  },
  'too-busy': {
    zh: '访问人数过多，请稍后再试。',
    en: 'Too many people at once. Please wait and try again.',
  },
  'deletion-held': {
    zh: '红码或人工赋码期间，依法暂不能删除；期满后可删除。',
    en: 'While a red code or a colour set by hand stands, the law keeps these records. Ask again when it has ended.',
  },
  'idempotency-key-reused': {
    zh: '该请求键已用于另一请求。',
    en: 'This Idempotency-Key was used for another request.',
  },
  'request-under-way': {
    zh: '同一请求正在处理，请稍后再试。',
    en: 'The same request is under way. Try again soon.',
  },
  'second-factor-required': {
    zh: '请先完成双因素验证。',
    en: 'Please set up and use a second factor first.',
  },
  'credentials-refused': {
    zh: '登录信息不正确。',
    en: 'That did not match. Please check what you typed.',
  },
  // Publishing rule packs.
  'pack-refused': {
    zh: '规则包未通过检查，请逐项更正。',
    en: 'The pack did not pass its checks. Please mend what is listed.',
  },
  'pack-not-ready': {
    zh: '规则包目前不能这样处理。',
    en: 'That cannot be done with this pack now.',
  },
  'impact-needed': {
    zh: '请先为此规则包生成新的影响报告，并按该报告批准。',
    en: 'Make a new impact report of this very pack first, and approve by that.',
  },
  overloaded: { zh: '系统繁忙，请稍后再试。', en: 'Busy. Please try again soon.' },
  internal: { zh: '系统内部错误，已记录。', en: 'An internal error; it was recorded.' },
} as const satisfies Record<string, ReasonText>;

export type ReasonCode = keyof typeof REASONS;

export const REASON_CODES = Object.keys(REASONS) as ReasonCode[];

export function isReasonCode(text: string): text is ReasonCode {
  return Object.hasOwn(REASONS, text);
}
