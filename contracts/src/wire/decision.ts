/** What a holder is told when somebody, or silence, decided on what they asked for. The grounds stand beside it. */
export const DECISIONS = {
  'application-issued': {
    zh: '您的申请已通过，健康码已签发。',
    en: 'Your application was granted; the code is issued.',
  },
  'application-auto-issued': {
    zh: '您的申请超过时限未处理，名单核对无异常，系统已自动签发。',
    en: 'Nobody decided your application in time and the lists say nothing against you: the system has issued the code.',
  },
  'application-refused': { zh: '您的申请未通过。', en: 'Your application was refused.' },
  'application-asked-for-more': { zh: '请补充材料。', en: 'Please send what is missing.' },
  'application-video-requested': {
    zh: '工作人员请求视频核验，您可以拒绝。',
    en: 'The officer asks for a video call, which you may decline.',
  },
  'appeal-upheld': { zh: '您的申诉成立。', en: 'Your appeal was upheld.' },
  'appeal-rejected': { zh: '您的申诉不成立。', en: 'Your appeal was rejected.' },
  'override-lifted': {
    zh: '人工设置的颜色已撤销，恢复为规则判定的颜色。',
    en: 'The colour set by hand was lifted: what is left is what the rules say.',
  },
} as const;
export type DecisionId = keyof typeof DECISIONS;
