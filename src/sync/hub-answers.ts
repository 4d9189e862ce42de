/** What a hub's answers must look like before anything in them is used. Unknown fields are let through. */

const count = { type: 'integer', minimum: 0 }
const text = { type: 'string' }
const about = { kind: text, record_id: text }

/** A hub that answers with `inserted` and `skipped` only is a good hub. */
export const pushAnswerSchema = {
  type: 'object',
  required: ['inserted', 'skipped'],
  properties: {
    inserted: count,
    updated: count,
    skipped: count,
    conflicts: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind', 'record_id', 'reason'],
        properties: {
          ...about,
          reason: text,
          holder: {
            type: ['object', 'null'],
            properties: {
              run_id: text,
              expires_at: { type: ['string', 'null'] },
              token: { type: ['integer', 'null'] },
            },
          },
        },
      },
    },
    rejected: {
      type: 'array',
      items: { type: 'object', required: ['kind', 'record_id', 'reason'], properties: { ...about, reason: text } },
    },
    leases: {
      type: 'array',
      items: {
        type: 'object',
        required: ['kind', 'record_id', 'token'],
        properties: { ...about, token: { type: 'integer' }, expires_at: { type: ['string', 'null'] } },
      },
    },
    cursor: count,
    epoch: text,
  },
}

/** A hub that sends only `records` and `cursor` is a good hub. The records are judged one by one. */
export const pullAnswerSchema = {
  type: 'object',
  required: ['records', 'cursor'],
  properties: { records: { type: 'array' }, cursor: count, has_more: { type: 'boolean' }, epoch: text },
}

export const spaceAnswerSchema = {
  type: 'object',
  required: ['owner', 'slug', 'visibility'],
  properties: {
    owner: text,
    slug: text,
    visibility: text,
    members: {
      type: 'array',
      items: { type: 'object', required: ['handle', 'role'], properties: { handle: text, role: text } },
    },
  },
}

export const memberAnswerSchema = {
  type: 'object',
  required: ['handle', 'role'],
  properties: { handle: text, role: { type: ['string', 'null'] } },
}

export const challengeAnswerSchema = {
  type: 'object',
  required: ['nonce_hex'],
  properties: { nonce_hex: { type: 'string', pattern: '^([0-9a-fA-F]{2}){16,128}$' }, expires_in: { type: 'number' } },
}

export const verifyAnswerSchema = {
  type: 'object',
  required: ['handle'],
  properties: { handle: text, fingerprint: text, identity_type: text },
}

export const errorAnswerSchema = {
  type: 'object',
  required: ['detail'],
  properties: { detail: text, status: text },
}
