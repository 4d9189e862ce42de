/** JSON Schemas that several routes share. They check what comes in and describe it in `/openapi.json`. */

import { MAX_INVITE_SECONDS } from '../../record/protocol.js'

const NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$'

export const nameSchema = { type: 'string', pattern: NAME_PATTERN } as const

export const spaceParameters = {
  type: 'object',
  properties: {
    owner: { ...nameSchema, description: 'Handle of the owner' },
    slug: { ...nameSchema, description: 'Name of the space' },
  },
  required: ['owner', 'slug'],
} as const

/** The names in the path of every route of a space. */
export interface SpaceParameters {
  owner: string
  slug: string
}

const errorSchema = {
  type: 'object',
  properties: {
    detail: { type: 'string', description: 'A sentence for people' },
    status: { type: 'string', description: 'A word for programs' },
    now: { type: 'string', description: 'With 401: the time by which signatures are judged' },
  },
  required: ['detail', 'status'],
} as const

/** Every answer that is no success has the one shape of errors. */
export const errorAnswers = { '4xx': { description: 'Refused', ...errorSchema } } as const

export const featuresSchema = {
  type: 'array',
  items: { type: 'string' },
  description: 'What this hub does beyond what every hub does. first: a push may be marked so',
} as const

/** What somebody was told of where a space ended, and says with the next request. */
export const seenSchema = {
  type: 'array',
  maxItems: 64,
  items: { type: 'string', maxLength: 128 },
  description: 'The position of each answer since the last request that named one',
} as const

/** What an answer tells of the history of its space. */
export const historyProperties = {
  epoch: { type: 'string' },
  position: {
    type: 'string',
    description: 'Where the space ends: to be sent as seen with the next request',
  },
  follows: {
    type: 'boolean',
    description:
      'Whether all that was seen is of the history that stands here. false: the store was set back since, or too much has come: begin anew',
  },
} as const

export const fingerprintSchema = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' } as const
/** No control characters, which could pass for lines of somebody else's. */
export const labelSchema = { type: 'string', maxLength: 64, pattern: '^\\P{Cc}*$' } as const
export const algorithmSchema = { type: 'string', enum: ['ed25519'] } as const
export const nonceSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const
export const identityTypeSchema = { type: 'string', enum: ['human', 'agent'] } as const

/** How long an invitation serves. */
export const inviteSecondsSchema = {
  type: 'integer',
  minimum: 1,
  maximum: MAX_INVITE_SECONDS,
  description: 'Seconds',
} as const

/** Which key signs no more. */
export const revokedSchema = {
  type: 'object',
  required: ['handle', 'revoked_fingerprint'],
  properties: { handle: nameSchema, revoked_fingerprint: fingerprintSchema },
} as const

/** How somebody shows to have a key. */
export const keyProofProperties = {
  public_key_b64: { type: 'string', description: '32 raw bytes' },
  nonce_hex: nonceSchema,
  signature_b64: { type: 'string', description: '64 bytes over the raw bytes of the nonce' },
} as const

/** Who must sign a request: nobody, somebody, or whoever wants to see more. */
export const unsigned: [] = []
export const signed = [{ msign: [] }]
export const signedOrNot = [{ msign: [] }, {}]

export const roleSchema = { type: 'string', enum: ['read', 'write'] } as const
