import { authRegister } from './auth-register.js'
import type { Command } from './command.js'
import { hubServe } from './hub-serve.js'
import { kinds } from './kinds.js'
import { syncPull } from './sync-pull.js'
import { syncPush } from './sync-push.js'

/** The program's own commands, in the order of the overview; those that know a kind are plugins'. */
export const coreCommands: readonly Command[] = [syncPush, syncPull, kinds, authRegister, hubServe]
