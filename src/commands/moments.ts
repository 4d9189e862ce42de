/** When one needs a command, in the order of a working day: the groups of the overview. */
export const MOMENTS = {
  start: 'When you start',
  before_edit: 'Before an edit',
  held: 'When it is held',
  working: 'While you work',
  done: 'When you are done',
  look: 'To look',
  set_up: 'To set up',
  operate: 'To operate a hub and a store',
} as const

export type Moment = keyof typeof MOMENTS
