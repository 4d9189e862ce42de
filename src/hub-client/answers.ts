/** What a hub's answers must look like before anything in them is used. Unknown fields are let through. */

import { MAX_PUSH_RECORDS } from '../record/protocol.js'

const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
/** Names and words. None of a good hub has control characters, which could pass for lines of ours. */
const text = { type: 'string', maxLength: 256, pattern: '^\\P{Cc}*$' }
/** Cut off in no sentence that a person wrote; what goes on without end is not passed on to a terminal. */
const sentence = { type: 'string', maxLength: 2000 }
/**
 * Readers compute with it, so what has the shape must also be a time. Whatever a hub takes from a writer has the shape: it comes back
 * to others as the end of a lease, and an answer that names it must not be lost by that.
 */
const timestamp = {
  type: ['string', 'null'],
  maxLength: 64,
  pattern:
    '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T(([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d+)?)?|24:00(:00(\\.0+)?)?)(Z|[+-]([01]\\d|2[0-3]):?[0-5]\\d)$',
}
const features = { type: 'array', maxItems: 64, items: text }
/** It becomes the name of a file, and goes back in an address. */
const position = { type: 'string', pattern: '^\\d{1,15}\\.[A-Za-z0-9_.-]{1,100}$' }
/** What a push and a pull tell of the hub and of the history of the space. */
const ofHub = { epoch: text, features, position, follows: { type: 'boolean' } }
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
      maxItems: MAX_PUSH_RECORDS,
      items: {
        type: 'object',
        required: ['kind', 'record_id', 'reason'],
        properties: {
          ...about,
          reason: sentence,
          holder: {
            type: ['object', 'null'],
            required: ['run_id', 'token'],
            properties: { run_id: text, expires_at: timestamp, token: count },
          },
          revision: { ...count, type: ['integer', 'null'] },
          token: { ...count, type: ['integer', 'null'] },
        },
      },
    },
    rejected: {
      type: 'array',
      maxItems: MAX_PUSH_RECORDS,
      items: { type: 'object', required: ['kind', 'record_id', 'reason'], properties: { ...about, reason: sentence } },
    },
    leases: {
      type: 'array',
      maxItems: MAX_PUSH_RECORDS,
      items: {
        type: 'object',
        required: ['kind', 'record_id', 'token'],
        properties: { ...about, token: count, expires_at: timestamp },
      },
    },
    cursor: count,
    ...ofHub,
  },
}

/** A hub that sends only `records` and `cursor` is a good hub. The records are judged one by one. */
export const pullAnswerSchema = {
  type: 'object',
  required: ['records', 'cursor'],
  properties: {
    records: { type: 'array' },
    cursor: count,
    has_more: { type: 'boolean' },
    floor_id: count,
    ...ofHub,
  },
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

export const ruleAnswerSchema = {
  type: 'object',
  required: ['kind', 'merge'],
  properties: { kind: text, merge: text },
}

export const logAnswerSchema = {
  type: 'object',
  required: ['entries', 'has_more'],
  properties: {
    entries: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'at', 'actor', 'action', 'subject', 'detail'],
        properties: { id: count, at: timestamp, actor: text, action: text, subject: text, detail: sentence },
      },
    },
    has_more: { type: 'boolean' },
  },
}

export const usageAnswerSchema = {
  type: 'object',
  required: ['handle', 'spaces', 'max_spaces', 'records', 'max_records', 'bytes', 'max_bytes'],
  properties: {
    handle: text,
    ...{ spaces: count, max_spaces: count, records: count, max_records: count, bytes: count, max_bytes: count },
  },
}

export const challengeAnswerSchema = {
  type: 'object',
  required: ['nonce_hex'],
  properties: {
    // 32 bytes and no other length: whatever else the key signs is longer, so no hub can have that signed as its nonce.
    nonce_hex: { type: 'string', pattern: '^[0-9a-fA-F]{64}$' },
    expires_in: { type: 'number' },
  },
}

export const verifyAnswerSchema = {
  type: 'object',
  required: ['handle'],
  properties: {
    handle: text,
    fingerprint: text,
    identity_type: text,
    space: {
      type: 'object',
      required: ['owner', 'slug', 'role'],
      properties: { owner: text, slug: text, role: text },
    },
  },
}

/** Of an invitation: it becomes a word of a command line. */
const code = { type: 'string', pattern: '^[A-Za-z0-9_-]{16,128}$' }

export const inviteAnswerSchema = {
  type: 'object',
  required: ['code', 'role', 'uses', 'expires_at'],
  properties: {
    code,
    role: text,
    uses: count,
    expires_at: text,
  },
}

const inviteId = { type: 'string', pattern: '^[0-9a-f]{64}$' }

export const invitesAnswerSchema = {
  type: 'object',
  required: ['invites'],
  properties: {
    invites: {
      type: 'array',
      maxItems: 10_000,
      items: {
        type: 'object',
        required: ['id', 'role', 'uses', 'expires_at'],
        properties: { id: inviteId, role: { type: ['string', 'null'] }, uses: count, expires_at: text },
      },
    },
  },
}

export const removedInviteAnswerSchema = { type: 'object', required: ['id'], properties: { id: inviteId } }

export const deviceInviteAnswerSchema = {
  type: 'object',
  required: ['code', 'handle', 'expires_at'],
  properties: { code, handle: text, expires_at: text },
}

export const keysAnswerSchema = {
  type: 'object',
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        required: ['fingerprint', 'label', 'added_at', 'signs_this'],
        properties: {
          fingerprint: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
          label: text,
          added_at: timestamp,
          signs_this: { type: 'boolean' },
        },
      },
    },
  },
}

export const errorAnswerSchema = {
  type: 'object',
  required: ['detail'],
  properties: { detail: sentence, status: text },
}

/** What became of a key. */
export const keyAnswerSchema = { type: 'object', required: ['handle'], properties: { handle: text } }
