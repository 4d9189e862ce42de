import type { Repo } from '../../workspace/repo.js'
import type { Session } from '../../workspace/session.js'

/** One thing that `doctor` looks after. */
export interface Check {
  /** A word that stands before its findings: `git`, `hub`. */
  readonly name: string
  /**
   * Looks, and changes nothing. What is right is told too. Whatever it throws becomes a finding of its own, so that one check
   * never keeps the others from looking.
   */
  examine(patient: Patient): Promise<readonly Finding[]> | readonly Finding[]
}

/** What is looked at. */
export interface Patient {
  readonly session: Session
  readonly repo: Repo
}

export interface Finding {
  readonly isOk: boolean
  /** One sentence without a full stop. */
  readonly message: string
  /** What mends it: a command, or a sentence with one. `null`: nothing is to be mended. */
  readonly cure: string | null
  /** Mends it, where that can harm nobody. */
  readonly fix?: () => void
}

/** The DI token under which plugins register {@link Check}s. */
export const DOCTOR_CHECK: symbol = Symbol.for('muse-coord.doctor-check')

export function fine(message: string): Finding {
  return { isOk: true, message, cure: null }
}

export function wrong(message: string, cure: string, fix?: () => void): Finding {
  return { isOk: false, message, cure, ...(fix && { fix }) }
}
