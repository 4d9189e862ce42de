import schema from '../schemas/claim.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'

/** Who took a task, until when, and how it ended. Its id is that of the task: there is one at a time. */
export interface Claim {
  task_id?: string
  claimer_run_id?: string
  claimed_at?: string
  /** `null`: for good, a finished task. */
  expires_at?: string | null
  /** `claimed`, `completed`, `failed`, or `returned`: given back. */
  status?: string
  ended_at?: string
  result?: unknown
  error?: string | null
}

export default defineKind<Claim>({
  name: 'claim',
  directory: 'claims',
  idField: 'task_id',
  runIdField: 'claimer_run_id',
  schema,
  merge: 'lease',
  expiresAt: (claim) => claim.expires_at ?? null,
  describe: ({ status }) => status ?? 'claimed',
})
