import { authKeygen } from './auth-keygen.js'
import { authRegister } from './auth-register.js'
import { authWhoami } from './auth-whoami.js'
import type { Command } from './command.js'
import { hubServe } from './hub-serve.js'
import { init } from './init.js'
import { kinds } from './kinds.js'
import { syncPull } from './sync-pull.js'
import { syncPush } from './sync-push.js'

/** The program's own commands, in the order of the overview; those that know a kind are plugins'. */
export const coreCommands: readonly Command[] = [
  syncPush,
  syncPull,
  init,
  kinds,
  authKeygen,
  authRegister,
  authWhoami,
  hubServe,
]
