import { type Session } from '../../../src/plugin.js'
import { type Reserved, type ReserveRequest, reserve } from '../../reserving/reserve.js'
import { conflictAnswer, heldAnswer } from '../conflict.js'
import {
  addressesField,
  conflictFields,
  count,
  flag,
  holders,
  listOf,
  offlineField,
  runIdField,
  text,
  textOrNull,
  ttlField,
  waitField,
} from '../fields.js'
import { runOf } from '../run-of.js'
import { defineTool } from '../tool.js'

interface Input {
  readonly addresses: readonly string[]
  readonly run_id?: string
  readonly exclusive?: boolean
  readonly operation?: string
  readonly ttl_seconds?: number
  readonly wait_seconds?: number
  readonly offline?: boolean
}

const DEFAULT_TTL_SECONDS = 3600
const MAX_CONFLICTS = 20

export const reserveTool = defineTool<Input>({
  name: 'coord_reserve',
  title: 'Hold files',
  description:
    'Holds files for your run alone, or answers "held" with who has them and until when: then do not edit them. Asking again extends what you hold.',
  input: {
    type: 'object',
    properties: {
      addresses: addressesField,
      run_id: runIdField,
      exclusive: { ...flag, default: true, description: 'false: it warns others and keeps nobody from writing.' },
      operation: { enum: ['rename', 'move', 'modify', 'extract', 'delete'] },
      ttl_seconds: ttlField(DEFAULT_TTL_SECONDS),
      wait_seconds: waitField,
      offline: offlineField,
    },
    required: ['addresses'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      status: { enum: ['ok', 'held', 'namesake'] },
      ...conflictFields,
      timed_out: flag,
      reservation_id: { ...textOrNull, description: 'For coord_release.' },
      run_id: text,
      addresses: { type: 'array', items: text },
      expires_at: textOrNull,
      advisory: flag,
      renewed: flag,
      provisional: { ...flag, description: 'The hub has yet to say whether another run was first.' },
      conflicts: holders,
      conflicts_left_out: count,
      misspelt: listOf({ address: text, nearest: text }),
    },
    required: ['status', 'conflicts'],
  },
  readsOnly: false,
  async call(
    session,
    { addresses, run_id, exclusive = true, operation = null, ttl_seconds, wait_seconds = 0, offline },
  ) {
    const request = {
      ...{ addresses, runId: runOf(session, run_id), operation, deny: exclusive },
      ...{ ttlSeconds: ttl_seconds ?? DEFAULT_TTL_SECONDS, isOffline: offline === true },
    }
    const isWaiting = exclusive && wait_seconds > 0
    if (!isWaiting) return answerOf(await reserve(session, request))
    return waitFor(session, { ...request, wait: true, timeoutSeconds: wait_seconds })
  },
})

/** Who waited in vain is told who has it now. */
async function waitFor(session: Session, request: ReserveRequest): Promise<object> {
  try {
    return answerOf(await reserve(session, request))
  } catch (thrown) {
    conflictAnswer(thrown, { WAIT_TIMED_OUT: 'held' })
    const last = await reserve(session, { ...request, wait: false })
    return { ...answerOf(last), timedOut: last.status !== 'ok' }
  }
}

function answerOf({ conflicts, ...reserved }: Reserved): object {
  const isRefused = reserved.status !== 'ok'
  return {
    ...reserved,
    ...(isRefused && { ...heldAnswer(conflicts), status: reserved.status }),
    ...(reserved.status === 'namesake' && {
      cure: 'Another run bears this name in another place: choose another run_id.',
    }),
    conflicts: conflicts.slice(0, MAX_CONFLICTS),
    conflictsLeftOut: Math.max(0, conflicts.length - MAX_CONFLICTS) + (conflicts.leftOut ?? 0),
  }
}
