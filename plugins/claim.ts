import schema from '../schemas/claim.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { type Claim, finishedAt } from './tasks/claim-state.js'

export default defineKind<Claim>({
  name: 'claim',
  directory: 'claims',
  idField: 'task_id',
  runIdField: 'claimer_run_id',
  schema,
  merge: 'lease',
  expiresAt: (claim) => claim.expires_at ?? null,
  ends: () => (claim) =>
    finishedAt(claim.payload as Claim) ?? (claim.expiresAt === null ? null : Date.parse(claim.expiresAt)),
  describe: ({ status }) => status ?? 'claimed',
})
