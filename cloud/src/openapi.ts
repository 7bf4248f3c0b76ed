/** The head of /openapi.json. Paths and schemas come from the routes themselves. */
export const documentInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Greengate cloud',
    version: '1',
    description: 'Health-code gates that never wait for the cloud: the cloud.',
  },
} as const;

/** How the two kinds of callers prove who they are. */
export const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature-Input',
    description: 'HTTP Message Signatures (RFC 9421), Ed25519, the profile of contracts.',
  },
} as const;
