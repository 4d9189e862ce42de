import schema from '../schemas/intent.json' with { type: 'json' }
import { defineKind } from '../src/plugin.js'
import { readTexts } from './fields.js'
import { type Intent, readIntentEnds, readIntentions } from './reserving/intents.js'

export default defineKind<Intent>({
  name: 'intent',
  directory: 'intents',
  idField: 'intent_id',
  runIdField: 'run_id',
  schema,
  merge: 'once',
  expiresAt: (intent) => intent.expires_at ?? null,
  describe: ({ operation, addresses, detail }) =>
    [operation ?? '', ...readTexts(addresses), detail ?? ''].join(' ').trim(),
  ends: readIntentEnds,
  intends: readIntentions,
})
