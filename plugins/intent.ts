import schema from '../schemas/intent.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { readIntentEnds } from './reserving/intent-ends.js'
import { wordsOf } from './reserving/words-of.js'

/** What a run intends to do with addresses, with or without a reservation. */
export interface Intent {
  intent_id?: string
  /** `''` when the intent stands alone. */
  reservation_id?: string | null
  run_id?: string
  branch?: string | null
  addresses?: string[]
  operation?: string | null
  detail?: string | null
  created_at?: string
  expires_at?: string | null
}

export default defineKind<Intent>({
  name: 'intent',
  directory: 'intents',
  idField: 'intent_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: (intent) => intent.expires_at ?? null,
  describe: ({ operation, addresses, detail }) => [operation ?? '', wordsOf(addresses), detail ?? ''].join(' ').trim(),
  ends: readIntentEnds,
})
