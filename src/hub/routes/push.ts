import type { FastifyInstance } from 'fastify'
import { CoordError } from '../../base/errors.js'
import { quote } from '../../base/quote.js'
import { FEATURES, MAX_PUSH_BYTES, MAX_PUSH_RECORDS, type PushAnswer, paths } from '../../record/protocol.js'
import { isKindName, KIND_NAME_PATTERN, MERGE_RULES, type MergeRule } from '../../record/record.js'
import { toWire } from '../../record/wire.js'
import { enterSpace } from '../access.js'
import { signerOf } from '../authentication.js'
import { doing, type HubContext } from '../context.js'
import type { HubMetrics } from '../metrics.js'
import { openRecords } from '../open-records.js'
import { pushInParts } from '../push-in-parts.js'
import { refusal } from '../refusal.js'
import type { Position, StoreAnswer, StorePush } from '../stores/record-store.js'
import { usedSignature } from '../used-signature.js'
import {
  errorAnswers,
  featuresSchema,
  historyProperties,
  type SpaceParameters,
  seenSchema,
  signed,
  spaceParameters,
} from './schemas.js'

/** Far more than any registry has. */
const MAX_DECLARED_KINDS = 1000

const count = { type: 'integer', minimum: 0 } as const
const timestamp = { type: ['string', 'null'], description: 'ISO 8601; null: never' } as const
const address = { kind: { type: 'string' }, record_id: { type: 'string' } } as const

const bodySchema = {
  type: 'object',
  required: ['records'],
  properties: {
    records: {
      type: 'array',
      description: `At most ${MAX_PUSH_RECORDS} of {kind, record_id, run_id, payload, expires_at, revision, after, token, force, replaces}; each is judged by itself. With a revision, which grows with each change of its writer, a register is replaced only where the revision named by after stands. With the last token that its writer knows (null: none) a lease is granted only where it is free and that token stands; with its token and a revision it is changed by its own run while it lasts. With replaces, the id of a record that names no end, it is claimed anew once the bound of leases has passed since that came. With force, which the owner of the space alone may send, it overrides what stands`,
    },
    first: {
      type: 'boolean',
      description:
        'The records are claims of leases, in the order in which they are wanted: the first that is free is granted, and those behind it are skipped. One that is free under another token than its record names is passed over, and its token told. The one that the pusher has already by this very record is granted again. Acts once: the same signature again is 401',
    },
    takes_back: {
      type: 'object',
      description:
        'The record of somebody that ends by this push: for the owner of the space alone, and noted in its log. Where there is none, all records of the push are rejected',
      required: ['kind', 'record_id'],
      properties: {
        kind: { type: 'string', pattern: KIND_NAME_PATTERN },
        record_id: { type: 'string', maxLength: 128 },
      },
    },
    seen: seenSchema,
    kinds: {
      type: 'object',
      description: 'Merge rules of kinds that the hub may not know',
      maxProperties: MAX_DECLARED_KINDS,
      additionalProperties: {
        type: 'object',
        required: ['merge'],
        properties: { merge: { type: 'string', enum: [...MERGE_RULES] } },
      },
    },
  },
} as const

const answerSchema = {
  type: 'object',
  description: 'inserted + updated + skipped + conflicts + rejected = records sent',
  required: ['inserted', 'updated', 'skipped', 'conflicts', 'rejected', 'leases', 'cursor', 'epoch', 'now', 'features'],
  properties: {
    inserted: count,
    updated: count,
    skipped: count,
    conflicts: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          ...address,
          reason: { type: 'string', enum: ['different_content', 'held', 'not_author', 'stale'] },
          holder: {
            type: ['object', 'null'],
            description: 'Who has the lease; for a record with a token null where nobody has it',
            properties: { run_id: { type: 'string' }, expires_at: timestamp, token: count },
          },
          revision: {
            type: ['integer', 'null'],
            description: 'For a record with a revision or token: the one that stands',
          },
          token: { type: ['integer', 'null'], description: 'For a record with a token: the one that stands' },
        },
      },
    },
    rejected: { type: 'array', items: { type: 'object', properties: { ...address, reason: { type: 'string' } } } },
    leases: {
      type: 'array',
      items: { type: 'object', properties: { ...address, token: count, expires_at: timestamp } },
    },
    cursor: { ...count, description: 'The last id of the space' },
    ...historyProperties,
    now: { type: 'string', description: 'ISO 8601: the time by which the push was judged, and its received_at' },
    features: featuresSchema,
  },
} as const

interface Body {
  records: unknown[]
  first?: boolean
  takes_back?: { kind: string; record_id: string }
  seen?: string[]
  kinds?: Record<string, { merge: MergeRule }>
}

/** `POST /{owner}/{slug}/coord/push`: merges records into a space, which the owner's first push creates. */
export function pushRoute(app: FastifyInstance, context: HubContext): void {
  app.post<{ Params: SpaceParameters; Body: Body }>(
    paths.push(':owner', ':slug'),
    {
      bodyLimit: MAX_PUSH_BYTES,
      config: { signature: 'required', action: 'push' },
      schema: {
        summary: 'Push records into a space',
        operationId: 'push',
        security: signed,
        params: spaceParameters,
        body: bodySchema,
        response: { 200: answerSchema, ...errorAnswers },
      },
    },
    async (request) => {
      const { records, first = false, takes_back: taken, seen = [], kinds } = request.body
      if (records.length > MAX_PUSH_RECORDS) {
        throw refusal('BODY_TOO_LARGE', `A push of ${records.length} records`, `${MAX_PUSH_RECORDS} records`)
      }
      const { handle: author, fingerprint: key } = signerOf(request)
      const rules = declaredRules(kinds ?? {})
      const { accepted, rejected } = openRecords(records, request.recordTexts ?? [])
      const action = taken ? 'take back' : accepted.some(({ force }) => force) ? 'override' : 'push'
      const { store, history } = context
      const visit = { ...request.params, handle: author }
      const visitor = request.claim?.visitor ?? null
      const space = await enterSpace(store, { ...visit, visitor }, action, doing(context, request))
      const push: StorePush = {
        author,
        key,
        // Who that is was looked for before the body came.
        asMember: author !== space.owner,
        records: accepted,
        rules,
        hubRules: context.rules,
        maxLeaseSeconds: context.limits.leaseSeconds,
        quota: { records: context.limits.recordsPerHandle, bytes: context.limits.keptBytesPerHandle },
        ...(taken && { takesBack: { kind: taken.kind, recordId: taken.record_id } }),
        // Played again after the lease was given back, it would grant the next one.
        ...(first && request.claim && { first, signature: usedSignature(request.claim.signature, context.clock) }),
      }
      const write = (known: readonly Position[]) =>
        pushInParts({ ...push, ...(known.length > 0 && { seen: known }) }, async (part) => {
          const written = await store.push(space, part)
          if (written.inserted + written.updated > 0) context.feed.announce(space.id, written.cursor)
          return written
        })
      const { answer, follows } = await history.write(space, seen, write).catch(async (thrown) => {
        // Who was removed meanwhile is told of a space that is closed as much as anybody.
        if (thrown instanceof CoordError && thrown.code === 'FORBIDDEN') await enterSpace(store, visit, action)
        throw thrown
      })
      countOutcomes(context.metrics, answer, rejected.length)
      countLeases(context.metrics, answer, first)
      const { ranOut: _, position, epoch: __, seen: ___, ...told } = answer
      const whole: PushAnswer = {
        ...told,
        rejected: [...rejected, ...answer.rejected],
        epoch: store.epoch,
        position: history.tell(space, { epoch: store.epoch, ...(position !== undefined && { position }) }),
        follows,
        features: FEATURES,
      }
      return toWire(whole)
    },
  )
}

function declaredRules(kinds: Record<string, { merge: MergeRule }>): Map<string, MergeRule> {
  const rules = new Map<string, MergeRule>()
  for (const [kind, { merge }] of Object.entries(kinds)) {
    if (!isKindName(kind)) throw refusal('BODY_INVALID', `${quote(kind)} in kinds is no name of a kind.`)
    rules.set(kind, merge)
  }
  return rules
}

function countOutcomes({ records }: HubMetrics, answer: StoreAnswer, rejected: number): void {
  records.inc({ outcome: 'inserted' }, answer.inserted)
  records.inc({ outcome: 'updated' }, answer.updated)
  records.inc({ outcome: 'skipped' }, answer.skipped)
  records.inc({ outcome: 'conflict' }, answer.conflicts.length)
  records.inc({ outcome: 'rejected' }, answer.rejected.length + rejected)
}

/** Of who asks for the first that is free those before it were in others' hands. */
function countLeases({ leases }: HubMetrics, { conflicts, ranOut }: StoreAnswer, isFirst: boolean): void {
  // Who has finished something for good holds nobody up.
  const held = conflicts.filter(({ reason, holder }) => reason === 'held' && holder?.expiresAt != null).length
  leases.inc({ outcome: isFirst ? 'passed_over' : 'refused' }, held)
  leases.inc({ outcome: 'ran_out' }, ranOut)
}
