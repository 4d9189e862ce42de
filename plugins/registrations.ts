import {
  HOLDER,
  type Holder,
  KEEPER_DUTY,
  type KeeperDuty,
  type Plugin,
  STATUS_PART,
  type StatusPart,
} from '../src/plugin.js'

/** How the built-in kinds are held, and what they add to `status`. Loaded when they are asked: most commands never do. */
const reservationHolder: Holder = {
  kind: 'reservation',
  option: { flag: '--reserve <address>', description: 'Addresses to reserve.', multiple: true },
  variables: ['MUSE_COORD_RESERVATION_ID'],
  async read(session, typed) {
    const { readAddresses } = await import('./addresses/read-addresses.js')
    return readAddresses(session, [typed]).inside[0] ?? null
  },
  async resume(session, wish) {
    const { enterAs } = await import('./reserving/enter-as.js')
    await enterAs(session, { ...wish, resume: true })
  },
  async acquire(session, wish) {
    const { holdReservation } = await import('./reserving/hold-reservation.js')
    return holdReservation(session, wish)
  },
}

const taskHolder: Holder = {
  kind: 'task',
  option: { flag: '--task <id>', description: 'The task to claim.' },
  variables: ['MUSE_COORD_TASK_ID'],
  async acquire(session, wish) {
    const { holdTask } = await import('./tasks/hold-task.js')
    return holdTask(session, wish)
  },
}

const reservingStatus: StatusPart = {
  lossCommand: 'heartbeat',
  async read(session, runId) {
    const { readReservingStatus } = await import('./reserving/status-part.js')
    return readReservingStatus(session, runId)
  },
}

const beats: KeeperDuty = {
  async perform(session) {
    const { beatForLiving } = await import('./reserving/beat-for-living.js')
    await beatForLiving(session)
  },
}

/** What `run`, `status` and the keeper need to know of the built-in kinds beside their tables. */
export const builtInParts: Plugin = (container) => {
  container.register<Holder>(HOLDER, { useValue: reservationHolder })
  container.register<Holder>(HOLDER, { useValue: taskHolder })
  container.register<StatusPart>(STATUS_PART, { useValue: reservingStatus })
  container.register<KeeperDuty>(KEEPER_DUTY, { useValue: beats })
}
