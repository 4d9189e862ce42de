import { heartbeats, reservation, reservations } from './records.js'

/** Registers that change at once. */
const REGISTERS = 1000

/**
 * What is measured at each size, in this order, on one session of a contender: a row builds on what those before it left.
 * `prepare` is not timed; both are repeated `repeat` times, once when it is left out. With `hasFloor` the start of Node
 * alone stands beside it.
 */
export const SYNC_ROWS = [
  {
    name: 'push',
    title: 'push all new',
    prepare: (session, size) => session.write(reservations(size)),
    run: (session) => session.push(),
  },
  {
    name: 'pull',
    title: 'pull all into an empty workspace',
    run: (session) => session.pull(),
  },
  {
    name: 'push-nothing',
    title: 'push nothing new',
    // The first look after a change settles what was too young to be trusted; git and muse-coord both do that.
    prepare: settle((session) => session.push()),
    run: (session) => session.push(),
    repeat: 3,
    hasFloor: true,
  },
  {
    name: 'pull-nothing',
    title: 'pull nothing new',
    prepare: settle((session) => session.pull()),
    run: (session) => session.pull(),
    repeat: 3,
    hasFloor: true,
  },
  {
    name: 'push-one',
    title: 'one more record, pushed',
    prepare: (session) => session.write([reservation(0)]),
    run: (session) => session.push(),
    repeat: 3,
  },
  {
    name: 'pull-one',
    title: 'one more record, pulled',
    async prepare(session) {
      await session.pull()
      await session.write([reservation(0)])
      await session.push()
    },
    run: (session) => session.pull(),
    repeat: 3,
  },
  {
    name: 'push-registers',
    title: `${REGISTERS} changed registers, pushed`,
    async prepare(session) {
      await session.write(heartbeats(REGISTERS, 0))
      await session.push()
      await session.pull()
      await session.write(heartbeats(REGISTERS, 1))
    },
    run: (session) => session.push(),
  },
  {
    name: 'pull-registers',
    title: `${REGISTERS} changed registers, pulled`,
    run: (session) => session.pull(),
  },
  {
    name: 'visible',
    title: 'from write to visible elsewhere',
    run: (session) => session.visible(reservation(0)),
    repeat: 5,
  },
]

/** Exclusive claims by contenders that each pick at random from the tasks they do not know to be taken. */
export const CLAIM_ROWS = [1, 8, 16].map((contenders) => ({
  name: `claims-${contenders}`,
  title: `claims by ${contenders} contender${contenders === 1 ? '' : 's'}`,
  contenders,
}))

/**
 * Claims of the first task that can be had: as processes beside the starts of Node that there can be in the time, and as library
 * calls beside requests that ask for what nobody else wants.
 */
export const NEXT_ROWS = [500, 5000].map((tasks) => ({
  name: `next-${tasks}`,
  title: `the next of ${tasks.toLocaleString('en')} open tasks, 16 contenders`,
  contenders: 16,
  tasks,
}))

/** Does it once, however often the row is repeated. */
function settle(action) {
  const settled = new WeakSet()
  return async (session) => {
    if (settled.has(session)) return
    settled.add(session)
    await action(session)
  }
}
