import schema from '../schemas/claim.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { pathsNear } from './addresses/address-index.js'
import { type Claim, readClaimEnds, readClaimHolds } from './tasks/claims.js'

export default defineKind<Claim>({
  name: 'claim',
  directory: 'claims',
  idField: 'task_id',
  runIdField: 'claimer_run_id',
  schema,
  merge: 'lease',
  expiresAt: (claim) => claim.expires_at ?? null,
  ends: readClaimEnds,
  holds: readClaimHolds,
  mayHold: (_, taskId) => pathsNear(taskId),
  giveBack: (_, { at, reason, taker }) => {
    const payload: Claim = { status: 'returned', ended_at: at, ...(reason !== null && { error: reason }) }
    if (taker !== undefined) payload.taken_by = taker
    return { kind: 'claim', payload }
  },
  describe: ({ status }) => status ?? 'claimed',
})
