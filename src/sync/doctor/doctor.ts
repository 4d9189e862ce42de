import { resolve } from 'node:path'
import { asCoordError, coordError } from '../../base/errors.js'
import { locate } from '../../workspace/locate.js'
import { findRepo } from '../../workspace/repo.js'
import type { Session } from '../../workspace/session.js'
import { type Check, DOCTOR_CHECK, type Finding, type Patient, wrong } from './check.js'
import { filesCheck } from './files-check.js'
import { gitCheck } from './git-check.js'
import { hubCheck } from './hub-check.js'
import { indexCheck } from './index-check.js'
import { keeperCheck } from './keeper-check.js'
import { ownershipFindings } from './ownership-findings.js'
import { settingsCheck } from './settings-check.js'
import { watchCheck } from './watch-check.js'

export interface DoctorOptions {
  /** Mends what can be mended without harm. */
  readonly fix?: boolean
}

export interface DoctorResult {
  /** Whether nothing is wrong any more. */
  readonly isHealthy: boolean
  readonly findings: readonly ToldFinding[]
}

export interface ToldFinding {
  /** The check's name. */
  readonly check: string
  readonly isOk: boolean
  readonly message: string
  readonly cure: string | null
  /** Whether `fix` has mended it. */
  readonly isFixed: boolean
}

/** In the order in which they are told; those of plugins come after. */
const CHECKS: readonly Check[] = [settingsCheck, gitCheck, filesCheck, indexCheck, watchCheck, keeperCheck, hubCheck]

/** Looks after everything that a workspace needs, and says of each whether it is right or what mends it. Throws `NOT_A_REPO`. */
export async function doctor(session: Session, { fix = false }: DoctorOptions = {}): Promise<DoctorResult> {
  const { directory, env, storage, container } = session
  const root = locate(directory, env)?.root
  if (root === undefined) throw coordError('NOT_A_REPO', resolve(directory, env.MUSE_REPO_ROOT ?? ''))
  const ownership = ownershipFindings(root, env).map((finding) => tell('owner', finding, fix))
  // What a stranger's store says is not acted on, and no hub that it names is asked.
  if (ownership.some(({ isOk, isFixed }) => !isOk && !isFixed)) return { isHealthy: false, findings: ownership }
  const added = container.isRegistered(DOCTOR_CHECK, true) ? container.resolveAll<Check>(DOCTOR_CHECK) : []
  const patient = { session, repo: findRepo(directory, env, storage) }
  const examined = await Promise.all(
    [...CHECKS, ...added].map(async (check) =>
      (await examine(check, patient)).map((finding) => tell(check.name, finding, fix)),
    ),
  )
  const findings = [...ownership, ...withoutRepeats(examined.flat())]
  return { isHealthy: findings.every(({ isOk, isFixed }) => isOk || isFixed), findings }
}

async function examine(check: Check, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await check.examine(patient)
  } catch (error) {
    const { message, hint } = asCoordError(error)
    return [wrong(message.replace(/\.$/, ''), hint)]
  }
}

function tell(check: string, { isOk, message, cure, fix }: Finding, mayFix: boolean): ToldFinding {
  const isFixed = mayFix && !isOk && fix !== undefined
  if (isFixed) fix()
  return { check, isOk, message, cure, isFixed }
}

/** What keeps several checks from looking, as a plugin that does not load, is told once. */
function withoutRepeats(findings: readonly ToldFinding[]): readonly ToldFinding[] {
  const told = new Set<string>()
  return findings.filter(({ isOk, message }) => {
    if (isOk || !told.has(message)) told.add(message)
    else return false
    return true
  })
}
