import claim from '../../plugins/claim.js'
import dependency from '../../plugins/dependency.js'
import heartbeat from '../../plugins/heartbeat.js'
import intent from '../../plugins/intent.js'
import release from '../../plugins/release.js'
import reservation from '../../plugins/reservation.js'
import task from '../../plugins/task.js'
import { describeKind } from '../../src/testing.js'

const AT = '2026-03-18T12:00:00.123456+00:00'
const UNTIL = '2036-03-18T13:00:00.123456+00:00'
const HASH = `sha256:${'0123456789abcdef'.repeat(4)}`

describeKind('reservation', reservation, {
  samples: [
    {
      schema_version: '1',
      reservation_id: HASH,
      run_id: 'agent-1',
      branch: 'main',
      addresses: ['src/billing.py::Invoice.total', 'src/billing.py'],
      created_at: AT,
      expires_at: UNTIL,
      operation: null,
    },
    { schema_version: 1, reservation_id: 'e3b0c442-98fc-4c14-9afb-f4c8996fb924', operation: 'rename' },
  ],
  broken: [{ addresses: 'src/billing.py' }, { expires_at: 'tomorrow' }, { run_id: 7 }],
})

describeKind('heartbeat', heartbeat, {
  samples: [
    { run_id: 'agent-1', last_beat_at: AT, expires_at: UNTIL, reservations: { [HASH]: UNTIL } },
    { run_id: 'agent-2', reservation_id: HASH, extended_expires_at: UNTIL },
  ],
  broken: [{ reservations: { [HASH]: 1 } }, { expires_at: 'later' }],
})

describeKind('intent', intent, {
  samples: [
    {
      intent_id: 'i1',
      reservation_id: '',
      run_id: 'agent-1',
      addresses: ['a.ts::f'],
      operation: 'extract',
      detail: '…',
    },
  ],
  broken: [{ addresses: [1] }],
})

describeKind('release', release, {
  samples: [{ release_id: 'r1', run_id: 'agent-1', reservation_id: HASH, released_at: AT, reason: 'done' }],
  broken: [{ released_at: 5 }],
})

describeKind('dependency', dependency, {
  samples: [{ reservation_id: HASH, run_id: 'agent-1', depends_on: ['x'], created_at: AT }],
  broken: [{ depends_on: 'x' }],
})

describeKind('task', task, {
  samples: [
    {
      task_id: 't1',
      run_id: 'boss',
      title: 'Split the parser',
      queue: 'default',
      priority: 5,
      payload: { n: [1] },
      tags: [],
    },
  ],
  broken: [{ title: 1 }, { priority: 'high' }],
})

describeKind('claim', claim, {
  samples: [{ task_id: 't1', claimer_run_id: 'agent-1', claimed_at: AT, expires_at: UNTIL, status: 'claimed' }],
  broken: [{ expires_at: 0 }],
})
